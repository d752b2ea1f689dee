"""Units, letterheads and accounts on the admin site: what is refused, in which words, at which field."""

from datetime import date
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from communes.enums import AuthorityLevel, Role
from communes.models import Authority, Commune, Department, User
from communes.services import merge_communes, move_commune
from tests import factories as make
from tests.pages import errors, text

pytestmark = pytest.mark.django_db

PASSWORD = "một mật khẩu đủ dài"


@pytest.fixture
def district():
    return make.make_authority(name="huyện Anh Sơn")


@pytest.fixture
def officer(client, district):
    user = make.make_user(Role.DISTRICT, authority=district)
    client.force_login(user)
    return user


@pytest.fixture
def administrator(client):
    user = make.make_user(Role.ADMINISTRATOR)
    client.force_login(user)
    return user


def commune_answer(district, **changes):
    return {"code": "17386", "kind": "xa", "name": "Cao Sơn", "authority": district.pk, **changes}


def account_answer(district, **changes):
    return {
        "username": "canbo",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "full_name": "Lê Thị Cán",
        "role": Role.LEADER,
        "authority": district.pk,
        **changes,
    }


# Units


def test_a_form_opened_before_a_merger_does_not_undo_it(client, officer, district):
    units = [make.make_commune(authority=district, code=f"1738{number}") for number in range(2)]
    opened = commune_answer(district, code=units[0].code, name=units[0].name, valid_to="", successor="")
    whole = merge_communes(
        communes=units, code="17999", name="Cao Hợp", kind="xa", authority=district, from_day=date(2023, 4, 1),
        by=officer,
    ).successor  # fmt: skip
    url = reverse("admin:communes_commune_change", args=[units[0].pk])
    assert client.post(url, {**opened, "is_demonstration": "on"}).status_code == 302
    saved = Commune.objects.get(pk=units[0].pk)
    assert (saved.is_demonstration, saved.valid_to, saved.successor) == (True, date(2023, 3, 31), whole)


def test_the_last_day_of_a_unit_that_no_change_ended_is_corrected_on_the_admin_site(client, officer, district):
    unit = make.make_commune(authority=district, valid_to=date(2023, 3, 31))
    answer = commune_answer(district, code=unit.code, name=unit.name, valid_to="30/4/2023", successor="")
    assert client.post(reverse("admin:communes_commune_change", args=[unit.pk]), answer).status_code == 302
    assert Commune.objects.get(pk=unit.pk).valid_to == date(2023, 4, 30)


def test_a_commune_is_added_to_the_own_district(client, officer, district):
    client.post(reverse("admin:communes_commune_add"), commune_answer(district))
    assert Commune.objects.get(code="17386").authority == district


@pytest.mark.parametrize("code", ["1738", "173866", "1738A", "١٧٣٨٦"])
def test_a_commune_code_that_is_not_five_digits_is_refused_at_its_field(client, officer, district, code):
    found = errors(client.post(reverse("admin:communes_commune_add"), commune_answer(district, code=code)))
    assert set(found) == {"code"}
    assert not Commune.objects.exists()


def test_the_refusal_of_a_commune_code_says_what_is_right(client, officer, district):
    found = errors(client.post(reverse("admin:communes_commune_add"), commune_answer(district, code="1738")))
    assert found["code"] == ["Mã xã gồm đúng năm chữ số, kể cả số 0 ở đầu. Ví dụ: 17386."]


@pytest.mark.parametrize("code", ["1738", "1738A"])
def test_the_database_too_refuses_a_wrong_commune_code(code):
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_commune(code=code)


def test_a_commune_code_in_use_is_refused_at_its_field(client, officer, district):
    make.make_commune(code="17386", authority=district)
    found = errors(client.post(reverse("admin:communes_commune_add"), commune_answer(district)))
    assert found == {"code": ["Đã có đơn vị đang hoạt động mang mã này."]}


