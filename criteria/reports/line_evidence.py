"""The files that support one line of a report: sent in place, put to the line, taken off it."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from communes.http import SignedInRequest
from communes.models import User
from criteria.evidence_services import Outcome, upload_evidence
from criteria.evidence_views import RULES
from criteria.models import Evidence, ReportLine
from criteria.reports.exceptions import ReportClosed
from criteria.reports.flow import hold_open
from criteria.reports.form_views import own_report, page_of
from ntm_tracker.lib.text import without_nul


def upload_to_line(*, line: ReportLine, files: list, by: User) -> list[Outcome]:
    """Take in `files` as evidence of the commune for the line's sub-item and put them to the line.

    Raises `ReportClosed`.
    """
    hold_open_now(line)
    outcomes = upload_evidence(commune=line.report.commune, files=files, by=by, sub_item=line.sub_item)
    put_to_line(line=line, files=[outcome.evidence for outcome in outcomes if outcome.evidence])
    return outcomes


@transaction.atomic
def hold_open_now(line: ReportLine) -> None:
    """See that the report may be changed before files are stored. Raises `ReportClosed`."""
    hold_open(line.report)


@transaction.atomic
def put_to_line(*, line: ReportLine, files: list[Evidence]) -> None:
    """Let `files` of the commune support the line. Raises `ReportClosed`."""
    hold_open(line.report)
    if any(file.commune_id not in line.report.commune.selves for file in files):
        raise PermissionDenied("Evidence of another commune")
    line.evidence.add(*files)


@transaction.atomic
def take_off_line(*, line: ReportLine, file: Evidence) -> None:
    """Let `file` no longer support the line; it stays with the commune. Raises `ReportClosed`."""
    hold_open(line.report)
    line.evidence.remove(file)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: SignedInRequest, code: str, month: date, pk: int) -> HttpResponse:
    """The files of a line: a part of the form, a page of its own without scripts; POST changes them."""
    report = own_report(request, code, month)
    line = ReportLine.objects.filter(report=report, pk=pk).select_related("sub_item__criterion").first()
    if line is None:
        raise Http404
    line.report = report
    outcomes, refused = None, ""
    if request.method == "POST":
        try:
            outcomes = _change(request, line)
        except ReportClosed as closed:
            refused = closed.sentence
        if not request.htmx and outcomes is None and not refused:
            return redirect("reports:evidence", code, month, pk)
    own = list(line.evidence.select_related("uploaded_by").order_by("-uploaded_at", "-pk"))
    finding = {"assessments__commune": report.commune, "assessments__sub_item": line.sub_item_id}
    others = Evidence.objects.of_unit(report.commune).filter(**finding)
    context = {
        "commune": report.commune,
        "report": report,
        "line": line,
        "files": own,
        "others": others.exclude(pk__in=[file.pk for file in own])
        .select_related("uploaded_by")
        .order_by("-uploaded_at"),
        "outcomes": outcomes,
        "refused": refused,
        "rules": RULES,
        "back": page_of(report),
    }
    page = "fragments/evidence.html" if request.htmx else "evidence.html"
    return render(request, f"criteria/reports/{page}", context)


def _change(request: SignedInRequest, line: ReportLine) -> list[Outcome] | None:
    """Do what was asked: put a known file to the line, take one off it, or take in new ones."""
    known = Evidence.objects.of_unit(line.report.commune)
    if token := without_nul(request.POST.get("add", "")):
        put_to_line(line=line, files=list(known.filter(token=token)))
        return None
    if token := without_nul(request.POST.get("remove", "")):
        for file in known.filter(token=token):
            take_off_line(line=line, file=file)
        return None
    return upload_to_line(line=line, files=request.FILES.getlist("files"), by=request.user)
