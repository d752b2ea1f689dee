"""Many communes through time: how each stood on given days, what changed between two of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from communes.models import Commune
from criteria.models import AssessmentChange, CriteriaSet, Criterion, SubItem
from criteria.scoring import Progress, Score, is_fulfilled, scores
from ntm_tracker.lib import clock

# (moment, sub-item, status), oldest first
Changes = Sequence[tuple[datetime, int, str]]


@dataclass(frozen=True)
class Standing:
    """How one commune stood at the end of a day: the score of each criterion, by its key."""

    scores: Mapping[int, Score]
    is_known: bool

    @property
    def progress(self) -> Progress:
        return Progress.of(self.scores.values())


def standings(
    communes: Iterable[Commune], criteria_set: CriteriaSet | None, days: Iterable[date]
) -> dict[int, dict[date, Standing]]:
    """Return commune key → day → standing, as known at the end of each day; two queries whatever is asked."""
    units, ordered = list(communes), sorted(set(days))
    if criteria_set is None or not ordered:
        return {unit.pk: {} for unit in units}
    criterion_of = dict(SubItem.objects.of_set(criteria_set).values_list("pk", "criterion"))
    changes: dict[int, list[tuple[datetime, int, str]]] = defaultdict(list)
    rows = (
        AssessmentChange.objects.filter(
            assessment__commune__in=units,
            assessment__sub_item__criterion__criteria_set=criteria_set,
            at__lte=clock.end_of(ordered[-1]),
        )
        .order_by("at", "version")
        .values_list("assessment__commune", "at", "assessment__sub_item", "status")
    )
    for commune, at, sub_item, status in rows:
        changes[commune].append((at, sub_item, status))
    return {unit.pk: _through(changes[unit.pk], criterion_of, ordered) for unit in units}


def _through(changes: Changes, criterion_of: Mapping[int, int], days: Sequence[date]) -> dict[date, Standing]:
    """Apply `changes` day by day and note the scores at the end of each of `days`."""
    totals: dict[int, int] = defaultdict(int)
    for criterion in criterion_of.values():
        totals[criterion] += 1
    fulfilled: dict[int, int] = defaultdict(int)
    statuses: dict[int, str] = {}
    found: dict[date, Standing] = {}
    position = 0
    for day in days:
        end = clock.end_of(day)
        while position < len(changes) and changes[position][0] <= end:
            _, sub_item, status = changes[position]
            fulfilled[criterion_of[sub_item]] += is_fulfilled(status) - is_fulfilled(statuses.get(sub_item))
            statuses[sub_item] = status
            position += 1
        found[day] = Standing(scores(totals, fulfilled), is_known=bool(statuses))
    return found


def mean_criteria(standing: Mapping[int, Mapping[date, Standing]], days: Iterable[date]) -> list[tuple[date, Decimal]]:
    """Return the criteria met on average by the communes of which anything was known, day by day."""
    points = []
    for day in days:
        known = [row[day].progress.criteria_met for row in standing.values() if day in row and row[day].is_known]
        if known:
            points.append((day, Decimal(sum(known)) / len(known)))
    return points


@dataclass(frozen=True)
class Difference:
    """A sub-item that stands otherwise on the later day; `change` is the last change that led there."""

    commune: Commune
    sub_item: SubItem
    before: str
    change: AssessmentChange
    steps: int

    @property
    def after(self) -> str:
        return self.change.status

    @property
    def is_first(self) -> bool:
        """Whether nothing was known of it on the earlier day."""
        return not self.before

    @property
    def is_gain(self) -> bool:
        return is_fulfilled(self.after) and not is_fulfilled(self.before)

    @property
    def is_loss(self) -> bool:
        return is_fulfilled(self.before) and not is_fulfilled(self.after)


def differences(
    communes: Iterable[Commune], criteria_set: CriteriaSet | None, *, since: date, until: date
) -> list[Difference]:
    """Return what stands otherwise at the end of `until` than at the end of `since`; one query.

    By commune, then in the order of the set. What came back to where it was is not among them.
    """
    changes = (
        AssessmentChange.objects.filter(
            assessment__commune__in=list(communes),
            assessment__sub_item__criterion__criteria_set=criteria_set,
            at__gt=clock.end_of(since),
            at__lte=clock.end_of(until),
        )
        .select_related("by", "assessment__commune", "assessment__sub_item__criterion")
        .order_by("at", "version")
    )
    steps: dict[int, list[AssessmentChange]] = defaultdict(list)
    for change in changes:
        steps[change.assessment_id].append(change)
    found = [_difference(rows) for rows in steps.values() if rows[0].from_status != rows[-1].status]
    return sorted(found, key=_place)


def _difference(steps: Sequence[AssessmentChange]) -> Difference:
    last = steps[-1]
    return Difference(last.assessment.commune, last.assessment.sub_item, steps[0].from_status, last, len(steps))


def _place(row: Difference) -> tuple[str, str, int, int]:
    return row.commune.sort_key, row.commune.code, row.sub_item.criterion.number, row.sub_item.position


@dataclass(frozen=True)
class CriterionCrossing:
    """A criterion that a commune has come to meet, or no longer meets."""

    commune: Commune
    criterion: Criterion
    is_met: bool


def crossings(
    communes: Iterable[Commune],
    criteria: Iterable[Criterion],
    standing: Mapping[int, Mapping[date, Standing]],
    *,
    since: date,
    until: date,
) -> list[CriterionCrossing]:
    """Return the criteria that changed sides between the two days, where the earlier one is known; lost ones first."""
    listed = list(criteria)
    found = []
    for unit in communes:
        before, after = standing[unit.pk].get(since), standing[unit.pk].get(until)
        if before is None or after is None or not before.is_known:
            continue
        for criterion in listed:
            was, now = before.scores[criterion.pk].is_met, after.scores[criterion.pk].is_met
            if was != now:
                found.append(CriterionCrossing(unit, criterion, now))
    return sorted(found, key=lambda row: row.is_met)