def test_the_database_too_refuses_a_commune_code_in_use():
    make.make_commune(code="17386")
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_commune(code="17386")


def test_a_wrong_day_is_refused_at_its_field(client, officer, district):
    found = errors(
        client.post(reverse("admin:communes_commune_add"), commune_answer(district, valid_from="31/02/2023"))
    )
    assert set(found) == {"valid_from"}
    assert "hợp lệ" in found["valid_from"][0]


def test_an_end_before_the_beginning_is_refused_at_the_end(client, officer, district):
    answer = commune_answer(district, valid_from="05/4/2023", valid_to="04/4/2023")
    found = errors(client.post(reverse("admin:communes_commune_add"), answer))
    assert found == {"valid_to": ["Ngày kết thúc phải sau ngày bắt đầu."]}


def test_a_department_code_in_use_is_refused_at_its_field(client, officer, district):
    make.make_department(authority=district, code="KTHT")
    answer = {"authority": district.pk, "position": 1, "code": "KTHT", "short_name": "Kinh tế", "full_name": "Phòng KT"}
    found = errors(client.post(reverse("admin:communes_department_add"), answer))
    assert found == {"code": ["Cơ quan này đã có phòng, ban mang mã đó."]}


def test_a_commune_cannot_be_given_to_another_district(client, officer, district):
    commune, elsewhere = make.make_commune(authority=district, code="17386"), make.make_authority()
    url = reverse("admin:communes_commune_change", args=[commune.pk])
    assert set(errors(client.post(url, commune_answer(elsewhere)))) == {"authority"}
    commune.refresh_from_db()
    assert commune.authority == district


def test_foreign_units_are_not_offered_for_choice(client, officer, district):
    make.make_commune(name="Cao Sơn", authority=district)
    make.make_commune(name="Cao Xa")
    query = {"app_label": "communes", "model_name": "commune", "field_name": "successor", "term": "cao"}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [choice["text"] for choice in found] == ["xã Cao Sơn"]


def test_an_officer_does_not_move_the_own_authority_in_the_tree(client, officer, district):
    url = reverse("admin:communes_authority_change", args=[district.pk])
    assert set(client.get(url).context["adminform"].form.fields) == {"name", "valid_from", "valid_to"}
    assert client.post(reverse("admin:communes_authority_delete", args=[district.pk])).status_code == 403


def test_a_province_officer_adds_districts_below_the_own_province_only(client):
    province, other = (make.make_authority(level=AuthorityLevel.PROVINCE) for _ in range(2))
    client.force_login(make.make_user(Role.DISTRICT, authority=province))
    answer = {
        "code": "424",
        "name": "huyện Anh Sơn",
        "level": AuthorityLevel.DISTRICT,
        "parent": other.pk,
        **{f"{name}-{key}_FORMS": 0 for name in ("letterhead", "departments") for key in ("TOTAL", "INITIAL")},
    }
    url = reverse("admin:communes_authority_add")
    assert set(errors(client.post(url, answer))) == {"parent"}
    client.post(url, {**answer, "parent": province.pk})
    assert Authority.objects.get(code="424").parent == province


def test_letterhead_and_departments_are_written_on_the_page_of_their_authority(client, officer, district):
    answer = {
        "name": "huyện Anh Sơn",
        "letterhead-TOTAL_FORMS": 1,
        "letterhead-INITIAL_FORMS": 0,
        "letterhead-0-issuer": "ỦY BAN NHÂN DÂN\nHUYỆN ANH SƠN",
        "letterhead-0-place": "Anh Sơn",
        "letterhead-0-abbreviation": "UBND",
        "departments-TOTAL_FORMS": 1,
        "departments-INITIAL_FORMS": 0,
        "departments-0-position": 1,
        "departments-0-code": "NV",
        "departments-0-short_name": "Nội vụ",
        "departments-0-full_name": "Phòng Nội vụ",
    }
    client.post(reverse("admin:communes_authority_change", args=[district.pk]), answer)
    district.refresh_from_db()
    assert district.letterhead.place == "Anh Sơn"
    assert [str(department) for department in district.departments.all()] == ["Phòng Nội vụ"]


