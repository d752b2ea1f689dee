"""Every write with a meaning on the findings."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from communes.enums import Role
from communes.models import Commune, User
from communes.services import hold_communes, require_as_read
from criteria.enums import AssessmentSource, EvidenceEventKind, Status
from criteria.exceptions import NothingToUndo, ReasonMissing, SomebodyWasFaster
from criteria.models import Assessment, AssessmentChange, Evidence, EvidenceEvent, SubItem, SubItemPlan
from ntm_tracker.lib import clock


@transaction.atomic
def change_assessment(
    *,
    commune: Commune,
    sub_item: SubItem,
    status: Status | str,
    by: User | None,
    expected_version: int,
    value: Decimal | None = None,
    part_values: dict[str, str] | None = None,
    reason: str = "",
    basis: str = "",
    source: AssessmentSource = AssessmentSource.OFFICER,
    proposed: Status | None = None,
    at: datetime | None = None,
) -> Assessment:
    """Set the finding of `sub_item` for `commune` and record the change, both or neither.

    `expected_version` is the version that the person was shown, 0 where there was no finding yet;
    `proposed` is what the value says against its threshold, None where it says nothing; `at` is the
    moment of the change, now if it isn't given. Part values are decimals as text, by part code.
    Raises `SomebodyWasFaster` when another change came between, `UnitEnded` when the commune did, `ReasonMissing`
    when a reason is due.
    """
    require_reason(status=status, proposed=proposed, reason=reason, basis=basis)
    fields = {
        "status": status,
        "value": value,
        "part_values": part_values or {},
        "reason": reason.strip(),
        "basis": basis.strip(),
        "source": source,
    }
    return _record(commune, sub_item, expected_version, fields, by, at or clock.now())


def require_reason(*, status: Status | str, proposed: Status | None, reason: str, basis: str) -> None:
    """Raise `ReasonMissing` where a status needs a reason (and "not applicable" also its basis)."""
    missing = {}
    if status == Status.NOT_APPLICABLE:
        if not reason.strip():
            missing["reason"] = "“Không áp dụng” phải ghi lý do: vì sao xã không phải thực hiện nội dung này?"
        if not basis.strip():
            missing["basis"] = "“Không áp dụng” phải ghi căn cứ: số, ký hiệu và điều khoản của văn bản."
    elif proposed and status != proposed and not reason.strip():
        missing["reason"] = (
            f"Giá trị so với ngưỡng cho kết quả “{Status(proposed).label}”; chọn khác đi thì phải ghi lý do."
        )
    if missing:
        raise ReasonMissing(missing)


def source_of(by: User, otherwise: AssessmentSource = AssessmentSource.OFFICER) -> AssessmentSource:
    """Return on what a finding rests that `by` writes: on the word of their department; else on `otherwise`."""
    return AssessmentSource.DEPARTMENT if by.role == Role.DEPARTMENT else otherwise


@transaction.atomic
def undo_change(*, assessment: Assessment, by: User, expected_version: int) -> Assessment:
    """Bring back what stood before the last change; the change and its undoing both stay in the history.

    Raises `NothingToUndo` where the last change isn't the person's own of today, `SomebodyWasFaster` when another one
    came between.
    """
    if assessment.version != expected_version:
        raise SomebodyWasFaster(assessment)
    # What was undone and its undoing cancel each other: the finding stands as the change before them left it.
    changes = list(assessment.changes.lasting().order_by("-version")[:2])
    if not changes or not changes[0].may_be_undone_by(by):
        raise NothingToUndo
    last, before = changes[0], changes[1] if len(changes) > 1 else None
    fields = {
        "status": before.status if before else "",
        "value": before.value if before else None,
        "part_values": before.part_values if before else {},
        "reason": before.reason if before else "",
        "basis": before.basis if before else "",
        "source": before.source if before else last.source,
    }
    return _record(assessment.commune, assessment.sub_item, expected_version, fields, by, clock.now(), undoes=last)


def _record(
    commune: Commune,
    sub_item: SubItem,
    expected_version: int,
    fields: dict[str, Any],
    by: User | None,
    at: datetime,
    *,
    undoes: AssessmentChange | None = None,
) -> Assessment:
    """Write the finding and its change; return the finding as it now stands."""
    assessment, before = _take(commune, sub_item, expected_version, {**fields, "changed_at": at, "changed_by": by})
    AssessmentChange.objects.create(
        assessment=assessment, at=at, by=by, version=assessment.version, undoes=undoes, **before, **fields
    )
    return assessment


def _take(
    commune: Commune, sub_item: SubItem, expected_version: int, fields: dict[str, Any]
) -> tuple[Assessment, dict[str, Any]]:
    """Write the row only if it still has the version that was shown, and hold its commune.

    Returns the row as it now stands, and what stood before as its change records it.
    """
    if expected_version == 0:
        hold_communes([commune])
        current, created = Assessment.objects.get_or_create(commune=commune, sub_item=sub_item, defaults=fields)
        if not created:
            raise SomebodyWasFaster(current)
        return current, {}
    row = _as_shown(commune, sub_item, expected_version)
    before = {"from_status": row.status, "from_value": row.value}
    fields = {**fields, "version": expected_version + 1}
    # The condition on the version is what decides: between reading and writing there may be another writer.
    if not Assessment.objects.filter(pk=row.pk, version=expected_version).update(**fields):
        raise SomebodyWasFaster(Assessment.objects.get(pk=row.pk))
    for name, value in fields.items():
        setattr(row, name, value)
    return row, before


def _as_shown(commune: Commune, sub_item: SubItem, version: int) -> Assessment:
    """Return the finding if it still has the version that was shown; the same query holds its commune."""
    rows = Assessment.objects.select_related("commune").select_for_update(of=("commune",), no_key=True)
    try:
        # No more than is needed: this is what a saved cell waits for.
        row = rows.only("version", "status", "value", "commune__valid_to").get(
            commune_id=commune.pk, sub_item_id=sub_item.pk
        )
    except Assessment.DoesNotExist:
        hold_communes([commune])  # which says so where the commune ended meanwhile
        raise SomebodyWasFaster(None) from None
    require_as_read(commune, row.commune.valid_to)
    if row.version != version:
        raise SomebodyWasFaster(row)
    row.commune, row.sub_item = commune, sub_item
    return row


# Many at once

# How many rows one statement takes.
BATCH = 500


@dataclass(frozen=True)
class NewFinding:
    """What is to stand of one sub-item of one commune.

    `expected_version` is the version that was shown, 0 where there was no finding yet; `proposed` is what the value
    says against its threshold, None where it says nothing. Part values are decimals as text, by part code.
    """

    commune: Commune
    sub_item: SubItem
    status: Status | str
    expected_version: int
    value: Decimal | None = None
    part_values: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    basis: str = ""
    source: AssessmentSource = AssessmentSource.OFFICER
    proposed: Status | None = None

    @property
    def key(self) -> tuple[int, int]:
        return self.commune.pk, self.sub_item.pk

    def written(self, *, by: User, at: datetime, pk: int | None = None) -> Assessment:
        """Return the finding as it will stand; `pk` is the key of the one that stands now."""
        return Assessment(
            pk=pk,
            commune=self.commune,
            sub_item=self.sub_item,
            status=self.status,
            value=self.value,
            part_values=self.part_values,
            reason=self.reason.strip(),
            basis=self.basis.strip(),
            source=self.source,
            version=self.expected_version + 1,
            changed_at=at,
            changed_by=by,
        )


# What of a finding that stands is written anew.
REWRITTEN = (
    *("status", "value", "part_values", "reason", "basis", "source"),
    *("version", "changed_at", "changed_by"),
)


@transaction.atomic
def change_many(*, changes: Sequence[NewFinding], by: User) -> list[Assessment]:
    """Write several findings with their changes, all or none; few queries for many.

    Returns them as they now stand. Raises `SomebodyWasFaster` when another change came between, `ReasonMissing` when
    a reason is due, `UnitEnded`.
    """
    for change in changes:
        require_reason(status=change.status, proposed=change.proposed, reason=change.reason, basis=change.basis)
    standing = _locked(changes)
    for change in changes:
        current = standing.get(change.key)
        if (current.version if current else 0) != change.expected_version:
            raise SomebodyWasFaster(current)
    return _write(changes, standing, by)


def _locked(changes: Sequence[NewFinding]) -> dict[tuple[int, int], Assessment]:
    """Lock what stands of `changes`, always in the same order: no two writers wait for each other."""
    hold_communes(change.commune for change in changes)
    wanted = {change.key for change in changes}
    communes, sub_items = {commune for commune, _ in wanted}, {sub_item for _, sub_item in wanted}
    there = Assessment.objects.filter(commune__in=communes, sub_item__in=sub_items).order_by("pk")
    keys = [pk for pk, *key in there.values_list("pk", "commune", "sub_item") if tuple(key) in wanted]
    locked = Assessment.objects.select_for_update().order_by("pk")
    batches = (locked.filter(pk__in=keys[start : start + BATCH]) for start in range(0, len(keys), BATCH))
    return {(row.commune_id, row.sub_item_id): row for batch in batches for row in batch}


def _write(changes: Sequence[NewFinding], standing: Mapping[tuple[int, int], Assessment], by: User) -> list[Assessment]:
    """Write `changes` over what is `standing`, which is locked; return the findings in their order."""
    moment = clock.now()
    rows = {
        change.key: change.written(by=by, at=moment, pk=standing[change.key].pk if change.key in standing else None)
        for change in changes
    }
    _create([row for key, row in rows.items() if key not in standing])
    # The others are there: an insert that turns into an update is one statement for many of them.
    Assessment.objects.bulk_create(
        [row for key, row in rows.items() if key in standing],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=REWRITTEN,
    )
    recorded = (_change_of(row, standing.get(key)) for key, row in rows.items())
    AssessmentChange.objects.bulk_create(recorded, batch_size=BATCH)
    return list(rows.values())


def _create(rows: Sequence[Assessment]) -> None:
    try:
        with transaction.atomic():
            Assessment.objects.bulk_create(rows, batch_size=BATCH)
    except IntegrityError as error:
        taken = Assessment.objects.filter(
            commune__in={row.commune_id for row in rows}, sub_item__in={row.sub_item_id for row in rows}
        )
        raise SomebodyWasFaster(taken.first()) from error


def _change_of(row: Assessment, before: Assessment | None) -> AssessmentChange:
    return AssessmentChange(
        assessment=row,
        at=row.changed_at,
        by=row.changed_by,
        from_status=before.status if before else "",
        from_value=before.value if before else None,
        status=row.status,
        value=row.value,
        part_values=row.part_values,
        reason=row.reason,
        basis=row.basis,
        source=row.source,
        version=row.version,
    )


@transaction.atomic
def undo_many(*, findings: Iterable[tuple[Assessment, int]], by: User) -> list[Assessment]:
    """Bring back what stood before the last change of several findings, all or none; beside each the version shown.

    Returns them as they now stand. Raises what the first refused one raises.
    """
    wanted = list(findings)
    hold_communes(row.commune for row, _ in wanted)
    return [undo_change(assessment=row, by=by, expected_version=version) for row, version in wanted]


@transaction.atomic
def confirm_findings(*, findings: Iterable[tuple[Assessment, Status | None]], by: User) -> list[Assessment]:
    """Let findings stand as they are, from now on by the word of the person's department.

    Beside each of `findings` is what its value proposes. Each is confirmed for itself and returned as it now
    stands; what somebody changed after it was shown is left out. Raises `UnitEnded`.
    """
    changes = [
        NewFinding(
            commune=shown.commune,
            sub_item=shown.sub_item,
            status=shown.status,
            value=shown.value,
            part_values=shown.part_values,
            reason=shown.reason,
            basis=shown.basis,
            source=AssessmentSource.DEPARTMENT,
            proposed=proposed,
            expected_version=shown.version,
        )
        for shown, proposed in findings
    ]
    for change in changes:
        require_reason(status=change.status, proposed=change.proposed, reason=change.reason, basis=change.basis)
    standing = _locked(changes)
    unmoved = [change for change in changes if standing[change.key].version == change.expected_version]
    return _write(unmoved, standing, by)


@transaction.atomic
def attach_evidence(
    *, finding: Assessment, files: Iterable[Evidence], by: User | None, at: datetime | None = None
) -> None:
    """Let `finding` rest on `files` too and record it of each that is new to it. `at`: now if it isn't given."""
    # Held, it is not given the same file by somebody else meanwhile.
    Assessment.objects.select_for_update(no_key=True).get(pk=finding.pk)
    there = set(finding.evidence.values_list("pk", flat=True))
    added = [file for file in files if file.pk not in there]
    finding.evidence.add(*added)
    _record_files([(finding, file) for file in added], EvidenceEventKind.ATTACHED, by, at)


