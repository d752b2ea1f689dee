"""The matrix and one cell: an answer beside that of a bare view, a person's page beside an unrestricted one.

Pages are asked for through Django's test client: with routing, middleware, sign-in and compression on either side
as an installation has them. What they compute is measured as time of the processor.
"""

from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any
from unittest.mock import patch

from django.contrib.auth.decorators import login_not_required
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from communes.models import Commune, User
from communes.querysets import CommuneQuerySet
from criteria.enums import Status
from criteria.matrix_views import matrix_page
from criteria.models import Assessment, AssessmentChange, SubItem
from criteria.services import change_assessment
from ntm_tracker.home import home_of
from tests.benchmarks.harness import Bench, cpu_seconds, returned

PROVINCE = 100
MATRIX = "/matrix/?open=all"


def add_communes(wanted: int) -> None:
    """Copy the first communes with their findings and all changes of these until there are `wanted` tracked ones."""
    originals = list(Commune.objects.of_kind("xa"))
    for number in range(wanted - len(originals)):
        original = originals[number % len(originals)]
        copy = Commune.objects.create(
            code=f"9{number:04d}", name=f"{original.name} {number}", kind="xa", authority=original.authority
        )
        findings = list(Assessment.objects.filter(commune=original).order_by("pk").prefetch_related("changes"))
        changes = [list(finding.changes.all()) for finding in findings]
        for finding in findings:
            finding.pk, finding._state.adding, finding.commune = None, True, copy
        Assessment.objects.bulk_create(findings)
        for finding, entries in zip(findings, changes, strict=True):
            for change in entries:
                change.pk, change._state.adding, change.assessment = None, True, finding
        AssessmentChange.objects.bulk_create(change for entries in changes for change in entries)


def asked(user: User, query: str = "open=all") -> HttpRequest:
    request: Any = RequestFactory().get(f"/matrix/?{query}")
    request.user, request.htmx, request._messages = user, HtmxDetails(request), CookieStorage(request)
    return request


@login_not_required
def bare_view(request: HttpRequest, key: int) -> HttpResponse:
    """One query by a key, a few bytes: what Django itself costs."""
    return HttpResponse(str(Assessment.objects.values_list("version", flat=True).get(pk=key)))


def ask(client: Client, url: str) -> HttpResponse:
    response = client.get(url, headers={"accept-encoding": "gzip, br"})
    assert response.status_code == 200, f"{url}: {response.status_code}"
    return response


def signed_in(username: str) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=username), "communes.access.LoginBackend")
    return client


def bare_url() -> str:
    return reverse("bare", args=[Assessment.objects.order_by("pk").values_list("pk", flat=True)[0]])


def show_matrix(user: User) -> None:
    assert matrix_page(asked(user)).status_code == 200


def show_unscoped(user: User) -> None:
    """The same page without the condition of the person's reach."""
    with patch.object(CommuneQuerySet, "visible_to", lambda self, user: self):
        show_matrix(user)


def weight(call: Callable[[], HttpResponse]) -> Callable[[], int]:
    return lambda: len(call().content)


def only_communes(count: int, call: Callable[[], Any]) -> Callable[[], Any]:
    """Call with the first `count` communes of the reach."""
    keys = list(Commune.objects.of_kind("xa").order_by("pk").values_list("pk", flat=True)[:count])

    def called() -> Any:
        with patch.object(CommuneQuerySet, "visible_to", lambda self, user: self.filter(pk__in=keys)):
            return call()

    return called


class SavedCell:
    """One cell of the matrix that is saved again and again, each time with another status."""

    def __init__(self, user: User, place: int):
        self.user, self.statuses = user, cycle([Status.NOT_MET, Status.MET])
        self.finding = Assessment.objects.select_related("commune", "sub_item").order_by("pk")[place]

    def save(self) -> None:
        """As the product saves: compare the version, write finding and change, commit."""
        self.finding = change_assessment(
            commune=self.finding.commune,
            sub_item=self.finding.sub_item,
            status=next(self.statuses),
            by=self.user,
            expected_version=self.finding.version,
        )

    def update(self) -> None:
        """One bare UPDATE, committed."""
        with transaction.atomic():
            Assessment.objects.filter(pk=self.finding.pk).update(status=next(self.statuses))


def dashboard_sql(user: User) -> Callable[[], None]:
    """Return what runs the dashboard's own queries bare."""
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        home_of(user)
    statements = [query["sql"] for query in captured.captured_queries]

    def run() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                cursor.fetchall()

    return run


def benches() -> list[Bench]:
    """Return R1, R2, R4, R6, R7 and the times and weights of F4."""
    add_communes(PROVINCE)
    user = User.objects.select_related("authority").get(username="huyen")
    unassessed = SubItem.objects.filter(assessments__isnull=True).exists()
    assert not unassessed, "every sub-item has findings in the demonstration"
    page = partial(ask, signed_in("huyen"), MATRIX)
    bare = partial(ask, Client(HTTP_HOST="localhost"), bare_url())
    matrix = partial(show_matrix, user)
    beside_bare = partial(Bench, against=bare, figure=cpu_seconds, repeats=31)
    alone = partial(Bench, "F4", against=None)
    small, large = only_communes(20, page), only_communes(100, page)
    return [
        beside_bare("R1", "bảng 20 xã × 57 / view trần một truy vấn, CPU", small, target=25),
        beside_bare("R2", "bảng 100 xã × 57 / view trần một truy vấn, CPU", large, target=60),
        alone("bảng 20 xã × 57, CPU của máy chủ", small, target=15, figure=cpu_seconds),
        alone("bảng 100 xã × 57, CPU của máy chủ", large, target=40, figure=cpu_seconds),
        alone("bảng 20 xã × 57, đã nén", weight(small), target=10_000, repeats=1, figure=returned, unit="B"),
        alone("bảng 100 xã × 57, đã nén", weight(large), target=30_000, repeats=1, figure=returned, unit="B"),
        Bench(
            "R4",
            "lưu một ô có phiên bản và lịch sử / một UPDATE",
            SavedCell(user, 0).save,
            SavedCell(user, 1).update,
            target=2.5,
            repeats=61,
        ),
        Bench("R6", "trang tổng quan / SQL của chính nó", partial(home_of, user), dashboard_sql(user), target=2),
        Bench("R7", "bảng trong phạm vi / không giới hạn", matrix, partial(show_unscoped, user), target=1.3),
    ]
