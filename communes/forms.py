"""Input of the account pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from communes.models import User
from ntm_tracker.lib.text import nfc


class LoginForm(AuthenticationForm):
    """Vietnamese keyboards differ in how they compose letters: both sides are read as NFC."""

    error_messages = {
        "invalid_login": (
            "Tên đăng nhập hoặc mật khẩu chưa đúng. Hãy kiểm tra bộ gõ tiếng Việt và phím Caps Lock rồi thử lại."
        ),
        "inactive": "Tài khoản này đã ngừng hoạt động. Hãy liên hệ người quản trị của huyện.",
    }

    def clean(self) -> dict[str, Any]:
        for name in ("username", "password"):
            if name in self.cleaned_data:
                self.cleaned_data[name] = nfc(self.cleaned_data[name])
        return super().clean()


class AccountForm(forms.ModelForm):
    """What a person changes of their own account."""

    class Meta:
        model = User
        fields = ["email", "wants_digest"]
        labels = {"email": "Địa chỉ thư điện tử"}
        help_texts = {"email": "Để trống thì không nhận thư; lời nhắc vẫn có trên hệ thống."}
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

    def clean(self) -> dict[str, Any]:
        """Whoever wants mail says where to."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "email" in cleaned and not cleaned["email"] and cleaned.get("wants_digest"):
            self.add_error("email", "Muốn nhận thư thì hãy ghi địa chỉ; nếu không, bỏ chọn nhận thư nhắc việc.")
        return cleaned
