"""Pages of the evidence: by commune, by sub-item, one file; nothing is served past the gate."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communes.http import SignedInRequest
from communes.models import Commune
from criteria.evidence_forms import DescriptionForm, PlaceForm
from criteria.evidence_services import Outcome, delete_evidence, told_counts, upload_evidence
from criteria.filters import DayAsked, day_asked
from criteria.list_exports import evidence_file, evidence_overview_file
from criteria.models import Assessment, Evidence
from criteria.selectors import set_in_force
from criteria.selectors.evidence import (
    SubItemEvidence,
    evidence_board,
    evidence_by_commune,
    evidence_of_sub_item,
    former_units,
    missing_total,
)
from criteria.selectors.units import last_set_before
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download, answer, content_of, harmless
from ntm_tracker.lib.gate import get_visible, require
from ntm_tracker.lib.text import without_nul
from ntm_tracker.lib.uploads import KINDS, LIMITS, mebibytes
from ntm_tracker.lib.uploads.images import thumbnail

ACTION = "criteria.add_evidence"
NOW = DayAsked()
IMAGES = {kind.content_type: kind for kind in KINDS.values() if kind.family == "image"}
RULES = {
    "accept": ",".join(f".{ending}" for kind in KINDS.values() for ending in (kind.extension, *kind.other_extensions)),
    "kinds": ", ".join(KINDS),
    "most": mebibytes(LIMITS.size),
    "most_files": LIMITS.files,
}


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """Where evidence is missing: every commune with its counts, the worst first."""
    require(request.user, "communes.view_progress")
    rows = sorted(evidence_by_commune(request.user), key=lambda row: -row.missing)
    if request.GET.get("format") == "xlsx":
        return answer(request, evidence_overview_file(rows, clock.today()))
    today = clock.today()
    criteria_set = set_in_force(today)
    context = {
        "rows": rows,
        "missing": missing_total(rows),
        "today": today,
        "criteria_set": criteria_set,
        "last_set": None if criteria_set else last_set_before(today),
    }
    return render(request, "criteria/evidence/overview.html", context)


@require_GET
def board(request: SignedInRequest, code: str) -> HttpResponse:
    """Everything that a commune has sent: the tray first, then by criterion."""
    asked = day_asked(request.GET)
    return _board(request, _commune(request, code, asked.at), asked=asked)


def _board(
    request: SignedInRequest, commune: Commune, outcomes: list[Outcome] | None = None, asked: DayAsked = NOW
) -> HttpResponse:
    missing_only, sub_item = request.GET.get("show") == "missing", request.GET.get("code", "").strip()
    # Of a unit that has ended everything stays as it was on its last day.
    at = None if commune.has_ended else asked.at
    state = evidence_board(commune, at)
    criteria = state.criteria(missing_only=missing_only, code=sub_item)
    is_part = missing_only or bool(sub_item)
    if request.GET.get("format") == "xlsx":
        tray, earlier = ((), ()) if is_part else (state.tray, state.earlier)
        filters = ["Chỉ thiếu minh chứng"] if missing_only else []
        filters += [f"Mã nội dung: {sub_item}"] if sub_item else []
        return answer(request, evidence_file(commune, criteria, tray, earlier, at or clock.today(), filters))
    return render(
        request,
        "criteria/evidence/board.html",
        {
            "commune": commune,
            "asked": asked,
            "board": state,
            "former_units": former_units(commune, request.user),
            "criteria": criteria,
            "missing_only": missing_only,
            "code": sub_item,
            "is_part": is_part,
            "may_add": not at and request.user.has_perm(ACTION, commune),
            "outcomes": outcomes,
            "counts": told_counts(outcomes) if outcomes else "",
            "rules": RULES,
        },
    )


@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest, code: str) -> HttpResponse:
    """Take in files and say of each what became of it.

    Sent twice by a reload, nothing doubles: the files are known by their checksums. A request of a
    script for one file (`part=outcomes`) gets its sentence alone; `before` are the files that it sent before.
    """
    commune = _commune(request, code)
    if request.method == "GET":  # a reload, or a filter chosen on the page that answered an upload
        query = request.GET.urlencode()
        return redirect(f"{reverse('evidence:board', args=[code])}?{query}")
    require(request.user, ACTION, commune)
    chosen = without_nul(request.POST.get("sub_item", ""))
    row = _row(commune, chosen) if chosen else None
    outcomes = upload_evidence(
        commune=commune,
        files=request.FILES.getlist("files"),
        by=request.user,
        sub_item=row.sub_item if row else None,
        before=request.POST.getlist("before"),
    )
    if request.POST.get("part") == "outcomes":
        return render(request, "criteria/evidence/fragments/outcomes.html", {"outcomes": outcomes})
    if row:
        return _sub_item(request, _row(commune, chosen), outcomes)
    return _board(request, commune, outcomes)


@require_GET
def of_sub_item(request: SignedInRequest, code: str, sub_item: str) -> HttpResponse:
    """The files of one sub-item: a fragment for the panel of a cell, a page of its own without scripts."""
    asked = day_asked(request.GET)
    commune = _commune(request, code, asked.at)
    # Of a unit that has ended everything stays as it was on its last day.
    asked = NOW if commune.has_ended else asked
    return _sub_item(request, _row(commune, sub_item, asked.at), asked=asked)


def _sub_item(
    request: SignedInRequest, row: SubItemEvidence, outcomes: list[Outcome] | None = None, asked: DayAsked = NOW
) -> HttpResponse:
    target = Assessment(commune=row.commune, sub_item=row.sub_item)
    context = {
        "commune": row.commune,
        "asked": asked,
        "row": row,
        "outcomes": outcomes,
        "counts": told_counts(outcomes) if outcomes else "",
        "may_add": not asked.at and request.user.has_perm(ACTION, target),
        "rules": RULES,
    }
    page = "fragments/sub_item.html" if request.htmx else "sub_item.html"
    return render(request, f"criteria/evidence/{page}", context)


@require_GET
def download(request: SignedInRequest, token: str) -> HttpResponse:
    """The file itself, to be saved; never shown in the place of our own pages."""
    evidence = _evidence(request, token)
    file = Download(evidence.original_name, evidence.content_type, content_of(evidence.file))
    return harmless(answer(request, file))


@require_GET
def thumb(request: SignedInRequest, token: str) -> HttpResponse:
    """A small picture of a picture, drawn once; 404 for other files."""
    evidence = _evidence(request, token)
    kind = IMAGES.get(evidence.content_type)
    if kind is None:
        raise Http404
    name = evidence.thumbnail_name
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(thumbnail(content_of(evidence.file), kind)))
    with default_storage.open(name) as file:
        small = Download(f"{evidence.sha256[:12]}.jpg", "image/jpeg", file.read())
    return harmless(answer(request, small, inline=True))


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, token: str) -> HttpResponse:
    """What a document says of itself, and what it supports."""
    evidence = _evidence(request, token)
    require(request.user, ACTION, evidence)
    data = request.POST or None
    description = DescriptionForm(data, evidence=evidence)
    place_form = PlaceForm(data, evidence=evidence, by=request.user)
    if data and all([description.is_valid(), place_form.is_valid()]) and place_form.save():
        description.save()
        messages.success(request, f"Đã lưu thông tin của “{evidence}”.")
        return redirect(_board_url(evidence))
    context = {
        "evidence": evidence,
        "description": description,
        "place_form": place_form,
        "may_delete": request.user.has_perm("criteria.delete_evidence", evidence),
        "is_image": evidence.content_type in IMAGES,
    }
    return render(request, "criteria/evidence/edit.html", context)


@require_POST
def place(request: SignedInRequest, token: str) -> HttpResponse:
    """Put a file of the tray to its sub-items, or take it off one."""
    evidence = _evidence(request, token)
    require(request.user, ACTION, evidence.unit)
    form = PlaceForm(request.POST, evidence=evidence, by=request.user)
    if form.is_valid() and form.save():
        codes = ", ".join(form.cleaned_data["codes"])
        where = f"đã gắn với nội dung {codes}" if codes else "đã về khay chờ xếp"
        messages.success(request, f"“{evidence}” {where}.")
    else:
        messages.error(request, f"“{evidence}”: {' '.join(map(str, form.errors['codes']))}")
    return redirect(_next(request, evidence))


@require_http_methods(["GET", "POST"])
def delete(request: SignedInRequest, token: str) -> HttpResponse:
    """Ask once more, then delete a file that supports nothing."""
    evidence = _evidence(request, token)
    require(request.user, "criteria.delete_evidence", evidence)
    error = ""
    if request.method == "POST":
        try:
            delete_evidence(evidence=evidence, by=request.user)
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.success(request, f"Đã xóa tệp “{evidence}”.")
            return redirect(_board_url(evidence))
    return render(request, "criteria/evidence/delete.html", {"evidence": evidence, "error": error})


def _commune(request: SignedInRequest, code: str, day: date | None = None) -> Commune:
    units = Commune.objects.bearing(code, day).select_related("authority__parent")
    return get_visible(units, request.user)


def _row(commune: Commune, code: str, at: date | None = None) -> SubItemEvidence:
    row = evidence_of_sub_item(commune, code, at)
    if row is None:
        raise Http404
    return row


def _evidence(request: SignedInRequest, token: str) -> Evidence:
    files = Evidence.objects.select_related("commune__authority__parent", "uploaded_by")
    return get_visible(files, request.user, token=token)


def _board_url(evidence: Evidence) -> str:
    return evidence.unit.page("evidence:board")


def _next(request: SignedInRequest, evidence: Evidence) -> str:
    """Where the person came from, if that is a page of ours."""
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_ours else _board_url(evidence)
