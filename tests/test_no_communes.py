"""An installation or a district without communes: every page says what is entered first, to whom may do it."""

from datetime import date

import pytest

from communes.enums import Role
from tests.factories import make_authority, make_commune, make_criteria_set, make_letterhead, make_user
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db
ADD_AUTHORITY, IMPORT = 'href="/admin/communes/authority/add/"', 'href="/exchange/units/">Nhập từ Excel'
PAGES = ("/", "/matrix/", "/communes/", "/evidence/", "/exchange/status/", "/reports/", "/summary/")


@pytest.fixture(autouse=True)
def criteria_set(settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    make_criteria_set()


@pytest.mark.parametrize("url", PAGES)
def test_before_the_first_authority_the_administrator_is_led_to_it(url):
    page = sign_in(make_user(Role.ADMINISTRATOR)).get(url)
    assert "Trước hết nhập cơ quan chỉ đạo" in text(page)
    assert ADD_AUTHORITY in page.text
    assert IMPORT not in page.text


@pytest.mark.parametrize("url", PAGES)
def test_once_there_is_one_the_officer_is_led_to_the_workbook(url):
    page = sign_in(make_user()).get(url)
    assert IMPORT in page.text
    assert ADD_AUTHORITY not in page.text


@pytest.mark.parametrize("url", [url for url in PAGES if url != "/exchange/status/"])
def test_who_may_enter_none_is_told_who_does(url):
    page = sign_in(make_user(Role.LEADER)).get(url)
    assert "Khi cán bộ của huyện nhập các xã, " in text(page)
    assert IMPORT not in page.text


def test_the_page_of_the_workbook_says_so_before_a_file_is_filled_in_vain():
    client = sign_in(make_user(Role.ADMINISTRATOR))
    assert ADD_AUTHORITY in client.get("/exchange/units/").text
    make_authority()
    assert ADD_AUTHORITY not in client.get("/exchange/units/").text


def test_an_empty_matrix_has_nothing_to_print_or_to_take_away():
    officer = make_user()
    client = sign_in(officer)
    assert "In bảng" not in text(client.get("/matrix/"))
    make_commune(authority=officer.authority)
    assert "In bảng" in text(client.get("/matrix/"))


FORMS = [
    ("/notices/new/", 1, "Chưa có xã nào để soạn thông báo"),
    ("/communes/changes/rename/", 1, "Chưa có xã nào để ghi thay đổi"),
    ("/communes/changes/merge/", 2, "Chưa đủ hai xã để sáp nhập"),
]


@pytest.mark.parametrize(("url", "needed", "told"), FORMS)
def test_a_form_that_nobody_could_complete_says_what_is_missing_instead(url, needed, told):
    officer = make_user(authority=make_letterhead().authority)
    client = sign_in(officer)
    for _ in range(needed):
        page = client.get(url, follow=True)
        assert told in text(page)
        make_commune(authority=officer.authority)
    page = client.get(url, follow=True)
    assert told not in text(page)
    assert page.request["PATH_INFO"] == url


def test_nobody_is_asked_to_drop_a_filter_that_is_not_set():
    client = sign_in(make_user())
    assert "bớt bộ lọc" not in text(client.get("/changes/"))
    assert "bớt bộ lọc" in text(client.get("/changes/", {"q": "17.4"}))
