"""One commune: every sub-item as it stands or stood, what is missing to pass, how it came there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import F, Max, OuterRef, Subquery

from communes.models import Commune, User
from criteria.deadlines import month_after
from criteria.enums import FULFILLED, AssessmentSource
from criteria.models import (
    Assessment,
    AssessmentChange,
    CommuneZone,
    CriteriaGroup,
    CriteriaSet,
    Criterion,
    SubItem,
    SubItemPlan,
)
from criteria.querysets import AssessmentChangeQuerySet
from criteria.scoring import Progress, Score, is_fulfilled, scores
from criteria.selectors.progress import set_for
from criteria.selectors.requirements import (
    NO_ZONE,
    Requirement,
    catalogue_rows,
    levels_by_sub_item,
    part_requirement,
    requirement,
)
from criteria.thresholds import Level
from ntm_tracker.lib import clock
from ntm_tracker.lib.workdays import ONE_DAY

UNASSESSED = "unassessed"


@dataclass(frozen=True)
class PartState:
    """One test of a sub-item that holds several."""

    name: str
    value: Decimal | None
    required: str


@dataclass(frozen=True)
class Known:
    """What was found of a sub-item: now, or as it was known on a day."""

    status: str
    value: Decimal | None
    part_values: dict[str, str]
    reason: str
    basis: str
    source: str


@dataclass(frozen=True)
class SubItemState:
    """A sub-item as it stands for one commune: finding, requirement, guidance, plan."""

    sub_item: SubItem
    known: Known | None
    parts: tuple[PartState, ...]
    required: Requirement
    guides: tuple[str, ...]
    plan: SubItemPlan | None
    since: date | None

    @property
    def status(self) -> str | None:
        return self.known.status if self.known else None

    @property
    def value(self) -> Decimal | None:
        return self.known.value if self.known else None

    @property
    def sign(self) -> str:
        """The key of the sign that shows the status; no finding is `unassessed`."""
        return self.status or UNASSESSED

    @property
    def is_fulfilled(self) -> bool:
        return is_fulfilled(self.status)

    @property
    def is_measured_in_parts(self) -> bool:
        """Whether one of its parts was measured: then what wasn't is missing."""
        return any(part.value is not None for part in self.parts)

    @property
    def is_plan_late(self) -> bool:
        """Whether the day for which it was planned has passed and it isn't met."""
        planned_on = self.plan.planned_on if self.plan else None
        return planned_on is not None and planned_on < clock.today() and not self.is_fulfilled

    @property
    def is_assumption(self) -> bool:
        return self.known is not None and self.known.source == AssessmentSource.ASSUMPTION

    @property
    def basis(self) -> str:
        return self.known.basis if self.known else ""

    @property
    def reason(self) -> str:
        """The reason in words; that it is an assumption shows as a mark of its own."""
        reason = self.known.reason.removeprefix("Giả định: ") if self.known else ""
        return f"{reason[:1].upper()}{reason[1:]}"


@dataclass(frozen=True)
class CriterionState:
    """A criterion of one commune with its sub-items."""

    criterion: Criterion
    sub_items: tuple[SubItemState, ...]

    @property
    def score(self) -> Score:
        return Score(sum(row.is_fulfilled for row in self.sub_items), len(self.sub_items))

    @property
    def missing(self) -> tuple[SubItemState, ...]:
        return tuple(row for row in self.sub_items if not row.is_fulfilled)

    @property
    def sign(self) -> str:
        if self.score.is_met:
            return "met"
        return "not_met" if any(row.known for row in self.sub_items) else UNASSESSED


@dataclass(frozen=True)
class GroupState:
    """A band of criteria."""

    group: CriteriaGroup
    criteria: tuple[CriterionState, ...]


