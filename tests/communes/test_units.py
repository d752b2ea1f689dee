"""Communes that are renamed, merged or moved: what ends, what follows, what is refused, who may read what."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from communes.enums import AuthorityLevel, Role, UnitChangeKind
from communes.models import Commune, UnitChange, User
from communes.services import merge_communes, move_commune, moving, rename_commune, renaming
from tests.factories import make_authority, make_commune, make_user

pytestmark = pytest.mark.django_db

LAST_DAY, FROM_DAY, TODAY = date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 2)
MERGED = ("Cao Sơn", "Khai Sơn", "Lĩnh Sơn", "Long Sơn")


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def province():
    return make_authority(level=AuthorityLevel.PROVINCE, name="tỉnh Nghệ An")


@pytest.fixture
def district(province):
    return make_authority(name="huyện Anh Sơn", parent=province)


@pytest.fixture
def officer(district):
    return make_user(authority=district)


@pytest.fixture
def province_officer(province):
    return make_user(authority=province)


@pytest.fixture
def old_communes(district) -> list[Commune]:
    return [make_commune(authority=district, name=name) for name in MERGED]


def rename(commune: Commune, by: User, **changes) -> UnitChange:
    return rename_commune(**{"commune": commune, "name": "Tam Đỉnh", "from_day": FROM_DAY, "by": by, **changes})


def merge(communes: list[Commune], by: User, **changes) -> UnitChange:
    given = {"code": "17999", "name": "Yên Xuân", "kind": "xa", "authority": communes[0].authority}
    return merge_communes(**{**given, "communes": communes, "from_day": FROM_DAY, "by": by, **changes})


def move(commune: Commune, by: User, **changes) -> UnitChange:
    return move_commune(**{"commune": commune, "from_day": FROM_DAY, "by": by, **changes})


def refused(change, *args, **changes) -> dict[str, list[str]]:
    """Return what was said by field; nothing was written."""
    units, records = Commune.objects.count(), UnitChange.objects.count()
    with pytest.raises(ValidationError) as refusal:
        change(*args, **changes)
    assert (Commune.objects.count(), UnitChange.objects.count()) == (units, records)
    return refusal.value.message_dict


# What ends and what follows


def test_a_renamed_commune_ends_and_lives_on_under_its_code(district, officer):
    old = make_commune(authority=district, code="17344", name="Đỉnh Sơn")
    new = rename(old, officer).successor
    old.refresh_from_db()
    assert (old.name, old.valid_to, old.successor) == ("Đỉnh Sơn", LAST_DAY, new)
    assert (new.code, new.name, new.authority, new.valid_from, new.valid_to) == (
        "17344",
        "Tam Đỉnh",
        district,
        FROM_DAY,
        None,
    )


def test_on_each_day_the_code_leads_to_the_unit_that_bore_it(district, officer):
    old = make_commune(authority=district, code="17344", name="Đỉnh Sơn")
    new = rename(old, officer).successor
    assert Commune.objects.bearing("17344", LAST_DAY).get() == old
    assert Commune.objects.bearing("17344", FROM_DAY).get() == new
    assert Commune.objects.bearing("17344").get() == new


def test_four_communes_merge_into_one(old_communes, officer):
    new = merge(old_communes, officer).successor
    assert set(new.predecessors.all()) == set(old_communes)
    assert set(Commune.objects.valid_on(FROM_DAY)) == {new}
    assert set(Commune.objects.valid_on(LAST_DAY)) == set(old_communes)


def test_a_merged_commune_may_take_over_the_code_of_one_of_them(old_communes, officer):
    code = old_communes[0].code
    assert merge(old_communes, officer, code=code).successor.code == code


def test_a_moved_commune_keeps_its_name_under_the_province(district, province, province_officer):
    old = make_commune(authority=district, name="Cao Sơn")
    new = move(old, province_officer, authority=province).successor
    old.refresh_from_db()
    assert (new.name, new.code, new.authority) == ("Cao Sơn", old.code, province)
    assert old.authority == district


def test_a_code_that_was_used_long_ago_can_be_used_again(old_communes, district, officer):
    make_commune(authority=district, code="17999", name="Tên Cũ", valid_to=date(2010, 12, 31))
    assert merge(old_communes, officer).successor.code == "17999"


def test_one_record_says_what_happened_and_by_whom(old_communes, officer):
    make_user(Role.COMMUNE, commune=old_communes[0])
    change = merge(old_communes, officer)
    assert UnitChange.objects.get() == change
    assert (change.kind, change.from_day, change.by, change.accounts) == (UnitChangeKind.MERGE, FROM_DAY, officer, 1)


def test_the_history_of_the_old_unit_shows_its_end(district, officer):
    old = make_commune(authority=district)
    new = rename(old, officer).successor
    last = old.history.order_by("-history_id").first()
    assert (last.valid_to, last.successor_id) == (LAST_DAY, new.pk)


def test_accounts_of_commune_staff_go_along_and_their_history_tells_so(district, province, province_officer):
    old = make_commune(authority=district)
    staff = make_user(Role.COMMUNE, commune=old)
    new = move(old, province_officer, authority=province).successor
    staff.refresh_from_db()
    assert (staff.commune, staff.authority) == (new, province)
    assert list(staff.history.order_by("history_id").values_list("commune", flat=True)) == [old.pk, new.pk]


# What is refused


def test_the_second_of_two_submits_finds_the_unit_ended(old_communes, officer):
    merge(old_communes, officer)
    assert set(refused(merge, old_communes, officer, code="17998")) == {"communes"}


def test_a_renamed_unit_is_not_renamed_twice(district, officer):
    old = make_commune(authority=district)
    rename(old, officer)
    assert "đã kết thúc ngày 30/6/2025" in refused(rename, old, officer, name="Tên Khác")["commune"][0]


def test_a_day_before_the_unit_began_is_refused(district, officer):
    young = make_commune(authority=district, valid_from=FROM_DAY)
    assert "có từ 01/7/2025" in refused(rename, young, officer)["from_day"][0]


def test_a_unit_can_change_from_its_second_day_on_and_up_to_today(district, officer):
    assert rename(make_commune(authority=district, valid_from=LAST_DAY), officer).from_day == FROM_DAY
    assert rename(make_commune(authority=district), officer, name="Tên Khác", from_day=TODAY).from_day == TODAY


def test_a_day_that_has_not_come_is_refused(district, officer):
    commune = make_commune(authority=district)
    assert "chưa tới" in refused(rename, commune, officer, from_day=date(2025, 7, 3))["from_day"][0]


@pytest.mark.parametrize("name", ["", "  ", "Cao Sơn"])
def test_a_name_that_is_missing_or_the_same_is_refused(district, officer, name):
    commune = make_commune(authority=district, name="Cao Sơn")
    assert set(refused(rename, commune, officer, name=name)) == {"name"}


@pytest.mark.parametrize("typed", ["xã Hoà Bình", "Xã  Hoà Bình", "XÃ Hoà Bình", "Hoà Bình"])
def test_a_name_typed_with_its_kind_is_the_name_alone(old_communes, officer, typed):
    assert str(rename(old_communes[0], officer, name=typed).successor) == "xã Hoà Bình"
    assert str(merge(old_communes[1:], officer, name=typed.replace("Hoà", "An")).successor) == "xã An Bình"


def test_a_name_that_begins_like_a_kind_stays_whole(old_communes, officer):
    assert rename(old_communes[0], officer, name="Xa Dung").successor.name == "Xa Dung"


def test_a_name_typed_with_another_kind_is_refused_with_the_way_out(old_communes, officer):
    told = refused(rename, old_communes[0], officer, name="phường Hoà Bình")["name"][0]
    assert (
        told
        == "Tên ghi “phường” mà đơn vị là xã. Đổi tên không đổi loại đơn vị: hãy ghi tên không kèm loại, “Hoà Bình”."
    )
    told = refused(merge, old_communes, officer, name="phường Hoà Bình")["name"][0]
    assert "mà đơn vị là xã. Hãy chọn lại loại đơn vị mới, hoặc ghi tên không kèm loại, “Hoà Bình”." in told


@pytest.mark.parametrize("name", ["xã", "Xã  "])
def test_a_kind_without_a_name_is_refused(old_communes, officer, name):
    assert set(refused(rename, old_communes[0], officer, name=name)) == {"name"}
    assert refused(merge, old_communes, officer, name=name) == {"name": ["Hãy ghi tên của đơn vị mới."]}


def test_a_name_that_another_commune_of_the_district_bears_is_refused(district, old_communes, officer):
    make_commune(authority=district, code="17555", name="Hòa Bình")
    for change, of in ((rename, old_communes[0]), (merge, old_communes)):
        told = refused(change, of, officer, name="xã Hoà Bình")["name"][0]
        assert told.startswith("huyện Anh Sơn đã có xã Hòa Bình (mã 17555). Hãy kiểm tra lại tên;")
        assert "ghi việc đổi tên của đơn vị đó trước" in told


def test_a_name_is_free_again_where_its_bearer_has_ended_or_merges_or_is_of_another_district(
    district, old_communes, officer
):
    make_commune(authority=district, name="Tam Đỉnh", valid_to=LAST_DAY)
    make_commune(name="Tam Đỉnh")
    assert rename(old_communes[0], officer).successor.name == "Tam Đỉnh"
    assert merge(old_communes[1:], officer, name="Khai Sơn").successor.name == "Khai Sơn"


def test_a_commune_may_bear_the_name_of_a_town_and_move_to_where_its_name_is_borne_which_is_told(
    district, province, old_communes, officer, province_officer
):
    town = make_commune(authority=district, code="17329", name="Tam Đỉnh", kind="thi_tran")
    planned = renaming(commune=old_communes[0], name="Tam Đỉnh", from_day=FROM_DAY, by=officer)
    assert planned.namesakes == [town]
    other = make_commune(authority=province, name="Khai Sơn")
    planned = moving(commune=old_communes[1], authority=province, from_day=FROM_DAY, by=province_officer)
    assert planned.namesakes == [other]
    assert renaming(commune=old_communes[0], name="Tên Mới", from_day=FROM_DAY, by=officer).namesakes == []


def test_one_commune_cannot_merge(old_communes, officer):
    assert set(refused(merge, old_communes[:1], officer)) == {"communes"}


def test_a_code_in_use_is_refused(old_communes, district, officer):
    make_commune(authority=district, code="17999", name="Đức Sơn")
    assert "đang là mã của xã Đức Sơn" in refused(merge, old_communes, officer)["code"][0]


def test_a_code_and_a_name_that_another_unit_bears_only_later_are_refused_too(old_communes, district, officer):
    make_commune(authority=district, code="17999", name="Đức Sơn", valid_from=FROM_DAY)
    before = date(2025, 6, 15)
    assert "đang là mã của xã Đức Sơn" in refused(merge, old_communes, officer, from_day=before)["code"][0]
    assert "đã có xã Đức Sơn" in refused(rename, old_communes[0], officer, name="Đức Sơn", from_day=before)["name"][0]


@pytest.mark.parametrize("code", ["1799", "1799A", "179999"])
def test_a_code_that_is_not_five_digits_is_refused(old_communes, officer, code):
    assert set(refused(merge, old_communes, officer, code=code)) == {"code"}


def test_communes_of_another_district_are_not_merged_by_this_one(old_communes, officer):
    foreign = make_commune()
    assert set(refused(merge, [*old_communes, foreign], officer)) == {"communes"}


def test_a_district_cannot_hand_a_commune_to_an_authority_beyond_its_reach(district, province, officer):
    commune = make_commune(authority=district)
    assert set(refused(move, commune, officer, authority=province)) == {"authority"}


def test_a_commune_is_not_moved_to_where_it_is_nor_to_an_authority_that_has_ended(district, province, province_officer):
    commune = make_commune(authority=district)
    ended = make_authority(parent=province, valid_to=date(2024, 12, 31))
    assert set(refused(move, commune, province_officer, authority=district)) == {"authority"}
    assert set(refused(move, commune, province_officer, authority=ended)) == {"authority"}


def test_staff_of_a_commune_change_no_units(district):
    commune = make_commune(authority=district)
    assert set(refused(rename, commune, make_user(Role.COMMUNE, commune=commune))) == {"commune"}


# Who reads what


def readable(user: User) -> set[Commune]:
    fresh = User.objects.get(pk=user.pk)
    seen = set(Commune.objects.visible_to(fresh))
    assert seen == {unit for unit in Commune.objects.all() if fresh.has_perm("communes.view_progress", unit)}
    return seen


def test_staff_of_the_successor_read_all_predecessors_and_no_other_commune(old_communes, district, officer):
    neighbour = make_commune(authority=district)
    staff, other = make_user(Role.COMMUNE, commune=old_communes[0]), make_user(Role.COMMUNE, commune=neighbour)
    new = merge(old_communes, officer).successor
    assert readable(staff) == {new, *old_communes}
    assert readable(other) == {neighbour}


def test_predecessors_of_predecessors_are_read_too(district, officer):
    first = make_commune(authority=district)
    staff = make_user(Role.COMMUNE, commune=first)
    second = rename(first, officer, from_day=date(2025, 1, 1)).successor
    third = rename(second, officer, name="Yên Xuân").successor
    assert readable(staff) == {first, second, third}


def test_the_old_authority_keeps_the_old_unit_and_the_new_one_reads_both(district, province):
    other_district = make_authority(parent=province)
    commune, foreign = make_commune(authority=district), make_commune(authority=district)
    mover = make_user(authority=province)
    old_officer, new_officer = make_user(authority=district), make_user(authority=other_district)
    new = move(commune, mover, authority=other_district).successor
    assert readable(old_officer) == {commune, foreign}
    assert readable(new_officer) == {commune, new}
    assert readable(make_user()) == set()
    assert readable(make_user(Role.ADMINISTRATOR)) == {commune, foreign, new}


def test_what_is_inherited_can_be_read_and_not_changed(district, province):
    other_district = make_authority(parent=province)
    commune = make_commune(authority=district)
    new = move(commune, make_user(authority=province), authority=other_district).successor
    officer = make_user(authority=other_district)
    for action in ("communes.manage_units", "criteria.change_assessment", "criteria.add_evidence"):
        assert officer.has_perm(action, new)
        assert not officer.has_perm(action, commune)


def test_changes_are_seen_by_those_who_had_or_have_the_unit(district, province):
    other_district = make_authority(parent=province)
    commune = make_commune(authority=district)
    change = move(commune, make_user(authority=province), authority=other_district)
    insiders = [make_user(authority=authority) for authority in (district, other_district, province)]
    for person in (*insiders, make_user(Role.ADMINISTRATOR)):
        assert list(UnitChange.objects.visible_to(person)) == [change]
    assert not UnitChange.objects.visible_to(make_user()).exists()


def test_finding_out_what_is_inherited_costs_the_same_for_one_and_for_many(
    old_communes, district, officer, django_assert_num_queries
):
    staff = make_user(Role.COMMUNE, commune=old_communes[0])
    merge(old_communes, officer)
    fresh = User.objects.get(pk=staff.pk)
    with django_assert_num_queries(3):
        assert len(Commune.objects.visible_to(fresh)) == len(old_communes) + 1
    with django_assert_num_queries(1):
        assert len(Commune.objects.visible_to(fresh)) == len(old_communes) + 1


@pytest.mark.parametrize(("level", "may"), [(AuthorityLevel.COUNTRY, True), (AuthorityLevel.PROVINCE, False)])
def test_an_authority_stands_below_one_of_a_higher_level(province, level, may):
    province.parent = make_authority(level=level)
    if may:
        province.clean()
        return
    with pytest.raises(ValidationError) as refusal:
        province.clean()
    assert set(refusal.value.message_dict) == {"parent"}
