"""The composing pages: what is saved, what is refused, what the slower of two is shown."""

from datetime import date

import pytest
from django.urls import reverse

from communes.enums import Role
from tasks.composing import services, views
from tasks.enums import NoticeStatus, PointKind, SectionKind
from tasks.models import Notice, NoticePoint, Task
from tests import factories
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def day(settings):
    settings.NTM_TODAY = date(2023, 4, 10)


@pytest.fixture
def officer():
    return factories.make_user(authority=factories.make_letterhead().authority)


@pytest.fixture
def notice(officer):
    return factories.make_notice(commune=factories.make_commune(authority=officer.authority))


@pytest.fixture
def point(notice):
    return factories.make_point(notice=notice, text="Rà soát quy hoạch;")


@pytest.fixture
def client(officer):
    return sign_in(officer)


def at(name, notice, *keys):
    return reverse(f"notices:{name}", args=[notice.pk, *keys])


def save(client, point, text, seen=None, **more):
    data = {"kind": point.kind, "text": text, "seen": seen or services.point_stamp(point), **more}
    return client.post(at("point", point.section.notice, point.pk), data, headers=HTMX)


class TestNew:
    def test_a_draft_is_set_up_and_opens(self, client, officer):
        commune = factories.make_commune(authority=officer.authority)
        data = {"commune": commune.code, "session_on": "05/4/2023", "session_time": "chiều"}
        answer = client.post(reverse("notices:new"), data)
        notice = Notice.objects.get()
        assert answer.url == at("edit", notice)
        assert (notice.commune, notice.session_time) == (commune, "chiều")

    def test_a_session_that_has_not_been_is_refused(self, client, officer):
        commune = factories.make_commune(authority=officer.authority)
        answer = client.post(reverse("notices:new"), {"commune": commune.code, "session_on": "11/4/2023"})
        assert answer.status_code == 422
        assert "chưa tới" in text(answer)

    def test_communes_of_another_office_are_not_offered(self, client):
        other = factories.make_commune(authority=factories.make_letterhead().authority)
        answer = client.post(reverse("notices:new"), {"commune": other.code, "session_on": "05/4/2023"})
        assert answer.status_code == 422
        assert not Notice.objects.exists()

    def test_a_supplement_names_what_it_supplements(self, client, officer):
        issued = factories.make_notice(
            commune=factories.make_commune(authority=officer.authority), status=NoticeStatus.ISSUED
        )
        address = f"{reverse('notices:new')}?corrects={issued.pk}"
        assert f"Bổ sung cho Thông báo số {issued.sign}" in text(client.get(address))
        client.post(address, {"commune": issued.commune.code, "session_on": "05/4/2023"})
        assert Notice.objects.get(status=NoticeStatus.DRAFT).corrects == issued

    def test_a_supplement_is_about_the_commune_of_what_it_supplements(self, client, officer):
        first = factories.make_commune(authority=officer.authority)
        issued = factories.make_notice(commune=first, status=NoticeStatus.ISSUED)
        other = factories.make_commune(authority=officer.authority)
        data = {"commune": other.code, "session_on": "05/4/2023"}
        answer = client.post(f"{reverse('notices:new')}?corrects={issued.pk}", data)
        assert answer.status_code == 422
        assert f"Thông báo được bổ sung là về {first}" in text(answer)
        assert not Notice.objects.filter(status=NoticeStatus.DRAFT).exists()

    def test_a_notice_that_one_only_reads_for_its_successor_is_not_supplemented(self, client, officer):
        successor = factories.make_commune(authority=officer.authority)
        other = factories.make_authority()
        ended = factories.make_commune(authority=other, successor=successor, valid_to=date(2023, 4, 6))
        issued = factories.make_notice(commune=ended, status=NoticeStatus.ISSUED)
        assert client.get(issued.get_absolute_url()).status_code == 200
        assert client.get(f"{reverse('notices:new')}?corrects={issued.pk}").status_code == 403


