"""Who may do what: one table for the custom pages, the admin site and the services.

A row names an action and, for each role that has it, how far it goes. Whoever isn't named may not.
Apps register their actions with `grant` in their `rules` module and say there what "own sector" or
"involved" means for their objects.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

import rules
from django.contrib.auth.backends import ModelBackend

from communes.enums import Role
from communes.models import Authority, Commune, User


class Scope(Enum):
    """How far a right goes: inside the person's reach, to read also the ended units that those in it follow."""

    SIGHT = "mọi đơn vị trong phạm vi và các đơn vị mà chúng kế thừa"
    REACH = "mọi đơn vị trong phạm vi"
    SECTOR = "nội dung thuộc ngành mình"
    INVOLVED = "việc mình chủ trì, phối hợp, hoặc do mình đưa vào"


OFFICE = {Role.DISTRICT: Scope.REACH, Role.ADMINISTRATOR: Scope.REACH}
EVERYBODY = dict.fromkeys(Role, Scope.SIGHT)

ACCESS: dict[str, dict[Role, Scope]] = {
    "communes.view_progress": EVERYBODY,
    "communes.manage_units": OFFICE,
    "communes.manage_accounts": OFFICE,
    "communes.manage_letterhead": OFFICE,
    "criteria.view_catalogue": EVERYBODY,
    "criteria.manage_catalogue": {Role.ADMINISTRATOR: Scope.REACH},
    "criteria.manage_guidance": OFFICE,
    "criteria.change_assessment": {**OFFICE, Role.DEPARTMENT: Scope.SECTOR},
    "criteria.confirm_finding": {Role.DEPARTMENT: Scope.SECTOR},
    "criteria.carry_over": OFFICE,
    "criteria.plan_sub_item": {**OFFICE, Role.COMMUNE: Scope.REACH},
    "criteria.add_evidence": {**OFFICE, Role.DEPARTMENT: Scope.SECTOR, Role.COMMUNE: Scope.REACH},
    "criteria.delete_evidence": {**OFFICE, Role.DEPARTMENT: Scope.INVOLVED, Role.COMMUNE: Scope.INVOLVED},
    "criteria.fill_report": {Role.COMMUNE: Scope.REACH},
    "criteria.review_report": OFFICE,
    "criteria.remind_of_report": OFFICE,
    "criteria.manage_report_rules": OFFICE,
    "criteria.manage_days_off": {Role.ADMINISTRATOR: Scope.REACH},
    "criteria.comment_report_line": {Role.DEPARTMENT: Scope.SECTOR},
    "tasks.manage_notice": OFFICE,
    "tasks.assign_task": OFFICE,
    "tasks.update_task": {**OFFICE, Role.DEPARTMENT: Scope.INVOLVED, Role.COMMUNE: Scope.INVOLVED},
    "tasks.confirm_task": OFFICE,
    "tasks.reply_to_proposal": {**OFFICE, Role.DEPARTMENT: Scope.INVOLVED},
    "tasks.make_proposal": {Role.COMMUNE: Scope.REACH},
    "tasks.export_summary": {role: Scope.REACH for role in Role if role != Role.COMMUNE},
}

Test = Callable[[User, Any], bool]


def grant(action: str, *, sector: Test | None = None, involved: Test | None = None, within: Test | None = None) -> None:
    """Register `action` of the table as a permission.

    `sector` and `involved` take (user, object) and tell whether the object is the person's in that
    sense; it has to lie in their reach besides, or in what `within` says instead.
    `user.has_perm(action)` without an object asks whether the role has the right at all.
    """
    around = within or in_reach
    tests = {Scope.SIGHT: in_sight, Scope.REACH: in_reach, Scope.SECTOR: sector, Scope.INVOLVED: involved}
    row = ACCESS[action]

    @rules.predicate(name=action)
    def allowed(user: User, target: Any = None) -> bool:
        scope = row.get(Role(user.role)) if user.is_authenticated and user.is_active else None
        if scope is None:
            return False
        if target is None:
            return True
        test = tests[scope]
        return test is not None and test(user, target) and (scope == Scope.SIGHT or around(user, target))

    rules.set_perm(action, allowed) if rules.perm_exists(action) else rules.add_perm(action, allowed)


def in_reach(user: User, target: Any) -> bool:
    """Whether `target` (a unit, or a record with a `unit`) lies in the person's reach."""
    unit = target if isinstance(target, (Authority, Commune)) else target.unit
    if user.role == Role.COMMUNE:
        return isinstance(unit, Commune) and unit.pk == user.commune_id
    if not user.authority_id:
        return user.role == Role.ADMINISTRATOR
    authority = unit.authority if isinstance(unit, Commune) else unit
    while authority is not None:
        if authority.pk == user.authority_id:
            return True
        authority = authority.parent
    return False


def in_sight(user: User, target: Any) -> bool:
    """Whether `target` lies in the person's reach or belongs to a unit that one in it follows."""
    unit = target if isinstance(target, (Authority, Commune)) else target.unit
    return in_reach(user, unit) or (isinstance(unit, Commune) and unit.pk in user.inherited_communes)


class LoginBackend(ModelBackend):
    """Knows people by name and password; rights come from the table alone."""

    def get_user(self, user_id: int) -> User | None:
        """Return the person with the authority that every page names, in one query."""
        user = User.objects.select_related("authority").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False


for _action in ("view_progress", "manage_units", "manage_accounts", "manage_letterhead"):
    grant(f"communes.{_action}")
