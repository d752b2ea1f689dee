"""Units that changed on the pages: findings before and after, both maps, the form with its confirmation."""

import re
from datetime import date, timedelta
from html import unescape
from importlib import import_module
from io import BytesIO
from urllib.parse import unquote

import pytest
from django.apps import apps
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from communes.enums import Role
from communes.models import Commune, UnitChange, User
from criteria.enums import AssessmentSource, ReportStatus, Status
from criteria.exceptions import SomebodyWasFaster
from criteria.history_filters import ChangeFilter
from criteria.models import (
    Assessment,
    AssessmentChange,
    CommuneZone,
    CriteriaSet,
    MonthlyReport,
    SubItem,
    SubItemPlan,
)
from criteria.reports.flow import assessed_unit
from criteria.selectors.cell import cell
from criteria.selectors.commune import commune_state, setbacks, trend
from criteria.selectors.entries import timeline
from criteria.selectors.history import differences, joint_differences, standings
from criteria.selectors.maps import rows_by_todays_map
from criteria.selectors.progress import commune_rows, last_changes
from criteria.selectors.units import predecessor_findings
from criteria.services import attach_evidence, change_assessment, detach_evidence, undo_change
from criteria.unit_services import merge_communes, move_commune, rename_commune, write_met_by_all
from ntm_tracker.lib import clock
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_evidence,
    make_letterhead,
    make_report,
    make_user,
)
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
FROM_DAY = date(2025, 7, 1)
CHANGES = "/communes/changes/"


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = date(2025, 7, 2)


@pytest.fixture
def officer():
    return make_user(authority=make_authority())


def test_a_renamed_commune_goes_on_with_the_report_that_it_was_writing(officer):
    make_criteria_set()
    old = make_commune(authority=officer.authority)
    clerk = make_user(Role.COMMUNE, authority=officer.authority, commune=old)
    drafts = [
        MonthlyReport.objects.create(commune=old, criteria_set=CriteriaSet.objects.get(), month=month)
        for month in (date(2025, 6, 1), date(2025, 7, 1))
    ]
    MonthlyReport.objects.filter(pk=drafts[1].pk).update(results="Viết dở")
    new = rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    assert [MonthlyReport.objects.get(pk=row.pk).commune for row in drafts] == [old, new]
    page = sign_in(User.objects.get(pk=clerk.pk)).get(f"/reports/{new.code}/2025-07/")
    assert "Viết dở" in page.text
    rows = sign_in(officer).get("/reports/").context["board"].rows
    expected = {row.commune.name: row.cells[-1].is_expected for row in rows}
    assert expected == {"Tam Đỉnh": True}


def answer(communes, **changes) -> dict:
    units = [unit.code for unit in communes]
    given = {"unit_kind": "xa", "name": "Yên Xuân", "code": "17999", "from_day": "01/7/2025"}
    return {"communes": units, "authority": communes[0].authority_id, **given, **changes}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("rename", ["Hãy chọn một đơn vị.", "Hãy ghi tên mới.", "Hãy nhập ngày đầu của đơn vị mới, ví dụ 01/7/2025."]),
        ("merge", ["Hãy chọn loại đơn vị mới.", "Hãy ghi mã năm chữ số.", "Hãy nhập ngày đầu của đơn vị mới"]),
    ],
)
def test_what_is_missing_of_a_change_is_asked_for_in_words_of_its_own(officer, kind, told):
    page = text(sign_in(officer).post(f"/communes/changes/{kind}/", {"name": ""}))
    assert [words for words in told if words not in page] == []
    assert "Trường này" not in page


def test_a_renamed_commune_keeps_its_findings_and_says_where_they_come_from(officer):
    sub_item = make_criteria_set().criteria.first().sub_items.first()
    old = make_commune(authority=officer.authority)
    make_assessment(commune=old, sub_item=sub_item, changed_by=officer, changed_at=_noon(date(2025, 6, 10)))
    new = rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    carried = Assessment.objects.get(commune=new)
    assert (carried.status, carried.source) == (Status.MET, AssessmentSource.CARRIED)
    assert carried.changes.get().source == AssessmentSource.CARRIED
    assert Assessment.objects.filter(commune=old).count() == 1


def test_a_renamed_commune_goes_on_with_its_plans_and_with_no_other_communes(officer):
    first, second, *_ = SubItem.objects.of_set(make_criteria_set())
    old, other = make_commune(authority=officer.authority), make_commune(authority=officer.authority)
    planned = {"official": "Bà Hoa", "planned_on": date(2025, 9, 30), "solution": "Làm đường."}
    SubItemPlan.objects.create(commune=old, sub_item=first, **planned)
    SubItemPlan.objects.create(commune=other, sub_item=second, official="Ông Lĩnh")
    new = rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    plan = SubItemPlan.objects.get(commune=new)
    assert (plan.sub_item, plan.official, plan.planned_on, plan.solution) == (first, *planned.values())
    assert plan.history.get().history_user == officer
    assert SubItemPlan.objects.filter(commune=old).count() == 1, "the old row keeps what it planned"


def test_a_renamed_commune_takes_over_nothing_of_another_one(officer):
    criteria_set = make_criteria_set()
    old, other = make_commune(authority=officer.authority), make_commune(authority=officer.authority)
    make_assessment(commune=other, sub_item=SubItem.objects.of_set(criteria_set)[0])
    draft = MonthlyReport.objects.create(commune=other, criteria_set=criteria_set, month=date(2025, 7, 1))
    CommuneZone.objects.create(commune=other, zone=criteria_set.zones.get())
    new = rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    assert MonthlyReport.objects.get(pk=draft.pk).commune == other
    assert not Assessment.objects.filter(commune=new).exists()
    assert not CommuneZone.objects.filter(commune=new).exists()


@pytest.mark.parametrize(("in_zone", "goes_on"), [(2, True), (1, False)])
def test_a_merged_commune_lies_in_the_zone_that_all_its_predecessors_share_and_takes_no_plans(
    officer, in_zone, goes_on
):
    criteria_set = make_criteria_set()
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    for commune in old[:in_zone]:
        CommuneZone.objects.create(commune=commune, zone=criteria_set.zones.get())
    SubItemPlan.objects.create(commune=old[0], sub_item=SubItem.objects.of_set(criteria_set)[0], official="Bà Hoa")
    given = {"code": "17999", "name": "Yên Xuân", "kind": "xa", "authority": officer.authority}
    new = merge_communes(communes=old, from_day=FROM_DAY, by=officer, **given).successor
    assert CommuneZone.objects.filter(commune=new, zone=criteria_set.zones.get()).exists() == goes_on
    assert not SubItemPlan.objects.filter(commune=new).exists()


def _noon(day):
    return clock.start_of(day) + timedelta(hours=12)


