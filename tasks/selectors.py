"""What one page or one document needs of notices, tasks and proposals, as finished data.

The number of queries never depends on the number of rows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Prefetch, Q

from communes.enums import Role
from communes.models import Commune, Letterhead, User
from ntm_tracker.lib import clock
from tasks.enums import PUBLISHED, AttendeeSide, CitationRole, NoticeStatus, TaskStatus
from tasks.models import (
    Citation,
    Notice,
    NoticePoint,
    NoticeRecipient,
    NoticeSection,
    Proposal,
    ProposalReply,
    Task,
)
from tasks.querysets import ProposalQuerySet, TaskQuerySet
from tasks.schedule import Calendars

# The parts of a notice, for its document


@dataclass(frozen=True)
class NoticeParts:
    """What a notice's document is put together from, each in the order of print."""

    sections: list[NoticeSection]
    recipients: list[NoticeRecipient]
    letterhead: Letterhead | None


def notice_parts(notice: Notice) -> NoticeParts:
    """Return the parts of `notice` as they stand now: sections with points, proposals and replies; four queries."""
    points = NoticePoint.objects.select_related("proposal__reply").order_by("position")
    return NoticeParts(
        sections=list(notice.sections.order_by("position").prefetch_related(Prefetch("points", points))),
        recipients=list(notice.recipients.order_by("position")),
        letterhead=Letterhead.objects.filter(authority=notice.authority_id).first(),
    )


# Rows

STATES_OF_TASKS = {TaskStatus.OPEN: "open", TaskStatus.DONE: "pending", TaskStatus.CONFIRMED: "done"}
# Up to so many supporting units are named in a row.
NAMED_UNITS = 3


@dataclass(frozen=True)
class TaskRow:
    """A task with its day that counts now; whether it is late follows from `today`."""

    task: Task
    due_on: date | None
    today: date

    @property
    def notice(self) -> Notice | None:
        """Return the notice that gives the task."""
        return self.task.notice

    @property
    def is_waiting(self) -> bool:
        """Whether its notice is still a draft: nobody has to do it yet."""
        return self.notice is not None and self.notice.status == NoticeStatus.DRAFT

    @property
    def is_revoked(self) -> bool:
        """Whether its notice was revoked: the work stays followed, and says so."""
        return self.notice is not None and self.notice.status == NoticeStatus.REVOKED

    @property
    def is_open(self) -> bool:
        return self.task.status == TaskStatus.OPEN and not self.is_waiting

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < self.today

    @property
    def done_on(self) -> date | None:
        """Return the day on which it was reported done; None while it goes on."""
        moment = getattr(self.task, "done_at", None)
        return clock.day_of(moment) if moment and self.task.status != TaskStatus.OPEN else None

    @property
    def days_late(self) -> int:
        """Return by how many days completion came late: what was late stays late."""
        if self.task.recurrence or not self.due_on or not self.done_on:
            return 0
        return max(0, (self.done_on - self.due_on).days)

    @property
    def is_late(self) -> bool:
        return self.days_late > 0

    @property
    def state(self) -> str:
        """Return the key of its sign."""
        if self.is_waiting:
            return "draft"
        if self.is_overdue:
            return "overdue"
        if self.is_late and self.task.status == TaskStatus.CONFIRMED:
            return "late"
        return STATES_OF_TASKS[TaskStatus(self.task.status)]

    @property
    def word(self) -> str:
        """Return the word beside the sign; `days_in_words` follow it: "Còn 10 ngày"."""
        if self.is_waiting:
            return "Chờ ban hành"
        if self.is_overdue:
            return "Quá hạn"
        if self.is_open and self.due_on:
            return "Còn" if self.days else "Đến hạn hôm nay"
        if self.is_late:
            return f"{self.task.get_status_display()}, muộn {self.days_late} ngày"
        return self.task.get_status_display()

    @property
    def days(self) -> int:
        """Return the days left, of an overdue task the days past; 0 without a day."""
        return abs((self.due_on - self.today).days) if self.due_on else 0

    @property
    def days_in_words(self) -> int | None:
        """Return the days that follow `word`, None where it says all."""
        return (self.days or None) if self.is_open else None

    @property
    def lead(self) -> str:
        return _short(self.task.lead)

    @property
    def supports(self) -> list[str]:
        return [_short(support.department or support.commune) for support in self.task.supports.all()]

    @property
    def supports_in_short(self) -> str:
        """Return the supporting units by name, of many only how many."""
        names = self.supports
        return ", ".join(names) if len(names) <= NAMED_UNITS else f"{len(names)} đơn vị"


