"""Progress of many communes: counts, lists, totals, what holds them back."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Prefetch, Q, Value, prefetch_related_objects
from django.db.models.functions import NullIf

from communes.enums import CommuneKind
from communes.models import Commune
from criteria.deadlines import month_after
from criteria.enums import FULFILLED, AssessmentSource
from criteria.models import Assessment, AssessmentChange, CriteriaSet, Criterion, SubItem
from criteria.scoring import Progress, Score, is_fulfilled, score, scores
from ntm_tracker.lib import clock
from ntm_tracker.lib.workdays import ONE_DAY

Scores = dict[int, Score]


@dataclass(frozen=True)
class DayScores:
    """What is known of communes on a day: by key their scores, and how many sub-items had a finding."""

    scores: dict[int, Scores]
    assessed: Counter[int]


def set_in_force(day: date, kind: CommuneKind | str = CommuneKind.XA) -> CriteriaSet | None:
    """Return the newest criteria set in force on `day` for units of `kind`.

    Pages over many communes are about those of the programme, the xã, whatever other sets there are besides.
    """
    return CriteriaSet.objects.in_force_on(day).filter(unit_kind=kind).first()


@dataclass(frozen=True)
class OutOfUse:
    """A set that isn't the one in force: the last day on which it was; None of one that is still ahead."""

    criteria_set: CriteriaSet
    last_day: date | None

    def day_near(self, day: date) -> date | None:
        """Return the day nearest to `day` on which the set was in force; None of one that is still ahead."""
        return self.last_day and min(max(day, self.criteria_set.effective_from), self.last_day)


def sets_out_of_use(today: date) -> dict[int, OutOfUse]:
    """Return by key the sets that aren't the ones in force today for their kinds of unit (one query).

    A newer set takes the place of one that would last longer.
    """
    found: dict[int, OutOfUse] = {}
    newest_first = CriteriaSet.objects.order_by("unit_kind", "-effective_from")
    for _, of_kind in groupby(newest_first, key=lambda row: row.unit_kind):
        is_taken, last_day = False, today
        for row in of_kind:
            if not row.counts_on(today):
                found[row.pk] = OutOfUse(row, None)
                continue
            has_ended = row.effective_to is not None and row.effective_to < today
            if is_taken or has_ended:
                found[row.pk] = OutOfUse(row, min(row.effective_to or last_day, last_day))
            is_taken = is_taken or not has_ended
            last_day = row.effective_from - ONE_DAY
    return found


def set_for(commune: Commune, day: date) -> CriteriaSet | None:
    """Return the set in force on `day` that the pages of `commune` name: that of its kind, else that for xã."""
    found = CriteriaSet.objects.in_force_on(day).filter(unit_kind__in=(commune.kind, CommuneKind.XA))
    return min(found, key=lambda row: row.unit_kind != commune.kind, default=None)


def other_set_on(day: date, criteria_set: CriteriaSet | None) -> CriteriaSet | None:
    """Return the set in force on `day` for the units of `criteria_set`, where it is another one.

    What two sets count can't be compared; None without a set on that day.
    """
    then = set_in_force(day, criteria_set.unit_kind if criteria_set else CommuneKind.XA)
    return None if then == criteria_set else then


def progress_of(commune: Commune, at: date | None = None) -> Progress | None:
    """Return the progress of one commune in the set in force on that day; None where nothing was known of it."""
    return progress_by_commune([commune], at, commune.kind).get(commune.pk)


def progress_by_commune(
    communes: Iterable[Commune], at: date | None = None, kind: CommuneKind | str = CommuneKind.XA
) -> dict[int, Progress]:
    """Return the progress of each of `communes`, all of one kind, of which anything was known, by its key."""
    totals = criterion_sizes(set_in_force(at or clock.today(), kind))
    (known,) = _scores_on([unit.pk for unit in communes], totals, [at])
    return {key: Progress.of(found.values()) for key, found in known.scores.items()}


def criteria_of(criteria_set: CriteriaSet | None) -> list[Any]:
    """Return the criteria of the set in their order, each with its `total` of sub-items; asked once for an instance."""
    if criteria_set is None:
        return []
    criteria = Criterion.objects.annotate(total=Count("sub_items")).order_by("number")
    prefetch_related_objects([criteria_set], Prefetch("criteria", criteria, to_attr="counted_criteria"))
    return criteria_set.counted_criteria


def criterion_sizes(criteria_set: CriteriaSet | None) -> dict[int, int]:
    """Return the number of sub-items of each criterion of the set, by the criterion's key."""
    return {criterion.pk: criterion.total for criterion in criteria_of(criteria_set)}


