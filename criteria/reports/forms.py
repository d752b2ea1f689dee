"""Input on a report: the boundary where what a clerk typed becomes values."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from criteria.enums import Status
from criteria.forms import FigureField, NfcForm, most_of, vn_input
from criteria.reports.form_selectors import FormLine
from criteria.reports.saving import Said, mark_of, read_stamp

PART = "part_"
# What is decided when somebody else was faster.
MINE, THEIRS = "mine", "theirs"


class LineForm(NfcForm):
    """What a clerk says of one sub-item; `stamp` is what they were shown, `choice` what they decided on a conflict."""

    status = forms.ChoiceField(required=False, choices=[("", ""), *Status.choices])
    note = forms.CharField(
        required=False,
        max_length=2000,
        error_messages={
            "max_length": "Ghi chú dài %(typed)s ký tự, tối đa %(most)s: hãy bớt %(over)s ký tự, "
            "phần chi tiết đưa vào minh chứng."
        },
    )
    stamp = forms.CharField(max_length=30)
    choice = forms.CharField(required=False, max_length=40)

    def __init__(self, data: Mapping[str, Any], *, row: FormLine):
        self.row = row
        super().__init__(data, prefix=row.key)
        if row.parts:
            for part in row.parts:
                self.fields[PART + part.part.code] = FigureField(most=most_of(row.sub_item))
        elif row.sub_item.is_numeric:
            self.fields["value"] = FigureField(most=most_of(row.sub_item))

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


class NarrativeForm(NfcForm):
    """One part of the text, and the mark of what was shown."""

    text = forms.CharField(
        required=False,
        max_length=20_000,
        error_messages={"max_length": "Phần này dài %(typed)s ký tự, tối đa %(most)s: hãy bớt %(over)s ký tự."},
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
