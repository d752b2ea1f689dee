"""What "own sector" means for findings: the sub-items that a person's department guides."""

from typing import Any

from communes.access import grant
from communes.models import User


def guides(user: User, target: Any) -> bool:
    """Whether the person's department guides the sub-item of `target` (a record with `sub_item`)."""
    return any(guide.department_id == user.department_id for guide in target.sub_item.guides.all())


grant("criteria.view_catalogue")
grant("criteria.manage_catalogue")
grant("criteria.manage_guidance")
grant("criteria.change_assessment", sector=guides)
grant("criteria.plan_sub_item")
grant("criteria.fill_report")
grant("criteria.review_report")
grant("criteria.comment_report_line", sector=guides)
