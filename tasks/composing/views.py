"""The composing pages. Every form works alone; with htmx only what changed travels."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from communes.http import SignedInRequest
from communes.models import Department
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib import clock
from ntm_tracker.lib.gate import get_visible, require
from ntm_tracker.lib.text import whole_number
from tasks.composing import services
from tasks.composing.drafting import draft_notice
from tasks.composing.forms import (
    TEXT_KINDS,
    AttendeesForm,
    CitationsForm,
    HeaderForm,
    LinesForm,
    NewNoticeForm,
    PointForm,
    ProposalPointForm,
    SectionForm,
    TaskForm,
    citation_text,
)
from tasks.composing.selectors import EditPage, PointRow, SectionRow, earlier_points, edit_page
from tasks.composing.undo import packed, unpacked
from tasks.documents import notice_document
from tasks.enums import PUBLISHED, NoticeStatus, PointKind, ReplyKind, SectionKind
from tasks.exceptions import NotADraft
from tasks.models import Notice, NoticePoint, NoticeSection, Proposal, Task

MANAGE = "tasks.manage_notice"
COMPOSED = "composed"  # tells the page that the preview is behind
View = Callable[..., HttpResponse]


@require_http_methods(["GET", "HEAD", "POST"])
def new_notice(request: SignedInRequest) -> HttpResponse:
    """Choose commune and session; the draft comes with what the data know."""
    require(request.user, MANAGE)
    corrects = _corrected(request)
    initial: dict[str, Any] = {"session_on": clock.today()}
    if corrects is not None:
        initial = {
            "session_on": corrects.session_on,
            "session_time": corrects.session_time,
            "commune": corrects.commune,
        }
    bound = request.POST if request.method == "POST" else None
    form = NewNoticeForm(bound, user=request.user, corrects=corrects, initial=initial)
    if not form.is_bound and not form.communes.exists():
        messages.info(
            request,
            "Chưa có xã nào để soạn thông báo. Hãy nhập các xã, và đầu văn bản của cơ quan ở trang quản trị, trước.",
        )
        return redirect("notices:list")
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        require(request.user, MANAGE, data["commune"])
        notice = draft_notice(**data, corrects=corrects, by=request.user)
        messages.success(request, f"Đã lập dự thảo thông báo về {notice.commune}. Mời soạn tiếp.")
        return redirect("notices:edit", notice.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "tasks/composing/new.html", {"form": form, "corrects": corrects}, status=status)


def _corrected(request: SignedInRequest) -> Notice | None:
    """Return the issued notice that the new one is to supplement, None where none is asked for."""
    asked = request.GET.get("corrects", "")
    if not asked:
        return None
    published = Notice.objects.filter(status__in=PUBLISHED).select_related("commune", "authority")
    found: Notice = get_visible(published, request.user, pk=whole_number(asked))
    require(request.user, MANAGE, found)
    return found


def of_draft(view: View) -> View:
    """Give the view the draft that the person may write; what is issued meanwhile leads to its page."""

    @wraps(view)
    def checked(request: SignedInRequest, pk: int, **keys: Any) -> HttpResponse:
        notice = get_visible(Notice.objects.for_list(), request.user, pk=pk)
        require(request.user, MANAGE, notice)
        if notice.status != NoticeStatus.DRAFT:
            return _closed(request, notice)
        try:
            return view(request, notice, **keys)
        except NotADraft:
            return _closed(request, notice)
        except SomebodyWasFaster as told:
            if told.current is not None:
                raise
            return _told(request, notice, "Người khác vừa xóa phần này khỏi dự thảo.")

    return checked


def _closed(request: SignedInRequest, notice: Notice) -> HttpResponse:
    """What is issued no longer changes: lead to its page."""
    messages.warning(request, "Thông báo đã ban hành nên không sửa được nữa. Cần sửa thì lập thông báo bổ sung.")
    address = notice.get_absolute_url()
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _told(request: SignedInRequest, notice: Notice, sentence: str) -> HttpResponse:
    """Say why nothing was done; what is no longer there leaves the page."""
    messages.warning(request, sentence)
    if not request.htmx:
        return _back(notice, "text")
    answer = render(request, "includes/messages.html", {"oob": True}, status=HTTPStatus.CONFLICT)
    return _composed(answer)


@require_GET
@of_draft
def edit(request: SignedInRequest, notice: Notice) -> HttpResponse:
    """The draft: its text on the left, as it will be printed on the right."""
    return _page(request, edit_page(notice))


@dataclass
class Refused:
    """Typed input of one part that was not saved: a slip in it, or somebody was faster."""

    part: str
    form: Form
    is_conflict: bool


@dataclass
class Lost:
    """What was typed into a point or section that somebody took out meanwhile.

    `anchor` is its place on the page, `section` the section that can take it in again.
    """

    anchor: str
    typed: dict[str, str]
    section: SectionRow | None


def _page(
    request: SignedInRequest,
    page: EditPage,
    *,
    refused: Refused | None = None,
    lost: Lost | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context = _context(page) | {"parts": [_part(page, name, refused) for name in PARTS]}
    context |= {"document": notice_document(page.notice), "lost": lost}
    return render(request, "tasks/composing/edit.html", context, status=status)


def _context(page: EditPage) -> dict[str, Any]:
    return {
        "page": page,
        "notice": page.notice,
        "text_kinds": TEXT_KINDS,
        "section_kinds": SectionKind.choices,
        "reply_kinds": ReplyKind.choices,
        "departments": _departments(page.notice),
    }


def _departments(notice: Notice) -> list[tuple[str, str]]:
    """Return who can lead a reply."""
    units = Department.objects.valid_on(notice.session_on).filter(authority=notice.authority_id)
    return [(str(unit.pk), unit.short_name) for unit in units.order_by("position", "code")]


@require_GET
@of_draft
def preview(request: SignedInRequest, notice: Notice) -> HttpResponse:
    """The draft as it will be printed, and what proof-reading says of it."""
    page = edit_page(notice)
    context = {"page": page, "notice": notice, "document": notice_document(notice)}
    return render(request, "tasks/composing/fragments/preview.html", context)


# Points


def _point_of(notice: Notice, point: int) -> NoticePoint:
    """Return a point of the draft; raises `SomebodyWasFaster` with None for one that isn't there (any more)."""
    rows = NoticePoint.objects.select_related("section__notice__commune", "section__notice__authority")
    found = rows.select_related("proposal__reply").filter(pk=point, section__notice=notice).first()
    if found is None:
        raise SomebodyWasFaster(None)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def point(request: SignedInRequest, notice: Notice, point: int) -> HttpResponse:
    """One point: GET shows it alone; POST saves, moves or deletes it, as the button says."""
    if request.method != "POST":
        return _entry(request, notice, point)
    match request.POST.get("do", "save"):
        case "up":
            return _moved(request, _point_of(notice, point), -1)
        case "down":
            return _moved(request, _point_of(notice, point), 1)
        case "delete":
            return _deleted(request, _point_of(notice, point))
    try:
        return _saved(request, _point_of(notice, point))
    except SomebodyWasFaster:
        return _lost(request, notice, f"p{point}")


