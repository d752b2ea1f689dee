"""The demonstration: what it loads, that it is marked, and that it never comes twice or in earnest."""

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from communes.enums import CommuneKind, Role
from communes.models import Commune, User
from criteria.enums import AssessmentSource, Status
from criteria.models import Assessment, AssessmentChange, SubItemPlan
from criteria.selectors.commune import commune_state
from criteria.selectors.progress import progress_by_commune, progress_of
from criteria.thresholds import Level, proposed_status, required_levels
from tasks.demo.findings import STANDINGS
from tasks.enums import ExtensionDecision, NoticeFileKind, NoticeStatus, TaskStatus
from tasks.models import ExtensionRequest, Notice, Proposal, Task, TaskUpdate

SESSION_DAY, LAST_DAY = date(2023, 4, 5), date(2023, 4, 10)
SETTLED = {"11.1", "12.1", "13.1", "13.2", "13.3", "15.1", "15.4", "17.3", "17.4", "18.1"}
ASSUMED = {"2.2", "2.3", "2.4", "12.2", "17.6"}


def counts():
    models = [model for app in ("communes", "criteria", "tasks") for model in apps.get_app_config(app).get_models()]
    return {model.__name__: model.objects.count() for model in models}


# The command


def test_outside_debug_mode_the_command_refuses_and_loads_nothing(db, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="Không nạp dữ liệu minh họa"):
        call_command("load_demo", skip_checks=True)
    assert not User.objects.exists()


def test_in_debug_mode_the_command_loads_and_says_so(db, settings):
    settings.DEBUG = True
    said = StringIO()
    call_command("load_demo", skip_checks=True, stdout=said)
    assert "sẵn sàng" in said.getvalue()
    once = counts()
    call_command("load_demo", skip_checks=True, verbosity=0)
    assert counts() == once


def test_a_second_run_undoes_nobodys_work(demo):
    from tasks import demo as demonstration

    finding = Assessment.objects.get(commune=demo.cao_son, sub_item__code="13.1")
    Assessment.objects.filter(pk=finding.pk).update(status=Status.MET)
    Notice.objects.filter(pk=demo.notice.pk).update(subject="Đã sửa")
    demonstration.load()
    finding.refresh_from_db()
    assert finding.status == Status.MET
    assert demo.notice.subject == "Đã sửa"


def test_every_role_has_an_account_with_the_common_password(demo, client):
    assert set(User.objects.values_list("role", flat=True)) == set(Role)
    for user in User.objects.all():
        user.full_clean()
        assert user.check_password("ntm-demo-2023"), user.username
        assert "minh họa" in user.full_name, user.username


def test_nothing_happens_after_the_morning_of_the_demonstrations_day(demo):
    end = timezone.make_aware(timezone.datetime(2023, 4, 10, 8, 0))
    assert not AssessmentChange.objects.filter(at__gt=end).exists()
    assert not TaskUpdate.objects.filter(at__gt=end).exists()
    assert not ExtensionRequest.objects.filter(asked_at__gt=end).exists()
    assert not Proposal.objects.filter(made_on__gt=end.date()).exists()


# Cao Sơn


def test_cao_son_stands_at_12_criteria_and_42_sub_items_on_the_day_of_the_session(demo):
    progress = progress_of(demo.cao_son, SESSION_DAY)
    assert progress.phrase == "12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%)"
    assert progress_of(demo.cao_son) == progress


def test_before_the_session_nothing_is_known_of_cao_son(demo):
    assert progress_of(demo.cao_son, date(2023, 4, 4)) is None


def test_the_unmet_criteria_of_cao_son_are_those_that_the_notice_names(demo):
    state = commune_state(demo.cao_son, SESSION_DAY)
    assert {row.criterion.number for row in state.unmet} == {2, 11, 12, 13, 15, 17, 18}


def test_what_the_notice_does_not_settle_is_marked_as_assumed(demo):
    unmet = Assessment.objects.filter(commune=demo.cao_son, status=Status.NOT_MET)
    by_source = {
        source: set(unmet.filter(source=source).values_list("sub_item__code", flat=True)) for source in AssessmentSource
    }
    assert by_source[AssessmentSource.SESSION] == SETTLED
    assert by_source[AssessmentSource.ASSUMPTION] == ASSUMED
    assumed_met = Assessment.objects.filter(
        commune=demo.cao_son, status=Status.MET, source=AssessmentSource.ASSUMPTION
    ).select_related("sub_item__criterion")
    assert {row.sub_item.criterion.number for row in assumed_met} == {2, 13, 15, 17, 18}
    for row in Assessment.objects.filter(commune=demo.cao_son, source=AssessmentSource.ASSUMPTION):
        assert row.reason.startswith("Giả định:")


def test_every_finding_of_cao_son_has_a_reason_and_no_invented_value(demo):
    findings = Assessment.objects.filter(commune=demo.cao_son)
    assert findings.count() == 57
    assert not findings.filter(reason="").exists()
    assert not findings.filter(value__isnull=False).exists()
    assert not SubItemPlan.objects.filter(commune=demo.cao_son).exists()


# The others


