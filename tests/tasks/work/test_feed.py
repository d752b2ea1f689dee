"""The private calendar link: whose it is, what it shows, how it ends."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from communes.enums import Role
from tasks.enums import NoticeStatus, TaskStatus
from tasks.models import TaskFeed
from tests.factories import make_authority, make_commune, make_notice, make_point, make_task, make_user
from tests.pages import queries, sign_in

pytestmark = pytest.mark.django_db

TODAY = date(2023, 4, 10)
PAGE = "/tasks/feed/"


@pytest.fixture(autouse=True)
def on_the_tenth(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def commune():
    return make_commune(authority=make_authority())


@pytest.fixture
def person(commune):
    return make_user(Role.COMMUNE, commune=commune)


def address_of(person) -> str:
    sign_in(person).post(PAGE, {"do": "renew"})
    return reverse("tasks:feed", args=[TaskFeed.objects.get(person=person).key])


def events(address: str) -> list:
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_the_link_opens_without_signing_in_and_shows_each_task_on_its_day(person, commune):
    text = "Tu sửa đường thôn, kênh mương; “đoạn 1”\\ thôn Bãi Đá " * 5
    task = make_task(commune=commune, text=text, due_on=date(2023, 4, 30))
    (event,) = events(address_of(person))
    assert event.start == date(2023, 4, 30)
    assert event["uid"] == f"task-{task.pk}@testserver"
    assert event["url"] == f"http://testserver/tasks/{task.pk}/"
    assert event["summary"] == f"{' '.join(text.split())[:139]}…"
    assert "Còn 20 ngày" in event["description"]


def test_no_line_of_the_feed_is_longer_than_the_standard_allows(person, commune):
    make_task(commune=commune, text="Ữ" * 500)
    lines = Client().get(address_of(person)).content.split(b"\r\n")
    assert max(map(len, lines)) <= 75


def test_it_shows_only_what_the_person_may_see_at_this_moment(person, commune):
    mine = make_task(commune=commune, text="Việc của xã")
    make_task(authority=commune.authority, text="Việc của xã khác")
    make_task(commune=commune, point=make_point(notice=make_notice(commune=commune)), text="Việc của dự thảo")
    make_task(commune=commune, status=TaskStatus.DONE, text="Việc đã xong")
    make_task(commune=commune, due_on=None, text="Việc thường xuyên")
    address = address_of(person)
    assert [str(event["summary"]) for event in events(address)] == ["Việc của xã"]
    mine.commune = mine.lead_commune = None
    mine.save()
    assert events(address) == []


def test_a_department_can_have_its_own_work_alone(commune):
    officer = make_user(Role.DEPARTMENT, authority=commune.authority)
    make_task(authority=commune.authority, lead_department=officer.department, text="Việc chủ trì")
    helped = make_task(commune=commune, text="Việc phối hợp")
    helped.supports.create(department=officer.department)
    make_task(commune=commune, text="Việc của phòng khác")
    address = address_of(officer)
    assert len(events(address)) == 3
    assert {str(event["summary"]) for event in events(f"{address}?view=unit")} == {"Việc chủ trì", "Việc phối hợp"}
    assert f"{address}?view=unit" in sign_in(officer).get(PAGE).text
    assert "view=unit" not in sign_in(make_user(authority=commune.authority)).get(PAGE).text


def test_a_draft_issued_meanwhile_is_there(person, commune):
    notice = make_notice(commune=commune)
    make_task(commune=commune, point=make_point(notice=notice), text="Việc")
    address = address_of(person)
    assert events(address) == []
    type(notice).objects.filter(pk=notice.pk).update(
        status=NoticeStatus.ISSUED, number=1, issued_on=TODAY, number_year=2023
    )
    assert len(events(address)) == 1


def test_a_renewed_link_ends_the_one_before(person):
    first, second = address_of(person), address_of(person)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200


def test_a_withdrawn_link_leads_nowhere(person):
    address = address_of(person)
    sign_in(person).post(PAGE, {"do": "withdraw"})
    assert Client().get(address).status_code == 404


def test_the_link_of_a_disabled_account_leads_nowhere(person):
    address = address_of(person)
    person.is_active = False
    person.save()
    assert Client().get(address).status_code == 404


def test_keys_are_long_and_differ(person, commune):
    keys = {address_of(each) for each in (person, make_user(Role.COMMUNE, commune=commune))}
    assert len(keys) == 2
    assert all(len(TaskFeed.objects.get(person=person).key) >= 32 for _ in keys)


def test_the_feed_is_kept_nowhere_on_its_way(person):
    assert "no-store" in Client().get(address_of(person))["Cache-Control"]


def test_the_feed_costs_the_same_queries_at_any_size(person, commune):
    address = address_of(person)
    make_task(commune=commune)
    few = queries(Client(), address)
    for _ in range(9):
        make_task(commune=commune)
    assert queries(Client(), address) == few <= 8


def test_the_last_day_of_all_calendars_stops_no_feed(person, commune):
    make_task(commune=commune, due_on=date.max)
    assert [event["dtstart"].dt for event in events(address_of(person))] == [date.max]
