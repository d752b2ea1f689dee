"""The one door for each change of a report's state.

A report is `draft`, `submitted`, `returned` or `accepted`. Each step is written once, only upon the status and
version that the person was shown, together with its event and the messages about it, all or nothing. Whoever
calls has asked for the person's right (`communes/access.py`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateTimeField, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from communes.messages import staff_of, tell
from communes.models import Commune, User
from communes.services import hold_communes
from criteria.deadlines import ReportDeadline, covered_days
from criteria.enums import AssessmentSource, LineVerdict, ReportEventKind, ReportFileKind, ReportStatus
from criteria.exceptions import ReasonMissing, SomebodyWasFaster
from criteria.models import Assessment, Evidence, LineOpinion, MonthlyReport, ReportEvent, ReportLine
from criteria.reports.calendar import deadline_of
from criteria.reports.document import frozen_pdf, report_file_stem
from criteria.reports.exceptions import (
    ChangedSinceShown,
    EmptyReport,
    FindingsChangedSinceShown,
    LinesPending,
    NotClosed,
    NotForReview,
    NumberTaken,
    ReportClosed,
)
from criteria.reports.files import store_report_file
from criteria.reports.snapshot import (
    DocumentHead,
    Frozen,
    checksum,
    content_of,
    decimal_text,
    frozen_now,
    last_sent,
    part_texts,
)
from criteria.services import attach_evidence, change_assessment
from ntm_tracker.lib import clock

LONGEST_REOPENING = timedelta(days=31)


def page_of(report: MonthlyReport) -> str:
    """Return the address of the report."""
    return reverse("reports:page", args=[report.commune.code, report.month])


# Who may change it now


def open_now(at: datetime | None = None) -> Q:
    """Return the condition "the commune may change the report": not sent, returned, or reopened for a time."""
    moment = at or clock.now()
    return Q(status__in=(ReportStatus.DRAFT, ReportStatus.RETURNED)) | Q(
        status=ReportStatus.ACCEPTED, reopened_until__gt=moment
    )


def is_open(report: MonthlyReport, at: datetime | None = None) -> bool:
    """Whether the commune may change `report`. A reopening ends by itself, when its time is over."""
    if report.status == ReportStatus.ACCEPTED:
        return is_reopened(report, at)
    return report.status in (ReportStatus.DRAFT, ReportStatus.RETURNED)


def is_reopened(report: MonthlyReport, at: datetime | None = None) -> bool:
    """Whether `report` is accepted and open again for a time that isn't over."""
    until = report.reopened_until
    return report.status == ReportStatus.ACCEPTED and until is not None and until > (at or clock.now())


def hold_open(report: MonthlyReport) -> MonthlyReport:
    """Lock the report's row for the running transaction and return it as it stands.

    Whoever writes a line or a narrative part calls this first, in the transaction of the write: nothing can then
    slip in beside a sending. Raises `ReportClosed` when the commune can't change the report (any more).
    """
    current = _locked(report)
    if not is_open(current):
        raise ReportClosed(current)
    return current


def _locked(report: MonthlyReport) -> MonthlyReport:
    rows = MonthlyReport.objects.select_related("commune__authority", "criteria_set")
    return rows.select_for_update(of=("self",)).get(pk=report.pk)


# Sending


@dataclass(frozen=True)
class Receipt:
    """That a version was sent: the same one for whoever sends it again. `has_pdf`: its PDF was frozen too."""

    event: ReportEvent
    is_new: bool
    has_pdf: bool

    @property
    def frozen(self) -> Frozen:
        return Frozen(self.event.snapshot or {})

    @property
    def sha256(self) -> str:
        return self.event.sha256


