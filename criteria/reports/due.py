"""Whom to remind of the monthly reports on a day, and of what: the commune of its own, the office of all."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from communes.digests import REMINDER, Reminder, in_days, step_of
from communes.enums import Role
from communes.models import Commune, User
from criteria.models import MonthlyReport, ReportLine
from criteria.reports.board import BoardCell, board_months, make_board
from criteria.reports.calendar import calendars_of
from criteria.reports.form_selectors import NEEDED_PARTS
from criteria.reports.reminders import due_phrase, month_name
from criteria.reports.snapshot import NARRATIVE
from criteria.selectors import set_in_force

# So many codes of unfinished lines are named; the rest is counted.
NAMED = 8


def report_reminders(today: date) -> list[Reminder]:
    """Return what is said on `today` about reports that weren't sent; the same few queries for any number of communes.

    A commune is told of its own report from three days before the due day on, its office of all that are late.
    """
    cells = _holes(today)
    left = _unfinished(cells)
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
    """Return the reports of the last twelve months that weren't sent and still can be."""
    criteria_set = set_in_force(today)
    units = Commune.objects.valid_on(today).select_related("authority").order_by("sort_key", "code")
    communes = list(units.of_kind(criteria_set.unit_kind) if criteria_set else units.none())
    calendars = calendars_of({unit.authority_id for unit in communes}).values()
    if not communes:
        return []
    latest = max(calendar.current(today).month for calendar in calendars)
    board = make_board(communes, board_months(latest), latest, today)
    return [(row.commune, cell) for row in board.rows for cell in row.cells if cell.can_be_sent]


@dataclass
class Unfinished:
    """What a begun report still lacks: codes of lines that nobody has looked at, titles of parts without a word."""

    codes: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """Return "còn 2 nội dung chưa rà soát (1.1, 17.4); chưa viết phần “Kết quả thực hiện”"."""
        said = []
        if self.codes:
            further = f" và {len(self.codes) - NAMED} nội dung khác" if len(self.codes) > NAMED else ""
            said.append(f"còn {len(self.codes)} nội dung chưa rà soát ({', '.join(self.codes[:NAMED])}{further})")
        if self.parts:
            said.append(f"chưa viết phần {', '.join(f'“{title}”' for title in self.parts)}")
        return "; ".join(said) or "đã soạn đủ, chưa gửi"


def _unfinished(cells: Iterable[tuple[Commune, BoardCell]]) -> dict[tuple[int, date], Unfinished]:
    """Return what the begun ones of these reports lack, by commune and month."""
    begun = {(unit.pk, cell.month) for unit, cell in cells if cell.has_draft}
    reports = MonthlyReport.objects.filter(
        commune__in={key for key, _ in begun}, month__in={month for _, month in begun}, first_submitted_at__isnull=True
    ).order_by()
    found: dict[tuple[int, date], Unfinished] = {}
    for commune, month, *texts in reports.values_list("commune", "month", *NEEDED_PARTS):
        unwritten = [NARRATIVE[name] for name, text in zip(NEEDED_PARTS, texts, strict=True) if not text.strip()]
        found[(commune, month)] = Unfinished(parts=unwritten)
    lines = ReportLine.objects.filter(report__in=reports, checked_at__isnull=True)
    in_order = lines.order_by("sub_item__criterion__number", "sub_item__position")
    for commune, month, code in in_order.values_list("report__commune", "report__month", "sub_item__official_code"):
        found[(commune, month)].codes.append(code)
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


def _to_commune(unit: Commune, cell: BoardCell, days: int, left: Unfinished | None) -> str:
    """Return "Báo cáo tháng 4/2023 của xã Cao Sơn đến hạn …, còn 3 ngày: còn 2 nội dung chưa rà soát (1.1, 17.4)."."""
    state = left.sentence if left else "chưa mở báo cáo"
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
