"""One cell: who may change it, what is refused, who comes second."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus

import pytest
from django.urls import reverse

from communes.enums import Role
from criteria.enums import AssessmentSource, Status, SubItemKind
from criteria.models import Assessment, AssessmentChange, SubItemPart, SubItemPlan
from criteria.selectors.cell import cell
from criteria.services import change_assessment
from criteria.unit_services import rename_commune
from ntm_tracker.lib import clock
from tests.factories import (
    PASSWORD,
    make_assessment,
    make_commune,
    make_criteria_set,
    make_department,
    make_guide,
    make_sub_item,
    make_threshold,
    make_user,
)
from tests.pages import text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def in_april_2023(settings):
    settings.NTM_TODAY = date(2023, 4, 10)


@pytest.fixture
def commune():
    return make_commune()


@pytest.fixture
def officer(commune):
    return make_user(authority=commune.authority)


@pytest.fixture
def criterion():
    return make_criteria_set(criteria=1, sub_items=[1]).criteria.get()


@pytest.fixture
def measured(criterion):
    """A sub-item of at least 80 %."""
    sub_item = make_sub_item(criterion=criterion, kind=SubItemKind.PERCENT)
    make_threshold(sub_item=sub_item)
    return sub_item


def address(commune, sub_item, step="cell"):
    return reverse(f"communes:{step}", args=[commune.code, sub_item.code])


def post(client, user, url, **data):
    client.force_login(user)
    return client.post(url, data, headers=HTMX)


def test_what_an_error_asks_for_is_not_called_optional(client, officer, commune, measured):
    def optional(answer):
        return set(re.findall(r">([^<>]*) <span class=\"optional\">", answer.text))

    client.force_login(officer)
    assert optional(client.get(address(commune, measured))) >= {"Giá trị (%)", "Lý do", "Căn cứ"}
    refused = optional(
        post(client, officer, address(commune, measured), status="not_applicable", value="101", version=0)
    )
    assert "Giá trị (%)" in refused
    assert not refused & {"Lý do", "Căn cứ"}


def test_an_officer_changes_a_finding_and_reads_when_it_was_saved(client, officer, commune, measured):
    answer = post(client, officer, address(commune, measured), status="met", value="85,5", version=0)
    assert "Đã lưu lúc" in answer.text
    assert Assessment.objects.get().value == Decimal("85.5")
    assert AssessmentChange.objects.get().by == officer


def test_without_scripts_the_page_leads_back_with_a_message(client, officer, commune, measured):
    client.force_login(officer)
    answer = client.post(address(commune, measured), {"status": "met", "value": "90", "version": 0}, follow=True)
    assert answer.redirect_chain == [(address(commune, measured), HTTPStatus.FOUND)]
    assert f"Nội dung {measured.code}" in answer.text or f"nội dung {measured.code}" in answer.text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"status": "met", "value": "70"}, "chọn khác đi thì phải ghi lý do"),
        ({"status": "not_met", "value": "85"}, "chọn khác đi thì phải ghi lý do"),
        ({"status": "met", "value": "101"}, "Tỷ lệ không quá 100%"),
        ({"status": "met", "value": "-1"}, "Giá trị không được âm"),
        ({"status": "met", "value": "tám mươi"}, "“tám mươi” không phải là số. Hãy ghi một số, ví dụ 63,2"),
        ({"status": "not_applicable", "basis": "QĐ 318"}, "phải ghi lý do"),
        ({"status": "not_applicable", "reason": "Không có"}, "phải ghi căn cứ"),
        ({"status": "perhaps"}, "perhaps"),
        ({}, "Hãy chọn kết quả"),
    ],
)
def test_what_the_rules_refuse_is_named_and_nothing_is_written(client, officer, commune, measured, data, sentence):
    answer = post(client, officer, address(commune, measured), version=0, **data)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.text
    assert not Assessment.objects.exists()


def test_a_text_that_is_too_long_comes_back_whole_with_how_much_to_cut(client, officer, commune, measured):
    """A browser would drop what lies beyond `maxlength` without a word."""
    client.force_login(officer)
    panel = client.get(address(commune, measured), headers=HTMX).text
    assert 'name="solution"' in panel
    assert "maxlength" not in panel
    reason, basis, solution = "Rà soát " * 625 + "hết", "QĐ 318 " * 58, "Làm đường " * 201
    refused = post(client, officer, address(commune, measured), status="not_met", reason=reason, basis=basis, version=0)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Dài 5.003 ký tự, tối đa 2.000: hãy bớt 3.003 ký tự." in refused.text
    assert "Dài 405 ký tự, tối đa 300: hãy bớt 105 ký tự." in refused.text
    assert reason in refused.text
    assert basis.strip() in refused.text
    assert not Assessment.objects.exists()
    refused = post(client, officer, address(commune, measured, "cell-plan"), solution=solution, plan_version=0)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Dài 2.009 ký tự, tối đa 2.000: hãy bớt 9 ký tự." in refused.text
    assert solution in refused.text


def test_a_reason_that_is_too_long_is_not_called_missing(client, officer, commune, measured):
    """Met by its value and yet not met: that needs a reason, which is there."""
    sent = {"value": "75", "status": "not_met", "reason": "Rà soát " * 300, "version": 0}
    refused = text(post(client, officer, address(commune, measured), **sent))
    assert "tối đa 2.000: hãy bớt" in refused
    assert "chọn khác đi thì phải ghi lý do" not in refused


def test_a_contradiction_with_its_reason_is_written(client, officer, commune, measured):
    post(client, officer, address(commune, measured), status="met", value="79", reason="Biên bản 12/4", version=0)
    assert Assessment.objects.get().reason == "Biên bản 12/4"


@pytest.mark.parametrize(("value", "status"), [("85,5", Status.MET), ("70", Status.NOT_MET)])
def test_a_value_alone_decides_by_its_threshold(client, officer, commune, measured, value, status):
    assert post(client, officer, address(commune, measured), value=value, version=0).status_code == HTTPStatus.OK
    assert Assessment.objects.get().status == status


@pytest.mark.parametrize(
    ("stands", "sent", "value", "status"),
    [
        (Status.MET, "met", "70", Status.NOT_MET),
        (Status.NOT_MET, "not_met", "85,5", Status.MET),
        (Status.NOT_APPLICABLE, "not_applicable", "85,5", Status.MET),
        (Status.NOT_MET, "met", "60", Status.NOT_MET),  # what 90 had proposed before 60 was typed again
        (Status.MET, "met", "", Status.MET),
        (Status.MET, "not_met", "", Status.MET),  # what 50 had proposed before it was taken out again
    ],
)
def test_a_status_that_nobody_chose_follows_the_value(client, officer, commune, measured, stands, sent, value, status):
    make_assessment(commune=commune, sub_item=measured, status=stands, value=60, reason="Cũ", basis="QĐ 318")
    fields = {"status": sent, "value": value, "untouched": "1", "version": 1}
    assert post(client, officer, address(commune, measured), **fields).status_code == HTTPStatus.OK
    assert Assessment.objects.get().status == status


def test_a_status_that_nobody_chose_follows_the_values_of_the_parts(client, officer, commune, measured):
    for position, code in enumerate(("nam", "nu")):
        SubItemPart.objects.create(sub_item=measured, code=code, name=code, position=position)
    make_assessment(commune=commune, sub_item=measured, part_values={"nam": "85", "nu": "82"})
    parts = {"part_nam": "72", "part_nu": "75,5"}
    post(client, officer, address(commune, measured), status="met", untouched="1", version=1, **parts)
    assert Assessment.objects.get().status == Status.NOT_MET


def test_where_no_threshold_is_known_a_status_that_nobody_chose_stays(client, officer, commune, criterion):
    unknown = make_sub_item(criterion=criterion, kind=SubItemKind.PERCENT)
    make_assessment(commune=commune, sub_item=unknown, value=60)
    post(client, officer, address(commune, unknown), status="met", value="70", untouched="1", version=1)
    found = Assessment.objects.get()
    assert (found.status, found.value) == (Status.MET, 70)


def test_what_stands_against_its_value_is_not_turned_by_another_reason(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, value=79, reason="Biên bản 12/4")
    fields = {"status": "met", "value": "79", "reason": "Biên bản 14/4", "untouched": "1", "version": 1}
    assert "Đã lưu" in post(client, officer, address(commune, measured), **fields).text
    assert Assessment.objects.get().status == Status.MET


@pytest.mark.parametrize("scripts", [True, False])
def test_a_status_chosen_against_the_value_needs_its_reason(client, officer, commune, measured, scripts):
    """The script empties the mark at a choice; without scripts it is always sent and says nothing."""
    make_assessment(commune=commune, sub_item=measured, value=90)
    client.force_login(officer)
    sent = {"status": "met", "value": "70", "untouched": "" if scripts else "1", "version": 1}
    answer = client.post(address(commune, measured), sent, headers=HTMX if scripts else {})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "chọn khác đi thì phải ghi lý do" in answer.text
    assert Assessment.objects.get().value == 90


@pytest.mark.parametrize(("untouched", "mark"), [("1", ' value="1"'), ("", "")])
def test_a_refused_form_comes_back_knowing_whether_its_status_was_chosen(
    client, officer, commune, measured, untouched, mark
):
    make_assessment(commune=commune, sub_item=measured, value=90)
    fields = {"status": "met", "value": "101", "untouched": untouched, "version": 1}
    answer = post(client, officer, address(commune, measured), **fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f'<input type="hidden" name="untouched"{mark} id=' in answer.text


def fields_of(answer):
    """What the panel's own form would send as it stands."""
    form = answer.context["form"]
    return {name: value for name in form.fields if (value := form[name].value()) is not None}


