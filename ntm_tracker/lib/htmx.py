"""What htmx requests need beyond django-htmx."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

# What the end of a session met: words that the browser keeps, a change without any, something to be seen.
KEPT, UNWRITTEN, VIEW = "kept", "unwritten", "view"
# By this header a script says that it keeps what was typed until it is written.
KEEPS = "Keeps-Typed"


def login_address(page: str, expired: str) -> str:
    """Return where to sign in again, told what the end of the session met; "" as `page` leads home afterwards."""
    login = f"{resolve_url(settings.LOGIN_URL)}?expired={expired}"
    return redirect_to_login(page, login).url if page else login


class FollowLoginRedirect:
    """Send the whole page to the login form when a fragment's request finds the session ended.

    Without it htmx would follow the redirect and put the login form where the fragment belongs, into
    a table cell. The person comes back to the page on which they were, not to the fragment's url.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        htmx = HtmxDetails(request)
        if not htmx or not _leads_to_login(response):
            return response
        # A page of another host is no place to come back to; then the login leads home.
        return HttpResponseClientRedirect(login_address(htmx.current_url_abs_path or "", _met(request)))


def _met(request: HttpRequest) -> str:
    if request.method in ("GET", "HEAD"):
        return VIEW
    return KEPT if KEEPS in request.headers else UNWRITTEN


def _leads_to_login(response: HttpResponse) -> bool:
    return (
        isinstance(response, HttpResponseRedirectBase)
        and response.has_header("Location")
        and urlsplit(response.url).path == resolve_url(settings.LOGIN_URL)
    )
