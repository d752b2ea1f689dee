"""Every list of the criteria comes as a workbook with the columns, the rows and the filter of its page."""

from datetime import date
from urllib.parse import unquote

import pytest
from django.urls import reverse

from communes.models import Commune
from criteria.enums import Status
from criteria.models import SubItem, SubItemPlan
from criteria.services import attach_evidence, change_assessment
from criteria.unit_services import merge_communes
from ntm_tracker.lib import clock
from ntm_tracker.lib.workbook import read
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_evidence,
    make_guide,
    make_user,
)
from tests.pages import queries, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def day_and_media(settings, tmp_path):
    settings.NTM_TODAY, settings.MEDIA_ROOT = date(2023, 4, 10), tmp_path


@pytest.fixture
def officer():
    return make_user(authority=make_authority(name="huyện Anh Sơn"))


@pytest.fixture
def commune(officer):
    """Sub-items 1.1 (with a file) and 1.2 (without one) are met; a second file waits in the tray."""
    make_criteria_set()
    unit = make_commune(authority=officer.authority, name="Cao Sơn")
    before = clock.end_of(date(2023, 3, 1))
    first, _ = (
        make_assessment(commune=unit, sub_item=SubItem.objects.get(code=code), changed_at=before)
        for code in ("1.1", "1.2")
    )
    file = make_evidence(
        b"%PDF-1", commune=unit, title="Biên bản", document_number="21/BC-UBND", document_date=date(2023, 4, 3)
    )
    attach_evidence(finding=first, files=[file], by=officer)
    make_evidence(b"%PDF-2", commune=unit, original_name="cho xep.pdf")
    return unit


def rows_of(officer, address, **query):
    """The rows below the heading, after the page was seen to lead to its workbook."""
    client = sign_in(officer)
    assert "format=xlsx" in client.get(address, query).text
    answer = client.get(address, {**query, "format": "xlsx"})
    (sheet,) = read(answer.content)
    return sheet.rows[1:]


def test_evidence_of_all_communes_with_its_counts(officer, commune):
    assert rows_of(officer, reverse("evidence:overview")) == [[commune.code, "Cao Sơn", 2, 1, 1, 1, 2]]


def test_the_list_of_communes_leads_to_their_evidence(officer, commune):
    assert f'href="{reverse("evidence:overview")}"' in sign_in(officer).get(reverse("communes:list")).text


def test_a_commune_with_its_plans_by_sub_item(officer, commune):
    item = SubItem.objects.get(code="1.2")
    make_guide(sub_item=item, department=make_department(authority=officer.authority, short_name="Phòng Văn hóa"))
    planned = {"official": "Ông Lô Văn Minh", "planned_on": date(2023, 6, 30), "solution": "Vận động hiến đất"}
    SubItemPlan.objects.create(commune=commune, sub_item=item, **planned)
    rows = rows_of(officer, reverse("communes:detail", args=[commune.code]))
    assert [(row[0], row[2]) for row in rows] == [
        ("1.1", "Đạt"),
        ("1.2", "Đạt"),
        *((code, "Chưa đánh giá") for code in ("2.1", "2.2", "2.3")),
    ]
    assert rows[1][4:] == ["Đạt", "Phòng Văn hóa", *rows[1][6:7], *planned.values()]
    unmet = rows_of(officer, reverse("communes:detail", args=[commune.code]), show="unmet")
    assert [row[0] for row in unmet] == ["2.1", "2.2", "2.3", "", "Lọc: Chỉ tiêu chí chưa đạt"]


def test_the_workbook_of_a_commune_is_named_by_it_and_its_day_and_only_for_who_sees_the_page(officer, commune):
    address = reverse("communes:detail", args=[commune.code])
    named = unquote(sign_in(officer).get(address, {"format": "xlsx"})["Content-Disposition"])
    assert named.endswith("Nội dung tiêu chí - xã Cao Sơn - 10-4-2023.xlsx")
    earlier = sign_in(officer).get(address, {"format": "xlsx", "at": "05/4/2023"})
    assert unquote(earlier["Content-Disposition"]).endswith("xã Cao Sơn - 5-4-2023.xlsx")
    assert sign_in(make_user()).get(address, {"format": "xlsx"}).status_code == 404