def test_the_own_result_in_a_conflict_is_written_with_the_status_that_is_shown(client, officer, commune, measured):
    """Met at 60 % stood for a reason; it was no choice, until another status stood beside it."""
    make_assessment(commune=commune, sub_item=measured, value=60, reason="Biên bản 12/4")
    colleague = make_user(authority=commune.authority)
    post(client, colleague, address(commune, measured), status="not_met", value="55", version=1)
    fields = {"status": "met", "value": "60", "reason": "Biên bản 14/4", "untouched": "1", "version": 1}
    conflict = post(client, officer, address(commune, measured), **fields)
    assert conflict.status_code == HTTPStatus.CONFLICT
    post(client, officer, address(commune, measured), **fields_of(conflict))
    found = Assessment.objects.get()
    assert (found.status, found.value, found.reason) == (Status.MET, 60, "Biên bản 14/4")


def test_the_status_of_a_key_counts_as_chosen(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, value=90)
    fields = {"quick": "not_met", "untouched": "1", "version": 1}
    answer = post(client, officer, address(commune, measured), **fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert '<input type="hidden" name="untouched" id=' in answer.text


@pytest.mark.parametrize(
    ("typed", "value"),
    [("63,2", "63.2"), ("63.2", "63.2"), ("28.500", "28500"), ("1.234,5", "1234.5"), ("63,2 %", "63.2")],
)
def test_a_figure_is_read_as_in_reports_and_blocks_from_excel(client, officer, commune, criterion, typed, value):
    amount = make_sub_item(criterion=criterion, kind=SubItemKind.AMOUNT, unit="m²/người")
    post(client, officer, address(commune, amount), status="met", value=typed, version=0)
    assert Assessment.objects.get().value == Decimal(value)


def test_the_field_shows_the_figure_as_people_write_it(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, value=Decimal("85.500"))
    client.force_login(officer)
    assert 'name="value" value="85,5"' in client.get(address(commune, measured)).text


def test_without_a_known_threshold_a_value_alone_decides_nothing(client, officer, commune, criterion):
    unknown = make_sub_item(criterion=criterion, kind=SubItemKind.PERCENT)
    answer = post(client, officer, address(commune, unknown), value="90", version=0)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Hãy chọn kết quả" in answer.text


def test_a_typed_value_proposes_the_status_before_anything_is_saved(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.NOT_MET, value=60)
    client.force_login(officer)
    asked = {"propose": "1", "status": "not_met", "value": "91,5"}
    answer = client.get(address(commune, measured), asked, headers=HTMX).text
    assert "Theo giá trị và ngưỡng" in answer
    assert 'data-status="met"' in answer
    assert "<input" not in answer  # what the person has under the mouse isn't replaced
    assert 'data-status="not_met"' in client.get(address(commune, measured), {**asked, "value": ""}, headers=HTMX).text
    unread = client.get(address(commune, measured), {**asked, "value": "chín mươi"}, headers=HTMX).text
    assert "Theo giá trị và ngưỡng" not in unread
    assert Assessment.objects.get().status == Status.NOT_MET


def test_women_and_men_are_measured_apart(client, officer, commune, measured):
    for position, code in enumerate(("nam", "nu")):
        SubItemPart.objects.create(sub_item=measured, code=code, name=code, position=position)
    refused = post(client, officer, address(commune, measured), status="met", part_nam="90", part_nu="70", version=0)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    post(client, officer, address(commune, measured), status="met", part_nam="90", part_nu="81,5", version=0)
    assert Assessment.objects.get().part_values == {"nam": "90", "nu": "81.5"}


def test_the_history_tells_values_and_parts_from_and_to(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.NOT_MET, value=60)
    post(client, officer, address(commune, measured), status="met", value="90", version=1)
    assert "60 → 90%" in client.get(address(commune, measured)).text
    for position, (code, name) in enumerate((("nam", "Nam"), ("nu", "Nữ"))):
        SubItemPart.objects.create(sub_item=measured, code=code, name=name, position=position)
    answer = post(client, officer, address(commune, measured), part_nam="90", part_nu="81,5", status="met", version=2)
    assert answer.text.count("Nam: 90%; Nữ: 81,5%") == 1
    assert "Nam: 90% Nữ: 81,5% Đã lưu" in text(answer)
    recent = text(client.get(commune.get_absolute_url())).partition("Thay đổi gần đây")[2]
    assert "Nam: 90%; Nữ: 81,5%" in recent
    answer = post(
        client, officer, address(commune, measured), part_nam="90", part_nu="78,5", status="not_met", version=3
    )
    assert "Nam: 90% Nữ: 78,5% (chưa đạt, cần ≥ 80%)" in text(answer)
    client.force_login(make_user(Role.LEADER, authority=commune.authority))
    assert "78,5% (chưa đạt; yêu cầu: ≥ 80%)" in text(client.get(address(commune, measured)))


def test_who_comes_second_sees_the_parts_that_the_first_one_measured(client, officer, commune, measured):
    for position, (code, name) in enumerate((("nam", "Nam"), ("nu", "Nữ"))):
        SubItemPart.objects.create(sub_item=measured, code=code, name=name, position=position)
    make_assessment(commune=commune, sub_item=measured, part_values={"nam": "85", "nu": "82"}, version=2)
    answer = post(client, officer, address(commune, measured), status="not_met", part_nam="70", version=1)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "(Nam: 85%; Nữ: 82%)" in answer.text


def test_a_plan_past_its_day_is_marked_beside_the_cell(client, officer, commune, measured):
    SubItemPlan.objects.create(commune=commune, sub_item=measured, official="Bà Hoa", planned_on=date(2023, 4, 9))
    client.force_login(officer)
    assert "Quá ngày dự kiến" in client.get(address(commune, measured)).text
    make_assessment(commune=commune, sub_item=measured)
    assert "Quá ngày dự kiến" not in client.get(address(commune, measured)).text


def test_what_is_missing_tells_each_part_and_which_plan_is_late(client, officer, commune, measured):
    for position, (code, name) in enumerate((("nam", "Nam"), ("nu", "Nữ"))):
        SubItemPart.objects.create(sub_item=measured, code=code, name=name, position=position)
    make_assessment(commune=commune, sub_item=measured, status=Status.NOT_MET, part_values={"nam": "85", "nu": "60.5"})
    SubItemPlan.objects.create(commune=commune, sub_item=measured, planned_on=date(2023, 4, 9))
    client.force_login(officer)
    missing = client.get(commune.get_absolute_url()).text.partition('id="con-thieu"')[2].partition("</section>")[0]
    assert "Nam: hiện 85%, cần ≥ 80%" in missing
    assert "Nữ: hiện 60,5%, cần ≥ 80%" in missing
    assert missing.count("Quá ngày dự kiến") == 2, "in the head and beside the plan"
    assert "Dự kiến đạt: 09/4/2023" in client.get(address(commune, measured)).text
    Assessment.objects.update(part_values={"nam": "85"})
    assert "Nữ: chưa có số liệu, cần ≥ 80%" in client.get(commune.get_absolute_url()).text


def test_the_recent_changes_lead_to_all_of_the_commune(client, officer, commune, measured):
    client.force_login(officer)
    log = f'href="/changes/?commune={commune.code}"'
    assert log not in client.get(commune.get_absolute_url()).text
    post(client, officer, address(commune, measured), status="not_met", value="60", version=0)
    post(client, officer, address(commune, measured), status="met", value="90", version=1)
    assert log in client.get(commune.get_absolute_url()).text


@pytest.mark.parametrize("place", ["sub-items/{}/", "criteria/1/"])
def test_asked_for_a_past_day_a_cell_leads_to_what_was_known_then(client, officer, commune, measured, place):
    client.force_login(officer)
    here = commune.get_absolute_url()
    answer = client.get(f"{here}{place.format(measured.code)}", {"at": "01/3/2023"})
    assert answer.headers["Location"] == f"{here}?at=2023-03-01#tieu-chi-1"


def test_an_unknown_threshold_is_said_to_be_unknown(client, officer, commune, criterion):
    unknown = make_sub_item(criterion=criterion, kind=SubItemKind.PERCENT)
    client.force_login(officer)
    assert "Chưa rõ ngưỡng" in client.get(address(commune, unknown)).text


def test_who_comes_second_sees_the_first_ones_change_and_keeps_what_was_typed(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.MET, value=82, changed_by=officer)
    colleague = make_user(authority=commune.authority, full_name="Trần Thị Bình")
    post(client, colleague, address(commune, measured), status="met", value="88", version=1)
    answer = post(client, officer, address(commune, measured), status="not_met", value="60", reason="Đo lại", version=1)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Trần Thị Bình vừa đổi nội dung này" in answer.text
    assert 'value="60"' in answer.text
    assert "Đo lại" in answer.text
    assert Assessment.objects.get().value == 88


def test_beside_a_conflict_stand_its_two_choices_alone(client, officer, commune, measured):
    department = make_department(authority=commune.authority)
    make_guide(sub_item=measured, department=department)
    make_assessment(commune=commune, sub_item=measured, status=Status.NOT_MET, version=2, changed_by=officer)
    clerk = make_user(Role.DEPARTMENT, authority=commune.authority, department=department)
    answer = post(client, clerk, address(commune, measured), status="met", value="90", version=1)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert set(re.findall(r"(\w[^<>]*)</(?:a|button)>", answer.text)) >= {
        "Giữ kết quả của người kia",
        "Lưu kết quả của tôi",
    }
    assert "Xác nhận kết quả này" not in answer.text
    assert ">Lưu kết quả<" not in answer.text
    panel = client.get(address(commune, measured)).text
    assert "Xác nhận kết quả này" in panel
    assert ">Lưu kết quả<" in panel


def test_the_second_one_may_then_decide_for_the_own_value(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.MET, value=82, version=2)
    answer = post(client, officer, address(commune, measured), status="not_met", value="60", version=1)
    assert 'name="version" value="2"' in answer.text
    post(client, officer, address(commune, measured), status="not_met", value="60", version=2)
    assert Assessment.objects.get().value == 60


def test_one_key_changes_the_status_and_keeps_the_value(client, officer, commune, criterion):
    unknown = make_sub_item(criterion=criterion, kind=SubItemKind.PERCENT)
    make_assessment(commune=commune, sub_item=unknown, status=Status.NOT_MET, value=Decimal("61.5"))
    post(client, officer, address(commune, unknown), quick="met", version=1)
    found = Assessment.objects.get()
    assert (found.status, found.value) == (Status.MET, Decimal("61.5"))


@pytest.mark.parametrize(
    "sent", [{"quick": "met"}, {"status": "met", "value": "90"}, {"status": "met", "value": "90", "reason": "Đo lại"}]
)
def test_what_stands_already_is_not_written_again(client, officer, commune, measured, sent):
    make_assessment(
        commune=commune,
        sub_item=measured,
        status=Status.MET,
        value=90,
        reason="Đo lại",
        source=AssessmentSource.DEPARTMENT,
    )
    answer = post(client, officer, address(commune, measured), **sent, version=1)
    assert "đang là “Đạt” rồi" in answer.text
    assert "Đã lưu" not in answer.text
    found = Assessment.objects.get()
    assert (found.version, found.source, found.reason) == (1, AssessmentSource.DEPARTMENT, "Đo lại")
    page = client.post(address(commune, measured), {**sent, "version": 1}, follow=True)
    assert "đang là “Đạt” rồi" in page.text


@pytest.mark.parametrize(
    "sent",
    [
        {"status": "met", "value": "91"},
        {"status": "met", "value": "90", "reason": "Đo lại ngày 08/4"},
        {"status": "met", "value": "90", "basis": "Biên bản 12/BB"},
    ],
)
def test_another_value_reason_or_basis_is_written_under_the_same_status(client, officer, commune, measured, sent):
    make_assessment(commune=commune, sub_item=measured, status=Status.MET, value=90)
    assert "Đã lưu" in post(client, officer, address(commune, measured), **sent, version=1).text
    assert Assessment.objects.get().version == 2


def test_a_key_upon_an_older_version_shows_who_was_faster_where_they_differ(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.MET, version=2)
    answer = post(client, officer, address(commune, measured), quick="not_met", version=1)
    assert answer.status_code == HTTPStatus.CONFLICT
    answer = post(client, officer, address(commune, measured), quick="met", version=1)
    assert "đang là “Đạt” rồi" in answer.text


def test_what_was_sent_twice_is_no_conflict_with_oneself(client, officer, commune, measured):
    sent = {"status": "met", "value": "90", "reason": "Đo lại", "version": 0}
    assert "Đã lưu" in post(client, officer, address(commune, measured), **sent).text
    assert "đang là “Đạt” rồi" in post(client, officer, address(commune, measured), **sent).text
    assert Assessment.objects.get().version == 1


@pytest.fixture
def clerk(commune, measured):
    """Of the department that guides the sub-item."""
    department = make_department(authority=commune.authority)
    make_guide(sub_item=measured, department=department)
    return make_user(Role.DEPARTMENT, authority=commune.authority, department=department)


def choices_of(answer):
    return set(re.findall(r"(\w[^<>]*)</(?:a|button)>", answer.text)) & {
        "Giữ kết quả của người kia",
        "Lưu kết quả của tôi",
    }


@pytest.mark.parametrize("then", [{"status": "met", "value": "95"}, {"status": "not_met", "value": "55"}])
def test_a_confirmation_upon_what_has_changed_since_says_who_changed_it_and_confirms_nothing(
    client, officer, commune, measured, clerk, then
):
    post(client, officer, address(commune, measured), status="not_met", value="60", version=0)
    post(client, officer, address(commune, measured), **then, version=1)
    answer = post(client, clerk, address(commune, measured), quick="not_met", version=1)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert f"Chưa ghi gì. {officer} vừa đổi nội dung này" in text(answer)
    assert "phải ghi lý do" not in answer.text
    assert choices_of(answer) == set()
    assert (fields_of(answer)["status"], fields_of(answer)["value"]) == (then["status"], then["value"])
    assert Assessment.objects.get().source == AssessmentSource.OFFICER
    post(client, clerk, address(commune, measured), quick=then["status"], version=2)
    assert Assessment.objects.get().source == AssessmentSource.DEPARTMENT


def test_a_key_upon_what_has_changed_since_is_a_choice_before_it_lacks_a_reason(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.NOT_MET, value=60)
    colleague = make_user(authority=commune.authority, full_name="Trần Thị Bình")
    post(client, colleague, address(commune, measured), status="not_met", value="55", version=1)
    answer = post(client, officer, address(commune, measured), quick="met", version=1)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Trần Thị Bình vừa đổi nội dung này" in answer.text
    assert choices_of(answer) == {"Giữ kết quả của người kia", "Lưu kết quả của tôi"}


def test_an_officer_takes_on_what_was_only_assumed(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.MET, source=AssessmentSource.ASSUMPTION)
    post(client, officer, address(commune, measured), quick="met", version=1)
    assert Assessment.objects.get().source == AssessmentSource.OFFICER


def test_a_department_confirms_once(client, commune, measured):
    department = make_department(authority=commune.authority)
    make_guide(sub_item=measured, department=department)
    make_assessment(commune=commune, sub_item=measured, status=Status.MET, value=90)
    clerk = make_user(Role.DEPARTMENT, authority=commune.authority, department=department)
    post(client, clerk, address(commune, measured), quick="met", version=1)
    post(client, clerk, address(commune, measured), quick="met", version=2)
    found = Assessment.objects.get()
    assert (found.version, found.source) == (2, AssessmentSource.DEPARTMENT)


def test_a_confirmation_is_told_as_one_without_anothers_reason_as_its_own(client, officer, commune, measured):
    department = make_department(authority=commune.authority, short_name="Nội vụ")
    make_guide(sub_item=measured, department=department)
    clerk = make_user(Role.DEPARTMENT, authority=commune.authority, department=department, full_name="Lê Văn Nội")
    change = {"status": "not_met", "value": "60", "reason": "Rà soát lần đầu", "basis": "BB 12"}
    assert "Đã lưu lúc" in post(client, officer, address(commune, measured), **change, version=0).text
    answer = post(client, clerk, address(commune, measured), quick="not_met", version=1)
    assert "Đã xác nhận lúc" in answer.text
    told = "Nội vụ xác nhận kết quả “Chưa đạt”"
    assert told in text(answer)
    assert answer.text.partition("Lịch sử</h3>")[2].count("Rà soát lần đầu") == 1
    recent = text(client.get(commune.get_absolute_url())).partition("Thay đổi gần đây")[2].partition("Đơn vị")[0]
    assert f"Nội dung {measured.code}: {told} Lê Văn Nội" in recent
    log = client.get("/changes/")
    assert told in text(log)
    assert "Rà soát lần đầu" not in log.text.partition("<tbody>")[2]
    # The same result with other words, or another value, is a change of its own.
    finding = Assessment.objects.get()
    for fields in ({"reason": "Phòng đã kiểm tra"}, {"reason": "Phòng đã kiểm tra", "value": "61"}):
        answer = post(client, clerk, address(commune, measured), **{**change, **fields, "version": finding.version})
        assert "Đã lưu lúc" in answer.text
        finding.refresh_from_db()
    assert text(client.get("/changes/")).count(told) == 1


def test_the_values_of_parts_that_a_department_measures_anew_are_no_confirmation(client, officer, commune, measured):
    department = make_department(authority=commune.authority)
    make_guide(sub_item=measured, department=department)
    clerk = make_user(Role.DEPARTMENT, authority=commune.authority, department=department)
    SubItemPart.objects.create(sub_item=measured, code="nam", name="Nam", position=1)
    post(client, officer, address(commune, measured), status="met", part_nam="90", version=0)
    assert "Đã lưu" in post(client, clerk, address(commune, measured), status="met", part_nam="95", version=1).text
    assert "xác nhận kết quả" not in text(client.get("/changes/"))
    post(client, officer, address(commune, measured), status="met", part_nam="95", reason="Đo lại", version=2)
    assert "Đã xác nhận" in post(client, clerk, address(commune, measured), quick="met", version=3).text
    assert "xác nhận kết quả “Đạt”" in text(client.get("/changes/"))


def test_the_last_change_is_taken_back(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.NOT_MET, value=60)
    post(client, officer, address(commune, measured), status="met", value="90", version=1)
    answer = post(client, officer, address(commune, measured, "cell-undo"), version=2)
    assert "Đã hoàn tác lúc" in answer.text
    assert "Hoàn tác thay đổi ngay trước đó" in answer.text
    assert Assessment.objects.get().status == Status.NOT_MET


@pytest.mark.parametrize("version", ["9" * 5000, "١", "-1", "0", ""], ids=["long", "arabic", "minus", "zero", "none"])
def test_a_version_that_no_finding_has_takes_nothing_back(client, officer, commune, measured, version):
    make_assessment(commune=commune, sub_item=measured)
    post(client, officer, address(commune, measured), status="not_met", value="60", version=1)
    answer = post(client, officer, address(commune, measured, "cell-undo"), version=version)
    assert answer.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
    assert Assessment.objects.get().status == Status.NOT_MET


def test_what_somebody_else_found_is_changed_but_not_taken_back(client, officer, commune, measured):
    make_assessment(commune=commune, sub_item=measured, status=Status.NOT_MET, reason="Biên bản 12/4")
    client.force_login(officer)
    button = "Hoàn tác thay đổi vừa ghi"
    assert button not in client.get(address(commune, measured)).text
    answer = post(client, officer, address(commune, measured, "cell-undo"), version=1)
    assert "không phải do anh/chị ghi trong hôm nay" in answer.text
    assert Assessment.objects.get().reason == "Biên bản 12/4"
    assert button in post(client, officer, address(commune, measured), status="met", value="90", version=1).text


@pytest.mark.parametrize("in_another_tab", [False, True])
def test_what_somebody_changed_since_is_not_taken_back_and_nothing_typed_is_claimed(
    client, officer, commune, measured, in_another_tab
):
    colleague = officer if in_another_tab else make_user(authority=commune.authority, full_name="Trần Thị Bình")
    post(client, officer, address(commune, measured), status="met", value="90", version=0)
    post(client, colleague, address(commune, measured), status="not_met", value="70", version=1)
    answer = post(client, officer, address(commune, measured, "cell-undo"), version=1)
    assert answer.status_code == HTTPStatus.CONFLICT
    who = "Anh/chị" if in_another_tab else "Trần Thị Bình"
    assert f"Chưa hoàn tác gì. {who} vừa đổi nội dung này" in text(answer)
    assert "anh/chị nhập" not in answer.text
    assert choices_of(answer) == set()
    assert ">Lưu kết quả<" in answer.text
    assert Assessment.objects.get().value == 70


def test_the_panel_shows_the_newest_entries_and_leads_to_the_whole_history(client, officer, commune, measured):
    finding = make_assessment(commune=commune, sub_item=measured)
    for number in range(2, 25):
        finding = change_assessment(
            commune=commune,
            sub_item=measured,
            status=Status.NOT_MET,
            reason=f"Lần thứ {number}.",
            by=officer,
            expected_version=finding.version,
        )
    client.force_login(officer)

    def numbers(url):
        return re.findall(r"Lần thứ (\d+)\.", client.get(url).content.decode())

    shown = numbers(address(commune, measured))
    assert shown == [str(number) for number in range(24, 4, -1)]
    assert numbers(f"{address(commune, measured)}?history=all") == [*shown, "4", "3", "2"]


def test_a_department_changes_its_own_sector_and_no_other(client, commune, measured, criterion):
    department = make_department(authority=commune.authority)
    make_guide(sub_item=measured, department=department)
    clerk = make_user(Role.DEPARTMENT, authority=commune.authority, department=department)
    post(client, clerk, address(commune, measured), status="met", value="90", version=0)
    assert Assessment.objects.get().source == AssessmentSource.DEPARTMENT
    foreign = criterion.sub_items.get(position=1)
    assert post(client, clerk, address(commune, foreign), status="met", version=0).status_code == HTTPStatus.FORBIDDEN


def test_a_key_on_another_sectors_cell_says_in_place_whose_it_is(client, commune, measured, criterion):
    own, other = (make_department(authority=commune.authority, short_name=name) for name in ("Nội vụ", "Kinh tế-HT"))
    make_guide(sub_item=measured, department=other)
    clerk = make_user(Role.DEPARTMENT, authority=commune.authority, department=own)
    answer = post(client, clerk, address(commune, measured), quick="met", version=0)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = f"nội dung {measured.code} do Kinh tế-HT hướng dẫn; chỉ phòng đó hoặc huyện ghi được."
    assert sentence in text(answer)
    assert 'id="finding-form"' not in answer.text
    unguided = criterion.sub_items.get(position=1)
    assert (
        "chưa giao phòng nào hướng dẫn" in post(client, clerk, address(commune, unguided), quick="met", version=0).text
    )
    assert not Assessment.objects.exists()
    assert client.post(address(commune, measured), {"quick": "met", "version": 0}).status_code == HTTPStatus.FORBIDDEN


def test_a_department_confirms_what_stands_with_its_reason(client, officer, commune, measured):
    department = make_department(authority=commune.authority)
    make_guide(sub_item=measured, department=department)
    make_assessment(commune=commune, sub_item=measured, status=Status.MET, value=79, reason="Biên bản 12/4")
    clerk = make_user(Role.DEPARTMENT, authority=commune.authority, department=department)
    client.force_login(officer)
    assert "Xác nhận kết quả này" not in client.get(address(commune, measured)).text
    client.force_login(clerk)
    assert "Xác nhận kết quả này" in client.get(address(commune, measured)).text
    answer = post(client, clerk, address(commune, measured), quick="met", version=1)
    assert "Xác nhận kết quả này" not in answer.text
    found = Assessment.objects.get()
    assert (found.source, found.value, found.reason) == (AssessmentSource.DEPARTMENT, 79, "Biên bản 12/4")


def test_a_cell_changed_on_its_communes_page_brings_figures_and_rows_along(client, officer, commune, measured):
    client.force_login(officer)
    page = f"http://testserver{commune.get_absolute_url()}"
    answer = client.post(
        address(commune, measured),
        {"status": "met", "value": "90", "version": 0},
        headers={**HTMX, "HX-Current-URL": page},
    )
    for part in ("figure-sub-items", "con-thieu", f"tieu-chi-{measured.criterion.number}"):
        assert f'id="{part}" hx-swap-oob="true"' in answer.text


def test_a_cell_changed_on_its_communes_page_brings_all_that_is_said_of_it_there_along(
    client, officer, commune, measured
):
    since = datetime(2023, 1, 30, tzinfo=UTC)
    make_assessment(commune=commune, sub_item=measured, status=Status.NOT_MET, value=60, changed_at=since)
    make_assessment(commune=commune, sub_item=measured.criterion.sub_items.exclude(pk=measured.pk).get())
    client.force_login(officer)
    page = text(client.get(commune.get_absolute_url()))
    assert "0/1 tiêu chí (0,0%), 1/2 nội dung (50,0%), tính đến 10/4/2023" in page
    assert "từ 0 (31/01/2023) đến 0" in page
    answer = client.post(
        address(commune, measured),
        {"status": "met", "value": "90", "version": 1},
        headers={**HTMX, "HX-Current-URL": f"http://testserver{commune.get_absolute_url()}"},
    )
    assert 'id="page-state" hx-swap-oob="true"' in answer.text
    assert "1/1 tiêu chí (100,0%), 2/2 nội dung (100,0%), tính đến 10/4/2023" in text(answer)
    assert 'id="figure-trend" hx-swap-oob="true"' in answer.text
    assert "từ 0 (31/01/2023) đến 1" in text(answer)
    number = measured.criterion.number
    tile = answer.text.split(f'id="tile-{number}" hx-swap-oob="true"')[1].split("</li>")[0]
    assert "2/2" in tile
    assert answer.text.split('id="unmet-count" hx-swap-oob="true">')[1].startswith("0<")
    recent = answer.text.split('id="recent" hx-swap-oob="true"')[1].split("</section>")[0]
    assert f"Nội dung {measured.official_code}" in recent


@pytest.mark.parametrize("query", ["?show=unmet", "?show=first"])
def test_a_filter_on_the_communes_page_keeps_nothing_from_moving(client, officer, commune, measured, query):
    client.force_login(officer)
    answer = client.post(
        address(commune, measured),
        {"status": "met", "value": "90", "version": 0},
        headers={**HTMX, "HX-Current-URL": f"http://testserver{commune.get_absolute_url()}{query}"},
    )
    assert 'id="figure-sub-items" hx-swap-oob="true"' in answer.text


def test_a_first_finding_taken_back_is_told_wherever_changes_are(client, officer, commune, measured):
    post(client, officer, address(commune, measured), status="met", value="90", version=0)
    post(client, officer, address(commune, measured, "cell-undo"), version=1)
    clerk = make_user(Role.COMMUNE, authority=commune.authority, commune=commune)
    leader = make_user(Role.LEADER, authority=commune.authority)
    here = commune.get_absolute_url()
    pages = ["/", here, f"{here}evidence/", f"{here}results/", f"{here}compare/", "/changes/", "/matrix/?open=all"]
    for person in (officer, clerk, leader):
        client.force_login(person)
        assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, HTTPStatus.OK)
    assert "Chưa đánh giá" in client.get(here).text


