"""Changing a finding: who was faster, what needs a reason, what is kept."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from communes.enums import Role
from communes.models import Commune
from criteria import services
from criteria.enums import AssessmentSource, Status
from criteria.exceptions import NothingToUndo, ReasonMissing, SomebodyWasFaster
from criteria.models import Assessment, AssessmentChange
from criteria.selectors import commune_state, recent_changes, setbacks
from criteria.selectors.history import differences
from criteria.selectors.matrix import Filters, matrix
from criteria.services import NewFinding, change_assessment, change_many, confirm_findings, save_plan, undo_change
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


def test_no_index_of_the_history_is_the_beginning_of_another_one():
    """Every change is written to each of them."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, AssessmentChange._meta.db_table).values()
    indexes = [tuple(row["columns"]) for row in found if row["index"] or row["unique"]]
    covered = [one for one in indexes for other in indexes if len(other) > len(one) and other[: len(one)] == one]
    assert covered == []


# Many at once


@pytest.fixture
def sub_items():
    first = make_sub_item()
    return [first, make_sub_item(criterion=first.criterion)]


def written(commune):
    """What stands of `commune`, and its history."""
    fields = ("sub_item", "status", "value", "part_values", "reason", "basis", "source", "version", "changed_by")
    told = ("assessment__sub_item", "from_status", "from_value", "version", "by", "undoes", *fields[1:7])
    changes = AssessmentChange.objects.filter(assessment__commune=commune)
    return (
        list(Assessment.objects.filter(commune=commune).order_by("sub_item").values_list(*fields)),
        list(changes.order_by("assessment__sub_item", "version").values_list(*told)),
    )


def test_many_changes_leave_what_single_ones_leave(sub_items):
    one, other = make_commune(), make_commune()
    by = make_user(authority=one.authority)
    for commune in (one, other):
        make_assessment(commune=commune, sub_item=sub_items[0], status=Status.NOT_MET, value=Decimal(60))
    said = [
        {"sub_item": sub_items[0], "status": Status.MET, "value": Decimal(81), "reason": " Đo ", "expected_version": 1},
        {"sub_item": sub_items[1], "status": Status.NOT_MET, "part_values": {"nam": "71.5"}, "expected_version": 0},
    ]
    for fields in said:
        change_assessment(commune=one, by=by, **fields)
    now = change_many(changes=[NewFinding(commune=other, **fields) for fields in said], by=by)
    assert written(other) == written(one)
    assert [(row.sub_item, row.version) for row in now] == [(sub_items[0], 2), (sub_items[1], 1)]
    assert set(now) == set(Assessment.objects.filter(commune=other))


@pytest.mark.parametrize("shown", [0, 1, 3])
def test_of_many_changes_none_is_written_where_one_comes_too_late(sub_items, shown):
    commune = make_commune()
    standing = make_assessment(commune=commune, sub_item=sub_items[1], version=2)
    wanted = [
        NewFinding(commune, item, Status.NOT_MET, version) for item, version in zip(sub_items, (0, shown), strict=True)
    ]
    with pytest.raises(SomebodyWasFaster) as late:
        change_many(changes=wanted, by=make_user(authority=commune.authority))
    assert late.value.current == standing
    assert list(Assessment.objects.values_list("status", "version")) == [(Status.MET, 2)]
    assert AssessmentChange.objects.count() == 1


def test_of_many_changes_none_is_written_where_one_lacks_its_reason(sub_items):
    commune = make_commune()
    wanted = [
        NewFinding(commune, item, status, 0)
        for item, status in zip(sub_items, (Status.MET, "not_applicable"), strict=True)
    ]
    with pytest.raises(ReasonMissing):
        change_many(changes=wanted, by=make_user(authority=commune.authority))
    assert not Assessment.objects.exists()


def test_what_was_changed_after_it_was_shown_is_not_confirmed(sub_items):
    commune = make_commune()
    shown = [make_assessment(commune=commune, sub_item=item) for item in sub_items]
    by = make_user(authority=commune.authority)
    change_assessment(commune=commune, sub_item=sub_items[0], status=Status.NOT_MET, by=by, expected_version=1)
    confirmed = confirm_findings(findings=[(row, None) for row in shown], by=by)
    assert [(row.sub_item, row.source, row.version) for row in confirmed] == [
        (sub_items[1], AssessmentSource.DEPARTMENT, 2)
    ]
    assert Assessment.objects.get(sub_item=sub_items[0]).source == AssessmentSource.OFFICER
