"""Whom the names in a read notice mean, and the work that its text gives to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from communes.models import Authority, Commune, Department, User
from criteria.models import SubItem
from criteria.selectors import set_in_force
from tasks.old_notices.structure import ReadNotice, ReadProposal, ReadTask, unit_key

ASSUMED_LEAD = "Giả định: thông báo không nêu đơn vị chủ trì; ghi đơn vị nhận báo cáo hằng tháng của xã."


@dataclass(frozen=True)
class Units:
    """The departments of an authority and the commune that a notice is about."""

    authority: Authority
    commune: Commune
    departments: tuple[Department, ...]

    def department(self, name: str) -> Department | None:
        """Return the department that `name` means, however it is abbreviated in the lists of the authority."""
        wanted = unit_key(name)
        for department in self.departments:
            if wanted in (unit_key(department.short_name), unit_key(department.full_name)):
                return department
        return None


@dataclass(frozen=True)
class GivenTask:
    """Work as it is proposed to the officer: by whom it is led and helped. Without a lead it is not made."""

    read: ReadTask
    lead: Department | Commune | None
    supports: tuple[Department, ...] = ()
    note: str = ""


def communes_to_choose(user: User) -> QuerySet[Commune]:
    """Return the communes whose notices the person's office may enter, ended ones too: old papers name them."""
    return Commune.objects.visible_to(user).select_related("authority").order_by("sort_key", "code")


def commune_named(name: str, communes: Iterable[Commune], day: date | None) -> Commune | None:
    """Return the commune that `name` means; of several those that existed on `day`, None when still not one."""
    if not name:
        return None
    found = [commune for commune in communes if unit_key(commune.name) == unit_key(name)]
    existing = [commune for commune in found if day and _existed(commune, day)]
    alone = existing or found
    return alone[0] if len(alone) == 1 else None


def _existed(commune: Commune, day: date) -> bool:
    begun = commune.valid_from is None or commune.valid_from <= day
    return begun and (commune.valid_to is None or day <= commune.valid_to)


def units_of(commune: Commune) -> Units:
    return Units(commune.authority, commune, tuple(Department.objects.filter(authority=commune.authority)))


def given_tasks(read: ReadNotice, units: Units) -> list[GivenTask]:
    """Return the work of `read` with its leads.

    What is told to all departments is led by the one that gets the monthly report, as an assumption; the other
    departments of the session help.
    """
    receiver = next((found for task in read.tasks for name in task.supports if (found := units.department(name))), None)
    present = _departments(units, (attendee.text for attendee in read.attendees))
    return [_given(task, units, receiver, present) for task in read.tasks]


def _given(task: ReadTask, units: Units, receiver: Department | None, present: tuple[Department, ...]) -> GivenTask:
    if task.departments:
        others = tuple(department for department in present if department != receiver)
        return GivenTask(task, receiver, others, ASSUMED_LEAD if receiver else "")
    supports = _departments(units, task.supports)
    return GivenTask(task, units.department(task.lead) if task.lead else units.commune, supports)


def _departments(units: Units, names: Iterable[str]) -> tuple[Department, ...]:
    return tuple(dict.fromkeys(found for name in names if (found := units.department(name))))


def sub_items_named(proposal: ReadProposal, day: date) -> list[SubItem]:
    """Return the sub-items that `proposal` names by code, of the set in force on `day`."""
    if not proposal.sub_item_codes or (criteria_set := set_in_force(day)) is None:
        return []
    return list(SubItem.objects.of_set(criteria_set).filter(code__in=proposal.sub_item_codes))