@pytest.mark.parametrize("role", [Role.COMMUNE, Role.LEADER])
def test_communes_and_leaders_read_but_do_not_change(client, commune, measured, role):
    fields = {"commune": commune} if role == Role.COMMUNE else {}
    person = make_user(role, authority=commune.authority, **fields)
    client.force_login(person)
    assert "Lưu kết quả" not in client.get(address(commune, measured)).text
    answer = client.post(address(commune, measured), {"status": "met", "version": 0})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert not Assessment.objects.exists()


def test_for_another_district_and_another_commune_the_cell_does_not_exist(client, commune, measured):
    neighbour = make_user(Role.COMMUNE, authority=commune.authority, commune=make_commune(authority=commune.authority))
    for stranger in (make_user(), neighbour):
        client.force_login(stranger)
        assert client.get(address(commune, measured)).status_code == HTTPStatus.NOT_FOUND


def test_a_commune_plans_its_own_sub_items(client, commune, measured):
    clerk = make_user(Role.COMMUNE, authority=commune.authority, commune=commune)
    url = address(commune, measured, "cell-plan")
    post(client, clerk, url, official="Nguyễn Thị Hoa", planned_on="31/12/2023", plan_version=0)
    plan = SubItemPlan.objects.get()
    assert (plan.official, plan.planned_on.isoformat()) == ("Nguyễn Thị Hoa", "2023-12-31")
    answer = post(client, clerk, url, official="Lê Văn Nam", plan_version=0)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert f"{clerk} vừa sửa kế hoạch lúc" in text(answer)
    buttons = re.findall(r">([^<>]*)</(?:a|button)>", answer.text)
    assert {"Giữ kế hoạch của người kia", "Lưu kế hoạch của tôi"} <= set(buttons)
    assert "Lưu kế hoạch" not in buttons
    assert "Lê Văn Nam" in answer.text
    assert SubItemPlan.objects.get().official == "Nguyễn Thị Hoa"


