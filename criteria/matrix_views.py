"""The matrix: shown, filtered, pasted into; and the parts of it that a changed cell brings along."""

import json
from collections.abc import Collection, Container, Sequence
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from communes.http import SignedInRequest
from communes.models import Commune, Department, User
from criteria.exceptions import NothingToUndo, ReasonMissing, SomebodyWasFaster
from criteria.filters import MAPS, by_todays_map, day_asked, since_asked
from criteria.forms import ConfirmForm, PasteForm, PasteUndoForm
from criteria.models import Assessment
from criteria.selectors.commune import commune_state
from criteria.selectors.maps import has_changed_since
from criteria.selectors.matrix import Filters, Matrix, matrix
from criteria.selectors.pasted import Pasted, PastedCell, pasted, pasted_findings
from criteria.selectors.units import last_set_before
from criteria.selectors.waiting import sector, waiting, waiting_in
from criteria.services import NewFinding, change_many, confirm_findings, source_of, undo_many
from criteria.tables import matrix_foot, matrix_head, matrix_row, matrix_rows
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.gate import get_visible, require
from ntm_tracker.lib.text import whole_number

ORDERS = (
    ("name", "Tên xã"),
    ("-name", "Tên xã, từ cuối"),
    ("-criteria", "Nhiều tiêu chí đạt trước"),
    ("criteria", "Ít tiêu chí đạt trước"),
    ("-sub_items", "Nhiều nội dung đạt trước"),
    ("sub_items", "Ít nội dung đạt trước"),
)
# What the page shows, by the headers that its script sends (js/matrix.js).
COLUMNS, ROWS = "Matrix-Columns", "Matrix-Rows"
# What narrows the matrix, by its name in the address.
NARROWING = ("q", "group", "department", "since", "show")


def filters_of(query: QueryDict, user: User, offered: Container[str] | None = None) -> Filters:
    """Read the matrix's filters from the address; what can't be read asks for nothing.

    A department begins with its own sub-items across all communes; `department=` asks for all. `offered` are the
    keys of the departments in the person's reach, where they have been read.
    """
    opened, department = query.get("open", ""), query.get("department", "")
    if user.department_id and "department" not in query:
        opened, department = opened or "all", str(user.department_id)
    at = day_asked(query).at
    return Filters(
        query=query.get("q", ""),
        group=query.get("group", ""),
        department=_department_asked(department, user, offered),
        only_unmet=query.get("show") == "unmet",
        since=since_asked(query).at,
        opened=frozenset(filter(None, map(whole_number, opened.split(",")))),
        opens_all=opened == "all",
        sort=query.get("sort", ""),
        at=at,
        by_todays_map=by_todays_map(query, at),
        confirming=user.department_id if at is None else None,
    )


def _department_asked(text: str, user: User, offered: Container[str] | None) -> int | None:
    """Return the key of a department that the page offers, or of the person's own; of everything else None."""
    if text == str(user.department_id):
        return user.department_id
    if not text:
        return None
    return int(text) if text in (_departments(user) if offered is None else offered) else None


def _departments(user: User) -> dict[str, str]:
    """Return the departments in the person's reach by key, as the page offers them.

    Where several districts are looked after, a department names its own.
    """
    found = Department.objects.visible_to(user).valid_on(clock.today())
    if user.oversees_districts:
        rows = found.values_list("pk", "short_name", "authority__name")
        return {str(key): f"{name}, {authority}" for key, name, authority in rows}
    # Of one authority: its own order needs no join.
    return {str(key): name for key, name in found.order_by("position", "code").values_list("pk", "short_name")}


def filters_in_words(filters: Filters) -> list[str]:
    """Return what narrows the matrix, in words."""
    department = Department.objects.filter(pk=filters.department).first() if filters.department else None
    return [
        *([f"Tìm: “{filters.query}”"] if filters.query else []),
        *([f"Nhóm: {filters.group}"] if filters.group else []),
        *([f"Phòng, ban: {department.short_name}"] if department else []),
        *(["Chỉ phần chưa đạt"] if filters.only_unmet else []),
        *([f"Thay đổi từ ngày: {clock.vn_date(filters.since)}"] if filters.since else []),
    ]


