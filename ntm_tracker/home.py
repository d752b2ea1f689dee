"""What the home page of each role needs: first what waits for the person, then how things stand.

The roof may look into every app. The number of queries never depends on the number of rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from communes.enums import AuthorityLevel, Role
from communes.models import Authority, Commune, User
from communes.querysets import within_reach
from criteria.deadlines import ReportDeadline
from criteria.enums import ReportStatus
from criteria.models import AssessmentChange, CriteriaSet, MonthlyReport
from criteria.querysets import MonthlyReportQuerySet
from criteria.reports.board import BoardCell, months_of
from criteria.reports.calendar import calendars_of
from criteria.selectors import (
    CommuneRow,
    CommuneState,
    CriterionTotal,
    SectorRow,
    Totals,
    commune_outline,
    commune_rows,
    criterion_totals,
    month_before,
    recent_changes,
    sector_rows,
    set_in_force,
    setbacks,
    sorted_rows,
    timeline,
    totals_of,
)
from criteria.selectors.entries import Entry
from ntm_tracker.lib import clock
from tasks.enums import NoticeStatus, TaskStatus
from tasks.models import Notice, Proposal, Task
from tasks.querysets import NoticeQuerySet, TaskQuerySet
from tasks.schedule import Calendars
from tasks.selectors import ProposalRow, TaskRow, proposal_rows, task_rows
from tasks.work.selectors import forgotten_conclusions

SHOWN = 4
# What a line names of its commune.
UNIT = ("commune__name", "commune__kind")
Row = TypeVar("Row")


@dataclass(frozen=True)
class Item:
    """One thing that waits for the person. `sign` is the key of its sign, `days` belong to it ("Quá hạn 5 ngày")."""

    sign: str
    word: str
    text: str
    about: str
    url: str
    days: int | None = None


@dataclass(frozen=True)
class Agenda:
    """Things of one kind: those to show, and how many there are."""

    title: str
    items: tuple[Item, ...]
    total: int
    url: str

    @property
    def further(self) -> int:
        return self.total - len(self.items)


def agenda(title: str, rows: Sequence[Row], item: Callable[[Row], Item], url: str) -> Agenda:
    """Return the things `rows` come to; `item` tells one, of those that are shown."""
    return Agenda(title, tuple(item(row) for row in rows[:SHOWN]), len(rows), url)


# Those who look after many communes


@dataclass(frozen=True)
class LeadRow:
    """The unfinished tasks of one lead."""

    lead: str
    open: int
    overdue: int


@dataclass(frozen=True)
class AuthorityRow:
    """One district among those of a province."""

    authority: Authority
    totals: Totals
    overdue: int
    drafts: int


@dataclass(frozen=True)
class OfficeHome:
    """A district, or a province with its districts (`authorities`); what was gained is counted from the day `since`."""

    criteria_set: CriteriaSet | None
    deadline: ReportDeadline
    since: date
    totals: Totals
    agendas: tuple[Agenda, ...]
    ranked: tuple[CommuneRow, ...]
    holding_back: tuple[CriterionTotal, ...]
    changes: tuple[AssessmentChange, ...]
    leads: tuple[LeadRow, ...]
    authorities: tuple[AuthorityRow, ...]

    @property
    def waiting(self) -> int:
        return sum(kind.total for kind in self.agendas)

    @property
    def authority_word(self) -> str:
        """Return what its authorities are called; a province can guide communes without a district between."""
        are_districts = all(row.authority.level == AuthorityLevel.DISTRICT for row in self.authorities)
        return "huyện" if are_districts else "đơn vị"


def office_home(user: User) -> OfficeHome:
    """Return the home of officers, leaders and administrators."""
    today = clock.today()
    criteria_set = set_in_force(today)
    units = _tracked(user, criteria_set, today)
    rows = commune_rows(units, criteria_set)
    calendars = calendars_of({user.authority_id or 0, *(unit.authority_id for unit in units)})
    tasks = _unconfirmed(user, today, calendars)
    drafts = list(_drafts(user))
    since = month_before(today)
    where = _places(units) if user.oversees_districts else {}
    late = [row for row in tasks if row.is_overdue]
    done = [row for row in tasks if row.state == "pending"]
    waiting = [
        agenda("Dự thảo chờ ban hành", drafts, lambda row: _draft_item(row, today), reverse("notices:list")),
        agenda(
            "Nhiệm vụ quá hạn", late, lambda row: _overdue_item(row, where), f"{reverse('tasks:list')}?state=overdue"
        ),
        agenda(
            "Báo xong, chờ xác nhận", done, lambda row: _done_item(row, where), f"{reverse('tasks:list')}?state=pending"
        ),
        agenda("Kết luận chưa thành nhiệm vụ", forgotten_conclusions(user), _forgotten_item, reverse("notices:list")),
        agenda(
            "Báo cáo tháng chờ thẩm định",
            _sent_reports(user),
            _sent_item,
            f"{reverse('reports:board')}?state=submitted",
        ),
        agenda(
            "Kiến nghị chưa soạn trả lời",
            _unanswered(user),
            lambda row: _unanswered_item(row, today),
            f"{reverse('proposals:list')}?state=missing",
        ),
        agenda("Tụt lại trong tháng qua", setbacks(units, since=since), _setback_item, reverse("communes:list")),
    ]
    return OfficeHome(
        criteria_set=criteria_set,
        deadline=calendars[user.authority_id or 0].current(today),
        since=since,
        totals=totals_of(rows),
        agendas=tuple(kind for kind in waiting if kind.total),
        ranked=tuple(sorted_rows(rows, "-criteria")),
        holding_back=_holding_back(rows, criteria_set),
        changes=tuple(recent_changes(user, until=today)),
        leads=_leads(tasks),
        authorities=_authorities(rows, tasks, drafts) if user.oversees_districts else (),
    )


def _drafts(user: User) -> NoticeQuerySet:
    """The notices that wait to be issued, the oldest session first."""
    drafts = Notice.objects.visible_to(user).filter(status=NoticeStatus.DRAFT)
    return drafts.select_related("commune").only("authority", "session_on", *UNIT).order_by("session_on")


def _tracked(user: User, criteria_set: CriteriaSet | None, today: date) -> list[Commune]:
    """The communes of the person's reach for which the set is meant."""
    if criteria_set is None:
        return []
    communes = Commune.objects.visible_to(user).valid_on(today).of_kind(criteria_set.unit_kind)
    if user.oversees_districts:
        communes = communes.select_related("authority")  # they are told apart by their districts
    return list(communes.order_by("sort_key", "code"))


