"""Workbooks: nothing typed becomes a formula, figures stay figures, too much is refused unparsed."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from ntm_tracker.lib import workbook
from ntm_tracker.lib.workbook import (
    Column,
    Kind,
    Limits,
    Unreadable,
    cell_text,
    error_remedy,
    list_workbook,
    read,
    safe_text,
)
from tests.lib.files import make_docx

PAYLOADS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    '"=1+1"',
    "';=1+1",
    '=HYPERLINK("http://a.example","x")',
    "=cmd|' /C calc'!A0",
    "{=1+1}",
    "http://a.example",
]
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
COLUMNS = [Column("Tên"), Column("Ghi chú", Kind.LONG_TEXT), Column("Số", Kind.NUMBER), Column("Ngày", Kind.DATE)]


def sheet_xml(content):
    with ZipFile(BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if "worksheets/" in name)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_a_formula_or_a_link(payload):
    content = list_workbook(payload, [*COLUMNS, Column(payload)], [[payload, payload, -1, None, payload]], name=payload)
    assert not re.search(r"<(f|hyperlink)\b", sheet_xml(content))
    cells = openpyxl.load_workbook(BytesIO(content)).active
    assert cells["A2"].data_type == "s"
    assert cells["A2"].value == safe_text(payload)


def test_the_same_text_written_raw_is_a_formula():
    """The control: without typed cells the check above finds one."""
    book = openpyxl.Workbook()
    book.active.append(["=1+1"])
    buffer = BytesIO()
    book.save(buffer)
    assert re.search(r"<f\b", sheet_xml(buffer.getvalue()))


def test_a_text_that_looks_like_a_formula_stays_one_when_somebody_edits_the_cell():
    content = list_workbook("Thử", [Column("Tên")], [["-5 hộ"], ["Cao Sơn"]])
    cells = openpyxl.load_workbook(BytesIO(content)).active
    assert (cells["A2"].quotePrefix, cells["A3"].quotePrefix) == (True, False)


def test_figures_and_days_stay_what_they_are():
    content = list_workbook("Thử", COLUMNS, [["a", "b", -12, date(2023, 4, 5)], ["a", "b", Decimal("63.2"), None]])
    cells = openpyxl.load_workbook(BytesIO(content)).active
    assert [cells["C2"].value, cells["C3"].value, cells["D2"].value.date()] == [-12, 63.2, date(2023, 4, 5)]
    assert cells["D3"].value is None


def test_control_signs_are_dropped_and_long_texts_end_in_dots():
    assert safe_text("Cao\x00 Sơn\x1f\ufffe\r\nxã") == "Cao Sơn\nxã"
    assert safe_text("a" * 40000) == "a" * 32766 + "…"


def test_a_list_keeps_its_heading_in_view_and_prints_on_a4_landscape():
    sheet = openpyxl.load_workbook(BytesIO(list_workbook("Các xã", COLUMNS, [["a", "b", 1, None]]))).active
    assert sheet.freeze_panes == "A2"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.auto_filter.ref == "A1:D2"


def test_totals_stand_below_what_is_filtered_and_sorted():
    """Sorted among the rows, a sum would look like one of them."""
    content = list_workbook(
        "Các xã", COLUMNS, [["a", "b", 1, None], ["c", "d", 2, None]], totals=[["", "Tổng", 3, None]]
    )
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert sheet.auto_filter.ref == "A1:D3"
    assert [cell.value for cell in sheet["C"][1:]] == [1, 2, 3]
    assert [cell.font.bold for cell in sheet["C"][1:]] == [False, False, True]


def test_texts_keep_away_from_the_figures_beside_them():
    columns = [Column("Số", Kind.NUMBER), Column("Tên"), Column("Ghi chú", Kind.LONG_TEXT)]
    sheet = openpyxl.load_workbook(BytesIO(list_workbook("Thử", columns, [[1, "a", "b"]]))).active
    looks = [[(cell.alignment.horizontal, cell.alignment.indent) for cell in row] for row in sheet.rows]
    assert looks == [[(None, 0), ("left", 1), ("left", 1)]] * 2


def test_what_is_written_is_read_back_with_its_addresses():
    (sheet,) = read(list_workbook("Thử", COLUMNS, [["Cao Sơn", "=1", 3, None]], name="Xã"))
    assert (sheet.name, sheet.rows[1][:3]) == ("Xã", ["Cao Sơn", "=1", 3])
    assert sheet.address(12, 2) == "C12"


@pytest.mark.parametrize(
    ("value", "text"), [(13.0, "13"), (13.1, "13.1"), (True, "1"), ("  a ", "a"), (date(2023, 4, 5), "05/4/2023")]
)
def test_a_cell_is_read_as_a_person_sees_it(value, text):
    assert cell_text(value) == text


def archive_of(**parts):
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, text in parts.items():
            archive.writestr(f"xl/{name.replace('__', '/')}", text)
    return buffer.getvalue()


def rows_xml(count, cell='<c r="A{0}"><v>1</v></c>'):
    rows = "".join(f'<row r="{n}">{cell.format(n)}</row>' for n in range(1, count + 1))
    return f"<worksheet><sheetData>{rows}</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7", "không phải bảng tính"),
        (b"PK\x03\x04" + b"0" * 100, "không phải bảng tính"),
        (make_docx(), "không phải bảng tính"),
        (archive_of(elsewhere="<x/>").replace(b"Content_", b"content-"), "không phải bảng tính"),
        (archive_of(vbaProject_bin="x").replace(b"vbaProject_bin", b"vbaProject.bin"), "macro"),
        (archive_of(big="0" * (101 * 1024 * 1024)), "giải nén"),
        (archive_of(worksheets__sheet1_xml=rows_xml(200_000)), "100.000 dòng"),
        (archive_of(elsewhere=rows_xml(1, '<x:c r="XFD1"/>')), "500 cột"),
        (archive_of(elsewhere='<row r="1"><c r="A1048576"/></row>'), "100.000 dòng"),
        (archive_of(elsewhere='<row r="1"><c r="A&#49;048576"/></row>'), "cách lạ"),
        (archive_of(elsewhere='<c r="A1"/>' * 500_001), "500.000 ô"),
        (archive_of(elsewhere='<row r="1"><c r="A1"/></row><row r="9"><c r="CZ90000"/></row>'), "quá xa nhau"),
    ],
    ids=["pdf", "broken", "docx", "zip", "macro", "bomb", "rows", "far-column", "far-row", "hidden", "cells", "area"],
)
def test_what_is_no_plain_workbook_is_refused_before_it_is_parsed(content, words, monkeypatch):
    monkeypatch.setattr(workbook.CalamineWorkbook, "from_filelike", lambda *_: pytest.fail("parsed"), raising=False)
    with pytest.raises(Unreadable, match=words):
        read(content)


def test_a_file_that_is_too_large_is_refused_unopened():
    with pytest.raises(Unreadable, match="10 MB"):
        read(b"0" * (10 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    "cell",
    [
        "<c/>",
        "<c>",
        "<x:c>",
        '<c t="n" r="XFD1048576"/>',
        '<c  r="XFD1048576"/>',
        '<c\nr="XFD1048576"/>',
        "<c r='XFD1048576'/>",
        '<c x=">" r="XFD1048576"/>',
        '<c x=" r=\'A1\'" r="XFD1048576"/>',
        f'<c {" " * 2_500_000}r="XFD1048576"/>',
        f'<{"x" * 2_500_000}:c r="XFD1048576"/>',
        '<ệ:c t="n" r="XFD1048576"/>',
    ],
    ids=lambda cell: re.sub(r"(.)\1{9,}", r"\1…", cell),
)
def test_a_cell_that_hides_its_place_is_refused_before_it_is_parsed(cell, monkeypatch):
    monkeypatch.setattr(workbook.CalamineWorkbook, "from_filelike", lambda *_: pytest.fail("parsed"), raising=False)
    with pytest.raises(Unreadable, match="cách lạ"):
        read(archive_of(worksheets__sheet1_xml=rows_xml(1, f'<c r="A1"/>{cell}<v>1</v>')))


def test_a_tag_cut_in_two_by_the_reading_is_counted_once(monkeypatch):
    text = rows_xml(300, '<c r="AB{0}"/><c r="AC{0}"/>')
    whole = archive_of(sheet_xml=text)
    taken = []
    for size in (7, len(text)):
        monkeypatch.setattr(workbook, "PIECE", size)
        with ZipFile(BytesIO(whole)) as archive:
            extent = workbook._extent(archive, archive.getinfo("xl/sheet_xml"), Limits())
        taken.append((extent.cells, extent.rows, extent.columns))
    assert taken == [(600, 300, 29)] * 2


def test_a_wide_sheet_is_measured_by_its_farthest_row_and_column():
    book = openpyxl.Workbook()
    book.active.append(range(60))
    for number in range(20):
        book.active.append([number])
    buffer = BytesIO()
    book.save(buffer)
    (sheet,) = read(buffer.getvalue())
    assert (len(sheet.rows), len(sheet.rows[0])) == (21, 60)


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#SPILL!"])
def test_an_error_value_is_read_as_what_it_says_wherever_it_stands(error):
    """The parser alone gives "" for some of them and fails at others."""
    book = openpyxl.Workbook()
    book.active.append(['giữ t="e"', 5])
    book.create_sheet("Hai").append([1, error, "sau"])
    for row in book.worksheets[1].iter_rows():
        row[1].data_type = "e"
    buffer = BytesIO()
    book.save(buffer)
    one, two = read(buffer.getvalue())
    assert (one.rows, two.rows) == ([['giữ t="e"', 5]], [[1, error, "sau"]])
    assert f"({error})" in error_remedy(two.rows[0][1])
    assert not error_remedy("#1")


def formatted(*cells):
    """Return a workbook with one row of cells (value, number format)."""
    book = openpyxl.Workbook()
    for at, (value, number_format) in enumerate(cells, 1):
        book.active.cell(1, at, value).number_format = number_format
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rewritten(content, old, new):
    """Return the workbook with other bytes in its first sheet."""
    buffer = BytesIO()
    with ZipFile(BytesIO(content)) as archive, ZipFile(buffer, "w", ZIP_DEFLATED) as copy:
        for name in archive.namelist():
            part = archive.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old.encode() in part
                part = part.replace(old.encode(), new.encode())
                if "<x:" in new:
                    part = part.replace(b"xmlns=", b'xmlns:x="%b" xmlns=' % MAIN, 1)
            copy.writestr(name, part)
    return buffer.getvalue()


def test_a_share_is_read_as_its_cell_shows_it():
    """The parser alone gives 0.955 for what was typed as 95,5%."""
    shares = [(0.955, "0.0%"), (0.63249999999999995, "0%"), (1, "[Red]0.00%"), (0.00955, "0.000%"), (-0.5, "0%")]
    (sheet,) = read(formatted(*shares))
    assert sheet.rows == [["95,5%", "63,25%", "100%", "0,955%", "-50%"]]


def test_what_no_percent_format_shows_stays_a_figure():
    """A sign that is written out multiplies nothing."""
    cells = [(95.5, '0.0"%"'), (0.955, "0.0\\%"), (0.955, "General"), ("=1+1", "General"), ("0,5", "0%"), (1e300, "0%")]
    (sheet,) = read(formatted(*cells))
    assert sheet.rows[0][:3] == [95.5, 0.955, 0.955]
    assert sheet.rows[0][4:] == ["0,5", 1e300]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B1"><f>90+5.5</f></c>',
        '<c r="B1"><f>90+5.5</f><v/></c>',
        '<c r="B1" s="0" t="n"><f>90+5.5</f><v></v></c>',
        '<c r="B1" t="str"><f ca="1">90+5.5</f></c>',
        '<x:c r="B1"><x:f>90+5.5</x:f><x:v/></x:c>',
    ],
)
def test_a_formula_that_was_never_computed_is_read_as_such(cell):
    """The parser alone gives "" for it, as for an empty cell."""
    plain = formatted((1, "General"), (2, "General"))
    (sheet,) = read(rewritten(plain, '<c r="B1" t="n"><v>2</v></c>', cell))
    assert sheet.rows == [[1, "#CHƯA TÍNH: =90+5.5"]]
    assert "công thức chưa có kết quả" in error_remedy(sheet.rows[0][1])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="B1"><f>90+5.5</f><v>95.5</v></c>', 95.5),
        ('<c r="B1" t="str"><f>IF(A1=2,"x","")</f><v></v></c>', ""),
        ('<c r="B1" t="inlineStr"><is><t>&lt;f&gt;</t></is></c>', "<f>"),
    ],
)
def test_a_formula_with_its_result_is_read_as_the_result(cell, value):
    plain = formatted((1, "General"), (2, "General"))
    (sheet,) = read(rewritten(plain, '<c r="B1" t="n"><v>2</v></c>', cell))
    assert sheet.rows == [[1, value]]


def test_sheets_that_are_hidden_are_left_out():
    book = openpyxl.Workbook()
    book.active.append(["thấy"])
    book.create_sheet("ẩn").sheet_state = "hidden"
    buffer = BytesIO()
    book.save(buffer)
    assert [sheet.name for sheet in read(buffer.getvalue())] == ["Sheet"]
