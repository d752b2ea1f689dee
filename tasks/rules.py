"""What "involved" means: the units that lead or support a task, or that a reply names."""

from typing import Any

from communes.access import grant, in_reach
from communes.enums import Role
from communes.models import User
from tasks.enums import TaskStatus


def involved_in_task(user: User, task: Any) -> bool:
    """Whether the person's department or commune leads or supports `task`.

    What an ended commune left unconfirmed is its successor's to finish; the rest is only read.
    """
    if user.role == Role.COMMUNE:
        taken_over = user.inherited_communes if task.status != TaskStatus.CONFIRMED else frozenset()
        units = {user.commune_id, *taken_over}
        return task.lead_commune_id in units or task.supports.filter(commune__in=units).exists()
    return task.lead_department_id == user.department_id or task.supports.filter(department=user.department_id).exists()


def within_own_work(user: User, task: Any) -> bool:
    """Whether `task` lies in the person's reach; for commune staff being involved says that already.

    The task may be about another commune that theirs supports, or about one that theirs follows.
    """
    return user.role == Role.COMMUNE or in_reach(user, task)


def assigned_to_proposal(user: User, proposal: Any) -> bool:
    """Whether the reply of `proposal` names the person's department as lead or support."""
    reply = getattr(proposal, "reply", None)
    return reply is not None and (
        reply.lead_id == user.department_id or reply.supports.filter(pk=user.department_id).exists()
    )


grant("tasks.manage_notice")
grant("tasks.assign_task")
grant("tasks.update_task", involved=involved_in_task, within=within_own_work)
grant("tasks.confirm_task")
grant("tasks.reply_to_proposal", involved=assigned_to_proposal)
grant("tasks.make_proposal")
grant("tasks.export_summary")
