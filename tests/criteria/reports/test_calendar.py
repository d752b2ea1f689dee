"""When reports are due: the rule of the authority, the days of the administrator's table, the database's clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from communes.enums import AuthorityLevel
from criteria.deadlines import on_time
from criteria.enums import ReportStatus
from criteria.models import DayException, ReportRule
from criteria.reports.calendar import calendar_of, calendars_of, current_deadline_of, deadline_of
from tests.factories import make_authority, make_report

pytestmark = pytest.mark.django_db

APRIL, MAY = date(2023, 4, 1), date(2023, 5, 1)


@pytest.fixture
def province():
    return make_authority(
        level=AuthorityLevel.PROVINCE, parent=make_authority(level=AuthorityLevel.COUNTRY), name="tỉnh Nghệ An"
    )


@pytest.fixture
def district(province):
    return make_authority(parent=province)


def make_rule(authority, from_month, due_day, **fields):
    return ReportRule.objects.create(
        authority=authority, from_month=from_month, due_day=due_day, reason="Công văn 1/UBND", **fields
    )


def test_without_a_rule_reports_are_due_on_the_15th_or_the_next_working_day(district):
    assert deadline_of(district, APRIL).due_on == date(2023, 4, 17)
    assert current_deadline_of(district, date(2023, 4, 18)).month == MAY


def test_whoever_has_no_authority_sees_the_rule_of_the_notice(district):
    make_rule(district, APRIL, 20)
    assert deadline_of(None, APRIL).due_on == date(2023, 4, 17)


def test_a_rule_holds_from_its_month_on_and_never_before(district):
    before = [deadline_of(district, date(2023, month, 1)) for month in range(1, 5)]
    make_rule(district, MAY, 20, moves_to_workday=False)
    assert [deadline_of(district, date(2023, month, 1)) for month in range(1, 5)] == before
    assert deadline_of(district, MAY).due_on == date(2023, 5, 20)
    assert deadline_of(district, date(2024, 1, 1)).due_on == date(2024, 1, 20)


def test_a_later_rule_takes_the_place_of_an_earlier_one(district):
    make_rule(district, APRIL, 20)
    make_rule(district, date(2023, 6, 1), 25)
    due = [deadline_of(district, date(2023, month, 1)).nominal_due_on.day for month in range(3, 8)]
    assert due == [15, 20, 20, 25, 25]


def test_the_own_rule_goes_before_the_provinces_and_the_provinces_before_the_countrys(province, district):
    make_rule(province.parent, date(2023, 1, 1), 18)
    make_rule(province, date(2023, 3, 1), 20)
    make_rule(district, MAY, 25)
    due = [deadline_of(district, date(2023, month, 1)).nominal_due_on.day for month in range(1, 7)]
    assert due == [18, 18, 20, 20, 25, 25]
    assert deadline_of(province, MAY).nominal_due_on.day == 20


def test_a_rule_of_one_district_is_none_of_another(district, province):
    make_rule(district, APRIL, 20)
    assert deadline_of(make_authority(parent=province), APRIL).nominal_due_on.day == 15


def test_the_administrators_days_move_the_due_day_and_are_named(district):
    DayException.objects.create(day=date(2023, 4, 17), is_workday=False, reason="Nghỉ theo quyết định")
    assert deadline_of(district, APRIL).due_on == date(2023, 4, 18)
    DayException.objects.create(day=date(2023, 4, 15), is_workday=True, reason="Làm bù")
    assert deadline_of(district, APRIL).due_on == date(2023, 4, 15)
    DayException.objects.create(day=date(2023, 5, 15), is_workday=False, reason="Nghỉ theo quyết định")
    assert deadline_of(district, MAY).moved == "15/5 là ngày nghỉ theo quyết định"


def test_any_number_of_months_and_authorities_costs_three_queries(district, province, django_assert_num_queries):
    districts = [district, *(make_authority(parent=province) for _ in range(5))]
    for one in districts:
        make_rule(one, APRIL, 20)
    with django_assert_num_queries(3):
        calendars = calendars_of([one.pk for one in districts])
        assert {calendars[one.pk].deadline(MAY).nominal_due_on.day for one in districts} == {20}
        assert all(calendars[one.pk].current(date(2023, 4, 10)).month == APRIL for one in districts)


def test_a_moment_that_the_database_kept_in_utc_is_judged_in_vietnamese_time(district):
    deadline = calendar_of(district).deadline(APRIL)
    midnight = datetime(2023, 4, 17, 17, tzinfo=UTC)  # the end of 17/4 in Viet Nam
    for moment, expected in ((midnight - timedelta(microseconds=1), True), (midnight, False)):
        report = make_report(status=ReportStatus.SUBMITTED, first_submitted_at=moment)
        report.refresh_from_db()
        assert on_time(report.first_submitted_at, deadline) is expected
