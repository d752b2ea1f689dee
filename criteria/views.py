"""Pages of the communes and of the catalogue."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from communes.http import SignedInRequest
from communes.models import Commune, User
from criteria.exports import commune_list_file
from criteria.filters import LEVELS, MAPS, DayAsked, by_todays_map, day_asked, level_asked, level_of, order_asked
from criteria.list_exports import catalogue_file, commune_file
from criteria.models import CriteriaSet
from criteria.reports.calendar import current_deadline_of
from criteria.selectors import (
    CommuneRow,
    CommuneState,
    CriterionState,
    commune_rows,
    commune_state,
    criteria_sets,
    in_groups,
    last_changes,
    month_before,
    month_ends,
    other_set_on,
    set_in_force,
    set_to_show,
    sorted_rows,
    timeline,
    totals_of,
    trend,
    unmet_first,
)
from criteria.selectors import (
    catalogue as catalogue_of,
)
from criteria.selectors.history import OtherSet, by_other_set
from criteria.selectors.maps import has_changed_since, rows_by_todays_map
from criteria.selectors.units import kin_of, last_set_before
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import answer
from ntm_tracker.lib.gate import get_visible, require
from ntm_tracker.lib.workdays import ONE_DAY

MONTHS = 12


@require_GET
def commune_list(request: SignedInRequest) -> HttpResponse:
    """Every tracked commune that the person may see; totals of the district for everybody."""
    require(request.user, "communes.view_progress")
    asked, query = day_asked(request.GET), request.GET.get("q", "").strip()
    criteria_set = set_in_force(asked.day)
    is_mapped = by_todays_map(request.GET, asked.at)
    units = list(
        Commune.objects.valid_on(clock.today() if is_mapped else asked.day)
        .in_same_reach(request.user)
        .select_related("authority")
        .order_by("sort_key", "code")
    )
    visible = set(Commune.objects.visible_to(request.user).matching(query).values_list("pk", flat=True))
    tracked = [unit for unit in units if criteria_set and unit.kind == criteria_set.unit_kind]
    if is_mapped and criteria_set:
        everything = rows_by_todays_map(tracked, criteria_set, asked.day)
    else:
        changed_at = last_changes([unit.pk for unit in tracked], asked.day)
        everything = commune_rows(tracked, criteria_set, at=asked.at, changed_at=changed_at)
    found = [row for row in everything if row.commune.pk in visible]
    level = level_asked(request.GET)
    whole, compared_day = totals_of(everything), month_before(asked.day)
    rows = sorted_rows((row for row in found if level in ("", level_of(row))), order_asked(request.GET))
    if request.GET.get("format") == "xlsx":
        filters = [*([f"Tìm: “{query}”"] if query else []), *([f"Mức: {dict(LEVELS)[level]}"] if level else [])]
        place = str(request.user.unit or "")
        file = commune_list_file(
            rows, totals_of(rows), asked.day, by_todays_map=is_mapped, place=place, filters=filters
        )
        return answer(request, file)
    return render(
        request,
        "criteria/commune_list.html",
        {
            "asked": asked,
            "query": query,
            "level": level,
            "levels": _levels_with_counts(found),
            "criteria_set": criteria_set,
            "last_set": None if criteria_set else last_set_before(asked.day),
            "map": request.GET["map"] if is_mapped else "",
            "maps": MAPS if is_mapped or _has_two_maps(asked, units, request.user) else (),
            "may_manage_units": request.user.has_perm("communes.manage_units"),
            "rows": rows,
            "compared": f"So với {clock.vn_date(compared_day)}",
            "compared_day": compared_day,
            "other_set": other_set_on(compared_day, criteria_set) if whole.criteria_gained is None else None,
            "totals": totals_of(rows),
            "whole": whole,
            "is_part": len(rows) < len(everything),
            "untracked": [unit for unit in units if criteria_set and unit not in tracked and unit.pk in visible],
            "may_exchange": request.user.has_perm("criteria.change_assessment"),
            "has_several_authorities": len({unit.authority_id for unit in units}) > 1,
        },
    )


def _has_two_maps(asked: DayAsked, units: Sequence[Commune], user: User) -> bool:
    """Whether `units`, those of the day asked for, aren't those of today; none of that day may have come since."""
    if asked.at is None:
        return False
    return any(unit.valid_to for unit in units) if units else has_changed_since(asked.at, user)


def _levels_with_counts(rows: Sequence[CommuneRow]) -> list[tuple[str, str, int]]:
    counts = Counter(level_of(row) for row in rows)
    return [(value, label, counts[value]) for value, label in LEVELS]


