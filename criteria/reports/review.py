"""A sent report as its readers see it: each line beside the present finding, with what reviewers said of it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch

from communes.models import User
from criteria.deadlines import ReportDeadline
from criteria.enums import LineVerdict, ReportEventKind, ReportStatus
from criteria.models import (
    Assessment,
    Evidence,
    LineOpinion,
    MonthlyReport,
    ReportEvent,
    ReportFile,
    ReportLine,
    SubItemGuide,
)
from criteria.reports.calendar import deadline_of
from criteria.reports.flow import days_late, differs, findings_of, is_reopened, open_question
from criteria.reports.snapshot import Frozen, FrozenLine, measured_text, say_as_sent
from criteria.reports.versions import Piece, changed_codes, pieces

# Values of `show` in the address, with what a page shows then.
CHANGED, SINCE, PENDING, RETURNED, SECTOR, ALL = "changed", "since", "pending", "returned", "sector", "all"
FILTERS = {
    CHANGED: "Khác kết quả hiện tại",
    SINCE: "Đổi từ lần gửi trước",
    PENDING: "Chờ thẩm định",
    RETURNED: "Trả lại",
    SECTOR: "Ngành mình",
    ALL: "Tất cả",
}


@dataclass(frozen=True)
class Pinned:
    """A reason with which a line was returned before: when, by whom, after which sending."""

    event: ReportEvent
    comment: str


@dataclass(frozen=True)
class ReviewRow:
    """One line of a report. `sent` is what the commune sent, `before` what it sent the time before."""

    line: ReportLine
    sent: FrozenLine
    before: FrozenLine | None
    finding: Assessment | None
    is_since_last: bool
    is_sector: bool
    may_advise: bool
    guides: tuple[str, ...]
    pinned: tuple[Pinned, ...]
    evidence: tuple[Evidence, ...]

    @property
    def code(self) -> str:
        return self.sent.code

    @property
    def is_changed(self) -> bool:
        """Whether accepting the line changes the finding."""
        return differs(self.line, self.finding)

    @property
    def finding_sign(self) -> str:
        return (self.finding.status if self.finding else "") or "unassessed"

    @property
    def finding_measured(self) -> str:
        if self.finding is None:
            return ""
        return measured_text(self.line.sub_item, self.finding.value, self.finding.part_values)

    @property
    def opinions(self) -> list[LineOpinion]:
        return list(self.line.opinions.all())

    @property
    def is_pending(self) -> bool:
        return self.line.verdict == LineVerdict.PENDING

    @property
    def is_accepted(self) -> bool:
        return self.line.verdict == LineVerdict.ACCEPTED

    @property
    def is_returned(self) -> bool:
        return self.line.verdict == LineVerdict.RETURNED

    @property
    def note_pieces(self) -> tuple[Piece, ...]:
        """The words of the note that changed since the last sending; empty where it stayed."""
        if self.before is None or self.before.note == self.sent.note:
            return ()
        return pieces(self.before.note, self.sent.note)


@dataclass(frozen=True)
class Review:
    """A report that was sent at least once, with everything that its readers look at."""

    report: MonthlyReport
    sent: Frozen
    previous: Frozen | None
    rows: tuple[ReviewRow, ...]
    events: tuple[ReportEvent, ...]
    stamp: int

    @property
    def is_waiting(self) -> bool:
        """Whether it can be judged now."""
        return self.report.status == ReportStatus.SUBMITTED

    @property
    def is_reopened(self) -> bool:
        return is_reopened(self.report)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Return how many rows each filter shows."""
        return {name: len(self.shown(name)) for name in FILTERS}

    @property
    def unchanged_pending(self) -> int:
        """How many lines "accept all unchanged" would accept."""
        return sum(row.is_pending and not row.is_changed for row in self.rows)

    @property
    def may_be_accepted(self) -> bool:
        return self.is_waiting and not self.counts[PENDING]

    @property
    def to_change(self) -> int:
        """How many findings an acceptance would change."""
        return sum(row.is_accepted and row.is_changed for row in self.rows)

    @property
    def start(self) -> str:
        """The filter of who comes without one: what changed since the last sending, else what differs."""
        if self.counts[SECTOR]:
            return SECTOR
        if not self.is_waiting:
            return ALL
        first = SINCE if self.previous else CHANGED
        return first if self.counts[first] else (PENDING if self.counts[PENDING] else ALL)

    def shown(self, name: str) -> list[ReviewRow]:
        """Return the rows of the filter `name`; an unknown one shows all."""
        tests = {
            CHANGED: lambda row: row.is_changed,
            SINCE: lambda row: self.previous is not None and (row.is_since_last or bool(row.is_pending and row.pinned)),
            PENDING: lambda row: row.is_pending,
            RETURNED: lambda row: row.is_returned,
            SECTOR: lambda row: row.is_sector,
        }
        test = tests.get(name)
        return [row for row in self.rows if test is None or test(row)]

    @property
    def sendings(self) -> list[ReportEvent]:
        """The events by which it was sent, the first one first."""
        return [event for event in self.events if event.kind == ReportEventKind.SUBMITTED]

    @property
    def sha256(self) -> str:
        """The checksum of what was sent last."""
        return self.sendings[-1].sha256

    @property
    def signed_copies(self) -> list[ReportFile]:
        return list(self.report.files.filter(kind="signed_copy").select_related("stored_by", "event"))

    @cached_property
    def deadline(self) -> ReportDeadline:
        return deadline_of(self.report.commune.authority, self.report.month)

    @property
    def days_late(self) -> int:
        return days_late(self.report, self.deadline)

    @property
    def question(self) -> ReportEvent | None:
        """The commune's question for a reopening that nobody answered yet."""
        return open_question(self.report)

    @property
    def last_answer(self) -> ReportEvent | None:
        """The return or acceptance that came last."""
        kinds = (ReportEventKind.RETURNED, ReportEventKind.ACCEPTED)
        return next((event for event in reversed(self.events) if event.kind in kinds), None)


