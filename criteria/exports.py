"""What the product gives out as workbooks: the matrix, the lists of communes and changes, the status workbook."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from communes.models import Commune
from criteria.enums import Status
from criteria.exchange.matching import SubItemIndex
from criteria.exchange.status_sheet import COLUMNS, SHEET, Finding, plain
from criteria.models import Assessment, CriteriaSet, EvidenceEvent, SubItem
from criteria.scoring import Score
from criteria.selectors import CommuneRow, Totals, month_before
from criteria.selectors.entries import LogEntry
from criteria.selectors.matrix import Column as MatrixColumn
from criteria.selectors.matrix import Matrix
from criteria.selectors.matrix import Row as MatrixRow
from criteria.thresholds import parts_text
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.figures import vn_percent
from ntm_tracker.lib.workbook import (
    BODY,
    FONT,
    HEADER,
    TITLE,
    XLSX,
    Book,
    Column,
    Kind,
    count_text,
    filtered,
    filters_text,
    header_text,
    list_workbook,
    write_help,
    write_list,
)

# Colour and sign say the same, so that a black and white print loses nothing.
GOOD = {"bg_color": "#D7EBDB", "font_color": "#14532D"}
PART = {"bg_color": "#FBEFD2", "font_color": "#6B4700"}
BAD = {"bg_color": "#F8DCD6", "font_color": "#7F1D1D"}
PLAIN = {"bg_color": "#F2F2F0", "font_color": "#5A5F5B"}
SIGNS: dict[str, tuple[str, dict[str, str]]] = {
    Status.MET: ("✓", GOOD),
    Status.NOT_MET: ("○", BAD),
    Status.NOT_APPLICABLE: ("–", PLAIN),
}
UNKNOWN = ("?", PLAIN)
WIDEST = 30
MOST_ROWS_ON_A_PAGE = 45
LEGEND = "✓ đạt   ○ chưa đạt   – không áp dụng   ? chưa đánh giá   3/4: số nội dung đạt trên số nội dung của tiêu chí"
LEGEND_OF_DEPARTMENT = "   Mỗi ô chỉ tính những nội dung do phòng được lọc hướng dẫn, không phải cả tiêu chí"


def file_name(subject: str, communes: Iterable[Commune], day: date) -> str:
    """Return "Bảng tiêu chí xã nông thôn mới - huyện Anh Sơn - 10-4-2023.xlsx".

    The place is named where all communes have one authority, or there is only one commune.
    """
    units = list(communes)
    # Of units of one authority it is asked for once: on their pages it needn't come along.
    is_one_place = len({unit.authority_id for unit in units}) == 1
    place = f" - {units[0] if len(units) == 1 else units[0].authority}" if is_one_place else ""
    return f"{subject}{place} - {day.day}-{day.month}-{day.year}.xlsx"


def title_as_of(subject: str, place: str, day: date, *, by_todays_map: bool = False) -> str:
    """Return "Nhiệm vụ huyện Anh Sơn đến ngày 30/6/2025", with the map where it isn't that of the day."""
    title = " ".join(filter(None, [subject, place, f"đến ngày {clock.vn_date(day)}"]))
    return f"{title}, theo đơn vị hiện nay" if by_todays_map else title


# The list of communes

PROGRESS_COLUMNS = (
    Column("Mã xã", width=9),
    Column("Xã", width=22),
    Column("Cơ quan chỉ đạo", width=22),
    Column("Tiêu chí đạt", Kind.NUMBER, 10),
    Column("Trên tổng số", Kind.NUMBER, 10),
    Column("Tỷ lệ", Kind.PERCENT, 9),
    Column("Nội dung đạt", Kind.NUMBER, 10),
    Column("Trên tổng số nội dung", Kind.NUMBER, 12),
    Column("Tỷ lệ nội dung", Kind.PERCENT, 10),
)


def _commune_columns(day: date) -> tuple[Column, ...]:
    """Return the columns of the list on `day`; the heading of what was gained says since when."""
    gained = f"So với {clock.vn_date(month_before(day))} (tiêu chí)"
    return (*PROGRESS_COLUMNS, Column(gained, Kind.NUMBER, 14), Column("Cập nhật", Kind.DATE, 13))


