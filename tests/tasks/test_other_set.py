"""A day before the set in force began: pages give the figures of the set of then, and compare nothing."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.enums import Role
from criteria.enums import Status
from criteria.exchange.carry_over import carry_over, mapping_lines, pasted_book, read_map, write_carried
from criteria.models import Assessment, CriteriaSet
from criteria.periods import month_period
from criteria.selectors import set_in_force
from criteria.selectors.maps import rows_by_todays_map
from criteria.services import change_assessment
from ntm_tracker.lib.clock import start_of
from ntm_tracker.lib.workbook import read
from tasks.summary.documents import sheet_page, summary_document
from tasks.summary.selectors import sheet, summary
from tests import factories
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db
APRIL = date(2023, 4, 1)


@pytest.fixture
def district(settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    return factories.make_letterhead().authority


@pytest.fixture
def officer(district):
    return factories.make_user(authority=district)


@pytest.fixture
def old():
    """1.1, 1.2; 2.1, 2.2, 2.3; until the end of March."""
    return factories.make_criteria_set(short_name="Bộ cũ", effective_to=date(2023, 3, 31))


@pytest.fixture
def new(old):
    """1.1, 1.2; in force since 1 April."""
    return factories.make_criteria_set(criteria=1, sub_items=(2,), short_name="Bộ mới", effective_from=APRIL)


@pytest.fixture
def commune(district, old, new):
    """1/2 criteria and 2/5 sub-items by the old set in March, carried over into the new one on 10 April."""
    commune = factories.make_commune(authority=district)
    for sub_item in old.criteria.get(number=1).sub_items.all():
        moment = datetime(2023, 3, 1, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
        factories.make_assessment(commune=commune, sub_item=sub_item, status=Status.MET, changed_at=moment)
    return commune


@pytest.fixture
def carry(commune, old, new, officer):
    def carry():
        mapping = read_map(mapping_lines(read(pasted_book("1.1\t1.1\n1.2\t1.2"))), old, new)
        assert write_carried(carry_over(mapping, officer), officer) == 2
        return commune

    return carry


@pytest.fixture
def carried(carry):
    return carry()


@pytest.fixture
def early(carry, settings):
    """Carried over on 5 March, before the new set is in force, as a careful office does."""
    today, settings.NTM_TODAY = settings.NTM_TODAY, date(2023, 3, 5)
    commune = carry()
    settings.NTM_TODAY = today
    return commune


@pytest.fixture(params=["carried", "early"])
def moved(request):
    return request.getfixturevalue(request.param)


def test_two_days_of_two_sets_show_the_figures_of_both_and_compare_nothing(officer, moved):
    page = text(sign_in(officer).get(f"/communes/{moved.code}/compare/?from=2023-03-20&to=2023-04-10"))
    assert "ngày 20/3/2023 tính theo bộ tiêu chí khác (Bộ cũ) nên không so sánh được." in page
    assert "Tiêu chí đạt, 20/3/20231/2theo Bộ cũ" in page
    assert "Nội dung đạt, 20/3/20232/5theo Bộ cũ" in page
    assert "Tiêu chí đạt, 10/4/20231/1" in page
    assert "chưa có số liệu" not in page.lower()
    assert "đánh giá lần đầu" not in page


def test_a_day_of_the_same_set_without_findings_has_none(officer, carried):
    page = text(sign_in(officer).get(f"/communes/{carried.code}/compare/?from=2023-04-05&to=2023-04-10"))
    assert "chưa có số liệu ngày 05/4/2023 nên không so sánh được" in page
    assert "theo Bộ cũ" not in page


def test_the_course_of_a_commune_says_how_it_stood_by_the_set_before(officer, carried):
    page = text(sign_in(officer).get(carried.get_absolute_url()))
    assert "Có số liệu theo bộ này từ 10/4/2023theo bộ khác (Bộ cũ): 1/2 ngày 31/3/2023" in page


def test_what_was_found_ahead_counts_from_the_first_day_of_the_set(officer, early):
    page = text(sign_in(officer).get(early.get_absolute_url()))
    assert "Có số liệu theo bộ này từ 01/4/2023theo bộ khác (Bộ cũ): 1/2 ngày 31/3/2023" in page


def test_so_it_does_before_anything_is_carried_over(officer, commune):
    page = text(sign_in(officer).get(commune.get_absolute_url()))
    assert "Chưa có số liệu theo bộ nàytheo bộ khác (Bộ cũ): 1/2 ngày 31/3/2023" in page


def test_the_sheet_for_a_session_says_so(officer, moved):
    told = "khi đó 1/2 tiêu chí (đạt 50,0%) theo bộ tiêu chí khác (Bộ cũ), không so sánh được."
    assert sheet_page(sheet(moved, officer)).since.endswith(told)


def test_the_list_of_communes_has_no_gain_and_says_why(officer, moved):
    page = text(sign_in(officer).get(reverse("communes:list")))
    assert "Ngày 10/3/2023 tính theo bộ tiêu chí khác (Bộ cũ) nên không so sánh được." in page
    assert "không đổi" not in page
    (by_todays_map,) = rows_by_todays_map([moved], set_in_force(date(2023, 4, 10)), date(2023, 4, 10))
    assert by_todays_map.criteria_gained is None


def test_the_summary_has_no_gain_and_says_why(district, officer, moved):
    whole = summary(officer, district, month_period(APRIL))
    assert whole.totals.criteria_gained is None
    texts = [getattr(block, "text", "") for block in summary_document(whole).body]
    assert "Ngày 14/3/2023 tính theo bộ tiêu chí khác (Bộ cũ) nên không so sánh được." in texts
    assert texts[-1] == "Không so sánh được với đầu kỳ vì khi đó theo bộ tiêu chí khác."
    assert whole.trend == ((date(2023, 4, 10), 1),)
    assert [row.is_first for row in whole.differences] == [True, True]


# The old set would last longer, and both give the same codes


@pytest.fixture
def overlapping(carried, old):
    """1.1 of the old set, lost on 8 March; on 5 April, when the new set is in force, a report still wins it back."""
    CriteriaSet.objects.filter(pk=old.pk).update(effective_to=None)
    sub_item = old.criteria.get(number=1).sub_items.get(code="1.1")
    for version, (status, day) in enumerate(((Status.NOT_MET, 8), (Status.MET, 36)), 1):
        at = start_of(date(2023, 3, 1) + timedelta(days=day - 1))
        change_assessment(commune=carried, sub_item=sub_item, status=status, by=None, expected_version=version, at=at)
    return sub_item


def test_an_entry_about_a_replaced_set_leads_to_the_nearest_day_of_it(officer, carried, overlapping, new):
    client = sign_in(officer)
    page = client.get("/changes/").text
    cell = f"/communes/{carried.code}/sub-items/1.1/"
    assert [f'href="{cell}{day}"' in page for day in ("?at=2023-03-08", "?at=2023-03-31", "")] == [True, True, False]
    assert client.get(f"{cell}?at=2023-03-31").headers["Location"].startswith(carried.get_absolute_url())
    finding = Assessment.objects.get(commune=carried, sub_item__code="1.1", sub_item__criterion__criteria_set=new)
    change_assessment(commune=carried, sub_item=finding.sub_item, status=Status.NOT_MET, by=officer, expected_version=1)
    assert f'href="{cell}"' in client.get("/changes/").text


def test_a_proposal_on_what_the_new_set_lacks_leads_to_a_page_all_the_same(officer, carried, overlapping, old):
    proposal = factories.make_proposal(commune=carried, made_on=date(2023, 4, 5))
    proposal.sub_items.add(old.criteria.get(number=2).sub_items.get(code="2.3"))
    client = sign_in(officer)
    there = f"/communes/{carried.code}/sub-items/2.3/?at=2023-03-31"
    assert f'href="{there}"' in client.get(proposal.get_absolute_url()).text
    assert client.get(there, follow=True).status_code == 200


def test_an_entry_about_a_set_that_is_still_ahead_leads_to_the_commune(officer, early, new, settings):
    settings.NTM_TODAY = date(2023, 3, 20)
    finding = Assessment.objects.of_set(new).first()
    change_assessment(commune=early, sub_item=finding.sub_item, status=Status.NOT_MET, by=officer, expected_version=1)
    assert f'<a href="{early.get_absolute_url()}">1.1. ' in sign_in(officer).get("/changes/").text


def test_many_entries_ask_for_the_sets_once(officer, carried, overlapping, django_assert_num_queries):
    client = sign_in(officer)
    with CaptureQueriesContext(connection) as few:
        client.get("/changes/")
    for version in range(3, 9):
        status = (Status.MET, Status.NOT_MET)[version % 2]
        change_assessment(commune=carried, sub_item=overlapping, status=status, by=officer, expected_version=version)
    with django_assert_num_queries(len(few)):
        client.get("/changes/")


def test_the_tasks_of_a_sub_item_are_those_of_todays_set(officer, carried, overlapping, new):
    for item in (overlapping, new.criteria.get(number=1).sub_items.get(code="1.1")):
        task = factories.make_task(commune=carried, text=f"Việc theo {item.criteria_set}")
        task.sub_items.add(item)
    client = sign_in(officer)
    for address in (f"/communes/{carried.code}/sub-items/1.1/tasks/", "/tasks/?sub_item=1.1"):
        page = text(client.get(address))
        assert ("Việc theo Bộ mới" in page, "Việc theo Bộ cũ" in page) == (True, False)


@pytest.mark.parametrize("role", [Role.DISTRICT, Role.COMMUNE])
def test_a_change_by_another_set_names_that_set(role, district, carried, overlapping, new):
    place = {"commune": carried} if role == Role.COMMUNE else {"authority": district}
    sub_item = new.criteria.get(number=1).sub_items.get(code="1.2")
    change_assessment(commune=carried, sub_item=sub_item, status=Status.NOT_MET, by=None, expected_version=1)
    client = sign_in(factories.make_user(role, **place))
    for address in ("/", carried.get_absolute_url()):
        page = text(client.get(address))
        assert "Nội dung 1.1 (Bộ cũ):" in page
        assert "Nội dung 1.2:" in page
