"""What "own sector" means for findings: the sub-items that a person's department guides."""

from typing import Any

from communes.access import grant
from communes.models import Commune, User
from criteria.models import Evidence


def guides(user: User, target: Any) -> bool:
    """Whether the person's department guides the sub-item of `target` (a record with `sub_item`)."""
    return any(guide.department_id == user.department_id for guide in target.sub_item.guides.all())


def guides_evidence(user: User, target: Any) -> bool:
    """Whether evidence is the department's: it sent it, or guides a sub-item that it supports.

    A commune as `target` asks whether the person may send anything for it: each file is then tested
    against its own sub-item.
    """
    if isinstance(target, Commune):
        return True
    if isinstance(target, Evidence):
        return sent(user, target) or any(guides(user, finding) for finding in target.assessments.all())
    return guides(user, target)


def sent(user: User, target: Evidence) -> bool:
    """Whether the person uploaded the file."""
    return target.uploaded_by_id == user.pk


grant("criteria.view_catalogue")
grant("criteria.manage_catalogue")
grant("criteria.manage_guidance")
grant("criteria.change_assessment", sector=guides)
grant("criteria.confirm_finding", sector=guides)
grant("criteria.carry_over")
grant("criteria.plan_sub_item")
grant("criteria.add_evidence", sector=guides_evidence)
grant("criteria.delete_evidence", involved=sent)
grant("criteria.fill_report")
grant("criteria.review_report")
grant("criteria.remind_of_report")
grant("criteria.manage_report_rules")
grant("criteria.manage_days_off")
grant("criteria.comment_report_line", sector=guides)
