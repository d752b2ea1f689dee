"""The page on which the catalogue's statements are marked as checked against the decision's text."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from communes.http import SignedInRequest
from criteria.catalogue_services import mark_verified
from criteria.models import Criterion, SubItem
from criteria.selectors import criteria_sets, set_to_show
from criteria.selectors.requirements import CatalogueCriterion, catalogue_criterion, checks_of
from ntm_tracker.lib import clock
from ntm_tracker.lib.gate import require


@require_http_methods(["GET", "HEAD", "POST"])
def verification(request: SignedInRequest, number: int) -> HttpResponse:
    """One criterion with its sub-items as the catalogue has them; POST notes which were checked.

    A box that was ticked or emptied is written; one that stands as it was shown stays what it is by now.
    """
    require(request.user, "criteria.manage_catalogue")
    chosen = set_to_show(criteria_sets(), request.GET.get("set", ""), clock.today())
    part = catalogue_criterion(chosen, number, request.user.authority) if chosen else None
    if chosen is None or part is None:
        raise Http404
    page = f"{reverse('criteria:catalogue')}?{urlencode({'set': chosen.code})}#tieu-chi-{number}"
    if request.method != "POST":
        checks = checks_of(part.criterion)
        rows = [(row, checks.get(row.sub_item.pk)) for row in part.rows]
        context = {"chosen": chosen, "criterion": part.criterion, "rows": rows, "page": page}
        return render(request, "criteria/verification.html", context)
    shown, ticked = set(request.POST.getlist("was")), set(request.POST.getlist("verified"))
    marked = mark_verified(rows=_named(part, ticked - shown), is_verified=True, by=request.user)
    taken_back = mark_verified(rows=_named(part, shown - ticked), is_verified=False, by=request.user)
    counts = ((marked, "mục đã đối chiếu"), (taken_back, "mục trở về chưa đối chiếu"))
    said = ", ".join(f"{count} {words}" for count, words in counts if count)
    messages.success(request, f"Tiêu chí {number}: đã ghi {said}." if said else f"Tiêu chí {number}: không có gì mới.")
    return redirect(page)


def _named(part: CatalogueCriterion, names: set[str]) -> list[Criterion | SubItem]:
    """Return what the boxes `names` stand for: a sub-item by its code, the criterion's own name by its number."""
    rows: list[Criterion | SubItem] = [row.sub_item for row in part.rows if row.sub_item.code in names]
    return [part.criterion, *rows] if str(part.criterion.number) in names else rows
