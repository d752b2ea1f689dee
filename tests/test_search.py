"""One box that finds everything that a person may see."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils.html import escape

from communes.enums import CommuneKind, Role
from criteria.models import Criterion, SubItem
from ntm_tracker.lib import clock
from ntm_tracker.search import search
from tasks.enums import NoticeStatus, TaskStatus
from tests.factories import (
    make_authority,
    make_commune,
    make_criteria_set,
    make_notice,
    make_proposal,
    make_sub_item,
    make_task,
    make_user,
)
from tests.pages import queries, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_april_2023(settings):
    settings.NTM_TODAY = date(2023, 4, 10)


@pytest.fixture
def district():
    return make_authority()


@pytest.fixture
def officer(district):
    return make_user(authority=district)


def titles(user, typed):
    return [hit.title for finds in search(user, typed) for hit in finds.hits]


@pytest.mark.parametrize("typed", ["cao son", "Cao Sơn", "CAO  SƠN", "son cao", "xa cao son", "Xã Cao Sơn"])
def test_a_commune_is_found_with_and_without_diacritics(district, officer, typed):
    make_commune(authority=district, name="Cao Sơn")
    make_commune(authority=district, name="Khai Sơn")
    assert titles(officer, typed) == ["Xã Cao Sơn"]


def test_the_kind_of_a_unit_before_its_name_is_understood(district, officer):
    make_commune(authority=district, name="Anh Sơn", kind=CommuneKind.THI_TRAN)
    make_commune(authority=district, name="Xá Sơn")
    assert titles(officer, "thị trấn anh sơn") == ["Thị trấn Anh Sơn"]
    assert titles(officer, "xã anh sơn") == []
    assert titles(officer, "xa son") == ["Xã Xá Sơn"]


@pytest.mark.parametrize("typed", ["31/TB-UBND", "31/tb", "31", "31 tb-ubnd", "số 31/TB-UBND"])
def test_a_notice_is_found_by_its_number(district, officer, typed):
    commune = make_commune(authority=district, name="Cao Sơn", code="17386")
    make_notice(commune=commune, number=31, status=NoticeStatus.ISSUED)
    make_notice(commune=commune, number=32, status=NoticeStatus.ISSUED)
    assert [title.split()[0] for title in titles(officer, typed)] == ["31/TB-UBND"]


def test_a_criterion_is_found_by_its_number_with_all_its_sub_items_and_one_of_them_by_its_code(officer):
    make_criteria_set()
    assert [title.split()[0] for title in titles(officer, "Tiêu chí 2")] == ["2.1", "2.2", "2.3"]
    assert [title.split()[0] for title in titles(officer, "noi dung 2.2")] == ["2.2"]
    assert titles(officer, "tiêu chí 7") == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        *((words, 4) for words in ("tiêu chí 2", "tc 2", "TC2", "Môi trường")),
        *((words, 1) for words in ("nội dung 2.2", "tc2.2", "rác", "trường rác")),
    ],
)
def test_the_catalogue_holds_what_the_search_counts_and_leads_to(officer, typed, found):
    *_, last = SubItem.objects.of_set(make_criteria_set())
    Criterion.objects.filter(pk=last.criterion_id).update(name="Môi trường", search_key="moi truong")
    make_sub_item(criterion=last.criterion, name="Xử lý rác")
    (finds,) = search(officer, typed)
    page = sign_in(officer).get(finds.url)
    assert (len(finds.hits) + finds.more, page.context["catalogue"].found) == (found, found)


def test_what_is_written_as_typed_comes_first(district, officer):
    for name in ("Dinh Sơn", "Đỉnh Sơn"):
        make_commune(authority=district, name=name)
    assert titles(officer, "đỉnh") == ["Xã Đỉnh Sơn", "Xã Dinh Sơn"]
    assert set(titles(officer, "dinh")) == {"Xã Đỉnh Sơn", "Xã Dinh Sơn"}


def test_a_former_name_leads_to_the_unit_as_it_was(district, officer):
    today = clock.today()
    new = make_commune(authority=district, name="Yên Xuân")
    make_commune(authority=district, name="Cao Sơn", valid_to=today - timedelta(days=1), successor=new)
    make_commune(authority=district, name="Cao Sơn mới", valid_from=today + timedelta(days=1))
    (finds,) = search(officer, "cao son")
    day = today - timedelta(days=1)
    assert [hit.title for hit in finds.hits] == [f"Xã Cao Sơn (đến {clock.vn_date(day)})"]
    assert finds.hits[0].url.endswith(f"?at={day.isoformat()}")


def ended(successor=None, **fields):
    """A commune whose last day was yesterday."""
    return make_commune(valid_to=clock.today() - timedelta(days=1), successor=successor, **fields)


def test_a_former_name_says_what_the_unit_is_now_and_leads_there(client, district, officer):
    now = make_commune(authority=district, name="Yên Xuân")
    between = make_commune(authority=district, name="Yên Sơn", valid_to=date(2023, 3, 31), successor=now)
    make_commune(authority=district, name="Cao Sơn", valid_to=date(2022, 12, 31), successor=between)
    client.force_login(officer)
    page = client.get(reverse("search"), {"q": "cao son"}).text
    assert f'nay là <a href="{now.get_absolute_url()}">xã Yên Xuân</a>' in page
    assert '<span class="agenda-when">nay là' not in client.get(reverse("search"), {"q": "yen xuan"}).text


def test_a_successor_beyond_the_reach_is_named_only(client, district, officer):
    ended(make_commune(name="Yên Xuân"), authority=district, name="Cao Sơn")
    client.force_login(officer)
    page = client.get(reverse("search"), {"q": "cao son"}).text
    assert '<span class="agenda-when">nay là xã Yên Xuân</span>' in page


def test_a_unit_without_one_in_its_place_is_now_nothing(district, officer):
    gone = ended(authority=district, name="Yên Xuân")
    make_commune(authority=district, name="Cao Sơn", valid_to=date(2022, 12, 31), successor=gone)
    assert [hit.heir for finds in search(officer, "cao son") for hit in finds.hits] == [""]


def test_successors_cost_the_same_queries_for_one_former_name_and_for_many(client, district, officer):
    def end_one() -> None:
        ended(make_commune(authority=district, name="Yên Xuân"), authority=district, name="Cao Sơn")

    address = f"{reverse('search')}?q=cao+son"
    end_one()
    cost = queries(sign_in(officer), address)
    for _ in range(5):
        end_one()
    assert cost == queries(sign_in(officer), address)


def test_every_kind_is_found_from_one_box(district, officer):
    commune = make_commune(authority=district, name="Tràng Sơn")
    make_criteria_set()
    SubItem.objects.filter(code="2.2").first()
    sub_item = SubItem.objects.get(code="2.2")
    sub_item.name = "Đường liên thôn Tràng"
    sub_item.save()
    make_notice(commune=commune, subject="Kết luận về Tràng Sơn")
    make_task(commune=commune, text="Tu sửa đường Tràng")
    make_proposal(commune=commune, text="Đề nghị hỗ trợ Tràng")
    assert [finds.kind for finds in search(officer, "trang")] == [
        "Xã, thị trấn",
        "Nội dung tiêu chí",
        "Thông báo kết luận",
        "Nhiệm vụ",
        "Kiến nghị, đề xuất",
    ]


def test_nothing_of_another_district_is_found_nor_a_draft_by_a_commune(district, officer):
    commune = make_commune(authority=district, name="Tràng Sơn")
    make_notice(commune=commune, subject="Kết luận về Tràng Sơn")
    assert titles(make_user(), "trang") == []
    clerk = make_user(Role.COMMUNE, authority=district, commune=commune)
    assert titles(clerk, "trang") == ["Xã Tràng Sơn"]
    neighbour = make_user(Role.COMMUNE, authority=district, commune=make_commune(authority=district))
    assert titles(neighbour, "trang") == []


@pytest.mark.parametrize(("role", "begin"), [(Role.DISTRICT, ""), (Role.DEPARTMENT, "department=&")])
def test_a_sub_item_leads_to_its_column_of_the_matrix_too(client, district, role, begin):
    """A department's matrix holds its own sub-items, unless all are asked for."""
    make_criteria_set()
    make_commune(authority=district)
    client.force_login(make_user(role, authority=district))
    page = client.get(reverse("search"), {"q": "nội dung 2.2"}).text
    address = f"{reverse('matrix')}?{begin}open=2&sort=2.2#c2"
    assert f'href="{escape(address)}"' in page
    matrix = client.get(address.partition("#")[0]).text
    assert re.search(r'<th scope="col"[^>]*aria-sort="ascending"[^>]*><a[^>]*><b>2.2</b>', matrix)


