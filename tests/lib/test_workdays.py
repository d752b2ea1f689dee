"""Working days in Viet Nam."""

from datetime import date

import pytest

from ntm_tracker.lib.workdays import day_off, next_workday


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2023, 4, 14), date(2023, 4, 14)),  # Friday
        (date(2023, 4, 15), date(2023, 4, 17)),  # Saturday
        (date(2023, 4, 29), date(2023, 5, 4)),  # Giỗ Tổ, 30/4 and 1/5 with the days in lieu
        (date(2023, 1, 20), date(2023, 1, 27)),  # Tết Quý Mão
        (date(2024, 2, 15), date(2024, 2, 15)),  # the first day after Tết Giáp Thìn
    ],
)
def test_a_day_off_moves_to_the_next_working_day(day, following):
    assert next_workday(day) == following


@pytest.mark.parametrize("day", [date(2019, 1, 5), date(2019, 5, 4), date(2024, 5, 4), date(2025, 4, 26)])
def test_a_saturday_worked_for_another_day_off_is_a_working_day(day):
    assert day.weekday() == 5
    assert next_workday(day) == day


def test_the_reason_of_a_day_off_is_named():
    assert day_off(date(2023, 4, 15)) == "thứ Bảy"
    assert "Quốc khánh" in day_off(date(2023, 9, 2))
    assert day_off(date(2023, 4, 14)) == ""


def test_the_administrators_corrections_win():
    saturday, friday = date(2023, 4, 15), date(2023, 4, 14)
    assert next_workday(saturday, {saturday: True}) == saturday
    assert next_workday(friday, {friday: False}) == date(2023, 4, 17)