def test_evidence_of_a_commune_by_sub_item_and_the_tray_last(officer, commune):
    rows = rows_of(officer, reverse("evidence:board", args=[commune.code]))
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("1.1", "Đạt", "Biên bản"),
        ("1.2", "Đạt", "Thiếu minh chứng"),
        ("2.1", "Chưa đánh giá", ""),
        ("2.2", "Chưa đánh giá", ""),
        ("2.3", "Chưa đánh giá", ""),
        ("", "", "cho xep.pdf"),
    ]
    assert rows[0][4:6] == ["21/BC-UBND", date(2023, 4, 3)]


def test_what_lacks_evidence_alone_where_the_page_shows_only_that(officer, commune):
    rows = rows_of(officer, reverse("evidence:board", args=[commune.code]), show="missing")
    assert [(row[0], row[3]) for row in rows[:-2]] == [("1.2", "Thiếu minh chứng")]
    assert rows[-1][0].startswith("Lọc: ")


def test_the_catalogue_as_it_was_searched(officer, commune):
    make_guide(sub_item=SubItem.objects.get(code="2.3"), department=make_department(authority=officer.authority))
    rows = rows_of(officer, reverse("criteria:catalogue"), q="2.3")
    assert [(row[0], row[2], row[3], bool(row[4])) for row in rows[:-2]] == [("2.3", "Nội dung 2.3", "Đạt", True)]
    assert rows[-1][0].startswith("Lọc: ")


def test_lists_name_a_sub_item_as_the_decision_does(officer, commune):
    SubItem.objects.filter(code="1.1").update(official_code="1a")
    assert rows_of(officer, reverse("evidence:board", args=[commune.code]))[0][0] == "1a"
    assert rows_of(officer, reverse("criteria:catalogue"))[0][0] == "1a"


def test_two_days_compared(officer, commune):
    change_assessment(
        commune=commune,
        sub_item=SubItem.objects.get(code="1.1"),
        status=Status.NOT_MET,
        by=officer,
        expected_version=1,
        reason="Đo lại",
    )
    rows = rows_of(officer, reverse("history:compare", args=[commune.code]), **{"from": "01/4/2023"})
    assert [[*row[:2], *row[3:5], row[8]] for row in rows] == [["Không còn đạt", "1.1", "Đạt", "Chưa đạt", "Đo lại"]]
    assert rows[0][5] == date(2023, 4, 10)


def test_units_that_changed_and_the_findings_of_the_old_ones(officer, commune):
    other = make_commune(authority=officer.authority, name="Khai Sơn")
    merge_communes(
        communes=[commune, other],
        code="17999",
        name="Yên Xuân",
        kind="xa",
        authority=officer.authority,
        from_day=date(2023, 4, 10),
        by=officer,
    )
    (row,) = rows_of(officer, reverse("communes:changes"))
    assert row[:4] == ["17999", "xã Yên Xuân", "Sáp nhập", "xã Cao Sơn, xã Khai Sơn"]
    assert Commune.objects.get(code="17999").predecessors.count() == 2
    SubItem.objects.filter(code="1.1").update(official_code="1a")
    rows = rows_of(officer, reverse("communes:predecessors", args=["17999"]))
    assert rows[0] == ["1a", "Nội dung 1.1", "Đạt", "Chưa đánh giá", ""]


@pytest.mark.parametrize("address", ["/exchange/matrix/", "/evidence/?format=xlsx"])
def test_a_workbook_of_all_communes_costs_the_same_queries_for_two_and_for_twelve(officer, commune, address):
    make_commune(authority=officer.authority)
    client = sign_in(officer)
    cost = queries(client, address)
    for _ in range(10):
        make_commune(authority=officer.authority)
    assert queries(client, address) == cost
