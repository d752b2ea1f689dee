"""Every write with a meaning on the findings."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from communes.models import Commune, User
from criteria.enums import AssessmentSource, Status
from criteria.exceptions import ReasonMissing, SomebodyWasFaster
from criteria.models import Assessment, AssessmentChange, SubItem
from ntm_tracker.lib import clock


@transaction.atomic
def change_assessment(
    *,
    commune: Commune,
    sub_item: SubItem,
    status: Status,
    by: User | None,
    expected_version: int,
    value: Decimal | None = None,
    part_values: dict[str, str] | None = None,
    reason: str = "",
    source: AssessmentSource = AssessmentSource.OFFICER,
    proposed: Status | None = None,
    at: datetime | None = None,
) -> Assessment:
    """Set the finding of `sub_item` for `commune` and record the change, both or neither.

    `expected_version` is the version that the person was shown, 0 where there was no finding yet;
    `proposed` is what the value says against its threshold, None where it says nothing; `at` is the
    moment of the change, now if it isn't given. Part values are decimals as text, by part code.
    Raises `SomebodyWasFaster` when another change came between, `ReasonMissing` when a reason is due.
    """
    if not reason.strip():
        if status == Status.NOT_APPLICABLE:
            raise ReasonMissing({"reason": "“Không áp dụng” phải ghi lý do và căn cứ."})
        if proposed and status != proposed:
            raise ReasonMissing({"reason": "Kết quả này trái với giá trị so với ngưỡng: hãy ghi lý do."})
    moment = at or clock.now()
    fields = {
        "status": status,
        "value": value,
        "part_values": part_values or {},
        "reason": reason.strip(),
        "source": source,
        "changed_at": moment,
        "changed_by": by,
    }
    before = _take(commune, sub_item, expected_version, fields)
    assessment = Assessment.objects.get(commune=commune, sub_item=sub_item)
    AssessmentChange.objects.create(
        assessment=assessment,
        at=moment,
        by=by,
        from_status=before.status if before else "",
        from_value=before.value if before else None,
        status=assessment.status,
        value=assessment.value,
        part_values=assessment.part_values,
        reason=assessment.reason,
        source=assessment.source,
        version=assessment.version,
    )
    return assessment


def _take(commune: Commune, sub_item: SubItem, expected_version: int, fields: dict) -> Assessment | None:
    """Write the row only if it still has the version that was shown; return it as it was before."""
    rows = Assessment.objects.filter(commune=commune, sub_item=sub_item)
    if expected_version == 0:
        current, created = Assessment.objects.get_or_create(commune=commune, sub_item=sub_item, defaults=fields)
        if not created:
            raise SomebodyWasFaster(current)
        return None
    before = rows.first()
    if not rows.filter(version=expected_version).update(**fields, version=F("version") + 1):
        raise SomebodyWasFaster(rows.first())
    return before
