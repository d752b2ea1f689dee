"""When the monthly reports are due: the rule of the authority, and the days that are off or worked by decision."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from communes.models import Authority
from criteria.deadlines import ReportDeadline, current_deadline, report_deadline
from criteria.models import DayException, ReportRule


@dataclass(frozen=True)
class ReportCalendar:
    """The deadlines of the communes of one authority: asked once, it answers for any month without a query.

    `rules` hold those of the authority first, then its parent's and so on; of each the newest first.
    """

    rules: tuple[ReportRule, ...] = ()
    exceptions: Mapping[date, bool] | None = None

    def deadline(self, month: date) -> ReportDeadline:
        """Return the deadline of the report of `month` (its first day) by the rule in force for it."""
        rule = self.rule_for(month)
        if rule is None:
            return report_deadline(month, self.exceptions)
        return report_deadline(month, self.exceptions, due_day=rule.due_day, moves=rule.moves_to_workday)

    def rule_for(self, month: date) -> ReportRule | None:
        """Return the authority's own rule for `month`, else the nearest parent's; None where the notice's 15th holds.

        A rule never reaches back: months before its `from_month` keep the one before it.
        """
        return next((rule for rule in self.rules if rule.from_month <= month), None)

    def current(self, today: date) -> ReportDeadline:
        """Return the next deadline that has not passed on `today`."""
        return current_deadline(today, self.deadline)


def calendars_of(authorities: Collection[int]) -> dict[int, ReportCalendar]:
    """Return the calendar of each authority by its key; at most three queries, however many they are."""
    exceptions = dict(DayException.objects.values_list("day", "is_workday"))
    of_them = Q(authority__in=authorities)
    of_parents = Q(authority__children__in=authorities) | Q(authority__children__children__in=authorities)
    rules = list(ReportRule.objects.filter(of_them | of_parents).distinct().order_by("-from_month"))
    if not rules:
        return dict.fromkeys(authorities, ReportCalendar(exceptions=exceptions))
    rows = Authority.objects.filter(pk__in=authorities).values_list("pk", "parent_id", "parent__parent_id")
    return {
        line[0]: ReportCalendar(tuple(rule for key in line for rule in rules if rule.authority_id == key), exceptions)
        for line in rows
    }


def calendar_of(authority: Authority | None) -> ReportCalendar:
    """Return the calendar of `authority`; without one, the notice's 15th with the days of the table."""
    key = authority.pk if authority else 0
    return calendars_of([key])[key]


def deadline_of(authority: Authority | None, month: date) -> ReportDeadline:
    """Return the deadline of the reports of `month` (its first day) for the communes of `authority`."""
    return calendar_of(authority).deadline(month)


def current_deadline_of(authority: Authority | None, today: date) -> ReportDeadline:
    """Return the next deadline of the communes of `authority` that has not passed on `today`."""
    return calendar_of(authority).current(today)
