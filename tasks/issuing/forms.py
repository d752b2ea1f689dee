"""Number and day of issue; the reason of a revocation."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from criteria.forms import NfcForm
from ntm_tracker.lib import clock
from tasks.composing.forms import day_field
from tasks.models import Notice


class IssueForm(NfcForm):
    """The number as the clerk's register has it, the day, and the version that was read."""

    number = forms.IntegerField(
        label="Số",
        min_value=1,
        max_value=99_999,
        error_messages={
            "required": "Hãy ghi số của văn bản.",
            "min_value": "Số văn bản bắt đầu từ 1.",
            "invalid": "Số văn bản chỉ gồm chữ số.",
        },
    )
    issued_on = day_field("Ngày ban hành")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, notice: Notice, **options: Any):
        self.notice = notice
        super().__init__(data, **options)

    def clean_issued_on(self) -> date:
        day: date = self.cleaned_data["issued_on"]
        if day < self.notice.session_on:
            raise ValidationError(
                f"Ngày ban hành không thể trước ngày làm việc {clock.vn_date(self.notice.session_on)}."
            )
        if day > clock.today():
            raise ValidationError(f"Ngày {clock.vn_date(day)} chưa tới.")
        return day


class RevokeForm(NfcForm):
    """Why a notice is revoked."""

    reason = forms.CharField(
        label="Lý do thu hồi",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Hiện trên trang thông báo và gửi tới các đơn vị liên quan.",
        error_messages={"required": "Hãy ghi lý do thu hồi."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
