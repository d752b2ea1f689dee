"""What happens to a task from its assignment to its end: who may, what then holds, who is told."""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from communes.enums import Role
from communes.models import Commune, Message
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib import clock
from tasks.enums import ExtensionDecision, NoticeStatus, Recurrence, TaskStatus, TaskUpdateKind
from tasks.models import ExtensionRequest, NoticePoint, Task, TaskSupport, TaskUpdate
from tasks.selectors import TaskRow
from tasks.work.selectors import conclusions_without_task, task_page
from tasks.work.services import (
    Part,
    Plan,
    ask_extension,
    assign_task,
    change_task,
    confirm_task,
    decide_extension,
    mark_conclusion,
    report_done,
    report_progress,
    send_back,
    tell_assigned,
)
from tests import factories
from tests.factories import (
    make_commune,
    make_department,
    make_notice,
    make_point,
    make_proposal,
    make_reply,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db

TODAY = date(2023, 4, 10)
DUE = date(2023, 4, 30)


@pytest.fixture(autouse=True)
def on_the_tenth(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def authority():
    return factories.make_authority()


@pytest.fixture
def office(authority):
    return make_user(authority=authority)


@pytest.fixture
def commune(authority):
    return make_commune(authority=authority)


@pytest.fixture
def lead(commune):
    return make_user(Role.COMMUNE, commune=commune)


@pytest.fixture
def helper(authority):
    return make_user(Role.DEPARTMENT, authority=authority)


@pytest.fixture
def task(commune, helper):
    """Led by a commune, supported by a department."""
    task = make_task(commune=commune, lead_commune=commune, due_on=DUE)
    TaskSupport.objects.create(task=task, department=helper.department, part="Thẩm định hồ sơ")
    return task


def at(day: date):
    return clock.start_of(day) + timedelta(hours=9)


def told(user) -> list[str]:
    return list(Message.objects.filter(recipient=user).order_by("pk").values_list("text", flat=True))


def stands(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


def row(task: Task) -> TaskRow:
    fresh = Task.objects.with_days(clock.today()).for_list().get(pk=task.pk)
    return TaskRow(fresh, fresh.current_due, clock.today())


def done(task, by, **more):
    return report_done(**{"task": task, "by": by, "text": "Đã xong", "expected_version": stands(task).version, **more})


class TestAssigning:
    def test_a_task_on_its_own_is_in_force_and_its_units_are_told(self, authority, commune, lead, helper, office):
        plan = Plan("Tu sửa đường thôn", commune, commune, (Part(helper.department, "Hướng dẫn"),), due_on=DUE)
        task = assign_task(authority=authority, plan=plan, by=office)
        assert (task.assigned_on, task.lead_commune, task.status) == (TODAY, commune, TaskStatus.OPEN)
        assert [(support.department, support.part) for support in task.supports.all()] == [
            (helper.department, "Hướng dẫn")
        ]
        assert told(lead) == ["Được giao chủ trì: Tu sửa đường thôn"]
        assert told(helper) == ["Được giao phối hợp: Tu sửa đường thôn"]
        assert told(office) == []
        assert Message.objects.filter(recipient=lead).get().url == task.get_absolute_url()

    def test_a_task_of_a_draft_is_told_when_the_draft_is_issued_and_only_once(self, authority, commune, lead, office):
        point = make_point(notice=make_notice(commune=commune))
        task = assign_task(authority=authority, plan=Plan("Việc", commune, due_on=DUE), by=office, point=point)
        assert told(lead) == []
        tell_assigned(task)
        tell_assigned(task)
        assert told(lead) == ["Được giao chủ trì: Việc"]

    def test_a_conclusion_that_gets_a_task_is_no_longer_marked_as_without_one(self, authority, commune, office):
        point = make_point(notice=make_notice(commune=commune), creates_no_task=True)
        assign_task(authority=authority, plan=Plan("Việc", commune), by=office, point=point)
        assert not NoticePoint.objects.get(pk=point.pk).creates_no_task

    def test_a_conclusion_with_a_task_cannot_be_marked_as_without_one(self, authority, commune, office):
        point = make_point(notice=make_notice(commune=commune))
        mark_conclusion(point=point, creates_no_task=True)
        assert NoticePoint.objects.get(pk=point.pk).creates_no_task
        assign_task(authority=authority, plan=Plan("Việc", commune), by=office, point=point)
        with pytest.raises(ValidationError, match="đã có nhiệm vụ"):
            mark_conclusion(point=point, creates_no_task=True)

    def test_the_reply_to_a_proposal_is_marked_at_its_point_until_a_task_arises_from_it(
        self, authority, commune, office
    ):
        notice = make_notice(commune=commune, status=NoticeStatus.ISSUED)
        reply = make_reply(proposal=make_proposal(commune=commune))
        point = make_point(notice=notice, proposal=reply.proposal)
        mark_conclusion(point=point, creates_no_task=True)
        assert [each.is_marked for each in conclusions_without_task(notice)] == [True]
        assign_task(authority=authority, plan=Plan("Việc", commune), by=office, reply=reply)
        assert not NoticePoint.objects.get(pk=point.pk).creates_no_task
        with pytest.raises(ValidationError, match="đã có nhiệm vụ"):
            mark_conclusion(point=point, creates_no_task=True)
        assert conclusions_without_task(notice) == []

    def test_a_day_that_only_a_slip_of_the_pen_can_mean_is_refused(self, authority, commune, office, task):
        last = date(2033, 12, 31)
        for day in (date(2203, 4, 30), last + timedelta(days=1)):
            with pytest.raises(ValidationError) as refused:
                assign_task(authority=authority, plan=Plan("Việc", commune, due_on=day), by=office)
            said = f"Hạn {clock.vn_date(day)} quá xa: muộn nhất là 31/12/2033. Hãy xem lại năm."
            assert refused.value.message_dict == {"due_on": [said]}
            with pytest.raises(ValidationError) as refused:
                ask_extension(task=task, by=office, new_due_on=day, reason="Chờ vốn", expected_version=1)
            assert refused.value.message_dict == {"new_due_on": [said]}
        assert assign_task(authority=authority, plan=Plan("Việc", commune, due_on=last), by=office).due_on == last

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"text": "  "}, "text"),
            ({"due_on": date(2023, 4, 9)}, "due_on"),
            ({"recurrence_day": 15, "is_monthly_report": True, "lead": "department"}, "is_monthly_report"),
            ({"lead": "foreign"}, "lead"),
            ({"supports": "lead"}, "supports"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, authority, commune, helper, office, more, field):
        units = {"department": helper.department, "foreign": make_department()}
        given = {"text": "Việc", "lead": commune, "due_on": DUE, **more}
        given["lead"] = units.get(given["lead"], given["lead"])
        if given.get("supports"):
            given["supports"] = (Part(commune),)
        with pytest.raises(ValidationError) as refused:
            assign_task(authority=authority, plan=Plan(**given), by=office)
        assert field in refused.value.message_dict
        assert not Task.objects.exists()

    def test_monthly_work_has_no_day_of_its_own(self, authority, commune, office):
        plan = Plan("Báo cáo", commune, due_on=DUE, recurrence_day=15, is_monthly_report=True)
        task = assign_task(authority=authority, plan=plan, by=office)
        assert (task.recurrence, task.due_on, task.is_monthly_report) == (Recurrence.MONTHLY, None, True)


class TestChanging:
    def plan(self, task, **more):
        return Plan(**{"text": task.text, "lead": task.lead, "commune": task.commune, "due_on": task.due_on, **more})

    def test_what_changed_stands_in_the_course_and_a_new_lead_is_told(self, task, office, helper, authority):
        other = make_user(Role.DEPARTMENT, authority=authority)
        plan = self.plan(task, lead=other.department, supports=(Part(helper.department, "Thẩm định hồ sơ"),))
        change_task(task=task, plan=plan, by=office, expected_version=1)
        update = task.updates.get()
        assert update.kind == TaskUpdateKind.CHANGED
        assert update.text == f"chủ trì: {task.lead} → {other.department}"
        assert told(other) == [f"Được giao chủ trì: {task}"]
        assert told(helper) == []
        assert stands(task).version == 2

    def test_the_first_day_of_a_task_in_force_is_kept(self, task, office):
        with pytest.raises(ValidationError) as refused:
            change_task(task=task, plan=self.plan(task, due_on=date(2023, 5, 30)), by=office, expected_version=1)
        assert "due_on" in refused.value.message_dict
        assert (stands(task).due_on, stands(task).version) == (DUE, 1)

    def test_a_unit_that_has_reported_cannot_leave(self, task, office, helper):
        done(task, helper)
        with pytest.raises(ValidationError, match="đã báo cáo phần việc"):
            change_task(task=task, plan=self.plan(task), by=office, expected_version=2)
        assert task.supports.count() == 1

    def test_the_slower_of_two_is_told_and_changes_nothing(self, task, office):
        change_task(task=task, plan=self.plan(task, text="Lời mới"), by=office, expected_version=1)
        with pytest.raises(SomebodyWasFaster):
            change_task(task=task, plan=self.plan(task, text="Lời khác"), by=office, expected_version=1)
        assert stands(task).text == "Lời mới"


class TestReporting:
    def test_progress_keeps_share_text_and_evidence(self, task, lead, commune):
        paper = factories.make_evidence(commune=commune)
        update = report_progress(
            task=task, by=lead, text=" Đã làm một nửa ", share_done=50, evidence=[paper], expected_version=1
        )
        assert (update.kind, update.text, update.share_done) == (TaskUpdateKind.PROGRESS, "Đã làm một nửa", 50)
        assert list(update.evidence.all()) == [paper]
        assert stands(task).status == TaskStatus.OPEN

    def test_done_by_the_lead_waits_for_the_office_which_is_told(self, task, lead, office):
        done(task, lead)
        assert stands(task).status == TaskStatus.DONE
        assert told(office) == [f"Xã {task.lead.name} báo hoàn thành, chờ xác nhận: {task}"]

    def test_a_supporting_unit_answers_for_its_part_alone(self, task, helper, lead):
        update = done(task, helper)
        assert update.kind == TaskUpdateKind.PART_DONE
        assert update.support.department == helper.department
        assert stands(task).status == TaskStatus.OPEN
        assert told(lead) == [f"{helper.department} báo xong phần phối hợp: {task}"]

    @pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.COMMUNE, Role.LEADER])
    def test_who_is_not_involved_reports_nothing(self, task, authority, role):
        with pytest.raises(PermissionDenied):
            done(task, make_user(role, authority=authority))
        assert not TaskUpdate.objects.exists()

    def test_nothing_is_reported_on_a_task_of_a_draft(self, lead, commune):
        task = make_task(lead_commune=commune, point=make_point(notice=make_notice(commune=commune)))
        with pytest.raises(ValidationError, match="chưa ban hành"):
            done(task, lead)

    def test_nothing_is_reported_after_completion(self, task, lead):
        done(task, lead)
        with pytest.raises(ValidationError, match="đã báo hoàn thành"):
            report_progress(task=task, by=lead, text="Thêm", expected_version=2)

    def test_a_supporting_unit_answers_for_its_part_until_all_is_confirmed(self, task, lead, helper, office):
        done(task, lead)
        assert done(task, helper).kind == TaskUpdateKind.PART_DONE
        assert stands(task).status == TaskStatus.DONE
        confirm_task(task=task, by=office, expected_version=stands(task).version)
        with pytest.raises(ValidationError, match="đã được xác nhận"):
            done(task, helper)

    def test_an_empty_report_is_refused(self, task, lead):
        with pytest.raises(ValidationError) as refused:
            report_progress(task=task, by=lead, text="  ", expected_version=1)
        assert "text" in refused.value.message_dict
        assert stands(task).version == 1

    def test_the_slower_of_two_reports_changes_nothing(self, task, lead, office):
        done(task, lead)
        with pytest.raises(SomebodyWasFaster):
            report_done(task=task, by=office, text="Xong", expected_version=1)
        assert task.updates.count() == 1

    def test_a_month_is_answered_by_the_lead_of_monthly_work_alone(self, lead, helper, commune):
        task = make_task(lead_commune=commune, recurrence=Recurrence.MONTHLY, recurrence_day=20)
        TaskSupport.objects.create(task=task, department=helper.department)
        month = date(2023, 4, 1)
        with pytest.raises(ValidationError):
            report_progress(task=task, by=helper, text="Đã làm", month=month, expected_version=1)
        report_progress(task=task, by=lead, text="Đã làm", month=month, expected_version=1)
        assert row(task).due_on == date(2023, 5, 20)

    def test_what_fails_in_the_middle_leaves_nothing(self, task, lead):
        with patch("tasks.work.services.tell", side_effect=RuntimeError), pytest.raises(RuntimeError):
            done(task, lead)
        assert (stands(task).status, stands(task).version) == (TaskStatus.OPEN, 1)
        assert not TaskUpdate.objects.exists()