def commune_list_file(
    rows: Sequence[CommuneRow],
    totals: Totals,
    day: date,
    *,
    by_todays_map: bool = False,
    place: str = "",
    filters: Sequence[str] = (),
) -> Download:
    """Return the communes of the page, in its order and with its filter, and their totals."""
    title = title_as_of("Tiến độ xã nông thôn mới", place, day, by_todays_map=by_todays_map)
    lines = [_commune_line(row) for row in rows]
    whole = totals.progress
    met, all_met = (whole.criteria_met, whole.criteria_total), (whole.sub_items_met, whole.sub_items_total)
    total = ["", "Tổng", "", *met, _share(*met), *all_met, _share(*all_met), totals.criteria_gained, None]
    name = file_name(filtered("Tiến độ xã nông thôn mới", filters), (row.commune for row in rows), day)
    below = [total] if len(rows) > 1 else []
    content = list_workbook(title, _commune_columns(day), lines, name="Tiến độ", filters=filters, totals=below)
    return Download(name, XLSX, content)


def _commune_line(row: CommuneRow) -> list[Any]:
    progress, unit = row.progress, row.commune
    criteria = (progress.criteria_met, progress.criteria_total)
    sub_items = (progress.sub_items_met, progress.sub_items_total)
    figures = [*criteria, _share(*criteria), *sub_items, _share(*sub_items)]
    return [
        unit.code,
        unit.name,
        str(unit.authority),
        *(figures if row.is_known else [None] * len(figures)),
        row.criteria_gained,
        clock.day_of(row.changed_at) if row.changed_at else None,
    ]


def _share(met: int, total: int) -> float | None:
    return met / total if total else None


# The timeline

CHANGE_COLUMNS = (
    Column("Lúc", Kind.MOMENT, 17),
    Column("Xã", width=18),
    Column("Mã nội dung", width=10),
    Column("Nội dung", Kind.LONG_TEXT, 46),
    Column("Từ", width=15),
    Column("Thành", width=15),
    Column("Giá trị", width=22),
    Column("Người", width=22),
    Column("Nguồn", width=22),
    Column("Lý do, tệp minh chứng", Kind.LONG_TEXT, 40),
)


def change_list_file(
    changes: Iterable[LogEntry], day: date, *, place: str = "", filters: Sequence[str] = ()
) -> Download:
    """Return the changes of the page, in its order and with its filter, all pages together."""
    title = title_as_of("Nhật ký thay đổi kết quả", place, day)
    lines = (_change_line(change) for change in changes)
    name = file_name(filtered("Nhật ký thay đổi kết quả", filters), (), day)
    return Download(name, XLSX, list_workbook(title, CHANGE_COLUMNS, lines, name="Thay đổi", filters=filters))


def _change_line(entry: LogEntry) -> list[Any]:
    item = entry.assessment.sub_item
    if isinstance(entry, EvidenceEvent):
        found, source, reason = ["", "", ""], entry.get_kind_display(), entry.file_name
    else:
        found = [status_word(entry.from_status), status_word(entry.status), entry.figures]
        source, reason = entry.told_source, entry.told_reason
    return [
        timezone.localtime(entry.at),
        entry.assessment.commune.name,
        item.official_code,
        item.name,
        *found,
        str(entry.by) if entry.by else "",
        source,
        reason,
    ]


def status_word(status: str) -> str:
    """Return "Đạt"; of nothing known "Chưa đánh giá"."""
    return str(Status(status).label) if status in Status.values else "Chưa đánh giá"


# The matrix


def matrix_file(matrix: Matrix, day: date, *, place: str = "", filters: Sequence[str] = ()) -> Download:
    """Return the matrix as the page shows it: counts or signs with their colours, on one A4 page across."""
    name = file_name(filtered("Bảng tiêu chí xã nông thôn mới", filters), (row.commune for row in matrix.rows), day)
    return Download(name, XLSX, matrix_workbook(matrix, day, office=place, filters=filters))


def matrix_workbook(matrix: Matrix, day: date, *, office: str = "", filters: Sequence[str] = ()) -> bytes:
    title = title_as_of("Bảng tiêu chí xã nông thôn mới", office, day, by_todays_map=matrix.by_todays_map)
    title = ". ".join(filter(None, [title, filters_text(filters)]))
    book = Book(title)
    sheet = book.sheet("Bảng tiêu chí")
    last = len(matrix.columns) + 2
    is_wide = len(matrix.columns) > WIDEST
    sheet.set_default_row(18)
    sheet.set_column(0, 0, 34 if matrix.has_several_authorities else 18)
    for place, column in enumerate(matrix.columns, 1):
        sheet.set_column(place, place, 6 if column.sub_item else 7.5)
    sheet.set_column(last - 1, last, 15)
    sheet.freeze_panes(4, 1)
    sheet.repeat_rows(1, 3)
    sheet.repeat_columns(0)
    # One page as wide as it is high: a district's communes fit on a single sheet of A4. Opened into all its
    # sub-items the table takes two pages side by side, each with the names of the communes.
    sheet.fit_to_pages(2 if is_wide else 1, 1 if len(matrix.rows) <= MOST_ROWS_ON_A_PAGE else 0)
    sheet.set_row(0, 24)
    book.put(sheet, 0, 0, title, **TITLE)
    _matrix_heading(book, sheet, matrix)
    for at, row in enumerate(matrix.rows, 4):
        _matrix_row(book, sheet, at, matrix, row)
    _matrix_totals(book, sheet, 4 + len(matrix.rows), matrix)
    legend = LEGEND + LEGEND_OF_DEPARTMENT if matrix.department else LEGEND
    book.put(sheet, 6 + len(matrix.rows), 0, legend, font_size=10, italic=True)
    return book.content()


