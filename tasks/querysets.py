"""Selections of notices, tasks and proposals, named in the words of the domain."""

import re
from collections.abc import Collection, Iterable
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Case, DateField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from communes.enums import Role
from communes.models import User
from communes.querysets import (
    SearchableQuerySet,
    commune_in_reach,
    holds_words,
    inherited,
    related_rows,
    within_reach,
)
from criteria.models import MonthlyReport
from ntm_tracker.lib import clock
from tasks.enums import PUBLISHED, UNFINISHED, ExtensionDecision, NoticeStatus, Recurrence, TaskStatus, TaskUpdateKind
from tasks.recurrence import Turn
from tasks.schedule import Calendars, turns

NUMBER = re.compile(r"(?:số\s+)?(\d{1,5})(?:/\S*|\s+tb\S*)?", re.IGNORECASE)


def published_for_communes(user: User, path: str = "") -> Q:
    """Commune staff never see a draft: neither a notice nor what hangs on it."""
    return Q(**{f"{path}status__in": PUBLISHED}) if user.role == Role.COMMUNE else Q()


def notices_in_sight(user: User, path: str = "") -> Q:
    """Return the condition "a notice that the person may see"; `path` leads from the filtered model to `Notice`.

    What an ended unit got from another office can be read by the successor's once it was issued.
    """
    published = Q(**{f"{path}status__in": PUBLISHED})
    if user.role == Role.COMMUNE:
        return published & commune_in_reach(user, f"{path}commune__")
    own = within_reach(user, f"{path}authority__")
    return own | (published & inherited(user, f"{path}commune__")) if own and user.inherited_communes else own


# What the list of notices names of each, of its commune and of the notice that it supplements.
NAMED_IN_LIST = (
    *("number", "symbol", "subject", "session_on", "status"),
    *(f"commune__{name}" for name in ("name", "is_demonstration")),
    *(f"corrects__{name}" for name in ("number", "symbol")),
)
# What a first page names of a task, its units and the notice that gives it.
NAMED_IN_OVERVIEWS = (
    *("authority", "text", "status", "due_on", "recurrence", "recurrence_day"),
    *(f"{unit}__{name}" for unit in ("commune", "lead_commune") for name in ("name", "kind")),
    *(f"lead_department__{name}" for name in ("short_name", "full_name")),
    "point__section__notice__status",
    "reply__proposal__point__section__notice__status",
)


class NoticeQuerySet(SearchableQuerySet):
    def get_by_natural_key(self, reference: str):
        return self.get(reference=reference)

    def visible_to(self, user: User):
        """Whole reach; a commune its own ones and those of the units that it follows. Drafts stay with their office."""
        return self.filter(notices_in_sight(user))

    def matching(self, text: str):
        """Those that hold every word of `text` or, for "5", "05/TB-UBND" and "5 tb-ubnd", bear this number."""
        number = NUMBER.fullmatch(text.strip())
        return self.filter(holds_words(text) | Q(number=int(number[1])) if number else holds_words(text))

    def for_list(self):
        """With the units, without the frozen text: a list doesn't print it."""
        return self.select_related("commune", "authority", "corrects").defer("frozen", "corrects__frozen")

    def for_table(self):
        """With no more than the table of the list names: its rows are many."""
        return self.select_related("commune", "corrects").only(*NAMED_IN_LIST)


class NoticePartQuerySet(QuerySet):
    """Sections, points, attendees, recipients and citations: found by their notice and place."""

    def get_by_natural_key(self, *key):
        return self.get(**dict(zip(self.natural_lookups[self.model.__name__], key, strict=True)))

    def visible_to(self, user: User):
        """The parts of the notices that the person may see."""
        notice = "section__notice__" if self.model.__name__ == "NoticePoint" else "notice__"
        return self.filter(notices_in_sight(user, notice))

    natural_lookups = {
        "NoticeSection": ("notice__reference", "position"),
        "NoticePoint": ("section__notice__reference", "section__position", "position"),
        "NoticeAttendee": ("notice__reference", "position"),
        "NoticeRecipient": ("notice__reference", "position"),
        "Citation": ("notice__reference", "sign"),
    }


