"""A block pasted from Excel: what each cell says. No database."""

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from io import StringIO

from criteria.enums import Status
from ntm_tracker.lib.text import search_key

# What officers write for a status in their own tables, as search keys.
WORDS = {
    **dict.fromkeys(["dat", "d", "x", "v", "✓", "co", "met"], Status.MET),
    **dict.fromkeys(["chua dat", "khong dat", "chua", "cd", "kd", "○", "o", "khong", "not_met"], Status.NOT_MET),
    **dict.fromkeys(["khong ap dung", "kad", "–", "-", "not_applicable"], Status.NOT_APPLICABLE),
}
# So many rows of a block are named that stand beside the names of other communes.
MOST_NAMED = 5
NUMBER = re.compile(r"^\d{1,3}(\.\d{3})*(,\d+)?$|^\d+([.,]\d+)?$")
# A sub-item's code, as a heading writes it: "17.6", "17,6", "17.6 Thu gom chất thải".
HEADING = re.compile(r"(\d{1,2}(?:[.,]\d{1,2})?)(?:\s.*)?", re.DOTALL)
MAX_CELLS = 2000
ONLY_WORDS = "Nội dung này chỉ có Đạt hoặc Chưa đạt,"


@dataclass(frozen=True)
class Said:
    """What one cell says: a status, a value, nothing (leave as it is), or `error`: why it can't be read."""

    status: Status | None = None
    value: Decimal | None = None
    error: str = ""

    @property
    def is_empty(self) -> bool:
        return self.status is None and self.value is None and not self.error


def block(text: str) -> list[list[str]]:
    """Return the cells of a block as Excel puts it on the clipboard: tabs between cells, lines between rows.

    A cell that holds a line break stands in quotes there. Rows of empty cells at the end say nothing: they come from
    a selection that went too far.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    try:
        rows = list(csv.reader(StringIO(lines, newline=""), delimiter="\t"))
    except csv.Error:  # longer than any cell, as after a quote that nothing closes: read as it stands
        rows = [line.split("\t") for line in lines.split("\n")]
    cells = [[cell.strip() for cell in row] for row in rows]
    while cells and not any(cells[-1]):
        cells.pop()
    return [row or [""] for row in cells] or [[""]]


def number(text: str) -> Decimal | None:
    """Return the number of "63,2", "63.2", "1.234,5" or "63,2%"; None where it isn't one."""
    text = text.removesuffix("%").strip()
    if not NUMBER.match(text):
        return None
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+", text):
        text = text.replace(".", "")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def said(text: str, *, is_numeric: bool, is_percent: bool) -> Said:
    """Return what `text` says of a sub-item that is measured by a number, or by met and not met.

    A measured one takes numbers and words; of one that isn't measured, 1 means met and 0 not met.
    """
    if not text:
        return Said()
    if status := WORDS.get(search_key(text)):
        return Said(status=status)
    value = number(text)
    if value is None:
        return Said(error=_unread(text, is_numeric=is_numeric))
    if not is_numeric:
        if value in (0, 1):
            return Said(status=Status.MET if value else Status.NOT_MET)
        return Said(error=f"{ONLY_WORDS} không nhận số {text[:40]}.")
    if is_percent and value > 100:
        return Said(error=f"Tỷ lệ {text[:40]} lớn hơn 100%. Hãy kiểm tra lại số liệu.")
    return Said(value=value)


def _unread(text: str, *, is_numeric: bool) -> str:
    """Return what to do about a text that is neither a status nor a number from zero on."""
    is_number = number(text.lstrip("-−– ")) is not None
    if not is_number and is_numeric:
        return f"“{text[:40]}” không phải kết quả hay số. Hãy ghi Đạt, Chưa đạt hoặc một số như 63,2."
    if not is_number:
        return f"“{text[:40]}” không phải kết quả. Hãy ghi Đạt, Chưa đạt hoặc Không áp dụng."
    if is_numeric:
        return f"“{text[:40]}”: không thể là số âm. Hãy kiểm tra lại số liệu."
    return f"{ONLY_WORDS} không nhận số {text[:40]}."


def is_said(text: str) -> bool:
    """Whether a cell holds what a block is made of: nothing, a status, a number."""
    return not text or search_key(text) in WORDS or number(text) is not None


def names_columns(texts: Sequence[str], codes: Sequence[Collection[str]]) -> bool:
    """Whether `texts`, the first row of a block, name the sub-items that it lands on; `codes` are those of each column.

    One alone is a heading only with words behind its code: bare it may be a value.
    """
    found = [HEADING.fullmatch(text) for text in texts]
    if not texts or len(texts) > len(codes) or (len(texts) == 1 and is_said(texts[0])):
        return False
    return all(code and code[1].replace(",", ".") in known for code, known in zip(found, codes, strict=False))


def names_other_columns(texts: Sequence[str], codes: Sequence[str]) -> bool:
    """Whether `texts`, the first row of a block, are a heading of codes; `codes` are those of the set, in its order.

    At least two with a point, one after another as in the set: numbers that were measured hardly stand like that.
    """
    places = {code: place for place, code in enumerate(codes)}
    found = [places.get(text, -1) if "." in text else -1 for text in texts]
    return len(found) > 1 and found[0] >= 0 and found == list(range(found[0], found[0] + len(found)))


def misplaced(told: list[tuple[int, str, str]]) -> str:
    """Return what to do about rows that name another commune than the one they go to.

    Each is the number of the row, what it names, and the commune of its row in the table; "" below the last one.
    """
    rows = [
        f"dòng {number} {f'ghi “{text[:40]}”' if text else 'không ghi tên'} nhưng "
        f"{f'sẽ vào dòng của {unit}' if unit else 'vượt ra ngoài bảng'}"
        for number, text, unit in told[:MOST_NAMED]
    ]
    more = f"; và {len(told) - MOST_NAMED} dòng nữa" if len(told) > MOST_NAMED else ""
    return (
        f"Cột đầu của khối là tên xã, nhưng không khớp với các dòng của bảng: {'; '.join(rows)}{more}. "
        "Hãy xếp theo thứ tự của bảng hoặc bỏ cột tên xã."
    )