def _matrix_heading(book: Book, sheet: Any, matrix: Matrix) -> None:
    """Three rows: the bands, the numbers, the short names. Each is written whole before the next one."""
    centred = {**HEADER, "align": "center"}
    titles = ("Xã", "Tiêu chí đạt", "Nội dung đạt")
    ends = (0, len(matrix.columns) + 1, len(matrix.columns) + 2)
    sheet.set_row(1, 34)
    at = 1
    book.put(sheet, 1, 0, "", **centred)
    for group, span in matrix.bands:
        # The name stands in the first cell and runs over the band: merged cells can't be streamed nor sorted.
        look = {**centred, "align": "center_across", "font_size": 10, "text_wrap": span > 2}
        book.put(sheet, 1, at, str(group) if span > 2 else group.code, **look)
        for place in range(at + 1, at + span):
            book.put(sheet, 1, place, "", **look)
        at += span
    for place in ends[1:]:
        book.put(sheet, 1, place, "", **centred)
    book.put(sheet, 2, 0, "", **centred)
    for place, column in enumerate(matrix.columns, 1):
        book.put(sheet, 2, place, column.label, **centred)
    for place in ends[1:]:
        book.put(sheet, 2, place, "", **centred)
    sheet.set_row(3, 150 if any(column.sub_item for column in matrix.columns) else 84)
    book.put(sheet, 3, 0, titles[0], **HEADER)
    for place, column in enumerate(matrix.columns, 1):
        book.put(sheet, 3, place, _short_name(column), **{**centred, "rotation": 90, "font_size": 10})
    for place, text in zip(ends[1:], titles[1:], strict=True):
        book.put(sheet, 3, place, text, **centred)


def _short_name(column: MatrixColumn) -> str:
    return shortened(column.sub_item.name, 36) if column.sub_item else column.criterion.short_name


def shortened(text: str, letters: int) -> str:
    """Return `text` cut after a whole word, with dots, where it is longer than `letters`."""
    if len(text) <= letters:
        return text
    return f"{text[:letters].rsplit(' ', 1)[0].rstrip(',;')}…"


def _matrix_row(book: Book, sheet: Any, at: int, matrix: Matrix, row: MatrixRow) -> None:
    unit = row.commune
    name = f"{unit.name} ({unit.authority})" if matrix.has_several_authorities else unit.name
    book.put(sheet, at, 0, name, **BODY, bold=True)
    for place, (column, cell) in enumerate(zip(matrix.columns, row.cells, strict=True), 1):
        text, look = SIGNS.get(cell.status, UNKNOWN) if column.sub_item or not cell.is_known else _count(cell.score)
        book.put(sheet, at, place, text, **BODY, **look, align="center")
    progress, end = row.progress, len(matrix.columns)
    for place, met, total in (
        (end + 1, progress.criteria_met, progress.criteria_total),
        (end + 2, progress.sub_items_met, progress.sub_items_total),
    ):
        text = f"{met}/{total} ({vn_percent(met, total)})" if row.is_known else "chưa có số liệu"
        book.put(sheet, at, place, text, **BODY, bold=True, align="center")


def _count(score: Score) -> tuple[str, dict[str, str]]:
    """ "✓ 4/4" where the criterion is met, else the count alone, red where nothing is."""
    count = f"{score.met}/{score.total}"
    if score.is_met:
        return f"✓ {count}", GOOD
    return (count, PART) if score.met else (f"○ {count}", BAD)


def _matrix_totals(book: Book, sheet: Any, at: int, matrix: Matrix) -> None:
    """Two rows: how many of the communes meet each column, and their share."""
    progress = matrix.progress
    counts = [
        *((score.met, score.total) for score in matrix.totals),
        (matrix.complete, len(matrix.counted)),
        (progress.sub_items_met, progress.sub_items_total),
    ]
    look = {**BODY, "bold": True, "align": "center"}
    head = "Số xã đạt/có số liệu" if matrix.unknown else "Số xã đạt"
    for row, title, edge in ((at, head, {"top": 2}), (at + 1, "Tỷ lệ", {})):
        book.put(sheet, row, 0, title, **{**look, **edge, "align": "left"})
        for place, (met, total) in enumerate(counts, 1):
            text = f"{count_text(met)}/{count_text(total)}" if edge else vn_percent(met, total)
            book.put(sheet, row, place, text, **look, **edge, font_size=12 if edge else 10)


