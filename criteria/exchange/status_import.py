"""A status workbook that comes back: what each row would do, then all of it or nothing."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from communes.models import Commune, User
from criteria.enums import AssessmentSource, Status
from criteria.exceptions import ReasonMissing
from criteria.exchange.compared import DryRun, RowKind
from criteria.exchange.faults import Fault, FaultLine
from criteria.exchange.matching import CommuneIndex, SubItemIndex
from criteria.exchange.status_sheet import (
    COLUMNS,
    CellError,
    Faults,
    Finding,
    bare_shares,
    broken_rules,
    check_shares,
    columns_of,
    errors_in,
    is_heading,
    lacking,
    read_finding,
    read_moment,
    read_version,
    standing_twice,
)
from criteria.models import Assessment, AssessmentChange, CommuneZone, CriteriaSet, SubItem
from criteria.selectors import set_in_force
from criteria.selectors.pasted import own_sector
from criteria.selectors.requirements import levels_by_sub_item
from criteria.services import NewFinding, change_many, require_reason, source_of
from criteria.thresholds import Level, parts_text, proposed_status, required_levels
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.text import search_key
from ntm_tracker.lib.workbook import ReadSheet, cell_text

BATCH = 500
NOTHING = Finding()
HEADING_ROWS = 10
# With so many known columns a row is meant as the heading.
NEARLY_HEADING = 3
# The version of a row that says what stood neither now nor at the change of its unit.
OUTDATED = -1
# Fields of a finding whose columns a sheet may lack.
MEASURED, EXPLAINED = {"value", "part_values"}, {"reason", "basis"}
# What a row tells, first that from which the rest can follow.
TOLD = ("value", "part_values", "status", "reason", "basis")
NOT_OWN = "Nội dung này không thuộc ngành của anh/chị. Hãy trả lại kết quả cũ hoặc bỏ dòng."
# Columns that say which finding a row is about.
UNIT = {"commune_code", "commune"}
NAMING = {*UNIT, "sub_item_code"}


@dataclass(frozen=True)
class Row:
    """One row of the file: where it stands, what it means, what becomes of it.

    `faults` are all that is wrong of a wrong one; `current` is what stands in the database, `exported` what stood
    there when the file went out, None where that isn't known. The status of a row that `follows` is the one of its
    value; one that `is_assumed` rests on an assumption. What is `written` names the commune and the sub-item where
    they aren't found.
    """

    sheet: str
    number: int
    kind: RowKind
    faults: tuple[Fault, ...] = ()
    commune: Commune | None = None
    sub_item: SubItem | None = None
    asked: Finding = NOTHING
    current: Assessment | None = None
    exported: Finding | None = None
    proposed: Status | None = None
    follows: bool = False
    is_assumed: bool = False
    written_name: str = ""
    written_code: str = ""
    written_sub_item: str = ""

    @property
    def key(self) -> str:
        """Names the row in the form in which conflicts are decided; it holds the version that is shown."""
        return f"{self.sheet}!{self.number}@{self.current.version if self.current else 0}"

    @property
    def is_placed(self) -> bool:
        """Whether it is known of which finding the row speaks, and that it alone does."""
        is_named = self.commune is not None and self.sub_item is not None
        return is_named and all(fault.column not in NAMING for fault in self.faults)

    def about(self, fault: Fault) -> str:
        """Return "Cao Sơn, 13.3"; of a fault of the commune itself "Cao Sơn, mã 17365", as the file writes it."""
        if fault.column in UNIT:
            code = self.written_code and f"mã {self.written_code}"
            return ", ".join(filter(None, [self.written_name, code]))
        name = self.commune.name if self.commune else self.written_name or self.written_code
        return ", ".join(filter(None, [name, self.sub_item.official_code if self.sub_item else self.written_sub_item]))

    @property
    def version(self) -> int:
        return self.current.version if self.current else 0

    @property
    def asked_measured(self) -> str:
        return self.asked.measured(self._parts, self._unit)

    @property
    def current_measured(self) -> str:
        return Finding.of(self.current).measured(self._parts, self._unit)

    @property
    def followed_text(self) -> str:
        """Return "Chưa đạt → Đạt" of a status that is taken from the value."""
        before, after = (Finding(status).text() for status in (self.before.status, self.asked.status))
        return after if before == after else f"{before} → {after}"

    @property
    def before(self) -> Finding:
        """What the file showed before it was edited, as far as that is known."""
        return Finding.of(self.current) if self.exported is None else self.exported

    @property
    def keeps_reason(self) -> bool:
        """Whether another status goes with the very reason that stood beside the one before."""
        before = self.before
        return bool(self.asked.reason) and self.asked.status != before.status and self.asked.reason == before.reason

    @property
    def to_write(self) -> Finding:
        """What is written: the reason and the basis of the status before say nothing of another one."""
        if not self.keeps_reason:
            return self.asked
        basis = "" if self.asked.basis == self.before.basis else self.asked.basis
        return replace(self.asked, reason="", basis=basis)

    @property
    def leaves_reason(self) -> bool:
        """Whether the reason that stood beside the value before is written again beside another one."""
        return self._is_measured_anew and self.to_write.reason == self.before.reason

    @property
    def leaves_basis(self) -> bool:
        """Whether the basis of the value before is written again beside another one."""
        return self._is_measured_anew and self.to_write.basis == self.before.basis

    @property
    def _is_measured_anew(self) -> bool:
        asked, before = self.asked, self.before
        return (asked.value, asked.part_values) != (before.value, before.part_values)

    @property
    def _unit(self) -> str:
        return self.sub_item.unit if self.sub_item else ""

    @property
    def _parts(self) -> list[Any]:
        return list(self.sub_item.parts.all()) if self.sub_item else []


def fault_lines(rows: Iterable[Row]) -> list[FaultLine]:
    """Return what is wrong in `rows`, in their order; what is wrong of a commune stands in one line for all of them."""
    sharing: dict[tuple[str, ...], list[tuple[Row, Fault]]] = {}
    for row in rows:
        for fault in row.faults:
            named = (row.written_code, row.written_name) if fault.column in UNIT else (fault.cell,)
            sharing.setdefault((row.sheet, fault.column, fault.remedy, *named), []).append((row, fault))
    return [
        FaultLine(first.sheet, [row.number for row, _ in found], first.about(fault), fault)
        for found in sharing.values()
        for first, fault in found[:1]
    ]


def dry_run(sheets: Sequence[ReadSheet], user: User) -> DryRun[Row]:
    """Return what the rows of a status workbook would change for `user`; nothing is written."""
    criteria_set = set_in_force(clock.today())
    if criteria_set is None:
        return DryRun(problem="Hôm nay không có bộ tiêu chí nào có hiệu lực.")
    reader = _Reader(criteria_set, user)
    rows: list[Row] = []
    for sheet in sheets:
        rows.extend(reader.read(sheet))
    if reader.problem:
        return DryRun(problem=reader.problem)
    if not rows:
        needed = ", ".join(COLUMNS[key].title for key in ("commune_code", "sub_item_code", "status"))
        return DryRun(problem=f"Không tìm thấy trang nào có các cột {needed}. Hãy dùng tệp xuất từ trang này.")
    return DryRun(tuple(reader.compared(rows)), notes=tuple(reader.notes()))


class _Reader:
    """Reads rows against one load of the database: the number of queries doesn't depend on that of rows."""

    def __init__(self, criteria_set: CriteriaSet, user: User):
        self.criteria_set = criteria_set
        self.user = user
        communes = Commune.objects.visible_to(user).select_related("authority__parent__parent")
        ended = communes.filter(valid_to__lt=clock.today(), successor__isnull=False)
        ended = ended.select_related("successor__authority", "successor__unit_change").order_by("valid_to", "pk")
        self.communes = CommuneIndex(communes.valid_on(clock.today()), ended)
        self.sub_items = list(
            SubItem.objects.of_set(criteria_set).select_related("criterion").prefetch_related("parts")
        )
        self.sub_item_index = SubItemIndex(self.sub_items)
        self.parts = {item.pk: list(item.parts.all()) for item in self.sub_items}
        self.problem = ""
        self.columns: dict[str, Mapping[str, int]] = {}
        self.versions: dict[tuple[str, int], int | None] = {}
        self.earlier: dict[tuple[str, int], Sequence[Commune]] = {}
        self.outdated: dict[tuple[str, int], Finding] = {}
        self.bare: dict[tuple[str, int], list[tuple[str, Decimal]]] = {}
        self.seen: dict[tuple[int, int], Row] = {}

    # Reading

    def read(self, sheet: ReadSheet) -> Iterable[Row]:
        """Give the rows below the heading; a sheet without one (the instructions) has none."""
        heading = next(
            (at for at, cells in enumerate(sheet.rows[:HEADING_ROWS]) if is_heading(columns_of(cells))), None
        )
        if heading is None:
            self._miss(sheet)
            return
        if twice := standing_twice(sheet.rows[heading], heading + 1, COLUMNS.values()):
            place = f"Trang “{sheet.name}”, dòng {heading + 1}"
            self.problem = f"{place} có {twice}. Hãy xóa hoặc đổi tên cột không dùng rồi tải lên lại."
            return
        columns = self.columns[sheet.name] = columns_of(sheet.rows[heading])
        for number, cells in enumerate(sheet.rows[heading + 1 :], heading + 2):
            named = {key: cells[place] for key, place in columns.items() if place < len(cells)}
            if any(value not in ("", None) for value in named.values()):
                if other := self._other_set(named):
                    self.problem = f"Trang “{sheet.name}”, dòng {number} {other}"
                    return
                yield self._row(Row(sheet.name, number, RowKind.SAME), named)

    def _other_set(self, cells: Mapping[str, Any]) -> str:
        """Return why a row that went out under another set stops the whole file; "" for the other rows.

        Files that name no set went out before workbooks did so: they are judged by their day.
        """
        present, named = self.criteria_set, cell_text(cells.get("criteria_set", ""))
        exported_at = read_moment(cells.get("exported_at"))
        if named and search_key(named) != search_key(present.code):
            origin = f"theo bộ tiêu chí “{named[:40]}”"
        elif not named and exported_at and exported_at.date() < present.effective_from:
            origin = f"xuất ngày {clock.vn_date(exported_at.date())}, khi còn dùng bộ tiêu chí trước"
        else:
            return ""
        return (
            f"{origin}, còn từ {clock.vn_date(present.effective_from)} kết quả được ghi theo {present.short_name} "
            f"({present.code}). Cùng một mã ở hai bộ là hai nội dung khác nhau nên cả tệp chưa được lấy. Hãy tải bảng "
            "mới và chép kết quả sang."
        )

    def _miss(self, sheet: ReadSheet) -> None:
        """Note what is missing of a sheet whose heading is nearly one."""
        found = [(len(columns_of(cells)), number, cells) for number, cells in enumerate(sheet.rows[:HEADING_ROWS], 1)]
        known, number, cells = max(found, default=(0, 0, []), key=lambda one: one[0])
        if known >= NEARLY_HEADING:
            absent = ", ".join(lacking(columns_of(cells)))
            self.problem = (
                f"Trang “{sheet.name}”, dòng {number} thiếu cột {absent}. Hãy ghi lại tên cột như trong bảng tải về."
            )

    def _row(self, row: Row, cells: dict[str, Any]) -> Row:
        """Return what a row says, with all that can't be read of it."""
        faults = Faults(errors_in(cells))
        sound = {column: value for column, value in cells.items() if column not in faults} if faults else cells
        commune = None if UNIT & faults.keys() else faults.taken(self._commune, row, sound)
        sub_item = None if "sub_item_code" in faults else faults.taken(self._sub_item, sound)
        if commune and sub_item:
            faults.taken(self._once, row, commune, sub_item)
        self.versions[row.sheet, row.number] = faults.taken(read_version, sound.get("version", ""))
        asked = read_finding(sound, self.parts[sub_item.pk], faults) if sub_item else NOTHING
        if bare := faults.taken(bare_shares, sound):
            self.bare[row.sheet, row.number] = bare
        row = Row(
            row.sheet,
            row.number,
            row.kind,
            commune=commune,
            sub_item=sub_item,
            asked=asked,
            written_name=cell_text(cells.get("commune", ""))[:40],
            written_code=cell_text(cells.get("commune_code", ""))[:40],
            written_sub_item=cell_text(cells.get("sub_item_code", ""))[:40],
        )
        if not faults:
            return row
        return self._wrong(row, faults, {column: cell_text(cells.get(column, ""))[:60] for column in faults})

    def _wrong(self, row: Row, faults: Faults, texts: Mapping[str, str]) -> Row:
        """Mark `row` as wrong in the cells of `faults`; of a column that the file lacks, in its first one."""
        places = self.columns[row.sheet]
        first, known = min(places.values()), {fault.column for fault in row.faults}
        found = [
            Fault(column, ReadSheet.address(row.number, places.get(column, first)), texts[column], remedy)
            for column, remedy in faults.items()
            if column not in known
        ]
        if not found:
            return row
        ordered = sorted((*row.faults, *found), key=lambda fault: places.get(fault.column, first))
        return replace(row, kind=RowKind.WRONG, faults=tuple(ordered))

    def _commune(self, row: Row, cells: Mapping[str, Any]) -> Commune:
        exported_at = read_moment(cells.get("exported_at"))
        match = self.communes.match(cells.get("commune_code", ""), cells.get("commune", ""), exported_at)
        column = "commune_code" if cells.get("commune_code") else "commune"
        if match.found is None:
            raise CellError(column, match.remedy)
        if match.found.kind != self.criteria_set.unit_kind:
            kind = self.criteria_set.get_unit_kind_display()
            raise CellError(column, f"{self.criteria_set.short_name} chỉ áp dụng cho {kind}. Hãy bỏ dòng này.")
        if match.earlier:
            self.earlier[row.sheet, row.number] = match.earlier
        return match.found

    def _sub_item(self, cells: Mapping[str, Any]) -> SubItem:
        match = self.sub_item_index.match(cells.get("sub_item_code", ""), cells.get("sub_item", ""))
        if match.found is None:
            raise CellError("sub_item_code", match.remedy)
        return match.found

    def _once(self, row: Row, commune: Commune, sub_item: SubItem) -> None:
        first = self.seen.setdefault((commune.pk, sub_item.pk), row)
        if first is not row:
            raise CellError(
                "sub_item_code",
                f"Trùng với dòng {first.number} (trang {first.sheet}). Hãy chỉ giữ một dòng cho mỗi nội dung.",
            )

    # Comparing

    def compared(self, rows: Sequence[Row]) -> list[Row]:
        communes = {row.commune.pk: row.commune for row in rows if row.commune}
        current = {
            (found.commune_id, found.sub_item_id): found
            for found in Assessment.objects.of_set(self.criteria_set)
            .filter(commune__in=communes)
            .select_related("changed_by")
        }
        self._carry_versions(rows)
        self._load_requirements(communes.values())
        own = own_sector(self.user)
        return [self._compared(row, own) for row in self._with_exported(rows, current)]

    def _carry_versions(self, rows: Iterable[Row]) -> None:
        """Give the rows that were exported under an earlier name the version that what they show has now.

        A unit begins one version after what stood last under the name before, without what nobody had found. Of what
        was changed between the export and the change of the unit it is asked what the row showed.
        """
        units = {unit.pk for earlier in self.earlier.values() for unit in earlier}
        found = Assessment.objects.filter(commune__in=units).order_by() if units else Assessment.objects.none()
        stood = {(row.commune_id, row.sub_item_id): row for row in found}
        outdated: dict[tuple[str, int], tuple[int, int]] = {}
        for row in rows:
            place = row.sheet, row.number
            earlier, version = self.earlier.get(place), self.versions.get(place)
            if earlier is None or version is None or row.sub_item is None:
                continue
            for unit in earlier:
                finding = stood.get((unit.pk, row.sub_item.pk))
                if finding is None:
                    continue
                if version < finding.version:
                    outdated[place], version = (finding.pk, version), OUTDATED
                    break
                version = version + 1 if finding.status or version > finding.version else 0
            self.versions[place] = version
        changes = self._of_versions(set(outdated.values()))
        self.outdated = {
            place: Finding.of(changes[key]) if key in changes else NOTHING for place, key in outdated.items()
        }

    def notes(self) -> list[str]:
        """Return a sentence for each earlier unit under whose name or authority rows were exported."""
        taken = Counter(earlier[0] for earlier in self.earlier.values())
        return [
            f"{self.communes.became(unit)}: {count} dòng xuất từ trước đó được lấy cho đơn vị hiện nay."
            for unit, count in taken.items()
        ]

    def _compared(self, row: Row, own: set[int] | None) -> Row:
        if not row.is_placed or row.sub_item is None:
            return row
        item, found, standing = row.sub_item, row.current, Finding.of(row.current)
        row = self._completed(row, standing)
        if not row.faults and row.asked == standing:
            return row
        if not row.faults and found is not None and row.asked == self._seen(row):
            return replace(row, kind=RowKind.NEWER)
        row = self._completed(self._following(row, self._proposed(row, row.asked)), standing)
        if not row.faults and row.asked == standing:
            return row
        if broken := self._broken(row, item, own):
            return self._misfit(row, broken)
        version = self.versions[row.sheet, row.number]
        if found is None:
            return replace(row, kind=RowKind.NEW if not version else RowKind.CONFLICT)
        return replace(row, kind=RowKind.CHANGED if version == found.version else RowKind.CONFLICT)

    def _broken(self, row: Row, item: SubItem, own: set[int] | None) -> Faults:
        """Return why a row that could be read may not be written as it is, beside what couldn't be read of it."""
        faults = Faults({fault.column: fault.remedy for fault in row.faults})
        if own is not None and item.pk not in own:
            standing = Finding.of(row.current)
            changed = (name for name in TOLD if getattr(row.asked, name) != getattr(standing, name))
            return Faults({next(changed, "status"): NOT_OWN})
        is_unread = bool(faults.keys() & MEASURED)
        faults.taken(check_shares, self.bare.get((row.sheet, row.number), ()), item, Finding.of(row.current))
        for error in broken_rules(row.asked, item, self.parts[item.pk]):
            # The value may yet give the status.
            if not (is_unread and error.column == "status"):
                faults.setdefault(error.column, error.remedy)
        told, proposed = row.to_write, None if faults.keys() & MEASURED else row.proposed
        try:
            require_reason(status=told.status, proposed=proposed, reason=told.reason, basis=told.basis)
        except ReasonMissing as missing:
            for column, messages in missing.message_dict.items():
                faults.setdefault(column, " ".join([*messages, *self._ways_out(row, column)]))
        return faults

    def _following(self, row: Row, proposed: Status | None) -> Row:
        """Take the status of the value where none is given, or where the value alone was changed since the export.

        A status that differed from its value before, with the reason for it, stays while the value says the same.
        """
        if proposed is None:
            return row
        seen = self._seen(row)
        is_left = seen is not None and _measures_anew(row.asked, seen) and self._proposed(row, seen) != proposed
        if proposed == row.asked.status or (row.asked.status and not is_left):
            return replace(row, proposed=proposed)
        # Where its sheet lacks the column, the row asks for the reason of what stands: it goes with that status.
        unknown: dict[str, Any] = dict.fromkeys(EXPLAINED - self.columns[row.sheet].keys(), "")
        asked = replace(row.asked, status=proposed, **unknown)
        return replace(row, proposed=proposed, asked=asked, follows=True)

    def _ways_out(self, row: Row, column: str) -> Iterable[str]:
        """Give what to do about a reason or a basis that is missing, with the cells."""
        if row.proposed and row.asked.status != Status.NOT_APPLICABLE:
            places = {key: ReadSheet.address(row.number, place) for key, place in self.columns[row.sheet].items()}
            reason = f"ghi lý do ở {places['reason']}" if "reason" in places else "thêm cột Lý do và ghi vào đó"
            yield f"Hãy đổi ô {places['status']} thành {row.proposed.label} hoặc để trống, hoặc {reason}."
        if getattr(row.asked, column) and column in self.columns[row.sheet]:
            title = COLUMNS[column].title
            yield f"{title} đang có là của kết quả cũ, hãy ghi {title.lower()} mới."

    def _completed(self, row: Row, standing: Finding) -> Row:
        """Let `row` ask for what it asks, and for what is `standing` where its sheet lacks the column.

        A reason and a basis belong to their status: of another one they say nothing.
        """
        places = self.columns[row.sheet]
        kept = MEASURED if row.asked.status != standing.status else MEASURED | EXPLAINED
        absent = {name: getattr(standing, name) for name in kept if name not in places}
        return replace(row, asked=replace(row.asked, **absent)) if absent else row

    def _misfit(self, row: Row, faults: Faults) -> Row:
        """A row that could be read but may not be written as it is."""
        texts = {
            "status": str(Status(row.asked.status).label) if row.asked.status else "",
            "value": vn_decimal(row.asked.value),
            "part_values": parts_text(row.asked.part_values, self.parts[row.sub_item.pk] if row.sub_item else ()),
            "reason": row.asked.reason[:60],
            "basis": row.asked.basis[:60],
        }
        return self._wrong(row, faults, texts)

    def _seen(self, row: Row) -> Finding | None:
        """Return what `row` showed when it was exported, and what it asks for where its sheet lacks the column."""
        absent = (MEASURED | EXPLAINED) - self.columns[row.sheet].keys()
        if row.exported is None or not absent:
            return row.exported
        return replace(row.exported, **{name: getattr(row.asked, name) for name in absent})

    def _with_exported(self, rows: Sequence[Row], current: Mapping[tuple[int, int], Assessment]) -> list[Row]:
        """Give `rows` what stands, and what stood at the version that each of them names."""
        found = [
            current.get((row.commune.pk, row.sub_item.pk)) if row.is_placed and row.commune and row.sub_item else None
            for row in rows
        ]
        changes = self._changes(rows, found)
        return [
            replace(row, current=one, exported=self._exported(row, one, changes))
            for row, one in zip(rows, found, strict=True)
        ]

    def _changes(
        self, rows: Iterable[Row], current: Iterable[Assessment | None]
    ) -> dict[tuple[int, int], AssessmentChange]:
        """Return by assessment and version the changes that `rows` name where others have followed."""
        named = ((one, self.versions.get((row.sheet, row.number))) for row, one in zip(rows, current, strict=True))
        return self._of_versions(
            {(one.pk, version) for one, version in named if one and version and version != one.version}
        )

    def _of_versions(self, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], AssessmentChange]:
        """Return the changes of the assessments (keys) with the versions `wanted`, by both."""
        keys = [key for key, _ in wanted]
        found: dict[tuple[int, int], AssessmentChange] = {}
        for start in range(0, len(keys), BATCH):
            for change in AssessmentChange.objects.filter(assessment__in=keys[start : start + BATCH]).order_by():
                if (change.assessment_id, change.version) in wanted:
                    found[change.assessment_id, change.version] = change
        return found

    def _exported(
        self, row: Row, current: Assessment | None, changes: Mapping[tuple[int, int], AssessmentChange]
    ) -> Finding | None:
        """Return what stood at the version of `row`; None where that can't be known."""
        version = self.versions.get((row.sheet, row.number))
        if version == OUTDATED:
            return self.outdated[row.sheet, row.number]
        if version == (current.version if current else 0):
            return Finding.of(current)
        if version == 0:
            # A row exported before the first finding is untouched when it is empty.
            return NOTHING
        change = changes.get((current.pk, version)) if current and version else None
        return Finding.of(change) if change else None

    # What the values say

    def _load_requirements(self, communes: Iterable[Commune]) -> None:
        units = list(communes)
        self.levels: dict[int, Mapping[int, list[Level]]] = {}
        for unit in units:
            if unit.authority_id not in self.levels:
                self.levels[unit.authority_id] = levels_by_sub_item(self.criteria_set, unit.authority)
        zones = CommuneZone.objects.filter(commune__in=units, zone__criteria_set=self.criteria_set)
        self.zones = dict(zones.values_list("commune", "zone__code"))
        self._required: dict[tuple[int, int, str | None], dict[str | None, list[Level]]] = {}

    def _proposed(self, row: Row, finding: Finding | None) -> Status | None:
        """Return what the values of `finding` say against the thresholds of the commune of `row`."""
        item, unit = row.sub_item, row.commune
        if item is None or unit is None or finding is None or not item.is_numeric:
            return None
        codes: list[str | None] = [part.code for part in self.parts[item.pk]] or [None]
        key = (item.pk, unit.authority_id, self.zones.get(unit.pk))
        if key not in self._required:
            levels = self.levels[unit.authority_id].get(item.pk, [])
            year = clock.today().year
            self._required[key] = {code: required_levels(levels, zone=key[2], year=year, part=code) for code in codes}
        values: dict[str | None, Decimal | None] = {None: finding.value}
        values.update(finding.part_values.items())
        return proposed_status(comparator=item.comparator, levels=self._required[key], values=values)


