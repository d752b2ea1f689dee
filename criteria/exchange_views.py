"""Workbooks out and in: the matrix, the status workbook, a criteria set, units and accounts."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods

from communes.activation import waiting_accounts
from communes.enums import Role
from communes.http import SignedInRequest
from communes.models import Commune, User
from criteria.exceptions import SomebodyWasFaster
from criteria.exchange import criteria_set, units, uploads
from criteria.exchange.compared import KEEP_SYSTEM, TAKE_FILE, DryRun, RowKind
from criteria.exchange.faults import FaultLine
from criteria.exchange.forms import ExportForm, UploadForm
from criteria.exchange.sheets import Loaded
from criteria.exchange.status_import import Row, dry_run, fault_lines, write
from criteria.exchange.status_sheet import Finding
from criteria.exports import matrix_file, status_file
from criteria.matrix_views import filters_in_words, filters_of, visible_matrix
from criteria.selectors import criteria_sets, set_in_force
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.gate import require
from ntm_tracker.lib.workbook import read

CHANGE = "criteria.change_assessment"
MANAGE = "criteria.manage_catalogue"
# The kinds of workbooks that come in; their pages are named after them (criteria/urls.py).
STATUS, CRITERIA_SET, UNITS = "status", "criteria-set", "units"
# The seal of a confirmation that names none: it is nobody's.
UNSEEN = "-"
PAGE_SIZE = 100
# More conflicts than this are not decided one by one: a fresh export is quicker.
MOST_CONFLICTS = 300


@require_GET
def matrix_workbook(request: SignedInRequest) -> HttpResponse:
    """The matrix as the page shows it, with the same filters in the address."""
    require(request.user, "communes.view_progress")
    filters = filters_of(request.GET, request.user)
    table, day = visible_matrix(request.user, filters), filters.at or clock.today()
    place = str(request.user.unit or "")
    return answer(request, matrix_file(table, day, place=place, filters=filters_in_words(filters)))


@require_http_methods(["GET", "HEAD", "POST"])
def status_page(request: SignedInRequest) -> HttpResponse:
    """Where the status workbook goes out, and where it comes back: an upload leads to its preview."""
    require(request.user, CHANGE)
    context = {"export": ExportForm(communes=_tracked(request.user)), "set": set_in_force(clock.today())}
    return _upload_page(request, STATUS, "criteria/exchange/status.html", context)


def _upload_page(request: SignedInRequest, kind: str, template: str, context: dict[str, Any]) -> HttpResponse:
    """Keep a workbook of this kind and lead to its preview; without one that can be read, show the page."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        token = uploads.keep(form.cleaned_data["content"], request.user, kind)
        return redirect(f"exchange:{kind}-preview", token)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, {"form": form, **context}, status=status)


@require_GET
def status_workbook(request: SignedInRequest) -> HttpResponse:
    """The status workbook of the chosen communes; of a department's officer, their own sector."""
    require(request.user, CHANGE)
    in_force = set_in_force(clock.today())
    form = ExportForm(request.GET, communes=_tracked(request.user))
    if in_force is None or not form.is_valid():
        messages.error(request, "Không xuất được: hãy chọn ít nhất một xã trong phạm vi của anh/chị.")
        return redirect("exchange:status")
    department = request.user.department_id if request.user.role == Role.DEPARTMENT else None
    return answer(request, status_file(form.chosen, in_force, department=department))


@require_http_methods(["GET", "HEAD", "POST"])
def status_preview(request: SignedInRequest, token: str) -> HttpResponse:
    """What the kept workbook would change; POST writes it, all rows or none.

    The file is compared anew each time, so what is confirmed twice finds nothing left to write.
    """
    require(request.user, CHANGE)
    try:
        content = uploads.kept(token, request.user, STATUS)
    except uploads.UploadGone:
        return _gone(request, STATUS)
    preview = dry_run(read(content), request.user)
    if request.method != "POST":
        return _preview(request, token, preview)
    # What holds for the rest holds for what was shown, not for what somebody changed after that.
    shown, rest = request.POST.getlist("shown"), request.POST.get("decide-rest", "")
    decisions = {
        row.key: request.POST.get(f"decide-{row.key}") or (rest if row.key in shown else "")
        for row in preview.conflicts
    }
    if preview.problem or preview.wrong or preview.undecided(decisions):
        return _refused(request, token, preview, decisions)
    rows = preview.to_write(decisions)
    try:
        write(rows, request.user)
    except SomebodyWasFaster:
        return _refused(request, token, dry_run(read(content), request.user), decisions)
    messages.success(request, _told(rows) if rows else "Không có gì mới để ghi.")
    return redirect("exchange:status")


