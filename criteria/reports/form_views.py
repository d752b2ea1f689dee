"""The form of a report: begun, shown, saved as it is typed, and saved whole by a browser without scripts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from communes.http import SignedInRequest
from communes.models import Commune
from criteria.enums import ReportStatus, Status
from criteria.exceptions import SomebodyWasFaster
from criteria.models import Criterion, MonthlyReport
from criteria.reports.bearer import bearer_for
from criteria.reports.calendar import deadline_of
from criteria.reports.exceptions import ReportClosed
from criteria.reports.form_selectors import (
    FormLine,
    FormText,
    ReportForm,
    counts_of,
    form_lines,
    last_sent_before,
    missing,
    report_form,
    texts_of,
)
from criteria.reports.forms import MINE, PART, LineForm, NarrativeForm, typed_of
from criteria.reports.opening import MonthNotOpen, open_report, past_since, refusal
from criteria.reports.saving import check_unchanged, follow_in_draft, save_line, save_narrative
from criteria.reports.snapshot import NARRATIVE
from ntm_tracker.lib import clock
from ntm_tracker.lib.gate import require

FILL = "criteria.fill_report"
CHOICES = [(str(value), str(label)) for value, label in Status.choices]
# Pages to which a button of the form leads once everything is saved, by its value.
LEADS_TO = {"review": "reports:submit", "upload": "reports:workbook-upload", "blank": "reports:blank"}


@dataclass(frozen=True)
class Figure:
    """One field for a measured value."""

    name: str
    label: str
    text: str
    errors: list[str]


@dataclass(frozen=True)
class LineEntry:
    """A line as the form shows it: with what stands, or with what was typed and couldn't be written."""

    row: FormLine
    typed: Mapping[str, str]
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    is_conflict: bool = False
    saved: str = ""
    refused: str = ""

    @property
    def stamp(self) -> str:
        """What the person was shown; after a conflict still the old one, until they have decided."""
        return self.typed.get("stamp", self.row.stamp)

    @property
    def is_unsaved(self) -> bool:
        return bool(self.errors or self.is_conflict or self.refused or "stamp" in self.typed)

    @property
    def figures(self) -> list[Figure]:
        item = self.row.sub_item
        rows = [(PART + part.part.code, part.part.name) for part in self.row.parts]
        if item.is_numeric and not rows:
            rows = [("value", "Giá trị")]
        return [
            Figure(name, f"{label} ({item.unit})", self.typed.get(name, ""), self.errors.get(name, []))
            for name, label in rows
        ]

    @property
    def problems(self) -> list[str]:
        return [sentence for sentences in self.errors.values() for sentence in sentences]

    @property
    def typed_status(self) -> str:
        return str(Status(self.typed["status"]).label) if self.typed.get("status") in Status.values else "(chưa chọn)"

    @property
    def keep_mine(self) -> str:
        return f"{MINE}-{self.row.line.version}"


@dataclass(frozen=True)
class TextEntry:
    """A part of the text as the form shows it."""

    part: FormText
    text: str
    seen: str
    errors: list[str] = field(default_factory=list)
    is_conflict: bool = False
    saved: str = ""
    refused: str = ""

    @property
    def is_unsaved(self) -> bool:
        return bool(self.errors or self.is_conflict or self.refused)

    @property
    def keep_mine(self) -> str:
        return f"{MINE}-{self.part.mark}"


# Which report, and who may write in it


def commune_in(request: SignedInRequest, code: str, month: Any) -> Commune:
    """Return the unit whose report of `month` stands here, if the person may see it."""
    commune = bearer_for(request.user, code, month)
    if commune is None:
        raise Http404
    return commune


def report_of(commune: Commune, month: Any) -> MonthlyReport | None:
    report = MonthlyReport.objects.filter(commune=commune, month=month).select_related("criteria_set").first()
    if report is not None:
        report.commune = commune
    return report


def own_report(request: SignedInRequest, code: str, month: Any) -> MonthlyReport:
    """Return the report that the person fills in: 404 where there is none, 403 without the right."""
    commune = commune_in(request, code, month)
    require(request.user, FILL, commune)
    report = report_of(commune, month)
    if report is None:
        raise Http404
    return report


def page_of(report: MonthlyReport) -> str:
    return reverse("reports:page", args=[report.commune.code, report.month])


# Begun and shown


def begin_page(request: SignedInRequest, commune: Commune, month: Any) -> HttpResponse:
    """Where there is no report yet: what it covers, when it is due, and the button that begins it."""
    today = clock.today()
    context = {
        "commune": commune,
        "deadline": (deadline := deadline_of(commune.authority, month)),
        "days_left": deadline.days_left(today),
        "refusal": refusal(commune, month, today),
    }
    return render(request, "criteria/reports/form_begin.html", context)


