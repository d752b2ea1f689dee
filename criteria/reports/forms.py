"""Input on a report: the boundary where what a clerk typed becomes values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from criteria.enums import Status, SubItemKind
from criteria.forms import NfcForm
from criteria.pasting import number
from criteria.reports.checks import OVER_HUNDRED
from criteria.reports.form_selectors import FormLine
from criteria.reports.saving import Said, mark_of, read_stamp
from ntm_tracker.lib.figures import vn_decimal

PART = "part_"
# What is decided when somebody else was faster.
MINE, THEIRS = "mine", "theirs"


class FigureField(forms.DecimalField):
    """A figure as officials write it: 63,2 or 28.500; what isn't one is named in the error."""

    default_error_messages = {
        "min_value": "Giá trị không được âm. Hãy kiểm tra lại số liệu.",
        "max_value": OVER_HUNDRED.replace("%", "%%"),
        "max_digits": "Số quá lớn. Hãy kiểm tra lại đơn vị tính.",
        "max_whole_digits": "Số quá lớn. Hãy kiểm tra lại đơn vị tính.",
        "max_decimal_places": "Số có hơn 3 chữ số sau dấu phẩy. Hãy làm tròn.",
    }

    def __init__(self, *, most: Decimal | None) -> None:
        super().__init__(required=False, min_value=Decimal(0), max_value=most, max_digits=12, decimal_places=3)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        negative = text.startswith("-")
        found = number(text.removeprefix("-"))
        if found is None:
            raise ValidationError(f"“{text[:40]}” không phải là số. Hãy ghi một số, ví dụ 63,2.", code="invalid")
        return -found if negative else found


class LineForm(NfcForm):
    """What a clerk says of one sub-item; `stamp` is what they were shown, `choice` what they decided on a conflict."""

    status = forms.ChoiceField(required=False, choices=[("", ""), *Status.choices])
    note = forms.CharField(
        required=False,
        max_length=2000,
        error_messages={"max_length": "Ghi chú dài quá 2.000 chữ. Hãy viết gọn, phần chi tiết đưa vào minh chứng."},
    )
    stamp = forms.CharField(max_length=30)
    choice = forms.CharField(required=False, max_length=40)

    def __init__(self, data: Mapping[str, Any], *, row: FormLine):
        self.row = row
        super().__init__(data, prefix=row.key)
        most = Decimal(100) if row.sub_item.kind == SubItemKind.PERCENT else None
        if row.parts:
            for part in row.parts:
                self.fields[PART + part.part.code] = FigureField(most=most)
        elif row.sub_item.is_numeric:
            self.fields["value"] = FigureField(most=most)

    def clean_stamp(self) -> tuple[int, str]:
        found = read_stamp(self.cleaned_data["stamp"])
        if found is None:
            raise ValidationError("Trang đã cũ. Hãy tải lại trang; những gì vừa nhập vẫn còn ở ô này.")
        return found

    @property
    def said(self) -> Said:
        """What was typed; a measured value that isn't asked for stays as it stands."""
        line, cleaned = self.row.line, self.cleaned_data
        parts = {part.part.code: cleaned.get(PART + part.part.code) for part in self.row.parts}
        return Said(
            status=cleaned["status"],
            value=cleaned.get("value") if "value" in self.fields else line.value,
            part_values={code: value for code, value in parts.items() if value is not None},
            note=cleaned["note"],
        )

    @property
    def expected_version(self) -> int:
        """The version on which the line is written: the newer one where the person has seen it and keeps their own."""
        kind, _, version = self.cleaned_data["choice"].partition("-")
        if kind == MINE and version.isdecimal():
            return int(version)
        shown: int = self.cleaned_data["stamp"][0]
        return shown

    @property
    def takes_theirs(self) -> bool:
        return bool(self.cleaned_data["choice"] == THEIRS)

    @property
    def is_untouched(self) -> bool:
        """Whether the person left the line as they were shown it."""
        return bool(self.cleaned_data["stamp"][1] == self.said.mark)

    @property
    def typed(self) -> dict[str, str]:
        """The fields as they were typed, by their names without the line's key."""
        return {name: str(self.data.get(self.add_prefix(name), "")) for name in self.fields}


def typed_of(row: FormLine) -> dict[str, str]:
    """Return what the fields of a line show at first."""
    line = row.line
    parts = row.said.part_values
    return {
        "status": line.status,
        "value": vn_input(line.value),
        "note": line.note,
        **{PART + part.part.code: vn_input(parts.get(part.part.code)) for part in row.parts},
    }


def vn_input(value: Decimal | None) -> str:
    """Return "1234,5": without dots for thousands, as one types it."""
    return vn_decimal(value).replace(".", "")


class NarrativeForm(NfcForm):
    """One part of the text, and the mark of what was shown."""

    text = forms.CharField(
        required=False,
        max_length=20_000,
        error_messages={"max_length": "Phần này dài quá 20.000 chữ. Hãy viết gọn lại."},
    )
    seen = forms.CharField(max_length=12)
    choice = forms.CharField(required=False, max_length=40)

    @property
    def seen_mark(self) -> str:
        """The mark of the text upon which this one is written."""
        kind, _, mark = self.cleaned_data["choice"].partition("-")
        return str(mark if kind == MINE and mark else self.cleaned_data["seen"])

    @property
    def takes_theirs(self) -> bool:
        return bool(self.cleaned_data["choice"] == THEIRS)

    @property
    def is_untouched(self) -> bool:
        return bool(mark_of(self.cleaned_data["text"]) == self.cleaned_data["seen"])
