"""The workbook of a month's report: filled in with what stands, worked on without network, read back cell by cell.

Every row bears the commune, the month and a stamp of what it said when it went out, in columns that are
hidden: a workbook of another commune or month is known by its cells, and a row that somebody changed in the
meantime by its stamp.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from criteria.enums import Status
from criteria.exchange.compared import DryRun, RowKind
from criteria.exchange.matching import SubItemIndex
from criteria.exchange.status_sheet import (
    CellError,
    bare_shares,
    check_rules,
    check_shares,
    plain,
    read_number,
    read_parts,
    read_status,
    read_words,
    refuse_errors,
    standing_twice,
)
from criteria.exchange.status_sheet import Finding as SheetFinding
from criteria.exports import INSTRUCTIONS as STATUS_INSTRUCTIONS
from criteria.exports import file_name
from criteria.models import MonthlyReport, SubItem
from criteria.reports.form_selectors import FormLine, FormText, ReportForm
from criteria.reports.saving import Said, mark_of, read_stamp, save_line, save_narrative
from criteria.thresholds import parts_text
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.text import nfc, search_key
from ntm_tracker.lib.workbook import XLSX, Book, Column, Kind, ReadSheet, cell_text, header_text, write_help, write_list

LINES, TEXTS = "Nội dung", "Phần lời"
LABELS = tuple(str(label) for label in Status.labels)
IDENTITY = {
    "commune": Column("Mã xã", width=9),
    "month": Column("Tháng", width=9),
    "stamp": Column("Phiên bản", width=20),
}
LINE_COLUMNS: dict[str, Column] = {
    "code": Column("Mã nội dung", width=10),
    "name": Column("Nội dung", Kind.LONG_TEXT, 44),
    "required": Column("Yêu cầu", Kind.LONG_TEXT, 22),
    "before": Column("Tháng trước", Kind.LONG_TEXT, 18),
    "status": Column("Kết quả", width=15, choices=LABELS, is_open=True, note="Chọn Đạt, Chưa đạt hoặc Không áp dụng."),
    "value": Column("Giá trị", Kind.DECIMAL, 11, is_open=True, note="Ghi số, ví dụ 63,2. Tỷ lệ 63,2% cũng ghi 63,2."),
    "unit": Column("Đơn vị tính", width=13),
    "part_values": Column("Giá trị từng phần", Kind.LONG_TEXT, 26, is_open=True, note="Ví dụ: Nam: 71,5; Nữ: 65"),
    "note": Column("Ghi chú", Kind.LONG_TEXT, 34, is_open=True, note="Lý do khi không còn đạt, hoặc không áp dụng."),
    **IDENTITY,
}
TEXT_COLUMNS: dict[str, Column] = {
    "title": Column("Phần", width=24),
    "text": Column("Viết tháng này", Kind.LONG_TEXT, 80, is_open=True),
    "before": Column("Tháng trước", Kind.LONG_TEXT, 60),
    **IDENTITY,
}
LONGEST_NOTE, LONGEST_TEXT = 2000, 20_000
INSTRUCTIONS = (
    "Chỉ điền các cột nền trắng: Kết quả, Giá trị, Giá trị từng phần, Ghi chú ở trang “Nội dung”, và cột Viết tháng "
    "này ở trang “Phần lời”. Không xóa, không thêm dòng.",
    STATUS_INSTRUCTIONS[1],
    STATUS_INSTRUCTIONS[2],
    STATUS_INSTRUCTIONS[3],
    "Ghi chú: bắt buộc khi nội dung đang đạt mà nay không đạt, hoặc khi Không áp dụng (kèm căn cứ).",
    "Có mạng thì tải tệp lên ở trang báo cáo. Hệ thống cho xem trước; còn một ô sai thì chưa có gì được ghi.",
)


# What goes out


def workbook_file(form: ReportForm) -> Download:
    """Return the workbook of `form`, to be filled in and brought back."""
    report = form.report
    stem = f"Báo cáo tháng {report.month.month}-{report.month.year}"
    return Download(file_name(stem, [report.commune], clock.today()), XLSX, workbook(form))


def workbook(form: ReportForm) -> bytes:
    report = form.report
    title = f"Báo cáo tháng {report.month.month}/{report.month.year} của {report.commune}"
    book = Book(title)
    identity = [report.commune.code, f"{report.month:%Y-%m}"]
    codes = SubItemIndex(row.sub_item for row in form.lines)
    for name, columns, rows, frozen in (
        (LINES, LINE_COLUMNS, (_line_cells(row, codes, identity) for row in form.lines), 2),
        (TEXTS, TEXT_COLUMNS, (_text_cells(part, identity) for part in form.texts), 1),
    ):
        sheet, _ = write_list(book, name, list(columns.values()), rows, is_protected=True)
        sheet.freeze_panes(1, frozen)
        sheet.set_header(f'&C&"Times New Roman,Bold"&13{header_text(title)}')
        for place, key in enumerate(columns):
            if key in IDENTITY:
                sheet.set_column(place, place, IDENTITY[key].width, None, {"hidden": True})
    write_help(book, INSTRUCTIONS)
    return book.content()


def _line_cells(row: FormLine, codes: SubItemIndex, identity: list[str]) -> list[Any]:
    item, said = row.sub_item, row.said
    parts = [part.part for part in row.parts]
    before = _word(row.before.status) if row.before else ""
    return [
        codes.printed(item),
        plain(item.name),
        plain(row.required_text),
        f"{before}, {row.measured_before}" if row.measured_before else before,
        _word(said.status) if said.status else "",
        said.value,
        item.unit if item.is_numeric else "",
        parts_text(said.part_values, parts),
        plain(said.note),
        *identity,
        f"{row.line.version}-{_as_sheet(said).mark}",
    ]


def _text_cells(part: FormText, identity: list[str]) -> list[Any]:
    return [part.title, plain(part.text), plain(part.before), *identity, f"0-{mark_of(plain(part.text))}"]


def _word(status: str) -> str:
    return str(Status(status).label) if status else "Chưa đánh giá"


def _as_sheet(said: Said) -> Said:
    """Return what is said as it reads after it went through a workbook."""
    return replace(said, note=plain(said.note))


# What comes back


@dataclass(frozen=True)
class Row:
    """One row of the file, about a sub-item (`line`) or a part of the text (`part`)."""

    sheet: str
    number: int
    kind: RowKind = RowKind.SAME
    cell: str = ""
    text: str = ""
    remedy: str = ""
    line: FormLine | None = None
    part: FormText | None = None
    said: Said | None = None
    words: str = ""

    @property
    def key(self) -> str:
        """Names the row where conflicts are decided, with what is shown of the system."""
        shown = self.line.stamp if self.line else self.part.mark if self.part else ""
        return f"{self.number}-{'line' if self.line else 'text'}-{shown}"

    @property
    def title(self) -> str:
        if self.line:
            return f"{self.line.sub_item.official_code} {self.line.sub_item.name}"
        return self.part.title if self.part else ""

    @property
    def asked_text(self) -> str:
        """Return what the file says, in words."""
        return _sentence(self.said, self.line) if self.said and self.line else self.words

    @property
    def current_text(self) -> str:
        """Return what stands in the form, in words."""
        if self.line:
            return _sentence(self.line.said, self.line)
        return self.part.text if self.part else ""


def _sentence(said: Said, row: FormLine) -> str:
    finding = SheetFinding(said.status, said.value, said.part_values)
    text = finding.text([part.part for part in row.parts])
    return f"{text}; “{said.note}”" if said.note else text


def dry_run(sheets: Sequence[ReadSheet], form: ReportForm) -> DryRun[Row]:
    """Return what a workbook would change in `form`; nothing is written."""
    by_name = {search_key(sheet.name): sheet for sheet in sheets}
    missing = [name for name in (LINES, TEXTS) if search_key(name) not in by_name]
    if missing:
        named = " và ".join(f"“{name}”" for name in missing)
        return DryRun(problem=f"Tệp không có trang {named}. Hãy dùng bảng tải về từ trang báo cáo này.")
    reader = _Reader(form)
    lines = list(reader.lines(by_name[search_key(LINES)]))
    texts = list(reader.texts(by_name[search_key(TEXTS)]))
    return DryRun((*lines, *texts), reader.problem)


class _ForeignRow(CellError):
    """A row of another report: the sheet isn't read on, or every row of it would be named."""


