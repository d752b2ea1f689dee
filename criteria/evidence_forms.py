"""Input on evidence: what a document says of itself, and which sub-items it supports."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from communes.models import User
from criteria.evidence_services import describe_evidence, place_evidence
from criteria.models import Evidence
from criteria.selectors.evidence import codes_of, set_of
from ntm_tracker.lib import clock

_CODE = re.compile(r"\d{1,2}(\.\d{1,2})?")


class PlaceForm(forms.Form):
    """The codes of the sub-items that a file supports, as people write them: "18.1, 17.2".

    `was` are those that the page showed: only the difference is meant.
    """

    codes = forms.CharField(
        label="Gắn với nội dung",
        required=False,
        max_length=300,
        help_text="Mã nội dung, cách nhau bằng dấu phẩy: 18.1, 17.2. Để trống thì tệp về khay chờ xếp.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    was = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, evidence: Evidence, by: User):
        self.evidence, self.by = evidence, by
        linked = evidence.assessments.of_set(set_of(evidence.unit)).filter(commune=evidence.unit)
        codes = codes_of(linked.select_related("sub_item"))
        super().__init__(data, initial={"codes": codes, "was": codes})

    def clean_codes(self) -> list[str]:
        words = _words(self.cleaned_data["codes"])
        wrong = [word for word in words if not _CODE.fullmatch(word)]
        if wrong:
            raise ValidationError(f"“{wrong[0][:30]}” không phải mã nội dung. Hãy ghi mã như 18.1, 17.2.")
        return words

    def save(self) -> bool:
        """Put the file there; return False, with the errors in the form, where that isn't possible."""
        try:
            place_evidence(
                evidence=self.evidence,
                codes=self.cleaned_data["codes"],
                by=self.by,
                shown=_words(self.cleaned_data["was"]),
            )
        except ValidationError as error:
            self.add_error("codes", error)
            return False
        return True


def _words(codes: str) -> list[str]:
    return [word for word in re.split(r"[,;\s]+", codes) if word]


class DescriptionForm(forms.Form):
    """What the document says of itself."""

    title = forms.CharField(label="Trích yếu", required=False, max_length=300)
    document_number = forms.CharField(
        label="Số, ký hiệu", required=False, max_length=50, widget=forms.TextInput(attrs={"placeholder": "21/BC-UBND"})
    )
    document_date = forms.DateField(
        label="Ngày văn bản",
        required=False,
        widget=forms.DateInput(attrs={"placeholder": "05/4/2023", "autocomplete": "off"}),
        error_messages={"invalid": "Hãy nhập ngày theo dạng 05/4/2023."},
    )
    issuer = forms.CharField(
        label="Cơ quan ban hành",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "UBND xã Cao Sơn"}),
    )

    def __init__(self, data: Any = None, *, evidence: Evidence):
        self.evidence = evidence
        initial = {name: getattr(evidence, name) for name in self.base_fields}
        super().__init__(data, initial=initial)

    def clean_document_date(self) -> Any:
        day = self.cleaned_data["document_date"]
        if day and day > clock.today():
            raise ValidationError("Ngày văn bản nằm sau hôm nay. Hãy kiểm tra lại.")
        return day

    def save(self) -> Evidence:
        return describe_evidence(evidence=self.evidence, **self.cleaned_data)
