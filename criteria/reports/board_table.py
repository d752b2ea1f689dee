"""The board as HTML and as a workbook, joined in Python: a province has thousands of cells.

Whatever comes from people is escaped here; everything else is days and words of our own.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from criteria.enums import ReportStatus
from criteria.exports import BAD, GOOD, PART, PLAIN, file_name, title_as_of
from criteria.reports.board import DRAFT, MISSING, NOT_DUE, Board, BoardCell, BoardMonth, BoardRow, Punctuality
from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import vn_date, vn_month
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.figures import vn_percent
from ntm_tracker.lib.workbook import FONT, XLSX, Book, Column, Kind, filtered, filters_text, header_text, write_list

# Sign (`includes/signs.html`), tone and word of each state.
SIGNS = {
    MISSING: ("overdue", "bad", "Chưa gửi"),
    NOT_DUE: ("none", "neutral", "Chưa gửi"),
    DRAFT: ("empty", "neutral", "Đang soạn"),
    ReportStatus.RETURNED: ("returned", "bad", "Trả lại"),
    ReportStatus.SUBMITTED: ("half", "attention", "Đã gửi"),
    ReportStatus.ACCEPTED: ("met", "good", "Chấp nhận"),
}
# The states as filters name them.
LABELS = {
    **{state: word for state, (_, _, word) in SIGNS.items()},
    MISSING: "Quá hạn chưa gửi",
    NOT_DUE: "Chưa đến hạn",
}
# Sign and colours of each state in the workbook: the sign alone says it on a black and white print.
BOOK_SIGNS = {
    MISSING: ("▲", BAD),
    NOT_DUE: ("–", PLAIN),
    DRAFT: ("…", PLAIN),
    ReportStatus.RETURNED: ("↩", BAD),
    ReportStatus.SUBMITTED: ("◐", PART),
    ReportStatus.ACCEPTED: ("✓", GOOD),
}
BOOK_LEGEND = (
    "✓ chấp nhận   ◐ đã gửi, chờ thẩm định   ↩ trả lại   … đang soạn   – chưa đến hạn   ▲ quá hạn chưa gửi, số ngày.   "
    "Ngày trong ô là ngày gửi, trả lại hoặc chấp nhận; muộn: gửi lần đầu sau hạn bao nhiêu ngày."
)
NOT_EXPECTED_WORDS = "Không phải báo cáo tháng này"


def cell_words(cell: BoardCell) -> str:
    """Return all that a cell says: "Chấp nhận 18/4/2023; gửi 17/4/2023, muộn 2 ngày"."""
    if not cell.is_expected:
        return NOT_EXPECTED_WORDS
    word = SIGNS[cell.state][2]
    if cell.state == MISSING:
        draft = " (đang soạn)" if cell.has_draft else ""
        return f"{word}{draft}, quá hạn {cell.days_late} ngày, hạn {vn_date(cell.deadline.due_on)}"
    if cell.is_hole:
        opened = f" từ {vn_date(cell.day)}" if cell.day else ""
        return f"{word}{opened}, {_days_left(cell)}"
    timely = f"muộn {cell.days_late} ngày" if cell.is_late else "đúng hạn"
    if cell.state == ReportStatus.SUBMITTED and cell.day == cell.sent_on:
        return f"{word} {_day(cell.day)}, {timely}"
    return f"{word} {_day(cell.day)}; gửi lần đầu {_day(cell.sent_on)}, {timely}"


def _day(day: date | None) -> str:
    return vn_date(day) if day else ""


def _days_left(cell: BoardCell) -> str:
    left = cell.deadline.days_left(cell.today)
    return f"còn {left} ngày" if left else "hạn hôm nay"


def month_name(month: date) -> str:
    """Return "4/2023"."""
    return f"{vn_month(month.month)}/{month.year}"


# The table


def board_rows(board: Board, rows: Iterable[BoardRow], *, may_remind: bool, may_fill: bool) -> SafeString:
    """Return the rows of the table's body. A hole leads to the reminder, or to the form of whoever fills it in."""
    pieces = _rows(board, rows, may_remind=may_remind, may_fill=may_fill)
    return mark_safe("".join(pieces))  # noqa: S308  every text in it is escaped