class TaskQuerySet(SearchableQuerySet):
    def get_by_natural_key(self, reference: str):
        return self.get(reference=reference)

    def visible_to(self, user: User):
        """Whole reach; a commune sees the published tasks about it, led or supported by it.

        With a unit come those that it follows.
        """
        if user.role == Role.COMMUNE:
            units = {user.commune_id, *user.inherited_communes}
            own = Q(commune__in=units) | Q(lead_commune__in=units) | Q(supports__commune__in=units)
            return self.in_force().filter(own).distinct()
        reach = within_reach(user, "authority__")
        if not reach or not user.inherited_communes:
            return self.filter(reach)
        return self.filter(reach | Q(pk__in=TaskQuerySet(self.model).in_force().filter(inherited(user, "commune__"))))

    def in_force(self):
        """Without the tasks of notices and replies that are still drafts."""
        return self.filter(
            Q(point__isnull=True) | Q(point__section__notice__status__in=PUBLISHED),
            Q(reply__isnull=True) | Q(reply__proposal__point__section__notice__status__in=PUBLISHED),
        )

    def with_notice(self):
        """Add `notice_id` and `notice_status` of the notice that gives the task, by a point or a reply; else None."""
        by_point, by_reply = "point__section__notice", "reply__proposal__point__section__notice"
        return self.annotate(
            notice_id=Coalesce(by_point, by_reply),
            notice_status=Coalesce(f"{by_point}__status", f"{by_reply}__status"),
        )

    def of_notices(self, notices: Iterable[int]):
        """The tasks that hang on a point or on a reply of `notices` (keys); each with its `notice_id`."""
        return self.with_notice().filter(notice_id__in=list(notices))

    def about(self, communes: Collection[int]):
        """The tasks about one of `communes` (keys) or led by it."""
        return self.filter(Q(commune__in=communes) | Q(lead_commune__in=communes))

    def involving(self, department: int):
        """The tasks that the department (a key) leads or supports."""
        return self.filter(Q(lead_department=department) | Q(supports__department=department)).distinct()

    def with_current_due(self, today: date | None = None, calendars: Calendars | None = None):
        """Add `current_due`: the last granted extension's day, else the first due day.

        Of monthly work the last due day that nobody answered, else the next one. `today` is the clock's if it isn't
        given; of a past day counts what was granted and answered by its end. `calendars` are those known already.
        """
        today = today or clock.today()
        monthly = [When(condition, then=self._day_of(turn, today)) for condition, turn in self._turns(today, calendars)]
        return self.annotate(current_due=Case(*monthly, default=self._day_once(today), output_field=DateField()))

    def with_days(self, today: date | None = None, calendars: Calendars | None = None):
        """Add `current_due` and `done_at`, the moment at which it was reported done last."""
        done = related_rows(self, "updates").filter(task=OuterRef("pk"), kind=TaskUpdateKind.DONE).order_by("-at")
        return self.with_current_due(today, calendars).annotate(done_at=Subquery(done.values("at")[:1]))

    def late_on(self, today: date) -> Q:
        """Return the condition "the day that counts has passed": less to ask for than the day itself."""
        missed = [condition & self._missed(turn, today) for condition, turn in self._turns(today, None)]
        once = Q(recurrence=Recurrence.NONE) & Q(LessThan(self._day_once(today), today))
        return reduce(or_, missed, once)

    def _turns(self, today: date, calendars: Calendars | None) -> list[tuple[Q, Turn]]:
        """The turn of every kind of monthly work, under its condition; one query, with reports a few more."""
        kinds = TaskQuerySet(self.model).monthly().order_by()
        keys = kinds.values_list("authority", "recurrence_day", "is_monthly_report").distinct()
        return turns(keys, today, calendars)

    def _day_once(self, today: date) -> Coalesce:
        extensions = related_rows(self, "extensions").filter(task=OuterRef("pk"), decided_at__lte=clock.end_of(today))
        granted = extensions.filter(decision=ExtensionDecision.GRANTED).order_by("-decided_at")
        return Coalesce(Subquery(granted.values("new_due_on")[:1]), "due_on")

    def _day_of(self, turn: Turn, today: date) -> Case:
        """The day that counts now of monthly work that stands at `turn`."""
        return Case(
            When(self._missed(turn, today), then=Value(turn.last.due_on)),
            When(~self._answered(turn.following.month, today), then=Value(turn.following.due_on)),
            default=Value(turn.after.due_on),
            output_field=DateField(),
        )

    def _missed(self, turn: Turn, today: date) -> Q:
        return Q(assigned_on__lte=turn.last.due_on) & ~self._answered(turn.last.month, today)

    def _answered(self, month: date, today: date) -> Q:
        """Something was reported for `month` by the end of `today`; the commune's monthly report answers for itself.

        That of the unit which has taken the commune's place answers for it too.
        """
        end = clock.end_of(today)
        updates = related_rows(self, "updates").filter(task=OuterRef("pk"), month=month, at__lte=end)
        reports = MonthlyReport.objects.in_place_of(OuterRef("lead_commune")).filter(
            month=month, first_submitted_at__lte=end
        )
        return Q(Exists(updates)) | (Q(is_monthly_report=True) & Q(Exists(reports)))

    def unfinished(self):
        return self.filter(status__in=UNFINISHED)

    def unconfirmed(self):
        return self.exclude(status=TaskStatus.CONFIRMED)

    def monthly(self):
        return self.filter(recurrence=Recurrence.MONTHLY)

    def for_list(self):
        """With the unit, the lead and the notice that gives the task, by a point of its own or by a reply."""
        return self.select_related(
            "commune",
            "lead_department",
            "lead_commune",
            "point__section__notice",
            "reply__proposal__point__section__notice",
        )

    def for_overview(self):
        """As for a list, but of units and notice only what a line of a first page names."""
        return self.for_list().only(*NAMED_IN_OVERVIEWS)


