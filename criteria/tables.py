"""The matrix as HTML, joined in Python: cell by cell in a template it would take forty times as long.

Whatever comes from people is escaped here; everything else is numbers and codes of the catalogue.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from criteria.scoring import Score
from criteria.selectors.matrix import Column, Matrix, MatrixCell, Row
from ntm_tracker.lib.figures import vn_decimal, vn_percent

# Sign, word and class of a sub-item's status; the signs stand in text, so that they print and copy.
SIGNS = {
    "met": ("✓", "đạt", "good"),
    "not_met": ("○", "chưa đạt", "bad"),
    "not_applicable": ("–", "không áp dụng", "none"),
    "unassessed": ("?", "chưa đánh giá", "unknown"),
}


def matrix_head(matrix: Matrix, links: Mapping[int, str], sort: str = "") -> SafeString:
    """Return the headings of the columns.

    `links` opens or closes a criterion, by its number; `sort` is a column's key where the rows stand by it, `-` before
    it turns them round.
    """
    headings, before = [], 0
    for column in matrix.columns:
        number = column.criterion.number
        order = {column.key: "ascending", f"-{column.key}": "descending"}.get(sort, "")
        headings.append(_heading(column, links[number], number != before, order))
        before = number
    return mark_safe("".join(headings))  # noqa: S308


@lru_cache(maxsize=1024)
def _heading(column: Column, link: str, is_first: bool, order: str) -> str:
    """Return the heading of a column; the first one of each criterion is where its link leads back to."""
    number = column.criterion.number
    if column.sub_item:
        opened, step, short = ' class="opened"', "gộp lại", ""
    else:
        opened, step = "", f"mở {len(column.sub_items)} nội dung"
        short = f"<span>{escape(column.criterion.short_name)}</span>"
    place = f' id="c{number}"' if is_first else ""
    key = f' data-key="{escape(column.key)}"' if column.key != column.label else ""
    sorted_by = f' aria-sort="{order}"' if order else ""
    return (
        f'<th scope="col"{place}{key}{opened}{sorted_by}>'
        f'<a href="{escape(link)}#c{number}" title="{escape(column.name)} ({step})">'
        f"<b>{escape(column.label)}</b>{short}</a></th>"
    )


def matrix_rows(matrix: Matrix) -> SafeString:
    """Return the rows of the table's body."""
    return mark_safe("".join(_rows(matrix, matrix.rows)))  # noqa: S308  every text in it is escaped


def matrix_row(matrix: Matrix, row: Row) -> SafeString:
    """Return one row, to be put in place of the one on the page."""
    return mark_safe("".join(_rows(matrix, [row])))  # noqa: S308


def matrix_foot(matrix: Matrix) -> SafeString:
    """Return the row of totals: how many of the communes, and which share of them, meet each column.

    All are measured by the communes of which something is known, as the head of the row says.
    """
    cells = "".join(
        f'<td>{score.met}<span class="share">{vn_percent(score.met, score.total)}</span></td>'
        if score.total
        else "<td>–</td>"
        for score in matrix.totals
    )
    progress = matrix.progress
    known = '<span class="under">có số liệu</span>' if matrix.unknown else ""
    return mark_safe(  # noqa: S308
        '<tr id="matrix-totals"><th scope="row">'
        f'Số xã đạt <span class="of">/{len(matrix.counted)}</span>{known}</th>{cells}'
        f'<td class="total">{_of(matrix.complete, len(matrix.counted))}</td>'
        f'<td class="total">{_of(progress.sub_items_met, progress.sub_items_total)}</td></tr>'
    )


@lru_cache(maxsize=1024)
def _of(met: int, total: int) -> str:
    """Return "12/19" with its percentage below; of nothing a dash."""
    if not total:
        return "–"
    share = vn_percent(met, total)
    return f'{vn_decimal(met)}<span class="of">/{vn_decimal(total)}</span><span class="share">{share}</span>'


def _rows(matrix: Matrix, rows: Iterable[Row]) -> Iterable[str]:
    """Give the pieces of each row.

    What a cell has from its row and its column, such as where it leads, the script says (js/matrix.js):
    written into thousands of cells it would be most of the page. Without scripts a commune's name leads to its
    cells. The versions that were shown stand together at the row: single ones would break up what repeats.
    """
    base = reverse("communes:list")
    are_criteria = all(column.sub_item is None for column in matrix.columns)
    day = None if matrix.by_todays_map else matrix.at
    for row in rows:
        code = row.commune.code
        is_past = day is not None or row.commune.has_ended
        unit = row.commune.page("communes:detail", at=day) if is_past else f"{base}{code}/"
        versions = "" if are_criteria else f' data-v="{_versions(row)}"'
        yield f'<tr id="m{code}"{versions}><th scope="row"><a href="{unit}">{escape(row.commune.name)}</a>'
        if row.commune.is_demonstration:
            yield '<abbr class="demo" title="Dữ liệu minh họa">MH</abbr>'
        if matrix.has_several_authorities:
            yield f'<span class="under">{escape(str(row.commune.authority))}</span>'
        yield "</th>"
        yield from map(_cell, row.cells)
        progress = row.progress
        if not row.is_known:
            yield f"{NOTHING_KNOWN}{NOTHING_KNOWN}</tr>"
            continue
        yield (
            f'<td class="total">{_of(progress.criteria_met, progress.criteria_total)}</td>'
            f'<td class="total">{_of(progress.sub_items_met, progress.sub_items_total)}</td></tr>'
        )


def _versions(row: Row) -> str:
    """Return "1,,3": the version of each sub-item, nothing for a criterion."""
    return ",".join([str(cell.version) if cell.status else "" for cell in row.cells])


# Few cells are different, each is made once.

WAITING = ", chờ phòng xác nhận"
NOTHING_KNOWN = '<td class="total" title="chưa có số liệu">?</td>'


@lru_cache(maxsize=2048)
def _cell(cell: MatrixCell) -> str:
    if cell.status:
        return _sub_item_cell(cell.status, cell.is_changed, cell.is_waiting)
    return _criterion_cell(cell.score.met, cell.score.total, cell.is_known, cell.is_changed, cell.is_waiting)


def _sub_item_cell(status: str, is_changed: bool, is_waiting: bool) -> str:
    sign, word, tone = SIGNS[status]
    title = f"{word}{WAITING if is_waiting else ''}"
    return f'<td><a class="{_classes(tone, is_changed, is_waiting)}" title="{title}">{sign}</a></td>'


def _criterion_cell(met: int, total: int, is_known: bool, is_changed: bool, is_waiting: bool) -> str:
    if not is_known:
        return _sub_item_cell("unassessed", is_changed, is_waiting)
    is_met = Score(met, total).is_met
    classes = _classes(f"q{4 if is_met else met * 4 // total}", is_changed, is_waiting)
    mark = "✓" if is_met else f"{met}/{total}"
    title = f' title="{met}/{total}{WAITING if is_waiting else ""}"' if is_met or is_waiting else ""
    return f'<td><a class="{classes}"{title}>{mark}</a></td>'


def _classes(tone: str, is_changed: bool, is_waiting: bool) -> str:
    return f"{tone}{' new' if is_changed else ''}{' waits' if is_waiting else ''}"
