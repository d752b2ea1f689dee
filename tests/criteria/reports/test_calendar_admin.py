"""The reporting calendar on the admin site: nobody moves a due day that has passed."""

from datetime import date

import pytest
from django.urls import reverse

from communes.enums import Role
from criteria.models import DayException, ReportRule
from criteria.reports.calendar import deadline_of
from tests.factories import make_authority, make_user
from tests.pages import errors

pytestmark = pytest.mark.django_db

ADD = reverse("admin:criteria_reportrule_add")


@pytest.fixture(autouse=True)
def on_10_april(settings):
    settings.NTM_TODAY = date(2023, 4, 10)


@pytest.fixture
def district():
    return make_authority()


@pytest.fixture
def officer(client, district):
    user = make_user(Role.DISTRICT, authority=district)
    client.force_login(user)
    return user


def answer(authority, **changes):
    return {
        "authority": authority.pk,
        "from_month": "01/4/2023",
        "due_day": "20",
        "moves_to_workday": "on",
        "reason": "Công văn 12/UBND-NN",
        **changes,
    }


def test_an_officer_sets_another_due_day_for_the_own_authority(client, officer, district):
    assert client.post(ADD, answer(district)).status_code == 302
    assert deadline_of(district, date(2023, 4, 1)).due_on == date(2023, 4, 20)


def test_a_rule_for_another_district_is_refused(client, officer):
    client.post(ADD, answer(make_authority()))
    assert not ReportRule.objects.exists()


def test_a_month_whose_due_day_has_passed_takes_no_new_rule(client, officer, district):
    found = errors(client.post(ADD, answer(district, from_month="01/3/2023")))
    assert "tháng 4/2023: hãy ghi 01/4/2023" in found["from_month"][0]
    assert not ReportRule.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("from_month", "15/4/2023"), ("due_day", "31"), ("due_day", "0")])
def test_what_is_no_month_or_no_day_is_refused_at_its_field(client, officer, district, field, value):
    assert set(errors(client.post(ADD, answer(district, **{field: value})))) == {field}


def test_a_rule_under_which_a_due_day_has_passed_stands(client, officer, district):
    rule = ReportRule.objects.create(authority=district, from_month=date(2023, 3, 1), due_day=20, reason="Công văn 1")
    change = reverse("admin:criteria_reportrule_change", args=[rule.pk])
    delete = reverse("admin:criteria_reportrule_delete", args=[rule.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, answer(district, due_day="25")).status_code == 403
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert deadline_of(district, date(2023, 3, 1)).due_on == date(2023, 3, 20)


def test_only_an_administrator_corrects_the_days_off(client, officer):
    add = reverse("admin:criteria_dayexception_add")
    day = {"day": "17/4/2023", "reason": "Nghỉ theo quyết định"}
    assert client.post(add, day).status_code == 403
    client.force_login(make_user(Role.ADMINISTRATOR))
    assert client.post(add, day).status_code == 302
    assert DayException.objects.get().is_workday is False


def test_a_day_stands_in_the_table_once(client):
    client.force_login(make_user(Role.ADMINISTRATOR))
    day = {"day": "17/4/2023", "reason": "Nghỉ theo quyết định"}
    add = reverse("admin:criteria_dayexception_add")
    client.post(add, day)
    assert errors(client.post(add, day)) == {"day": ["Ngày này đã có trong bảng."]}
