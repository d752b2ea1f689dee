"""Notices, tasks and proposals on the admin site: drafts are open, what is issued is frozen."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from communes.enums import Role
from tasks.enums import NoticeStatus, PointKind, ReplyKind, TaskStatus
from tasks.models import Notice, Proposal, Task, TaskUpdate
from tests import factories as make
from tests.pages import errors, no_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def commune():
    return make.make_commune()


@pytest.fixture
def officer(client, commune):
    user = make.make_user(Role.DISTRICT, authority=commune.authority)
    client.force_login(user)
    return user


def notice_answer(of, **changes):
    return {
        "authority": of.authority_id,
        "commune": of.pk,
        "reference": "thong-bao-thu",
        "subject": "Kết luận tại buổi làm việc",
        "symbol": "TB-UBND",
        "motto": "Độc lập - Tự do - Hạnh phúc",
        "session_on": "05/4/2023",
        "chair_name": "Nguyễn Văn Chủ",
        "chair_post": "Phó Chủ tịch",
        "authority_lines": "TL. CHỦ TỊCH",
        "signer_name": "Trần Thị Ký",
        **no_rows("sections", "attendees", "recipients", "citations", "files"),
        **changes,
    }


def task_answer(commune, **changes):
    return {
        "authority": commune.authority_id,
        "commune": commune.pk,
        "reference": "nhiem-vu-thu",
        "text": "Tu sửa đường",
        "lead_commune": commune.pk,
        "assigned_on": "05/4/2023",
        "due_on": "30/4/2023",
        **no_rows("supports", "updates", "extensions"),
        **changes,
    }


ADD_NOTICE, ADD_TASK, ADD_PROPOSAL = (f"admin:tasks_{model}_add" for model in ("notice", "task", "proposal"))


def test_an_officer_adds_a_draft_with_its_sections_and_recipients(client, officer, commune):
    rows = {
        "sections-TOTAL_FORMS": 1,
        "sections-0-position": 1,
        "sections-0-kind": "tasks",
        "sections-0-heading": "Nhiệm vụ",
        "recipients-TOTAL_FORMS": 1,
        "recipients-0-position": 1,
        "recipients-0-text": "Như trên",
    }
    client.post(reverse(ADD_NOTICE), notice_answer(commune, **rows))
    notice = Notice.objects.get()
    assert (notice.status, notice.session_on) == (NoticeStatus.DRAFT, date(2023, 4, 5))
    assert [section.heading for section in notice.sections.all()] == ["Nhiệm vụ"]
    assert [recipient.text for recipient in notice.recipients.all()] == ["Như trên"]


def test_the_points_of_a_section_are_reached_from_the_notice_and_written_there(client, officer, commune):
    section = make.make_section(notice=make.make_notice(commune=commune))
    url = reverse("admin:tasks_noticesection_change", args=[section.pk])
    page = client.get(reverse("admin:tasks_notice_change", args=[section.notice.pk]))
    assert url in page.content.decode()
    answer = {
        "position": 1,
        "kind": "tasks",
        "heading": "Nhiệm vụ",
        **no_rows("points"),
        "points-TOTAL_FORMS": 1,
        "points-0-position": 1,
        "points-0-kind": PointKind.DASH,
        "points-0-text": "Tu sửa đường",
    }
    client.post(url, answer)
    assert [point.text for point in section.points.all()] == ["Tu sửa đường"]


def test_a_point_without_words_is_refused_in_words(client, officer, commune):
    section = make.make_section(notice=make.make_notice(commune=commune))
    rows = {**no_rows("points"), "points-TOTAL_FORMS": 1, "points-0-position": 1, "points-0-kind": PointKind.DASH}
    answer = {"position": 1, "kind": "tasks", **rows}
    page = client.post(reverse("admin:tasks_noticesection_change", args=[section.pk]), answer)
    assert "Điểm phải có nội dung" in page.content.decode()
    assert not section.points.exists()


@pytest.mark.parametrize("status", [NoticeStatus.ISSUED, NoticeStatus.REVOKED])
def test_an_issued_notice_is_frozen_with_all_its_parts(client, officer, commune, status):
    point = make.make_point(notice=make.make_notice(commune=commune, status=status))
    for model, row in (("notice", point.section.notice), ("noticesection", point.section), ("noticepoint", point)):
        url = reverse(f"admin:tasks_{model}_change", args=[row.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, notice_answer(commune)).status_code == 403
        assert client.post(reverse(f"admin:tasks_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_choosing_an_issued_notice_for_deletion_deletes_nothing(client, officer, commune):
    notice = make.make_notice(commune=commune, status=NoticeStatus.ISSUED)
    answer = {"action": "delete_selected", "_selected_action": [notice.pk], "post": "yes"}
    client.post(reverse("admin:tasks_notice_changelist"), answer)
    assert Notice.objects.filter(pk=notice.pk).exists()


def test_a_notice_is_not_issued_by_choosing_a_status(client, officer, commune):
    client.post(
        reverse(ADD_NOTICE), notice_answer(commune, status=NoticeStatus.ISSUED, number=5, issued_on="06/4/2023")
    )
    assert Notice.objects.get().status == NoticeStatus.DRAFT


def test_a_notice_number_in_use_is_refused_at_its_field(client, officer, commune):
    make.make_notice(commune=commune, status=NoticeStatus.ISSUED, number=5, issued_on=date(2023, 4, 5))
    found = errors(client.post(reverse(ADD_NOTICE), notice_answer(commune, number=5, issued_on="06/4/2023")))
    assert found == {"number": ["Số 5 đã được dùng trong năm 2023 cho cùng ký hiệu."]}


def test_the_number_is_free_again_in_another_year(client, officer, commune):
    make.make_notice(commune=commune, status=NoticeStatus.ISSUED, number=5, issued_on=date(2022, 4, 5))
    client.post(reverse(ADD_NOTICE), notice_answer(commune, number=5, issued_on="06/4/2023"))
    assert Notice.objects.filter(number=5).count() == 2


def test_the_database_too_refuses_a_notice_number_in_use(commune):
    make.make_notice(commune=commune, status=NoticeStatus.ISSUED, number=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_notice(commune=commune, status=NoticeStatus.ISSUED, number=5)


def test_two_drafts_with_the_same_number_are_refused_too(client, officer, commune):
    client.post(reverse(ADD_NOTICE), notice_answer(commune, number=5, issued_on="06/4/2023"))
    answer = notice_answer(commune, reference="thong-bao-hai", number=5, issued_on="07/4/2023")
    assert set(errors(client.post(reverse(ADD_NOTICE), answer))) == {"number"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"session_on": "31/4/2023"}, "session_on"),
        ({"session_on": "04/05/23x"}, "session_on"),
        ({"number": "không"}, "number"),
        ({"number": 0, "issued_on": "06/4/2023"}, "number"),
        ({"number": 5}, "issued_on"),
        ({"number": 5, "issued_on": "04/4/2023"}, "issued_on"),
        ({"reference": "có dấu cách"}, "reference"),
        ({"chair_name": ""}, "chair_name"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_field(client, officer, commune, changes, field):
    assert set(errors(client.post(reverse(ADD_NOTICE), notice_answer(commune, **changes)))) == {field}
    assert not Notice.objects.exists()


def test_a_notice_about_a_foreign_commune_is_refused_at_its_field(client, officer, commune):
    answer = notice_answer(commune, commune=make.make_commune().pk)
    assert set(errors(client.post(reverse(ADD_NOTICE), answer))) == {"commune"}


def test_the_reference_of_another_district_says_only_that_it_is_taken(client, officer, commune):
    make.make_notice(reference="thong-bao-thu", subject="Việc của huyện khác")
    page = client.post(reverse(ADD_NOTICE), notice_answer(commune))
    assert set(errors(page)) == {"reference"}
    assert "Việc của huyện khác" not in page.content.decode()


def test_changing_a_draft_counts_its_version_up(client, officer, commune):
    notice = make.make_notice(commune=commune)
    client.post(reverse("admin:tasks_notice_change", args=[notice.pk]), notice_answer(commune))
    notice.refresh_from_db()
    assert (notice.subject, notice.version) == ("Kết luận tại buổi làm việc", 2)
    assert notice.history.latest().history_user == officer


@pytest.mark.parametrize("typed", ["đường giao thông", "duong giao thong"])
def test_a_notice_is_found_with_and_without_diacritics(client, officer, commune, typed):
    wanted = make.make_notice(commune=commune, subject="Kết luận về đường giao thông")
    make.make_notice(commune=commune)
    page = client.get(reverse("admin:tasks_notice_changelist"), {"q": typed})
    assert [row.pk for row in page.context["cl"].result_list] == [wanted.pk]


# Tasks


def test_an_officer_adds_a_task_with_a_supporting_unit(client, officer, commune):
    department = make.make_department(authority=commune.authority)
    rows = {"supports-TOTAL_FORMS": 1, "supports-0-department": department.pk, "supports-0-part": "Hướng dẫn"}
    client.post(reverse(ADD_TASK), task_answer(commune, **rows))
    task = Task.objects.get()
    assert (task.lead, task.due_on) == (commune, date(2023, 4, 30))
    assert [support.department for support in task.supports.all()] == [department]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lead_commune": ""}, "lead_department"),
        ({"due_on": "04/4/2023"}, "due_on"),
        ({"due_on": "30/2/2023"}, "due_on"),
        ({"recurrence": "monthly", "due_on": ""}, "recurrence_day"),
        ({"recurrence": "monthly", "due_on": "", "recurrence_day": 31}, "recurrence_day"),
    ],
)
def test_a_task_that_cannot_be_is_refused_at_its_field(client, officer, commune, changes, field):
    assert set(errors(client.post(reverse(ADD_TASK), task_answer(commune, **changes)))) == {field}
    assert not Task.objects.exists()


def test_the_database_too_refuses_monthly_work_without_its_day():
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_task(recurrence="monthly", recurrence_day=None)


def test_a_task_for_a_foreign_department_is_refused_at_its_field(client, officer, commune):
    answer = task_answer(commune, lead_commune="", lead_department=make.make_department().pk)
    assert set(errors(client.post(reverse(ADD_TASK), answer))) == {"lead_department"}


def test_what_was_reported_on_a_task_is_read_and_never_written_here(client, officer, commune):
    task = make.make_task(commune=commune)
    TaskUpdate.objects.create(task=task, text="Đã làm một nửa", share_done=50)
    url = reverse("admin:tasks_task_change", args=[task.pk])
    assert "Đã làm một nửa" in client.get(url).content.decode()
    update = task.updates.get()
    answer = task_answer(
        commune,
        status=TaskStatus.CONFIRMED,
        **{"updates-TOTAL_FORMS": 1, "updates-INITIAL_FORMS": 1, "updates-0-id": update.pk, "updates-0-text": "Xong"},
    )
    client.post(url, answer)
    task.refresh_from_db()
    assert (task.text, task.status) == ("Tu sửa đường", TaskStatus.OPEN)
    assert task.updates.get().text == "Đã làm một nửa"


def test_points_of_foreign_notices_are_not_offered_to_a_task(client, officer, commune):
    own = make.make_point(notice=make.make_notice(commune=commune))
    make.make_point()
    query = {"app_label": "tasks", "model_name": "task", "field_name": "point", "term": ""}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [choice["id"] for choice in found] == [str(own.pk)]


# Proposals


def proposal_answer(commune, **changes):
    return {
        "commune": commune.pk,
        "reference": "kien-nghi-thu",
        "made_on": "05/4/2023",
        "text": "Xây cầu treo",
        **no_rows("reply"),
        **changes,
    }


def reply_rows(department, **changes):
    return {
        "reply-TOTAL_FORMS": 1,
        "reply-0-kind": ReplyKind.ASSIGNED,
        "reply-0-text": "Giao phòng chuyên môn.",
        "reply-0-lead": department.pk,
        **changes,
    }


def test_a_proposal_and_its_reply_bear_the_names_of_who_wrote_them(client, officer, commune):
    department = make.make_department(authority=commune.authority)
    client.post(reverse(ADD_PROPOSAL), proposal_answer(commune, **reply_rows(department)))
    proposal = Proposal.objects.get()
    assert proposal.made_by == officer
    assert (proposal.reply.lead, proposal.reply.replied_by) == (department, officer)


def test_a_reply_keeps_the_name_of_its_author_when_another_officer_saves(client, officer, commune):
    proposal = make.make_proposal(commune=commune)
    author = make.make_user(Role.DISTRICT, authority=commune.authority)
    reply = make.make_reply(proposal=proposal, replied_by=author)
    rows = {"reply-INITIAL_FORMS": 1, "reply-0-id": reply.pk, "reply-0-proposal": proposal.pk}
    answer = proposal_answer(commune, **{**reply_rows(reply.lead), **rows})
    client.post(reverse("admin:tasks_proposal_change", args=[proposal.pk]), answer)
    reply.refresh_from_db()
    assert (reply.text, reply.replied_by) == ("Giao phòng chuyên môn.", author)


@pytest.mark.parametrize("amount", ["0", "-5", "nhiều"])
def test_an_impossible_amount_is_refused_at_its_field(client, officer, commune, amount):
    found = errors(client.post(reverse(ADD_PROPOSAL), proposal_answer(commune, amount=amount)))
    assert set(found) == {"amount"}


def test_a_proposal_printed_in_an_issued_notice_stands_as_it_was_printed(client, officer, commune):
    proposal = make.make_proposal(commune=commune)
    notice = make.make_notice(commune=commune, status=NoticeStatus.ISSUED)
    make.make_point(section=make.make_section(notice=notice), proposal=proposal)
    url = reverse("admin:tasks_proposal_change", args=[proposal.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, proposal_answer(commune)).status_code == 403


def test_a_proposal_in_use_is_not_deleted_and_the_page_says_what_holds_it(client, officer, commune):
    proposal = make.make_proposal(commune=commune)
    make.make_point(section=make.make_section(notice=make.make_notice(commune=commune)), proposal=proposal)
    url = reverse("admin:tasks_proposal_delete", args=[proposal.pk])
    assert "Không thể xóa" in client.get(url).content.decode()
    client.post(url, {"post": "yes"})
    assert Proposal.objects.filter(pk=proposal.pk).exists()