def test_what_happened_under_the_old_name_is_told_under_the_new_one(officer):
    sub_item = SubItem.objects.of_set(make_criteria_set())[0]
    old = make_commune(authority=officer.authority, name="Tam Sơn")
    first = make_assessment(commune=old, sub_item=sub_item, status=Status.NOT_MET, changed_at=_noon(date(2025, 4, 2)))
    change_assessment(
        commune=old, sub_item=sub_item, status=Status.MET, by=officer, expected_version=first.version,
        reason="Đã làm xong đường.", at=_noon(date(2025, 5, 6)),
    )  # fmt: skip
    middle = rename_commune(commune=old, name="Tam Đỉnh", from_day=date(2025, 6, 1), by=officer).successor
    new = rename_commune(commune=middle, name="Tam Hợp", from_day=FROM_DAY, by=officer).successor
    state = commune_state(new)
    assert state.criteria[0].sub_items[0].since == date(2025, 5, 6)
    assert trend(new, state.criteria_set, until=date(2025, 7, 2))[1] == date(2025, 4, 2)
    assert [row.reason for row in timeline(new, until=date(2025, 7, 2))] == ["Đã làm xong đường."]
    told = cell(new, sub_item.code).history
    assert [row.assessment.commune.name for row in told] == ["Tam Hợp", "Tam Đỉnh", "Tam Sơn", "Tam Sơn"]
    page = text(sign_in(officer).get(f"/communes/{new.code}/sub-items/{sub_item.code}/"))
    assert "Cán bộ cập nhật · xã Tam Sơn" in page


@pytest.fixture
def renamed(officer):
    """A commune whose two findings of May and June were carried over by a new name; one was lost in June."""
    first, second, *_ = SubItem.objects.of_set(make_criteria_set())
    old = make_commune(authority=officer.authority, name="Tam Sơn")
    for sub_item in (first, second):
        make_assessment(
            commune=old, sub_item=sub_item, changed_at=_noon(date(2025, 5, 6)), source=AssessmentSource.ASSUMPTION
        )
    change_assessment(
        commune=old, sub_item=second, status=Status.NOT_MET, by=officer, expected_version=1, reason="Hỏng cầu.",
        at=_noon(date(2025, 6, 10)),
    )  # fmt: skip
    return rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor


def test_a_new_name_is_no_change_and_no_beginning(officer, renamed):
    criteria_set = CriteriaSet.objects.get()
    before, after = date(2025, 5, 31), date(2025, 7, 2)
    standing = standings([renamed], criteria_set, [before, after])[renamed.pk]
    assert [(standing[day].is_known, standing[day].progress.sub_items_met) for day in (before, after)] == [
        (True, 2),
        (True, 1),
    ]
    (lost,) = differences([renamed], criteria_set, since=before, until=after)
    assert (lost.commune, lost.before, lost.after, lost.steps) == (renamed, Status.MET, Status.NOT_MET, 1)
    assert not differences([renamed], criteria_set, since=date(2025, 6, 30), until=after)
    members = {renamed.pk: (renamed.pk,)}
    together = joint_differences([renamed], criteria_set, members, since=before, until=after)
    assert [(row.before, row.after) for row in together] == [(Status.MET, Status.NOT_MET)]


def test_a_unit_that_was_renamed_often_costs_its_pages_no_more_queries(officer, settings, renamed):
    """The control: with a query for each name it had, the first page asked two more for each of them."""
    client = sign_in(officer)
    pages = ("/", "/communes/", "/summary/")
    once = [queries(client, page) for page in pages]
    for day in (3, 4, 5):
        settings.NTM_TODAY = date(2025, 7, day)
        renamed = rename_commune(
            commune=renamed, name=f"Tam Đỉnh {day}", from_day=settings.NTM_TODAY, by=officer
        ).successor
    assert [queries(client, page) for page in pages] == once


def test_a_list_compares_a_renamed_commune_with_what_it_was_a_month_ago(officer, renamed):
    criteria_set = CriteriaSet.objects.get()
    (row,) = commune_rows([renamed], criteria_set)
    assert (row.progress.sub_items_met, row.sub_items_gained) == (1, -1)
    page = sign_in(officer).get(f"/communes/{renamed.code}/compare/?from=31/5/2025")
    assert (page.context["before"].is_known, page.context["before"].progress.sub_items_met) == (True, 2)
    (by_map,) = rows_by_todays_map([renamed], criteria_set, date(2025, 6, 20))
    assert (by_map.progress.sub_items_met, by_map.sub_items_gained) == (1, -1)
    assert last_changes([renamed.pk], date(2025, 7, 2)) == {renamed.pk: _noon(date(2025, 6, 10))}


def test_days_of_which_nothing_is_known_are_not_compared(officer, renamed):
    page = text(sign_in(officer).get(f"/communes/{renamed.code}/compare/?from=01/01/2025"))
    assert "chưa có số liệu ngày 01/01/2025 nên không so sánh được" in page
    assert "0 nội dung thêm đạt" not in page
    assert "Không có gì khác" not in page


@pytest.fixture
def recorded_late(officer, settings):
    """A renaming of 01/7 that is recorded on 10/7: 1.1 was met in May and lost on 3/7, 1.2 was found on 5/7.

    2.1 was met in May and has lost nothing; a file came to it on 20/6 and went on 4/7, another came on 6/7.
    """
    items = list(SubItem.objects.of_set(make_criteria_set()))[:3]
    old = make_commune(authority=officer.authority, name="Tam Sơn")
    for item in (items[0], items[2]):
        make_assessment(commune=old, sub_item=item, changed_at=_noon(date(2025, 5, 6)), changed_by=officer)
    given = {"commune": old, "by": officer}
    lost = {"status": Status.NOT_MET, "expected_version": 1, "reason": "Hỏng cầu."}
    change_assessment(sub_item=items[0], at=_noon(date(2025, 7, 3)), **lost, **given)
    first = {"status": Status.MET, "expected_version": 0}
    change_assessment(sub_item=items[1], at=_noon(date(2025, 7, 5)), **first, **given)
    finding = Assessment.objects.get(sub_item=items[2])
    settings.NTM_TODAY = date(2025, 6, 20)
    gone, come = (make_evidence(name.encode(), commune=old, original_name=name) for name in ("cũ.pdf", "mới.pdf"))
    attach_evidence(finding=finding, files=[gone], by=officer)
    settings.NTM_TODAY = date(2025, 7, 4)
    detach_evidence(finding=finding, files=[gone], by=officer)
    settings.NTM_TODAY = date(2025, 7, 6)
    attach_evidence(finding=finding, files=[come], by=officer)
    settings.NTM_TODAY = date(2025, 7, 10)
    return rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor


def _statuses(commune, day):
    """Return what was known of the three sub-items on `day`."""
    rows = Assessment.objects.filter(commune=commune).with_status_at(clock.end_of(day)).order_by("sub_item")
    return [(row.sub_item.code, row.status_at) for row in rows if row.status_at]