def submit_report(
    *,
    report: MonthlyReport,
    by: User,
    expected_version: int,
    head: DocumentHead | None = None,
    seen: str = "",
    at: datetime | None = None,
) -> Receipt:
    """Send `report`: freeze what it says with its PDF and give the receipt.

    `expected_version` is the version that the person was shown, `seen` the fingerprint of what they were shown;
    `head` is what the commune's register gives to the document, dated today where it says no day. A second call for
    the same version gives the receipt of the first. Raises `EmptyReport`, `NumberTaken`, `ValidationError`
    for a number or day that cannot be, `ReportClosed`, `ChangedSinceShown`, `UnitEnded`.
    """
    moment = at or clock.now()
    # First how it stands, then whether it was sent: a sending in between is seen by one of the two.
    current = MonthlyReport.objects.select_related("commune__authority", "criteria_set").get(pk=report.pk)
    if known := receipt_of(report, expected_version):
        return known
    if not is_open(current, moment):
        raise ReportClosed(current)
    head = replace(head or DocumentHead(), dated=(head and head.dated) or clock.day_of(moment))
    _check_document(current, head, moment)
    sending = ReportEvent.objects.filter(report=current, kind=ReportEventKind.SUBMITTED).count() + 1
    frozen = frozen_now(current, by=by, at=moment, head=head, sending=sending)
    if not frozen.lines:
        raise EmptyReport
    if current.version != expected_version or (seen and seen != frozen.fingerprint):
        raise ChangedSinceShown(current)
    # Set before the transaction: it takes a second, in which nobody else could write.
    pdf = frozen_pdf(frozen)
    return _send(current, frozen, pdf, by, moment)


def receipt_of(report: MonthlyReport, version: int) -> Receipt | None:
    """Return the receipt of the sending of `version`, None where that was never sent."""
    event = ReportEvent.objects.filter(report=report, kind=ReportEventKind.SUBMITTED, snapshot__version=version).first()
    return Receipt(event, is_new=False, has_pdf=event.files.exists()) if event else None


def answer_since(sending: ReportEvent) -> ReportEvent | None:
    """Return how the version that `sending` sent was answered; None while it waits."""
    kinds = (ReportEventKind.RETURNED, ReportEventKind.ACCEPTED)
    answers = ReportEvent.objects.filter(report=sending.report_id, kind__in=kinds, pk__gt=sending.pk)
    return answers.select_related("by").order_by("pk").first()


@transaction.atomic
def _send(report: MonthlyReport, frozen: Frozen, pdf: bytes | None, by: User, moment: datetime) -> Receipt:
    version = frozen.version
    # First of all: two reports sent at the same moment under two names of the unit have it in common.
    hold_communes([report.commune.present_self])
    before = last_sent(report)
    sent = _claim(
        report,
        version,
        open_now(moment),
        status=ReportStatus.SUBMITTED,
        number=frozen.number,
        dated=frozen.dated,
        first_submitted_at=Coalesce(F("first_submitted_at"), Value(moment, output_field=DateTimeField())),
        reopened_until=None,
    )
    if not sent:
        if known := receipt_of(report, version):
            return known
        current = MonthlyReport.objects.get(pk=report.pk)
        raise ChangedSinceShown(current) if is_open(current, moment) else ReportClosed(current)
    # The row is held from here on: what stands now is what stays.
    if checksum(content_of(report)) != frozen.fingerprint:
        raise ChangedSinceShown(report)
    _check_number(report, frozen.head)
    values = dict(frozen.values)
    event = ReportEvent.objects.create(
        report=report,
        kind=ReportEventKind.SUBMITTED,
        at=moment,
        by=by,
        snapshot=values,
        sha256=checksum(values),
    )
    if pdf is not None:
        store_report_file(
            report=report,
            kind=ReportFileKind.SENT_PDF,
            content=pdf,
            name=f"{report_file_stem(frozen)}.pdf",
            by=by,
            at=moment,
            event=event,
        )
    _ask_for_verdicts(report, before, frozen)
    again = f" (lần {frozen.sending})" if frozen.sending > 1 else ""
    tell(
        people=staff_of(report.commune.authority),
        key=f"report-{report.pk}-submitted-{version}",
        text=f"{_named(report)} đã gửi{again}, chờ thẩm định.",
        url=page_of(report),
        at=moment,
    )
    report.refresh_from_db()
    return Receipt(event, is_new=True, has_pdf=pdf is not None)


