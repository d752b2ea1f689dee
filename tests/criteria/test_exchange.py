"""The status workbook: it goes out, comes back, and changes exactly what was edited, or nothing."""

import csv
import os
import random
import unicodedata
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from communes.enums import CommuneKind, Role
from communes.models import Authority, Commune
from criteria import unit_services
from criteria.enums import AssessmentSource, Comparator, Status, SubItemKind
from criteria.exceptions import SomebodyWasFaster
from criteria.exchange import uploads
from criteria.exchange.compared import KEEP_SYSTEM, TAKE_FILE, RowKind
from criteria.exchange.matching import CommuneIndex, SubItemIndex, spelling_key
from criteria.exchange.status_import import dry_run, fault_lines, write
from criteria.exchange.status_sheet import COLUMNS
from criteria.exports import status_workbook
from criteria.models import Assessment, AssessmentChange, SubItem, SubItemPart
from criteria.selectors import month_before
from criteria.services import change_assessment
from ntm_tracker.lib import clock
from ntm_tracker.lib.workbook import XLSX, list_workbook, read
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_criterion,
    make_department,
    make_guide,
    make_sub_item,
    make_threshold,
    make_user,
)

pytestmark = pytest.mark.django_db

ODS = b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK\x03\x04"
NAMES = Path(__file__).parents[1] / "data" / "communes.csv"


@pytest.fixture
def district(settings):
    settings.NTM_TODAY = clock.date(2023, 4, 10)
    return make_authority()


@pytest.fixture
def criteria_set(district):
    """Two criteria with five sub-items: one a percentage with a level of 80, one measured in two parts."""
    criteria_set = make_criteria_set(criteria=1, sub_items=(2,))
    criterion = make_criterion(criteria_set=criteria_set)
    measured = make_sub_item(criterion=criterion, kind=SubItemKind.PERCENT)
    make_threshold(sub_item=measured, value=80)
    parted = make_sub_item(criterion=criterion, kind=SubItemKind.PERCENT)
    for position, (code, name) in enumerate((("nam", "Nam"), ("nu", "Nữ")), 1):
        SubItemPart.objects.create(sub_item=parted, code=code, name=name, position=position)
    make_sub_item(criterion=criterion)
    return criteria_set


@pytest.fixture
def communes(district, criteria_set):
    return [make_commune(authority=district, name=name) for name in ("Cao Sơn", "Đức Sơn", "Hòa Bình")]


@pytest.fixture
def officer(district):
    return make_user(authority=district)


def exported(communes, criteria_set, **options):
    return status_workbook(communes, criteria_set, clock.now(), **options)


def edited(content, edits):
    """Return the workbook after somebody typed `edits` (address to value) into its first sheet."""
    book = openpyxl.load_workbook(BytesIO(content))
    for address, value in edits.items():
        book.worksheets[0][address] = value
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def compared(content, user):
    return dry_run(read(content), user)


def remedies(rows):
    return " ".join(fault.remedy for row in rows for fault in row.faults)


def numbers(rows):
    return [row.number for row in rows]


# There and back


def test_what_comes_back_unchanged_changes_nothing(communes, criteria_set, officer):
    """Also texts that look like formulas, control signs, values of parts, and cells never assessed."""
    items = {item.code: item for criterion in criteria_set.criteria.all() for item in criterion.sub_items.all()}
    make_assessment(commune=communes[0], sub_item=items["1.1"], reason="=1+1\x01", basis=" +84 ")
    make_assessment(commune=communes[0], sub_item=items["2.1"], value=Decimal("63.25"), reason="Số\r\nliệu\t2023")
    make_assessment(commune=communes[0], sub_item=items["2.2"], part_values={"nam": "71.5", "nu": "65"})
    make_assessment(commune=communes[1], sub_item=items["1.1"], status=Status.NOT_APPLICABLE, reason="Đô thị")
    preview = compared(exported(communes, criteria_set), officer)
    assert preview.counts == {RowKind.SAME: 15}
    assert write(preview.to_write({}), officer) == 0
    assert AssessmentChange.objects.count() == 4


def test_exactly_the_edited_cells_change_however_many_they_are(communes, criteria_set, officer):
    """A hundred rounds of export, random edits and import: the preview and the history show the edits alone."""
    chance = random.Random(2023)  # noqa: S311  the same edits every time
    for _ in range(100):
        before = {(row.commune_id, row.sub_item_id): row.version for row in Assessment.objects.all()}
        statuses = {
            (row.commune.code, row.sub_item.code): row.status
            for row in Assessment.objects.select_related("commune", "sub_item")
        }
        content = exported(communes, criteria_set)
        rows = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
        edits = {}
        for number in chance.sample(range(2, 17), chance.randrange(0, 16)):
            old = statuses.get((rows[f"A{number}"].value, rows[f"C{number}"].value))
            edits[f"E{number}"] = "Chưa đạt" if old == Status.MET else "Đạt"
        changes = AssessmentChange.objects.count()
        preview = compared(edited(content, edits), officer)
        assert sorted(f"E{row.number}" for row in preview.changes) == sorted(edits)
        assert len(preview.rows) == len(edits) + preview.counts[RowKind.SAME]
        assert write(preview.to_write({}), officer) == len(edits)
        assert AssessmentChange.objects.count() == changes + len(edits)
        touched = sum(row.version != before.get((row.commune_id, row.sub_item_id)) for row in Assessment.objects.all())
        assert touched == len(edits)


def test_a_written_row_is_recorded_like_any_other_change(communes, criteria_set, officer):
    item = criteria_set.criteria.get(number=2).sub_items.get(code="2.1")
    make_assessment(commune=communes[0], sub_item=item, status=Status.NOT_MET, value=Decimal(60))
    content = edited(exported(communes, criteria_set), {"E4": "đạt", "F4": 81.5, "I4": "Đo lại", "J4": "BB 12"})
    write(compared(content, officer).to_write({}), officer)
    change = AssessmentChange.objects.get(version=2)
    assert (change.from_status, change.from_value) == (Status.NOT_MET, Decimal(60))
    assert (change.status, change.value, change.reason, change.basis) == ("met", Decimal("81.5"), "Đo lại", "BB 12")
    assert (change.by, change.source) == (officer, AssessmentSource.IMPORT)
    assessment = Assessment.objects.get()
    assert (assessment.version, assessment.status, assessment.changed_by) == (2, Status.MET, officer)


def test_what_a_department_writes_by_a_file_rests_on_its_word(communes, criteria_set, district):
    item = criteria_set.criteria.get(number=1).sub_items.get(code="1.1")
    clerk = make_user(Role.DEPARTMENT, department=make_department(authority=district))
    make_guide(sub_item=item, department=clerk.department)
    make_assessment(commune=communes[0], sub_item=item)
    write(compared(edited(exported(communes, criteria_set), {"E2": "Chưa đạt"}), clerk).to_write({}), clerk)
    assert Assessment.objects.get().source == AssessmentSource.DEPARTMENT
    assert not Assessment.objects.awaiting().exists(), "it doesn't wait for the word of who has just given it"


def test_parts_are_filled_in_by_name(communes, criteria_set, officer):
    content = edited(exported(communes, criteria_set), {"E5": "x", "H5": "nữ: 65,5; Nam: 70"})
    write(compared(content, officer).to_write({}), officer)
    assert Assessment.objects.get().part_values == {"nam": "70.000", "nu": "65.500"}


@pytest.mark.parametrize(
    ("said", "status"),
    [(said, "met") for said in ("Đạt", "đạt", "DAT", "x", 1, "1", True)]
    + [(said, "not_met") for said in ("Chưa đạt", "không đạt", 0, unicodedata.normalize("NFD", "chưa đạt"))],
)
def test_officers_words_for_a_status_are_understood(communes, criteria_set, officer, said, status):
    preview = compared(edited(exported(communes, criteria_set), {"E2": said}), officer)
    assert [row.asked.status for row in preview.changes] == [status]