def _lost(request: SignedInRequest, notice: Notice, anchor: str) -> HttpResponse:
    """Say that somebody took it out; what was typed stays, and can be put in again."""
    page = edit_page(notice)
    section = page.section(whole_number(request.POST.get("section", "")))
    lost = Lost(anchor, request.POST.dict(), section)
    if not request.htmx:
        return _page(request, page, lost=lost, status=HTTPStatus.CONFLICT)
    context = {"lost": lost, "notice": notice}
    return render(request, "tasks/composing/fragments/lost.html", context, status=HTTPStatus.CONFLICT)


def _saved(request: SignedInRequest, row: NoticePoint) -> HttpResponse:
    notice = row.section.notice
    data = {**request.POST.dict(), "seen": request.POST.get("over") or request.POST.get("seen", "")}
    form = ProposalPointForm(data, notice=notice) if row.proposal_id else PointForm(data)
    if not form.is_valid():
        error = "; ".join(str(text) for texts in form.errors.values() for text in texts)
        return _not_saved(request, notice, row.pk, error)
    try:
        if row.proposal_id:
            services.save_proposal_point(point=row, by=request.user, **form.cleaned_data)
        else:
            services.save_point(point=row, **form.cleaned_data)
    except SomebodyWasFaster:
        return _not_saved(request, notice, row.pk)
    if not request.htmx:
        messages.success(request, _saved_at())
        return _back(notice, f"p{row.pk}")
    return _state(request, notice, row.pk)


