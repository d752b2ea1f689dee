"""What the pages of tasks need, as finished data. The number of queries never depends on the number of rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Prefetch, Q

from communes.models import Commune, User
from communes.querysets import within_reach
from criteria.deadlines import month_after
from criteria.models import CriteriaSet, Evidence, MonthlyReport, SubItem
from criteria.selectors import SubItemState, commune_state
from ntm_tracker.lib import clock
from tasks.enums import ExtensionDecision, NoticeStatus, PointKind, ReplyKind, SectionKind, TaskStatus, TaskUpdateKind
from tasks.models import ExtensionRequest, Notice, NoticePoint, ProposalReply, Task, TaskSupport, TaskUpdate
from tasks.querysets import TaskQuerySet
from tasks.recurrence import Occurrence, occurrences
from tasks.schedule import due_days
from tasks.selectors import TaskRow, task_rows
from tasks.work.filters import TaskFilter
from tasks.work.sides import Stand, stand_of

SHOWN_MONTHS = 12
IN_A_COLUMN = 10


def rows_of(tasks: TaskQuerySet, today: date) -> list[TaskRow]:
    """Return the rows of `tasks`, which know their `current_due`, in their order; two queries."""
    supports = Prefetch("supports", TaskSupport.objects.select_related("department", "commune"))
    return [TaskRow(task, task.current_due, today) for task in tasks.prefetch_related(supports)]


# The list, in groups


@dataclass(frozen=True)
class Band:
    """Rows that stand together, and under which heading; without grouping there is one without a heading."""

    title: str
    url: str
    rows: tuple[TaskRow, ...]


def bands(rows: Sequence[TaskRow], group: str) -> list[Band]:
    """Return `rows`, which stand in the order of `group`, under their headings."""
    if not group:
        return [Band("", "", tuple(rows))]
    return [Band(*key, tuple(found)) for key, found in groupby(rows, key=lambda row: _heading(row, group))]


def _heading(row: TaskRow, group: str) -> tuple[str, str]:
    """Return the heading of a row's group and the page that it leads to."""
    if group == "month":
        day = row.due_on
        return (f"Tháng {day.month}/{day.year}" if day else "Không ghi hạn", "")
    if group == "commune":
        commune = row.task.commune
        return (str(commune), commune.get_absolute_url()) if commune else ("Không riêng xã nào", "")
    notice = row.notice
    if notice is None:
        return ("Giao ngoài thông báo", "")
    return (f"Thông báo {notice.sign}, phiên ngày {clock.vn_date(notice.session_on)}", notice.get_absolute_url())


# The board


@dataclass(frozen=True)
class BoardColumn:
    """The tasks of one state: those shown, and how many there are."""

    state: str
    title: str
    rows: tuple[TaskRow, ...]
    total: int

    @property
    def further(self) -> int:
        return self.total - len(self.rows)


COLUMNS = (
    ("waiting", "draft", "Chờ ban hành"),
    ("overdue", "overdue", "Quá hạn"),
    ("open", "open", "Đang thực hiện"),
    ("pending", "pending", "Chờ xác nhận"),
    ("done", "done", "Đã xong"),
)


def board(asked: TaskFilter, counts: dict[str, int], today: date) -> list[BoardColumn]:
    """Return the first tasks of every state in columns; `counts` are those of the filter.

    An empty column of drafts is left out. What is finished shows its latest ones.
    """
    going = rows_of(asked.first_going(IN_A_COLUMN), today)
    done = rows_of(asked.rows("done").order_by("-done_at", "-pk")[:IN_A_COLUMN], today)
    totals = {**counts, "open": counts[""] - counts["overdue"] - counts["pending"] - counts["waiting"]}
    columns = []
    for state, sign, title in COLUMNS:
        rows = done if state == "done" else [row for row in going if row.state == sign]
        if totals[state] or state != "waiting":
            columns.append(BoardColumn(state, title, tuple(rows), totals[state]))
    return columns


# The calendar


@dataclass(frozen=True)
class CalendarDay:
    day: date
    is_in_month: bool
    is_today: bool
    rows: tuple[TaskRow, ...]


