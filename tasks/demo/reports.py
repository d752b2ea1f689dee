"""Made-up monthly reports of the communes from May 2022 to April 2023: most on time, some late, some never sent.

They say what the district had found by the end of their period, so nothing changes through them. All are marked
as made up; of Cao Sơn, whose earlier state nobody knows, they say nothing but that they are made up. What the
notice cites, 21/BC-UBND of 03/4/2023, is a report for the session and none of these.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from communes.enums import CommuneKind
from communes.models import Authority, Commune, Department, User
from criteria.deadlines import ReportDeadline, month_after
from criteria.enums import LineVerdict, ReportEventKind, ReportStatus
from criteria.models import (
    AssessmentChange,
    CommuneZone,
    CriteriaSet,
    MonthlyReport,
    ReportEvent,
    ReportLine,
    SubItem,
)
from criteria.reports.calendar import calendar_of
from criteria.reports.snapshot import (
    FORMAT,
    GATHERS,
    checksum,
    content,
    line_content,
    required_in_words,
)
from criteria.selectors.requirements import levels_by_sub_item
from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import vn_date
from tasks.demo.frame import CAO_SON, CRITERIA_SET, DISTRICT, LAST_DAY, moment, working_days

SEED = 15
FIRST_MONTH, LAST_MONTH = date(2022, 5, 1), date(2023, 4, 1)
MADE_UP = "Số liệu minh họa, không phải số liệu thật."

# Who is often late, and how often; everybody else is late once in twelve times, Cao Sơn never.
OFTEN_LATE = {CAO_SON: 0.0, "17338": 0.5, "17374": 0.45, "17332": 0.3, "17359": 0.3}
SELDOM = 1 / 12

# Never sent: the communes and their months.
NEVER_SENT = {
    ("17332", date(2022, 10, 1)),  # Thọ Sơn
    ("17338", date(2022, 8, 1)),  # Bình Sơn
    ("17338", date(2023, 2, 1)),
    ("17374", date(2023, 3, 1)),  # Phúc Sơn
}

# In March 2023: begun and not sent, sent and not yet looked at, returned.
BEGUN_IN_MARCH = "17338"
WAITING_IN_MARCH = ("17347", "17359", "17371")
RETURNED_IN_MARCH = "17335"
RETURN_REASON = "Nội dung 17.6 ghi đạt nhưng chưa có số liệu thu gom của từng thôn. Đề nghị bổ sung rồi gửi lại."
RETURNED_LINE = ("17.6", "Chưa có số liệu của từng thôn.")
# Returned once and sent again, earlier.
RETURNED_ONCE = {("17380", date(2022, 12, 1)), ("17350", date(2022, 9, 1)), ("17341", date(2023, 1, 1))}

# In April 2023: sent before the due day, and begun.
SENT_IN_APRIL = {"17357": date(2023, 4, 7), "17383": date(2023, 4, 7)}
BEGUN_IN_APRIL = {
    CAO_SON: date(2023, 4, 6),
    "17380": date(2023, 4, 7),
    "17344": date(2023, 4, 6),
    "17353": date(2023, 4, 7),
    "17362": date(2023, 4, 5),
    "17377": date(2023, 4, 7),
}

NEXT_WORK = "Tiếp tục vận động nhân dân chỉnh trang nhà ở, đường làng; hoàn thiện hồ sơ minh chứng các nội dung đã đạt."
SHORTCOMINGS = "Tiến độ một số công trình còn chậm do thời tiết; việc thu thập minh chứng ở các thôn chưa đều."


@dataclass(frozen=True)
class Sending:
    """One way of a report from the commune to the district: sent, and how and when it was answered."""

    at: datetime
    answer: ReportEventKind | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Story:
    """What happened to the report of one commune for one month."""

    commune: Commune
    month: date
    opened_at: datetime
    sendings: tuple[Sending, ...] = ()

    @property
    def status(self) -> ReportStatus:
        answers = {
            ReportEventKind.RETURNED: ReportStatus.RETURNED,
            ReportEventKind.ACCEPTED: ReportStatus.ACCEPTED,
            None: ReportStatus.SUBMITTED,
        }
        return answers[self.sendings[-1].answer] if self.sendings else ReportStatus.DRAFT


@dataclass
class Known:
    """What is asked of the database once for all reports."""

    findings: dict[int, dict[int, list[AssessmentChange]]] = field(default_factory=lambda: defaultdict(dict))

    def at(self, commune: Commune, at: datetime) -> dict[int, AssessmentChange]:
        """Return the last finding of each sub-item before `at`."""
        found = {}
        for sub_item, changes in self.findings[commune.pk].items():
            before = [change for change in changes if change.at <= at]
            if before:
                found[sub_item] = before[-1]
        return found


def load() -> None:
    """Give every commune its twelve months, unless somebody has already reported here."""
    communes = list(
        Commune.objects.filter(authority__code=DISTRICT, kind=CommuneKind.XA, valid_to__isnull=True)
        .select_related("authority")
        .order_by("code")
    )
    if not MonthlyReport.objects.filter(commune__in=communes).exists():
        Maker(communes).make()


class Maker:
    """Draws when reports were sent and answered, and saves them with their lines and sent versions."""

    def __init__(self, communes: list[Commune]) -> None:
        self.random = Random(SEED)  # noqa: S311 made-up days, no secrets
        self.communes = communes
        self.authority = Authority.objects.get(code=DISTRICT)
        self.calendar = calendar_of(self.authority)
        self.criteria_set = CriteriaSet.objects.get_by_natural_key(CRITERIA_SET)
        rows = SubItem.objects.of_set(self.criteria_set).select_related("criterion").prefetch_related("parts")
        self.sub_items = {row.pk: row for row in rows}
        self.levels = levels_by_sub_item(self.criteria_set, self.authority)
        zones = CommuneZone.objects.filter(zone__criteria_set=self.criteria_set)
        self.zones = dict(zones.values_list("commune", "zone__code"))
        self.officer = User.objects.get(username="huyen")
        self.clerks = {row.commune_id: row for row in User.objects.filter(commune__in=communes)}
        found = Department.objects.filter(authority=self.authority, code=GATHERS)
        self.through = found.values_list("full_name", flat=True).first() or ""
        self.required: dict[tuple[int, str | None, int], tuple[str, bool]] = {}
        self.known = Known()

    def make(self) -> None:
        self.read_findings()
        stories = [story for unit in self.communes for story in self.stories(unit)]
        reports = MonthlyReport.objects.bulk_create(self.report(story) for story in stories)
        pairs = list(zip(stories, reports, strict=True))
        lines = {report.pk: self.lines(story, report) for story, report in pairs}
        ReportLine.objects.bulk_create(line for of_report in lines.values() for line in of_report)
        ReportEvent.objects.bulk_create(
            event for story, report in pairs for event in self.events(story, report, lines[report.pk])
        )

    def read_findings(self) -> None:
        """Read every finding that the district made of the made-up communes, in order of time."""
        changes = AssessmentChange.objects.filter(assessment__commune__in=self.communes).exclude(
            assessment__commune__code=CAO_SON
        )
        for change in changes.select_related("assessment").order_by("at", "version"):
            of_commune = self.known.findings[change.assessment.commune_id]
            of_commune.setdefault(change.assessment.sub_item_id, []).append(change)

    # When

    def stories(self, unit: Commune) -> Iterable[Story]:
        month = FIRST_MONTH
        while month <= LAST_MONTH:
            story = self.story(unit, self.calendar.deadline(month))
            if story:
                yield story
            month = month_after(month)

    def story(self, unit: Commune, deadline: ReportDeadline) -> Story | None:
        """Return what happened for one month; None where nothing was begun."""
        month = deadline.month
        opened = self.at(working_days(deadline.last_day - timedelta(days=6), deadline.last_day)[0])
        if month == LAST_MONTH:
            return self.april(unit)
        is_late = self.random.random() < OFTEN_LATE.get(unit.code, SELDOM)
        delay, answered_after = self.random.randint(1, 4), self.random.randint(2, 5)
        sent = self.at(self.work_day(deadline.due_on, delay if is_late else -self.random.randint(0, 2)))
        if (unit.code, month) in NEVER_SENT:
            return None
        if month == date(2023, 3, 1):
            return self.march(unit, opened, sent, answered_after)
        answered = self.at(self.work_day(clock.day_of(sent), answered_after))
        if (unit.code, month) not in RETURNED_ONCE:
            return Story(unit, month, opened, (Sending(sent, ReportEventKind.ACCEPTED, answered),))
        again = self.at(self.work_day(clock.day_of(answered), 2))
        accepted = self.at(self.work_day(clock.day_of(again), 2))
        first = Sending(sent, ReportEventKind.RETURNED, answered)
        return Story(unit, month, opened, (first, Sending(again, ReportEventKind.ACCEPTED, accepted)))

    def march(self, unit: Commune, opened: datetime, sent: datetime, answered_after: int) -> Story:
        """March 2023 shows every state: waiting, returned, begun and not sent, else accepted."""
        month = date(2023, 3, 1)
        if unit.code == BEGUN_IN_MARCH:
            return Story(unit, month, opened)
        if unit.code in WAITING_IN_MARCH:
            return Story(unit, month, opened, (Sending(sent),))
        answered = self.at(self.work_day(clock.day_of(sent), answered_after))
        kind = ReportEventKind.RETURNED if unit.code == RETURNED_IN_MARCH else ReportEventKind.ACCEPTED
        return Story(unit, month, opened, (Sending(sent, kind, answered),))

    def april(self, unit: Commune) -> Story | None:
        if unit.code in SENT_IN_APRIL:
            day = SENT_IN_APRIL[unit.code]
            return Story(unit, LAST_MONTH, self.at(day - timedelta(days=3)), (Sending(self.at(day)),))
        if unit.code in BEGUN_IN_APRIL:
            return Story(unit, LAST_MONTH, self.at(BEGUN_IN_APRIL[unit.code]))
        return None

    def at(self, day: date) -> datetime:
        """A moment of the working day."""
        return moment(day, self.random.randint(8, 16), self.random.randrange(60))

    @staticmethod
    def work_day(day: date, steps: int) -> date:
        """Return the day `steps` working days after `day` (before, when negative), before the demonstration's day."""
        if steps <= 0:
            return working_days(day - timedelta(days=9), day)[steps - 1]
        return min(
            working_days(day + timedelta(days=1), day + timedelta(days=9))[steps - 1], LAST_DAY - timedelta(days=3)
        )

    # What

    def report(self, story: Story) -> MonthlyReport:
        sendings = story.sendings
        first = sendings[0].at if sendings else None
        dated = clock.day_of(sendings[-1].at) if sendings else None
        return MonthlyReport(
            commune=story.commune,
            criteria_set=self.criteria_set,
            month=story.month,
            status=story.status,
            number=4 + 3 * story.month.month if sendings else None,
            dated=dated,
            results=self.results(story),
            shortcomings=SHORTCOMINGS if sendings and story.commune.code != CAO_SON else "",
            next_work=NEXT_WORK if sendings and story.commune.code != CAO_SON else "",
            first_submitted_at=first,
            version=1 + sum(1 + (sending.answer is not None) for sending in sendings),
        )

    def results(self, story: Story) -> str:
        """What was reached in the period, by the district's findings; of Cao Sơn nothing is made up."""
        if not story.sendings:
            return ""
        deadline = self.calendar.deadline(story.month)
        first, last = clock.start_of(deadline.first_day), clock.end_of(deadline.last_day)
        reached = [
            f"{self.sub_items[sub_item].code} ({vn_date(clock.day_of(change.at))})"
            for sub_item, change in self.known.at(story.commune, last).items()
            if change.at >= first and change.status == "met" and change.from_status not in ("", "met")
        ]
        if reached:
            return f"{MADE_UP} Trong kỳ, xã hoàn thành các nội dung: {', '.join(sorted(reached))}."
        return f"{MADE_UP} Trong kỳ, xã duy trì các nội dung đã đạt."

    def lines(self, story: Story, report: MonthlyReport) -> list[ReportLine]:
        at = story.sendings[-1].at if story.sendings else clock.end_of(LAST_DAY)
        found = self.known.at(story.commune, at)
        checked = story.sendings[-1].at - timedelta(minutes=20) if story.sendings else None
        verdict = LineVerdict.ACCEPTED if story.status == ReportStatus.ACCEPTED else LineVerdict.PENDING
        return [
            self.line(
                story,
                report,
                ReportLine(report=report, sub_item=sub_item, checked_at=checked, verdict=verdict),
                found.get(pk),
            )
            for pk, sub_item in self.sub_items.items()
        ]

    def line(
        self, story: Story, report: MonthlyReport, line: ReportLine, finding: AssessmentChange | None
    ) -> ReportLine:
        if finding:
            line.status, line.value, line.part_values = finding.status, finding.value, finding.part_values
        if story.status == ReportStatus.RETURNED and line.sub_item.code == RETURNED_LINE[0]:
            line.verdict, line.review_comment = LineVerdict.RETURNED, RETURNED_LINE[1]
        return line

    # The sent versions

    def events(self, story: Story, report: MonthlyReport, lines: list[ReportLine]) -> Iterable[ReportEvent]:
        clerk = self.clerks.get(story.commune.pk)
        yield ReportEvent(report=report, kind=ReportEventKind.CREATED, at=story.opened_at, by=clerk)
        version, said = 1, self.content(story, report, lines) if story.sendings else {}
        for number, sending in enumerate(story.sendings, 1):
            snapshot = self.snapshot(report, said, sending, version, number, clerk)
            yield ReportEvent(
                report=report,
                kind=ReportEventKind.SUBMITTED,
                at=sending.at,
                by=clerk,
                snapshot=snapshot,
                sha256=checksum(snapshot),
            )
            version += 1
            if sending.answer:
                yield self.answer(report, sending, version, lines)
                version += 1

    def content(self, story: Story, report: MonthlyReport, lines: list[ReportLine]) -> dict[str, Any]:
        zone, year = self.zones.get(story.commune.pk), story.month.year
        return content(
            report, self.through, [line_content(line, self.required_of(line.sub_item, zone, year)) for line in lines]
        )

    def required_of(self, sub_item: SubItem, zone: str | None, year: int) -> tuple[str, bool]:
        key = (sub_item.pk, zone, year)
        if key not in self.required:
            self.required[key] = required_in_words(sub_item, self.levels.get(sub_item.pk, []), zone, year)
        return self.required[key]

    def snapshot(
        self,
        report: MonthlyReport,
        said: Mapping[str, Any],
        sending: Sending,
        version: int,
        number: int,
        clerk: User | None,
    ) -> dict[str, Any]:
        name = str(clerk) if clerk else f"Cán bộ minh họa ({report.commune.name})"
        return {
            "format": FORMAT,
            "version": version,
            "sending": number,
            "number": report.number,
            "dated": clock.day_of(sending.at).isoformat(),
            "signature_lines": [],
            "signer": "",
            "sent_at": sending.at.isoformat(),
            "sent_by": {"name": name, "post": clerk.post if clerk else f"Công chức {report.commune}"},
            "content": said,
        }

    def answer(self, report: MonthlyReport, sending: Sending, version: int, lines: list[ReportLine]) -> ReportEvent:
        """The office returned it with its reason, or accepted every line."""
        snapshot: dict[str, Any]
        if sending.answer == ReportEventKind.RETURNED:
            code, comment = RETURNED_LINE
            snapshot = {"version": version, "lines": [{"code": code, "verdict": "returned", "comment": comment}]}
        else:
            verdicts = [{"code": line.sub_item.code, "verdict": "accepted", "comment": ""} for line in lines]
            snapshot = {"version": version, "lines": verdicts, "changed": []}
        return ReportEvent(
            report=report,
            kind=sending.answer or ReportEventKind.ACCEPTED,
            at=sending.answered_at or sending.at,
            by=self.officer,
            reason=RETURN_REASON if sending.answer == ReportEventKind.RETURNED else "",
            snapshot=snapshot,
        )
