"""The list of notices as HTML, joined in Python: row by row in a template it would take three times as long.

Whatever comes from people is escaped here.
"""

from collections.abc import Iterable

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ntm_tracker.lib import clock
from ntm_tracker.templatetags.ntm import status, vn_number
from tasks.selectors import NoticeRow


def notice_table_rows(rows: Iterable[NoticeRow]) -> SafeString:
    """Return the rows of the table's body. Addresses are made once and filled in, not reversed for each row."""
    base = reverse("notices:list")
    label = " " + render_to_string("includes/demo_label.html", {"short": True}).strip()
    return mark_safe("".join(_row(row, base, label) for row in rows))  # noqa: S308  every text in it is escaped


def _row(row: NoticeRow, base: str, label: str) -> str:
    notice, commune = row.notice, row.notice.commune
    told = [f"Bổ sung cho {notice.corrects.sign}"] if notice.corrects else []
    told += [f"Được bổ sung bằng {later.sign}" for later in row.corrections]
    notes = "".join(f'<span class="note">{escape(text)}</span>' for text in told)
    overdue = status("overdue", word=vn_number(row.overdue_tasks)) if row.overdue_tasks else "–"
    return (
        f'<tr><th scope="row" class="fit"><a href="{base}{notice.pk}/">{escape(notice.sign)}</a></th>'
        f'<td><span class="notice-subject">{escape(notice.subject)}</span>'
        f"{notes}</td>"
        f'<td class="notice-commune" data-label="Xã"><span>{escape(commune.name)}'
        f"{label if commune.is_demonstration else ''}</span></td>"
        f'<td class="figure" data-label="Ngày làm việc">{clock.vn_date(notice.session_on)}</td>'
        f'<td class="nowrap" data-label="Trạng thái">{status(notice.status, word=notice.get_status_display())}</td>'
        f'<td class="figure" data-label="Nhiệm vụ">{vn_number(row.tasks)}</td>'
        f'<td class="nowrap" data-label="Quá hạn">{overdue}</td>'
        f'<td class="figure" data-label="Kiến nghị">{vn_number(row.proposals)}</td></tr>'
    )