@dataclass(frozen=True)
class CommuneState:
    """Everything that the page of a commune shows of its criteria."""

    commune: Commune
    criteria_set: CriteriaSet | None
    criteria: tuple[CriterionState, ...]
    zone: str

    @property
    def is_tracked(self) -> bool:
        """Whether the set is meant for units of this kind: the set for communes isn't for towns."""
        return self.criteria_set is not None and self.commune.kind == self.criteria_set.unit_kind

    @property
    def progress(self) -> Progress:
        return Progress.of(row.score for row in self.criteria)

    @property
    def unmet(self) -> tuple[CriterionState, ...]:
        """What is missing to pass: the criteria not met yet."""
        return tuple(row for row in self.criteria if not row.score.is_met)

    @property
    def late_plans(self) -> int:
        """How many of its sub-items should have been met by a planned day that has passed."""
        return sum(row.is_plan_late for criterion in self.criteria for row in criterion.sub_items)

    @property
    def lacks_zone(self) -> bool:
        """Whether a requirement is unknown because the commune has no zone."""
        return any(row.required.note == NO_ZONE for criterion in self.criteria for row in criterion.sub_items)

    @property
    def is_known(self) -> bool:
        return any(row.known for criterion in self.criteria for row in criterion.sub_items)


def in_groups(criteria: Iterable[CriterionState]) -> list[GroupState]:
    """Return the criteria under their bands, in the order of the set."""
    return [GroupState(group, tuple(rows)) for group, rows in groupby(criteria, key=lambda row: row.criterion.group)]


def unmet_first(criteria: Iterable[CriterionState]) -> list[CriterionState]:
    """Return the criteria that aren't met before the others, in each the sub-items that aren't met first."""
    rows = [
        replace(row, sub_items=tuple(sorted(row.sub_items, key=lambda item: item.is_fulfilled))) for row in criteria
    ]
    return sorted(rows, key=lambda row: row.score.is_met)


def commune_state(commune: Commune, at: date | None = None) -> CommuneState:
    """Return the state of every sub-item of `commune` on a day. Plans are of today, so they show only now."""
    day = at or clock.today()
    criteria_set = set_for(commune, day)
    if criteria_set is None:
        return CommuneState(commune, None, (), "")
    zone = CommuneZone.objects.filter(commune=commune, zone__criteria_set=criteria_set).select_related("zone").first()
    levels = levels_by_sub_item(criteria_set, commune.authority)
    known = _known(commune, criteria_set, at)
    since = _since(commune, criteria_set, day)
    plans = {row.sub_item_id: row for row in SubItemPlan.objects.filter(commune=commune)} if at is None else {}
    states = [
        _sub_item_state(
            sub_item,
            known.get(sub_item.pk),
            levels[sub_item.pk],
            zone=zone.zone.code if zone else None,
            year=day.year,
            plan=plans.get(sub_item.pk),
            since=since.get(sub_item.pk),
        )
        for sub_item in catalogue_rows(criteria_set, commune.authority_id)
    ]
    return CommuneState(
        commune=commune,
        criteria_set=criteria_set,
        criteria=_by_criterion(states),
        zone=zone.zone.name if zone else "",
    )


def commune_outline(commune: Commune) -> CommuneState:
    """Return what `commune` meets now and who guides it, without levels, plans and days: what is missing at a glance.

    Five queries where `commune_state` needs nine.
    """
    today = clock.today()
    criteria_set = set_for(commune, today)
    if criteria_set is None:
        return CommuneState(commune, None, (), "")
    known = _known(commune, criteria_set, None)
    states = [
        _sub_item_state(sub_item, known.get(sub_item.pk), (), zone=None, year=today.year, plan=None, since=None)
        for sub_item in catalogue_rows(criteria_set, commune.authority_id)
    ]
    return CommuneState(commune, criteria_set, _by_criterion(states), "")


def _by_criterion(states: Iterable[SubItemState]) -> tuple[CriterionState, ...]:
    groups = groupby(states, key=lambda row: row.sub_item.criterion)
    return tuple(CriterionState(criterion, tuple(rows)) for criterion, rows in groups)


