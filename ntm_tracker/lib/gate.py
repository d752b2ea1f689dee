"""The one gate: outside a person's reach 404, inside without the right 403."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404


def get_visible(queryset: Any, user: Any, **lookup: Any) -> Any:
    """Return the one object of `queryset` (a manager or queryset with `visible_to`) that `user` may see.

    An object that doesn't exist and one beyond the person's reach answer alike, so that existence
    does not leak. Raises `Http404`.
    """
    visible: QuerySet = queryset.visible_to(user)
    try:
        return visible.get(**lookup)
    except (visible.model.DoesNotExist, ValueError):
        raise Http404 from None


def require(user: Any, action: str, target: Model | None = None) -> None:
    """Raise `PermissionDenied` unless `user` has the permission `action` on `target`."""
    if not user.has_perm(action, target):
        raise PermissionDenied(action)
