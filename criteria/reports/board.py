"""Communes by months: which monthly report is where, since when, and was it on time.

The same few queries for one commune and for a whole province; everything else is put together in Python.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Max, Min

from communes.models import Authority, Commune, User
from criteria.deadlines import ReportDeadline, month_after, on_time
from criteria.enums import ReportEventKind, ReportStatus
from criteria.models import MonthlyReport, ReportEvent
from criteria.reports.bearer import Reports, bearer, with_selves
from criteria.reports.calendar import ReportCalendar, calendars_of
from ntm_tracker.lib import clock

MONTHS = 12

# States of a cell besides those of a sent report (`ReportStatus`): nothing is expected; not sent and the due day is
# ahead, with or without a draft; not sent and the due day has passed.
NOT_EXPECTED, NOT_DUE, DRAFT, MISSING = "", "not_due", "draft", "missing"
STATES = (MISSING, NOT_DUE, DRAFT, ReportStatus.RETURNED, ReportStatus.SUBMITTED, ReportStatus.ACCEPTED)
HOLES = frozenset({NOT_DUE, DRAFT, MISSING})

# The event whose day is the state's own.
EVENT_OF = {
    DRAFT: ReportEventKind.CREATED,
    ReportStatus.SUBMITTED: ReportEventKind.SUBMITTED,
    ReportStatus.RETURNED: ReportEventKind.RETURNED,
    ReportStatus.ACCEPTED: ReportEventKind.ACCEPTED,
}


@dataclass(frozen=True)
class BoardCell:
    """The report of one commune for one month on the day `today`; `day` is that of the state, `sent_on` the first
    sending, by which it is judged. `is_earlier`: it is that of an earlier self, so that nobody can send it any more."""

    deadline: ReportDeadline
    state: str
    today: date
    day: date | None = None
    sent_on: date | None = None
    was_on_time: bool = False
    has_draft: bool = False
    is_earlier: bool = False

    @property
    def month(self) -> date:
        return self.deadline.month

    @property
    def is_expected(self) -> bool:
        return self.state != NOT_EXPECTED

    @property
    def is_hole(self) -> bool:
        """Whether the report is expected and was never sent."""
        return self.state in HOLES

    @property
    def can_be_sent(self) -> bool:
        """Whether the commune is to be asked for the report."""
        return self.is_hole and not self.is_earlier

    @property
    def is_owed(self) -> bool:
        """Whether the commune has to do something for it now that the day is past: it is missing, or was returned."""
        return self.state in (MISSING, ReportStatus.RETURNED) and not self.is_earlier

    @property
    def is_late(self) -> bool:
        """Whether the report came late, or the due day has passed without it."""
        return self.state == MISSING or (self.sent_on is not None and not self.was_on_time)

    @property
    def days_late(self) -> int:
        """By how many days it came late, or is late today."""
        return ((self.sent_on or self.today) - self.deadline.due_on).days if self.is_late else 0

    @property
    def counts(self) -> bool:
        """Whether it enters the rate: its due day has passed."""
        return self.is_expected and self.deadline.due_on < self.today


@dataclass(frozen=True)
class Punctuality:
    """How many of the reports whose due day has passed came on time."""

    on_time: int
    due: int

    @classmethod
    def of(cls, cells: Iterable[BoardCell]) -> "Punctuality":
        counted = [cell for cell in cells if cell.counts]
        return cls(sum(cell.was_on_time for cell in counted), len(counted))

    @property
    def share(self) -> float:
        """From 0 to 1; -1 where nothing was due yet, below every other."""
        return self.on_time / self.due if self.due else -1


@dataclass(frozen=True)
class BoardRow:
    """One commune with its months. `units`: itself and what it was under another name or authority."""

    units: tuple[Commune, ...]
    cells: tuple[BoardCell, ...]
    focus: BoardCell

    @property
    def commune(self) -> Commune:
        return self.units[0]

    @cached_property
    def punctuality(self) -> Punctuality:
        return Punctuality.of(self.cells)


@dataclass(frozen=True)
class BoardMonth:
    """One column: how the communes stand in it. `deadline` is None where the authorities have several."""

    month: date
    cells: tuple[BoardCell, ...]

    @property
    def deadline(self) -> ReportDeadline | None:
        deadlines = {cell.deadline for cell in self.cells}
        return next(iter(deadlines)) if len(deadlines) == 1 else None

    @property
    def expected(self) -> int:
        return sum(cell.is_expected for cell in self.cells)

    @property
    def sent(self) -> int:
        return sum(cell.is_expected and not cell.is_hole for cell in self.cells)

    @property
    def holes(self) -> int:
        """How many communes are to be asked for it."""
        return sum(cell.can_be_sent for cell in self.cells)

    @property
    def late(self) -> int:
        return sum(cell.is_late for cell in self.cells)

    @property
    def punctuality(self) -> Punctuality:
        return Punctuality.of(self.cells)

    @property
    def states(self) -> Mapping[str, int]:
        return Counter(cell.state for cell in self.cells if cell.is_expected)


@dataclass(frozen=True)
class Board:
    """Rows of communes and columns of months; `focus` is the month that the filters ask about."""

    rows: tuple[BoardRow, ...]
    months: tuple[BoardMonth, ...]
    focus: BoardMonth

    @property
    def punctuality(self) -> Punctuality:
        return Punctuality.of(cell for row in self.rows for cell in row.cells)

    @property
    def has_several_authorities(self) -> bool:
        return len({row.commune.authority_id for row in self.rows}) > 1


def board_months(until: date) -> list[date]:
    """Return the twelve months that end with `until`, oldest first."""
    return [month_after(until, step) for step in range(1 - MONTHS, 1)]


def make_board(communes: Sequence[Commune], months: Sequence[date], focus: date, today: date) -> Board:
    """Return the board of `communes` for `months`; at most ten queries, and one for every further earlier self.

    `focus` is one of the months. A commune reports for a month when it exists on the last day that the month's
    report covers; its row holds also what it reported under another name or authority. Months before the first
    report of an authority were not kept here, nor, as long as it has none, those that were due before its communes
    had an account: nothing is expected of them.
    """
    of_rows = with_selves(communes)
    everybody = [unit for units in of_rows for unit in units]
    calendars = calendars_of({unit.authority_id for unit in everybody})
    begins = _first_months(calendars, today)
    reports, days = _reports(everybody, months)
    rows = []
    for units in of_rows:
        cells = tuple(_cell(units, month, calendars, begins, reports, days, today) for month in months)
        rows.append(BoardRow(units, cells, cells[months.index(focus)]))
    columns = tuple(BoardMonth(month, tuple(row.cells[at] for row in rows)) for at, month in enumerate(months))
    return Board(tuple(rows), columns, columns[months.index(focus)])


def months_of(commune: Commune, calendar: ReportCalendar, begin: date | None, today: date) -> tuple[BoardCell, ...]:
    """Return the months of one commune, the one due next last; without the days of a state.

    `begin` is the first month of which its authority has a report; without one nothing before the next is expected.
    """
    latest = calendar.current(today).month
    months = board_months(latest)
    (units,) = with_selves([commune])
    shown = MonthlyReport.objects.filter(commune__in=units, month__in=months).order_by()
    reports = {(row.commune_id, row.month): row for row in shown}
    calendars, begins = {commune.authority_id: calendar}, {commune.authority_id: begin or latest}
    if others := {unit.authority_id for unit in units} - calendars.keys():
        earlier = calendars_of(others)
        calendars, begins = calendars | earlier, begins | _first_months(earlier, today)
    return tuple(_cell(units, month, calendars, begins, reports, {}, today) for month in months)


def _first_months(calendars: Mapping[int, ReportCalendar], today: date) -> dict[int, date]:
    """Return the first month of which each authority's communes are expected to report here."""
    reports = MonthlyReport.objects.filter(commune__authority__in=calendars).order_by()
    first = dict(reports.values_list("commune__authority").annotate(first=Min("month")))
    staff = User.objects.filter(commune__authority__in=calendars).order_by()
    joined = dict(staff.values_list("commune__authority").annotate(joined=Min("date_joined")))
    return {
        key: first.get(key) or calendar.current(min(clock.day_of(joined[key]), today) if key in joined else today).month
        for key, calendar in calendars.items()
    }


