"""Many communes through time: how each stood on given days, what changed between two of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, QuerySet

from communes.models import Commune
from criteria.models import Assessment, AssessmentChange, CriteriaSet, Criterion, SubItem
from criteria.scoring import Progress, Score, is_fulfilled, scores
from criteria.selectors.maps import Members, joined_status
from criteria.selectors.progress import other_set_on
from ntm_tracker.lib import clock

# (moment, commune, sub-item, status), oldest first
Changes = Sequence[tuple[datetime, int, int, str]]


@dataclass(frozen=True)
class Standing:
    """How one commune stood at the end of a day: the score of each criterion, by its key.

    `assessed` counts the sub-items with a finding; of a commune without any the scores say nothing.
    """

    scores: Mapping[int, Score]
    assessed: int

    @property
    def is_known(self) -> bool:
        return self.assessed > 0

    @property
    def progress(self) -> Progress:
        return Progress.of(self.scores.values())


def standings(
    communes: Iterable[Commune],
    criteria_set: CriteriaSet | None,
    days: Iterable[date],
    members: Members | None = None,
) -> dict[int, dict[date, Standing]]:
    """Return commune key → day → standing, as known at the end of each day; the queries don't grow with what is asked.

    What was known on the first day is asked for, what came later is followed: the years before cost nothing.
    With `members` a commune stands as the units with those keys do together: it meets what all of them meet.
    Before a unit got its name or its authority it stands as what it was then. Days on which the set doesn't count
    are left out.
    """
    units = list(communes)
    ordered = sorted({day for day in days if criteria_set and criteria_set.counts_on(day)})
    if criteria_set is None or not ordered:
        return {unit.pk: {} for unit in units}
    criterion_of = dict(SubItem.objects.of_set(criteria_set).values_list("pk", "criterion"))
    groups = {unit.pk: members[unit.pk] if members else (unit.pk,) for unit in units}
    unit_of = {member: unit for unit, group in groups.items() for member in group}
    member_of = Commune.objects.selves_of(unit_of)
    start, keys = clock.end_of(ordered[0]), list(member_of)
    # Of a unit under several names the last one counts.
    by_name = F("commune__valid_from").asc(nulls_first=True)
    findings = Assessment.objects.of_set(criteria_set).filter(commune__in=keys).with_status_at(start).order_by(by_name)
    later = (
        AssessmentChange.objects.filter(
            assessment__commune__in=keys,
            assessment__sub_item__criterion__criteria_set=criteria_set,
            at__gt=start,
            at__lte=clock.end_of(ordered[-1]),
        )
        .order_by("at", "version")
        .values_list("at", "assessment__commune", "assessment__sub_item", "status")
    )
    changes: dict[int, list[tuple[datetime, int, int, str]]] = defaultdict(list)
    for commune, sub_item, status in findings.values_list("commune", "sub_item", "status_at"):
        if status is not None:
            member = member_of[commune]
            changes[unit_of[member]].append((start, member, sub_item, status))
    for moment, commune, sub_item, status in later:
        member = member_of[commune]
        changes[unit_of[member]].append((moment, member, sub_item, status))
    return {unit: _through(changes[unit], criterion_of, ordered, len(group)) for unit, group in groups.items()}


@dataclass(frozen=True)
class OtherSet:
    """How a commune stood on a day by the set in force then, another one than that which is shown."""

    criteria_set: CriteriaSet
    day: date
    progress: Progress


def by_other_set(commune: Commune, criteria_set: CriteriaSet | None, day: date) -> OtherSet | None:
    """Return how `commune` stood on `day` by another set than `criteria_set`; None where nothing was known by it."""
    then = other_set_on(day, criteria_set)
    standing = standings([commune], then, [day])[commune.pk].get(day)
    return OtherSet(then, day, standing.progress) if then and standing and standing.is_known else None


def _through(
    changes: Changes, criterion_of: Mapping[int, int], days: Sequence[date], members: int
) -> dict[date, Standing]:
    """Apply `changes` day by day and note the scores at the end of each of `days`."""
    totals: dict[int, int] = defaultdict(int)
    for criterion in criterion_of.values():
        totals[criterion] += 1
    fulfilled: dict[int, int] = defaultdict(int)
    met_by: dict[int, set[int]] = defaultdict(set)
    assessed_by: dict[int, set[int]] = defaultdict(set)
    found: dict[date, Standing] = {}
    position = 0
    for day in days:
        end = clock.end_of(day)
        while position < len(changes) and changes[position][0] <= end:
            _, member, sub_item, status = changes[position]
            met = met_by[sub_item]
            before = len(met) == members
            met.add(member) if is_fulfilled(status) else met.discard(member)
            fulfilled[criterion_of[sub_item]] += (len(met) == members) - before
            assessed_by[sub_item].add(member) if status else assessed_by[sub_item].discard(member)
            position += 1
        assessed = sum(len(found_by) == members for found_by in assessed_by.values())
        found[day] = Standing(scores(totals, fulfilled), assessed)
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
    after: str
    change: AssessmentChange
    steps: int

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
    """Return what stands otherwise at the end of `until` than at the end of `since`.

    By commune, then in the order of the set. What came back to where it was is not among them, nor what a unit only
    took over with a new name.
    """
    units = {unit.pk: unit for unit in communes}
    unit_of = Commune.objects.selves_of(units)
    steps: dict[tuple[int, int], list[AssessmentChange]] = defaultdict(list)
    for change in _changes_between(unit_of, criteria_set, since=since, until=until):
        steps[unit_of[change.assessment.commune_id], change.assessment.sub_item_id].append(change)
    found = [
        _difference(units[unit], rows) for (unit, _), rows in steps.items() if rows[0].from_status != rows[-1].status
    ]
    return sorted(found, key=_place)


def _changes_between(
    communes: Iterable[int], criteria_set: CriteriaSet | None, *, since: date, until: date
) -> QuerySet[AssessmentChange]:
    """Return the changes after `since`; all of them where the set didn't count then, for nothing was known by it."""
    changes = (
        AssessmentChange.objects.of_its_own()
        .lasting()
        .filter(
            assessment__commune__in=list(communes),
            assessment__sub_item__criterion__criteria_set=criteria_set,
            at__lte=clock.end_of(until),
        )
        .select_related("by", "assessment__commune", "assessment__sub_item__criterion__criteria_set")
        .order_by("at", "version")
    )
    is_counted = criteria_set is not None and criteria_set.counts_on(since)
    return changes.filter(at__gt=clock.end_of(since)) if is_counted else changes


