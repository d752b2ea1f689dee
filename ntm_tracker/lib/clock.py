"""The one clock: now and today in Vietnamese time. Nothing else asks the system."""

from datetime import date, datetime, time

from django.conf import settings
from django.utils import timezone

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def now() -> datetime:
    """Return this moment, aware. On a demonstration's day (`NTM_TODAY`) the time of day is real."""
    moment = timezone.localtime()
    if settings.NTM_TODAY:
        return moment.replace(year=settings.NTM_TODAY.year, month=settings.NTM_TODAY.month, day=settings.NTM_TODAY.day)
    return moment


def today() -> date:
    """Return the day in Viet Nam."""
    return now().date()


def start_of(day: date) -> datetime:
    """Return the first moment of `day`, Vietnamese time."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """Return the last moment of `day`, Vietnamese time: what was known on that day."""
    return timezone.make_aware(datetime.combine(day, time.max))


def day_of(moment: datetime) -> date:
    """Return the day in Viet Nam on which `moment` lies."""
    return timezone.localtime(moment).date()


def vn_date(day: date) -> str:
    """Return "05/4/2023": days under 10 and the months 1 and 2 with a leading zero.

    Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II, khoản 4.
    """
    return f"{day.day:02d}/{vn_month(day.month)}/{day.year}"


def vn_month(month: int) -> str:
    """Return "01", "02", "3" … "12": only January and February take a leading zero."""
    return f"{month:02d}" if month < 3 else str(month)


def vn_weekday(day: date) -> str:
    """Return "thứ Hai" … "Chủ nhật"."""
    return WEEKDAYS[day.weekday()]
