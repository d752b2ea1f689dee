"""Input of the account pages."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm

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


if TYPE_CHECKING:
    _Form = forms.Form
else:
    _Form = object


class ComposedPasswords(_Form):
    """Reads new passwords as the login reads them: however the keyboard composed the letters, as NFC."""

    def clean(self) -> dict[str, Any]:
        for name, text in self.cleaned_data.items():
            if "password" in name and isinstance(text, str):
                self.cleaned_data[name] = nfc(text)
        return super().clean() or self.cleaned_data


HOW_TO_CHOOSE = "Ít nhất 14 ký tự. Một câu ngắn dễ nhớ, có dấu cách, là đủ; không cần chữ hoa, chữ số hay ký hiệu."


class OwnPassword(ComposedPasswords):
    """A new password that its owner chooses and nobody else knows."""

    error_messages: Any = {
        "password_mismatch": "Hai lần gõ mật khẩu mới khác nhau. Hãy gõ lại.",
        "password_incorrect": "Mật khẩu đang dùng chưa đúng. Hãy kiểm tra bộ gõ và phím Caps Lock rồi gõ lại.",
        "password_kept": "Mật khẩu mới phải khác mật khẩu đang dùng.",
    }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.label, first.help_text = "Mật khẩu mới", HOW_TO_CHOOSE
        second.label, second.help_text = "Gõ lại mật khẩu mới", ""

    def save(self, commit: bool = True) -> User:
        self.user.password_is_initial = False  # type: ignore[attr-defined]  # of Django's forms
        return super().save(commit)  # type: ignore[misc]


class FirstPasswordForm(OwnPassword, SetPasswordForm):
    """Of an account that has none."""


class PasswordForm(OwnPassword, PasswordChangeForm):
    """Instead of the one before."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Mật khẩu đang dùng"

    def clean_old_password(self) -> str:
        self.cleaned_data["old_password"] = nfc(self.cleaned_data["old_password"])
        return super().clean_old_password()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        new = cleaned.get("new_password1")
        if new and new == cleaned.get("old_password"):
            self.add_error("new_password1", self.error_messages["password_kept"])
        return cleaned


class AccountForm(forms.ModelForm):
    """What a person changes of their own account."""

    class Meta:
        model = User
        fields = ["email", "wants_digest"]
        labels = {"email": "Địa chỉ thư điện tử"}
        error_messages = {"email": {"invalid": "Hãy ghi địa chỉ đầy đủ, ví dụ ten@coquan.gov.vn."}}
        help_texts = {"email": "Để trống thì không nhận thư; lời nhắc vẫn có trên hệ thống."}
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

    def clean(self) -> dict[str, Any]:
        """Whoever wants mail says where to."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "email" in cleaned and not cleaned["email"] and cleaned.get("wants_digest"):
            self.add_error("email", "Muốn nhận thư thì hãy ghi địa chỉ; nếu không, bỏ chọn nhận thư nhắc việc.")
        return cleaned
