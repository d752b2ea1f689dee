"""Pages of proposals: the list, a new one, one with its answer."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from communes.http import SignedInRequest
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.gate import get_visible, require
from tasks.models import Proposal
from tasks.requests.exports import proposal_list_file
from tasks.requests.filters import ProposalFilter
from tasks.requests.forms import ProposalForm, ReplyForm
from tasks.requests.selectors import proposal_page, with_everything
from tasks.requests.services import SETTLED, asked_mark, mark_of
from tasks.selectors import proposal_row
from tasks.work.selectors import is_assignable

PAGE_SIZE = 50
MAKE, REPLY = "tasks.make_proposal", "tasks.reply_to_proposal"


@require_GET
def proposal_list(request: SignedInRequest) -> HttpResponse:
    """The proposals in the person's reach, as a page or a workbook."""
    asked = ProposalFilter(request.GET, user=request.user)
    if request.GET.get("format") == "xlsx":
        rows = [proposal_row(proposal, request.user) for proposal in asked.rows()]
        return answer(
            request, proposal_list_file(rows, clock.today(), place=str(request.user.unit or ""), filters=asked.words)
        )
    counts = asked.counts()
    page = Paginator(asked.rows(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "filter": asked,
        "counts": counts,
        "total": counts[""],
        "states": [(value, label, counts[value]) for value, label in asked.states],
        "page": page,
        "rows": [proposal_row(proposal, request.user) for proposal in page],
        "may_make": request.user.has_perm(MAKE),
    }
    return render(request, "tasks/requests/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def proposal_new(request: SignedInRequest) -> HttpResponse:
    """Ask for something, as a commune."""
    require(request.user, MAKE)
    form, status = ProposalForm(request.POST or None), HTTPStatus.OK
    if request.method == "POST":
        commune = request.user.commune
        made = form.make(commune=commune, by=request.user) if commune and form.is_valid() else None
        if made:
            messages.success(request, f"Đã gửi kiến nghị số {made.number}.")
            return redirect(made)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "tasks/requests/form.html", {"form": form}, status=status)


@require_GET
def proposal_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One proposal, its answer, and what came of it."""
    return _page(request, _proposal(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def proposal_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what was asked for, until it stands in an issued notice."""
    proposal = _proposal(request, pk)
    require(request.user, MAKE, proposal)
    if proposal.is_published:
        messages.error(request, SETTLED)
        return redirect(proposal)
    form = ProposalForm(request.POST or None, proposal=proposal)
    context: dict[str, Any] = {"form": form, "proposal": proposal}
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        try:
            if form.is_valid() and form.change(proposal=proposal, by=request.user):
                messages.success(request, "Đã lưu kiến nghị.")
                return redirect(proposal)
        except SomebodyWasFaster:
            fresh = _proposal(request, pk)
            form.retype("seen", asked_mark(fresh))
            context |= {"conflict": True, "proposal": fresh}
            status = HTTPStatus.CONFLICT
    return render(request, "tasks/requests/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def proposal_reply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Draft the answer; `do=model` puts the words of the chosen kind into the form and keeps nothing yet."""
    proposal = _proposal(request, pk)
    if request.method == "GET":  # a reload of an answer that refused
        return redirect(proposal)
    require(request.user, REPLY, proposal)
    form = ReplyForm(request.POST, proposal=proposal, by=request.user)
    if request.POST.get("do") == "model":
        form.begin_with_model()
        return _page(request, proposal, form=form)
    try:
        if form.is_valid() and form.save():
            messages.success(request, "Đã lưu dự thảo trả lời. Xã thấy khi thông báo được ban hành.")
            return redirect(proposal)
    except SomebodyWasFaster:
        fresh = _proposal(request, pk)
        form.retype("seen", mark_of(fresh))
        return _page(request, fresh, form=form, conflict=True, status=HTTPStatus.CONFLICT)
    return _page(request, _proposal(request, pk), form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _proposal(request: SignedInRequest, pk: int) -> Proposal:
    return get_visible(with_everything(Proposal.objects.all()), request.user, pk=pk)


def _page(
    request: SignedInRequest,
    proposal: Proposal,
    *,
    form: ReplyForm | None = None,
    conflict: bool = False,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    page = proposal_page(proposal, user=request.user, today=clock.today())
    may_reply = not page.row.is_published and request.user.has_perm(REPLY, proposal)
    context = {
        "page": page,
        "row": page.row,
        "proposal": proposal,
        "form": form or (ReplyForm(proposal=proposal, by=request.user) if may_reply else None),
        "may_reply": may_reply,
        "may_change": not page.row.is_published and request.user.has_perm(MAKE, proposal),
        "may_assign": is_assignable(page.notice) and request.user.has_perm("tasks.assign_task", proposal),
        "conflict": conflict,
    }
    return render(request, "tasks/requests/detail.html", context, status=status)