def _measures_anew(asked: Finding, seen: Finding) -> bool:
    """Whether `asked` differs from `seen` in what was measured and says no other status and no new reason for it."""
    is_measured = (asked.value, asked.part_values) != (seen.value, seen.part_values)
    adds_nothing = asked.reason in ("", seen.reason) and asked.basis in ("", seen.basis)
    return is_measured and adds_nothing and asked.status == seen.status


def write(rows: Sequence[Row], by: User) -> int:
    """Write the findings that `rows` ask for, each with its change, all or none; return how many.

    Rows must come from `dry_run`, which has asked for rights, rules and reasons. Raises
    `SomebodyWasFaster` when a finding was changed after that, `UnitEnded` when a commune was.
    """
    return len(change_many(changes=[_new_finding(row, by) for row in rows], by=by))


def _new_finding(row: Row, by: User) -> NewFinding:
    # Rows without them are wrong, and stop the whole file.
    assert row.commune is not None  # noqa: S101
    assert row.sub_item is not None  # noqa: S101
    asked = row.to_write
    return NewFinding(
        commune=row.commune,
        sub_item=row.sub_item,
        status=asked.status,
        value=asked.value,
        part_values={code: str(value) for code, value in asked.part_values.items()},
        reason=asked.reason,
        basis=asked.basis,
        source=AssessmentSource.ASSUMPTION if row.is_assumed else source_of(by, AssessmentSource.IMPORT),
        expected_version=row.version,
    )
