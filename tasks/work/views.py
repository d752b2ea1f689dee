"""Pages of tasks: the list in its shapes, one task with what can be done, a new one, the register."""

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communes.http import SignedInRequest
from communes.models import Commune
from criteria.deadlines import month_after
from criteria.evidence_views import RULES
from criteria.exceptions import SomebodyWasFaster
from criteria.selectors import set_for
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.gate import get_visible, require
from tasks.enums import TaskStatus
from tasks.models import NoticePoint, ProposalReply, Task, TaskUpdate
from tasks.querysets import TaskQuerySet
from tasks.registers import found_office, office_of, register_answer, year_asked
from tasks.work.documents import REGISTER_TITLE, register_document, register_lines
from tasks.work.exports import register_file, task_list_file
from tasks.work.filters import GROUPS, SHAPES, STATES, TaskFilter
from tasks.work.forms import (
    DecisionForm,
    ExtensionDecisionForm,
    ExtensionForm,
    ReportForm,
    TaskForm,
    VersionForm,
    initial_of,
    parts_of,
)
from tasks.work.origins import Origin, of_gap, of_point, of_reply
from tasks.work.selectors import (
    TaskPage,
    bands,
    board,
    calendar,
    is_assignable,
    printed_code,
    rows_of,
    task_page,
    tasks_of_sub_item,
)
from tasks.work.services import mark_conclusion

PAGE_SIZE = 50
ASSIGN, CONFIRM = "tasks.assign_task", "tasks.confirm_task"


# The list


@require_GET
def task_list(request: SignedInRequest) -> HttpResponse:
    """The tasks in the person's reach: as a list, a board or a calendar, or as a workbook of what is on screen."""
    today = clock.today()
    asked = TaskFilter(request.GET, user=request.user, today=today)
    if request.GET.get("format") == "xlsx":
        file = task_list_file(
            rows_of(asked.rows(), today), today, place=str(request.user.unit or ""), filters=asked.words
        )
        return answer(request, file)
    counts = asked.counts()
    context = {
        "filter": asked,
        "counts": counts,
        "unfinished": counts[""],
        "notice": asked.chosen_notice,
        "views": asked.views,
        "states": [(value, label, counts[value]) for value, label in STATES if _is_of_use(value, counts)],
        "groups": GROUPS,
        "shapes": SHAPES,
        "may_assign": request.user.has_perm(ASSIGN),
        **_shaped(request, asked, counts, today),
    }
    return render(request, "tasks/work/list.html", context)


def _is_of_use(state: str, counts: Mapping[str, int]) -> bool:
    """A state that no task is in isn't offered, but for the first and the last."""
    return bool(counts[state]) or state in ("", "all")


def _shaped(request: SignedInRequest, asked: TaskFilter, counts: dict[str, int], today: date) -> dict[str, Any]:
    """Return what the shape that was asked for shows."""
    if asked.shape == "board":
        return {"columns": board(asked, counts, today)}
    if asked.shape == "calendar":
        return {"calendar": calendar(asked.rows(), _month(request.GET.get("month", ""), today), today)}
    paginator = Paginator(asked.rows(), PAGE_SIZE)
    paginator.count = counts[asked.state]  # known already
    page = paginator.get_page(request.GET.get("page"))
    rows: Any = page.object_list
    return {"page": page, "bands": bands(rows_of(rows, today), asked.group)}


def _month(text: str, today: date) -> date:
    """Read "2023-04"; what can't be read, or has no month beside it, is the current month."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        month = today
    return month.replace(day=1) if date.min.year < month.year < date.max.year else today.replace(day=1)


# One task


@require_GET
def task_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One task: where it comes from, what it serves, its course, and what the person can do."""
    return _page(request, _task(request, pk))


@require_http_methods(["GET", "POST"])
def task_report(request: SignedInRequest, pk: int) -> HttpResponse:
    """Progress or completion, by whoever leads or supports."""
    task = _task(request, pk)
    if request.method == "GET":  # a reload of an answer that refused
        return redirect(task)
    require(request.user, "tasks.update_task", task)
    page = task_page(task, user=request.user, today=clock.today())
    done = request.POST.get("kind") == "done"
    form = ReportForm(request.POST, request.FILES, page=page)
    whole = page.stand is not None and page.stand.leads
    said = ("Đã báo hoàn thành." if whole else "Đã báo xong phần việc.") if done else "Đã gửi cập nhật."

    def save() -> TaskUpdate | None:
        update = form.save(by=request.user, done=done)
        for sentence in form.placed:
            messages.info(request, sentence)
        return update

    return _saved(request, task, "report_form", form, save, said)


