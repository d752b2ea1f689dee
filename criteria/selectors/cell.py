"""One cell: a sub-item of a commune with its requirement, finding, plan and history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from communes.models import Commune
from criteria.enums import AssessmentSource, Status
from criteria.models import Assessment, AssessmentChange, CommuneZone, EvidenceEvent, SubItem, SubItemPart, SubItemPlan
from criteria.scoring import is_fulfilled
from criteria.selectors.commune import UNASSESSED
from criteria.selectors.entries import LogEntry, timeline_of_finding
from criteria.selectors.progress import set_for, set_in_force
from criteria.selectors.requirements import Requirement, catalogue_rows, levels_of, levels_text, requirement
from criteria.thresholds import Level, parts_text, proposed_status, required_levels
from ntm_tracker.lib import clock

# So many entries of its history stand in the panel of a cell; the rest is one step away.
NEWEST = 20


@dataclass(frozen=True)
class CellPart:
    """One test of a sub-item that holds several, with the level that it must reach."""

    part: SubItemPart
    required: str
    value: Decimal | None
    falls_short: bool = False


@dataclass(frozen=True)
class Cell:
    """A sub-item of a commune, as its panel shows and changes it; of its history up to `limit` entries."""

    commune: Commune
    sub_item: SubItem
    assessment: Assessment
    required: Requirement
    parts: tuple[CellPart, ...]
    levels: Mapping[str | None, list[Level]]
    limit: int | None = NEWEST

    # Asked when they are shown: who only writes needn't read them.

    @cached_property
    def plan(self) -> SubItemPlan | None:
        return SubItemPlan.objects.filter(commune=self.commune, sub_item=self.sub_item).first()

    @cached_property
    def plan_history(self) -> list[Any]:
        """The plan as each person wrote it, the oldest first, under every name of the unit."""
        if self.plan is None:
            return []
        rows = SubItemPlan.history.filter(commune__in=self.commune.selves, sub_item=self.sub_item)
        return list(rows.select_related("history_user").order_by("history_date", "history_id"))

    @property
    def plan_changes(self) -> list[tuple[Any, str]]:
        """What each person changed of the plan, the newest first: what they wrote, and how it differs, in words."""
        pairs = pairwise([None, *self.plan_history])
        told = ((later, _difference(earlier, later)) for earlier, later in pairs)
        return [(later, words) for later, words in told if words][::-1]

    @property
    def times_postponed(self) -> int:
        """How often the day for which it was planned was changed."""
        pairs = pairwise(self.plan_history)
        return sum(bool(earlier.planned_on) and earlier.planned_on != later.planned_on for earlier, later in pairs)

    @property
    def history(self) -> list[LogEntry]:
        """What happened to it, the newest first, up to `limit` entries."""
        return self._entries[: self.limit]

    @property
    def has_older(self) -> bool:
        return self.limit is not None and len(self._entries) > self.limit

    @cached_property
    def _entries(self) -> list[LogEntry]:
        """The history, and one entry more than is shown: it tells whether there are older ones."""
        if not self.assessment.pk:
            return []
        return timeline_of_finding(self.assessment, None if self.limit is None else self.limit + 1)

    @property
    def last_change(self) -> AssessmentChange | None:
        """The newest change of its finding that wasn't undone; None where files alone have moved since."""
        changes = [row for row in self.history if isinstance(row, AssessmentChange)]
        undone = {row.undoes_id for row in changes}
        return next((row for row in changes if row.undoes_id is None and row.pk not in undone), None)

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
        """What was measured of its parts: "Nam: 71,5%; Nữ: 65%"; "" where there are none."""
        return self._told({part.part.code: part.value for part in self.parts if part.value is not None})

    @property
    def told_history(self) -> list[tuple[LogEntry, str]]:
        """The history, beside each change the values of the parts in words."""
        return [
            (row, "" if isinstance(row, EvidenceEvent) else self._told(decimals(row.part_values)))
            for row in self.history
        ]

    def _told(self, values: Mapping[str, Decimal]) -> str:
        return parts_text(values, [part.part for part in self.parts], self.sub_item.unit)

    @property
    def is_plan_late(self) -> bool:
        """Whether the day for which it was planned has passed and it isn't met."""
        planned_on = self.plan.planned_on if self.plan else None
        return planned_on is not None and planned_on < clock.today() and not is_fulfilled(self.assessment.status)

    def proposed(self, values: Mapping[str | None, Decimal | None]) -> Status | None:
        """Return what `values` (by part code, None for the whole) say against the thresholds."""
        return proposed_status(comparator=self.sub_item.comparator, levels=self.levels, values=values)