class _Reader:
    """Reads the two sheets against the form."""

    def __init__(self, form: ReportForm):
        self.form = form
        self.problem = ""
        self.report = form.report

    def lines(self, sheet: ReadSheet) -> Iterable[Row]:
        codes = SubItemIndex(row.sub_item for row in self.form.lines)
        lines = {row.sub_item: row for row in self.form.lines}
        seen: dict[SubItem, int] = {}
        last = 1
        for number, cells, places in self._rows(sheet, LINE_COLUMNS, ("code", "status")):
            last = number
            row = Row(sheet.name, number)
            try:
                refuse_errors(cells)
                self._check_identity(cells)
                item = codes.match(cells.get("code", ""), "").found
                if item is None:
                    raise CellError("code", "Báo cáo không có mã nội dung này. Hãy ghi lại mã như trong bảng tải về.")
                line = lines[item]
                row = replace(row, line=line)
                first = seen.setdefault(item, number)
                if first != number:
                    raise CellError("code", f"Trùng với dòng {first}. Hãy chỉ giữ một dòng cho mỗi nội dung.")
                yield self._compared(row, line, cells)
            except CellError as error:
                yield _wrong(row, cells, places, error)
                if isinstance(error, _ForeignRow):
                    return
        for item, line in lines.items():
            if item not in seen and not self.problem:
                remedy = f"Thiếu dòng của nội dung {codes.printed(item)}. Hãy thêm lại dòng này hoặc tải bảng mới."
                yield Row(sheet.name, last, RowKind.WRONG, cell=f"A{last + 1}", remedy=remedy, line=line)

    def texts(self, sheet: ReadSheet) -> Iterable[Row]:
        by_title = {search_key(part.title): part for part in self.form.texts}
        seen: dict[str, int] = {}
        last = 1
        for number, cells, places in self._rows(sheet, TEXT_COLUMNS, ("title", "text")):
            last = number
            row = Row(sheet.name, number)
            try:
                refuse_errors(cells)
                self._check_identity(cells)
                part = by_title.get(search_key(cell_text(cells.get("title", ""))))
                if part is None:
                    raise CellError("title", "Báo cáo không có phần này. Hãy ghi lại tên phần như trong bảng tải về.")
                row = replace(row, part=part)
                first = seen.setdefault(part.name, number)
                if first != number:
                    raise CellError("title", f"Trùng với dòng {first}. Hãy chỉ giữ một dòng cho mỗi phần.")
                yield _compared_text(row, part, cells)
            except CellError as error:
                yield _wrong(row, cells, places, error)
                if isinstance(error, _ForeignRow):
                    return
        for part in self.form.texts:
            if part.name not in seen and not self.problem:
                remedy = f"Thiếu dòng của phần “{part.title}”. Hãy thêm lại dòng này hoặc tải bảng mới."
                yield Row(sheet.name, last, RowKind.WRONG, cell=f"A{last + 1}", remedy=remedy, part=part)

    def _rows(
        self, sheet: ReadSheet, columns: Mapping[str, Column], needed: Sequence[str]
    ) -> Iterable[tuple[int, dict[str, Any], dict[str, int]]]:
        """Give number, cells and places of each row that holds something."""
        header = sheet.rows[0] if sheet.rows else []
        if twice := standing_twice(header, 1, columns.values()):
            self.problem = f"Trang “{sheet.name}” có {twice}. Hãy xóa hoặc đổi tên cột không dùng rồi tải lên lại."
            return
        heading = {search_key(cell_text(title)): at for at, title in enumerate(header)}
        places = {
            key: heading[search_key(column.title)]
            for key, column in columns.items()
            if search_key(column.title) in heading
        }
        lacking = [columns[key].title for key in (*needed, *IDENTITY) if key not in places]
        if lacking:
            named = ", ".join(lacking)
            self.problem = (
                f"Trang “{sheet.name}” thiếu cột {named} ở dòng 1. Hãy dùng bảng tải về từ trang báo cáo này."
            )
            return
        for number, values in enumerate(sheet.rows[1:], 2):
            cells = {key: values[place] for key, place in places.items() if place < len(values)}
            if any(value not in ("", None) for value in cells.values()):
                yield number, cells, places

    def _check_identity(self, cells: Mapping[str, Any]) -> None:
        """Raise `_ForeignRow` at a row of another commune's or another month's workbook."""
        commune, month = self.report.commune, f"{self.report.month:%Y-%m}"
        if cell_text(cells.get("commune", "")).zfill(5) != commune.code.zfill(5):
            raise _ForeignRow("commune", f"Dòng này của xã khác. Báo cáo này của {commune} (mã {commune.code}).")
        if cell_text(cells.get("month", "")) != month:
            raise _ForeignRow("month", f"Dòng này của tháng khác. Báo cáo này là của tháng {month}.")

    def _compared(self, row: Row, line: FormLine, cells: Mapping[str, Any]) -> Row:
        item, parts = line.sub_item, [part.part for part in line.parts]
        version, mark = _stamp(cells)
        said = Said(
            status=read_status(cells.get("status", "")),
            value=read_number(cells.get("value", ""), "value"),
            part_values=read_parts(cell_text(cells.get("part_values", "")), parts),
            note=read_words(cells.get("note", "")),
        )
        # What stood in a column that was deleted stays; a note belongs to its status.
        before = _as_sheet(line.said)
        kept = ("value", "part_values", "note") if said.status == before.status else ("value", "part_values")
        said = replace(said, **{name: getattr(before, name) for name in kept if name not in cells})
        row = replace(row, said=said)
        if said.mark in (mark, before.mark):
            return row
        check_shares(bare_shares(cells), item, SheetFinding(before.status, before.value, before.part_values))
        check_rules(SheetFinding(said.status, said.value, said.part_values), item, parts)
        if len(said.note) > LONGEST_NOTE:
            raise CellError("note", "Ghi chú dài quá 2.000 chữ. Hãy viết gọn lại.")
        return replace(row, kind=RowKind.CHANGED if version == line.line.version else RowKind.CONFLICT)


