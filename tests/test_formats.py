"""Dates and figures are read and printed as Vietnamese officials write them."""

import re
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template


@pytest.mark.parametrize("text", ["05/11/2026", "5/11/2026", "05/11/26", "05-11-2026", "05.11.2026", "2026-11-05"])
def test_the_day_comes_before_the_month(text):
    assert forms.DateField().clean(text) == date(2026, 11, 5)


def test_a_month_that_does_not_exist_is_refused_instead_of_swapped():
    with pytest.raises(forms.ValidationError):
        forms.DateField().clean("05/13/2026")


def test_a_date_goes_into_its_field_as_it_is_typed():
    assert 'value="05/11/2026"' in str(forms.DateInput().render("day", date(2026, 11, 5)))


def forms_below(kind):
    for one in kind.__subclasses__():
        yield one
        yield from forms_below(one)


def test_a_field_for_a_day_never_gets_a_keyboard_of_digits_alone():
    """On some phones "numeric" has no separator, and no day can be written without one."""
    import_module(settings.ROOT_URLCONF)
    fields = [
        (form.__name__, name, field.widget.attrs)
        for form in forms_below(forms.BaseForm)
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.DateField)
    ]
    inputs = [
        (page.name, found)
        for page in Path(settings.BASE_DIR, "templates").rglob("*.html")
        for found in re.findall(r"<input[^>]*vn_date[^>]*>", page.read_text())
    ]
    assert len(fields) > 10
    assert len(inputs) > 5
    assert [found for found in [*fields, *inputs] if "inputmode" in found[-1]] == []


def test_a_moment_is_read_day_first():
    assert forms.DateTimeField().clean("05/11/2026 08:30").replace(tzinfo=None) == datetime(2026, 11, 5, 8, 30)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["63,2", "63.2"])
def test_a_decimal_comma_is_read(text):
    assert forms.DecimalField(localize=True).clean(text) == Decimal("63.2")


def test_a_decimal_goes_into_its_field_with_a_comma():
    assert 'value="63,2"' in forms.DecimalField(localize=True).widget.render("value", Decimal("63.2"))


@pytest.mark.parametrize(
    ("value", "printed"),
    [(2026, "2026"), (Decimal("63.2"), "63,2"), (date(2026, 11, 5), "05/11/2026"), (17386, "17386")],
)
def test_a_template_prints_it_the_vietnamese_way(value, printed):
    assert Template("{{ value }}").render(Context({"value": value})) == printed
