"""Pages on a history of five years beside the same pages on that of the demonstration's three months."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any

from django.db import connection
from django.urls import reverse

from criteria.models import AssessmentChange
from tests.benchmarks.harness import Bench, cpu_seconds, returned
from tests.benchmarks.matrix import ask, signed_in

MONTHS = 60
SHARE = 4  # of the demonstration's changes stand again in every month before it: one in so many
REPEATS = 7


def add_years() -> None:
    """Lay a share of the changes into each month before, so that most cells changed many times in five years."""
    changes = list(AssessmentChange.objects.order_by("pk")[::SHARE])
    last = {change.pk: change.version for change in changes}
    for month in range(1, MONTHS + 1):
        copies = [
            AssessmentChange(
                assessment_id=change.assessment_id,
                status=change.status,
                from_status=change.from_status,
                at=change.at - timedelta(days=30 * month + 90),
                source=change.source,
                version=10_000 + last[change.pk] * (MONTHS + 1) + month,
            )
            for change in changes
        ]
        AssessmentChange.objects.bulk_create(copies, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def usual(page: Callable[[], Any]) -> float:
    """The median of some calls after the first: seconds of the processor."""
    page()
    return median(cpu_seconds(page) for _ in range(REPEATS))


def benches() -> list[Bench]:
    """Return R19. The two can't take turns: what stands against each page is measured before the years are laid."""
    user = signed_in("huyen")
    pages = {
        "trang đầu": partial(ask, user, "/"),
        "bảng tiêu chí của ngày trước": partial(ask, user, "/matrix/?at=2023-03-31"),
        "tổng hợp của huyện": partial(ask, user, reverse("summary:page")),
        "lịch sử của huyện": partial(ask, user, reverse("history:changes")),
    }
    before = {name: usual(page) for name, page in pages.items()}
    add_years()
    return [
        Bench(
            "R19",
            f"{name}, lịch sử năm năm / ba tháng, CPU",
            partial(cpu_seconds, page),
            partial(float, before[name]),
            target=1.5,
            repeats=REPEATS,
            figure=returned,
        )
        for name, page in pages.items()
    ]
