"""Figures as officials write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntm_tracker.lib.figures import percent, vn_decimal, vn_percent


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(12, 19, "63,2%"), (42, 57, "73,7%"), (0, 19, "0,0%"), (19, 19, "100,0%"), (1, 16, "6,3%"), (0, 0, "0,0%")],
)
def test_a_share_has_one_decimal_half_up_and_a_comma(part, whole, text):
    assert vn_percent(part, whole) == text


@given(st.integers(0, 100), st.integers(1, 100))
def test_a_share_is_never_further_than_half_a_tenth_from_the_truth(part, whole):
    assert abs(percent(part, whole) - Decimal(part) * 100 / whole) <= Decimal("0.05")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Decimal("28500"), None, "28.500"),
        (Decimal("63.200"), None, "63,2"),
        (Decimal("63.25"), 1, "63,3"),
        (Decimal("1234567.5"), 2, "1.234.567,50"),
        (Decimal("-4"), None, "-4"),
        (Decimal("100"), None, "100"),
        (0, None, "0"),
        (None, None, ""),
    ],
)
def test_numbers_take_a_decimal_comma_and_thousands_dots(value, places, text):
    assert vn_decimal(value, places) == text
