"""The form of a report as it is shown: every line with its requirement, last month and what is odd about it.

The number of queries doesn't depend on how many lines there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, F, Q

from criteria.deadlines import ReportDeadline, covered_days, month_after
from criteria.enums import LineVerdict, ReportEventKind, Status
from criteria.models import Assessment, CommuneZone, MonthlyReport, ReportEvent, ReportLine, SubItem, SubItemPart
from criteria.reports.calendar import deadline_of
from criteria.reports.checks import MONTHS_ALIKE, UNEXPLAINED, Finding, Measure, checks
from criteria.reports.saving import Said, mark_of, stamp
from criteria.reports.snapshot import NARRATIVE, last_sent, measured_text, say_as_sent
from criteria.scoring import is_fulfilled
from criteria.selectors import UNASSESSED
from criteria.selectors.requirements import Requirement, levels_by_sub_item, levels_text, requirement
from criteria.thresholds import Level, proposed_status, required_levels
from ntm_tracker.lib import clock
from ntm_tracker.lib.workdays import ONE_DAY

# What a report can't do without: a month without results and plans says nothing.
NEEDED_PARTS = ("results", "next_work")


@dataclass(frozen=True)
class FormPart:
    """One test of a sub-item that holds several, with the level that it must reach."""

    part: SubItemPart
    required: str


@dataclass(frozen=True)
class FormLine:
    """One sub-item of the form. `before` is last month's; `earlier` what the reports of three months said.

    `opened` is the district's finding with which the form began, None where there was none.
    """

    line: ReportLine
    required: Requirement
    parts: tuple[FormPart, ...]
    levels: Mapping[str | None, list[Level]]
    before: Said | None
    opened: Said | None
    earlier: tuple[Said | None, ...]
    files: int
    is_waiting: bool

    @property
    def sub_item(self) -> SubItem:
        return self.line.sub_item

    @property
    def key(self) -> str:
        """Stands before the names of the line's fields."""
        return f"l{self.line.pk}"

    @property
    def stamp(self) -> str:
        return stamp(self.line)

    @property
    def said(self) -> Said:
        return Said.of(self.line)

    @property
    def sign(self) -> str:
        return self.line.status or UNASSESSED

    @property
    def before_sign(self) -> str:
        return (self.before.status if self.before else "") or UNASSESSED

    @property
    def measured(self) -> str:
        return measured_text(self.sub_item, self.line.value, self.line.part_values)

    @property
    def measured_before(self) -> str:
        return measured_text(self.sub_item, self.before.value, self.before.fields["part_values"]) if self.before else ""

    @property
    def required_text(self) -> str:
        """Return the requirement in words, part by part where there are parts; "" where no level is known."""
        if not any(part.required for part in self.parts):
            return self.required.text
        return "; ".join(f"{part.part.name}: {part.required or 'chưa rõ ngưỡng'}" for part in self.parts)

    @property
    def is_changed(self) -> bool:
        """Whether status or values differ from last month's, where those aren't known from what the form began with.

        Of what nobody had ever found a value is a change; a status alone is none.
        """
        said, known = self.said, self.before or self.opened
        if known is None:
            return said.value is not None or bool(said.part_values)
        return (said.status, said.value, said.part_values) != (known.status, known.value, known.part_values)

    @property
    def comes_first(self) -> bool:
        """Whether it needs a look: returned, not met, changed, not applicable without saying why."""
        said = self.said
        is_unexplained = said.status == Status.NOT_APPLICABLE and not said.note
        return self.is_waiting or self.is_changed or is_unexplained or not is_fulfilled(said.status)

    @property
    def is_returned(self) -> bool:
        return self.line.verdict == LineVerdict.RETURNED

    def proposed(self, said: Said) -> Status | None:
        """Return what the values of `said` say against the thresholds."""
        values: dict[str | None, Decimal | None] = {None: said.value}
        values.update(said.part_values.items())
        return proposed_status(comparator=self.sub_item.comparator, levels=self.levels, values=values)

    @property
    def findings(self) -> list[Finding]:
        """Return what is odd about the line as it stands."""
        item, said = self.sub_item, self.said
        measure = Measure(item.kind, item.unit, self.required.text, self.proposed(said))
        return checks(said, measure, before=self.before, earlier=self.earlier)


