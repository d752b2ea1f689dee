"""Signing in: who guesses is stopped, the owner at another computer isn't."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from axes.models import AccessAttempt
from django.urls import reverse
from django.utils import timezone

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "10.1.1.7", "10.1.1.8"


@pytest.fixture(autouse=True)
def counts_wrong_tries(settings):
    settings.AXES_ENABLED = True


@pytest.fixture
def officer():
    return make_user()


def sign_in(client, officer, password, *, address=HERE, **more):
    form = {"username": officer.username, "password": password}
    return client.post(reverse("login"), form, REMOTE_ADDR=address, **more)


def guess(client, officer, times, **more):
    for number in range(times):
        answer = sign_in(client, officer, f"sai-{number}", **more)
    return answer


def is_in(answer):
    return answer.status_code == HTTPStatus.FOUND


def test_four_wrong_passwords_are_forgiven(client, officer):
    guess(client, officer, 4)
    assert is_in(sign_in(client, officer, PASSWORD))


def test_the_fifth_wrong_password_stops_the_account_at_this_computer_even_for_the_right_one(client, officer):
    answer = guess(client, officer, 5)
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "tạm dừng trong 15 phút" in answer.content.decode()
    assert not is_in(sign_in(client, officer, PASSWORD))


def test_at_another_computer_the_owner_still_gets_in(client, officer):
    guess(client, officer, 5)
    assert is_in(sign_in(client, officer, PASSWORD, address=ELSEWHERE))


def test_another_account_at_the_same_computer_still_gets_in(client, officer):
    guess(client, officer, 5)
    assert is_in(sign_in(client, make_user(), PASSWORD))


def test_after_a_quarter_of_an_hour_it_opens_again(client, officer):
    guess(client, officer, 5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert not is_in(sign_in(client, officer, PASSWORD))
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert is_in(sign_in(client, officer, PASSWORD))


def test_behind_the_proxy_the_computer_is_the_one_that_the_proxy_names(client, officer, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    guess(client, officer, 5, address="", HTTP_X_FORWARDED_FOR=HERE)
    assert not is_in(sign_in(client, officer, PASSWORD, address="", HTTP_X_FORWARDED_FOR=HERE))
    assert is_in(sign_in(client, officer, PASSWORD, address="", HTTP_X_FORWARDED_FOR=ELSEWHERE))