@dataclass(frozen=True)
class Calendar:
    """One month in weeks from Monday on, and its neighbours."""

    month: date
    weeks: tuple[tuple[CalendarDay, ...], ...]

    @property
    def before(self) -> date:
        return month_after(self.month, -1)

    @property
    def after(self) -> date:
        return month_after(self.month)

    @property
    def busy_days(self) -> list[CalendarDay]:
        return [each for week in self.weeks for each in week if each.rows and each.is_in_month]

    @property
    def total(self) -> int:
        return sum(len(each.rows) for each in self.busy_days)


def calendar(tasks: TaskQuerySet, month: date, today: date) -> Calendar:
    """Return `month` (its first day) with the tasks of each day, by the day that counts."""
    first = month - timedelta(days=month.weekday())
    last_of_month = month_after(month) - timedelta(days=1)
    last = last_of_month + timedelta(days=6 - last_of_month.weekday())
    by_day: dict[date, list[TaskRow]] = {}
    for row in rows_of(tasks.filter(current_due__gte=first, current_due__lte=last), today):
        if row.due_on:
            by_day.setdefault(row.due_on, []).append(row)
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    cells = [CalendarDay(day, day.month == month.month, day == today, tuple(by_day.get(day, ()))) for day in days]
    return Calendar(month, tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7)))


# The page of one task


@dataclass(frozen=True)
class PartState:
    """A supporting unit: its part, and when it reported it done."""

    support: TaskSupport
    done_at: datetime | None

    @property
    def unit(self) -> str:
        return str(self.support)


@dataclass(frozen=True)
class MonthState:
    """One month of monthly work: due when, answered when and by which report."""

    occurrence: Occurrence
    answered_at: datetime | None
    today: date

    @property
    def sign(self) -> str:
        if self.answered_at:
            return "late" if clock.day_of(self.answered_at) > self.occurrence.due_on else "on_time"
        return "overdue" if self.occurrence.due_on < self.today else "missing"

    @property
    def word(self) -> str:
        return {"late": "Báo cáo muộn", "on_time": "Đúng hạn", "overdue": "Chưa có", "missing": "Chưa đến hạn"}[
            self.sign
        ]


@dataclass(frozen=True)
class Event:
    """One thing in the course of a task."""

    at: datetime
    sign: str
    title: str
    by: str
    text: str
    share_done: int | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Served:
    """A sub-item that the task serves: as it stands in the commune, or only its name.

    `url` leads to where the person sees it, "" where they may not.
    """

    sub_item: SubItem
    state: SubItemState | None = None
    url: str = ""


@dataclass(frozen=True)
class TaskPage:
    """Everything that the page of a task shows."""

    row: TaskRow
    stand: Stand | None
    parts: tuple[PartState, ...]
    months: tuple[MonthState, ...]
    served: tuple[Served, ...]
    events: tuple[Event, ...]
    extensions: tuple[ExtensionRequest, ...]
    share_done: int | None

    @property
    def task(self) -> Task:
        return self.row.task

    @property
    def pending_extension(self) -> ExtensionRequest | None:
        return next((each for each in self.extensions if each.decision == ExtensionDecision.PENDING), None)

    @property
    def was_extended(self) -> bool:
        return self.row.due_on != self.task.due_on and self.task.due_on is not None

    @property
    def open_months(self) -> list[MonthState]:
        """The months for which nothing was reported yet, the oldest first."""
        return [each for each in self.months if not each.answered_at]

    @property
    def parts_done(self) -> int:
        return sum(part.done_at is not None for part in self.parts)

    @property
    def parts_missing(self) -> list[str]:
        """The supporting units that have not reported their part done."""
        return [part.unit for part in self.parts if part.done_at is None]

    @property
    def may_be_ended(self) -> bool:
        """Whether it is work without a last day: the office ends it when it is needed no more."""
        return self.row.is_open and (self.task.is_standing or bool(self.task.recurrence))

    @property
    def may_report(self) -> bool:
        """Whether the person can report now: a supporting unit also while the whole waits to be confirmed."""
        if self.stand is None:
            return False
        return self.row.is_open or (not self.stand.leads and self.task.status == TaskStatus.DONE)


