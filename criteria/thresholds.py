"""Which level a commune must reach, and what a value says about it. No database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from criteria.enums import Comparator, Provenance, Status
from ntm_tracker.lib.figures import vn_amount


@dataclass(frozen=True)
class Level:
    """One row of the catalogue's thresholds. `None` means "every": zone, year, part; national."""

    value: Decimal
    part: str | None = None
    zone: str | None = None
    year: int | None = None
    of_province: bool = False
    condition: str = ""
    provenance: str = Provenance.MEMORY

    @property
    def particularity(self) -> tuple[bool, bool, bool, bool]:
        """The province's row overrides the national one, then the part's, the zone's, the year's."""
        return (self.of_province, self.part is not None, self.zone is not None, self.year is not None)

    @property
    def is_verified(self) -> bool:
        return self.provenance == Provenance.SOURCED


def required_levels(levels: Iterable[Level], *, zone: str | None, year: int, part: str | None = None) -> list[Level]:
    """Return the levels that count for a commune of `zone` in `year`: one for each condition.

    An empty list means that the threshold is unknown; it never means zero. Without a zone it is unknown wherever a
    zone of its own could have asked for another level.
    """
    possible = [level for level in levels if level.part in (None, part) and level.year in (None, year)]
    chosen: dict[str, Level] = {}
    for level in possible:
        current = chosen.get(level.condition)
        if zone is None or level.zone in (None, zone):
            chosen[level.condition] = max(current or level, level, key=lambda one: one.particularity)
    return [level for level in chosen.values() if zone is not None or level.zone is None]


def reaches(value: Decimal, level: Level, comparator: str) -> bool:
    return value >= level.value if comparator == Comparator.AT_LEAST else value <= level.value


def proposed_status(
    *,
    comparator: str,
    levels: Mapping[str | None, list[Level]],
    values: Mapping[str | None, Decimal | None],
) -> Status | None:
    """Return what the values say, or None where they cannot say it.

    `levels` and `values` go by part code, None for a sub-item without parts; every part must pass.
    None is returned when a value or a level is missing, or when levels under different conditions
    (a commune with more or with fewer than three schools) would decide differently.
    """
    verdicts: set[bool | None] = set()
    for part, rows in levels.items():
        value = values.get(part)
        answers = {reaches(value, row, comparator) for row in rows} if value is not None else set()
        verdicts.add(answers.pop() if len(answers) == 1 else None)
    if False in verdicts:
        return Status.NOT_MET
    if not verdicts or None in verdicts:
        return None
    return Status.MET


def level_text(level: Level, comparator: str, unit: str) -> str:
    """Return "≥ 70%", "≤ 5%", "≥ 42 triệu đồng/người/năm (xã có hơn 3 trường)"."""
    sign = "≥" if comparator == Comparator.AT_LEAST else "≤"
    text = f"{sign} {vn_amount(level.value, unit)}"
    return f"{text} ({level.condition})" if level.condition else text


class Part(Protocol):
    """One of several tests of a sub-item: both sexes, the levels of schools, kinds of water."""

    code: str
    name: str
    position: int


def parts_text(values: Mapping[str, Decimal], parts: Iterable[Part], unit: str = "") -> str:
    """Return "Nam: 71,5%; Nữ: 65%": the `values` by part code in the order of the parts, "" where there are none."""
    known = {part.code: part for part in sorted(parts, key=lambda part: part.position)}
    told = {code: part.name for code, part in known.items() if code in values}
    # A value can outlive its part.
    told |= {code: code for code in values if code not in known}
    return "; ".join(f"{name}: {vn_amount(values[code], unit)}" for code, name in told.items())