def _claim(report: MonthlyReport, version: int, condition: Q, **fields: Any) -> bool:
    """Write the next state only upon `version` and `condition`; the row is held then. False where somebody was first.

    This one comparison decides between two people, two clicks and two servers.
    """
    rows = MonthlyReport.objects.filter(condition, pk=report.pk, version=version)
    return bool(rows.update(**fields, version=F("version") + 1))


def _named(report: MonthlyReport) -> str:
    return f"Báo cáo tháng {report.month.month}/{report.month.year} của {report.commune}"


def _check_document(report: MonthlyReport, head: DocumentHead, moment: datetime) -> None:
    first_day, dated = covered_days(report.month)[0], head.dated or clock.day_of(moment)
    if dated > clock.day_of(moment):
        raise ValidationError({"dated": "Ngày văn bản không thể sau hôm nay."})
    if dated < first_day:
        raise ValidationError(
            {
                "dated": f"Kỳ báo cáo tháng {report.month.month}/{report.month.year} bắt đầu ngày "
                f"{clock.vn_date(first_day)} nên ngày văn bản không thể trước ngày đó. Hãy kiểm tra lại."
            }
        )
    if head.number is not None and head.number < 1:
        raise ValidationError({"number": "Số văn bản bắt đầu từ 1."})
    _check_number(report, head)


def _check_number(report: MonthlyReport, head: DocumentHead) -> None:
    """Raise `NumberTaken` where another report of the commune bears the number in the year of the document.

    Under another name or authority its register goes on.
    """
    if head.number is None or head.dated is None:
        return
    selves = report.commune.present_self.selves
    same = MonthlyReport.objects.filter(commune__in=selves, number=head.number, dated__year=head.dated.year)
    if other := same.exclude(pk=report.pk).first():
        raise NumberTaken(head.number, other)


def _ask_for_verdicts(report: MonthlyReport, before: Frozen | None, frozen: Frozen) -> None:
    """What changed since the last sending, and what was returned, waits for its verdict; the rest keeps its own."""
    known = before.line_by_code if before else {}
    changed = [line.code for line in frozen.lines if line.code not in known or known[line.code].said != line.said]
    lines = ReportLine.objects.filter(Q(sub_item__code__in=changed) | ~Q(verdict=LineVerdict.ACCEPTED), report=report)
    ReportLine.objects.filter(pk__in=list(lines.values_list("pk", flat=True))).update(
        verdict=LineVerdict.PENDING, version=F("version") + 1
    )


def days_late(report: MonthlyReport, deadline: ReportDeadline | None = None) -> int:
    """Return by how many days the first sending missed the due day; 0 for a report on time or not sent yet.

    The due day lasts to its end, Vietnamese time. Late is late for ever, and a return doesn't make late.
    """
    if report.first_submitted_at is None:
        return 0
    deadline = deadline or deadline_of(report.commune.authority, report.month)
    return max(0, (clock.day_of(report.first_submitted_at) - deadline.due_on).days)


# Reviewing


def _hold_for_review(report: MonthlyReport) -> MonthlyReport:
    """Lock the report's row; raise `NotForReview` unless it was sent and not yet answered."""
    current = _locked(report)
    if current.status != ReportStatus.SUBMITTED:
        raise NotForReview(current)
    return current


def differs(line: ReportLine, finding: Assessment | None) -> bool:
    """Whether accepting `line` would change the finding. A line without a status says nothing."""
    if not line.status:
        return False
    if finding is None:
        return True
    return _figures(line) != _figures(finding)


def _figures(row: ReportLine | Assessment) -> tuple[str, str | None, dict[str, str]]:
    return str(row.status), decimal_text(row.value), part_texts(row.part_values)