UPDATE_SIGNS = {
    TaskUpdateKind.PROGRESS: "open",
    TaskUpdateKind.DONE: "pending",
    TaskUpdateKind.PART_DONE: "pending",
    TaskUpdateKind.CONFIRMED: "done",
    TaskUpdateKind.SENT_BACK: "returned",
    TaskUpdateKind.CHANGED: "draft",
}
DECISION_SIGNS = {
    ExtensionDecision.GRANTED: "accepted",
    ExtensionDecision.REFUSED: "returned",
    ExtensionDecision.WITHDRAWN: "not_applicable",
}


def task_page(task: Task, *, user: User, today: date) -> TaskPage:
    """Return what the page of `task`, which knows its `current_due`, shows to `user`."""
    supports = list(task.supports.select_related("department", "commune"))
    visible = Prefetch("evidence", Evidence.objects.visible_to(user))
    updates = list(
        task.updates.select_related("by", "support__department", "support__commune").prefetch_related(visible)
    )
    extensions = list(task.extensions.select_related("asked_by", "decided_by"))
    return TaskPage(
        row=TaskRow(task, task.current_due, today),  # type: ignore[attr-defined]  # annotated
        stand=stand_of(user, task, supports),
        parts=_parts(supports, updates),
        months=_months(task, updates, today),
        served=_served(task, user),
        events=_events(updates, extensions),
        extensions=tuple(extensions),
        share_done=next((row.share_done for row in updates if _tells_share(row)), None),
    )


def _tells_share(row: TaskUpdate) -> bool:
    """Whether the share still holds: "done" that was sent back says nothing more."""
    return row.kind == TaskUpdateKind.PROGRESS and row.share_done is not None


def _parts(supports: Iterable[TaskSupport], updates: Sequence[TaskUpdate]) -> tuple[PartState, ...]:
    done = {row.support_id: row.at for row in reversed(updates) if row.kind == TaskUpdateKind.PART_DONE}
    return tuple(PartState(support, done.get(support.pk)) for support in supports)


def _months(task: Task, updates: Iterable[TaskUpdate], today: date) -> tuple[MonthState, ...]:
    """Return the months of monthly work up to the next one due, the oldest first; the last ones only."""
    if not task.recurrence or task.recurrence_day is None:
        return ()
    answered: dict[date, datetime | None] = {row.month: row.at for row in updates if row.month}
    if task.is_monthly_report:
        sent = MonthlyReport.objects.in_place_of(task.lead_commune_id).filter(first_submitted_at__isnull=False)
        answered |= dict(sent.values_list("month", "first_submitted_at"))
    key = (task.authority_id, task.recurrence_day, task.is_monthly_report)
    found = occurrences(assigned_on=task.assigned_on, until=today, due_day=due_days([key])[key])
    return tuple(MonthState(each, answered.get(each.month), today) for each in found[-SHOWN_MONTHS:])


def _served(task: Task, user: User) -> tuple[Served, ...]:
    """Return the sub-items that the task serves with their gap in the commune, in the order of the set.

    Of a commune that goes on under another authority the office that gave it away sees how it stood on its last day.
    """
    sub_items = list(task.sub_items.select_related("criterion").order_by("criterion__number", "position"))
    commune = task.commune or task.lead_commune
    if not sub_items or commune is None:
        return tuple(Served(row) for row in sub_items)
    if user.has_perm("communes.view_progress", commune.present_self):
        commune = commune.present_self
    states = {
        state.sub_item.pk: state for criterion in commune_state(commune).criteria for state in criterion.sub_items
    }
    may_see = user.has_perm("communes.view_progress", commune)
    return tuple(
        Served(row, states[row.pk], commune.page("communes:cell", row.code) if may_see else "")
        if row.pk in states
        else Served(row)
        for row in sub_items
    )


def _events(updates: Iterable[TaskUpdate], extensions: Iterable[ExtensionRequest]) -> tuple[Event, ...]:
    """Return the course of a task, the newest first."""
    events = [
        Event(row.at, UPDATE_SIGNS[TaskUpdateKind(row.kind)], _title(row), str(row.by or "hệ thống"), row.text,
              row.share_done, tuple(row.evidence.all()))
        for row in updates
    ]  # fmt: skip
    for request in extensions:
        day = clock.vn_date(request.new_due_on)
        asked = Event(request.asked_at, "submitted", f"Xin gia hạn đến {day}", str(request.asked_by), request.reason)
        events.append(asked)
        if request.decided_at:
            decision = ExtensionDecision(request.decision)
            title = f"{decision.label} gia hạn đến {day}"
            by = str(request.decided_by)
            events.append(Event(request.decided_at, DECISION_SIGNS[decision], title, by, request.comment))
    return tuple(sorted(events, key=lambda event: event.at, reverse=True))


