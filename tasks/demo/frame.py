"""Where and when the demonstration plays: Anh Sơn, from the first finding to the morning of 10/4/2023."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

DISTRICT = "424"
CRITERIA_SET = "NTM-XA-2021-2025"
CAO_SON = "17386"

FIRST_DAY = date(2022, 4, 11)
LAST_DAY = date(2023, 4, 10)


def moment(day: date, hour: int = 8, minute: int = 0) -> datetime:
    """Return a moment in Vietnamese time."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def working_days(first: date, last: date) -> list[date]:
    """Return Monday to Friday from `first` to `last`; made-up officials don't work on Sundays."""
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


FIRST_MOMENT = moment(FIRST_DAY)
LAST_MOMENT = moment(LAST_DAY)
