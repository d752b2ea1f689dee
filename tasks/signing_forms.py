"""Input of the page on which an issued notice is signed, and of the open page on which a copy is checked.

A form of a way to sign gives its service what it needs (`given`).
"""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from tasks.signing import RULES


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """One file or several; its value is always a list."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(SeveralFilesField, self).clean(file, initial) for file in files]


EMPTY = {"required": "Hãy chọn tệp.", "empty": "Tệp rỗng. Hãy chọn tệp khác.", "max_length": "Tên tệp quá dài."}


class ScanForm(forms.Form):
    """The paper that was signed by hand."""

    way, title = "scan", "Bản quét"
    prefix = way
    pages = SeveralFilesField(
        label="Bản quét",
        widget=SeveralFilesInput(attrs={"accept": RULES["accept"]}),
        help_text=f"Một tệp PDF, hoặc các ảnh JPG, PNG theo thứ tự trang (tối đa {RULES['most_pictures']}); "
        f"mỗi tệp dưới {RULES['most']}, không quá {RULES['most_pages']} trang. Quét màu, 200 dpi.",
        error_messages=EMPTY,
    )

    @property
    def given(self) -> dict[str, Any]:
        return {"files": self.cleaned_data["pages"]}


class SignedPdfForm(forms.Form):
    """The issued PDF with a signature of the office's token."""

    way, title = "pdf", "PDF ký số"
    prefix = way
    file = forms.FileField(
        label="Tệp PDF đã ký số",
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
        help_text=f"Tối đa {RULES['most']}. Tệp được kiểm tra ngay; không đạt thì bản đang có giữ nguyên.",
        error_messages=EMPTY,
    )

    @property
    def given(self) -> dict[str, Any]:
        return {"file": self.cleaned_data["file"]}


class ServerSignForm(forms.Form):
    """The passphrase, typed by the person for this one signature, and their word that they mean it."""

    way, title = "server", "Ký trên máy chủ"
    prefix = way
    passphrase = forms.CharField(
        label="Mật khẩu của khóa ký",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Chỉ dùng cho lần ký này, không lưu lại.",
        error_messages={"required": "Hãy nhập mật khẩu của khóa ký."},
    )
    confirmed = forms.BooleanField(
        label="Tôi đã đọc bản đã ban hành và ký bản này",
        error_messages={"required": "Hãy đọc bản đã ban hành rồi đánh dấu xác nhận."},
    )

    @property
    def given(self) -> dict[str, Any]:
        return {"passphrase": self.cleaned_data["passphrase"]}


class CodeForm(forms.Form):
    """The code that stands on the paper."""

    code = forms.CharField(
        label="Mã tra cứu",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "size": 20}
        ),
        help_text="12 chữ và số ở cuối trang cuối của thông báo, ví dụ 7K3M-A9QR-TB2X.",
        error_messages={"required": "Hãy nhập mã tra cứu in ở cuối thông báo."},
    )


class CheckFileForm(forms.Form):
    """A PDF that somebody holds."""

    file = forms.FileField(
        label="Tệp PDF cần kiểm tra",
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
        help_text=f"Tối đa {RULES['most']}. Tệp chỉ được so sánh, không lưu lại.",
        error_messages=EMPTY,
    )