def _title(row: TaskUpdate) -> str:
    about = f" tháng {row.month.month}/{row.month.year}" if row.month else ""
    unit = f", {row.support}" if row.support else ""
    return f"{row.get_kind_display()}{about}{unit}"


# What other pages show of tasks


def printed_code(code: str, criteria_set: CriteriaSet | None) -> str:
    """Return the code of a sub-item as the decision prints it, "5" for "5.1"; one that isn't known as it is."""
    item = SubItem.objects.of_set(criteria_set).filter(code=code).first() if criteria_set else None
    return item.official_code if item else code


def tasks_of_sub_item(
    user: User, commune: Commune, sub_item: str, criteria_set: CriteriaSet | None, today: date
) -> list[TaskRow]:
    """Return the tasks that serve `sub_item`, a code of the set, in `commune`, the unfinished ones first.

    Work of its authority about no commune serves it in every one.
    """
    own = Task.objects.about(Commune.objects.lineage(commune)).order_by().values("pk")
    of_all = Q(commune__isnull=True, lead_commune__isnull=True, authority=commune.authority_id)
    served = Q(sub_items__code=sub_item, sub_items__criterion__criteria_set=criteria_set)
    found = Task.objects.visible_to(user).filter(Q(pk__in=own) | of_all, served)
    rows = task_rows(found, today)
    return sorted(rows, key=lambda row: row.task.status == TaskStatus.CONFIRMED)


@dataclass(frozen=True)
class Conclusion:
    """A conclusion of a notice, or the reply to a proposal at its point, from which no task arose so far."""

    point: NoticePoint

    @property
    def reply(self) -> ProposalReply | None:
        return self.point.proposal.reply if self.point.proposal else None

    @property
    def text(self) -> str:
        return self.reply.text if self.reply else self.point.text

    @property
    def is_marked(self) -> bool:
        return self.point.creates_no_task

    @property
    def query(self) -> str:
        return f"reply={self.reply.pk}" if self.reply else f"point={self.point.pk}"


def _without_task() -> Q:
    """Return the condition "a point from which work should arise and none did"; what is settled asks for none."""
    of_work = Q(section__kind=SectionKind.TASKS, kind__in=(PointKind.DASH, PointKind.NUMBERED))
    asking = [kind for kind in ReplyKind if kind != ReplyKind.SETTLED]
    answered = Q(proposal__reply__kind__in=asking, proposal__reply__tasks__isnull=True)
    return Q(tasks__isnull=True) & (of_work | answered)


def conclusions_without_task(notice: Notice) -> list[Conclusion]:
    """Return the conclusions of `notice` without a task, those not marked first: none is forgotten silently."""
    points = NoticePoint.objects.filter(_without_task(), section__notice=notice).select_related("proposal__reply")
    return [Conclusion(point) for point in points.order_by("creates_no_task", "section__position", "position")]


def forgotten_conclusions(user: User) -> list[tuple[Notice, int]]:
    """Return the notices in force from which the person's office has still to give tasks, and how many of them.

    Their conclusions have neither a task nor a mark.
    """
    points = NoticePoint.objects.filter(
        within_reach(user, "section__notice__authority__"),
        _without_task(),
        creates_no_task=False,
        section__notice__status=NoticeStatus.ISSUED,
    )
    wanted = ("number", "symbol", "session_on", "commune__name", "commune__kind")
    named = (f"section__notice__{name}" for name in wanted)
    rows = points.select_related("section__notice__commune").only(*named)
    counts = Counter(point.section.notice for point in rows.order_by("section__notice__session_on", "section__notice"))
    return list(counts.items())


def is_assignable(notice: Notice | None) -> bool:
    """Whether tasks can still arise from `notice`: a revoked one gives none."""
    return notice is None or notice.status != NoticeStatus.REVOKED
