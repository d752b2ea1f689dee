"""What the catalogue requires: of one commune in one year, and as a whole."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import Prefetch, QuerySet

from communes.enums import CommuneKind
from communes.models import Authority, Commune
from criteria.enums import CHECKED, Comparator, ThresholdState
from criteria.models import (
    CommuneZone,
    CriteriaGroup,
    CriteriaSet,
    Criterion,
    Source,
    SubItem,
    SubItemGuide,
    SubItemPart,
    Threshold,
)
from criteria.thresholds import Level, level_text, required_levels

NO_ZONE = "Xã chưa được xếp vùng nên chưa biết mức; vùng ghi ở tệp Đơn vị và tài khoản."


@dataclass(frozen=True)
class Requirement:
    """What a sub-item, or one part of it, asks for. `text` is "" where the level is unknown."""

    text: str
    is_known: bool
    is_verified: bool
    note: str = ""


def requirement(sub_item: SubItem, levels: Iterable[Level], *, zone: str | None, year: int) -> Requirement:
    """Return what `sub_item` as a whole requires of a commune of `zone` in `year`."""
    if not sub_item.is_numeric:
        return Requirement(sub_item.requirement, is_known=True, is_verified=True)
    rows = list(levels)
    found = required_levels(rows, zone=zone, year=year)
    of_parts = [
        level
        for part in {level.part for level in rows if level.part}
        for level in required_levels(rows, zone=zone, year=year, part=part)
    ]
    is_known = bool(found or of_parts)
    lacks_zone = not is_known and zone is None and any(level.zone is not None for level in rows)
    return Requirement(
        text=levels_text(sub_item, found),
        is_known=is_known,
        is_verified=all(level.is_verified for level in (*found, *of_parts)),
        note=NO_ZONE if lacks_zone else sub_item.threshold_note or unknown_note(sub_item),
    )


def part_requirement(sub_item: SubItem, part: str, levels: Iterable[Level], *, zone: str | None, year: int) -> str:
    """Return the level of one part in words, "" where it is unknown."""
    return levels_text(sub_item, required_levels(levels, zone=zone, year=year, part=part))


def levels_text(sub_item: SubItem, levels: Iterable[Level]) -> str:
    return "; ".join(level_text(level, sub_item.comparator, sub_item.unit) for level in levels)


def unknown_note(sub_item: SubItem) -> str:
    """Say why no level is known: left to the province, or not found yet."""
    if sub_item.threshold_state == ThresholdState.SET_BY_PROVINCE:
        return "Mức do UBND cấp tỉnh quy định; chưa nhập mức của tỉnh."
    return "Chưa tìm thấy mức quy định cho vùng và năm này."


def levels_by_sub_item(criteria_set: CriteriaSet, authority: Authority | None) -> dict[int, list[Level]]:
    """Return the levels that can count for the units of `authority`: national ones and those of its province."""
    levels: dict[int, list[Level]] = defaultdict(list)
    for row in _thresholds(criteria_set, authority):
        levels[row.sub_item_id].append(_level(row))
    return levels


def levels_for(
    units: Iterable[Commune], sub_items: Iterable[SubItem], year: int
) -> Callable[[Commune, SubItem], Mapping[str | None, list[Level]]]:
    """Return what gives the levels that count for one of `units` and one of `sub_items` (of one set) in `year`.

    They go by part code, None for a sub-item without parts; a sub-item without a number has none.
    """
    units, sub_items = list(units), list(sub_items)
    criteria_set = sub_items[0].criterion.criteria_set
    zones = dict(
        CommuneZone.objects.filter(commune__in=units, zone__criteria_set=criteria_set).values_list(
            "commune", "zone__code"
        )
    )
    levels = {
        unit.authority_id: levels_by_sub_item(criteria_set, unit.authority)
        for unit in {unit.authority_id: unit for unit in units}.values()
    }
    parts: dict[int, list[str | None]] = defaultdict(list)
    for item, code in SubItemPart.objects.filter(sub_item__in=sub_items).values_list("sub_item", "code"):
        parts[item].append(code)

    def found(unit: Commune, sub_item: SubItem) -> Mapping[str | None, list[Level]]:
        rows, zone = levels[unit.authority_id][sub_item.pk], zones.get(unit.pk)
        keys = (parts[sub_item.pk] or [None]) if sub_item.is_numeric else []
        return {part: required_levels(rows, zone=zone, year=year, part=part) for part in keys}

    return found


def levels_of(sub_item: SubItem, authority: Authority | None) -> list[Level]:
    """Return the levels of one sub-item that can count for the units of `authority`."""
    return [_level(row) for row in _above(sub_item.thresholds.all(), authority)]


def _thresholds(criteria_set: CriteriaSet, authority: Authority | None) -> list[Threshold]:
    return _above(Threshold.objects.filter(sub_item__criterion__criteria_set=criteria_set), authority)


def _above(thresholds: QuerySet[Threshold], authority: Authority | None) -> list[Threshold]:
    """Return the national ones and those of the authority and of the one above it."""
    above = {None} | ({authority.pk, authority.parent_id} if authority else set())
    rows = thresholds.select_related("part", "zone").order_by("part__position", "zone", "year", "pk")
    return [row for row in rows if row.authority_id in above]


def _level(row: Threshold) -> Level:
    return Level(
        value=row.value,
        part=row.part.code if row.part else None,
        zone=row.zone.code if row.zone else None,
        year=row.year,
        of_province=row.authority_id is not None,
        condition=row.condition,
        provenance=row.provenance,
    )


def catalogue_rows(criteria_set: CriteriaSet, authority: int | None) -> QuerySet[SubItem]:
    """Return the sub-items in the set's order, with criterion, group, parts and the guides of `authority`."""
    guides = SubItemGuide.objects.filter(department__authority=authority).select_related("department")
    return (
        SubItem.objects.of_set(criteria_set)
        .select_related("criterion__group")
        .prefetch_related("parts", Prefetch("guides", guides, to_attr="local_guides"))
    )


