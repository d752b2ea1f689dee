"""What the pages and documents of the criteria need, as finished data.

A day as argument means "as known at the end of that day"; None means now. The number of queries
never depends on the number of rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Prefetch, QuerySet

from communes.models import Commune, User
from criteria.deadlines import month_after
from criteria.enums import FULFILLED, Status
from criteria.models import (
    Assessment,
    AssessmentChange,
    CommuneZone,
    CriteriaSet,
    Criterion,
    SubItem,
    SubItemGuide,
    SubItemPlan,
    Threshold,
)
from criteria.scoring import Progress, Score, is_fulfilled, scores
from criteria.thresholds import Level, level_text, required_levels
from ntm_tracker.lib import clock
from ntm_tracker.lib.workdays import ONE_DAY


def set_in_force(day: date) -> CriteriaSet | None:
    """Return the newest criteria set in force on `day`."""
    return CriteriaSet.objects.in_force_on(day).first()


# Progress


def progress_of(commune: Commune, at: date | None = None) -> Progress:
    """Return the progress of one commune in the set in force on that day."""
    return progress_by_commune(Commune.objects.filter(pk=commune.pk), at).get(commune.pk, Progress(0, 0, 0, 0))


def progress_by_commune(communes: QuerySet[Commune], at: date | None = None) -> dict[int, Progress]:
    """Return the progress of each of `communes`, by its key."""
    return {key: Progress.of(rows.values()) for key, rows in scores_by_commune(communes, at).items()}


def scores_by_commune(communes: QuerySet[Commune], at: date | None = None) -> dict[int, dict[int, Score]]:
    """Return commune key → criterion key → score; communes without any finding are in it too."""
    criteria_set = set_in_force(at or clock.today())
    totals = dict(
        Criterion.objects.filter(criteria_set=criteria_set)
        .annotate(total=Count("sub_items"))
        .values_list("pk", "total")
    )
    findings = Assessment.objects.of_set(criteria_set).filter(commune__in=communes)
    if at is None:
        findings = findings.filter(status__in=FULFILLED)
    else:
        findings = findings.with_status_at(clock.end_of(at)).filter(status_at__in=FULFILLED)
    fulfilled: dict[int, dict[int, int]] = defaultdict(dict)
    counts = findings.order_by().values("commune", "sub_item__criterion").annotate(count=Count("pk"))
    for commune, criterion, count in counts.values_list("commune", "sub_item__criterion", "count"):
        fulfilled[commune][criterion] = count
    return {key: scores(totals, fulfilled[key]) for key in communes.values_list("pk", flat=True)}


@dataclass(frozen=True)
class CommuneRow:
    """One commune of the list: its progress, what changed since a month ago, the last change."""

    commune: Commune
    progress: Progress
    criteria_gained: int
    changed_at: datetime | None


COMMUNE_ORDERS = {
    "name": lambda row: row.commune.sort_key,
    "criteria": lambda row: (row.progress.criteria_met, row.progress.sub_items_met),
    "sub_items": lambda row: row.progress.sub_items_met,
    "gained": lambda row: row.criteria_gained,
    "changed": lambda row: row.changed_at.timestamp() if row.changed_at else 0.0,
}


def commune_rows(communes: QuerySet[Commune], *, at: date | None = None, order: str = "name") -> list[CommuneRow]:
    """Return a row for each of `communes`; `order` is a key of `COMMUNE_ORDERS`, `-` before it turns it round."""
    today = at or clock.today()
    now, before = progress_by_commune(communes, at), progress_by_commune(communes, month_before(today))
    changes = AssessmentChange.objects.filter(assessment__commune__in=communes, at__lte=clock.end_of(today))
    last = dict(
        changes.order_by()
        .values("assessment__commune")
        .annotate(last=Max("at"))
        .values_list("assessment__commune", "last")
    )
    rows = [
        CommuneRow(
            commune=commune,
            progress=now[commune.pk],
            criteria_gained=now[commune.pk].criteria_met - before[commune.pk].criteria_met,
            changed_at=last.get(commune.pk),
        )
        for commune in communes.select_related("authority").order_by("sort_key", "code")
    ]
    return sorted(rows, key=COMMUNE_ORDERS[order.removeprefix("-")], reverse=order.startswith("-"))


def month_before(day: date) -> date:
    """Return the same day a month earlier, or the last day of that month."""
    first = month_after(day.replace(day=1), -1)
    days = (day.replace(day=1) - first).days
    return first.replace(day=min(day.day, days))


@dataclass(frozen=True)
class CriterionTotal:
    """How many communes meet a criterion: which ones hold the district back."""

    criterion: Criterion
    communes: Score


def criterion_totals(communes: QuerySet[Commune], at: date | None = None) -> list[CriterionTotal]:
    """Return one row a criterion, in the order of the set."""
    by_commune = scores_by_commune(communes, at).values()
    criteria = Criterion.objects.filter(criteria_set=set_in_force(at or clock.today())).order_by("number")
    return [
        CriterionTotal(criterion, Score(sum(row[criterion.pk].is_met for row in by_commune), len(by_commune)))
        for criterion in criteria
    ]


# One commune


@dataclass(frozen=True)
class PartState:
    """One test of a sub-item that holds several."""

    name: str
    value: Decimal | None
    threshold: str


@dataclass(frozen=True)
class SubItemState:
    """A sub-item as it stands for one commune: finding, threshold, guidance, plan."""

    sub_item: SubItem
    status: str | None
    value: Decimal | None
    parts: tuple[PartState, ...]
    threshold: str
    threshold_is_verified: bool
    guides: tuple[str, ...]
    assessment: Assessment | None
    plan: SubItemPlan | None

    @property
    def is_fulfilled(self) -> bool:
        return is_fulfilled(self.status)


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


@dataclass(frozen=True)
class CommuneState:
    """Everything that the page of a commune shows of its criteria."""

    commune: Commune
    criteria_set: CriteriaSet | None
    criteria: tuple[CriterionState, ...]
    zone: str

    @property
    def progress(self) -> Progress:
        return Progress.of(row.score for row in self.criteria)

    @property
    def unmet(self) -> tuple[CriterionState, ...]:
        """What is missing to pass: the criteria not met yet."""
        return tuple(row for row in self.criteria if not row.score.is_met)


def commune_state(commune: Commune, at: date | None = None) -> CommuneState:
    """Return the state of every sub-item of `commune` on a day."""
    day = at or clock.today()
    criteria_set = set_in_force(day)
    if criteria_set is None:
        return CommuneState(commune, None, (), "")
    zone = CommuneZone.objects.filter(commune=commune, zone__criteria_set=criteria_set).select_related("zone").first()
    levels = _levels_by_sub_item(criteria_set, commune)
    findings = {row.sub_item_id: row for row in _findings(commune, criteria_set, at)}
    plans = {row.sub_item_id: row for row in SubItemPlan.objects.filter(commune=commune)}
    rows: dict[Criterion, list[SubItemState]] = defaultdict(list)
    for sub_item in catalogue_rows(criteria_set, commune.authority_id):
        rows[sub_item.criterion].append(
            _sub_item_state(
                sub_item,
                findings.get(sub_item.pk),
                plans.get(sub_item.pk),
                levels[sub_item.pk],
                zone.zone.code if zone else None,
                day.year,
                at is not None,
            )
        )
    return CommuneState(
        commune=commune,
        criteria_set=criteria_set,
        criteria=tuple(CriterionState(criterion, tuple(states)) for criterion, states in rows.items()),
        zone=zone.zone.name if zone else "",
    )


def catalogue_rows(criteria_set: CriteriaSet, authority: int | None) -> QuerySet[SubItem]:
    """Return the sub-items in the set's order, with criterion, group, parts and the guides of `authority`."""
    guides = SubItemGuide.objects.filter(department__authority=authority).select_related("department")
    return (
        SubItem.objects.of_set(criteria_set)
        .select_related("criterion__group")
        .prefetch_related("parts", Prefetch("guides", guides, to_attr="local_guides"))
    )