def test_what_was_found_before_a_new_name_was_recorded_stands_under_it_from_its_own_day_on(recorded_late):
    old = recorded_late.predecessors.get()
    assert _statuses(old, date(2025, 6, 30)) == [("1.1", Status.MET), ("2.1", Status.MET)]
    assert _statuses(recorded_late, date(2025, 7, 2)) == [("1.1", Status.MET), ("2.1", Status.MET)]
    assert _statuses(recorded_late, date(2025, 7, 3)) == [("1.1", Status.NOT_MET), ("2.1", Status.MET)]
    assert dict(_statuses(recorded_late, date(2025, 7, 5)))["1.2"] == Status.MET
    assert not Assessment.objects.filter(commune=old, sub_item__code="1.2").exists(), "under the old name it never was"
    assert [(row.status, row.version) for row in Assessment.objects.filter(commune=old).order_by("sub_item")] == [
        (Status.MET, 1),
        (Status.MET, 1),
    ]


def test_what_was_found_meanwhile_keeps_who_found_it_and_why(officer, recorded_late):
    finding = Assessment.objects.get(commune=recorded_late, sub_item__code="1.1")
    assert (finding.status, finding.reason, finding.source) == (
        Status.NOT_MET,
        "Hỏng cầu.",
        AssessmentSource.OFFICER,
    )
    assert (finding.version, finding.changed_at, finding.changed_by) == (3, _noon(date(2025, 7, 3)), officer)
    told = cell(recorded_late, "1.1").history
    assert [(row.assessment.commune.name, row.from_status, row.status, row.is_taken_over) for row in told] == [
        ("Tam Đỉnh", Status.MET, Status.NOT_MET, False),
        ("Tam Đỉnh", Status.MET, Status.MET, True),
        ("Tam Sơn", "", Status.MET, False),
    ]
    (lost,) = differences([recorded_late], CriteriaSet.objects.get(), since=date(2025, 7, 2), until=date(2025, 7, 3))
    assert (lost.before, lost.after) == (Status.MET, Status.NOT_MET)
    change_assessment(
        commune=recorded_late, sub_item=finding.sub_item, status=Status.MET, by=officer, expected_version=3
    )


def test_what_somebody_saw_before_a_new_name_is_not_taken_for_what_stands_under_it(officer, recorded_late):
    """The second version of the old unit was seen; of the new one the second is what a colleague found since."""
    item = SubItem.objects.get(code="1.1")
    for seen in (1, 2):
        with pytest.raises(SomebodyWasFaster):
            change_assessment(
                commune=recorded_late, sub_item=item, status=Status.MET, by=officer, expected_version=seen
            )
    assert Assessment.objects.get(commune=recorded_late, sub_item=item).status == Status.NOT_MET


def test_what_was_taken_back_before_a_new_name_can_be_found_again_under_it(officer, settings):
    """A file put to a finding of which only its history is left makes none."""
    item = SubItem.objects.of_set(make_criteria_set())[0]
    old = make_commune(authority=officer.authority, name="Tam Sơn")
    settings.NTM_TODAY = date(2025, 6, 20)
    finding = change_assessment(commune=old, sub_item=item, status=Status.MET, by=officer, expected_version=0)
    finding = undo_change(assessment=finding, by=officer, expected_version=1)
    settings.NTM_TODAY = date(2025, 7, 5)
    attach_evidence(finding=finding, files=[make_evidence(commune=old)], by=officer)
    settings.NTM_TODAY = date(2025, 7, 10)
    new = rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    assert not Assessment.objects.filter(commune=new).exists()
    found = change_assessment(commune=new, sub_item=item, status=Status.MET, by=officer, expected_version=0)
    assert (found.commune, found.status) == (new, Status.MET)


def test_a_sub_item_that_was_lost_under_both_names_is_one_loss(officer, settings):
    item = SubItem.objects.of_set(make_criteria_set())[0]
    old = make_commune(authority=officer.authority, name="Tam Sơn")
    make_assessment(commune=old, sub_item=item, changed_at=_noon(date(2025, 5, 1)))
    days = (date(2025, 6, 20), date(2025, 7, 3), date(2025, 7, 6))
    for version, (day, status) in enumerate(zip(days, (Status.NOT_MET, Status.MET, Status.NOT_MET), strict=True), 1):
        change_assessment(
            commune=old, sub_item=item, status=status, reason="Rà soát", by=officer, expected_version=version,
            at=_noon(day),
        )  # fmt: skip
    settings.NTM_TODAY = date(2025, 7, 10)
    assert len(setbacks([old], since=date(2025, 6, 10))) == 1
    new = rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    (lost,) = setbacks([new], since=date(2025, 6, 10))
    assert (lost.assessment.commune, clock.day_of(lost.at)) == (new, date(2025, 7, 6))


def test_files_that_came_and_went_before_a_new_name_was_recorded_did_so_under_it(officer, recorded_late):
    old, new = (Assessment.objects.get(commune__name=name, sub_item__code="2.1") for name in ("Tam Sơn", "Tam Đỉnh"))
    assert [file.original_name for file in old.evidence.all()] == ["cũ.pdf"]
    assert [file.original_name for file in new.evidence.all()] == ["mới.pdf"]
    events = [(clock.day_of(row.at).day, row.kind, row.file_name) for row in new.evidence_events.order_by("at")]
    assert events == [(1, "attached", "cũ.pdf"), (4, "detached", "cũ.pdf"), (6, "attached", "mới.pdf")]


def test_what_was_taken_over_before_it_said_so_says_so_after_the_migrations(officer, renamed):
    """At first it was a first entry like any other, then it named the status from which it goes on."""
    make_assessment(commune=renamed, sub_item=SubItem.objects.last(), source=AssessmentSource.OFFICER)
    changes = AssessmentChange.objects.filter(assessment__commune=renamed)
    changes.update(version=1, from_status="", is_taken_over=False)
    import_module("criteria.migrations.0008_findings_taken_over").name_status_before(apps, None)
    import_module("criteria.migrations.0010_taken_over_said").say_what_was_taken_over(apps, None)
    # The one that was made after the renaming is a first finding still.
    assert sorted(changes.values_list("status", "from_status", "source", "is_taken_over")) == [
        ("met", "", "officer", False),
        ("met", "met", "assumption", True),
        ("not_met", "not_met", "carried", True),
    ]
    assert not AssessmentChange.objects.filter(assessment__commune__name="Tam Sơn", is_taken_over=True)


def test_what_was_lost_under_the_earlier_name_is_a_setback_until_it_is_won_back(officer, renamed):
    since = date(2025, 5, 31)
    (lost,) = setbacks([renamed], since=since)
    assert lost.assessment.commune.name == "Tam Sơn"
    finding = Assessment.objects.get(commune=renamed, sub_item=lost.assessment.sub_item)
    change_assessment(
        commune=renamed,
        sub_item=finding.sub_item,
        status=Status.MET,
        by=officer,
        expected_version=finding.version,
        reason="Đã sửa.",
    )
    assert setbacks([renamed], since=since) == []


