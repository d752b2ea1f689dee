"""What the district summary and a commune's sheet show, as finished data.

The number of queries never depends on the number of communes, tasks or changes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from communes.enums import Role
from communes.models import Authority, Commune, User
from criteria.models import CriteriaSet, Criterion
from criteria.periods import Period
from criteria.scoring import Progress, Score
from criteria.selectors import (
    CommuneState,
    Totals,
    commune_state,
    month_before,
    month_ends,
    other_set_on,
    set_in_force,
    sum_of_known,
)
from criteria.selectors.history import (
    CriterionCrossing,
    Difference,
    OtherSet,
    Standing,
    by_other_set,
    crossings,
    differences,
    joint_differences,
    mean_criteria,
    standings,
)
from criteria.selectors.maps import Members, members_on
from ntm_tracker.lib import clock
from tasks.enums import NoticeStatus, TaskStatus, TaskUpdateKind
from tasks.models import Notice, Proposal, Task, TaskUpdate
from tasks.querysets import TaskQuerySet

MONTHS = 12
# What ends a task, and what opens it again.
TURNS = (TaskUpdateKind.DONE, TaskUpdateKind.CONFIRMED, TaskUpdateKind.SENT_BACK)
FINISHED = frozenset({TaskUpdateKind.DONE, TaskUpdateKind.CONFIRMED})


# Tasks and proposals on a day


def tasks_open_on(user: User, day: date) -> TaskQuerySet:
    """Return the tasks that were given and not reported done by the end of `day`, with their `current_due` of then.

    Only what was really given counts: the tasks of notices that are still drafts don't.
    """
    end = clock.end_of(day)
    turns = TaskUpdate.objects.filter(task=OuterRef("pk"), kind__in=TURNS, at__lte=end).order_by("-at", "-pk")
    tasks = (
        Task.objects.visible_to(user)
        .in_force()
        .filter(assigned_on__lte=day)
        .with_current_due(day)
        .annotate(turn=Subquery(turns.values("kind")[:1]))
    )
    if day == clock.today():
        return tasks.filter(status=TaskStatus.OPEN)
    # SQL knows neither yes nor no about nothing: a task without a turn has to be asked for by itself.
    return tasks.filter(Q(turn__isnull=True) | ~Q(turn__in=FINISHED))


def proposals_open_on(user: User, day: date) -> QuerySet[Proposal]:
    """Return the proposals made by `day` to which no notice issued by `day` had replied."""
    replied = Notice.objects.filter(
        sections__points__proposal=OuterRef("pk"),
        sections__points__proposal__reply__isnull=False,
        status=NoticeStatus.ISSUED,
        issued_on__lte=day,
    )
    return Proposal.objects.visible_to(user).filter(~Exists(replied), made_on__lte=day)


# The district


@dataclass(frozen=True)
class SummaryRow:
    """One commune: where it stands, what changed in the period, what is open. `past` is None where unknown.

    `assessed` counts the sub-items with a finding; of a commune without any `progress` says nothing.
    """

    commune: Commune
    progress: Progress
    assessed: int
    past: Progress | None
    open_tasks: int
    overdue_tasks: int
    unanswered: int

    @property
    def is_known(self) -> bool:
        return self.assessed > 0

    @property
    def is_partial(self) -> bool:
        """Whether some sub-items have a finding and others have none, which count as not met."""
        return self.is_known and self.assessed < self.progress.sub_items_total

    @property
    def criteria_gained(self) -> int | None:
        return self.progress.criteria_met - self.past.criteria_met if self.past else None

    @property
    def sub_items_gained(self) -> int | None:
        return self.progress.sub_items_met - self.past.sub_items_met if self.past else None


@dataclass(frozen=True)
class CriterionRow:
    """A criterion with the communes that meet it; `gained` counts only those of which the past is known, None: none."""

    criterion: Criterion
    communes: Score
    gained: int | None


@dataclass(frozen=True)
class Summary:
    """The state of all communes of `authority` at the end of the period, and what the period changed.

    `rows`, `differences` and `crossings` hold what the person may see of single communes; the figures and
    `criteria` are of all of them with findings, `trend` on each day of those that stood then. `common_tasks` are
    those of no single commune.
    `other_set` was in force when the period began, where that was another one and no commune can be compared.
    """

    authority: Authority
    period: Period
    criteria_set: CriteriaSet | None
    rows: tuple[SummaryRow, ...]
    totals: Totals
    criteria: tuple[CriterionRow, ...]
    differences: tuple[Difference, ...]
    crossings: tuple[CriterionCrossing, ...]
    trend: tuple[tuple[date, Decimal], ...]
    is_whole: bool
    holds_demonstration: bool
    common_tasks: int = 0
    common_overdue: int = 0
    by_todays_map: bool = False
    other_set: CriteriaSet | None = None

    @property
    def has_several_authorities(self) -> bool:
        """Whether the communes belong to several districts, so that two of them can have one name."""
        return len({row.commune.authority_id for row in self.rows}) > 1

    @property
    def hardest(self) -> list[CriterionRow]:
        """The criteria that not every commune meets, those that most communes miss first."""
        return sorted((row for row in self.criteria if row.communes.missing), key=lambda row: -row.communes.missing)

    @property
    def by_progress(self) -> list[SummaryRow]:
        """The communes, those with the most criteria first, those of which nothing is known last."""
        return sorted(
            self.rows, key=lambda row: (not row.is_known, -row.progress.criteria_met, -row.progress.sub_items_met)
        )

    @property
    def sub_items_gained(self) -> int | None:
        return sum_of_known(row.sub_items_gained for row in self.rows)

    @property
    def open_tasks(self) -> int:
        return sum(row.open_tasks for row in self.rows) + self.common_tasks

    @property
    def overdue_tasks(self) -> int:
        return sum(row.overdue_tasks for row in self.rows) + self.common_overdue

    @property
    def unanswered(self) -> int:
        return sum(row.unanswered for row in self.rows)


def authorities_to_choose(user: User) -> list[Authority]:
    """Return the authorities of which `user` can ask for a summary: those with communes, the own one first."""
    own = [user.authority] if user.authority else []
    if user.role == Role.COMMUNE:
        return own
    with_communes = (
        Authority.objects.visible_to(user).filter(communes__isnull=False).distinct().order_by("level", "sort_key")
    )
    return [*own, *(row for row in with_communes if row not in own)]


def summary(user: User, authority: Authority, period: Period, *, by_todays_map: bool = False) -> Summary:
    """Return the summary of the communes of `authority`, and of the authorities below it, for `user`.

    The communes are those of the period's last day; `by_todays_map` those that stand now, with what
    the ones that led to them had and did.
    """
    criteria_set = set_in_force(period.until)
    day = clock.today() if by_todays_map else period.until
    ends = month_ends(period.until, MONTHS)
    names = _names(authority, criteria_set, day if by_todays_map else ends[0], day)
    communes = [unit for unit in names if unit.stood_on(day)]
    members: Members = {unit.pk: (unit.pk,) for unit in names}
    if by_todays_map and criteria_set:
        members = members_on(communes, period.until, criteria_set.unit_kind)
        communes = [unit for unit in communes if members[unit.pk]]
    days = [*ends, period.since]
    followed = standings(communes if by_todays_map else names, criteria_set, days, members)
    standing = {unit.pk: followed[unit.pk] for unit in communes}
    averaged = standing if by_todays_map else _while_they_stood(followed, names)
    criteria = list(Criterion.objects.filter(criteria_set=criteria_set).order_by("number"))
    own = {user.commune_id, *user.inherited_communes} if user.role == Role.COMMUNE else None
    seen = [unit for unit in communes if own is None or unit.pk in own]
    counts = _counts(user, authority, {unit.pk: members[unit.pk] for unit in seen}, period.until)
    between = {"since": period.since, "until": period.until}
    changed = (
        joint_differences(seen, criteria_set, members, **between)
        if by_todays_map
        else differences(seen, criteria_set, **between)
    )
    all_rows = [_row(unit, standing[unit.pk], period, counts) for unit in communes]
    rows = tuple(row for row in all_rows if row.commune in seen)
    return Summary(
        authority=authority,
        period=period,
        criteria_set=criteria_set,
        rows=rows,
        totals=_totals(all_rows),
        criteria=tuple(_criterion_row(row, standing, period) for row in criteria),
        differences=tuple(changed),
        crossings=tuple(crossings(seen, criteria, standing, **between)),
        trend=tuple(mean_criteria(averaged, sorted(set(days)))),
        is_whole=len(rows) == len(all_rows),
        holds_demonstration=any(unit.is_demonstration for unit in communes),
        common_tasks=counts.open_tasks[None],
        common_overdue=counts.overdue_tasks[None],
        by_todays_map=by_todays_map,
        other_set=None if any(row.past for row in all_rows) else other_set_on(period.since, criteria_set),
    )


def _names(
    authority: Authority, criteria_set: CriteriaSet | None, since: date, until: date
) -> dict[Commune, list[Commune]]:
    """Return the communes that the set is meant for and that stood on some day from `since` to `until`.

    They are those of the authority and of the ones below it, in their order, each beside all names that it bore there.
    """
    if criteria_set is None:
        return {}
    units = Commune.objects.filter(_of_or_below(authority)).valid_between(since, until).of_kind(criteria_set.unit_kind)
    rows = list(units.select_related("authority", "successor__unit_change").order_by("sort_key", "code"))
    stood = {row.pk: row for row in rows}
    later = {row: stood[row.successor_id] for row in rows if row.goes_on and row.successor_id in stood}
    names: dict[Commune, list[Commune]] = {row: [row] for row in rows if row not in later}
    for row in later:
        last = row
        while last in later:
            last = later[last]
        names[last].append(row)
    return names


def _while_they_stood(
    followed: Mapping[int, Mapping[date, Standing]], names: Mapping[Commune, Sequence[Commune]]
) -> dict[int, dict[date, Standing]]:
    """Return of what is `followed` the days on which the commune stood under one of its `names`."""
    return {
        unit.pk: {day: row for day, row in followed[unit.pk].items() if any(name.stood_on(day) for name in known_as)}
        for unit, known_as in names.items()
    }


def _of_or_below(authority: Authority) -> Q:
    return Q(authority=authority) | Q(authority__parent=authority) | Q(authority__parent__parent=authority)


@dataclass(frozen=True)
class _Counts:
    """Counts by commune; the tasks of no single one stand under None."""

    open_tasks: Counter[int | None]
    overdue_tasks: Counter[int | None]
    unanswered: Counter[int | None]


def _counts(user: User, authority: Authority, members: Members, day: date) -> _Counts:
    """Count by commune; a task about one commune that another one leads counts for the one it is about.

    What the units left open that a commune follows is its own to finish.
    """
    standing = {member: unit for unit, group in members.items() for member in group}
    earlier = {key: standing[after] for key, after in Commune.objects.led_to(standing).items()}
    unit_of = earlier | standing
    keys = list(unit_of)
    common = _of_or_below(authority) & Q(commune__isnull=True, lead_commune__isnull=True)
    tasks = tasks_open_on(user, day).filter(
        Q(commune__in=keys) | Q(commune__isnull=True, lead_commune__in=keys) | common
    )
    found = [
        (unit_of.get(commune or lead or 0), due)
        for commune, lead, due in tasks.order_by().values_list("commune", "lead_commune", "current_due")
    ]
    proposals = proposals_open_on(user, day).filter(commune__in=keys)
    return _Counts(
        open_tasks=Counter(key for key, _ in found),
        overdue_tasks=Counter(key for key, due in found if due and due < day),
        unanswered=Counter(unit_of[key] for key in proposals.order_by().values_list("commune", flat=True)),
    )


def _row(unit: Commune, standing: Mapping[date, Standing], period: Period, counts: _Counts) -> SummaryRow:
    now, past = standing.get(period.until), standing.get(period.since)
    return SummaryRow(
        commune=unit,
        progress=now.progress if now else Progress.of([]),
        assessed=now.assessed if now else 0,
        past=past.progress if past and past.is_known else None,
        open_tasks=counts.open_tasks[unit.pk],
        overdue_tasks=counts.overdue_tasks[unit.pk],
        unanswered=counts.unanswered[unit.pk],
    )


def _totals(rows: Sequence[SummaryRow]) -> Totals:
    return Totals(
        communes=len(rows),
        unknown=sum(not row.is_known for row in rows),
        partial=sum(row.is_partial for row in rows),
        complete=sum(row.progress.is_complete for row in rows),
        progress=Progress.sum(row.progress for row in rows if row.is_known),
        criteria_gained=sum_of_known(row.criteria_gained for row in rows),
    )


def _criterion_row(
    criterion: Criterion, standing: Mapping[int, Mapping[date, Standing]], period: Period
) -> CriterionRow:
    key = criterion.pk
    known = [(row.get(period.since), row[period.until]) for row in standing.values() if row[period.until].is_known]
    met = sum(now.scores[key].is_met for _, now in known)
    gained = sum_of_known(
        now.scores[key].is_met - past.scores[key].is_met if past and past.is_known else None for past, now in known
    )
    return CriterionRow(criterion, Score(met, len(known)), gained)


# One commune


@dataclass(frozen=True)
class Course:
    """The progress of one commune over the months, with the sessions whose notices were issued."""

    commune: Commune
    criteria_total: int
    points: tuple[tuple[date, int], ...]
    notices: tuple[Notice, ...]


def course(commune: Commune, user: User, until: date, months: int = MONTHS) -> Course:
    """Return the criteria met at the end of each month and on each session's day, oldest first."""
    criteria_set = set_in_force(until, commune.kind)
    ends = month_ends(until, months)
    notices = issued_notices(commune, user, until)
    shown = tuple(row for row in notices if row.session_on >= ends[0])
    days = sorted({*ends, *(row.session_on for row in shown)})
    standing = standings([commune], criteria_set, days)[commune.pk]
    known = [(day, standing[day]) for day in days if day in standing and standing[day].is_known]
    total = len(known[-1][1].scores) if known else 0
    return Course(commune, total, tuple((day, row.progress.criteria_met) for day, row in known), shown)


