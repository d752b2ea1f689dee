"""The change of a commune with all that hangs on it: the unit itself, then findings, plans, drafts and zone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime

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
    """Found on the old unit after the change took effect, a finding keeps its moment on the new one."""
    began = clock.start_of(change.from_day)
    attached = _attached_at(old)
    for before in Assessment.objects.filter(commune=old).exclude(status="").prefetch_related("evidence"):
        moment = max(began, before.changed_at)
        # What was an assumption stays one: the mark must not get lost on the way.
        assumed = before.source == AssessmentSource.ASSUMPTION
        finding = {
            "status": before.status,
            "value": before.value,
            "part_values": before.part_values,
            "reason": before.reason,
            "basis": before.basis,
            "source": AssessmentSource.ASSUMPTION if assumed else AssessmentSource.CARRIED,
        }
        after = Assessment.objects.create(
            commune=change.successor, sub_item_id=before.sub_item_id, changed_at=moment, changed_by=change.by, **finding
        )
        AssessmentChange.objects.create(
            assessment=after,
            at=moment,
            by=change.by,
            version=after.version,
            from_status=before.status,
            from_value=before.value,
            **finding,
        )
        files: dict[datetime, list[Evidence]] = defaultdict(list)
        for file in before.evidence.all():
            files[max(moment, attached.get((before.pk, file.pk), file.uploaded_at))].append(file)
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
