"""Every write with a meaning on the catalogue."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from communes.models import User
from criteria.enums import CHECK_TAKEN_BACK, CHECKED, Provenance
from criteria.models import Criterion, SubItem, Threshold
from ntm_tracker.lib import clock


@transaction.atomic
def mark_verified(*, rows: Collection[Criterion | SubItem], is_verified: bool, by: User) -> int:
    """Note that what the catalogue says in `rows` was checked against the decision's text, or take that back.

    Of a sub-item that is its name, its requirement and its national levels; of a criterion its name. Who and when
    stands in the history of each. Returns how many of `rows` changed.
    """
    moment, reason = clock.now(), CHECKED if is_verified else CHECK_TAKEN_BACK
    founded = Provenance.SOURCED if is_verified else Provenance.MEMORY
    changed = [row for row in rows if row.is_verified != is_verified]
    for row in changed:
        fields: dict[str, Any] = {"is_verified": is_verified}
        if isinstance(row, SubItem):
            fields |= {"name_provenance": founded, "requirement_provenance": founded}
            for level in Threshold.objects.filter(sub_item=row, authority=None):
                _write(level, by, moment, reason, provenance=founded)
        _write(row, by, moment, reason, **fields)
    return len(changed)


def _write(row: Any, by: User, moment: datetime, reason: str, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row._history_user, row._history_date, row._change_reason = by, moment, reason
    row.save(update_fields=[*fields])
