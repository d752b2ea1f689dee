"""An official document: what it says, without how it is set.

An app builds an `OfficialDocument`; the preview, the PDF (`lib/pdf.py`) and the Word file
(`lib/word.py`) print the same one, so they cannot differ. Everything that is printed, with its
markers and the end mark, is computed here.

Rules: Nghị định 30/2020/NĐ-CP ngày 05/3/2020, named below as PL1-x.y (Phụ lục I, Phần I, Mục x,
khoản y) and PL3 (Phụ lục III, Mẫu 1.4 "Văn bản có tên loại").

A notice is put together from sections::

    OfficialDocument(
        subject="Kết luận của ...",
        letterhead=Letterhead(issuer=("Ủy ban nhân dân", "huyện Anh Sơn"), place="Anh Sơn"),
        signature=Signature(("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"), "Hoàng Đình Sơn"),
        month=date(2023, 4, 1),
        body=(
            *paragraphs(opening),
            *section("Một số kết quả nổi bật", paragraphs(lead), points(results)),
            *section("Nhiệm vụ thời gian tới", clause("Đối với các phòng:", dashes(tasks))),
            *section("Về các ý kiến, kiến nghị", answers([(proposal, answer)])),
            *paragraphs(closing),
        ),
        recipients=("TT Huyện ủy (b/c)", "Lưu: VT"),
    )
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal, get_args

from ntm_tracker.lib import typeface
from ntm_tracker.lib.clock import vn_month
from ntm_tracker.lib.text import nfc

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
RECIPIENTS_TITLE = "Nơi nhận:"
END_MARK = "./."
# Blanks that the registry clerk fills in by pen: as wide as in the notice of UBND huyện Anh Sơn, 4/2023.
BLANK_NUMBER = " " * 8
BLANK_DAY = " " * 6
# Where whoever signs writes post and name by hand.
BLANK_LINE = "…" * 12
# Names that no end of a line in the subject may split.
WHOLE_NAMES = re.compile(r"nông thôn mới", re.IGNORECASE)
SUBJECT_SIZE = 14  # points
SUBJECT_ROOM = 400  # points of the 454 between the margins: a centred subject does not touch them
ABOUT_SIZE = 12
ABOUT_ROOM = 160  # points of the 176 that the left half of the letterhead has
FORMAT_VERSION = 1

Align = Literal["left", "center", "right"]


def clean(text: str) -> str:
    """Return `text` as it can be printed: NFC, single blanks, no control or invisible signs."""
    visible = (sign for sign in text if sign.isspace() or unicodedata.category(sign)[0] != "C")
    return nfc(" ".join("".join(visible).split()))


class _Clean:
    """A frozen record whose texts are cleaned when it is made."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, field.name, _cleaned(getattr(self, field.name)))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return tuple(_cleaned(item) for item in value)
    return value


# What the body is made of


@dataclass(frozen=True)
class Heading(_Clean):
    """Mục: "I. MỘT SỐ KẾT QUẢ NỔI BẬT" (PL1-V.6b). It starts the numbers of its khoản again."""

    text: str


@dataclass(frozen=True)
class Clause(_Clean):
    """Khoản with a title: "1. Đối với các phòng, đơn vị cấp huyện:" (PL1-V.6b)."""

    text: str


@dataclass(frozen=True)
class Point(_Clean):
    """Khoản without a title: "1. Xã đã kịp thời ..." (PL1-V.6b)."""

    text: str


@dataclass(frozen=True)
class Dash(_Clean):
    """ "- " item under a mục or khoản, as in the notice of April 2023; the decree has no rule for it."""

    text: str


@dataclass(frozen=True)
class Paragraph(_Clean):
    """Running text without a marker."""

    text: str


@dataclass(frozen=True)
class Column(_Clean):
    """A column of a table; `width` is a share of the sum of all widths.

    Where it `joins`, an empty text continues the cell above.
    """

    title: str
    width: int = 1
    align: Align = "left"
    joins: bool = False


