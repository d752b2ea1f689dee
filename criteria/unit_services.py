"""The change of a commune with all that hangs on it: the unit itself, then findings, plans, drafts and zone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from communes import services as units
from communes.models import Authority, Commune, UnitChange, User
from criteria.enums import AssessmentSource, EvidenceEventKind, Status
from criteria.exceptions import SomebodyWasFaster
from criteria.models import (
    Assessment,
    AssessmentChange,
    CommuneZone,
    Evidence,
    EvidenceEvent,
    MonthlyReport,
    SubItem,
    SubItemPlan,
)
from criteria.services import attach_evidence, change_assessment
from ntm_tracker.lib import clock
from ntm_tracker.lib.workdays import ONE_DAY


@transaction.atomic
def rename_commune(*, commune: Commune, name: str, from_day: date, by: User) -> UnitChange:
    """Give `commune` another name from `from_day` on. Raises `ValidationError` as the units' service does."""
    return _carried_over(units.rename_commune(commune=commune, name=name, from_day=from_day, by=by))


@transaction.atomic
def merge_communes(
    *, communes: Iterable[Commune], code: str, name: str, kind: str, authority: Authority, from_day: date, by: User
) -> UnitChange:
    """Make one unit of `communes` from `from_day` on. Raises `ValidationError` as the units' service does."""
    return _carried_over(
        units.merge_communes(
            communes=communes, code=code, name=name, kind=kind, authority=authority, from_day=from_day, by=by
        )
    )


@transaction.atomic
def move_commune(*, commune: Commune, authority: Authority, from_day: date, by: User) -> UnitChange:
    """Put `commune` under another authority. Raises `ValidationError` as the units' service does."""
    return _carried_over(units.move_commune(commune=commune, authority=authority, from_day=from_day, by=by))


@transaction.atomic
def write_met_by_all(
    *, commune: Commune, sub_items: Iterable[SubItem], units: Iterable[Commune], by: User
) -> list[Assessment]:
    """Write "met" on a merged `commune` for those of `sub_items`, which all `units` met, that it has no finding of.

    Returns what was written, all of one moment. What somebody found meanwhile is left alone.
    """
    reason = f"Mọi đơn vị cũ đã đạt: {', '.join(map(str, units))}."
    moment, written = clock.now(), []
    for sub_item in sub_items:
        with suppress(SomebodyWasFaster):
            finding = change_assessment(
                commune=commune,
                sub_item=sub_item,
                status=Status.MET,
                reason=reason,
                source=AssessmentSource.CARRIED,
                expected_version=0,
                by=by,
                at=moment,
            )
            written.append(finding)
    return written


def _carried_over(change: UnitChange) -> UnitChange:
    """Carry findings, plans, begun reports and zone over to the successor.

    A merged unit is another one: it starts with nothing assessed, since what each part meets doesn't say what
    the whole meets. Its zone is that of the units that it follows, where they agree.
    """
    predecessors = list(change.successor.predecessors.filter(valid_to=change.from_day - ONE_DAY))
    if change.keeps_unit:
        _carry_findings(change, predecessors[0])
        _carry_plans(change, predecessors[0])
        _carry_drafts(change, predecessors[0])
    _carry_zones(change, predecessors)
    return change


def _carry_findings(change: UnitChange, old: Commune) -> None:
    """Carry over what stood on the last day of `old`; what was found after it goes over to the successor as it is.

    Whoever found it, when and why stays with it, and nothing is told twice. `old` stands as on its last day.
    """
    began = clock.start_of(change.from_day)
    attached = _attached_at(old)
    for finding in Assessment.objects.filter(commune=old).prefetch_related("evidence", "changes"):
        changes = sorted(finding.changes.all(), key=lambda row: row.version)
        before, since = [row for row in changes if row.at < began], [row for row in changes if row.at >= began]
        if before and before[-1].status:
            after = _carry(before[-1], change, began)
            _attach_as_before(after, finding, attached, change)
            if since:
                _stand_as(finding, before[-1])
                _hand_over(since, after)
        elif since:
            Assessment.objects.filter(pk=finding.pk).update(commune=change.successor)