# The catalogue as a page


@dataclass(frozen=True)
class LevelRow:
    """One level of the catalogue: for which part, zone and year, how much, by which document."""

    part: str
    zone: str
    year: int | None
    text: str
    of_province: bool
    is_verified: bool
    document: str


@dataclass(frozen=True)
class CatalogueRow:
    """A sub-item with everything that is known of its requirement."""

    sub_item: SubItem
    details: tuple[str, ...]
    levels: tuple[LevelRow, ...]
    parts: tuple[SubItemPart, ...]
    guides: tuple[SubItemGuide, ...]
    sources: tuple[Source, ...]

    @property
    def single_level(self) -> LevelRow | None:
        """The one level that holds for every zone and year, if there is no other."""
        only = self.levels[0] if len(self.levels) == 1 else None
        return only if only and not (only.zone or only.year or only.part) else None

    @property
    def unknown_note(self) -> str:
        """Why no level is known; "" where one is, or where none is needed."""
        if self.levels or self.sub_item.comparator == Comparator.MET:
            return ""
        return self.sub_item.threshold_note or unknown_note(self.sub_item)

    @property
    def remarks(self) -> str:
        """What isn't verified and why, for the mark that opens."""
        parts = [
            f"Tên nội dung: {self.sub_item.get_name_provenance_display()}.",
            f"Yêu cầu: {self.sub_item.get_requirement_provenance_display()}.",
            self.sub_item.notes and f"{self.sub_item.notes.rstrip('.')}.",
        ]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class CatalogueCriterion:
    criterion: Criterion
    rows: tuple[CatalogueRow, ...]


@dataclass(frozen=True)
class CatalogueGroup:
    group: CriteriaGroup
    criteria: tuple[CatalogueCriterion, ...]


@dataclass(frozen=True)
class Catalogue:
    """A criteria set in the order of its decision, searched by `query`."""

    criteria_set: CriteriaSet
    groups: tuple[CatalogueGroup, ...]
    criteria_total: int
    sub_items_total: int
    unverified: int
    found: int
    sources: tuple[Source, ...]


