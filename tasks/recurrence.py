"""Monthly work: which month is due when. No database.

A task of the 15th is due on the 15th of every month from its assignment on; what is reported for a month answers
that month.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from criteria.deadlines import month_after

DueDay = Callable[[date], date]


@dataclass(frozen=True)
class Occurrence:
    """The work of one month (its first day) and the day on which it is due."""

    month: date
    due_on: date


@dataclass(frozen=True)
class Turn:
    """Where monthly work stands on a day: the last month whose due day has passed, and the two after it."""

    last: Occurrence
    following: Occurrence
    after: Occurrence


def on_day(day: int) -> DueDay:
    """Return the rule "due on `day` of the month itself"; `day` is 1 to 28, so that every month has it."""
    return lambda month: month.replace(day=day)


def turn(today: date, due_day: DueDay) -> Turn:
    """Return the turn of `today`. `due_day` gives the due day of a month; a later month is never due earlier."""
    month = today.replace(day=1)
    while due_day(month) >= today:
        month = month_after(month, -1)
    while due_day(month_after(month)) < today:
        month = month_after(month)
    months = (month, month_after(month), month_after(month, 2))
    return Turn(*(Occurrence(each, due_day(each)) for each in months))


def occurrences(*, assigned_on: date, until: date, due_day: DueDay) -> list[Occurrence]:
    """Return the months of work assigned on `assigned_on`, the oldest first, up to the first one due after `until`."""
    found: list[Occurrence] = []
    month = month_after(assigned_on.replace(day=1), -1)
    while not found or found[-1].due_on <= until:
        if due_day(month) >= assigned_on:
            found.append(Occurrence(month, due_day(month)))
        month = month_after(month)
    return found
