"""Input of the reminder: the text that is mailed, and what the letter says."""

from datetime import date
from typing import Any

from django import forms

from criteria.forms import NfcForm
from criteria.reports.reminders import LetterHead


class MailForm(NfcForm):
    """The text as the officer leaves it."""

    text = forms.CharField(
        label="Nội dung nhắc",
        widget=forms.Textarea(attrs={"rows": 7, "class": "input"}),
        max_length=4000,
        help_text="Chép để gửi qua Zalo, văn phòng điện tử; hoặc gửi thư ngay bên dưới. Liên kết đến báo cáo của từng "
        "xã được thêm vào cuối thư.",
    )


class LetterForm(NfcForm):
    """The letter as the officer leaves it; number and day as the register has them, or blank."""

    number = forms.IntegerField(
        label="Số", required=False, min_value=1, max_value=99999, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    symbol = forms.CharField(label="Ký hiệu", max_length=50)
    dated = forms.DateField(label="Ngày văn bản", required=False)
    subject = forms.CharField(label="Trích yếu (sau “V/v”)", max_length=200)
    body = forms.CharField(
        label="Nội dung công văn",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=6000,
        help_text="Lời văn dự thảo, mỗi dòng một đoạn. Hãy sửa theo cách viết của cơ quan trước khi in.",
    )
    authority_lines = forms.CharField(
        label="Quyền hạn, chức vụ người ký",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=300,
        help_text="Mỗi dòng một hàng, ví dụ KT. CHỦ TỊCH / PHÓ CHỦ TỊCH.",
    )
    signer = forms.CharField(label="Họ tên người ký", max_length=100, required=False)
    recipients = forms.CharField(
        label="Nơi nhận", widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, help_text="Mỗi dòng một nơi."
    )

    @staticmethod
    def proposed(head: LetterHead, body: str) -> dict[str, Any]:
        """Return the initial values."""
        return {
            "symbol": head.symbol,
            "subject": head.subject,
            "body": body,
            "authority_lines": "\n".join(head.authority_lines),
            "recipients": "\n".join(head.recipients),
        }

    @property
    def head(self) -> LetterHead:
        data = self.cleaned_data
        dated: date | None = data["dated"]
        return LetterHead(
            symbol=data["symbol"],
            subject=data["subject"],
            number=data["number"],
            dated=dated,
            authority_lines=lines_of(data["authority_lines"]),
            signer=data["signer"],
            recipients=lines_of(data["recipients"]),
        )


def lines_of(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
