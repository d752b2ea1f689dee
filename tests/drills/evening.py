"""C9: the evening of the 15th. Two hundred communes file over slow lines while thirty officers look at pages."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from queue import Empty, Queue
from statistics import quantiles
from threading import Event, Thread
from time import monotonic, sleep

from django.core.management import call_command
from django.urls import reverse

from communes.enums import Role
from communes.models import Commune
from criteria.enums import ReportEventKind
from criteria.models import MonthlyReport, ReportEvent, SubItem
from criteria.reports.opening import open_report
from ntm_tracker.lib import clock
from tests.drills.matrix import make_matrix
from tests.drills.officers import said, served, wait_until_well
from tests.drills.results import Result
from tests.drills.visitor import Visitor
from tests.factories import make_user
from tests.lib.files import make_pdf, pdf_stream

REPORTS, MEGABYTES, LINES, RATE = 200, 5, 60, 64_000  # bytes a second
OFFICERS, LOOKS_EVERY = 30, 5.0  # seconds
WANTED = 0.5  # seconds, 95 of 100 pages
CONTROL_SECONDS = 60
FILES_NICE = 5  # those who look at pages come first
FRONT = """\
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 12m;
    upstream pages {{ server 127.0.0.1:{pages}; }}
    upstream files {{ server 127.0.0.1:{files}; }}
    map "$content_type $request_uri" $pool {{
        default                          pages;
        "~^multipart/"                   files;
        "~/(pdf|docx|xlsx|submit|issue|exchange)" files;
        "~[?&]format="                   files;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://$pool;
            proxy_read_timeout 120s;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""


@dataclass
class Seen:
    """What the people of an evening went through."""

    pages: list[float] = field(default_factory=list)  # seconds
    unanswered: int = 0
    faults: list[str] = field(default_factory=list)
    filed: list[int] = field(default_factory=list)  # keys of the communes whose receipt came

    @property
    def slow_page(self) -> float:
        """The 95th of 100 pages in seconds; without an answered page there is none."""
        return quantiles(self.pages, n=20, method="inclusive")[18] if len(self.pages) > 1 else float("inf")


def drill(sub_items: list[SubItem], folder: Path, reports: int = REPORTS) -> list[Result]:
    """Let `reports` communes file behind a buffering front; then, shortly, without one."""
    if not shutil.which("nginx"):
        return [Result("C9", "the evening of the 15th", "nginx is not installed", "", None)]
    call_command("collectstatic", interactive=False, verbosity=0)
    communes = make_matrix(sub_items[:57], communes=reports).communes
    with (
        served("ntm_tracker.wsgi", folder / "pages.log") as pages,
        served("ntm_tracker.wsgi", folder / "files.log", nice=FILES_NICE) as files,
        front(folder, pages, files) as buffered,
    ):
        seen = evening(communes, buffered)
    others = make_matrix(sub_items[:57], communes=LINES).communes
    with served("ntm_tracker.wsgi", folder / "unbuffered.log") as port:
        control = evening(others, port, seconds=CONTROL_SECONDS)
    once = ReportEvent.objects.filter(kind=ReportEventKind.SUBMITTED, report__commune__in=communes)
    stamped = MonthlyReport.objects.filter(commune__in=communes, first_submitted_at__isnull=False)
    return [
        Result(
            "C9",
            f"{reports} reports with {MEGABYTES} MB over {LINES} lines of 64 kB/s: all filed, each once",
            f"{len(seen.filed)} receipts, {once.count()} sendings, {stamped.count()} times of acceptance",
            "",
            len(seen.filed) == once.count() == stamped.count() == reports,
        ),
        Result("C9", "0 faults (5xx, refused, unanswered)", said(seen.faults), "", not seen.faults),
        Result(
            "C9",
            "pages for the officers meanwhile: p95 ≤ 500 ms",
            f"{seen.slow_page * 1000:.0f} ms of {len(seen.pages):,} pages",
            f"without the front: {control.unanswered} unanswered, p95 {control.slow_page * 1000:.0f} ms",
            seen.slow_page <= WANTED and (control.unanswered > 0 or control.slow_page > WANTED),
        ),
    ]


def evening(communes: list[Commune], port: int, seconds: float | None = None) -> Seen:
    """File for all `communes` (or as many as `seconds` allow) while the officers look at pages."""
    seen, over = Seen(), Event()
    authority = communes[0].authority
    month = clock.today().replace(day=1)
    clerks = [Clerk(commune, port) for commune in communes]
    readers = [Visitor(make_user(authority=authority), port) for _ in range(OFFICERS)]
    for clerk in clerks:
        open_report(commune=clerk.commune, month=month, by=clerk.user, at=clock.now())
    for visitor in (*clerks, *readers):
        visitor.sign_in()
    queue: Queue[Clerk] = Queue()
    for clerk in clerks:
        queue.put(clerk)
    lines = [Thread(target=file_all, args=(queue, seen, over), daemon=True) for _ in range(LINES)]
    looks = [
        Thread(target=look_around, args=(reader, at, seen, over), daemon=True) for at, reader in enumerate(readers)
    ]
    for thread in (*lines, *looks):
        thread.start()
    if seconds:
        sleep(seconds)
    else:
        for thread in lines:
            thread.join()
    over.set()
    for thread in looks:
        thread.join(60)
    return seen


class Clerk(Visitor):
    """Files the report of one commune: a file over a slow line, then the report itself."""

    def __init__(self, commune: Commune, port: int):
        super().__init__(make_user(Role.COMMUNE, commune=commune, authority=commune.authority), port)
        self.commune = commune

    def file(self, content: bytes) -> str:
        """Return what went wrong, "" when the receipt came."""
        month = clock.today().replace(day=1)
        self.ask("GET", reverse("evidence:board", args=[self.commune.code]))
        status, body = self.trickle(
            reverse("evidence:upload", args=[self.commune.code]), {"part": "outcomes"}, content, RATE
        )
        if status != HTTPStatus.OK or "Không nhận" in body:
            return f"{status} for the file of {self.commune}"
        address = reverse("reports:submit", args=[self.commune.code, month])
        status, body = self.ask("GET", address)
        hidden = dict(re.findall(r'name="(version|seen)" value="(\w+)"', body))
        today = f"{clock.today():%d/%m/%Y}"
        form = {"number": "", "dated": today, "post": "chairman", "signer": "", **hidden}
        status, body = self.ask("POST", address, form)
        return "" if status == HTTPStatus.FOUND else f"{status} for the report of {self.commune}"


def file_all(waiting: "Queue[Clerk]", seen: Seen, over: Event) -> None:
    while not over.is_set():
        try:
            clerk = waiting.get_nowait()
        except Empty:
            return
        try:
            problem = clerk.file(large_pdf())
        except (OSError, HTTPException) as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            seen.faults.append(problem)
        else:
            seen.filed.append(clerk.commune.pk)


def look_around(reader: Visitor, number: int, seen: Seen, over: Event) -> None:
    addresses = [reverse(name) for name in ("matrix", "communes:list", "reports:board", "home")]
    over.wait(LOOKS_EVERY * number / OFFICERS)
    count = number
    while not over.is_set():
        count += 1
        began = monotonic()
        try:
            status, _ = reader.ask("GET", addresses[count % len(addresses)])
        except (OSError, HTTPException):
            seen.unanswered += 1
            continue
        seen.pages.append(monotonic() - began)
        if status != HTTPStatus.OK:
            seen.faults.append(f"{status} for {addresses[count % len(addresses)]}")
        over.wait(LOOKS_EVERY)


def large_pdf() -> bytes:
    """A page with a scan's worth of bytes that cannot be packed, other ones each time."""
    return make_pdf(b"", pdf_stream(b"", b"", packed=os.urandom(MEGABYTES * 1_000_000)))


@contextlib.contextmanager
def front(folder: Path, pages: int, files: int) -> Iterator[int]:
    """nginx before the application, as the README describes it; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.chmod(0o755)
    configuration = folder / "nginx.conf"
    configuration.write_text(FRONT.format(folder=folder, port=port, pages=pages, files=files))
    command = ["nginx", "-c", str(configuration), "-e", str(folder / "nginx-error.log"), "-g", "daemon off;"]
    if os.geteuid() == 0:
        command[-1] += " user root;"
    server = subprocess.Popen(command)
    try:
        wait_until_well(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(10)
