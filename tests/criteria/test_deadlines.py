"""Periods and due days of the monthly report."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.deadlines import current_deadline, month_after, report_deadline
from ntm_tracker.lib.workdays import day_off

MONTHS = st.dates(date(2016, 1, 1), date(2028, 12, 31)).map(lambda day: day.replace(day=1))


def test_the_april_2023_report_is_due_on_monday_the_17th():
    deadline = report_deadline(date(2023, 4, 1))
    assert (deadline.first_day, deadline.last_day) == (date(2023, 3, 15), date(2023, 4, 14))
    assert (deadline.nominal_due_on, deadline.due_on) == (date(2023, 4, 15), date(2023, 4, 17))
    assert deadline.moved_because == "thứ Bảy"
    assert deadline.days_left(date(2023, 4, 10)) == 7


@pytest.mark.parametrize(
    ("month", "due_on"),
    [
        (date(2022, 5, 1), date(2022, 5, 16)),
        (date(2023, 1, 1), date(2023, 1, 16)),
        (date(2023, 12, 1), date(2023, 12, 15)),
        (date(2026, 2, 1), date(2026, 2, 23)),  # Tết Bính Ngọ, 16 to 20/2/2026
    ],
)
def test_due_days_as_a_table(month, due_on):
    assert report_deadline(month).due_on == due_on


@given(MONTHS)
def test_a_due_day_is_never_a_day_off_and_never_before_the_15th(month):
    deadline = report_deadline(month)
    assert not day_off(deadline.due_on)
    assert deadline.nominal_due_on <= deadline.due_on <= deadline.nominal_due_on + timedelta(days=14)


@given(MONTHS)
def test_every_day_belongs_to_exactly_one_period(month):
    assert report_deadline(month_after(month)).first_day == report_deadline(month).last_day + timedelta(days=1)


def test_the_next_deadline_is_of_this_month_until_it_has_passed():
    assert current_deadline(date(2023, 4, 17)).month == date(2023, 4, 1)
    assert current_deadline(date(2023, 4, 18)).month == date(2023, 5, 1)
    assert current_deadline(date(2023, 12, 31)).month == date(2024, 1, 1)
