"""A criteria set comes in as a workbook: whole or not at all, and never over one that is in use."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils.html import escape

from communes.enums import Role
from criteria.exchange.criteria_set import criteria_set_file, dry_run, load
from criteria.models import CriteriaSet, SubItem, SubItemPart, Threshold
from ntm_tracker.lib.workbook import XLSX, read
from tests.factories import make_assessment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(db):
    call_command("loaddata", "catalogue", verbosity=0)
    return CriteriaSet.objects.get()


def edited(content, edits):
    book = openpyxl.load_workbook(BytesIO(content))
    for sheet, address, value in edits:
        book[sheet][address] = value
    buffer = BytesIO()
    book.save(buffer)
    return read(buffer.getvalue())


NAMES = [
    ("Bộ tiêu chí", f"{column}2", name) for column, name in zip("ABC", ("NTM-THU", "Tên thử", "Bộ thử"), strict=True)
]


def renamed(known, *edits):
    """The known set as a workbook under a new code and names, with further edits."""
    return edited(criteria_set_file(known).content, [*NAMES, *edits])


def test_a_set_that_went_out_comes_back_whole_under_a_new_code(known):
    found = load(renamed(known))
    assert found.problems == []
    copy = CriteriaSet.objects.get(code="NTM-THU")
    pairs = [
        (SubItem.objects.of_set(one), ("code", "official_code", "name", "kind", "unit", "comparator", "requirement"))
        for one in (known, copy)
    ]
    before, after = ([*rows.values_list(*fields)] for rows, fields in pairs)
    assert before == after
    for model, path in ((Threshold, "sub_item__criterion"), (SubItemPart, "sub_item__criterion")):
        counts = [model.objects.filter(**{f"{path}__criteria_set": one}).count() for one in (known, copy)]
        assert counts[0] == counts[1] > 0
    assert copy.effective_from == known.effective_from


def test_an_unchanged_set_changes_nothing(known):
    found = load(read(criteria_set_file(known).content))
    assert (found.problems, found.changes) == ([], 0)


def test_a_trial_says_what_would_be_new_and_writes_nothing(known):
    found = dry_run(renamed(known))
    assert found.counts["Nội dung"] == {"new": 57, "update": 0, "skip": 0}
    assert CriteriaSet.objects.count() == 1


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "remedy"),
    [
        ("Nội dung", "F5", "đo đạc", "không có trong danh sách"),
        ("Nội dung", "A5", 99, "Không có “99”"),
        ("Nội dung", "B5", "13.3", "Mã phải bắt đầu bằng"),
        ("Tiêu chí", "A4", "ba", "không phải là số nguyên"),
        ("Ngưỡng", "F4", "nhiều", "không phải là số"),
        ("Ngưỡng", "C4", "V99", "Không có “V99”"),
        ("Ngưỡng", "A4", "88.8", "Không có “88.8”"),
        ("Nội dung", "E5", None, "Cột Nội dung không được để trống"),
        ("Bộ tiêu chí", "F2", "hôm qua", "không phải là ngày"),
        ("Ngưỡng", "D4", "#N/A", "lỗi của Excel"),
        ("Nội dung", "I4", "#REF!", "lỗi của Excel"),
        ("Nội dung", "B5", None, "Cột Mã không được để trống. Hãy điền ô này."),
        ("Nội dung", "D3", 1, "đã có nội dung ở thứ tự đó"),
        ("Nội dung", "H2", "tối thiểu", "không so ngưỡng số"),
        ("Tiêu chí", "A4", 0, "“0” nằm ngoài khoảng. Hãy ghi số từ 1 đến 99."),
        ("Tiêu chí", "A4", 99999, "“99999” nằm ngoài khoảng"),
        ("Nội dung", "D4", -1, "Cột Thứ tự phải từ 0 trở lên. Hãy sửa ô này."),
        ("Ngưỡng", "F4", "45,12345", "Số có hơn 3 chữ số sau dấu phẩy. Hãy làm tròn."),
        ("Ngưỡng", "F4", "1234567890123", "Số quá lớn. Hãy kiểm tra lại đơn vị tính."),
        ("Ngưỡng", "A2", "1.1", "Nội dung 1.1 chỉ có đạt hoặc chưa đạt nên không có dòng nào ở trang Ngưỡng."),
        ("Phần đo", "A2", "1.1", "Nội dung 1.1 chỉ có đạt hoặc chưa đạt nên không có dòng nào ở trang Phần đo."),
        ("Bộ tiêu chí", "E2", "1" * 60, "Cột Số, ký hiệu dài quá 50 chữ. Hãy viết gọn lại."),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_written(known, sheet, cell, value, remedy):
    found = load(renamed(known, (sheet, cell, value)))
    problem = next(problem for problem in found.problems if problem.cell == cell)
    assert (problem.sheet, problem.text) == (sheet, "" if value is None else str(value))
    assert remedy in problem.remedy
    assert CriteriaSet.objects.count() == 1


def test_a_level_typed_as_a_figure_is_neither_rounded_in_silence_nor_refused_for_its_binary_noise(known):
    (problem,) = dry_run(renamed(known, ("Ngưỡng", "F4", 45.12345))).problems
    assert (problem.cell, problem.remedy) == ("F4", "Số có hơn 3 chữ số sau dấu phẩy. Hãy làm tròn.")
    assert dry_run(renamed(known, ("Ngưỡng", "F4", 63.199999999999996))).problems == []


def test_a_criterion_without_a_sub_item_is_refused_at_its_row(known):
    """No commune could ever meet it."""
    row = [
        ("Tiêu chí", f"{column}21", value)
        for column, value in zip("ABCD", (20, "Không nội dung", "Không", "I"), strict=True)
    ]
    (problem,) = load(renamed(known, *row)).problems
    assert (problem.sheet, problem.cell, problem.text) == ("Tiêu chí", "A21", "20")
    assert "Hãy thêm nội dung của tiêu chí hoặc xóa dòng này." in problem.remedy
    assert CriteriaSet.objects.count() == 1


def test_the_errors_of_all_sheets_are_named_at_once_each_at_its_cell(known):
    edits = [("Bộ tiêu chí", "J2", date(2020, 1, 1)), ("Tiêu chí", "A4", "ba"), ("Ngưỡng", "F4", "nhiều")]
    found = load(renamed(known, *edits))
    assert [(one.sheet, one.cell, one.text) for one in found.problems] == [
        ("Bộ tiêu chí", "J2", "01/01/2020"),
        ("Tiêu chí", "A4", "ba"),
        ("Ngưỡng", "F4", "nhiều"),
    ]
    assert "Ngày hết hiệu lực phải sau" in found.problems[0].remedy
    two_sets = load(renamed(known, ("Bộ tiêu chí", "A3", "KHAC"), ("Nội dung", "F5", "đo đạc")))
    assert [one.cell for one in two_sets.problems] == ["A2", "F5"]
    assert CriteriaSet.objects.count() == 1


def test_without_one_sheet_the_errors_of_the_others_are_named(known):
    sheets = [sheet for sheet in renamed(known, ("Nội dung", "F5", "đo đạc")) if sheet.name != "Nhóm"]
    found = load(sheets)
    assert [(one.sheet, one.cell) for one in found.problems] == [("Nhóm", ""), ("Nội dung", "F5")]


def test_what_is_only_met_or_not_needs_no_unit(known):
    found = load(renamed(known, ("Nội dung", "G2", None)))
    assert found.problems == []
    assert SubItem.objects.get(criterion__criteria_set__code="NTM-THU", code="1.1").unit == "Đạt"
    measured = SubItem.objects.of_set(known).exclude(kind="boolean").first()
    number = [*SubItem.objects.of_set(known).order_by("criterion__number", "position")].index(measured) + 2
    second = [("Bộ tiêu chí", f"{column}2", "Bộ thử hai") for column in "ABC"]
    (problem,) = load(renamed(known, *second, ("Nội dung", f"G{number}", None))).problems
    assert problem.cell == f"G{number}"


@pytest.mark.parametrize(
    ("sheet", "cell", "value"),
    [
        ("Nhóm", "A4", "II"),
        ("Tiêu chí", "A4", 2),
        ("Nội dung", "B48", 17.1),
        ("Nội dung", "B5", "1.1"),
        ("Phần đo", "B3", "toi-thieu"),
        ("Ngưỡng", "A3", "3.1"),
    ],
    ids=["group", "criterion", "17.10-as-a-figure", "code-of-another-criterion", "part", "threshold"],
)
def test_a_row_that_would_overwrite_an_earlier_one_is_refused(known, sheet, cell, value):
    edits = [(sheet, cell, value), *([("Ngưỡng", "C3", None)] if sheet == "Ngưỡng" else [])]
    found = load(renamed(known, *edits))
    problem = next(one for one in found.problems if one.sheet == sheet)
    assert problem.cell == cell
    assert "chỉ giữ một dòng" in problem.remedy
    assert not CriteriaSet.objects.filter(code="NTM-THU").exists()


@pytest.mark.parametrize(
    "edit",
    [
        ("Tiêu chí", "D18", "Z"),
        ("Tiêu chí", "A18", "mười bảy"),
        ("Tiêu chí", "B18", "#N/A"),
        ("Nội dung", "F48", "đo đạc"),
        ("Nội dung", "B48", 17.1),
        ("Vùng", "B2", None),
    ],
    ids=["group", "number", "error", "kind", "code", "zone"],
)
def test_what_points_to_a_refused_row_is_not_refused_as_well(known, edit):
    found = dry_run(renamed(known, edit))
    assert [(problem.sheet, problem.cell) for problem in found.problems] == [edit[:2]]


def test_a_code_that_is_nowhere_is_refused_beside_a_refused_row(known):
    found = dry_run(renamed(known, ("Tiêu chí", "D18", "Z"), ("Nội dung", "A5", 99)))
    assert [problem.cell for problem in found.problems][:2] == ["D18", "A5"]


UNREAD = ("Tiêu chí", "A18", "mười bảy")


def test_a_row_that_cannot_be_read_hides_no_mistake_of_rows_that_point_elsewhere(known):
    """Of the codes that no row of the sheet bears, one at most can be the code of the one row that can't be read."""
    found = dry_run(renamed(known, UNREAD, ("Nội dung", "A5", 99), ("Nội dung", "A6", 99)))
    problems = {(one.sheet, one.cell): one.remedy for one in found.problems}
    assert list(problems) == [("Tiêu chí", "A18"), ("Nội dung", "A5"), ("Nội dung", "A39")]
    assert problems["Nội dung", "A5"] == (
        "Không có “99” trong tệp này. Hãy kiểm tra lại mã. Nếu là mã của dòng sai ở trang Tiêu chí thì chỉ cần sửa "
        "dòng đó."
    )
    assert "Không có “17”" in problems["Nội dung", "A39"]


