"""The matrix as HTML, joined in Python: cell by cell in a template it would take forty times as long.

Whatever comes from people is escaped here; everything else is numbers and codes of the catalogue.
"""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from criteria.selectors.matrix import Column, Matrix, MatrixCell, Row
from ntm_tracker.lib.figures import vn_percent

# Sign, word and class of a sub-item's status; the signs stand in text, so that they print and copy.
SIGNS = {
    "met": ("✓", "đạt", "good"),
    "not_met": ("○", "chưa đạt", "bad"),
    "not_applicable": ("–", "không áp dụng", "none"),
    "unassessed": ("?", "chưa đánh giá", "unknown"),
}


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
    for row in rows:
        code = row.commune.code
        unit, ended = f"{base}{code}/", row.commune.has_ended
        page = row.commune.get_absolute_url() if ended else unit
        yield f'<tr id="m{code}"><th scope="row"><a href="{page}">{escape(row.commune.name)}</a>'
        if row.commune.is_demonstration:
            yield '<abbr class="demo" title="Dữ liệu minh họa">MH</abbr>'
        yield "</th>"
        for column, cell in zip(matrix.columns, row.cells, strict=True):
            yield _cell(f"{page}#tieu-chi-{column.criterion.number}" if ended else _address(unit, column), column, cell)
        progress = row.progress
        yield (
            f'<td class="total">{progress.criteria_met}<span class="of">/{progress.criteria_total}'
            f'</span><span class="share">{vn_percent(progress.criteria_met, progress.criteria_total)}</span></td>'
            f'<td class="total">{progress.sub_items_met}<span class="of">/{progress.sub_items_total}'
            f'</span><span class="share">{vn_percent(progress.sub_items_met, progress.sub_items_total)}</span>'
            "</td></tr>"
        )


def _address(unit: str, column: Column) -> str:
    return f"{unit}{'sub-items' if column.sub_item else 'criteria'}/{column.key}/"


def _cell(address: str, column: Column, cell: MatrixCell) -> str:
    changed = " new" if cell.is_changed else ""
    if column.sub_item:
        sign, word, tone = SIGNS[cell.status]
        return (
            f'<td class="{tone}{changed}" data-v="{cell.version}" data-c="{column.label}">'
            f'<a href="{address}" title="{word}">{sign}</a></td>'
        )
    score = cell.score
    depth = 4 if score.is_met else score.met * 4 // score.total
    mark = "✓" if score.is_met else f"{score.met}/{score.total}"
    title = f' title="{score.met}/{score.total}"' if score.is_met else ""
    return f'<td class="q{depth}{changed}" data-c="{column.label}"><a href="{address}"{title}>{mark}</a></td>'