def assessed_unit(report: MonthlyReport) -> Commune:
    """Return the unit whose findings the report becomes: its present name, while the authority is the same."""
    unit = report.commune.present_self
    return unit if unit.authority_id == report.commune.authority_id else report.commune


def findings_of(report: MonthlyReport) -> dict[int, Assessment]:
    """Return the present findings of the report's commune by sub-item."""
    rows = Assessment.objects.filter(commune=assessed_unit(report)).of_set(report.criteria_set_id)
    return {row.sub_item_id: row for row in rows}


def findings_stamp(report: MonthlyReport) -> int:
    """Return a number that grows with every change of a finding of the commune: what a page of review showed."""
    rows = Assessment.objects.filter(commune=assessed_unit(report)).of_set(report.criteria_set_id)
    return rows.aggregate(stamp=Sum("version"))["stamp"] or 0


@transaction.atomic
def accept_unchanged(*, report: MonthlyReport) -> int:
    """Accept every line that waits and says what stands already; return how many. Raises `NotForReview`."""
    current = _hold_for_review(report)
    findings = findings_of(current)
    lines = current.lines.filter(verdict=LineVerdict.PENDING)
    same = [line.pk for line in lines if not differs(line, findings.get(line.sub_item_id))]
    return ReportLine.objects.filter(pk__in=same).update(
        verdict=LineVerdict.ACCEPTED, review_comment="", version=F("version") + 1
    )


@transaction.atomic
def judge_line(*, line: ReportLine, verdict: LineVerdict | str, expected_version: int, comment: str = "") -> ReportLine:
    """Accept or return one line of a report that waits; what is returned says why, an accepted one may say something.

    `LineVerdict.PENDING` takes the verdict back. Raises `NotForReview`, `ReasonMissing`, `SomebodyWasFaster` when
    somebody else judged the line after it was shown.
    """
    _hold_for_review(line.report)
    comment = comment.strip()
    if verdict == LineVerdict.RETURNED and not comment:
        raise ReasonMissing({"comment": "Hãy ghi lý do trả lại nội dung này để xã biết phải sửa gì."})
    rows = ReportLine.objects.filter(pk=line.pk)
    if not rows.filter(version=expected_version).update(
        verdict=verdict, review_comment=comment, version=F("version") + 1
    ):
        raise SomebodyWasFaster(rows.get())
    return rows.select_related("sub_item__criterion", "report__commune").get()


@transaction.atomic
def return_report(
    *,
    report: MonthlyReport,
    by: User,
    reason: str,
    expected_version: int,
    at: datetime | None = None,
) -> ReportEvent:
    """Send `report` back with a reason; it is told to everybody who touched it.

    The reasons of all returned lines stay pinned to them and go into the history. A second call for the same
    version gives the event of the first. Raises `ReasonMissing`, `NotForReview`, `ChangedSinceShown`. A return
    doesn't make a report late.
    """
    if not reason.strip():
        raise ReasonMissing({"reason": "Hãy ghi lý do trả lại để xã biết phải sửa gì."})
    if known := _answer_to(report, ReportEventKind.RETURNED, expected_version):
        return known
    moment = at or clock.now()
    current = _take(report, ReportEventKind.RETURNED, expected_version, status=ReportStatus.RETURNED)
    if isinstance(current, ReportEvent):
        return current
    event = ReportEvent.objects.create(
        report=current,
        kind=ReportEventKind.RETURNED,
        at=moment,
        by=by,
        reason=reason.strip(),
        snapshot={"version": expected_version, "lines": _verdicts(current)},
    )
    tell(
        people=_touched(current, but=by),
        key=f"report-{current.pk}-returned-{expected_version}",
        text=f"{_named(current)} bị trả lại: {reason.strip()}",
        url=page_of(current),
        at=moment,
    )
    return event