@pytest.mark.parametrize(("value", "status"), [(80, Status.MET), (79.9, Status.NOT_MET)])
def test_a_value_without_a_status_takes_the_one_of_its_threshold(communes, criteria_set, officer, value, status):
    (row,) = compared(edited(exported(communes, criteria_set), {"F4": value}), officer).changes
    assert row.asked.status == status


def test_a_status_that_was_cleared_beside_its_value_changes_nothing(communes, criteria_set, officer):
    item = criteria_set.criteria.get(number=2).sub_items.get(code="2.1")
    make_assessment(commune=communes[0], sub_item=item, status=Status.NOT_MET, value=Decimal(60))
    assert compared(edited(exported(communes, criteria_set), {"E4": None}), officer).changes == []


# A status that follows its value


@pytest.fixture
def below(communes, criteria_set):
    """Findings of Cao Sơn below their levels: 60% in row 4, women's 65% in row 5."""
    items = {item.code: item for item in SubItem.objects.of_set(criteria_set)}
    make_threshold(sub_item=items["2.2"], value=90)
    why = {"status": Status.NOT_MET, "reason": "Dưới mức của vùng"}
    make_assessment(commune=communes[0], sub_item=items["2.2"], part_values={"nam": "95", "nu": "65"}, **why)
    return make_assessment(commune=communes[0], sub_item=items["2.1"], value=Decimal(60), **why)


def test_an_untouched_status_follows_the_value_that_was_changed(
    client, communes, criteria_set, officer, below, settings, tmp_path
):
    """In parts or as a whole; what gave reasons for the status before goes."""
    content = edited(exported(communes, criteria_set), {"F4": 81.5, "I4": None, "H5": "Nam: 95; Nu: 91"})
    preview = compared(content, officer)
    assert [(row.number, row.asked.status, row.followed_text) for row in preview.changes] == [
        (4, Status.MET, "Chưa đạt → Đạt"),
        (5, Status.MET, "Chưa đạt → Đạt"),
    ]
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    address = upload(client, content).url
    assert client.get(address).text.count("Kết quả theo giá trị: Chưa đạt → Đạt") == 2
    client.post(address)
    assert set(Assessment.objects.values_list("status", "reason")) == {(Status.MET, "")}


@pytest.mark.parametrize(
    ("edits", "kind"),
    [
        ({"F4": 79}, RowKind.CHANGED),
        ({"F4": 81, "I4": "Chưa thẩm tra số liệu"}, RowKind.CHANGED),
        ({"F4": 81, "K4": None}, RowKind.CONFLICT),
        ({"F4": 81, "I4": None, "K4": None}, RowKind.WRONG),
    ],
)
def test_a_status_stays_where_the_value_says_the_same_or_more_was_edited(
    communes, criteria_set, officer, below, edits, kind
):
    rows = compared(edited(exported(communes, criteria_set), edits), officer).rows
    (row,) = [row for row in rows if row.number == 4]
    assert (row.kind, row.asked.status, row.follows) == (kind, Status.NOT_MET, False)


def test_an_exception_keeps_its_reason_until_the_value_says_otherwise(communes, criteria_set, officer, below):
    """Met below the level for a reason; a value that is still below it puts nothing in question."""
    Assessment.objects.update(status=Status.MET)
    (row,) = compared(edited(exported(communes, criteria_set), {"F4": 65}), officer).changes
    assert (row.to_write.status, row.to_write.reason) == (Status.MET, "Dưới mức của vùng")


def test_a_status_follows_also_where_others_changed_the_finding_since(communes, criteria_set, officer, below):
    content = edited(exported(communes, criteria_set), {"F4": 85})
    change_assessment(
        commune=communes[0], sub_item=below.sub_item, status=Status.NOT_MET, value=Decimal(70), by=make_user(),
        expected_version=1, reason="Đo lại",
    )  # fmt: skip
    for file in (content, without(content, "Lý do")):
        (row,) = compared(file, officer).conflicts
        assert (row.follows, row.to_write.status, row.to_write.reason) == (True, Status.MET, "")


def test_a_status_chosen_against_its_value_names_the_cells_that_mend_it(communes, criteria_set, officer, below):
    content = edited(exported(communes, criteria_set), {"E4": "Đạt", "F4": 61})
    (row,) = compared(content, officer).wrong
    (fault,) = row.faults
    assert fault.cell == "I4"
    assert "Hãy đổi ô E4 thành Chưa đạt hoặc để trống, hoặc ghi lý do ở I4." in fault.remedy
    assert "Lý do đang có là của kết quả cũ, hãy ghi lý do mới." in fault.remedy
    assert "thêm cột Lý do" in remedies(compared(without(content, "Lý do"), officer).wrong)


# Wrong rows

WRONG = [
    ({"E2": "có thể"}, "E2", "có thể", "Không rõ kết quả"),
    ({"E4": "Đạt", "F4": 120}, "F4", "120", "không quá 100%"),
    ({"E4": "Đạt", "F4": -5}, "F4", "-5", "không được âm"),
    ({"E4": "Đạt", "F4": "nhiều"}, "F4", "nhiều", "không phải là số"),
    ({"E4": "Đạt", "F4": 1.23456}, "F4", "1.23456", "3 chữ số"),
    ({"E4": "Đạt", "F4": 70}, "I4", "", "phải ghi lý do"),
    ({"H5": "Nam: 70; Nữ: 90"}, "E5", "", "Kết quả còn trống"),
    ({"E2": "Không áp dụng"}, "I2", "", "phải ghi lý do"),
    ({"E2": "Không áp dụng", "I2": "Không có rừng"}, "J2", "", "phải ghi căn cứ"),
    ({"E2": "Đạt", "F2": 5}, "F2", "5", "chỉ có đạt hoặc chưa đạt"),
    ({"E5": "Đạt", "F5": 5}, "F5", "5", "nhiều phần đo"),
    ({"E5": "Đạt", "H5": "Trẻ em: 5"}, "H5", "Trẻ em: 5", "Không rõ phần"),
    ({"E2": "Đạt", "K2": "một"}, "K2", "một", "Phiên bản đã bị sửa"),
    ({"E4": "Đạt", "F4": "#N/A"}, "F4", "#N/A", "lỗi của Excel (#N/A)"),
    ({"E2": "#REF!"}, "E2", "#REF!", "lỗi của Excel"),
    ({"E2": "Đạt", "I2": "#VALUE!"}, "I2", "#VALUE!", "lỗi của Excel"),
    ({"E4": "Đạt", "F4": "=90+5.5"}, "F4", "=90+5.5", "công thức chưa có kết quả"),
    ({"E2": "Đạt", "I2": "=A1"}, "I2", "=A1", "lưu lại"),
    ({"E2": "Đạt", "I2": "x" * 2001}, "I2", "x" * 60, "Lý do dài quá 2.000 chữ"),
    ({"E2": "Không áp dụng", "I2": "Không có rừng", "J2": "x" * 301}, "J2", "x" * 60, "Căn cứ dài quá 300 chữ"),
    ({"E4": "Đạt", "F4": 10**9}, "F4", "1000000000", "Số quá lớn"),
    ({"A2": None, "B2": None}, "B2", "", "Chưa ghi xã. Hãy ghi mã xã"),
    ({"A2": "99999"}, "A2", "99999", "Không có xã nào mang mã"),
    ({"A2": "Tổng"}, "A2", "Tổng", "Không có xã nào mang mã “Tổng”"),
    ({"B2": "Đức Sơn"}, "A2", None, "không phải “Đức Sơn”"),
    ({"C2": "9.9"}, "C2", "9.9", "không có nội dung"),
    ({"C3": "1.1", "D3": "Quy hoạch"}, "C3", "1.1", "Trùng với dòng 2"),
    ({"C2": "2.3", "E2": "Đạt"}, "C2", "2.3", "Mã 2.3 là “Nội dung 2.3”, còn “Nội dung 1.1” mang mã 1.1. Hãy sửa mã"),
]


