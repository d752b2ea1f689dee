"""What the paragraphs of a notice say: its head, sections, proposals, tasks, cited documents. No database.

Names of units stay names; `matching` finds whom they mean.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from ntm_tracker.lib.official import MOTTO
from ntm_tracker.lib.text import search_key
from tasks.enums import AttendeeSide, CitationRole, PointKind, ReplyKind, SectionKind
from tasks.old_notices.lines import Line, Part


@dataclass(frozen=True)
class Head:
    """What is said once in a notice; what the text doesn't give is None or empty."""

    motto: str = MOTTO
    number: int | None = None
    symbol: str = "TB-UBND"
    dated: date | None = None
    subject: str = ""
    session_on: date | None = None
    session_time: str = ""
    commune: str = ""
    chair_name: str = ""
    chair_post: str = ""
    authority_lines: str = ""
    signer_name: str = ""


@dataclass(frozen=True)
class ReadProposal:
    text: str
    reply: str = ""

    @property
    def reply_kind(self) -> ReplyKind:
        """The kind of reply that its words suggest: those of the notice of 05/4/2023, section IV."""
        words = self.reply.casefold()
        if re.search(r"đã có (công văn|văn bản|quyết định|kế hoạch)", words):
            return ReplyKind.SETTLED
        if re.search(r"lập phương án", words):
            return ReplyKind.COMMUNE_PLANS
        if re.search(r"cung cấp\s+hồ sơ", words):
            return ReplyKind.NOTED
        if re.search(r"giao (phòng|ban|văn phòng|chi cục|công an)", words):
            return ReplyKind.ASSIGNED
        return ReplyKind.PASSED_UPWARD if re.search(r"trình (ubnd|hđnd) tỉnh", words) else ReplyKind.NOTED

    @property
    def sub_item_codes(self) -> tuple[str, ...]:
        """The sub-items that it names by their code: "nội dung 18.1"."""
        return tuple(dict.fromkeys(re.findall(r"nội dung (\d{1,2}\.\d{1,2})", self.text)))


@dataclass(frozen=True)
class ReadPoint:
    kind: PointKind
    text: str = ""
    proposal: ReadProposal | None = None


@dataclass(frozen=True)
class ReadSection:
    kind: SectionKind
    heading: str = ""
    points: tuple[ReadPoint, ...] = ()


@dataclass(frozen=True)
class ReadTask:
    """Work that the text gives. `lead` is the name of a department, "" for the commune itself."""

    text: str
    section: int | None = None
    point: int | None = None
    proposal: int | None = None
    lead: str = ""
    departments: bool = False  # addressed to all departments of the session, without a lead
    supports: tuple[str, ...] = ()
    monthly_day: int | None = None


@dataclass(frozen=True)
class ReadCitation:
    role: CitationRole
    sign: str
    dated: date
    title: str = ""
    proposal: int | None = None


@dataclass(frozen=True)
class ReadAttendee:
    side: AttendeeSide
    text: str


@dataclass(frozen=True)
class ReadNotice:
    """A notice as its text gives it. `missing` names what an officer must still say."""

    head: Head
    sections: tuple[ReadSection, ...] = ()
    attendees: tuple[ReadAttendee, ...] = ()
    recipients: tuple[str, ...] = ()
    citations: tuple[ReadCitation, ...] = ()
    tasks: tuple[ReadTask, ...] = ()

    @property
    def proposals(self) -> tuple[ReadProposal, ...]:
        return tuple(point.proposal for section in self.sections for point in section.points if point.proposal)

    @property
    def is_structured(self) -> bool:
        """Whether the text shows anything of a notice's structure."""
        return bool(self.head.subject and self.sections)


