"""What people do on the page of a task: nothing typed or sent is ever lost."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from communes.enums import Role
from criteria.evidence_services import place_evidence
from criteria.models import Evidence, SubItem
from tasks.enums import NoticeStatus, PointKind, Recurrence, TaskStatus
from tasks.models import NoticePoint, Task, TaskSupport
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_guide,
    make_notice,
    make_point,
    make_section,
    make_task,
    make_user,
)
from tests.lib.files import make_image
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_tenth(settings, tmp_path):
    settings.NTM_TODAY, settings.MEDIA_ROOT = date(2023, 4, 10), tmp_path


@pytest.fixture
def commune():
    return make_commune(authority=make_authority(), name="Cao Sơn")


@pytest.fixture
def task(commune):
    return make_task(commune=commune, lead_commune=commune, due_on=date(2023, 4, 30))


@pytest.fixture
def lead(commune):
    return sign_in(make_user(Role.COMMUNE, commune=commune))


@pytest.fixture
def office(commune):
    return sign_in(make_user(authority=commune.authority))


def address(name: str, task: Task) -> str:
    return reverse(f"tasks:{name}", args=[task.pk])


def picture(name: str = "nghiệm thu.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make_image(), content_type="image/jpeg")


def status(task: Task) -> str:
    return Task.objects.get(pk=task.pk).status


class TestReporting:
    def test_a_report_takes_its_files_along(self, lead, task, commune):
        answer = lead.post(
            address("report", task), {"text": "Đã xong", "kind": "done", "version": 1, "papers": picture()}
        )
        assert answer.url == task.get_absolute_url()
        assert [row.original_name for row in task.updates.get().evidence.all()] == ["nghiệm thu.jpg"]
        assert Evidence.objects.get().commune == commune
        assert "nghiệm thu.jpg" in text(lead.get(task.get_absolute_url()))

    def test_a_file_goes_to_the_sub_item_of_its_code_once_the_report_is_made(self, lead, task, commune):
        criteria_set = make_criteria_set()
        for item in SubItem.objects.of_set(criteria_set).filter(code__in=("1.1", "2.1")):
            make_assessment(commune=commune, sub_item=item)

        def rests(name):
            file = Evidence.objects.get(original_name=name)
            return list(file.assessments.values_list("sub_item__code", flat=True))

        def report(version, **sent):
            fields = {"kind": "progress", "version": version, "text": "Đã làm", **sent}
            return lead.post(address("report", task), fields, follow=True)

        told = text(lead.get(task.get_absolute_url()))
        assert "Tên bắt đầu bằng mã nội dung (18.1_Biên bản.pdf) thì tệp cũng vào minh chứng của nội dung đó" in told
        refused = report(1, text="", papers=picture("1.1_biên bản.jpg"))
        assert rests("1.1_biên bản.jpg") == []
        page = report(1, kept=refused.context["report_form"].data["kept"])
        assert "“1.1_biên bản.jpg” đã gắn với nội dung 1.1." in text(page)
        assert rests("1.1_biên bản.jpg") == ["1.1"]
        # Without a code, a finding or a place in the set it is in the tray as before.
        for version, name in enumerate(("ảnh.jpg", "1.2_ảnh.jpg", "9.9_ảnh.jpg"), 2):
            file = SimpleUploadedFile(name, make_image(size=(version, 9)))
            assert "đã gắn với nội dung" not in text(report(version, papers=file))
            assert rests(name) == []
        # Where somebody put it since, it stays, though it is sent once more.
        known = Evidence.objects.get(original_name="1.1_biên bản.jpg")
        place_evidence(evidence=known, codes=["2.1"], by=make_user(authority=commune.authority))
        report(5, papers=picture("1.1_biên bản.jpg"))
        assert rests("1.1_biên bản.jpg") == ["2.1"]
        assert task.updates.latest("pk").evidence.get() == known

    def test_a_department_puts_no_file_to_what_another_one_guides(self, task, commune):
        criteria_set = make_criteria_set()
        adviser = make_user(Role.DEPARTMENT, authority=commune.authority)
        TaskSupport.objects.create(task=task, department=adviser.department, part="Thẩm định")
        for item in SubItem.objects.of_set(criteria_set).filter(code__in=("1.1", "1.2")):
            make_assessment(commune=commune, sub_item=item)
        make_guide(sub_item=SubItem.objects.get(code="1.2"), department=adviser.department)
        for version, name in enumerate(("1.1_a.jpg", "1.2_b.jpg"), 1):
            file = SimpleUploadedFile(name, make_image(size=(version, 9)))
            fields = {"text": "Đã xem", "kind": "progress", "version": version, "papers": file}
            assert sign_in(adviser).post(address("report", task), fields).status_code == 302
        found = Evidence.objects.order_by("original_name").values_list("original_name", "assessments__sub_item__code")
        assert list(found) == [("1.1_a.jpg", None), ("1.2_b.jpg", "1.2")]

    def test_what_was_typed_and_sent_survives_a_refusal_and_a_faster_person(self, lead, task):
        first = lead.post(address("report", task), {"text": "", "kind": "progress", "version": 1, "papers": picture()})
        assert first.status_code == 422
        assert "Hãy ghi nội dung" in text(first)
        kept = first.context["report_form"].data["kept"]
        assert kept == Evidence.objects.get().token
        lead.post(address("report", task), {"text": "Lời nhanh", "kind": "progress", "version": 1})
        slow = lead.post(address("report", task), {"text": "Lời chậm", "kind": "progress", "version": 1, "kept": kept})
        assert slow.status_code == 409
        assert "Lời nhanh" in text(slow)
        form = slow.context["report_form"]
        assert (form.data["text"], form.data["kept"], form.data["version"]) == ("Lời chậm", kept, "2")
        again = lead.post(address("report", task), {"text": "Lời chậm", "kind": "progress", "version": 2, "kept": kept})
        assert again.status_code == 302
        assert task.updates.get(text="Lời chậm").evidence.count() == 1

    def test_a_file_that_may_not_come_in_is_named_and_nothing_is_reported(self, lead, task):
        bad = SimpleUploadedFile("la.exe", b"MZ\x90\x00", content_type="application/pdf")
        answer = lead.post(address("report", task), {"text": "Xong", "kind": "done", "version": 1, "papers": bad})
        assert answer.status_code == 422
        assert "la.exe" in text(answer)
        assert (status(task), task.updates.count()) == (TaskStatus.OPEN, 0)

    def test_files_of_another_commune_cannot_be_slipped_in(self, lead, task):
        from tests.factories import make_evidence

        foreign = make_evidence()
        lead.post(address("report", task), {"text": "Xong", "kind": "progress", "version": 1, "kept": foreign.token})
        assert task.updates.get().evidence.count() == 0

    def test_a_supporting_unit_is_offered_its_part_only(self, task, commune):
        department = make_user(Role.DEPARTMENT, authority=commune.authority)
        TaskSupport.objects.create(task=task, department=department.department, part="Thẩm định")
        page = text(sign_in(department).get(task.get_absolute_url()))
        assert "Báo xong phần việc" in page
        assert "Báo hoàn thành" not in page
        assert "Xin gia hạn" not in page

    def test_a_supporting_unit_reports_its_part_while_the_whole_waits_and_the_office_sees_who_is_missing(
        self, task, commune, office
    ):
        department = make_user(Role.DEPARTMENT, authority=commune.authority)
        TaskSupport.objects.create(task=task, department=department.department)
        Task.objects.update(status=TaskStatus.DONE)
        missing = f"Chưa báo xong phần việc: {department.department}."
        assert missing in text(office.get(task.get_absolute_url()))
        helper = sign_in(department)
        assert "Báo xong phần việc" in text(helper.get(task.get_absolute_url()))
        sent = {"text": "Đã thẩm định", "kind": "done", "version": 1}
        assert "Đã báo xong phần việc." in text(helper.post(address("report", task), sent, follow=True))
        assert missing not in text(office.get(task.get_absolute_url()))

    def test_a_commune_that_supports_work_of_the_whole_district_shows_its_own_papers(self, lead, commune):
        of_all = make_task(authority=commune.authority, commune=None)
        TaskSupport.objects.create(task=of_all, commune=commune)
        lead.post(address("report", of_all), {"text": "Đã làm", "kind": "done", "version": 1, "papers": picture()})
        assert of_all.updates.get().evidence.get().commune == commune

    def test_monthly_work_is_reported_for_the_month_that_is_due(self, lead, commune):
        monthly = make_task(lead_commune=commune, recurrence=Recurrence.MONTHLY, recurrence_day=20, due_on=None)
        Task.objects.update(assigned_on=date(2023, 2, 1))
        form = lead.get(monthly.get_absolute_url()).context["report_form"]
        assert form["month"].value() == "2023-03-01"
        data = {"text": "Đã làm", "kind": "progress", "version": 1, "month": "2023-03-01"}
        lead.post(address("report", monthly), data)
        assert lead.get(monthly.get_absolute_url()).context["report_form"]["month"].value() == "2023-04-01"


def test_the_office_ends_standing_work_in_one_step(office, lead, commune):
    standing = make_task(commune=commune, lead_commune=commune, due_on=None)
    assert "Kết thúc, thôi theo dõi" in text(office.get(standing.get_absolute_url()))
    assert "Kết thúc, thôi theo dõi" not in text(lead.get(standing.get_absolute_url()))
    office.post(address("decide", standing), {"decision": "confirm", "version": 1, "text": "Đã có nhiệm vụ mới"})
    assert status(standing) == TaskStatus.CONFIRMED


def test_a_task_takes_as_many_supporting_units_as_it_needs_and_loses_no_part(office, commune):
    units = [make_department(authority=commune.authority) for _ in range(5)]
    data = {"text": "Việc", "lead": f"x{commune.pk}", "schedule": "standing"}
    data |= {f"support-{place}-unit": f"p{unit.pk}" for place, unit in enumerate(units)}
    data |= {"support-TOTAL_FORMS": 12, "support-INITIAL_FORMS": 0}
    shown, more = office.get(reverse("tasks:new")).context["form"].support_rows
    assert (len(shown), len(more)) == (3, 9)
    refused = office.post(reverse("tasks:new"), {**data, "support-7-part": "Thẩm định"})
    assert "Hãy chọn đơn vị làm phần việc này" in text(refused)
    assert len(refused.context["form"].support_rows[0]) == 11
    office.post(reverse("tasks:new"), data)
    assert Task.objects.get().supports.count() == 5


def test_a_sub_item_is_named_as_the_decision_prints_it_and_read_either_way(office, commune):
    item = make_criteria_set().criteria.first().sub_items.first()
    SubItem.objects.filter(pk=item.pk).update(official_code="1")
    data = {"text": "Việc", "lead": f"x{commune.pk}", "commune": f"x{commune.pk}", "schedule": "standing"}
    data |= {"support-TOTAL_FORMS": 0, "support-INITIAL_FORMS": 0}
    for typed in ("1", "1.1"):
        office.post(reverse("tasks:new"), {**data, "sub_items": typed})
        task = Task.objects.last()
        assert list(task.sub_items.all()) == [item]
        assert office.get(address("edit", task)).context["form"]["sub_items"].value() == "1"
    part = office.get(reverse("tasks:of_sub_item", args=[commune.code, "1.1"]))
    assert f"Nhiệm vụ phục vụ nội dung 1, {commune}" in text(part)
    again = office.get(reverse("tasks:new"), {"commune": commune.code, "sub_item": "1.1"})
    assert again.context["form"]["sub_items"].value() == "1"


def test_a_task_of_an_older_set_keeps_its_sub_items(office, commune):
    old = (
        make_criteria_set(effective_from=date(2016, 1, 1), effective_to=date(2020, 12, 31))
        .criteria.first()
        .sub_items.first()
    )
    task = make_task(commune=commune, due_on=None)
    task.sub_items.add(old)
    data = {"text": "Lời mới", "lead": f"x{commune.pk}", "schedule": "standing", "sub_items": old.code, "version": 1}
    office.post(address("edit", task), {**data, "support-TOTAL_FORMS": 0, "support-INITIAL_FORMS": 0})
    assert Task.objects.get().text == "Lời mới"
    assert list(task.sub_items.all()) == [old]


def test_work_for_every_commune_stands_under_the_sub_item_of_each(office, commune):
    item = make_criteria_set().criteria.first().sub_items.first()
    of_all = make_task(authority=commune.authority, commune=None, text="Việc chung")
    of_all.sub_items.add(item)
    assert "Việc chung" in text(office.get(reverse("tasks:of_sub_item", args=[commune.code, item.code])))


@pytest.mark.parametrize(
    ("role", "offers"),
    [
        (Role.DISTRICT, {"report_form", "extension_form"}),
        (Role.LEADER, set()),
        (Role.DEPARTMENT, set()),
        (Role.COMMUNE, {"report_form", "extension_form"}),
        (Role.ADMINISTRATOR, {"report_form", "extension_form"}),
    ],
)
def test_the_page_offers_what_the_role_may_do(task, commune, role, offers):
    units = {Role.COMMUNE: {"commune": commune}, Role.ADMINISTRATOR: {}}
    person = make_user(role, **units.get(role, {"authority": commune.authority}))
    context = sign_in(person).get(task.get_absolute_url()).context
    names = ("report_form", "extension_form", "decision_form", "extension_decision_form")
    assert {name for name in names if context.get(name)} == offers


def test_an_extension_is_asked_and_decided_on_the_page(lead, office, task):
    lead.post(address("extension", task), {"new_due_on": "15/5/2023", "reason": "Chờ vốn", "version": 1})
    page = office.get(task.get_absolute_url())
    assert "Xin gia hạn đến 15/5/2023" in text(page)
    refused = office.post(address("extension_decide", task), {"decision": "refuse", "version": 2})
    assert refused.status_code == 422
    assert "phải ghi lý do" in text(refused)
    office.post(address("extension_decide", task), {"decision": "grant", "version": 2})
    assert "gia hạn đến 15/5/2023" in text(lead.get(task.get_absolute_url()))


def test_no_two_fields_of_the_page_share_an_id(lead, task):
    import re

    ids = re.findall(r'\sid="([^"]+)"', lead.get(task.get_absolute_url()).text)
    assert len(ids) == len(set(ids))


@pytest.mark.django_db
def test_before_any_department_is_entered_the_administrator_is_told_so():
    answer = sign_in(make_user(Role.ADMINISTRATOR)).get(reverse("tasks:new"), follow=True)
    assert answer.redirect_chain[0][0] == reverse("tasks:list")
    assert "Chưa có phòng, ban nào để giao việc" in text(answer)


class TestConclusions:
    @pytest.fixture
    def point(self, commune):
        section = make_section(notice=make_notice(commune=commune, status=NoticeStatus.ISSUED))
        make_point(section=section, kind=PointKind.HEADING, text="Nhiệm vụ của UBND xã Cao Sơn:")
        return make_point(section=section, text="Rà soát quy hoạch (nội dung 1.1);")

    def test_one_without_a_task_stands_on_the_notice_with_one_step_to_make_it(self, office, point, commune):
        notice = point.section.notice
        page = office.get(notice.get_absolute_url())
        assert "Chưa giao" in text(page)
        assert f"/tasks/new/?point={point.pk}" in page.text
        form = office.get(reverse("tasks:new"), {"point": point.pk}).context["form"]
        assert form.initial["text"] == "Rà soát quy hoạch (nội dung 1.1)"
        assert (form.initial["lead"], form.initial["sub_items"]) == (f"x{commune.pk}", "1.1")

    def test_the_department_that_a_conclusion_names_leads(self, office, commune):
        unit = make_department(authority=commune.authority, short_name="Tài nguyên và MT")
        point = make_point(
            notice=make_notice(commune=commune, status=NoticeStatus.ISSUED),
            text="Giao phòng Tài nguyên và MT hướng dẫn xã",
        )
        form = office.get(reverse("tasks:new"), {"point": point.pk}).context["form"]
        assert form.initial["lead"] == f"p{unit.pk}"

    def test_the_step_makes_the_task_of_the_point(self, office, point, commune):
        data = {
            "text": "Rà soát quy hoạch",
            "lead": f"x{commune.pk}",
            "schedule": "once",
            "due_on": "30/6/2023",
            "support-TOTAL_FORMS": 0,
            "support-INITIAL_FORMS": 0,
        }
        answer = office.post(f"{reverse('tasks:new')}?point={point.pk}", data)
        task = Task.objects.get()
        assert answer.url == task.get_absolute_url()
        assert (task.point, task.lead_commune, task.due_on) == (point, commune, date(2023, 6, 30))
        assert "Chưa giao" not in text(office.get(point.section.notice.get_absolute_url()))

    def test_a_day_typed_under_standing_work_is_not_lost_but_asked_about(self, office, point, commune):
        data = {
            "text": "Rà soát quy hoạch",
            "lead": f"x{commune.pk}",
            "schedule": "standing",
            "due_on": "30/6/2023",
            "support-TOTAL_FORMS": 0,
            "support-INITIAL_FORMS": 0,
        }
        answer = office.post(f"{reverse('tasks:new')}?point={point.pk}", data)
        assert "Đã ghi hạn: hãy chọn “Có hạn” ở trên, hoặc xóa ngày này." in text(answer)
        assert not Task.objects.exists()

    def test_what_nobody_was_given_waits_on_the_first_page_of_the_office(self, office, lead, point):
        waiting = "Kết luận chưa thành nhiệm vụ"
        page = office.get("/")
        assert waiting in text(page)
        assert f"{point.section.notice.get_absolute_url()}#conclusions" in page.text
        assert waiting not in text(lead.get("/"))
        office.post(reverse("tasks:conclusion", args=[point.pk]), {"mark": "none"})
        assert waiting not in text(office.get("/"))

    def test_a_draft_forgets_nothing_yet(self, office, commune):
        make_point(notice=make_notice(commune=commune))
        assert "Kết luận chưa thành nhiệm vụ" not in text(office.get("/"))

    def test_it_is_marked_as_without_a_task_and_back(self, office, point):
        mark = reverse("tasks:conclusion", args=[point.pk])
        office.post(mark, {"mark": "none"})
        assert NoticePoint.objects.get(pk=point.pk).creates_no_task
        assert "Không phát sinh nhiệm vụ" in text(office.get(point.section.notice.get_absolute_url()))
        office.post(mark, {"mark": "open"})
        assert not NoticePoint.objects.get(pk=point.pk).creates_no_task
