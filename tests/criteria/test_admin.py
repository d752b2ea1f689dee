"""The catalogue on the admin site: what is unverified shows it, what is wrong is refused at its field."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from communes.enums import Role
from communes.models import Commune
from criteria.enums import Provenance, Status, SubItemKind
from criteria.models import CommuneZone, SubItem, SubItemGuide, SubItemPart, Threshold, Zone
from tests import factories as make
from tests.pages import errors, no_rows

pytestmark = pytest.mark.django_db

UNVERIFIED = "Chưa đối chiếu văn bản"


@pytest.fixture
def district():
    return make.make_authority()


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


def sub_item_answer(criterion, **changes):
    return {
        "criterion": criterion.pk,
        "position": 9,
        "code": f"{criterion.number}.9",
        "official_code": f"{criterion.number}.9",
        "name": "Tỷ lệ hộ được sử dụng nước sạch",
        "requirement": "≥30%",
        "kind": SubItemKind.PERCENT,
        "unit": "%",
        "comparator": "gte",
        "threshold_state": "sourced",
        "name_provenance": Provenance.SOURCED,
        "requirement_provenance": Provenance.SOURCED,
        **no_rows("guides", "parts", "thresholds"),
        **changes,
    }


def threshold_answer(sub_item, **changes):
    return {"sub_item": sub_item.pk, "value": "80", "provenance": Provenance.SOURCED, **changes}


def test_an_unverified_sub_item_is_marked_in_list_and_form(client, officer):
    sub_item = make.make_sub_item(is_verified=False)
    assert UNVERIFIED in client.get(reverse("admin:criteria_subitem_changelist")).content.decode()
    assert UNVERIFIED in client.get(reverse("admin:criteria_subitem_change", args=[sub_item.pk])).content.decode()


def test_a_verified_sub_item_bears_no_mark_in_its_row(client, officer):
    sub_item = make.make_sub_item(
        is_verified=True, name_provenance=Provenance.SOURCED, requirement_provenance=Provenance.SOURCED
    )
    page = client.get(reverse("admin:criteria_subitem_changelist"))
    row = page.content.decode().split("<tbody>")[1].split("</tbody>")[0]
    assert sub_item.name in row
    assert "Đã đối chiếu" in row
    assert UNVERIFIED not in row


def test_provenance_of_name_and_requirement_stand_in_the_list(client, officer):
    make.make_sub_item(name_provenance=Provenance.INFERRED, requirement_provenance=Provenance.PARTIAL)
    row = client.get(reverse("admin:criteria_subitem_changelist")).content.decode().split("<tbody>")[1]
    assert Provenance.INFERRED.label in row
    assert Provenance.PARTIAL.label in row


def test_a_threshold_from_memory_is_marked(client, officer):
    make.make_threshold(provenance=Provenance.MEMORY)
    row = client.get(reverse("admin:criteria_threshold_changelist")).content.decode().split("<tbody>")[1]
    assert UNVERIFIED in row


def test_an_administrator_adds_a_sub_item(client, administrator):
    criterion = make.make_criterion()
    client.post(reverse("admin:criteria_subitem_add"), sub_item_answer(criterion))
    assert SubItem.objects.get(code="1.9").criterion == criterion


@pytest.mark.parametrize("code", ["1,9", "1", "1.9.2", "2.1"])
def test_a_wrong_sub_item_code_is_refused_at_its_field(client, administrator, code):
    answer = sub_item_answer(make.make_criterion(), code=code)
    assert set(errors(client.post(reverse("admin:criteria_subitem_add"), answer))) == {"code"}


def test_a_sub_item_code_in_use_is_refused_at_its_field(client, administrator):
    sub_item = make.make_sub_item()
    answer = sub_item_answer(sub_item.criterion, code=sub_item.code)
    found = errors(client.post(reverse("admin:criteria_subitem_add"), answer))
    assert found == {"code": ["Tiêu chí này đã có nội dung mang mã đó."]}


def test_the_database_too_refuses_a_sub_item_code_in_use():
    sub_item = make.make_sub_item()
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_sub_item(criterion=sub_item.criterion, code=sub_item.code, position=9)


def test_a_measured_sub_item_without_a_comparison_is_refused_at_its_field(client, administrator):
    found = errors(
        client.post(reverse("admin:criteria_subitem_add"), sub_item_answer(make.make_criterion(), comparator="met"))
    )
    assert set(found) <= {"kind", "comparator"}
    assert found


def test_a_threshold_is_typed_with_a_decimal_comma(client, administrator):
    sub_item = make.make_sub_item(kind=SubItemKind.PERCENT)
    client.post(reverse("admin:criteria_threshold_add"), threshold_answer(sub_item, value="62,5"))
    threshold = Threshold.objects.get()
    assert threshold.value == Decimal("62.5")
    page = client.get(reverse("admin:criteria_threshold_change", args=[threshold.pk]))
    assert 'value="62,500"' in page.content.decode()


@pytest.mark.parametrize("value", ["100,1", "-1", "tám mươi"])
def test_an_impossible_threshold_is_refused_at_its_field(client, administrator, value):
    answer = threshold_answer(make.make_sub_item(kind=SubItemKind.PERCENT), value=value)
    assert set(errors(client.post(reverse("admin:criteria_threshold_add"), answer))) == {"value"}
    assert not Threshold.objects.exists()


def test_an_amount_may_be_over_a_hundred(client, administrator):
    sub_item = make.make_sub_item(kind=SubItemKind.AMOUNT)
    client.post(reverse("admin:criteria_threshold_add"), threshold_answer(sub_item, value="150"))
    assert Threshold.objects.get().value == 150


def test_a_threshold_over_a_hundred_per_cent_is_refused_below_its_sub_item_too(client, administrator):
    sub_item = make.make_sub_item(kind=SubItemKind.PERCENT)
    answer = {
        **sub_item_answer(sub_item.criterion, code=sub_item.code, position=1),
        "thresholds-TOTAL_FORMS": 1,
        "thresholds-0-value": "101",
        "thresholds-0-provenance": Provenance.SOURCED,
        "thresholds-0-sub_item": sub_item.pk,
    }
    page = client.post(reverse("admin:criteria_subitem_change", args=[sub_item.pk]), answer)
    assert page.status_code == 200
    assert "Tỷ lệ không quá 100%." in page.content.decode()
    assert not Threshold.objects.exists()


def test_the_database_too_refuses_a_negative_threshold():
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_threshold(value=-1)


def test_the_same_threshold_twice_is_refused_in_words(client, administrator):
    threshold = make.make_threshold()
    found = errors(client.post(reverse("admin:criteria_threshold_add"), threshold_answer(threshold.sub_item)))
    assert found == {"year": ["Đã có ngưỡng cho nội dung, vùng, năm và tỉnh đó."]}


def test_the_database_too_refuses_the_same_threshold_twice():
    threshold = make.make_threshold()
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_threshold(sub_item=threshold.sub_item)


def test_a_criterion_in_use_is_not_deleted_and_the_page_says_what_holds_it(client, administrator):
    sub_item = make.make_sub_item(name="Đường xã được nhựa hóa")
    content = client.get(reverse("admin:criteria_criterion_delete", args=[sub_item.criterion.pk])).content.decode()
    assert "Không thể xóa" in content
    assert "Đường xã được nhựa hóa" in content


@pytest.fixture
def assessed():
    """A sub-item by which a commune was assessed, and the next one, by which none was yet."""
    sub_item = make.make_assessment().sub_item
    return sub_item, make.make_sub_item(criterion=sub_item.criterion, name="Đường xã")


def test_a_set_in_use_gets_no_further_sub_item_or_criterion(client, administrator, assessed):
    """All past days would be counted by one more."""
    criterion = assessed[0].criterion
    found = errors(client.post(reverse("admin:criteria_subitem_add"), sub_item_answer(criterion)))
    assert found["criterion"][0].startswith("Bộ tiêu chí này đã có đánh giá nên không thêm, không xóa")
    answer = {"criteria_set": criterion.criteria_set_id, "group": criterion.group_id, "number": 9, "name": "Mới"}
    answer |= {"short_name": "Mới", **no_rows("sub_items")}
    assert set(errors(client.post(reverse("admin:criteria_criterion_add"), answer))) == {"criteria_set"}
    assert criterion.criteria_set.criteria.count() == 1
    assert criterion.sub_items.count() == 2


def test_what_counts_in_a_set_in_use_stays_and_its_texts_may_be_put_right(client, administrator, assessed):
    sub_item = assessed[1]
    url = reverse("admin:criteria_subitem_change", args=[sub_item.pk])
    assert "Bộ tiêu chí này đã có đánh giá" in client.get(url).text
    elsewhere = make.make_criterion(number=2)
    answer = sub_item_answer(elsewhere, code="2.7", name="Đường xã được nhựa hóa", requirement="100%", position=5)
    client.post(url, answer)
    found = SubItem.objects.get(pk=sub_item.pk)
    assert (found.name, found.requirement, found.position) == ("Đường xã được nhựa hóa", "100%", 5)
    kept = ("criterion_id", "code", "kind", "comparator")
    assert [getattr(found, name) for name in kept] == [getattr(sub_item, name) for name in kept]


def test_nothing_of_a_set_in_use_is_deleted_one_by_one_or_together(client, administrator, assessed):
    sub_item = assessed[1]
    client.post(reverse("admin:criteria_subitem_delete", args=[sub_item.pk]), {"post": "yes"})
    together = {"action": "delete_selected", "_selected_action": [sub_item.pk], "post": "yes"}
    client.post(reverse("admin:criteria_subitem_changelist"), together)
    assert SubItem.objects.filter(pk=sub_item.pk).exists()


def test_a_sub_item_of_a_set_not_yet_in_use_is_changed_and_deleted(client, administrator):
    """The control."""
    sub_item = make.make_sub_item()
    client.post(
        reverse("admin:criteria_subitem_change", args=[sub_item.pk]), sub_item_answer(sub_item.criterion, code="1.7")
    )
    assert SubItem.objects.get().code == "1.7"
    client.post(reverse("admin:criteria_subitem_delete", args=[sub_item.pk]), {"post": "yes"})
    assert not SubItem.objects.exists()


def test_an_officer_cannot_change_the_catalogue(client, officer):
    sub_item = make.make_sub_item()
    answer = sub_item_answer(sub_item.criterion, code=sub_item.code)
    assert client.post(reverse("admin:criteria_subitem_change", args=[sub_item.pk]), answer).status_code == 403
    assert client.post(reverse("admin:criteria_subitem_delete", args=[sub_item.pk]), {"post": "yes"}).status_code == 403


def test_an_officer_says_which_own_department_guides_a_sub_item(client, officer, district):
    sub_item, department = make.make_sub_item(), make.make_department(authority=district)
    answer = {"sub_item": sub_item.pk, "department": department.pk, "basis": "Quyết định phân công"}
    client.post(reverse("admin:criteria_subitemguide_add"), answer)
    assert SubItemGuide.objects.get().department == department


def test_an_officer_says_nothing_of_foreign_departments(client, officer):
    answer = {"sub_item": make.make_sub_item().pk, "department": make.make_department().pk}
    assert set(errors(client.post(reverse("admin:criteria_subitemguide_add"), answer))) == {"department"}


def test_the_page_of_a_sub_item_shows_an_officer_only_the_own_departments(client, officer, district):
    sub_item = make.make_sub_item()
    make.make_guide(sub_item=sub_item, department=make.make_department(authority=district, full_name="Phòng của tôi"))
    make.make_guide(sub_item=sub_item, department=make.make_department(full_name="Phòng huyện khác"))
    content = client.get(reverse("admin:criteria_subitem_change", args=[sub_item.pk])).content.decode()
    assert "Phòng của tôi" in content
    assert "Phòng huyện khác" not in content


@pytest.mark.parametrize("typed", ["đường xã", "duong xa", "1.1 duong"])
def test_a_sub_item_is_found_by_code_and_name_with_and_without_diacritics(client, officer, typed):
    wanted = make.make_sub_item(name="Đường xã được nhựa hóa")
    make.make_sub_item(criterion=wanted.criterion, name="Trường học")
    page = client.get(reverse("admin:criteria_subitem_changelist"), {"q": typed})
    assert [row.pk for row in page.context["cl"].result_list] == [wanted.pk]


def test_findings_and_their_changes_are_read_and_never_written_here(client, administrator):
    assessment = make.make_assessment(status=Status.MET)
    for model, row in (("assessment", assessment), ("assessmentchange", assessment.changes.get())):
        url = reverse(f"admin:criteria_{model}_change", args=[row.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"status": Status.NOT_MET}).status_code == 403
        assert client.post(reverse(f"admin:criteria_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert client.get(reverse(f"admin:criteria_{model}_add")).status_code == 403
    assessment.refresh_from_db()
    assert assessment.status == Status.MET


def test_what_a_record_belongs_to_is_asked_for_at_its_own_field():
    for record, name in ((CommuneZone(commune=make.make_commune()), "zone"), (Threshold(value=80), "sub_item")):
        with pytest.raises(ValidationError) as refused:
            record.full_clean()
        assert name in refused.value.message_dict


def test_a_commune_lies_in_one_zone_of_a_set():
    first, other = make.make_criteria_set(), make.make_criteria_set()
    zone = first.zones.get()
    known = CommuneZone.objects.create(commune=make.make_commune(), zone=zone)
    second = CommuneZone(commune=known.commune, zone=Zone.objects.create(criteria_set=first, code="hai", name="Hai"))
    with pytest.raises(ValidationError) as refused:
        second.clean()
    assert set(refused.value.message_dict) == {"zone"}
    for allowed in (
        known,
        CommuneZone(commune=known.commune, zone=other.zones.get()),
        CommuneZone(commune=make.make_commune(), zone=zone),
    ):
        allowed.clean()


def test_a_level_names_a_part_of_its_own_sub_item_and_a_zone_of_its_own_set():
    sub_item, other = (make.make_sub_item(kind=SubItemKind.PERCENT) for _ in range(2))
    parts = [SubItemPart.objects.create(sub_item=row, code="nam", name="Nam", position=1) for row in (sub_item, other)]
    zones = [row.criterion.criteria_set.zones.get() for row in (sub_item, other)]
    Threshold(sub_item=sub_item, value=100, part=parts[0], zone=zones[0]).clean()
    for wrong, name in (({"part": parts[1]}, "part"), ({"zone": zones[1]}, "zone"), ({"value": 101}, "value")):
        with pytest.raises(ValidationError) as refused:
            Threshold(**{"sub_item": sub_item, "value": 80, **wrong}).clean()
        assert set(refused.value.message_dict) == {name}


def test_a_criterion_stands_in_a_group_of_its_own_set():
    criterion, other = make.make_criterion(), make.make_criterion()
    criterion.clean()
    criterion.group = other.group
    with pytest.raises(ValidationError) as refused:
        criterion.clean()
    assert set(refused.value.message_dict) == {"group"}


# A commune that joins later


@pytest.fixture
def reporting(district, settings):
    """On 10/4/2023 a commune of the district has reported for February."""
    settings.NTM_TODAY = date(2023, 4, 10)
    commune = make.make_commune(authority=district, code="17380", name="Khai Sơn")
    make.make_report(commune=commune, month=date(2023, 2, 1))
    return commune


def commune_answer(district, **changes):
    return {"code": "17386", "kind": "xa", "name": "Cao Sơn", "authority": district.pk, **changes}


def test_a_new_commune_says_since_when_where_others_report(client, officer, district, reporting):
    add = reverse("admin:communes_commune_add")
    found = errors(client.post(add, commune_answer(district)))
    assert set(found) == {"valid_from"}
    assert f"Các xã của {district} báo cáo ở đây từ tháng 2/2023" in found["valid_from"][0]
    assert set(errors(client.post(add, commune_answer(district, valid_from="31/02/2023")))) == {"valid_from"}
    assert client.post(add, commune_answer(district, valid_from="20/3/2023")).status_code == 302
    assert Commune.objects.get(code="17386").valid_from == date(2023, 3, 20)


def test_a_commune_that_was_there_before_needs_no_first_day(client, officer, district, reporting):
    change = reverse("admin:communes_commune_change", args=[reporting.pk])
    answer = commune_answer(district, code=reporting.code, name=reporting.name)
    assert client.post(change, answer).status_code == 302


def test_where_nobody_has_to_report_yet_a_new_commune_needs_no_first_day(client, officer, district, settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    make.make_commune(authority=district)
    assert client.post(reverse("admin:communes_commune_add"), commune_answer(district)).status_code == 302
