"""Issuing, revoking, the register of issued documents."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from communes.http import SignedInRequest
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib import clock
from ntm_tracker.lib.gate import get_visible, require
from ntm_tracker.lib.text import whole_number
from tasks.composing.selectors import edit_page
from tasks.documents import composed
from tasks.enums import NoticeStatus
from tasks.exceptions import LetterheadMissing, NotADraft, NotIssued, NumberTaken, PdfUnavailable
from tasks.issuing.forms import IssueForm, RevokeForm
from tasks.issuing.register import (
    TITLE,
    missing_numbers,
    register_document,
    register_entries,
    register_file,
    register_years,
)
from tasks.issuing.services import issue, next_number, revoke, units_concerned
from tasks.models import Notice
from tasks.registers import register_answer, year_asked

MANAGE = "tasks.manage_notice"
# Findings by which something would be forgotten: a conclusion without a task or a mark, a proposal without a reply.
FORGOTTEN = frozenset({"no-task", "no-unit", "reply"})


def _managed(request: SignedInRequest, pk: int) -> Notice:
    notice: Notice = get_visible(Notice.objects.select_related("commune", "authority"), request.user, pk=pk)
    require(request.user, MANAGE, notice)
    return notice


@require_http_methods(["GET", "HEAD", "POST"])
def issue_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Number, day, what proof-reading says and the text as it will be frozen; POST issues it."""
    notice = _managed(request, pk)
    if notice.status != NoticeStatus.DRAFT:
        messages.info(request, f"Thông báo này đã ban hành, số {notice.sign}.")
        return redirect(notice)
    if request.method != "POST":
        return _confirmation(request, notice, IssueForm(notice=notice, initial=_proposed(notice)))
    form = IssueForm(request.POST, notice=notice)
    if not form.is_valid():
        return _confirmation(request, notice, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _issued(request, notice, form)


def _proposed(notice: Notice) -> dict[str, Any]:
    """What the form opens with: the number that the draft was given, else the next free one; today."""
    day = notice.issued_on or max(clock.today(), notice.session_on)
    number = notice.number or next_number(notice.authority, notice.symbol, day.year)
    return {"number": number, "issued_on": day, "version": notice.version}


def _issued(request: SignedInRequest, notice: Notice, form: IssueForm) -> HttpResponse:
    """Issue what was read; the slower of two is led to what the other one issued."""
    wanted, version = form.cleaned_data, notice.version
    notice.version = wanted["version"]
    try:
        issue(notice=notice, number=wanted["number"], issued_on=wanted["issued_on"], by=request.user)
    except SomebodyWasFaster as told:
        if told.current.status != NoticeStatus.DRAFT:
            messages.warning(request, f"Người khác vừa ban hành thông báo này, số {told.current.sign}.")
            return redirect(told.current)
        form.add_error(None, "Dự thảo vừa được người khác sửa. Hãy đọc lại bản dưới đây rồi ban hành.")
    except NotADraft:
        return redirect(notice)
    except NumberTaken:
        free = next_number(notice.authority, notice.symbol, wanted["issued_on"].year)
        form.add_error("number", f"Số {wanted['number']:02d} đã dùng trong năm; số tiếp theo là {free:02d}.")
    except LetterheadMissing:
        form.add_error(None, "Cơ quan chưa có đầu văn bản. Hãy khai báo ở trang quản trị rồi ban hành.")
    except PdfUnavailable:
        form.add_error(None, "Máy chủ chưa dựng được PDF nên chưa ban hành. Mời báo người quản trị hệ thống.")
    else:
        messages.success(request, f"Đã ban hành thông báo số {notice.sign} và báo tới các đơn vị liên quan.")
        return redirect(notice)
    fresh = _managed(request, notice.pk)
    again = IssueForm({**request.POST.dict(), "version": fresh.version}, notice=fresh)
    again.is_valid()
    for name, errors in form.errors.items():
        if name not in again.errors:
            again.add_error(None if name == "__all__" else name, list(errors))
    stale = version != wanted["version"]
    return _confirmation(request, fresh, again, HTTPStatus.CONFLICT if stale else HTTPStatus.UNPROCESSABLE_ENTITY)


def _confirmation(
    request: SignedInRequest, notice: Notice, form: IssueForm, status: int = HTTPStatus.OK
) -> HttpResponse:
    page = edit_page(notice)
    number = whole_number(str(form["number"].value())) or None
    asked = form.cleaned_data.get("issued_on") if form.is_bound else form.initial["issued_on"]
    context = {
        "notice": notice,
        "form": form,
        "page": page,
        "forgotten": [finding for finding in page.findings if finding.rule in FORGOTTEN],
        "slips": [finding for finding in page.findings if finding.rule not in FORGOTTEN],
        "document": composed(notice, number=number, dated=asked),
        "units": [(unit, count) for unit, count in units_concerned(notice).items()],
        "next": next_number(notice.authority, notice.symbol, (asked or clock.today()).year),
    }
    return render(request, "tasks/issuing/issue.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Revoke an issued notice with a reason."""
    notice = _managed(request, pk)
    if notice.status != NoticeStatus.ISSUED:
        messages.info(request, "Chỉ thu hồi được thông báo đang có hiệu lực.")
        return redirect(notice)
    bound = request.POST if request.method == "POST" else None
    form = RevokeForm(bound, initial={"version": notice.version})
    if form.is_valid():
        notice.version = form.cleaned_data["version"]
        try:
            revoke(notice=notice, reason=form.cleaned_data["reason"], by=request.user)
        except (SomebodyWasFaster, NotIssued):
            messages.warning(request, "Người khác vừa đổi thông báo này; chưa thu hồi. Hãy xem lại.")
            return redirect(notice)
        messages.success(request, f"Đã thu hồi thông báo số {notice.sign}.")
        return redirect(notice)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "tasks/issuing/revoke.html", {"notice": notice, "form": form}, status=status)


@require_GET
def register(request: SignedInRequest) -> HttpResponse:
    """The documents issued in a year: page, workbook or PDF."""
    year = year_asked(request)
    entries = register_entries(request.user, year)
    of_one_office = len({entry.notice.authority_id for entry in entries}) == 1
    return register_answer(
        request,
        entries,
        title=TITLE,
        year=year,
        template="tasks/issuing/register.html",
        file=register_file,
        document=register_document,
        years=register_years(request.user),
        revoked=sum(entry.notice.status == NoticeStatus.REVOKED for entry in entries),
        missing=missing_numbers(entries) if of_one_office and request.user.has_perm(MANAGE) else [],
    )