@pytest.mark.parametrize(("edits", "cell", "text", "remedy"), WRONG)
def test_a_wrong_row_is_named_by_cell_value_and_remedy(communes, criteria_set, officer, edits, cell, text, remedy):
    preview = compared(edited(exported(communes, criteria_set), edits), officer)
    (row,) = preview.wrong
    fault = row.faults[0]
    assert (row.sheet, fault.cell) == ("Trạng thái", cell)
    assert text is None or fault.text == text
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    ("edits", "cells"),
    [
        ({"E4": "có thể", "F4": "nhiều", "K4": "một"}, ["E4", "F4", "K4"]),
        ({"E4": "#REF!", "F4": 120, "I4": "=A1"}, ["E4", "F4", "I4"]),
        ({"A4": "99999", "C4": "9.9", "F4": "#N/A"}, ["A4", "C4", "F4"]),
        ({"E4": "Không áp dụng", "F4": "nhiều"}, ["F4", "I4", "J4"]),
        ({"F4": "nhiều"}, ["F4"]),
        ({"E4": "Đạt", "F4": 0.955}, ["F4"]),
    ],
)
def test_all_faults_of_a_row_are_told_at_once_and_none_that_only_follows(communes, criteria_set, officer, edits, cells):
    (row,) = compared(edited(exported(communes, criteria_set), edits), officer).wrong
    assert [fault.cell for fault in row.faults] == cells


def test_a_reason_of_the_status_before_is_told_apart_from_none(communes, criteria_set, officer, below):
    (row,) = compared(edited(exported(communes, criteria_set), {"E4": "Không áp dụng"}), officer).wrong
    reason, basis = row.faults
    assert (reason.cell, reason.text, basis.cell, basis.text) == ("I4", "Dưới mức của vùng", "J4", "")
    assert "Lý do đang có là của kết quả cũ, hãy ghi lý do mới." in reason.remedy
    assert "kết quả cũ" not in basis.remedy


def without(content, *titles):
    """Return the workbook after somebody deleted the columns with these headings."""
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    for cell in reversed(list(sheet[1])):
        if cell.value in titles:
            sheet.delete_cols(cell.column)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_what_a_deleted_column_held_stays(communes, criteria_set, officer):
    """A reason goes with the status that it gives reasons for."""
    items = {item.code: item for criterion in criteria_set.criteria.all() for item in criterion.sub_items.all()}
    make_assessment(
        commune=communes[0], sub_item=items["1.1"], status=Status.NOT_APPLICABLE, reason="Đô thị", basis="A"
    )
    make_assessment(commune=communes[0], sub_item=items["1.2"], status=Status.NOT_MET, reason="Thiếu nhà", basis="B")
    make_assessment(commune=communes[0], sub_item=items["2.1"], status=Status.MET, value=Decimal("91.5"))
    make_assessment(commune=communes[0], sub_item=items["2.2"], part_values={"nam": "71.5", "nu": "65"})
    lost = ("Giá trị", "Giá trị từng phần", "Lý do", "Căn cứ")
    content = exported(communes, criteria_set)
    assert compared(without(content, *lost), officer).counts == {RowKind.SAME: 15}
    preview = compared(without(edited(content, {"E3": "Đạt", "E4": "Chưa đạt", "I4": "Đo lại"}), *lost[:2]), officer)
    assert numbers(preview.changes) == [3, 4]
    assert [(row.asked.value, row.asked.reason) for row in preview.changes] == [
        (None, "Thiếu nhà"),
        (Decimal("91.5"), "Đo lại"),
    ]
    (row,) = compared(without(edited(content, {"E3": "Đạt"}), *lost), officer).changes
    assert (row.asked.reason, row.asked.basis) == ("", "")


def test_a_row_without_a_column_that_nobody_edited_keeps_what_changed_on_the_web(communes, criteria_set, officer):
    item = criteria_set.criteria.get(number=2).sub_items.get(code="2.1")
    make_assessment(commune=communes[0], sub_item=item, status=Status.NOT_MET, value=Decimal(60))
    content = without(exported(communes, criteria_set), "Giá trị", "Lý do")
    change_assessment(
        commune=communes[0], sub_item=item, status=Status.MET, value=Decimal(85), by=make_user(), expected_version=1
    )
    assert compared(content, officer).counts == {RowKind.NEWER: 1, RowKind.SAME: 14}


def test_a_file_without_the_columns_is_refused_with_a_sentence(communes, criteria_set, officer):
    book = openpyxl.Workbook()
    book.active.append(["Họ tên", "Điểm"])
    buffer = BytesIO()
    book.save(buffer)
    assert "Không tìm thấy trang nào" in compared(buffer.getvalue(), officer).problem


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ({"E1": "KQ"}, "Trang “Trạng thái”, dòng 1 thiếu cột Kết quả."),
        ({"M1": "Kết quả"}, "Trang “Trạng thái”, dòng 1 có hai cột Kết quả (E1, M1)."),
    ],
)
def test_a_heading_that_is_lacking_or_stands_twice_is_named_with_its_place(
    communes, criteria_set, officer, edits, words
):
    preview = compared(edited(exported(communes, criteria_set), {**edits, "E2": "Đạt"}), officer)
    assert preview.problem.startswith(words)
    assert preview.rows == ()


def test_a_figure_in_a_column_of_texts_keeps_its_decimal_comma(communes, criteria_set, officer):
    (row,) = compared(edited(exported(communes, criteria_set), {"E2": "Đạt", "I2": 12.5}), officer).changes
    assert row.asked.reason == "12,5"


def test_a_code_that_excel_turned_into_a_figure_is_asked_for_again(criteria_set):
    criterion = criteria_set.criteria.get(number=1)
    items = [make_sub_item(criterion=criterion, code=f"1.{place}", position=place) for place in range(3, 11)]
    index = SubItemIndex([*criterion.sub_items.all()])
    assert "1.1 hay 1.10" in index.match(1.1, "").remedy
    assert index.match(1.3, "").found == items[0]
    assert "thành ngày" in index.match(clock.date(2023, 1, 3), "").remedy


def test_a_sub_item_is_found_by_the_code_that_the_pages_show(criteria_set):
    alone = make_sub_item(criterion=criteria_set.criteria.get(number=2), code="2.9", position=9, official_code="2")
    index = SubItemIndex(SubItem.objects.of_set(criteria_set))
    assert [index.match(code, "").found for code in ("2", 2.0, "2.9")] == [alone] * 3
    assert index.match("1", "").found is None


def test_a_sub_item_without_its_code_is_found_only_by_a_name_that_it_alone_bears(criteria_set):
    first, second, *others = SubItem.objects.of_set(criteria_set)
    second.name = others[0].name = "Tỷ lệ hộ nghèo"
    index = SubItemIndex([first, second, *others])
    assert index.match("", first.name.upper()).found == first
    for name in ("Tỷ lệ hộ nghèo", "Không có tên này", "", None):
        match = index.match(None, name)
        assert (match.found, match.remedy) == (None, "Chưa ghi mã nội dung. Hãy ghi mã như 13.3."), name


def test_the_workbook_names_sub_items_as_the_decision_does_and_takes_both_codes(communes, criteria_set, officer):
    """Where the decision's code would mean another sub-item, the product's own stands."""
    items = {item.code: item for item in SubItem.objects.of_set(criteria_set)}
    for code, official in (("2.3", "2"), ("1.1", "1a"), ("1.2", "2.1")):
        items[code].official_code = official
        items[code].save()
    content = exported(communes[:1], criteria_set)
    assert [row[2] for row in read(content)[0].rows[1:]] == ["1a", "1.2", "2.1", "2.2", "2"]
    for named in ({}, {"C6": "2.3", "C2": "1.1"}, {"C6": 2, "C2": "1a"}):
        changes = compared(edited(content, {"E6": "Đạt", "E2": "x", **named}), officer).changes
        assert [row.sub_item for row in changes] == [items["1.1"], items["2.3"]]


# Of another set


