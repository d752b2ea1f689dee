"""C7: what is acknowledged is on the disk: the kernel's own account of each sending, by strace.

Between the request and the first byte of its answer the report's file must be synced, and after it the database.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from time import sleep

from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from criteria.models import MonthlyReport, SubItem
from criteria.reports.snapshot import frozen_now
from ntm_tracker.lib import clock
from tests.drills.officers import wait_until_well
from tests.drills.reports import fresh, make_drafts, make_office
from tests.drills.results import Result
from tests.drills.visitor import Visitor

CALLS = "trace=fsync,fdatasync,rename,sendto,recvfrom"
LINE = re.compile(r"^(?P<pid>\d+)\s+(?P<at>\d+\.\d+) (?P<call>.*)$")
BEGUN = re.compile(r"^(?P<name>fsync|fdatasync)\(\d+<(?P<path>[^>]*)>")
RESUMED = re.compile(r"^<\.\.\. (?P<name>fsync|fdatasync) resumed>")
SENT = "POST /reports/"
FILES = "/media/reports/"
ANSWERED = '"HTTP/1.1 '


@dataclass(frozen=True)
class Call:
    """One call as it ended: when, what, on which file or with which first bytes."""

    at: float
    pid: int
    name: str
    detail: str


@dataclass(frozen=True)
class Account:
    """How many sendings were answered, and of how many the file and the database were on the disk by then."""

    answered: int
    files: int
    database: int


def drill(sub_items: list[SubItem], folder: Path, count: int) -> list[Result]:
    """Send `count` reports through the server and read the kernel's account; then the control that syncs nothing."""
    if shutil.which("strace") is None:
        return [Result("C7", "on the disk before the answer", "strace is not installed", "", None)]
    call_command("collectstatic", interactive=False, verbosity=0)
    ours = traced("ntm_tracker.wsgi", sub_items, folder, count)
    control = traced("tests.drills.unsynced_wsgi", sub_items, folder, max(5, count // 10))
    return [
        Result(
            "C7",
            f"{count} sendings: file and database on the disk before the first byte",
            f"{ours.files} files and {ours.database} commits of {ours.answered} answers",
            f"nothing synced: {control.files} files, {control.database} commits of {control.answered}",
            ours.files == ours.database == ours.answered == count
            and control.files + control.database < control.answered,
        )
    ]


def traced(application: str, sub_items: list[SubItem], folder: Path, count: int) -> Account:
    office = make_office(sub_items)
    reports = make_drafts(office, count)
    account = folder / f"{application}.strace"
    with server_under_strace(application, account) as port, database_under_strace(folder) as of_database:
        visitor = Visitor(office.clerk, port)
        visitor.sign_in()
        visitor.ask("GET", reverse("home"))  # its form bears the token of the new session
        for report in reports:
            send(visitor, report)
        sleep(1)  # strace writes its last lines
    calls = sorted([*read(account), *(read(of_database) if of_database else [])], key=lambda call: call.at)
    return accounted(calls)


def send(visitor: Visitor, report: MonthlyReport) -> None:
    """Send as the confirmation's form does."""
    current = fresh(report)
    shown = frozen_now(current)
    form = {
        "number": "",
        "dated": clock.vn_date(clock.today()),
        "post": "chairman",
        "signer": "",
        "version": str(shown.version),
        "seen": shown.fingerprint,
    }
    status, _ = visitor.ask("POST", reverse("reports:submit", args=[current.commune.code, current.month]), form)
    if status != HTTPStatus.FOUND:
        raise RuntimeError(f"the sending of {report} was answered with {status}")


# The account


def read(account: Path) -> Iterator[Call]:
    """Give the calls of interest, each at the moment when it ended."""
    waiting: dict[int, str] = {}
    for line in account.read_text(errors="replace").splitlines():
        if not (found := LINE.match(line)):
            continue
        pid, at, call = int(found["pid"]), float(found["at"]), found["call"]
        if begun := BEGUN.match(call):
            if "<unfinished" in call:
                waiting[pid] = begun["path"]
            else:
                yield Call(at, pid, "sync", begun["path"])
        elif RESUMED.match(call):
            yield Call(at, pid, "sync", waiting.pop(pid, ""))
        elif call.startswith("rename(") and FILES in call:
            yield Call(at, pid, "placed", "")
        elif SENT in call and "submit" in call:
            yield Call(at, pid, "request", "")
        elif ANSWERED in call:
            yield Call(at, pid, "answer", "")


def accounted(calls: Iterable[Call]) -> Account:
    """Count the answers to sendings before which the file was synced and then, once it had its name, the database."""
    begun: dict[int, float] = {}
    placed: dict[int, float] = {}
    syncs: list[Call] = []
    answered = files = database = 0
    for call in calls:
        if call.name == "request":
            begun[call.pid] = call.at
        elif call.name == "placed":
            placed[call.pid] = call.at
        elif call.name == "sync":
            syncs.append(call)
        elif call.pid in begun:
            since = begun.pop(call.pid)
            named = placed.pop(call.pid, call.at)
            answered += 1
            files += any(since < sync.at <= named and FILES in sync.detail for sync in syncs)
            database += any(named < sync.at <= call.at and is_database(sync.detail) for sync in syncs)
    return Account(answered, files, database)


def is_database(path: str) -> bool:
    return "/pg_wal/" in path or ".sqlite3" in path


# Under strace


@contextlib.contextmanager
def server_under_strace(application: str, account: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--workers", "1", "--timeout", "120", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", f"{application}:application", *options]
    with strace(account, *command) as server:
        wait_until_well(port, server)
        yield port


@contextlib.contextmanager
def database_under_strace(folder: Path) -> Iterator[Path | None]:
    """Follow the database's server, where there is one on this machine."""
    if connection.vendor != "postgresql":
        yield None
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    status = Path(f"/proc/{backend}/status").read_text()
    server = re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)
    if server is None:
        raise RuntimeError("the database's server does not run on this machine")
    account = folder / "postgresql.strace"
    children = Path(f"/proc/{server[1]}/task/{server[1]}/children").read_text().split()
    with strace(account, *(part for pid in (server[1], *children) for part in ("-p", pid))):
        sleep(1)  # until it follows
        yield account


@contextlib.contextmanager
def strace(account: Path, *what: str) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        ["strace", "-f", "-ttt", "-y", "-s", "300", "-e", CALLS, "-o", str(account), *what],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        # The whole group: strace alone would leave the server that it follows behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
