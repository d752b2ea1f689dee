"""Reminders of tasks: a unit that has done its part, and one that took over another's work."""

from datetime import date

import pytest

from communes.enums import Role
from communes.models import Commune
from tasks.enums import TaskUpdateKind
from tasks.models import TaskUpdate
from tasks.reminders import task_reminders
from tests.factories import make_authority, make_commune, make_department, make_task, make_user

pytestmark = pytest.mark.django_db

TODAY, DUE = date(2023, 4, 17), date(2023, 4, 20)


@pytest.fixture(autouse=True)
def on_the_day(settings):
    settings.NTM_TODAY = TODAY


def told() -> list:
    return [person for reminder in task_reminders(TODAY) for person in reminder.people]


def test_a_supporter_is_reminded_until_its_part_is_done():
    district = make_authority()
    task = make_task(authority=district, due_on=DUE)
    units = [make_department(authority=district) for _ in range(2)]
    parts = [task.supports.create(department=unit) for unit in units]
    people = [make_user(Role.DEPARTMENT, authority=district, department=unit) for unit in units]
    assert told() == people
    TaskUpdate.objects.create(task=task, kind=TaskUpdateKind.PART_DONE, text="Xong", support=parts[0])
    assert told() == people[1:]


def test_the_unit_that_took_over_an_ended_commune_is_reminded_of_its_work():
    ended = make_commune()
    make_task(authority=ended.authority, lead_commune=ended, due_on=DUE)
    merged = make_commune()  # in another district
    Commune.objects.filter(pk=ended.pk).update(successor=merged, valid_to=date(2023, 4, 1))
    assert told() == []
    heir = make_user(Role.COMMUNE, commune=merged, authority=merged.authority)
    assert told() == [heir]