def test_a_plan_says_who_changed_what_of_it_and_how_often_its_day_was_moved(client, officer, commune, measured):
    url = address(commune, measured, "cell-plan")
    for version, planned_on in enumerate(["30/4/2023", "31/5/2023", "31/5/2023", ""]):
        plan = {"official": "Bà Hoa", "planned_on": planned_on, "solution": "Mở lớp" * (version == 2)}
        answer = post(client, officer, url, **plan, plan_version=version)
    changes = answer.context["cell"].plan_changes
    assert {clock.day_of(row.history_date) for row, _ in changes} == {clock.today()}, "by the clock of the product"
    told = [(row.history_user, words) for row, words in changes]
    assert told == [
        (officer, "dự kiến đạt: 31/5/2023 → bỏ trống; giải pháp: Mở lớp → bỏ trống"),
        (officer, "giải pháp: Mở lớp"),
        (officer, "dự kiến đạt: 30/4/2023 → 31/5/2023"),
        (officer, "cán bộ phụ trách: Bà Hoa; dự kiến đạt: 30/4/2023"),
    ]
    assert "Dự kiến đạt: 30/4/2023 → 31/5/2023" in text(answer)
    assert "đã đổi ngày 2 lần" in answer.text


def test_a_plan_is_told_from_its_beginning_under_a_new_name(client, officer, commune, measured):
    plan = {"official": "Bà Hoa", "planned_on": "30/4/2023", "plan_version": 0}
    post(client, officer, address(commune, measured, "cell-plan"), **plan)
    new = rename_commune(commune=commune, name="Yên Xuân", from_day=clock.today(), by=officer).successor
    ((row, words),) = cell(new, measured.code).plan_changes
    assert (row.commune, words) == (commune, "cán bộ phụ trách: Bà Hoa; dự kiến đạt: 30/4/2023")


