"""Departments and communes in one list: what a form sends for either."""

from communes.models import Commune, Department


def unit_key(unit: Department | Commune) -> str:
    """Return "d12" for a department, "c3" for a commune."""
    return f"{'d' if isinstance(unit, Department) else 'c'}{unit.pk}"


def unit_of(key: str) -> Department | Commune:
    """Return the unit that `unit_key` names."""
    if key.startswith("c"):
        return Commune.objects.get(pk=int(key[1:]))
    return Department.objects.get(pk=int(key[1:]))
