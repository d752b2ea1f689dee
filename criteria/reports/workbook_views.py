"""A report without network: its workbook out and back, and a form on paper."""

from datetime import date
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from communes.http import SignedInRequest
from criteria.exceptions import SomebodyWasFaster
from criteria.exchange import uploads
from criteria.exchange.compared import KEEP_SYSTEM, TAKE_FILE, DryRun
from criteria.exchange.forms import UploadForm
from criteria.models import MonthlyReport
from criteria.reports.exceptions import ReportClosed
from criteria.reports.flow import is_open
from criteria.reports.form_selectors import report_form
from criteria.reports.form_views import own_report, page_of
from criteria.reports.workbook import Row, dry_run, workbook_file, write
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.workbook import read


def _purpose(report: MonthlyReport) -> str:
    """Uploads of one report don't replace those of another."""
    return f"report-{report.pk}"


@require_GET
def workbook(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """The month's workbook, filled in with what stands."""
    return answer(request, workbook_file(report_form(own_report(request, code, month))))


@require_GET
def blank(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """The form on paper: what stands now, and room to write."""
    form = report_form(own_report(request, code, month))
    return render(
        request, "criteria/reports/blank.html", {"form": form, "report": form.report, "commune": form.report.commune}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """Where the workbook comes back: an upload leads to its preview."""
    report = own_report(request, code, month)
    if not is_open(report):
        return _closed(request, report)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        token = uploads.keep(form.cleaned_data["content"], request.user, _purpose(report))
        return redirect("reports:workbook-preview", code, month, token)
    context = {"form": form, "report": report, "commune": report.commune, "back": page_of(report)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "criteria/reports/workbook.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: SignedInRequest, code: str, month: date, token: str) -> HttpResponse:
    """What the kept workbook would change in the form; POST puts it in, all or nothing."""
    report = own_report(request, code, month)
    if not is_open(report):
        return _closed(request, report)
    try:
        sheets = read(uploads.kept(token, request.user, _purpose(report)))
    except uploads.UploadGone:
        messages.error(request, "Bản xem trước này đã hết hạn hoặc đã được thay. Hãy tải tệp lên lại.")
        return redirect("reports:workbook-upload", code, month)
    found = dry_run(sheets, report_form(report))
    if request.method != "POST":
        return _preview(request, report, found, {})
    decisions = {row.key: request.POST.get(f"decide-{row.key}", "") for row in found.conflicts}
    if found.problem or found.wrong or found.undecided(decisions):
        return _preview(request, report, found, decisions, status=HTTPStatus.CONFLICT)
    try:
        count = write(found.to_write(decisions), report)
    except SomebodyWasFaster:
        return _preview(request, report, dry_run(sheets, report_form(report)), {}, status=HTTPStatus.CONFLICT)
    except ReportClosed:
        return _closed(request, report)
    sentence = f"Đã đưa {count} chỗ thay đổi từ tệp Excel vào biểu mẫu." if count else "Tệp không có gì mới."
    messages.success(request, sentence)
    return redirect(page_of(report))


def _closed(request: SignedInRequest, report: MonthlyReport) -> HttpResponse:
    messages.error(request, ReportClosed(report).sentence)
    return redirect(page_of(report))


def _preview(
    request: SignedInRequest,
    report: MonthlyReport,
    found: DryRun[Row],
    decisions: dict[str, str],
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "report": report,
        "commune": report.commune,
        "found": found,
        "counts": {kind.value: count for kind, count in found.counts.items()},
        "conflicts": [(row, decisions.get(row.key, "")) for row in found.conflicts],
        "choices": [(KEEP_SYSTEM, "Giữ trên biểu mẫu"), (TAKE_FILE, "Lấy theo tệp")],
        "is_refused": status != HTTPStatus.OK,
        "writable": len(found.changes) + len(found.conflicts),
        "back": page_of(report),
    }
    return render(request, "criteria/reports/workbook_preview.html", context, status=status)
