"""Workbooks: written with typed cells and a layout that prints, read within bounds.

What people typed never becomes a formula: texts are written as texts whatever they begin with, figures
as figures. No setting that "escapes" is needed, thus none can be forgotten.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO
from math import ceil
from typing import Any
from zipfile import BadZipFile, ZipFile

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum
from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from ntm_tracker.lib import clock
from ntm_tracker.lib.sheet_parts import (
    ERROR_TYPE,
    ERRORS,
    NOT_COMPUTED,
    errors_as_texts,
    formulas_as_texts,
    may_hold_formulas,
    percent_looks,
    shares_as_texts,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FONT = "Times New Roman"
LINE_HEIGHT = 15.75  # points, of 12-point letters
TALLEST_ROW = 409  # Excel's limit
HELP_WIDTH = 90
LONGEST_TEXT = 32767  # Excel's limit for a cell
# Signs with which spreadsheets begin a formula, also those that East Asian keyboards type.
FORMULA_SIGNS = tuple("=+-@\t\r＝＋－＠")
# What XML 1.0 cannot hold; the line feed and the tab are kept.
CONTROL_SIGNS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Kind(Enum):
    """What a column holds; the value is its number format in Excel's notation.

    `.` and `,` in the notation follow the settings of whoever opens the file: in Viet Nam 1.234,5.
    """

    TEXT = "@"
    LONG_TEXT = "General"  # Excel shows ##### for long texts in cells of the text format
    NUMBER = "#,##0"
    DECIMAL = "#,##0.###"
    PERCENT = "0.0%"
    DATE = "dd/mm/yyyy"
    MOMENT = "dd/mm/yyyy hh:mm"


@dataclass(frozen=True)
class Column:
    """One column of a list: heading, what it holds, its width in letters.

    `choices` become a drop-down list; `is_open` says that it may be filled in on a protected sheet;
    `note` is shown when the heading is pointed at.
    """

    title: str
    kind: Kind = Kind.TEXT
    width: float = 14
    choices: tuple[str, ...] = ()
    is_open: bool = False
    note: str = ""

    @property
    def indent(self) -> dict[str, Any]:
        """How its texts keep away from the column on their left, whose figures stand at its right edge."""
        return {"align": "left", "indent": 1} if self.kind in (Kind.TEXT, Kind.LONG_TEXT) else {}


# Writing


def safe_text(text: str) -> str:
    """Return `text` as a cell can hold it: without control signs, at most as long as Excel takes."""
    plain = CONTROL_SIGNS.sub("", text.replace("\r\n", "\n"))
    return plain if len(plain) <= LONGEST_TEXT else f"{plain[: LONGEST_TEXT - 1]}…"


def looks_like_formula(text: str) -> bool:
    return text.startswith(FORMULA_SIGNS)


class Book:
    """A workbook in the making; `content()` finishes it.

    With `streams` rows go to a temporary file as they come, which keeps the memory small: each sheet must
    then be written from top to bottom.
    """

    def __init__(self, title: str, *, streams: bool = True):
        self._buffer = BytesIO()
        self._book = xlsxwriter.Workbook(
            self._buffer,
            {
                "constant_memory": streams,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
                "nan_inf_to_errors": True,
                "default_date_format": Kind.DATE.value,
            },
        )
        self._book.set_properties({"title": title, "created": clock.now().replace(tzinfo=None)})
        self._formats: dict[frozenset[tuple[str, Any]], Any] = {}

    def format(self, **properties: Any) -> Any:
        """Return the look with these properties (XlsxWriter's names); equal ones are one."""
        key = frozenset(properties.items())
        if key not in self._formats:
            self._formats[key] = self._book.add_format(
                {"font_name": FONT, "font_size": 12, "valign": "top"} | properties
            )
        return self._formats[key]

    def sheet(self, name: str, *, landscape: bool = True) -> Any:
        """Add a sheet that prints on A4, as wide as one page, with its page numbers."""
        sheet = self._book.add_worksheet(sheet_name(name))
        sheet.set_paper(9)
        sheet.set_landscape() if landscape else sheet.set_portrait()
        sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P/&N")
        return sheet

    def put(self, sheet: Any, row: int, column: int, value: Any, **look: Any) -> None:
        """Write one value with a look; texts are texts whatever they begin with."""
        if isinstance(value, str) and looks_like_formula(value):
            look = {**look, "quote_prefix": True}
        write_value(sheet, row, column, value, self.format(**look))

    def content(self) -> bytes:
        self._book.close()
        return self._buffer.getvalue()


def sheet_name(text: str) -> str:
    """Return `text` as Excel takes it for a sheet: at most 31 signs, none of []:*?/\\."""
    return re.sub(r"[\[\]:*?/\\]", " ", safe_text(text)).strip("' ")[:31] or "Trang"


def write_value(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    """Write `value` by its type: empty, text, truth, figure or day; a day needs a look that shows it as one."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, look)
    elif isinstance(value, str):
        sheet.write_string(row, column, safe_text(value), look)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, look)
    elif isinstance(value, (int, float, Decimal)):
        sheet.write_number(row, column, value, look)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), look)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, look)
    else:
        sheet.write_string(row, column, safe_text(str(value)), look)


TITLE = {"bold": True, "font_size": 14, "align": "left", "valign": "vcenter"}
HEADER = {
    "bold": True,
    "bg_color": "#DCE9DF",
    "border": 1,
    "border_color": "#9DB3A3",
    "text_wrap": True,
    "valign": "vcenter",
}
BODY = {"border": 1, "border_color": "#D5DBD6"}
LOCKED = {"bg_color": "#F2F2F0", "font_color": "#5A5F5B"}


def column_look(column: Column, *, is_protected: bool = False) -> dict[str, Any]:
    """Return the look of the cells of a column."""
    look: dict[str, Any] = {**BODY, "num_format": column.kind.value, **column.indent}
    if column.kind is Kind.LONG_TEXT:
        look["text_wrap"] = True
    if is_protected and column.is_open:
        look["locked"] = False
    elif is_protected:
        look |= LOCKED
    return look


def write_list(
    book: Book,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    totals: Iterable[Sequence[Any]] = (),
    is_protected: bool = False,
) -> tuple[Any, int]:
    """Add a sheet with a heading row, `rows` and their `totals`; return it and the number of all these rows.

    The heading stays in view and is repeated on every page; columns can be filtered and sorted, which leaves the
    totals where they are. On a protected sheet (without a password) only the columns that are open take input.
    """
    sheet = book.sheet(name)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    if is_protected:
        allowed = ("format_cells", "format_columns", "format_rows", "autofilter", "sort", "select_locked_cells")
        sheet.protect("", dict.fromkeys(allowed, True))
    sheet.set_row(0, 34)
    for at, column in enumerate(columns):
        book.put(sheet, 0, at, column.title, **HEADER, **column.indent)
    looks = [column_look(column, is_protected=is_protected) for column in columns]
    count = _write_rows(book, sheet, columns, looks, rows)
    sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
    for at, column in enumerate(columns):
        if column.note:
            sheet.data_validation(
                0, at, 0, at, {"validate": "any", "input_title": column.title[:32], "input_message": column.note[:255]}
            )
        if column.choices and count:
            drop_down(sheet, at, count, column)
    return sheet, _write_rows(book, sheet, columns, [{**look, "bold": True} for look in looks], totals, above=count)


def _write_rows(
    book: Book,
    sheet: Any,
    columns: Sequence[Column],
    looks: Sequence[dict[str, Any]],
    rows: Iterable[Sequence[Any]],
    *,
    above: int = 0,
) -> int:
    """Write `rows` below the heading and the rows `above`; return how many there are then."""
    plain = [book.format(**look) for look in looks]
    guarded = [book.format(**look, quote_prefix=True) for look in looks]
    long_texts = [(at, column.width - 1) for at, column in enumerate(columns) if column.kind is Kind.LONG_TEXT]
    count = above
    for count, values in enumerate(rows, above + 1):
        if long_texts:
            sheet.set_row(count, row_height((values[at], width) for at, width in long_texts))
        for at, value in enumerate(values):
            if isinstance(value, str) and value:
                look = guarded[at] if value.startswith(FORMULA_SIGNS) else plain[at]
                sheet.write_string(count, at, safe_text(value), look)
            else:
                write_value(sheet, count, at, value, plain[at])
    return count


def write_help(book: Book, steps: Iterable[str]) -> None:
    """Add a sheet that says step by step how the workbook is filled in."""
    sheet = book.sheet("Hướng dẫn", landscape=False)
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, HELP_WIDTH)
    book.put(sheet, 0, 0, "Cách dùng", **TITLE)
    for at, text in enumerate(steps, 1):
        sheet.set_row(at, row_height([(text, HELP_WIDTH)]) + 4)
        book.put(sheet, at, 0, at, align="left")
        book.put(sheet, at, 1, text, text_wrap=True)


def row_height(cells: Iterable[tuple[Any, float]]) -> float:
    """Return the height that shows the longest of some wrapped cells, (text, width in letters) each.

    Excel fits rows by itself when it opens a file, other programs do not.
    """
    lines = max((1, *(_lines(text, width) for text, width in cells if isinstance(text, str) and text)))
    return min(LINE_HEIGHT * lines + 2, TALLEST_ROW)


def _lines(text: str, width: float) -> int:
    # Letters of the typeface are narrower than the digits in which widths are counted.
    return sum(max(1, ceil(len(line) / (width * 1.1))) for line in text.split("\n"))


def drop_down(sheet: Any, at: int, count: int, column: Column) -> None:
    """Offer the choices of `column` in its first `count` rows."""
    sheet.data_validation(
        1,
        at,
        count,
        at,
        {
            "validate": "list",
            "source": list(column.choices),
            "error_title": "Giá trị không có trong danh sách",
            "error_message": f"Hãy chọn: {', '.join(column.choices)}."[:255],
        },
    )


def list_workbook(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    name: str = "Danh sách",
    filters: Sequence[str] = (),
    totals: Iterable[Sequence[Any]] = (),
) -> bytes:
    """Return a workbook with one list: the columns and rows that the page shows, printable, to be filtered.

    What the page was narrowed by stands below the list, and on paper below the title.
    """
    book = Book(title)
    sheet, count = write_list(book, name, columns, rows, totals=totals)
    narrowed = filters_text(filters)
    if narrowed:
        book.put(sheet, count + 2, 0, narrowed, italic=True)
        sheet.set_margins(left=0.6, right=0.4, top=0.9, bottom=0.6)  # room for a second line above the list
    below = f'\n&"{FONT},Italic"&11{header_text(narrowed)[:60]}' if narrowed else ""
    sheet.set_header(f'&C&"{FONT},Bold"&13{header_text(title)[:110]}{below}')
    return book.content()


def filters_text(filters: Sequence[str]) -> str:
    """Return "Lọc: Trạng thái: Quá hạn; Xã: xã Cao Sơn"; "" without any."""
    return f"Lọc: {'; '.join(filters)}" if filters else ""


def filtered(subject: str, filters: Sequence[str]) -> str:
    """Return the subject of a file's name with what its list was narrowed by: "Danh sách nhiệm vụ (Quá hạn)"."""
    values = ", ".join(map(_filter_value, filters)).replace("/", "-")
    return f"{subject} ({values[:60].strip()})" if values else subject


def _filter_value(text: str) -> str:
    """Return what a filter is set to; a day alone wouldn't say that it is the first one."""
    label, _, value = text.rpartition(": ")
    return f"từ {value}" if label == "Từ ngày" else value.strip("“”")


def header_text(text: str) -> str:
    """Return `text` for a page header, where `&` begins a command and 255 signs are all."""
    return safe_text(text).replace("&", "&&")[:180]


# Reading


class Unreadable(Exception):
    """The file is no workbook that is taken; the message says why and what to do, in Vietnamese."""


@dataclass(frozen=True)
class Limits:
    """How much is read: bytes as sent, bytes unpacked, files inside, cells with content, rows, columns, the area that
    they span (the parser reserves it whole, empty or not)."""

    sent: int = 10 * 1024 * 1024
    unpacked: int = 100 * 1024 * 1024
    files: int = 1000
    cells: int = 500_000
    rows: int = 100_000
    columns: int = 500
    area: int = 3_000_000


LIMITS = Limits()


@dataclass(frozen=True)
class ReadSheet:
    """One sheet as values: texts, figures (float), truths, days; an empty cell is "", a failed one one of `ERRORS`.

    A figure that its cell shows as a share is the text "95,5%"; a formula without a result begins with `NOT_COMPUTED`.
    """

    name: str
    rows: list[list[Any]] = field(repr=False)

    @staticmethod
    def address(row: int, column: int) -> str:
        """Return "C12" for the row 12 (counted from 1) and the column at index 2."""
        return f"{xl_col_to_name(column)}{row}"


def read(content: bytes) -> list[ReadSheet]:
    """Return the visible sheets of the xlsx file `content`. Raises `Unreadable`.

    How much is inside is counted while unpacking, before anything is parsed: sizes that the archive
    states about itself may lie, and one cell far out would make the parser reserve everything before it.
    """
    scan = _check_bounds(content, LIMITS)
    try:
        book = CalamineWorkbook.from_filelike(_as_seen(content, scan))
        names = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        return [ReadSheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable(
            "Không đọc được bảng tính: tệp bị hỏng hoặc có mật khẩu. Hãy mở bằng Excel và lưu lại."
        ) from error


@dataclass
class Scan:
    """The names of the parts that hold cells, and of those that may hold error values or formulas."""

    sheets: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)


def _check_bounds(content: bytes, limits: Limits) -> Scan:
    """Return what the parts hold. Raises `Unreadable`."""
    if len(content) > limits.sent:
        raise Unreadable(f"Tệp lớn quá {limits.sent // 1024**2} MB. Hãy bỏ bớt trang, hình ảnh rồi tải lên lại.")
    try:
        with ZipFile(BytesIO(content)) as archive:
            return _check_archive(archive, limits)
    except (BadZipFile, OSError, EOFError, RuntimeError, ValueError, OverflowError) as error:
        raise Unreadable("Tệp này không phải bảng tính Excel (.xlsx). Hãy lưu bằng Excel ở dạng .xlsx.") from error
    except Exception as error:
        # zlib.error has no common base with the others.
        if type(error).__module__ != "zlib":
            raise
        raise Unreadable("Tệp bị hỏng. Hãy mở bằng Excel, lưu lại ở dạng .xlsx rồi tải lên.") from error


def _check_names(names: Sequence[str], limits: Limits) -> None:
    if len(names) > limits.files:
        raise Unreadable("Tệp chứa quá nhiều phần nên không được mở. Hãy tải lại mẫu và chép số liệu sang.")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unreadable("Tệp này không phải bảng tính Excel (.xlsx). Hãy lưu bằng Excel ở dạng .xlsx.")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unreadable("Bảng tính có macro nên không được nhận. Hãy lưu ở dạng .xlsx không có macro.")


def _check_archive(archive: ZipFile, limits: Limits) -> Scan:
    _check_names(archive.namelist(), limits)
    unpacked = cells = 0
    scan = Scan()
    for entry in archive.infolist():
        # Every part is looked at: what the sheets are called is told by another part, which may say anything.
        usual, found, has_errors, has_formulas = True, 0, False, False
        for piece in _pieces(archive, entry):
            unpacked += len(piece)
            if unpacked > limits.unpacked:
                raise Unreadable(f"Bảng tính giải nén ra quá {limits.unpacked // 1024**2} MB nên không được mở.")
            usual = usual and is_usual(piece)
            found += piece.count(b'<c r="') if usual else 0
            has_errors = has_errors or ERROR_TYPE in piece
            has_formulas = has_formulas or may_hold_formulas(piece, is_usual=usual)
        cells += found if usual else _extent(archive, entry, limits).cells
        if cells > limits.cells:
            raise Unreadable(f"Bảng tính có quá {count_text(limits.cells)} ô. Hãy chia thành nhiều tệp nhỏ hơn.")
        if found or not usual:
            scan.sheets.add(entry.filename)
        if has_errors:
            scan.failed.add(entry.filename)
        if has_formulas:
            scan.computed.add(entry.filename)
    return scan


def _extent(archive: ZipFile, entry: Any, limits: Limits) -> "Extent":
    """Return how far the cells of an unusual part reach, if not too far."""
    extent = Extent()
    for piece in _pieces(archive, entry):
        extent.take(piece)
        extent.check(limits)
    return extent


STYLES = "xl/styles.xml"
PIECE = 1024 * 1024  # bytes that are looked at together
LONGEST_TAG = 1024 * 1024
STRANGE = "Bảng tính được ghi theo cách lạ nên không được mở. Hãy mở bằng Excel và lưu lại."


def _pieces(archive: ZipFile, entry: Any) -> Iterator[bytes]:
    """Give a part piece by piece; a tag that the reading cuts in two begins the next piece."""
    rest = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(PIECE):
            data = rest + chunk
            cut = data.rfind(b"<")
            if cut <= data.rfind(b">"):
                cut = len(data)
            elif len(data) - cut > LONGEST_TAG:
                raise Unreadable(STRANGE)
            yield data[:cut]
            rest = data[cut:]
    yield rest


# Most workbooks keep within A1:Z99999 and name every cell in the usual way: then nothing more is asked.
UNUSUAL = re.compile(rb'<c(?! r="[A-Z]\d{1,5}"|ols?[\s>])')
PREFIXED = re.compile(rb"<[^<>\s/]+:c[\s/>]")


def is_usual(piece: bytes) -> bool:
    if UNUSUAL.search(piece):
        return False
    # Each of these questions is answered ten times as fast as the next one.
    return not (b":" in piece and b":c" in piece and PREFIXED.search(piece))


class Extent:
    """How far the cells of a part reach, seen in the bytes without parsing them.

    The parser reserves everything up to the farthest cell. It would also take cells that leave their place to
    be counted, or name it after other attributes whose values can hold anything; no usual program writes that,
    and what can't be seen for sure is refused.
    """

    CELL = re.compile(rb"<(?:[^<>\s/]+:)?c[\s/>]")
    PLACED = re.compile(rb'<(?:[^<>\s/]+:)?c r="([A-Z]{1,3})(\d{1,7})"')

    def __init__(self) -> None:
        self.cells = self.rows = self.columns = 0

    def take(self, piece: bytes) -> None:
        """Count what stands in the next piece."""
        places = self.PLACED.findall(piece)
        if len(places) != len(self.CELL.findall(piece)):
            raise Unreadable(STRANGE)
        if places:
            self.cells += len(places)
            self.rows = max(self.rows, *map(int, {row for _, row in places}))
            letters = {column.decode() for column in {column for column, _ in places}}
            self.columns = max(self.columns, *(xl_cell_to_rowcol(f"{column}1")[1] + 1 for column in letters))

    def check(self, limits: Limits) -> None:
        if self.rows > limits.rows:
            raise Unreadable(
                f"Bảng tính có quá {count_text(limits.rows)} dòng. Hãy xóa các dòng thừa hoặc chia nhỏ tệp."
            )
        if self.columns > limits.columns:
            raise Unreadable(f"Bảng tính có quá {count_text(limits.columns)} cột. Hãy xóa các cột thừa ở bên phải.")
        if self.rows * self.columns > limits.area:
            raise Unreadable("Các ô có số liệu nằm quá xa nhau. Hãy xóa các ô thừa ở cuối trang và bên phải.")


def _as_seen(content: bytes, scan: "Scan") -> BytesIO:
    """Return the workbook with what the parser would misread as texts, which it gives as they are."""
    with ZipFile(BytesIO(content)) as archive:
        looks = percent_looks(archive.read(STYLES)) if STYLES in archive.namelist() else []
        if not (looks or scan.failed or scan.computed):
            return BytesIO(content)
        buffer = BytesIO()
        with ZipFile(buffer, "w") as copy:
            for entry in archive.infolist():
                part = archive.read(entry)
                if entry.filename in scan.failed:
                    part = errors_as_texts(part)
                if entry.filename in scan.computed & scan.sheets:
                    part = formulas_as_texts(part)
                if looks and entry.filename in scan.sheets:
                    part = shares_as_texts(part, looks)
                copy.writestr(entry.filename, part)
    buffer.seek(0)
    return buffer


def error_remedy(value: Any) -> str:
    """Return what to do about a cell that failed or was never computed; "" for any other."""
    if isinstance(value, str) and value.startswith(NOT_COMPUTED):
        return "Ô này là công thức chưa có kết quả. Hãy mở tệp bằng Excel, lưu lại rồi tải lên, hoặc gõ thẳng giá trị."
    return f"Ô này là lỗi của Excel ({value}). Hãy ghi giá trị hoặc để trống." if value in ERRORS else ""


def count_text(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def cell_text(value: Any) -> str:
    """Return what a person sees in a cell: 13.0 as "13", a day as 05/4/2023, blanks at the ends dropped."""
    if isinstance(value, str):
        return value.removeprefix(NOT_COMPUTED).strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date)):
        return clock.vn_date(value)
    return str(value).strip()
