"""One cell: shown, changed, taken back, planned. The same address serves the page and its panel."""

from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from communes.enums import Role
from communes.http import SignedInRequest
from communes.models import Commune
from criteria.exceptions import NothingToUndo, SomebodyWasFaster
from criteria.filters import day_asked
from criteria.forms import AssessmentForm, PlanForm, quick_data
from criteria.matrix_views import changed_parts, past_of
from criteria.selectors.cell import Cell, cell, refreshed, sub_item_in_force
from criteria.selectors.units import last_set_before
from criteria.services import undo_change
from criteria.views import commune_parts
from ntm_tracker.lib import clock
from ntm_tracker.lib.gate import get_visible, require
from ntm_tracker.lib.text import whole_number

CHANGE, CONFIRM, PLAN = "criteria.change_assessment", "criteria.confirm_finding", "criteria.plan_sub_item"


@require_http_methods(["GET", "HEAD", "POST"])
def cell_detail(request: SignedInRequest, code: str, sub_item: str) -> HttpResponse:
    """Show the cell; POST changes its finding. With `propose` a script asks what the typed values say of the status."""
    if request.method != "POST" and (day := day_asked(request.GET).at):
        return _as_known_on(request, code, sub_item, day)
    shown = _found(request, code, sub_item)
    if shown is None:
        # The address may stand in an older page, or in an entry about a set that has ended since.
        last_set = last_set_before(clock.today()) if request.method != "POST" else None
        if last_set is None or last_set.effective_to is None:
            raise Http404
        return _as_known_on(request, code, sub_item, last_set.effective_to)
    if request.method != "POST" and "propose" in request.GET:
        typed = AssessmentForm(request.GET, cell=shown)
        typed.is_valid()
        return render(request, "criteria/fragments/proposed.html", {"form": typed})
    return _answer(request, shown) if request.method != "POST" else _changed(request, shown)


