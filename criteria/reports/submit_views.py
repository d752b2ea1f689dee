"""What a commune sends: confirmed, receipted, printed, signed; and every version that it sent."""

from dataclasses import replace
from datetime import date
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communes.http import SignedInRequest
from criteria.downloads import docx_answer, pdf_answer
from criteria.enums import ReportFileKind
from criteria.models import MonthlyReport, ReportEvent
from criteria.reports import flow
from criteria.reports.calendar import deadline_of
from criteria.reports.document import report_document, report_file_stem
from criteria.reports.exceptions import ChangedSinceShown, NumberTaken, ReportRefusal
from criteria.reports.files import SIGNED_COPY_KINDS, add_signed_copy, content_type_of, sent_pdf
from criteria.reports.flow import answer_since, days_late, is_open, receipt_of, submit_report
from criteria.reports.form_selectors import report_form
from criteria.reports.form_views import commune_in, own_report, report_of
from criteria.reports.review_forms import SubmitForm
from criteria.reports.review_views import FILL, address
from criteria.reports.snapshot import Frozen, checksum, frozen_now, last_sent, sent_events
from criteria.reports.versions import VersionDifference, difference
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import PDF, Download, answer, content_of, harmless
from ntm_tracker.lib.official import OfficialDocument
from ntm_tracker.lib.uploads import LIMITS, Refused, mebibytes

# Sending


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """Show what would be sent, what is missing and what repeats; POST sends it."""
    report = own_report(request, code, month)
    if request.method == "POST":
        return _sent(request, report)
    if not is_open(report):
        return redirect(address("receipt", report))
    return _confirmation(request, report)