class TestPoint:
    def test_what_is_typed_is_saved_and_the_time_told(self, client, point):
        answer = save(client, point, "Rà soát xong.")
        assert answer.status_code == 200
        assert "Đã lưu lúc" in text(answer)
        assert "composed" in answer.headers["HX-Trigger"]
        assert NoticePoint.objects.get().text == "Rà soát xong."

    def test_the_answer_carries_the_mark_for_the_next_save(self, client, point):
        first = save(client, point, "Một.")
        fresh = NoticePoint.objects.get()
        assert services.point_stamp(fresh) in first.text
        assert save(client, fresh, "Hai.").status_code == 200

    def test_the_slower_one_gets_both_texts_and_can_insist(self, client, point):
        seen = services.point_stamp(point)
        save(client, point, "Của người kia.", seen)
        refused = save(client, point, "Của tôi.", seen)
        assert refused.status_code == 409
        assert "Của người kia." in text(refused)
        assert NoticePoint.objects.get().text == "Của người kia."
        now = services.point_stamp(NoticePoint.objects.get())
        assert save(client, point, "Của tôi.", seen, over=now).status_code == 200
        assert NoticePoint.objects.get().text == "Của tôi."

    def test_without_scripts_the_slower_one_gets_the_page_with_what_was_typed(self, client, point):
        seen = services.point_stamp(point)
        save(client, point, "Của người kia.", seen)
        data = {"kind": "dash", "text": "Của tôi.", "seen": seen}
        answer = client.post(at("point", point.section.notice, point.pk), data)
        assert answer.status_code == 409
        assert "Của tôi." in answer.text
        assert "Của người kia." in answer.text

    def test_findings_stand_beside_it(self, client, point):
        assert "Số lượng dưới 10" in text(save(client, point, "Xây dựng 4 sân thể thao."))

    def test_of_one_that_somebody_deleted_the_words_stay_and_can_be_put_in_again(self, client, point):
        section = point.section
        services.delete_point(point=point)
        answer = save(client, point, "Lời của tôi.", section=section.pk)
        assert answer.status_code == 409
        assert "Người khác vừa xóa điểm này." in text(answer)
        assert "Đưa điểm vào lại" in text(answer)
        again = {"section": section.pk, "kind": "dash", "text": "Lời của tôi.", "seen": "cu"}
        assert client.post(at("add-point", section.notice), again, headers=HTMX).status_code == 200
        assert NoticePoint.objects.get().text == "Lời của tôi."

    def test_of_one_deleted_with_its_section_the_words_stay(self, client, point):
        key = point.section.pk
        point.section.notice.sections.all().delete()
        answer = save(client, point, "Lời của tôi.", section=key)
        assert answer.status_code == 409
        assert "Mục chứa điểm cũng đã bị xóa" in text(answer)
        assert "Đưa điểm vào lại" not in text(answer)

    def test_one_deleted_while_it_is_being_saved_is_no_error(self, client, point, monkeypatch):
        """Deleted between the saving and the answer."""
        page = views.edit_page

        def edit_page(notice):
            NoticePoint.objects.all().delete()
            return page(notice)

        monkeypatch.setattr(views, "edit_page", edit_page)
        answer = save(client, point, "Lời của tôi.")
        assert answer.status_code == 409
        assert "Người khác vừa xóa điểm này." in text(answer)

    def test_without_scripts_the_words_of_one_that_somebody_deleted_stay_too(self, client, point):
        notice, section = point.section.notice, point.section
        services.delete_point(point=point)
        data = {"kind": "dash", "text": "Lời của tôi.", "seen": "cu", "section": section.pk}
        answer = client.post(at("point", notice, point.pk), data)
        assert answer.status_code == 409
        assert "Lời của tôi." in text(answer)
        assert "Người khác vừa xóa điểm này." in text(answer)

    def test_a_deleted_proposal_is_put_in_again_with_the_reply_that_was_typed(self, client, notice):
        proposal = factories.make_proposal(commune=notice.commune)
        point = factories.make_point(notice=notice, proposal=proposal)
        services.delete_point(point=point)
        again = {"section": point.section.pk, "kind": "proposal", "proposal": proposal.pk, "text": "Đề nghị mới"}
        again |= {"reply": "Ghi nhận.", "reply_kind": "noted", "lead": ""}
        assert client.post(at("add-point", notice), again, headers=HTMX).status_code == 200
        made = NoticePoint.objects.get().proposal
        assert (made, made.text, made.reply.text) == (proposal, "Đề nghị mới", "Ghi nhận.")

    @pytest.mark.parametrize("do", ["up", "delete"])
    def test_moving_or_deleting_one_that_is_gone_says_so(self, client, point, do):
        services.delete_point(point=point)
        answer = client.post(at("point", point.section.notice, point.pk), {"do": do}, headers=HTMX)
        assert answer.status_code == 409
        assert "Người khác vừa xóa phần này khỏi dự thảo." in text(answer)

    def test_of_another_notice_is_not_found_below_this_one(self, client, notice):
        other = factories.make_point()
        answer = client.post(at("point", notice, other.pk), {"do": "delete"})
        assert answer.status_code == 302
        assert NoticePoint.objects.exists()

    def test_one_that_somebody_changed_is_not_deleted_but_shown(self, client, point):
        seen = services.point_stamp(point)
        save(client, point, "Của người kia.", seen)
        data = {"do": "delete", "seen": seen, "kind": "dash", "text": point.text}
        answer = client.post(at("point", point.section.notice, point.pk), data, headers=HTMX)
        assert answer.status_code == 409
        assert answer["HX-Retarget"] == f"#p{point.pk}-state"
        assert "Của người kia." in text(answer)
        assert NoticePoint.objects.exists()

    def test_one_deleted_comes_back_where_it_stood_with_its_work(self, client, point):
        notice = point.section.notice
        factories.make_point(section=point.section, text="sau")
        factories.make_task(point=point, commune=notice.commune, text="Rà soát")
        answer = client.post(at("point", notice, point.pk), {"do": "delete"}, headers=HTMX)
        assert "Hoàn tác" in text(answer)
        assert not Task.objects.exists()
        kept = answer.context["kept"]
        assert "Giao" in text(client.post(at("add-point", notice), {"kept": kept}, headers=HTMX))
        assert [row.text for row in NoticePoint.objects.order_by("position")] == ["Rà soát quy hoạch;", "sau"]
        assert Task.objects.get().text == "Rà soát"
        assert client.post(at("add-point", notice), {"kept": kept[:-2]}, headers=HTMX).status_code == 404

    def test_a_move_tells_the_page_which_way(self, client, point):
        answer = client.post(at("point", point.section.notice, point.pk), {"do": "up"}, headers=HTMX)
        assert answer.status_code == 204
        assert '"step": -1' in answer.headers["HX-Trigger"]


