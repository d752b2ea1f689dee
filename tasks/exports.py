"""The files of a notice, PDF and Word, and the list of notices as a workbook."""

from collections.abc import Sequence
from datetime import date

from criteria.exports import file_name, title_as_of
from ntm_tracker.lib.download import DOCX, PDF, Download
from ntm_tracker.lib.word import render_docx
from ntm_tracker.lib.workbook import XLSX, Column, Kind, filtered, list_workbook
from tasks.documents import notice_document, notice_file_stem
from tasks.exceptions import PdfAwaited
from tasks.issuing.rendering import render_awaited, render_soon, trial_print
from tasks.models import Notice
from tasks.selectors import NoticeRow
from tasks.services import set_pdf
from tasks.signed_copies import content_of, copies_of


def notice_pdf_file(notice: Notice, *, waits: bool = False) -> Download:
    """Return the PDF of `notice`: the bytes stored when it was issued, for a draft a trial print.

    Once there is a signed copy nothing is set anew: a notice from before, of which only the scan is kept, gives that.
    Raises `StoredFileMissing` when the stored bytes are gone, `PdfUnavailable` when the machine cannot set PDFs,
    `PdfAwaited` while a long one is being set, unless whoever asks `waits` for it, as in a shell.
    """
    name = f"{notice_file_stem(notice)}.pdf"
    copies = copies_of(notice)
    if copies.is_awaited:
        if not waits:
            render_soon(notice)
            raise PdfAwaited(notice.sign)
        render_awaited(notice.pk)
        copies = copies_of(notice)
    kept = copies.issued or next((copy.record for copy in copies.current), None)
    if kept:
        return Download(name, PDF, content_of(kept))
    return Download(name, PDF, (set_pdf if waits else trial_print)(notice_document(notice)))


def notice_docx_file(notice: Notice) -> Download:
    """Return `notice` as an editable Word file."""
    return Download(f"{notice_file_stem(notice)}.docx", DOCX, render_docx(notice_document(notice)))


NOTICE_COLUMNS = (
    Column("Số, ký hiệu", width=16),
    Column("Trích yếu", Kind.LONG_TEXT, 56),
    Column("Xã", width=18),
    Column("Ngày làm việc", Kind.DATE, 14),
    Column("Trạng thái", width=16),
    Column("Nhiệm vụ", Kind.NUMBER, 11),
    Column("Quá hạn", Kind.NUMBER, 11),
    Column("Kiến nghị", Kind.NUMBER, 11),
)


def notice_list_file(rows: Sequence[NoticeRow], day: date, *, place: str = "", filters: Sequence[str] = ()) -> Download:
    """Return the notices of the page, in its order and with its filter, as they stand on `day`."""
    lines = [
        [
            row.notice.sign,
            row.notice.subject,
            row.notice.commune.name,
            row.notice.session_on,
            row.notice.get_status_display(),
            row.tasks,
            row.overdue_tasks,
            row.proposals,
        ]
        for row in rows
    ]
    title = title_as_of("Thông báo kết luận", place, day)
    name = file_name(filtered("Danh sách thông báo kết luận", filters), (), day)
    return Download(name, XLSX, list_workbook(title, NOTICE_COLUMNS, lines, name="Thông báo", filters=filters))