def _scores_on(keys: list[int], totals: Mapping[int, int], days: Sequence[date | None]) -> tuple[DayScores, ...]:
    """Return for each of `days`, None is now, what was known of the communes `keys` (one query)."""
    findings = Assessment.objects.filter(commune__in=keys, sub_item__criterion__in=list(totals)).order_by()
    counts = {}
    for place, day in enumerate(days):
        status = f"status_{place}" if day else "status"
        if day:
            findings = findings.annotate(**{status: findings.known_at(clock.end_of(day))})
        counts[f"known_{place}"] = Count(NullIf(status, Value("")))
        counts[f"met_{place}"] = Count("pk", filter=Q(**{f"{status}__in": FULFILLED}))
    rows = list(findings.values_list("commune", "sub_item__criterion").annotate(**counts))
    return tuple(
        _day_scores(((row[0], row[1], row[at], row[at + 1]) for row in rows), totals)
        for at in range(2, 2 + 2 * len(days), 2)
    )


def _day_scores(rows: Iterable[tuple[int, int, int, int]], totals: Mapping[int, int]) -> DayScores:
    """Put together the rows of a day: commune, criterion, sub-items with a finding, sub-items met."""
    nothing_met = scores(totals, {})
    found: dict[int, Scores] = {}
    assessed: Counter[int] = Counter()
    for commune, criterion, known, met in rows:
        if known:
            if commune not in found:
                found[commune] = nothing_met.copy()
            found[commune][criterion] = score(met, totals[criterion])
            assessed[commune] += known
    return DayScores(found, assessed)


@dataclass(frozen=True)
class CommuneRow:
    """One commune of the list: its progress, what changed since a month ago, the last change.

    `assessed` counts the sub-items with a finding; of a commune without any `progress` says nothing. The gains are None
    where nothing was known of the commune a month ago. `scores` has each criterion, by its key.
    """

    commune: Commune
    progress: Progress
    criteria_gained: int | None
    sub_items_gained: int | None
    changed_at: datetime | None
    assessed: int
    scores: Scores = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        return self.assessed > 0

    @property
    def is_partial(self) -> bool:
        """Whether some sub-items have a finding and others have none, which count as not met."""
        return self.is_known and self.assessed < self.progress.sub_items_total

    @classmethod
    def of(
        cls,
        commune: Commune,
        now: Progress,
        past: Progress | None,
        changed_at: datetime | None,
        *,
        assessed: int,
        scores: Scores | None = None,
    ) -> "CommuneRow":
        """Return the row of `commune` by its progress `now` and a month ago."""
        return cls(
            commune=commune,
            progress=now,
            criteria_gained=now.criteria_met - past.criteria_met if past else None,
            sub_items_gained=now.sub_items_met - past.sub_items_met if past else None,
            changed_at=changed_at,
            assessed=assessed,
            scores=scores or {},
        )


COMMUNE_ORDERS = {
    "name": lambda row: row.commune.sort_key,
    "criteria": lambda row: (row.progress.criteria_met, row.progress.sub_items_met),
    "sub_items": lambda row: (row.progress.sub_items_met, row.progress.criteria_met),
    "gained": lambda row: (row.criteria_gained is not None, row.criteria_gained or 0, row.sub_items_gained or 0),
    "changed": lambda row: row.changed_at.timestamp() if row.changed_at else 0.0,
}


def commune_rows(
    communes: Iterable[Commune],
    criteria_set: CriteriaSet | None,
    *,
    at: date | None = None,
    changed_at: Mapping[int, datetime] | None = None,
) -> list[CommuneRow]:
    """Return a row for each of `communes`, in their order, measured by `criteria_set`.

    `changed_at` says when each changed last, by its key, where that is shown (`last_changes`).
    """
    units = list(communes)
    today = at or clock.today()
    totals = criterion_sizes(criteria_set)
    past_day = month_before(today)
    self_then = selves_on(units, past_day)
    now, before = _scores_on([*{*self_then, *self_then.values()}], totals, [at, past_day])
    nothing_met, last = scores(totals, {}), changed_at or {}
    past_scores = before.scores if criteria_set and criteria_set.counts_on(past_day) else {}
    rows = []
    for unit in units:
        found = now.scores.get(unit.pk)
        progress = Progress.of((found or nothing_met).values())
        past = past_scores.get(self_then[unit.pk])
        rows.append(
            CommuneRow.of(
                unit,
                progress,
                Progress.of(past.values()) if past else None,
                last.get(unit.pk),
                assessed=now.assessed[unit.pk],
                scores=found or nothing_met,
            )
        )
    return rows


def selves_on(units: Sequence[Commune], day: date) -> dict[int, int]:
    """Return for each of `units` the key under which it stood on `day`; asks only where one got its name later."""
    young = [unit.pk for unit in units if unit.valid_from and unit.valid_from > day]
    selves = {unit.pk: unit.pk for unit in units}
    if young:
        present = Commune.objects.selves_of(young)
        stood = Commune.objects.filter(pk__in=present).valid_on(day).order_by().values_list("pk", flat=True)
        selves |= {present[key]: key for key in stood}
    return selves


