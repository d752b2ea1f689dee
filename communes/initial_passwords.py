"""A password that somebody else set is replaced before anything else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

OPEN = ("password", "logout")


class ReplaceInitialPassword:
    """Lead whoever comes with an initial password to where they choose their own; what needs no login stays open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        needs_login = getattr(view, "login_required", True)
        if not needs_login or request.resolver_match.view_name in OPEN:
            return None
        if not (request.user.is_authenticated and request.user.password_is_initial):
            return None
        address = reverse("password")
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