def _saved_at() -> str:
    return f"Đã lưu lúc {clock.now():%H:%M}"


def _state(request: SignedInRequest, notice: Notice, point: int) -> HttpResponse:
    """What a save answers: the findings beside the point, the new mark, the time."""
    context = {"row": edit_page(notice).point(point), "notice": notice, "saved": _saved_at(), "oob": True}
    return _composed(render(request, "tasks/composing/fragments/point_state.html", context))


def _not_saved(request: SignedInRequest, notice: Notice, point: int, error: str = "") -> HttpResponse:
    """Show what stands beside what was typed; the person decides, nothing is lost."""
    page = edit_page(notice)
    row = page.point(point)
    row.typed, row.error = request.POST.dict(), error
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.CONFLICT
    if not request.htmx:
        return _page(request, page, status=status)
    context = {"row": row, "notice": notice, "oob": False}
    answer = render(request, "tasks/composing/fragments/point_state.html", context, status=status)
    # Asked to delete the point, the page awaits something in its place.
    return reswap(retarget(answer, f"#p{point}-state"), "outerHTML")


def _composed(response: HttpResponse) -> HttpResponse:
    return trigger_client_event(response, COMPOSED)


def _back(notice: Notice, anchor: str) -> HttpResponse:
    return redirect(f"{reverse('notices:edit', args=[notice.pk])}#{anchor}")


def _moved(request: SignedInRequest, row: NoticePoint, step: int) -> HttpResponse:
    services.move_point(point=row, step=step)
    if not request.htmx:
        return _back(row.section.notice, f"p{row.pk}")
    # The page moves the entry itself: what is being typed elsewhere stays untouched.
    answer = HttpResponse(status=HTTPStatus.NO_CONTENT)
    return _composed(trigger_client_event(answer, "pointmoved", {"point": f"p{row.pk}", "step": step}))


def _deleted(request: SignedInRequest, row: NoticePoint) -> HttpResponse:
    notice, section = row.section.notice, row.section
    text = row.proposal.text if row.proposal else row.text
    try:
        kept = services.delete_point(point=row, seen=request.POST.get("seen"))
    except SomebodyWasFaster as told:
        if told.current is None:
            raise
        return _not_saved(request, notice, row.pk)
    if not request.htmx:
        messages.success(request, f"Đã xóa điểm. Muốn lấy lại thì thêm điểm và dán lời cũ: {text[:200]}")
        return _back(notice, f"s{section.pk}")
    context = {"notice": notice, "kept": packed(kept), "text": text}
    return _composed(render(request, "tasks/composing/fragments/deleted.html", context))


@require_POST
@of_draft
def add_point(request: SignedInRequest, notice: Notice) -> HttpResponse:
    """Add a point: empty, with a text taken over, one taken back, or a proposal that waits for its answer."""
    try:
        made = _taken_back(request, notice) if "kept" in request.POST else _added(request, notice)
    except SomebodyWasFaster as told:
        if told.current is None:
            raise
        return _told(request, notice, "Kiến nghị này đã được đưa vào một thông báo rồi.")
    if not request.htmx:
        return _back(notice, f"p{made.pk}")
    return _composed(_entry(request, notice, made.pk))