@dataclass(frozen=True)
class FormText:
    """One part of the text, with what was written last month."""

    name: str
    title: str
    text: str
    before: str

    @property
    def mark(self) -> str:
        return mark_of(self.text)

    @property
    def is_repeated(self) -> bool:
        """Whether it says word for word what was sent last month."""
        return bool(self.text.strip()) and self.text.split() == self.before.split()


@dataclass(frozen=True)
class Missing:
    """What is in the way of sending, or should be looked at before: a sentence and where to go."""

    sentence: str
    anchor: str
    is_needed: bool = True


@dataclass(frozen=True)
class Counts:
    """How far the form is: sub-items looked at, without a status, "not applicable" without a reason."""

    total: int
    checked: int
    without_status: int
    without_reason: int

    @property
    def unchecked(self) -> int:
        return self.total - self.checked


@dataclass(frozen=True)
class ReportForm:
    """Everything that the form shows. `last` is the report that was sent last before this one."""

    report: MonthlyReport
    lines: tuple[FormLine, ...]
    texts: tuple[FormText, ...]
    counts: Counts
    last: MonthlyReport | None
    deadline: ReportDeadline
    returned: ReportEvent | None

    @property
    def changed(self) -> int:
        return sum(row.is_changed for row in self.lines)

    @property
    def unexplained(self) -> list[Missing]:
        """Return the lines that fall back or contradict their threshold and don't say why."""
        return [
            Missing(f"Nội dung {row.sub_item.official_code}: {finding.sentence}", f"line-{row.line.pk}")
            for row in self.lines
            for finding in row.findings
            if finding.remark in UNEXPLAINED
        ]

    @property
    def incomparable(self) -> int:
        """How many lines have no last month."""
        return sum(row.before is None for row in self.lines)

    @property
    def missing(self) -> list[Missing]:
        return missing(self.counts, self.texts)


def report_form(report: MonthlyReport) -> ReportForm:
    """Return the form of `report` (its commune with the authority at hand)."""
    last = last_sent_before(report)
    return ReportForm(
        report=report,
        lines=tuple(form_lines(report)),
        texts=texts_of(report, last),
        counts=counts_of(report),
        last=last,
        deadline=deadline_of(report.commune.authority, report.month),
        returned=_returned(report),
    )


def form_lines(report: MonthlyReport, key: int | None = None) -> list[FormLine]:
    """Return the lines of the form in the order of the set; with `key` that line alone, if the report has it."""
    rows = report.lines.select_related("sub_item__criterion").prefetch_related("sub_item__parts")
    rows = rows.annotate(files=Count("evidence")).order_by("sub_item__criterion__number", "sub_item__position")
    lines = list(rows if key is None else rows.filter(pk=key))
    items = [line.sub_item_id for line in lines]
    levels = levels_by_sub_item(report.criteria_set, report.commune.authority)
    zones = CommuneZone.objects.filter(commune=report.commune_id, zone__criteria_set=report.criteria_set_id)
    zone = zones.values_list("zone__code", flat=True).first()
    months = [month_after(report.month, -back) for back in range(1, MONTHS_ALIKE + 1)]
    sent = _said_in(report, months, items)
    known = _known_at(report, clock.end_of(covered_days(report.month)[0] - ONE_DAY), items)
    # What is accepted becomes the finding itself: a report that was sent began before that.
    opened = _known_at(report, report.first_submitted_at or clock.now(), items)
    returned = _returned(report)
    found = []
    for line in lines:
        item = line.sub_item
        line.report = report
        of_item = levels[line.sub_item_id]
        parts = list(item.parts.all())
        keys_of: list[str | None] = [part.code for part in parts] or [None]
        by_part = {
            key: required_levels(of_item, zone=zone, year=report.month.year, part=key)
            for key in (keys_of if item.is_numeric else [])
        }
        found.append(
            FormLine(
                line=line,
                required=requirement(item, of_item, zone=zone, year=report.month.year),
                parts=tuple(FormPart(part, levels_text(item, by_part.get(part.code, []))) for part in parts),
                levels=by_part,
                before=sent.get((months[0], line.sub_item_id), known.get(line.sub_item_id)),
                opened=opened.get(line.sub_item_id),
                earlier=tuple(sent.get((month, line.sub_item_id)) for month in months),
                files=line.files,
                is_waiting=line.verdict == LineVerdict.RETURNED and not _answered(line, returned),
            )
        )
    return found