def test_a_unit_in_use_is_not_deleted_and_the_page_says_what_holds_it(client, officer, district):
    commune = make.make_commune(authority=district)
    make.make_proposal(commune=commune, text="Xây cầu treo")
    make.make_assessment(commune=commune)
    url = reverse("admin:communes_commune_delete", args=[commune.pk])
    content = client.get(url).content.decode()
    assert "vì còn các bản ghi sau gắn với nó" in content
    assert "Xây cầu treo" in content
    assert "nội dung 1.1: Đạt" in content
    client.post(url, {"post": "yes"})
    assert Commune.objects.filter(pk=commune.pk).exists()


@pytest.mark.parametrize("typed", ["Đức Sơn", "duc son", "ĐỨC", "Sơn Đức"])
def test_a_commune_is_found_with_and_without_diacritics(client, officer, district, typed):
    make.make_commune(authority=district, name="Đức Sơn")
    make.make_commune(authority=district, name="Cao Sơn")
    page = client.get(reverse("admin:communes_commune_changelist"), {"q": typed})
    assert [commune.name for commune in page.context["cl"].result_list] == ["Đức Sơn"]


def test_the_earlier_states_of_a_unit_are_shown_and_cannot_be_brought_back_by_the_way(client, officer, district):
    commune = make.make_commune(authority=district, name="Cao Sơn")
    commune.name = "Cao Vều"
    commune.save()
    first = commune.history.earliest()
    listed = client.get(reverse("admin:communes_commune_history", args=[commune.pk])).content.decode()
    assert "Cao Vều" in listed
    version = reverse("admin:communes_commune_simple_history", args=[commune.pk, first.pk])
    shown = client.get(version)
    assert "Cao Sơn" in shown.content.decode()
    assert client.post(version, commune_answer(district)).status_code == 403
    commune.refresh_from_db()
    assert commune.name == "Cao Vều"


def test_the_history_of_a_unit_that_left_the_district_is_closed(client, officer, district):
    commune = make.make_commune(authority=district)
    version = commune.history.earliest()
    commune.authority = make.make_authority()
    commune.save()
    assert client.get(reverse("admin:communes_commune_history", args=[commune.pk])).status_code == 404
    assert (
        client.get(reverse("admin:communes_commune_simple_history", args=[commune.pk, version.pk])).status_code == 404
    )


# Accounts


@pytest.mark.parametrize("role", [Role.DISTRICT, Role.LEADER, Role.DEPARTMENT, Role.COMMUNE])
def test_an_officer_makes_accounts_of_the_own_district(client, officer, district, role):
    units = {
        Role.DEPARTMENT: {"department": make.make_department(authority=district).pk},
        Role.COMMUNE: {"commune": make.make_commune(authority=district).pk},
    }
    client.post(reverse("admin:communes_user_add"), account_answer(district, role=role, **units.get(role, {})))
    made = User.objects.get(username="canbo")
    assert (made.role, made.authority) == (role, district)
    assert made.check_password(PASSWORD)


def test_an_officer_makes_no_administrator(client, officer, district):
    page = client.get(reverse("admin:communes_user_add"))
    offered = [value for value, _ in page.context["adminform"].form.fields["role"].choices]
    assert Role.ADMINISTRATOR not in offered
    answer = account_answer(district, role=Role.ADMINISTRATOR)
    assert set(errors(client.post(reverse("admin:communes_user_add"), answer))) == {"role"}
    assert not User.objects.filter(username="canbo").exists()


def test_an_officer_makes_no_account_in_another_district(client, officer):
    elsewhere = make.make_authority()
    assert set(errors(client.post(reverse("admin:communes_user_add"), account_answer(elsewhere)))) == {"authority"}


