"""Signing in and out."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods
from django.views.generic import FormView

from communes.activation import HOURS, tokens
from communes.forms import FirstPasswordForm, LoginForm, PasswordForm
from communes.models import User
from communes.typed import FIELD, leave_typed
from ntm_tracker.lib.htmx import UNWRITTEN
from ntm_tracker.lib.throttle import Throttle, person_of

WRONG_PASSWORDS = Throttle("wrong-passwords", most=5, seconds=900, by=person_of)


class LoginView(auth_views.LoginView):
    """Name and password; whoever is signed in already goes on to the home page."""

    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and keep for the page that comes next what was typed there before the session ran out."""
        response = super().form_valid(form)
        leave_typed(self.request)
        if self.request.POST.get("expired") == UNWRITTEN:
            messages.warning(self.request, "Thay đổi vừa rồi chưa được ghi vì phiên đăng nhập đã hết. Mời làm lại.")
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the form what the end of the session met, and hand on what was typed; also after a wrong password."""
        asked = self.request.POST or self.request.GET
        told = {FIELD: self.request.POST.get(FIELD, ""), "expired": asked.get("expired", "")}
        return super().get_context_data(**{**told, **kwargs})


class OwnPasswordView(FormView):
    """A form in which a person chooses a password."""

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class PasswordView(OwnPasswordView, auth_views.PasswordChangeView):
    """A person's own password; other computers on which they are signed in have to sign in anew.

    Who found a computer that was left signed in can't go on guessing the one before.
    """

    form_class = PasswordForm
    template_name = "communes/password.html"
    success_url = reverse_lazy("account")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if WRONG_PASSWORDS.is_spent(request):
            messages.error(request, "Đã gõ sai mật khẩu đang dùng nhiều lần. Mời chờ 15 phút rồi đổi lại.")
            return redirect("account")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Đã đổi mật khẩu. Máy khác đang dùng tài khoản này phải đăng nhập lại.")
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        if "old_password" in form.errors:
            WRONG_PASSWORDS.count(self.request)
        return super().form_invalid(form)


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class StartView(OwnPasswordView, auth_views.PasswordResetConfirmView):
    """Where the owner of a new account chooses a password and is signed in; the address works once."""

    token_generator = tokens
    form_class = FirstPasswordForm
    template_name = "communes/start.html"
    success_url = reverse_lazy("home")
    post_reset_login = True
    post_reset_login_backend = "communes.access.LoginBackend"

    extra_context = {"hours": HOURS}

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active else None


class LogoutView(auth_views.LogoutView):
    """By POST only; the browser is told to forget what it kept."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


def locked_out(request: HttpRequest, credentials: dict | None = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords: say so and say for how long (django-axes)."""
    return render(request, "locked_out.html", status=429)
