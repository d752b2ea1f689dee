"""C1: thirty officers work on one matrix through the pages, five of them on the same row."""

import contextlib
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from statistics import quantiles
from threading import Event, Thread
from time import monotonic, sleep

from django.core.management import call_command
from django.urls import reverse

from communes.models import User
from criteria.models import SubItem
from tests.drills.ledger import Cell, Records, Verdict, Written, compare, read_records
from tests.drills.matrix import UNIT, Matrix, make_matrix
from tests.drills.results import Result
from tests.drills.visitor import Visitor
from tests.drills.writers import Place
from tests.factories import make_user

OFFICERS, SAME_ROW, WORKERS = 30, 5, 2
EDIT_EVERY = 1.0  # seconds
LOOKS_FOR = 0.3  # seconds between opening a cell of the shared row and saving it
RACED = 6  # cells of the shared row, so that the five do meet
CONTROL_MINUTES = 0.25
START_WITHIN = 60

# What a loser of a race reads: the other officer's value, and the reason that names that officer.
THE_OTHER = re.compile(rf"\((\d+) {UNIT}\), lý do: “(\d+)/(\d+)”")


@dataclass
class Seen:
    """What one officer, or all of them, went through."""

    acknowledged: list[Written] = field(default_factory=list)
    conflicts: int = 0
    faults: list[str] = field(default_factory=list)  # answers that should not have come
    silent: list[str] = field(default_factory=list)  # conflicts that did not show the other's value
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Day:
    """One run: what the officers saw and what was left in the database."""

    seen: Seen
    records: Records
    verdict: Verdict
    minutes: float

    @property
    def changes(self) -> int:
        return sum(len(changes) for changes in self.records.changes.values())

    @property
    def milliseconds(self) -> tuple[float, float]:
        """The median and the 95th of 100 saves."""
        cuts = quantiles(self.seen.seconds, n=20, method="inclusive") if len(self.seen.seconds) > 1 else [0.0] * 19
        return cuts[9] * 1000, cuts[18] * 1000


class Officer(Visitor, Thread):
    """A person with a session: signs in through the form, then saves one finding a second."""

    def __init__(self, number: int, user: User, port: int, places: list[Place], *, looks_first: bool):
        Thread.__init__(self, daemon=True)
        Visitor.__init__(self, user, port)
        self.number, self.places, self.looks_first = number, places, looks_first
        self.versions: dict[Cell, int] = {}
        self.seen = Seen()
        self.begins, self.ends = Event(), Event()

    def sign_in(self) -> None:
        super().sign_in()
        status, _ = self.ask("GET", reverse("matrix"))  # opens the matrix, as everybody does first
        if status != HTTPStatus.OK:
            raise RuntimeError(f"the matrix answered {status}")

    def run(self) -> None:
        random = Random(self.number)
        self.begins.wait()
        due, count = monotonic() + self.number * EDIT_EVERY / OFFICERS, 0
        while not self.ends.wait(max(0.0, due - monotonic())):
            due = max(due + EDIT_EVERY, monotonic())
            count += 1
            try:
                self.edit(random.choice(self.places), count)
            except (OSError, HTTPException) as error:
                self.seen.faults.append(f"{type(error).__name__}: {error}")

    def edit(self, place: Place, count: int) -> None:
        """Save one cell; who has the row alone knows its versions from the answers, the others look first."""
        commune, sub_item = place
        cell = (commune.pk, sub_item.pk)
        address = reverse("communes:cell", args=[commune.code, sub_item.code])
        part = {"HX-Request": "true", "HX-Current-URL": f"https://127.0.0.1:{self.port}{reverse('matrix')}"}
        if self.looks_first:
            self.note(cell, self.ask("GET", address, **part)[1])
            sleep(LOOKS_FOR)
        seen, token = self.versions.get(cell, 0), f"{self.number}/{count}"
        form = {"status": "met", "value": str(count), "reason": token, "version": str(seen)}
        began = monotonic()
        status, body = self.ask("POST", address, form, **part)
        self.seen.seconds.append(monotonic() - began)
        if status == HTTPStatus.OK:
            self.seen.acknowledged.append(Written(cell, token, seen))
        elif status == HTTPStatus.CONFLICT:
            self.seen.conflicts += 1
            if not self.shows_the_other(body):
                self.seen.silent.append(token)
        else:
            self.seen.faults.append(f"{status} for {address}")
        self.note(cell, body)

    def shows_the_other(self, body: str) -> bool:
        found = THE_OTHER.search(" ".join(body.split()))
        return bool(found and int(found[2]) != self.number and found[1] == found[3])

    def note(self, cell: Cell, body: str) -> None:
        if found := re.search(r'data-version="(\d+)"', body):
            self.versions[cell] = int(found[1])


