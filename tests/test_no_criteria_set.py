"""A day on which no criteria set is in force: every page says so, where figures are and who brings a set."""

from datetime import date

import pytest

from communes.enums import AuthorityLevel, Role
from criteria.enums import Status
from criteria.services import change_assessment
from ntm_tracker.lib.clock import start_of
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_guide,
    make_user,
)
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db
NONE_IN_FORCE = "Ngày 10/4/2024 không có bộ tiêu chí nào có hiệu lực"
# What pages say of communes that have everything, or of an installation that has nothing.
MISLEADING = ("Mọi tiêu chí đã đạt", "0/0", "Chưa có xã nào", "Chưa có huyện nào", "Chưa có nội dung nào")


@pytest.fixture
def district(settings):
    settings.NTM_TODAY = date(2024, 4, 10)
    return make_authority(parent=make_authority(level=AuthorityLevel.PROVINCE), name="huyện Anh Sơn")


@pytest.fixture
def commune(district):
    criteria_set = make_criteria_set(effective_to=date(2024, 2, 29), short_name="Bộ tiêu chí 2021-2025")
    commune = make_commune(authority=district, code="17386", name="Cao Sơn")
    make_assessment(commune=commune, sub_item=criteria_set.criteria.first().sub_items.first())
    return commune


@pytest.fixture
def people(commune, district):
    department = make_user(Role.DEPARTMENT, authority=district)
    make_guide(sub_item=commune.assessments.get().sub_item, department=department.department)
    return {
        "officer": make_user(authority=district),
        "leader": make_user(Role.LEADER, authority=district),
        "department": department,
        "commune": make_user(Role.COMMUNE, commune=commune),
        "province": make_user(authority=district.parent),
        "administrator": make_user(Role.ADMINISTRATOR),
    }


def change(finding, status, day):
    change_assessment(
        commune=finding.commune,
        sub_item=finding.sub_item,
        status=status,
        by=None,
        expected_version=finding.version,
        at=start_of(day),
    )


PAGES = [
    *((who, "/") for who in ("officer", "leader", "department", "commune", "province", "administrator")),
    *(
        ("officer", url)
        for url in ("/matrix/", "/communes/", "/communes/17386/", "/summary/", "/communes/17386/results/")
    ),
]


@pytest.mark.parametrize(("who", "url"), PAGES)
def test_the_page_says_so_and_leads_to_the_last_day_with_figures(people, who, url):
    client = sign_in(people[who])
    page = client.get(url)
    said = text(page)
    assert NONE_IN_FORCE in said
    assert "Bộ tiêu chí 2021-2025 có hiệu lực đến hết ngày 29/02/2024" in said
    assert [words for words in MISLEADING if words in said] == []
    past = "/matrix/" if url == "/" and who != "commune" else "/communes/17386/" if url == "/" else url
    assert f'href="{past}?at=2024-02-29"' in page.text or 'href="?at=2024-02-29"' in page.text
    assert "Cao Sơn" in text(client.get(past, {"at": "2024-02-29"}))


def test_who_may_enter_a_set_is_led_there_and_others_are_told_who_may(people):
    assert 'href="/exchange/criteria-set/"' in sign_in(people["administrator"]).get("/matrix/").text
    page = sign_in(people["officer"]).get("/matrix/")
    assert "criteria-set" not in page.text
    assert "Khi người quản trị nhập bộ tiêu chí mới" in text(page)


def test_without_any_set_the_catalogue_and_the_evidence_lead_to_its_import():
    client = sign_in(make_user(Role.ADMINISTRATOR))
    for url in ("/criteria/", "/evidence/"):
        page = client.get(url)
        assert "Hãy nhập bộ tiêu chí từ Excel" in text(page)
        assert 'href="/exchange/criteria-set/">Nhập bộ tiêu chí' in page.text


def test_before_the_first_set_nothing_is_promised(people):
    page = sign_in(people["officer"]).get("/matrix/", {"at": "01/3/2020"})
    assert "Chưa có bộ tiêu chí nào có hiệu lực vào ngày này" in text(page)


def test_the_summary_says_for_which_day_and_counts_the_work_all_the_same(people):
    page = text(sign_in(people["officer"]).get("/summary/", {"month": "2024-04"}))
    assert "không có bộ tiêu chí nào có hiệu lực nên không tính kết quả" in page
    assert "Đang thực hiện 0 nhiệm vụ" in page


def test_nobody_owes_a_report_on_criteria_that_are_not_in_force(people):
    client = sign_in(people["officer"])
    board = text(client.get("/reports/"))
    assert NONE_IN_FORCE in board
    assert "Nhắc" not in board
    assert "còn thiếu" not in board
    assert "Không còn xã nào phải nhắc" in text(client.get("/reports/reminder/"))
    earlier = text(client.get("/reports/", {"until": "2024-02", "month": "2024-02"}))
    assert NONE_IN_FORCE not in earlier
    assert "Báo cáo tháng của các xã Xã Th." in earlier


# What is said of an ended set leads to its days, also where the next set gives the same code to something else.


def test_the_cell_of_an_ended_set_leads_to_its_last_day(people):
    client = sign_in(people["officer"])
    there = "/communes/17386/?at=2024-02-29#tieu-chi-1"
    assert client.get("/communes/17386/sub-items/1.1/").headers["Location"] == there
    assert client.post("/communes/17386/sub-items/1.1/", {"status": "met", "version": 1}).status_code == 404
    assert client.get("/communes/17386/sub-items/9.9/").status_code == 404


def test_an_entry_of_the_log_leads_to_the_set_of_its_day(people, commune):
    finding = commune.assessments.get()
    change(finding, Status.NOT_MET, date(2024, 1, 10))
    client = sign_in(people["officer"])
    old = 'href="/communes/17386/sub-items/1.1/?at=2024-01-10"'
    assert old in client.get("/changes/").text
    next_set = make_criteria_set(short_name="Bộ sau", effective_from=date(2024, 3, 1), effective_to=None)
    item = next_set.criteria.first().sub_items.first()
    change(make_assessment(commune=commune, sub_item=item), Status.NOT_MET, date(2024, 3, 5))
    page = client.get("/changes/").text
    assert old in page
    assert 'href="/communes/17386/sub-items/1.1/"' in page
    answer = client.get("/communes/17386/sub-items/1.1/", {"at": "2024-01-10"})
    assert answer.headers["Location"] == "/communes/17386/?at=2024-01-10#tieu-chi-1"
    compared = client.get("/communes/17386/compare/", {"from": "01/01/2024", "to": "31/01/2024"}).text
    assert old in compared
