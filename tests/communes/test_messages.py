"""The bell, the list of what a person was told, and the choice of being mailed."""

from datetime import date, timedelta

import pytest

from communes.messages import tell
from communes.models import Message, User
from ntm_tracker.lib.clock import start_of
from tests.factories import make_user
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db

LIST, ACCOUNT = "/messages/", "/account/"
MORNING = start_of(date(2023, 4, 10)) + timedelta(hours=8)


@pytest.fixture
def person():
    return make_user()


def told(person, number=1, **fields):
    values = {"key": f"tin-{number}", "text": f"Tin số {number}", "told_at": MORNING + timedelta(minutes=number)}
    return Message.objects.create(recipient=person, **{**values, **fields})


def test_the_bell_counts_what_isnt_read_and_only_the_own(person):
    told(person, 1)
    told(person, 2)
    told(person, 3, read_at=MORNING)
    told(make_user(), 4)
    assert 'aria-label="Tin báo: 2 chưa đọc"' in sign_in(person).get("/search/").text


def test_without_news_the_bell_is_silent(person):
    page = sign_in(person).get("/search/").text
    assert 'aria-label="Tin báo"' in page
    assert "topbar-count" not in page


def test_the_bell_costs_one_query_whatever_was_told(person):
    client = sign_in(person)
    few = queries(client, "/search/")
    for number in range(30):
        told(person, number)
    assert queries(client, "/search/") == few


def test_unread_comes_first_then_the_newest(person):
    told(person, 1, read_at=MORNING)
    told(person, 2)
    told(person, 3)
    told(make_user(), 4)
    shown = [message.text for message in sign_in(person).get(LIST).context["page"]]
    assert shown == ["Tin số 3", "Tin số 2", "Tin số 1"]
    only = sign_in(person).get(f"{LIST}?show=unread").context["page"]
    assert [message.text for message in only] == ["Tin số 3", "Tin số 2"]


def test_opening_a_message_marks_it_read_and_leads_on(person):
    message = told(person, url="/reports/")
    answer = sign_in(person).post(f"{LIST}{message.pk}/")
    assert answer.headers["Location"] == "/reports/"
    message.refresh_from_db()
    assert message.read_at is not None


def test_opening_it_again_keeps_the_first_moment(person):
    message = told(person, read_at=MORNING)
    sign_in(person).post(f"{LIST}{message.pk}/")
    message.refresh_from_db()
    assert message.read_at == MORNING


def test_marking_a_message_as_read_stays_on_the_list(person):
    message = told(person, url="/reports/")
    assert sign_in(person).post(f"{LIST}{message.pk}/", {"stay": "1"}).headers["Location"] == LIST


def test_a_message_never_leads_out_of_the_product(person):
    message = told(person, url="https://evil.example/")
    assert sign_in(person).post(f"{LIST}{message.pk}/").headers["Location"] == LIST


def test_somebody_elses_message_does_not_exist(person):
    message = told(make_user())
    assert sign_in(person).post(f"{LIST}{message.pk}/").status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


def test_everything_is_read_at_once_and_only_the_own(person):
    told(person, 1)
    told(person, 2)
    other = told(make_user(), 3)
    assert "Đã đánh dấu 2 tin là đã đọc." in text(sign_in(person).post(f"{LIST}read/", follow=True))
    assert list(Message.objects.unread()) == [other]


def test_long_lists_come_in_pages(person):
    for number in range(60):
        told(person, number)
    page = sign_in(person).get(f"{LIST}?page=3").context["page"]
    assert len(page.object_list) == 10


def test_nothing_told_is_markup(person):
    told(person, text="<script>alert(1)</script>")
    assert "<script>alert" not in sign_in(person).get(LIST).text


def test_the_same_key_is_told_once(person):
    for text_of in ("một", "hai"):
        tell(people=[person, person], key="viec-1", text=text_of)
    assert Message.objects.get().text == "một"


# The account


def test_a_person_says_where_mail_goes_and_whether_it_is_wanted(person):
    answer = sign_in(person).post(ACCOUNT, {"email": "can.bo@example.vn"}, follow=True)
    assert "Đã lưu" in text(answer)
    saved = User.objects.get(pk=person.pk)
    assert (saved.email, saved.wants_digest) == ("can.bo@example.vn", False)
    assert saved.history.first().history_user == person


def test_an_address_that_is_none_is_asked_for_in_the_words_of_its_label(person):
    page = text(sign_in(person).post(ACCOUNT, {"email": "can bo"}))
    assert "Hãy ghi địa chỉ đầy đủ, ví dụ ten@coquan.gov.vn." in page
    assert User.objects.get(pk=person.pk).email == person.email


@pytest.mark.parametrize(
    ("email", "wants", "error"),
    [("khong-phai-thu", "on", "email"), ("", "on", "Muốn nhận thư thì hãy ghi địa chỉ")],
)
def test_an_address_that_cannot_be_is_refused_with_its_remedy(person, email, wants, error):
    answer = sign_in(person).post(ACCOUNT, {"email": email, "wants_digest": wants})
    assert answer.status_code == 422
    assert error in answer.text
    assert User.objects.get(pk=person.pk).email == ""


def test_nobody_changes_role_or_unit_there(person):
    other = make_user()
    fields = {"email": "a@example.vn", "role": "administrator", "authority": other.authority_id, "full_name": "Khác"}
    sign_in(person).post(ACCOUNT, fields)
    saved = User.objects.get(pk=person.pk)
    assert (saved.role, saved.authority_id, saved.full_name) == (person.role, person.authority_id, person.full_name)