def board_foot(board: Board) -> SafeString:
    """Return the rows of totals: sent of expected, and the share that came on time."""
    focus = board.focus.month
    sent, rates = [], []
    for column in board.months:
        mark = ' class="focus"' if column.month == focus else ""
        sent.append(f"<td{mark}>{column.sent}/{column.expected}</td>" if column.expected else f"<td{mark}>–</td>")
        rates.append(f"<td{mark}>{rate_words(column.punctuality)}</td>")
    whole = board.punctuality
    return mark_safe(  # noqa: S308
        f'<tr><th scope="row">Đã gửi</th>{"".join(sent)}<td class="rate"></td></tr>'
        f'<tr><th scope="row">Đúng hạn</th>{"".join(rates)}<td class="rate">{rate_words(whole)}</td></tr>'
    )


def rate_words(punctuality: Punctuality) -> str:
    """Return "91,7%"; "–" where nothing was due yet."""
    return vn_percent(punctuality.on_time, punctuality.due) if punctuality.due else "–"


def _rows(board: Board, rows: Iterable[BoardRow], *, may_remind: bool, may_fill: bool) -> Iterable[str]:
    base, remind, units = reverse("reports:board"), reverse("reports:reminder"), reverse("communes:list")
    several, focus = board.has_several_authorities, board.focus.month
    for row in rows:
        unit = row.commune
        address = escape(unit.get_absolute_url()) if unit.valid_to else f"{units}{unit.code}/"
        yield f'<tr><th scope="row"><a href="{address}">{escape(unit.name)}</a>'
        if unit.is_demonstration:
            yield '<abbr class="demo" title="Dữ liệu minh họa">MH</abbr>'
        if several:
            yield f'<span class="under">{escape(unit.authority)}</span>'
        yield "</th>"
        for cell in row.cells:
            link = ""
            if cell.can_be_sent and may_remind:
                link = f"{remind}?month={cell.month:%Y-%m}&amp;commune={unit.code}"
            elif cell.is_expected and ((may_fill and cell.can_be_sent) or not cell.is_hole):
                link = f"{base}{unit.code}/{cell.month:%Y-%m}/"
            yield _cell(cell, link, in_focus=cell.month == focus)
        rate = row.punctuality
        counted = f'<span class="share">{rate.on_time}/{rate.due}</span>' if rate.due else ""
        yield f'<td class="rate" data-label="Đúng hạn"><span>{rate_words(rate)}{counted}</span></td></tr>'


def _cell(cell: BoardCell, address: str, *, in_focus: bool) -> str:
    label = f' data-label="Tháng {month_name(cell.month)}"' if in_focus else ""
    focus = " focus" if in_focus else ""
    if not cell.is_expected:
        return f'<td class="none{focus}"{label}><span title="{NOT_EXPECTED_WORDS}">·</span></td>'
    sign, tone, _ = SIGNS[cell.state]
    words = cell_words(cell)
    short = f'<span class="short" aria-hidden="true">{_short(cell)}</span>'
    full = f'<span class="{"full" if in_focus else "visually-hidden"}">{words}</span>'
    inside = f'<svg class="sign" aria-hidden="true"><use href="#sign-{sign}"/></svg>{short}{full}'
    tag = f'<a href="{address}" title="{words}">{inside}</a>' if address else f'<span title="{words}">{inside}</span>'
    return f'<td class="{tone}{focus}"{label}>{tag}</td>'