def issued_notices(commune: Commune, user: User, until: date) -> list[Notice]:
    """Return the notices in force on `commune`, also under an earlier name, issued by `until`; newest session first."""
    issued = Notice.objects.visible_to(user).filter(status=NoticeStatus.ISSUED, issued_on__lte=until)
    return list(issued.filter(commune__in=commune.selves).order_by("-session_on", "-pk"))


@dataclass(frozen=True)
class Sheet:
    """One commune for a working session. `since` is the day of the last session, else a month ago.

    `other` says how it stood then by another set, where nothing was known by this one.
    """

    state: CommuneState
    day: date
    last_notice: Notice | None
    since: date
    before: Progress | None
    other: OtherSet | None
    differences: tuple[Difference, ...]
    overdue: tuple[Task, ...]
    open_tasks: int
    proposals: tuple[Proposal, ...]
    course: Course

    @property
    def commune(self) -> Commune:
        return self.state.commune

    @property
    def gains(self) -> list[Difference]:
        return [row for row in self.differences if row.is_gain and not row.is_first]

    @property
    def losses(self) -> list[Difference]:
        return [row for row in self.differences if row.is_loss]

    @property
    def first_findings(self) -> int:
        """How many sub-items were found for the first time, which is neither a gain nor a loss."""
        return sum(row.is_first for row in self.differences)


