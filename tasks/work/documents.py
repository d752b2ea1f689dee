"""The register of tasks (sổ theo dõi) as an official document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from communes.models import Authority
from criteria.downloads import BY_HAND, letterhead_of
from ntm_tracker.lib import clock
from ntm_tracker.lib.official import Column, OfficialDocument, Paragraph, Table
from tasks.selectors import TaskRow

REGISTER_TITLE = "Sổ theo dõi nhiệm vụ"
TITLES = ("TT", "Văn bản giao", "Nội dung nhiệm vụ", "Chủ trì", "Phối hợp", "Thời hạn", "Kết quả")
# Shares of the 160 mm between the margins: a sign and a whole day fit into a line each.
WIDTHS = (8, 28, 42, 20, 19, 21, 24)


def state_in_words(row: TaskRow) -> str:
    """Return "Quá hạn 5 ngày", "Đã xác nhận hoàn thành, muộn 3 ngày"."""
    return row.word if row.days_in_words is None else f"{row.word} {row.days_in_words} ngày"


@dataclass(frozen=True)
class RegisterLine:
    """A task as the register shows it."""

    number: int
    row: TaskRow

    @property
    def source(self) -> str:
        """Return the document that assigns it: "05/TB-UBND, 10/4/2023"; outside a notice the day alone."""
        notice = self.row.notice
        if notice and notice.issued_on:
            revoked = " (đã thu hồi)" if self.row.is_revoked else ""
            return f"{notice.sign}, {clock.vn_date(notice.issued_on)}{revoked}"
        return f"Giao ngày {clock.vn_date(self.row.task.assigned_on)}"

    @property
    def due(self) -> str:
        """Return the day that counts, and the first one where it was extended."""
        task, due_on = self.row.task, self.row.due_on
        if task.recurrence:
            return f"ngày {task.recurrence_day} hằng tháng"
        if due_on is None:
            return "thường xuyên"
        extended = f" (gia hạn từ {clock.vn_date(task.due_on)})" if task.due_on and task.due_on != due_on else ""
        return f"{clock.vn_date(due_on)}{extended}"

    @property
    def result(self) -> str:
        words = state_in_words(self.row)
        return f"{words} ({clock.vn_date(self.row.done_on)})" if self.row.done_on else words

    @property
    def texts(self) -> tuple[str, ...]:
        task = self.row.task
        supports = "; ".join(self.row.supports)
        return (str(self.number), self.source, task.text, self.row.lead, supports, self.due, self.result, task.note)

    @property
    def printed(self) -> tuple[str, ...]:
        """Return the texts on paper, where the note stands below the task."""
        number, source, text, *rest, note = self.texts
        return (number, source, f"{text} ({note.rstrip('.')})" if note else text, *rest)


def register_lines(rows: Sequence[TaskRow]) -> list[RegisterLine]:
    return [RegisterLine(number, row) for number, row in enumerate(rows, 1)]


def register_document(authority: Authority, lines: Sequence[RegisterLine], year: int, day: date) -> OfficialDocument:
    """Return the register of the tasks that were assigned in `year`, as it stands on `day`."""
    overdue = sum(line.row.is_overdue for line in lines)
    done = sum(line.row.state in ("done", "late") for line in lines)
    state = (
        f"Đến ngày {clock.vn_date(day)}: {len(lines)} nhiệm vụ giao trong năm {year}, {done} đã xác nhận hoàn thành, "
        f"{overdue} quá hạn."
    )
    columns = tuple(Column(title, width) for title, width in zip(TITLES, WIDTHS, strict=True))
    return OfficialDocument(
        kind="SỔ THEO DÕI",
        symbol="UBND",
        subject=f"Nhiệm vụ xây dựng nông thôn mới giao năm {year}",
        letterhead=letterhead_of(authority),
        signature=BY_HAND,
        month=day.replace(day=1),
        body=(Paragraph(state), Table(columns, tuple(line.printed for line in lines), is_dense=True)),
    )