@dataclass(frozen=True)
class Table(_Clean):
    """Rows of texts under a head that each page repeats; a row of one text spans all columns, bold.

    A dense one is set at 11 points instead of 13, for many columns on an upright page.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    title: str = ""
    is_dense: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        wrong = next((row for row in self.rows if len(row) not in (1, len(self.columns))), None)
        if wrong is not None:
            raise ValueError(f"A row of {len(wrong)} texts does not fit {len(self.columns)} columns.")

    @property
    def kind(self) -> str:
        return "table"

    @property
    def size(self) -> int:
        """Points of its texts."""
        return 11 if self.is_dense else 13

    @property
    def last_rows(self) -> int:
        """The rows at its end that stay on one page: a sum with four before it; tall ones, of groups, by twos."""
        return 2 if any(column.joins for column in self.columns) else 5

    @property
    def head(self) -> tuple[tuple[Column, str], ...]:
        """Return each column with its width in percent as HTML's `col` takes it ("12.5%")."""
        whole = sum(column.width for column in self.columns)
        return tuple((column, f"{100 * column.width / whole:.4g}%") for column in self.columns)

    @property
    def lines(self) -> tuple[tuple[tuple[Column, str], ...], ...]:
        """Return the rows, each text with its column."""
        return tuple(tuple(zip(self.columns, row, strict=False)) for row in self.rows)


@dataclass(frozen=True)
class Picture(_Clean):
    """A picture across the page under its title; `text` says what it shows, below it and to those who can't see it.

    The Word file has the text alone: Word draws no SVG everywhere, and the figures stand in a table.
    """

    address: str
    text: str
    title: str = ""

    @property
    def kind(self) -> str:
        return "picture"


def picture(svg: bytes, text: str, title: str = "") -> Picture:
    """Return the block of an SVG file, held in its address so that nothing is opened to show it."""
    return Picture(f"data:image/svg+xml;base64,{b64encode(svg).decode()}", text, title)


Block = Heading | Clause | Point | Dash | Paragraph | Table | Picture
BLOCKS: dict[str, type] = {block.__name__.lower(): block for block in get_args(Block)}


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """Return one paragraph for each line of `text` that holds something."""
    return tuple(Paragraph(line) for line in text.splitlines() if clean(line))


def points(texts: Iterable[str]) -> tuple[Point, ...]:
    """Return a numbered point for each text."""
    return tuple(Point(text) for text in texts)


def dashes(texts: Iterable[str]) -> tuple[Dash, ...]:
    """Return a dash item for each text."""
    return tuple(Dash(text) for text in texts)


def answers(pairs: Iterable[tuple[str, str]]) -> tuple[Block, ...]:
    """Return each proposal as a numbered point with its answer under "Trả lời:"; no answer, no line."""
    blocks: list[Block] = []
    for proposal, answer in pairs:
        lines = paragraphs(answer)
        first = (Paragraph(f"Trả lời: {lines[0].text}"),) if lines else ()
        blocks += [Point(proposal), *first, *lines[1:]]
    return tuple(blocks)


def clause(title: str, *parts: Iterable[Block]) -> tuple[Block, ...]:
    """Return a khoản with its title and what stands under it."""
    return (Clause(title), *(block for part in parts for block in part))


def section(title: str, *parts: Iterable[Block]) -> tuple[Block, ...]:
    """Return a mục with its heading and what stands under it; without parts the heading alone."""
    return (Heading(title), *(block for part in parts for block in part))


# The document


@dataclass(frozen=True)
class Letterhead(_Clean):
    """Who issues, line by line, and where; `superior` is the body above, empty for a UBND."""

    issuer: tuple[str, ...]
    place: str
    superior: str = ""
    motto: str = MOTTO

    @property
    def issuer_lines(self) -> tuple[str, ...]:
        """Upper case, PL1-II.2b."""
        return tuple(line.upper() for line in self.issuer)

    @property
    def superior_line(self) -> str:
        return self.superior.upper()


@dataclass(frozen=True)
class Signature(_Clean):
    """Authority and post, line by line ("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"), and the name without titles."""

    authority_lines: tuple[str, ...]
    name: str

    @property
    def name_line(self) -> str:
        """Return the name; while nobody is named, a line to write it on."""
        return self.name or BLANK_LINE


