"""A workbook of a narrowed list says by what, in its title, below its rows and in its name."""

from datetime import date
from io import BytesIO
from urllib.parse import unquote

import openpyxl
import pytest
from django.urls import reverse

from communes.models import Commune
from tests.factories import (
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_guide,
    make_task,
    make_user,
)
from tests.pages import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    criteria_set = make_criteria_set()
    officer = make_user(authority=make_authority(name="huyện Anh Sơn"))
    commune = make_commune(authority=officer.authority, name="Cao Sơn")
    make_task(commune=commune, assigned_on=date(2023, 3, 1), due_on=date(2023, 4, 1))
    department = make_department(authority=officer.authority, short_name="Phòng Văn hóa")
    make_guide(sub_item=criteria_set.criteria.first().sub_items.first(), department=department)
    officer.seen = department
    return officer


def workbook(officer, name, *of, **query):
    """Return the name of the file, what its cells say, what its pages are headed by."""
    answer = sign_in(officer).get(reverse(name, args=of), query)
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    return unquote(answer["Content-Disposition"]), said, sheet.oddHeader.center.text or ""


LISTS = [
    ("tasks:list", {"state": "overdue"}, "Trạng thái: Quá hạn", "(Quá hạn)"),
    ("tasks:list", {"q": "đường", "view": "mine"}, "Chờ tôi xử lý; Tìm: “đường”", "(Chờ tôi xử lý, đường)"),
    ("proposals:list", {"state": "missing"}, "Trạng thái: Chưa trả lời", "(Chưa trả lời)"),
    ("notices:list", {"status": "draft"}, "Trạng thái: Dự thảo", "(Dự thảo)"),
    ("communes:list", {"level": "gan-dat", "q": "cao"}, "Tìm: “cao”; Mức: Còn 1–3 tiêu chí", "(cao, Còn 1–3 tiêu chí)"),
    ("reports:board", {"state": "not_due"}, "Trạng thái: Chưa đến hạn tháng 4/2023", "(Chưa đến hạn tháng 4-2023)"),
    (
        "reports:board",
        {"until": "2022-04", "q": "cao"},
        "Tháng: đến tháng 4/2022; Tìm: “cao”",
        "(đến tháng 4-2022, cao)",
    ),
    ("history:changes", {"since": "15/3/2023"}, "Từ ngày: 15/3/2023", "(từ 15-3-2023)"),
    ("history:changes", {"kind": "evidence"}, "Loại: Minh chứng", "(Minh chứng)"),
]


@pytest.mark.parametrize(("name", "query", "words", "part"), LISTS)
def test_a_list_says_by_what_it_was_narrowed(officer, name, query, words, part):
    file, said, header = workbook(officer, name, format="xlsx", **query)
    assert part in file
    assert said[-1] == f"Lọc: {words}"
    assert "huyện Anh Sơn" in header
    assert words[:40] in header


@pytest.mark.parametrize("name", sorted({name for name, *_ in LISTS}))
def test_a_whole_list_says_nothing_of_filters(officer, name):
    file, said, header = workbook(officer, name, format="xlsx")
    assert "Lọc" not in header + said[-1]
    assert "(" not in file
    assert "huyện Anh Sơn" in header


def test_the_matrix_names_its_district_and_its_filters(officer):
    department = officer.seen
    file, said, _ = workbook(officer, "exchange:matrix", show="unmet", department=department.pk, q="cao")
    assert said[0] == (
        "Bảng tiêu chí xã nông thôn mới huyện Anh Sơn đến ngày 10/4/2023. "
        "Lọc: Tìm: “cao”; Phòng, ban: Phòng Văn hóa; Chỉ phần chưa đạt"
    )
    assert "(cao, Phòng Văn hóa, Chỉ phần chưa đạt)" in file
    assert said[-1].endswith("Mỗi ô chỉ tính những nội dung do phòng được lọc hướng dẫn, không phải cả tiêu chí")
    assert workbook(officer, "exchange:matrix")[1][0].endswith("huyện Anh Sơn đến ngày 10/4/2023")


def test_the_evidence_of_a_commune_and_the_catalogue_say_it_too(officer):
    commune = Commune.objects.get(name="Cao Sơn")
    narrowed = {"show": "missing", "code": "1.1"}
    pages = (
        (["evidence:board", commune.code], narrowed, "Chỉ thiếu minh chứng; Mã nội dung: 1.1"),
        (["criteria:catalogue"], {"q": "nội dung 1.1"}, "Tìm: “nội dung 1.1”"),
    )
    for page, query, words in pages:
        file, said, header = workbook(officer, *page, format="xlsx", **query)
        assert "1.1)" in file
        assert said[-1] == f"Lọc: {words}"
        assert words in header
        file, said, header = workbook(officer, *page, format="xlsx")
        assert "Lọc" not in header + said[-1]
        assert "(" not in file