def _taken_back(request: SignedInRequest, notice: Notice) -> NoticePoint:
    """Bring back a deleted point."""
    try:
        kept = unpacked(request.POST["kept"])
    except BadSignature:
        raise Http404 from None
    return services.restore_point(section=_section_of(notice, kept.section), kept=kept, by=request.user)


def _added(request: SignedInRequest, notice: Notice) -> NoticePoint:
    """Add a new point at the end of its section; a proposal comes with the reply that was typed for it."""
    section, kind = _section_of(notice, request.POST.get("section", "")), request.POST.get("kind", "")
    if kind not in PointKind.values:
        raise Http404
    asked = whole_number(request.POST.get("proposal", "")) if kind == PointKind.PROPOSAL else 0
    proposal = Proposal.objects.filter(pk=asked, commune=notice.commune_id).first()
    text = request.POST.get("text", "")
    made = services.add_point(section=section, kind=kind, by=request.user, text=text, proposal=proposal)
    form = ProposalPointForm({**request.POST.dict(), "seen": services.point_stamp(made)}, notice=notice)
    if "reply" in request.POST and made.proposal_id and form.is_valid():
        made = services.save_proposal_point(point=made, by=request.user, **form.cleaned_data)
    return made


def _entry(request: SignedInRequest, notice: Notice, point: int) -> HttpResponse:
    page = edit_page(notice)
    row = page.point(point)
    if not request.htmx:
        return _back(notice, f"p{point}")
    return render(request, "tasks/composing/fragments/point.html", {**_context(page), "row": row})


# Sections


def _section_of(notice: Notice, key: str | int) -> NoticeSection:
    """Return a section of the draft; raises `SomebodyWasFaster` with None for one that isn't there (any more)."""
    rows = NoticeSection.objects.select_related("notice__commune", "notice__authority")
    if not (wanted := whole_number(str(key))):
        raise Http404
    found = rows.filter(pk=wanted, notice=notice).first()
    if found is None:
        raise SomebodyWasFaster(None)
    return found


@require_POST
@of_draft
def section(request: SignedInRequest, notice: Notice, section: int) -> HttpResponse:
    """Save, move or delete a section, as the button says."""
    match request.POST.get("do", "save"):
        case "up":
            services.move_section(section=_section_of(notice, section), step=-1)
        case "down":
            services.move_section(section=_section_of(notice, section), step=1)
        case "delete":
            return _section_deleted(request, _section_of(notice, section))
        case _:
            try:
                return _section_saved(request, _section_of(notice, section))
            except SomebodyWasFaster:
                return _lost(request, notice, f"s{section}")
    return _back(notice, f"s{section}")


def _section_deleted(request: SignedInRequest, row: NoticeSection) -> HttpResponse:
    """A section with points goes only when that was confirmed, for the very points that were shown."""
    empty = services.stamp()
    try:
        services.delete_section(section=row, seen=request.POST.get("contents", empty))
    except SomebodyWasFaster:
        context = {
            "notice": row.notice,
            "section": row,
            "count": row.points.count(),
            "contents": services.contents_stamp(row),
            "has_changed": "contents" in request.POST,
        }
        return render(request, "tasks/composing/delete_section.html", context)
    messages.success(request, f"Đã xóa mục “{row}”.")
    return _back(row.notice, "text")


def _section_saved(request: SignedInRequest, row: NoticeSection) -> HttpResponse:
    notice = row.notice
    data = {**request.POST.dict(), "seen": request.POST.get("over") or request.POST.get("seen", "")}
    form = SectionForm(data)
    if not form.is_valid():
        return _section_state(request, row, error="Tiêu đề mục dài quá 300 chữ.")
    try:
        services.save_section(section=row, **form.cleaned_data)
    except SomebodyWasFaster as told:
        if told.current is None:
            raise
        return _section_state(request, told.current, conflict=form.cleaned_data["heading"] or " ")
    if not request.htmx:
        messages.success(request, _saved_at())
        return _back(notice, f"s{row.pk}")
    return _section_state(request, row)


