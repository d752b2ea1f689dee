"""Periods and due days of the monthly report. No database.

Notice of 05/4/2023, section III: "Định kỳ hàng tháng (ngày 15 hàng tháng) báo cáo kết quả thực hiện".
Nghị định 09/2019/NĐ-CP, Điều 12: a monthly report covers the 15th of the month before to the 14th.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ntm_tracker.lib.clock import day_of, vn_date, vn_weekday
from ntm_tracker.lib.workdays import day_off, next_workday

# The first day of a period (the decree), and the day on which reports are due unless an authority rules otherwise.
PERIOD_DAY = REPORT_DAY = 15


@dataclass(frozen=True)
class ReportDeadline:
    """What a report of `month` covers and when it is due."""

    month: date
    first_day: date
    last_day: date
    nominal_due_on: date
    due_on: date
    moved_because: str

    @property
    def phrase(self) -> str:
        """ "báo cáo tháng 4 đến hạn thứ Hai, 17/4/2023 (15/4 là thứ Bảy)"."""
        text = f"báo cáo tháng {self.month.month} đến hạn {vn_weekday(self.due_on)}, {vn_date(self.due_on)}"
        return f"{text} ({self.moved})" if self.moved_because else text

    @property
    def moved(self) -> str:
        """ "15/4 là thứ Bảy": why it is due later; "" where it isn't."""
        if not self.moved_because:
            return ""
        return f"{self.nominal_due_on.day}/{self.nominal_due_on.month} là {self.moved_because}"

    def days_left(self, today: date) -> int:
        """Days until it is due; negative when it is past."""
        return (self.due_on - today).days


def month_after(month: date, count: int = 1) -> date:
    """Return the first day of the month `count` months after `month` (before, when negative)."""
    years, months = divmod(month.month - 1 + count, 12)
    return date(month.year + years, months + 1, 1)


def covered_days(month: date) -> tuple[date, date]:
    """Return the first and the last day that the report of `month` (its first day) covers.

    The decree's, whatever the due day: an authority can move the day of sending, not the period.
    """
    return month_after(month, -1).replace(day=PERIOD_DAY), month.replace(day=PERIOD_DAY - 1)


def report_deadline(
    month: date, exceptions: Mapping[date, bool] | None = None, *, due_day: int = REPORT_DAY, moves: bool = True
) -> ReportDeadline:
    """Return the deadline of the report of `month` (its first day).

    April 2023 covers 15/3 to 14/4/2023; the 15th is a Saturday, so it is due on Monday 17/4/2023. Without
    `moves` it stays due on the Saturday.

    With another `due_day` (1 to 28) the period stays the decree's. From 15 on the day lies in the month of the
    report; before 15 it lies in the month after, because no report is due before its period has ended: with a
    due day of 5, April 2023 is due on 05/5/2023.
    """
    first_day, last_day = covered_days(month)
    nominal = (month if due_day >= PERIOD_DAY else month_after(month)).replace(day=due_day)
    return ReportDeadline(
        month=month,
        first_day=first_day,
        last_day=last_day,
        nominal_due_on=nominal,
        due_on=next_workday(nominal, exceptions) if moves else nominal,
        moved_because=day_off(nominal, exceptions) if moves else "",
    )


def current_deadline(today: date, deadline_of: Callable[[date], ReportDeadline] = report_deadline) -> ReportDeadline:
    """Return the next deadline that has not passed on `today`; `deadline_of` gives that of a month."""
    month = month_after(today.replace(day=1), -1)
    while (deadline := deadline_of(month)).due_on < today:
        month = month_after(month)
    return deadline


def on_time(first_submitted_at: datetime, deadline: ReportDeadline) -> bool:
    """Tell whether a report sent first at that moment kept `deadline`: to the end of the due day, Vietnamese time.

    Later sendings don't count: a report that was returned is not late for it, a late one stays late.
    """
    return day_of(first_submitted_at) <= deadline.due_on