def test_an_officer_does_not_raise_the_own_role(client, officer, district):
    url = reverse("admin:communes_user_change", args=[officer.pk])
    answer = account_answer(district, username=officer.username, role=Role.ADMINISTRATOR, is_active="on")
    assert set(errors(client.post(url, answer))) == {"role"}
    officer.refresh_from_db()
    assert officer.role == Role.DISTRICT


def test_an_officer_sees_the_administrator_of_the_district_but_changes_neither_account_nor_password(
    client, officer, district
):
    above = make.make_user(Role.ADMINISTRATOR, authority=district)
    url = reverse("admin:communes_user_change", args=[above.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, account_answer(district)).status_code == 403
    new = {"password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("admin:auth_user_password_change", args=[above.pk]), new).status_code == 403
    above.refresh_from_db()
    assert above.check_password(make.PASSWORD)


def test_an_administrator_of_a_district_makes_nobody_who_reaches_further(client, district):
    client.force_login(make.make_user(Role.ADMINISTRATOR, authority=district))
    answer = account_answer(district, role=Role.ADMINISTRATOR, authority="")
    found = errors(client.post(reverse("admin:communes_user_add"), answer))
    assert set(found) == {"authority"}
    assert "ngoài phạm vi" in found["authority"][0]


def test_an_administrator_makes_administrators(client, administrator):
    answer = {**account_answer(make.make_authority()), "role": Role.ADMINISTRATOR, "authority": ""}
    client.post(reverse("admin:communes_user_add"), answer)
    assert User.objects.get(username="canbo").role == Role.ADMINISTRATOR


@pytest.mark.parametrize(
    ("role", "unit", "field"),
    [
        (Role.DEPARTMENT, None, "department"),
        (Role.COMMUNE, None, "commune"),
        (Role.LEADER, "department", "department"),
        (Role.DEPARTMENT, "commune", "commune"),
        (Role.DISTRICT, "no authority", "authority"),
    ],
)
def test_role_and_unit_that_do_not_fit_are_refused_at_the_unit(client, administrator, district, role, unit, field):
    changes = {
        None: {},
        "department": {"department": make.make_department(authority=district).pk},
        "commune": {
            "commune": make.make_commune(authority=district).pk,
            "department": make.make_department(authority=district).pk,
        },
        "no authority": {"authority": ""},
    }[unit]
    answer = account_answer(district, role=role, **changes)
    assert set(errors(client.post(reverse("admin:communes_user_add"), answer))) == {field}


@pytest.mark.parametrize(
    "fields",
    [
        {"role": Role.DEPARTMENT, "department": None},
        {"role": Role.COMMUNE, "commune": None},
    ],
)
def test_the_database_too_refuses_a_role_without_its_unit(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_user(**{"authority": make.make_authority(), **fields})


def test_what_the_database_refuses_of_an_account_is_refused_at_a_field(district):
    # An import asks the account alone (criteria/exchange/unit_sheets.py).
    units = product((None, district), (None, make.make_department()), (None, make.make_commune()))
    for role, (authority, department, commune) in product(Role, units):
        account = User(username="x", role=role, authority=authority, department=department, commune=commune)
        try:
            account.validate_constraints()
        except ValidationError:
            with pytest.raises(ValidationError):
                account.clean()


def test_a_unit_of_another_authority_is_refused_at_the_unit(client, administrator, district):
    foreign = make.make_commune()
    answer = account_answer(district, role=Role.COMMUNE, commune=foreign.pk)
    found = errors(client.post(reverse("admin:communes_user_add"), answer))
    assert found == {"commune": ["Đơn vị này không thuộc cơ quan đã chọn."]}


def test_a_user_name_in_use_is_refused_at_its_field(client, officer, district):
    make.make_user(username="canbo")
    found = errors(client.post(reverse("admin:communes_user_add"), account_answer(district)))
    assert found == {"username": ["Tên đăng nhập này đã có người dùng."]}


def test_a_short_password_is_refused(client, officer, district):
    answer = account_answer(district, password1="ngắn", password2="ngắn")
    assert set(errors(client.post(reverse("admin:communes_user_add"), answer))) == {"password2"}


def test_the_page_of_an_account_links_to_a_page_that_sets_its_password(client, officer, district):
    person = make.make_user(Role.LEADER, authority=district)
    content = client.get(reverse("admin:communes_user_change", args=[person.pk])).content.decode()
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    assert 'href="../password/"' in content
    assert url == f"/admin/communes/user/{person.pk}/password/"
    client.post(url, {"password1": PASSWORD, "password2": PASSWORD})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_the_password_of_a_foreign_account_is_out_of_reach(client, officer):
    person = make.make_user(Role.LEADER)
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    assert client.post(url, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 404


def test_accounts_are_ended_and_never_deleted(client, administrator):
    person = make.make_user(Role.LEADER)
    assert client.post(reverse("admin:communes_user_delete", args=[person.pk]), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=person.pk).exists()


@pytest.mark.parametrize("typed", ["Lò Thị Đẹp", "lo thi dep", "DEP"])
def test_an_account_is_found_by_its_name_with_and_without_diacritics(client, officer, district, typed):
    make.make_user(Role.LEADER, authority=district, full_name="Lò Thị Đẹp")
    page = client.get(reverse("admin:communes_user_changelist"), {"q": typed})
    assert [person.full_name for person in page.context["cl"].result_list] == ["Lò Thị Đẹp"]


def test_no_list_can_be_asked_about_passwords(client, officer):
    answer = client.get(reverse("admin:communes_user_changelist"), {"password__startswith": "md5"})
    assert answer.status_code in (302, 400)


def test_an_end_of_a_department_is_kept_in_its_history(client, officer, district):
    department = make.make_department(authority=district)
    answer = {
        "authority": district.pk,
        "position": 1,
        "code": department.code,
        "short_name": "Nội vụ",
        "full_name": "Phòng Nội vụ",
        "valid_to": "31/12/2024",
    }
    client.post(reverse("admin:communes_department_change", args=[department.pk]), answer)
    assert Department.objects.get(pk=department.pk).valid_to.year == 2024
    assert department.history.latest().history_user == officer


# Units that changed


def test_a_change_of_units_is_read_by_those_who_had_and_those_who_have_the_unit(client):
    province = make.make_authority(level=AuthorityLevel.PROVINCE)
    giving, taking = make.make_authority(parent=province), make.make_authority(parent=province)
    commune = make.make_commune(authority=giving, name="Cao Sơn")
    change = move_commune(
        commune=commune, authority=taking, from_day=date(2023, 4, 1), by=make.make_user(authority=province)
    )
    for authority, status in ((giving, 200), (taking, 200), (province, 200), (make.make_authority(), 404)):
        client.force_login(make.make_user(authority=authority))
        answer = client.get(f"/admin/communes/unitchange/{change.pk}/change/")
        assert answer.status_code == status, authority
        assert ("Cao Sơn" in answer.text) == (status == 200)
        assert 'name="_save"' not in answer.text


def test_a_merger_is_found_once_by_the_names_of_its_old_units(client):
    district = make.make_authority()
    old = [make.make_commune(authority=district, name=name) for name in ("Cao Sơn", "Khai Sơn")]
    officer = make.make_user(authority=district)
    given = {"code": "17999", "name": "Yên Xuân", "kind": "xa", "authority": district}
    merge_communes(communes=old, from_day=date(2023, 4, 1), by=officer, **given)
    client.force_login(officer)
    shown = client.get("/admin/communes/unitchange/", {"q": "son"})
    assert shown.context["cl"].result_count == 1
    assert "xã Cao Sơn, xã Khai Sơn" in text(shown)
    assert client.get("/admin/communes/unitchange/", {"q": "vinh"}).context["cl"].result_count == 0