class TestParts:
    def seen(self, notice, part):
        from tasks.composing.selectors import edit_page

        return edit_page(notice).parts[part]["seen"]

    def test_recipients_are_saved_line_by_line(self, client, notice):
        data = {"lines": "- TT Huyện ủy (b/c);\n\nLưu: VT.", "seen": self.seen(notice, "recipients")}
        assert client.post(at("part", notice, "recipients"), data, headers=HTMX).status_code == 200
        assert services.recipient_lines(notice) == ["TT Huyện ủy (b/c)", "Lưu: VT."]

    def test_the_slower_one_sees_the_other_ones_lines(self, client, notice):
        seen = self.seen(notice, "recipients")
        services.save_recipients(notice=notice, lines=["Của người kia"], seen=seen)
        answer = client.post(at("part", notice, "recipients"), {"lines": "Của tôi", "seen": seen}, headers=HTMX)
        assert answer.status_code == 409
        assert "Của người kia" in text(answer)
        assert services.recipient_lines(notice) == ["Của người kia"]

    def test_a_cited_document_that_cannot_be_read_is_named(self, client, notice):
        data = {"cited": "Tờ trình 29", "seen": self.seen(notice, "citations")}
        answer = client.post(at("part", notice, "citations"), data, headers=HTMX)
        assert answer.status_code == 422
        assert "“Tờ trình 29”: hãy ghi theo dạng 29/TTr-UBND" in text(answer)

    def test_the_header_is_saved_and_printed(self, client, notice):
        names = ("subject", "chair_name", "chair_post", "authority_lines", "signer_name", "symbol", "motto")
        data = {name: getattr(notice, name) for name in names}
        data |= {"session_on": "06/4/2023", "session_time": "sáng", "seen": self.seen(notice, "header")}
        data["chair_name"] = "Hoàng Quyền"
        assert client.post(at("part", notice, "header"), data, headers=HTMX).status_code == 200
        notice.refresh_from_db()
        assert (notice.chair_name, notice.session_on) == ("Hoàng Quyền", date(2023, 4, 6))

    def test_there_are_no_other_parts(self, client, notice):
        assert client.post(at("part", notice, "khac"), {}).status_code == 404


