"""Whom to remind of the monthly reports on a day, and of what: the commune of its own, the office of all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.urls import reverse

from communes.digests import REMINDER, Reminder, in_days, step_of
from communes.enums import Role
from communes.models import Commune, User
from criteria.models import ReportLine
from criteria.reports.board import BoardCell, board_months, make_board
from criteria.reports.calendar import calendars_of
from criteria.reports.reminders import due_phrase, month_name
from criteria.selectors import set_in_force

# So many codes of unfinished lines are named; the rest is counted.
NAMED = 8


def report_reminders(today: date) -> list[Reminder]:
    """Return what is said on `today` about reports that weren't sent; the same few queries for any number of communes.

    A commune is told of its own report from three days before the due day on, its office of all that are late.
    """
    cells = _holes(today)
    left = _unfinished([cell for _, cell in cells], [unit for unit, _ in cells])
    staff, offices = _people(cells)
    reminders, late = [], defaultdict(list)
    for unit, cell in cells:
        days = (today - cell.deadline.due_on).days
        step = step_of(days)
        if step is None:
            continue
        if staff[unit.pk]:
            reminders.append(
                Reminder(
                    people=tuple(staff[unit.pk]),
                    key=f"{REMINDER}report-{unit.pk}-{cell.month:%Y-%m}-{step}",
                    text=_to_commune(unit, cell, days, left.get((unit.pk, cell.month))),
                    url=f"{reverse('reports:board')}{unit.code}/{cell.month:%Y-%m}/",
                )
            )
        if days > 0:
            late[(unit.authority_id, cell.month, step)].append((unit, days))
    return [*reminders, *_to_offices(late, offices)]


def _holes(today: date) -> list[tuple[Commune, BoardCell]]:
    """Return the reports of the last twelve months that weren't sent."""
    criteria_set = set_in_force(today)
    units = Commune.objects.valid_on(today).select_related("authority").order_by("sort_key", "code")
    communes = list(units.of_kind(criteria_set.unit_kind) if criteria_set else units.none())
    calendars = calendars_of({unit.authority_id for unit in communes}).values()
    if not communes:
        return []
    latest = max(calendar.current(today).month for calendar in calendars)
    board = make_board(communes, board_months(latest), latest, today)
    return [(row.commune, cell) for row in board.rows for cell in row.cells if cell.is_hole]


def _unfinished(cells: Sequence[BoardCell], communes: Sequence[Commune]) -> dict[tuple[int, date], list[str]]:
    """Return the codes of the lines that a begun report's commune hasn't looked at yet, by commune and month."""
    begun = {(unit.pk, cell.month) for unit, cell in zip(communes, cells, strict=True) if cell.has_draft}
    rows = (
        ReportLine.objects.filter(
            report__commune__in={key for key, _ in begun},
            report__month__in={month for _, month in begun},
            checked_at__isnull=True,
        )
        .order_by("sub_item__criterion__number", "sub_item__position")
        .values_list("report__commune", "report__month", "sub_item__code")
    )
    found: dict[tuple[int, date], list[str]] = {key: [] for key in begun}
    for commune, month, code in rows:
        if (commune, month) in found:
            found[(commune, month)].append(code)
    return found


def _people(
    cells: Iterable[tuple[Commune, BoardCell]],
) -> tuple[dict[int | None, list[User]], dict[int | None, list[User]]]:
    """Return the active staff by commune, and the officers by authority."""
    communes = {unit.pk for unit, _ in cells}
    authorities = {unit.authority_id for unit, _ in cells}
    staff: dict[int | None, list[User]] = defaultdict(list)
    offices: dict[int | None, list[User]] = defaultdict(list)
    for person in User.objects.filter(commune__in=communes, is_active=True):
        staff[person.commune_id].append(person)
    for person in User.objects.filter(authority__in=authorities, role=Role.DISTRICT, is_active=True):
        offices[person.authority_id].append(person)
    return staff, offices


def _to_commune(unit: Commune, cell: BoardCell, days: int, left: list[str] | None) -> str:
    """Return "Báo cáo tháng 4/2023 của xã Cao Sơn đến hạn …, còn 3 ngày: còn 2 nội dung chưa rà soát (1.1, 17.4)."."""
    if left is None:
        state = "chưa mở báo cáo"
    elif left:
        named = ", ".join(left[:NAMED])
        further = f" và {len(left) - NAMED} nội dung khác" if len(left) > NAMED else ""
        state = f"còn {len(left)} nội dung chưa rà soát ({named}{further})"
    else:
        state = "đã rà soát đủ các nội dung, chưa gửi"
    return f"Báo cáo {month_name(cell.month)} của {unit} đến hạn {due_phrase(cell.deadline)}, {in_days(days)}: {state}."


def _to_offices(
    late: dict[tuple[int, date, int], list[tuple[Commune, int]]], offices: dict[int | None, list[User]]
) -> list[Reminder]:
    """Return one reminder an office and month, naming the communes whose report is late."""
    return [
        Reminder(
            people=tuple(offices[authority]),
            key=f"{REMINDER}reports-{authority}-{month:%Y-%m}-{step}",
            text=f"Báo cáo {month_name(month)}: {len(missing)} xã chưa gửi, {in_days(missing[0][1])} "
            f"({', '.join(unit.name for unit, _ in missing)}).",
            url=f"{reverse('reports:reminder')}?month={month:%Y-%m}",
        )
        for (authority, month, step), missing in late.items()
        if offices[authority]
    ]
