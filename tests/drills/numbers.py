"""C3, C4 and C6 of notices: one draft issued twice at once, numbers without gaps, a worker killed while it issues."""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from unittest.mock import patch

from django.db import DatabaseError, connection

from communes.models import Commune, Message, User
from criteria.exceptions import SomebodyWasFaster
from tasks.enums import NoticeStatus
from tasks.exceptions import NotADraft, NotIssued, NumberTaken
from tasks.issuing import services
from tasks.models import Notice, NoticeFile
from tests.drills.processes import own_database
from tests.drills.results import Result
from tests.drills.writers import close_connections, connect_to, in_processes
from tests.factories import make_commune, make_letterhead, make_notice, make_point, make_user

PROCESSES, EACH = 8, 500
CALLERS = 2
SESSION, DAY = date(2023, 4, 5), date(2023, 4, 12)
LOSING = (SomebodyWasFaster, NotADraft, NotIssued, NumberTaken)

# Pages aren't what these drills are about: a PDF is its own number.
quick_pdf = patch("tasks.services.set_pdf", lambda document: f"%PDF {document.number_line}".encode())
# The controls: the draft and the notice are taken without looking whether somebody was faster.
claim_off = patch("tasks.services._claim", lambda notice: None)
# The table would refuse the second PDF: that is the second lock, taken away too, and nobody looks for the PDF.
file_off = patch("tasks.services.store_notice_file", lambda **fields: None)
render_off = patch("tasks.issuing.services.render_soon", lambda notice: None)
claim_issued_off = patch("tasks.issuing.services._claim_issued", lambda notice: None)


@dataclass(frozen=True)
class Desk:
    """An office with a commune and somebody to be told."""

    officer: User
    commune: Commune


def make_desk() -> Desk:
    officer = make_user(authority=make_letterhead().authority)
    commune = make_commune(authority=officer.authority)
    make_user("commune", commune=commune)
    return Desk(officer, commune)


def make_drafts(desk: Desk, count: int) -> list[Notice]:
    drafts = [make_notice(commune=desk.commune, session_on=SESSION) for _ in range(count)]
    make_point(notice=drafts[0], text="Rà soát quy hoạch;")
    return drafts


def issue(desk: Desk, notice: Notice, number: int | None = None) -> int:
    """Issue the draft as it was read; return its number."""
    fresh = Notice.objects.select_related("authority", "commune").get(pk=notice.pk)
    fresh.version, fresh.status = 1, NoticeStatus.DRAFT
    return services.issue(notice=fresh, issued_on=DAY, by=desk.officer, number=number).number or 0


# C4


