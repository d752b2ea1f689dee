"""The tasks on screen and the register as workbooks."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from criteria.exports import file_name, title_as_of
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.workbook import XLSX, Column, Kind, filtered, list_workbook
from tasks.selectors import TaskRow
from tasks.work.documents import REGISTER_TITLE, RegisterLine, state_in_words

TASK_COLUMNS = (
    Column("Nhiệm vụ", Kind.LONG_TEXT, 52),
    Column("Chủ trì", Kind.LONG_TEXT, 16),
    Column("Phối hợp", Kind.LONG_TEXT, 22),
    Column("Về xã", Kind.LONG_TEXT, 14),
    Column("Thông báo", Kind.LONG_TEXT, 14),
    Column("Ngày giao", Kind.DATE, 12),
    Column("Hạn ban đầu", Kind.DATE, 12),
    Column("Hạn hiện nay", Kind.DATE, 12),
    Column("Lặp lại", Kind.LONG_TEXT, 14),
    Column("Trạng thái", Kind.LONG_TEXT, 18),
    Column("Ngày báo xong", Kind.DATE, 12),
    Column("Muộn (ngày)", Kind.NUMBER, 9),
)


def task_list_file(rows: Iterable[TaskRow], day: date, *, place: str = "", filters: Sequence[str] = ()) -> Download:
    """Return the tasks of the page, in its order and with its filter, all pages together."""
    lines = [_line(row) for row in rows]
    title = title_as_of("Nhiệm vụ", place, day)
    content = list_workbook(title, TASK_COLUMNS, lines, name="Nhiệm vụ", filters=filters)
    return Download(file_name(filtered("Danh sách nhiệm vụ", filters), (), day), XLSX, content)


def _line(row: TaskRow) -> list[Any]:
    task = row.task
    return [
        task.text,
        row.lead,
        "; ".join(row.supports),
        task.commune.name if task.commune else "",
        row.notice.sign if row.notice else "",
        task.assigned_on,
        task.due_on,
        row.due_on,
        f"ngày {task.recurrence_day} hằng tháng" if task.recurrence else "",
        state_in_words(row),
        row.done_on,
        row.days_late or None,
    ]


REGISTER_COLUMNS = (
    Column("TT", Kind.NUMBER, 6),
    Column("Văn bản giao", Kind.LONG_TEXT, 20),
    Column("Nội dung nhiệm vụ", Kind.LONG_TEXT, 52),
    Column("Chủ trì", Kind.LONG_TEXT, 18),
    Column("Phối hợp", Kind.LONG_TEXT, 22),
    Column("Thời hạn", Kind.LONG_TEXT, 20),
    Column("Kết quả", Kind.LONG_TEXT, 30),
    Column("Ghi chú", Kind.LONG_TEXT, 24),
)


def register_file(lines: Iterable[RegisterLine], year: int, day: date) -> Download:
    """Return the register of a year as a workbook."""
    rows = [[line.number, *line.texts[1:]] for line in lines]
    content = list_workbook(f"{REGISTER_TITLE} năm {year}", REGISTER_COLUMNS, rows, name="Sổ theo dõi")
    return Download(file_name(f"{REGISTER_TITLE} {year}", (), day), XLSX, content)
