"""Progress, the state of a commune, the past as it was known, and the catalogue, from the database."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from criteria.enums import AssessmentSource, Provenance, Status, SubItemKind, ThresholdState
from criteria.models import CommuneZone, CriteriaSet, SubItem, SubItemPart, SubItemPlan
from criteria.selectors import (
    catalogue,
    commune_rows,
    commune_state,
    criterion_totals,
    month_before,
    progress_of,
    recent_changes,
    sector_rows,
    set_in_force,
    set_to_show,
    setbacks,
    sorted_rows,
    totals_of,
    trend,
)
from criteria.selectors.requirements import NO_ZONE
from criteria.services import change_assessment
from ntm_tracker.lib.clock import start_of
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_guide,
    make_sub_item,
    make_threshold,
    make_user,
)

pytestmark = pytest.mark.django_db
TODAY = date(2023, 4, 10)


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def criteria_set():
    """Two criteria, of two and of three sub-items."""
    return make_criteria_set()


def sub_items(criteria_set) -> dict[str, SubItem]:
    return {row.code: row for row in SubItem.objects.of_set(criteria_set)}


def assess(commune, sub_item, status, day, *, version=0, **fields):
    return change_assessment(
        commune=commune,
        sub_item=sub_item,
        status=status,
        by=None,
        expected_version=version,
        at=start_of(day) + timedelta(hours=8),
        **fields,
    )


# Progress


def test_a_criterion_counts_when_all_its_sub_items_are_met_or_not_applicable(criteria_set):
    commune, items = make_commune(), sub_items(criteria_set)
    assess(commune, items["1.1"], Status.MET, TODAY)
    assess(commune, items["1.2"], Status.NOT_APPLICABLE, TODAY, reason="Xã không có chợ.", basis="12/QĐ-UBND, Điều 2")
    assess(commune, items["2.1"], Status.MET, TODAY)
    progress = progress_of(commune)
    assert (progress.criteria_met, progress.criteria_total) == (1, 2)
    assert (progress.sub_items_met, progress.sub_items_total) == (3, 5)


def test_a_past_day_gives_what_was_known_then(criteria_set):
    commune, items = make_commune(), sub_items(criteria_set)
    assess(commune, items["2.1"], Status.MET, date(2023, 1, 31))
    assess(commune, items["2.1"], Status.NOT_MET, date(2023, 2, 1), version=1, reason="Hư hỏng sau lũ.")
    known = {day: progress_of(commune, day).sub_items_met for day in (date(2023, 1, 31), TODAY)}
    assert known == {date(2023, 1, 31): 1, TODAY: 0}
    assert progress_of(commune, date(2023, 1, 30)) is None


def test_the_state_of_a_past_day_has_the_reason_and_source_of_that_day(criteria_set):
    commune, items = make_commune(), sub_items(criteria_set)
    assess(commune, items["2.1"], Status.MET, date(2023, 1, 31), reason="Giả định.", source=AssessmentSource.ASSUMPTION)
    assess(commune, items["2.1"], Status.NOT_MET, date(2023, 3, 1), version=1, reason="Đã kiểm tra.")
    then = commune_state(commune, date(2023, 2, 1)).criteria[1].sub_items[0]
    now = commune_state(commune).criteria[1].sub_items[0]
    assert (then.status, then.reason, then.is_assumption) == (Status.MET, "Giả định.", True)
    assert (now.status, now.reason, now.is_assumption) == (Status.NOT_MET, "Đã kiểm tra.", False)
    assert (then.since, now.since) == (date(2023, 1, 31), date(2023, 3, 1))


def test_since_is_the_last_change_of_status_not_of_value(criteria_set):
    commune, items = make_commune(), sub_items(criteria_set)
    assess(commune, items["2.1"], Status.NOT_MET, date(2022, 6, 1))
    assess(commune, items["2.1"], Status.NOT_MET, date(2023, 3, 1), version=1, reason="Kiểm tra lại.")
    assert commune_state(commune).criteria[1].sub_items[0].since == date(2022, 6, 1)


def test_plans_show_only_for_today(criteria_set):
    commune, items = make_commune(), sub_items(criteria_set)
    assess(commune, items["1.1"], Status.NOT_MET, date(2023, 1, 2))
    SubItemPlan.objects.create(commune=commune, sub_item=items["1.1"], planned_on=date(2023, 6, 30))
    assert commune_state(commune).criteria[0].sub_items[0].plan.planned_on == date(2023, 6, 30)
    assert commune_state(commune, date(2023, 2, 1)).criteria[0].sub_items[0].plan is None


def test_a_plan_is_late_after_its_day_until_its_sub_item_is_met(criteria_set, settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    commune, items = make_commune(), sub_items(criteria_set)
    assess(commune, items["1.1"], Status.MET, date(2023, 1, 2))
    for code, day in (("1.1", date(2023, 3, 1)), ("1.2", date(2023, 4, 9)), ("2.1", date(2023, 4, 10))):
        SubItemPlan.objects.create(commune=commune, sub_item=items[code], planned_on=day)
    state = commune_state(commune)
    late = [row.sub_item.code for criterion in state.criteria for row in criterion.sub_items if row.is_plan_late]
    assert (late, state.late_plans) == (["1.2"], 1)


def test_without_a_set_in_force_there_is_no_progress_and_no_error(criteria_set):
    commune = make_commune()
    assert set_in_force(date(2019, 1, 1)) is None
    assert progress_of(commune, date(2019, 1, 1)) is None
    assert commune_state(commune, date(2019, 1, 1)).criteria == ()


def test_a_row_tells_the_change_since_a_month_ago_and_none_without_a_mark(criteria_set):
    authority = make_authority()
    old, new = make_commune(authority=authority), make_commune(authority=authority)
    items = sub_items(criteria_set)
    assess(old, items["1.1"], Status.MET, date(2023, 1, 2))
    assess(old, items["1.2"], Status.MET, date(2023, 4, 3))
    assess(new, items["1.1"], Status.MET, date(2023, 4, 3))
    first, second = commune_rows([old, new], criteria_set)
    assert (first.criteria_gained, first.sub_items_gained) == (1, 1)
    assert (second.criteria_gained, second.sub_items_gained) == (None, None)


def test_rows_are_ordered_by_name_in_vietnamese_and_by_figures(criteria_set):
    names = {"Đỉnh Sơn": 1, "Cẩm Sơn": 2, "Cao Sơn": 0}
    items = list(sub_items(criteria_set).values())
    communes = [make_commune(name=name) for name in names]
    for commune, count in zip(communes, names.values(), strict=True):
        for item in items[:count]:
            make_assessment(commune=commune, sub_item=item)
    rows = commune_rows(communes, criteria_set)
    assert [row.commune.name for row in sorted_rows(rows, "name")] == ["Cao Sơn", "Cẩm Sơn", "Đỉnh Sơn"]
    assert [row.commune.name for row in sorted_rows(rows, "-sub_items")] == ["Cẩm Sơn", "Đỉnh Sơn", "Cao Sơn"]


def test_totals_add_up_and_average(criteria_set):
    communes = [make_commune(), make_commune()]
    for item in sub_items(criteria_set).values():
        make_assessment(commune=communes[0], sub_item=item)
    make_assessment(commune=communes[1], sub_item=item, status=Status.NOT_MET)
    totals = totals_of(commune_rows(communes, criteria_set))
    assert (totals.communes, totals.complete) == (2, 1)
    assert (totals.progress.criteria_met, totals.progress.criteria_total) == (2, 4)
    assert totals.criteria_mean == Decimal(1)


def test_a_commune_without_findings_is_in_no_average_and_misses_no_criterion(criteria_set):
    known, unknown = make_commune(), make_commune()
    for item in sub_items(criteria_set).values():
        make_assessment(commune=known, sub_item=item)
    rows = commune_rows([known, unknown], criteria_set)
    assert [row.is_known for row in rows] == [True, False]
    totals = totals_of(rows)
    assert (totals.communes, totals.unknown, totals.criteria_mean) == (2, 1, 2)
    assert [row.communes.missing for row in criterion_totals(rows, criteria_set)] == [0, 0]


def test_a_commune_assessed_in_part_is_counted_as_such(client, criteria_set):
    officer = make_user()
    whole, part = (make_commune(authority=officer.authority) for _ in range(2))
    items = list(sub_items(criteria_set).values())
    for item in items:
        make_assessment(commune=whole, sub_item=item)
    make_assessment(commune=part, sub_item=items[0])
    make_assessment(commune=part, sub_item=items[1], status="")
    rows = commune_rows([whole, part], criteria_set)
    assert [(row.assessed, row.is_partial) for row in rows] == [(len(items), False), (1, True)]
    assert totals_of(rows).partial == 1
    client.force_login(officer, "communes.access.LoginBackend")
    page = client.get(reverse("communes:list")).text
    assert "mới đánh giá 1 nội dung" in page
    assert "1 xã mới được đánh giá một phần" in page
    assert "1 xã mới được đánh giá một phần" in client.get(reverse("home")).text


def test_totals_of_no_commune_are_zero():
    assert totals_of([]).criteria_mean == 0


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2023, 4, 10), date(2023, 3, 10)),
        (date(2023, 3, 31), date(2023, 2, 28)),
        (date(2024, 3, 30), date(2024, 2, 29)),
        (date(2023, 1, 5), date(2022, 12, 5)),
    ],
)
def test_a_month_ago_is_the_same_day_or_the_last_of_the_month(day, before):
    assert month_before(day) == before


def test_the_number_of_queries_does_not_depend_on_the_number_of_communes(criteria_set, django_assert_num_queries):
    communes = [make_commune() for _ in range(12)]
    for commune in communes:
        make_assessment(commune=commune, sub_item=sub_items(criteria_set)["1.1"])
    for size in (1, 12):
        fresh = CriteriaSet.objects.get()
        with django_assert_num_queries(2):
            commune_rows(communes[:size], fresh)


def test_trend_leaves_out_the_days_before_anything_was_known(criteria_set):
    commune, items = make_commune(), sub_items(criteria_set)
    assess(commune, items["1.1"], Status.MET, date(2023, 2, 15))
    assess(commune, items["1.2"], Status.MET, date(2023, 3, 31))
    points, since = trend(commune, criteria_set, until=TODAY)
    assert since == date(2023, 2, 15)
    assert [(point.day, point.progress.criteria_met) for point in points] == [
        (date(2023, 2, 28), 0),
        (date(2023, 3, 31), 1),
        (TODAY, 1),
    ]


def test_what_was_lost_and_came_back_is_no_setback(criteria_set):
    commune, items = make_commune(), sub_items(criteria_set)
    for code in ("1.1", "1.2"):
        assess(commune, items[code], Status.MET, date(2022, 12, 1))
        assess(commune, items[code], Status.NOT_MET, date(2023, 3, 20), version=1, reason="Hư hỏng.")
    assess(commune, items["1.2"], Status.MET, date(2023, 4, 1), version=2)
    assert [row.assessment.sub_item.code for row in setbacks([commune], since=date(2023, 3, 10))] == ["1.1"]
    assert setbacks([commune], since=date(2023, 3, 20)) == []


def test_recent_changes_are_those_that_the_person_may_see(criteria_set):
    own, foreign = make_commune(), make_commune()
    for commune in (own, foreign):
        assess(commune, sub_items(criteria_set)["1.1"], Status.NOT_MET, date(2023, 3, 1))
        assess(commune, sub_items(criteria_set)["1.1"], Status.MET, date(2023, 4, 1), version=1)
    shown = recent_changes(make_user(authority=own.authority), until=TODAY)
    assert [row.assessment.commune for row in shown] == [own]


def test_a_department_sees_its_sub_items_with_the_communes_that_miss_them(criteria_set):
    department, items = make_department(), sub_items(criteria_set)
    communes = [make_commune(authority=department.authority) for _ in range(2)]
    nobody_knows = make_commune(authority=department.authority)
    for code in ("1.1", "2.3"):
        make_guide(sub_item=items[code], department=department)
    make_assessment(commune=communes[0], sub_item=items["2.3"])
    for commune in communes:
        make_assessment(commune=commune, sub_item=items["1.1"])
    rows = sector_rows([*communes, nobody_knows], department.pk)
    assert [(row.sub_item.code, row.communes.met, row.communes.total, row.unmet) for row in rows] == [
        ("2.3", 1, 2, (communes[1],)),
        ("1.1", 2, 2, ()),
    ]


def test_a_finding_waits_for_the_department_until_it_has_confirmed_it(criteria_set):
    department, item = make_department(), sub_items(criteria_set)["1.1"]
    communes = [make_commune(authority=department.authority) for _ in range(3)]
    make_guide(sub_item=item, department=department)
    make_assessment(commune=communes[0], sub_item=item, status=Status.NOT_MET)
    make_assessment(commune=communes[1], sub_item=item, source=AssessmentSource.DEPARTMENT)
    make_assessment(commune=communes[2], sub_item=item, status="")
    assert [row.waiting for row in sector_rows(communes, department.pk)] == [1]


def test_criterion_totals_count_the_communes_that_meet_each(criteria_set):
    communes, items = [make_commune(), make_commune()], sub_items(criteria_set)
    for code in ("1.1", "1.2"):
        make_assessment(commune=communes[0], sub_item=items[code])
    make_assessment(commune=communes[1], sub_item=items["1.1"], status=Status.NOT_MET)
    totals = criterion_totals(commune_rows(communes, criteria_set), criteria_set)
    assert [(row.communes.met, row.communes.total) for row in totals] == [(1, 2), (0, 2)]


# Requirements


def percent_item(criteria_set, **fields) -> SubItem:
    return make_sub_item(criterion=criteria_set.criteria.first(), kind=SubItemKind.PERCENT, **fields)


def state_of(commune, sub_item):
    rows = [row for criterion in commune_state(commune).criteria for row in criterion.sub_items]
    return next(row for row in rows if row.sub_item == sub_item)


def test_a_commune_without_a_zone_has_no_level_where_zones_differ_and_its_page_says_why(criteria_set, client):
    commune, zone = make_commune(), criteria_set.zones.first()
    item = percent_item(criteria_set)
    make_threshold(sub_item=item, value=80)
    assert not commune_state(commune).lacks_zone
    make_threshold(sub_item=item, value=70, zone=zone)
    state = commune_state(commune)
    required = state_of(commune, item).required
    assert (required.is_known, required.note, state.lacks_zone) == (False, NO_ZONE, True)
    client.force_login(make_user(authority=commune.authority))
    assert "chưa xếp vùng" in client.get(commune.get_absolute_url()).text


def test_the_level_of_the_communes_zone_and_of_the_year_counts(criteria_set):
    commune, zone = make_commune(), criteria_set.zones.first()
    CommuneZone.objects.create(commune=commune, zone=zone)
    item = percent_item(criteria_set)
    make_threshold(sub_item=item, value=60, year=2023)
    make_threshold(sub_item=item, value=70, year=2023, zone=zone)
    make_threshold(sub_item=item, value=90, year=2024, zone=zone)
    required = state_of(commune, item).required
    assert (required.text, required.is_known, required.is_verified) == ("≥ 70%", True, True)


def test_the_own_provinces_level_overrides_and_anothers_does_not_count(criteria_set):
    commune, item = make_commune(), percent_item(criteria_set)
    make_threshold(sub_item=item, value=99, authority=make_authority().parent)
    make_threshold(sub_item=item, value=60)
    make_threshold(sub_item=item, value=75, authority=commune.authority.parent)
    assert state_of(commune, item).required.text == "≥ 75%"


def test_an_unknown_level_is_unknown_and_says_why(criteria_set):
    item = percent_item(criteria_set, threshold_state=ThresholdState.SET_BY_PROVINCE)
    required = state_of(make_commune(), item).required
    assert (required.text, required.is_known) == ("", False)
    assert "UBND cấp tỉnh" in required.note


def test_a_level_from_memory_is_not_verified_even_if_only_a_part_has_it(criteria_set):
    item = percent_item(criteria_set)
    part = SubItemPart.objects.create(sub_item=item, code="nu", name="Nữ", position=1)
    make_threshold(sub_item=item, part=part, value=50, provenance=Provenance.MEMORY)
    state = state_of(make_commune(), item)
    assert (state.required.is_known, state.required.is_verified) == (True, False)
    assert [(row.name, row.required, row.value) for row in state.parts] == [("Nữ", "≥ 50%", None)]


# The catalogue


def test_the_catalogue_counts_what_is_not_verified(criteria_set):
    SubItem.objects.filter(code="1.1").update(is_verified=True)
    page = catalogue(criteria_set, None)
    assert (page.criteria_total, page.sub_items_total, page.unverified) == (2, 5, 4)


def test_a_criterion_with_a_number_that_none_has_is_not_found(criteria_set):
    assert not SubItem.objects.matching(f"tiêu chí {'9' * 5000}").exists()


def test_the_catalogue_is_searched_without_diacritics_by_name_and_criterion(criteria_set):
    make_sub_item(criterion=criteria_set.criteria.first(), name="Tỷ lệ hộ dùng nước sạch")
    environment = criteria_set.criteria.last()
    environment.name = "Môi trường"
    environment.save()
    page = catalogue(criteria_set, None, "nuoc SACH")
    assert [row.sub_item.name for row in page.groups[0].criteria[0].rows] == ["Tỷ lệ hộ dùng nước sạch"]
    assert page.found == 1
    assert catalogue(criteria_set, None, "moi truong").found == 3
    assert catalogue(criteria_set, None, "không có gì").groups == ()


def test_guides_in_the_catalogue_are_those_of_the_persons_authority(criteria_set):
    item = sub_items(criteria_set)["1.1"]
    own, foreign = make_guide(sub_item=item), make_guide(sub_item=item)
    page = catalogue(criteria_set, own.department.authority)
    assert page.groups[0].criteria[0].rows[0].guides == (own,)
    assert foreign not in page.groups[0].criteria[0].rows[0].guides


def test_the_set_to_show_is_the_one_asked_for_else_the_one_in_force(criteria_set):
    later = make_criteria_set(effective_from=date(2026, 1, 1), effective_to=None)
    sets = [later, criteria_set]
    assert set_to_show(sets, "", TODAY) == criteria_set
    assert set_to_show(sets, later.code, TODAY) == later
    assert set_to_show(sets, "khong-co", TODAY) is None
    assert set_to_show([], "", TODAY) is None