def numbers_drill(each: int = EACH) -> list[Result]:
    """Issue from several processes at once, every one under the next number; then as one would without the lock."""
    ours, control = numbered(each), numbered(max(20, each // 10), careless=True)
    wanted = list(range(1, PROCESSES * each + 1))
    return [
        Result(
            "C4",
            f"{PROCESSES} processes × {each} issues: unique, no gaps",
            f"{len(ours.numbers):,} issued, {len(set(ours.numbers)):,} numbers up to {max(ours.numbers, default=0):,}, "
            f"{sum(ours.faults.values())} refused {dict(ours.faults) or ''}".strip(),
            f"max()+1 without a lock: {control.faults['NumberTaken']} collided",
            sorted(ours.numbers) == wanted and not ours.faults and control.faults["NumberTaken"] > 0,
        )
    ]


@dataclass
class Given:
    """The numbers that were acknowledged, and the refusals by kind."""

    numbers: list[int] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)


def numbered(each: int, *, careless: bool = False) -> Given:
    desk = make_desk()
    drafts = make_drafts(desk, PROCESSES * each)
    together = Given()
    calls = [lambda part=drafts[place::PROCESSES]: give(desk, part, careless=careless) for place in range(PROCESSES)]
    for given in in_processes(own_database(), calls):
        together.numbers += given.numbers
        together.faults += given.faults
    return together


def give(desk: Desk, drafts: list[Notice], *, careless: bool) -> Given:
    given = Given()
    with quick_pdf:
        for draft in drafts:
            # Looked up before the transaction that uses it, as `max()+1` in a view would.
            number = services.next_number(desk.officer.authority, draft.symbol, DAY.year) if careless else None
            try:
                given.numbers.append(issue(desk, draft, number))
            except (NumberTaken, DatabaseError) as error:
                given.faults[type(error).__name__] += 1
    return given


# C3


def race_drill(count: int = 100) -> list[Result]:
    """Two officers at once: issue the same draft, revoke the same notice, give two drafts the same number."""
    return [
        raced("issue", count, issue_same, (claim_off, file_off, render_off)),
        raced("revoke", count, revoke_same, (claim_issued_off,), prepare=issue_all),
        raced("assign number", count, assign_same),
    ]


def issue_same(desk: Desk, drafts: list[Notice], place: int, caller: int) -> None:
    issue(desk, drafts[place])


def assign_same(desk: Desk, drafts: list[Notice], place: int, caller: int) -> None:
    """Each caller has a draft of its own and both want the same number of the register."""
    issue(desk, drafts[place * CALLERS + caller], number=10_000 + place)


def revoke_same(desk: Desk, drafts: list[Notice], place: int, caller: int) -> None:
    notice = Notice.objects.select_related("authority", "commune").get(pk=drafts[place].pk)
    notice.version, notice.status = 2, NoticeStatus.ISSUED
    services.revoke(notice=notice, reason=f"Người {caller}", by=desk.officer)


def issue_all(desk: Desk, drafts: list[Notice]) -> None:
    with quick_pdf:
        for draft in drafts:
            issue(desk, draft)


Act = Callable[[Desk, list[Notice], int, int], None]


def raced(
    name: str,
    count: int,
    act: Act,
    off: tuple[Any, ...] = (),
    prepare: Callable[[Desk, list[Notice]], None] | None = None,
) -> Result:
    wins = contest(count, act, (), prepare)
    told = "the table's own constraint: no control"
    fails = True
    if off:
        control = contest(max(20, count // 5), act, off, prepare)
        doubled = sum(number > 1 for number in control)
        told, fails = f"comparison off: {doubled} of {len(control)} won twice", doubled > 0
    right = sum(number == 1 for number in wins)
    return Result(
        "C3", f"{name}: {CALLERS} at once × {count}: one wins", f"{right}/{count}", told, right == count and fails
    )


def contest(
    count: int, act: Act, off: tuple[Any, ...], prepare: Callable[[Desk, list[Notice]], None] | None
) -> list[int]:
    """Return how many callers won each of `count` rounds."""
    desk = make_desk()
    drafts = make_drafts(desk, count * CALLERS)
    if prepare:
        in_processes(own_database(), [lambda: prepare(desk, drafts)])
    barrier = multiprocessing.get_context("fork").Barrier(CALLERS)

    def caller(number: int) -> list[bool]:
        won = []
        with quick_pdf, variant(*off):
            for place in range(count):
                barrier.wait(timeout=120)
                try:
                    act(desk, drafts, place, number)
                    won.append(True)
                except (*LOSING, DatabaseError):
                    won.append(False)
        return won

    answers = in_processes(own_database(), [lambda number=number: caller(number) for number in range(CALLERS)])
    return [sum(won) for won in zip(*answers, strict=True)]


@contextmanager
def variant(*patches: Any) -> Iterator[None]:
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        yield


# C6

STEPS = (
    "tasks.issuing.services.hold_register",
    "tasks.services._claim",
    "tasks.services._save_numbered",
    "tasks.services.store_notice_file",
    "tasks.issuing.services._tell_issued",
)
POINTS = [(step, moment) for step in STEPS for moment in ("before", "after")]


def kill_drill(rounds: int = 5) -> list[Result]:
    """Kill a worker right before and after each step of issuing; look whether the notice stands before or after."""
    ours, control = killed(rounds, careless=False), killed(rounds, careless=True)
    return [
        Result(
            "C6",
            f"kill -9 at {len(POINTS)} points of issuing × {rounds}: before or after, never between",
            f"{len(ours)} torn",
            f"each statement its own transaction: {len(control)} torn",
            not ours and len(control) > 0,
        )
    ]


def killed(rounds: int, *, careless: bool) -> list[str]:
    """Return what stands between draft and issued, or can't be issued by the next try."""
    desk = make_desk()
    drafts = make_drafts(desk, rounds * len(POINTS))
    for place, draft in enumerate(drafts):
        die(desk, draft, POINTS[place % len(POINTS)], careless=careless)
    return in_processes(own_database(), [lambda: torn(desk, drafts, repeat=not careless)])[0]


def torn(desk: Desk, drafts: list[Notice], *, repeat: bool) -> list[str]:
    wrong = []
    for draft in drafts:
        now = Notice.objects.get(pk=draft.pk)
        signs = {
            now.status == NoticeStatus.ISSUED,
            now.number is not None,
            now.frozen is not None,
            now.version == 2,
            NoticeFile.objects.filter(notice=now).exists(),
            Message.objects.filter(key=f"notice-{now.pk}-issued").exists(),
        }
        if len(signs) > 1:
            wrong.append(str(now.pk))
        elif repeat and now.status == NoticeStatus.DRAFT:
            with quick_pdf:
                issue(desk, draft)
    return wrong


def die(desk: Desk, draft: Notice, point: tuple[str, str], *, careless: bool) -> None:
    """Issue `draft` in a process that kills itself at `point`."""
    close_connections()
    child = multiprocessing.get_context("fork").Process(target=_issue_and_die, args=(desk, draft, point, careless))
    child.start()
    child.join()


def _issue_and_die(desk: Desk, draft: Notice, point: tuple[str, str], careless: bool) -> None:
    connect_to(own_database())
    step, moment = point
    module, name = step.rsplit(".", 1)
    real = getattr(__import__(module, fromlist=[name]), name)

    def fatal(*args: Any, **options: Any) -> Any:
        if moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    patches = [patch(step, fatal), quick_pdf]
    if careless:
        if not step.endswith("hold_register"):  # PostgreSQL holds a row inside a transaction only
            patches.append(patch("tasks.issuing.services.hold_register", lambda authority: None))
        patches.append(patch.object(connection.features, "uses_savepoints", False))
        patches.append(patch("django.db.transaction.Atomic.__enter__", lambda self: None))
        patches.append(patch("django.db.transaction.Atomic.__exit__", lambda self, *error: None))
    with variant(*patches):
        issue(desk, draft)