class TestSections:
    def test_one_with_points_goes_only_when_that_was_confirmed(self, client, point):
        notice, address = point.section.notice, at("section", point.section.notice, point.section.pk)
        asked = client.post(address, {"do": "delete"})
        assert "1 điểm" in text(asked)
        assert notice.sections.exists()
        confirmed = {"do": "delete", "contents": asked.context["contents"]}
        factories.make_point(section=point.section, text="vừa thêm")
        asked = client.post(address, confirmed)
        assert "Vừa có người sửa mục này" in text(asked)
        assert "2 điểm" in text(asked)
        client.post(address, {"do": "delete", "contents": asked.context["contents"]})
        assert not notice.sections.exists()

    def test_of_one_that_somebody_deleted_the_heading_stays(self, client, point):
        section = point.section
        section.notice.sections.all().delete()
        data = {"kind": section.kind, "heading": "Của tôi", "seen": "cu"}
        for more in ({"headers": HTMX}, {}):
            answer = client.post(at("section", section.notice, section.pk), data, **more)
            assert answer.status_code == 409
            assert "Người khác vừa xóa mục này." in text(answer)
        assert "Của tôi" in answer.text

    def test_a_heading_is_one_line(self, client, point):
        section = point.section
        data = {"kind": section.kind, "heading": "MỘT\r\n HAI ", "seen": services.section_stamp(section)}
        client.post(at("section", section.notice, section.pk), data, headers=HTMX)
        section.refresh_from_db()
        assert section.heading == "MỘT HAI"

    def test_a_heading_changed_by_somebody_else_is_shown(self, client, point):
        section = point.section
        data = {"kind": section.kind, "heading": "Của tôi", "seen": "cu"}
        answer = client.post(at("section", section.notice, section.pk), data, headers=HTMX)
        assert answer.status_code == 409
        assert section.heading in text(answer)

    def test_they_are_added(self, client, notice):
        client.post(at("add-section", notice), {"kind": "other", "heading": "KHÁC"})
        assert notice.sections.get(kind=SectionKind.OTHER).heading == "KHÁC"


class TestTasks:
    def test_work_is_given_from_a_point(self, client, point):
        commune = point.section.notice.commune
        data = {"do": "save", "text": "Rà soát", "lead": f"c{commune.pk}", "due_on": "30/4/2023", "recurrence": ""}
        answer = client.post(at("point-tasks", point.section.notice, point.pk), data, headers=HTMX)
        assert answer.status_code == 200
        assert f"Giao {commune}, hạn 30/4/2023" in text(answer)
        assert Task.objects.get().point == point

    def test_work_without_a_unit_is_refused(self, client, point):
        data = {"do": "save", "text": "Rà soát", "lead": "", "recurrence": ""}
        answer = client.post(at("point-tasks", point.section.notice, point.pk), data, headers=HTMX)
        assert answer.status_code == 422
        assert "Hãy chọn một đơn vị chủ trì" in text(answer)

    def test_a_department_of_another_district_cannot_be_chosen(self, client, point):
        other = factories.make_department()
        data = {"do": "save", "text": "Rà soát", "lead": f"d{other.pk}", "recurrence": ""}
        assert client.post(at("point-tasks", point.section.notice, point.pk), data).status_code == 422

    def test_the_slower_of_two_sees_what_stands_and_loses_nothing(self, client, point):
        notice = point.section.notice
        task = factories.make_task(point=point, commune=notice.commune, lead_commune=notice.commune)
        seen = task.version
        Task.objects.update(text="của người kia", version=seen + 1)
        data = {"do": "save", "task": task.pk, "version": seen, "text": "của tôi", "lead": f"c{notice.commune_id}"}
        answer = client.post(at("point-tasks", notice, point.pk), data, headers=HTMX)
        assert answer.status_code == 409
        assert "“của người kia”" in text(answer)
        assert "của tôi" in answer.text
        assert Task.objects.get().text == "của người kia"
        client.post(at("point-tasks", notice, point.pk), data | {"version": seen + 1}, headers=HTMX)
        assert Task.objects.get().text == "của tôi"

    def test_one_that_somebody_changed_is_not_taken_back_but_shown(self, client, point):
        notice = point.section.notice
        task = factories.make_task(point=point, commune=notice.commune, lead_commune=notice.commune)
        data = {"do": "remove", "task": task.pk, "version": task.version, "text": task.text, "lead": ""}
        Task.objects.update(text="của người kia", version=task.version + 1)
        answer = client.post(at("point-tasks", notice, point.pk), data, headers=HTMX)
        assert answer.status_code == 409
        assert "“của người kia”" in text(answer)
        client.post(at("point-tasks", notice, point.pk), data | {"version": task.version + 1}, headers=HTMX)
        assert not Task.objects.exists()

    def test_one_that_somebody_took_back_is_not_given_again_unasked(self, client, point):
        notice = point.section.notice
        data = {"do": "save", "task": 987654, "version": 1, "text": "của tôi", "lead": f"c{notice.commune_id}"}
        answer = client.post(at("point-tasks", notice, point.pk), data, headers=HTMX)
        assert answer.status_code == 409
        assert "Người khác vừa bỏ nhiệm vụ này" in text(answer)
        assert "của tôi" in answer.text
        assert not Task.objects.exists()

    def test_a_conclusion_is_marked_as_one_that_gives_no_task(self, client, point):
        client.post(at("point-tasks", point.section.notice, point.pk), {"do": "none"})
        assert NoticePoint.objects.get().creates_no_task

    def test_so_is_a_reply(self, client, notice):
        proposal = factories.make_proposal(commune=notice.commune)
        factories.make_reply(proposal=proposal)
        point = factories.make_point(notice=notice, proposal=proposal)
        assert "Trả lời này chưa thành nhiệm vụ" in text(client.get(at("edit", notice)))
        assert "Không phát sinh nhiệm vụ" in text(client.get(at("point-tasks", notice, point.pk)))
        client.post(at("point-tasks", notice, point.pk), {"do": "none"})
        assert "Trả lời này chưa thành nhiệm vụ" not in text(client.get(at("edit", notice)))

    def test_the_panel_shows_what_was_given(self, client, point):
        factories.make_task(point=point, commune=point.section.notice.commune, text="Đã giao")
        assert "Đã giao" in client.get(at("point-tasks", point.section.notice, point.pk)).text


