"""Statuses of one criteria set taken over into another by a mapping of codes: shown first, then written whole.

Who guides the old sub-items guides the new ones, where nobody does yet, each commune comes to the zone of the same
code, and the files on which old findings rest support the new ones too. A measured value stays where it is: the other
set may ask for another level or unit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from itertools import groupby
from typing import Any

from django.db import transaction

from communes.models import Commune, Department, User
from communes.services import hold_communes
from criteria.enums import FULFILLED, AssessmentSource, Status
from criteria.exchange.compared import RowKind
from criteria.exchange.matching import SubItemIndex
from criteria.exchange.status_import import NOTHING, Row, write
from criteria.exchange.status_sheet import LONGEST_BASIS, Finding
from criteria.models import Assessment, CommuneZone, CriteriaSet, Evidence, MonthlyReport, SubItem, SubItemGuide
from criteria.pasting import block
from criteria.services import attach_many
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.text import search_key
from ntm_tracker.lib.workbook import Book, ReadSheet, cell_text

SHEET = "Bảng chuyển mã"
HEADINGS = ("ma cu", "ma moi")
# More lines than any two sets have sub-items: then it is another workbook.
MOST_LINES = 500
# More columns than anybody copies beside the two: then it is a text.
MOST_COLUMNS = 20

Line = tuple[int, Any, Any]


# The mapping


@dataclass(frozen=True)
class WrongLine:
    """A line of the mapping that isn't taken: which one, what it says, what to do."""

    number: int
    text: str
    remedy: str


@dataclass(frozen=True)
class CodeMap:
    """Which sub-items of `origin` make up which one of `target`, and the lines that can't be used."""

    origin: CriteriaSet
    target: CriteriaSet
    sources: Mapping[SubItem, Sequence[SubItem]]
    unmapped: Sequence[SubItem]
    wrong: Sequence[WrongLine]


class _LineError(ValueError):
    """The message is the remedy."""


def pasted_book(text: str) -> bytes:
    """Return pasted lines ("13.1", a tab or blank, "3.2") as a workbook, each in the row of its number."""
    book = Book(SHEET)
    sheet = book.sheet(SHEET)
    for at, cells in enumerate(block(text)):
        is_typed = len(cells) == 1
        codes = cells[0].replace("→", " ").replace(";", " ").split() if is_typed else cells
        if is_typed and len(codes) != len(HEADINGS):
            codes = cells  # no pair: as a whole it is named as what can't be read
        for place, cell in enumerate(codes[:MOST_COLUMNS]):
            book.put(sheet, at, place, cell)
    return book.content()


def mapping_lines(sheets: Sequence[ReadSheet]) -> list[Line]:
    """Return the number, old code and new code of each line of the first sheet that holds any.

    The codes stand in the columns called "Mã cũ" and "Mã mới", without such headings in the first two.
    """
    return next((lines for sheet in sheets if (lines := list(_lines(sheet)))), [])


def _lines(sheet: ReadSheet) -> Iterator[Line]:
    places = (0, 1)
    is_first = True
    for number, row in enumerate(sheet.rows, 1):
        if not any(cell_text(value) for value in row):
            continue
        if is_first:
            is_first = False
            titles = [search_key(cell_text(value)) for value in row]
            if all(title in titles for title in HEADINGS):
                places = (titles.index(HEADINGS[0]), titles.index(HEADINGS[1]))
                continue
            if not any(sign.isdigit() for title in titles[:2] for sign in title):
                continue
        old, new = (row[place] if place < len(row) else "" for place in places)
        if cell_text(old) or cell_text(new):
            yield number, old, new


def read_map(lines: Sequence[Line], origin: CriteriaSet, target: CriteriaSet) -> CodeMap:
    """Return what `lines` say of the sub-items of both sets."""
    items = {row.pk: list(SubItem.objects.of_set(row).select_related("criterion")) for row in (origin, target)}
    old, new = (_Codes(row, items[row.pk]) for row in (origin, target))
    sources: dict[SubItem, list[SubItem]] = {}
    taken: dict[SubItem, Line] = {}
    wrong = []
    for line in lines:
        number, old_code, new_code = line
        try:
            if not cell_text(new_code):
                raise _LineError("Mỗi dòng ghi đúng một mã cũ và một mã mới, như “13.1 3.2”.")
            source, item = old.find(old_code, "Mã cũ"), new.find(new_code, "Mã mới")
            _once(source, line, taken)
            sources.setdefault(item, []).append(source)
        except _LineError as error:
            wrong.append(WrongLine(number, f"{cell_text(old_code)} → {cell_text(new_code)}"[:60], str(error)))
    return CodeMap(
        origin=origin,
        target=target,
        sources={item: sources[item] for item in items[target.pk] if item in sources},
        unmapped=[item for item in items[target.pk] if item not in sources],
        wrong=wrong,
    )