class TaskPartQuerySet(QuerySet):
    def get_by_natural_key(self, reference: str, department_code: str | None, commune_code: str | None):
        """A support by its task and unit."""
        unit = {"department__code": department_code} if department_code else {"commune__code": commune_code}
        return self.get(task__reference=reference, **unit)


class ProposalQuerySet(SearchableQuerySet):
    def get_by_natural_key(self, reference: str):
        return self.get(reference=reference)

    def visible_to(self, user: User):
        """Whole reach; a commune its own ones, but what an office typed into a draft not before that is issued."""
        rows = self.filter(commune_in_reach(user, "commune__"))
        if user.role != Role.COMMUNE:
            return rows
        typed = Q(made_by__isnull=False) & ~Q(made_by__role=Role.COMMUNE)
        return rows.exclude(typed & Q(point__section__notice__status=NoticeStatus.DRAFT))

    def assigned_to(self, department: int):
        """Those whose reply names the department (a key) as lead or support."""
        return self.filter(Q(reply__lead=department) | Q(reply__supports=department)).distinct()

    def unanswered(self):
        """Without a reply in an issued notice."""
        return self.exclude(reply__isnull=False, point__section__notice__status__in=PUBLISHED)

    def for_list(self):
        return self.select_related("commune", "reply__lead", "point__section__notice")


class ProposalReplyQuerySet(QuerySet):
    def get_by_natural_key(self, reference: str):
        return self.get(proposal__reference=reference)

    def visible_to(self, user: User):
        """A commune sees a reply only with its issued notice."""
        return self.filter(
            commune_in_reach(user, "proposal__commune__"),
            published_for_communes(user, "proposal__point__section__notice__"),
        )