def _section_state(
    request: SignedInRequest, row: NoticeSection, *, error: str = "", conflict: str = ""
) -> HttpResponse:
    page = edit_page(row.notice)
    shown = page.section(row.pk)
    if shown is None:
        raise SomebodyWasFaster(None)
    failed = error or conflict
    status = HTTPStatus.OK
    if failed:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.CONFLICT
    context = {"entry": shown, "notice": row.notice, "error": error, "conflict": conflict, "oob": not failed}
    context["saved"] = "" if failed else _saved_at()
    if not request.htmx:
        shown.findings = []
        messages.error(request, error or f"Người khác vừa sửa tiêu đề mục này; lời của anh/chị: “{conflict.strip()}”.")
        return _page(request, page, status=status)
    answer = render(request, "tasks/composing/fragments/section_state.html", context, status=status)
    return answer if failed else _composed(answer)


@require_POST
@of_draft
def add_section(request: SignedInRequest, notice: Notice) -> HttpResponse:
    form = SectionForm(request.POST)
    if not form.is_valid():
        raise Http404
    made = services.add_section(notice=notice, kind=form.cleaned_data["kind"], heading=form.cleaned_data["heading"])
    return _back(notice, f"s{made.pk}")


# The parts around the text


def _save_header(notice: Notice, form: Form, request: SignedInRequest) -> None:
    assert isinstance(form, HeaderForm)  # noqa: S101
    services.save_header(notice=notice, fields=form.values, by=request.user, seen=form.cleaned_data["seen"])


def _save_recipients(notice: Notice, form: Form, request: SignedInRequest) -> None:
    services.save_recipients(notice=notice, **form.cleaned_data)


def _save_attendees(notice: Notice, form: Form, request: SignedInRequest) -> None:
    assert isinstance(form, AttendeesForm)  # noqa: S101
    services.save_attendees(notice=notice, sides=form.sides, seen=form.cleaned_data["seen"])


def _save_citations(notice: Notice, form: Form, request: SignedInRequest) -> None:
    assert isinstance(form, CitationsForm)  # noqa: S101
    services.save_citations(notice=notice, roles=form.roles, seen=form.cleaned_data["seen"])


PARTS = ("header", "attendees", "citations", "recipients")
TITLES = {
    "header": "Trích yếu, phiên làm việc, người ký",
    "attendees": "Thành phần tham dự",
    "citations": "Văn bản làm căn cứ và được dẫn",
    "recipients": "Nơi nhận",
}
SAVES: dict[str, Callable[[Notice, Form, SignedInRequest], None]] = {
    "header": _save_header,
    "attendees": _save_attendees,
    "citations": _save_citations,
    "recipients": _save_recipients,
}


def _part_form(name: str, notice: Notice, data: dict[str, Any]) -> Form:
    if name == "header":
        return HeaderForm(data, notice=notice)
    forms: dict[str, type[Form]] = {"attendees": AttendeesForm, "citations": CitationsForm, "recipients": LinesForm}
    return forms[name](data)


@require_POST
@of_draft
def part(request: SignedInRequest, notice: Notice, part: str) -> HttpResponse:
    """Save what stands around the text: header, attendees, cited documents, recipients."""
    if part not in PARTS:
        raise Http404
    data = {**request.POST.dict(), "seen": request.POST.get("over") or request.POST.get("seen", "")}
    form = _part_form(part, notice, data)
    if not form.is_valid():
        return _part_refused(request, notice, Refused(part, form, is_conflict=False))
    try:
        SAVES[part](notice, form, request)
    except SomebodyWasFaster:
        return _part_refused(request, notice, Refused(part, form, is_conflict=True))
    fresh = Notice.objects.for_list().get(pk=notice.pk)
    if not request.htmx:
        messages.success(request, _saved_at())
        return _back(notice, part)
    context = {"part": _part(edit_page(fresh), part, None), "notice": fresh, "saved": _saved_at(), "oob": True}
    return _composed(render(request, "tasks/composing/fragments/part_state.html", context))


