"""What a report says at the moment when it is sent, as JSON that is kept word for word.

`content_of` reads the records; everything else works on what was frozen, without the database: the document,
the receipt, the versions. Figures are texts and sets have an order, so that the same report always gives the
same bytes and the same checksum, on every database.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Prefetch

from communes.models import Department, User
from criteria.enums import Status
from criteria.models import CommuneZone, Evidence, MonthlyReport, ReportEvent, ReportLine, SubItem
from criteria.selectors.requirements import Requirement, levels_by_sub_item, part_requirement, requirement
from criteria.thresholds import Level
from ntm_tracker.lib.figures import vn_decimal

FORMAT = 1
# What the commune says in a line; the rest of a frozen line names and explains it.
SAID = ("status", "value", "part_values", "note")
NARRATIVE = {
    "results": "Kết quả thực hiện",
    "shortcomings": "Tồn tại, hạn chế",
    "next_work": "Nhiệm vụ tháng tới",
    "proposals": "Kiến nghị, đề xuất",
}


# Notice of 05/4/2023, section III: reports go to UBND huyện through Phòng Nông nghiệp và PTNT.
GATHERS = "NNPTNT"


@dataclass(frozen=True)
class DocumentHead:
    """What the commune's register and its signer give to the document; a number can come later."""

    number: int | None = None
    dated: date | None = None
    signature_lines: tuple[str, ...] = ()
    signer: str = ""


@dataclass(frozen=True)
class FrozenLine:
    """One sub-item of a frozen report."""

    values: Mapping[str, Any]

    @property
    def code(self) -> str:
        return str(self.values["code"])

    @property
    def official_code(self) -> str:
        """As documents write it: a criterion with one sub-item gives it its own number, 5 for 5.1."""
        return str(self.values["official_code"])

    @property
    def name(self) -> str:
        return str(self.values["name"])

    @property
    def status(self) -> str:
        return str(self.values["status"])

    @property
    def sign(self) -> str:
        """The key of the sign that shows the status."""
        return self.status or "unassessed"

    @property
    def status_word(self) -> str:
        return str(Status(self.status).label) if self.status else "Chưa đánh giá"

    @property
    def measured(self) -> str:
        return str(self.values["measured"])

    @property
    def required(self) -> str:
        return str(self.values["required"])

    @property
    def note(self) -> str:
        return str(self.values["note"])

    @property
    def evidence(self) -> list[dict[str, str]]:
        return list(self.values["evidence"])

    @property
    def criterion_number(self) -> int:
        return int(self.values["criterion"]["number"])

    @property
    def criterion_name(self) -> str:
        return str(self.values["criterion"]["name"])

    @property
    def is_required_verified(self) -> bool:
        return bool(self.values["is_required_verified"])

    @property
    def said(self) -> dict[str, Any]:
        """What the commune says, to be compared."""
        return {name: self.values[name] for name in SAID} | {"evidence": [file["sha256"] for file in self.evidence]}