def _once(source: SubItem, line: Line, taken: dict[SubItem, Line]) -> None:
    """An old sub-item goes into one new one: its status doesn't tell which half of a split is met."""
    number, _, new_code = taken.setdefault(source, line)
    if number != line[0]:
        raise _LineError(
            f"Trùng: dòng {number} đã chuyển {source.official_code} sang {cell_text(new_code)}. Hãy chỉ giữ một dòng "
            "cho mỗi mã cũ; nội dung được tách ra thì đánh giá lại."
        )


class _Codes:
    """The codes of one set, and of which other set a code that it lacks may be."""

    def __init__(self, criteria_set: CriteriaSet, items: Sequence[SubItem]):
        self.criteria_set = criteria_set
        self.index = SubItemIndex(items)
        others = SubItem.objects.exclude(criterion__criteria_set=criteria_set)
        self.elsewhere = dict(others.values_list("code", "criterion__criteria_set__short_name"))

    def find(self, code: Any, column: str) -> SubItem:
        match = self.index.match(code, "")
        if match.found is not None:
            return match.found
        text = cell_text(code)
        if text in self.elsewhere:
            raise _LineError(
                f"{column}: {self.criteria_set.short_name} không có nội dung {text}, mã này thuộc "
                f"{self.elsewhere[text]}. Hãy xem có chọn nhầm bộ hoặc đổi chỗ hai cột không."
            )
        raise _LineError(f"{column}: {match.remedy}")


# What it would do


class CarryKind(Enum):
    """What becomes of one sub-item of one commune; the value stands in addresses."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "same"
    KEPT = "kept"
    LEFT_OUT = "left-out"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    CarryKind.NEW: "Sẽ ghi",
    CarryKind.UPDATED: "Cập nhật",
    CarryKind.SAME: "Đã có, giống nhau",
    CarryKind.KEPT: "Đã đánh giá, giữ nguyên",
    CarryKind.LEFT_OUT: "Chưa đủ kết quả",
}
WRITTEN = (CarryKind.NEW, CarryKind.UPDATED)


@dataclass(frozen=True)
class CarryRow:
    """One sub-item of the new set in one commune: what stands there, what the old set says, which files go along."""

    commune: Commune
    sub_item: SubItem
    kind: CarryKind
    asked: Finding
    found: tuple[tuple[SubItem, Assessment | None], ...]
    current: Assessment | None
    files: tuple[Evidence, ...] = ()

    @property
    def sources_text(self) -> str:
        """Return "13.1 Đạt; 13.2 Chưa đánh giá"."""
        texts = ((item, Finding(row.status if row else "").text()) for item, row in self.found)
        return "; ".join(f"{item.official_code} {text}" for item, text in texts)

    @property
    def to_write(self) -> Row:
        # What rests on an assumption stays one: the mark must not get lost on the way.
        is_assumed = any(finding and finding.source == AssessmentSource.ASSUMPTION for _, finding in self.found)
        # Where it came from is said again of another status: no reason is left behind from the one before.
        return Row(
            SHEET,
            0,
            RowKind.NEW,
            commune=self.commune,
            sub_item=self.sub_item,
            asked=self.asked,
            current=self.current,
            exported=NOTHING,
            is_assumed=is_assumed,
        )


@dataclass(frozen=True)
class CarryOver:
    """What a mapping would write. `guides`, in the order of the new set, and `zones` aren't saved yet."""

    rows: tuple[CarryRow, ...]
    communes: int
    guides: tuple[SubItemGuide, ...] = ()
    zones: tuple[CommuneZone, ...] = ()

    @property
    def counts(self) -> Counter[CarryKind]:
        return Counter(row.kind for row in self.rows)

    def of(self, *kinds: CarryKind) -> list[CarryRow]:
        return [row for row in self.rows if row.kind in kinds]

    @property
    def guided(self) -> list[tuple[SubItem, list[Department]]]:
        """The new sub-items that get guides, each with its departments."""
        by_item = groupby(self.guides, key=lambda guide: guide.sub_item)
        return [(item, [guide.department for guide in guides]) for item, guides in by_item]

    @property
    def files_count(self) -> int:
        """How many files go along; one that goes to several sub-items is one."""
        return len({file.pk for row in self.rows for file in row.files})

    @property
    def told(self) -> str:
        """Return what would be written: "12 kết quả, 5 tệp minh chứng, vùng của 3 xã"; "" for nothing."""
        parts = (
            (self.counts[CarryKind.NEW], "{} kết quả"),
            (self.counts[CarryKind.UPDATED], "{} kết quả cập nhật"),
            (self.files_count, "{} tệp minh chứng"),
            (len(self.guided), "phòng, ban hướng dẫn của {} nội dung"),
            (len(self.zones), "vùng của {} xã"),
        )
        return ", ".join(words.format(vn_decimal(count)) for count, words in parts if count)

    @property
    def seal(self) -> str:
        """Return a short text that changes with anything that would be written."""
        guides = [(guide.sub_item_id, guide.department_id) for guide in self.guides]
        zones = [(row.commune_id, row.zone_id) for row in self.zones]
        new = (
            (row.commune.pk, row.sub_item.pk, row.asked.status, row.asked.reason, row.asked.basis)
            for row in self.of(*WRITTEN)
        )
        files = ((row.commune.pk, row.sub_item.pk, file.pk) for row in self.rows for file in row.files)
        return sha256(repr([*new, *guides, *zones, *files]).encode()).hexdigest()[:16]