def sorted_rows(rows: Iterable[CommuneRow], order: str) -> list[CommuneRow]:
    """Return `rows` by `order`, a key of `COMMUNE_ORDERS`, `-` before it turns it round; equals by name."""
    by_name = sorted(rows, key=COMMUNE_ORDERS["name"])
    return sorted(by_name, key=COMMUNE_ORDERS[order.removeprefix("-")], reverse=order.startswith("-"))


def last_changes(keys: list[int], until: date) -> dict[int, datetime]:
    """Return for the communes `keys` when a finding changed last by the end of `until`; without one, nothing."""
    unit_of = Commune.objects.selves_of(keys)
    changes = AssessmentChange.objects.of_its_own().filter(assessment__commune__in=unit_of, at__lte=clock.end_of(until))
    by_name = changes.order_by().values("assessment__commune").annotate(last=Max("at"))
    found: dict[int, datetime] = {}
    for commune, last in by_name.values_list("assessment__commune", "last"):
        unit = unit_of[commune]
        found[unit] = max(found.get(unit, last), last)
    return found


@dataclass(frozen=True)
class Totals:
    """What communes come to together, and on average; the `unknown` ones, without any finding, count in none of it.

    Of the `partial` ones some sub-items have no finding yet and count as not met. `criteria_gained` is None where
    nothing was known of any of them before.
    """

    communes: int
    unknown: int
    partial: int
    complete: int
    progress: Progress
    criteria_gained: int | None

    @property
    def criteria_mean(self) -> Decimal:
        """Criteria met by a commune on average; of no commune, zero."""
        return Decimal(self.progress.criteria_met) / max(self.known, 1)

    @property
    def sub_items_mean(self) -> Decimal:
        return Decimal(self.progress.sub_items_met) / max(self.known, 1)

    @property
    def known(self) -> int:
        return self.communes - self.unknown


def totals_of(rows: Iterable[CommuneRow]) -> Totals:
    """Add up the rows of a list."""
    listed = list(rows)
    known = [row for row in listed if row.is_known]
    return Totals(
        communes=len(listed),
        unknown=len(listed) - len(known),
        partial=sum(row.is_partial for row in known),
        complete=sum(row.progress.is_complete for row in known),
        progress=Progress.sum(row.progress for row in known),
        criteria_gained=sum_of_known(row.criteria_gained for row in listed),
    )


def sum_of_known(gains: Iterable[int | None]) -> int | None:
    """Return the sum of what is known; None where nothing is."""
    known = [gain for gain in gains if gain is not None]
    return sum(known) if known else None


def month_before(day: date) -> date:
    """Return the same day a month earlier, or the last day of that month."""
    first = month_after(day.replace(day=1), -1)
    days = (day.replace(day=1) - first).days
    return first.replace(day=min(day.day, days))


@dataclass(frozen=True)
class CriterionTotal:
    """How many communes meet a criterion, of those with findings: which ones hold the district back."""

    criterion: Criterion
    communes: Score


def criterion_totals(rows: Sequence[CommuneRow], criteria_set: CriteriaSet | None) -> list[CriterionTotal]:
    """Return for each criterion of the set, in its order, how many of `rows` meet it."""
    known = [row for row in rows if row.is_known]
    met = Counter(key for row in known for key, found in row.scores.items() if found.is_met)
    return [CriterionTotal(criterion, Score(met[criterion.pk], len(known))) for criterion in criteria_of(criteria_set)]


@dataclass(frozen=True)
class SectorRow:
    """A sub-item that a department guides: the communes that haven't met it, the findings that it hasn't confirmed."""

    sub_item: SubItem
    communes: Score
    unmet: tuple[Commune, ...]
    waiting: int


def sector_rows(communes: Iterable[Commune], department: int) -> list[SectorRow]:
    """Return the sub-items guided by `department`, those that most communes miss first; of communes with findings."""
    units = list(communes)
    of_set = SubItem.objects.of_set(set_in_force(clock.today()))
    sub_items = list(of_set.filter(departments=department).select_related("criterion"))
    assessed = Assessment.objects.filter(commune__in=units, sub_item__in=of_set.order_by()).exclude(status="")
    known = set(assessed.order_by().values_list("commune", flat=True).distinct())
    met: dict[int, set[int]] = defaultdict(set)
    waiting: Counter[int] = Counter()
    findings = Assessment.objects.filter(commune__in=units, sub_item__in=sub_items).exclude(status="").order_by()
    for sub_item, commune, status, source in findings.values_list("sub_item", "commune", "status", "source"):
        if is_fulfilled(status):
            met[sub_item].add(commune)
        waiting[sub_item] += source != AssessmentSource.DEPARTMENT
    rows = [
        SectorRow(
            sub_item=sub_item,
            communes=Score(len(met[sub_item.pk]), len(known)),
            unmet=tuple(unit for unit in units if unit.pk in known and unit.pk not in met[sub_item.pk]),
            waiting=waiting[sub_item.pk],
        )
        for sub_item in sub_items
    ]
    return sorted(rows, key=lambda row: -row.communes.missing)
