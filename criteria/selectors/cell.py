"""One cell: a sub-item of a commune with its requirement, finding, plan and history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from communes.models import Commune
from criteria.enums import AssessmentSource, Status
from criteria.models import Assessment, CommuneZone, EvidenceEvent, SubItem, SubItemPart, SubItemPlan
from criteria.scoring import is_fulfilled
from criteria.selectors.commune import UNASSESSED
from criteria.selectors.entries import Entry, timeline_of_finding
from criteria.selectors.progress import set_in_force
from criteria.selectors.requirements import Requirement, catalogue_rows, levels_by_sub_item, levels_text, requirement
from criteria.thresholds import Level, proposed_status, required_levels
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_decimal


@dataclass(frozen=True)
class CellPart:
    """One test of a sub-item that holds several, with the level that it must reach."""

    part: SubItemPart
    required: str
    value: Decimal | None


@dataclass(frozen=True)
class Cell:
    """A sub-item of a commune, as its panel shows and changes it."""

    commune: Commune
    sub_item: SubItem
    assessment: Assessment
    required: Requirement
    parts: tuple[CellPart, ...]
    levels: Mapping[str | None, list[Level]]
    plan: SubItemPlan | None
    history: tuple[Entry, ...]

    @property
    def version(self) -> int:
        """The version that is shown; 0 where nothing was assessed yet."""
        return self.assessment.version if self.assessment.pk else 0

    @property
    def sign(self) -> str:
        return self.assessment.status or UNASSESSED

    @property
    def awaits_confirmation(self) -> bool:
        """Whether there is a finding that no department has confirmed since its last change."""
        return bool(self.assessment.status) and self.assessment.source != AssessmentSource.DEPARTMENT

    @property
    def guides(self) -> tuple[str, ...]:
        return tuple(guide.department.short_name for guide in self.sub_item.local_guides)

    @property
    def parts_text(self) -> str:
        """What was measured of its parts: "Nam: 71,5; Nữ: 65"; "" where there are none."""
        return self._told({part.part.code: part.value for part in self.parts if part.value is not None})

    @property
    def told_history(self) -> list[tuple[Entry, str]]:
        """The history, beside each change the values of the parts in words."""
        return [
            (row, "" if isinstance(row, EvidenceEvent) else self._told(_decimals(row.part_values)))
            for row in self.history
        ]

    def _told(self, values: Mapping[str, Decimal]) -> str:
        return "; ".join(
            f"{part.part.name}: {vn_decimal(values[part.part.code])}" for part in self.parts if part.part.code in values
        )

    @property
    def is_plan_late(self) -> bool:
        """Whether the day for which it was planned has passed and it isn't met."""
        planned_on = self.plan.planned_on if self.plan else None
        return planned_on is not None and planned_on < clock.today() and not is_fulfilled(self.assessment.status)

    def proposed(self, values: Mapping[str | None, Decimal | None]) -> Status | None:
        """Return what `values` (by part code, None for the whole) say against the thresholds."""
        return proposed_status(comparator=self.sub_item.comparator, levels=self.levels, values=values)


def sub_item_in_force(code: str, day: date) -> SubItem | None:
    """Return the sub-item that bears `code` in the set in force on `day`."""
    criteria_set = set_in_force(day)
    return SubItem.objects.of_set(criteria_set).filter(code=code).first() if criteria_set else None


def cell(commune: Commune, code: str) -> Cell | None:
    """Return the cell of `commune` and the sub-item `code` of the set in force today, None without such a one."""
    today = clock.today()
    criteria_set = set_in_force(today)
    if criteria_set is None or commune.kind != criteria_set.unit_kind:
        return None
    sub_item = catalogue_rows(criteria_set, commune.authority_id).filter(code=code).first()
    if sub_item is None:
        return None
    zone = CommuneZone.objects.filter(commune=commune, zone__criteria_set=criteria_set).select_related("zone").first()
    zone_code = zone.zone.code if zone else None
    rows = levels_by_sub_item(criteria_set, commune.authority)[sub_item.pk]
    parts = list(sub_item.parts.all())
    keys: list[str | None] = [part.code for part in parts] or [None]
    levels = {
        key: required_levels(rows, zone=zone_code, year=today.year, part=key)
        for key in (keys if sub_item.is_numeric else [])
    }
    found = Assessment.objects.filter(commune=commune, sub_item=sub_item).select_related("changed_by").first()
    assessment = found or Assessment(commune=commune, sub_item=sub_item, status="")
    assessment.sub_item = sub_item
    return Cell(
        commune=commune,
        sub_item=sub_item,
        assessment=assessment,
        required=requirement(sub_item, rows, zone=zone_code, year=today.year),
        parts=tuple(
            CellPart(part, levels_text(sub_item, levels[part.code]), _part_value(assessment, part.code))
            for part in parts
        ),
        levels=levels,
        plan=SubItemPlan.objects.filter(commune=commune, sub_item=sub_item).first(),
        history=tuple(timeline_of_finding(found)) if found else (),
    )


def _part_value(assessment: Assessment, code: str) -> Decimal | None:
    return _decimals(assessment.part_values).get(code)


def _decimals(part_values: Mapping[str, str]) -> dict[str, Decimal]:
    return {code: Decimal(text) for code, text in part_values.items() if text}