def carry_over(mapping: CodeMap, user: User) -> CarryOver:
    """Return what `mapping` makes of the present findings of the communes in the reach of `user`; nothing is written.

    Two queries for the findings, two for their files, two for the guides and three for the zones, however many
    communes there are.
    """
    units = Commune.objects.visible_to(user).valid_on(clock.today()).of_kind(mapping.target.unit_kind)
    communes = list(units.select_related("authority").order_by("sort_key", "code"))
    old, new = (_findings(row, communes) for row in (mapping.origin, mapping.target))
    files, there = (_files(row, communes) for row in (mapping.origin, mapping.target))
    rows = []
    for commune in communes:
        for item, sources in mapping.sources.items():
            found = tuple((source, old.get((commune.pk, source.pk))) for source in sources)
            row = _row(mapping, commune, item, found, new.get((commune.pk, item.pk)))
            rows.append(replace(row, files=_going_along(row, files, there)))
    return CarryOver(tuple(rows), len(communes), tuple(_guides(mapping, user)), tuple(_zones(mapping, communes)))


def _guides(mapping: CodeMap, user: User) -> Iterator[SubItemGuide]:
    """Give, for each new sub-item that no department of an authority guides yet, those that guide its old ones."""
    visible = SubItemGuide.objects.visible_to(user)
    taken = visible.filter(sub_item__in=list(mapping.sources)).values_list("sub_item", "department__authority")
    guided = set(taken.order_by())
    of_old: dict[int, list[Department]] = {}
    standing = Department.objects.valid_on(clock.today())
    old = visible.filter(sub_item__criterion__criteria_set=mapping.origin, department__in=standing)
    for guide in old.select_related("department").order_by("department__position", "department__code"):
        of_old.setdefault(guide.sub_item_id, []).append(guide.department)
    for item, sources in mapping.sources.items():
        codes = ", ".join(source.official_code for source in sources)
        departments = dict.fromkeys(row for source in sources for row in of_old.get(source.pk, ()))
        for department in departments:
            if (item.pk, department.authority_id) not in guided:
                yield SubItemGuide(sub_item=item, department=department, basis=_origin(mapping, codes))


def _zones(mapping: CodeMap, communes: Sequence[Commune]) -> Iterator[CommuneZone]:
    """Give the zone of the new set for each commune without one that has a zone of the same code in the old set."""
    placed = CommuneZone.objects.filter(commune__in=communes).select_related("commune", "zone")
    done = set(placed.filter(zone__criteria_set=mapping.target).values_list("commune", flat=True))
    zones = {zone.code: zone for zone in mapping.target.zones.all()}
    for row in placed.filter(zone__criteria_set=mapping.origin).order_by("zone", "commune__sort_key", "commune"):
        if row.commune_id not in done and row.zone.code in zones:
            yield CommuneZone(commune=row.commune, zone=zones[row.zone.code])


def _findings(criteria_set: CriteriaSet, communes: Sequence[Commune]) -> dict[tuple[int, int], Assessment]:
    rows = Assessment.objects.of_set(criteria_set).filter(commune__in=communes).order_by()
    return {(row.commune_id, row.sub_item_id): row for row in rows}


def _files(criteria_set: CriteriaSet, communes: Sequence[Commune]) -> dict[int, list[Evidence]]:
    """Return by finding the files on which it rests."""
    of_set = Assessment.objects.of_set(criteria_set).filter(commune__in=communes).order_by()
    links = Assessment.evidence.through.objects.filter(assessment__in=of_set).select_related("evidence")
    found: dict[int, list[Evidence]] = defaultdict(list)
    for link in links.order_by("pk"):
        found[link.assessment_id].append(link.evidence)
    return found


