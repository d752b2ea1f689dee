"""The matrix as HTML, joined in Python: cell by cell in a template it would take forty times as long.

Whatever comes from people is escaped here; everything else is numbers and codes of the catalogue.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from criteria.scoring import Score
from criteria.selectors.matrix import Column, Matrix, Row
from ntm_tracker.lib.figures import vn_percent

# Sign, word and class of a sub-item's status; the signs stand in text, so that they print and copy.
SIGNS = {
    "met": ("✓", "đạt", "good"),
    "not_met": ("○", "chưa đạt", "bad"),
    "not_applicable": ("–", "không áp dụng", "none"),
    "unassessed": ("?", "chưa đánh giá", "unknown"),
}


def matrix_head(matrix: Matrix, links: Mapping[int, str]) -> SafeString:
    """Return the headings of the columns; `links` opens or closes a criterion, by its number."""
    return mark_safe("".join(_heading(column, links[column.criterion.number]) for column in matrix.columns))  # noqa: S308


def _heading(column: Column, link: str) -> str:
    name, key = escape(column.name), escape(column.key)
    if column.sub_item:
        opened, step, short = ' class="opened"', "gộp lại", ""
    else:
        opened, step = "", f"mở {len(column.sub_items)} nội dung"
        short = f"<span>{escape(column.criterion.short_name)}</span>"
    return (
        f'<th scope="col" data-key="{key}" data-name="{name}"{opened}>'
        f'<a href="{escape(link)}" title="{name} ({step})"><b>{escape(column.label)}</b>{short}</a></th>'
    )


def matrix_rows(matrix: Matrix) -> SafeString:
    """Return the rows of the table's body."""
    return mark_safe("".join(_rows(matrix, matrix.rows)))  # noqa: S308  every text in it is escaped


def matrix_row(matrix: Matrix, row: Row) -> SafeString:
    """Return one row, to be put in place of the one on the page."""
    return mark_safe("".join(_rows(matrix, [row])))  # noqa: S308


def matrix_foot(matrix: Matrix) -> SafeString:
    """Return the row of totals: how many of the communes meet each column."""
    cells = "".join(
        f'<td title="{score.met}/{score.total} xã đạt">{score.met}<span class="of">/{score.total}</span></td>'
        for score in matrix.totals
    )
    progress = matrix.progress
    share = vn_percent(progress.sub_items_met, progress.sub_items_total)
    return mark_safe(  # noqa: S308
        f'<tr id="matrix-totals"><th scope="row">Số xã đạt</th>{cells}'
        f'<td class="total">{matrix.complete}<span class="of">/{len(matrix.rows)} xã</span></td>'
        f'<td class="total">{progress.sub_items_met}'
        f'<span class="share">{share}</span></td></tr>'
    )


def _rows(matrix: Matrix, rows: Iterable[Row]) -> Iterable[str]:
    """Give the pieces of each row. Addresses are made once and filled in, not reversed for each cell."""
    base = reverse("communes:list")
    # What the cells of a column share: their label, and where their address leads.
    places = [
        (
            f' data-c="{column.label}"><a href="',
            f'{"sub-items" if column.sub_item else "criteria"}/{column.key}/"',
            f'#tieu-chi-{column.criterion.number}"',
        )
        for column in matrix.columns
    ]
    for row in rows:
        code = row.commune.code
        # A unit that has ended has no panels: its cells lead to its page, and each criterion has a place there.
        ended = row.commune.has_ended
        unit = row.commune.get_absolute_url() if ended else f"{base}{code}/"
        yield f'<tr id="m{code}"><th scope="row"><a href="{unit}">{escape(row.commune.name)}</a>'
        if row.commune.is_demonstration:
            yield '<abbr class="demo" title="Dữ liệu minh họa">MH</abbr>'
        yield "</th>"
        for (label, address, place), cell in zip(places, row.cells, strict=True):
            if cell.status:
                start, end = _sub_item_frame(cell.status, cell.version, cell.is_changed)
            else:
                start, end = _criterion_frame(cell.score.met, cell.score.total, cell.is_changed)
            yield f"{start}{label}{unit}{place if ended else address}{end}"
        progress = row.progress
        yield (
            f'<td class="total">{progress.criteria_met}<span class="of">/{progress.criteria_total}'
            f'</span><span class="share">{vn_percent(progress.criteria_met, progress.criteria_total)}</span></td>'
            f'<td class="total">{progress.sub_items_met}<span class="of">/{progress.sub_items_total}'
            f'</span><span class="share">{vn_percent(progress.sub_items_met, progress.sub_items_total)}</span>'
            "</td></tr>"
        )


# How a cell begins and ends: all but what belongs to its row and column. Few are different, each is made once.


@lru_cache(maxsize=1024)
def _sub_item_frame(status: str, version: int, is_changed: bool) -> tuple[str, str]:
    sign, word, tone = SIGNS[status]
    changed = " new" if is_changed else ""
    return f'<td class="{tone}{changed}" data-v="{version}"', f' title="{word}">{sign}</a></td>'


@lru_cache(maxsize=1024)
def _criterion_frame(met: int, total: int, is_changed: bool) -> tuple[str, str]:
    is_met = Score(met, total).is_met
    depth = 4 if is_met else met * 4 // total
    mark, title = ("✓", f' title="{met}/{total}"') if is_met else (f"{met}/{total}", "")
    changed = " new" if is_changed else ""
    return f'<td class="q{depth}{changed}"', f"{title}>{mark}</a></td>"
