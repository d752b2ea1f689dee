"""Units that changed: the record of it, and what was found of those that a commune follows."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Prefetch

from communes.enums import KEEPING_UNIT, CommuneKind
from communes.models import Commune, UnitChange, User
from communes.services import Succession
from criteria.enums import Status
from criteria.models import Assessment, CriteriaSet, Criterion, MonthlyReport, SubItem, SubItemPlan
from criteria.selectors.commune import UNASSESSED
from criteria.selectors.progress import set_for, set_in_force
from ntm_tracker.lib import clock


def unit_changes(user: User) -> list[UnitChange]:
    """Return the changes that `user` may see with their units, the newest first."""
    units = Commune.objects.select_related("authority").order_by("sort_key", "code")
    changes = UnitChange.objects.visible_to(user).select_related("successor__authority", "by")
    return list(changes.prefetch_related(Prefetch("successor__predecessors", units)))


@dataclass(frozen=True)
class CarriedOver:
    """How much would go on to the successor."""

    findings: int
    plans: int


def carried_over(planned: Succession) -> CarriedOver:
    """Count the findings and plans of the units that would end."""
    units = planned.predecessors
    return CarriedOver(
        findings=Assessment.objects.filter(commune__in=units).exclude(status="").count(),
        plans=SubItemPlan.objects.filter(commune__in=units).count(),
    )


def reports_left(planned: Succession) -> list[MonthlyReport]:
    """Return the unfinished reports that would stay with the units that end, by unit and month."""
    reports = MonthlyReport.objects.filter(commune__in=planned.predecessors).unfinished()
    if planned.kind in KEEPING_UNIT:
        reports = reports.exclude(pk__in=MonthlyReport.objects.going_on_from(planned.from_day))
    return list(reports.select_related("commune").order_by("commune__sort_key", "commune__code", "month"))


@dataclass(frozen=True)
class Kin:
    """The units before and after one; `leads_on`: whether the person may open the one after it."""

    predecessors: tuple[Commune, ...]
    successor: Commune | None
    leads_on: bool

    @property
    def last_day(self) -> date | None:
        """The last day of the predecessors; where they ended on several days, the latest."""
        return max((unit.valid_to for unit in self.predecessors if unit.valid_to), default=None)


def kin_of(commune: Commune, user: User) -> Kin:
    """Return what `commune` follows and what follows it."""
    successor = commune.successor
    return Kin(
        predecessors=tuple(commune.predecessors.order_by("sort_key", "code")),
        successor=successor,
        leads_on=successor is not None and user.has_perm("communes.view_progress", successor),
    )


def last_set_before(day: date) -> CriteriaSet | None:
    """Return the set for xã that went out of force last before `day`; a day without any set can point to it."""
    return CriteriaSet.objects.filter(unit_kind=CommuneKind.XA, effective_to__lt=day).order_by("-effective_to").first()


@dataclass(frozen=True)
class SideBySide:
    """A sub-item with the sign of each predecessor."""

    sub_item: SubItem
    pairs: tuple[tuple[Commune, str], ...]

    @property
    def signs(self) -> tuple[str, ...]:
        return tuple(sign for _, sign in self.pairs)

    @property
    def is_met_by_all(self) -> bool:
        """Whether each predecessor that was assessed by the set met it, which says so of the whole.

        Anything else leaves it open: the whole may meet what a part doesn't, and a part to which it didn't apply
        says nothing.
        """
        return bool(self.signs) and all(sign == Status.MET for sign in self.signs)


@dataclass(frozen=True)
class PredecessorFindings:
    """The findings of the units that a commune follows, on their last day in force of a set."""

    units: tuple[Commune, ...]
    untracked: tuple[Commune, ...]
    criteria_set: CriteriaSet | None
    criteria: tuple[tuple[Criterion, tuple[SideBySide, ...]], ...]

    @property
    def rows(self) -> list[SideBySide]:
        return [row for _, rows in self.criteria for row in rows]

    @property
    def number_met_by_all(self) -> int:
        return sum(row.is_met_by_all for row in self.rows)

    @property
    def met_by_all(self) -> list[SubItem]:
        """What each of several units met; of one that the set doesn't track nobody knows what it met."""
        if self.untracked or len(self.units) < 2:
            return []
        return [row.sub_item for row in self.rows if row.is_met_by_all]


def predecessor_findings(commune: Commune) -> PredecessorFindings:
    """Return the findings by the set in force on the last day of the predecessors, else by the last one before."""
    everyone = tuple(commune.predecessors.order_by("sort_key", "code"))
    day = max((unit.valid_to for unit in everyone if unit.valid_to), default=clock.today())
    criteria_set = set_for(commune, day) or last_set_before(day)
    if criteria_set is None:
        return PredecessorFindings(everyone, (), None, ())
    units = tuple(unit for unit in everyone if unit.kind == criteria_set.unit_kind)
    found = Assessment.objects.of_set(criteria_set).filter(commune__in=units).order_by()
    statuses = {
        (sub_item, unit): status for sub_item, unit, status in found.values_list("sub_item", "commune", "status")
    }
    rows = [
        SideBySide(sub_item, tuple((unit, statuses.get((sub_item.pk, unit.pk)) or UNASSESSED) for unit in units))
        for sub_item in SubItem.objects.of_set(criteria_set).select_related("criterion")
    ]
    return PredecessorFindings(
        units=units or everyone,
        untracked=tuple(unit for unit in everyone if unit not in units),
        criteria_set=criteria_set,
        criteria=tuple(
            (criterion, tuple(of_it)) for criterion, of_it in groupby(rows, key=lambda row: row.sub_item.criterion)
        ),
    )


def to_be_written(commune: Commune, found: PredecessorFindings) -> list[SubItem]:
    """Return what all predecessors met and of which `commune` has no finding yet, by the set in force today.

    Nothing where they were assessed by an earlier set: that may ask for less. A finding that was taken back counts
    as one: somebody has looked at it and left it open.
    """
    if commune.has_ended or found.criteria_set is None or found.criteria_set.unit_kind != commune.kind:
        return []
    if found.criteria_set != set_in_force(clock.today(), commune.kind):
        return []
    written = set(Assessment.objects.filter(commune=commune).order_by().values_list("sub_item", flat=True))
    return [sub_item for sub_item in found.met_by_all if sub_item.pk not in written]