@require_POST
def begin(request: SignedInRequest, code: str, month: Any) -> HttpResponse:
    """Begin the report; who comes second gets the one that is there."""
    commune = commune_in(request, code, month)
    require(request.user, FILL, commune)
    try:
        report = open_report(commune=commune, month=month, by=request.user, at=clock.now())
    except MonthNotOpen as why:
        messages.error(request, why.sentence)
        return redirect("reports:page", code, month)
    return redirect(page_of(report))


def form_page(request: SignedInRequest, report: MonthlyReport) -> HttpResponse:
    """The form as it stands."""
    if report.status == ReportStatus.DRAFT:
        try:
            follow_in_draft(report=report)
        except ReportClosed:
            return redirect(page_of(report))
    form = report_form(report)
    return _page(request, form, map(shown, form.lines), map(shown_text, form.texts))


def shown(row: FormLine, *, saved: str = "") -> LineEntry:
    return LineEntry(row, typed_of(row), saved=saved)


def shown_text(part: FormText, *, saved: str = "") -> TextEntry:
    return TextEntry(part, part.text, part.mark, saved=saved)


def _page(
    request: SignedInRequest,
    form: ReportForm,
    lines: Iterable[LineEntry],
    texts: Iterable[TextEntry],
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    entries = list(lines)
    rest = [entry for entry in entries if not (entry.row.comes_first or entry.is_unsaved)]
    context = {
        "form": form,
        "report": form.report,
        "commune": form.report.commune,
        "waiting": [entry for entry in entries if entry.row.is_waiting],
        "first": [entry for entry in entries if entry not in rest and not entry.row.is_waiting],
        "rest": _by_criterion(rest),
        "rest_count": len(rest),
        "rest_unchecked": sum(entry.row.line.checked_at is None for entry in rest),
        "texts": list(texts),
        "choices": CHOICES,
        "counts": form.counts,
        "missing": form.missing,
        "days_left": form.deadline.days_left(clock.today()),
        "past_since": past_since(form.report, clock.today()),
        "events": form.report.events.select_related("by").order_by("pk"),
    }
    return render(request, "criteria/reports/form.html", context, status=status)


def _by_criterion(entries: Iterable[LineEntry]) -> list[tuple[Criterion, list[LineEntry]]]:
    return [
        (criterion, list(rows)) for criterion, rows in groupby(entries, key=lambda entry: entry.row.sub_item.criterion)
    ]


# Saved


def _errors(form: LineForm) -> dict[str, list[str]]:
    return {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}


def take_line(row: FormLine, data: Mapping[str, str], *, whole: bool = False) -> LineEntry:
    """Write what was typed in one line and return the line as it then stands.

    Of the `whole` form, lines that the person left as they were shown are left alone.
    """
    given = LineForm(data, row=row)
    if not given.is_valid():
        return LineEntry(row, given.typed, _errors(given))
    if given.takes_theirs or (whole and given.is_untouched):
        return shown(row)
    moment = clock.now()
    try:
        saved = save_line(line=row.line, said=given.said, expected_version=given.expected_version, at=moment)
    except SomebodyWasFaster as faster:
        current = faster.current
        current.sub_item, current.report = row.sub_item, row.line.report
        return LineEntry(replace(row, line=current), given.typed, is_conflict=True)
    except ReportClosed as closed:
        return LineEntry(row, given.typed, refused=closed.sentence)
    saved.report = row.line.report
    return shown(replace(row, line=saved), saved=f"{moment:%H:%M}")


def take_text(part: FormText, report: MonthlyReport, data: Mapping[str, str], *, whole: bool = False) -> TextEntry:
    """Write one part of the text and return it as it then stands."""
    given = NarrativeForm(data, prefix=part.name)
    typed, seen = data.get(f"{part.name}-text", ""), data.get(f"{part.name}-seen", "")
    if not given.is_valid():
        return TextEntry(part, typed, seen, [str(text) for texts in given.errors.values() for text in texts])
    if given.takes_theirs or (whole and given.is_untouched):
        return shown_text(part)
    try:
        saved = save_narrative(report=report, part=part.name, text=given.cleaned_data["text"], seen=given.seen_mark)
    except SomebodyWasFaster as faster:
        return TextEntry(replace(part, text=getattr(faster.current, part.name)), typed, seen, is_conflict=True)
    except ReportClosed as closed:
        return TextEntry(part, typed, seen, refused=closed.sentence)
    return shown_text(replace(part, text=getattr(saved, part.name)), saved=f"{clock.now():%H:%M}")


def save_all(request: SignedInRequest, report: MonthlyReport) -> HttpResponse:
    """Write everything of the form that was changed; "nothing changed" for the rest where that was asked.

    What can't be written stays on the page as it was typed, with what to do.
    """
    form = report_form(report)
    data = request.POST.dict()
    lines = [take_line(row, data, whole=True) if f"{row.key}-stamp" in data else shown(row) for row in form.lines]
    texts = [
        take_text(part, report, data, whole=True) if f"{part.name}-seen" in data else shown_text(part)
        for part in form.texts
    ]
    entries: list[LineEntry | TextEntry] = [*lines, *texts]
    unsaved = [entry for entry in entries if entry.is_unsaved]
    if unsaved:
        refused = next((entry.refused for entry in unsaved if entry.refused), "")
        messages.error(request, refused or f"Còn {len(unsaved)} chỗ chưa lưu được. Mời xem các ô có dấu dưới đây.")
        is_taken = refused or any(entry.is_conflict for entry in unsaved)
        status = HTTPStatus.CONFLICT if is_taken else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, form, lines, texts, status=status)
    return _all_saved(request, report)