def joint_differences(
    communes: Iterable[Commune], criteria_set: CriteriaSet | None, members: Members, *, since: date, until: date
) -> list[Difference]:
    """Return the differences of each of `communes` taken as its `members` together.

    What one member changed is a difference where it changes what all of them reach; the change that
    led there stands with it.
    """
    units = {unit.pk: unit for unit in communes}
    unit_of = {member: key for key in units for member in members[key]}
    member_of = Commune.objects.selves_of(unit_of)
    steps: dict[tuple[int, int], list[AssessmentChange]] = defaultdict(list)
    after: dict[tuple[int, int], str] = {}
    for row in _changes_between(member_of, criteria_set, since=since, until=until):
        steps[unit_of[member_of[row.assessment.commune_id]], row.assessment.sub_item_id].append(row)
    findings = Assessment.objects.of_set(criteria_set).filter(commune__in=unit_of).order_by()
    for commune, sub_item, status in findings.with_status_at(clock.end_of(until)).values_list(
        "commune", "sub_item", "status_at"
    ):
        after[commune, sub_item] = status or ""
    found = []
    for (key, item), rows in steps.items():
        now = {member: after.get((member, item), "") for member in members[key]}
        first = {member_of[row.assessment.commune_id]: row.from_status for row in reversed(rows)}
        before, later = joined_status([*({**now, **first}).values()]), joined_status([*now.values()])
        if before != later:
            last = next((row for row in reversed(rows) if row.status == later), rows[-1])
            found.append(Difference(units[key], last.assessment.sub_item, before, later, last, len(rows)))
    return sorted(found, key=_place)


def _difference(commune: Commune, steps: Sequence[AssessmentChange]) -> Difference:
    # What came after it under the same result, a department's word or a new value, didn't lead there.
    last = next((row for row in reversed(steps) if row.from_status != row.status), steps[-1])
    return Difference(commune, last.assessment.sub_item, steps[0].from_status, last.status, last, len(steps))


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
