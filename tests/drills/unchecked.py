"""The control of every drill on lost updates: the service without its comparison of versions."""

from typing import Any
from unittest.mock import patch

from communes.models import Commune
from criteria.models import Assessment, SubItem

# Starts and stops the broken variant; a process that only serves the control starts it for good.
version_check_off = patch(
    "criteria.services._take", lambda commune, sub_item, expected, fields: overwrite(commune, sub_item, fields)
)


def overwrite(commune: Commune, sub_item: SubItem, fields: dict[str, Any]) -> tuple[Assessment, dict[str, Any]]:
    """Read the row and save it, as Django's own forms do, whatever its writer had seen."""
    rows = Assessment.objects.filter(commune=commune, sub_item=sub_item)
    row = rows.first() or Assessment(commune=commune, sub_item=sub_item, status="", version=0)
    before = {"from_status": row.status, "from_value": row.value}
    for name, value in fields.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    return row, before
