"""What forms of every app share."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import BaseConstraint, CheckConstraint, F, Q, UniqueConstraint

from ntm_tracker.lib.clock import vn_date
from ntm_tracker.lib.figures import vn_decimal


class LengthValidator(MaxLengthValidator):
    """Says of a text that is too long by how much; a field's own sentence may name `typed`, `most` and `over`."""

    def __call__(self, value: str) -> None:
        typed, most = len(value), self.limit_value
        if typed > most:
            figures = {"typed": typed, "most": most, "over": typed - most}
            raise ValidationError(
                "Dài %(typed)s ký tự, tối đa %(most)s: hãy bớt %(over)s ký tự.",
                code=self.code,
                params={name: vn_decimal(figure) for name, figure in figures.items()},
            )


def take_whole_texts(form: forms.BaseForm) -> None:
    """Let what is too long come to the server, which says so: of what is pasted a browser drops the rest silently."""
    for field in form.fields.values():
        field.widget.attrs.pop("maxlength", None)
        field.validators = [
            LengthValidator(rule.limit_value) if isinstance(rule, MaxLengthValidator) else rule
            for rule in field.validators
        ]


class DayInput(forms.DateInput):
    """A day as it is written everywhere else: 05/4/2023."""

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__({"placeholder": "05/4/2023", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return vn_date(value) if isinstance(value, date) else super().format_value(value)


class VersionsField(forms.CharField):
    """The versions that a page showed, by the keys of what they are of: {"17386/2.2": 3} in JSON, a hidden field."""

    default_error_messages = {"invalid": "Không đọc được những gì trang đã hiện. Hãy tải lại trang rồi làm lại."}
    widget = forms.HiddenInput

    def to_python(self, value: Any) -> dict[str, int]:  # type: ignore[override]
        if value in self.empty_values:
            return {}
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not all(map(_is_version, found.items())):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found


def _is_version(pair: tuple[str, Any]) -> bool:
    """Whether a key is text that a database takes (JSON can write NUL and halves of signs), with a whole number."""
    key, version = pair
    return key.isprintable() and type(version) is int


class NamedErrorsForm(forms.ModelForm):
    """Shows a violated database constraint at the field that the person can mend, not above the form.

    That field is the last one of a unique constraint, the first one of a check. `constraint_fields`
    (constraint name to field) says it where this rule points elsewhere or cannot know.
    """

    constraint_fields: dict[str, str] = {}

    def add_error(self, field: str | None, error: Any) -> None:
        if field is None and hasattr(error, "error_dict"):
            error = ValidationError(self._by_field(error.error_dict))
        super().add_error(field, error)

    def _by_field(self, errors: dict[str, list[ValidationError]]) -> dict[str, list[ValidationError]]:
        placed: dict[str, list[ValidationError]] = {}
        for name, found in errors.items():
            for error in found:
                place = self._field_of(error) if name == NON_FIELD_ERRORS else name
                placed.setdefault(place or name, []).append(error)
        return placed

    def _field_of(self, error: ValidationError) -> str | None:
        """Return the field of this form to which a violated constraint belongs."""
        together = (error.params or {}).get("unique_check")
        if together:
            return self._first(reversed(together))
        for constraint in self.instance._meta.constraints:
            if constraint.get_violation_error_message() == error.message:
                return self._first(self._fields_of(constraint))
        return None

    def _fields_of(self, constraint: BaseConstraint) -> Iterator[str]:
        """Give the fields that can mend `constraint`, the best one first."""
        if constraint.name in self.constraint_fields:
            yield self.constraint_fields[constraint.name]
        if isinstance(constraint, UniqueConstraint):
            yield from reversed(constraint.fields)
        elif isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q):
            yield from fields_in(constraint.condition)

    def _first(self, names: Iterable[str]) -> str | None:
        return next((name for name in names if name in self.fields), None)


def offer(form: forms.BaseForm, name: str, choices: Iterable[tuple[str, str]]) -> None:
    """Let the field `name` of `form` be chosen from `choices`, pairs of value and label."""
    field: Any = form.fields[name]
    field.choices = list(choices)


def filter_words(form: forms.Form, *, leave: Iterable[str] = ()) -> list[str]:
    """Return what a form of filters asks for in words, "Xã: xã Cao Sơn", without the fields to `leave` out."""
    asked = ((name, value) for name, value in form.cleaned_data.items() if value and name not in leave)
    return [f"{form.fields[name].label}: {_value_words(form.fields[name], value)}" for name, value in asked]


def _value_words(field: forms.Field, value: Any) -> str:
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    return vn_date(value) if isinstance(value, date) else labels.get(str(value), f"“{value}”")


def fields_in(condition: Any) -> Iterator[str]:
    """Give the names of the fields that `condition` (a Q) compares, as they are written."""
    for child in condition.children:
        if isinstance(child, Q):
            yield from fields_in(child)
        else:
            lookup, value = child
            yield lookup.split("__")[0]
            if isinstance(value, F):
                yield value.name  # type: ignore[attr-defined]
