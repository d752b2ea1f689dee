"""Changing a finding: who was faster, what needs a reason, what is kept."""

from decimal import Decimal

import pytest

from criteria.enums import AssessmentSource, Status
from criteria.exceptions import ReasonMissing, SomebodyWasFaster
from criteria.models import Assessment, AssessmentChange
from criteria.services import change_assessment, save_plan, undo_change
from tests.factories import make_commune, make_sub_item, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cell():
    return {"commune": make_commune(), "sub_item": make_sub_item(), "by": make_user()}


def test_the_first_finding_is_recorded_with_who_what_and_why(cell):
    change_assessment(**cell, status=Status.NOT_MET, expected_version=0, reason="Kiểm tra thực tế")
    change = AssessmentChange.objects.get()
    assert (change.from_status, change.status, change.version) == ("", Status.NOT_MET, 1)
    assert (change.by, change.reason, change.source) == (cell["by"], "Kiểm tra thực tế", AssessmentSource.OFFICER)


def test_every_change_keeps_what_stood_before(cell):
    change_assessment(**cell, status=Status.NOT_MET, expected_version=0, value=Decimal("61.5"))
    change_assessment(**cell, status=Status.MET, expected_version=1, value=Decimal("72"))
    change = AssessmentChange.objects.get(version=2)
    assert (change.from_status, change.from_value) == (Status.NOT_MET, Decimal("61.5"))
    assert (change.status, change.value) == (Status.MET, Decimal(72))
    assert Assessment.objects.get().version == 2


def test_the_slower_of_two_officers_is_shown_the_other_ones_change(cell):
    change_assessment(**cell, status=Status.NOT_MET, expected_version=0)
    change_assessment(**cell, status=Status.MET, expected_version=1)
    with pytest.raises(SomebodyWasFaster) as raised:
        change_assessment(**cell, status=Status.NOT_MET, expected_version=1)
    assert raised.value.current.status == Status.MET
    assert Assessment.objects.get().status == Status.MET
    assert AssessmentChange.objects.count() == 2


def test_two_first_findings_are_a_race_too(cell):
    change_assessment(**cell, status=Status.MET, expected_version=0)
    with pytest.raises(SomebodyWasFaster):
        change_assessment(**cell, status=Status.NOT_MET, expected_version=0)


@pytest.mark.parametrize(
    ("reason", "basis", "missing"), [(" ", "18/2022/QĐ-TTg", "reason"), ("Không có", " ", "basis")]
)
def test_not_applicable_needs_a_reason_and_a_basis(cell, reason, basis, missing):
    with pytest.raises(ReasonMissing) as raised:
        change_assessment(**cell, status=Status.NOT_APPLICABLE, expected_version=0, reason=reason, basis=basis)
    assert set(raised.value.message_dict) == {missing}
    assert not Assessment.objects.exists()


def test_the_last_change_is_taken_back_and_both_stay_in_the_history(cell):
    change_assessment(**cell, status=Status.NOT_MET, expected_version=0, value=Decimal(60), reason="Đo tháng 3")
    change_assessment(**cell, status=Status.MET, expected_version=1, value=Decimal(75))
    assessment = undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=2)
    assert (assessment.status, assessment.value, assessment.reason) == (Status.NOT_MET, Decimal(60), "Đo tháng 3")
    assert list(AssessmentChange.objects.order_by("version").values_list("status", flat=True)) == [
        Status.NOT_MET,
        Status.MET,
        Status.NOT_MET,
    ]


def test_a_first_finding_taken_back_is_not_assessed_again(cell):
    change_assessment(**cell, status=Status.MET, expected_version=0)
    assert undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=1).status == ""


def test_nothing_is_taken_back_over_somebody_elses_change(cell):
    change_assessment(**cell, status=Status.MET, expected_version=0)
    change_assessment(**cell, status=Status.NOT_MET, expected_version=1)
    with pytest.raises(SomebodyWasFaster):
        undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=1)
    assert Assessment.objects.get().status == Status.NOT_MET


def test_two_plans_for_one_sub_item_do_not_overwrite_each_other(cell):
    del cell["by"]
    save_plan(**cell, expected_version=0, official="Nguyễn Thị Hoa")
    save_plan(**cell, expected_version=1, official="Trần Văn Lĩnh")
    with pytest.raises(SomebodyWasFaster) as raised:
        save_plan(**cell, expected_version=1, official="Nguyễn Thị Hoa")
    assert raised.value.current.official == "Trần Văn Lĩnh"


def test_a_status_that_contradicts_its_value_needs_a_reason(cell):
    with pytest.raises(ReasonMissing):
        change_assessment(**cell, status=Status.MET, proposed=Status.NOT_MET, expected_version=0)
    change_assessment(
        **cell, status=Status.MET, proposed=Status.NOT_MET, expected_version=0, reason="Theo biên bản thẩm tra"
    )
    assert Assessment.objects.get().status == Status.MET