def _part_refused(request: SignedInRequest, notice: Notice, refused: Refused) -> HttpResponse:
    fresh = Notice.objects.for_list().get(pk=notice.pk)
    page = edit_page(fresh)
    status = HTTPStatus.CONFLICT if refused.is_conflict else HTTPStatus.UNPROCESSABLE_ENTITY
    if not request.htmx:
        return _page(request, page, refused=refused, status=status)
    context = {"part": _part(page, refused.part, refused), "notice": fresh, "oob": False}
    return render(request, "tasks/composing/fragments/part_state.html", context, status=status)


@dataclass
class PartBox:
    """One of the parts around the text, as its box shows it."""

    name: str
    title: str
    seen: str
    texts: dict[str, str]
    stored: dict[str, str]
    findings: list[Any]
    form: Form | None = None
    is_conflict: bool = False
    errors: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.is_conflict or bool(self.errors)


def _part(page: EditPage, name: str, refused: Refused | None) -> PartBox:
    """Return the box of a part; of a refused one with what was typed."""
    known = page.parts[name]
    stored = _texts(name, known)
    box = PartBox(name, TITLES[name], known["seen"], stored, stored, known["findings"])
    if name == "header":
        box.form = HeaderForm(notice=page.notice)
    if refused is None or refused.part != name:
        return box
    box.texts = {key: str(refused.form.data.get(key, "")) for key in stored}
    box.is_conflict = refused.is_conflict
    if not refused.is_conflict:
        box.errors = tuple(str(text) for texts in refused.form.errors.values() for text in texts)
    if name == "header":
        box.form = refused.form
        box.stored = {
            str(field.label): str(getattr(page.notice, field.name))
            for field in HeaderForm(notice=page.notice)
            if field.name != "seen"
        }
    return box


def _texts(name: str, known: dict[str, Any]) -> dict[str, str]:
    match name:
        case "attendees":
            return {side: "\n".join(lines) for side, lines in known["sides"].items()}
        case "citations":
            return {role: "\n".join(citation_text(row) for row in rows) for role, rows in known["roles"].items()}
        case "recipients":
            return {"lines": "\n".join(known["lines"])}
    return {}


# Tasks and earlier notices


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def point_tasks(request: SignedInRequest, notice: Notice, point: int) -> HttpResponse:
    """The work that comes of a point: given, changed, taken back, or a mark that none comes of it."""
    row = _point_of(notice, point)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    if do in ("none", "some"):
        try:
            services.mark_no_task(point=row, creates_no_task=do == "none")
        except ValidationError as refused:
            return _tasks_done(request, notice, row.pk, " ".join(refused.messages))
        return _tasks_done(request, notice, row.pk, "Đã đánh dấu." if do == "none" else "Đã bỏ đánh dấu.")
    task = _task_of(row, request.POST.get("task", ""))
    if do == "remove":
        return _task_removed(request, notice, row, task)
    return _task_saved(request, notice, row, task) if do == "save" else _tasks_panel(request, notice, row)


def _task_saved(request: SignedInRequest, notice: Notice, row: NoticePoint, task: Task | None) -> HttpResponse:
    if task is None and request.POST.get("task"):
        return _tasks_panel(
            request, notice, row, refused=_beside(None, request, notice), of=None, status=HTTPStatus.CONFLICT
        )
    form, status = TaskForm(request.POST, notice=notice, task=task), HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            services.put_task(point=row, task=task, by=request.user, **form.values)
        except ValidationError as refused:
            form.add_error(None, refused.messages)
        except SomebodyWasFaster as told:
            if told.current is None:
                raise
            form, status = _beside(told.current, request, notice), HTTPStatus.CONFLICT
        else:
            return _tasks_done(request, notice, row.pk, "Đã ghi nhiệm vụ.")
    return _tasks_panel(request, notice, row, refused=form, of=task, status=status)