def _carry(last: AssessmentChange, change: UnitChange, began: datetime) -> Assessment:
    """Let the successor's finding begin with what `last` left, and return it."""
    # What was an assumption stays one: the mark must not get lost on the way.
    assumed = last.source == AssessmentSource.ASSUMPTION
    told = {**_told_by(last), "source": AssessmentSource.ASSUMPTION if assumed else AssessmentSource.CARRIED}
    sub_item = last.assessment.sub_item_id
    after = Assessment.objects.create(
        commune=change.successor, sub_item_id=sub_item, changed_at=began, changed_by=change.by, **told
    )
    AssessmentChange.objects.create(
        assessment=after,
        at=began,
        by=change.by,
        version=after.version,
        from_status=last.status,
        from_value=last.value,
        **told,
    )
    return after


def _told_by(row: AssessmentChange) -> dict[str, Any]:
    """Return what a change says of the finding that it leaves."""
    return {name: getattr(row, name) for name in ("status", "value", "part_values", "reason", "basis", "source")}


def _hand_over(since: Sequence[AssessmentChange], after: Assessment) -> None:
    """Put the changes `since` the successor began to its finding `after`, which then stands as the last one left it."""
    for version, row in enumerate(since, after.version + 1):
        row.assessment, row.version = after, version
    AssessmentChange.objects.bulk_update(since, ["assessment", "version"])
    _stand_as(after, since[-1])


def _stand_as(finding: Assessment, last: AssessmentChange) -> None:
    """Let `finding` stand as its change `last` left it."""
    stood = {"version": last.version, "changed_at": last.at, "changed_by": last.by_id, **_told_by(last)}
    Assessment.objects.filter(pk=finding.pk).update(**stood)


def _attach_as_before(
    after: Assessment, before: Assessment, attached: Mapping[tuple[int, int], datetime], change: UnitChange
) -> None:
    """Put the files of `before` to `after`, each as of the day on which it came, the first one at the earliest."""
    files: dict[datetime, list[Evidence]] = defaultdict(list)
    for file in before.evidence.all():
        files[max(after.changed_at, attached.get((before.pk, file.pk), file.uploaded_at))].append(file)
    for at, of_then in files.items():
        attach_evidence(finding=after, files=of_then, by=change.by, at=at)


def _attached_at(commune: Commune) -> dict[tuple[int, int], datetime]:
    """Return by finding and file when each file was last put to a finding of `commune`; links may be older than that.

    A file that came after the change took effect doesn't come to the new unit before it was there.
    """
    events = EvidenceEvent.objects.filter(assessment__commune=commune, kind=EvidenceEventKind.ATTACHED)
    rows = events.order_by("at").values_list("assessment", "evidence", "at")
    return {(finding, file): at for finding, file, at in rows}


def _carry_plans(change: UnitChange, old: Commune) -> None:
    plans = [
        SubItemPlan(
            commune=change.successor,
            sub_item_id=plan.sub_item_id,
            official=plan.official,
            planned_on=plan.planned_on,
            solution=plan.solution,
        )
        for plan in SubItemPlan.objects.filter(commune=old)
    ]
    bulk_create_with_history(plans, SubItemPlan, default_user=change.by)


def _carry_drafts(change: UnitChange, old: Commune) -> None:
    """Let the unit go on with what it was writing; what was sent stays with the name under which it was sent."""
    MonthlyReport.objects.filter(commune=old).going_on_from(change.from_day).update(commune=change.successor)


def _carry_zones(change: UnitChange, predecessors: Sequence[Commune]) -> None:
    """One zone a set: the one that all predecessors have."""
    bearers: dict[int, int] = {}
    for zone in CommuneZone.objects.filter(commune__in=predecessors).values_list("zone", flat=True):
        bearers[zone] = bearers.get(zone, 0) + 1
    CommuneZone.objects.bulk_create(
        CommuneZone(commune=change.successor, zone_id=zone)
        for zone, count in bearers.items()
        if count == len(predecessors)
    )
