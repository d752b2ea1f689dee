"""What the writers were told beside what the database holds: nothing missing, nothing overwritten unseen."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from criteria.models import Assessment, AssessmentChange

Cell = tuple[int, int]  # keys of the commune and of the sub-item
Entry = tuple[int, str]  # version and reason; each write bears a reason of its own


@dataclass(frozen=True)
class Written:
    """A write that was acknowledged: where, its reason, and the version that its writer had seen before."""

    cell: Cell
    token: str
    seen: int


@dataclass(frozen=True)
class Records:
    """The rows as they stand and every change of them, by version."""

    current: dict[Cell, Entry]
    changes: dict[Cell, list[Entry]]

    def of(self, communes: set[int]) -> "Records":
        """Only what belongs to `communes`: each run has a matrix of its own."""
        return Records(
            {cell: entry for cell, entry in self.current.items() if cell[0] in communes},
            {cell: changes for cell, changes in self.changes.items() if cell[0] in communes},
        )


@dataclass
class Verdict:
    """`lost`: acknowledged writes without a trace, or overwritten by somebody who had not seen them.

    `unexplained`: changes of which nobody was told, and cells whose versions do not run 1, 2, 3, …
    """

    lost: set[str] = field(default_factory=set)
    unexplained: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.lost and not self.unexplained


def read_records() -> Records:
    """Read every finding and every change."""
    current = {
        (commune, sub_item): (version, reason)
        for commune, sub_item, version, reason in Assessment.objects.order_by("pk").values_list(
            "commune", "sub_item", "version", "reason"
        )
    }
    changes: dict[Cell, list[Entry]] = defaultdict(list)
    rows = AssessmentChange.objects.order_by("version", "pk")
    for commune, sub_item, version, reason in rows.values_list(
        "assessment__commune", "assessment__sub_item", "version", "reason"
    ):
        changes[commune, sub_item].append((version, reason))
    return Records(current, dict(changes))


def compare(acknowledged: Iterable[Written], records: Records) -> Verdict:
    """Hold the ledger of the writers against the records."""
    ledger = {(written.cell, written.token): written for written in acknowledged}
    recorded = Counter((cell, token) for cell, changes in records.changes.items() for _, token in changes)
    verdict = Verdict(lost={written.token for key, written in ledger.items() if recorded[key] != 1})
    verdict.unexplained += [f"{token}: nobody was told" for cell, token in recorded if (cell, token) not in ledger]
    for cell, changes in records.changes.items():
        if [version for version, _ in changes] != list(range(1, len(changes) + 1)):
            verdict.unexplained.append(f"{cell}: versions {[version for version, _ in changes]}")
        if records.current[cell] != changes[-1]:
            verdict.lost.add(changes[-1][1])
        for version, token in changes:
            seen = ledger[cell, token].seen if (cell, token) in ledger else version
            verdict.lost |= {other for between, other in changes if seen < between < version}
    return verdict