def _verdicts(report: MonthlyReport, *, all_lines: bool = False) -> list[dict[str, str]]:
    rows = report.lines.order_by("sub_item__criterion__number", "sub_item__position")
    if not all_lines:
        rows = rows.filter(verdict=LineVerdict.RETURNED)
    return [
        {"code": code, "verdict": verdict, "comment": comment}
        for code, verdict, comment in rows.values_list("sub_item__code", "verdict", "review_comment")
    ]


def _touched(report: MonthlyReport, *, but: User) -> list[User]:
    """Return whoever works for the commune, did something with the report or gave an opinion on it."""
    acted = Q(pk__in=report.events.values("by"))
    advised = Q(pk__in=LineOpinion.objects.filter(line__report=report).values("by"))
    people = {person.pk: person for person in staff_of(report.commune)}
    people |= {person.pk: person for person in User.objects.filter(acted | advised, is_active=True)}
    people.pop(but.pk, None)
    return list(people.values())


def _answer_to(report: MonthlyReport, kind: ReportEventKind, version: int) -> ReportEvent | None:
    """Return the event that answered `version` of the report in this way, None where there is none."""
    return ReportEvent.objects.filter(report=report, kind=kind, snapshot__version=version).first()


def _take(
    report: MonthlyReport, kind: ReportEventKind, expected_version: int, **fields: Any
) -> MonthlyReport | ReportEvent:
    """Write the answer to a report that waits, only upon the version that was shown, and hold its row.

    Returns the report as it stands then, or the event of the one who gave the same answer before.
    """
    if not _claim(report, expected_version, Q(status=ReportStatus.SUBMITTED), **fields):
        if known := _answer_to(report, kind, expected_version):
            return known
        current = MonthlyReport.objects.select_related("commune").get(pk=report.pk)
        raise ChangedSinceShown(current) if current.status == ReportStatus.SUBMITTED else NotForReview(current)
    return MonthlyReport.objects.select_related("commune__authority", "criteria_set").get(pk=report.pk)


@transaction.atomic
def accept_report(
    *,
    report: MonthlyReport,
    by: User,
    expected_version: int,
    seen_findings: int | None = None,
    at: datetime | None = None,
) -> ReportEvent:
    """Accept `report`: its accepted lines become the findings where they differ, the rest stays with its comment.

    `seen_findings` is the `findings_stamp` of the page on which the person decided. A second call for the same
    version gives the event of the first. Raises `LinesPending`, `FindingsChangedSinceShown`, `NotForReview`,
    `ChangedSinceShown`, `UnitEnded`.
    """
    if known := _answer_to(report, ReportEventKind.ACCEPTED, expected_version):
        return known
    hold_communes([assessed_unit(report)])
    moment = at or clock.now()
    current = _take(report, ReportEventKind.ACCEPTED, expected_version, status=ReportStatus.ACCEPTED)
    if isinstance(current, ReportEvent):
        return current
    lines = list(current.lines.select_related("sub_item").prefetch_related("evidence"))
    if pending := sum(line.verdict == LineVerdict.PENDING for line in lines):
        raise LinesPending(pending)
    if seen_findings is not None and seen_findings != findings_stamp(current):
        raise FindingsChangedSinceShown
    written = _write_findings(current, [line for line in lines if line.verdict == LineVerdict.ACCEPTED], by, moment)
    event = ReportEvent.objects.create(
        report=current,
        kind=ReportEventKind.ACCEPTED,
        at=moment,
        by=by,
        snapshot={
            "version": expected_version,
            "lines": _verdicts(current, all_lines=True),
            "changed": [line.sub_item.code for line in written],
        },
    )
    refused = sum(line.verdict == LineVerdict.RETURNED for line in lines)
    tell(
        people=_touched(current, but=by),
        key=f"report-{current.pk}-accepted-{expected_version}",
        text=f"{_named(current)} đã được chấp nhận; {changed_phrase(len(written))}"
        f"{f', {refused} nội dung không được chấp nhận, giữ kết quả cũ' if refused else ''}.",
        url=page_of(current),
        at=moment,
    )
    return event