def _changed(request: SignedInRequest, shown: Cell) -> HttpResponse:
    """Write what was sent, or show why not."""
    quick = request.POST.get("quick")
    if quick and request.htmx and request.user.role == Role.DEPARTMENT and not _may_change(request, shown):
        # A key pressed in the grid is answered in the grid.
        return _answer(request, shown, unchanged=_of_whom(shown), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    require(request.user, CHANGE, shown.assessment)
    data = quick_data(shown, quick, request.POST.get("version", "")) if quick else _sent(request)
    form = AssessmentForm(data, cell=shown)
    if form.is_valid() and form.changes_nothing(request.user):
        status = shown.assessment.get_status_display()
        sentence = f"Không ghi gì: nội dung {shown.sub_item.official_code}, {shown.commune} đang là “{status}” rồi."
        return _unchanged(request, shown, sentence)
    # One key says nothing of the values: upon others than were seen, neither it nor what it lacks counts.
    if quick and form.is_of_older_version:
        return _conflict(request, shown, form)
    if not form.is_valid():
        return _answer(request, shown, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        form.save(by=request.user)
    except SomebodyWasFaster:
        return _conflict(request, shown, form)
    return _done(request, shown, "Đã xác nhận" if form.only_confirms(request.user) else "Đã lưu")


def _may_change(request: SignedInRequest, shown: Cell) -> bool:
    return request.user.has_perm(CHANGE, shown.assessment)


def _of_whom(shown: Cell) -> str:
    """Say to a department why it doesn't write the cell."""
    code = shown.sub_item.official_code
    if not shown.guides:
        return f"Không ghi gì: nội dung {code} chưa giao phòng nào hướng dẫn; chỉ huyện ghi được."
    return f"Không ghi gì: nội dung {code} do {', '.join(shown.guides)} hướng dẫn; chỉ phòng đó hoặc huyện ghi được."


@require_POST
def cell_undo(request: SignedInRequest, code: str, sub_item: str) -> HttpResponse:
    """Take back the person's own last change."""
    shown = _cell(request, code, sub_item)
    require(request.user, CHANGE, shown.assessment)
    version = whole_number(request.POST.get("version", ""))
    if not shown.assessment.pk or not version:
        raise Http404
    try:
        undo_change(assessment=shown.assessment, by=request.user, expected_version=version)
    except NothingToUndo:
        sentence = (
            f"Chưa hoàn tác gì: thay đổi gần nhất của nội dung {shown.sub_item.official_code}, {shown.commune} không "
            "phải do anh/chị ghi trong hôm nay. Muốn đổi kết quả, hãy chọn lại rồi lưu."
        )
        return _unchanged(request, shown, sentence)
    except SomebodyWasFaster:
        return _overtaken(request, refreshed(shown), "Chưa hoàn tác gì")
    return _done(request, shown, "Đã hoàn tác")


@require_http_methods(["GET", "HEAD", "POST"])
def cell_plan(request: SignedInRequest, code: str, sub_item: str) -> HttpResponse:
    """Write who is in charge, until when and how."""
    shown = _cell(request, code, sub_item)
    if request.method != "POST":
        return redirect(_address(shown))
    require(request.user, PLAN, shown.assessment)
    form = PlanForm(request.POST, cell=shown)
    if not form.is_valid():
        return _answer(request, shown, plan_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        form.save()
    except SomebodyWasFaster:
        fresh = refreshed(shown)
        again = _again(PlanForm, form, fresh, plan_version=fresh.plan.version if fresh.plan else 0)
        return _answer(request, fresh, plan_form=again, plan_conflict=True, status=HTTPStatus.CONFLICT)
    return _done(request, shown, "Đã lưu kế hoạch")


def _sent(request: SignedInRequest) -> dict[str, str]:
    """Return what the form holds. Without scripts nothing tells a status that was chosen: each one counts as chosen."""
    data: dict[str, str] = request.POST.dict()
    if not request.htmx:
        data.pop("untouched", None)
    return data


def _found(request: SignedInRequest, code: str, sub_item: str) -> Cell | None:
    """Return the cell as the person may see it; `?history=all` asks for its whole history.

    None where the set in force has no such sub-item for the commune.
    """
    communes = Commune.objects.valid_on(clock.today()).select_related("authority__parent__parent")
    commune = get_visible(communes, request.user, code=code)
    return cell(commune, sub_item, whole_history=request.GET.get("history") == "all")


def _cell(request: SignedInRequest, code: str, sub_item: str) -> Cell:
    """Return the cell to be worked on. Raises `Http404` where there is none."""
    shown = _found(request, code, sub_item)
    if shown is None:
        raise Http404
    return shown


def _as_known_on(request: SignedInRequest, code: str, sub_item: str, day: date) -> HttpResponse:
    """Lead to the criterion of the sub-item that bore the code `sub_item` on `day`, as it was known then."""
    commune = get_visible(Commune.objects.bearing(code, day), request.user)
    found = sub_item_in_force(commune, sub_item, day)
    if found is None:
        raise Http404
    return redirect(past_of(commune, found.criterion.number, day))


def _address(shown: Cell) -> str:
    return reverse("communes:cell", args=[shown.commune.code, shown.sub_item.code])


def _conflict(request: SignedInRequest, shown: Cell, form: AssessmentForm) -> HttpResponse:
    """Show what the other person wrote beside what was typed: nothing is lost, the person decides.

    Who only said yes to what stood has typed nothing that could stand beside it. Of what is shown the status is a
    choice, whoever made it: written is what is seen.
    """
    fresh = refreshed(shown)
    if request.POST.get("quick") and form.repeats_what_it_saw:
        return _overtaken(request, fresh, "Chưa ghi gì")
    again = _again(AssessmentForm, form, fresh, version=fresh.version, untouched="")
    return _answer(request, fresh, form=again, conflict=True, status=HTTPStatus.CONFLICT)


def _again(form_class: type, typed: Form, fresh: Cell, **anew: Any) -> Form:
    """The same form with what was typed, now upon the newest version; `anew` are the fields that say so."""
    data = {key: value for key, value in typed.data.items() if isinstance(value, str)}
    form: Form = form_class({**data, **anew}, cell=fresh)
    return form


def _overtaken(request: SignedInRequest, fresh: Cell, not_done: str) -> HttpResponse:
    """Show a finding that was changed before the person's step reached it: nothing was done, nothing is to choose."""
    return _answer(request, fresh, not_done=not_done, status=HTTPStatus.CONFLICT)


def _done(request: SignedInRequest, shown: Cell, what: str) -> HttpResponse:
    saved = f"{what} lúc {clock.now():%H:%M}"
    if not request.htmx:
        messages.success(request, f"{saved}: nội dung {shown.sub_item.official_code}, {shown.commune}.")
        return redirect(_address(shown))
    return _answer(request, refreshed(shown), saved=saved)


def _unchanged(request: SignedInRequest, shown: Cell, sentence: str) -> HttpResponse:
    if not request.htmx:
        messages.info(request, sentence)
        return redirect(_address(shown))
    return _answer(request, shown, unchanged=sentence)


def _answer(
    request: SignedInRequest,
    shown: Cell,
    *,
    form: Form | None = None,
    plan_form: Form | None = None,
    conflict: bool = False,
    not_done: str = "",
    plan_conflict: bool = False,
    saved: str = "",
    unchanged: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    writes = _may_change(request, shown)
    context = {
        "cell": shown,
        "form": form or AssessmentForm(cell=shown),
        "plan_form": plan_form or PlanForm(cell=shown),
        "conflict": conflict,
        "not_done": not_done,
        "plan_conflict": plan_conflict,
        "saved": saved,
        "unchanged": unchanged,
        "may_change": writes,
        "may_undo": writes and shown.last_change is not None and shown.last_change.may_be_undone_by(request.user),
        "may_confirm": shown.awaits_confirmation and request.user.has_perm(CONFIRM, shown.assessment),
        "may_plan": request.user.has_perm(PLAN, shown.assessment),
        "address": _address(shown),
    }
    template = "criteria/fragments/cell_panel.html" if request.htmx else "criteria/cell.html"
    response = render(request, template, context, status=status)
    if request.htmx and (saved or unchanged or conflict or not_done):
        response.content += _brought_along(request, shown).encode()
    return response


def _brought_along(request: SignedInRequest, shown: Cell) -> str:
    """Return what else changed on the page from which the cell was changed, by this person or a faster one."""
    page = urlsplit(request.htmx.current_url_abs_path or "").path
    if page.startswith(reverse("matrix")):
        return changed_parts(request, [shown.commune])
    if page == shown.commune.get_absolute_url():
        show = QueryDict(urlsplit(request.htmx.current_url or "").query).get("show", "")
        return commune_parts(shown.commune, shown.sub_item.criterion.number, show)
    return ""