@pytest.mark.parametrize(
    ("step", "typed", "shown"),
    [
        (
            "cell",
            {"status": "not_met", "value": "60", "reason": "Đo lại ngày 10/4"},
            ['value="60"', "Đo lại ngày 10/4"],
        ),
        ("cell-plan", {"official": "Bà Hoa", "solution": "Mở lớp", "plan_version": 0}, ["Bà Hoa", "Mở lớp"]),
    ],
)
def test_an_expired_login_brings_back_what_was_typed(client, officer, commune, measured, step, typed, shown):
    typing = client.post(address(commune, measured, step), {"version": 0, **typed})
    assert typing.status_code == HTTPStatus.FORBIDDEN
    assert "Phiên đăng nhập đã hết" in typing.text
    credentials = {"username": officer.username, "password": PASSWORD, "next": typing.context["next"]}
    answer = client.post(reverse("login"), {**credentials, "typed": typing.context["typed"]}, follow=True)
    assert answer.request["PATH_INFO"] == address(commune, measured)
    assert "còn nguyên dưới đây nhưng chưa gửi" in answer.text
    assert all(words in answer.text for words in shown)
    assert not Assessment.objects.exists()
    assert not SubItemPlan.objects.exists()
    again = client.get(address(commune, measured, step), follow=True)
    assert not any(words in again.text for words in shown)