def test_the_log_leaves_out_what_a_new_name_only_took_over(officer, renamed):
    rows = ChangeFilter({}, user=officer).rows()
    assert [(row.from_status, row.assessment.commune.name) for row in rows] == [(Status.MET, "Tam Sơn")]
    state = commune_state(renamed)
    assert [row.since for row in state.criteria[0].sub_items] == [date(2025, 5, 6), date(2025, 6, 10)]


def test_the_matrix_marks_what_changed_under_the_earlier_name(officer, renamed):
    page = sign_in(officer).get("/matrix/?open=all&since=31/5/2025")
    (row,) = page.context["matrix"].rows
    assert [cell.is_changed for cell in row.cells[:2]] == [False, True]


def test_a_merged_commune_starts_unassessed_and_shows_the_findings_of_its_predecessors(officer):
    sub_items = list(SubItem.objects.of_set(make_criteria_set()))
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    for commune in old:
        make_assessment(commune=commune, sub_item=sub_items[0])
    make_assessment(commune=old[0], sub_item=sub_items[1])
    new = merge_communes(
        communes=old,
        code="17999",
        name="Yên Xuân",
        kind="xa",
        authority=officer.authority,
        from_day=FROM_DAY,
        by=officer,
    ).successor
    assert not Assessment.objects.filter(commune=new).exists()
    page = sign_in(officer).get(f"/communes/{new.code}/predecessors/")
    assert page.context["found"].number_met_by_all == 1
    answer = sign_in(officer).get(new.get_absolute_url())
    assert "kế thừa từ" in text(answer)
    assert "Chưa có đánh giá nào của đơn vị mới" in text(answer)
    assert 'id="unmet-count"></span>' in answer.text, "of what nobody has assessed nobody can say what is unmet"
    assert "đã kết thúc sau ngày 30/6/2025" in text(sign_in(officer).get(old[0].get_absolute_url()))


@pytest.fixture
def merged(officer, settings):
    """Three communes of June 2025, of which two have become one since: "Yên Xuân" meets what both of them met.

    Both met sub-item 1.1, only the first one 1.2, where nothing is known of the second; 2.1 neither.
    """
    sub_items = list(SubItem.objects.of_set(make_criteria_set()))
    old = [make_commune(authority=officer.authority, name=name) for name in ("Cao Sơn", "Khai Sơn")]
    make_commune(authority=officer.authority, name="Đức Sơn")
    settings.NTM_TODAY = date(2025, 6, 1)
    for commune in old:
        make_assessment(commune=commune, sub_item=sub_items[0])
        make_assessment(commune=commune, sub_item=sub_items[2], status=Status.NOT_MET)
    make_assessment(commune=old[0], sub_item=sub_items[1])
    settings.NTM_TODAY = date(2025, 7, 2)
    given = {"code": "17999", "name": "Yên Xuân", "kind": "xa", "authority": officer.authority}
    return merge_communes(communes=old, from_day=FROM_DAY, by=officer, **given).successor


def offered(client, commune) -> list[str]:
    """Return the codes that the form beside the predecessors' findings would send."""
    page = client.get(f"/communes/{commune.code}/predecessors/")
    return re.findall(r'name="sub_item" value="([^"]+)"', page.text)


def write(client, commune, codes):
    return client.post(f"/communes/{commune.code}/predecessors/", {"sub_item": codes}, follow=True)


def test_what_all_predecessors_met_is_written_once_it_is_confirmed(officer, merged):
    client = sign_in(officer)
    assert offered(client, merged) == ["1.1"]
    assert "Ghi 1 kết quả mà mọi đơn vị cũ cùng đạt" in text(client.get(f"/communes/{merged.code}/predecessors/"))
    assert not Assessment.objects.filter(commune=merged).exists(), "to look writes nothing"
    # 1.2 was met by one of the two only, 2.1 by none.
    answered = write(client, merged, ["1.1", "1.2", "2.1"])
    assert "Đã ghi 1 kết quả “Đạt” cho xã Yên Xuân." in text(answered)
    (found,) = Assessment.objects.filter(commune=merged)
    assert (found.sub_item.code, found.status, found.source) == ("1.1", Status.MET, AssessmentSource.CARRIED)
    assert found.reason == "Mọi đơn vị cũ đã đạt: xã Cao Sơn, xã Khai Sơn."
    assert (found.changed_by, offered(client, merged)) == (officer, [])


def test_no_more_is_written_than_the_page_has_shown(officer, merged):
    assert "Không ghi gì mới cho xã Yên Xuân." in text(write(sign_in(officer), merged, []))
    assert not Assessment.objects.filter(commune=merged).exists()


def test_what_all_predecessors_met_is_a_first_finding_of_the_new_unit(officer, merged):
    write(sign_in(officer), merged, ["1.1"])
    changes = AssessmentChange.objects.filter(assessment__commune=merged)
    (change,) = changes.of_its_own()
    assert (change.version, change.from_status, change.is_taken_over) == (1, "", False)
    assert change.may_be_undone_by(officer)
    assert not changes.after_the_first().exists()
    days = [date(2025, 7, 1), date(2025, 7, 2)]
    standing = standings([merged], CriteriaSet.objects.get(), days)[merged.pk]
    assert [standing[day].progress.sub_items_met for day in days] == [0, 1]


def test_written_twice_what_all_predecessors_met_writes_nothing_new(officer, merged):
    client = sign_in(officer)
    for _ in range(2):
        answered = write(client, merged, ["1.1"])
    assert "Không ghi gì mới cho xã Yên Xuân. 1 nội dung đã được ghi trước đó nên giữ nguyên." in text(answered)
    assert AssessmentChange.objects.filter(assessment__commune=merged).count() == 1


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_a_finding_that_somebody_entered_meanwhile_is_left_alone(officer, merged, is_taken_back):
    client = sign_in(officer)
    for commune in merged.predecessors.all():
        make_assessment(commune=commune, sub_item=SubItem.objects.get(code="2.2"))
    codes = offered(client, merged)
    finding = make_assessment(
        commune=merged, sub_item=SubItem.objects.get(code="1.1"), status=Status.NOT_MET, changed_by=officer
    )
    if is_taken_back:
        undo_change(assessment=finding, by=officer, expected_version=1)
    answered = write(client, merged, codes)
    assert "Đã ghi 1 kết quả “Đạt” cho xã Yên Xuân. 1 nội dung đã được ghi trước đó nên giữ nguyên." in text(answered)
    found = Assessment.objects.filter(commune=merged).order_by("sub_item__code")
    assert [row.status for row in found] == ["" if is_taken_back else Status.NOT_MET, Status.MET]


