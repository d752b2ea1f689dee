"""Pages that look back: the results table, two dates compared, the timeline of the district."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET

from communes.http import SignedInRequest
from communes.models import Commune
from criteria.downloads import docx_answer, pdf_answer, xlsx_answer
from criteria.exports import change_list_file
from criteria.filters import day_asked
from criteria.history_filters import ChangeFilter
from criteria.list_exports import difference_file
from criteria.periods import compared_days
from criteria.results_document import (
    UNCHECKED_FORM,
    remarks,
    results_columns,
    results_document,
    results_rows,
    results_title,
    summary,
)
from criteria.scoring import Progress
from criteria.selectors.commune import month_ends
from criteria.selectors.entries import LogEntry, Timeline
from criteria.selectors.history import Difference, by_other_set, differences, standings
from criteria.selectors.progress import month_before, set_for
from criteria.selectors.results import Results, results
from criteria.selectors.units import last_set_before
from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import vn_date
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.forms import filter_words
from ntm_tracker.lib.gate import get_visible, require

CHANGES_ON_A_PAGE = 40
COUNTED_AHEAD = 2000
FURTHEST_PAGE = 10_000
MONTHS = 12


def commune_asked(request: SignedInRequest, code: str, day: date | None = None) -> Commune:
    """Return the commune that bore `code` on `day`, None for now, if the person may see its progress."""
    commune = get_visible(Commune.objects.bearing(code, day).select_related("authority"), request.user)
    require(request.user, "communes.view_progress", commune)
    return commune


# The results table


def _results(request: SignedInRequest, code: str) -> Results:
    """Return the table; there is none of a unit that the set isn't meant for."""
    asked = day_asked(request.GET)
    commune = commune_asked(request, code, asked.at)
    found = results(commune, asked.of(commune).at)
    if found.state.criteria_set and not found.state.is_tracked:
        raise Http404
    return found


@require_GET
def results_page(request: SignedInRequest, code: str) -> HttpResponse:
    """The results table of the recognition dossier."""
    table = _results(request, code)
    context = {
        "asked": day_asked(request.GET).of(table.commune),
        "commune": table.commune,
        "results": table,
        "last_set": None if table.state.criteria_set else last_set_before(table.day),
        "sentences": summary(table),
        "remarks": remarks(table),
        "unchecked_form": UNCHECKED_FORM,
    }
    return render(request, "criteria/results.html", context)


@require_GET
def results_pdf(request: SignedInRequest, code: str) -> HttpResponse:
    table = _results(request, code)
    return pdf_answer(request, results_title(table), results_document(table))


@require_GET
def results_docx(request: SignedInRequest, code: str) -> HttpResponse:
    table = _results(request, code)
    return docx_answer(request, results_title(table), results_document(table))


@require_GET
def results_xlsx(request: SignedInRequest, code: str) -> HttpResponse:
    table = _results(request, code)
    return xlsx_answer(request, results_title(table), results_columns(), results_rows(table))


# Two dates


@require_GET
def compare(request: SignedInRequest, code: str) -> HttpResponse:
    """What stands otherwise in one commune on the later of two days."""
    asked = day_asked(request.GET)
    commune = commune_asked(request, code, asked.at or compared_days(request.GET, since=month_before).until)
    last = asked.of(commune).day
    period = compared_days(request.GET, since=month_before, until=last)
    criteria_set = set_for(commune, period.until)
    months = month_ends(last, MONTHS)
    standing = standings([commune], criteria_set, [period.since, period.until, *months])[commune.pk]
    found = sorted_out(differences([commune], criteria_set, since=period.since, until=period.until))
    if request.GET.get("format") == "xlsx":
        rows = [*found["losses"], *found["gains"], *found["others"]]
        return answer(request, difference_file(commune, period, rows))
    before = standing.get(period.since)
    is_known = before is not None and before.is_known
    known = [(day, standing[day].progress) for day in months if day in standing and standing[day].is_known]
    context = {
        "commune": commune,
        "period": period,
        "before": before,
        "other": None if is_known else by_other_set(commune, criteria_set, period.since),
        "after": standing.get(period.until),
        "months": known,
        "trend_finding": _finding(commune, known),
        **found,
    }
    return render(request, "criteria/compare.html", context)


def _finding(commune: Commune, months: Sequence[tuple[date, Progress]]) -> str:
    """Return what the picture of the months shows, for those who can't see it."""
    if not months:
        return ""
    (first, then), (last, now) = months[0], months[-1]
    return (
        f"Số tiêu chí đạt của {commune}: {then.criteria_met} vào {vn_date(first)}, "
        f"{now.criteria_met} vào {vn_date(last)}"
    )


def sorted_out(found: Sequence[Difference]) -> dict[str, Any]:
    """Return differences as pages show them: losses before gains, first findings counted apart."""
    known = [row for row in found if not row.is_first]
    return {
        "losses": [row for row in known if row.is_loss],
        "gains": [row for row in known if row.is_gain],
        "others": [row for row in known if not row.is_loss and not row.is_gain],
        "first_findings": len(found) - len(known),
    }


# The timeline


class TimelinePaginator(Paginator):
    """Pages of a timeline, counted only so far beyond the page asked for that nobody leafs to where it ends.

    `has_more` says that there are more entries than `count`.
    """

    def __init__(self, timeline: Timeline, asked: str):
        super().__init__(timeline, CHANGES_ON_A_PAGE)  # type: ignore[arg-type]  # it has no length, see `count`
        self.timeline = timeline
        page = min(int(asked[:6]), FURTHEST_PAGE) if asked.isdecimal() else 1
        self.counted = page * CHANGES_ON_A_PAGE + COUNTED_AHEAD

    @cached_property
    def found(self) -> int:
        return self.timeline.count(self.counted + 1)

    @property
    def count(self) -> int:
        return min(self.found, self.counted)

    @property
    def has_more(self) -> bool:
        return self.found > self.counted


@require_GET
def changes(request: SignedInRequest) -> HttpResponse:
    """Every change of a finding and move of evidence in the person's reach, the newest first: page or workbook."""
    require(request.user, "communes.view_progress")
    asked = ChangeFilter(request.GET, user=request.user)
    if request.GET.get("format") == "xlsx":
        return answer(
            request,
            change_list_file(
                asked.rows(), clock.today(), place=str(request.user.unit or ""), filters=filter_words(asked)
            ),
        )
    number = request.GET.get("page", "")
    page: Page[LogEntry] = TimelinePaginator(asked.rows(), number).get_page(number)
    return render(request, "criteria/changes.html", {"filter": asked, "page": page})
