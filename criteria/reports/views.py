"""The one address of a commune's report of a month: what stands there depends on who asks and how it stands."""

from datetime import date

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from communes.http import SignedInRequest
from criteria.reports.flow import is_open
from criteria.reports.form_views import FILL, begin_page, commune_in, form_page, own_report, report_of, save_all
from criteria.reports.review_views import report_detail


@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: SignedInRequest, code: str, month: date) -> HttpResponse:
    """The form while the commune's staff may write in the report; else the report as it was sent.

    POST saves the whole form: for browsers without scripts, and before a button of the form leads elsewhere.
    """
    if request.method == "POST":
        return save_all(request, own_report(request, code, month))
    commune = commune_in(request, code, month)
    if request.user.has_perm(FILL, commune):
        report = report_of(commune, month)
        if report is None:
            return begin_page(request, commune, month)
        if is_open(report):
            return form_page(request, report)
    return report_detail(request, commune, month)