# The status workbook

INSTRUCTIONS = (
    "Trang “Trạng thái” có một dòng cho mỗi xã và mỗi nội dung. Chỉ điền các cột nền trắng: Kết quả, Giá trị, "
    "Giá trị từng phần, Lý do, Căn cứ.",
    "Kết quả: chọn Đạt, Chưa đạt hoặc Không áp dụng. Dòng chưa đánh giá thì để trống.",
    "Giá trị: ghi số, ví dụ 63,2. Tỷ lệ 63,2% cũng ghi 63,2 (không ghi 0,632). Có giá trị mà để trống Kết quả thì hệ "
    "thống lấy kết quả theo ngưỡng, nếu đã biết ngưỡng.",
    "Giá trị từng phần, cho nội dung có nhiều phần đo: ghi tên phần, dấu hai chấm và số, các phần cách nhau bằng "
    "dấu chấm phẩy. Ví dụ: Nam: 71,5; Nữ: 65.",
    "Chỉ đổi giá trị và để nguyên các cột khác thì kết quả theo giá trị mới. Lý do: bắt buộc khi tự chọn kết quả khác "
    "với kết quả tính từ giá trị, hoặc khi Không áp dụng. Không áp dụng còn phải ghi Căn cứ: số, ký hiệu, điều khoản "
    "của văn bản.",
    "Không sửa mã xã, mã nội dung và ba cột cuối. Nhờ cột Phiên bản, hệ thống biết ô nào đã được người khác đổi "
    "sau khi xuất và hỏi lại trước khi ghi.",
    "Tải tệp lên ở trang Bảng trạng thái. Hệ thống cho xem trước từng dòng; còn một dòng sai thì chưa có gì được ghi.",
)


def status_file(communes: Sequence[Commune], criteria_set: CriteriaSet, *, department: int | None = None) -> Download:
    """Return the status workbook of `communes`: every sub-item, or those that `department` guides."""
    moment = clock.now()
    name = file_name("Bảng trạng thái nông thôn mới", communes, moment.date())
    return Download(name, XLSX, status_workbook(communes, criteria_set, moment, department=department))


def status_workbook(
    communes: Sequence[Commune], criteria_set: CriteriaSet, moment: datetime, *, department: int | None = None
) -> bytes:
    """Return the workbook to be filled in and brought back: see `criteria.exchange`."""
    sub_items = SubItem.objects.of_set(criteria_set).select_related("criterion").prefetch_related("parts")
    codes = SubItemIndex(sub_items)
    if department is not None:
        sub_items = sub_items.filter(guides__department=department)
    known_by = [moment.replace(second=0, microsecond=0), criteria_set.code]
    rows = _status_rows(communes, {item: codes.printed(item) for item in sub_items}, known_by)
    book = Book(f"Bảng trạng thái, {criteria_set.short_name}")
    sheet, _ = write_list(book, SHEET, list(COLUMNS.values()), rows, is_protected=True)
    sheet.freeze_panes(1, 4)
    sheet.set_header(f'&C&"{FONT},Bold"&13{header_text(f"Bảng trạng thái, {criteria_set.short_name}")}')
    write_help(book, INSTRUCTIONS)
    return book.content()


def _status_rows(
    communes: Sequence[Commune], sub_items: Mapping[SubItem, str], known_by: Sequence[Any]
) -> Iterator[list[Any]]:
    """Give a row for each commune and each of `sub_items`, which come with the codes that are printed.

    At the end of each stands what the file is `known_by` when it comes back.
    """
    findings = {
        (row.commune_id, row.sub_item_id): row
        for row in Assessment.objects.filter(commune__in=communes, sub_item__in=sub_items).order_by()
    }
    parts = {item.pk: list(item.parts.all()) for item in sub_items}
    for unit in communes:
        for item, code in sub_items.items():
            row = findings.get((unit.pk, item.pk))
            found = Finding.of(row)
            yield [
                unit.code,
                unit.name,
                code,
                plain(item.name),
                str(Status(found.status).label) if found.status else "",
                found.value,
                item.unit if item.is_numeric else "",
                parts_text(found.part_values, parts[item.pk]),
                found.reason,
                found.basis,
                row.version if row else 0,
                *known_by,
            ]