def test_a_row_that_cannot_be_read_hides_nothing_of_rows_that_point_to_others(known):
    found = dry_run(renamed(known, ("Nội dung", "B48", None), ("Ngưỡng", "C4", "V99")))
    assert [(one.sheet, one.cell) for one in found.problems] == [("Nội dung", "B48"), ("Ngưỡng", "C4")]


def test_a_row_of_which_another_cell_failed_is_known_by_its_code(known):
    found = dry_run(renamed(known, ("Tiêu chí", "B18", "#N/A"), ("Nội dung", "A5", 99)))
    assert [(one.sheet, one.cell) for one in found.problems] == [("Tiêu chí", "B18"), ("Nội dung", "A5")]
    assert "Nếu là mã của dòng sai" not in found.problems[1].remedy


@pytest.mark.parametrize(
    ("edits", "cells"),
    [(NAMES[:1], ["B2", "C2"]), (NAMES[:2], ["C2"]), (NAMES[::2], ["B2"]), (NAMES, []), (NAMES[1:], [])],
    ids=["both", "short name", "name", "all new", "the set itself"],
)
def test_a_name_that_another_set_bears_is_refused_at_its_cell(known, edits, cells):
    found = dry_run(edited(criteria_set_file(known).content, edits))
    assert [(one.sheet, one.cell) for one in found.problems] == [("Bộ tiêu chí", cell) for cell in cells]
    for one in found.problems:
        assert f"Bộ {known.code} đã mang tên này. Hãy ghi tên riêng của bộ mới" in one.remedy


