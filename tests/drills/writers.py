"""Processes of their own, each with its own connection, that write findings without a pause."""

import multiprocessing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from random import Random
from typing import Any

from django.db import DatabaseError, connection, connections

from communes.models import Commune
from criteria.enums import Status
from criteria.exceptions import SomebodyWasFaster
from criteria.models import Assessment, SubItem
from criteria.services import change_assessment
from tests.drills.ledger import Records, Verdict, Written, compare, read_records
from tests.drills.unchecked import version_check_off

LONGEST = 900  # seconds that a process may take before the drill has failed
HOT_SHARE = 1 / 3  # of the writes go to the few cells that everybody wants

Place = tuple[Commune, SubItem]


@dataclass(frozen=True)
class Job:
    """What every one of `writers` processes does: `writes` writes on `cells`, a third of them on `hot` cells."""

    database: dict[str, Any]
    cells: list[Place]
    hot: list[Place]
    writers: int
    writes: int
    checked: bool = True


@dataclass
class Report:
    """What one writer saw, or all of them together."""

    acknowledged: list[Written] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    conflicts: int = 0


@dataclass(frozen=True)
class Outcome:
    report: Report
    verdict: Verdict


def race(job: Job) -> Outcome:
    """Let all writers begin at the same moment; hold what they were told against what is there."""
    together = Report()
    for report in in_processes(
        job.database, [lambda number=number: write(job, number) for number in range(job.writers)]
    ):
        together.acknowledged += report.acknowledged
        together.refused += report.refused
        together.conflicts += report.conflicts
    records: Records = in_processes(job.database, [read_records])[0]
    ours = records.of({commune.pk for commune, _ in [*job.cells, *job.hot]})
    return Outcome(together, compare(together.acknowledged, ours))


def write(job: Job, number: int) -> Report:
    """One writer: it reads again where somebody was faster, counts any other refusal and goes on."""
    if not job.checked:
        version_check_off.start()
    random, report = Random(number), Report()
    for count in range(job.writes):
        place = random.choice(job.hot if random.random() < HOT_SHARE else job.cells)
        try:
            report.acknowledged.append(write_until_acknowledged(place, f"{number}/{count}", report))
        except DatabaseError as error:
            report.refused.append(str(error))
    return report


def write_until_acknowledged(place: Place, token: str, report: Report) -> Written:
    commune, sub_item = place
    rows = Assessment.objects.filter(commune=commune, sub_item=sub_item).values_list("version", flat=True)
    while True:
        seen = rows.first() or 0
        try:
            change_assessment(
                commune=commune, sub_item=sub_item, status=Status.MET, by=None, expected_version=seen, reason=token
            )
        except SomebodyWasFaster:
            report.conflicts += 1
        else:
            return Written((commune.pk, sub_item.pk), token, seen)


def in_processes(database: dict[str, Any], calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run each call in a forked process connected to `database`, all begun at once; return what they return.

    Raises `RuntimeError` when one of them ends without an answer.
    """
    close_connections()  # a connection shared by two processes would serve neither
    fork = multiprocessing.get_context("fork")
    calls, start = list(calls), fork.Event()
    started = []
    for call in calls:
        here, there = fork.Pipe(duplex=False)
        process = fork.Process(target=_answer, args=(there, start, database, call), daemon=True)
        process.start()
        there.close()
        started.append((process, here))
    start.set()
    try:
        return [_answer_of(here) for _, here in started]
    finally:
        for process, here in started:
            here.close()
            process.terminate()
            process.join()


def close_connections() -> None:
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()


def _answer(there: Connection, start: Any, database: dict[str, Any], call: Callable[[], Any]) -> None:
    connect_to(database)
    start.wait()
    there.send(call())
    close_connections()


def _answer_of(here: Connection) -> Any:
    if not here.poll(LONGEST):
        raise RuntimeError("a process has not answered")
    try:
        return here.recv()
    except EOFError:
        raise RuntimeError("a process ended without an answer; what it said stands above") from None


def connect_to(database: dict[str, Any]) -> None:
    """Make `database` this process's only one, with Django's defaults where it says nothing."""
    connections.settings["default"] = connections.configure_settings({"default": dict(database)})["default"]
    connections["default"] = connections.create_connection("default")
