"""Periods and due days of the monthly report. No database.

Notice of 05/4/2023, section III: "Định kỳ hàng tháng (ngày 15 hàng tháng) báo cáo kết quả thực hiện".
Nghị định 09/2019/NĐ-CP, Điều 12: a monthly report covers the 15th of the month before to the 14th.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ntm_tracker.lib.clock import vn_date, vn_weekday
from ntm_tracker.lib.workdays import day_off, next_workday

REPORT_DAY = 15


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


def report_deadline(month: date, exceptions: Mapping[date, bool] | None = None) -> ReportDeadline:
    """Return the deadline of the report of `month` (its first day).

    April 2023 covers 15/3 to 14/4/2023; the 15th is a Saturday, so it is due on Monday 17/4/2023.
    """
    nominal = month.replace(day=REPORT_DAY)
    return ReportDeadline(
        month=month,
        first_day=month_after(month, -1).replace(day=REPORT_DAY),
        last_day=month.replace(day=REPORT_DAY - 1),
        nominal_due_on=nominal,
        due_on=next_workday(nominal, exceptions),
        moved_because=day_off(nominal, exceptions),
    )


def current_deadline(today: date, exceptions: Mapping[date, bool] | None = None) -> ReportDeadline:
    """Return the next deadline that has not passed on `today`."""
    deadline = report_deadline(today.replace(day=1), exceptions)
    if deadline.due_on < today:
        deadline = report_deadline(month_after(today.replace(day=1)), exceptions)
    return deadline