def sub_item_in_force(commune: Commune, code: str, day: date) -> SubItem | None:
    """Return the sub-item that bears `code` in the set that the pages of `commune` name on `day`."""
    criteria_set = set_for(commune, day)
    if criteria_set is None:
        return None
    return SubItem.objects.of_set(criteria_set).select_related("criterion").filter(code=code).first()


def cell(commune: Commune, code: str, *, whole_history: bool = False) -> Cell | None:
    """Return the cell of `commune` and the sub-item `code` of the set in force today, None without such a one.

    Without `whole_history` it holds the newest `NEWEST` entries.
    """
    today = clock.today()
    criteria_set = set_in_force(today, commune.kind)
    if criteria_set is None:
        return None
    sub_item = catalogue_rows(criteria_set, commune.authority_id).filter(code=code).first()
    if sub_item is None:
        return None
    zone = CommuneZone.objects.filter(commune=commune, zone__criteria_set=criteria_set).select_related("zone").first()
    zone_code = zone.zone.code if zone else None
    rows = levels_of(sub_item, commune.authority)
    keys: list[str | None] = [part.code for part in sub_item.parts.all()] or [None]
    levels = {
        key: required_levels(rows, zone=zone_code, year=today.year, part=key)
        for key in (keys if sub_item.is_numeric else [])
    }
    required = requirement(sub_item, rows, zone=zone_code, year=today.year)
    return _as_it_stands(commune, sub_item, required, levels, limit=None if whole_history else NEWEST)


def refreshed(shown: Cell) -> Cell:
    """Return `shown` as it stands now: another finding, plan and history; what is required stays."""
    return _as_it_stands(shown.commune, shown.sub_item, shown.required, shown.levels, limit=NEWEST)


def _as_it_stands(
    commune: Commune,
    sub_item: SubItem,
    required: Requirement,
    levels: Mapping[str | None, list[Level]],
    *,
    limit: int | None,
) -> Cell:
    found = Assessment.objects.filter(commune=commune, sub_item=sub_item).select_related("changed_by").first()
    assessment = found or Assessment(commune=commune, sub_item=sub_item, status="")
    assessment.commune, assessment.sub_item = commune, sub_item
    return Cell(
        commune=commune,
        sub_item=sub_item,
        assessment=assessment,
        required=required,
        parts=tuple(_cell_part(sub_item, part, levels[part.code], assessment) for part in sub_item.parts.all()),
        levels=levels,
        limit=limit,
    )


PLAN_PARTS = (("official", "cán bộ phụ trách"), ("planned_on", "dự kiến đạt"), ("solution", "giải pháp"))


def _difference(earlier: Any, later: Any) -> str:
    """Return how a plan differs from the one before, None for none: "dự kiến đạt: 30/6/2023 → 30/9/2023"."""
    words = []
    for name, label in PLAN_PARTS:
        before, after = (_plan_text(getattr(row, name, "")) for row in (earlier, later))
        if before != after:
            words.append(f"{label}: {before} → {after or 'bỏ trống'}" if before else f"{label}: {after}")
    return "; ".join(words)


def _plan_text(value: str | date | None) -> str:
    return clock.vn_date(value) if isinstance(value, date) else value or ""


def _cell_part(sub_item: SubItem, part: SubItemPart, levels: list[Level], assessment: Assessment) -> CellPart:
    value = decimals(assessment.part_values).get(part.code)
    alone = proposed_status(comparator=sub_item.comparator, levels={None: levels}, values={None: value})
    return CellPart(part, levels_text(sub_item, levels), value, falls_short=alone == Status.NOT_MET)


def decimals(part_values: Mapping[str, str]) -> dict[str, Decimal]:
    return {code: Decimal(text) for code, text in part_values.items() if text}