def test_a_finding_that_comes_while_the_others_are_written_is_left_alone(officer, merged):
    items = [SubItem.objects.get(code=code) for code in ("1.1", "1.2")]
    make_assessment(commune=merged, sub_item=items[0], status=Status.NOT_MET)
    written = write_met_by_all(commune=merged, sub_items=items, units=[], by=officer)
    assert [row.sub_item.code for row in written] == ["1.2"]
    assert Assessment.objects.get(commune=merged, sub_item=items[0]).status == Status.NOT_MET


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ADMINISTRATOR, 302), (Role.DEPARTMENT, 403), (Role.LEADER, 403), (Role.COMMUNE, 403)],
)
def test_who_changes_any_finding_writes_what_all_predecessors_met(officer, merged, role, status):
    unit = {"commune": merged} if role == Role.COMMUNE else {"authority": officer.authority}
    client = sign_in(make_user(role, **unit))
    assert bool(offered(client, merged)) == (status == 302)
    address = f"/communes/{merged.code}/predecessors/"
    assert client.post(address, {"sub_item": ["1.1"]}).status_code == status
    assert Assessment.objects.filter(commune=merged).exists() == (status == 302)
    assert sign_in(make_user()).post(address, {"sub_item": ["1.1"]}).status_code == 404


def leave_a_set_that_ended(merged):
    CriteriaSet.objects.update(effective_to=FROM_DAY)


def leave_the_new_unit_to_no_set(merged):
    Commune.objects.filter(pk=merged.pk).update(kind="thi_tran")


def leave_a_part_to_no_set(merged):
    make_commune(authority=merged.authority, kind="thi_tran", valid_to=date(2025, 6, 30), successor=merged)


def leave_a_part_to_which_it_does_not_apply(merged):
    Assessment.objects.filter(commune__name="Khai Sơn").update(status=Status.NOT_APPLICABLE, reason="Không có chợ.")


def end_the_new_unit(merged):
    Commune.objects.filter(pk=merged.pk).update(valid_to=FROM_DAY)


@pytest.mark.parametrize(
    "change",
    [
        leave_a_set_that_ended,
        leave_the_new_unit_to_no_set,
        leave_a_part_to_no_set,
        leave_a_part_to_which_it_does_not_apply,
        end_the_new_unit,
    ],
)
def test_where_it_does_not_say_what_the_whole_meets_nothing_is_offered_or_written(officer, merged, change):
    client = sign_in(officer)
    assert offered(client, merged) == ["1.1"]
    change(merged)
    assert offered(client, merged) == []
    assert "Không ghi gì mới cho" in text(write(client, merged, ["1.1"]))
    assert not Assessment.objects.filter(commune=merged).exists()


def test_what_does_not_apply_to_one_of_the_predecessors_is_not_shown_as_met_by_all(officer, merged):
    found = predecessor_findings(merged)
    assert [row.sub_item.code for row in found.rows if row.is_met_by_all] == ["1.1"]
    leave_a_part_to_which_it_does_not_apply(merged)
    assert predecessor_findings(merged).number_met_by_all == 0


def merge_nine_more(officer):
    more = [make_commune(authority=officer.authority) for _ in range(9)]
    given = {"code": "17998", "name": "Vĩnh Sơn", "kind": "xa", "authority": officer.authority}
    merge_communes(communes=more, from_day=FROM_DAY, by=officer, **given)


def test_a_past_day_is_summed_by_the_old_and_by_the_new_map(officer, merged):
    client = sign_in(officer)

    def counts(chosen: str) -> dict[str, int]:
        rows = client.get("/communes/", {"at": "2025-06-30", "map": chosen}).context["rows"]
        return {row.commune.name: row.progress.sub_items_met for row in rows}

    assert counts("old") == {"Cao Sơn": 2, "Khai Sơn": 1, "Đức Sơn": 0}
    assert counts("new") == {"Đức Sơn": 0, "Yên Xuân": 1}


def cells(client, **query) -> dict[str, list[str]]:
    """Return by commune the statuses of its first three sub-items, and how many of those with findings meet each."""
    table = client.get("/matrix/", {"open": "all", **query}).context["matrix"]
    shown = {row.commune.name: [cell.status for cell in row.cells[:3]] for row in table.rows}
    return {**shown, "": [f"{score.met}/{score.total}" for score in table.totals[:3]]}


def test_the_matrix_of_a_past_day_is_summed_by_the_old_and_by_the_new_map(officer, merged):
    client, open_, met, not_met = sign_in(officer), "unassessed", "met", "not_met"
    assert cells(client, at="2025-06-30", map="old") == {
        "Cao Sơn": [met, met, not_met],
        "Khai Sơn": [met, open_, not_met],
        "Đức Sơn": [open_, open_, open_],
        "": ["2/2", "1/2", "0/2"],
    }
    assert cells(client, at="2025-06-30", map="new") == {
        "Yên Xuân": [met, open_, not_met],
        "Đức Sơn": [open_, open_, open_],
        "": ["1/1", "0/1", "0/1"],
    }


def test_by_the_new_map_a_part_without_findings_leaves_the_whole_unknown_on_every_page(officer, merged):
    """Of one old commune nothing is known on 30/6; of two others each knows another sub-item, none both."""
    items = list(SubItem.objects.of_set(CriteriaSet.objects.get()))
    given = {"kind": "xa", "authority": officer.authority, "from_day": FROM_DAY, "by": officer}
    pairs = {"Thọ Trống": [items[0], None], "Thọ Sơn": [items[0], items[1]], "Thọ Khai": [items[0], items[0]]}
    for number, (name, known) in enumerate(pairs.items()):
        old = [make_commune(authority=officer.authority) for _ in known]
        for commune, sub_item in zip(old, known, strict=True):
            if sub_item:
                make_assessment(
                    commune=commune, sub_item=sub_item, status=Status.NOT_MET, changed_at=_noon(date(2025, 6, 1))
                )
        merge_communes(communes=old, code=f"1700{number}", name=name, **given)
    client, asked = sign_in(officer), {"at": "2025-06-30", "map": "new"}
    table = client.get("/matrix/", asked).context["matrix"]
    listed = client.get("/communes/", asked).context["rows"]
    whole = client.get("/summary/", asked).context["summary"]
    for rows in (table.rows, listed, whole.rows):
        assert {row.commune.name: row.assessed for row in rows} == {
            "Thọ Trống": 0, "Thọ Sơn": 0, "Thọ Khai": 1, "Yên Xuân": 2, "Đức Sơn": 0
        }  # fmt: skip
        assert {row.commune.name for row in rows if row.is_known} == {"Thọ Khai", "Yên Xuân"}
        assert sum(row.is_partial for row in rows) == 2
    assert table.progress == whole.totals.progress


def test_the_matrix_by_the_new_map_marks_what_changed_in_any_of_the_old_communes(officer, merged):
    query = {"at": "2025-06-30", "since": "2025-05-01", "map": "new", "open": "all"}
    table = sign_in(officer).get("/matrix/", query).context["matrix"]
    assert [row.commune for row in table.rows] == []
    item = SubItem.objects.order_by("criterion__number", "position").first()
    finding = Assessment.objects.get(commune__name="Khai Sơn", sub_item=item)
    AssessmentChange.objects.create(
        assessment=finding, at=clock.start_of(date(2025, 6, 2)), from_status="met", status="not_met", version=2
    )
    table = sign_in(officer).get("/matrix/", query).context["matrix"]
    assert [(row.commune.name, [cell.is_changed for cell in row.cells[:2]]) for row in table.rows] == [
        ("Yên Xuân", [True, False])
    ]