def _short(cell: BoardCell) -> str:
    """Return what fits a narrow cell: "15/3", "17/4" over "muộn 2", "quá 26", "còn 7"."""
    if cell.state == MISSING:
        return f"quá {cell.days_late}"
    if cell.is_hole:
        left = cell.deadline.days_left(cell.today)
        return ("soạn" if cell.state == DRAFT else "còn " + str(left)) if left else "hôm nay"
    shown = cell.day or cell.today
    late = f"<i>muộn {cell.days_late}</i>" if cell.is_late else ""
    return f"{shown.day}/{shown.month}{late}"


# The workbook


def board_file(board: Board, rows: Sequence[BoardRow], day: date, *, place: str, filters: Sequence[str]) -> Download:
    """Return the rows that the page shows as a workbook, its months in narrow columns: a year prints on one A4.

    `filters` says by what they were narrowed: in the heading and in the name.
    """
    title = title_as_of("Báo cáo tháng", place, day)
    columns = [
        Column("Mã xã", width=9),
        Column("Xã", width=18),
        *([Column("Cơ quan chỉ đạo", width=20)] if board.has_several_authorities else []),
        *(_month_column(column) for column in board.months),
        Column("Đúng hạn", Kind.NUMBER, 8),
        Column("Đã đến hạn", Kind.NUMBER, 8),
        Column("Tỷ lệ đúng hạn", Kind.PERCENT, 9),
    ]
    first = len(columns) - 3 - len(board.months)
    book = Book(title)
    lines, totals = _lines(board, rows), _totals(board, first)
    sheet, count = write_list(book, "Báo cáo tháng", columns, lines, totals=totals)
    for sign, look in BOOK_SIGNS.values():
        rule = {"type": "text", "criteria": "begins with", "value": sign, "format": book.format(**look)}
        sheet.conditional_format(1, first, max(len(rows), 1), first + len(board.months) - 1, rule)
    sheet.freeze_panes(1, 2)
    words = filters_text(filters)
    heading = ". ".join(filter(None, [title, words]))
    sheet.set_header(f'&C&"{FONT},Bold"&13{header_text(heading)}')
    for at, line in enumerate(filter(None, [BOOK_LEGEND, words]), count + 2):
        book.put(sheet, at, 0, line, font_size=10, italic=True)
    subject = filtered("Báo cáo tháng", filters)
    return Download(file_name(subject, [row.commune for row in rows], day), XLSX, book.content())


def _lines(board: Board, rows: Iterable[BoardRow]) -> Iterable[Sequence[Any]]:
    for row in rows:
        rate, authority = row.punctuality, [str(row.commune.authority)] if board.has_several_authorities else []
        cells = [_book_cell(cell) if cell.is_expected else "" for cell in row.cells]
        yield [
            row.commune.code, str(row.commune), *authority, *cells, rate.on_time, rate.due,
            rate.share if rate.due else None,
        ]  # fmt: skip


def _totals(board: Board, first: int) -> Iterable[Sequence[Any]]:
    """Give the totals of the page's foot: of all communes, whatever the filter."""
    sent = [f"{column.sent}/{column.expected}" if column.expected else "" for column in board.months]
    rates = [rate_words(column.punctuality) for column in board.months]
    whole = board.punctuality
    room = [""] * (first - 2)
    yield ["", "Đã gửi", *room, *sent, None, None, None]
    yield ["", "Đúng hạn", *room, *rates, whole.on_time, whole.due, whole.share if whole.due else None]


def _book_cell(cell: BoardCell) -> str:
    """Return the sign of the state and the day, over it how late: "✓ 25/5" and "muộn 4"."""
    sign = BOOK_SIGNS[cell.state][0]
    if cell.state == MISSING or cell.is_hole:
        return f"{sign} {_short(cell)}"
    shown = cell.day or cell.today
    late = f"\nmuộn {cell.days_late}" if cell.is_late else ""
    return f"{sign} {shown.day}/{shown.month}{late}"


def _month_column(column: BoardMonth) -> Column:
    note = f"Hạn gửi {clock.vn_date(column.deadline.due_on)}." if column.deadline else ""
    return Column(f"Tháng {month_name(column.month)}", Kind.LONG_TEXT, 11, note=note)
