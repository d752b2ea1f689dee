"""Official documents and workbooks as answers."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from communes.models import Authority
from communes.models import Letterhead as KnownLetterhead
from ntm_tracker.lib.download import DOCX, PDF, Download, answer
from ntm_tracker.lib.official import BLANK_LINE, Letterhead, OfficialDocument, Signature
from ntm_tracker.lib.pdf import render_pdf, set_pdf
from ntm_tracker.lib.word import render_docx
from ntm_tracker.lib.workbook import XLSX, Column, list_workbook

# Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II, khoản 7: who signs for a collective body.
FOR_THE_COMMITTEE = "TM. ỦY BAN NHÂN DÂN"
# What is printed for a hand to sign: whether the chairman or who stands in for him does isn't known before.
BY_HAND = Signature((FOR_THE_COMMITTEE, BLANK_LINE), "")
# Khoản 9: the office keeps a copy; who else gets one is for whoever signs to add.
FILED = ("Lưu: VT",)
DEMONSTRATION = "Số liệu minh họa, không phải số liệu thật."


def letterhead_of(authority: Authority) -> Letterhead:
    """Return the head of the documents of `authority`; without one its name, and room for the place."""
    known = KnownLetterhead.objects.filter(authority=authority).first()
    if known is None:
        return Letterhead(("Ủy ban nhân dân", str(authority)), place="…")
    return Letterhead(known.issuer_lines, place=known.place, superior=known.superior)


def file_stem(title: str) -> str:
    """Return `title` as the name of a file, without its suffix: no file bears a "/" in its name."""
    return title.replace("/", "-")


def pdf_answer(request: HttpRequest, title: str, document: OfficialDocument) -> HttpResponse:
    """Return `document` as PDF in a file named by `title`, to be shown in the browser."""
    return _pdf(request, title, lambda: render_pdf(document))


def page_pdf_answer(request: HttpRequest, title: str, html: str, stylesheet: str) -> HttpResponse:
    """Return the whole page `html` as PDF, set with one of our stylesheets."""
    return _pdf(request, title, lambda: set_pdf(html, stylesheet))


def _pdf(request: HttpRequest, title: str, make: Any) -> HttpResponse:
    """WeasyPrint fails with OSError or ImportError where Pango is not installed."""
    try:
        return answer(request, Download(f"{file_stem(title)}.pdf", PDF, make()), inline=True)
    except (ImportError, OSError):
        return render(request, "documents/pdf_unavailable.html", status=503)


def docx_answer(request: HttpRequest, title: str, document: OfficialDocument) -> HttpResponse:
    """Return `document` as an editable Word file."""
    return answer(request, Download(f"{file_stem(title)}.docx", DOCX, render_docx(document)))


def xlsx_answer(
    request: HttpRequest,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    totals: Sequence[Sequence[Any]] = (),
) -> HttpResponse:
    """Return a list and its totals as a workbook with `title` on every printed page."""
    content = list_workbook(title, columns, rows, totals=totals)
    return answer(request, Download(f"{file_stem(title)}.xlsx", XLSX, content))