def test_the_matrix_workbook_follows_the_map(officer, merged):
    answered = sign_in(officer).get("/exchange/matrix/", {"at": "2025-06-30", "map": "new"})
    rows = CalamineWorkbook.from_filelike(BytesIO(answered.content)).get_sheet_by_index(0).to_python()
    title = f"Bảng tiêu chí xã nông thôn mới {officer.authority} đến ngày 30/6/2025, theo đơn vị hiện nay"
    assert rows[0][0] == title
    assert {row[0] for row in rows} >= {"Yên Xuân", "Đức Sơn"}
    assert not {row[0] for row in rows} & {"Cao Sơn", "Khai Sơn"}


@pytest.mark.parametrize("address", ["/communes/", "/matrix/", "/summary/"])
def test_two_maps_are_offered_only_where_a_unit_has_ended_since_that_day(officer, merged, address):
    client = sign_in(officer)
    assert "Theo đơn vị hiện nay" in text(client.get(address, {"at": "2025-06-30"}))
    assert "Theo đơn vị hiện nay" not in text(client.get(address))
    assert "Theo đơn vị hiện nay" not in text(client.get(address, {"at": "2025-07-01"}))


@pytest.mark.parametrize("address", ["/communes/", "/matrix/", "/summary/"])
def test_the_new_map_costs_the_same_queries_for_two_old_communes_and_for_eleven(officer, merged, address):
    asked = f"{address}?at=2025-06-30&map=new"
    cost = queries(sign_in(officer), asked)
    merge_nine_more(officer)
    assert cost == queries(sign_in(officer), asked)


def test_nothing_happens_before_it_is_confirmed_and_only_once(officer):
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    client = sign_in(officer)
    shown = client.post(f"{CHANGES}merge/", answer(old))
    assert "không hoàn tác được" in text(shown)
    assert not UnitChange.objects.exists()
    assert client.post(f"{CHANGES}merge/", answer(old, confirm="1")).status_code == 302
    assert client.post(f"{CHANGES}merge/", answer(old, confirm="1")).status_code == 422
    assert UnitChange.objects.count() == 1
    assert "Yên Xuân" in text(client.get(CHANGES))


@pytest.mark.parametrize("day", ["01/01/0001", "01/4/0203", "01/4/1923", "31/12/1999"])
@pytest.mark.parametrize("kind", ["rename", "merge"])
def test_a_day_before_all_that_is_kept_changes_no_unit(officer, kind, day):
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    given = answer(old, from_day=day, confirm="1", commune=old[0].code)
    page = sign_in(officer).post(f"{CHANGES}{kind}/", given)
    assert "Hệ thống không giữ số liệu trước 01/01/2000. Hãy kiểm tra lại năm." in text(page)
    assert not UnitChange.objects.exists()


@pytest.mark.parametrize("code", ["9" * 30, "9" * 5000, "x"], ids=["long", "longer", "letters"])
@pytest.mark.parametrize("kind", ["rename", "merge"])
def test_a_unit_that_is_not_offered_is_refused(officer, kind, code):
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    given = {**answer(old, confirm="1"), "communes": [old[0].code, code], "commune": code}
    assert sign_in(officer).post(f"{CHANGES}{kind}/", given).status_code == 422
    assert not UnitChange.objects.exists()


STATES_OF = {5: ReportStatus.ACCEPTED, 4: ReportStatus.SUBMITTED, 3: ReportStatus.RETURNED}


def leave_reports(commune, months) -> None:
    """Make a report of `commune` for each of `months` of 2025; those without a state of their own are being written."""
    criteria_set = CriteriaSet.objects.first() or make_criteria_set()
    for month in months:
        status = STATES_OF.get(month, ReportStatus.DRAFT)
        sent = None if status == ReportStatus.DRAFT else clock.now()
        day = date(2025, month, 1)
        make_report(commune=commune, criteria_set=criteria_set, month=day, status=status, first_submitted_at=sent)


def reports_named(page) -> list[tuple[str, str]]:
    """Return where each report leads that the confirmation names, and its state."""
    listed = re.findall(r'<a href="(/reports/[^"]+)">.*?</a>.*?<span>([^<]+)</span>', page.text)
    return [(address, unescape(word)) for address, word in listed]


def test_reports_that_a_merger_leaves_behind_are_named_before_the_confirmation(officer):
    old = [make_commune(authority=officer.authority, name=name) for name in ("Cao Sơn", "Khai Sơn")]
    leave_reports(old[0], (3, 4, 5))
    leave_reports(old[1], (7,))
    leave_reports(make_commune(authority=officer.authority), (4,))
    client = sign_in(officer)
    page = client.post(f"{CHANGES}merge/", answer(old))
    expected = [
        (f"/reports/{old[0].code}/2025-03/", "Đã trả lại"),
        (f"/reports/{old[0].code}/2025-04/", "Chờ thẩm định"),
        (f"/reports/{old[1].code}/2025-07/", "Đang soạn"),
    ]
    assert reports_named(page) == expected
    assert "3 báo cáo tháng chưa xong sẽ ở lại với đơn vị cũ" in text(page)
    assert "kết quả ghi cho đơn vị cũ, không sang đơn vị mới" in text(page)
    assert "Báo cáo tháng 7/2025 của xã Khai Sơn" in text(page)
    assert [client.get(address).status_code for address, _ in expected] == [200, 200, 200]


def test_what_is_said_of_reports_left_behind_by_a_merger_is_so(officer):
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    clerk = make_user(Role.COMMUNE, commune=old[0])
    leave_reports(old[0], (3, 4, 7))
    sign_in(officer).post(f"{CHANGES}merge/", answer(old, confirm="1"))
    assert set(MonthlyReport.objects.values_list("commune", flat=True)) == {old[0].pk}
    client = sign_in(User.objects.get(pk=clerk.pk))
    for month in ("2025-03", "2025-07"):
        assert client.post(f"/reports/{old[0].code}/{month}/submit/").status_code == 403
    waiting = MonthlyReport.objects.select_related("commune").get(status=ReportStatus.SUBMITTED)
    assert officer.has_perm("criteria.review_report", waiting)
    assert assessed_unit(waiting) == old[0]


