"""What the product's own middleware adds to an answer."""

from urllib.parse import urlencode

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


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_form_that_is_too_large_is_answered_with_what_to_do_and_leaves_no_trace_in_the_log(client, caplog, kind):
    client.force_login(make_user())
    values = {"text": "Đạt\n" * 500_000}
    data = values if kind == "multipart/form-data" else urlencode(values)
    form = {"data": data} if kind == "multipart/form-data" else {"data": data, "content_type": kind}
    response = client.post("/matrix/paste/", **form)
    assert response.status_code == 413
    assert "Khối dán quá lớn" in response.text
    assert "Bảng trạng thái Excel" in response.text
    assert "mời quay lại" in response.text.lower()
    part = client.post("/matrix/paste/", **form, headers={"HX-Request": "true"})
    assert (part.status_code, part["Content-Type"]) == (413, "text/plain; charset=utf-8")
    assert part.text.startswith("Khối dán quá lớn")
    assert "Nội dung gửi lên quá lớn" in client.post("/proposals/", **form).text
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.django_db
def test_a_form_with_too_many_fields_is_answered_the_same_way(client):
    client.force_login(make_user())
    assert client.post("/proposals/", {f"field-{at}": "x" for at in range(1001)}).status_code == 413
