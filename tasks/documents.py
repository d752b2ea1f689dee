"""The conclusion notice as an official document."""

from datetime import date

from ntm_tracker.lib.clock import vn_date
from ntm_tracker.lib.official import (
    Block,
    Clause,
    Dash,
    Heading,
    Letterhead,
    OfficialDocument,
    Point,
    Signature,
    answers,
    paragraphs,
)
from tasks.enums import UNTITLED, PointKind
from tasks.models import Notice, NoticePoint, NoticeSection
from tasks.selectors import NoticeParts, notice_parts
from tasks.tokens import Tokens

MARKED: dict[PointKind, type[Clause | Point | Dash]] = {
    PointKind.HEADING: Clause,
    PointKind.NUMBERED: Point,
    PointKind.DASH: Dash,
}


def notice_document(notice: Notice) -> OfficialDocument:
    """Return what `notice` prints: an issued one as it was frozen, a draft from its records and the live figures.

    An old notice that was only entered after the fact has nothing frozen and is put together like a draft.
    """
    if notice.frozen is not None:
        return OfficialDocument.from_dict(notice.frozen)
    return composed(notice, number=notice.number, dated=notice.issued_on)


def composed(notice: Notice, *, number: int | None, dated: date | None) -> OfficialDocument:
    """Return the document of the records as they stand now, under this number and day (None leaves room for them)."""
    parts = notice_parts(notice)
    tokens = Tokens(notice)
    return OfficialDocument(
        subject=notice.subject,
        letterhead=_letterhead(notice, parts),
        signature=Signature(tuple(notice.authority_lines.splitlines()), notice.signer_name),
        month=notice.session_on.replace(day=1),
        body=tuple(block for section in parts.sections for block in _section(section, tokens)),
        recipients=tuple(recipient.text for recipient in parts.recipients),
        number=number,
        dated=dated,
        symbol=notice.symbol,
    )


def notice_file_stem(notice: Notice) -> str:
    """Return the name of its files without the suffix: "Thông báo kết luận - xã Cao Sơn - 05-4-2023"."""
    return f"Thông báo kết luận - {notice.commune} - {vn_date(notice.session_on).replace('/', '-')}"


def _letterhead(notice: Notice, parts: NoticeParts) -> Letterhead:
    """Return the authority's letterhead; a draft without one shows whose it would be, and room for the place."""
    known = parts.letterhead
    if known is None:
        return Letterhead(("Ủy ban nhân dân", str(notice.authority)), place="…", motto=notice.motto)
    return Letterhead(known.issuer_lines, place=known.place, superior=known.superior, motto=notice.motto)


def _section(section: NoticeSection, tokens: Tokens) -> list[Block]:
    """Return the heading, unless it is the opening or the closing, and the points below it."""
    blocks: list[Block] = []
    if section.kind not in UNTITLED:
        blocks.append(Heading(section.heading or section.get_kind_display()))
    for point in section.points.all():
        blocks.extend(_point(point, tokens))
    return blocks


def _point(point: NoticePoint, tokens: Tokens) -> tuple[Block, ...]:
    if point.proposal is not None:
        reply = getattr(point.proposal, "reply", None)
        return answers([(point.proposal.text, reply.text if reply else "")])
    text = tokens.fill(point.text)
    if point.kind == PointKind.PARAGRAPH:
        return paragraphs(text)
    return (MARKED[PointKind(point.kind)](text),)