def test_all_other_communes_are_marked_as_demonstration(demo):
    others = Commune.objects.filter(kind=CommuneKind.XA).exclude(pk=demo.cao_son.pk)
    assert others.count() == 19
    assert all(others.values_list("is_demonstration", flat=True))
    assert not demo.cao_son.is_demonstration
    assert not Assessment.objects.exclude(commune__in=others).exclude(commune=demo.cao_son).exists()


def test_the_others_stand_where_they_were_put_and_most_have_risen(demo):
    communes = Commune.objects.filter(code__in=STANDINGS)
    last = progress_by_commune(communes, LAST_DAY)
    first = progress_by_commune(communes, date(2022, 4, 12))
    reached = {row.code: (last[row.pk].criteria_met, first[row.pk].criteria_met) for row in communes}
    assert reached == STANDINGS
    assert Counter(end for end, _ in reached.values())[19] == 2


def test_a_few_sub_items_fell_back(demo):
    falls = AssessmentChange.objects.filter(from_status=Status.MET, status=Status.NOT_MET)
    assert falls.count() == 4
    assert not falls.filter(reason="").exists()


def test_the_findings_are_the_newest_of_their_changes(demo):
    for finding in Assessment.objects.prefetch_related("changes"):
        changes = sorted(finding.changes.all(), key=lambda change: change.version)
        assert [change.version for change in changes] == list(range(1, finding.version + 1))
        assert [change.at for change in changes] == sorted(change.at for change in changes)
        assert [change.from_status for change in changes] == ["", *(change.status for change in changes[:-1])]
        newest = changes[-1]
        assert (newest.status, newest.value, newest.part_values) == (finding.status, finding.value, finding.part_values)


def test_made_up_values_agree_with_the_known_levels(demo):
    """For the region and the year of the finding, part by part where there are parts."""
    checked = 0
    changes = AssessmentChange.objects.filter(assessment__commune__is_demonstration=True)
    for change in changes.select_related("assessment__sub_item").prefetch_related(
        "assessment__sub_item__thresholds__zone",
        "assessment__sub_item__thresholds__part",
        "assessment__sub_item__parts",
    ):
        sub_item = change.assessment.sub_item
        levels = [
            Level(row.value, row.part and row.part.code, row.zone and row.zone.code, row.year, condition=row.condition)
            for row in sub_item.thresholds.all()
        ]
        parts = [part.code for part in sub_item.parts.all()] or [None]
        said = (
            proposed_status(
                comparator=sub_item.comparator,
                levels={part: required_levels(levels, zone="BTB", year=change.at.year, part=part) for part in parts},
                values={part: Decimal(change.part_values[part]) if part else change.value for part in parts},
            )
            if levels
            else None
        )
        assert said in (None, change.status), change
        checked += said is not None
    assert checked > 300


def test_what_is_measured_in_parts_has_no_value_of_the_whole(demo):
    """As the forms have it; a status workbook with both is refused."""
    parted = Assessment.objects.filter(sub_item__parts__isnull=False)
    assert parted.exclude(part_values={}).exists()
    assert not parted.filter(value__isnull=False).exists()


def test_not_applicable_always_has_its_reason_and_unassessed_ones_are_left(demo):
    assert Assessment.objects.filter(status=Status.NOT_APPLICABLE, sub_item__code="13.4").count() == 14
    assert Assessment.objects.filter(commune__code__in=STANDINGS).count() == 19 * 57 - 7


# Sessions, tasks, proposals


def test_made_up_notices_say_so_and_one_is_revoked(demo):
    notices = Notice.objects.exclude(pk=demo.notice.pk)
    assert Counter(notices.values_list("status", flat=True)) == {NoticeStatus.ISSUED: 5, NoticeStatus.REVOKED: 1}
    for notice in notices:
        notice.full_clean()
        assert "(dữ liệu minh họa)" in notice.subject
        assert "(minh họa)" in notice.signer_name
        assert notice.commune.is_demonstration
        assert notice.files.filter(kind=NoticeFileKind.ISSUED_PDF).count() == 1
        assert {row.history_date.date() for row in notice.history.all()} <= {notice.issued_on, notice.revoked_on}


def test_made_up_notices_are_frozen_with_the_figures_of_their_day(demo):
    notice = Notice.objects.get(number=318)
    figures = progress_of(notice.commune, notice.session_on).phrase
    text = json.dumps(notice.frozen, ensure_ascii=False)
    assert f"Đến nay xã đã hoàn thiện được {figures} theo" in text
    assert "[[" not in text


def test_tasks_come_in_every_state(demo):
    tasks = Task.objects.exclude(commune=demo.cao_son)
    assert set(tasks.values_list("status", flat=True)) == set(TaskStatus)
    assert tasks.unfinished().filter(Task.objects.late_on(LAST_DAY)).count() >= 4
    assert tasks.monthly().exists()
    decided = set(ExtensionDecision) - {ExtensionDecision.WITHDRAWN}
    assert set(ExtensionRequest.objects.values_list("decision", flat=True)) == decided
    for task in tasks:
        task.full_clean()


def test_some_proposals_still_wait_for_an_answer(demo):
    others = Proposal.objects.exclude(commune=demo.cao_son)
    assert others.filter(reply__isnull=True).count() == 4
    assert others.filter(reply__isnull=False).count() == 4
