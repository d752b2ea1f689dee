"""The files of a notice: PDF and Word."""

from ntm_tracker.lib.download import DOCX, PDF, Download
from ntm_tracker.lib.word import render_docx
from tasks.documents import notice_document, notice_file_stem
from tasks.exceptions import StoredFileMissing
from tasks.models import Notice
from tasks.selectors import issued_file
from tasks.services import set_pdf


def notice_pdf_file(notice: Notice) -> Download:
    """Return the PDF of `notice`: the bytes stored when it was issued, for a draft freshly set ones.

    Raises `StoredFileMissing` when the stored bytes are gone, `PdfUnavailable` when the machine cannot set PDFs.
    """
    name = f"{notice_file_stem(notice)}.pdf"
    stored = issued_file(notice)
    if stored is None:
        return Download(name, PDF, set_pdf(notice_document(notice)))
    try:
        with stored.file.open() as file:
            return Download(name, PDF, file.read())
    except FileNotFoundError as error:
        raise StoredFileMissing(stored.file.name) from error


def notice_docx_file(notice: Notice) -> Download:
    """Return `notice` as an editable Word file."""
    return Download(f"{notice_file_stem(notice)}.docx", DOCX, render_docx(notice_document(notice)))
