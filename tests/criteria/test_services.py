"""Changing a finding: who was faster, what needs a reason, what is kept."""

from decimal import Decimal

import pytest

from criteria.enums import AssessmentSource, Status
from criteria.exceptions import ReasonMissing, SomebodyWasFaster
from criteria.models import Assessment, AssessmentChange
from criteria.services import change_assessment
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


def test_not_applicable_needs_a_reason(cell):
    with pytest.raises(ReasonMissing):
        change_assessment(**cell, status=Status.NOT_APPLICABLE, expected_version=0, reason="  ")
    assert not Assessment.objects.exists()


def test_a_status_that_contradicts_its_value_needs_a_reason(cell):
    with pytest.raises(ReasonMissing):
        change_assessment(**cell, status=Status.MET, proposed=Status.NOT_MET, expected_version=0)
    change_assessment(
        **cell, status=Status.MET, proposed=Status.NOT_MET, expected_version=0, reason="Theo biên bản thẩm tra"
    )
    assert Assessment.objects.get().status == Status.MET
