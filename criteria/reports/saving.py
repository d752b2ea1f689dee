"""Every write of a commune in its report while it may be changed: a line, a part of the text, "nothing changed"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F

from criteria.enums import ReportStatus
from criteria.exceptions import SomebodyWasFaster
from criteria.models import MonthlyReport, ReportLine
from criteria.reports.flow import hold_open
from criteria.reports.opening import follow_findings
from criteria.reports.snapshot import NARRATIVE, decimal_text, part_texts


@dataclass(frozen=True)
class Said:
    """What a commune says of a sub-item. Decimals are compared as figures: 63,2 is 63,200."""

    status: str = ""
    value: Decimal | None = None
    part_values: Mapping[str, Decimal] = field(default_factory=dict)
    note: str = ""

    @classmethod
    def of(cls, row: Any) -> "Said":
        """Return what a line (or anything with its fields) says."""
        parts = {code: Decimal(text) for code, text in sorted(row.part_values.items()) if text}
        return cls(row.status, row.value, parts, getattr(row, "note", ""))

    @property
    def mark(self) -> str:
        """A short text that changes with anything said."""
        return mark_of(f"{self.status}|{decimal_text(self.value)}|{self._parts}|{self.note.strip()}")

    @property
    def fields(self) -> dict[str, Any]:
        """The same as the columns of a line."""
        note = self.note.replace("\r\n", "\n").strip()
        return {
            "status": self.status,
            "value": self.value,
            "part_values": self._parts,
            "note": note,
        }

    @property
    def _parts(self) -> dict[str, str]:
        return part_texts({code: str(figure) for code, figure in self.part_values.items()})


def mark_of(text: str) -> str:
    """Return a short checksum of `text`, in which a line break is one whatever the browser makes of it."""
    return sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:12]


def stamp(line: ReportLine) -> str:
    """Return "3-ab12cd34ef56": the version that was shown and what it said, to come back with the answer."""
    return f"{line.version}-{Said.of(line).mark}"


def read_stamp(text: str) -> tuple[int, str] | None:
    """Return version and mark of a stamp, None where it isn't one."""
    version, _, mark = text.strip().partition("-")
    return (int(version), mark) if version.isdecimal() and len(version) < 10 and len(mark) == 12 else None


@transaction.atomic
def save_line(*, line: ReportLine, said: Said, expected_version: int, at: datetime) -> ReportLine:
    """Write what the commune says of one sub-item; the line counts as looked at.

    What stands there already is not written again: an answer lost on the way may be sent twice.
    Raises `ReportClosed`, and `SomebodyWasFaster` when the line was changed after it was shown.
    """
    hold_open(line.report)
    rows = ReportLine.objects.filter(pk=line.pk)
    current = rows.get()
    if Said.of(current).mark == said.mark:
        rows.update(checked_at=at)
    elif not rows.filter(version=expected_version).update(**said.fields, checked_at=at, version=F("version") + 1):
        raise SomebodyWasFaster(current)
    saved = rows.get()
    saved.sub_item = line.sub_item
    return saved


@transaction.atomic
def save_narrative(*, report: MonthlyReport, part: str, text: str, seen: str) -> MonthlyReport:
    """Write one part of the text; `seen` is the mark of the text that the person was shown (`mark_of`).

    Raises `ReportClosed`, and `SomebodyWasFaster` when that part was changed after it was shown.
    """
    if part not in NARRATIVE:
        raise ValueError(f"A report has no part {part!r}.")
    text = text.replace("\r\n", "\n").strip()
    current = hold_open(report)
    before = getattr(current, part)
    if text == before:
        return current
    rows = MonthlyReport.objects.filter(pk=report.pk, version=current.version)
    if mark_of(before) != seen or not rows.update(**{part: text}, version=F("version") + 1):
        raise SomebodyWasFaster(current)
    current.refresh_from_db()
    return current


@transaction.atomic
def check_unchanged(*, report: MonthlyReport, at: datetime) -> int:
    """Note that nothing changed in all lines that nobody has looked at yet; return how many there were.

    Lines that never were touched take the district's present finding first. Raises `ReportClosed`.
    """
    current = hold_open(report)
    lines = list(ReportLine.objects.filter(report=report, checked_at__isnull=True))
    follow_findings(report=current, lines=[line for line in lines if line.version == 1])
    return ReportLine.objects.filter(pk__in=[line.pk for line in lines]).update(checked_at=at)


@transaction.atomic
def follow_in_draft(*, report: MonthlyReport) -> int:
    """Bring a draft's lines that nobody has touched to the present findings; return how many moved.

    The report's row is held: neither a sending nor a clerk's line can slip in between reading and writing.
    Raises `ReportClosed` when it was sent meanwhile.
    """
    current = hold_open(report)
    if current.status != ReportStatus.DRAFT:
        return 0
    return follow_findings(report=current, lines=current.lines.filter(version=1, checked_at__isnull=True))