@pytest.fixture
def next_set(communes, criteria_set, officer, settings):
    """On 2/5 another set is in force; its 1.1 of Cao Sơn has the version that the old one's has in the file."""

    def enter():
        settings.NTM_TODAY = clock.date(2023, 5, 2)
        found = make_criteria_set(short_name="Bộ mới", code="NTM-2", effective_from=clock.date(2023, 5, 1))
        make_assessment(commune=communes[0], sub_item=SubItem.objects.of_set(found).first(), status=Status.NOT_MET)
        return found

    make_assessment(commune=communes[0], sub_item=SubItem.objects.of_set(criteria_set).first(), status=Status.NOT_MET)
    return enter


def test_a_workbook_of_another_set_is_refused_whole_whatever_its_codes_mean_in_the_present_one(
    communes, criteria_set, officer, next_set
):
    content = edited(exported(communes, criteria_set), {"E2": "Đạt"})
    assert numbers(compared(content, officer).changes) == [2]
    next_set()
    preview = compared(content, officer)
    assert preview.rows == ()
    assert preview.problem == (
        f"Trang “Trạng thái”, dòng 2 theo bộ tiêu chí “{criteria_set.code}”, còn từ 01/5/2023 kết quả được ghi theo "
        "Bộ mới (NTM-2). Cùng một mã ở hai bộ là hai nội dung khác nhau nên cả tệp chưa được lấy. Hãy tải bảng mới và "
        "chép kết quả sang."
    )


def test_a_workbook_that_names_no_set_is_judged_by_the_day_on_which_it_went_out(
    communes, criteria_set, officer, next_set
):
    """As those do that went out before workbooks named their set."""
    old = without(edited(exported(communes, criteria_set), {"E2": "Đạt"}), "Bộ tiêu chí")
    assert numbers(compared(old, officer).changes) == [2]
    new = without(edited(exported(communes, next_set()), {"E2": "Đạt"}), "Bộ tiêu chí")
    assert "dòng 2 xuất ngày 10/4/2023, khi còn dùng bộ tiêu chí trước" in compared(old, officer).problem
    assert numbers(compared(new, officer).changes) == [2]


# Changed by others since the export


@pytest.fixture
def conflict(communes, criteria_set, officer):
    """A workbook in which 1.1 of Cao Sơn was edited, and the same cell changed on the web after the export."""
    item = criteria_set.criteria.get(number=1).sub_items.get(code="1.1")
    make_assessment(commune=communes[0], sub_item=item, status=Status.NOT_MET)
    content = edited(exported(communes, criteria_set), {"E2": "Không áp dụng", "I2": "Đô thị", "J2": "Điều 1"})
    change_assessment(
        commune=communes[0], sub_item=item, status=Status.MET, by=make_user(), expected_version=1, reason="Trên mạng"
    )
    return content


def test_a_cell_changed_on_the_web_after_the_export_is_a_conflict(conflict, officer):
    preview = compared(conflict, officer)
    (row,) = preview.conflicts
    assert (row.asked.status, row.current.status) == (Status.NOT_APPLICABLE, Status.MET)
    assert preview.changes == []
    assert preview.undecided({}) == [row]
    assert preview.to_write({}) == []


def test_without_its_version_the_row_would_have_overwritten_the_change(conflict, officer):
    """The control: a file that claims the present version is taken as a plain change."""
    preview = compared(edited(conflict, {"K2": 2}), officer)
    assert [row.kind for row in preview.rows if row.number == 2] == [RowKind.CHANGED]


def test_a_version_that_no_finding_can_have_is_named_as_edited(conflict, officer):
    preview = compared(edited(conflict, {"K2": "9" * 5000}), officer)
    (wrong,) = [row for row in preview.rows if row.number == 2]
    assert [fault.remedy for fault in wrong.faults] == [
        "Cột Phiên bản đã bị sửa. Hãy tải bảng mới và chép kết quả sang."
    ]


def test_a_file_without_versions_never_overwrites_silently(conflict, officer):
    preview = compared(edited(conflict, {"K1": "Ghi chú"}), officer)
    assert numbers(preview.conflicts) == [2]


def test_a_conflict_is_written_only_as_decided(conflict, officer):
    preview = compared(conflict, officer)
    key = preview.conflicts[0].key
    assert write(preview.to_write({key: KEEP_SYSTEM}), officer) == 0
    assert Assessment.objects.get().status == Status.MET
    assert write(preview.to_write({key: TAKE_FILE}), officer) == 1
    assert Assessment.objects.get().status == Status.NOT_APPLICABLE
    assert AssessmentChange.objects.get(version=3).from_status == Status.MET


def test_a_decision_holds_only_for_the_state_that_was_shown(conflict, officer):
    preview = compared(conflict, officer)
    decisions = {preview.conflicts[0].key: TAKE_FILE}
    found = Assessment.objects.get()
    change_assessment(
        commune=found.commune, sub_item=found.sub_item, status=Status.NOT_MET, by=make_user(), expected_version=2
    )
    assert compared(conflict, officer).undecided(decisions)


def test_a_row_that_nobody_edited_keeps_what_changed_on_the_web(communes, criteria_set, officer):
    item = criteria_set.criteria.get(number=1).sub_items.get(code="1.1")
    make_assessment(commune=communes[0], sub_item=item, status=Status.NOT_MET)
    content = exported(communes, criteria_set)
    for commune, version in ((communes[0], 1), (communes[1], 0)):
        change_assessment(commune=commune, sub_item=item, status=Status.MET, by=make_user(), expected_version=version)
    preview = compared(content, officer)
    assert preview.counts == {RowKind.NEWER: 2, RowKind.SAME: 13}


def test_a_change_between_preview_and_confirmation_stops_everything(communes, criteria_set, officer):
    content = edited(exported(communes, criteria_set), {"E2": "Đạt", "E3": "Đạt"})
    preview = compared(content, officer)
    item = criteria_set.criteria.get(number=1).sub_items.get(code="1.2")
    change_assessment(commune=communes[0], sub_item=item, status=Status.NOT_MET, by=make_user(), expected_version=0)
    with pytest.raises(SomebodyWasFaster):
        write(preview.to_write({}), officer)
    assert list(Assessment.objects.values_list("sub_item__code", flat=True)) == ["1.2"]


# Rights


def test_a_finding_that_changes_between_preview_and_confirmation_stops_everything(communes, criteria_set, officer):
    items = {item.code: item for item in SubItem.objects.of_set(criteria_set)}
    for code in ("1.1", "1.2"):
        make_assessment(commune=communes[0], sub_item=items[code], status=Status.NOT_MET)
    preview = compared(edited(exported(communes, criteria_set), {"E2": "Đạt", "E3": "Đạt", "E6": "Đạt"}), officer)
    assert preview.counts[RowKind.CHANGED] == 2
    change_assessment(
        commune=communes[0], sub_item=items["1.2"], status=Status.NOT_MET, reason="Đo lại", by=make_user(),
        expected_version=1,
    )  # fmt: skip
    with pytest.raises(SomebodyWasFaster) as faster:
        write(preview.to_write({}), officer)
    assert faster.value.current.reason == "Đo lại"
    assert set(Assessment.objects.values_list("status", flat=True)) == {Status.NOT_MET}
    assert AssessmentChange.objects.count() == 3


def test_rows_of_a_town_are_refused_where_the_set_is_for_communes(district, criteria_set, officer):
    town = make_commune(authority=district, name="Kim Nhan", kind=CommuneKind.THI_TRAN)
    preview = compared(edited(exported([town], criteria_set), {"E2": "Đạt"}), officer)
    assert set(preview.counts) == {RowKind.WRONG}
    assert "chỉ áp dụng cho xã. Hãy bỏ dòng này." in remedies(preview.rows)