SIGN = re.compile(r"(\d+)?\s*/\s*([A-ZĐ][\w&-]*-[\w&-]+)")
DAY = re.compile(r"ngày\s*(\d{1,2})\s*(?:/|tháng)\s*(\d{1,2})\s*(?:/|năm)\s*(\d{4})", re.IGNORECASE)
SESSION = re.compile(
    r"^(?P<time>sáng|chiều|tối)?\s*,?\s*(?:trong\s+)?ngày\s+(?P<day>\d{1,2}/\d{1,2}/\d{4}),?\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
CHAIR = re.compile(r"đồng chí\s+(?P<name>[^,]+),\s*(?P<post>.+?)\s+(?:đã\s+)?(?:tổ chức|chủ trì|làm việc)\b", re.DOTALL)
COMMUNE = re.compile(r"\b((?:xã|phường|thị trấn)\s+(?:[A-ZĐÀ-Ỹ][\wÀ-ỹ]*\s?)+)")
CITED = re.compile(
    r"(?P<kind>[\wÀ-ỹ]+(?:\s[\wÀ-ỹ]+)?)\s+số\s+(?P<sign>\d+/[\w&ĐđÀ-ỹ-]+)\s+ngày\s+(?P<day>\d{1,2}/\d{1,2}/\d{4})"
)
ATTENDING = re.compile(r"^tham dự.*?\bcó\s+(?:các đồng chí|các ông, bà|các ông|ông|đồng chí)?\s*:?\s*", re.IGNORECASE)
DEPARTMENT = r"(?:Phòng|phòng|Ban|Văn phòng|Chi cục|Công an)\s+[A-ZĐÀ-Ỹ][^,.;()]*?"
LEADING = re.compile(rf"Giao ({DEPARTMENT})(?:\s+(?:chủ trì|tham mưu|phối hợp|rà soát|kiểm tra|hướng dẫn)\b|[,.;])")
HELPED_BY = re.compile(rf"phối hợp (?:với )?({DEPARTMENT})\s+tham mưu")
THROUGH = re.compile(rf"\(qua ({DEPARTMENT}(?:,\s*{DEPARTMENT})*)\)")
MONTHLY = re.compile(r"(?:định kỳ\s+)?h[àằ]ng tháng\s*\(ngày\s+(\d{1,2})", re.IGNORECASE)
SECTION_KINDS = (
    (r"kết quả", SectionKind.RESULTS),
    (r"tồn tại|hạn chế", SectionKind.SHORTCOMINGS),
    (r"kiến nghị|đề xuất", SectionKind.PROPOSALS),
    (r"nhiệm vụ", SectionKind.TASKS),
)
POINT_KINDS = {
    Part.PARAGRAPH: PointKind.PARAGRAPH,
    Part.HEADING: PointKind.HEADING,
    Part.NUMBERED: PointKind.NUMBERED,
    Part.DASH: PointKind.DASH,
}


def structure(lines: Iterable[Line]) -> ReadNotice:
    """Return what `lines` (in their order, each with its part) say. It never fails: what isn't there stays empty."""
    known = [line for line in lines if line.part != Part.SKIPPED and line.text.strip()]
    sections = tuple(_sections(known))
    head = _head(known)
    return ReadNotice(
        head=head,
        sections=sections,
        attendees=tuple(_attendees(known)),
        recipients=tuple(line.text for line in known if line.part == Part.RECIPIENT),
        citations=tuple(_citations(known)),
        tasks=tuple(_tasks(sections)),
    )


def _head(lines: list[Line]) -> Head:
    signs = " ".join(_texts(lines, Part.SIGN))
    head = Head(
        motto=next(iter(_texts(lines, Part.MOTTO)), MOTTO),
        subject=" ".join(_texts(lines, Part.SUBJECT)),
        authority_lines="\n".join(_texts(lines, Part.AUTHORITY)),
        signer_name=" ".join(_texts(lines, Part.SIGNER)),
        dated=_day(signs),
    )
    if found := SIGN.search(signs):
        head = replace(head, number=int(found[1]) if found[1] else None, symbol=found[2])
    if found := COMMUNE.search(head.subject):
        head = replace(head, commune=found[1].strip())
    opening = next((match for text in _texts(lines, Part.PARAGRAPH) if (match := SESSION.match(text))), None)
    return _with_session(head, opening) if opening else head


def _with_session(head: Head, opening: re.Match[str]) -> Head:
    head = replace(head, session_on=_slashed(opening["day"]), session_time=(opening["time"] or "").casefold())
    if chair := CHAIR.search(opening["rest"]):
        head = replace(head, chair_name=chair["name"].strip(), chair_post=chair["post"].strip())
    if not head.commune and (found := COMMUNE.search(opening["rest"])):
        head = replace(head, commune=found[1].strip())
    return head


def _texts(lines: list[Line], part: Part) -> list[str]:
    return [line.text for line in lines if line.part == part]


def _day(text: str) -> date | None:
    """Return the day that "ngày 05 tháng 4 năm 2023" names; None for one that is blank or isn't in the calendar."""
    found = DAY.search(text)
    return _valid(int(found[3]), int(found[2]), int(found[1])) if found else None


def _slashed(text: str) -> date | None:
    day, month, year = (int(part) for part in text.split("/"))
    return _valid(year, month, day)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _sections(lines: list[Line]) -> Iterator[ReadSection]:
    """Return the opening, the sections and the closing; points before the first heading are the opening's."""
    current = ReadSection(SectionKind.OPENING)
    for line in lines:
        if line.part == Part.SECTION:
            yield from _filled(current)
            current = ReadSection(_section_kind(line.text), line.text)
        elif line.part == Part.CLOSING:
            if current.kind != SectionKind.CLOSING:
                yield from _filled(current)
                current = ReadSection(SectionKind.CLOSING)
            current = _with(current, ReadPoint(PointKind.PARAGRAPH, line.text.removesuffix(".").removesuffix("./")))
        elif line.part == Part.PROPOSAL:
            current = _with(current, ReadPoint(PointKind.PROPOSAL, proposal=ReadProposal(line.text)))
        elif line.part == Part.REPLY:
            current = _answered(current, line.text)
        elif line.part in POINT_KINDS:
            current = _with(current, ReadPoint(POINT_KINDS[line.part], line.text))
    yield from _filled(current)


def _filled(section: ReadSection) -> Iterator[ReadSection]:
    """A heading without points stays, an opening or closing without them goes."""
    if section.points or section.heading:
        yield section


def _with(section: ReadSection, point: ReadPoint) -> ReadSection:
    return replace(section, points=(*section.points, point))


def _answered(section: ReadSection, text: str) -> ReadSection:
    """Put the reply to the last proposal, as a further line when it has one; without a proposal it is a paragraph."""
    *before, last = section.points or (None,)
    if last is None or last.proposal is None:
        return _with(section, ReadPoint(PointKind.PARAGRAPH, text))
    reply = f"{last.proposal.reply}\n{text}".strip()
    return replace(section, points=(*before, replace(last, proposal=replace(last.proposal, reply=reply))))


def _section_kind(heading: str) -> SectionKind:
    return next((kind for words, kind in SECTION_KINDS if re.search(words, heading, re.IGNORECASE)), SectionKind.OTHER)


def _attendees(lines: list[Line]) -> Iterator[ReadAttendee]:
    """Split "Tham dự … có các đồng chí A, B thuộc các phòng, đơn vị: X, Y; Bí thư …, Chủ tịch … xã" by its signs."""
    text = next((text for text in _texts(lines, Part.PARAGRAPH) if ATTENDING.match(text)), "")
    if not text:
        return
    groups = ATTENDING.sub("", text, count=1).rstrip(" .").split(";")
    above, colon, departments = groups[0].partition(":")
    yield from (ReadAttendee(AttendeeSide.AUTHORITY, name) for name in _names(above))
    if colon:
        yield from (ReadAttendee(AttendeeSide.DEPARTMENT, name) for name in _names(departments))
    for group in groups[1:]:
        yield from (ReadAttendee(AttendeeSide.COMMUNE, name) for name in _names(group))


def _names(text: str) -> list[str]:
    """Split at the commas outside parentheses; "các phòng, đơn vị" is one name."""
    pieces: list[str] = []
    for piece in re.split(r",(?![^(]*\))", text):
        if pieces and re.search(r"các phòng$", pieces[-1]):
            pieces[-1] += f",{piece}"
        else:
            pieces.append(piece)
    return [piece.strip() for piece in pieces if piece.strip()]


def _citations(lines: list[Line]) -> Iterator[ReadCitation]:
    """The documents that the text names with number and day; a report before the conclusion is its basis."""
    seen, proposal, in_opening = set(), -1, True
    for line in lines:
        in_opening = in_opening and line.part != Part.SECTION
        proposal += line.part == Part.PROPOSAL
        for found in CITED.finditer(line.text):
            dated = _slashed(found["day"])
            if dated is None or (found["sign"], dated) in seen:
                continue
            seen.add((found["sign"], dated))
            is_basis = in_opening and "báo cáo" in found["kind"].casefold()
            yield ReadCitation(
                CitationRole.BASIS if is_basis else CitationRole.CITED,
                found["sign"],
                dated,
                title=_matter(line.text[found.end() :]),
                proposal=proposal if line.part in (Part.PROPOSAL, Part.REPLY) and proposal >= 0 else None,
            )


def _matter(following: str) -> str:
    """Return what "… về việc X, …" behind a document's day names."""
    found = re.match(r"\s*(?:về việc|về)\s+([^,.;)]+)", following)
    return found[1].strip()[:300] if found else ""


def _tasks(sections: tuple[ReadSection, ...]) -> Iterator[ReadTask]:
    """The work of the tasks' section by the unit that its heading names, then what the replies give."""
    proposal = -1
    for at, section in enumerate(sections):
        departments = False
        for place, point in enumerate(section.points):
            if point.proposal:
                proposal += 1
                yield from _of_reply(point.proposal, proposal)
            elif section.kind == SectionKind.TASKS and point.kind == PointKind.HEADING:
                departments = is_for_departments(point.text)
            elif section.kind == SectionKind.TASKS and point.kind in (PointKind.DASH, PointKind.NUMBERED):
                yield from _of_point(point.text, at, place, departments=departments)


def is_for_departments(heading: str) -> bool:
    """Whether "Đối với các phòng, đơn vị cấp huyện:" speaks to the departments, not to the commune."""
    return bool(re.search(r"phòng|ban, ngành|đơn vị cấp huyện", heading, re.IGNORECASE))


def _of_point(text: str, section: int, point: int, *, departments: bool) -> Iterator[ReadTask]:
    """One task a point; the sentence that asks for a monthly report is one of its own."""
    sentences = re.split(r"(?<=[.…])\s+(?=[A-ZĐÀ-Ỹ])", text)
    monthly = [sentence for sentence in sentences if MONTHLY.search(sentence)]
    rest = " ".join(sentence for sentence in sentences if sentence not in monthly)
    if rest:
        yield ReadTask(_plain(rest), section, point, departments=departments)
    for sentence in monthly:
        found, through = MONTHLY.search(sentence), THROUGH.search(sentence)
        day = min(int(found[1]), 28) if found else None
        supports = (through[1],) if through else ()
        yield ReadTask(_plain(sentence), section, point, departments=departments, supports=supports, monthly_day=day)


def _of_reply(proposal: ReadProposal, at: int) -> Iterator[ReadTask]:
    """A reply that gives work to a department, or leaves it to the commune; one that only notes gives none."""
    if (found := LEADING.search(proposal.reply)) or (found := HELPED_BY.search(proposal.reply)):
        yield ReadTask(_plain(proposal.reply.splitlines()[0]), proposal=at, lead=found[1].strip())
    elif re.search(r"UBND xã", proposal.reply):
        through = THROUGH.search(proposal.reply)
        supports = tuple(name.strip() for name in through[1].split(",")) if through else ()
        yield ReadTask(_plain(proposal.reply), proposal=at, supports=supports)


def _plain(text: str) -> str:
    return text.rstrip(" ;.,")


def unit_key(name: str) -> str:
    """Return `name` without case, marks, signs and the words before a unit's own name."""
    plain = re.sub(r"[^\w\s]", " ", search_key(name))
    return " ".join(re.sub(r"^(phong|xa|phuong|thi tran|ubnd xa)\s+", "", " ".join(plain.split())).split())
