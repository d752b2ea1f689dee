"""Changing a finding: who was faster, what needs a reason, what is kept."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from communes.enums import Role
from communes.models import Commune
from criteria import services
from criteria.enums import AssessmentSource, Status
from criteria.exceptions import NothingToUndo, ReasonMissing, SomebodyWasFaster
from criteria.models import Assessment, AssessmentChange
from criteria.selectors import commune_state, recent_changes, setbacks
from criteria.selectors.history import differences
from criteria.selectors.matrix import Filters, matrix
from criteria.services import change_assessment, confirm_findings, save_plan, undo_change
from ntm_tracker.lib import clock
from tests.factories import make_assessment, make_commune, make_sub_item, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cell():
    commune = make_commune()
    return {"commune": commune, "sub_item": make_sub_item(), "by": make_user(authority=commune.authority)}


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


def test_changes_of_today_are_taken_back_one_after_the_other(cell):
    change_assessment(
        **cell, status=Status.MET, expected_version=0, reason="Đo tháng 3", at=clock.now() - timedelta(days=1)
    )
    change_assessment(**cell, status=Status.NOT_MET, expected_version=1)
    change_assessment(**cell, status=Status.NOT_APPLICABLE, expected_version=2, reason="Không có", basis="318/QĐ-TTg")
    found = undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=3)
    assert found.status == Status.NOT_MET
    found = undo_change(assessment=found, by=cell["by"], expected_version=4)
    assert (found.status, found.reason) == (Status.MET, "Đo tháng 3")
    with pytest.raises(NothingToUndo):
        undo_change(assessment=found, by=cell["by"], expected_version=5)


def test_only_ones_own_change_of_today_is_taken_back(cell):
    others = make_assessment(commune=cell["commune"], sub_item=cell["sub_item"], changed_by=make_user())
    with pytest.raises(NothingToUndo):
        undo_change(assessment=others, by=cell["by"], expected_version=1)
    change_assessment(**cell, status=Status.NOT_MET, expected_version=1, at=clock.now() - timedelta(days=1))
    with pytest.raises(NothingToUndo):
        undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=2)
    change_assessment(**cell, status=Status.MET, expected_version=2)
    undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=3)
    with pytest.raises(NothingToUndo):  # what was taken back isn't taken back again
        undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=4)
    assert (Assessment.objects.get().status, AssessmentChange.objects.count()) == (Status.NOT_MET, 4)


def test_what_was_taken_back_is_no_change(cell, settings):
    """The commune's page keeps its "since when", nothing was lost, no filter and no comparison names it."""
    settings.NTM_TODAY = date(2023, 4, 10)
    criteria_set, earlier = cell["sub_item"].criterion.criteria_set, clock.now() - timedelta(days=40)
    change_assessment(**cell, status=Status.NOT_MET, expected_version=0, at=earlier - timedelta(days=1))
    change_assessment(**cell, status=Status.MET, expected_version=1, at=earlier)
    change_assessment(**cell, status=Status.NOT_MET, expected_version=2)
    yesterday = clock.today() - timedelta(days=1)

    def told():
        (state,) = commune_state(cell["commune"]).criteria
        table = matrix(Commune.objects.all(), Filters(since=yesterday))
        return (
            state.sub_items[0].since,
            len(setbacks([cell["commune"]], since=yesterday)),
            len(table.rows),
            len(recent_changes(cell["by"], until=clock.today())),
            len(differences([cell["commune"]], criteria_set, since=yesterday, until=clock.today())),
        )

    assert told() == (clock.today(), 1, 1, 2, 1)
    undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=3)
    assert told() == (clock.day_of(earlier), 0, 0, 1, 0)


def test_nothing_is_taken_back_over_somebody_elses_change(cell):
    change_assessment(**cell, status=Status.MET, expected_version=0)
    change_assessment(**cell, status=Status.NOT_MET, expected_version=1)
    with pytest.raises(SomebodyWasFaster):
        undo_change(assessment=Assessment.objects.get(), by=cell["by"], expected_version=1)
    assert Assessment.objects.get().status == Status.NOT_MET