def sheet(commune: Commune, user: User, at: date | None = None) -> Sheet:
    """Return what a leader needs of `commune` for a working session on a day, None for today."""
    day = at or clock.today()
    state = commune_state(commune, at)
    followed = course(commune, user, day)
    last = next((row for row in issued_notices(commune, user, day) if row.session_on < day), None)
    since = last.session_on if last else month_before(day)
    standing = standings([commune], state.criteria_set, [since])[commune.pk].get(since)
    before = standing.progress if standing and standing.is_known else None
    # What the units left open that it follows is its own to finish.
    lineage = Commune.objects.lineage(commune)
    open_tasks = list(
        tasks_open_on(user, day)
        .about(lineage)
        .select_related("lead_department", "lead_commune")
        .order_by("current_due", "pk")
    )
    return Sheet(
        state=state,
        day=day,
        last_notice=last,
        since=since,
        before=before,
        other=None if before else by_other_set(commune, state.criteria_set, since),
        differences=tuple(differences([commune], state.criteria_set, since=since, until=day)),
        overdue=tuple(task for task in open_tasks if task.current_due and task.current_due < day),
        open_tasks=len(open_tasks),
        proposals=tuple(proposals_open_on(user, day).filter(commune__in=lineage).order_by("made_on", "pk")),
        course=followed,
    )
