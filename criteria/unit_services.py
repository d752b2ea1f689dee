"""The change of a commune with all that hangs on it: the unit itself, then findings, plans, drafts and zone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, QuerySet
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

# What a finding and its changes both say; on what it rests is told apart.
FOUND = ("status", "value", "part_values", "reason", "basis")


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
    """Let the unit go on with what was known when the change took effect; what was written since is its own already.

    A change of units can be recorded days after it took effect. What was written meanwhile stands under the old
    name, since nobody knew of another one: it comes along as it is, each entry with its moment.
    """
    began = clock.start_of(change.from_day)
    findings = {"assessment__commune": old, "at__gte": began}
    changes = set(AssessmentChange.objects.filter(**findings).values_list("assessment", flat=True))
    events = set(EvidenceEvent.objects.filter(**findings).values_list("assessment", flat=True))
    for finding in Assessment.objects.filter(commune=old).prefetch_related("evidence"):
        if finding.pk in changes or (finding.status and finding.pk in events):
            _part(finding, change, began)
        elif finding.status:
            _begin(finding, change, began)


def _begin(before: Assessment, change: UnitChange, began: datetime) -> Assessment:
    """Return the finding with which the new unit begins: what stands in `before`, and its files.

    Its versions count on from those of `before`: what a page showed of the old unit is never taken for what stands.
    """
    # What was an assumption stays one: the mark must not get lost on the way.
    assumed = before.source == AssessmentSource.ASSUMPTION
    finding = {name: getattr(before, name) for name in FOUND} | {
        "source": AssessmentSource.ASSUMPTION if assumed else AssessmentSource.CARRIED
    }
    after = Assessment.objects.create(
        commune=change.successor,
        sub_item_id=before.sub_item_id,
        changed_at=began,
        changed_by=change.by,
        version=before.version + 1,
        **finding,
    )
    AssessmentChange.objects.create(
        assessment=after,
        at=began,
        by=change.by,
        version=after.version,
        from_status=before.status,
        from_value=before.value,
        is_taken_over=True,
        **finding,
    )
    files: dict[datetime, list[Evidence]] = defaultdict(list)
    for file in before.evidence.all():
        # One whose linking nobody recorded doesn't come to the new unit before it was there.
        files[max(began, file.uploaded_at)].append(file)
    for at, of_then in files.items():
        attach_evidence(finding=after, files=of_then, by=change.by, at=at)
    return after


def _part(finding: Assessment, change: UnitChange, began: datetime) -> None:
    """Leave `finding` as it stood at the moment `began`; what was written of it since goes to the new unit.

    One of which nothing had been found before goes there as a whole.
    """
    changes, events = finding.changes.filter(at__gte=began), finding.evidence_events.filter(at__gte=began)
    stood = finding.changes.filter(at__lt=began).order_by("version").last()
    is_changed = changes.exists()
    if is_changed and stood is None:
        finding.commune = change.successor
        finding.save(update_fields=["commune"])
        return
    last = {name: getattr(finding, name) for name in (*FOUND, "source", "changed_at", "changed_by", "version")}
    files = list(finding.evidence.all())
    if is_changed and stood:
        _return_to(stood, finding)
    finding.evidence.set(_files_before(events, files))
    after = _begin(finding, change, began)
    changes.update(assessment=after, version=F("version") + 1)
    events.update(assessment=after)
    after.evidence.set(files)
    if is_changed:
        Assessment.objects.filter(pk=after.pk).update(**{**last, "version": last["version"] + 1})


def _return_to(stood: AssessmentChange, finding: Assessment) -> None:
    """Bring `finding` back to what its change `stood` left."""
    for name in (*FOUND, "source", "version"):
        setattr(finding, name, getattr(stood, name))
    finding.changed_at, finding.changed_by = stood.at, stood.by
    finding.save()


def _files_before(events: QuerySet[EvidenceEvent], files: Iterable[Evidence]) -> set[int]:
    """Return the keys of the files on which a finding rested before `events`, of those on which it rests now."""
    found = {file.pk for file in files}
    rows = events.exclude(evidence=None).order_by("-at", "-pk").values_list("evidence", "kind")
    for file, kind in rows:
        if kind == EvidenceEventKind.ATTACHED:
            found.discard(file)
        else:
            found.add(file)
    return found


def _carry_plans(change: UnitChange, old: Commune) -> None:
    plans = [
        SubItemPlan(
            commune=change.successor,
            sub_item_id=plan.sub_item_id,
            official=plan.official,
            planned_on=plan.planned_on,
            solution=plan.solution,
            version=plan.version + 1,
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