def test_a_departments_officer_changes_only_the_own_sector(communes, criteria_set, district):
    department = make_department(authority=district)
    own, other = criteria_set.criteria.get(number=1).sub_items.order_by("position")
    make_guide(sub_item=own, department=department)
    user = make_user(Role.DEPARTMENT, department=department)
    preview = compared(edited(exported(communes, criteria_set), {"E2": "Đạt", "E3": "Đạt"}), user)
    assert numbers(preview.changes) == [2]
    assert [(row.faults[0].cell, row.sub_item) for row in preview.wrong] == [("E3", other)]
    assert "không thuộc ngành" in remedies(preview.wrong)
    explained = compared(edited(exported(communes, criteria_set), {"I3": "Chưa có hồ sơ"}), user)
    assert [row.faults[0].cell for row in explained.wrong] == ["I3"], "the cell that was changed"


def test_a_departments_workbook_holds_only_the_own_sector(communes, criteria_set, district):
    department = make_department(authority=district)
    make_guide(sub_item=criteria_set.criteria.get(number=1).sub_items.first(), department=department)
    sheet = read(exported(communes, criteria_set, department=department.pk))[0]
    assert [row[2] for row in sheet.rows[1:]] == ["1.1", "1.1", "1.1"]


def test_communes_of_another_district_are_not_found(communes, criteria_set):
    stranger = make_user()
    preview = compared(exported(communes, criteria_set), stranger)
    assert preview.counts == {RowKind.WRONG: 15}


# Large files


@pytest.mark.parametrize("wrong", [{7777: "Gần đạt"}, {2: "Gần đạt", 7777: "?", 11401: "có lẽ"}])
def test_wrong_cells_among_11400_rows_are_named_and_keep_all_of_them_out(
    criteria_set, district, officer, client, settings, tmp_path, wrong
):
    criterion = make_criterion(criteria_set=criteria_set)
    items = [make_sub_item(criterion=criterion) for _ in range(52)]
    communes = Commune.objects.bulk_create(
        Commune(code=f"{90000 + place}", name=f"Số {place}", authority=district) for place in range(200)
    )
    (sheet, *_) = read(exported(communes, criteria_set))
    for row in sheet.rows[1:]:
        row[4] = "Đạt"
    for number, text in wrong.items():
        sheet.rows[number - 1][4] = text
    content = list_workbook("Trạng thái", list(COLUMNS.values()), sheet.rows[1:], name=sheet.name)
    preview = compared(content, officer)
    assert (len(items), len(preview.rows)) == (52, 11400)
    found = [(row.sheet, row.number, row.faults[0].cell, row.faults[0].text) for row in preview.wrong]
    assert found == [("Trạng thái", number, f"E{number}", text) for number, text in wrong.items()]
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    address = upload(client, content).url
    answer = client.post(address)
    assert answer.status_code == 409
    assert all(f"E{number}" in answer.text for number in wrong)
    assert not Assessment.objects.exists()
    assert not AssessmentChange.objects.exists()


# Names


def spellings(name, kind):
    """Ways in which people write one name: composed, decomposed, capitals, blanks, the tone elsewhere, the kind."""
    moved = {"oà": "òa", "òa": "oà", "oá": "óa", "óa": "oá", "uý": "úy", "úy": "uý", "oẻ": "ỏe", "ỏe": "oẻ"}
    tone = next((name.replace(one, other) for one, other in moved.items() if one in name), name)
    yield unicodedata.normalize("NFC", name)
    yield unicodedata.normalize("NFD", name)
    yield name.upper()
    yield f"  {name.replace(' ', '   ')} "
    yield tone
    yield f"{CommuneKind(kind).label.capitalize()} {name}"


@pytest.fixture(scope="module")
def register():
    """Units of several provinces, unsaved, each with its district."""
    kinds = {label: value for value, label in CommuneKind.choices}
    districts = {}
    units = []
    with NAMES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            district = districts.setdefault(row["district_name"], Authority(name=row["district_name"]))
            units.append(
                Commune(
                    pk=int(row["code"]), code=row["code"], name=row["name"], kind=kinds[row["kind"]], authority=district
                )
            )
    return units


def test_no_spelling_of_a_name_finds_another_unit(register):
    """A name borne once is found; one borne by several units asks for the code; never is it another unit."""
    index = CommuneIndex(register)
    found = asked = 0
    for unit in register:
        for text in spellings(unit.name, unit.kind):
            match = index.match("", text)
            if match.found is None:
                assert "đơn vị cùng tên" in match.remedy, text
                asked += 1
            else:
                assert match.found == unit, text
                found += 1
    assert len(register) * 6 == found + asked
    assert found > asked > 0


def test_a_plain_comparison_misses_most_spellings(register):
    """The control: compared as they are, only the first spelling is sure to be found."""
    names = {unit.name for unit in register}
    missed = sum(text not in names for unit in register for text in spellings(unit.name, unit.kind))
    assert missed > len(register) * 3


def test_a_name_of_two_units_asks_for_the_code(district):
    one = make_commune(authority=district, name="Cao Phong")
    town = make_commune(authority=district, name="Cao Phong", kind=CommuneKind.THI_TRAN)
    index = CommuneIndex([one, town])
    remedy = index.match("", "cao phong").remedy
    assert "2 đơn vị cùng tên" in remedy
    assert one.code in remedy
    assert index.match("", "thị trấn Cao Phong").found == town
    assert index.match(one.code, "Cao Phong").found == one


def test_a_name_without_marks_is_found_one_with_wrong_marks_is_asked_for(district):
    unit = make_commune(authority=district, name="Đức Sơn")
    index = CommuneIndex([unit])
    assert index.match("", "xa duc son").found == unit
    assert f"Có phải xã Đức Sơn (mã {unit.code})?" in index.match("", "Đực Sơn").remedy


def test_a_row_of_totals_may_be_deleted_and_an_ended_unit_names_the_one_after_it(district, communes, criteria_set):
    ended = make_commune(authority=district, name="Lạng Sơn", valid_to=clock.date(2023, 1, 31), successor=communes[0])
    content = exported(communes, criteria_set)
    edits = {"A2": None, "B2": "Tổng cộng", "A3": ended.code, "B3": ended.name, "A4": None, "B4": "xã Lạng Sơn"}
    total, by_code, by_name = compared(edited(content, edits), make_user(authority=district)).wrong
    assert "xóa dòng này" in remedies([total])
    for row in (by_code, by_name):
        assert f"nay là xã Cao Sơn, mã {communes[0].code}" in remedies([row])


FROM_DAY = clock.date(2023, 4, 1)


@pytest.fixture
def before(communes, criteria_set, officer, monkeypatch):
    """A workbook exported on 20/3, with 1.1 of Cao Sơn assessed twice and 1.2 of every commune filled in since."""
    monkeypatch.setattr(clock, "now", lambda: clock.start_of(clock.date(2023, 3, 20)))
    item = criteria_set.criteria.get(number=1).sub_items.get(code="1.1")
    for version, status in enumerate((Status.NOT_MET, Status.MET)):
        change_assessment(commune=communes[0], sub_item=item, status=status, by=officer, expected_version=version)
    content = edited(exported(communes, criteria_set), {"E3": "Đạt"})
    monkeypatch.undo()
    return content


def test_rows_of_a_commune_renamed_since_the_export_are_taken_for_it(before, communes, officer):
    unit_services.rename_commune(commune=communes[0], name="Hoà Hợp", from_day=FROM_DAY, by=officer)
    preview = compared(before, officer)
    assert preview.counts == {RowKind.NEW: 1, RowKind.SAME: 14}
    assert preview.changes[0].commune.name == "Hoà Hợp"
    assert "xã Cao Sơn nay là xã Hoà Hợp (đổi tên từ 01/4/2023): 5 dòng" in preview.notes[0]


