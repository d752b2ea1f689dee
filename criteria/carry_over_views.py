"""Pages on which the statuses of one criteria set are taken over into another."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from communes.http import SignedInRequest
from criteria.enums import ReportStatus
from criteria.exceptions import SomebodyWasFaster
from criteria.exchange import uploads
from criteria.exchange.carry_over import (
    CarryKind,
    CarryOver,
    CodeMap,
    carry_over,
    mapping_lines,
    read_map,
    reports_left,
    write_carried,
)
from criteria.exchange.forms import CarryOverForm
from criteria.models import CriteriaSet
from criteria.selectors import criteria_sets, set_in_force
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.gate import require
from ntm_tracker.lib.workbook import read

CARRY_OVER = "criteria.carry_over"
PURPOSE = "carry-over"
PAGE_SIZE = 100
# What is told of reports that aren't finished.
LEFT = {
    ReportStatus.SUBMITTED: "đã gửi, chờ thẩm định",
    ReportStatus.DRAFT: "đang soạn",
    ReportStatus.RETURNED: "bị trả lại",
}


@require_http_methods(["GET", "HEAD", "POST"])
def carry_over_page(request: SignedInRequest) -> HttpResponse:
    """Where two sets and the mapping of their codes are given; it leads to the preview."""
    require(request.user, CARRY_OVER)
    sets = criteria_sets()
    form = CarryOverForm(request.POST or None, request.FILES or None, sets=sets)
    if request.method == "POST" and form.is_valid():
        token = uploads.keep(form.cleaned_data["content"], request.user, PURPOSE)
        chosen = urlencode({"from": form.cleaned_data["origin"], "to": form.cleaned_data["target"]})
        return redirect(f"{reverse('exchange:carry-over-preview', args=[token])}?{chosen}")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "has_two_sets": len(sets) > 1}
    return render(request, "criteria/exchange/carry_over.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def carry_over_preview(request: SignedInRequest, token: str) -> HttpResponse:
    """What the kept mapping would write; POST writes it, all or nothing.

    It is worked out anew each time: what is confirmed twice finds nothing left to write, and what no
    longer is as it was shown is shown again.
    """
    require(request.user, CARRY_OVER)
    sets = {row.code: row for row in criteria_sets()}
    origin, target = sets.get(request.GET.get("from", "")), sets.get(request.GET.get("to", ""))
    try:
        lines = mapping_lines(read(uploads.kept(token, request.user, PURPOSE)))
    except uploads.UploadGone:
        lines = []
    if not lines or origin is None or target is None or origin.unit_kind != target.unit_kind or origin == target:
        messages.error(request, "Bản xem trước này đã hết hạn hoặc đã được thay. Hãy gửi bảng chuyển mã lại.")
        return redirect("exchange:carry-over")
    mapping = read_map(lines, origin, target)
    preview = carry_over(mapping, request.user)
    if request.method != "POST":
        return _preview(request, mapping, preview)
    if mapping.wrong or (preview.told and request.POST.get("seal") != preview.seal):
        return _preview(request, mapping, preview, status=HTTPStatus.CONFLICT)
    try:
        write_carried(preview, request.user)
    except SomebodyWasFaster:
        return _preview(request, mapping, carry_over(mapping, request.user), status=HTTPStatus.CONFLICT)
    messages.success(request, _told(preview, target) if preview.told else "Không có gì mới để ghi.")
    return redirect("exchange:carry-over")


def _told(preview: CarryOver, target: CriteriaSet) -> str:
    """Return what the message says of what was written, and where to see it: the matrix shows the set in force."""
    if set_in_force(clock.today()) == target:
        link = format_html('<a href="{}">Xem bảng tiêu chí</a>', reverse("matrix"))
    else:
        address = f"{reverse('criteria:catalogue')}?{urlencode({'set': target.code})}"
        link = format_html('<a href="{}">Xem nội dung của bộ này</a>', address)
    return format_html("Đã chuyển {} sang {}. {}", preview.told, target, link)


def _preview(
    request: SignedInRequest, mapping: CodeMap, preview: CarryOver, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    counts, reports = preview.counts, reports_left(mapping.origin, request.user)
    kinds = [kind for kind in CarryKind if counts[kind]]
    asked = next((kind for kind in kinds if kind.value == request.GET.get("kind")), None)
    shown = asked or next(iter(kinds), CarryKind.NEW)
    context = {
        "mapping": mapping,
        "preview": preview,
        "counts": [(kind.label, counts[kind]) for kind in CarryKind if counts[kind] or kind is CarryKind.NEW],
        "kinds": [(kind.value, kind.label, counts[kind]) for kind in kinds],
        "shown": shown.value,
        "shown_label": shown.label,
        "page": Paginator(preview.of(shown), PAGE_SIZE).get_page(request.GET.get("page")),
        "reports": reports.total(),
        "reports_told": "; ".join(
            f"{vn_decimal(reports[state])} {words}" for state, words in LEFT.items() if reports[state]
        ),
        "is_refused": status != HTTPStatus.OK,
    }
    return render(request, "criteria/exchange/carry_over_preview.html", context, status=status)
