"""Accounts as whoever looks after them sees them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from communes.activation import HOURS, links_file, start_path, waiting_accounts
from communes.http import SignedInRequest
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.gate import require


@never_cache
@require_GET
def waiting(request: SignedInRequest) -> HttpResponse:
    """The accounts without a password, each with the address to hand to its owner: page or workbook."""
    require(request.user, "communes.manage_accounts")
    rows = [(account, request.build_absolute_uri(start_path(account))) for account in waiting_accounts(request.user)]
    if request.GET.get("format") == "xlsx":
        return answer(request, links_file(rows))
    return render(request, "communes/waiting_accounts.html", {"rows": rows, "hours": HOURS})
