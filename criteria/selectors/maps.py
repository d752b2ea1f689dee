"""A past day by the communes of today: what is known of the old units, put together under their successors."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from communes.models import Commune, User
from criteria.enums import Status
from criteria.models import Assessment, CriteriaSet, SubItem
from criteria.scoring import Progress, is_fulfilled, scores
from criteria.selectors.progress import CommuneRow, criterion_sizes, last_changes, month_before, selves_on
from ntm_tracker.lib import clock

Members = dict[int, tuple[int, ...]]


def members_on(units: Iterable[Commune], day: date, kind: str) -> Members:
    """Return for each of `units` the keys of the communes of `kind` that stood on `day` where it stands now.

    That is the unit itself where it stood already, else the units that led to it.
    """
    ended = Commune.objects.filter(successor__isnull=False).order_by("sort_key", "code")
    before: dict[int | None, list[Commune]] = defaultdict(list)
    for unit in ended.only("successor_id", "valid_from", "valid_to", "kind"):
        before[unit.successor_id].append(unit)
    found: Members = {}
    for unit in units:
        stood: list[Commune] = []
        waiting = [unit]
        while waiting:
            one = waiting.pop(0)
            if one.stood_on(day):
                stood.append(one)
            else:
                waiting.extend(before[one.pk])
        found[unit.pk] = tuple(one.pk for one in stood if one.kind == kind)
    return found


def has_changed_since(day: date, user: User) -> bool:
    """Whether a commune of `day` in the sight of `user` has ended since: only then are there two maps."""
    ended = Commune.objects.visible_to(user).valid_on(day).filter(valid_to__lt=clock.today())
    return day < clock.today() and ended.exists()


def joined(parts: Sequence[Mapping[int, str]]) -> dict[int, str]:
    """Return for each sub-item of which a part knows something the status of the parts as one."""
    keys = {key for part in parts for key in part}
    return {key: joined_status([part.get(key, "") for part in parts]) for key in keys}


def joined_status(statuses: Sequence[str]) -> str:
    """Return what several communes as one reach in a sub-item: met where every one of them meets it.

    As long as one of them has no finding of it, it is open ("") for all.
    """
    if len(set(statuses)) == 1:
        return statuses[0]
    if not all(statuses):
        return ""
    return Status.MET if all(is_fulfilled(status) for status in statuses) else Status.NOT_MET


def rows_by_todays_map(units: Iterable[Commune], criteria_set: CriteriaSet, day: date) -> list[CommuneRow]:
    """Return a row for each of today's `units` of which something stood on `day`, in their order.

    A merged unit meets a sub-item where every commune that went into it met it on that day.
    """
    now_standing = list(units)
    members = members_on(now_standing, day, criteria_set.unit_kind)
    keys = [key for group in members.values() for key in group]
    totals = criterion_sizes(criteria_set)
    criterion_of = dict(SubItem.objects.of_set(criteria_set).values_list("pk", "criterion"))
    past_day = month_before(day)
    self_then = selves_on(list(Commune.objects.filter(pk__in=keys).only("valid_from")), past_day)
    now, before = _found(keys, criterion_of, day), _found([*self_then.values()], criterion_of, past_day)
    has_past = criteria_set.counts_on(past_day)
    last = last_changes(keys, day)
    rows = []
    for unit in now_standing:
        group = members[unit.pk]
        if not group:
            continue
        common = _common(now, group)
        progress = _together(common, criterion_of, totals)
        then = tuple(self_then[key] for key in group)
        common_then = _common(before, then) if has_past else {}
        past = _together(common_then, criterion_of, totals) if common_then else None
        changed_at = max((last[key] for key in group if key in last), default=None)
        rows.append(CommuneRow.of(unit, progress, past, changed_at, assessed=len(common)))
    return rows


# commune → sub-item → status
Found = Mapping[int, Mapping[int, str]]


def _found(keys: list[int], criterion_of: Mapping[int, int], day: date) -> Found:
    """Return for each commune what was known of its sub-items on `day`; those of which nothing was aren't in it."""
    findings = Assessment.objects.filter(commune__in=keys, sub_item__in=list(criterion_of))
    rows = findings.with_status_at(clock.end_of(day)).filter(status_at__isnull=False).order_by()
    found: dict[int, dict[int, str]] = {}
    for commune, sub_item, status in rows.values_list("commune", "sub_item", "status_at"):
        if status:
            found.setdefault(commune, {})[sub_item] = status
    return found


def _common(found: Found, group: tuple[int, ...]) -> dict[int, bool]:
    """Return for each sub-item that every commune of `group` has a finding of whether they meet it as one."""
    as_one = joined([found.get(key, {}) for key in group])
    return {sub_item: is_fulfilled(status) for sub_item, status in as_one.items() if status}


def _together(common: Mapping[int, bool], criterion_of: Mapping[int, int], totals: Mapping[int, int]) -> Progress:
    """Return the progress of communes as one: what every one of them meets of what they have in `common`."""
    counts: dict[int, int] = defaultdict(int)
    for sub_item, is_met in common.items():
        counts[criterion_of[sub_item]] += is_met
    return Progress.of(scores(totals, counts).values())
