"""The board of the monthly reports: whoever has to ask who is late finds it here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from communes.enums import Role
from communes.http import SignedInRequest
from communes.models import Commune, User
from criteria.deadlines import covered_days, month_after
from criteria.models import CriteriaSet
from criteria.periods import EARLIEST, month_of
from criteria.reports.board import MISSING, MONTHS, ORDERS, STATES, Board, BoardRow, board_months, make_board, ordered
from criteria.reports.board_table import LABELS, board_file, board_foot, board_rows, cell_words
from criteria.reports.calendar import calendar_of
from criteria.selectors import set_in_force
from criteria.selectors.units import last_set_before
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.gate import require

# The signs of the board with their words, as the templates know them.
KEY = (
    ("accepted", "Chấp nhận"),
    ("submitted", "Đã gửi, chờ thẩm định"),
    ("returned", "Trả lại"),
    ("draft", "Đang soạn"),
    ("not_applicable", "Chưa gửi, chưa đến hạn"),
    ("overdue", "Quá hạn chưa gửi"),
)


@dataclass(frozen=True)
class BoardAsked:
    """What the address asks for: the last month shown, the month that the filters ask about, part and order."""

    until: date
    focus: date
    present: date
    query: str = ""
    state: str = ""
    late_only: bool = False
    order: str = ""

    @property
    def months(self) -> list[date]:
        return board_months(self.until)

    @property
    def before(self) -> str:
        """The board twelve months before as addresses write it; "" where there is nothing."""
        until = month_after(self.until, -MONTHS)
        return f"{until:%Y-%m}" if until > EARLIEST else ""

    @property
    def after(self) -> str:
        return f"{min(month_after(self.until, MONTHS), self.present):%Y-%m}" if self.until < self.present else ""

    @property
    def focus_text(self) -> str:
        return f"{self.focus:%Y-%m}"

    @property
    def is_part(self) -> bool:
        return bool(self.query or self.state or self.late_only)

    def in_words(self) -> list[str]:
        """Return what the rows are narrowed by, as files name it; months that end before the present among it."""
        month = f"tháng {self.focus.month}/{self.focus.year}"
        asked = {
            f"Tháng: đến tháng {self.until.month}/{self.until.year}": self.until != self.present,
            f"Tìm: “{self.query}”": self.query,
            f"Trạng thái: {LABELS.get(self.state, '')} {month}": self.state,
            f"Báo cáo muộn: muộn {month}": self.late_only,
        }
        return [words for words, is_asked in asked.items() if is_asked]


def board_asked(query: Mapping[str, str], present: date) -> BoardAsked:
    """Read the address; what can't be read asks for nothing. `present` is the month whose report is due next.

    A month without `until` brings the twelve months in which it lies, counted back from the present.
    """
    focus, until = month_of(query.get("month", "").strip()), month_of(query.get("until", "").strip())
    if until is None or not EARLIEST < until <= present:
        until = present
        while focus and EARLIEST < focus < month_after(until, 1 - MONTHS):
            until = month_after(until, -MONTHS)
    if focus is None or not month_after(until, 1 - MONTHS) <= focus <= until:
        focus = until
    state, order = query.get("state", ""), query.get("sort", "")
    return BoardAsked(
        until=until,
        focus=focus,
        present=present,
        query=query.get("q", "").strip()[:100],
        state=state if state in STATES else "",
        late_only=query.get("late") == "1",
        order=order if order.removeprefix("-") in ORDERS else "",
    )


def reported_set(months: list[date]) -> CriteriaSet | None:
    """Return the set on which is reported in the last of `months`; without one nobody owes a report."""
    return set_in_force(months[-1]) or set_in_force(clock.today())


def reporting_communes(user: User, months: list[date], criteria_set: CriteriaSet | None) -> list[Commune]:
    """Return the communes of the person's authority that existed in one of `months` and report on the set, by name.

    Commune staff get the whole district too: its totals are for everybody.
    """
    if criteria_set is None:
        return []
    until = covered_days(months[-1])[1]
    units = Commune.objects.in_same_reach(user).valid_between(months[0], until).of_kind(criteria_set.unit_kind)
    return list(units.select_related("authority").order_by("sort_key", "code"))


@require_GET
def board_page(request: SignedInRequest) -> HttpResponse:
    """Every commune's reports of twelve months; commune staff see their own row and the district's totals."""
    user = request.user
    require(user, "communes.view_progress")
    today = clock.today()
    asked = board_asked(request.GET, calendar_of(user.authority).current(today).month)
    criteria_set = reported_set(asked.months)
    communes = reporting_communes(user, asked.months, criteria_set)
    board = make_board(communes, asked.months, asked.focus, today)
    visible = _visible(user, board, asked)
    rows = ordered(_part(visible, asked), asked.order or "name")
    if request.GET.get("format") == "xlsx":
        return answer(request, board_file(board, rows, today, place=str(user.unit or ""), filters=asked.in_words()))
    may_remind, may_fill = user.has_perm("criteria.remind_of_report"), user.has_perm("criteria.fill_report")
    deadline = board.focus.deadline
    days_left = deadline.days_left(today) if deadline else 0
    context = {
        "asked": asked,
        "criteria_set": criteria_set,
        "last_set": None if criteria_set else last_set_before(today),
        "board": board,
        "deadline": deadline,
        "days_left": days_left,
        "days_over": -days_left,
        "months": asked.months,
        "rows": rows,
        "body": board_rows(board, rows, may_remind=may_remind, may_fill=may_fill),
        "foot": board_foot(board),
        "states": _states(visible),
        "late": sum(row.focus.is_late for row in visible),
        "missing_before": sum(
            cell.state == MISSING for row in visible for cell in row.cells if cell.month < asked.focus
        ),
        "may_remind": may_remind,
        "is_listed": len(visible) > 1,
        "key": KEY,
        "orders": (("state", "Cần nhắc trước"),),
        **_own(user, visible),
    }
    return render(request, "criteria/reports/board.html", context)


def _own(user: User, rows: Sequence[BoardRow]) -> dict[str, Any]:
    """Return the row of a commune's staff, how it stands in words, and the address of its form."""
    own = next((row for row in rows if row.commune.pk == user.commune_id), None)
    if user.role != Role.COMMUNE or own is None:
        return {}
    address = f"{reverse('reports:board')}{own.commune.code}/{own.focus.month:%Y-%m}/"
    return {"own": own, "own_words": cell_words(own.focus), "own_url": address}


def _visible(user: User, board: Board, asked: BoardAsked) -> list[BoardRow]:
    found = Commune.objects.visible_to(user).matching(asked.query)
    keys = set(found.order_by().values_list("pk", flat=True))
    return [row for row in board.rows if any(unit.pk in keys for unit in row.units)]


def _part(rows: list[BoardRow], asked: BoardAsked) -> list[BoardRow]:
    """Return the rows whose report of the focused month is in the state asked for, and late where that is asked."""
    return [row for row in rows if asked.state in ("", row.focus.state) and (row.focus.is_late or not asked.late_only)]


def _states(rows: list[BoardRow]) -> list[tuple[Any, str, int]]:
    """Return the states that occur in the focused month, with their counts."""
    counts = {state: sum(row.focus.state == state for row in rows) for state in STATES}
    return [(str(state), LABELS[state], count) for state, count in counts.items() if count]
