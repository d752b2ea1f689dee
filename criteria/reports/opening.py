"""The draft of a commune's monthly report: opened once, filled in with what is known."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from communes.models import Commune, User
from communes.services import hold_communes
from criteria.deadlines import covered_days, month_after
from criteria.enums import ReportEventKind, Status
from criteria.models import Assessment, CriteriaSet, MonthlyReport, ReportEvent, ReportLine, SubItem
from criteria.reports.exceptions import ReportRefusal
from criteria.selectors import set_in_force
from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import vn_date

# How many months back a report can still be made up for.
MOST_MONTHS_BACK = 12
SAID = ("status", "value", "part_values", "note")


class MonthNotOpen(ReportRefusal):
    """The report of that month can't be begun; the sentence says why."""


def set_of_month(commune: Commune, month: date) -> CriteriaSet | None:
    """Return the set by which `commune` reports for `month`: the one in force when its period ends."""
    return set_in_force(covered_days(month)[1], commune.kind)


def past_since(report: MonthlyReport, today: date) -> str:
    """Return since when the set of `report` is no longer used on `today`: "đã thay từ 01/4/2023"; "" while it is.

    A report keeps the set with which it was begun.
    """
    own = report.criteria_set
    newer = CriteriaSet.objects.filter(unit_kind=own.unit_kind, effective_from__gt=own.effective_from)
    if first := newer.filter(effective_from__lte=today).order_by("effective_from").first():
        return f"đã thay từ {vn_date(first.effective_from)}"
    return f"hết hiệu lực sau {vn_date(own.effective_to)}" if own.effective_to and own.effective_to < today else ""


def refusal(commune: Commune, month: date, today: date) -> str:
    """Return why no report of `month` can be begun on `today`; "" where it can.

    Nghị định 09/2019/NĐ-CP, Điều 12: the period begins on the 15th of the month before.
    """
    (first_day, last_day), name = covered_days(month), f"Báo cáo tháng {month.month}/{month.year}"
    if first_day > today:
        return f"{name} lập được từ ngày {vn_date(first_day)}, khi kỳ báo cáo bắt đầu."
    if month < month_after(today.replace(day=1), -MOST_MONTHS_BACK):
        return f"{name} đã quá {MOST_MONTHS_BACK} tháng nên không lập mới được nữa."
    if commune.valid_to and commune.valid_to < first_day:
        return f"{commune} kết thúc từ ngày {vn_date(commune.valid_to)}, trước kỳ báo cáo này."
    if commune.valid_from and commune.valid_from > last_day:
        return f"{commune} thành lập ngày {vn_date(commune.valid_from)}, sau kỳ báo cáo này."
    if set_of_month(commune, month) is None:
        return f"Trong kỳ báo cáo này không có bộ tiêu chí nào áp dụng cho {commune}."
    return ""


def open_report(*, commune: Commune, month: date, by: User, at: datetime) -> MonthlyReport:
    """Return the report of `commune` for `month`; where there is none yet, a draft with one line a sub-item.

    Two clerks at once get the same one. Raises `MonthNotOpen`, `UnitEnded`.
    """
    known = MonthlyReport.objects.filter(commune=commune, month=month).first()
    if known is not None:
        return known
    criteria_set = set_of_month(commune, month)
    why = refusal(commune, month, clock.day_of(at))
    if why or criteria_set is None:
        raise MonthNotOpen(why)
    with transaction.atomic():
        hold_communes([commune])
        report, is_new = MonthlyReport.objects.get_or_create(
            commune=commune, month=month, defaults={"criteria_set": criteria_set}
        )
        if is_new:
            findings = _findings(report)
            sub_items = SubItem.objects.of_set(criteria_set)
            ReportLine.objects.bulk_create(
                ReportLine(report=report, sub_item=item, **_said(findings.get(item.pk))) for item in sub_items
            )
            ReportEvent.objects.create(report=report, kind=ReportEventKind.CREATED, at=at, by=by)
    return report


def _findings(report: MonthlyReport) -> dict[int, Assessment]:
    rows = Assessment.objects.of_set(report.criteria_set_id).filter(commune=report.commune_id).order_by()
    return {row.sub_item_id: row for row in rows}


def _said(finding: Assessment | None) -> dict[str, object]:
    """Return what a line says of a finding; why a sub-item doesn't apply needn't be written again each month."""
    if finding is None:
        return {}
    why = "; ".join(text for text in (finding.reason, finding.basis) if text)
    return {
        "status": finding.status,
        "value": finding.value,
        "part_values": finding.part_values,
        "note": why if finding.status == Status.NOT_APPLICABLE else "",
    }


@transaction.atomic
def follow_findings(*, report: MonthlyReport, lines: Iterable[ReportLine]) -> int:
    """Bring the lines that nobody has touched to the district's present findings; return how many moved.

    A draft opened on the first day of its period would otherwise take back what was found since:
    last month's report is accepted while this month's lies open. Nobody typed in these lines, so
    their version stays.
    """
    findings = _findings(report)
    moved = []
    for line in lines:
        said = _said(findings.get(line.sub_item_id))
        if said and any(getattr(line, name) != value for name, value in said.items()):
            for name, value in said.items():
                setattr(line, name, value)
            moved.append(line)
    if moved:
        ReportLine.objects.bulk_update(moved, SAID)
    return len(moved)
