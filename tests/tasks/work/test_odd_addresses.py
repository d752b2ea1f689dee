"""Addresses that nobody clicks and forms that no page sends: hugest numbers, impossible months."""

from datetime import date

import pytest

from tasks.models import Task
from tests import factories
from tests.pages import sign_in

pytestmark = pytest.mark.django_db
HUGE = "9" * 40
LONGER = "9" * 5000  # than Python turns into a number


@pytest.fixture
def officer(settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    authority = factories.make_letterhead(authority=factories.make_authority()).authority
    factories.make_task(commune=factories.make_commune(authority=authority))
    return sign_in(factories.make_user(authority=authority))


@pytest.mark.parametrize(
    "address",
    [
        "/tasks/?as=calendar&month=9999-12",
        "/tasks/?as=calendar&month=0001-01",
        "/tasks/?as=calendar&month=9999-11",
        "/tasks/?as=calendar&month=0001-02",
        "/tasks/?as=board&page=-1&sort=-zzz",
        "/tasks/register/?year=0000",
        "/tasks/register/?year=9999",
        "/tasks/register/?year=0000&format=xlsx",
        "/tasks/register/?year=9999&format=pdf",
        f"/tasks/?notice={HUGE}",
        f"/tasks/?page={HUGE}",
        "/notices/register/?year=0000",
        "/notices/register/?year=9999&format=pdf",
        "/proposals/?commune=" + HUGE,
        "/proposals/?sort=-x&page=" + HUGE,
    ],
)
def test_an_odd_address_answers_with_a_page(officer, address):
    assert officer.get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        f"/tasks/{HUGE}/",
        f"/tasks/new/?point={HUGE}",
        f"/tasks/new/?reply={HUGE}",
        "/tasks/new/?commune=zzz",
        f"/notices/new/?corrects={HUGE}",
        f"/notices/{HUGE}/",
        f"/notices/{HUGE}/signed/",
        f"/proposals/{HUGE}/",
        f"/notices/new/?corrects={LONGER}",
    ],
)
def test_what_does_not_exist_is_not_found(officer, address):
    assert officer.get(address).status_code == 404


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("/notices/{notice.pk}/issue/", {"number": LONGER, "issued_on": "10/4/2023", "version": "1"}),
        ("/notices/{notice.pk}/issue/", {}),
        ("/notices/{notice.pk}/edit/points/", {"section": LONGER, "kind": "dash"}),
        ("/notices/{notice.pk}/edit/points/", {"section": "{point.section_id}", "kind": "dash", "after": LONGER}),
        ("/notices/{notice.pk}/edit/points/", {"section": "{point.section_id}", "kind": "dash", "proposal": LONGER}),
        ("/notices/{notice.pk}/edit/points/{point.pk}/", {}),
        ("/notices/{notice.pk}/edit/points/{point.pk}/tasks/", {"do": "save", "task": LONGER}),
        ("/notices/{notice.pk}/edit/points/{point.pk}/tasks/", {"do": "remove", "task": HUGE}),
        ("/notices/old/", {"lines": LONGER}),
        ("/notices/old/", {"lines": "3", "step": "save", "commune": LONGER}),
        ("/tasks/new/", {}),
        ("/tasks/new/", {"support-TOTAL_FORMS": LONGER}),
    ],
)
def test_an_odd_form_is_refused_with_a_page(officer, address, sent):
    point = factories.make_point(notice=factories.make_notice(commune=Task.objects.get().commune))
    names = {"point": point, "notice": point.section.notice}
    answer = officer.post(address.format(**names), {name: text.format(**names) for name, text in sent.items()})
    assert answer.status_code < 500
