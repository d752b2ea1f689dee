"""A fragment that finds the session ended sends the whole page to the login form."""

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from ntm_tracker.lib.htmx import FollowLoginRedirect


def answer(response, method="get", **headers):
    request = getattr(RequestFactory(), method)("/matrix/cell/", headers=headers, HTTP_HOST="testserver")
    return FollowLoginRedirect(lambda _: response)(request)


def to_login():
    return HttpResponseRedirect("/login/?next=/matrix/cell/")


def test_a_fragment_leads_the_page_to_the_login_and_back_to_the_page():
    response = answer(to_login(), hx_request="true", hx_current_url="http://testserver/matrix/?month=2023-04")
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/login/?expired=view&next=/matrix/%3Fmonth%3D2023-04"
    assert not response.has_header("Location")


@pytest.mark.parametrize(
    ("method", "headers", "expired"),
    [
        ("get", {}, "view"),
        ("get", {"keeps_typed": "1"}, "view"),
        ("post", {}, "unwritten"),
        ("post", {"keeps_typed": "1"}, "kept"),
    ],
)
def test_the_login_is_told_what_the_end_of_the_session_met(method, headers, expired):
    page = {"hx_request": "true", "hx_current_url": "http://testserver/matrix/"}
    response = answer(to_login(), method, **page, **headers)
    assert response["HX-Redirect"] == f"/login/?expired={expired}&next=/matrix/"


@pytest.mark.parametrize("came_from", ["http://xau.vn/matrix/", "https://testserver/matrix/", "", "//xau.vn/"])
def test_a_page_of_another_host_is_no_place_to_come_back_to(came_from):
    response = answer(to_login(), hx_request="true", hx_current_url=came_from)
    assert response["HX-Redirect"] == "/login/?expired=view"


def test_a_browser_follows_the_redirect_by_itself():
    response = answer(to_login())
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/matrix/cell/"


@pytest.mark.parametrize(
    "response",
    [HttpResponse("mảnh"), HttpResponseRedirect("/matrix/"), HttpResponseClientRedirect("/login/")],
    ids=["fragment", "other redirect", "already led"],
)
def test_other_answers_to_htmx_pass_unchanged(response):
    assert answer(response, hx_request="true", hx_current_url="http://testserver/matrix/") is response


@pytest.mark.django_db
def test_a_request_without_session_meets_the_whole_chain(client):
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/tasks/"}
    response = client.get(reverse("home"), headers=headers)
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/login/?expired=view&next=/tasks/"