@dataclass(frozen=True)
class Frozen:
    """A sent version as it was frozen, or what would be frozen now."""

    values: Mapping[str, Any]

    @property
    def content(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.values["content"]
        return content

    @property
    def version(self) -> int:
        """The version of the report that was sent."""
        return int(self.values["version"])

    @property
    def sending(self) -> int:
        """1 for the first time that the report was sent, 2 for the second."""
        return int(self.values["sending"])

    @property
    def number(self) -> int | None:
        number: int | None = self.values["number"]
        return number

    @property
    def dated(self) -> date | None:
        text = self.values["dated"]
        return date.fromisoformat(text) if text else None

    @property
    def signature_lines(self) -> tuple[str, ...]:
        return tuple(self.values["signature_lines"])

    @property
    def signer(self) -> str:
        return str(self.values["signer"])

    @property
    def head(self) -> DocumentHead:
        return DocumentHead(self.number, self.dated, self.signature_lines, self.signer)

    @property
    def sent_at(self) -> datetime | None:
        text = self.values["sent_at"]
        return datetime.fromisoformat(text) if text else None

    @property
    def sender(self) -> str:
        return str(self.values["sent_by"]["name"])

    @property
    def month(self) -> date:
        return date.fromisoformat(f"{self.content['month']}-01")

    @property
    def commune_name(self) -> str:
        return str(self.content["commune"]["name"])

    @property
    def place(self) -> str:
        """The commune's name without its kind: where its documents are written."""
        return str(self.content["commune"]["place"])

    @property
    def unit_word(self) -> str:
        """ "xã", "thị trấn"."""
        return str(self.content["commune"]["kind"])

    @property
    def through(self) -> str:
        """The department that gathers the reports; "" where the authority has none."""
        return str(self.content["authority"]["through"])

    @property
    def narrative(self) -> list[tuple[str, str, str]]:
        """Return name, title and text of each narrative part."""
        return [(name, title, str(self.content["narrative"][name])) for name, title in NARRATIVE.items()]

    @cached_property
    def lines(self) -> list[FrozenLine]:
        return [FrozenLine(values) for values in self.content["lines"]]

    @cached_property
    def line_by_code(self) -> dict[str, FrozenLine]:
        return {line.code: line for line in self.lines}

    @property
    def fingerprint(self) -> str:
        """The checksum of what the report says, whoever sends it and when."""
        return checksum(self.content)


def canonical(values: Mapping[str, Any]) -> bytes:
    """Return the one JSON text of `values`: keys in order, no blanks, UTF-8."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def checksum(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(values)).hexdigest()


def decimal_text(value: Decimal | None) -> str | None:
    """Return "61.5" for 61.500: a value read back from any database gives the same text."""
    return None if value is None else format(value.normalize(), "f")


# Reading the records


def frozen_now(
    report: MonthlyReport,
    *,
    by: User | None = None,
    at: datetime | None = None,
    head: DocumentHead | None = None,
    sending: int = 1,
) -> Frozen:
    """Return `report` as it would be frozen if `by` sent it `at` this moment; for a draft both are left out."""
    head = head or DocumentHead()
    return Frozen(
        {
            "format": FORMAT,
            "version": report.version,
            "sending": sending,
            "number": head.number,
            "dated": head.dated.isoformat() if head.dated else None,
            "signature_lines": list(head.signature_lines),
            "signer": head.signer,
            "sent_at": at.isoformat() if at else None,
            "sent_by": {"name": str(by) if by else "", "post": by.post if by else ""},
            "content": content_of(report),
        }
    )


def sent_events(report: MonthlyReport) -> list[ReportEvent]:
    """Return the events by which the report was sent, the first one first."""
    return list(report.events.filter(kind="submitted").select_related("by").order_by("pk"))


def last_sent(report: MonthlyReport) -> Frozen | None:
    """Return the version that was sent last: what everybody but the commune sees of the report."""
    event = report.events.filter(kind="submitted").order_by("-pk").first()
    return Frozen(event.snapshot) if event and event.snapshot else None


def sent_with(evidence: Evidence) -> Frozen | None:
    """Return the first sent version that names the file `evidence`; None where none does."""
    events = ReportEvent.objects.filter(report__commune=evidence.commune_id, kind="submitted").order_by("pk")
    for sent in (Frozen(snapshot) for snapshot in events.values_list("snapshot", flat=True) if snapshot):
        if any(file["sha256"] == evidence.sha256 for line in sent.lines for file in line.evidence):
            return sent
    return None


def say_as_sent(line: ReportLine, sent: FrozenLine) -> None:
    """Let `line` say what was sent: what a commune changes in a report that came back is nobody's before it is sent."""
    said = sent.said
    line.status, line.note, line.part_values = said["status"], said["note"], said["part_values"]
    line.value = Decimal(said["value"]) if said["value"] else None


def content_of(report: MonthlyReport) -> dict[str, Any]:
    """Read what `report` says now: the commune, the narrative, every line with its requirement and evidence."""
    authority = report.commune.authority
    through = Department.objects.filter(authority=authority, code=GATHERS).values_list("full_name", flat=True).first()
    return content(report, through or "", _lines(report))


def content(report: MonthlyReport, through: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Put together what `report` says; `lines` are those of `line_content`, `through` the department that gathers."""
    commune = report.commune
    return {
        "commune": {
            "code": commune.code,
            "name": str(commune),
            "kind": str(commune.get_kind_display()),
            "place": commune.name,
            "is_demonstration": commune.is_demonstration,
        },
        "authority": {"name": str(commune.authority), "through": through},
        "criteria_set": {"code": report.criteria_set.code, "name": report.criteria_set.short_name},
        "month": f"{report.month:%Y-%m}",
        "narrative": {name: getattr(report, name) for name in NARRATIVE},
        "lines": lines,
    }


def _lines(report: MonthlyReport) -> list[dict[str, Any]]:
    levels = levels_by_sub_item(report.criteria_set, report.commune.authority)
    zones = CommuneZone.objects.filter(commune=report.commune, zone__criteria_set=report.criteria_set)
    zone = zones.values_list("zone__code", flat=True).first()
    rows = (
        report.lines.select_related("sub_item__criterion")
        .prefetch_related("sub_item__parts", Prefetch("evidence", Evidence.objects.order_by("sha256"), to_attr="files"))
        .order_by("sub_item__criterion__number", "sub_item__position")
    )
    return [_line(row, levels[row.sub_item_id], zone, report.month.year) for row in rows]


def _line(row: ReportLine, levels: list[Level], zone: str | None, year: int) -> dict[str, Any]:
    required = required_in_words(row.sub_item, levels, zone, year)
    return line_content(row, required, row.files)  # type: ignore[attr-defined]  # fetched above


def required_in_words(sub_item: SubItem, levels: list[Level], zone: str | None, year: int) -> tuple[str, bool]:
    """Return what `sub_item` requires in that zone and year, and whether that was checked against the decree."""
    required = requirement(sub_item, levels, zone=zone, year=year)
    text = required_text(sub_item, required, levels, zone, year)
    return text, required.is_verified and sub_item.is_verified


def line_content(row: ReportLine, required: tuple[str, bool], files: Sequence[Evidence] = ()) -> dict[str, Any]:
    """Return one line as it is frozen; `required` as `required_in_words` gives it."""
    sub_item = row.sub_item
    return {
        "code": sub_item.code,
        "official_code": sub_item.official_code,
        "name": sub_item.name,
        "criterion": {"number": sub_item.criterion.number, "name": sub_item.criterion.name},
        "required": required[0],
        "is_required_verified": required[1],
        "status": str(row.status),
        "value": decimal_text(row.value),
        "part_values": part_texts(row.part_values),
        "measured": measured_text(sub_item, row.value, row.part_values),
        "note": row.note,
        "evidence": [{"name": str(file), "sha256": file.sha256} for file in files],
    }


def part_texts(part_values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the parts that have one, as canonical decimals."""
    return {code: decimal_text(Decimal(str(text))) or "" for code, text in sorted(part_values.items()) if text}


def required_text(sub_item: SubItem, required: Requirement, levels: list[Level], zone: str | None, year: int) -> str:
    """Return the level in words, by part where the sub-item has parts; that it is unknown where it is."""
    unknown = "chưa biết mức quy định"
    parts = [
        f"{part.name}: {part_requirement(sub_item, part.code, levels, zone=zone, year=year) or unknown}"
        for part in sub_item.parts.all()
    ]
    return "; ".join(parts) or required.text or unknown.capitalize()


def measured_text(sub_item: SubItem, value: Decimal | None, part_values: Mapping[str, Any]) -> str:
    """Return "61,5%", "nam: 70%; nữ: 65%"; "" where nothing was measured."""
    unit = "%" if sub_item.unit == "%" else f" {sub_item.unit}"
    parts = [
        f"{part.name}: {vn_decimal(Decimal(str(part_values[part.code])))}{unit}"
        for part in sub_item.parts.all()
        if part_values.get(part.code)
    ]
    return "; ".join(parts) or ("" if value is None else f"{vn_decimal(value)}{unit}")
