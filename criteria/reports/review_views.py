"""A sent report for its readers: the office judges, departments advise, everybody else reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST

from communes.http import SignedInRequest
from communes.models import Commune
from criteria.enums import LineVerdict
from criteria.exceptions import ReasonMissing, SomebodyWasFaster
from criteria.models import MonthlyReport, ReportLine
from criteria.reports import flow
from criteria.reports.calendar import deadline_of
from criteria.reports.exceptions import ReportRefusal
from criteria.reports.form_views import commune_in, report_of
from criteria.reports.opening import past_since
from criteria.reports.review import FILTERS, SECTOR, SINCE, Review, ReviewRow, review_of
from criteria.reports.review_forms import ReopenForm, number_in, words_in
from ntm_tracker.lib import clock
from ntm_tracker.lib.gate import require

REVIEW, ADVISE, FILL = "criteria.review_report", "criteria.comment_report_line", "criteria.fill_report"


@dataclass(frozen=True)
class Typed:
    """What was typed and could not be written, with what to do: it stays on the page."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    reopening: ReopenForm | None = None


# The page


def report_detail(request: SignedInRequest, commune: Commune, month: date) -> HttpResponse:
    """The report of `commune` for `month` as everybody sees it who isn't filling it in."""
    return detail_page(request, commune, month)