# An office has nothing to do for what it may only read: that stays with the authority from which it took a unit over.


def _unconfirmed(user: User, today: date, calendars: Calendars) -> list[TaskRow]:
    """The tasks in force whose completion isn't confirmed."""
    tasks = Task.objects.visible_to(user).filter(within_reach(user, "authority__"))
    return _task_rows(tasks.in_force().unconfirmed(), today, calendars)


def _task_rows(tasks: TaskQuerySet, today: date, calendars: Calendars) -> list[TaskRow]:
    """Return `tasks` by the day that counts, those without a day last; without the units that support them."""
    listed = tasks.with_current_due(today, calendars).for_overview()
    rows = [TaskRow(task, task.current_due, today) for task in listed]
    return sorted(rows, key=lambda row: (row.due_on is None, row.due_on or today, row.task.pk))


def _holding_back(
    rows: Sequence[CommuneRow], criteria_set: CriteriaSet | None, limit: int = 8
) -> tuple[CriterionTotal, ...]:
    """The criteria that most communes miss."""
    totals = [row for row in criterion_totals(rows, criteria_set) if row.communes.missing]
    return tuple(sorted(totals, key=lambda row: -row.communes.missing)[:limit])


def _leads(tasks: Iterable[TaskRow]) -> tuple[LeadRow, ...]:
    """Open and overdue tasks by their lead, the most overdue first."""
    by_lead: dict[str, list[TaskRow]] = defaultdict(list)
    for row in tasks:
        if row.task.status == TaskStatus.OPEN:
            by_lead[row.lead].append(row)
    rows = [LeadRow(lead, len(found), sum(row.is_overdue for row in found)) for lead, found in by_lead.items()]
    return tuple(sorted(rows, key=lambda row: (-row.overdue, -row.open, row.lead)))


def _authorities(
    rows: Iterable[CommuneRow], tasks: Iterable[TaskRow], drafts: Iterable[Notice]
) -> tuple[AuthorityRow, ...]:
    by_authority: dict[Authority, list[CommuneRow]] = defaultdict(list)
    for row in rows:
        by_authority[row.commune.authority].append(row)
    overdue = [row.task.authority_id for row in tasks if row.is_overdue]
    unissued = [notice.authority_id for notice in drafts]
    found = [
        AuthorityRow(authority, totals_of(of), overdue.count(authority.pk), unissued.count(authority.pk))
        for authority, of in by_authority.items()
    ]
    return tuple(sorted(found, key=lambda row: -row.totals.criteria_mean))