def drill(sub_items: list[SubItem], folder: Path, minutes: float) -> list[Result]:
    """Let the officers work `minutes` on the product, then shortly on the variant that compares no versions."""
    call_command("collectstatic", interactive=False, verbosity=0)
    day = work(make_matrix(sub_items), folder, "ntm_tracker.wsgi", minutes)
    unchecked = work(make_matrix(sub_items), folder, "tests.drills.unchecked_wsgi", min(minutes, CONTROL_MINUTES))
    seen, written = day.seen, len(day.seen.acknowledged)
    half, most = day.milliseconds
    rate = written / minutes / 60
    lost, control = len(day.verdict.lost), len(unchecked.verdict.lost)
    return [
        Result(
            "C1",
            f"{OFFICERS} officers, {minutes:g} minutes: 0 lost",
            f"{lost} lost of {written:,} acknowledged ({rate:.1f} a second)",
            f"version check off: {control} lost of {len(unchecked.seen.acknowledged):,}",
            lost == 0 and written > 0 and control > 0,
        ),
        Result("C1", "0 faults (5xx, refused, unanswered)", said(seen.faults), "", not seen.faults),
        Result(
            "C1",
            "every loser sees the other's value",
            f"{seen.conflicts - len(seen.silent)} of {seen.conflicts} conflicts",
            f"version check off: {unchecked.seen.conflicts} conflicts",
            not seen.silent and seen.conflicts > 0,
        ),
        Result(
            "C1",
            "changes recorded = edits acknowledged",
            f"{day.changes:,} and {written:,}",
            "",
            day.changes == written and not day.verdict.unexplained,
        ),
        # Seconds say as much about the machine and its other work as about the code.
        Result("C1", "time of a save (wanted: p95 ≤ 300 ms)", f"p50 {half:.0f} ms, p95 {most:.0f} ms", "", None),
    ]


def said(faults: list[str]) -> str:
    return f"{len(faults)}, the first: {faults[0]}" if faults else "0"


def work(matrix: Matrix, folder: Path, application: str, minutes: float) -> Day:
    """Serve `application`, let thirty officers edit `matrix` for `minutes`, and compare."""
    with served(application, folder / f"{application}.log") as port:
        officers = [officer(number, matrix, port) for number in range(OFFICERS)]
        for person in officers:
            person.sign_in()
            person.start()
        for person in officers:
            person.begins.set()
        sleep(minutes * 60)
        for person in officers:
            person.ends.set()
        for person in officers:
            person.join()
    seen = Seen()
    for person in officers:
        seen.acknowledged += person.seen.acknowledged
        seen.conflicts += person.seen.conflicts
        seen.faults += person.seen.faults
        seen.silent += person.seen.silent
        seen.seconds += person.seen.seconds
    records = read_records().of({commune.pk for commune in matrix.communes})
    return Day(seen, records, compare(seen.acknowledged, records), minutes)


def officer(number: int, matrix: Matrix, port: int) -> Officer:
    """The first five share the first row; each of the others has cells that nobody else edits."""
    user = make_user(authority=matrix.authority)
    if number < SAME_ROW:
        places = [(matrix.communes[0], sub_item) for sub_item in matrix.sub_items[:RACED]]
        return Officer(number, user, port, places, looks_first=True)
    rest = [(commune, sub_item) for commune in matrix.communes[1:] for sub_item in matrix.sub_items]
    return Officer(number, user, port, rest[number - SAME_ROW :: OFFICERS - SAME_ROW], looks_first=False)


@contextlib.contextmanager
def served(application: str, log: Path, nice: int = 0) -> Iterator[int]:
    """Serve `application` with as many workers as the machine that the README describes; give the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--workers", str(WORKERS), "--timeout", "60", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    with log.open("wb") as output:
        command = ["nice", "-n", str(nice), sys.executable, "-m", "gunicorn", f"{application}:application", *options]
        server = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait_until_well(port, server)
            yield port
        finally:
            server.terminate()
            server.wait()
    for line in log.read_text(errors="replace").splitlines():
        if "ERROR" in line:
            print(line, file=sys.stderr)


def wait_until_well(port: int, server: subprocess.Popen) -> None:
    until = monotonic() + START_WITHIN
    while monotonic() < until and server.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", reverse("healthz"), headers={"Host": "127.0.0.1"})
            if connection.getresponse().status == HTTPStatus.OK:
                return
        sleep(0.2)
    raise RuntimeError("the server did not start")