def test_a_change_that_comes_between_reading_and_writing_is_not_overwritten(cell, monkeypatch):
    change_assessment(**cell, status=Status.MET, expected_version=0)
    read = services._as_shown

    def read_before_another_wrote(*shown):
        row = read(*shown)
        Assessment.objects.update(status=Status.NOT_MET, version=2)
        return row

    monkeypatch.setattr(services, "_as_shown", read_before_another_wrote)
    with pytest.raises(SomebodyWasFaster) as faster:
        change_assessment(**cell, status=Status.MET, expected_version=1, reason="Đo lại")
    assert (faster.value.current.status, faster.value.current.version) == (Status.NOT_MET, 2)
    assert Assessment.objects.get().reason == ""
    assert AssessmentChange.objects.count() == 1


def test_a_change_and_its_undoing_touch_no_other_finding(cell):
    others = [make_assessment(commune=cell["commune"]), make_assessment(sub_item=cell["sub_item"])]
    change_assessment(**cell, status=Status.MET, expected_version=0)
    before = list(Assessment.objects.filter(pk__in=[row.pk for row in others]).order_by("pk").values())
    own = change_assessment(**cell, status=Status.NOT_MET, expected_version=1, reason="Đo lại")
    undo_change(assessment=own, by=cell["by"], expected_version=2)
    assert list(Assessment.objects.exclude(pk=own.pk).order_by("pk").values()) == before
    assert [row.changes.count() for row in (own, *others)] == [3, 1, 1]


def test_a_finding_that_is_not_there_cannot_be_changed_as_if_it_were(cell):
    with pytest.raises(SomebodyWasFaster) as faster:
        change_assessment(**cell, status=Status.MET, expected_version=1)
    assert faster.value.current is None
    assert not Assessment.objects.exists()


def test_what_changed_after_it_was_shown_is_not_confirmed_along_with_the_rest(cell):
    stays = make_assessment(commune=cell["commune"], value=Decimal(70), reason="Đo ngày 03/4", basis="BB 12")
    moves = make_assessment(commune=cell["commune"])
    change_assessment(
        commune=moves.commune, sub_item=moves.sub_item, status=Status.NOT_MET, by=cell["by"], expected_version=1
    )
    adviser = make_user(Role.DEPARTMENT, authority=cell["commune"].authority)
    (confirmed,) = confirm_findings(findings=[(moves, None), (stays, None)], by=adviser)
    stays.refresh_from_db()
    assert (confirmed, stays.source, stays.changed_by) == (stays, AssessmentSource.DEPARTMENT, adviser)
    assert (stays.status, stays.value, stays.reason, stays.basis) == (Status.MET, 70, "Đo ngày 03/4", "BB 12")
    moves.refresh_from_db()
    assert (moves.status, moves.source, moves.version) == (Status.NOT_MET, AssessmentSource.OFFICER, 2)


def test_two_plans_for_one_sub_item_do_not_overwrite_each_other(cell):
    del cell["by"]
    save_plan(**cell, expected_version=0, official="Nguyễn Thị Hoa")
    save_plan(**cell, expected_version=1, official="Trần Văn Lĩnh")
    with pytest.raises(SomebodyWasFaster) as raised:
        save_plan(**cell, expected_version=1, official="Nguyễn Thị Hoa")
    assert raised.value.current.official == "Trần Văn Lĩnh"
    with pytest.raises(SomebodyWasFaster) as raised:
        save_plan(**cell, expected_version=0, official="Nguyễn Thị Hoa")
    assert raised.value.current.official == "Trần Văn Lĩnh"


def test_a_status_that_contradicts_its_value_needs_a_reason(cell):
    with pytest.raises(ReasonMissing):
        change_assessment(**cell, status=Status.MET, proposed=Status.NOT_MET, expected_version=0)
    change_assessment(
        **cell, status=Status.MET, proposed=Status.NOT_MET, expected_version=0, reason="Theo biên bản thẩm tra"
    )
    assert Assessment.objects.get().status == Status.MET