def criteria_sets() -> list[CriteriaSet]:
    """Return every set, the newest first."""
    return list(CriteriaSet.objects.order_by("-effective_from", "code"))


def set_to_show(sets: Sequence[CriteriaSet], code: str, day: date) -> CriteriaSet | None:
    """Return the set with `code`; without a code the one for xã in force on `day`, else the newest."""
    if code:
        return next((row for row in sets if row.code == code), None)
    of_kind = (row for row in sets if row.unit_kind == CommuneKind.XA)
    in_force = (row for row in of_kind if row.effective_from <= day and (row.effective_to or day) >= day)
    return next(in_force, sets[0] if sets else None)


def catalogue(criteria_set: CriteriaSet, authority: Authority | None, query: str = "") -> Catalogue:
    """Return the set as its page shows it; guides and provincial levels are those of `authority`.

    `query` keeps the sub-items that the search finds by it.
    """
    levels: dict[int, list[Threshold]] = defaultdict(list)
    for row in _thresholds(criteria_set, authority):
        levels[row.sub_item_id].append(row)
    sub_items = list(catalogue_rows(criteria_set, authority.pk if authority else None).prefetch_related("sources"))
    shown = _matching(sub_items, criteria_set, query)
    groups = []
    for group, of_group in groupby(shown, key=lambda row: row.criterion.group):
        criteria = tuple(
            CatalogueCriterion(criterion, tuple(_catalogue_row(row, levels[row.pk]) for row in of_criterion))
            for criterion, of_criterion in groupby(of_group, key=lambda row: row.criterion)
        )
        groups.append(CatalogueGroup(group, criteria))
    return Catalogue(
        criteria_set=criteria_set,
        groups=tuple(groups),
        criteria_total=len({row.criterion_id for row in sub_items}),
        sub_items_total=len(sub_items),
        unverified=sum(not row.is_verified for row in sub_items),
        found=len(shown),
        sources=tuple(_all_sources(criteria_set, sub_items)),
    )


def catalogue_criterion(
    criteria_set: CriteriaSet, number: int, authority: Authority | None
) -> CatalogueCriterion | None:
    """Return one criterion of the set as the catalogue shows it; None where it has none of that number."""
    groups = catalogue(criteria_set, authority).groups
    return next((part for group in groups for part in group.criteria if part.criterion.number == number), None)


def checks_of(criterion: Criterion) -> dict[int, Any]:
    """Return by sub-item of `criterion` the entry of its history that says who last checked it against the text."""
    entries = SubItem.history.filter(criterion=criterion, history_change_reason=CHECKED)
    return {row.id: row for row in entries.select_related("history_user").order_by("history_date", "history_id")}


def _matching(sub_items: list[SubItem], criteria_set: CriteriaSet, query: str) -> list[SubItem]:
    if not query.strip():
        return sub_items
    found = set(SubItem.objects.of_set(criteria_set).matching(query).values_list("pk", flat=True))
    return [row for row in sub_items if row.pk in found]


def _catalogue_row(sub_item: SubItem, thresholds: Sequence[Threshold]) -> CatalogueRow:
    return CatalogueRow(
        sub_item=sub_item,
        details=tuple(line.strip() for line in sub_item.details.splitlines() if line.strip()),
        levels=tuple(
            LevelRow(
                part=row.part.name if row.part else "",
                zone=row.zone.name if row.zone else "",
                year=row.year,
                text=level_text(_level(row), sub_item.comparator, sub_item.unit),
                of_province=row.authority_id is not None,
                is_verified=_level(row).is_verified,
                document=row.document,
            )
            for row in thresholds
        ),
        parts=tuple(sub_item.parts.all()),
        guides=tuple(sub_item.local_guides),
        sources=tuple(sub_item.sources.all()),
    )


def _all_sources(criteria_set: CriteriaSet, sub_items: Iterable[SubItem]) -> list[Source]:
    """The sources of the set and of its sub-items, each once, those of the set first."""
    found = {source.pk: source for source in criteria_set.sources.all()}
    for row in sub_items:
        found.update({source.pk: source for source in row.sources.all() if source.pk not in found})
    return list(found.values())