def _findings(commune: Commune, criteria_set: CriteriaSet, at: date | None) -> QuerySet[Assessment]:
    findings = Assessment.objects.of_set(criteria_set).filter(commune=commune).select_related("changed_by")
    return findings if at is None else findings.with_status_at(clock.end_of(at))


def _levels_by_sub_item(criteria_set: CriteriaSet, commune: Commune) -> dict[int, list[Level]]:
    levels: dict[int, list[Level]] = defaultdict(list)
    rows = Threshold.objects.filter(sub_item__criterion__criteria_set=criteria_set).select_related("part", "zone")
    above = {None, commune.authority_id, commune.authority.parent_id}
    for row in rows:
        if row.authority_id in above:
            levels[row.sub_item_id].append(
                Level(
                    value=row.value,
                    part=row.part.code if row.part else None,
                    zone=row.zone.code if row.zone else None,
                    year=row.year,
                    of_province=row.authority_id is not None,
                    condition=row.condition,
                    provenance=row.provenance,
                )
            )
    return levels


def _sub_item_state(
    sub_item: SubItem,
    finding: Any,
    plan: SubItemPlan | None,
    levels: Sequence[Level],
    zone: str | None,
    year: int,
    in_the_past: bool,
) -> SubItemState:
    status = (finding.status_at if in_the_past else finding.status) if finding else None
    value = (finding.value_at if in_the_past else finding.value) if finding else None
    part_values = (finding.part_values_at if in_the_past else finding.part_values) if finding else None
    required = required_levels(levels, zone=zone, year=year)
    return SubItemState(
        sub_item=sub_item,
        status=status,
        value=value,
        parts=tuple(
            PartState(
                name=part.name,
                value=Decimal(part_values[part.code]) if part_values and part_values.get(part.code) else None,
                threshold=_threshold_text(sub_item, required_levels(levels, zone=zone, year=year, part=part.code)),
            )
            for part in sub_item.parts.all()
        ),
        threshold=_threshold_text(sub_item, required),
        threshold_is_verified=all(level.is_verified for level in required),
        guides=tuple(guide.department.short_name for guide in sub_item.local_guides),
        assessment=finding if status else None,
        plan=plan,
    )


