"""C3: the same step of a report at the same moment, twice. C5: every sending sent again."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError

from criteria.models import MonthlyReport, SubItem
from criteria.reports import flow
from criteria.reports.exceptions import ReportRefusal
from tests.drills.processes import own_database
from tests.drills.reports import (
    Office,
    Trouble,
    answers_off,
    claim_off,
    judge_all,
    make_drafts,
    make_office,
    quick_pdf,
    receipts_off,
    submit,
    trouble_of,
)
from tests.drills.results import Result
from tests.drills.writers import in_processes

CALLERS = 2
Step = Callable[[Office, MonthlyReport], int]


@dataclass
class Answers:
    """What one caller, or all of them, were told: the event of each report; who was refused; what broke."""

    events: list[tuple[int, int]] = field(default_factory=list)
    refused: int = 0
    faults: list[str] = field(default_factory=list)


def send(office: Office, report: MonthlyReport) -> int:
    return submit(office, report, 1)


def send_back(office: Office, report: MonthlyReport) -> int:
    return flow.return_report(report=report, by=office.officer, reason="Thiếu minh chứng", expected_version=2).pk


def send_again(office: Office, report: MonthlyReport) -> int:
    return submit(office, report, 3)


def accept(office: Office, report: MonthlyReport) -> int:
    judge_all(report)
    return flow.accept_report(report=report, by=office.officer, expected_version=4).pk


STEPS: dict[str, Step] = {"submit": send, "return": send_back, "re-send": send_again, "accept": accept}


def drill(sub_items: list[SubItem], count: int) -> list[Result]:
    """C3: each step of `count` reports by two callers at once, the next step upon the one before; then the control."""
    office = make_office(sub_items)
    reports = make_drafts(office, count)
    results = []
    for name, step in STEPS.items():
        answers = at_once(office, reports, step)
        trouble, agreed = trouble_of(reports), agreeing(answers)
        control = controlled(sub_items, name, count)
        results.append(
            Result(
                "C3",
                f"{name}: {CALLERS} at once × {count}: once each, none torn",
                f"{trouble.doubled} doubled, {len(trouble.torn)} torn, {agreed} of {count} told the same, "
                f"{answers.refused} refused, {len(answers.faults)} faults",
                f"comparison off: {control.doubled} doubled, {len(control.torn)} torn",
                not (trouble.doubled or trouble.torn or answers.faults or answers.refused)
                and agreed == count
                and control.doubled + len(control.torn) > 0,
            )
        )
    return [*results, against(sub_items, count)]


def against(sub_items: list[SubItem], count: int) -> Result:
    """One officer accepts while the other returns: exactly one of them does."""
    office = make_office(sub_items)
    reports = make_drafts(office, count)
    one_after_another(office, reports, "accept")

    def accepted(office: Office, report: MonthlyReport) -> int:
        return flow.accept_report(report=report, by=office.officer, expected_version=4).pk

    def returned(office: Office, report: MonthlyReport) -> int:
        return flow.return_report(report=report, by=office.officer, reason="Thiếu", expected_version=4).pk

    answers = at_once(office, reports, accepted, returned)
    trouble = trouble_of(reports)
    return Result(
        "C3",
        f"accept against return × {count}: one of them",
        f"{len(answers.events)} done, {answers.refused} refused, {len(trouble.torn)} torn",
        "",
        len(answers.events) == answers.refused == count and not trouble.torn and not answers.faults,
    )


def controlled(sub_items: list[SubItem], name: str, count: int) -> Trouble:
    """The same step with the comparison off, upon reports brought to it in the ordinary way."""
    office = make_office(sub_items)
    reports = make_drafts(office, count)
    one_after_another(office, reports, name)
    at_once(office, reports, STEPS[name], broken=True)
    return trouble_of(reports)


def one_after_another(office: Office, reports: list[MonthlyReport], until: str) -> None:
    """Bring `reports` to the step `until` by the steps before it."""

    def walk() -> None:
        with quick_pdf:
            for report in reports:
                for name, step in STEPS.items():
                    if name == until:
                        judge_all(report)
                        break
                    step(office, report)

    in_processes(own_database(), [walk])


def at_once(office: Office, reports: list[MonthlyReport], *steps: Step, broken: bool = False) -> Answers:
    """Let two processes take each report at the same moment, with the same step or each with its own."""
    barrier = multiprocessing.get_context("fork").Barrier(CALLERS)
    calls = [
        lambda step=step: take(office, reports, step, barrier, broken=broken) for step in (steps * CALLERS)[:CALLERS]
    ]
    together = Answers()
    for answers in in_processes(own_database(), calls):
        together.events += answers.events
        together.refused += answers.refused
        together.faults += answers.faults
    return together


def take(office: Office, reports: list[MonthlyReport], step: Step, barrier: Any, *, broken: bool) -> Answers:
    answers = Answers()
    with variant(*((claim_off, answers_off) if broken else ())):
        for report in reports:
            barrier.wait(timeout=120)
            try:
                answers.events.append((report.pk, step(office, report)))
            except ReportRefusal:
                answers.refused += 1
            except DatabaseError as error:
                answers.faults.append(str(error))
    return answers


@contextmanager
def variant(*patches: Any) -> Iterator[None]:
    """With made-up PDFs, and with what a control takes away."""
    with ExitStack() as stack:
        for one in (quick_pdf, *patches):
            stack.enter_context(one)
        yield


def agreeing(answers: Answers) -> int:
    """How many reports' callers were all told the same event."""
    told: dict[int, set[int]] = {}
    count: dict[int, int] = {}
    for report, event in answers.events:
        told.setdefault(report, set()).add(event)
        count[report] = count.get(report, 0) + 1
    return sum(len(events) == 1 and count[report] == CALLERS for report, events in told.items())


# C5


def resend_drill(sub_items: list[SubItem], count: int, processes: int = 4) -> list[Result]:
    """Send `count` reports from several processes, each twice as after an answer lost on the way."""
    ours, events = resent(sub_items, count, processes)
    control, _ = resent(sub_items, max(20, count // 10), processes, broken=True)
    return [
        Result(
            "C5",
            f"{count:,} sent, each twice: one receipt each",
            f"{ours.doubled} doubled, {len(ours.torn)} torn; {events:,} of {count:,} told the same twice",
            f"receipts and comparison off: {control.doubled} doubled",
            not (ours.doubled or ours.torn) and events == count and control.doubled > 0,
        )
    ]


def resent(sub_items: list[SubItem], count: int, processes: int, *, broken: bool = False) -> tuple[Trouble, int]:
    offices = [make_office(sub_items) for _ in range(processes)]
    drafts = [make_drafts(office, count // processes) for office in offices]

    def twice(office: Office, reports: list[MonthlyReport]) -> int:
        with variant(*((claim_off, receipts_off) if broken else ())):
            return sum(submit(office, report, 1) == (again(office, report)) for report in reports)

    def again(office: Office, report: MonthlyReport) -> int:
        if broken:  # nothing remembers that it was sent: the second sending is one of its own
            MonthlyReport.objects.filter(pk=report.pk).update(status="draft", version=1)
        return submit(office, report, 1)

    same = in_processes(
        own_database(),
        [
            lambda office=office, reports=reports: twice(office, reports)
            for office, reports in zip(offices, drafts, strict=True)
        ],
    )
    return trouble_of([report for reports in drafts for report in reports]), sum(same)