@dataclass(frozen=True)
class Line:
    """A block as printed: `text` with its marker, `level` of the heading (0 for other text)."""

    kind: str
    text: str
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class OfficialDocument(_Clean):
    """A document with a name of its kind; `month` dates the draft as long as `dated` is missing.

    An issued one bears `check_code`, by which whoever holds the paper finds it at `check_site`. Code and QR stand
    in the bottom margin of the PDF's last page, outside the text that the decree rules. `mark` stands at the head of
    each page of what isn't a document yet ("BẢN NHÁP").

    A công văn has no name of its kind (`kind=""`): its subject stands below the number, "V/v ..." (PL1-II.5b).
    """

    subject: str
    letterhead: Letterhead
    signature: Signature
    month: date
    body: tuple[Block, ...] = ()
    recipients: tuple[str, ...] = ()
    number: int | None = None
    dated: date | None = None
    kind: str = "THÔNG BÁO"
    symbol: str = "TB-UBND"
    addressees: tuple[str, ...] = ()
    language: str = "vi"
    check_code: str = ""
    check_site: str = ""
    mark: str = ""

    @property
    def kind_line(self) -> str:
        """Upper case, PL1-II.5b."""
        return self.kind.upper()

    @property
    def subject_lines(self) -> tuple[str, ...]:
        """Return the subject in lines of about the same length, as it stands under the kind."""
        kept = WHOLE_NAMES.sub(lambda name: name[0].replace(" ", typeface.HARD_SPACE), self.subject)
        lines = typeface.balanced(kept, SUBJECT_SIZE, SUBJECT_ROOM, "bold")
        return tuple(line.replace(typeface.HARD_SPACE, " ") for line in lines)

    @property
    def about_lines(self) -> tuple[str, ...]:
        """Return "V/v ..." in lines, as a công văn bears it below its number; of other kinds nothing."""
        return () if self.kind else typeface.balanced(f"V/v {self.subject}", ABOUT_SIZE, ABOUT_ROOM)

    @property
    def title(self) -> str:
        """Return one line for lists, file properties and the title of the PDF."""
        sign = f" số {self.number:02d}/{self.symbol}" if self.number else ""
        return f"{self.kind_line or 'CÔNG VĂN'}{sign}: {self.subject}"

    @property
    def day(self) -> date:
        """Return the day of the file's properties."""
        return self.dated or self.month

    @property
    def country(self) -> str:
        return COUNTRY

    @property
    def number_line(self) -> str:
        return number_line(self.number, self.symbol)

    @property
    def date_line(self) -> str:
        return date_line(self.letterhead.place, self.dated, self.month)

    @property
    def addressee_lines(self) -> tuple[str, ...]:
        """Return "Kính gửi: ..." on one line, or the title and a dashed list when there are several.

        Only for Tờ trình, Báo cáo to a higher body and Công văn (PL1-II.9b, c).
        """
        if len(self.addressees) < 2:
            return tuple(f"Kính gửi: {name}" for name in self.addressees)
        return ("Kính gửi:", *dashed_list(self.addressees))

    @property
    def recipients_title(self) -> str:
        return RECIPIENTS_TITLE

    @property
    def check_address(self) -> str:
        """Return what the QR code holds; nothing without a code."""
        return f"{self.check_site}{self.check_code}/" if self.check_code else ""

    @property
    def check_line(self) -> str:
        """Return "Mã tra cứu: 7K3M-A9QR-TB2X": in fours, as it is read out and typed."""
        return f"Mã tra cứu: {grouped(self.check_code)}"

    @property
    def check_place(self) -> str:
        """Return "ntm.example.vn/verify": the site as one types it."""
        return self.check_site.split("://")[-1].rstrip("/")

    @property
    def recipient_lines(self) -> tuple[str, ...]:
        return dashed_list(self.recipients)

    @property
    def printed(self) -> tuple[Line | Table | Picture, ...]:
        """Return the body as printed: each text with its marker, the last one with the end mark."""
        lines = list(_with_markers(self.body))
        if lines and isinstance(last := lines[-1], Line) and not last.level:
            lines[-1] = Line(last.kind, end_marked(last.text))
        return tuple(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the document as JSON can hold it, to freeze what was issued."""
        values = asdict(self)
        for name in ("dated", "month"):
            values[name] = values[name] and values[name].isoformat()
        values["body"] = [{"type": type(block).__name__.lower(), **asdict(block)} for block in self.body]
        return {"version": FORMAT_VERSION, **values}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "OfficialDocument":
        """Return the document that `to_dict` was made of; ValueError when it is of another version."""
        known = dict(values)
        if (version := known.pop("version", None)) != FORMAT_VERSION:
            raise ValueError(f"Unknown version of a stored document: {version!r}.")
        known["letterhead"] = Letterhead(**known["letterhead"])
        known["signature"] = Signature(**known["signature"])
        known["dated"] = known["dated"] and date.fromisoformat(known["dated"])
        known["month"] = date.fromisoformat(known["month"])
        known["body"] = tuple(_block(stored) for stored in known["body"])
        return cls(**known)


def _block(stored: Mapping[str, Any]) -> Block:
    values = dict(stored)
    kind = BLOCKS[values.pop("type")]
    if kind is Table:
        values["columns"] = tuple(Column(**column) for column in values["columns"])
    return kind(**values)


# The printed lines


def grouped(code: str) -> str:
    """Return a code in fours: "7K3MA9QRTB2X" is "7K3M-A9QR-TB2X"."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def number_line(number: int | None, symbol: str) -> str:
    """Return "Số: 05/TB-UBND": a zero below 10, no blanks around the signs (PL1-II.3c).

    Without a number, room to write it: "Số:        /TB-UBND".
    """
    if number is None:
        return f"Số:{BLANK_NUMBER}/{symbol}"
    if number < 1:
        raise ValueError(f"Numbers of documents start with 1, not {number}.")  # Điều 15.1
    return f"Số: {number:02d}/{symbol}"


def date_line(place: str, dated: date | None, month: date) -> str:
    """Return "Anh Sơn, ngày 05 tháng 4 năm 2023" (PL1-II.4b: days under 10 and months 1 and 2 with a zero).

    Without a date, room for the day: "Anh Sơn, ngày      tháng 4 năm 2023", by `month`.
    """
    day = f" {dated.day:02d} " if dated else BLANK_DAY
    shown = dated or month
    return f"{place}, ngày{day}tháng {vn_month(shown.month)} năm {shown.year}"


def roman(number: int) -> str:
    """Return the Roman numeral of a number from 1 on, for the mục (PL1-V.6b)."""
    signs = zip((10, 9, 5, 4, 1), ("X", "IX", "V", "IV", "I"), strict=True)
    text = ""
    for value, sign in signs:
        times, number = divmod(number, value)
        text += sign * times
    return text


def dashed_list(texts: Iterable[str]) -> tuple[str, ...]:
    """Return "- ...;" for each text, the last one ending with a full stop (PL1-II.9)."""
    lines = [f"- {text.rstrip(' ;.')};" for text in texts]
    return (*lines[:-1], f"{lines[-1][:-1]}.") if lines else ()


def end_marked(text: str) -> str:
    """Return `text` ending with "./.", the end of the body (PL3)."""
    return text if text.endswith(END_MARK) else f"{text.rstrip(' .;,')}{END_MARK}"


def _with_markers(body: Iterable[Block]) -> Iterable[Line | Table | Picture]:
    """Number mục through the document and khoản through their mục."""
    sections = clauses = 0
    for block in body:
        match block:
            case Table() | Picture():
                yield block
            case Heading(text):
                sections, clauses = sections + 1, 0
                yield Line("heading", f"{roman(sections)}. {text.upper()}", level=2)
            case Clause(text):
                clauses += 1
                yield Line("clause", f"{clauses}. {text}", level=3 if sections else 2)
            case Point(text):
                clauses += 1
                yield Line("point", f"{clauses}. {text}")
            case Dash(text):
                yield Line("dash", f"- {text}")
            case Paragraph(text):
                yield Line("paragraph", text)