def test_a_name_written_otherwise_is_the_same_name(known):
    edit = ("Bộ tiêu chí", "C2", f"  {known.short_name.upper()} ")
    (problem,) = dry_run(renamed(known, edit)).problems
    assert problem.cell == "C2"


def test_a_set_with_assessments_is_frozen(known):
    make_assessment(sub_item=SubItem.objects.of_set(known).first())
    found = load(edited(criteria_set_file(known).content, [("Nội dung", "E2", "Tên khác")]))
    assert "đã có đánh giá nên không sửa được" in found.problems[0].remedy


def test_a_code_typed_into_the_template_stays_a_text(known):
    """Otherwise Excel makes 17.1 of 17.10."""
    for content in (criteria_set_file(None).content, criteria_set_file(known).content):
        sheet = openpyxl.load_workbook(BytesIO(content))["Nội dung"]
        texts = [(one.min, one.max) for one in sheet.column_dimensions.values() if one.number_format == "@"]
        assert [sheet.cell(1, place).value for place in range(*texts[0])] == ["Tiêu chí số", "Mã"]
        assert sheet.cell(1, texts[0][1]).value == "Mã trong văn bản"


def test_the_template_is_refused_empty_with_a_sentence(known):
    found = load(read(criteria_set_file(None).content))
    assert "đúng một dòng" in found.problems[0].remedy