def visible_matrix(user: User, filters: Filters) -> Matrix:
    day = clock.today() if filters.by_todays_map else filters.at or clock.today()
    communes = Commune.objects.visible_to(user).valid_on(day)
    return matrix(communes.select_related("authority") if user.oversees_districts else communes, filters)


def matrix_on_page(request: SignedInRequest, query: QueryDict) -> Matrix:
    """Return the matrix as it stands on the page with `query` whose script asks.

    A change can move a row, or take rows and columns out of a table that shows only what is unmet; under
    the hands of a person they stay. Without the script's word it is the table as it would open now.
    """
    filters = filters_of(query, request.user)
    columns, communes = (request.headers.get(name, "").split(",") for name in (COLUMNS, ROWS))
    if not any(columns):
        return visible_matrix(request.user, filters)
    return visible_matrix(request.user, replace(filters, only_unmet=False)).as_shown(columns, communes)


@require_GET
def matrix_page(request: SignedInRequest) -> HttpResponse:
    departments = _departments(request.user)
    filters = filters_of(request.GET, request.user, departments)
    table = visible_matrix(request.user, filters)
    day = day_asked(request.GET)
    context = {
        "matrix": table,
        "last_set": None if table.criteria_set else last_set_before(day.day),
        "head": matrix_head(table, _criteria_links(request, table), filters.sort),
        "rows": matrix_rows(table),
        "foot": matrix_foot(table),
        "filters": filters,
        "asked": day,
        "query": request.GET.urlencode(),
        "since": since_asked(request.GET),
        "departments": departments.items(),
        "department": str(filters.department or ""),
        "is_narrowed": any(request.GET.get(name) for name in NARROWING),
        "orders": (*ORDERS, *_order_by_column(table, filters.sort)),
        "map": request.GET["map"] if filters.by_todays_map else "",
        "maps": MAPS if filters.at and has_changed_since(filters.at, request.user) else (),
        "may_change": filters.at is None and request.user.has_perm("criteria.change_assessment"),
    }
    return render(request, "criteria/matrix.html", context)


def _order_by_column(table: Matrix, sort: str) -> list[tuple[str, str]]:
    """Return the order by a column that the address asks for; the script offers the others (js/matrix.js)."""
    first = "đạt trước" if sort.startswith("-") else "chưa đạt trước"
    found = [column for column in table.columns if column.key == sort.removeprefix("-")]
    return [(sort, f"{column.label}: {first}") for column in found]


def _criteria_links(request: SignedInRequest, table: Matrix) -> dict[int, str]:
    """Return for each criterion the address that opens it, or closes it when it is open."""
    query = request.GET.copy()
    query.pop("open", None)
    others, links = query.urlencode(), {}
    for criterion in table.criteria:
        wanted = ",".join(str(number) for number in sorted(table.opened ^ {criterion.number}))
        links[criterion.number] = "?" + "&".join(filter(None, [others, wanted and f"open={wanted}"]))
    return links


def changed_parts(request: SignedInRequest, communes: Collection[Commune]) -> str:
    """Return the rows of `communes`, the totals and the sentence above, for the matrix from which cells were changed.

    The page's own address, which htmx sends, says what it shows.
    """
    query = QueryDict(urlsplit(request.htmx.current_url).query)
    table = matrix_on_page(request, query)
    rows = [matrix_row(table, row) for row in table.rows if row.commune in communes]
    if not rows:
        return ""
    swapped = "".join(row.replace("<tr ", '<tr hx-swap-oob="true" ', 1) for row in rows)
    totals = matrix_foot(table).replace("<tr ", '<tr hx-swap-oob="true" ', 1)
    context = {"matrix": table, "asked": day_asked(query), "query": query.urlencode()}
    state = render_to_string("criteria/fragments/matrix_state.html", context)
    return f'<template>{swapped}{totals}<p class="page-state" id="page-state" hx-swap-oob="true">{state}</p></template>'


