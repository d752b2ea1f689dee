"""One's own password: changed by everybody, replaced where somebody else set it."""

from unicodedata import normalize

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from communes.enums import Role
from communes.models import User
from tests.factories import PASSWORD, make_authority, make_user
from tests.pages import sign_in

pytestmark = pytest.mark.django_db
OWN = "con đường mới của xã"


@pytest.fixture(autouse=True)
def nothing_guessed_before():
    cache.clear()


def change(client, old=PASSWORD, new=OWN, again=None):
    return client.post(
        reverse("password"), {"old_password": old, "new_password1": new, "new_password2": again or new}, follow=True
    )


def enters(user, password):
    answer = Client().post(reverse("login"), {"username": user.username, "password": password})
    return answer.status_code == 302


@pytest.mark.parametrize("role", list(Role))
def test_everybody_changes_their_own_and_stays_signed_in_while_other_computers_do_not(role):
    user = make_user(role)
    here, elsewhere = sign_in(user), sign_in(user)
    page = change(here)
    assert "Đã đổi mật khẩu" in page.text
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert enters(user, OWN)
    assert not enters(user, PASSWORD)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"old": "không phải mật khẩu"}, "Mật khẩu đang dùng chưa đúng"),
        ({"again": "con đường mới của xóm"}, "Hai lần gõ mật khẩu mới khác nhau"),
        ({"new": "ngắn quá"}, "14"),
        ({"new": PASSWORD}, "phải khác mật khẩu đang dùng"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_changes(given, told):
    user = make_user()
    page = change(sign_in(user), **given)
    assert page.status_code == 422
    assert told in page.text
    assert enters(user, PASSWORD)


def test_a_keyboard_that_composes_letters_otherwise_still_opens():
    user = make_user()
    change(sign_in(user), new=normalize("NFD", OWN))
    assert enters(user, OWN)
    assert enters(user, normalize("NFD", OWN))


@pytest.fixture
def administrator():
    return make_user(Role.ADMINISTRATOR)


def test_an_account_made_by_somebody_else_asks_for_a_password_of_its_own_before_anything_else(administrator):
    authority = make_authority()
    form = {
        **dict.fromkeys(("password1", "password2"), OWN),
        "username": "caoson",
        "full_name": "Lê Văn Bảy",
        "role": Role.DISTRICT,
        "authority": authority.pk,
    }
    sign_in(administrator).post("/admin/communes/user/add/", form)
    user = User.objects.get(username="caoson")
    assert user.password_is_initial
    client = Client()
    client.post(reverse("login"), {"username": "caoson", "password": OWN})
    assert client.get("/").url == reverse("password")
    assert client.get("/matrix/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == reverse("password")
    assert "do người khác đặt" in client.get(reverse("password")).text
    change(client, OWN, "mật khẩu của riêng tôi")
    assert client.get("/").status_code == 200


def test_a_password_that_was_reset_is_an_initial_one(administrator):
    user = make_user()
    other = sign_in(user)
    form = {"password1": OWN, "password2": OWN}
    sign_in(administrator).post(f"/admin/communes/user/{user.pk}/password/", form)
    user.refresh_from_db()
    assert user.password_is_initial
    assert other.get("/").url.startswith(reverse("login"))


def test_an_administrator_changes_their_own_where_it_asks_for_the_one_before(administrator):
    client = sign_in(administrator)
    of_own = "/admin/communes/user/{}/password/"
    for address in (of_own.format(administrator.pk), of_own.format(f"0{administrator.pk}"), "/admin/password_change/"):
        assert client.get(address).url == reverse("password")


def test_who_has_to_choose_a_password_can_still_sign_out_and_verify_a_notice():
    user = make_user()
    User.objects.update(password_is_initial=True)
    client = sign_in(user)
    assert client.get("/verify/").status_code == 200
    assert client.post(reverse("logout")).url == reverse("login")


def test_the_password_before_is_not_to_be_guessed():
    client = sign_in(make_user())
    for _ in range(5):
        assert change(client, old="sai").status_code == 422
    assert "Mời chờ 15 phút" in change(client).text
    assert client.get("/").status_code == 200


def test_nobody_takes_the_password_from_an_account(administrator):
    page = sign_in(administrator).get(f"/admin/communes/user/{make_user().pk}/password/")
    assert 'name="usable_password"' not in page.text