def review_of(report: MonthlyReport, user: User) -> Review | None:
    """Return `report` (with its commune) as `user` reviews or reads it; None while nothing was ever sent."""
    events = tuple(report.events.select_related("by").order_by("pk"))
    sent = [Frozen(event.snapshot) for event in events if event.kind == ReportEventKind.SUBMITTED and event.snapshot]
    if not sent:
        return None
    last, previous = sent[-1], sent[-2] if len(sent) > 1 else None
    findings, changed, pinned = findings_of(report), changed_codes(previous, last), _pinned(events)
    files = _files(report, last)
    may_advise = report.status == ReportStatus.SUBMITTED and user.has_perm("criteria.comment_report_line")
    rows = []
    for line in _lines(report):
        frozen = last.line_by_code.get(line.sub_item.code)
        if frozen is None:
            continue
        line.report = report
        say_as_sent(line, frozen)
        guides = line.sub_item.local_guides
        is_sector = bool(user.department_id) and any(row.department_id == user.department_id for row in guides)
        rows.append(
            ReviewRow(
                line=line,
                sent=frozen,
                before=previous.line_by_code.get(frozen.code) if previous else None,
                finding=findings.get(line.sub_item_id),
                is_since_last=previous is not None and frozen.code in changed,
                is_sector=is_sector,
                may_advise=may_advise and is_sector,
                guides=tuple(row.department.short_name for row in guides),
                pinned=tuple(pinned[frozen.code]),
                evidence=tuple(files[file["sha256"]] for file in frozen.evidence if file["sha256"] in files),
            )
        )
    return Review(report, last, previous, tuple(rows), events, sum(row.version for row in findings.values()))


def _lines(report: MonthlyReport) -> list[ReportLine]:
    guides = SubItemGuide.objects.filter(department__authority=report.commune.authority_id)
    rows = report.lines.select_related("sub_item__criterion").prefetch_related(
        "sub_item__parts",
        Prefetch("sub_item__guides", guides.select_related("department"), to_attr="local_guides"),
        Prefetch("opinions", LineOpinion.objects.select_related("department", "by").order_by("pk")),
    )
    return list(rows.order_by("sub_item__criterion__number", "sub_item__position"))


def _files(report: MonthlyReport, sent: Frozen) -> dict[str, Evidence]:
    """Return the files of the sent version that are there, by their checksums."""
    wanted = {file["sha256"] for line in sent.lines for file in line.evidence}
    rows = Evidence.objects.of_unit(report.commune).filter(sha256__in=wanted) if wanted else []
    return {row.sha256: row for row in rows}


def _pinned(events: Collection[ReportEvent]) -> dict[str, list[Pinned]]:
    """Return the reasons of earlier returns by code, the newest first."""
    found: dict[str, list[Pinned]] = defaultdict(list)
    for event in reversed(list(events)):
        if event.kind == ReportEventKind.RETURNED and event.snapshot:
            for row in event.snapshot["lines"]:
                found[row["code"]].append(Pinned(event, row["comment"]))
    return found