@dataclass(frozen=True)
class ProposalRow:
    """A proposal with the reply that the person may see."""

    proposal: Proposal
    reply: ProposalReply | None
    is_published: bool

    @property
    def state(self) -> str:
        """Return the key of its sign: missing, draft (answered in a notice not yet issued) or done."""
        if self.reply is None:
            return "missing"
        return "done" if self.is_published else "draft"

    @property
    def state_word(self) -> str:
        return {"missing": "Chưa trả lời", "draft": "Đã soạn trả lời", "done": "Đã trả lời"}[self.state]


def _short(unit: object) -> str:
    return getattr(unit, "short_name", "") or (str(unit) if unit else "")


def task_rows(tasks: TaskQuerySet, today: date, calendars: Calendars | None = None) -> list[TaskRow]:
    """Return `tasks` with lead, supports and the day that counts: by that day, then monthly work, then the rest."""
    rows = tasks.with_days(today, calendars).for_list().prefetch_related("supports__department", "supports__commune")
    found = [TaskRow(task, task.current_due, today) for task in rows]
    return sorted(found, key=lambda row: (row.due_on or date.max, not row.task.recurrence, row.task.pk))


def proposal_rows(proposals: ProposalQuerySet, user: User) -> list[ProposalRow]:
    """Return `proposals` with the replies that `user` may see, in the order of `proposals`."""
    return [proposal_row(proposal, user) for proposal in proposals.for_list()]


def proposal_row(proposal: Proposal, user: User) -> ProposalRow:
    """Return a proposal with the reply that `user` may see: a commune's staff none before the notice is issued."""
    published = proposal.is_published
    hidden = user.role == Role.COMMUNE and not published
    return ProposalRow(proposal, None if hidden else getattr(proposal, "reply", None), published)


# The list of notices


@dataclass
class NoticeRow:
    """A notice of the list and the work that came out of it."""

    notice: Notice
    tasks: int = 0
    overdue_tasks: int = 0
    proposals: int = 0
    corrections: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class OpenWork:
    """The unfinished tasks that came out of one notice, and how many of them are late; of a draft none is."""

    tasks: int
    overdue: int


def open_work(user: User, today: date) -> dict[int, OpenWork]:
    """Return the unfinished tasks that `user` may see by the key of the notice that gave them (one query)."""
    visible = Task.objects.visible_to(user).order_by().values("pk")
    tasks = Task.objects.filter(pk__in=visible).with_notice().unfinished()
    late = Task.objects.late_on(today) & ~Q(notice_status=NoticeStatus.DRAFT)
    counts = tasks.order_by().values("notice_id").annotate(tasks=Count("pk"), late=Count("pk", filter=late))
    found = counts.filter(notice_id__isnull=False).values_list("notice_id", "tasks", "late")
    return {notice: OpenWork(tasks, overdue) for notice, tasks, overdue in found}


def notice_rows(notices: Sequence[Notice], *, user: User, work: Mapping[int, OpenWork]) -> list[NoticeRow]:
    """Return `notices` with the counts of what `user` may see and what supplements them; two queries."""
    none = OpenWork(0, 0)
    counts = {notice.pk: work.get(notice.pk, none) for notice in notices}
    rows = {row.pk: NoticeRow(row, tasks=counts[row.pk].tasks, overdue_tasks=counts[row.pk].overdue) for row in notices}
    published = Notice.objects.filter(corrects__in=rows, status__in=PUBLISHED).order_by("issued_on")
    for later in published.only("corrects", "number", "symbol"):
        if later.corrects_id:
            rows[later.corrects_id].corrections.append(later)
    proposals = Proposal.objects.visible_to(user).filter(point__section__notice__in=rows)
    for notice in proposals.order_by().values_list("point__section__notice", flat=True):
        rows[notice].proposals += 1
    return list(rows.values())


