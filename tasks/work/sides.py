"""On whose side of a task a person stands: the office that assigns it, its lead, or a unit that helps."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from communes.enums import Role
from communes.models import Commune, Department, User
from tasks.models import Task, TaskSupport

Unit = Department | Commune


class Side(Enum):
    OFFICE = "office"
    LEAD = "lead"
    SUPPORT = "support"


@dataclass(frozen=True)
class Stand:
    """The person's side; of a supporting unit also its part."""

    side: Side
    support: TaskSupport | None = None

    @property
    def leads(self) -> bool:
        """Whether the person may speak for the whole task."""
        return self.side != Side.SUPPORT


def stand_of(user: User, task: Task, supports: Iterable[TaskSupport] | None = None) -> Stand | None:
    """Return where `user` stands, None for whoever only reads. The staff of a successor speak for the ended commune.

    `supports` spares a query where they are at hand.
    """
    if not user.has_perm("tasks.update_task", task):
        return None
    if user.role in (Role.DISTRICT, Role.ADMINISTRATOR):
        return Stand(Side.OFFICE)
    communes = {user.commune_id, *user.inherited_communes} if user.role == Role.COMMUNE else set()
    if (user.department_id and task.lead_department_id == user.department_id) or task.lead_commune_id in communes:
        return Stand(Side.LEAD)
    rows = task.supports.select_related("department", "commune") if supports is None else supports
    own = (row for row in rows if (row.department_id or 0) == user.department_id or row.commune_id in communes)
    part = next(own, None)
    return Stand(Side.SUPPORT, part) if part else None
