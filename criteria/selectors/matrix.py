"""The matrix: communes down, criteria across, a criterion opened into its sub-items."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from communes.models import Commune
from communes.querysets import CommuneQuerySet
from criteria.enums import FULFILLED
from criteria.models import Assessment, AssessmentChange, CriteriaSet, SubItem, SubItemGuide
from criteria.scoring import IS_MET, Progress, Score, is_fulfilled, score
from criteria.selectors.maps import Members, joined, members_on
from criteria.selectors.progress import set_in_force
from ntm_tracker.lib import clock

# What the table names of the catalogue: instances of the three models for each sub-item would take half the time.


class MatrixBand(NamedTuple):
    """A group of criteria: the band above their columns."""

    code: str
    name: str

    def __str__(self) -> str:
        return f"{self.code}. {self.name}"


class MatrixCriterion(NamedTuple):
    number: int
    name: str
    short_name: str
    band: MatrixBand


class MatrixSubItem(NamedTuple):
    pk: int
    code: str
    official_code: str
    name: str


@dataclass(frozen=True)
class Column:
    """One column: a criterion with its count, or one sub-item of an opened criterion."""

    criterion: MatrixCriterion
    sub_items: tuple[MatrixSubItem, ...]
    sub_item: MatrixSubItem | None = None

    @property
    def label(self) -> str:
        return self.sub_item.official_code if self.sub_item else str(self.criterion.number)

    @property
    def name(self) -> str:
        return self.sub_item.name if self.sub_item else self.criterion.name

    @property
    def key(self) -> str:
        return self.sub_item.code if self.sub_item else str(self.criterion.number)

    @cached_property
    def keys(self) -> frozenset[int]:
        """The database keys of its sub-items."""
        return frozenset(row.pk for row in self.sub_items)


@dataclass(frozen=True, eq=False)
class MatrixCell:
    """What one commune reaches in one column; `is_known` where anything is known of it.

    Equal cells are one instance (`_sub_item_cell`, `_criterion_cell`): looking one up compares no fields.
    """

    score: Score
    status: str = ""
    version: int = 0
    is_known: bool = True
    is_changed: bool = False
    waiting: int = 0

    @cached_property
    def is_met(self) -> bool:
        return self.score.is_met

    @property
    def is_waiting(self) -> bool:
        return self.waiting > 0


WAITING = attrgetter("waiting")


@dataclass(frozen=True)
class Row:
    """One commune with its cells and its totals over the whole set, shown or not.

    `assessed` counts the sub-items with a finding; of a commune without any `progress` says nothing.
    """

    commune: Commune
    cells: tuple[MatrixCell, ...]
    progress: Progress
    assessed: int

    @property
    def is_known(self) -> bool:
        return self.assessed > 0

    @property
    def is_partial(self) -> bool:
        """Whether some sub-items have a finding and others have none, which count as not met."""
        return 0 < self.assessed < self.progress.sub_items_total

    def only(self, places: Iterable[int]) -> "Row":
        """Return it with the cells at `places` alone."""
        return replace(self, cells=tuple(self.cells[at] for at in places))


@dataclass(frozen=True)
class Filters:
    """What of the matrix is asked for; all of it stands in the address.

    `opened` holds the numbers of the opened criteria, `opens_all` opens every one; `department` and
    `group` keep the columns of a department or a band (one that the set doesn't have keeps all), `since`
    marks what changed from that day on and keeps the communes in which something did. `by_todays_map` puts
    what is known of a past day under the communes of today. `confirming` marks what waits for that
    department's word.
    """

    query: str = ""
    group: str = ""
    department: int | None = None
    only_unmet: bool = False
    since: date | None = None
    opened: frozenset[int] = frozenset()
    opens_all: bool = False
    sort: str = ""
    at: date | None = None
    by_todays_map: bool = False
    confirming: int | None = None


@dataclass(frozen=True)
class Matrix:
    """The finished table.

    `counted` are the communes that its totals are of: those left out as met are among them, those of which nothing is
    known are not. Narrowed to a `department` (a key), a criterion counts only the sub-items that this one guides.
    """

    criteria_set: CriteriaSet | None
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    counted: tuple[Row, ...] = ()
    totals: tuple[Score, ...] = ()
    groups: tuple[MatrixBand, ...] = ()
    criteria: tuple[MatrixCriterion, ...] = ()
    opened: frozenset[int] = field(default_factory=frozenset)
    department: int | None = None
    at: date | None = None
    by_todays_map: bool = False

    @property
    def bands(self) -> list[tuple[MatrixBand, int]]:
        """The group bands above the columns, each with the number of columns that it spans."""
        return [
            (band, len(tuple(columns))) for band, columns in groupby(self.columns, key=lambda row: row.criterion.band)
        ]

    @cached_property
    def progress(self) -> Progress:
        """The sums over all communes: criteria met of all criteria of all communes."""
        return Progress.sum(row.progress for row in self.counted)

    @cached_property
    def complete(self) -> int:
        return sum(row.progress.is_complete for row in self.counted)

    @property
    def communes(self) -> int:
        """How many communes there are, those of which nothing is known among them."""
        return len(self.counted) + self.unknown

    @property
    def unknown(self) -> int:
        """How many of the communes shown are counted nowhere, since nothing is known of them."""
        return sum(not row.is_known for row in self.rows)

    @property
    def partial(self) -> int:
        """Of how many of the communes shown some sub-items have no finding yet."""
        return sum(row.is_partial for row in self.rows)

    @cached_property
    def has_several_authorities(self) -> bool:
        """Whether its communes have to be told apart by their districts."""
        return len({row.commune.authority_id for row in self.rows}) > 1

    @cached_property
    def waiting(self) -> int:
        """How many findings wait for the department's word; a criterion that isn't opened can hold several."""
        return sum(sum(map(WAITING, row.cells)) for row in self.rows)

    def as_shown(self, columns: Sequence[str], communes: Sequence[str]) -> "Matrix":
        """Return it with the `columns` (keys) and `communes` (codes) of a page, in the order of that page.

        What has left the table since isn't in it, what came to it neither.
        """
        places = [at for at, column in enumerate(self.columns) if column.key in columns]
        rows = {row.commune.code: row.only(places) for row in self.rows}
        return replace(
            self,
            columns=tuple(self.columns[at] for at in places),
            rows=tuple(rows[code] for code in communes if code in rows),
            counted=tuple(row.only(places) for row in self.counted),
            totals=tuple(self.totals[at] for at in places),
        )


# commune → sub-item → (status, version)
Statuses = dict[int, dict[int, tuple[str, int]]]
NOTHING_FOUND = ("", 0)


def matrix(communes: CommuneQuerySet, filters: Filters) -> Matrix:
    """Return the matrix of `communes`; the number of queries doesn't depend on rows, columns or filters."""
    criteria_set = set_in_force(filters.at or clock.today())
    if criteria_set is None:
        return Matrix(None)
    by_criterion = _by_criterion(criteria_set)
    groups = tuple(dict.fromkeys(row.band for row in by_criterion))
    if filters.group not in [band.code for band in groups]:
        filters = replace(filters, group="")
    sub_items = [row.pk for rows in by_criterion.values() for row in rows]
    guided = _guided(filters.department)
    units = [row for row in communes.matching(filters.query) if row.kind == criteria_set.unit_kind]
    if filters.by_todays_map and filters.at:
        members = members_on(units, filters.at, criteria_set.unit_kind)
        units = [unit for unit in units if members[unit.pk]]
        statuses, changed = _of_members(members, sub_items, filters)
    else:
        keys = [unit.pk for unit in units]
        statuses, changed = _statuses(keys, sub_items, filters.at), _changed(keys, filters)
    waiting = _waiting([unit.pk for unit in units], filters.confirming)
    columns = tuple(_columns(by_criterion, filters, guided))
    criteria = [frozenset(row.pk for row in rows) for rows in by_criterion.values()]
    nothing: frozenset[int] = frozenset()
    rows = [
        _row(
            unit,
            criteria,
            columns,
            statuses.get(unit.pk, {}),
            changed=changed.get(unit.pk, nothing),
            waiting=waiting.get(unit.pk, nothing),
        )
        for unit in units
    ]
    if filters.since:
        rows = [row for row in rows if changed.get(row.commune.pk)]
    counted = [row for row in rows if row.is_known]
    if filters.only_unmet:
        columns, counted, rows = _only_unmet(columns, rows, counted)
    return Matrix(
        criteria_set=criteria_set,
        columns=columns,
        rows=tuple(_sorted(rows, columns, filters.sort)),
        counted=tuple(counted),
        totals=tuple(_totals(columns, counted)),
        groups=groups,
        criteria=tuple(by_criterion),
        opened=frozenset(row.number for row in by_criterion) if filters.opens_all else filters.opened,
        department=filters.department,
        at=filters.at,
        by_todays_map=filters.by_todays_map,
    )


def _by_criterion(criteria_set: CriteriaSet) -> dict[MatrixCriterion, tuple[MatrixSubItem, ...]]:
    """Return the sub-items of each criterion, in the order of the decision."""
    rows = SubItem.objects.of_set(criteria_set).values_list(
        *("pk", "code", "official_code", "name"),
        *("criterion__number", "criterion__name", "criterion__short_name"),
        *("criterion__group__code", "criterion__group__name"),
    )
    return {
        MatrixCriterion(number, name, short_name, MatrixBand(*band)): tuple(MatrixSubItem(*row[:4]) for row in found)
        for (number, name, short_name, *band), found in groupby(rows, itemgetter(slice(4, None)))
    }


def _of_members(members: Members, sub_items: Sequence[int], filters: Filters) -> tuple[Statuses, dict[int, set[int]]]:
    """Return statuses and changes of the units that stand now, put together from those that stood on the day."""
    keys = [key for group in members.values() for key in group]
    found, changes = _statuses(keys, sub_items, filters.at), _changed(keys, filters)
    statuses: Statuses = {}
    changed: dict[int, set[int]] = {}
    for unit, group in members.items():
        parts = [{item: status for item, (status, _) in found[key].items()} for key in group]
        statuses[unit] = {item: (status, 0) for item, status in joined(parts).items()}
        changed[unit] = set().union(*(changes.get(key, set()) for key in group))
    return statuses, changed


def _statuses(communes: Sequence[int], sub_items: Sequence[int], at: date | None) -> Statuses:
    """Return what is known of `sub_items` in `communes`; a key of another set can be among it and is looked up nowhere.

    The keys of a set stand together: asking from the first to the last is a step in the index, naming each isn't.
    """
    if not sub_items:
        return {key: {} for key in communes}
    findings = Assessment.objects.filter(
        commune__in=communes, sub_item__gte=min(sub_items), sub_item__lte=max(sub_items)
    ).order_by()
    name = "status"
    if at is not None:
        findings, name = findings.with_status_at(clock.end_of(at)), "status_at"
    found: Statuses = {key: {} for key in communes}
    for commune, sub_item, status, version in findings.values_list("commune", "sub_item", name, "version"):
        found[commune][sub_item] = (status or "", version)
    return found


def _changed(communes: Sequence[int], filters: Filters) -> dict[int, set[int]]:
    """Return by commune the sub-items whose status changed from the day `since` on, also under an earlier name."""
    if filters.since is None:
        return {}
    unit_of = Commune.objects.selves_of(communes)
    changes = (
        AssessmentChange.objects.real_changes()
        .lasting()
        .filter(assessment__commune__in=unit_of, at__gte=clock.start_of(filters.since))
    )
    if filters.at:
        changes = changes.filter(at__lte=clock.end_of(filters.at))
    found: dict[int, set[int]] = {}
    for commune, sub_item in changes.order_by().values_list("assessment__commune", "assessment__sub_item"):
        found.setdefault(unit_of[commune], set()).add(sub_item)
    return found


def _waiting(communes: Sequence[int], department: int | None) -> dict[int, set[int]]:
    """Return by commune the sub-items guided by `department` with a finding that it hasn't confirmed."""
    if department is None:
        return {}
    findings = Assessment.objects.filter(commune__in=communes, sub_item__departments=department).awaiting().order_by()
    found: dict[int, set[int]] = {}
    for commune, sub_item in findings.values_list("commune", "sub_item"):
        found.setdefault(commune, set()).add(sub_item)
    return found


def _columns(
    by_criterion: Mapping[MatrixCriterion, tuple[MatrixSubItem, ...]], filters: Filters, guided: frozenset[int]
) -> Iterable[Column]:
    for criterion, sub_items in by_criterion.items():
        if filters.group and criterion.band.code != filters.group:
            continue
        kept = [row for row in sub_items if filters.department is None or row.pk in guided]
        if not kept:
            continue
        if filters.opens_all or criterion.number in filters.opened:
            yield from (Column(criterion, (row,), row) for row in kept)
        else:
            yield Column(criterion, tuple(kept))


def _guided(department: int | None) -> frozenset[int]:
    if department is None:
        return frozenset()
    return frozenset(SubItemGuide.objects.filter(department=department).values_list("sub_item", flat=True))


def _row(
    commune: Commune,
    criteria: Sequence[frozenset[int]],
    columns: Sequence[Column],
    statuses: Mapping[int, tuple[str, int]],
    *,
    changed: Set[int],
    waiting: Set[int],
) -> Row:
    """Return the row of `commune`; `criteria` holds the sub-items of each criterion of the set, shown or not."""
    known = {key: status for key, (status, _) in statuses.items() if status}
    fulfilled = {key for key, status in known.items() if status in FULFILLED}
    cells = []
    for column in columns:
        if sub_item := column.sub_item:
            status, version = statuses.get(key := sub_item.pk, NOTHING_FOUND)
            cells.append(_sub_item_cell(status, version, key in changed, key in waiting))
        else:
            keys = column.keys
            met, is_known = len(fulfilled & keys), not keys.isdisjoint(known)
            cells.append(_criterion_cell(met, len(keys), is_known, not changed.isdisjoint(keys), len(waiting & keys)))
    scores = [score(len(fulfilled & keys), len(keys)) for keys in criteria]
    assessed = len(frozenset().union(*criteria) & known.keys())
    return Row(commune, tuple(cells), Progress.of(scores), assessed)


# A table of thousands of cells has few different ones; each is made once.


@lru_cache(maxsize=1024)
def _sub_item_cell(status: str, version: int, is_changed: bool, waiting: int) -> MatrixCell:
    reached = score(int(is_fulfilled(status)), 1)
    return MatrixCell(reached, status or "unassessed", version, bool(status), is_changed, waiting)


@lru_cache(maxsize=1024)
def _criterion_cell(met: int, total: int, is_known: bool, is_changed: bool, waiting: int) -> MatrixCell:
    return MatrixCell(score(met, total), is_known=is_known, is_changed=is_changed, waiting=waiting)


def _only_unmet(
    columns: tuple[Column, ...], rows: list[Row], counted: list[Row]
) -> tuple[tuple[Column, ...], list[Row], list[Row]]:
    """Return the columns that not every commune meets, in them the `counted` rows and those that don't meet all."""
    kept = [at for at in range(len(columns)) if not all(row.cells[at].is_met for row in rows)]
    unmet = [row for row in (row.only(kept) for row in rows) if not all(cell.is_met for cell in row.cells)]
    return tuple(columns[at] for at in kept), [row.only(kept) for row in counted], unmet


def _sorted(rows: list[Row], columns: Sequence[Column], sort: str) -> list[Row]:
    """Sort by name, by progress (`criteria`, `sub_items`) or by a column's key; `-` turns it round."""
    key = sort.removeprefix("-")
    places = {column.key: at for at, column in enumerate(columns)}
    rows = sorted(rows, key=lambda row: (row.commune.sort_key, row.commune.code))
    if key == "criteria":
        rows.sort(key=lambda row: (row.progress.criteria_met, row.progress.sub_items_met), reverse=sort[0] == "-")
    elif key == "sub_items":
        rows.sort(key=lambda row: row.progress.sub_items_met, reverse=sort[0] == "-")
    elif key in places:
        rows.sort(key=lambda row: row.cells[places[key]].score.met, reverse=sort[0] == "-")
    elif sort == "-name":
        rows.reverse()
    return rows


def _totals(columns: Sequence[Column], rows: Sequence[Row]) -> Iterable[Score]:
    """By column: how many of the communes shown meet it."""
    if not rows:
        return (Score(0, 0) for _ in columns)
    return (Score(sum(map(IS_MET, cells)), len(rows)) for cells in zip(*(row.cells for row in rows), strict=True))
