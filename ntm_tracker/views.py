"""The roof: home, health and the pages for errors."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from communes.http import SignedInRequest
from communes.typed import page_of_form, refused_words
from criteria.selectors.units import last_set_before
from ntm_tracker.home import home_of
from ntm_tracker.lib import clock
from ntm_tracker.search import SHORTEST, search


@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """The person's day: which page it is follows from the role."""
    template, page = home_of(request.user)
    last_set = None if page.criteria_set else last_set_before(clock.today())
    return render(request, template, {"page": page, "last_set": last_set})


@require_GET
def search_page(request: SignedInRequest) -> HttpResponse:
    """Everything that holds the words of `?q=`, as far as the person may see it."""
    typed = request.GET.get("q", "")[:100].strip()
    context = {"typed": typed, "finds": search(request.user, typed), "shortest": SHORTEST}
    return render(request, "search.html", context)


@require_GET
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Tell a monitor that the application answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without any context: what failed may be what the context needs, the database for one."""
    return HttpResponseServerError(render_to_string("500.html"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse what comes from a page older than the session, and show its words: the page itself would lose them.

    The header tells a script of the page that no right is missing.
    """
    context = {"words": refused_words(request), "page": page_of_form(request)}
    response = render(request, "csrf_failure.html", context, status=403)
    response["Stale-Page"] = "1"
    return response