def _known(commune: Commune, criteria_set: CriteriaSet, at: date | None) -> dict[int, Known]:
    """Return what is known by sub-item: the findings of now, or the newest change of each up to the day `at`.

    Of a first finding that was taken back nothing is known again.
    """
    if at is None:
        findings = Assessment.objects.of_set(criteria_set).filter(commune=commune)
        return {row.sub_item_id: _known_of(row) for row in findings if row.status}
    changes = _changes(commune, criteria_set, at)
    newest = (
        AssessmentChange.objects.filter(assessment=OuterRef("assessment"), at__lte=clock.end_of(at))
        .order_by("-at", "-version")
        .values("pk")[:1]
    )
    rows = changes.filter(pk=Subquery(newest)).select_related("assessment")
    return {row.assessment.sub_item_id: _known_of(row) for row in rows if row.status}


def _known_of(row: Assessment | AssessmentChange) -> Known:
    return Known(row.status, row.value, row.part_values, row.reason, row.basis, row.source)


def _changes(commune: Commune, criteria_set: CriteriaSet, until: date) -> AssessmentChangeQuerySet:
    return AssessmentChange.objects.filter(
        assessment__commune=commune,
        assessment__sub_item__criterion__criteria_set=criteria_set,
        at__lte=clock.end_of(until),
    )


def _course(commune: Commune, criteria_set: CriteriaSet, until: date) -> AssessmentChangeQuerySet:
    """Return the changes of `commune`, also those under an earlier name or authority.

    What was carried over from there only says again what was known, and is left out.
    """
    return AssessmentChange.objects.of_its_own().filter(
        assessment__commune__in=commune.selves,
        assessment__sub_item__criterion__criteria_set=criteria_set,
        at__lte=clock.end_of(until),
    )


def _since(commune: Commune, criteria_set: CriteriaSet, until: date) -> dict[int, date]:
    """Return since which day each sub-item has had its status: the day of its last change of status."""
    changes = _course(commune, criteria_set, until).exclude(from_status=F("status")).lasting().order_by()
    rows = changes.values("assessment__sub_item").annotate(last=Max("at")).values_list("assessment__sub_item", "last")
    return {sub_item: clock.day_of(moment) for sub_item, moment in rows}


def _sub_item_state(
    sub_item: SubItem,
    known: Known | None,
    levels: Sequence[Level],
    *,
    zone: str | None,
    year: int,
    plan: SubItemPlan | None,
    since: date | None,
) -> SubItemState:
    values = known.part_values if known else {}
    return SubItemState(
        sub_item=sub_item,
        known=known,
        parts=tuple(
            PartState(
                name=part.name,
                value=Decimal(values[part.code]) if values.get(part.code) else None,
                required=part_requirement(sub_item, part.code, levels, zone=zone, year=year),
            )
            for part in sub_item.parts.all()
        ),
        required=requirement(sub_item, levels, zone=zone, year=year),
        guides=tuple(guide.department.short_name for guide in sub_item.local_guides),
        plan=plan,
        since=since,
    )


# How it came there


@dataclass(frozen=True)
class TrendPoint:
    """Progress as it was known at the end of a day."""

    day: date
    progress: Progress


def trend(
    commune: Commune, criteria_set: CriteriaSet | None, *, until: date, months: int = 12
) -> tuple[list[TrendPoint], date | None]:
    """Return the progress at the end of each of the last `months` months and on the day `until`,
    and the day since which anything is known.

    Days before that one, or on which the set doesn't count yet, are left out: nothing was known then.
    """
    if criteria_set is None:
        return [], None
    criterion_of = dict(SubItem.objects.of_set(criteria_set).values_list("pk", "criterion"))
    # What was undone went back on the same day: no day ends with it, and nothing is known since then.
    changes = list(
        _course(commune, criteria_set, until)
        .lasting()
        .order_by("at", "version")
        .values_list("at", "assessment__sub_item", "status")
    )
    days = [day for day in month_ends(until, months) if criteria_set.counts_on(day)]
    known_since = max(clock.day_of(changes[0][0]), criteria_set.effective_from) if changes else None
    return replay(changes, criterion_of, days), known_since


