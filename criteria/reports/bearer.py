"""Whose the report of a month is, where a unit got another name or authority, or became part of another one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from communes.models import Commune, User
from criteria.deadlines import covered_days
from criteria.enums import ReportStatus
from criteria.models import MonthlyReport

# A report by its commune's key and its month.
Reports = Mapping[tuple[int, date], MonthlyReport]


def bearer(units: Sequence[Commune], month: date, reports: Reports) -> Commune | None:
    """Return which of `units`, the newest first, bears the report of `month`; None where none of them does.

    The newest one that sent it, else the one that stands on the last day that it covers. What was returned to a
    unit that has ended since nobody can mend: where another one stands, it reports anew.
    """
    last_day = covered_days(month)[1]
    standing = next((unit for unit in units if unit.stood_on(last_day)), None)
    for unit in units:
        report = reports.get((unit.pk, month))
        if report is None or report.first_submitted_at is None:
            continue
        if report.status != ReportStatus.RETURNED or standing in (None, unit):
            return unit
    return standing


def bearer_for(user: User, code: str, month: date) -> Commune | None:
    """Return the unit whose report of `month` an address with `code` means to `user`; None for one beyond their sight.

    A merged unit can bear the code of one that had sent its report of the month: its own people still get theirs.
    """
    bore = Commune.objects.filter(code=code).visible_to(user).select_related("authority__parent__parent")
    units = list(bore.newest_first())
    own, last_day = user.commune, covered_days(month)[1]
    if own is not None and own in units and own.stood_on(last_day):
        units = [unit for unit in units if unit.pk in own.selves]
    rows = MonthlyReport.objects.filter(commune__in=units, month=month)
    found = bearer(units, month, {(row.commune_id, row.month): row for row in rows})
    return found or bore.bearing(code, last_day).first()


def with_selves(communes: Iterable[Commune]) -> list[tuple[Commune, ...]]:
    """Return each of `communes` with what it was under another name or authority, the newest first, in their order.

    Of two of them that are one unit the earlier one goes with the later.
    """
    known = {unit.pk: unit for unit in communes}
    later = Commune.objects.selves_of([key for key, unit in known.items() if unit.valid_from])
    earlier = Commune.objects.in_bulk(later.keys() - known.keys())
    selves = {key: [unit] for key, unit in known.items() if later.get(key, key) == key}
    for key in later.keys() - selves.keys():
        selves[_latest(key, later)].append(known.get(key) or earlier[key])
    return [tuple(sorted(units, key=_last_day, reverse=True)) for units in selves.values()]


def _latest(key: int, later: Mapping[int, int]) -> int:
    while later[key] != key:
        key = later[key]
    return key


def _last_day(unit: Commune) -> date:
    return unit.valid_to or date.max
