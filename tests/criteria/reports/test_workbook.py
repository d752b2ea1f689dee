"""The month's workbook: out with what stands, back cell by cell, refused where a cell is wrong."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from communes.enums import Role
from criteria.enums import Status
from criteria.exchange.compared import DryRun, RowKind
from criteria.models import SubItem, SubItemPart
from criteria.reports.form_selectors import report_form
from criteria.reports.saving import Said, save_line
from criteria.reports.workbook import LINES, TEXTS, Row, dry_run, workbook
from ntm_tracker.lib.workbook import XLSX, read
from tests.criteria.reports.desk import MORNING, Desk, make_desk
from tests.factories import make_report, make_threshold, make_user
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db
Edit = Callable[[openpyxl.Workbook], None]
STATUS, VALUE, PARTS, NOTE, COMMUNE, MONTH, STAMP = "E", "F", "H", "I", "J", "K", "L"


@pytest.fixture
def desk(settings, tmp_path) -> Desk:
    settings.NTM_TODAY, settings.MEDIA_ROOT = date(2023, 4, 10), tmp_path
    return make_desk()


def filled(desk: Desk, edit: Edit | None = None) -> bytes:
    """The workbook as it came, filled in by `edit` the way Excel does."""
    content = workbook(report_form(desk.fresh()))
    if edit is None:
        return content
    book = openpyxl.load_workbook(BytesIO(content))
    edit(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def put(sheet: str, **cells) -> Edit:
    def edit(book: openpyxl.Workbook) -> None:
        for address, value in cells.items():
            book[sheet][address] = value

    return edit


def run(desk: Desk, edit: Edit | None = None, content: bytes | None = None) -> DryRun[Row]:
    return dry_run(read(content or filled(desk, edit)), report_form(desk.fresh()))


def wrong(found: DryRun[Row]) -> list[tuple[str, str, str]]:
    return [(row.sheet, row.cell, row.remedy) for row in found.wrong]


# Out


def test_the_workbook_bears_what_stands_and_hides_what_it_is_known_by(desk):
    book = openpyxl.load_workbook(BytesIO(filled(desk)))
    assert book.sheetnames == [LINES, TEXTS, "Hướng dẫn"]
    sheet = book[LINES]
    assert [sheet[f"{column}4"].value for column in ("A", STATUS, VALUE, COMMUNE, MONTH)] == [
        "2.1",
        "Đạt",
        72.5,
        desk.commune.code,
        "2023-04",
    ]
    assert [sheet.column_dimensions[column].hidden for column in (STATUS, COMMUNE, STAMP)] == [False, True, True]
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert [str(rule.sqref) for rule in lists] == ["E2:E5"]
    assert "Không áp dụng" in lists[0].formula1
    assert sheet.protection.sheet
    assert not sheet["E2"].protection.locked
    assert sheet[f"{STAMP}2"].protection.locked


def test_a_sub_item_bears_the_code_of_the_decision_and_comes_back_by_it_or_by_the_products_own(desk):
    SubItem.objects.filter(code="2.1").update(official_code="2")
    sheet = openpyxl.load_workbook(BytesIO(filled(desk)))[LINES]
    assert [sheet[f"A{row}"].value for row in range(2, 6)] == ["1.1", "1.2", "2", "2.2"]
    for code in ("2", "2.1"):
        found = run(desk, put(LINES, A4=code, **{f"{NOTE}4": "Đang làm"}))
        assert [row.line.sub_item.code for row in found.changes] == ["2.1"]
        assert not found.wrong


def test_a_workbook_that_nobody_filled_in_changes_nothing(desk):
    found = run(desk)
    assert not found.problem
    assert set(found.counts) == {RowKind.SAME}
    assert len(found.rows) == 8


# Back


def test_what_was_filled_in_lands_in_the_form(desk):
    edit = put(LINES, **{f"{STATUS}2": "Chưa đạt", f"{NOTE}2": "Lũ cuốn cầu", f"{VALUE}4": 80})
    found = run(desk, edit)
    assert [(row.title.split()[0], row.kind) for row in found.changes] == [
        ("1.1", RowKind.CHANGED),
        ("2.1", RowKind.CHANGED),
    ]
    client = sign_in(desk.clerk)
    answer = send(client, desk, filled(desk, edit))
    assert "2 chỗ thay đổi" in text(answer)
    assert desk.line("1.1").version == 1
    answer = client.post(answer.redirect_chain[-1][0], follow=True)
    assert "Đã đưa 2 chỗ" in text(answer)
    assert (desk.line("1.1").status, desk.line("1.1").note) == (Status.NOT_MET, "Lũ cuốn cầu")
    assert desk.line("2.1").value == 80
    assert 'id="report-form"' in answer.text


def test_a_part_of_the_text_lands_in_the_form(desk):
    client = sign_in(desk.clerk)
    answer = send(client, desk, filled(desk, put(TEXTS, B4="Khởi công nhà văn hóa\nthôn 3")))
    client.post(answer.redirect_chain[-1][0])
    assert desk.fresh().next_work == "Khởi công nhà văn hóa\nthôn 3"
    assert desk.fresh().results == desk.report.results


def test_a_second_column_of_the_same_name_is_refused(desk):
    found = run(desk, put(LINES, M1="Kết quả"))
    assert found.problem.startswith("Trang “Nội dung” có hai cột Kết quả (E1, M1).")


def test_values_by_part_are_read_by_their_names(desk):
    for place, (code, name) in enumerate([("nam", "Nam"), ("nu", "Nữ")]):
        SubItemPart.objects.create(sub_item=desk.sub_items[2], code=code, name=name, position=place)
    desk.say("2.1", value=None, part_values={"nam": "70"})
    found = run(desk, put(LINES, **{f"{PARTS}4": "Nam: 71,5; Nữ: 65"}))
    assert found.changes[0].said.part_values == {"nam": Decimal("71.5"), "nu": Decimal("65")}


@pytest.mark.parametrize(
    ("cells", "cell", "sentence"),
    [
        ({f"{VALUE}4": "bảy mươi"}, "F4", "“bảy mươi” không phải là số"),
        ({f"{VALUE}4": 120}, "F4", "không quá 100%"),
        ({f"{VALUE}4": -1}, "F4", "không được âm"),
        ({f"{VALUE}2": 5}, "F2", "chỉ có đạt hoặc chưa đạt"),
        ({f"{STATUS}3": "tốt"}, "E3", "Không rõ kết quả “tốt”"),
        ({f"{STATUS}3": None, f"{NOTE}3": "xem lại"}, "E3", "còn trống"),
        ({f"{NOTE}3": "x" * 2001}, "I3", "quá 2.000 chữ"),
        ({f"{VALUE}4": 0.955}, "F4", "Không rõ 0,955 là 95,5% hay 0,955%"),
        ({f"{VALUE}4": "=90+5.5"}, "F4", "công thức chưa có kết quả"),
        ({f"{NOTE}3": "#N/A"}, "I3", "lỗi của Excel (#N/A)"),
        ({f"{PARTS}4": "Nam: 70"}, "H4", "Không rõ phần “Nam: 70”"),
        ({f"{STAMP}3": "7"}, "L3", "Phiên bản đã bị sửa"),
        ({f"{COMMUNE}3": "99999"}, "J3", "của xã khác"),
        ({f"{MONTH}3": "2023-03"}, "K3", "của tháng khác"),
        ({"A3": "9.9"}, "A3", "không có mã nội dung này"),
    ],
)
def test_a_wrong_cell_is_named_with_what_to_do_and_nothing_is_written(desk, cells, cell, sentence):
    edit = put(LINES, **cells)
    found = run(desk, edit)
    assert found.wrong[0].sheet == LINES
    assert found.wrong[0].cell == cell
    assert sentence in found.wrong[0].remedy
    client = sign_in(desk.clerk)
    good = put(LINES, **{f"{STATUS}5": "Đạt"})

    def both(book):
        edit(book)
        good(book)

    answer = send(client, desk, filled(desk, both))
    assert f"ô {cell}" in text(answer)
    assert client.post(answer.redirect_chain[-1][0]).status_code == 409
    assert desk.line("2.2").status == Status.NOT_MET


def test_what_a_deleted_column_held_stays(desk):
    def drop(book):
        book[LINES][f"{STATUS}3"] = "Chưa đạt"
        for column in (9, 8, 6):
            book[LINES].delete_cols(column)

    found = run(desk, drop)
    assert [(row.title.split()[0], row.kind) for row in found.changes] == [("1.2", RowKind.CHANGED)]
    assert found.counts[RowKind.SAME] == 7


def test_missing_and_doubled_rows_are_named(desk):
    def drop(book):
        book[LINES].delete_rows(3)
        book[TEXTS].delete_rows(5)

    assert wrong(run(desk, drop)) == [
        (LINES, "A5", "Thiếu dòng của nội dung 1.2. Hãy thêm lại dòng này hoặc tải bảng mới."),
        (TEXTS, "A5", "Thiếu dòng của phần “Kiến nghị, đề xuất”. Hãy thêm lại dòng này hoặc tải bảng mới."),
    ]

    def double(book):
        sheet = book[LINES]
        for cell in sheet[2]:
            sheet.cell(6, cell.column, cell.value)
        sheet["E6"] = "Chưa đạt"

    assert wrong(run(desk, double)) == [(LINES, "A6", "Trùng với dòng 2. Hãy chỉ giữ một dòng cho mỗi nội dung.")]


def test_the_workbook_of_another_commune_or_month_is_refused_by_its_cells(desk):
    found = run(desk, content=filled(make_desk()))
    assert [(row.sheet, row.cell) for row in found.wrong] == [(LINES, "J2"), (TEXTS, "D2")]
    assert all("của xã khác" in row.remedy for row in found.wrong)
    march = make_report(commune=desk.commune, criteria_set=desk.criteria_set, month=date(2023, 3, 1))
    for line in desk.report.lines.all():
        march.lines.create(sub_item=line.sub_item, status=line.status)
    found = run(desk, content=workbook(report_form(march)))
    assert [(row.sheet, row.cell) for row in found.wrong] == [(LINES, "K2"), (TEXTS, "E2")]
    assert all("của tháng khác" in row.remedy for row in found.wrong)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda book: book.remove(book[TEXTS]), "không có trang “Phần lời”"),
        (lambda book: book[LINES].delete_cols(5), "thiếu cột Kết quả"),
        (lambda book: book[LINES].delete_rows(1), "thiếu cột"),
    ],
)
def test_a_workbook_of_another_shape_is_refused_whole(desk, edit, sentence):
    assert sentence in run(desk, edit).problem


def test_what_is_no_workbook_is_refused_at_the_upload(desk):
    client = sign_in(desk.clerk)
    answer = client.post(address(desk, "upload/"), {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04", XLSX)})
    assert answer.status_code == 422


# What changed in the meantime


def test_rows_that_were_left_alone_never_take_back_what_was_typed_since(desk):
    content = filled(desk)
    save_line(line=desk.line("1.1"), said=Said(Status.NOT_MET, note="Lũ"), expected_version=1, at=MORNING)
    found = run(desk, content=content)
    assert set(found.counts) == {RowKind.SAME}


def test_a_row_changed_on_both_sides_is_decided_by_the_person(desk):
    content = filled(desk, put(LINES, **{f"{VALUE}4": 80}))
    save_line(line=desk.line("2.1"), said=Said(Status.MET, Decimal(75)), expected_version=1, at=MORNING)
    client = sign_in(desk.clerk)
    answer = send(client, desk, content)
    assert "1 xung đột" in text(answer)
    preview = answer.redirect_chain[-1][0]
    row = answer.context["found"].conflicts[0]
    assert client.post(preview).status_code == 409
    assert client.post(preview, {f"decide-{row.key}": "system"}).status_code == 302
    assert desk.line("2.1").value == 75
    assert client.post(preview, {f"decide-{row.key}": "file"}).status_code == 302
    assert desk.line("2.1").value == 80


def test_a_sent_report_takes_no_workbook(desk):
    client = sign_in(desk.clerk)
    answer = send(client, desk, filled(desk, put(LINES, **{f"{VALUE}4": 80})))
    desk.submit()
    assert client.post(answer.redirect_chain[-1][0]).status_code == 302
    assert desk.line("2.1").value == Decimal("72.5")
    assert client.get(address(desk, "upload/")).status_code == 302


def test_a_kept_file_is_the_person_s_and_the_report_s_own(desk):
    client = sign_in(desk.clerk)
    preview = send(client, desk, filled(desk)).redirect_chain[-1][0]
    colleague = sign_in(make_user(Role.COMMUNE, commune=desk.commune))
    assert colleague.get(preview).status_code == 302


def test_the_form_on_paper_has_every_sub_item_and_room_to_write(desk):
    answer = sign_in(desk.clerk).get(f"/reports/{desk.commune.code}/2023-04/blank/")
    assert all(item.name in answer.text for item in desk.sub_items)
    assert answer.text.count("☐ Chưa đạt") == 4
    assert answer.text.count("blank-lines") == 4


def test_workbook_and_paper_say_what_each_part_of_a_sub_item_requires(desk):
    item = desk.sub_items[2]
    parts = [item.parts.create(code=code, name=code, position=at) for at, code in enumerate(("nam", "nu"), 1)]
    make_threshold(sub_item=item, part=parts[0])
    paper = text(sign_in(desk.clerk).get(f"/reports/{desk.commune.code}/2023-04/blank/"))
    assert "nam: ≥ 80%; nu: chưa rõ ngưỡng" in paper
    assert read(filled(desk))[0].rows[3][2] == "nam: ≥ 80%; nu: chưa rõ ngưỡng"


def address(desk: Desk, more: str = "") -> str:
    return f"/reports/{desk.commune.code}/2023-04/workbook/{more}"


def send(client: Client, desk: Desk, content: bytes):
    file = SimpleUploadedFile("Báo cáo.xlsx", content, XLSX)
    return client.post(address(desk, "upload/"), {"file": file}, follow=True)
