"""Periods and due days of the monthly report: ten years as a table, and what holds for every day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criteria.deadlines import covered_days, current_deadline, month_after, on_time, report_deadline
from ntm_tracker.lib.clock import end_of, start_of
from ntm_tracker.lib.workdays import day_off, next_workday

MONTHS = st.dates(date(2016, 1, 1), date(2028, 12, 31)).map(lambda day: day.replace(day=1))
DUE_DAYS = st.integers(1, 28)

# Year → the due day of January to December, each in its own month.
TEN_YEARS = {
    2018: (15, 21, 15, 16, 15, 15, 16, 15, 17, 15, 15, 17),  # 15/02 is the eve of Tết Mậu Tuất
    2019: (15, 15, 15, 16, 15, 17, 15, 15, 16, 15, 15, 16),  # 15/4 makes up for Giỗ Tổ on a Sunday
    2020: (15, 17, 16, 15, 15, 15, 15, 17, 15, 15, 16, 15),
    2021: (15, 17, 15, 15, 17, 15, 15, 16, 15, 15, 15, 15),  # Tết Tân Sửu, 10 to 16/02
    2022: (17, 15, 15, 15, 16, 15, 15, 15, 15, 17, 15, 15),
    2023: (16, 15, 15, 17, 15, 15, 17, 15, 15, 16, 15, 15),
    2024: (15, 15, 15, 15, 15, 17, 15, 15, 16, 15, 15, 16),  # the first day after Tết Giáp Thìn is 15/02
    2025: (15, 17, 17, 15, 15, 16, 15, 15, 15, 15, 17, 15),
    2026: (15, 23, 16, 15, 15, 15, 15, 17, 15, 15, 16, 15),  # Tết Bính Ngọ, 14 to 22/02
    2027: (15, 15, 15, 15, 17, 15, 15, 16, 15, 15, 15, 15),
}

# Year → the first working day from the eve of Tết on, from Giỗ Tổ on, from 30/4 on.
LONG_HOLIDAYS = {
    2018: ((date(2018, 2, 15), date(2018, 2, 21)), (date(2018, 4, 25), date(2018, 4, 26)), date(2018, 5, 2)),
    2019: ((date(2019, 2, 4), date(2019, 2, 11)), (date(2019, 4, 14), date(2019, 4, 16)), date(2019, 5, 2)),
    2020: ((date(2020, 1, 24), date(2020, 1, 30)), (date(2020, 4, 2), date(2020, 4, 3)), date(2020, 5, 4)),
    2021: ((date(2021, 2, 11), date(2021, 2, 17)), (date(2021, 4, 21), date(2021, 4, 22)), date(2021, 5, 4)),
    2022: ((date(2022, 1, 31), date(2022, 2, 7)), (date(2022, 4, 10), date(2022, 4, 12)), date(2022, 5, 4)),
    2023: ((date(2023, 1, 21), date(2023, 1, 27)), (date(2023, 4, 29), date(2023, 5, 4)), date(2023, 5, 4)),
    2024: ((date(2024, 2, 9), date(2024, 2, 15)), (date(2024, 4, 18), date(2024, 4, 19)), date(2024, 5, 2)),
    2025: ((date(2025, 1, 28), date(2025, 2, 3)), (date(2025, 4, 7), date(2025, 4, 8)), date(2025, 5, 5)),
    2026: ((date(2026, 2, 16), date(2026, 2, 23)), (date(2026, 4, 26), date(2026, 4, 28)), date(2026, 5, 4)),
    2027: ((date(2027, 2, 5), date(2027, 2, 11)), (date(2027, 4, 16), date(2027, 4, 19)), date(2027, 5, 4)),
}


def test_the_april_2023_report_is_due_on_monday_the_17th():
    deadline = report_deadline(date(2023, 4, 1))
    assert (deadline.first_day, deadline.last_day) == (date(2023, 3, 15), date(2023, 4, 14))
    assert (deadline.nominal_due_on, deadline.due_on) == (date(2023, 4, 15), date(2023, 4, 17))
    assert deadline.moved_because == "thứ Bảy"
    assert deadline.phrase == "báo cáo tháng 4 đến hạn thứ Hai, 17/4/2023 (15/4 là thứ Bảy)"
    assert deadline.days_left(date(2023, 4, 10)) == 7


@pytest.mark.parametrize("year", TEN_YEARS)
def test_the_due_days_of_ten_years(year):
    months = [date(year, month, 1) for month in range(1, 13)]
    assert tuple(report_deadline(month).due_on for month in months) == tuple(
        month.replace(day=day) for month, day in zip(months, TEN_YEARS[year], strict=True)
    )


@pytest.mark.parametrize("year", LONG_HOLIDAYS)
def test_what_falls_on_tet_gio_to_or_30_april_moves_behind_them_in_ten_years(year):
    *lunar, after_liberation_day = LONG_HOLIDAYS[year]
    for holiday, following in lunar:
        assert next_workday(holiday) == following
    assert next_workday(date(year, 4, 30)) == after_liberation_day


@given(MONTHS, DUE_DAYS)
def test_a_due_day_is_never_a_day_off_and_never_before_the_period_has_ended(month, due_day):
    deadline = report_deadline(month, due_day=due_day)
    assert not day_off(deadline.due_on)
    assert deadline.last_day < deadline.nominal_due_on <= deadline.due_on
    assert deadline.due_on <= deadline.nominal_due_on + timedelta(days=14)


@given(MONTHS, st.dictionaries(st.integers(0, 40), st.booleans(), max_size=12))
def test_the_due_day_keeps_clear_of_the_days_that_the_administrator_took_off(month, decided):
    exceptions = {month + timedelta(days=number): works for number, works in decided.items()}
    due_on = report_deadline(month, exceptions).due_on
    assert exceptions.get(due_on, True)
    assert not day_off(due_on, exceptions)


@given(st.dates(date(2016, 1, 1), date(2028, 12, 31)))
def test_every_day_belongs_to_exactly_one_period(day):
    near = [month_after(day.replace(day=1), step) for step in range(-3, 4)]
    holding = [month for month in near if covered_days(month)[0] <= day <= covered_days(month)[1]]
    assert len(holding) == 1


@given(MONTHS)
def test_a_period_begins_the_day_after_the_one_before_it(month):
    assert covered_days(month_after(month))[0] == covered_days(month)[1] + timedelta(days=1)


@given(MONTHS, DUE_DAYS)
def test_another_due_day_leaves_the_period_as_the_decree_has_it(month, due_day):
    deadline = report_deadline(month, due_day=due_day)
    assert (deadline.first_day, deadline.last_day) == covered_days(month)


@pytest.mark.parametrize(
    ("due_day", "moves", "due_on"),
    [
        (20, True, date(2023, 4, 20)),
        (22, True, date(2023, 4, 24)),  # a Saturday
        (22, False, date(2023, 4, 22)),
        (5, True, date(2023, 5, 5)),  # the period ends on 14/4
        (14, True, date(2023, 5, 15)),  # 14/5 is a Sunday
    ],
)
def test_an_authority_can_have_another_due_day(due_day, moves, due_on):
    assert report_deadline(date(2023, 4, 1), due_day=due_day, moves=moves).due_on == due_on


def test_the_next_deadline_is_of_this_month_until_it_has_passed():
    assert current_deadline(date(2023, 4, 17)).month == date(2023, 4, 1)
    assert current_deadline(date(2023, 4, 18)).month == date(2023, 5, 1)
    assert current_deadline(date(2023, 12, 31)).month == date(2024, 1, 1)


@given(st.dates(date(2016, 2, 1), date(2028, 11, 30)), DUE_DAYS)
def test_the_next_deadline_is_the_first_that_has_not_passed(today, due_day):
    def of_rule(month):
        return report_deadline(month, due_day=due_day)

    deadline = current_deadline(today, of_rule)
    assert deadline.due_on >= today > of_rule(month_after(deadline.month, -1)).due_on


# C10: to the second, at the end of any due day


def naive(moment: datetime, due_on: date) -> bool:
    """The mistake that the check must catch: the day as the database writes it, in UTC."""
    return moment.astimezone(UTC).date() <= due_on


AROUND = st.integers(-48 * 3600, 48 * 3600).map(lambda seconds: timedelta(seconds=seconds))
ONE_SECOND = timedelta(seconds=1)


@settings(max_examples=10_000, deadline=None)
@given(MONTHS, AROUND, DUE_DAYS | st.just(15))
def test_on_time_is_right_for_every_moment_around_the_end_of_the_due_day(month, distance, due_day):
    deadline = report_deadline(month, due_day=due_day)
    midnight = datetime.combine(deadline.due_on, time.min, UTC) + timedelta(days=1) - timedelta(hours=7)
    moment = midnight + distance
    assert on_time(moment, deadline) == (moment < midnight)


@pytest.mark.parametrize("month", [date(2023, 4, 1), date(2024, 2, 1), date(2023, 12, 1), date(2026, 2, 1)])
def test_the_last_second_of_the_due_day_is_on_time_and_the_next_one_late(month):
    deadline = report_deadline(month)
    following = start_of(deadline.due_on + timedelta(days=1))
    assert on_time(end_of(deadline.due_on), deadline)
    assert on_time(following - ONE_SECOND, deadline)
    assert not on_time(following, deadline)


@pytest.mark.parametrize(
    ("month", "due_day", "due_on"),
    [
        (date(2024, 1, 1), 28, date(2024, 1, 29)),  # a Sunday
        (date(2024, 2, 1), 28, date(2024, 2, 28)),  # a leap year goes on
        (date(2023, 2, 1), 28, date(2023, 2, 28)),
        (date(2026, 2, 1), 28, date(2026, 3, 2)),  # a Saturday, over the end of the month
        (date(2023, 12, 1), 1, date(2024, 1, 2)),  # New Year
    ],
)
def test_on_time_holds_over_the_ends_of_months_years_and_of_a_leap_february(month, due_day, due_on):
    deadline = report_deadline(month, due_day=due_day)
    assert deadline.due_on == due_on
    assert on_time(end_of(due_on), deadline)
    assert not on_time(end_of(due_on) + timedelta(microseconds=1), deadline)


def test_comparing_days_of_utc_would_be_wrong_for_seven_hours():
    """The control: the naive comparison fails the check above."""
    deadline = report_deadline(date(2023, 4, 1))
    morning_after = start_of(deadline.due_on + timedelta(days=1)) + timedelta(hours=6, minutes=59)
    assert naive(morning_after, deadline.due_on)
    assert not on_time(morning_after, deadline)