def test_a_new_name_leaves_behind_what_is_not_of_the_present_month(officer):
    commune = make_commune(authority=officer.authority, name="Tam Sơn")
    leave_reports(commune, (4, 5, 6, 7))
    given = {"commune": commune.code, "name": "Tam Đỉnh", "from_day": "01/7/2025"}
    page = sign_in(officer).post(f"{CHANGES}rename/", given)
    months = [address[-8:-1] for address, _ in reports_named(page)]
    assert months == ["2025-04", "2025-06"]
    assert "kết quả ghi cho đơn vị dưới tên mới" in text(page)
    new = rename_commune(commune=commune, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    left = MonthlyReport.objects.filter(commune=commune).unfinished().select_related("commune")
    assert sorted(f"{report.month:%Y-%m}" for report in left) == months
    assert {assessed_unit(report) for report in left} == {new}


def test_where_every_report_is_finished_none_is_named(officer):
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    leave_reports(old[0], (5,))
    assert "chưa xong" not in text(sign_in(officer).post(f"{CHANGES}merge/", answer(old)))


def test_a_namesake_is_told_before_the_confirmation(officer):
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    make_commune(authority=officer.authority, name="Yên Xuân", kind="thi_tran", code="17329")
    shown = sign_in(officer).post(f"{CHANGES}merge/", answer(old, name="xã Yên Xuân"))
    assert "cùng thuộc cơ quan đó đã có thị trấn Yên Xuân (mã 17329)" in text(shown)
    assert "xã Yên Xuân, mã 17999" in text(shown)
    assert "xã xã" not in text(shown)
    make_commune(authority=officer.authority, name="Yên Xuân")
    refused = sign_in(officer).post(f"{CHANGES}merge/", answer(old))
    assert refused.status_code == 422
    assert "đã có xã Yên Xuân" in text(refused)


def test_communes_of_another_district_cannot_be_chosen(officer):
    old = [make_commune(authority=officer.authority), make_commune()]
    assert sign_in(officer).post(f"{CHANGES}merge/", answer(old, confirm="1")).status_code == 422
    assert Commune.objects.filter(valid_to__isnull=True).count() == 2


MOVE = f'href="{CHANGES}move/"'


def test_a_move_is_offered_only_where_there_is_another_authority_to_move_to(officer):
    make_commune(authority=officer.authority)
    client = sign_in(officer)
    for address in (CHANGES, f"{CHANGES}rename/"):
        page = client.get(address)
        assert MOVE not in page.text
        assert f'href="{CHANGES}merge/"' in page.text
    assert MOVE in client.get(f"{CHANGES}move/").text, "the address goes on working"
    for overseer in (make_user(authority=officer.authority.parent), make_user(Role.ADMINISTRATOR)):
        assert MOVE in sign_in(overseer).get(CHANGES).text


def test_a_move_is_offered_from_an_authority_that_has_ended_to_the_only_one_left(officer):
    province = officer.authority.parent
    overseer = sign_in(make_user(authority=province))
    commune = make_commune(authority=province)
    type(province).objects.exclude(pk=province.pk).update(valid_to=date(2025, 6, 30))
    assert MOVE not in overseer.get(CHANGES).text
    Commune.objects.filter(pk=commune.pk).update(authority=officer.authority)
    assert MOVE in overseer.get(CHANGES).text


@pytest.mark.parametrize("role", [Role.LEADER, Role.COMMUNE, Role.DEPARTMENT])
def test_only_offices_change_units(role):
    assert sign_in(make_user(role)).get(CHANGES).status_code == 403


def test_a_day_without_a_set_says_which_was_the_last_and_still_shows_the_work(officer):
    make_criteria_set(effective_to=date(2024, 2, 29))
    commune = make_commune(authority=officer.authority)
    page = sign_in(officer).get(commune.get_absolute_url())
    assert "Ngày 02/7/2025 không có bộ tiêu chí nào có hiệu lực" in text(page)
    assert "?at=2024-02-29" in page.text
    assert f"/communes/{commune.code}/work/" in page.text


# A code that was used again: on each day its pages are those of the unit that bore it then


@pytest.fixture
def reused(officer, settings, tmp_path):
    """Return (old, new) under one code: Cao Sơn met one sub-item by a file, Yên Xuân nothing yet."""
    settings.MEDIA_ROOT = tmp_path
    make_letterhead(authority=officer.authority)
    item = SubItem.objects.of_set(make_criteria_set()).first()
    old, other = (make_commune(authority=officer.authority, name=name) for name in ("Cao Sơn", "Khai Sơn"))
    begun = clock.start_of(date(2025, 3, 1))
    finding = make_assessment(commune=old, sub_item=item, status=Status.NOT_MET, changed_at=begun)
    change_assessment(
        commune=old, sub_item=item, status=Status.MET, by=officer, expected_version=1, reason="Đã xây xong.",
        at=clock.start_of(date(2025, 6, 20)),
    )  # fmt: skip
    finding.evidence.add(make_evidence(commune=old, original_name="1.1_bien ban cu.pdf"))
    given = {"code": old.code, "name": "Yên Xuân", "kind": "xa", "authority": officer.authority}
    new = merge_communes(communes=[old, other], from_day=FROM_DAY, by=officer, **given).successor
    old.refresh_from_db()
    return old, new


OF_THE_DAY = {
    "detail": "/communes/{}/",
    "sheet": "/communes/{}/sheet/",
    "results": "/communes/{}/results/",
    "compare": "/communes/{}/compare/",
    "board": "/communes/{}/evidence/",
    "sub-item": "/communes/{}/evidence/1.1/",
    "work": "/communes/{}/work/",
}


@pytest.mark.parametrize("address", OF_THE_DAY.values(), ids=OF_THE_DAY)
def test_the_pages_of_a_code_are_those_of_the_unit_of_the_day(officer, reused, address):
    client, (old, new) = sign_in(officer), reused
    then, now = (client.get(address.format(old.code), query) for query in ({"at": "2025-06-30"}, {}))
    assert (then.status_code, now.status_code) == (200, 200)
    assert (then.context["commune"], now.context["commune"]) == (old, new)
    assert "Cao Sơn" in text(then)
    assert "Yên Xuân" in text(now)


def test_the_documents_of_a_code_are_those_of_the_unit_of_the_day(officer, reused):
    client, (old, _) = sign_in(officer), reused
    for page in ("sheet/pdf/", "results/pdf/"):
        paper = client.get(f"/communes/{old.code}/{page}", {"at": "2025-06-30"}).content
        said = " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(paper)).pages)
        assert "Cao Sơn" in said
        assert "Yên Xuân" not in said
    assert "Cao Sơn" in client.get(f"/communes/{old.code}/trend.svg", {"at": "2025-06-30"}).text


@pytest.mark.parametrize("address", OF_THE_DAY.values(), ids=OF_THE_DAY)
def test_links_from_the_pages_of_an_ended_unit_stay_with_it(officer, reused, address):
    client, (old, new) = sign_in(officer), reused
    page = client.get(address.format(old.code), {"at": "2025-06-30"})
    links = set(re.findall(r'href="(/communes/\d{5}/[^"#]*)', page.text)) - {new.get_absolute_url()}
    assert links
    for link in links:
        answered = client.get(unescape(link))
        if answered["Content-Type"].startswith("text/html"):
            assert answered.context["commune"] == old, link
        else:
            assert "Cao Sơn" in unquote(answered["Content-Disposition"]), link


def test_two_days_of_an_ended_unit_are_compared_from_its_last_one_back(officer, reused):
    old, _ = reused
    page = sign_in(officer).get(f"/communes/{old.code}/compare/", {"at": "2025-06-30"})
    assert (page.context["period"].since, page.context["period"].until) == (date(2025, 5, 30), date(2025, 6, 30))
    assert [row.sub_item.code for row in page.context["gains"]] == ["1.1"]
    assert page.context["months"][-1][0] == date(2025, 6, 30)


def test_an_ended_unit_keeps_its_evidence_and_takes_no_more(officer, reused):
    client, (old, new) = sign_in(officer), reused
    page = client.get(f"/communes/{old.code}/evidence/", {"at": "2025-06-30"})
    assert "1.1_bien ban cu.pdf" in text(page)
    assert "không nhận thêm tệp" in text(page)
    assert not page.context["may_add"]
    assert client.get(f"/communes/{new.code}/evidence/").context["may_add"]
    ended = next(unit for unit in new.predecessors.all() if unit.code != new.code)
    assert client.post(f"/communes/{ended.code}/evidence/upload/").status_code == 403


def test_the_name_of_an_ended_unit_leads_to_its_page_of_that_day_wherever_it_stands(officer, reused):
    client, (old, _) = sign_in(officer), reused
    page = f"/communes/{old.code}/?at=2025-06-30"
    assert f'href="{page}"' in client.get("/matrix/", {"at": "2025-06-30"}).text
    assert f'href="{page}"' in client.get("/changes/").text
    assert f'href="{page}"' in client.get("/summary/", {"from": "2025-05-31", "to": "2025-06-30"}).text


def test_a_unit_that_ended_is_shown_as_on_its_last_day_without_a_day_too(officer, reused):
    ended = next(unit for unit in reused[1].predecessors.all() if unit.code != reused[1].code)
    page = sign_in(officer).get(f"/communes/{ended.code}/")
    assert page.context["asked"].at == date(2025, 6, 30)
    assert "Về số liệu hôm nay" not in text(page)


# What the unit said of itself under its earlier name


def test_the_results_table_keeps_what_the_commune_reported_under_its_earlier_name_or_authority(officer):
    item = SubItem.objects.of_set(make_criteria_set()).first()
    commune = make_commune(authority=officer.authority)
    make_assessment(commune=commune, sub_item=item, status=Status.NOT_MET)
    report = make_report(
        commune=commune, criteria_set=CriteriaSet.objects.get(), month=date(2025, 6, 1), status=ReportStatus.ACCEPTED,
        first_submitted_at=_noon(date(2025, 6, 14)),
    )  # fmt: skip
    report.lines.create(sub_item=item, status=Status.MET)
    province = make_user(authority=officer.authority.parent)
    receiving = make_authority(parent=officer.authority.parent)
    renamed = rename_commune(commune=commune, name="Tam Đỉnh", from_day=date(2025, 6, 20), by=officer).successor
    moved = move_commune(commune=renamed, authority=receiving, from_day=FROM_DAY, by=province).successor
    page = sign_in(make_user(authority=receiving)).get(f"/communes/{moved.code}/results/")
    assert page.context["results"].report == report
    row = page.context["results"].rows[0]
    assert (row.self_assessed, row.verified) == ("Đạt", "Chưa đạt")


def test_the_results_table_of_a_merged_commune_takes_nothing_from_those_that_ended(officer):
    make_criteria_set()
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    leave_reports(old[0], (5,))
    new = merge_communes(
        communes=old, code=old[0].code, name="Yên Xuân", kind="xa", authority=officer.authority, from_day=FROM_DAY,
        by=officer,
    ).successor  # fmt: skip
    page = sign_in(officer).get(f"/communes/{new.code}/results/")
    assert page.context["results"].report is None


# A past day of an office that had no commune yet


def test_a_past_day_without_communes_offers_those_of_today_as_they_stood_under_another_authority(officer):
    item = SubItem.objects.of_set(make_criteria_set()).first()
    commune = make_commune(authority=officer.authority, name="Hoa Sơn")
    make_assessment(commune=commune, sub_item=item, changed_at=_noon(date(2025, 5, 1)))
    receiving = make_authority(parent=officer.authority.parent, name="huyện Con Cuông")
    province = make_user(authority=officer.authority.parent)
    move_commune(commune=commune, authority=receiving, from_day=FROM_DAY, by=province)
    client = sign_in(make_user(authority=receiving))
    page = client.get("/communes/", {"at": "2025-06-01"})
    assert "Ngày 01/6/2025 chưa có xã nào của huyện Con Cuông để theo dõi" in text(page)
    assert "Nhập từ Excel" not in text(page)
    (link,) = re.findall(r'<a class="button primary" href="(\?[^"]*map=new[^"]*)"', page.text)
    found = client.get("/communes/" + unescape(link))
    assert [row.commune.name for row in found.context["rows"]] == ["Hoa Sơn"]


def test_a_past_day_of_an_office_that_got_no_commune_from_anybody_leads_to_today(officer):
    make_criteria_set()
    make_commune(authority=officer.authority, valid_from=FROM_DAY)
    page = sign_in(officer).get("/communes/", {"at": "2025-06-01"})
    assert "Ngày 01/6/2025 chưa có xã nào" in text(page)
    assert "map=new" not in page.text
    assert '<a class="button primary" href="/communes/">Xem số liệu hôm nay</a>' in page.text
    assert "Nhập từ Excel" in text(sign_in(make_user()).get("/communes/")), "where there is none today either"


def test_a_move_is_told_with_the_authorities_between_which_it_was(officer):
    receiving = make_authority(parent=officer.authority.parent, name="huyện Con Cuông")
    type(receiving).objects.filter(pk=officer.authority.pk).update(name="huyện Anh Sơn")
    commune = make_commune(authority=officer.authority, name="Hoa Sơn")
    client = sign_in(make_user(authority=receiving.parent))
    given = {"commune": commune.code, "authority": receiving.pk, "from_day": "01/7/2025"}
    page = text(client.post(f"{CHANGES}move/", given))
    assert f"xã Hoa Sơn ({commune.code}), thuộc huyện Anh Sơn" in page
    assert f"xã Hoa Sơn, mã {commune.code}, thuộc huyện Con Cuông" in page
    client.post(f"{CHANGES}move/", {**given, "confirm": "1"})
    told = "Chuyển cơ quan chỉ đạo từ huyện Anh Sơn sang huyện Con Cuông"
    assert told in text(client.get(CHANGES))
    book = client.get(CHANGES, {"format": "xlsx"}).content
    assert told in str(CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python())


def test_the_changes_cost_the_same_queries_for_one_move_and_for_three(officer):
    receiving = make_authority(parent=officer.authority.parent)
    overseer = make_user(authority=receiving.parent)

    def move() -> None:
        commune = make_commune(authority=officer.authority)
        move_commune(commune=commune, authority=receiving, from_day=FROM_DAY, by=overseer)

    client = sign_in(overseer)
    move()
    cost = queries(client, CHANGES)
    move()
    move()
    assert queries(client, CHANGES) == cost
