"""C6: a worker killed while it sends a report, at any moment and at every point where it would hurt most."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from random import Random
from statistics import median
from time import monotonic
from typing import Any
from unittest.mock import patch

from django.db import connection

from criteria.models import MonthlyReport, ReportEvent, SubItem
from criteria.reports import flow
from tests.drills.processes import own_database
from tests.drills.reports import Office, make_drafts, make_office, quick_pdf, submit, torn
from tests.drills.results import Result
from tests.drills.writers import close_connections, connect_to, in_processes

STEPS = ("_claim", "content_of", "store_report_file", "_ask_for_verdicts", "tell")
# Right before and after each step of a sending, and on both sides of its commit.
POINTS = [f"{moment} {name}" for name in (*STEPS, "commit") for moment in ("before", "after")]


@dataclass
class Fallen:
    """What was found after the kills."""

    killed: int = 0
    acknowledged: int = 0
    missing: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    unrepeatable: list[str] = field(default_factory=list)


def drill(sub_items: list[SubItem], count: int) -> list[Result]:
    """Kill `count` sendings at random moments and five at each point; then the control without a transaction."""
    office = make_office(sub_items)
    reports = make_drafts(office, count + 5 * len(POINTS))
    usual = usual_seconds(office)
    by_chance = fall(office, reports[:count], usual)
    at_points = fall(office, reports[count:], usual, points=True)
    careless_office = make_office(sub_items)
    careless = fall(careless_office, make_drafts(careless_office, 5 * len(POINTS)), usual, points=True, careless=True)
    return [
        row(f"kill -9 at a random moment × {count}: 0 torn, 0 missing", by_chance, careless),
        row(f"kill -9 at {len(POINTS)} points × 5: 0 torn, 0 missing", at_points, careless),
    ]


def row(figure: str, found: Fallen, careless: Fallen) -> Result:
    return Result(
        "C6",
        figure,
        f"{len(found.torn)} torn, {len(found.missing)} of {found.acknowledged} acknowledged missing, "
        f"{len(found.unrepeatable)} not sent by the next try; {found.killed} died on the way",
        f"each statement its own transaction: {len(careless.torn)} torn",
        not (found.torn or found.missing or found.unrepeatable) and found.killed > 0 and len(careless.torn) > 0,
    )


def usual_seconds(office: Office) -> float:
    """Return how long a sending takes in a process of its own when nobody kills it."""
    spare = make_office(office.sub_items)
    seconds = []
    for report in make_drafts(spare, 7):
        began = monotonic()
        send_and_die(spare, report, lambda started: None)
        seconds.append(monotonic() - began)
    return median(seconds)


def fall(
    office: Office, reports: list[MonthlyReport], usual: float, *, points: bool = False, careless: bool = False
) -> Fallen:
    """Send each report in a process that is killed; look at what stands, then send it as the clerk would again."""
    random, found = Random(6), Fallen()
    told: dict[int, int] = {}
    for place, report in enumerate(reports):
        point = POINTS[place % len(POINTS)] if points else ""
        delay = random.uniform(0, usual)
        event = send_and_die(
            office,
            report,
            lambda child, delay=delay: None if points else kill_after(child, delay),
            point=point,
            careless=careless,
        )
        if event is None:
            found.killed += 1
        else:
            told[report.pk] = event
    found.acknowledged = len(told)
    found.torn, found.missing, found.unrepeatable = in_processes(
        own_database(), [lambda: examine(office, reports, told, repeat=not careless)]
    )[0]
    return found


def examine(
    office: Office, reports: list[MonthlyReport], told: dict[int, int], *, repeat: bool
) -> tuple[list[str], list[str], list[str]]:
    """Return what is torn, what was acknowledged and isn't there, and what the next try couldn't send."""
    wrong, missing, unrepeatable = [], [], []
    for report in reports:
        events = list(ReportEvent.objects.filter(report=report).order_by("pk"))
        current = MonthlyReport.objects.select_related("commune").get(pk=report.pk)
        wrong += [f"{report.pk}: {sentence}" for sentence in torn(current, events)]
        if report.pk in told and told[report.pk] not in {event.pk for event in events}:
            missing.append(str(report.pk))
        if repeat:
            with quick_pdf:
                event = submit(office, report, 1)
            if ReportEvent.objects.filter(report=report).count() != 1 or told.get(report.pk, event) != event:
                unrepeatable.append(str(report.pk))
    return wrong, missing, unrepeatable


# A process that dies


def send_and_die(
    office: Office,
    report: MonthlyReport,
    watch: Callable[[Any], None],
    *,
    point: str = "",
    careless: bool = False,
) -> int | None:
    """Send `report` in a process of its own; return the event that it acknowledged, None where it died before."""
    close_connections()
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    child = fork.Process(target=_send, args=(there, own_database(), office, report, point, careless), daemon=True)
    child.start()
    there.close()
    watch(child)
    child.join(timeout=60)
    try:
        return int(here.recv()) if here.poll() else None
    except EOFError:
        return None
    finally:
        here.close()


def kill_after(child: Any, seconds: float) -> None:
    child.join(timeout=seconds)
    if child.is_alive():
        os.kill(child.pid, signal.SIGKILL)


def _send(
    there: Connection, database: dict[str, Any], office: Office, report: MonthlyReport, point: str, careless: bool
) -> None:
    connect_to(database)
    with ExitStack() as stack:
        stack.enter_context(quick_pdf)
        if careless:
            stack.enter_context(patch("criteria.reports.flow._send", flow._send.__wrapped__))  # type: ignore[attr-defined]
        if point:
            stack.enter_context(dying(*point.split(" ")))
        there.send(submit(office, report, 1))
    close_connections()


@contextmanager
def dying(moment: str, name: str) -> Iterator[None]:
    """Kill this process right before or after the step `name` of a sending."""
    place, kept = (connection, connection._commit) if name == "commit" else (flow, getattr(flow, name))
    calls = iter(range(1_000_000))

    def step(*args: Any, **kwargs: Any) -> Any:
        # What the report says is read twice: the second time in the transaction.
        is_it = name != "content_of" or next(calls) == 0
        if moment == "before" and is_it:
            die()
        answer = kept(*args, **kwargs)
        if is_it:
            die()
        return answer

    with patch.object(place, "_commit" if name == "commit" else name, step):
        yield


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