def changed_phrase(count: int) -> str:
    """Return "3 nội dung thay đổi kết quả"; of none, that it is none."""
    return f"{count or 'không'} nội dung {'' if count else 'nào '}thay đổi kết quả"


def _write_findings(
    report: MonthlyReport, lines: Collection[ReportLine], by: User, moment: datetime
) -> list[ReportLine]:
    """Make accepted lines the findings where they differ; return those. Their evidence supports the findings."""
    findings = findings_of(report)
    written = []
    for line in lines:
        finding = findings.get(line.sub_item_id)
        if differs(line, finding):
            finding = _write_finding(report, line, finding, by, moment)
            written.append(line)
        files = line.evidence.all()
        if finding and files:
            attach_evidence(finding=finding, files=files, by=by, at=moment)
    return written


def _write_finding(
    report: MonthlyReport, line: ReportLine, known: Assessment | None, by: User, moment: datetime
) -> Assessment:
    try:
        return change_assessment(
            commune=assessed_unit(report),
            sub_item=line.sub_item,
            status=line.status,
            by=by,
            expected_version=known.version if known else 0,
            value=line.value,
            part_values=part_texts(line.part_values),
            reason=line.note or f"Theo báo cáo tháng {report.month.month}/{report.month.year} của xã",
            basis=source_of(report),
            source=AssessmentSource.REPORT,
            at=moment,
        )
    except SomebodyWasFaster as faster:
        raise FindingsChangedSinceShown from faster


def source_of(report: MonthlyReport) -> str:
    """Return what names `report` as the source of a finding: "Báo cáo số 21/BC-UBND ngày 03/4/2023, tháng 4/2023"."""
    number = f"số {report.number:02d}/BC-UBND " if report.number else ""
    dated = f"ngày {clock.vn_date(report.dated)}, " if report.dated else ""
    return f"Báo cáo {number}{dated}tháng {report.month.month}/{report.month.year} của {report.commune}"


@transaction.atomic
def give_opinion(*, line: ReportLine, by: User, text: str, at: datetime | None = None) -> LineOpinion:
    """Note what the department of `by` says of a line that waits; the reviewer decides.

    The same words again are the same opinion. Raises `NotForReview`, `ReasonMissing` without a text.
    """
    if by.department is None:
        raise ValueError("Opinions are given by departments.")
    current = _hold_for_review(line.report)
    if not text.strip():
        raise ReasonMissing({"text": "Hãy ghi ý kiến của phòng, ban về nội dung này."})
    moment = at or clock.now()
    last = LineOpinion.objects.filter(line=line, department=by.department).order_by("-pk").first()
    if last and last.text == text.strip():
        return last
    opinion = LineOpinion.objects.create(line=line, department=by.department, by=by, at=moment, text=text.strip())
    tell(
        people=staff_of(current.commune.authority),
        key=f"report-{current.pk}-opinion-{current.version}-{by.department.pk}",
        text=f"{by.department.full_name} đã có ý kiến về {_named(current)[:1].lower()}{_named(current)[1:]}.",
        url=page_of(current),
        at=moment,
    )
    return opinion


# Reopening a closed month


@transaction.atomic
def ask_reopening(*, report: MonthlyReport, by: User, reason: str, at: datetime | None = None) -> ReportEvent:
    """Ask for an accepted report to be opened again; a question that waits is not asked twice.

    Raises `ReasonMissing`, `NotClosed`.
    """
    if not reason.strip():
        raise ReasonMissing({"reason": "Hãy ghi lý do xin mở lại: cần sửa nội dung nào, vì sao?"})
    moment = at or clock.now()
    current = _hold_closed(report, moment)
    if waiting := open_question(current):
        return waiting
    event = ReportEvent.objects.create(
        report=current, kind=ReportEventKind.REOPEN_ASKED, at=moment, by=by, reason=reason.strip()
    )
    tell(
        people=staff_of(current.commune.authority),
        key=f"report-{current.pk}-reopen-asked-{event.pk}",
        text=f"{current.commune} xin mở lại báo cáo tháng {current.month.month}/{current.month.year}: {reason.strip()}",
        url=page_of(current),
        at=moment,
    )
    return event


