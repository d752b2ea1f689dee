"""Two days compared: what the addresses of the summary and of the comparisons ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django import forms
from django.core.exceptions import ValidationError

from criteria.deadlines import covered_days, month_after
from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import vn_date, vn_month
from ntm_tracker.lib.workdays import ONE_DAY

# Before it nothing was ever tracked, and the first days of the calendar have no beginning that a computer knows.
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Period:
    """What changed between the end of the day `since` and the end of the day `until`.

    `month` is the first day of the reporting month that the period is; None for two days chosen freely.
    `error` says why a day or month asked for couldn't be taken.
    """

    since: date
    until: date
    month: date | None = None
    error: str = ""

    @property
    def first_day(self) -> date:
        return self.since + ONE_DAY

    @property
    def label(self) -> str:
        """ "tháng 4/2023", or "từ 01/02/2023 đến 31/3/2023"."""
        if self.month:
            return f"tháng {vn_month(self.month.month)}/{self.month.year}"
        return f"từ {vn_date(self.first_day)} đến {vn_date(self.until)}"

    @property
    def is_running(self) -> bool:
        """Whether the month goes on after `until`."""
        return self.month is not None and self.until < covered_days(self.month)[1]

    @property
    def month_before(self) -> str:
        """The month before as addresses write it; "" where there is none to go to."""
        return f"{month_after(self.month, -1):%Y-%m}" if self.month and self.month > EARLIEST else ""

    @property
    def month_after(self) -> str:
        following = month_after(self.month) if self.month else None
        return f"{following:%Y-%m}" if following and following <= current_month(clock.today()) else ""


def current_month(today: date) -> date:
    """Return the first day of the reporting month in which `today` lies: 15 April belongs to May."""
    month = today.replace(day=1)
    return month if today <= covered_days(month)[1] else month_after(month)


def month_period(month: date, *, error: str = "") -> Period:
    """Return the period that the reports of `month` cover, up to today while it runs.

    Nghị định 09/2019/NĐ-CP, Điều 12: from the 15th of the month before to the 14th.
    """
    first_day, last_day = covered_days(month)
    return Period(first_day - ONE_DAY, min(last_day, clock.today()), month, error)


def summary_period(query: Mapping[str, str]) -> Period:
    """Return the period asked for: `from` and `to`, else `month` (2023-04), else `at`, else the present month.

    What can't be read or lies ahead falls back to the present month, with the reason.
    """
    present = current_month(clock.today())
    if query.get("from", "").strip() or query.get("to", "").strip():
        period = compared_days(query, since=lambda until: month_period(current_month(until)).since)
        return period if not period.error else month_period(present, error=period.error)
    if text := query.get("month", "").strip():
        month = month_of(text)
        if month is None or not EARLIEST <= month <= present:
            return month_period(present, error=f"Không có số liệu của tháng “{text[:20]}”. Đang hiện tháng hiện tại.")
        return month_period(month)
    if text := query.get("at", "").strip():
        day = day_of(text)
        if day is None or not EARLIEST <= day <= clock.today():
            return month_period(present, error=_unreadable(text))
        covered = month_period(current_month(day))
        return Period(covered.since, day, covered.month)
    return month_period(present)


def compared_days(query: Mapping[str, str], *, since: Callable[[date], date], until: date | None = None) -> Period:
    """Return the two days of `from` and `to`, the earlier first.

    A later day that is missing or can't be read is `until` (today); an earlier one, or one that is the later day over
    again, is what `since` gives for the later one.
    """
    today, error = clock.today(), ""
    found: dict[str, date] = {}
    for name in ("from", "to"):
        text = query.get(name, "").strip()
        day = day_of(text)
        if text and (day is None or not EARLIEST <= day <= today):
            error = error or _unreadable(text)
        elif day:
            found[name] = day
    last = found.get("to", until or today)
    first = found.get("from", since(last))
    if first == last:
        error = error or f"Hai ngày đều là {vn_date(last)} nên không có gì để so sánh. Hãy chọn hai ngày khác nhau."
        first = since(last)
    return Period(min(first, last), max(first, last), error=error)


def _unreadable(text: str) -> str:
    day = day_of(text)
    if day and day >= EARLIEST:
        return f"Ngày {vn_date(day)} chưa tới. Hãy ghi một ngày đã qua, như 31/01/2023."
    return why_not(text)


def why_not(text: str) -> str:
    """Return why nothing can be shown of the day typed as `text`: it lies before all that is kept, or is none."""
    if day_of(text):
        return f"Hệ thống không giữ số liệu trước {vn_date(EARLIEST)} nên không lấy được ngày “{text[:30]}”."
    return f"Không đọc được ngày “{text[:30]}”. Hãy ghi ngày như 31/01/2023."


def day_of(text: str) -> date | None:
    """Read 31/01/2023 or 2023-01-31; None for everything else."""
    try:
        return forms.DateField(required=False).to_python(text)
    except ValidationError:
        return None


def month_of(text: str) -> date | None:
    """Read "2023-04" as the first day of that month; None for everything else."""
    year, _, month = text.partition("-")
    try:
        return date(int(year), int(month), 1)
    except (ValueError, OverflowError):
        return None