@pytest.mark.parametrize("day", [clock.date(2023, 3, 25), clock.date(2023, 4, 5)], ids=["before", "recorded_late"])
def test_what_was_changed_after_the_export_and_before_the_new_name_is_a_conflict(before, communes, officer, day):
    """Without the carrying over of versions the number of the old one would pass for that of the new one."""
    finding = Assessment.objects.get()
    reason = {"reason": "Rà soát"}
    change_assessment(
        commune=communes[0], sub_item=finding.sub_item, status=Status.NOT_MET, by=officer, expected_version=2,
        at=clock.start_of(day), **reason,
    )  # fmt: skip
    new = unit_services.rename_commune(commune=communes[0], name="Hoà Hợp", from_day=FROM_DAY, by=officer).successor
    asked = edited(before, {"I2": "Đã kiểm tra lại"})
    assert [row.number for row in compared(asked, officer).conflicts] == [2]
    version = Assessment.objects.get(commune=new).version
    change_assessment(
        commune=new, sub_item=finding.sub_item, status=Status.NOT_MET, by=officer, expected_version=version, **reason
    )
    assert [row.number for row in compared(asked, officer).conflicts] == [2]


def test_rows_that_nobody_touched_are_older_than_what_was_found_before_the_new_name(
    before, communes, criteria_set, officer
):
    """Neither what was empty then nor what was found otherwise since keeps the rest from being written."""
    first, second = SubItem.objects.of_set(criteria_set)[:2]
    march = {"by": officer, "at": clock.start_of(clock.date(2023, 3, 25)), "reason": "Rà soát"}
    change_assessment(commune=communes[0], sub_item=first, status=Status.NOT_MET, expected_version=2, **march)
    change_assessment(commune=communes[0], sub_item=second, status=Status.MET, expected_version=0, **march)
    unit_services.rename_commune(commune=communes[0], name="Hoà Hợp", from_day=FROM_DAY, by=officer)
    preview = compared(edited(before, {"E3": None}), officer)
    assert preview.counts == {RowKind.NEWER: 2, RowKind.SAME: 13}


def test_what_was_exported_before_a_new_name_was_recorded_late_is_compared_with_what_it_showed(
    before, communes, criteria_set, officer
):
    """Changed since, an untouched row is nobody's wish; exported after that change, it says what stands."""
    item = Assessment.objects.get().sub_item
    change_assessment(
        commune=communes[0], sub_item=item, status=Status.NOT_MET, by=officer, expected_version=2,
        at=clock.start_of(clock.date(2023, 4, 5)),
    )  # fmt: skip
    after = edited(exported(communes, criteria_set), {"E2": "Đạt"})
    unit_services.rename_commune(commune=communes[0], name="Hoà Hợp", from_day=FROM_DAY, by=officer)
    preview = compared(before, officer)
    assert preview.counts == {RowKind.NEW: 1, RowKind.NEWER: 1, RowKind.SAME: 13}
    assert compared(after, officer).counts == {RowKind.CHANGED: 1, RowKind.SAME: 14}


def test_rows_of_merged_communes_stand_in_one_line_for_each(
    client, before, communes, criteria_set, district, officer, settings, tmp_path
):
    """In parts where the file was sorted otherwise; a fault of one of their cells still stands alone."""
    first, second, _ = communes
    given = {"name": "Đại Sơn", "kind": CommuneKind.XA, "authority": district, "code": second.code}
    unit_services.merge_communes(communes=[first, second], from_day=FROM_DAY, by=officer, **given)
    content = edited(before, {"A4": communes[2].code, "B4": communes[2].name, "C4": "9.9", "F8": "#N/A"})
    lines = fault_lines(compared(content, officer).wrong)
    assert [(line.place, line.about) for line in lines] == [
        ("4 dòng, A2–A3, A5–A6", f"Cao Sơn, mã {first.code}"),
        ("ô C4", "Hòa Bình, 9.9"),
        ("5 dòng, A7–A11", f"Đức Sơn, mã {second.code}"),
        ("ô F8", "Đức Sơn, 1.2"),
    ]
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    page = client.get(upload(client, content).url).text
    assert page.count("Hãy tải bảng mới của xã Đại Sơn") == 2
    assert f'<td data-label="Xã, nội dung">Đức Sơn, mã {second.code}</td>' in page


def test_a_cell_that_was_never_computed_names_its_commune_and_sub_item(communes, criteria_set, officer):
    found = compared(edited(exported(communes, criteria_set), {"E3": "Đạt", "I3": "=A1"}), officer)
    (line,) = fault_lines(found.wrong)
    assert (line.place, line.about) == ("ô I3", "Cao Sơn, 1.2")


@pytest.mark.parametrize("name", ["Đức Sơn", "Cao Sơn", "Đại Sơn"])
def test_rows_of_a_merged_commune_are_refused_with_what_happened(
    before, communes, criteria_set, district, officer, name
):
    """Whichever code and name the new unit took over."""
    first, second, _ = communes
    given = {"name": name, "kind": CommuneKind.XA, "authority": district, "code": second.code}
    unit_services.merge_communes(communes=[first, second], from_day=FROM_DAY, by=officer, **given)
    preview = compared(before, officer)
    assert preview.counts == {RowKind.WRONG: 10, RowKind.SAME: 5}
    told = {row.number: remedies([row]) for row in preview.wrong}
    assert f"xã Cao Sơn nay là xã {name}, mã {second.code} (sáp nhập từ 01/4/2023)" in told[2]
    assert f"xã Đức Sơn nay là xã {name} (sáp nhập từ 01/4/2023)" in told[7]
    assert f"Hãy tải bảng mới của xã {name}" in told[2]


def test_rows_of_a_commune_that_went_to_another_district_say_so(before, communes, district, officer):
    province = make_user(Role.ADMINISTRATOR)
    other = make_authority(parent=district.parent, name="huyện Đô Lương")
    unit_services.move_commune(commune=communes[0], authority=other, from_day=FROM_DAY, by=province)
    remedy = remedies(compared(before, officer).wrong)
    assert "xã Cao Sơn đã chuyển sang huyện Đô Lương từ 01/4/2023" in remedy
    assert "không đổi được" in remedy
    assert "5 dòng" in compared(before, province).notes[0]


def test_the_place_of_the_tone_makes_no_difference_but_the_tone_does():
    assert spelling_key("Hòa Thuý") == spelling_key("Hoà Thúy")
    assert spelling_key("Cao Sơn") != spelling_key("Cao Sớn")
    assert spelling_key("Ea H’leo") == spelling_key("EA H'LEO")


# The pages


def upload(client, content):
    file = SimpleUploadedFile("bảng.xlsx", content, XLSX)
    return client.post(reverse("exchange:status"), {"file": file})


