"""A file of rows compared with what stands: what becomes of each row, and what is decided on conflicts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

# What is decided on a conflict.
TAKE_FILE, KEEP_SYSTEM = "file", "system"


class RowKind(Enum):
    """What becomes of a row; the value stands in addresses."""

    WRONG = "wrong"
    CONFLICT = "conflict"
    NEW = "new"
    CHANGED = "changed"
    NEWER = "newer"
    SAME = "same"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    RowKind.WRONG: "Sai",
    RowKind.CONFLICT: "Xung đột",
    RowKind.NEW: "Mới",
    RowKind.CHANGED: "Thay đổi",
    RowKind.NEWER: "Mới hơn trên hệ thống",
    RowKind.SAME: "Không đổi",
}


class Compared(Protocol):
    """A row of the file; `key` names it in the form in which conflicts are decided."""

    @property
    def kind(self) -> RowKind: ...

    @property
    def key(self) -> str: ...


R = TypeVar("R", bound=Compared)


@dataclass(frozen=True)
class DryRun(Generic[R]):
    """What a file would change. `problem` says why it can't be used at all, `notes` how some rows were understood."""

    rows: tuple[R, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[RowKind]:
        return Counter(row.kind for row in self.rows)

    def of(self, *kinds: RowKind) -> list[R]:
        return [row for row in self.rows if row.kind in kinds]

    @property
    def wrong(self) -> list[R]:
        return self.of(RowKind.WRONG)

    @property
    def conflicts(self) -> list[R]:
        return self.of(RowKind.CONFLICT)

    @property
    def changes(self) -> list[R]:
        return self.of(RowKind.NEW, RowKind.CHANGED)

    def undecided(self, decisions: Mapping[str, str]) -> list[R]:
        """Return the conflicts for which nothing was chosen, or chosen before somebody changed them again."""
        return [row for row in self.conflicts if decisions.get(row.key) not in (TAKE_FILE, KEEP_SYSTEM)]

    def to_write(self, decisions: Mapping[str, str]) -> list[R]:
        return self.changes + [row for row in self.conflicts if decisions.get(row.key) == TAKE_FILE]