def _threshold_text(sub_item: SubItem, levels: Iterable[Level]) -> str:
    """Return the levels in words, "" where the threshold is unknown or there is none."""
    return "; ".join(level_text(level, sub_item.comparator, sub_item.unit) for level in levels)


@dataclass(frozen=True)
class TrendPoint:
    """Progress as it was known at the end of a day."""

    day: date
    progress: Progress


def trend(commune: Commune, *, until: date, months: int = 12) -> list[TrendPoint]:
    """Return the progress at the end of each of the last `months` months and on the day `until`.

    Days before the first finding are left out: nothing was known then.
    """
    criteria_set = set_in_force(until)
    criterion_of = dict(SubItem.objects.of_set(criteria_set).values_list("pk", "criterion")) if criteria_set else {}
    changes = (
        AssessmentChange.objects.filter(assessment__commune=commune, assessment__sub_item__in=list(criterion_of))
        .order_by("at", "version")
        .values_list("at", "assessment__sub_item", "status")
    )
    return replay(list(changes), criterion_of, month_ends(until, months))


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
    changes = AssessmentChange.objects.visible_to(user).real_changes().filter(at__lte=clock.end_of(until))
    return list(changes.for_list()[:limit])


def timeline(commune: Commune, *, until: date, limit: int = 10) -> list[AssessmentChange]:
    """Return the newest changes of one commune, first findings left out."""
    changes = AssessmentChange.objects.filter(assessment__commune=commune, at__lte=clock.end_of(until))
    return list(changes.real_changes().for_list()[:limit])


# One department


@dataclass(frozen=True)
class SectorRow:
    """A sub-item that a department guides, and the communes that haven't met it."""

    sub_item: SubItem
    communes: Score
    unmet: tuple[Commune, ...]


def sector_rows(communes: QuerySet[Commune], department: int) -> list[SectorRow]:
    """Return the sub-items guided by `department`, those that most communes miss first."""
    criteria_set = set_in_force(clock.today())
    sub_items = SubItem.objects.of_set(criteria_set).filter(departments=department).select_related("criterion")
    units = list(communes)
    met: dict[int, set[int]] = defaultdict(set)
    findings = Assessment.objects.filter(commune__in=communes, sub_item__in=sub_items.order_by(), status__in=FULFILLED)
    for sub_item, commune in findings.values_list("sub_item", "commune"):
        met[sub_item].add(commune)
    rows = [
        SectorRow(
            sub_item=sub_item,
            communes=Score(len(met[sub_item.pk]), len(units)),
            unmet=tuple(unit for unit in units if unit.pk not in met[sub_item.pk]),
        )
        for sub_item in sub_items
    ]
    return sorted(rows, key=lambda row: -row.communes.missing)


UNASSESSED = "unassessed"


def status_key(status: str | None) -> str:
    """Return the sign's key of a status; no finding is `unassessed`."""
    return Status(status).value if status else UNASSESSED