def test_a_workbook_is_uploaded_looked_at_and_confirmed_once(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    response = client.get(reverse("exchange:status-workbook"))
    assert response["Content-Type"] == XLSX
    assert "filename*=UTF-8''" in response["Content-Disposition"]
    preview = upload(client, edited(response.content, {"E2": "Đạt"}))
    assert "1 mới" in client.get(preview.url).content.decode()
    assert not Assessment.objects.exists()
    for _ in range(2):
        assert client.post(preview.url).status_code == 302
    assert AssessmentChange.objects.count() == 1


def test_what_was_written_leads_to_the_matrix_and_to_the_changes_of_the_day(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)

    def written(edits):
        address = upload(client, edited(exported(communes, criteria_set), edits)).url
        return client.post(address, follow=True).text

    first = written({"E2": "Đạt"})
    assert 'Đã ghi 1 thay đổi từ tệp Excel. <a href="/matrix/">Xem bảng tiêu chí</a>' in first
    # A first finding is no change.
    assert "Thay đổi hôm nay" not in first
    changes = "/changes/?since=2023-04-10"
    assert f'· <a href="{changes}">Thay đổi hôm nay</a>' in written({"E2": "Chưa đạt"})
    assert "Cao Sơn" in client.get(changes).text
    assert "/changes/" not in written({})


def test_the_preview_lists_what_changes_and_what_stays_only_when_asked(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    address = upload(client, exported(communes, criteria_set)).url
    assert "không có gì để ghi" in client.get(address).text
    assert "dòng 2" not in client.get(address).text
    assert "dòng 2" in client.get(address, {"kind": "same"}).text
    address = upload(client, edited(exported(communes, criteria_set), {"E2": "Đạt", "F4": 81})).url
    page = client.get(address).text
    assert "Ghi 2 thay đổi" in page
    assert "dòng 2" in page


def test_an_untouched_file_older_than_what_stands_is_not_called_the_same(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    content = exported(communes, criteria_set)
    client.force_login(officer)
    address = upload(client, content).url
    assert "Tệp giống hệt dữ liệu trên hệ thống" in client.get(address).text
    item = SubItem.objects.of_set(criteria_set).first()
    change_assessment(commune=communes[0], sub_item=item, status=Status.MET, by=make_user(), expected_version=0)
    page = client.get(address).text
    assert "1 mới hơn trên hệ thống" in page
    assert "giống hệt" not in page
    assert "Không có gì để ghi: 1 dòng được đổi trên hệ thống sau khi xuất" in page


def test_the_preview_warns_of_measured_values_that_the_file_takes_away(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    items = {item.code: item for criterion in criteria_set.criteria.all() for item in criterion.sub_items.all()}
    make_assessment(commune=communes[0], sub_item=items["2.1"], value=Decimal("63.25"), reason="Số liệu quý")
    make_assessment(commune=communes[0], sub_item=items["2.2"], part_values={"nam": "71.5", "nu": "65"})
    client.force_login(officer)
    whole = exported(communes, criteria_set)
    page = client.get(upload(client, edited(whole, {"F4": None, "H5": "Nam: 71,5"})).url).text
    assert "<strong>2 dòng xóa số đo</strong>" in page
    assert "xóa 63,25%" in page
    page = client.get(upload(client, edited(whole, {"F4": 64, "H5": "Nam: 71,5; Nữ: 66"})).url).text
    assert "xóa số đo" not in page
    assert "64%" in page
    assert "Nam: 71,5%; Nữ: 66%" in page


def test_a_reason_that_stood_beside_another_status_does_not_go_along(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    items = {item.code: item for criterion in criteria_set.criteria.all() for item in criterion.sub_items.all()}
    make_assessment(commune=communes[0], sub_item=items["1.1"], status=Status.NOT_MET, reason="Quy hoạch hết hạn")
    client.force_login(officer)
    whole = exported(communes, criteria_set)
    cells = openpyxl.load_workbook(BytesIO(whole)).active[2]
    (reason,) = [cell.coordinate for cell in cells if cell.value == "Quy hoạch hết hạn"]
    page = client.get(upload(client, edited(whole, {"E2": "Đạt"})).url).text
    assert "Không lấy lý do của kết quả cũ" in page
    page = client.get(upload(client, edited(whole, {"E2": "Đạt", reason: "Phê duyệt lại"})).url).text
    assert "Lý do của kết quả cũ" not in page
    page = client.get(upload(client, edited(whole, {reason: "Quy hoạch hết hạn từ 2022"})).url).text
    assert "Lý do của kết quả cũ" not in page


def test_the_preview_shows_the_basis_of_what_does_not_apply(client, conflict, officer, settings, tmp_path):
    """Beside what the file says, and beside what stands once it is written."""
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    address = upload(client, conflict).url
    assert '<span class="note">Căn cứ: Điều 1</span>' in client.get(address).text
    key = compared(conflict, officer).conflicts[0].key
    client.post(address, {"shown": key, f"decide-{key}": TAKE_FILE})
    content = edited(conflict, {"J2": "Điều 2", "K2": 3})
    page = client.get(upload(client, content).url).text
    assert page.count('<span class="note">Căn cứ: Điều 1</span>') == 1
    assert page.count('<span class="note">Căn cứ: Điều 2</span>') == 1


def test_what_gave_reasons_for_the_value_before_is_pointed_out_beside_a_new_one(
    client, communes, criteria_set, officer, below, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    Assessment.objects.filter(pk=below.pk).update(reason="Số liệu rà soát cuối năm", basis="Biểu 02")
    client.force_login(officer)
    whole = exported(communes, criteria_set)

    def previewed(edits):
        return client.get(upload(client, edited(whole, edits)).url).text

    page = previewed({"F4": 65})
    assert "Giữ lý do cũ, hãy xem còn đúng không: Số liệu rà soát cuối năm" in page
    assert "Giữ căn cứ cũ: Biểu 02" in page
    page = previewed({"F4": 65, "I4": "Đo lại", "J4": "Biểu 03"})
    assert "Giữ" not in page.replace("Giữ trên hệ thống", "")
    # The value stays: its reason was written for it.
    assert "Giữ lý do cũ" not in previewed({"J4": "Biểu 03"})


def test_the_reason_of_the_status_before_is_neither_written_nor_enough(communes, criteria_set, officer):
    items = {item.code: item for item in SubItem.objects.of_set(criteria_set)}
    make_assessment(commune=communes[0], sub_item=items["1.1"], status=Status.NOT_MET, reason="Quy hoạch hết hạn")
    make_assessment(
        commune=communes[0], sub_item=items["2.1"], status=Status.NOT_MET, value=60, reason="Thấp hơn mức năm 2023"
    )
    whole = exported(communes, criteria_set)
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(BytesIO(whole)).active.iter_rows()]
    places = {row[2]: f"E{number}" for number, row in enumerate(rows, 1) if row[0] == communes[0].code}
    against = dry_run(read(edited(whole, {places["2.1"]: "Đạt"})), officer)
    assert ["lý do" in remedies([row]) for row in against.wrong] == [True]
    write(dry_run(read(edited(whole, {places["1.1"]: "Đạt"})), officer).to_write({}), officer)
    change = AssessmentChange.objects.latest("pk")
    assert (change.from_status, change.status, change.reason) == (Status.NOT_MET, Status.MET, "")


def test_a_share_typed_with_its_sign_is_taken_as_typed(communes, criteria_set, officer):
    """Excel keeps 95,5% as 0.955 under a percent format."""
    book = openpyxl.load_workbook(BytesIO(exported(communes, criteria_set)))
    for address, share in {"F4": 0.955, "F9": 0.00955}.items():
        book.worksheets[0][address] = share
        book.worksheets[0][address].number_format = "0.0%"
    buffer = BytesIO()
    book.save(buffer)
    preview = compared(edited(buffer.getvalue(), {"F14": "'0,5%"}), officer)
    assert [row.asked.value for row in preview.changes] == [Decimal("95.5"), Decimal("0.955"), Decimal("0.5")]


def test_a_share_that_may_be_a_fraction_is_refused_until_it_bears_its_sign(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    edits = {"F4": 0.955, "E5": "Chưa đạt", "H5": "Nam: 65; Nữ: 0,7", "F9": 1.5}
    content = edited(exported(communes, criteria_set), edits)
    wrong = compared(content, officer).wrong
    assert [(fault.cell, fault.text) for row in wrong for fault in row.faults] == [
        ("F4", "0,955"),
        ("H5", "Nam: 65; Nữ: 0,7"),
    ]
    assert "Không rõ 0,955 là 95,5% hay 0,955%. Nếu là 95,5% hãy ghi 95,5" in remedies(wrong)
    page = client.get(upload(client, content).url)
    assert "Không rõ 0,7 là 70%" in page.text
    assert "Ghi 3 thay đổi" not in page.text
    assert compared(edited(content, {"F4": "0,955%", "H5": "Nam: 65; Nữ: 0,7%"}), officer).wrong == []
    SubItem.objects.filter(kind=SubItemKind.PERCENT).update(comparator=Comparator.AT_MOST)
    assert compared(content, officer).wrong == []


def test_an_undecided_conflict_is_shown_again_and_nothing_written(client, conflict, officer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    address = upload(client, conflict).url
    response = client.post(address)
    assert response.status_code == 409
    assert Assessment.objects.get().status == Status.MET
    key = compared(conflict, officer).conflicts[0].key
    assert client.post(address, {f"decide-{key}": TAKE_FILE}).status_code == 302
    assert Assessment.objects.get().status == Status.NOT_APPLICABLE


def test_the_conflicts_left_open_are_decided_together_as_far_as_they_were_shown(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    content = edited(exported(communes, criteria_set), {"E2": "Chưa đạt", "E3": "Chưa đạt", "E7": "Chưa đạt"})
    items = {item.code: item for item in criteria_set.criteria.get(number=1).sub_items.all()}
    for commune, code in ((communes[0], "1.1"), (communes[0], "1.2")):
        change_assessment(commune=commune, sub_item=items[code], status=Status.MET, by=make_user(), expected_version=0)
    client.force_login(officer)
    address = upload(client, content).url
    keys = [row.key for row in compared(content, officer).conflicts]
    assert client.get(address).text.count('name="decide-rest"') == 2
    change_assessment(
        commune=communes[0], sub_item=items["1.2"], status=Status.MET, by=make_user(), expected_version=1, reason="Sau"
    )
    sent = {"shown": keys, "decide-rest": TAKE_FILE}
    assert client.post(address, sent).status_code == 409
    now = [row.key for row in compared(content, officer).conflicts]
    assert (
        client.post(address, {"shown": now, "decide-rest": TAKE_FILE, f"decide-{now[1]}": KEEP_SYSTEM}).status_code
        == 302
    )
    assert [row.status for row in Assessment.objects.order_by("pk")] == [Status.NOT_MET, Status.MET, Status.NOT_MET]


def test_rows_that_somebody_changed_since_the_preview_come_first_and_are_marked(
    client, communes, criteria_set, officer, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    content = edited(exported(communes, criteria_set), {"E2": "Chưa đạt", "E3": "Chưa đạt", "E7": "Chưa đạt"})
    items = {item.code: item for item in criteria_set.criteria.get(number=1).sub_items.all()}

    def found_by_another(commune, code, version, status=Status.MET):
        item = items[code]
        change_assessment(commune=commune, sub_item=item, status=status, by=make_user(), expected_version=version)

    found_by_another(communes[0], "1.1", 0)
    client.force_login(officer)
    address = upload(client, content).url
    (key,) = [row.key for row in compared(content, officer).conflicts]
    answer = client.post(address, {"shown": key})
    assert "hãy chọn cho 1 dòng xung đột chưa chọn" in answer.text
    assert "vừa được đổi" not in answer.text
    # Meanwhile a row that was new becomes a conflict.
    found_by_another(communes[0], "1.2", 0)
    answer = client.post(address, {"shown": key, f"decide-{key}": TAKE_FILE})
    assert "1 dòng vừa được người khác đổi</strong>" in answer.text
    told = [(row.sub_item.code, decided, is_moved) for row, decided, is_moved in answer.context["conflicts"]]
    assert told == [("1.2", "", True), ("1.1", TAKE_FILE, False)]
    assert answer.text.count('<span class="tag attention">vừa được đổi</span>') == 1


def test_who_is_overtaken_while_the_file_is_written_is_told_so(
    client, communes, criteria_set, officer, settings, tmp_path
):
    """Another person writes the very same: no row is left to be chosen."""
    settings.MEDIA_ROOT = tmp_path
    item = criteria_set.criteria.get(number=1).sub_items.get(code="1.1")
    client.force_login(officer)
    address = upload(client, edited(exported(communes, criteria_set), {"E2": "Đạt", "E3": "Đạt"})).url

    def overtaken(rows, by):
        change_assessment(commune=communes[0], sub_item=item, status=Status.MET, by=make_user(), expected_version=0)
        return write(rows, by)

    with patch("criteria.exchange_views.write", overtaken):
        answer = client.post(address)
    assert answer.status_code == 409
    assert "có người vừa ghi cùng lúc" in answer.text
    assert "hãy chọn" not in answer.text


def test_a_preview_belongs_to_who_uploaded_it(client, communes, criteria_set, officer, district, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    address = upload(client, exported(communes, criteria_set)).url
    client.force_login(make_user(authority=district))
    assert client.get(address).url == reverse("exchange:status")


def test_a_preview_expires(client, communes, criteria_set, officer, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(officer)
    address = upload(client, exported(communes, criteria_set)).url
    monkeypatch.setattr("criteria.exchange.uploads.KEPT_FOR", clock.datetime.resolution)
    assert client.get(address).status_code == 302


def test_an_upload_clears_away_what_has_expired_of_anybody_and_what_the_person_sent_before(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    forgotten, other, person = make_user(), make_user(), make_user()
    for user in (forgotten, other, person):
        uploads.keep(b"old", user, "status")
    folder = tmp_path / "exchange" / "status"
    (expired,) = (folder / str(forgotten.pk)).iterdir()
    long_ago = (clock.now() - uploads.KEPT_FOR - timedelta(minutes=1)).timestamp()
    os.utime(expired, (long_ago, long_ago))
    token = uploads.keep(b"new", person, "status")
    left = {path.parent.name: path.read_bytes() for path in folder.rglob("*.xlsx")}
    assert left == {str(other.pk): b"old", str(person.pk): b"new"}
    assert uploads.kept(token, person, "status") == b"new"


def test_a_workbook_that_comes_leaves_one_that_is_being_written_alone(officer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    uploads.keep(b"mot", officer, "status")
    (folder,) = {path.parent for path in tmp_path.rglob("*.xlsx")}
    half = folder / ".hai.xlsx.x1y2"
    half.write_bytes(b"ha")
    token = uploads.keep(b"ba", officer, "status")
    assert half.exists()
    assert (uploads.kept(token, officer, "status"), len(list(folder.glob("[!.]*")))) == (b"ba", 1)


def test_the_list_of_communes_comes_as_a_workbook_with_the_filter_of_the_page(client, communes, officer):
    client.force_login(officer)
    response = client.get(reverse("communes:list"), {"q": "duc son", "format": "xlsx"})
    assert "filename*=UTF-8''Ti%E1%BA%BFn" in response["Content-Disposition"]
    (sheet,) = read(response.content)
    assert f"So với {clock.vn_date(month_before(clock.today()))} (tiêu chí)" in sheet.rows[0]
    assert [row[:2] for row in sheet.rows[1:]] == [[communes[1].code, "Đức Sơn"], ["", ""], ["Lọc: Tìm: “duc son”", ""]]


def test_the_matrix_shows_counts_with_signs_and_totals(client, communes, criteria_set, officer):
    for item in criteria_set.criteria.get(number=1).sub_items.all():
        make_assessment(commune=communes[0], sub_item=item)
    client.force_login(officer)
    (sheet,) = read(client.get(reverse("exchange:matrix")).content)
    assert sheet.rows[4][:5] == ["Cao Sơn", "✓ 2/2", "?", "1/2 (50,0%)", "2/5 (40,0%)"]
    assert sheet.rows[7][:5] == ["Số xã đạt/có số liệu", "1/1", "0/1", "0/1", "2/5"]
    assert sheet.rows[8][:5] == ["Tỷ lệ", "100,0%", "0,0%", "0,0%", "40,0%"]
    assert sheet.rows[5][3] == "chưa có số liệu", "a commune without findings counts nowhere"
    (opened,) = read(client.get(reverse("exchange:matrix"), {"open": "all"}).content)
    assert opened.rows[4][1:6] == ["✓", "✓", "?", "?", "?"]


@pytest.mark.parametrize("role", [Role.COMMUNE, Role.LEADER])
def test_who_may_not_change_assessments_has_no_status_workbook(client, role):
    client.force_login(make_user(role))
    for name in ("exchange:status", "exchange:status-workbook"):
        assert client.get(reverse(name)).status_code == 403


def test_a_file_that_is_no_workbook_is_refused_on_the_page(client, officer):
    client.force_login(officer)
    response = upload(client, b"%PDF-1.7 x")
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", b"a;b"), ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ("a.ODS", ODS)]
)
def test_a_table_of_another_kind_is_told_how_to_become_a_workbook(client, officer, name, content):
    client.force_login(officer)
    page = client.post(reverse("exchange:status"), {"file": SimpleUploadedFile(name, content)}).text
    assert f"Tệp {name[-4:].lower()} không nhận ở đây" in page
    assert "mở bằng Excel, chọn Lưu thành… (Save As), loại Excel Workbook (.xlsx)" in page
