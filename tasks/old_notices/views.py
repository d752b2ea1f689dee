"""The page on which an old notice comes in: its text, then its structure line by line."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from communes.http import SignedInRequest
from ntm_tracker.lib.gate import require
from ntm_tracker.lib.text import whole_number
from tasks.exceptions import NumberTaken
from tasks.old_notices.forms import HeadForm, SourceForm, TasksForm, posted_lines, summary_of, too_long
from tasks.old_notices.lines import Line, Part
from tasks.old_notices.matching import given_tasks, units_of
from tasks.old_notices.services import enter_old_notice
from tasks.old_notices.structure import structure

MANAGE = "tasks.manage_notice"


@require_http_methods(["GET", "HEAD", "POST"])
def old_notice(request: SignedInRequest) -> HttpResponse:
    """Take a text, show what was read in it, and on confirmation make the records.

    Everything between the two travels in the form itself: nothing is stored before it is confirmed, and going
    back loses nothing.
    """
    require(request.user, MANAGE)
    if request.method == "POST" and "lines" in request.POST:
        return _confirm(request)
    form = SourceForm(request.POST, request.FILES) if request.method == "POST" else SourceForm()
    if request.method == "POST" and form.is_valid():
        lines = form.cleaned_data["lines"]
        return _proposed(request, lines, HeadForm(by=request.user, read=structure(lines).head))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "tasks/old_notices/source.html", {"form": form}, status=status)


def _confirm(request: SignedInRequest) -> HttpResponse:
    lines = posted_lines(request.POST)
    form = HeadForm(request.POST, by=request.user)
    if problem := too_long(lines):
        form.add_error(None, problem)
    if request.POST.get("step") != "save" or not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if request.POST.get("step") == "save" else HTTPStatus.OK
        return _proposed(request, lines, form, status=status)
    read, units = structure(lines), units_of(form.cleaned_data["commune"])
    require(request.user, MANAGE, units.authority)
    given = given_tasks(read, units)
    tasks = TasksForm(request.POST if "tasks" in request.POST else None, given=given, units=units)
    if not tasks.is_valid() or request.POST["tasks"] != str(len(given)):
        # The commune was not known yet, or the lines changed: the work is shown before it is made.
        return _proposed(request, lines, form, show_tasks=True)
    try:
        notice = enter_old_notice(
            read=read,
            head=form.head,
            units=units,
            tasks=tasks.chosen,
            issued=form.cleaned_data["issued"],
            by=request.user,
        )
    except NumberTaken as taken:
        form.add_error("number", f"Số {taken} đã dùng trong năm cho văn bản khác. Hãy kiểm tra lại số trên giấy.")
        return _proposed(request, lines, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, f"Đã nhập thông báo {notice.sign} về {notice.commune}.")
    return redirect(notice)


def _proposed(
    request: SignedInRequest,
    lines: list[Line],
    form: HeadForm,
    *,
    show_tasks: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Show what was read; the work in it as soon as the commune is known."""
    read = structure(lines)
    chosen = form["commune"].value()
    commune = form.fields["commune"].queryset.filter(pk=whole_number(str(chosen))).first()  # type: ignore[attr-defined]
    units = units_of(commune) if commune else None
    context = {
        "lines": list(enumerate(lines)),
        "parts": Part.choices,
        "form": form,
        "tasks": TasksForm(given=given_tasks(read, units), units=units) if units else None,
        "summary": summary_of(read),
        "asks_again": show_tasks,
    }
    return render(request, "tasks/old_notices/proposed.html", context, status=status)
