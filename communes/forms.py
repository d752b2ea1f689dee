"""Input of the account pages."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm

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
