"""The text of a notice as its paragraphs, each with the part that it plays. No database.

The layout that is expected is that of Nghị định 30/2020/NĐ-CP, Phụ lục I, with the sections of the notice of
05/4/2023. What a paragraph is follows from how it begins and where it stands; the officer has the last word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from django.db.models import TextChoices

from ntm_tracker.lib import typeface
from ntm_tracker.lib.text import nfc

TYPE_SIZE = 14  # points; only the ratio of two widths counts
MOST_LINES = 450  # two form fields each, below Django's limit of 1,000


class Part(TextChoices):
    """What a paragraph of a notice is."""

    SKIPPED = "skipped", "Bỏ qua"
    MOTTO = "motto", "Tiêu ngữ"
    SIGN = "sign", "Số, ký hiệu, ngày"
    SUBJECT = "subject", "Trích yếu"
    SECTION = "section", "Tiêu đề mục (I.)"
    HEADING = "heading", "Khoản có tiêu đề (1.)"
    NUMBERED = "numbered", "Khoản (1.)"
    DASH = "dash", "Gạch đầu dòng (-)"
    PARAGRAPH = "paragraph", "Đoạn văn"
    PROPOSAL = "proposal", "Kiến nghị"
    REPLY = "reply", "Trả lời kiến nghị"
    CLOSING = "closing", "Lời kết"
    RECIPIENT = "recipient", "Nơi nhận"
    AUTHORITY = "authority", "Quyền hạn, chức vụ ký"
    SIGNER = "signer", "Họ tên người ký"


@dataclass(frozen=True)
class Line:
    """One paragraph."""

    part: Part
    text: str

    @property
    def rows(self) -> int:
        """How many rows of a text field of a page's width show it whole."""
        return 1 + len(self.text) // 75


class Place(Enum):
    """Where the reader is in the paper."""

    HEAD = 1
    BODY = 2
    RECIPIENTS = 3
    SIGNATURE = 4