def past_of(commune: Commune, number: int, day: date) -> str:
    """Return where a criterion of `commune` stands as it was known on `day`: cells are worked on as of today."""
    return f"{commune.page('communes:detail', at=day)}#tieu-chi-{number}"


@require_GET
def criterion_detail(request: SignedInRequest, code: str, number: int) -> HttpResponse:
    """One criterion of one commune: its sub-items, each a step to its own panel."""
    communes = Commune.objects.valid_on(clock.today()).select_related("authority")
    commune = get_visible(communes, request.user, code=code)
    if day := day_asked(request.GET).at:
        return redirect(past_of(commune, number, day))
    state = next((row for row in commune_state(commune).criteria if row.criterion.number == number), None)
    if state is None:
        raise Http404
    template = "criteria/fragments/criterion_panel.html" if request.htmx else "criteria/criterion.html"
    return render(request, template, {"commune": commune, "state": state})


@require_http_methods(["GET", "HEAD", "POST"])
def matrix_paste(request: SignedInRequest) -> HttpResponse:
    """Show what a pasted block would change; with `confirm` write it, all cells or none."""
    require(request.user, "criteria.change_assessment")
    table = matrix_on_page(request, _query_shown(request))
    form = PasteForm(request.POST if request.method == "POST" else None, initial=request.GET.dict(), table=table)
    if not form.is_valid() and not form.says_where:
        status = HTTPStatus.OK if request.method != "POST" else HTTPStatus.UNPROCESSABLE_ENTITY
        return _paste_answer(request, form, status=status)
    data = form.cleaned_data
    preview = pasted(table, text=data["text"], commune=data["commune"], column=data["column"], user=request.user)
    if form.errors:
        return _paste_answer(request, form, preview, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if preview.error or preview.wrong:
        return _paste_answer(request, form, preview, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if "confirm" not in request.POST:
        return _paste_answer(request, form, preview)
    moved = [cell for cell in preview.changed if data["versions"].get(cell.key, cell.version) != cell.version]
    try:
        if moved:
            raise SomebodyWasFaster(moved[0])
        written = _write(request.user, preview, data)
    except SomebodyWasFaster:
        return _paste_answer(request, form, preview, moved=moved or preview.changed, status=HTTPStatus.CONFLICT)
    except ReasonMissing as missing:
        for name, errors in missing.message_dict.items():
            form.add_error(name, errors)
        return _paste_answer(request, form, preview, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    saved = f"Đã ghi {len(written)} ô lúc {clock.now():%H:%M}"
    if request.htmx and (request.htmx.current_url_abs_path or "").partition("?")[0] == reverse("matrix"):
        return _in_place(request, written, saved, may_undo=True)
    messages.success(request, f"{saved}.")
    return redirect_to(request, f"{reverse('matrix')}?{_query_shown(request).urlencode()}")


@require_POST
def matrix_paste_undo(request: SignedInRequest) -> HttpResponse:
    """Take back a block that the person has just pasted, all cells or none."""
    require(request.user, "criteria.change_assessment")
    form = PasteUndoForm(request.POST)
    if not form.is_valid():
        raise Http404
    versions = form.cleaned_data["cells"]
    found = pasted_findings(request.user, versions)
    for finding, _ in found:
        require(request.user, "criteria.change_assessment", finding)
    if len(found) != len(versions):
        raise Http404
    try:
        undone = undo_many(findings=found, by=request.user)
    except (SomebodyWasFaster, NothingToUndo):
        return render(request, "criteria/fragments/pasted.html", {"moved": True}, status=HTTPStatus.CONFLICT)
    return _in_place(request, undone, f"Đã hoàn tác {len(undone)} ô lúc {clock.now():%H:%M}")


def _in_place(
    request: SignedInRequest, findings: Sequence[Assessment], saved: str, *, may_undo: bool = False
) -> HttpResponse:
    """Say in the panel what was done, with the versions of the cells, and bring the changed rows along."""
    versions = json.dumps({f"{row.commune.code}/{row.sub_item.code}": row.version for row in findings})
    context = {"saved": saved, "versions": versions, "may_undo": may_undo}
    response = render(request, "criteria/fragments/pasted.html", context)
    response.content += changed_parts(request, {row.commune for row in findings}).encode()
    return response


def _write(user: User, preview: Pasted, data: dict[str, Any]) -> list[Assessment]:
    changes = [
        NewFinding(
            commune=cell.commune,
            sub_item=cell.sub_item,
            status=cell.status or "",
            value=cell.value,
            part_values=cell.part_values,
            reason=data["reason"],
            basis=data["basis"],
            source=source_of(user),
            proposed=cell.proposed,
            expected_version=cell.version,
        )
        for cell in preview.changed
    ]
    return change_many(changes=changes, by=user)


def _paste_answer(
    request: SignedInRequest,
    form: PasteForm,
    preview: Pasted | None = None,
    *,
    moved: Sequence[PastedCell] = (),
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    if preview:
        form.fields["reason"].required, form.fields["basis"].required = preview.needs_reason, preview.needs_basis
    context = {
        "form": form,
        "preview": preview,
        "moved": moved,
        "versions": json.dumps({cell.key: cell.version for cell in preview.cells}) if preview else "",
        "query": _query_shown(request).urlencode(),
    }
    template = "criteria/fragments/paste_panel.html" if request.htmx else "criteria/paste.html"
    return render(request, template, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def matrix_confirm(request: SignedInRequest) -> HttpResponse:
    """Show what of the matrix waits for the department's word; POST confirms what was shown, but what has moved."""
    require(request.user, "criteria.confirm_finding")
    if request.method != "POST":
        return _confirm_answer(request, ConfirmForm())
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _confirm_answer(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    versions = form.cleaned_data["versions"]
    own = sector(request.user, Commune.objects.visible_to(request.user).valid_on(clock.today()))
    shown = [
        (row.finding, row.proposed)
        for row in waiting(own.awaiting()).ready
        if versions.get(str(row.finding.pk)) == row.finding.version
    ]
    confirmed = {row.pk for row in confirm_findings(findings=shown, by=request.user)}
    if confirmed:
        messages.success(request, f"Đã xác nhận {vn_decimal(len(confirmed))} kết quả lúc {clock.now():%H:%M}.")
    asked = own.select_related("commune", "sub_item", "changed_by") if len(confirmed) < len(versions) else []
    moved = [row for row in asked if str(row.pk) in versions and row.pk not in confirmed]
    if moved:
        return _confirm_answer(request, ConfirmForm(), moved=moved, status=HTTPStatus.CONFLICT)
    return redirect(f"{reverse('matrix')}?{request.GET.urlencode()}")


def _confirm_answer(
    request: SignedInRequest, form: ConfirmForm, *, moved: Sequence[Assessment] = (), status: int = HTTPStatus.OK
) -> HttpResponse:
    table = visible_matrix(request.user, filters_of(request.GET, request.user))
    found = waiting(waiting_in(table, request.user))
    context = {
        "form": form,
        "waiting": found,
        "versions": json.dumps(found.versions),
        "moved": moved,
        "query": request.GET.urlencode(),
    }
    return render(request, "criteria/confirm.html", context, status=status)


def _query_shown(request: SignedInRequest) -> QueryDict:
    """Return the query of the matrix that the block was pasted into.

    Without scripts no cell is in hand: where no criterion is opened, they all are, to choose from.
    """
    asked = request.POST.get("query", "") or request.GET.get("query", "")
    if request.htmx:
        return QueryDict(asked or urlsplit(request.htmx.current_url or "").query)
    query = QueryDict(asked, mutable=True)
    query["open"] = query.get("open") or "all"
    return query


def redirect_to(request: SignedInRequest, address: str) -> HttpResponse:
    """Lead a browser, or the page from which htmx asked, to `address`."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
