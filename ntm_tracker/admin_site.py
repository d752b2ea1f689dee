"""The admin site of the product: its name, and one door in and out."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.decorators import method_decorator
from django.views.i18n import JavaScriptCatalog

from ntm_tracker.lib.text import sort_key


class ProductAdminSite(AdminSite):
    """Django's admin site without a login of its own: wrong passwords are counted in one place."""

    site_title = "Quản trị nông thôn mới"
    site_header = "Quản trị nông thôn mới"
    index_title = "Danh mục, tài khoản và hồ sơ"
    empty_value_display = "–"
    # The lists are wide; the way back is the path above every page.
    enable_nav_sidebar = False

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the product's login; whoever is signed in has no business here or is already inside."""
        index = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return redirect(index)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME, index))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """On the product's own page, as for everybody."""
        return redirect("password")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from communes.views import LogoutView

        return LogoutView.as_view()(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Return the sections in Vietnamese alphabetical order: Đ comes before T."""
        apps = sorted(super().get_app_list(request, app_label), key=lambda app: sort_key(str(app["name"])))
        for app in apps:
            app["models"].sort(key=lambda model: sort_key(str(model["name"])))
        return apps

    def i18n_javascript(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Add our words to those that Django has for its scripts."""
        return JavaScriptCatalog.as_view(packages=["django.contrib.admin", "ntm_tracker"])(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the detour that would tell for any key whether a record exists: pages link straight."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]
