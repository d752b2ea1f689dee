"""What was typed into a page whose session had run out: brought back after signing in, not lost.

A form that is sent whole and found signed out is not led to the login with empty hands: the login form
carries what was typed along, only who signs in leaves it in a session, and the page on which the form
stood is then shown with that form filled in again. Nobody who isn't signed in writes anything on the server.

The form is filled in on the finished page, not by its view: so it holds for every form that there is,
a view can't forget it, and no view comes to save anything when it is merely looked at.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.urls import is_valid_path
from django.utils.http import url_has_allowed_host_and_scheme

from communes.forms import LoginForm
from ntm_tracker.lib.htmx import UNWRITTEN, login_address
from ntm_tracker.lib.refill import insert, sent_form

FIELD = "typed"
KEY = "typed_before_login"
# Signs; a report with every line and part filled to the brim stays below it.
LARGEST = 500_000
NEVER_KEPT = ("csrfmiddlewaretoken", "password", "passphrase")


class CarryTypedOverLogin:
    """Answer a form that was sent without a session with the login that carries it along; fill it in afterwards.

    Parts of pages that save themselves keep in the browser what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _is_of_script(request):
            return response
        if request.method == "POST" and _leads_to_login(response) and not _is_login(request):
            return _login(request)
        if request.method == "GET" and KEY in request.session:
            if _is_no_page(response):
                return redirect(_page_above(request.path))
            if _is_page(response):
                _bring_back(request, response)
        return response


def _is_of_script(request: HttpRequest) -> bool:
    """Whether a script of a page asks: it reads the answer itself, a person would never see it."""
    return "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"


def _is_login(request: HttpRequest) -> bool:
    """Whether the form was itself a login, such as the admin site's, which leads to ours."""
    return request.resolver_match is not None and request.resolver_match.url_name == "login"


def _leads_to_login(response: HttpResponse) -> bool:
    """Whether somebody who isn't signed in is asked to; who signs out is led there too, but to no page after it."""
    if not isinstance(response, HttpResponseRedirectBase):
        return False
    address = urlsplit(response.url)
    return address.path == resolve_url(settings.LOGIN_URL) and REDIRECT_FIELD_NAME in parse_qs(address.query)


def _login(request: HttpRequest) -> HttpResponse:
    """Show the login with what was typed in it; it leads to the page on which the form stood."""
    values = _without_secrets(dict(request.POST.lists()))
    files = [file.name for name in request.FILES for file in request.FILES.getlist(name)]
    page = page_of_form(request)
    if not (values or files):
        return redirect(login_address(page, UNWRITTEN))
    typed = json.dumps({"path": request.path, "values": values, "files": files})
    context = {"form": LoginForm(request), "next": page, FIELD: typed}
    return render(request, "registration/login.html", context, status=HTTPStatus.FORBIDDEN)


def _without_secrets(values: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: texts for name, texts in values.items() if not any(never in name for never in NEVER_KEPT)}


def page_of_form(request: HttpRequest) -> str:
    """Return the page of ours that the browser names; else the address of the form, which is often the same.

    Where it isn't, the person is led on to a page above it once they are signed in.
    """
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return request.get_full_path()
    return urlsplit(page)._replace(scheme="", netloc="", fragment="").geturl() or "/"


def leave_typed(request: HttpRequest) -> None:
    """Keep what came with the login of a person who is now signed in, for the page that comes next.

    Where nothing was typed, {} says that a form was sent all the same: its own address may be no page.
    """
    typed = _carried(request.POST.get(FIELD, ""))
    if typed or request.POST.get("expired") == UNWRITTEN:
        request.session[KEY] = typed


def _carried(text: str) -> dict[str, Any]:
    """Read what the login form carried along; {} where it is nothing of ours."""
    if not text or len(text) > LARGEST:
        return {}
    try:
        typed = json.loads(text)
        values = {str(name): [str(text) for text in texts] for name, texts in typed["values"].items()}
        return {"path": str(typed["path"]), "values": values, "files": [str(name) for name in typed["files"]]}
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return {}


def refused_words(request: HttpRequest) -> list[str]:
    """Return the words of a form that wasn't let in, to be copied by the person: each once, no secrets.

    Of a form of another site there are none: its words are not shown as the person's own.
    """
    sender = request.headers.get("Origin") or request.headers.get("Referer", "")
    if urlsplit(sender).netloc != request.get_host():
        return []
    try:
        values, carried = dict(request.POST.lists()), _carried(request.POST.get(FIELD, ""))
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return []
    values = {**values, FIELD: [], **carried.get("values", {})}
    texts = dict.fromkeys(text for of_field in _without_secrets(values).values() for text in of_field)
    left, found = LARGEST, []
    for text in filter(_is_words, texts):
        if len(text) <= left:
            found.append(text)
            left -= len(text)
    return found


def _is_words(text: str) -> bool:
    """Whether a person wrote it; a single plain word is a choice, a version or the like."""
    return len(text.split()) > 1 or not text.isascii()


def _is_page(response: HttpResponse) -> bool:
    return not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")


def _is_no_page(response: HttpResponse) -> bool:
    """Whether the address of a form turns out to take nothing but the form, or to be a file."""
    is_file = response.status_code == HTTPStatus.OK and not _is_page(response)
    return is_file or response.status_code == HTTPStatus.METHOD_NOT_ALLOWED


def _page_above(path: str) -> str:
    """Return the nearest address above `path` that leads anywhere; at last that is the home page."""
    while path != "/":
        path = f"{path.rstrip('/').rpartition('/')[0]}/"
        if is_valid_path(path):
            break
    return path


def _bring_back(request: HttpRequest, response: HttpResponse) -> None:
    """Show what was typed in its form, once; where the page doesn't have that form, the words themselves."""
    kept = request.session[KEY]
    if not kept:
        del request.session[KEY]
        return
    html, values = response.content.decode(), kept["values"]
    form = sent_form(html, page=request.path, action=kept["path"], names=values)
    texts = [text for name in values if not form or name not in form.names for text in values[name]]
    # A single word or number is a choice, a version or the like, and says nothing to the person.
    context = {"found": form, "files": kept["files"], "words": [text for text in texts if " " in text.strip()]}
    notice = render_to_string("includes/typed.html", context)
    page = form.filled(values, notice) if form else insert(html, notice)
    if page is not None:
        response.content = page.encode()
        del request.session[KEY]