def _said_in(report: MonthlyReport, months: list[date], items: list[int]) -> dict[tuple[date, int], Said]:
    """Return by month and sub-item what the reports of the commune that were sent for `months` say.

    A line that was sent without a finding says nothing: what the district found since is no change of the commune's.
    """
    rows = (
        ReportLine.objects.filter(
            report__commune__in=report.commune.selves,
            report__criteria_set=report.criteria_set_id,
            report__month__in=months,
            report__first_submitted_at__isnull=False,
            sub_item__in=items,
        )
        .select_related("report")
        .annotate(code=F("sub_item__code"))
        .order_by()
    )
    lines = list(rows)
    frozen = {of.pk: last_sent(of) for of in {row.report for row in lines} if not of.is_as_sent}
    for row in lines:
        sent = frozen.get(row.report_id)
        if sent and row.code in sent.line_by_code:
            say_as_sent(row, sent.line_by_code[row.code])
    return {(row.report.month, row.sub_item_id): Said.of(row) for row in lines if row.status}


def _known_at(report: MonthlyReport, moment: datetime, items: list[int]) -> dict[int, Said]:
    """Return what the district had found of the sub-items at `moment`; of several names of the unit the last counts."""
    by_name = F("commune__valid_from").asc(nulls_first=True)
    rows = Assessment.objects.filter(commune__in=report.commune.selves, sub_item__in=items).order_by(by_name)
    values = {f"{name}_at": rows.known_at(moment, name) for name in ("value", "part_values")}
    known = {}
    for row in rows.with_status_at(moment).annotate(**values).filter(status_at__isnull=False):
        parts = {code: Decimal(text) for code, text in (row.part_values_at or {}).items() if text}
        known[row.sub_item_id] = Said(row.status_at, row.value_at, parts)
    return known


def _returned(report: MonthlyReport) -> ReportEvent | None:
    """Return the last return of the report, who sent it back and why."""
    events = ReportEvent.objects.filter(report=report, kind=ReportEventKind.RETURNED)
    return events.select_related("by").order_by("-pk").first()


def _answered(line: ReportLine, returned: ReportEvent | None) -> bool:
    """Whether the commune has looked at the line after it came back."""
    return line.checked_at is not None and returned is not None and line.checked_at > returned.at


def last_sent_before(report: MonthlyReport) -> MonthlyReport | None:
    """Return the last report of the commune before this one that was sent."""
    rows = MonthlyReport.objects.filter(commune=report.commune_id, month__lt=report.month)
    return rows.filter(first_submitted_at__isnull=False).order_by("-month").first()


def texts_of(report: MonthlyReport, last: MonthlyReport | None) -> tuple[FormText, ...]:
    """Return the parts of the text with what `last` said in them when it was sent."""
    frozen = last_sent(last) if last and not last.is_as_sent else None
    sent = {name: text for name, _, text in frozen.narrative} if frozen else {}
    return tuple(
        FormText(name, title, getattr(report, name), sent.get(name, getattr(last, name, "")))
        for name, title in NARRATIVE.items()
    )


def counts_of(report: MonthlyReport) -> Counts:
    """Count how far the lines of the form are (one query)."""
    found = ReportLine.objects.filter(report=report).aggregate(
        total=Count("pk"),
        checked=Count("pk", filter=Q(checked_at__isnull=False)),
        without_status=Count("pk", filter=Q(status="")),
        without_reason=Count("pk", filter=Q(status=Status.NOT_APPLICABLE, note="")),
    )
    return Counts(**found)


def missing(counts: Counts, texts: Iterable[FormText]) -> list[Missing]:
    """Return what is missing before the report can be sent, then what should be looked at."""
    found = []
    if counts.unchecked:
        found.append(Missing(f"{counts.unchecked} nội dung chưa rà soát.", "lines"))
    if counts.without_status:
        found.append(Missing(f"{counts.without_status} nội dung chưa có kết quả.", "lines"))
    if counts.without_reason:
        found.append(Missing(f"{counts.without_reason} nội dung “Không áp dụng” chưa ghi lý do, căn cứ.", "lines"))
    parts = list(texts)
    unwritten = [part for part in parts if part.name in NEEDED_PARTS and not part.text.strip()]
    found += [Missing(f"Chưa viết phần “{part.title}”.", f"text-{part.name}") for part in unwritten]
    return found + [
        Missing(f"Phần “{part.title}” giống hệt từng chữ với lần trước.", f"text-{part.name}", is_needed=False)
        for part in parts
        if part.is_repeated
    ]
