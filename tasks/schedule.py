"""When monthly work is due, as conditions of a query; the report follows the calendar of its authority."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Q

from criteria.reports.calendar import ReportCalendar, calendars_of
from tasks.recurrence import DueDay, Turn, on_day, turn

# Authority, day of the month, whether it is the monthly report.
Key = tuple[int, int, bool]


Calendars = Mapping[int, ReportCalendar]


def due_days(keys: Iterable[Key], known: Calendars | None = None) -> dict[Key, DueDay]:
    """Return the rule of each kind of monthly work; the report follows the calendar of its authority.

    `known` are the calendars that whoever asks has already.
    """
    wanted, calendars = list(keys), dict(known or {})
    unknown = {authority for authority, _, is_report in wanted if is_report} - calendars.keys()
    if unknown:
        calendars |= calendars_of(unknown)
    return {key: _of_calendar(calendars[key[0]]) if key[2] else on_day(key[1]) for key in wanted}


def _of_calendar(calendar: ReportCalendar) -> DueDay:
    return lambda month: calendar.deadline(month).due_on


def turns(keys: Iterable[Key], today: date, known: Calendars | None = None) -> list[tuple[Q, Turn]]:
    """Return the turn of `today` with the condition for the tasks that it holds for; equal ones stand together."""
    found: dict[Turn, Q] = defaultdict(Q)
    for (authority, day, is_report), rule in due_days(keys, known).items():
        found[turn(today, rule)] |= Q(authority=authority, recurrence_day=day, is_monthly_report=is_report)
    return [(condition, each) for each, condition in found.items()]