def _task_removed(request: SignedInRequest, notice: Notice, row: NoticePoint, task: Task | None) -> HttpResponse:
    """Take back a task; one that is gone already is what was wanted."""
    if task is not None:
        try:
            services.remove_task(point=row, task=task, version=whole_number(request.POST.get("version", "")))
        except SomebodyWasFaster as told:
            if told.current is None:
                raise
            form = _beside(told.current, request, notice)
            return _tasks_panel(request, notice, row, refused=form, of=task, status=HTTPStatus.CONFLICT)
    return _tasks_done(request, notice, row.pk, "Đã bỏ nhiệm vụ.")


def _beside(current: Task | None, request: SignedInRequest, notice: Notice) -> TaskForm:
    """Return what was typed with what somebody else did meanwhile; sent once more it counts."""
    typed = request.POST.copy()
    typed["version"] = str(current.version) if current else ""
    again = TaskForm(typed, notice=notice, task=current)
    if current is None:
        again.add_error(None, "Người khác vừa bỏ nhiệm vụ này. Lời của anh/chị còn ở dưới; giao lại nếu vẫn cần.")
        return again
    day = f", hạn {clock.vn_date(current.due_on)}" if current.due_on else ""
    again.add_error(
        None,
        f"Người khác vừa sửa nhiệm vụ này: “{current.text}”, {current.lead} chủ trì{day}. "
        "Lời của anh/chị còn ở dưới; bấm lần nữa nếu vẫn đúng.",
    )
    return again


def _task_of(row: NoticePoint, key: str) -> Task | None:
    reply = services.reply_of(row)
    tasks = reply.tasks if reply else row.tasks
    return tasks.filter(pk=whole_number(key)).first()


def _tasks_panel(
    request: SignedInRequest,
    notice: Notice,
    row: NoticePoint,
    *,
    refused: TaskForm | None = None,
    of: Task | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """Return the panel: a form for each task, and one for the next."""
    shown: PointRow = edit_page(notice).point(row.pk)
    forms = [
        (
            task,
            refused
            if refused and of and task.pk == of.pk
            else TaskForm(notice=notice, task=task, auto_id=f"t{task.pk}-%s"),
        )
        for task in shown.tasks
    ]
    words = shown.stored_reply if shown.is_proposal else shown.stored
    blank = TaskForm(notice=notice, auto_id="new-%s")
    blank.initial = {"text": words.rstrip(" ;.")}
    new = refused if refused and of is None else blank
    new.fields["lead"].widget.attrs["autofocus"] = True
    context = {"row": shown, "notice": notice, "forms": forms, "new": new, "new_open": not forms or new is refused}
    template = "tasks/composing/fragments/point_tasks.html" if request.htmx else "tasks/composing/point_tasks.html"
    return render(request, template, context, status=status)


def _tasks_done(request: SignedInRequest, notice: Notice, point: int, what: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, what)
        return _back(notice, f"p{point}")
    page = edit_page(notice)
    context = {**_context(page), "row": page.point(point), "saved": _saved_at(), "oob": True}
    state = render_to_string("tasks/composing/fragments/point_state.html", {**context, "outside": True}, request)
    answer = _tasks_panel(request, notice, _point_of(notice, point))
    answer.content += state.encode()
    return _composed(answer)


@require_GET
@of_draft
def earlier(request: SignedInRequest, notice: Notice) -> HttpResponse:
    """Points of earlier notices, to be taken over."""
    asked = request.GET.get("q", "").strip()[:100]
    context = {
        "notice": notice,
        "q": asked,
        "found": earlier_points(notice, text=asked, user=request.user),
        "waiting": Proposal.objects.filter(commune=notice.commune_id, point__isnull=True).order_by("made_on", "pk"),
        "sections": [SectionRow(row, [], []) for row in notice.sections.order_by("position")],
    }
    template = "tasks/composing/fragments/earlier.html" if request.htmx else "tasks/composing/earlier.html"
    return render(request, template, context)
