"""Signing in and out."""

from typing import Any

from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from communes.forms import LoginForm
from communes.typed import FIELD, leave_typed


class LoginView(auth_views.LoginView):
    """Name and password; whoever is signed in already goes on to the home page."""

    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and keep for the page that comes next what was typed there before the session ran out."""
        response = super().form_valid(form)
        leave_typed(self.request)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{FIELD: self.request.POST.get(FIELD, ""), **kwargs})


class LogoutView(auth_views.LogoutView):
    """By POST only; the browser is told to forget what it kept."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


def locked_out(request: HttpRequest, credentials: dict | None = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords: say so and say for how long (django-axes)."""
    return render(request, "locked_out.html", status=429)
