"""Pages of notices, and the work of one commune as a part of its page."""

from http import HTTPStatus

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from communes.enums import Role
from communes.http import SignedInRequest
from communes.models import Commune
from criteria.filters import day_asked
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.forms import filter_words
from ntm_tracker.lib.gate import get_visible
from tasks.documents import notice_document
from tasks.enums import NoticeStatus
from tasks.exceptions import PdfAwaited, PdfUnavailable, StoredFileMissing
from tasks.exports import notice_docx_file, notice_list_file, notice_pdf_file
from tasks.filters import NoticeFilter
from tasks.issuing.rendering import render_soon
from tasks.models import Notice
from tasks.selectors import commune_work, notice_page, notice_rows, notice_totals, open_work
from tasks.services import about_pages
from tasks.signed_copies import copies_of, published_corrections
from tasks.tables import notice_table_rows
from tasks.work.selectors import conclusions_without_task

PAGE_SIZE = 25
# Seconds after which the page of a PDF that is being set asks for it again.
LOOK_AGAIN = 3


@require_GET
def notice_list(request: SignedInRequest) -> HttpResponse:
    """The notices in the person's reach, as a page or a workbook."""
    asked = NoticeFilter(request.GET, user=request.user)
    today = clock.today()
    work = open_work(request.user, today)
    if request.GET.get("format") == "xlsx":
        rows = notice_rows(list(asked.rows()), user=request.user, work=work)
        place, filters = str(request.user.unit or ""), filter_words(asked)
        return answer(request, notice_list_file(rows, today, place=place, filters=filters))
    page = Paginator(asked.rows(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = notice_rows(list(page), user=request.user, work=work)
    context = {
        "filter": asked,
        "page": page,
        "rows": rows,
        "table": notice_table_rows(rows),
        "totals": notice_totals(request.user, work),
    }
    return render(request, "tasks/notice_list.html", context)


@require_GET
def notice_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One notice: the paper, and beside it what it rests on and what came out of it."""
    notice = get_visible(Notice.objects.for_list(), request.user, pk=pk)
    details = notice_page(notice, user=request.user, today=clock.today())
    copies = copies_of(notice)
    context = {
        "notice": notice,
        "signer_post": ", ".join(notice.authority_lines.splitlines()),
        "document": notice_document(notice),
        "details": details,
        "copies": copies,
        "is_pdf_stuck": copies.is_awaited and not _is_on_its_way(notice),
        "conclusions": conclusions_without_task(notice) if request.user.role != Role.COMMUNE else [],
        "corrections": published_corrections(notice),
        "may_manage": request.user.has_perm("tasks.manage_notice", notice),
        "may_sign": notice.status == NoticeStatus.ISSUED and request.user.has_perm("tasks.manage_notice", notice),
    }
    return render(request, "tasks/notice_detail.html", context)


def _is_on_its_way(notice: Notice) -> bool:
    """See to it that the PDF of a long notice is being set; False when the last try failed, the next one follows."""
    try:
        render_soon(notice)
    except PdfUnavailable:
        return False
    return True


@require_GET
def notice_pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    """The official PDF, shown in the browser; a long one that is being set opens by itself when it is there."""
    notice = get_visible(Notice.objects.for_list(), request.user, pk=pk)
    try:
        return answer(request, notice_pdf_file(notice), inline=True)
    except PdfAwaited:
        context = {"notice": notice, "pages": round(about_pages(notice_document(notice)))}
        awaited = render(request, "tasks/pdf_awaited.html", context, status=HTTPStatus.ACCEPTED)
        awaited.headers["Refresh"] = str(LOOK_AGAIN)
        return awaited
    except (PdfUnavailable, StoredFileMissing) as problem:
        missing = "libraries" if isinstance(problem, PdfUnavailable) else "file"
        return render(request, "tasks/pdf_unavailable.html", {"notice": notice, "missing": missing}, status=503)


@require_GET
def notice_docx(request: SignedInRequest, pk: int) -> HttpResponse:
    """The notice as a Word file."""
    notice = get_visible(Notice.objects.for_list(), request.user, pk=pk)
    return answer(request, notice_docx_file(notice))


@require_GET
def work_of_commune(request: SignedInRequest, code: str) -> HttpResponse:
    """Notices, tasks and proposals of one commune: a part of its page for htmx, a page of its own otherwise.

    `?part=open` is the short list beside its monthly report: what is still to be done and to be answered.
    """
    units = Commune.objects.bearing(code, day_asked(request.GET).at).select_related("authority")
    commune = get_visible(units, request.user)
    work = commune_work(commune, user=request.user, today=clock.today())
    part = "open_work" if request.GET.get("part") == "open" else "commune_work"
    template = f"tasks/fragments/{part}.html" if request.htmx else "tasks/commune_work.html"
    return render(request, template, {"commune": commune, "work": work})
