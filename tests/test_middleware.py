"""What the product's own middleware adds to an answer."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from ntm_tracker.middleware import PrivateResponses
from tests.factories import make_user


def answer(response=None, *, signed_in=False):
    request = RequestFactory().get("/")
    if signed_in:
        request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    return PrivateResponses(lambda _: response or HttpResponse())(request)


def test_nothing_that_a_signed_in_person_sees_stays_in_a_cache():
    assert answer(signed_in=True)["Cache-Control"] == "no-store, private"


def test_the_answer_that_signs_in_stays_in_no_cache_either():
    response = HttpResponse()
    response.set_cookie(settings.SESSION_COOKIE_NAME, "x")
    assert answer(response)["Cache-Control"] == "no-store, private"


def test_a_view_that_sets_its_own_caching_keeps_it():
    response = HttpResponse(headers={"Cache-Control": "private, no-cache"})
    assert answer(response, signed_in=True)["Cache-Control"] == "private, no-cache"


def test_an_answer_to_nobody_in_particular_may_be_cached():
    assert not answer().has_header("Cache-Control")


@pytest.mark.parametrize("signed_in", [True, False])
def test_no_answer_may_be_used_by_a_foreign_page_or_use_the_camera(signed_in):
    response = answer(signed_in=signed_in)
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/communes/%00/", "/search/?q=%00", "/tasks/?q=cao%00son", "/reports/?month=2023-04%00"]
)
def test_an_address_with_a_nul_is_answered_as_a_bad_request(client, address):
    client.force_login(make_user())
    assert client.get(address).status_code == 400
