"""Pages: our list of notices beside the plain Django admin list of the same 100 rows."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import reverse

from tasks import views
from tasks.models import Notice
from tests.benchmarks.harness import Bench, returned

ROWS = 100


class PlainNoticeAdmin(ModelAdmin):
    """What Django gives for a list of columns, and nothing else."""

    list_display = ["sign", "commune", "subject", "session_on", "issued_on", "status"]
    list_select_related = ["commune"]
    list_filter = ["status"]
    search_fields = ["search_key"]
    list_per_page = ROWS

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        """To everybody, as to Django's superuser, which the product doesn't know."""
        return True

    has_module_permission = has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def changelist_view(self, request: Any, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse):
            response.using = "stock"
        return response


plain_site = AdminSite("plain")
plain_site.register(Notice, PlainNoticeAdmin)


def add_notices() -> None:
    """Copy the demonstration's first notice until there are 100."""
    original = Notice.objects.order_by("pk").first()
    assert original, "load_demo made no notice"
    for turn in range(ROWS - Notice.objects.count()):
        copy = Notice.objects.get(pk=original.pk)
        copy.pk, copy._state.adding = None, True
        copy.reference, copy.number = f"bench-{turn}", 1000 + turn
        copy.session_on = original.session_on - timedelta(days=turn)
        copy.save()


def get(client: Client, url: str) -> HttpResponse:
    response = client.get(url, headers={"accept-encoding": "gzip, br"})
    assert response.status_code == 200, f"{url}: {response.status_code}"
    return response


def cold_bytes(client: Client, url: str) -> int:
    """What a browser that has never been here transfers: the page and the files that it names, compressed."""
    response = get(client, url)
    page = client.get(url).content.decode()
    files = set(re.findall(rf'(?:href|src)="{settings.STATIC_URL}([^"#]+)', page))
    return len(response.content) + sum(transferred(name) for name in with_imports(files))


def with_imports(names: set[str]) -> set[str]:
    """Add the style sheets that the style sheets among `names` import."""
    found = set(names)
    for name in [name for name in names if name.endswith(".css")]:
        path = Path(settings.STATIC_ROOT) / name
        imports = re.findall(r"@import\s+(?:url\()?[\"']?([^\"')]+)", path.read_text(encoding="utf-8"))
        below = {str((path.parent / other).resolve().relative_to(settings.STATIC_ROOT)) for other in imports}
        found |= with_imports(below)
    return found


def transferred(name: str) -> int:
    """The size of the file as it travels: the smallest of those that collectstatic made."""
    path = Path(settings.STATIC_ROOT) / name
    kinds = [path, path.with_name(path.name + ".br"), path.with_name(path.name + ".gz")]
    return min(kind.stat().st_size for kind in kinds if kind.exists())


def shows_all_rows(client: Client, url: str) -> str:
    """Return `url`; the two lists are compared only when both show the same rows."""
    page = get(client, url) and client.get(url).content.decode()
    missing = [notice.sign for notice in Notice.objects.all() if notice.sign not in page]
    assert not missing, f"{url} does not show {len(missing)} of {ROWS} notices"
    return url


def benches() -> list[Bench]:
    """Return R5: time and cold weight."""
    add_notices()
    views.PAGE_SIZE = ROWS  # both show them all on one page
    client = Client(HTTP_HOST="localhost")
    client.force_login(get_user_model().objects.get(username="quantri"), "communes.access.LoginBackend")
    ours = shows_all_rows(client, reverse("notices:list"))
    plain = shows_all_rows(client, reverse("plain:tasks_notice_changelist"))

    def pair(call: Callable[[Client, str], Any]) -> tuple[partial, partial]:
        return partial(call, client, ours), partial(call, client, plain)

    return [
        Bench("R5", f"danh sách {ROWS} thông báo / trang admin của Django", *pair(get), target=0.5, repeats=31),
        Bench(
            "R5", "cùng trang, lượng tải lần đầu", *pair(cold_bytes), target=0.55, repeats=1, figure=returned, unit="B"
        ),
    ]