def _told(rows: Collection[Row]) -> str:
    """Return what the message says of the `rows` written: how many, and where to see them."""
    told = format_html(
        'Đã ghi {} thay đổi từ tệp Excel. <a href="{}">Xem bảng tiêu chí</a>', len(rows), reverse("matrix")
    )
    # A first finding stands in no list of changes.
    if all(Finding.of(row.current).status == "" for row in rows):
        return told
    return format_html(
        '{} · <a href="{}?since={}">Thay đổi hôm nay</a>', told, reverse("history:changes"), clock.today()
    )


def _refused(request: SignedInRequest, token: str, preview: DryRun[Row], decisions: Mapping[str, str]) -> HttpResponse:
    """Show the preview again with what was chosen; first the conflicts that somebody made since it was shown."""
    shown = request.POST.getlist("shown")
    moved = {row.key for row in preview.conflicts if row.key not in shown}
    return _preview(request, token, preview, decisions, moved=moved, status=HTTPStatus.CONFLICT)


def _preview(
    request: SignedInRequest,
    token: str,
    preview: DryRun[Row],
    decisions: Mapping[str, str] | None = None,
    *,
    moved: Collection[str] = (),
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    counts = preview.counts
    kinds = [kind for kind in RowKind if counts[kind]]
    asked = next((kind for kind in kinds if kind.value == request.GET.get("kind")), None)
    # Conflicts stand in the form already; what stays as it is is listed for who asks.
    shown = asked or next((kind for kind in kinds if kind not in (RowKind.CONFLICT, RowKind.SAME)), None)
    conflicts = sorted(preview.conflicts, key=lambda row: row.key not in moved)
    decided = decisions or {}
    context = {
        "token": token,
        "preview": preview,
        "counts": {kind.value: counts[kind] for kind in RowKind},
        "kinds": [(kind.value, kind.label, counts[kind]) for kind in kinds],
        "shown": shown.value if shown else "",
        "shown_label": shown.label if shown else "",
        "noun": "chỗ sai" if shown is RowKind.WRONG else "dòng",
        "page": Paginator(_listed(preview, shown), PAGE_SIZE).get_page(request.GET.get("page")),
        "conflicts": [(row, decided.get(row.key, ""), row.key in moved) for row in conflicts[:MOST_CONFLICTS]],
        "moved": len(moved),
        "undecided": len(preview.undecided(decided)),
        "too_many_conflicts": len(conflicts) > MOST_CONFLICTS,
        "choices": [(KEEP_SYSTEM, "Giữ trên hệ thống"), (TAKE_FILE, "Lấy theo tệp")],
        "is_refused": status != HTTPStatus.OK,
        "erased": sum(map(_erases, [*preview.changes, *conflicts])),
        "writable": len(preview.changes) + len(conflicts),
    }
    return render(request, "criteria/exchange/status_preview.html", context, status=status)


def _listed(preview: DryRun[Row], kind: RowKind | None) -> Sequence[Row | FaultLine]:
    """Return what the preview lists of `kind`."""
    if kind is RowKind.WRONG:
        return fault_lines(preview.wrong)
    return preview.of(kind) if kind else []


def _erases(row: Row) -> bool:
    """Whether the row takes away what was measured: a column or a cell that got lost looks the same as an empty one."""
    before = Finding.of(row.current)
    has_lost_value = before.value is not None and row.asked.value is None
    return has_lost_value or bool(set(before.part_values) - set(row.asked.part_values))


def _tracked(user: User) -> list[Commune]:
    """Return the communes of the person's reach to which the set in force applies."""
    today = clock.today()
    in_force = set_in_force(today)
    if in_force is None:
        return []
    units = Commune.objects.visible_to(user).valid_on(today).of_kind(in_force.unit_kind)
    return list(units.select_related("authority").order_by("sort_key", "code"))


# A criteria set


@require_http_methods(["GET", "HEAD", "POST"])
def criteria_set_page(request: SignedInRequest) -> HttpResponse:
    """Where a criteria set goes out as a workbook and comes in: an upload leads to its preview."""
    require(request.user, MANAGE)
    return _upload_page(request, CRITERIA_SET, "criteria/exchange/criteria_set.html", {"sets": criteria_sets()})


@require_GET
def criteria_set_workbook(request: SignedInRequest) -> HttpResponse:
    """The set asked for, or the empty template."""
    require(request.user, MANAGE)
    chosen = next((row for row in criteria_sets() if row.code == request.GET.get("set")), None)
    return answer(request, criteria_set.criteria_set_file(chosen))


@require_http_methods(["GET", "HEAD", "POST"])
def criteria_set_preview(request: SignedInRequest, token: str) -> HttpResponse:
    """What the kept workbook would create or change; POST writes it, whole or not at all."""
    require(request.user, MANAGE)
    try:
        sheets = read(uploads.kept(token, request.user, CRITERIA_SET))
    except uploads.UploadGone:
        return _gone(request, CRITERIA_SET)
    try:
        found = criteria_set.load(sheets) if request.method == "POST" else criteria_set.dry_run(sheets)
    except SomebodyWasFaster:
        return _again(request)
    if request.method == "POST" and not found.problems:
        messages.success(request, f"Đã ghi bộ tiêu chí {found.code}: {found.changes} dòng mới hoặc thay đổi.")
        return redirect(f"{reverse('criteria:catalogue')}?{urlencode({'set': found.code})}")
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    return render(request, "criteria/exchange/criteria_set_preview.html", {"found": found}, status=status)


# Units and accounts


def _require_units(user: User) -> None:
    """Whoever may do each of what the workbook does."""
    for action in ("communes.manage_units", "communes.manage_accounts", "criteria.manage_guidance"):
        require(user, action)


@require_http_methods(["GET", "HEAD", "POST"])
def units_page(request: SignedInRequest) -> HttpResponse:
    """Where units and accounts go out as a workbook and come in: an upload leads to its preview."""
    _require_units(request.user)
    waiting = waiting_accounts(request.user).count()
    return _upload_page(request, UNITS, "criteria/exchange/units.html", {"waiting": waiting})


@require_GET
def units_workbook(request: SignedInRequest) -> HttpResponse:
    """Everything in the person's reach, to be added to."""
    _require_units(request.user)
    return answer(request, units.units_file(request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def units_preview(request: SignedInRequest, token: str) -> HttpResponse:
    """What the kept workbook would create or change; POST writes it, whole or not at all."""
    _require_units(request.user)
    try:
        sheets = read(uploads.kept(token, request.user, UNITS))
    except uploads.UploadGone:
        return _gone(request, UNITS)
    if request.method != "POST":
        return _units_preview(request, units.dry_run(sheets, request.user))
    try:
        found = units.load(sheets, request.user, seal=request.POST.get("seal") or UNSEEN)
    except SomebodyWasFaster:
        return _again(request)
    if found.problems or (found.changes and found.seal != request.POST.get("seal")):
        return _units_preview(request, found, status=HTTPStatus.CONFLICT)
    messages.success(request, f"Đã ghi {found.changes} dòng." if found.changes else "Không có gì mới để ghi.")
    has_accounts = "Tài khoản" in found.counts and waiting_accounts(request.user).exists()
    return redirect("waiting_accounts" if has_accounts else "exchange:units")


def _units_preview(request: SignedInRequest, found: Loaded, *, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {"found": found, "is_refused": status != HTTPStatus.OK}
    return render(request, "criteria/exchange/units_preview.html", context, status=status)


def _gone(request: SignedInRequest, kind: str) -> HttpResponse:
    messages.error(request, "Bản xem trước này đã hết hạn hoặc đã được thay. Hãy tải tệp lên lại.")
    return redirect(f"exchange:{kind}")


def _again(request: SignedInRequest) -> HttpResponse:
    """Show the preview as things are now: somebody wrote the same rows at the same moment."""
    messages.warning(request, "Chưa ghi gì: có người vừa ghi cùng lúc. Đây là bản xem trước mới; xin xem lại.")
    return redirect(request.path)