@require_GET
def commune_detail(request: SignedInRequest, code: str) -> HttpResponse:
    """One commune: how it stands, what is missing to pass, every criterion."""
    asked = day_asked(request.GET)
    units = Commune.objects.bearing(code, asked.at).select_related("authority", "successor__authority", "unit_change")
    commune = get_visible(units, request.user)
    require(request.user, "communes.view_progress", commune)
    asked = asked.of(commune)
    state = commune_state(commune, asked.at)
    show = request.GET.get("show", "")
    if state.is_tracked and request.GET.get("format") == "xlsx":
        filters = ["Chỉ tiêu chí chưa đạt"] if show == "unmet" else []
        return answer(request, commune_file(commune, SHOWN.get(show, every)(state), asked.day, filters))
    return render(
        request,
        "criteria/commune_detail.html",
        {
            "asked": asked,
            "commune": commune,
            "kin": kin_of(commune, request.user),
            "last_set": None if state.criteria_set else last_set_before(asked.day),
            "state": state,
            "show": show if show in SHOWN else "",
            "groups": in_groups(SHOWN.get(show, every)(state)),
            "deadline": None if asked.at else current_deadline_of(commune.authority, clock.today()),
            "facts": _facts(state),
            "timeline": timeline(commune, until=asked.day),
            **_trend(state, asked),
        },
    )


def every(state: CommuneState) -> Sequence[CriterionState]:
    return state.criteria


# What the page of a commune shows of its criteria, by the word in its address; without one all in their order.
SHOWN: dict[str, Callable[[CommuneState], Sequence[CriterionState]]] = {
    "first": lambda state: unmet_first(state.criteria),
    "unmet": lambda state: state.unmet,
}


def commune_parts(commune: Commune, number: int, show: str = "") -> str:
    """Return what a changed finding of criterion `number` moves on the commune's page, in the order of that page."""
    state = commune_state(commune)
    criteria = SHOWN["first"](state) if show == "first" else state.criteria
    row = next(row for row in criteria if row.criterion.number == number)
    asked = DayAsked()
    context = {
        "asked": asked,
        "commune": commune,
        "state": state,
        "deadline": current_deadline_of(commune.authority, asked.day),
        "row": row,
        "timeline": timeline(commune, until=asked.day),
        **_trend(state, asked),
    }
    return render_to_string("criteria/fragments/commune_parts.html", context)


def _trend(state: CommuneState, asked: DayAsked) -> dict[str, Any]:
    """How the number of criteria met has moved up to the day that is shown, and since when anything is known.

    Where that is no course yet because the set is young, also how the commune stood by the set before.
    """
    points, known_since = trend(state.commune, state.criteria_set, until=asked.day, months=MONTHS)
    return {
        "other": _before_the_set(state, asked) if len(points) < 2 else None,
        "trend": [(clock.vn_date(point.day), point.progress.criteria_met) for point in points],
        "known_since": known_since,
    }


def _before_the_set(state: CommuneState, asked: DayAsked) -> OtherSet | None:
    """Return how the commune stood on the last day before its set, where that began in the months shown."""
    criteria_set = state.criteria_set
    if criteria_set is None or criteria_set.effective_from <= month_ends(asked.day, MONTHS)[0]:
        return None
    return by_other_set(state.commune, criteria_set, criteria_set.effective_from - ONE_DAY)


def _facts(state: CommuneState) -> list[tuple[str, str]]:
    """What belongs to the commune and doesn't change from day to day."""
    commune, criteria_set = state.commune, state.criteria_set
    facts = [("Cơ quan chỉ đạo", f"UBND {commune.authority}"), ("Mã đơn vị", commune.code)]
    if state.zone or state.lacks_zone:
        facts.append(("Vùng áp dụng", state.zone or "chưa xếp vùng"))
    if criteria_set:
        facts.append(("Bộ tiêu chí", criteria_set.short_name))
        facts.append(("Quyết định", decision(criteria_set)))
    if commune.valid_to:
        facts.append(("Đơn vị đến hết ngày", clock.vn_date(commune.valid_to)))
    if commune.successor:
        facts.append(("Đơn vị kế thừa", str(commune.successor)))
    return facts


def decision(criteria_set: CriteriaSet) -> str:
    """Return "318/QĐ-TTg ngày 08/3/2022 của Thủ tướng Chính phủ, Phụ lục I"."""
    text = f"{criteria_set.basis_number} ngày {clock.vn_date(criteria_set.basis_date)} của {criteria_set.basis_issuer}"
    return f"{text}, {criteria_set.basis_appendix}" if criteria_set.basis_appendix else text


@require_GET
def catalogue(request: SignedInRequest) -> HttpResponse:
    """What a criteria set requires, who guides it, and what of it isn't verified yet."""
    require(request.user, "criteria.view_catalogue")
    sets, code = criteria_sets(), request.GET.get("set", "")
    chosen = set_to_show(sets, code, clock.today())
    if chosen is None and code:
        raise Http404
    query = request.GET.get("q", "").strip()
    shown = catalogue_of(chosen, request.user.authority, query) if chosen else None
    if shown and request.GET.get("format") == "xlsx":
        return answer(request, catalogue_file(shown, clock.today(), [f"Tìm: “{query}”"] if query else []))
    return render(
        request,
        "criteria/catalogue.html",
        {
            "sets": [(row.code, row.short_name) for row in sets],
            "chosen": chosen,
            "is_in_force": chosen is not None
            and chosen.effective_from <= clock.today() <= (chosen.effective_to or clock.today()),
            "decision": decision(chosen) if chosen else "",
            "catalogue": shown,
            "query": query,
        },
    )