def test_the_login_leads_to_the_page_on_which_the_form_stood(client, commune, measured):
    page = f"http://testserver{commune.get_absolute_url()}?show=first"
    answer = client.post(address(commune, measured, "cell-undo"), {"version": 1}, headers={"Referer": page})
    assert answer.context["next"] == f"{commune.get_absolute_url()}?show=first"
    foreign = client.post(
        address(commune, measured, "cell-undo"), {"version": 1}, headers={"Referer": "https://example.com/"}
    )
    assert foreign.context["next"] == address(commune, measured, "cell-undo")
    empty = client.post(address(commune, measured, "cell-undo"), headers={"Referer": page})
    assert empty.headers["Location"] == f"/login/?expired=unwritten&next={commune.get_absolute_url()}%3Fshow%3Dfirst"


def test_the_title_names_the_cell_and_every_page_of_a_commune_leads_back_alike(client, commune, officer, measured):
    client.force_login(officer)
    title = re.search(r"<h1>(.*?)</h1>", client.get(address(commune, measured)).text, re.DOTALL)[1]
    assert " ".join(title.split()) == f"Nội dung {measured.official_code}, {commune}"
    base = f"/communes/{commune.code}/"
    pages = [base, *(f"{base}{page}/" for page in ("sheet", "results", "compare", "evidence", "criteria/1", "work"))]
    for page in [*pages, address(commune, measured)]:
        crumbs = re.search(r'<nav class="breadcrumbs".*?</nav>', client.get(page).text, re.DOTALL)[0]
        assert '<a href="/communes/">Các xã</a>' in crumbs
        assert page == base or f">{commune.name}</a>" in crumbs
