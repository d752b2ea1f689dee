"""Pages on communes that are renamed, merged or moved."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from communes.enums import UnitChangeKind
from communes.http import SignedInRequest
from communes.models import Commune
from criteria.filters import day_asked
from criteria.list_exports import predecessor_file, unit_change_file
from criteria.models import Assessment
from criteria.selectors.units import (
    PredecessorFindings,
    carried_over,
    predecessor_findings,
    reports_left,
    to_be_written,
    unit_changes,
)
from criteria.unit_forms import FORMS, communes_to_change, offered_kinds
from criteria.unit_services import write_met_by_all
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.gate import get_visible, require

MANAGE, CHANGE = "communes.manage_units", "criteria.change_assessment"


@require_GET
def change_list(request: SignedInRequest) -> HttpResponse:
    """What became of the units in the person's reach, the newest first."""
    require(request.user, MANAGE)
    changes = unit_changes(request.user)
    if request.GET.get("format") == "xlsx":
        return answer(request, unit_change_file(changes, clock.today()))
    context = {"changes": changes, "kinds": offered_kinds(request.user)}
    return render(request, "criteria/units/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_new(request: SignedInRequest, kind: str) -> HttpResponse:
    """Ask; show what would happen; then do it, for it can't be undone."""
    require(request.user, MANAGE)
    if kind not in FORMS:
        raise Http404
    if request.method != "POST" and communes_to_change(request.user).count() < FORMS[kind].least:
        few = "Chưa đủ hai xã để sáp nhập" if FORMS[kind].least > 1 else "Chưa có xã nào để ghi thay đổi"
        messages.info(request, f"{few}. Hãy nhập các xã từ Excel trước.")
        return redirect("communes:changes")
    form = FORMS[kind](request.POST or None, by=request.user)
    kinds = offered_kinds(request.user, kind)
    context = {"form": form, "kind": kind, "label": UnitChangeKind(kind).label, "kinds": kinds}
    if request.method != "POST" or "edit" in request.POST:
        return render(request, "criteria/units/change.html", context)
    if form.is_valid() and "confirm" not in request.POST:
        planned = form.planned
        told = {"planned": planned, "carried": carried_over(planned), "left": reports_left(planned)}
        return render(request, "criteria/units/confirm.html", {**context, **told})
    change = form.save() if form.is_valid() else None
    if change is None:
        return render(request, "criteria/units/change.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, f"Đã ghi {change.get_kind_display().lower()}; {change.accounts} tài khoản đã chuyển.")
    return redirect(change.successor)


@require_http_methods(["GET", "HEAD", "POST"])
def predecessors(request: SignedInRequest, code: str) -> HttpResponse:
    """The findings of the units that a commune follows, side by side; POST writes what all of them met."""
    units = Commune.objects.bearing(code, day_asked(request.GET).at)
    commune = get_visible(units.select_related("authority__parent__parent", "unit_change"), request.user)
    require(request.user, "communes.view_progress", commune)
    found = predecessor_findings(commune)
    if not found.units:
        raise Http404
    if request.method == "POST":
        return _write_shown(request, commune, found)
    if request.GET.get("format") == "xlsx":
        return answer(request, predecessor_file(commune, found, clock.today()))
    open_items = to_be_written(commune, found) if request.user.has_perm(CHANGE, commune) else []
    context = {"commune": commune, "found": found, "open_items": open_items}
    return render(request, "criteria/units/predecessors.html", context)


def _write_shown(request: SignedInRequest, commune: Commune, found: PredecessorFindings) -> HttpResponse:
    """Write no more than the person was shown, and of that what still is without a finding; say how many."""
    require(request.user, CHANGE, commune)
    shown = set(request.POST.getlist("sub_item"))
    wanted = [sub_item for sub_item in to_be_written(commune, found) if sub_item.code in shown]
    written = len(write_met_by_all(commune=commune, sub_items=wanted, units=found.units, by=request.user))
    told = [sub_item for sub_item in found.met_by_all if sub_item.code in shown]
    left = Assessment.objects.filter(commune=commune, sub_item__in=told).count() - written
    said = f"Đã ghi {written} kết quả “Đạt” cho {commune}." if written else f"Không ghi gì mới cho {commune}."
    kept = f" {left} nội dung đã được ghi trước đó nên giữ nguyên." if left else ""
    (messages.success if written else messages.info)(request, said + kept)
    return redirect(commune.page("communes:predecessors"))