def _going_along(
    row: CarryRow, files: Mapping[int, list[Evidence]], there: Mapping[int, list[Evidence]]
) -> tuple[Evidence, ...]:
    """Return the files of the old findings that the new one lacks; none where it was found otherwise."""
    if row.kind not in (*WRITTEN, CarryKind.SAME):
        return ()
    known = there.get(row.current.pk, []) if row.current else []
    old = dict.fromkeys(file for _, finding in row.found if finding for file in files.get(finding.pk, []))
    return tuple(file for file in old if file not in known)


def _row(
    mapping: CodeMap,
    commune: Commune,
    item: SubItem,
    found: tuple[tuple[SubItem, Assessment | None], ...],
    current: Assessment | None,
) -> CarryRow:
    asked = _asked(mapping, found)
    kind = CarryKind.NEW
    # A first finding that was taken back leaves a record without a status: not assessed.
    if current is not None and current.status:
        is_stale = asked.status and _is_carried(current, mapping)
        moved = CarryKind.UPDATED if is_stale else CarryKind.KEPT
        kind = CarryKind.SAME if current.status == asked.status else moved
    elif not asked.status:
        kind = CarryKind.LEFT_OUT
    return CarryRow(commune, item, kind, asked, found, current)


def _origin(mapping: CodeMap, codes: str = "") -> str:
    """Return what findings and guides that are carried over say of where they come from."""
    return f"Chuyển từ {mapping.origin.short_name}, nội dung {codes}"


def _is_carried(finding: Assessment, mapping: CodeMap) -> bool:
    """Whether `finding` stands as it was carried over: nobody has judged or measured it since."""
    is_measured = finding.value is not None or finding.part_values
    is_unjudged = finding.source in (AssessmentSource.IMPORT, AssessmentSource.ASSUMPTION)
    return is_unjudged and not is_measured and finding.reason.startswith(_origin(mapping))


def _asked(mapping: CodeMap, found: Sequence[tuple[SubItem, Assessment | None]]) -> Finding:
    """Return the finding that the old ones make together; an empty one where they don't suffice.

    "Not applicable" needs a reason and a basis: those of the old findings go along with it.
    """
    known = [row for _, row in found if row is not None]
    status = combined([row.status if row else "" for _, row in found])
    codes = ", ".join(item.official_code for item, _ in found)
    reason = _origin(mapping, codes)
    if status != Status.NOT_APPLICABLE:
        return Finding(status, reason=reason) if status else Finding()
    basis = _joined([row.basis for row in known])
    if not basis or len(basis) > LONGEST_BASIS:
        return Finding()
    return Finding(status, reason=f"{reason}: {_joined([row.reason for row in known])}", basis=basis)


def _joined(texts: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(text.strip() for text in texts if text.strip()))


def combined(statuses: Sequence[str]) -> str:
    """Return the status that several make together: not met when any isn't, met when all are, else "".

    "Not applicable" counts as met beside others (as in a criterion), and stays what it is where all are.
    """
    if Status.NOT_MET in statuses:
        return Status.NOT_MET
    if not statuses or not all(status in FULFILLED for status in statuses):
        return ""
    return Status.MET if Status.MET in statuses else Status.NOT_APPLICABLE


def reports_left(criteria_set: CriteriaSet, user: User) -> Counter[str]:
    """Return by status how many reports by `criteria_set` in the reach of `user` aren't finished.

    They keep their set: what is accepted of them later becomes findings of it, and of no other.
    """
    reports = MonthlyReport.objects.visible_to(user).unfinished().filter(criteria_set=criteria_set)
    return Counter(reports.order_by().values_list("status", flat=True))


@transaction.atomic
def write_carried(preview: CarryOver, by: User) -> int:
    """Write what `preview` says is new or moved on, all or nothing, each finding with its change; return their number.

    The files that go along are put to the findings.
    Raises `SomebodyWasFaster` when one of them was assessed after the preview, `UnitEnded`.
    """
    hold_communes([*(row.commune for row in preview.rows), *(zone.commune for zone in preview.zones)])
    for guide in preview.guides:
        SubItemGuide.objects.get_or_create(
            sub_item=guide.sub_item, department=guide.department, defaults={"basis": guide.basis}
        )
    for row in preview.zones:
        CommuneZone.objects.get_or_create(commune=row.commune, zone=row.zone)
    count = write([row.to_write for row in preview.of(*WRITTEN)], by)
    _attach([row for row in preview.rows if row.files], by)
    return count


def _attach(rows: Sequence[CarryRow], by: User) -> None:
    communes, items = {row.commune for row in rows}, {row.sub_item for row in rows}
    findings = Assessment.objects.filter(commune__in=communes, sub_item__in=items).order_by()
    known = {(finding.commune_id, finding.sub_item_id): finding for finding in findings}
    attach_many(links={known[row.commune.pk, row.sub_item.pk]: row.files for row in rows}, by=by)
