"""Addresses that nobody clicks: hugest numbers, impossible months."""

from datetime import date

import pytest

from tests import factories
from tests.pages import sign_in

pytestmark = pytest.mark.django_db
HUGE = "9" * 40


@pytest.fixture
def officer(settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    authority = factories.make_letterhead(authority=factories.make_authority()).authority
    factories.make_task(commune=factories.make_commune(authority=authority))
    return sign_in(factories.make_user(authority=authority))


@pytest.mark.parametrize(
    "address",
    [
        "/tasks/?as=calendar&month=9999-12",
        "/tasks/?as=calendar&month=0001-01",
        "/tasks/?as=calendar&month=9999-11",
        "/tasks/?as=calendar&month=0001-02",
        "/tasks/?as=board&page=-1&sort=-zzz",
        "/tasks/register/?year=0000",
        "/tasks/register/?year=9999",
        "/tasks/register/?year=0000&format=xlsx",
        "/tasks/register/pdf/?year=9999",
        f"/tasks/?notice={HUGE}",
        f"/tasks/?page={HUGE}",
        "/notices/register/?year=0000",
        "/notices/register/?year=9999&format=pdf",
        "/proposals/?commune=" + HUGE,
        "/proposals/?sort=-x&page=" + HUGE,
        "/tasks/?q=%00",
    ],
)
def test_an_odd_address_answers_with_a_page(officer, address):
    assert officer.get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        f"/tasks/{HUGE}/",
        f"/tasks/new/?point={HUGE}",
        f"/tasks/new/?reply={HUGE}",
        "/tasks/new/?commune=zzz",
        f"/notices/new/?corrects={HUGE}",
        f"/notices/{HUGE}/",
        f"/notices/{HUGE}/signed/",
        f"/proposals/{HUGE}/",
        f"/notices/new/?corrects={'9' * 5000}",
    ],
)
def test_what_does_not_exist_is_not_found(officer, address):
    assert officer.get(address).status_code == 404
