"""What isn't taken of a workbook: by cell, and listed. No database."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

# So many runs of rows are named of a fault that many share.
MOST_RUNS = 3


@dataclass(frozen=True)
class Fault:
    """One cell that isn't taken: its column and address, what it says, what to do."""

    column: str
    cell: str
    text: str
    remedy: str


@dataclass(frozen=True)
class FaultLine:
    """One line of the list of faults: where in the file, what it is about, and the fault that all these rows share."""

    sheet: str
    numbers: Sequence[int]
    about: str
    fault: Fault

    @property
    def place(self) -> str:
        """Return "ô I91", "57 dòng, A686–A742"."""
        if len(self.numbers) == 1:
            return f"ô {self.fault.cell}"
        letters = self.fault.cell.rstrip("0123456789")
        runs = [
            f"{letters}{first}–{letters}{last}" if first < last else f"{letters}{first}"
            for first, last in _runs(self.numbers)
        ]
        more = ", …" if len(runs) > MOST_RUNS else ""
        return f"{len(self.numbers)} dòng, {', '.join(runs[:MOST_RUNS])}{more}"


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return first and last of each run of `numbers`, which ascend."""
    runs = groupby(enumerate(numbers), key=lambda one: one[1] - one[0])
    return [(found[0][1], found[-1][1]) for found in (list(run) for _, run in runs)]