def _confirmation(
    request: SignedInRequest, report: MonthlyReport, form: SubmitForm | None = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    shown, last = frozen_now(report), last_sent(report)
    begun = report_form(report)
    context = {
        "report": report,
        "commune": report.commune,
        "month": report.month,
        "begun": begun,
        "missing": [*begun.missing, *begun.unexplained],
        "changed": [row for row in begun.lines if row.is_changed],
        "repeated": [text for text in begun.texts if text.is_repeated],
        # Number, day and signer are typed in this very form: what is stored has none yet, which is no difference.
        "since": replace(difference(last, shown), head=()) if last else None,
        "deadline": begun.deadline,
        "days_left": begun.deadline.days_left(clock.today()),
        "is_early": clock.today() < begun.deadline.last_day,
        "form": form or SubmitForm.begun(shown, last or _sent_before(begun.last), clock.today()),
    }
    return render(request, "criteria/reports/submit.html", context, status=status)


def _sent_before(report: MonthlyReport | None) -> Frozen | None:
    return last_sent(report) if report else None


def _sent(request: SignedInRequest, report: MonthlyReport) -> HttpResponse:
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return _refused(request, report, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        receipt = submit_report(
            report=report,
            by=request.user,
            expected_version=form.cleaned_data["version"],
            head=form.head,
            seen=form.cleaned_data["seen"],
        )
    except ValidationError as wrong:
        form.add_error(None, wrong)
        return _refused(request, report, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except NumberTaken as taken:
        form.add_error("number", taken.sentence)
        return _refused(request, report, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except ChangedSinceShown as changed:
        # What stands now is shown; sending it is a decision anew.
        shown = frozen_now(MonthlyReport.objects.select_related("commune__authority", "criteria_set").get(pk=report.pk))
        again = SubmitForm({**request.POST.dict(), "version": shown.version, "seen": shown.fingerprint})
        again.add_error(None, changed.sentence)
        return _refused(request, report, again, HTTPStatus.CONFLICT)
    except ReportRefusal as refused:
        messages.error(request, refused.sentence)
        return redirect(flow.page_of(report))
    if answer := answer_since(receipt.event):
        messages.warning(
            request,
            f"Lần bấm này không gửi gì thêm: trang đó mở trước khi huyện {answer.get_kind_display().lower()} báo cáo.",
        )
    return redirect(f"{address('receipt', report)}?version={receipt.frozen.sending}")


def _refused(request: SignedInRequest, report: MonthlyReport, form: SubmitForm, status: int) -> HttpResponse:
    report = own_report(request, report.commune.code, report.month)
    if not is_open(report):
        return redirect(address("receipt", report))
    return _confirmation(request, report, form, status)


@require_GET
def receipt(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """That a version was sent: when, under which number and checksum, on time or late."""
    report, event = _sent_version(request, code, month)
    found = receipt_of(report, Frozen(event.snapshot or {}).version)
    if found is None:
        raise Http404
    deadline = deadline_of(report.commune.authority, report.month)
    sendings, may_fill = len(sent_events(report)), request.user.has_perm(FILL, report)
    is_last = found.frozen.sending == sendings
    context = {
        "report": report,
        "commune": report.commune,
        "month": report.month,
        "receipt": found,
        "event": event,
        "frozen": found.frozen,
        "is_whole": checksum(event.snapshot or {}) == event.sha256,
        "deadline": deadline,
        "days_late": days_late(report, deadline),
        "answer": answer_since(event),
        "sendings": sendings,
        "may_send_again": may_fill and is_last and is_open(report),
        "signed": report.files.filter(kind=ReportFileKind.SIGNED_COPY, event=event),
        # A signed copy belongs to what was sent last.
        "may_upload": may_fill and is_last,
        "accept": ",".join(f".{kind}" for kind in SIGNED_COPY_KINDS),
        "most": mebibytes(LIMITS.size),
        "page": flow.page_of(report),
    }
    return render(request, "criteria/reports/receipt.html", context)


# The document


def _readable(request: SignedInRequest, code: str, month: date) -> MonthlyReport:
    report = report_of(commune_in(request, code, month), month)
    if report is None:
        raise Http404
    return report


def _sent_version(request: SignedInRequest, code: str, month: date) -> tuple[MonthlyReport, ReportEvent]:
    """Return the version that the address asks for by its place ("2" is the second), else the last one."""
    report = _readable(request, code, month)
    events = sent_events(report)
    place = request.GET.get("version", "")
    if place.isdecimal() and 1 <= int(place[:6]) <= len(events):
        return report, events[int(place[:6]) - 1]
    if place or not events:
        raise Http404
    return report, events[-1]


def _shown(request: SignedInRequest, code: str, month: date) -> tuple[MonthlyReport, Frozen, ReportEvent | None]:
    """Return what the person may print: the commune what it would send now, everybody else what was sent."""
    report = _readable(request, code, month)
    if "version" not in request.GET and is_open(report) and request.user.has_perm(FILL, report):
        last = last_sent(report)
        return report, frozen_now(report, head=last.head if last else None), None
    report, event = _sent_version(request, code, month)
    return report, Frozen(event.snapshot or {}), event


def _document(frozen: Frozen, event: ReportEvent | None) -> tuple[OfficialDocument, str]:
    document = report_document(frozen, is_draft=event is None)
    return document, report_file_stem(frozen) if event else f"{report_file_stem(frozen)} - bản nháp"


@require_GET
def preview(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """The document as it would be printed, or as it was sent."""
    report, frozen, event = _shown(request, code, month)
    context = {
        "report": report,
        "commune": report.commune,
        "month": report.month,
        "document": _document(frozen, event)[0],
        "frozen": frozen,
        "event": event,
        "page": flow.page_of(report),
        "query": f"?version={frozen.sending}" if event else "",
    }
    return render(request, "criteria/reports/preview.html", context)


@require_GET
def pdf(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """The PDF that was frozen when the version was sent; of a draft, or where Pango was missing then, one made now."""
    _, frozen, event = _shown(request, code, month)
    kept = sent_pdf(event) if event else None
    if kept is not None:
        return answer(request, Download(kept.original_name, PDF, content_of(kept.file)), inline=True)
    document, stem = _document(frozen, event)
    return pdf_answer(request, stem, document)


@require_GET
def docx(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """The same as an editable Word file."""
    _, frozen, event = _shown(request, code, month)
    document, stem = _document(frozen, event)
    return docx_answer(request, stem, document)


# Signed copies


@require_POST
def signed_copy(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """Keep the scan or PDF of the report that was signed and stamped."""
    report = own_report(request, code, month)
    if report.first_submitted_at is None:
        raise Http404
    files = request.FILES.getlist("file")
    try:
        if len(files) != 1:
            raise Refused("Hãy chọn một tệp: bản quét hoặc PDF của báo cáo đã ký, đóng dấu.")
        record, is_new = add_signed_copy(report=report, file=files[0], by=request.user)
    except (Refused, ReportRefusal) as refused:
        messages.error(request, str(refused))
    else:
        what = "Đã lưu bản đã ký" if is_new else "Bản đã ký này đã có"
        messages.success(request, f"{what}: {record.original_name}.")
    return redirect(address("receipt", report))


@require_GET
def file(request: SignedInRequest, code: str, month: date, pk: int) -> HttpResponse:
    """A file of the report, to be saved; never shown in the place of our own pages."""
    report = _readable(request, code, month)
    record = report.files.filter(pk=pk).first()
    if record is None:
        raise Http404
    kept = Download(record.original_name, content_type_of(record), content_of(record.file))
    return harmless(answer(request, kept))


# Versions


@require_GET
def versions(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """Every version that was sent, and the difference between two of them."""
    report = _readable(request, code, month)
    events = sent_events(report)
    if not events:
        raise Http404
    before, after = _pair(request, len(events))
    frozen = [Frozen(event.snapshot or {}) for event in events]
    found: VersionDifference | None = difference(frozen[before], frozen[after]) if before != after else None
    context = {
        "report": report,
        "commune": report.commune,
        "month": report.month,
        "sendings": list(zip(events, frozen, strict=True)),
        "found": found,
        "before": frozen[before],
        "after": frozen[after],
        "page": flow.page_of(report),
    }
    return render(request, "criteria/reports/versions.html", context)


def _pair(request: HttpRequest, count: int) -> tuple[int, int]:
    """Return the places of the two versions asked for, the earlier first; the last two where none are."""
    places = []
    for name, otherwise in (("from", count - 1), ("to", count)):
        text = request.GET.get(name, "")
        place = int(text) if text.isdecimal() and len(text) < 6 else otherwise
        places.append(place if 1 <= place <= count else max(1, otherwise))
    return min(places) - 1, max(places) - 1
