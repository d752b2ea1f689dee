"""Input of those who send, review and reopen reports."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

from criteria.forms import NfcForm
from criteria.reports.document import SIGNED_FOR
from criteria.reports.flow import LONGEST_REOPENING
from criteria.reports.snapshot import DocumentHead, Frozen
from ntm_tracker.lib.clock import vn_date

# Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II, khoản 7: who signs for a collective body.
SIGNERS = {
    "chairman": ("Chủ tịch", SIGNED_FOR),
    "vice": ("Phó Chủ tịch, ký thay", ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")),
}
HOURS, DAYS = "hours", "days"


class SubmitForm(NfcForm):
    """What the commune's register and its signer give to the report; what was seen comes back with it."""

    number = forms.IntegerField(
        label="Số văn bản",
        required=False,
        min_value=1,
        max_value=99_999,
        help_text="Theo sổ công văn đi của xã. Để trống nếu văn thư chưa cấp số.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 6}),
        error_messages={
            "invalid": "Hãy nhập số, ví dụ 21.",
            "min_value": "Số văn bản bắt đầu từ 1.",
            "max_value": "Số văn bản này lớn quá. Hãy kiểm tra lại sổ công văn đi.",
        },
    )
    dated = forms.DateField(
        label="Ngày văn bản",
        help_text="Ngày ghi trên báo cáo, ví dụ 14/4/2023.",
        widget=forms.DateInput(attrs={"autocomplete": "off", "size": 10}),
        error_messages={"invalid": "Hãy nhập ngày theo dạng 14/4/2023.", "required": "Hãy nhập ngày văn bản."},
    )
    post = forms.ChoiceField(label="Người ký", choices=[(key, label) for key, (label, _) in SIGNERS.items()])
    signer = forms.CharField(
        label="Họ và tên người ký",
        required=False,
        max_length=100,
        help_text="In dưới chỗ ký. Để trống nếu chưa rõ ai ký.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    @classmethod
    def begun(cls, shown: Frozen, last: Frozen | None, today: date) -> "SubmitForm":
        """Return the form for what is `shown`; signer and number as they were the time before."""
        post = next((key for key, (_, lines) in SIGNERS.items() if last and lines == last.signature_lines), "chairman")
        return cls(
            initial={
                "number": last.number if last and last.month == shown.month else None,
                "dated": vn_date(today),
                "post": post,
                "signer": last.signer if last else "",
                "version": shown.version,
                "seen": shown.fingerprint,
            }
        )

    @property
    def head(self) -> DocumentHead:
        cleaned = self.cleaned_data
        return DocumentHead(cleaned["number"], cleaned["dated"], SIGNERS[cleaned["post"]][1], cleaned["signer"])


class ReopenForm(NfcForm):
    """For how long a closed month is opened again."""

    amount = forms.IntegerField(
        label="Mở lại trong",
        min_value=1,
        max_value=LONGEST_REOPENING.days * 24,
        initial=2,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 4}),
        error_messages={
            "required": "Hãy nhập số giờ hoặc số ngày.",
            "invalid": "Hãy nhập số, ví dụ 2.",
            "min_value": "Ít nhất 1 giờ.",
            "max_value": f"Nhiều nhất {LONGEST_REOPENING.days} ngày.",
        },
    )
    unit = forms.ChoiceField(label="Đơn vị", choices=[(DAYS, "ngày"), (HOURS, "giờ")])
    reason = forms.CharField(label="Lý do", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and self.lasts > LONGEST_REOPENING:
            self.add_error("amount", f"Nhiều nhất {LONGEST_REOPENING.days} ngày.")
        return cleaned

    @property
    def lasts(self) -> timedelta:
        return timedelta(**{self.cleaned_data["unit"]: self.cleaned_data["amount"]})


class WordsForm(NfcForm):
    """What somebody says in free words: a verdict's reason, an opinion, a question."""

    words = forms.CharField(
        required=False,
        max_length=2000,
        error_messages={
            "max_length": "Phần này dài %(typed)s ký tự, tối đa %(most)s: hãy bớt %(over)s ký tự.",
            "null_characters_not_allowed": "Phần này có ký tự không đọc được. Hãy xóa rồi gõ lại.",
        },
    )


def words_in(data: Mapping[str, str], name: str) -> tuple[str, str]:
    """Return the words of a field, and why they can't be taken ("" where they can)."""
    typed = data.get(name, "")
    form = WordsForm({"words": typed})
    if form.is_valid():
        return form.cleaned_data["words"], ""
    return typed, " ".join(str(sentence) for sentence in form.errors["words"])


def number_in(data: Mapping[str, str], name: str) -> int:
    """Return the whole number that a hidden field holds; -1, which nothing has, where it holds none."""
    text = data.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