def _draft_item(notice: Notice, today: date) -> Item:
    waited = (today - notice.session_on).days
    return Item(
        sign="draft",
        word=f"Chờ {waited} ngày",
        text=f"Thông báo kết luận làm việc với {notice.commune}",
        about=f"phiên ngày {clock.vn_date(notice.session_on)}",
        url=notice.get_absolute_url(),
    )


def _places(communes: Iterable[Commune]) -> dict[int, str]:
    """Authority key → ", huyện Anh Sơn", where several are looked after; the only one goes without saying."""
    names = {unit.authority_id: f", {unit.authority}" for unit in communes}
    return names if len(names) > 1 else {}


def _overdue_item(row: TaskRow, where: dict[int, str]) -> Item:
    return Item("overdue", "Quá hạn", row.task.text, _who(row, where), row.task.get_absolute_url(), days=row.days)


def _done_item(row: TaskRow, where: dict[int, str]) -> Item:
    return Item("pending", "Chờ xác nhận", row.task.text, _who(row, where), row.task.get_absolute_url())


def _who(row: TaskRow, where: dict[int, str]) -> str:
    """ "Kinh tế-HT chủ trì, xã Cao Sơn"; a task that its commune leads names it once."""
    commune = f", {row.task.commune}" if row.task.commune and row.task.commune != row.task.lead else ""
    return f"{row.lead} chủ trì{commune}{where.get(row.task.authority_id, '')}"


def _forgotten_item(forgotten: tuple[Notice, int]) -> Item:
    """An issued notice with conclusions that nobody was given and nobody marked as work for no one, and how many."""
    notice, count = forgotten
    return Item(
        sign="missing",
        word=f"{count} kết luận",
        text=f"Thông báo {notice.sign}",
        about=f"{notice.commune}, phiên ngày {clock.vn_date(notice.session_on)}",
        url=f"{notice.get_absolute_url()}#conclusions",
    )


def _under_review(user: User) -> MonthlyReportQuerySet:
    reports = MonthlyReport.objects.visible_to(user).filter(within_reach(user, "commune__authority__"))
    return reports.filter(status=ReportStatus.SUBMITTED)


def _sent_reports(user: User) -> list[MonthlyReport]:
    """The reports that wait for their review, the one that waits longest first."""
    rows = _under_review(user).select_related("commune").only("month", "first_submitted_at", *UNIT, "commune__code")
    return list(rows.order_by("first_submitted_at", "pk"))


def _sent_item(report: MonthlyReport) -> Item:
    sent_at = report.first_submitted_at
    return Item(
        sign="submitted",
        word=f"Gửi {clock.vn_date(clock.day_of(sent_at))}" if sent_at else "Đã gửi",
        text=str(report),
        about="",
        url=reverse("reports:page", args=[report.commune.code, report.month]),
    )


def _unanswered(user: User) -> list[Proposal]:
    own = Proposal.objects.visible_to(user).filter(within_reach(user, "commune__authority__"))
    proposals = own.filter(reply__isnull=True).order_by("made_on", "pk")
    return list(proposals.select_related("commune").only("made_on", "text", *UNIT))


def _unanswered_item(proposal: Proposal, today: date) -> Item:
    return Item(
        sign="missing",
        word=f"Chờ {(today - proposal.made_on).days} ngày",
        text=str(proposal),
        about=str(proposal.commune),
        url=proposal.get_absolute_url(),
    )


def _setback_item(change: AssessmentChange) -> Item:
    commune, sub_item = change.assessment.commune, change.assessment.sub_item
    return Item(
        sign=change.status,
        word=f"Mất từ {clock.vn_date(clock.day_of(change.at))}",
        text=f"{commune}: nội dung {sub_item.official_code} {sub_item.name}",
        about=change.reason,
        url=f"{commune.get_absolute_url()}#tieu-chi-{sub_item.code.split('.')[0]}",
    )


# A department


@dataclass(frozen=True)
class DepartmentHome:
    """The sub-items that a department guides, and the work that it leads or supports.

    `reports` counts the reports under review, on which its opinion is asked.
    """

    criteria_set: CriteriaSet | None
    deadline: ReportDeadline
    sector: tuple[SectorRow, ...]
    communes: int
    reports: int
    led: tuple[TaskRow, ...]
    supported: tuple[TaskRow, ...]
    proposals: tuple[ProposalRow, ...]

    @property
    def overdue(self) -> int:
        return sum(row.is_overdue for row in (*self.led, *self.supported))

    @property
    def waiting(self) -> int:
        """Findings of the sector that the department hasn't confirmed."""
        return sum(row.waiting for row in self.sector)

    @property
    def complete(self) -> int:
        """Sub-items of the sector that every commune meets."""
        return sum(row.communes.is_met for row in self.sector)


