"""The one clock."""

from datetime import UTC, date, datetime

import pytest

from ntm_tracker.lib import clock


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2023, 4, 5), "05/4/2023"),
        (date(2023, 1, 10), "10/01/2023"),
        (date(2023, 2, 1), "01/02/2023"),
        (date(2023, 12, 31), "31/12/2023"),
    ],
)
def test_dates_are_written_as_the_decree_says(day, text):
    assert clock.vn_date(day) == text


def test_the_demonstration_plays_on_its_day(settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    assert clock.today() == date(2023, 4, 10)
    assert clock.vn_weekday(clock.today()) == "thứ Hai"


def test_the_day_ends_at_midnight_in_viet_nam_not_in_greenwich():
    assert clock.end_of(date(2023, 4, 15)) < datetime(2023, 4, 15, 17, tzinfo=UTC)
    assert clock.end_of(date(2023, 4, 15)) > datetime(2023, 4, 15, 16, 59, 59, tzinfo=UTC)
    assert clock.start_of(date(2023, 4, 15)) == datetime(2023, 4, 14, 17, tzinfo=UTC)
