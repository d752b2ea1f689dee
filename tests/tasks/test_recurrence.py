"""Monthly work: which month counts on a day, and what answers it."""

from datetime import date

import pytest

from criteria.enums import ReportStatus
from criteria.unit_services import rename_commune
from ntm_tracker.lib import clock
from tasks.demo.frame import moment
from tasks.enums import ExtensionDecision, Recurrence, TaskUpdateKind
from tasks.models import ExtensionRequest, Task, TaskUpdate
from tasks.recurrence import Occurrence, occurrences, on_day, turn
from tasks.work.selectors import task_page
from tests.factories import make_commune, make_report, make_task, make_user

MARCH, APRIL, MAY, JUNE = (date(2023, month, 1) for month in (3, 4, 5, 6))


def the(day: int, month: int) -> date:
    return date(2023, month, day)


def test_the_turn_of_a_day_names_the_last_month_due_and_the_two_after_it():
    found = turn(the(10, 4), on_day(15))
    assert (found.last, found.following, found.after) == (
        Occurrence(MARCH, the(15, 3)),
        Occurrence(APRIL, the(15, 4)),
        Occurrence(MAY, the(15, 5)),
    )


@pytest.mark.parametrize(("today", "month"), [(the(15, 4), MARCH), (the(16, 4), APRIL)])
def test_work_due_today_is_not_yet_past(today, month):
    assert turn(today, on_day(15)).last.month == month


def test_a_due_day_in_the_month_after_still_belongs_to_its_month():
    found = turn(the(10, 4), lambda month: month.replace(month=month.month % 12 + 1, day=5))
    assert (found.last.month, found.following.month) == (MARCH, APRIL)


def test_occurrences_begin_with_the_first_day_due_after_the_assignment():
    found = occurrences(assigned_on=the(16, 3), until=the(10, 5), due_day=on_day(15))
    assert [each.month for each in found] == [APRIL, MAY]


def monthly(day: int = 20, **fields) -> Task:
    return make_task(recurrence=Recurrence.MONTHLY, recurrence_day=day, **fields)


def due(task: Task, today: date) -> date:
    return Task.objects.with_current_due(today).get(pk=task.pk).current_due


def late(day: date) -> set[Task]:
    return set(Task.objects.filter(Task.objects.late_on(day)))


@pytest.mark.django_db
class TestInTheDatabase:
    @pytest.mark.parametrize(("today", "due_on"), [(the(10, 4), the(20, 4)), (the(21, 4), the(20, 4))])
    def test_unanswered_work_of_the_month_counts_before_its_day_and_after_it(self, today, due_on):
        assert due(monthly(), today) == due_on

    def test_work_is_never_due_before_its_assignment(self):
        assert due(monthly(1), the(10, 4)) == the(1, 5)

    def test_an_update_for_the_month_answers_it(self):
        task = monthly()
        answered_at = clock.end_of(the(19, 4))
        TaskUpdate.objects.create(task=task, kind=TaskUpdateKind.PROGRESS, text="Đã làm", month=APRIL, at=answered_at)
        assert due(task, the(21, 4)) == the(20, 5)
        assert due(task, the(18, 4)) == the(20, 4)

    def test_an_update_of_no_month_answers_none(self):
        task = monthly()
        TaskUpdate.objects.create(task=task, text="Đang làm")
        assert due(task, the(21, 4)) == the(20, 4)

    def test_what_nobody_answered_is_overdue(self):
        task = monthly()
        assert late(the(21, 4)) == {task}
        assert late(the(20, 4)) == set()

    def test_late_is_exactly_what_is_due_before_the_day(self):
        """The shorter question gives the same answer, whatever the work, its answers and its extensions."""
        answered, ahead, once, extended = monthly(), monthly(), make_task(due_on=the(5, 4)), make_task(due_on=the(5, 4))
        report = monthly(15, lead_commune=make_commune(), is_monthly_report=True)
        make_task(due_on=None), monthly()
        for task, month in ((answered, APRIL), (ahead, the(1, 5))):
            TaskUpdate.objects.create(task=task, text="Đã làm", month=month, at=clock.start_of(the(10, 4)))
        make_report(commune=report.lead_commune, month=APRIL, first_submitted_at=clock.start_of(the(16, 4)))
        ExtensionRequest.objects.create(
            task=extended,
            new_due_on=the(5, 5),
            reason="Chờ vốn",
            asked_by=make_user(),
            decided_by=make_user(),
            decision=ExtensionDecision.GRANTED,
            decided_at=clock.start_of(the(2, 4)),
        )
        found = []
        for day in [*(the(day, 4) for day in range(1, 31)), *(the(day, 5) for day in range(1, 26))]:
            known = Task.objects.with_current_due(day)
            expected = {task for task in known if task.current_due and task.current_due < day}
            assert late(day) == expected, day
            found.append(frozenset(expected))
        assert len(set(found)) > 5
        assert all(any(task in tasks for tasks in found) for task in (answered, ahead, once, extended, report))

    def test_the_report_is_due_on_the_working_day_after_a_saturday(self):
        task = monthly(15, lead_commune=make_commune(), is_monthly_report=True)
        assert due(task, the(16, 4)) == the(17, 4)

    def test_the_commune_s_report_of_the_month_answers_it_once_it_is_sent(self):
        commune = make_commune()
        task = monthly(15, lead_commune=commune, is_monthly_report=True)
        report = make_report(commune=commune, month=APRIL)
        assert due(task, the(18, 4)) == the(17, 4)
        report.status, report.first_submitted_at = ReportStatus.SUBMITTED, moment(the(17, 4))
        report.save()
        assert due(task, the(18, 4)) == the(15, 5)

    @pytest.mark.parametrize("changes", [1, 2])
    def test_the_report_of_the_unit_in_its_place_answers_for_a_commune_that_has_ended(self, changes):
        commune = make_commune()
        officer = make_user(authority=commune.authority)
        task = monthly(15, lead_commune=commune, is_monthly_report=True)
        for name in ("Tên Mới", "Tên Sau")[:changes]:
            day = the(1 if name == "Tên Mới" else 2, 4)
            commune = rename_commune(commune=commune, name=name, from_day=day, by=officer).successor
        sent = moment(the(14, 4))
        assert due(task, the(18, 4)) == the(17, 4)
        make_report(commune=commune, month=APRIL, status=ReportStatus.SUBMITTED, first_submitted_at=sent)
        assert due(task, the(18, 4)) == the(15, 5)
        known = Task.objects.with_current_due(the(18, 4)).get()
        page = task_page(known, user=officer, today=the(18, 4))
        assert [each.answered_at for each in page.months if each.occurrence.month == APRIL] == [sent]

    def test_a_report_answers_no_other_monthly_work(self):
        commune = make_commune()
        task = monthly(15, lead_commune=commune)
        sent = moment(the(14, 4))
        make_report(commune=commune, month=APRIL, status=ReportStatus.SUBMITTED, first_submitted_at=sent)
        assert due(task, the(18, 4)) == the(15, 4)
