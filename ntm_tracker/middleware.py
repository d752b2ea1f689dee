"""Headers that Django and django-csp don't set, addresses that no browser makes, forms that are too large."""

from collections.abc import Callable
from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.text import capfirst

from communes.exceptions import UnitEnded
from ntm_tracker.lib.figures import vn_decimal

# What browsers may grant a page; the product needs none of it.
UNUSED_FEATURES = ("accelerometer", "camera", "display-capture", "geolocation", "microphone", "payment", "usb")
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES)

# What to do with a form that is too large, by the name of its address.
SMALLER = {
    "matrix-paste": "Khối dán quá lớn nên chưa đọc được. Hãy dán từng phần, hoặc dùng Bảng trạng thái Excel.",
}


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


class TooLargeForms:
    """Answer a form that is too large to be read with 413 and what to do, before anything else asks for its fields.

    A large paste is no attack: no trace of it is logged. A part of a page gets the bare sentence, for its script to
    show.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            try:
                request.POST  # noqa: B018  it is read when it is first asked for
            except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
                return _too_large(request)
        return self.get_response(request)


def _too_large(request: HttpRequest) -> HttpResponse:
    most = vn_decimal(Decimal(settings.DATA_UPLOAD_MAX_MEMORY_SIZE) / 1024**2)
    sentence = SMALLER.get(_name_of_address(request)) or (
        f"Nội dung gửi lên quá lớn (tối đa {most} MB chữ) nên chưa lưu gì. "
        "Hãy rút gọn hoặc chia làm nhiều lần rồi gửi lại."
    )
    if "HX-Request" in request.headers:
        return HttpResponse(sentence, status=413, content_type="text/plain; charset=utf-8")
    return render(request, "413.html", {"sentence": sentence}, status=413)


class EndedUnits:
    """Answer what was to be written of a commune that has just got another name, or ended, with 409 and why.

    A part of a page stays as it is: the sentence goes to the messages above it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, UnitEnded):
            return None
        sentence = f"{capfirst(str(exception))} nên chưa lưu gì. Mời tải lại trang rồi làm lại."
        if "HX-Request" not in request.headers:
            return render(request, "unit_ended.html", {"sentence": sentence}, status=409)
        messages.error(request, sentence)
        response = render(request, "includes/messages.html", {"oob": True}, status=409)
        response["HX-Reswap"] = "none"
        return response


def _name_of_address(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""