@transaction.atomic
def detach_evidence(*, finding: Assessment, files: Iterable[Evidence], by: User | None) -> None:
    """Take `files` off `finding` and record it of each that was there."""
    there = set(finding.evidence.values_list("pk", flat=True))
    removed = [file for file in files if file.pk in there]
    finding.evidence.remove(*removed)
    _record_files([(finding, file) for file in removed], EvidenceEventKind.DETACHED, by)


@transaction.atomic
def attach_many(*, links: Mapping[Assessment, Collection[Evidence]], by: User) -> None:
    """Let each finding rest on the files given with it, which are new to it, and record that; few queries for many."""
    pairs = [(finding, file) for finding, files in links.items() for file in files]
    through = Assessment.evidence.through
    rows = [through(assessment=finding, evidence=file) for finding, file in pairs]
    through.objects.bulk_create(rows, ignore_conflicts=True)
    _record_files(pairs, EvidenceEventKind.ATTACHED, by)


def _record_files(
    pairs: Iterable[tuple[Assessment, Evidence]], kind: EvidenceEventKind, by: User | None, at: datetime | None = None
) -> None:
    moment = at or clock.now()
    events = [
        EvidenceEvent(assessment=finding, evidence=file, file_name=file.original_name, kind=kind, at=moment, by=by)
        for finding, file in pairs
    ]
    EvidenceEvent.objects.bulk_create(events)


@transaction.atomic
def save_plan(
    *,
    commune: Commune,
    sub_item: SubItem,
    expected_version: int,
    official: str = "",
    planned_on: Any = None,
    solution: str = "",
) -> SubItemPlan:
    """Write how `commune` means to reach `sub_item`.

    Raises `SomebodyWasFaster` when the plan was changed after it was shown (version 0: there was none), `UnitEnded`.
    """
    hold_communes([commune])
    fields = {"official": official.strip(), "planned_on": planned_on, "solution": solution.strip()}
    if expected_version == 0:
        plan, created = SubItemPlan.objects.get_or_create(commune=commune, sub_item=sub_item, defaults=fields)
        if not created:
            raise SomebodyWasFaster(plan)
        return plan
    plan = SubItemPlan.objects.select_for_update().get(commune=commune, sub_item=sub_item)
    if plan.version != expected_version:
        raise SomebodyWasFaster(plan)
    for name, value in fields.items():
        setattr(plan, name, value)
    plan.version += 1
    # save() rather than update(): the plan's history is kept by django-simple-history.
    plan.save()
    return plan
