"""Headers that Django and django-csp don't set, and addresses that no browser makes."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

# What browsers may grant a page; the product needs none of it.
UNUSED_FEATURES = ("accelerometer", "camera", "display-capture", "geolocation", "microphone", "payment", "usb")
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES)


class PrivateResponses:
    """Keep answers to a signed-in person out of every cache, and our resources out of foreign pages.

    After signing out, the back button of a shared office computer must show nothing of the person
    before. A view that sets `Cache-Control` itself (an issued PDF, an answer with an ETag) keeps its own.
    Whoever carries a session counts as signed in: that costs no query and holds for error pages too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = settings.SESSION_COOKIE_NAME
        if session in request.COOKIES or session in response.cookies:
            response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class NoNulInAddresses:
    """Answer an address that holds NUL with 400: PostgreSQL takes it in no text, and forms refuse it by themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        return self.get_response(request)
