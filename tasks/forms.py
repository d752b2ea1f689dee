"""What the forms of tasks and of proposals share."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q, QuerySet

from criteria.forms import NfcForm
from criteria.models import SubItem
from criteria.selectors import set_in_force
from ntm_tracker.lib import clock


class ServiceForm(NfcForm):
    """A form that hands what was typed to a service; what the service refuses stands at its field."""

    def retype(self, name: str, text: str) -> None:
        """Show `text` in the field `name` instead of what was sent, whatever else was typed."""
        typed: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        typed[name] = text
        self.data = typed

    def refuse(self, error: ValidationError) -> None:
        """Show what a service refused: at the field that it names, else above the form."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, found in error.error_dict.items():
            self.add_error(name if name in self.fields and name != NON_FIELD_ERRORS else None, found)


def day_field(label: str, example: str, *, required: str = "", help_text: str = "") -> forms.DateField:
    """Return a field for a day as Vietnamese officials write it; `required` says what to do where it is missing."""
    return forms.DateField(
        label=label,
        required=bool(required),
        help_text=help_text,
        widget=forms.DateInput(attrs={"placeholder": example, "autocomplete": "off"}),
        error_messages={"invalid": f"Hãy nhập ngày theo dạng {example}.", "required": required},
    )


class SubItemsField(forms.CharField):
    """Sub-items by their codes, cut by commas: as the decision prints them ("5") or as they are kept ("5.1").

    The set in force counts; `kept` are those that the record names already, of an older set too.
    """

    kept: Iterable[SubItem] = ()

    def __init__(self, label: str, example: str):
        self.example = example
        super().__init__(
            label=label,
            required=False,
            max_length=200,
            help_text=f"Mã nội dung, cách nhau bằng dấu phẩy: {example}.",
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def clean(self, value: Any) -> list[SubItem]:
        words = [word for word in re.split(r"[,;\s]+", super().clean(value)) if word]
        known = self._known() if words else {}
        wrong = next((word for word in words if word not in known), None)
        if wrong is not None:
            raise ValidationError(f"Bộ tiêu chí không có nội dung “{wrong[:30]}”. Hãy ghi mã như {self.example}.")
        return list({known[word].pk: known[word] for word in words}.values())

    def _known(self) -> dict[str, SubItem]:
        criteria_set = set_in_force(clock.today())
        rows = [*(SubItem.objects.of_set(criteria_set) if criteria_set else ()), *self.kept]
        return {code: row for row in rows for code in (row.code, row.official_code)}


def sub_item_field() -> forms.RegexField:
    """Return the field of a filter for one sub-item: "17.6", "5"."""
    widget = forms.TextInput(attrs={"placeholder": "17.6", "inputmode": "decimal"})
    return forms.RegexField(r"^\d{1,2}(\.\d{1,2})?$", label="Nội dung", max_length=5, required=False, widget=widget)


def serves(code: str) -> Q:
    """Return the condition "names the sub-item of today's set with this code", as it is kept or as it is printed."""
    of_set = Q(sub_items__criterion__criteria_set=set_in_force(clock.today()))
    return of_set & (Q(sub_items__code=code) | Q(sub_items__official_code=code))


def codes_of(sub_items: QuerySet[SubItem]) -> str:
    """Return what `SubItemsField` shows of `sub_items`, in the order of the set."""
    rows = sub_items.order_by("criterion__number", "position")
    return ", ".join(rows.values_list("official_code", flat=True))
