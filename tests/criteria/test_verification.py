"""What was checked against the decision's text is marked on a page, by whom and when; the mark can be taken back."""

from datetime import date

import pytest
from django.core.management import call_command

from communes.enums import Role
from criteria.enums import Provenance, SubItemKind
from criteria.exchange.criteria_set import criteria_set_file, load
from criteria.models import CriteriaSet, Criterion, SubItem, Threshold
from tests.criteria.test_criteria_set import edited
from tests.factories import make_authority, make_criteria_set, make_sub_item, make_threshold, make_user
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
PAGE, CATALOGUE = "/criteria/1/verification/", "/criteria/"


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = date(2023, 4, 10)


@pytest.fixture
def administrator():
    return make_user(Role.ADMINISTRATOR, full_name="Trần Thị Quản")


@pytest.fixture
def measured():
    """1.3 of a set of two criteria: 80 % for all, 90 % in one province, neither checked."""
    criterion = make_criteria_set().criteria.first()
    sub_item = make_sub_item(criterion=criterion, kind=SubItemKind.PERCENT)
    make_threshold(sub_item=sub_item, provenance=Provenance.MEMORY)
    province = make_authority().parent
    make_threshold(sub_item=sub_item, authority=province, value=90, provenance=Provenance.MEMORY)
    return sub_item


def verified() -> list[str]:
    return list(SubItem.objects.filter(is_verified=True).order_by("code").values_list("code", flat=True))


def test_what_is_ticked_is_marked_with_its_national_levels_by_whom_and_when(administrator, measured):
    client = sign_in(administrator)
    assert f'href="{PAGE}?set=' in client.get(CATALOGUE).text
    answered = client.post(PAGE, {"verified": ["1", "1.3"]})
    criteria_set = CriteriaSet.objects.get()
    assert answered.url == f"{CATALOGUE}?set={criteria_set.code}#tieu-chi-1"
    assert verified() == ["1.3"]
    assert list(Criterion.objects.filter(is_verified=True).values_list("number", flat=True)) == [1]
    measured.refresh_from_db()
    assert measured.name_provenance == measured.requirement_provenance == Provenance.SOURCED
    levels = Threshold.objects.order_by("value").values_list("value", "provenance")
    assert list(levels) == [(80, Provenance.SOURCED), (90, Provenance.MEMORY)]
    entry = measured.history.latest("history_id")
    assert (entry.history_user, entry.history_change_reason) == (administrator, "Đã đối chiếu với văn bản")
    page = text(client.get(PAGE))
    assert "Trần Thị Quản, 10/4/2023" in page
    said = text(client.get(CATALOGUE))
    assert "Tiêu chí 1: đã ghi 2 mục đã đối chiếu." in page + said
    assert "5/6 nội dung chưa đối chiếu với văn bản" in said


def test_an_emptied_box_takes_the_mark_back(administrator, measured):
    client = sign_in(administrator)
    client.post(PAGE, {"verified": ["1", "1.1", "1.3"]})
    client.post(PAGE, {"was": ["1", "1.1", "1.3"], "verified": ["1.1"]})
    assert verified() == ["1.1"]
    assert not Criterion.objects.filter(is_verified=True).exists()
    measured.refresh_from_db()
    assert measured.requirement_provenance == Provenance.MEMORY
    assert not Threshold.objects.exclude(provenance=Provenance.MEMORY).exists()
    assert measured.history.latest("history_id").history_change_reason == "Bỏ ghi đã đối chiếu với văn bản"


def test_what_somebody_marked_meanwhile_stays(administrator, measured):
    client = sign_in(administrator)
    client.post(PAGE, {"verified": ["1.1"]})
    # The page of a second person, from before: nothing was ticked on it but 1.2.
    client.post(PAGE, {"verified": ["1.2"]})
    assert verified() == ["1.1", "1.2"]
    entries = SubItem.history.count()
    client.post(PAGE, {"verified": ["1.1"]})
    assert SubItem.history.count() == entries, "a second sending of the same writes nothing"


def test_only_sub_items_of_the_criterion_of_the_set_are_marked(administrator, measured):
    other = make_criteria_set(code="KHAC/1", effective_from=date(2026, 1, 1), effective_to=None)
    client = sign_in(administrator)
    address = client.get(CATALOGUE, {"set": other.code}).text.split("verification/?set=")[1].split('"')[0]
    client.post(f"{PAGE}?set={address}", {"verified": ["1.1", "2.1"]})
    assert [str(row.criterion.criteria_set) for row in SubItem.objects.filter(is_verified=True)] == [str(other)]
    assert client.get("/criteria/99/verification/").status_code == 404
    assert client.get(PAGE, {"set": "khong-co"}).status_code == 404


@pytest.mark.parametrize("role", [Role.DISTRICT, Role.DEPARTMENT, Role.COMMUNE, Role.LEADER])
def test_who_does_not_manage_the_catalogue_marks_nothing(measured, role):
    client = sign_in(make_user(role))
    assert "/verification/" not in client.get(CATALOGUE).text
    assert client.post(PAGE, {"verified": ["1.1"]}).status_code == 403
    assert verified() == []


def test_the_page_costs_the_same_queries_whatever_its_size(administrator, measured):
    client = sign_in(administrator)
    client.post(PAGE, {"verified": ["1.1"]})
    few = queries(client, PAGE)
    for _ in range(10):
        make_sub_item(criterion=measured.criterion)
    client.post(PAGE, {"verified": ["1.2", "1.4", "1.5"]})
    assert queries(client, PAGE) == few <= 13


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "is_kept"),
    [
        ("Nội dung", "I2", "Yêu cầu khác", False),
        ("Ngưỡng", "F2", 1, False),
        ("Nội dung", "I3", "Yêu cầu khác", True),
    ],
)
def test_what_a_workbook_says_otherwise_is_not_what_was_checked(sheet, cell, value, is_kept):
    call_command("loaddata", "catalogue", verbosity=0)
    (criteria_set,) = CriteriaSet.objects.all()
    level = Threshold.objects.filter(sub_item__criterion__criteria_set=criteria_set, authority=None).first()
    first = SubItem.objects.of_set(criteria_set).first() if sheet == "Nội dung" else level.sub_item
    SubItem.objects.filter(pk=first.pk).update(is_verified=True)
    assert load(edited(criteria_set_file(criteria_set).content, [(sheet, cell, value)])).problems == []
    first.refresh_from_db()
    assert first.is_verified is is_kept


def test_a_criterion_that_a_workbook_names_otherwise_is_not_what_was_checked(measured):
    criteria_set = measured.criterion.criteria_set
    Criterion.objects.update(is_verified=True)
    content = criteria_set_file(criteria_set).content
    assert load(edited(content, [("Tiêu chí", "B2", "Tên khác")])).problems == []
    assert list(Criterion.objects.order_by("number").values_list("is_verified", flat=True)) == [False, True]
