"""What a new task takes over from where it arises: a conclusion of a notice, a reply, a sub-item of a commune."""

import re
from dataclasses import dataclass, field
from typing import Any

from communes.models import Authority, Commune, Department
from criteria.selectors import set_in_force
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import search_key
from tasks.enums import PointKind
from tasks.forms import codes_of
from tasks.models import NoticePoint, ProposalReply
from tasks.work.forms import CODE, ONCE, STANDING, key_of
from tasks.work.selectors import printed_code
from tasks.work.services import Part


@dataclass(frozen=True)
class Origin:
    """Who assigns, out of what, and what the form begins with."""

    authority: Authority
    point: NoticePoint | None = None
    reply: ProposalReply | None = None
    initial: dict[str, Any] = field(default_factory=dict)
    supports: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        """What the notice says, to be seen beside the form."""
        if self.reply:
            return self.reply.text
        return self.point.text if self.point else ""

    @property
    def notice(self):
        point = self.point or (self.reply and getattr(self.reply.proposal, "point", None))
        return point.section.notice if point else None


def of_point(point: NoticePoint) -> Origin:
    """A conclusion: its words, the commune of the session, and the unit that it names or stands under."""
    notice = point.section.notice
    lead = _named(point.text, notice.authority) or _addressed(point, notice.commune)
    return Origin(
        notice.authority,
        point=point,
        initial={
            "text": point.text.strip().rstrip(";."),
            "lead": key_of(lead),
            "commune": key_of(notice.commune),
            "sub_items": ", ".join(dict.fromkeys(CODE.findall(point.text))),
            "schedule": STANDING,
        },
    )


def of_reply(reply: ProposalReply, *, for_commune: bool = False) -> Origin:
    """A reply: its words, its lead, its supports, the proposal's sub-items.

    The commune leads where the reply names nobody, or where its own side of the work is meant.
    """
    proposal = reply.proposal
    return Origin(
        proposal.commune.authority,
        reply=reply,
        initial={
            "text": " ".join(reply.text.split()),
            "lead": key_of(proposal.commune if for_commune or not reply.lead else reply.lead),
            "commune": key_of(proposal.commune),
            "sub_items": codes_of(proposal.sub_items.all()),
            "schedule": ONCE,
        },
        supports=() if for_commune else tuple(Part(unit) for unit in reply.supports.all()),
    )


def of_gap(commune: Commune, code: str) -> Origin:
    """A gap: the sub-item of a commune, which leads unless somebody else is chosen."""
    printed = printed_code(code, set_in_force(clock.today()))
    initial = {"lead": key_of(commune), "commune": key_of(commune), "sub_items": printed, "schedule": ONCE}
    return Origin(commune.authority, initial=initial)


def _named(text: str, authority: Authority) -> Department | None:
    """Return the department that `text` names first."""
    said = search_key(text)
    found = []
    for unit in Department.objects.filter(authority=authority):
        places = [said.find(search_key(name)) for name in (unit.full_name, unit.short_name)]
        places = [place for place in places if place >= 0]
        if places:
            found.append((min(places), unit))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _addressed(point: NoticePoint, commune: Commune) -> Commune | None:
    """Return the commune where the khoản above `point` is headed as its work ("Nhiệm vụ của UBND xã …")."""
    above = point.section.points.filter(position__lt=point.position, kind=PointKind.HEADING).order_by("-position")
    heading = above.values_list("text", flat=True).first() or ""
    return commune if re.search(r"\bxa\b|\bthi tran\b", search_key(heading)) else None
