"""Changes of a draft: each part is compared with what was shown, and only drafts change."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from communes.enums import Role
from criteria.exceptions import SomebodyWasFaster
from tasks.composing import services
from tasks.composing.forms import TaskForm
from tasks.composing.undo import packed, unpacked
from tasks.enums import AttendeeSide, NoticeStatus, PointKind, ReplyKind, SectionKind
from tasks.exceptions import NotADraft
from tasks.models import Notice, NoticePoint, Proposal, Task
from tasks.work.services import Part, Plan, assign_task, change_task, mark_conclusion, plan_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return factories.make_user()


@pytest.fixture
def section():
    return factories.make_section(heading="Nhiệm vụ")


def texts(section):
    return [point.text for point in section.points.order_by("position")]


def three(section):
    return [factories.make_point(section=section, text=text) for text in ("một", "hai", "ba")]


def test_saving_a_point_raises_the_version_of_the_notice(section):
    point = factories.make_point(section=section)
    services.save_point(point=point, kind=PointKind.DASH, text=" Mới ", seen=services.point_stamp(point))
    assert texts(section) == ["Mới"]
    assert Notice.objects.get().version == 2


def test_the_slower_of_two_overwrites_nothing(section):
    point = factories.make_point(section=section, text="cũ")
    seen = services.point_stamp(point)
    services.save_point(point=point, kind=PointKind.DASH, text="của người kia", seen=seen)
    with pytest.raises(SomebodyWasFaster) as told:
        services.save_point(point=point, kind=PointKind.DASH, text="của tôi", seen=seen)
    assert told.value.current.text == "của người kia"
    assert texts(section) == ["của người kia"]
    assert Notice.objects.get().version == 2


def test_a_point_without_words_waits_for_them(section):
    point = factories.make_point(section=section)
    services.save_point(point=point, kind=PointKind.DASH, text="  ", seen=services.point_stamp(point))
    assert texts(section) == ["…"]


def test_what_is_issued_does_not_change(officer):
    notice = factories.make_notice(status=NoticeStatus.ISSUED)
    point = factories.make_point(notice=notice, text="cũ")
    seen = services.point_stamp(point)
    for change in (
        lambda: services.save_point(point=point, kind=PointKind.DASH, text="mới", seen=seen),
        lambda: services.add_point(section=point.section, kind=PointKind.DASH, by=officer),
        lambda: services.move_point(point=point, step=1),
        lambda: services.delete_point(point=point),
        lambda: services.mark_no_task(point=point, creates_no_task=True),
        lambda: services.add_section(notice=notice, kind=SectionKind.OTHER),
        lambda: services.delete_section(section=point.section, seen=services.contents_stamp(point.section)),
        lambda: services.save_recipients(notice=notice, lines=["Lưu: VT"], seen=services.stamp([])),
    ):
        with pytest.raises(NotADraft):
            change()
    assert NoticePoint.objects.get().text == "cũ"
    assert Notice.objects.get().version == 1


def test_points_are_added_where_they_are_wanted(section, officer):
    first, _, _ = three(section)
    services.add_point(section=section, kind=PointKind.DASH, by=officer, text="sau một", after=first)
    services.add_point(section=section, kind=PointKind.DASH, by=officer, text="cuối")
    assert texts(section) == ["một", "sau một", "hai", "ba", "cuối"]


def test_points_move_within_their_section_and_on_into_the_next_one(section):
    after = factories.make_section(notice=section.notice)
    factories.make_point(section=after, text="bốn")
    _, _, third = three(section)
    services.move_point(point=third, step=-1)
    assert texts(section) == ["một", "ba", "hai"]
    services.move_point(point=NoticePoint.objects.get(text="hai"), step=1)
    assert (texts(section), texts(after)) == (["một", "ba"], ["hai", "bốn"])
    services.move_point(point=NoticePoint.objects.get(text="hai"), step=-1)
    assert (texts(section), texts(after)) == (["một", "ba", "hai"], ["bốn"])


def test_at_the_ends_of_the_notice_a_point_stays(section):
    first, _, third = three(section)
    services.move_point(point=first, step=-1)
    services.move_point(point=third, step=1)
    assert texts(section) == ["một", "hai", "ba"]


def test_deleting_a_point_takes_its_tasks_along_and_leaves_the_proposal_to_its_commune(section, officer):
    point = factories.make_point(section=section)
    factories.make_task(point=point, commune=section.notice.commune)
    proposal = factories.make_proposal(commune=section.notice.commune)
    asked = factories.make_point(section=section, proposal=proposal)
    services.delete_point(point=point)
    services.delete_point(point=asked)
    assert not NoticePoint.objects.exists()
    assert not Task.objects.exists()
    assert Proposal.objects.get() == proposal


def test_a_proposal_typed_in_belongs_to_the_commune_and_goes_with_its_point_while_it_is_empty(section, officer):
    made = services.add_point(section=section, kind=PointKind.PROPOSAL, by=officer)
    assert made.proposal.commune == section.notice.commune
    services.delete_point(point=made)
    assert not Proposal.objects.exists()


def test_what_the_office_typed_into_a_draft_the_commune_sees_only_when_it_is_issued(section, officer):
    clerk = factories.make_user(Role.COMMUNE, commune=section.notice.commune)
    own = factories.make_proposal(commune=section.notice.commune, made_by=clerk)
    factories.make_point(section=section, proposal=own)
    typed = services.add_point(section=section, kind=PointKind.PROPOSAL, by=officer, text="Đề nghị").proposal
    assert set(Proposal.objects.visible_to(clerk)) == {own}
    assert set(Proposal.objects.visible_to(factories.make_user(authority=section.notice.authority))) == {own, typed}
    Notice.objects.update(status=NoticeStatus.ISSUED, number=1, issued_on=date(2023, 4, 12), number_year=2023)
    assert set(Proposal.objects.visible_to(clerk)) == {own, typed}


def test_a_reply_is_written_changed_and_taken_away_with_its_point(section, officer):
    point = factories.make_point(section=section, proposal=factories.make_proposal(commune=section.notice.commune))
    lead = factories.make_department(authority=section.notice.authority)

    def save(reply):
        row = NoticePoint.objects.select_related("proposal__reply").get()
        return services.save_proposal_point(
            point=row,
            text="Đề nghị",
            reply=reply,
            reply_kind=ReplyKind.ASSIGNED,
            lead=lead,
            by=officer,
            seen=services.point_stamp(row),
        )

    assert save("Giao Phòng Nội vụ.").proposal.reply.lead == lead
    assert save("Ghi nhận.").proposal.reply.text == "Ghi nhận."
    assert not hasattr(save("").proposal, "reply")
    assert point.proposal.text != NoticePoint.objects.get().proposal.text


def test_sections_are_added_before_the_closing_one_and_moved(section):
    factories.make_section(notice=section.notice, kind=SectionKind.CLOSING, heading="")
    services.add_section(notice=section.notice, kind=SectionKind.OTHER, heading="Khác")
    assert [row.heading for row in section.notice.sections.order_by("position")] == ["Nhiệm vụ", "Khác", ""]
    services.move_section(section=section, step=1)
    assert [row.heading for row in section.notice.sections.order_by("position")] == ["Khác", "Nhiệm vụ", ""]


def test_deleting_a_section_takes_its_points_along(section):
    three(section)
    services.delete_section(section=section, seen=services.contents_stamp(section))
    assert not section.notice.sections.exists()


def test_a_section_goes_only_with_the_points_that_were_read(section):
    point, _, _ = three(section)
    seen = services.contents_stamp(section)
    services.save_point(point=point, kind=PointKind.DASH, text="vừa viết", seen=services.point_stamp(point))
    with pytest.raises(SomebodyWasFaster):
        services.delete_section(section=section, seen=seen)
    assert texts(section) == ["vừa viết", "hai", "ba"]


def test_a_point_goes_only_as_it_was_read(section):
    point = factories.make_point(section=section, text="cũ")
    seen = services.point_stamp(point)
    services.save_point(point=point, kind=PointKind.DASH, text="của người kia", seen=seen)
    with pytest.raises(SomebodyWasFaster) as told:
        services.delete_point(point=point, seen=seen)
    assert told.value.current.text == "của người kia"
    assert texts(section) == ["của người kia"]


def test_nothing_can_be_done_with_what_somebody_took_out(section, officer):
    point = factories.make_point(section=section)
    NoticePoint.objects.all().delete()
    unit = section.notice.commune
    work = {"text": "Việc", "lead": unit, "supports": [], "due_on": None, "recurrence_day": None, "by": officer}
    for change in (
        lambda: services.save_point(point=point, kind=PointKind.DASH, text="mới", seen=services.point_stamp(point)),
        lambda: services.move_point(point=point, step=1),
        lambda: services.delete_point(point=point),
        lambda: services.mark_no_task(point=point, creates_no_task=True),
        lambda: services.put_task(point=point, **work),
    ):
        with pytest.raises(SomebodyWasFaster) as told:
            change()
        assert told.value.current is None
    section.notice.sections.all().delete()
    for change in (
        lambda: services.add_point(section=section, kind=PointKind.DASH, by=officer),
        lambda: services.move_section(section=section, step=1),
    ):
        with pytest.raises(SomebodyWasFaster) as told:
            change()
        assert told.value.current is None
    assert not Task.objects.exists()


def test_a_proposal_is_taken_in_once(section, officer):
    proposal = factories.make_proposal(commune=section.notice.commune)
    services.add_point(section=section, kind=PointKind.PROPOSAL, by=officer, proposal=proposal)
    with pytest.raises(SomebodyWasFaster):
        services.add_point(section=section, kind=PointKind.PROPOSAL, by=officer, proposal=proposal)
    assert section.points.count() == 1


def test_attendees_are_tied_to_the_departments_they_name(section):
    notice = section.notice
    unit = factories.make_department(authority=notice.authority, short_name="Nội vụ")
    seen = services.stamp(services.attendee_lines(notice))
    services.save_attendees(notice=notice, sides={"department": ["Nội vụ", "Hội Nông dân"]}, seen=seen)
    rows = notice.attendees.filter(side=AttendeeSide.DEPARTMENT).order_by("position")
    assert [(row.text, row.department) for row in rows] == [("Nội vụ", unit), ("Hội Nông dân", None)]
    with pytest.raises(SomebodyWasFaster):
        services.save_attendees(notice=notice, sides={}, seen=seen)


def test_a_citation_that_stays_keeps_its_tie_to_a_proposal(section):
    notice, proposal = section.notice, factories.make_proposal(commune=section.notice.commune)
    day = date(2023, 3, 30)
    notice.citations.create(sign="29/TTr-UBND", dated=day, proposal=proposal)
    rows = {"cited": [("29/TTr-UBND", day, "đề nghị chuyển nguồn")], "basis": []}
    services.save_citations(notice=notice, roles=rows, seen=services.stamp(services.citation_lines(notice)))
    assert notice.citations.get().proposal == proposal
    assert notice.citations.get().title == "đề nghị chuyển nguồn"


class TestTasks:
    @pytest.fixture
    def point(self, section):
        return factories.make_point(section=section, text="Rà soát quy hoạch;")

    def put(self, point, officer, **more):
        values = {
            "text": "Rà soát quy hoạch",
            "lead": point.section.notice.commune,
            "supports": [],
            "due_on": date(2023, 4, 30),
            "recurrence_day": None,
            **more,
        }
        return services.put_task(point=point, by=officer, **values)

    def test_work_given_in_a_draft_is_not_in_force_before_it_is_issued(self, point, officer):
        task = self.put(point, officer)
        assert task.lead == point.section.notice.commune
        assert not Task.objects.in_force().exists()
        Notice.objects.update(status=NoticeStatus.ISSUED, number=1, issued_on=date(2023, 4, 12), number_year=2023)
        assert Task.objects.in_force().get() == task

    def test_its_lead_supports_and_day_can_be_changed(self, point, officer):
        units = [factories.make_department(authority=point.section.notice.authority) for _ in range(3)]
        task = self.put(point, officer, supports=units[:2])
        kept = task.supports.get(department=units[1])
        self.put(point, officer, lead=units[0], supports=units, due_on=None, task=task, version=task.version)
        task.refresh_from_db()
        assert (task.lead, task.due_on) == (units[0], None)
        assert {row.department for row in task.supports.all()} == set(units[1:])
        assert task.supports.get(department=units[1]).pk == kept.pk

    def test_the_work_of_a_proposal_rests_on_its_reply(self, section, officer):
        proposal = factories.make_proposal(commune=section.notice.commune)
        reply = factories.make_reply(proposal=proposal)
        point = factories.make_point(section=section, proposal=proposal)
        task = self.put(NoticePoint.objects.select_related("proposal__reply").get(pk=point.pk), officer)
        assert (task.reply, task.point) == (reply, None)

    def test_a_mark_that_no_task_comes_of_it_falls_when_one_does(self, point, officer):
        services.mark_no_task(point=point, creates_no_task=True)
        assert NoticePoint.objects.get().creates_no_task
        self.put(point, officer)
        assert not NoticePoint.objects.get().creates_no_task

    def test_it_can_be_taken_back(self, point, officer):
        task = self.put(point, officer)
        services.remove_task(point=point, task=task, version=task.version)
        assert not Task.objects.exists()

    def test_it_is_taken_back_only_as_it_was_read(self, point, officer):
        task = self.put(point, officer)
        self.put(point, officer, text="của người kia", task=task, version=task.version)
        with pytest.raises(SomebodyWasFaster) as told:
            services.remove_task(point=point, task=task, version=task.version)
        assert told.value.current.text == "của người kia"
        assert Task.objects.exists()

    def test_it_comes_back_with_its_point(self, point, officer):
        before = factories.make_point(section=point.section, text="trước")
        services.move_point(point=before, step=-1)
        helping = factories.make_department(authority=point.section.notice.authority)
        sub_item = factories.make_sub_item()
        task = self.put(point, officer, supports=[helping])
        plan = replace(plan_of(task), supports=(Part(helping, "Góp ngày công"),), sub_items=(sub_item,), note="Gấp")
        change_task(task=task, plan=plan, by=officer, expected_version=task.version)
        monthly = self.put(point, officer, text="Báo cáo", due_on=None, recurrence_day=15)
        plans = [plan_of(Task.objects.get(pk=key)) for key in (task.pk, monthly.pk)]
        kept = unpacked(packed(services.delete_point(point=point)))
        assert not Task.objects.exists()
        made = services.restore_point(section=point.section, kept=kept, by=officer)
        assert texts(point.section) == ["trước", point.text]
        assert [plan_of(row) for row in made.tasks.order_by("pk")] == plans

    def test_so_does_the_mark_that_none_comes_of_it(self, point, officer):
        services.mark_no_task(point=point, creates_no_task=True)
        kept = services.delete_point(point=point)
        assert services.restore_point(section=point.section, kept=kept, by=officer).creates_no_task

    def test_the_slower_of_two_does_not_overwrite_it(self, point, officer):
        task = self.put(point, officer)
        self.put(point, officer, text="của người kia", task=task, version=task.version)
        with pytest.raises(SomebodyWasFaster):
            self.put(point, officer, text="của tôi", task=task, version=task.version)
        assert Task.objects.get().text == "của người kia"

    def test_what_the_page_of_the_task_gave_it_stays(self, point, officer):
        neighbour = factories.make_commune(authority=point.section.notice.authority)
        task = self.put(point, officer)
        plan = replace(plan_of(task), supports=(Part(neighbour, "Góp ngày công"),), note="Gấp")
        change_task(task=task, plan=plan, by=officer, expected_version=task.version)
        task.refresh_from_db()
        form = TaskForm(notice=point.section.notice, task=task)
        assert f"c{neighbour.pk}" in dict(form.fields["supports"].choices)
        self.put(point, officer, supports=[neighbour], text="mới", task=task, version=task.version)
        assert [(row.commune, row.part) for row in task.supports.all()] == [(neighbour, "Góp ngày công")]
        assert Task.objects.get().note == "Gấp"

    def test_one_changed_on_its_own_page_can_still_be_taken_back_with_its_point(self, point, officer):
        task = self.put(point, officer)
        change_task(task=task, plan=replace(plan_of(task), text="mới"), by=officer, expected_version=task.version)
        services.delete_point(point=point)
        assert not Task.objects.exists()

    def test_a_conclusion_with_work_cannot_be_marked_as_without(self, point, officer):
        self.put(point, officer)
        with pytest.raises(ValidationError, match="đã có nhiệm vụ"):
            services.mark_no_task(point=point, creates_no_task=True)

    @pytest.mark.parametrize("change", ["assign", "change", "mark"])
    def test_work_given_on_another_page_has_the_draft_read_again(self, point, officer, change):
        task = self.put(point, officer) if change == "change" else None
        before = Notice.objects.get().version
        if task:
            change_task(task=task, plan=replace(plan_of(task), text="mới"), by=officer, expected_version=task.version)
        elif change == "assign":
            notice = point.section.notice
            assign_task(authority=notice.authority, plan=Plan("Việc", notice.commune), by=officer, point=point)
        else:
            mark_conclusion(point=point, creates_no_task=True)
        assert Notice.objects.get().version == before + 1