ROMAN = re.compile(r"^[IVX]{1,5}\s*[.\-–]\s*(?=\S)")
NUMBER = re.compile(r"^\d{1,2}\s*[.)]\s+(?=\S)")
DASH = re.compile(r"^[-–—•+*]\s*(?=\S)")
REPLY = re.compile(r"^trả lời\s*:\s*", re.IGNORECASE)
SIGN = re.compile(r"^số\s*:.*/", re.IGNORECASE)
PLACE_AND_DAY = re.compile(r"^[^,]{2,40},\s*ngày\b.{0,20}\btháng\b.{0,20}\bnăm\b", re.IGNORECASE)
OPENING = re.compile(r"^(sáng|chiều|tối)?\s*,?\s*(trong\s+)?(ngày|các ngày)\s+\d{1,2}\s*/", re.IGNORECASE)
CLOSING = re.compile(r"^trên đây là\b", re.IGNORECASE)
RECIPIENTS = re.compile(r"^nơi nhận\s*:?\s*$", re.IGNORECASE)
TITLE = re.compile(r"^thông báo$", re.IGNORECASE)
COUNTRY = re.compile(r"^cộng hòa xã hội chủ nghĩa", re.IGNORECASE)
MOTTO = re.compile(r"^độc lập\s*[-–—]\s*tự do\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"([.:]|/\.|…)$")
SIGNING = re.compile(r"^(TL|KT|TM|TUQ|Q)\.|^(CHỦ TỊCH|PHÓ CHỦ TỊCH|CHÁNH VĂN PHÒNG|PHÓ CHÁNH VĂN PHÒNG)\b")
STARTS = (ROMAN, NUMBER, DASH, REPLY, SIGN, PLACE_AND_DAY, OPENING, CLOSING, RECIPIENTS, TITLE, COUNTRY, MOTTO, SIGNING)
PAGE_NUMBER = re.compile(r"^-?\s*\d{1,3}\s*-?$")
COLUMNS = re.compile(r"\s{3,}|\t+")


def read_lines(text: str) -> list[Line]:
    """Return the paragraphs of a notice's plain `text` in their order, each with its part.

    Lines that a PDF has broken are joined again; numbers and dashes in front are taken off.
    """
    return list(_parts(_paragraphs(text)))


def _paragraphs(text: str) -> Iterator[str]:
    """Join the lines that only the paper's width has broken."""
    rows = [row for row in _rows(text) if row and not PAGE_NUMBER.match(row)]
    widths = [typeface.width(row, TYPE_SIZE) for row in rows]
    full = _full_width(widths)
    paragraph = ""
    for at, row in enumerate(rows):
        if paragraph and (full is None or _begins(rows[at - 1], row, widths[at - 1], full)):
            yield paragraph
            paragraph = ""
        paragraph = _joined(paragraph, row)
    if paragraph:
        yield paragraph


def _rows(text: str) -> Iterator[str]:
    """Return the lines of the text; two columns of a head or a signature side by side become two lines."""
    for row in nfc(text).replace("\x0c", "\n").splitlines():
        columns = [" ".join(column.split()) for column in COLUMNS.split(row.strip())]
        beside = _is_capitals(columns[-1]) or COUNTRY.match(columns[-1]) or MOTTO.match(columns[-1])
        if beside and not SIGN.match(" ".join(columns)):
            yield from columns
        else:
            yield " ".join(columns)


def _full_width(widths: list[float]) -> float | None:
    """Return the width of a full line of the paper; None when the text was never broken into lines of a paper.

    A few lines may stick out; a text from Word has whole paragraphs in its lines, some short, some very long.
    """
    ordered = sorted(widths)
    if len(widths) < 4 or ordered[-1] > 1.5 * ordered[len(widths) * 3 // 4]:
        return None
    return ordered[-3]


def _begins(before: str, row: str, width: float, full: float) -> bool:
    """Whether `row` begins a paragraph: by its first sign, or because it would have fitted on the line before."""
    if any(start.match(row) for start in STARTS) and not _runs_on(before, row):
        return True
    room = width + typeface.width(" " + row.split(maxsplit=1)[0], TYPE_SIZE)
    if SIGNING.match(before) or _is_capitals(before) != _is_capitals(row):
        return room <= full
    return bool(SENTENCE_END.search(before)) and not row[0].islower() and room <= full * 1.01


def _runs_on(before: str, row: str) -> bool:
    """Whether a line that looks like a start goes on with a sentence: "giai đoạn 2021 -" / "2025, trong đó"."""
    return bool(DASH.match(row) and row[0] in "–—+*") and not SENTENCE_END.search(before) and before[-1] not in ";,"


def _joined(paragraph: str, row: str) -> str:
    """Put a broken line behind its beginning: "Lao động-" / "TB&XH" has no space between."""
    if not paragraph:
        return row
    glued = re.search(r"\w-$", paragraph) and not row.startswith("-")
    return paragraph + row if glued else f"{paragraph} {row}"


def _is_capitals(text: str) -> bool:
    return text.isupper() and len(text) > 3


def _parts(paragraphs: Iterator[str]) -> Iterator[Line]:
    place, section = Place.HEAD, ""
    known = list(paragraphs)
    for at, text in enumerate(known):
        following = known[at + 1] if at + 1 < len(known) else ""
        place = _place(place, text)
        line = _line(place, text, section, following)
        if line.part == Part.SECTION:
            section = line.text
        yield line


def _place(place: Place, text: str) -> Place:
    if RECIPIENTS.match(text):
        return Place.RECIPIENTS
    if place == Place.RECIPIENTS and not DASH.match(text):
        return Place.SIGNATURE
    if place == Place.BODY and SIGNING.match(text) and _is_capitals(text):
        return Place.SIGNATURE
    if place == Place.SIGNATURE and DASH.match(text):
        return Place.RECIPIENTS
    if place == Place.HEAD and (OPENING.match(text) or ROMAN.match(text)):
        return Place.BODY
    return place


def _line(place: Place, text: str, section: str, following: str) -> Line:
    if place == Place.HEAD:
        return _head_line(text)
    if place == Place.RECIPIENTS:
        if RECIPIENTS.match(text):
            return Line(Part.SKIPPED, text)
        return Line(Part.RECIPIENT, DASH.sub("", text).rstrip(" ;.,"))
    if place == Place.SIGNATURE:
        return Line(Part.AUTHORITY if _is_capitals(text) else Part.SIGNER, text)
    return _body_line(text, section, following)


def _head_line(text: str) -> Line:
    if SIGN.match(text) or PLACE_AND_DAY.match(text):
        return Line(Part.SIGN, text)
    if MOTTO.match(text):
        return Line(Part.MOTTO, text)
    if _is_capitals(text) or COUNTRY.match(text) or TITLE.match(text) or not re.search(r"\w", text):
        return Line(Part.SKIPPED, text)
    return Line(Part.SUBJECT, text)


def _body_line(text: str, section: str, following: str) -> Line:
    """Tell by its beginning what a paragraph of the sections is; after a reply a plain one belongs to the reply."""
    in_proposals = is_about_proposals(section)
    if ROMAN.match(text):
        return Line(Part.SECTION, ROMAN.sub("", text, count=1))
    if CLOSING.match(text):
        return Line(Part.CLOSING, text)
    if REPLY.match(text):
        return Line(Part.REPLY, REPLY.sub("", text, count=1))
    if NUMBER.match(text):
        plain = NUMBER.sub("", text, count=1)
        if in_proposals:
            return Line(Part.PROPOSAL, plain)
        return Line(Part.HEADING if plain.endswith(":") and DASH.match(following) else Part.NUMBERED, plain)
    if DASH.match(text):
        return Line(Part.DASH, DASH.sub("", text, count=1))
    if in_proposals:
        return Line(Part.REPLY, text)
    return Line(Part.PARAGRAPH, text)


def is_about_proposals(heading: str) -> bool:
    """Whether a section's heading names proposals: "VỀ CÁC Ý KIẾN, KIẾN NGHỊ, ĐỀ XUẤT"."""
    return bool(re.search(r"kiến nghị|đề xuất", heading, re.IGNORECASE))