def _all_saved(request: SignedInRequest, report: MonthlyReport) -> HttpResponse:
    sentence = f"Đã lưu lúc {clock.now():%H:%M}."
    if "unchanged" in request.POST:
        try:
            count = check_unchanged(report=report, at=clock.now())
        except ReportClosed as closed:
            messages.error(request, closed.sentence)
            return redirect(page_of(report))
        sentence = f"{sentence} {count} nội dung còn lại không thay đổi."
    messages.success(request, sentence)
    return redirect(_page_after(report, request.POST.get("then", "")))


def _page_after(report: MonthlyReport, then: str) -> str:
    """Return where the button `then` leads: a step of the report, the evidence of a line, else the form itself."""
    args = [report.commune.code, report.month]
    step, _, line_key = then.partition("-")
    if step == "evidence" and line_key.isdecimal() and len(line_key) < 19:
        return reverse("reports:evidence", args=[*args, int(line_key)])
    return reverse(LEADS_TO[then], args=args) if then in LEADS_TO else page_of(report)


@require_http_methods(["GET", "HEAD", "POST"])
def line(request: SignedInRequest, code: str, month: Any, pk: int) -> HttpResponse:
    """One line for scripts: GET gives it as it stands, POST saves it and answers with its state."""
    report = own_report(request, code, month)
    row = next(iter(form_lines(report, pk)), None)
    if row is None:
        raise Http404
    if not request.htmx:
        return redirect(f"{page_of(report)}#line-{pk}")
    if request.method != "POST":
        return _whole_line(request, shown(row))
    entry = take_line(row, request.POST.dict())
    if not entry.saved and not entry.is_unsaved:
        response = _whole_line(request, entry)
        response["HX-Retarget"], response["HX-Reswap"] = f"#line-{pk}", "outerHTML"
        return response
    html = render_to_string("criteria/reports/fragments/line_state.html", {"entry": entry, "is_live": True}, request)
    return HttpResponse(html + _foot(request, report), status=_status(entry))


def _whole_line(request: SignedInRequest, entry: LineEntry) -> HttpResponse:
    context = {
        "entry": entry,
        "choices": CHOICES,
        "commune": entry.row.line.report.commune,
        "report": entry.row.line.report,
    }
    return render(request, "criteria/reports/fragments/line.html", context)


def _status(entry: LineEntry | TextEntry) -> int:
    if entry.is_conflict or entry.refused:
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if entry.errors else HTTPStatus.OK


def _foot(request: SignedInRequest, report: MonthlyReport) -> str:
    """Return the parts of the page that tell how far the form is."""
    fresh = MonthlyReport.objects.get(pk=report.pk)
    counts = counts_of(report)
    context = {
        "counts": counts,
        "missing": missing(counts, texts_of(fresh, last_sent_before(fresh))),
        "report": report,
        "commune": report.commune,
        "oob": True,
    }
    return render_to_string("criteria/reports/fragments/foot.html", context, request)


@require_http_methods(["GET", "HEAD", "POST"])
def narrative(request: SignedInRequest, code: str, month: Any, part: str) -> HttpResponse:
    """One part of the text for scripts: GET gives it as it stands, POST saves it and answers with its state."""
    report = own_report(request, code, month)
    if part not in NARRATIVE:
        raise Http404
    shown_part = next(row for row in texts_of(report, last_sent_before(report)) if row.name == part)
    if not request.htmx:
        return redirect(f"{page_of(report)}#text-{part}")
    if request.method != "POST":
        return _whole_text(request, report, shown_text(shown_part))
    entry = take_text(shown_part, report, request.POST.dict())
    if not entry.saved and not entry.is_unsaved:
        response = _whole_text(request, report, entry)
        response["HX-Retarget"], response["HX-Reswap"] = f"#text-{part}", "outerHTML"
        return response
    html = render_to_string("criteria/reports/fragments/text_state.html", {"entry": entry, "is_live": True}, request)
    return HttpResponse(html + _foot(request, report), status=_status(entry))


def _whole_text(request: SignedInRequest, report: MonthlyReport, entry: TextEntry) -> HttpResponse:
    context = {"entry": entry, "report": report, "commune": report.commune}
    return render(request, "criteria/reports/fragments/text.html", context)
