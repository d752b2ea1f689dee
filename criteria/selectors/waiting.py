"""What waits for a department's word: the findings of the matrix that it confirms in one step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from communes.models import User
from communes.querysets import CommuneQuerySet
from criteria.enums import Status
from criteria.models import Assessment, SubItem
from criteria.querysets import AssessmentQuerySet
from criteria.selectors.cell import decimals
from criteria.selectors.matrix import Matrix
from criteria.selectors.requirements import levels_for
from criteria.thresholds import Level, parts_text, proposed_status
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_amount


@dataclass(frozen=True)
class WaitingFinding:
    """One finding, and what its value says against the threshold (None where it says nothing)."""

    finding: Assessment
    proposed: Status | None

    @property
    def lacks_reason(self) -> bool:
        """Whether it can't stand as it is: its status needs a reason (or a basis) that nobody wrote."""
        if self.finding.status == Status.NOT_APPLICABLE:
            return not (self.finding.reason and self.finding.basis)
        return self.proposed not in (None, self.finding.status) and not self.finding.reason

    @property
    def measured(self) -> str:
        """What was measured: "63,2%", "Nam: 71,5%; Nữ: 65%"; "" where nothing was."""
        sub_item, value = self.finding.sub_item, self.finding.value
        if value is None:
            return parts_text(decimals(self.finding.part_values), sub_item.parts.all(), sub_item.unit)
        return vn_amount(value, sub_item.unit)


@dataclass(frozen=True)
class WaitingItem:
    """A sub-item with what waits of it: by status, then by commune."""

    sub_item: SubItem
    by_status: tuple[tuple[str, tuple[WaitingFinding, ...]], ...]

    @property
    def count(self) -> int:
        return sum(len(rows) for _, rows in self.by_status)


@dataclass(frozen=True)
class Waiting:
    """What waits, in the order of the set and of the communes' names."""

    findings: tuple[WaitingFinding, ...]

    @cached_property
    def ready(self) -> list[WaitingFinding]:
        """What can be confirmed as it stands."""
        return [row for row in self.findings if not row.lacks_reason]

    @property
    def unready(self) -> list[WaitingFinding]:
        return [row for row in self.findings if row.lacks_reason]

    @property
    def items(self) -> list[WaitingItem]:
        """What can be confirmed, by sub-item."""
        return [
            WaitingItem(sub_item, tuple(_by_status(list(rows))))
            for sub_item, rows in groupby(self.ready, key=lambda row: row.finding.sub_item)
        ]

    @property
    def communes(self) -> int:
        return len({row.finding.commune_id for row in self.ready})

    @property
    def versions(self) -> dict[str, int]:
        """The version of each finding that can be confirmed, as it is shown."""
        return {str(row.finding.pk): row.finding.version for row in self.ready}


def _by_status(rows: list[WaitingFinding]) -> Iterable[tuple[str, tuple[WaitingFinding, ...]]]:
    for status in Status:
        found = tuple(row for row in rows if row.finding.status == status)
        if found:
            yield status, found


def sector(user: User, communes: CommuneQuerySet) -> AssessmentQuerySet:
    """Return the findings in `communes` of the sub-items that the person's department guides."""
    findings = Assessment.objects.visible_to(user).filter(commune__in=communes)
    return findings.filter(sub_item__departments=user.department_id)


def waiting_in(table: Matrix, user: User) -> AssessmentQuerySet:
    """Return what waits for the word of the person's department in the rows and columns that `table` shows."""
    communes = [row.commune.pk for row in table.rows]
    shown = frozenset().union(*(column.keys for column in table.columns))
    findings = Assessment.objects.filter(commune__in=communes, sub_item__in=shown)
    return findings.filter(sub_item__departments=user.department_id).awaiting()


def waiting(findings: AssessmentQuerySet) -> Waiting:
    """Return `findings` with what their values say; the number of queries doesn't depend on how many they are."""
    rows = list(
        findings.select_related("commune__authority", "sub_item__criterion__criteria_set")
        .prefetch_related("sub_item__parts")
        .order_by("sub_item__criterion__number", "sub_item__position", "commune__sort_key", "commune__code")
    )
    if not rows:
        return Waiting(())
    units = {row.commune_id: row.commune for row in rows}.values()
    levels = levels_for(units, {row.sub_item_id: row.sub_item for row in rows}.values(), clock.today().year)
    return Waiting(tuple(WaitingFinding(row, _proposed(row, levels(row.commune, row.sub_item))) for row in rows))


def _proposed(finding: Assessment, levels: Mapping[str | None, list[Level]]) -> Status | None:
    values: dict[str | None, Decimal | None] = {None: finding.value}
    values.update(decimals(finding.part_values))
    return proposed_status(comparator=finding.sub_item.comparator, levels=levels, values=values)