def open_question(report: MonthlyReport) -> ReportEvent | None:
    """Return the commune's question for a reopening that nobody answered yet."""
    kinds = (ReportEventKind.REOPEN_ASKED, ReportEventKind.REOPENED)
    last = report.events.filter(kind__in=kinds).order_by("-pk").first()
    return last if last and last.kind == ReportEventKind.REOPEN_ASKED else None


def _hold_closed(report: MonthlyReport, moment: datetime) -> MonthlyReport:
    current = _locked(report)
    if current.status != ReportStatus.ACCEPTED or is_reopened(current, moment):
        raise NotClosed(current)
    return current


@transaction.atomic
def grant_reopening(
    *,
    report: MonthlyReport,
    by: User,
    lasts: timedelta,
    expected_version: int,
    reason: str = "",
    at: datetime | None = None,
) -> ReportEvent:
    """Open an accepted report again for the time `lasts`; then it closes by itself.

    What was changed and not sent in an earlier reopening is taken back first, so that the commune starts from the
    accepted version. Without a question of the commune a reason is due. A second call for the same version gives
    the event of the first. Raises `ReasonMissing`, `NotClosed`, `ChangedSinceShown`, `ValidationError` for a time
    that cannot be.
    """
    if not timedelta(0) < lasts <= LONGEST_REOPENING:
        raise ValidationError({"lasts": f"Thời gian mở lại từ 1 giờ đến {LONGEST_REOPENING.days} ngày."})
    if known := _answer_to(report, ReportEventKind.REOPENED, expected_version):
        return known
    moment = at or clock.now()
    current = _hold_closed(report, moment)
    if current.version != expected_version:
        raise ChangedSinceShown(current)
    asked = open_question(current)
    if not asked and not reason.strip():
        raise ReasonMissing({"reason": "Xã chưa xin mở lại; hãy ghi lý do cho mở lại báo cáo."})
    _take_back_unsent(current)
    until = moment + lasts
    MonthlyReport.objects.filter(pk=current.pk).update(reopened_until=until, version=F("version") + 1)
    event = ReportEvent.objects.create(
        report=current,
        kind=ReportEventKind.REOPENED,
        at=moment,
        by=by,
        reason=reason.strip(),
        snapshot={"version": expected_version, "until": until.isoformat()},
    )
    tell(
        people=_touched(current, but=by),
        key=f"report-{current.pk}-reopened-{expected_version}",
        text=f"{_named(current)} được mở lại đến {_clock_time(until)}; hết giờ mà chưa gửi lại thì giữ bản cũ.",
        url=page_of(current),
        at=moment,
    )
    return event


def _clock_time(moment: datetime) -> str:
    local = moment.astimezone(clock.now().tzinfo)
    return f"{local:%H:%M}, {clock.vn_date(local.date())}"


def _take_back_unsent(report: MonthlyReport) -> None:
    """Set lines and narrative to what was sent last, where a reopening ended without a sending."""
    accepted = last_sent(report)
    if accepted is None or report.reopened_until is None:
        return
    MonthlyReport.objects.filter(pk=report.pk).update(**{name: text for name, _, text in accepted.narrative})
    now = Frozen({"content": content_of(report)})
    for line in now.lines:
        known = accepted.line_by_code.get(line.code)
        if known and known.said != line.said:
            _restore_line(report, known.said, line.code)


def _restore_line(report: MonthlyReport, said: Mapping[str, Any], code: str) -> None:
    line = report.lines.get(sub_item__code=code)
    line.status, line.value, line.note = said["status"], said["value"], said["note"]
    line.part_values, line.version = said["part_values"], line.version + 1
    line.save(update_fields=["status", "value", "note", "part_values", "version"])
    line.evidence.set(Evidence.objects.of_unit(report.commune).filter(sha256__in=said["evidence"]))