def test_what_was_issued_meanwhile_leads_to_its_page(client, point):
    notice = point.section.notice
    Notice.objects.update(status=NoticeStatus.ISSUED, number=1, issued_on=date(2023, 4, 7), number_year=2023)
    assert client.get(at("edit", notice)).url == notice.get_absolute_url()
    answer = save(client, point, "Muộn rồi")
    assert answer.headers["HX-Redirect"] == notice.get_absolute_url()
    assert NoticePoint.objects.get().text == "Rà soát quy hoạch;"


def test_earlier_points_of_the_own_office_are_found(client, notice, officer):
    before = factories.make_notice(commune=factories.make_commune(authority=officer.authority))
    factories.make_point(notice=before, text="Vệ sinh môi trường nông thôn")
    factories.make_point(text="Vệ sinh môi trường của huyện khác")
    factories.make_point(notice=before, text="Đẩy mạnh tuyên truyền")
    answer = client.get(at("earlier", notice), {"q": "môi trường"})
    assert "Vệ sinh môi trường nông thôn" in answer.text
    assert "huyện khác" not in answer.text
    assert "Đẩy mạnh tuyên truyền" in client.get(at("earlier", notice), {"q": "đẩy Tuyên"}).text


def test_a_waiting_proposal_is_taken_in(client, notice):
    proposal = factories.make_proposal(commune=notice.commune)
    section = factories.make_section(notice=notice, kind=SectionKind.PROPOSALS)
    client.post(at("add-point", notice), {"section": section.pk, "kind": "proposal", "proposal": proposal.pk})
    assert section.points.get().proposal == proposal


def test_a_proposal_that_a_notice_holds_is_told(client, notice):
    proposal = factories.make_proposal(commune=notice.commune)
    factories.make_point(notice=factories.make_notice(commune=notice.commune), proposal=proposal)
    section = factories.make_section(notice=notice, kind=SectionKind.PROPOSALS)
    data = {"section": section.pk, "kind": "proposal", "proposal": proposal.pk}
    answer = client.post(at("add-point", notice), data, follow=True)
    assert "Kiến nghị này đã được đưa vào một thông báo rồi." in text(answer)
    assert not section.points.exists()


def test_a_proposal_of_another_commune_is_not(client, notice):
    proposal = factories.make_proposal()
    section = factories.make_section(notice=notice, kind=SectionKind.PROPOSALS)
    client.post(at("add-point", notice), {"section": section.pk, "kind": "proposal", "proposal": proposal.pk})
    assert section.points.get().proposal != proposal


def test_the_number_of_queries_does_not_grow_with_the_points(client, notice):
    section = factories.make_section(notice=notice)
    factories.make_point(section=section)
    few = queries(client, at("edit", notice))
    for _ in range(6):
        point = factories.make_point(section=section)
        factories.make_task(point=point, commune=notice.commune)
        factories.make_reply(proposal=factories.make_proposal(commune=notice.commune))
        factories.make_point(section=section, proposal=factories.make_reply().proposal)
    assert queries(client, at("edit", notice)) <= few + 3


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.LEADER])
def test_the_rest_of_the_office_reads_a_draft_and_does_not_write_it(role, point):
    reader = sign_in(factories.make_user(role, authority=point.section.notice.authority))
    assert reader.get(point.section.notice.get_absolute_url()).status_code == 200
    assert reader.post(at("point", point.section.notice, point.pk), {"do": "delete"}).status_code == 403
    assert NoticePoint.objects.filter(kind=PointKind.DASH).exists()
