"""What the composing page shows, as finished data."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, Q

from communes.models import Department, User
from criteria.exceptions import SomebodyWasFaster
from tasks.composing.checking import findings_of
from tasks.composing.services import (
    attendee_lines,
    citation_lines,
    header_stamp,
    point_stamp,
    recipient_lines,
    reply_of,
    section_stamp,
    stamp,
)
from tasks.composing.units import unit_key
from tasks.enums import UNTITLED, PointKind, SectionKind
from tasks.models import Notice, NoticePoint, NoticeSection, Task
from tasks.proofreading import Finding
from tasks.tokens import BLANK

# A line of the text box holds about so many letters; the box opens as high as its text.
LINE = 78
# Points of earlier notices that one search shows.
EARLIER = 12


def sections_of(notice: Notice) -> list[NoticeSection]:
    """Return the sections with their points, and these with proposal, reply and tasks; four queries."""
    tasks = Task.objects.select_related("lead_department", "lead_commune").order_by("pk")
    points = (
        NoticePoint.objects.select_related("proposal__reply__lead")
        .prefetch_related(Prefetch("tasks", tasks), Prefetch("proposal__reply__tasks", tasks))
        .order_by("position")
    )
    return list(notice.sections.order_by("position").prefetch_related(Prefetch("points", points)))


@dataclass
class PointRow:
    """A point on the composing page. `typed` is what the person typed where somebody else was faster."""

    point: NoticePoint
    findings: list[Finding] = field(default_factory=list)
    typed: dict[str, str] | None = None
    error: str = ""

    @property
    def is_conflict(self) -> bool:
        return self.typed is not None and not self.error

    @property
    def seen(self) -> str:
        return point_stamp(self.point)

    @property
    def is_proposal(self) -> bool:
        return self.point.proposal is not None

    @property
    def stored(self) -> str:
        text = self.point.proposal.text if self.point.proposal else self.point.text
        return "" if text == BLANK else text

    @property
    def stored_reply(self) -> str:
        reply = reply_of(self.point)
        return reply.text if reply else ""

    @property
    def text(self) -> str:
        return self.typed.get("text", "") if self.typed is not None else self.stored

    @property
    def reply(self) -> str:
        return self.typed.get("reply", "") if self.typed is not None else self.stored_reply

    @property
    def kind(self) -> str:
        return (self.typed or {}).get("kind", "") or self.point.kind

    @property
    def reply_kind(self) -> str:
        reply = reply_of(self.point)
        return (self.typed or {}).get("reply_kind") or (reply.kind if reply else "")

    @property
    def lead(self) -> str:
        reply = reply_of(self.point)
        return (self.typed or {}).get("lead") or str((reply and reply.lead_id) or "")

    @property
    def rows(self) -> int:
        return _rows(self.text)

    @property
    def reply_rows(self) -> int:
        return _rows(self.reply)

    @property
    def tasks(self) -> list[Task]:
        reply = reply_of(self.point)
        return list(reply.tasks.all()) if reply else list(self.point.tasks.all())

    @property
    def may_be_work(self) -> bool:
        """Whether a task can come of it: of a conclusion, or of a reply that is there."""
        if self.is_proposal:
            return reply_of(self.point) is not None
        return self.point.section.kind not in UNTITLED and self.point.kind != PointKind.HEADING


def _rows(text: str) -> int:
    return max(1, sum(1 + len(line) // LINE for line in text.splitlines() or [""]))


@dataclass
class SectionRow:
    """A section on the composing page."""

    section: NoticeSection
    points: list[PointRow]
    findings: list[Finding]

    @property
    def seen(self) -> str:
        return section_stamp(self.section)

    @property
    def is_titled(self) -> bool:
        return self.section.kind not in UNTITLED

    @property
    def holds_proposals(self) -> bool:
        return self.section.kind == SectionKind.PROPOSALS

    @property
    def new_kind(self) -> str:
        """Return the kind of the next point: as the last one, after a title a dash."""
        if self.holds_proposals:
            return PointKind.PROPOSAL
        last = self.points[-1].point.kind if self.points else ""
        if not last:
            return PointKind.NUMBERED if self.is_titled else PointKind.PARAGRAPH
        return PointKind.DASH if last == PointKind.HEADING else last


@dataclass
class EditPage:
    """Everything on the composing page of one draft."""

    notice: Notice
    sections: list[SectionRow]
    findings: list[Finding]
    parts: dict[str, dict[str, Any]]

    def point(self, key: int) -> PointRow:
        """Return the row of one point; raises `SomebodyWasFaster` with None when somebody took it out meanwhile."""
        for section in self.sections:
            for row in section.points:
                if row.point.pk == key:
                    return row
        raise SomebodyWasFaster(None)

    def section(self, key: int) -> SectionRow | None:
        """Return the row of one section, None when it is gone."""
        return next((row for row in self.sections if row.section.pk == key), None)

    def at(self, anchor: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.anchor == anchor]


def edit_page(notice: Notice) -> EditPage:
    """Return the composing page of `notice`."""
    sections, recipients = sections_of(notice), recipient_lines(notice)
    findings = findings_of(notice, sections, recipients)
    attendees, citations = attendee_lines(notice), citation_lines(notice)
    page = EditPage(notice, [], findings, {})
    page.sections = [
        SectionRow(
            section,
            [PointRow(point, page.at(f"p{point.pk}")) for point in section.points.all()],
            page.at(f"s{section.pk}"),
        )
        for section in sections
    ]
    page.parts = {
        "header": {"seen": header_stamp(notice), "findings": page.at("header")},
        "attendees": {"seen": stamp(attendees), "sides": attendees, "findings": []},
        "recipients": {"seen": stamp(recipients), "lines": recipients, "findings": page.at("recipients")},
        "citations": {"seen": stamp(citations), "roles": citations, "findings": []},
    }
    return page


@dataclass(frozen=True)
class EarlierPoint:
    """A point of an earlier notice that can be taken over."""

    point: NoticePoint
    notice: Notice
    section: NoticeSection | None


def earlier_points(notice: Notice, *, text: str, user: User) -> list[EarlierPoint]:
    """Return points of other notices that hold every word of `text`, each with the section that would take it."""
    words = text.split()
    if not words:
        return []
    condition = Q()
    for word in words:
        # SQLite knows no case beyond ASCII: "đẩy mạnh" has to find "Đẩy mạnh".
        condition &= Q(text__contains=word.lower()) | Q(text__contains=word.capitalize()) | Q(text__icontains=word)
    rows = (
        NoticePoint.objects.visible_to(user)
        .filter(condition, section__notice__authority=notice.authority_id, proposal__isnull=True)
        .exclude(section__notice=notice.pk)
        .select_related("section__notice__commune")
        .order_by("-section__notice__session_on", "section__position", "position")
    )
    own = {section.kind: section for section in notice.sections.order_by("-position")}
    return [EarlierPoint(row, row.section.notice, own.get(row.section.kind)) for row in rows[:EARLIER]]


def units_for_tasks(notice: Notice) -> list[tuple[str, str]]:
    """Return who can lead or support: the commune, then the departments that work on the session's day."""
    departments = Department.objects.valid_on(notice.session_on).filter(authority=notice.authority_id)
    commune = [(unit_key(notice.commune), f"UBND {notice.commune}")]
    return commune + [(unit_key(unit), unit.full_name) for unit in departments.order_by("position", "code")]
