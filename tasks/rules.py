"""What "involved" means: the units that lead or support a task, or that a reply names."""

from typing import Any

from communes.access import grant
from communes.enums import Role
from communes.models import User


def involved_in_task(user: User, task: Any) -> bool:
    """Whether the person's department or commune leads or supports `task`."""
    if user.role == Role.COMMUNE:
        return task.lead_commune_id == user.commune_id or task.supports.filter(commune=user.commune_id).exists()
    return task.lead_department_id == user.department_id or task.supports.filter(department=user.department_id).exists()


def assigned_to_proposal(user: User, proposal: Any) -> bool:
    """Whether the reply of `proposal` names the person's department as lead or support."""
    reply = getattr(proposal, "reply", None)
    return reply is not None and (
        reply.lead_id == user.department_id or reply.supports.filter(pk=user.department_id).exists()
    )


grant("tasks.manage_notice")
grant("tasks.update_task", involved=involved_in_task)
grant("tasks.confirm_task")
grant("tasks.reply_to_proposal", involved=assigned_to_proposal)
grant("tasks.make_proposal")
grant("tasks.export_summary")