class TestDeciding:
    def test_confirmed_is_the_end_and_everybody_is_told(self, task, lead, helper, office):
        done(task, lead)
        confirm_task(task=task, by=office, expected_version=2)
        assert stands(task).status == TaskStatus.CONFIRMED
        assert told(lead) == told(helper) == [f"Đã xác nhận hoàn thành: {task}"]

    def test_sent_back_with_a_reason_it_goes_on(self, task, lead, office):
        done(task, lead)
        send_back(task=task, by=office, reason="Thiếu biên bản nghiệm thu", expected_version=2)
        assert stands(task).status == TaskStatus.OPEN
        assert told(lead) == [f"Yêu cầu làm tiếp: {task}. Lý do: Thiếu biên bản nghiệm thu"]

    def test_the_share_is_that_of_the_last_progress_once_done_was_sent_back(self, task, lead, office):
        report_progress(task=task, by=lead, text="Gần xong", share_done=80, expected_version=1)
        done(task, lead)
        send_back(task=task, by=office, reason="Thiếu", expected_version=3)
        assert task_page(row(task).task, user=office, today=TODAY).share_done == 80

    def test_a_reason_is_needed_to_send_back(self, task, lead, office):
        done(task, lead)
        with pytest.raises(ValidationError):
            send_back(task=task, by=office, reason=" ", expected_version=2)
        assert stands(task).status == TaskStatus.DONE

    @pytest.mark.parametrize("status", [TaskStatus.OPEN, TaskStatus.CONFIRMED])
    def test_only_what_was_reported_done_is_confirmed_or_sent_back(self, commune, office, status):
        task = make_task(commune=commune, lead_commune=commune, status=status)
        with pytest.raises(ValidationError):
            confirm_task(task=task, by=office, expected_version=1)
        with pytest.raises(ValidationError):
            send_back(task=task, by=office, reason="Chưa đủ", expected_version=1)
        assert (stands(task).status, stands(task).version) == (status, 1)

    def test_standing_work_is_ended_by_the_office(self, commune, office):
        task = make_task(commune=commune, lead_commune=commune, due_on=None)
        confirm_task(task=task, by=office, expected_version=1)
        assert stands(task).status == TaskStatus.CONFIRMED


