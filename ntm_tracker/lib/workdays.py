"""Working days in Viet Nam: weekends, public holidays and the days that the government moves."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@cache
def public_holidays(year: int) -> Mapping[date, str]:
    """Return the public holidays of `year` with their Vietnamese names.

    Bộ luật Lao động 2019, Điều 111 and 112; Tết and Giỗ Tổ follow the lunar calendar, which the
    library knows, as it does the days swapped by decision.
    """
    import holidays

    return dict(holidays.country_holidays("VN", years=year, language="vi").items())


@cache
def made_up_workdays(year: int) -> frozenset[date]:
    """Return the weekend days of `year` that are worked for a day off elsewhere, by decision of the government.

    The day off may lie in the year before or after.
    """
    import holidays

    known = holidays.country_holidays("VN", years=range(year - 1, year + 2))
    return frozenset(day for day in known.weekend_workdays if day.year == year)


def day_off(day: date, exceptions: Mapping[date, bool] | None = None) -> str:
    """Return why `day` is no working day ("Chủ nhật", a holiday's name), or "" when it is one.

    `exceptions` holds the administrator's corrections: True makes a day a working day, False a day off.
    """
    if exceptions and day in exceptions:
        return "" if exceptions[day] else "ngày nghỉ theo quyết định"
    if name := public_holidays(day.year).get(day):
        return name
    if day.weekday() < SATURDAY or day in made_up_workdays(day.year):
        return ""
    return "thứ Bảy" if day.weekday() == SATURDAY else "Chủ nhật"


def next_workday(day: date, exceptions: Mapping[date, bool] | None = None) -> date:
    """Return `day`, or the first working day after it (Bộ luật Dân sự 2015, Điều 148, khoản 5)."""
    while day_off(day, exceptions):
        day += ONE_DAY
    return day
