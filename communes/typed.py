"""What was typed into a page whose session had run out: brought back after signing in, not lost.

A browser without scripts sends a whole form. Found signed out, it is not led to the login with empty
hands: the login form carries what was typed along, and only who signs in leaves it in a session, for
the page that it was meant for. Nobody who isn't signed in writes anything on the server.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from communes.forms import LoginForm

FIELD = "typed"
KEY = "typed_before_login"
# Signs; a report with every line and part filled to the brim stays below it.
LARGEST = 500_000
NEVER_KEPT = ("csrfmiddlewaretoken", "password")


def keeps_typed(view: Any) -> Any:
    """Mark a view whose page can show what was typed before a login that had run out."""
    view.keeps_typed = True
    return view


class CarryTypedOverLogin:
    """Answer a form that was sent without a session with the login form that carries it along.

    For views marked with `keeps_typed`; of others the login leads back to the page on which the form stood: its own
    address often takes nothing but the form. Parts of pages that save themselves keep in the browser what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or "HX-Request" in request.headers or not _leads_to_login(response):
            return response
        view = request.resolver_match.func if request.resolver_match else None
        if not request.POST or not getattr(view, "keeps_typed", False):
            return _back_to_its_page(request) or response
        typed = {name: value for name, value in request.POST.items() if name not in NEVER_KEPT}
        context = {"form": LoginForm(request), "next": request.get_full_path(), FIELD: json.dumps(typed)}
        return render(request, "registration/login.html", context, status=HTTPStatus.FORBIDDEN)


def _leads_to_login(response: HttpResponse) -> bool:
    """Whether somebody who isn't signed in is asked to; who signs out is led there too, but to no page after it."""
    if not isinstance(response, HttpResponseRedirectBase):
        return False
    address = urlsplit(response.url)
    return address.path == resolve_url(settings.LOGIN_URL) and REDIRECT_FIELD_NAME in parse_qs(address.query)


def _back_to_its_page(request: HttpRequest) -> HttpResponse | None:
    """Lead to the login and from there to the page of ours on which the form stood, if the browser names it."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return None
    address = urlsplit(page)
    return redirect_to_login(address._replace(scheme="", netloc="", fragment="").geturl() or "/")


def leave_typed(request: HttpRequest, path: str) -> None:
    """Keep what came with the login of a person who is now signed in, for the page at `path`."""
    text = request.POST.get(FIELD, "")
    if not text or len(text) > LARGEST:
        return
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(values, dict):
        kept = {str(name): value for name, value in values.items() if isinstance(value, str)}
        request.session[KEY] = {"path": urlsplit(path).path, "values": kept}


def typed_before_login(request: HttpRequest) -> dict[str, str]:
    """Return what was typed into this page before the login, once; nothing is an empty dict."""
    kept = request.session.get(KEY)
    if not kept or kept.get("path") != request.path:
        return {}
    del request.session[KEY]
    values: dict[str, str] = kept["values"]
    return values