@require_http_methods(["GET", "POST"])
def task_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Confirm that a task is done, or send it back."""
    task = _task(request, pk)
    if request.method == "GET":
        return redirect(task)
    require(request.user, CONFIRM, task)
    form = DecisionForm(request.POST, ends=task.status == TaskStatus.OPEN)
    confirmed = request.POST.get("decision") == "confirm"
    said = "Đã xác nhận hoàn thành." if confirmed else "Đã yêu cầu làm tiếp."
    return _saved(
        request,
        task,
        "decision_form",
        form,
        lambda: form.is_valid() and form.save(task=task, by=request.user, confirmed=confirmed),
        said,
    )


@require_http_methods(["GET", "POST"])
def task_extension(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for a later day; the office grants it with the same step."""
    task = _task(request, pk)
    if request.method == "GET":
        return redirect(task)
    require(request.user, "tasks.update_task", task)
    form = ExtensionForm(request.POST)
    said = "Đã gia hạn." if request.user.has_perm(CONFIRM, task) else "Đã gửi đề nghị gia hạn."
    return _saved(
        request, task, "extension_form", form, lambda: form.is_valid() and form.save(task=task, by=request.user), said
    )


@require_http_methods(["GET", "POST"])
def extension_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Grant or refuse the extension that waits."""
    task = _task(request, pk)
    if request.method == "GET":
        return redirect(task)
    require(request.user, CONFIRM, task)
    pending = task_page(task, user=request.user, today=clock.today()).pending_extension
    form, grant = ExtensionDecisionForm(request.POST), request.POST.get("decision") == "grant"
    if pending is None:
        form.add_error(None, "Không có đề nghị gia hạn nào đang chờ quyết định.")
    return _saved(
        request,
        task,
        "extension_decision_form",
        form,
        lambda: form.is_valid() and pending and form.save(extension=pending, by=request.user, grant=grant),
        "Đã đồng ý gia hạn." if grant else "Đã từ chối gia hạn.",
    )


def _task(request: SignedInRequest, pk: int) -> Task:
    # The visible ones by key: their own query may be distinct, and this one carries computed columns.
    rows = Task.objects.with_days(clock.today()).for_list().select_related("authority__parent__parent")
    visible = get_visible(Task.objects.all(), request.user, pk=pk)
    return rows.get(pk=visible.pk)


def _saved(request: SignedInRequest, task: Task, name: str, form: VersionForm, save: Any, said: str) -> HttpResponse:
    """Save and go back to the task; what was refused is shown beside what was typed, and nothing is lost."""
    try:
        if save():
            messages.success(request, said)
            return redirect(task)
    except SomebodyWasFaster:
        fresh = _task(request, task.pk)
        form.retype("version", str(fresh.version))
        return _page(request, fresh, forms={name: form}, conflict=True, status=HTTPStatus.CONFLICT)
    return _page(request, _task(request, task.pk), forms={name: form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _page(
    request: SignedInRequest,
    task: Task,
    *,
    forms: dict[str, VersionForm] | None = None,
    conflict: bool = False,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    page = task_page(task, user=request.user, today=clock.today())
    offered: dict[str, Any] = {**_forms(request, page), **(forms or {})}
    context = {
        "page": page,
        "row": page.row,
        "task": task,
        "notice": page.row.notice,
        "commune": task.commune or task.lead_commune,
        "may_change": request.user.has_perm(ASSIGN, task) and task.status == TaskStatus.OPEN,
        "conflict": conflict,
        "last_event": page.events[0] if conflict and page.events else None,
        "rules": RULES,
        **offered,
    }
    return render(request, "tasks/work/detail.html", context, status=status)


def _forms(request: SignedInRequest, page: TaskPage) -> dict[str, VersionForm]:
    """Return the forms for what the person can do now."""
    task = page.task
    begin = {"version": task.version}
    found: dict[str, VersionForm] = {}
    if page.stand and page.may_report:
        found["report_form"] = ReportForm(page=page)
        if page.stand.leads and task.due_on and not page.pending_extension:
            found["extension_form"] = ExtensionForm(initial=begin)
    if request.user.has_perm(CONFIRM, task):
        if task.status == TaskStatus.DONE or page.may_be_ended:
            found["decision_form"] = DecisionForm(initial=begin, ends=page.may_be_ended)
        if page.pending_extension:
            found["extension_decision_form"] = ExtensionDecisionForm(initial=begin)
    return found


# A new task, a changed one


@require_http_methods(["GET", "HEAD", "POST"])
def task_new(request: SignedInRequest) -> HttpResponse:
    """Assign a task: from a conclusion (`?point=`), a reply (`?reply=`), a gap (`?commune=&sub_item=`), or alone."""
    require(request.user, ASSIGN)
    if found_office(request.user) is None:
        messages.info(request, "Chưa có phòng, ban nào để giao việc. Hãy nhập phòng, ban ở trang quản trị trước.")
        return redirect("tasks:list")
    origin = _origin(request)
    form = TaskForm(request.POST or None, authority=origin.authority, initial=origin.initial, supports=origin.supports)
    status = HTTPStatus.OK
    if request.method == "POST":
        task = form.assign(by=request.user, point=origin.point, reply=origin.reply) if form.is_valid() else None
        if task:
            messages.success(request, f"Đã giao nhiệm vụ cho {task.lead}.")
            return redirect(task)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "tasks/work/form.html", {"form": form, "origin": origin}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def task_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what a task asks for, until it is done."""
    task = _task(request, pk)
    require(request.user, ASSIGN, task)
    if task.status != TaskStatus.OPEN:
        messages.error(request, "Nhiệm vụ đã báo hoàn thành nên không sửa được. Hãy yêu cầu làm tiếp trước.")
        return redirect(task)
    form = TaskForm(
        request.POST or None, authority=task.authority, task=task, initial=initial_of(task), supports=parts_of(task)
    )
    context: dict[str, Any] = {"form": form, "task": task, "origin": None}
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        try:
            if form.is_valid() and form.change(task=task, by=request.user):
                messages.success(request, "Đã lưu thay đổi.")
                return redirect(task)
        except SomebodyWasFaster:
            fresh = _task(request, pk)
            form.retype("version", str(fresh.version))
            last = fresh.updates.select_related("by").first()
            context |= {"conflict": True, "last_update": last}
            status = HTTPStatus.CONFLICT
    return render(request, "tasks/work/form.html", context, status=status)


