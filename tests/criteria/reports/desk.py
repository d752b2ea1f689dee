"""A commune, the office that reviews it and a report on the desk between them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

from communes.enums import Role
from communes.models import Commune, Department, User
from criteria.enums import LineVerdict, Status, SubItemKind
from criteria.models import CriteriaSet, MonthlyReport, ReportLine, SubItem
from criteria.reports import flow
from criteria.reports.snapshot import DocumentHead
from ntm_tracker.lib import clock
from tests.factories import (
    make_authority,
    make_commune,
    make_criteria_set,
    make_criterion,
    make_department,
    make_guide,
    make_report,
    make_sub_item,
    make_user,
)

# Monday 17/4/2023 is the due day of April: the 15th is a Saturday.
MORNING = clock.start_of(date(2023, 4, 14)) + timedelta(hours=9, minutes=41)
LATE = clock.start_of(date(2023, 4, 18)) + timedelta(hours=8)


@dataclass
class Desk:
    """Four sub-items: 1.1 and 1.2 are met or not, 2.1 is measured in percent, 2.2 is met or not."""

    commune: Commune
    clerk: User
    officer: User
    department: Department
    adviser: User
    criteria_set: CriteriaSet
    sub_items: list[SubItem]
    report: MonthlyReport
    extra: dict[str, Any] = field(default_factory=dict)

    def fresh(self) -> MonthlyReport:
        return MonthlyReport.objects.select_related("commune__authority", "criteria_set").get(pk=self.report.pk)

    def line(self, code: str) -> ReportLine:
        return ReportLine.objects.select_related("sub_item", "report__commune").get(
            report=self.report, sub_item__code=code
        )

    def say(self, code: str, **fields: Any) -> None:
        """What the commune's form writes."""
        ReportLine.objects.filter(report=self.report, sub_item__code=code).update(**fields)

    def submit(self, **more: Any) -> flow.Receipt:
        values = {"expected_version": self.fresh().version, "at": MORNING, "head": DocumentHead(number=21), **more}
        return flow.submit_report(report=self.fresh(), by=self.clerk, **values)

    def send_back(self, reason: str = "Thiếu minh chứng", **more: Any):
        values = {"expected_version": self.fresh().version, "at": MORNING + timedelta(hours=2), **more}
        return flow.return_report(report=self.fresh(), by=self.officer, reason=reason, **values)

    def judge(self, code: str, verdict: LineVerdict = LineVerdict.ACCEPTED, comment: str = "") -> ReportLine:
        line = self.line(code)
        return flow.judge_line(line=line, verdict=verdict, comment=comment, expected_version=line.version)

    def accept(self, **more: Any):
        values = {"expected_version": self.fresh().version, "at": MORNING + timedelta(hours=3), **more}
        return flow.accept_report(report=self.fresh(), by=self.officer, **values)

    def accept_everything(self, **more: Any):
        for line in self.report.lines.exclude(verdict=LineVerdict.RETURNED).select_related("sub_item"):
            self.judge(line.sub_item.code)
        return self.accept(**more)

    def reopen(self, hours: int = 48, **more: Any):
        values = {"expected_version": self.fresh().version, "reason": "Xã nhầm số liệu", "at": MORNING, **more}
        return flow.grant_reopening(report=self.fresh(), by=self.officer, lasts=timedelta(hours=hours), **values)


def make_desk(**fields: Any) -> Desk:
    """A draft for April 2023: every sub-item said to be met but 2.2; 2.1 measured at 72.5 %; nothing assessed yet."""
    authority = make_authority()
    make_department(authority=authority, code="NNPTNT", full_name="Phòng Nông nghiệp và Phát triển nông thôn")
    department = make_department(authority=authority)
    commune = make_commune(authority=authority, name="Cao Sơn")
    criteria_set = make_criteria_set(criteria=0)
    first, second = make_criterion(criteria_set=criteria_set), make_criterion(criteria_set=criteria_set)
    sub_items = [make_sub_item(criterion=first), make_sub_item(criterion=first)]
    sub_items += [make_sub_item(criterion=second, kind=SubItemKind.PERCENT), make_sub_item(criterion=second)]
    make_guide(sub_item=sub_items[0], department=department)
    report = make_report(
        commune=commune, criteria_set=criteria_set, results="Đã bê tông hóa 2 km đường thôn.", **fields
    )
    for sub_item in sub_items:
        ReportLine.objects.create(report=report, sub_item=sub_item, status=Status.MET)
    desk = Desk(
        commune=commune,
        clerk=make_user(Role.COMMUNE, commune=commune),
        officer=make_user(authority=authority),
        department=department,
        adviser=make_user(Role.DEPARTMENT, department=department),
        criteria_set=criteria_set,
        sub_items=sub_items,
        report=report,
    )
    desk.say("2.1", value="72.5")
    desk.say("2.2", status=Status.NOT_MET, note="Chợ chưa xây xong")
    return desk


def make_sent_report(*, commune: Commune, criteria_set: CriteriaSet, by: User) -> MonthlyReport:
    """The report of March 2023, every sub-item met, sent on the 14th; its PDF is a made-up one."""
    report = make_report(commune=commune, criteria_set=criteria_set, month=date(2023, 3, 1))
    for sub_item in SubItem.objects.of_set(criteria_set):
        ReportLine.objects.create(report=report, sub_item=sub_item, status=Status.MET)
    with patch("criteria.reports.flow.frozen_pdf", lambda frozen: b"%PDF-1.7"):
        flow.submit_report(
            report=report, by=by, expected_version=report.version, at=MORNING.replace(month=3), head=DocumentHead(17)
        )
    report.refresh_from_db()
    return report