def test_a_set_that_would_take_over_or_overlap_says_so(known, settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    now = [("Bộ tiêu chí", "I2", date(2023, 4, 1)), ("Bộ tiêu chí", "J2", None)]
    first, second = dry_run(renamed(known, *now)).warnings
    assert f"dùng ngay hôm nay thay cho {known}" in first
    assert "báo cáo tháng chưa xong vẫn theo bộ cũ" in first
    assert "từ 01/4/2023 chỉ" in second
    later = [("Bộ tiêu chí", "I2", date(2024, 1, 1)), ("Bộ tiêu chí", "J2", None)]
    (sentence,) = dry_run(renamed(known, *later)).warnings
    assert "từ 01/01/2024 chỉ bộ này" in sentence
    assert "bộ kia còn hiệu lực đến 29/02/2024" in sentence
    after = [("Bộ tiêu chí", "I2", date(2024, 3, 1)), ("Bộ tiêu chí", "J2", None)]
    assert dry_run(renamed(known, *after)).warnings == []


def test_an_administrator_uploads_looks_and_confirms(client, known, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(make_user(Role.ADMINISTRATOR))
    content = client.get(reverse("exchange:criteria-set-workbook"), {"set": known.code}).content
    book = openpyxl.load_workbook(BytesIO(content))
    for sheet, address, value in NAMES:
        book[sheet][address] = value
    buffer = BytesIO()
    book.save(buffer)
    file = SimpleUploadedFile("bo.xlsx", buffer.getvalue(), XLSX)
    address = client.post(reverse("exchange:criteria-set"), {"file": file}).url
    page = client.get(address).text
    assert "57" in page
    for item in SubItem.objects.of_set(known).select_related("criterion"):
        assert escape(str(item.criterion)) in page
        assert escape(item.name) in page
    for _ in range(2):
        assert client.post(address).status_code == 302
    assert CriteriaSet.objects.filter(code="NTM-THU").count() == 1


def test_the_sets_to_start_from_are_told_apart(client, known):
    client.force_login(make_user(Role.ADMINISTRATOR))
    assert escape(f"{known.short_name} ({known.code})") in client.get(reverse("exchange:criteria-set")).text


def test_nobody_else_may_enter_a_criteria_set(client):
    client.force_login(make_user(Role.DISTRICT))
    for name in ("exchange:criteria-set", "exchange:criteria-set-workbook"):
        assert client.get(reverse(name)).status_code == 403


@pytest.mark.parametrize(("role", "is_offered"), [(Role.ADMINISTRATOR, True), (Role.DISTRICT, False)])
def test_the_catalogue_leads_administrators_to_the_workbook(client, role, is_offered):
    client.force_login(make_user(role))
    page = client.get(reverse("criteria:catalogue")).content.decode()
    assert (reverse("exchange:criteria-set") in page) is is_offered