def owed_since(authorities: Collection[int], today: date) -> dict[int, date]:
    """Return by authority the first month whose report a commune without a first day would owe on `today`.

    Nothing of one whose communes owe no past month yet.
    """
    calendars = calendars_of(authorities)
    begins = _first_months(calendars, today)
    return {key: begin for key, begin in begins.items() if begin < calendars[key].current(today).month}


def why_first_day(authority: Authority, since: date) -> str:
    """Return why a commune that joins those of `authority` needs a first day."""
    return (
        f"Các xã của {authority} báo cáo ở đây từ tháng {since.month}/{since.year}; xã mới không ghi ngày thì bị coi "
        "là nợ báo cáo từ tháng đó. Hãy ghi ngày xã được lập hoặc bắt đầu được theo dõi."
    )


def _reports(communes: Sequence[Commune], months: Sequence[date]) -> tuple[Reports, dict[tuple[int, str], datetime]]:
    """Return the reports by commune and month, and when each of their events last happened."""
    shown = MonthlyReport.objects.filter(commune__in=[unit.pk for unit in communes], month__in=months)
    rows = shown.only("pk", "commune_id", "month", "status", "first_submitted_at").order_by()
    events = ReportEvent.objects.filter(report__in=shown.order_by().values("pk")).order_by()
    newest = events.values_list("report", "kind").annotate(newest=Max("at"))
    return {(row.commune_id, row.month): row for row in rows}, {(key, kind): at for key, kind, at in newest}