def _origin(request: SignedInRequest) -> Origin:
    """Read where the task arises. What lies beyond the person's reach answers like what doesn't exist."""
    found = None
    if point := request.GET.get("point", ""):
        points = NoticePoint.objects.select_related("section__notice__authority__parent", "section__notice__commune")
        found = of_point(get_visible(points, request.user, pk=point))
    elif reply := request.GET.get("reply", ""):
        replies = ProposalReply.objects.select_related(
            "lead", "proposal__commune__authority__parent", "proposal__point__section__notice"
        )
        side = request.GET.get("side")
        found = of_reply(get_visible(replies, request.user, pk=reply), for_commune=side == "commune")
    elif code := request.GET.get("commune", ""):
        communes = Commune.objects.bearing(code).select_related("authority__parent")
        found = of_gap(get_visible(communes, request.user), request.GET.get("sub_item", ""))
    origin = found or Origin(office_of(request.user), initial={"schedule": "once"})
    require(request.user, ASSIGN, origin.authority)
    if not is_assignable(origin.notice):
        raise PermissionDenied("tasks.assign_task")
    return origin


@require_POST
def conclusion_mark(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark that no task arises from a conclusion, or take the mark back."""
    points = NoticePoint.objects.select_related("section__notice__authority__parent__parent")
    point = get_visible(points, request.user, pk=pk)
    require(request.user, ASSIGN, point)
    creates_no_task = request.POST.get("mark") == "none"
    try:
        mark_conclusion(point=point, creates_no_task=creates_no_task)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = "không phát sinh nhiệm vụ" if creates_no_task else "chưa giao nhiệm vụ"
        messages.success(request, f"Đã đánh dấu kết luận “{point}” là {said}.")
    return redirect(f"{point.section.notice.get_absolute_url()}#conclusions")


# The register


@require_GET
def register(request: SignedInRequest) -> HttpResponse:
    """The register of the tasks assigned in a year: page, workbook or PDF."""
    year = year_asked(request)
    lines = register_lines(rows_of(_registered(request, year), clock.today()))
    years = Task.objects.visible_to(request.user).order_by().dates("assigned_on", "year", order="DESC")
    return register_answer(
        request,
        lines,
        title=REGISTER_TITLE,
        year=year,
        template="tasks/work/register.html",
        file=register_file,
        document=register_document,
        years=[day.year for day in years],
        overdue=sum(line.row.is_overdue for line in lines),
        done=sum(line.row.state in ("done", "late") for line in lines),
    )


def _registered(request: SignedInRequest, year: int) -> TaskQuerySet:
    """Return the tasks in force that were assigned in `year`, in the order of their assignment."""
    visible = Task.objects.visible_to(request.user).in_force().order_by().values("pk")
    first, after = date(year, 1, 1), month_after(date(year, 12, 1))
    of_year = Task.objects.filter(pk__in=visible, assigned_on__gte=first, assigned_on__lt=after)
    return of_year.with_days(clock.today()).for_list().order_by("assigned_on", "pk")


# A part of other pages


@require_GET
def of_sub_item(request: SignedInRequest, code: str, sub_item: str) -> HttpResponse:
    """The tasks that serve a sub-item in a commune: a part of its panel for htmx, a page of its own otherwise."""
    commune = get_visible(Commune.objects.bearing(code).select_related("authority__parent"), request.user)
    today = clock.today()
    criteria_set = set_for(commune, today)
    context = {
        "commune": commune,
        "sub_item": sub_item,
        "printed_code": printed_code(sub_item, criteria_set),
        "rows": tasks_of_sub_item(request.user, commune, sub_item, criteria_set, today),
        "may_assign": request.user.has_perm(ASSIGN, commune),
    }
    template = "tasks/work/fragments/of_sub_item.html" if request.htmx else "tasks/work/of_sub_item.html"
    return render(request, template, context)
