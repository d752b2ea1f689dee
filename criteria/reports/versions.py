"""What differs between two sent versions of a report. No database."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from criteria.reports.snapshot import Frozen, FrozenLine
from ntm_tracker.lib.clock import vn_date


class Mark(Enum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Piece:
    """Words that stayed, went or came."""

    mark: Mark
    text: str

    @property
    def tag(self) -> str:
        """The element of HTML that shows it."""
        return {Mark.GONE: "del", Mark.NEW: "ins", Mark.SAME: "span"}[self.mark]


@dataclass(frozen=True)
class TextDifference:
    """A part of the text (or the head of the document) that changed, paragraph by paragraph."""

    title: str
    paragraphs: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True)
class LineDifference:
    """A sub-item of which the commune said something else; None where a version doesn't have it."""

    before: FrozenLine | None
    after: FrozenLine | None

    @property
    def line(self) -> FrozenLine:
        """The later of the two sides; a difference has at least one."""
        found = self.after or self.before
        if found is None:
            raise ValueError("A difference without sides.")
        return found

    @property
    def is_status_changed(self) -> bool:
        return (self.before and self.before.status) != (self.after and self.after.status)

    @property
    def is_measured_changed(self) -> bool:
        return (self.before and self.before.measured) != (self.after and self.after.measured)

    @property
    def note(self) -> tuple[Piece, ...]:
        """Return the words of the note, empty where it stayed."""
        before, after = self.before.note if self.before else "", self.after.note if self.after else ""
        return pieces(before, after) if before != after else ()

    @property
    def evidence_added(self) -> list[str]:
        return _names_beyond(self.after, self.before)

    @property
    def evidence_removed(self) -> list[str]:
        return _names_beyond(self.before, self.after)


@dataclass(frozen=True)
class VersionDifference:
    """Everything in which two versions differ."""

    head: tuple[tuple[str, str, str], ...]
    texts: tuple[TextDifference, ...]
    lines: tuple[LineDifference, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.head or self.texts or self.lines)


def difference(before: Frozen, after: Frozen) -> VersionDifference:
    """Return what `after` says otherwise than `before`: number and day, the text, the sub-items in their order."""
    texts = [
        TextDifference(title, paragraph_pieces(old, new))
        for (_, title, old), (_, _, new) in zip(before.narrative, after.narrative, strict=True)
        if old != new
    ]
    return VersionDifference(tuple(_head(before, after)), tuple(texts), tuple(line_differences(before, after)))


def _head(before: Frozen, after: Frozen) -> Iterable[tuple[str, str, str]]:
    """Return title, old and new text of what the register and the signer gave."""
    for title, old, new in (
        ("Số", _number(before), _number(after)),
        ("Ngày văn bản", _day(before), _day(after)),
        ("Người ký", before.signer or "(chưa ghi)", after.signer or "(chưa ghi)"),
    ):
        if old != new:
            yield title, old, new


def _number(frozen: Frozen) -> str:
    return f"{frozen.number:02d}/BC-UBND" if frozen.number else "(chưa có)"


def _day(frozen: Frozen) -> str:
    return vn_date(frozen.dated) if frozen.dated else "(chưa có)"


def line_differences(before: Frozen, after: Frozen) -> list[LineDifference]:
    """Return the sub-items of which the two versions say different things."""
    found = [
        LineDifference(before.line_by_code.get(line.code), line)
        for line in after.lines
        if line.code not in before.line_by_code or before.line_by_code[line.code].said != line.said
    ]
    return found + [LineDifference(line, None) for line in before.lines if line.code not in after.line_by_code]


def changed_codes(before: Frozen | None, after: Frozen) -> set[str]:
    """Return the codes of the sub-items of which something else was said than in `before`; all, if it is None."""
    if before is None:
        return set(after.line_by_code)
    return {row.line.code for row in line_differences(before, after)}


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Return `after` word by word, with what went and what came."""
    old, new = before.split(), after.split()
    found: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece(Mark.SAME, " ".join(new[new_from:new_to])))
            continue
        if old_to > old_from:
            found.append(Piece(Mark.GONE, " ".join(old[old_from:old_to])))
        if new_to > new_from:
            found.append(Piece(Mark.NEW, " ".join(new[new_from:new_to])))
    return tuple(found)


def paragraph_pieces(before: str, after: str) -> tuple[tuple[Piece, ...], ...]:
    """Return the paragraphs of `after` with their changed words, and those that went."""
    old = [line.strip() for line in before.splitlines() if line.strip()]
    new = [line.strip() for line in after.splitlines() if line.strip()]
    found: list[tuple[Piece, ...]] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [(Piece(Mark.SAME, line),) for line in new[new_from:new_to]]
            continue
        left, right = old[old_from:old_to], new[new_from:new_to]
        pairs = min(len(left), len(right))
        found += [pieces(left[place], right[place]) for place in range(pairs)]
        found += [(Piece(Mark.GONE, line),) for line in left[pairs:]]
        found += [(Piece(Mark.NEW, line),) for line in right[pairs:]]
    return tuple(found)


def _names_beyond(one: FrozenLine | None, other: FrozenLine | None) -> list[str]:
    known = {file["sha256"] for file in other.evidence} if other else set()
    return [file["name"] for file in one.evidence if file["sha256"] not in known] if one else []
