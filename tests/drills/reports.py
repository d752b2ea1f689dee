"""The reports on which the drills of sending and reviewing work, and what of them can't be."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from communes.enums import Role
from communes.models import Message, User
from criteria.deadlines import month_after
from criteria.enums import LineVerdict, ReportEventKind, ReportStatus, Status
from criteria.models import AssessmentChange, MonthlyReport, ReportEvent, ReportLine, SubItem
from criteria.reports import flow
from criteria.reports.snapshot import checksum
from tests.factories import make_authority, make_commune, make_user

FIRST_MONTH = date(1930, 1, 1)
PDF = b"%PDF-1.7 set for the drill"
LINES = 6  # of each report; what is tried doesn't hang on their number

# A file is written for each sending as ever; setting its text takes a second of CPU that tries nothing here.
quick_pdf = patch("criteria.reports.flow.frozen_pdf", lambda frozen: PDF + frozen.fingerprint.encode())

# The controls: the next state is written whatever the row says by then; nobody is given an earlier receipt.
claim_off = patch(
    "criteria.reports.flow._claim",
    lambda report, version, condition, **fields: bool(
        MonthlyReport.objects.filter(pk=report.pk).update(**fields, version=F("version") + 1)
    ),
)
receipts_off = patch("criteria.reports.flow.receipt_of", lambda report, version: None)
answers_off = patch("criteria.reports.flow._answer_to", lambda report, kind, version: None)


@dataclass(frozen=True)
class Office:
    """One commune with its clerk and the officer who reviews, and the sub-items that it reports."""

    clerk: User
    officer: User
    sub_items: list[SubItem]


@transaction.atomic
def make_office(sub_items: list[SubItem]) -> Office:
    reverse("home")  # the addresses are read here, not in every process of its own
    authority = make_authority()
    commune = make_commune(authority=authority)
    return Office(make_user(Role.COMMUNE, commune=commune), make_user(authority=authority), sub_items[:LINES])


@transaction.atomic
def make_drafts(office: Office, count: int) -> list[MonthlyReport]:
    """Drafts of consecutive months, every sub-item said to be met."""
    commune, criteria_set = office.clerk.commune, office.sub_items[0].criterion.criteria_set
    reports = MonthlyReport.objects.bulk_create(
        MonthlyReport(commune=commune, criteria_set=criteria_set, month=month_after(FIRST_MONTH, place))
        for place in range(count)
    )
    ReportLine.objects.bulk_create(
        ReportLine(report=report, sub_item=sub_item, status=Status.MET, value=place)
        for report in reports
        for place, sub_item in enumerate(office.sub_items)
    )
    return list(MonthlyReport.objects.filter(commune=commune).order_by("pk"))


def fresh(report: MonthlyReport) -> MonthlyReport:
    return MonthlyReport.objects.select_related("commune__authority", "criteria_set").get(pk=report.pk)


def submit(office: Office, report: MonthlyReport, version: int) -> int:
    """Send `version`; return the key of the receipt's event."""
    return flow.submit_report(report=fresh(report), by=office.clerk, expected_version=version).event.pk


def judge_all(report: MonthlyReport) -> None:
    ReportLine.objects.filter(report=report).update(verdict=LineVerdict.ACCEPTED)


# What can't be


@dataclass
class Trouble:
    """Sentences about reports that stand between two states, and events that came twice."""

    doubled: int = 0
    torn: list[str] = field(default_factory=list)


def trouble_of(reports: list[MonthlyReport]) -> Trouble:
    """Look at every report: one event a step, each version whole, state, files and messages of one mind."""
    found = Trouble()
    for report in reports:
        events = list(ReportEvent.objects.filter(report=report).order_by("pk"))
        steps = Counter((event.kind, event.snapshot["version"]) for event in events if event.snapshot)
        found.doubled += sum(count - 1 for count in steps.values())
        found.torn += [f"{report.pk}: {sentence}" for sentence in torn(fresh(report), events)]
    return found


def torn(report: MonthlyReport, events: list[ReportEvent]) -> list[str]:
    """Say what of `report` is neither before nor after a step."""
    sent = [event for event in events if event.kind == ReportEventKind.SUBMITTED]
    expected: dict[Any, str] = {
        ReportEventKind.SUBMITTED: ReportStatus.SUBMITTED,
        ReportEventKind.RETURNED: ReportStatus.RETURNED,
        ReportEventKind.ACCEPTED: ReportStatus.ACCEPTED,
    }
    last = events[-1].kind if events else None
    wrong = []
    if report.status != expected.get(last, ReportStatus.DRAFT):
        wrong.append(f"is {report.status} after {last}")
    if (report.first_submitted_at is None) != (not sent):
        wrong.append("time of the first sending without a sending, or a sending without it")
    if sent and report.first_submitted_at != sent[0].at:
        wrong.append("time of the first sending isn't that of the first sending")
    if report.version != 1 + len(events):
        wrong.append(f"version {report.version} after {len(events)} steps")
    for event in sent:
        wrong += torn_sending(report, event)
    written = AssessmentChange.objects.filter(basis=flow.source_of(report)).exists()
    if written and last != ReportEventKind.ACCEPTED:
        wrong.append("findings of a report that isn't accepted")
    return wrong


def torn_sending(report: MonthlyReport, event: ReportEvent) -> list[str]:
    wrong = []
    if checksum(event.snapshot or {}) != event.sha256:
        wrong.append("a sent version doesn't fit its checksum")
    files = list(event.files.all())
    if len(files) != 1:
        wrong.append(f"{len(files)} PDFs of one sending")
    for record in files:
        try:
            with record.file.open() as stored:
                content = stored.read()
        except FileNotFoundError:
            wrong.append("the PDF isn't on the disk")
            continue
        if hashlib.sha256(content).hexdigest() != record.sha256:
            wrong.append("the PDF isn't whole")
    key = f"report-{report.pk}-submitted-{(event.snapshot or {}).get('version')}"
    if not Message.objects.filter(key=key).exists():
        wrong.append("nobody was told")
    return wrong