class TestLateness:
    def test_it_follows_from_the_day_of_completion_not_of_its_confirmation(self, task, lead, office, settings):
        done(task, lead, at=at(DUE))
        settings.NTM_TODAY = date(2023, 6, 1)
        confirm_task(task=task, by=office, expected_version=2)
        assert (row(task).state, row(task).days_late) == ("done", 0)

    def test_late_completion_stays_late(self, task, lead, office):
        done(task, lead, at=at(DUE + timedelta(days=3)))
        confirm_task(task=task, by=office, expected_version=2)
        assert (row(task).state, row(task).word) == ("late", "Đã xác nhận hoàn thành, muộn 3 ngày")

    def test_the_last_report_counts_after_it_was_sent_back(self, task, lead, office):
        done(task, lead, at=at(DUE))
        send_back(task=task, by=office, reason="Thiếu", expected_version=2, at=at(DUE))
        assert row(task).done_on is None
        done(task, lead, at=at(DUE + timedelta(days=1)))
        assert row(task).days_late == 1

    def test_it_is_measured_by_the_day_that_was_granted(self, task, lead, office):
        ask_extension(task=task, by=office, new_due_on=date(2023, 5, 10), reason="Mưa lũ", expected_version=1)
        done(task, lead, at=at(date(2023, 5, 10)))
        assert row(task).days_late == 0