def month_ends(until: date, months: int) -> list[date]:
    """Return the last day of each of the `months` months before that of `until`, then `until`."""
    first = until.replace(day=1)
    return [month_after(first, -back) - ONE_DAY for back in range(months - 1, -1, -1)] + [until]


def replay(
    changes: Sequence[tuple[datetime, int, str]], criterion_of: dict[int, int], days: Sequence[date]
) -> list[TrendPoint]:
    """Apply `changes` (moment, sub-item, status), oldest first, and note the progress at the end of each day."""
    totals: dict[int, int] = defaultdict(int)
    for criterion in criterion_of.values():
        totals[criterion] += 1
    statuses: dict[int, str] = {}
    points: list[TrendPoint] = []
    position = 0
    for day in days:
        while position < len(changes) and changes[position][0] <= clock.end_of(day):
            statuses[changes[position][1]] = changes[position][2]
            position += 1
        if statuses:
            fulfilled: dict[int, int] = defaultdict(int)
            for sub_item, status in statuses.items():
                fulfilled[criterion_of[sub_item]] += is_fulfilled(status)
            points.append(TrendPoint(day, Progress.of(scores(totals, fulfilled).values())))
    return points


def recent_changes(user: User, *, until: date, limit: int = 8) -> list[AssessmentChange]:
    """Return the newest changes of status that `user` may see."""
    changes = AssessmentChange.objects.visible_to(user).real_changes().lasting().filter(at__lte=clock.end_of(until))
    # First which ones, then what is named of them: joined before, no database is sure to follow the index of time.
    newest = changes.order_by("-at", "-version").values("pk")[:limit]
    return list(AssessmentChange.objects.filter(pk__in=newest).for_list())


def setbacks(communes: Iterable[Commune], *, since: date) -> list[AssessmentChange]:
    """Return the changes after `since` by which a met sub-item was lost and hasn't come back, newest first.

    A first finding that was taken back is no loss.
    """
    units = list(communes)
    keys = [unit.pk for unit in units]
    moved = AssessmentChange.objects.lasting().filter(at__gt=clock.end_of(since))
    lost = moved.filter(from_status__in=FULFILLED).exclude(status__in=[*FULFILLED, ""])
    found = list(lost.filter(assessment__commune__in=keys).exclude(assessment__status__in=FULFILLED).for_setbacks())
    earlier = _earlier_selves(units, since)
    found += _lost_before(earlier, lost)
    newest: dict[tuple[int, int], AssessmentChange] = {}
    for change in sorted(found, key=lambda change: (change.at, change.version), reverse=True):
        unit = change.assessment.commune_id
        newest.setdefault((earlier.get(unit, unit), change.assessment.sub_item_id), change)
    return list(newest.values())


def _earlier_selves(units: Sequence[Commune], since: date) -> dict[int, int]:
    """Return by the key of what one of `units` was under another name after `since` the key of that unit."""
    young = [unit.pk for unit in units if unit.valid_from and unit.valid_from > since]
    selves = Commune.objects.selves_of(young) if young else {}
    return {old: unit for old, unit in selves.items() if old != unit}


def _lost_before(earlier: Mapping[int, int], lost: AssessmentChangeQuerySet) -> list[AssessmentChange]:
    """Return those of `lost` that a unit brought along from an `earlier` name and hasn't won back since."""
    if not earlier:
        return []
    met = Assessment.objects.filter(commune__in=earlier.values(), status__in=FULFILLED).order_by()
    won = set(met.values_list("commune", "sub_item"))
    return [
        change
        for change in lost.filter(assessment__commune__in=earlier).for_setbacks()
        if (earlier[change.assessment.commune_id], change.assessment.sub_item_id) not in won
    ]
