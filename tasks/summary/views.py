"""Pages, files and pictures of the summary and of a commune's sheet."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from communes.http import SignedInRequest
from communes.models import Authority
from criteria.charts import Chart
from criteria.downloads import docx_answer, file_stem, page_pdf_answer, pdf_answer, xlsx_answer
from criteria.filters import MAPS, DayAsked, by_todays_map, day_asked
from criteria.history_views import commune_asked, sorted_out
from criteria.periods import summary_period
from criteria.selectors.maps import has_changed_since
from criteria.selectors.units import last_set_before
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download, answer
from ntm_tracker.lib.gate import require
from tasks.summary.documents import (
    notable,
    overview,
    sheet_page,
    sheet_title,
    summary_columns,
    summary_document,
    summary_rows,
    summary_title,
    summary_totals,
)
from tasks.summary.pictures import SMALLEST, USUAL, communes_chart, course_chart, criteria_chart, trend_chart
from tasks.summary.selectors import Summary, authorities_to_choose, course, sheet, summary

SVG = "image/svg+xml"
# No page shows it: where there is nothing to draw, the sentence stands alone.
NO_PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
# A picture opened by itself may style itself and do nothing else.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
PICTURES = {"communes": communes_chart, "criteria": criteria_chart, "trend": trend_chart}
CHART_NAMES = {"communes": "Tiêu chí đạt của các xã", "criteria": "Xã đạt từng tiêu chí", "trend": "Diễn biến"}
# What of the address the documents and pictures of a page take over.
ASKED = ("unit", "month", "at", "from", "to", "map")
SHEET_STYLES = "css/leaf.css"


@dataclass(frozen=True)
class Asked:
    """The summary asked for, and among which authorities it was chosen."""

    summary: Summary
    choices: list[Authority]
    query: str


def _asked(request: SignedInRequest, choices: list[Authority]) -> Asked:
    """Read `unit` and the period. An authority out of reach answers like one that doesn't exist."""
    require(request.user, "communes.view_progress")
    code = request.GET.get("unit", "")
    authority = next((row for row in choices if row.code == code), None) if code else next(iter(choices), None)
    if authority is None:
        raise Http404
    query = {name: request.GET[name] for name in ASKED if request.GET.get(name)}
    period = summary_period(request.GET)
    found = summary(request.user, authority, period, by_todays_map=by_todays_map(request.GET, period.until))
    return Asked(found, choices, f"?{urlencode(query)}" if query else "")


def _whole(request: SignedInRequest) -> Summary:
    """Return the summary for a file: whoever sees only one commune gets no report on all of them."""
    require(request.user, "tasks.export_summary")
    return _asked(request, authorities_to_choose(request.user)).summary


@require_GET
def summary_page(request: SignedInRequest) -> HttpResponse:
    """The month's state of all communes; a commune's staff see the totals and their own row."""
    choices = authorities_to_choose(request.user)
    if not choices:
        return render(request, "tasks/summary_empty.html")
    asked = _asked(request, choices)
    found = asked.summary
    context = {
        "summary": found,
        "last_set": None if found.criteria_set else last_set_before(found.period.until),
        "period": found.period,
        "choices": asked.choices,
        "past": found.period.until if found.period.until < clock.today() and not found.by_todays_map else None,
        "map": request.GET["map"] if found.by_todays_map else "",
        "maps": MAPS if has_changed_since(found.period.until, request.user) else (),
        "query": asked.query,
        "overview": overview(found),
        "notable": notable(found),
        "charts": _charts(found),
        **sorted_out(found.differences),
    }
    return render(request, "tasks/summary.html", context)


def _charts(found: Summary) -> list[tuple[str, Chart]]:
    """Return name and picture of each chart that the person may see."""
    return [(name, draw(found)) for name, draw in PICTURES.items() if found.is_whole or name != "communes"]


@require_GET
def summary_pdf(request: SignedInRequest) -> HttpResponse:
    found = _whole(request)
    return pdf_answer(request, summary_title(found), summary_document(found))


@require_GET
def summary_docx(request: SignedInRequest) -> HttpResponse:
    found = _whole(request)
    return docx_answer(request, summary_title(found), summary_document(found))


@require_GET
def summary_xlsx(request: SignedInRequest) -> HttpResponse:
    found = _whole(request)
    return xlsx_answer(
        request, summary_title(found), summary_columns(found), summary_rows(found), summary_totals(found)
    )


@require_GET
def summary_chart(request: SignedInRequest, name: str) -> HttpResponse:
    """One picture of the summary."""
    if name not in PICTURES:
        raise Http404
    found = _asked(request, authorities_to_choose(request.user)).summary
    if name == "communes" and not found.is_whole:
        raise PermissionDenied
    title = f"{CHART_NAMES[name]}, {summary_title(found)}"
    return picture_answer(request, title, PICTURES[name](found, is_narrow=_is_narrow(request)))


@require_GET
def commune_trend(request: SignedInRequest, code: str) -> HttpResponse:
    """The progress of one commune over the months, its sessions marked."""
    asked = day_asked(request.GET)
    commune = commune_asked(request, code, asked.at)
    size = SMALLEST if _is_narrow(request) else USUAL
    chart = course_chart(course(commune, request.user, asked.of(commune).day), size=size)
    return picture_answer(request, f"Tiến độ {commune}", chart)


def _is_narrow(request: SignedInRequest) -> bool:
    """Tell whether the picture is for a phone."""
    return "narrow" in request.GET


def picture_answer(request: SignedInRequest, title: str, chart: Chart) -> HttpResponse:
    """Return a picture for `<img>`, under a policy of its own; whoever saves it gets a file named by `title`."""
    response = answer(request, Download(f"{file_stem(title)}.svg", SVG, chart.svg or NO_PICTURE), inline=True)
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response


@require_GET
def commune_sheet(request: SignedInRequest, code: str) -> HttpResponse:
    """The one page for a working session, as it prints."""
    asked = day_asked(request.GET)
    page = sheet_page(_tracked_sheet(request, code, asked))
    commune = page.sheet.commune
    return render(request, "tasks/sheet.html", {"page": page, "commune": commune, "asked": asked.of(commune)})


@require_GET
def commune_sheet_pdf(request: SignedInRequest, code: str) -> HttpResponse:
    found = _tracked_sheet(request, code, day_asked(request.GET))
    html = render_to_string("documents/sheet.html", {"page": sheet_page(found), "commune": found.commune})
    return page_pdf_answer(request, sheet_title(found), html, SHEET_STYLES)


def _tracked_sheet(request: SignedInRequest, code: str, asked: DayAsked):
    """Return the sheet; there is none of a unit that the set isn't meant for."""
    commune = commune_asked(request, code, asked.at)
    found = sheet(commune, request.user, asked.of(commune).at)
    if not found.state.is_tracked:
        raise Http404
    return found