class TestExtensions:
    def ask(self, task, by, day=date(2023, 5, 15), **more):
        given = {"task": task, "by": by, "new_due_on": day, "reason": "Chờ vốn", **more}
        return ask_extension(**{"expected_version": stands(task).version, **given})

    def test_asked_by_the_lead_it_waits_for_the_office_which_is_told(self, task, lead, office):
        request = self.ask(task, lead)
        assert (request.decision, row(task).due_on) == (ExtensionDecision.PENDING, DUE)
        assert told(office) == [f"Xã {task.lead.name} xin gia hạn đến 15/5/2023: {task}"]

    def test_granted_it_counts_and_the_first_day_is_kept(self, task, lead, office):
        request = self.ask(task, lead)
        decide_extension(extension=request, by=office, grant=True, expected_version=2)
        assert (row(task).due_on, stands(task).due_on) == (date(2023, 5, 15), DUE)
        assert told(lead) == [f"Được gia hạn đến 15/5/2023: {task}"]

    def test_refused_it_changes_nothing_and_says_why(self, task, lead, office):
        request = self.ask(task, lead)
        with pytest.raises(ValidationError):
            decide_extension(extension=request, by=office, grant=False, expected_version=2)
        decide_extension(extension=request, by=office, grant=False, comment="Không có lý do", expected_version=2)
        assert row(task).due_on == DUE
        assert told(lead) == [f"Không được gia hạn đến 15/5/2023: {task}. Lý do: Không có lý do"]

    def test_it_is_decided_once(self, task, lead, office):
        request = self.ask(task, lead)
        decide_extension(extension=request, by=office, grant=True, expected_version=2)
        with pytest.raises(SomebodyWasFaster):
            decide_extension(extension=request, by=office, grant=False, comment="Không", expected_version=2)
        with pytest.raises(ValidationError, match="đã được quyết định"):
            decide_extension(extension=request, by=office, grant=False, comment="Không", expected_version=3)

    def test_the_office_grants_at_once(self, task, office):
        assert self.ask(task, office).decision == ExtensionDecision.GRANTED

    def test_one_waits_at_a_time(self, task, lead):
        self.ask(task, lead)
        with pytest.raises(ValidationError, match="chờ quyết định"):
            self.ask(task, lead, date(2023, 6, 1))
        assert ExtensionRequest.objects.count() == 1

    def test_a_second_one_must_go_beyond_the_first(self, task, office):
        self.ask(task, office)
        with pytest.raises(ValidationError) as refused:
            self.ask(task, office, date(2023, 5, 15))
        assert refused.value.message_dict == {"new_due_on": ["Hạn mới phải sau hạn hiện nay 15/5/2023."]}

    def test_a_day_that_is_past_can_only_be_granted(self, task, lead, office, settings):
        settings.NTM_TODAY = date(2023, 5, 20)
        with pytest.raises(ValidationError, match="đã qua"):
            self.ask(task, lead)
        assert self.ask(task, office).decision == ExtensionDecision.GRANTED

    def test_work_done_within_its_day_needs_no_later_one(self, task, lead, office):
        request = self.ask(task, lead)
        done(task, lead, at=at(DUE))
        request.refresh_from_db()
        assert (request.decision, request.decided_by) == (ExtensionDecision.WITHDRAWN, lead)
        page = task_page(row(task).task, user=office, today=TODAY)
        assert [event.title for event in page.events] == [
            "Báo hoàn thành",
            "Thôi xin gia hạn đến 15/5/2023",
            "Xin gia hạn đến 15/5/2023",
        ]
        confirm_task(task=task, by=office, expected_version=stands(task).version)

    def test_work_done_after_its_day_is_confirmed_once_the_request_is_decided(self, task, lead, office):
        request = self.ask(task, lead)
        done(task, lead, at=at(DUE + timedelta(days=2)))
        with pytest.raises(ValidationError, match="quyết định đề nghị gia hạn đến 15/5/2023 trước"):
            confirm_task(task=task, by=office, expected_version=stands(task).version)
        assert stands(task).status == TaskStatus.DONE
        decide_extension(extension=request, by=office, grant=True, expected_version=stands(task).version)
        confirm_task(task=task, by=office, expected_version=stands(task).version)
        assert row(task).days_late == 0

    def test_a_supporting_unit_cannot_ask(self, task, helper):
        with pytest.raises(PermissionDenied):
            self.ask(task, helper)

    def test_work_without_a_day_needs_none(self, commune, lead):
        task = make_task(commune=commune, lead_commune=commune, due_on=None)
        with pytest.raises(ValidationError, match="không ghi hạn"):
            self.ask(task, lead)


def test_what_an_ended_commune_left_is_told_to_the_unit_that_took_it_over(task, lead, office, commune):
    merged = make_commune(authority=commune.authority)
    between = make_commune(authority=commune.authority, successor=merged, valid_to=date(2023, 4, 5))
    Commune.objects.filter(pk=commune.pk).update(successor=between, valid_to=date(2023, 4, 1))
    heir = make_user(Role.COMMUNE, commune=merged)
    done(task, office)
    send_back(task=task, by=office, reason="Thiếu", expected_version=2)
    assert told(heir) == [f"Yêu cầu làm tiếp: {task}. Lý do: Thiếu"]


def test_tasks_of_an_issued_notice_are_in_force(authority, commune, lead, office):
    point = make_point(notice=make_notice(commune=commune, status=NoticeStatus.ISSUED))
    assign_task(authority=authority, plan=Plan("Việc", commune, due_on=DUE), by=office, point=point)
    assert told(lead) == ["Được giao chủ trì: Việc"]