def department_home(user: User) -> DepartmentHome:
    """Return the home of a department officer."""
    today = clock.today()
    criteria_set = set_in_force(today)
    units = _tracked(user, criteria_set, today)
    department = user.department_id or 0
    tasks = Task.objects.visible_to(user).in_force().unconfirmed()
    calendars = calendars_of({user.authority_id or 0})
    involved = task_rows(tasks.involving(department), today, calendars)
    proposals = Proposal.objects.visible_to(user).assigned_to(department)
    return DepartmentHome(
        criteria_set=criteria_set,
        deadline=calendars[user.authority_id or 0].current(today),
        sector=tuple(sector_rows(units, department)),
        communes=len(units),
        reports=_under_review(user).count(),
        led=tuple(row for row in involved if row.task.lead_department_id == department),
        supported=tuple(row for row in involved if row.task.lead_department_id != department),
        proposals=tuple(proposal_rows(proposals, user)),
    )


# A commune


@dataclass(frozen=True)
class CommuneHome:
    """A commune's own state and work; `owed` are the reports of months before that it has still to send."""

    report: BoardCell
    owed: tuple[Item, ...]
    state: CommuneState
    tasks: tuple[TaskRow, ...]
    proposals: tuple[ProposalRow, ...]
    notices: tuple[Notice, ...]
    changes: tuple[Entry, ...]

    @property
    def criteria_set(self) -> CriteriaSet | None:
        return self.state.criteria_set

    @property
    def deadline(self) -> ReportDeadline:
        return self.report.deadline

    @property
    def report_word(self) -> str:
        """How the month's report stands, "" before it is begun."""
        status = ReportStatus.DRAFT if self.report.has_draft else self.report.state
        return ReportStatus(status).label if status in ReportStatus else ""

    @property
    def overdue(self) -> int:
        return sum(row.is_overdue for row in self.tasks)


def commune_home(user: User) -> CommuneHome:
    """Return the home of a commune's staff: only what was issued, and its own."""
    today = clock.today()
    first = MonthlyReport.objects.filter(commune__authority=OuterRef("authority")).order_by("month")
    communes = Commune.objects.select_related("authority").annotate(begin=Subquery(first.values("month")[:1]))
    commune = communes.get(people=user)
    calendars = calendars_of({commune.authority_id})
    *before, report = months_of(commune, calendars[commune.authority_id], commune.begin, today)
    state = commune_outline(commune)
    return CommuneHome(
        report=report,
        owed=tuple(_owed_item(commune, cell) for cell in before if cell.is_owed) if state.is_tracked else (),
        state=state,
        tasks=tuple(_task_rows(Task.objects.visible_to(user).unconfirmed(), today, calendars)),
        proposals=tuple(proposal_rows(Proposal.objects.visible_to(user), user)),
        notices=tuple(Notice.objects.visible_to(user).for_list()[:3]),
        changes=tuple(timeline(commune, until=today, limit=5)),
    )


def _owed_item(commune: Commune, cell: BoardCell) -> Item:
    returned = cell.state == ReportStatus.RETURNED
    step = "Sửa và gửi lại" if returned else "Soạn tiếp" if cell.has_draft else "Lập"
    return Item(
        sign="returned" if returned else "overdue",
        word="Đã trả lại" if returned else "Quá hạn",
        text=f"{step} báo cáo tháng {cell.month.month}/{cell.month.year}",
        about=f"hạn {clock.vn_date(cell.deadline.due_on)}",
        url=reverse("reports:page", args=[commune.code, cell.month]),
        days=None if returned else cell.days_late,
    )


def home_of(user: User) -> tuple[str, OfficeHome | DepartmentHome | CommuneHome]:
    """Return the template of the person's home page and what it shows."""
    if user.role == Role.COMMUNE:
        return "home/commune.html", commune_home(user)
    if user.role == Role.DEPARTMENT:
        return "home/department.html", department_home(user)
    if user.oversees_districts:
        return "home/province.html", office_home(user)
    return ("home/leader.html" if user.role == Role.LEADER else "home/office.html"), office_home(user)