def test_of_more_than_the_page_holds_the_list_has_all(client, district, officer):
    for number in range(20):
        make_task(
            commune=make_commune(authority=district), text=f"Sửa cầu Tràng & đập {number}", status=TaskStatus.CONFIRMED
        )
    client.force_login(officer)
    (finds,) = search(officer, "cầu Tràng & đập")
    assert (len(finds.hits), finds.more) == (8, 12)
    assert f'href="{escape(finds.url)}"' in client.get(reverse("search"), {"q": "cầu Tràng & đập"}).text
    assert client.get(finds.url).text.count("đập 1") == 11


@pytest.mark.parametrize("typed", ["", " ", "a", "%", "''"])
def test_less_than_two_letters_find_nothing(officer, typed):
    assert search(officer, typed) == []


def test_the_number_of_queries_does_not_grow(client, district, officer, django_assert_num_queries):
    make_criteria_set()
    make_task(commune=make_commune(authority=district, name="Tràng 1"), text="Tràng")
    client.force_login(officer)
    client.get(reverse("search"), {"q": "trang"})
    with django_assert_num_queries(10):
        client.get(reverse("search"), {"q": "trang"})
    for number in range(3):
        commune = make_commune(authority=district, name=f"Tràng {number}")
        make_notice(commune=commune, subject="Tràng")
        make_task(commune=commune, text="Tràng")
        make_proposal(commune=commune, text="Tràng")
    with django_assert_num_queries(10):
        client.get(reverse("search"), {"q": "trang"})


def test_the_typed_words_stay_in_the_box_and_are_escaped(client, officer):
    client.force_login(officer)
    page = client.get(reverse("search"), {"q": '"><script>'}).text
    assert 'value="&quot;&gt;&lt;script&gt;"' in page
    assert "Không tìm thấy gì" in page
