"""A set for another kind of unit, even a newer one, leaves the communes of the programme where they are."""

from datetime import date

import pytest

from communes.enums import CommuneKind, Role
from criteria.exchange.criteria_set import criteria_set_file, dry_run
from criteria.reports.due import report_reminders
from criteria.reports.opening import set_of_month
from criteria.selectors import commune_state, progress_of, set_in_force
from criteria.selectors.cell import cell
from criteria.selectors.evidence import set_of
from criteria.selectors.units import last_set_before
from tests.criteria.test_criteria_set import edited
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_guide,
    make_user,
)
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
TODAY, NEW_YEAR = date(2023, 4, 10), date(2023, 1, 1)
PAGES = ("/", "/communes/", "/matrix/", "/reports/", "/summary/", "/evidence/", "/exchange/status/")


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def criteria_set():
    return make_criteria_set()


@pytest.fixture
def district():
    return make_authority()


@pytest.fixture
def commune(district, criteria_set):
    """Cao Sơn meets 1.1, which a department guides."""
    commune = make_commune(authority=district, name="Cao Sơn")
    sub_item = criteria_set.criteria.first().sub_items.first()
    make_assessment(commune=commune, sub_item=sub_item)
    make_guide(sub_item=sub_item, department=make_department(authority=district))
    return commune


@pytest.fixture
def town(district):
    return make_commune(authority=district, name="Kim Nhan", kind=CommuneKind.THI_TRAN)


def add_set_for_towns(begins=NEW_YEAR):
    return make_criteria_set(1, (1,), unit_kind=CommuneKind.THI_TRAN, effective_from=begins)


@pytest.mark.parametrize("address", PAGES)
def test_pages_over_many_communes_go_on_showing_them_at_the_same_cost(commune, district, address):
    client = sign_in(make_user(authority=district))
    before, cost = text(client.get(address)), queries(client, address)
    assert "Cao Sơn" in before
    add_set_for_towns()
    assert text(client.get(address)) == before
    assert queries(client, address) == cost


def test_a_department_keeps_its_sector(commune, district):
    officer = make_user(Role.DEPARTMENT, department=commune.assessments.get().sub_item.departments.get())
    before = text(sign_in(officer).get("/"))
    add_set_for_towns()
    assert text(sign_in(officer).get("/")) == before


def test_a_commune_keeps_its_own_pages_and_its_reports(commune, criteria_set):
    make_user(Role.COMMUNE, commune=commune)
    reminded = [row.key for row in report_reminders(date(2023, 4, 15))]
    assert reminded
    add_set_for_towns()
    assert commune_state(commune).criteria_set == criteria_set
    assert progress_of(commune).sub_items_met == 1
    assert cell(commune, "1.1").assessment.status == "met"
    assert set_of(commune) == set_of_month(commune, date(2023, 4, 1)) == criteria_set
    assert [row.key for row in report_reminders(date(2023, 4, 15))] == reminded


def test_a_town_is_measured_by_the_set_of_its_kind_on_its_own_pages(commune, town, district, criteria_set):
    state = commune_state(town)
    assert (state.criteria_set, state.is_tracked) == (criteria_set, False)
    assert cell(town, "1.1") is None
    assert set_of(town) is None
    own = add_set_for_towns(begins=date(2020, 1, 1))
    state = commune_state(town)
    assert (state.criteria_set, state.is_tracked) == (own, True)
    assert cell(town, "1.1").sub_item.criterion.criteria_set == own
    assert set_of(town) == set_of_month(town, date(2023, 4, 1)) == own
    page = sign_in(make_user(authority=district)).get(town.get_absolute_url())
    assert "không theo dõi" not in text(page)


def test_a_past_set_of_another_kind_is_not_the_last_one(criteria_set):
    add_set_for_towns()
    assert set_in_force(date(2026, 5, 1)) is None
    make_criteria_set(unit_kind=CommuneKind.PHUONG, effective_to=date(2026, 4, 1))
    assert last_set_before(date(2026, 5, 1)) == criteria_set


def test_the_catalogue_opens_with_the_set_of_the_programme(criteria_set, district):
    add_set_for_towns()
    assert sign_in(make_user(authority=district)).get("/criteria/").context["chosen"] == criteria_set


def test_a_set_for_another_kind_takes_the_place_of_none(criteria_set):
    named = [("Bộ tiêu chí", cell, text) for cell, text in (("A2", "MOI"), ("B2", "Bộ mới"), ("C2", "Bộ mới"))]
    content = criteria_set_file(criteria_set).content
    of_towns = dry_run(edited(content, [*named, ("Bộ tiêu chí", "D2", "thị trấn")]))
    assert (of_towns.problems, of_towns.warnings) == ([], [])
    (replaced, overlapping) = dry_run(edited(content, [*named, ("Bộ tiêu chí", "I2", NEW_YEAR)])).warnings
    assert "thay cho" in replaced
    assert "Trùng thời gian" in overlapping
