"""What a deleted point of a draft takes along. The page keeps it, signed, so that deleting can be taken back."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core import signing

from communes.models import Commune
from criteria.models import SubItem
from tasks.composing.units import unit_key, unit_of
from tasks.models import NoticePoint
from tasks.work.services import Part, Plan, plan_of

SALT = "tasks.composing.undo"


@dataclass(frozen=True)
class Kept:
    """A point as it stood: `after` is the key of the point before it, None where it was the first."""

    section: int
    after: int | None
    kind: str
    text: str
    proposal: int | None
    creates_no_task: bool
    plans: tuple[Plan, ...]


def kept_of(point: NoticePoint) -> Kept:
    """Return what has to be known to bring `point` back. Work that rests on a reply stays with it."""
    before = point.section.points.filter(position__lt=point.position).order_by("-position").first()
    return Kept(
        section=point.section_id,
        after=before.pk if before else None,
        kind=point.kind,
        text=point.text,
        proposal=point.proposal_id,
        creates_no_task=point.creates_no_task,
        plans=tuple(plan_of(task) for task in point.tasks.order_by("pk")),
    )


def packed(kept: Kept) -> str:
    """Return `kept` as a text that only this server can have written."""
    values = {**vars(kept), "plans": [_packed(plan) for plan in kept.plans]}
    return signing.dumps(values, salt=SALT, compress=True)


def unpacked(text: str) -> Kept:
    """Return what `packed` wrote; raises `signing.BadSignature` for anything else."""
    values = signing.loads(text, salt=SALT)
    return Kept(**{**values, "plans": tuple(_unpacked(plan) for plan in values["plans"])})


def _packed(plan: Plan) -> dict[str, Any]:
    return {
        **vars(plan),
        "lead": unit_key(plan.lead),
        "commune": plan.commune and unit_key(plan.commune),
        "supports": [(unit_key(part.unit), part.text) for part in plan.supports],
        "sub_items": [row.pk for row in plan.sub_items],
        "due_on": plan.due_on and plan.due_on.isoformat(),
    }


def _unpacked(values: dict[str, Any]) -> Plan:
    commune = unit_of(values["commune"]) if values["commune"] else None
    return Plan(
        **{
            **values,
            "lead": unit_of(values["lead"]),
            "commune": commune if isinstance(commune, Commune) else None,
            "supports": tuple(Part(unit_of(key), text) for key, text in values["supports"]),
            "sub_items": tuple(SubItem.objects.filter(pk__in=values["sub_items"])),
            "due_on": date.fromisoformat(values["due_on"]) if values["due_on"] else None,
        }
    )
