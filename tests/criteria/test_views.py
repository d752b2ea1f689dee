"""The pages of the communes and of the catalogue: who sees what, on which day, in how many queries."""

from datetime import date

import pytest

from communes.enums import CommuneKind, Role
from communes.models import Commune
from criteria.models import CriteriaSet, SubItem
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_sub_item,
    make_user,
)
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
TODAY = date(2023, 4, 10)
LIST, CATALOGUE = "/communes/", "/criteria/"


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = TODAY


def listed(response) -> list[str]:
    return [row.commune.name for row in response.context["rows"]]


# The list


def test_officers_see_every_tracked_commune_of_their_district_and_none_of_another():
    make_criteria_set()
    authority = make_authority()
    make_commune(authority=authority, name="Cao Sơn")
    make_commune(authority=authority, name="Cẩm Sơn")
    make_commune(name="Xa Lạ")
    assert listed(sign_in(make_user(authority=authority)).get(LIST)) == ["Cao Sơn", "Cẩm Sơn"]


def test_the_town_is_named_as_not_tracked_without_a_link():
    make_criteria_set()
    authority = make_authority()
    town = make_commune(authority=authority, name="Anh Sơn", kind=CommuneKind.THI_TRAN)
    make_commune(authority=authority)
    page = sign_in(make_user(authority=authority)).get(LIST)
    assert "Anh Sơn" not in listed(page)
    assert "Thị trấn Anh Sơn không theo dõi ở đây" in text(page)
    assert f"/communes/{town.code}/" not in page.text


def test_commune_staff_see_their_own_commune_and_only_the_counts_of_the_district():
    make_criteria_set()
    own = make_commune(name="Cao Sơn")
    make_commune(authority=own.authority, name="Khai Sơn")
    page = sign_in(make_user(Role.COMMUNE, commune=own)).get(LIST)
    assert listed(page) == ["Cao Sơn"]
    assert "Khai Sơn" not in page.text
    assert "Tổng 2 xã" in text(page)


def test_a_district_without_communes_says_what_will_stand_here():
    make_criteria_set()
    page = sign_in(make_user()).get(LIST)
    assert page.status_code == 200
    assert "Chưa có xã nào để theo dõi" in text(page)


def test_without_a_set_in_force_the_list_says_so():
    commune = make_commune()
    page = sign_in(make_user(authority=commune.authority)).get(LIST)
    assert page.status_code == 200
    assert "Chưa có bộ tiêu chí nào có hiệu lực" in text(page)


# A day asked for


# One commune


def test_an_unknown_commune_is_not_found_in_the_look_of_the_product():
    page = sign_in(make_user()).get("/communes/00000/")
    assert page.status_code == 404
    assert "css/tokens.css" in page.text


def test_a_commune_of_another_district_is_not_found():
    commune = make_commune()
    assert sign_in(make_user()).get(commune.get_absolute_url()).status_code == 404


def test_a_code_that_lives_on_leads_to_the_unit_that_bears_it_now():
    make_criteria_set()
    old = make_commune(code="17999", name="Tên Cũ", valid_to=date(2022, 12, 31))
    new = make_commune(code="17999", name="Tên Mới", authority=old.authority, valid_from=date(2023, 1, 1))
    client = sign_in(make_user(authority=old.authority))
    assert client.get("/communes/17999/").context["commune"] == new


def test_a_code_of_past_units_leads_to_the_last_one():
    make_criteria_set()
    authority = make_authority()
    for name, day in (("Đầu", date(2019, 12, 31)), ("Cuối", date(2021, 12, 31)), ("Giữa", date(2020, 12, 31))):
        make_commune(code="17998", name=name, authority=authority, valid_to=day)
    assert sign_in(make_user(authority=authority)).get("/communes/17998/").context["commune"].name == "Cuối"


# The catalogue


def test_another_set_can_be_chosen_and_an_unknown_one_is_not_found():
    current = make_criteria_set()
    later = make_criteria_set(effective_from=date(2026, 2, 15), effective_to=None)
    client = sign_in(make_user())
    assert client.get(CATALOGUE).context["chosen"] == current
    page = client.get(CATALOGUE, {"set": later.code})
    assert page.context["chosen"] == later
    assert "Hôm nay bộ này không có hiệu lực" in text(page)
    assert client.get(CATALOGUE, {"set": "khong-co"}).status_code == 404


def test_without_any_set_the_catalogue_says_what_will_stand_here():
    assert "Chưa có bộ tiêu chí nào" in text(sign_in(make_user()).get(CATALOGUE))


# Queries


def fill(authority, criteria_set: CriteriaSet, count: int) -> list[Commune]:
    """Communes with a finding on every sub-item."""
    communes = [make_commune(authority=authority) for _ in range(count)]
    for commune in communes:
        for item in SubItem.objects.of_set(criteria_set):
            make_assessment(commune=commune, sub_item=item)
    return communes


@pytest.mark.parametrize("role", [Role.DISTRICT, Role.COMMUNE])
@pytest.mark.parametrize("query", ["", "?at=2023-04-01&sort=-gained&q=xa"])
def test_the_list_costs_the_same_queries_for_one_commune_and_for_thirty(role, query):
    criteria_set, authority = make_criteria_set(), make_authority()
    first = fill(authority, criteria_set, 1)[0]
    user = make_user(role, **({"commune": first} if role == Role.COMMUNE else {"authority": authority}))
    client = sign_in(user)
    few = queries(client, LIST + query)
    fill(authority, criteria_set, 29)
    many = queries(client, LIST + query)
    assert few == many <= 12


@pytest.mark.parametrize("query", ["", "?at=2023-04-01"])
def test_a_commune_costs_the_same_queries_whatever_the_size_of_the_set(query):
    criteria_set, authority = make_criteria_set(), make_authority()
    commune = fill(authority, criteria_set, 1)[0]
    client = sign_in(make_user(authority=authority))
    few = queries(client, commune.get_absolute_url() + query)
    for _ in range(30):
        make_assessment(commune=commune, sub_item=make_sub_item(criterion=criteria_set.criteria.first()))
    many = queries(client, commune.get_absolute_url() + query)
    assert few == many <= 21


def test_the_catalogue_costs_the_same_queries_whatever_its_size():
    criteria_set = make_criteria_set()
    client = sign_in(make_user())
    few = queries(client, CATALOGUE)
    for _ in range(30):
        make_sub_item(criterion=criteria_set.criteria.first())
    assert few == queries(client, CATALOGUE) <= 12