def _compared_text(row: Row, part: FormText, cells: Mapping[str, Any]) -> Row:
    _, mark = _stamp(cells)
    words = read_words(cells.get("text", ""))
    row = replace(row, words=words)
    current = mark_of(plain(part.text))
    if mark_of(words) in (mark, current):
        return row
    if len(words) > LONGEST_TEXT:
        raise CellError("text", "Phần này dài quá 20.000 chữ. Hãy viết gọn lại.")
    return replace(row, kind=RowKind.CHANGED if mark == current else RowKind.CONFLICT)


def _stamp(cells: Mapping[str, Any]) -> tuple[int, str]:
    found = read_stamp(cell_text(cells.get("stamp", "")))
    if found is None:
        raise CellError("stamp", "Cột Phiên bản đã bị sửa. Hãy tải bảng mới và chép số liệu sang.")
    return found


def _wrong(row: Row, cells: Mapping[str, Any], places: Mapping[str, int], error: CellError) -> Row:
    cell = ReadSheet.address(row.number, places.get(error.column, min(places.values())))
    text = cell_text(cells.get(error.column, ""))[:60]
    return replace(row, kind=RowKind.WRONG, cell=cell, text=text, remedy=error.remedy)


# Written


@transaction.atomic
def write(rows: Iterable[Row], report: MonthlyReport) -> int:
    """Put what `rows` say into the form, all or nothing; return how many.

    Rows must come from `dry_run`. Raises `SomebodyWasFaster` when one was changed after that, `ReportClosed`.
    """
    moment, count = clock.now(), 0
    for row in rows:
        if row.line and row.said:
            save_line(line=row.line.line, said=row.said, expected_version=row.line.line.version, at=moment)
        elif row.part:
            save_narrative(report=report, part=row.part.name, text=nfc(row.words), seen=row.part.mark)
        count += 1
    return count