def detail_page(
    request: SignedInRequest,
    commune: Commune,
    month: date,
    *,
    typed: Typed | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """Show the report; a commune's unsent draft is nobody else's: of it they see only that it exists."""
    report = report_of(commune, month)
    review = review_of(report, request.user) if report else None
    if report is None or review is None:
        deadline = deadline_of(commune.authority, month)
        context = {
            "commune": commune,
            "report": report,
            "month": month,
            "deadline": deadline,
            "days_left": deadline.days_left(clock.today()),
        }
        return render(request, "criteria/reports/unsent.html", context)
    shown = {**page_context(request, review, typed), "past_since": past_since(report, clock.today())}
    return render(request, "criteria/reports/review.html", shown, status=status)


def page_context(request: SignedInRequest, review: Review, typed: Typed | None = None) -> dict[str, Any]:
    """Return what the page and its parts show."""
    report, typed = review.report, typed or Typed()
    show = request.GET.get("show", "")
    show = show if show in FILTERS else review.start
    may_review = request.user.has_perm(REVIEW, report)
    return {
        "review": review,
        "report": report,
        "commune": report.commune,
        "month": report.month,
        "show": show,
        "rows": review.shown(show),
        "filters": filters(review),
        "may_review": may_review and review.is_waiting,
        "may_ask": request.user.has_perm(FILL, report) and report.status == "accepted" and not review.is_reopened,
        "may_reopen": may_review and report.status == "accepted" and not review.is_reopened,
        "is_own": request.user.has_perm(FILL, report),
        "reopening": typed.reopening or ReopenForm(initial={"version": report.version, "unit": "days"}),
        "entered": typed,
    }


def filters(review: Review) -> list[tuple[str, str, int]]:
    """Return value, label and count of the filters that say something for this report and reader."""
    hidden = {
        name
        for name, shows in ((SINCE, review.previous is not None), (SECTOR, bool(review.counts[SECTOR])))
        if not shows
    }
    return [(name, label, review.counts[name]) for name, label in FILTERS.items() if name not in hidden]


def page_of(report: MonthlyReport, request: SignedInRequest) -> str:
    """Return the address of the report with the filter that the person has chosen."""
    query = request.GET.urlencode()
    return f"{flow.page_of(report)}?{query}" if query else flow.page_of(report)


# Steps of the office


def judged_report(request: SignedInRequest, code: str, month: date, action: str) -> MonthlyReport:
    """Return the report that the person may `action`; 404 where nothing was sent, 403 without the right."""
    commune = commune_in(request, code, month)
    report = report_of(commune, month)
    if report is None or report.first_submitted_at is None:
        require(request.user, action, commune if action != ADVISE else None)
        raise Http404
    require(request.user, action, report if action != ADVISE else None)
    return report


@require_POST
def judge(request: SignedInRequest, code: str, month: date, sub_item: str) -> HttpResponse:
    """Accept one line, return it with a reason, or take the verdict back."""
    report = judged_report(request, code, month, REVIEW)
    line = _line(report, sub_item)
    verdict = request.POST.get("verdict", "")
    comment, problem = words_in(request.POST, "comment")
    if verdict not in LineVerdict.values:
        problem = "Hãy chọn chấp nhận hay trả lại nội dung này."
    if problem:
        return _row(request, report, sub_item, problem=problem, comment=comment)
    try:
        flow.judge_line(
            line=line, verdict=verdict, expected_version=number_in(request.POST, "version"), comment=comment
        )
    except ReasonMissing as missing:
        return _row(request, report, sub_item, problem=" ".join(missing.messages), comment=comment)
    except SomebodyWasFaster:
        problem = (
            "Người khác vừa thẩm định nội dung này; kết quả của họ ở trên. Bấm lại nếu muốn thay bằng của anh/chị."
        )
        return _row(request, report, sub_item, problem=problem, comment=comment, status=HTTPStatus.CONFLICT)
    except ReportRefusal as refused:
        return _row(request, report, sub_item, problem=refused.sentence, comment=comment, status=HTTPStatus.CONFLICT)
    return _row(request, report, sub_item)


@require_POST
def opinion(request: SignedInRequest, code: str, month: date, sub_item: str) -> HttpResponse:
    """Note what the person's department says of a line of its sector."""
    report = judged_report(request, code, month, ADVISE)
    line = _line(report, sub_item)
    require(request.user, ADVISE, line)
    text, problem = words_in(request.POST, "text")
    if problem:
        return _row(request, report, sub_item, problem=problem, opinion=text)
    try:
        flow.give_opinion(line=line, by=request.user, text=text)
    except ReasonMissing as missing:
        return _row(request, report, sub_item, problem=" ".join(missing.messages), opinion=text)
    except ReportRefusal as refused:
        return _row(request, report, sub_item, problem=refused.sentence, opinion=text, status=HTTPStatus.CONFLICT)
    return _row(request, report, sub_item)


def _line(report: MonthlyReport, code: str) -> ReportLine:
    rows = report.lines.select_related("sub_item__criterion").prefetch_related("sub_item__guides")
    line = rows.filter(sub_item__code=code).first()
    if line is None:
        raise Http404
    line.report = report
    return line


def _row(
    request: SignedInRequest,
    report: MonthlyReport,
    code: str,
    *,
    problem: str = "",
    comment: str = "",
    opinion: str = "",
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> HttpResponse:
    """Answer with the line as it stands and the parts that count; without scripts with the page."""
    report.refresh_from_db(fields=["status", "version", "reopened_until"])
    typed = Typed({"code": code, "comment": comment, "opinion": opinion}, {"line": problem} if problem else {})
    if not request.htmx:
        if problem:
            return detail_page(request, report.commune, report.month, typed=typed, status=status)
        return redirect(f"{page_of(report, request)}#line-{code}")
    review = review_of(report, request.user)
    row = next((row for row in review.rows if row.code == code), None) if review else None
    if review is None or row is None:
        raise Http404
    return _fragments(request, review, row, typed, status if problem else HTTPStatus.OK)


def _fragments(request: SignedInRequest, review: Review, row: ReviewRow, typed: Typed, status: int) -> HttpResponse:
    context = {**page_context(request, review, typed), "row": row, "is_fragment": True}
    names = ("review_row", "review_filters", "review_decision")
    parts = [render_to_string(f"criteria/reports/fragments/{name}.html", context, request) for name in names]
    return HttpResponse("".join(parts), status=status)


@require_POST
def accept_unchanged(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """Accept every line that says what stands already."""
    report = judged_report(request, code, month, REVIEW)
    try:
        count = flow.accept_unchanged(report=report)
    except ReportRefusal as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, f"Đã chấp nhận {count} nội dung không đổi.")
    return redirect(page_of(report, request))


@require_POST
def accept(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """Accept the report: what was accepted becomes the findings."""
    report = judged_report(request, code, month, REVIEW)
    try:
        event = flow.accept_report(
            report=report,
            by=request.user,
            expected_version=number_in(request.POST, "version"),
            seen_findings=number_in(request.POST, "stamp"),
        )
    except ReportRefusal as refused:
        messages.error(request, refused.sentence)
        return redirect(page_of(report, request))
    changed = len((event.snapshot or {}).get("changed", []))
    messages.success(request, f"Đã chấp nhận báo cáo; {flow.changed_phrase(changed)}.")
    return redirect(flow.page_of(report))


@require_POST
def send_back(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """Return the report with a reason."""
    report = judged_report(request, code, month, REVIEW)
    reason, problem = words_in(request.POST, "reason")
    if problem:
        return _words_refused(request, report, reason=reason, problem=problem)
    try:
        flow.return_report(
            report=report, by=request.user, reason=reason, expected_version=number_in(request.POST, "version")
        )
    except ReasonMissing as missing:
        return _words_refused(request, report, reason=reason, problem=" ".join(missing.messages))
    except ReportRefusal as refused:
        typed = Typed({"reason": reason}, {"reason": refused.sentence})
        return detail_page(request, report.commune, month, typed=typed, status=HTTPStatus.CONFLICT)
    messages.success(request, "Đã trả lại báo cáo; những người đã làm báo cáo này đều được báo.")
    return redirect(flow.page_of(report))


def _words_refused(request: SignedInRequest, report: MonthlyReport, *, problem: str, **words: str) -> HttpResponse:
    """Show the page with the `words` of a field (by its name there) and what is wrong with them."""
    typed = Typed(words, dict.fromkeys(words, problem))
    return detail_page(request, report.commune, report.month, typed=typed, status=HTTPStatus.UNPROCESSABLE_ENTITY)


# Reopening


@require_POST
def ask_reopening(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """The commune asks for its closed month to be opened again."""
    report = judged_report(request, code, month, FILL)
    reason, problem = words_in(request.POST, "reason")
    if problem:
        return _words_refused(request, report, question=reason, problem=problem)
    try:
        flow.ask_reopening(report=report, by=request.user, reason=reason)
    except ReasonMissing as missing:
        return _words_refused(request, report, question=reason, problem=" ".join(missing.messages))
    except ReportRefusal as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "Đã gửi đề nghị mở lại báo cáo đến huyện.")
    return redirect(flow.page_of(report))


@require_POST
def reopen(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """The office opens a closed month again, for a time."""
    report = judged_report(request, code, month, REVIEW)
    form = ReopenForm(request.POST)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            flow.grant_reopening(
                report=report,
                by=request.user,
                lasts=form.lasts,
                expected_version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            )
        except ReasonMissing as missing:
            form.add_error("reason", missing.message_dict["reason"][0])
        except ReportRefusal as refused:
            form.add_error(None, refused.sentence)
            status = HTTPStatus.CONFLICT
        else:
            messages.success(request, "Đã mở lại báo cáo; xã được báo và tự khóa khi hết giờ.")
            return redirect(flow.page_of(report))
    return detail_page(request, report.commune, month, typed=Typed(reopening=form), status=status)


def address(name: str, report: MonthlyReport, *more: Any) -> str:
    """Return the address of a page of `report`."""
    return reverse(f"reports:{name}", args=[report.commune.code, report.month, *more])
