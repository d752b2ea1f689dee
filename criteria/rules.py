"""What "own sector" means for findings: the sub-items that a person's department guides."""

from typing import Any

from communes.access import grant, in_reach
from communes.models import Commune, User
from criteria.models import Evidence


def guides(user: User, target: Any) -> bool:
    """Whether the person's department guides the sub-item of `target` (a record with `sub_item`).

    A commune as `target` asks for all its findings: those are no department's sector.
    """
    if isinstance(target, Commune):
        return False
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


def may_change(user: User, target: Any) -> bool:
    """Whether files of `target` (a commune, a finding, a file) may be put and taken: of an ended unit all stays.

    The files of one that goes on under another name or authority are put to its present findings and taken
    off them; the findings of the ended row keep theirs.
    """
    unit = target if isinstance(target, Commune) else target.unit
    return not unit.has_ended and in_reach(user, unit)


def may_remove(user: User, target: Evidence) -> bool:
    """Whether a file may be deleted: not one that a unit had that has ended since, under whatever name it goes on."""
    return not target.commune.has_ended and in_reach(user, target)


grant("criteria.view_catalogue")
grant("criteria.manage_catalogue")
grant("criteria.manage_guidance")
grant("criteria.change_assessment", sector=guides)
grant("criteria.confirm_finding", sector=guides)
grant("criteria.carry_over")
grant("criteria.plan_sub_item")
grant("criteria.add_evidence", sector=guides_evidence, within=may_change)
grant("criteria.delete_evidence", involved=sent, within=may_remove)
grant("criteria.fill_report")
grant("criteria.review_report")
grant("criteria.remind_of_report")
grant("criteria.manage_report_rules")
grant("criteria.manage_days_off")
grant("criteria.comment_report_line", sector=guides)