def _cell(
    units: Sequence[Commune],
    month: date,
    calendars: Mapping[int, ReportCalendar],
    begins: Mapping[int, date],
    reports: Reports,
    days: Mapping[tuple[int, str], datetime],
    today: date,
) -> BoardCell:
    unit = bearer(units, month, reports)
    if unit is None:
        return BoardCell(calendars[units[0].authority_id].deadline(month), NOT_EXPECTED, today)
    report, deadline = reports.get((unit.pk, month)), calendars[unit.authority_id].deadline(month)
    cell = _cell_of(report, deadline, begins[unit.authority_id], days, today)
    return replace(cell, is_earlier=True) if unit != units[0] else cell


def _cell_of(
    report: MonthlyReport | None,
    deadline: ReportDeadline,
    begin: date,
    days: Mapping[tuple[int, str], datetime],
    today: date,
) -> BoardCell:
    if report is None:
        late = MISSING if deadline.due_on < today else NOT_DUE
        return BoardCell(deadline, late if deadline.month >= begin else NOT_EXPECTED, today)
    opened_or_answered = days.get((report.pk, EVENT_OF[report.status]))
    day = clock.day_of(opened_or_answered) if opened_or_answered else None
    if report.first_submitted_at is None:
        state = MISSING if deadline.due_on < today else DRAFT
        return BoardCell(deadline, state, today, day=day, has_draft=True)
    first = report.first_submitted_at
    sent_on = clock.day_of(first)
    return BoardCell(deadline, report.status, today, day or sent_on, sent_on, on_time(first, deadline))


# Orders


def _state_order(row: BoardRow) -> tuple[int, int]:
    """What asks for work first: missing, the longest first; then not due, draft, returned, sent, accepted."""
    state = row.focus.state
    return (STATES.index(state) if state in STATES else len(STATES), -row.focus.days_late)


ORDERS: dict[str, Callable[[BoardRow], tuple[Any, ...]]] = {
    "name": lambda row: (row.commune.sort_key, row.commune.code),
    "state": _state_order,
    "rate": lambda row: (row.punctuality.share,),
}


def ordered(rows: Iterable[BoardRow], order: str) -> list[BoardRow]:
    """Return the rows in the order asked for ("rate", "-rate"); those that are alike stay by name."""
    return sorted(rows, key=ORDERS[order.removeprefix("-")], reverse=order.startswith("-"))