@dataclass(frozen=True)
class NoticeTotals:
    """How things stand over all notices that a person may see."""

    notices: int
    drafts: int
    overdue: int


def notice_totals(user: User, work: Mapping[int, OpenWork]) -> NoticeTotals:
    """Return the totals for `user`; `overdue` counts the tasks that notices gave."""
    visible = Notice.objects.visible_to(user)
    counts = visible.aggregate(notices=Count("pk"), drafts=Count("pk", filter=Q(status=NoticeStatus.DRAFT)))
    return NoticeTotals(**counts, overdue=sum(each.overdue for each in work.values()))


# The page of one notice


class WithTasks:
    """Tasks in two tables: those that are due or recur, and the standing ones without a day."""

    tasks: list[TaskRow]

    @property
    def scheduled(self) -> list[TaskRow]:
        return [row for row in self.tasks if not row.task.is_standing]

    @property
    def standing(self) -> list[TaskRow]:
        return [row for row in self.tasks if row.task.is_standing]


@dataclass(frozen=True)
class NoticePage(WithTasks):
    """Everything beside the paper: the session, what was cited, the work that came out of it."""

    attendees: list[tuple[str, list[str]]]
    basis: list[Citation]
    cited: list[Citation]
    recipients: list[NoticeRecipient]
    tasks: list[TaskRow]
    proposals: list[ProposalRow]

    @property
    def open_tasks(self) -> int:
        return sum(row.is_open for row in self.tasks)

    @property
    def overdue_tasks(self) -> int:
        return sum(row.is_overdue for row in self.tasks)

    @property
    def unanswered(self) -> int:
        return sum(row.state == "missing" for row in self.proposals)


def notice_page(notice: Notice, *, user: User, today: date) -> NoticePage:
    """Return what the page of `notice` shows to `user`."""
    citations = list(notice.citations.order_by("dated", "sign"))
    proposals = Proposal.objects.visible_to(user).filter(point__section__notice=notice)
    return NoticePage(
        attendees=_by_side(notice),
        basis=[citation for citation in citations if citation.role == CitationRole.BASIS],
        cited=[citation for citation in citations if citation.role == CitationRole.CITED],
        recipients=list(notice.recipients.order_by("position")),
        tasks=task_rows(Task.objects.visible_to(user).of_notices([notice.pk]), today),
        proposals=proposal_rows(proposals.order_by("point__section__position", "point__position"), user),
    )


def _by_side(notice: Notice) -> list[tuple[str, list[str]]]:
    """Return the attendees in groups: label of the side, names."""
    names: dict[str, list[str]] = defaultdict(list)
    for attendee in notice.attendees.order_by("position"):
        names[attendee.side].append(attendee.text)
    return [(str(side.label), names[side]) for side in AttendeeSide if side in names]


# The work of one commune


@dataclass(frozen=True)
class CommuneWork(WithTasks):
    """The notices, unfinished tasks and proposals of one commune."""

    notices: list[Notice]
    tasks: list[TaskRow]
    proposals: list[ProposalRow]

    @property
    def overdue(self) -> int:
        return sum(row.is_overdue for row in self.tasks)

    @property
    def waiting(self) -> int:
        return sum(row.is_waiting for row in self.tasks)

    @property
    def unfinished(self) -> int:
        return len(self.tasks) - self.waiting

    @property
    def unanswered(self) -> int:
        return sum(row.state != "done" for row in self.proposals)


def commune_work(commune: Commune, *, user: User, today: date) -> CommuneWork:
    """Return what `user` may see of the work of `commune` and of the units that it follows.

    Tasks until their completion is confirmed.
    """
    units = Commune.objects.lineage(commune)
    return CommuneWork(
        notices=list(Notice.objects.visible_to(user).filter(commune__in=units).for_list()),
        tasks=task_rows(Task.objects.visible_to(user).about(units).unconfirmed(), today),
        proposals=proposal_rows(Proposal.objects.visible_to(user).filter(commune__in=units), user),
    )
