"""The pages of notices and of a commune's work: who sees what, and what it says."""

import re
from datetime import date
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.enums import Role
from ntm_tracker.lib import clock
from ntm_tracker.lib.workbook import read
from tasks.enums import CitationRole, NoticeStatus, Recurrence, SectionKind, TaskStatus
from tasks.models import Citation, NoticeAttendee, NoticeFile, NoticeRecipient, TaskSupport
from tasks.services import issue_notice
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = date(2023, 4, 10)


@pytest.fixture(autouse=True)
def on_the_tenth(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def authority():
    return factories.make_letterhead(authority=factories.make_authority(name="huyện Anh Sơn")).authority


@pytest.fixture
def commune(authority):
    return factories.make_commune(authority=authority, name="Cao Sơn")


@pytest.fixture
def draft(commune):
    return factories.make_notice(commune=commune, subject="Kết luận về xã Cao Sơn")


@pytest.fixture
def officer(authority):
    return factories.make_user(authority=authority)


def urls_of(notice):
    return [reverse(f"notices:{name}", args=[notice.pk]) for name in ("detail", "pdf", "docx")]


def work_url(commune):
    return reverse("tasks:of_commune", args=[commune.code])


def listed(client, **query):
    return [row.notice for row in client.get(reverse("notices:list"), query).context["rows"]]


class TestWhoSeesWhat:
    @pytest.mark.parametrize("role", [Role.DISTRICT, Role.DEPARTMENT, Role.LEADER, Role.ADMINISTRATOR])
    def test_the_office_departments_and_leaders_see_a_draft(self, client, draft, authority, role):
        client.force_login(factories.make_user(role, authority=None if role == Role.ADMINISTRATOR else authority))
        assert [client.get(url).status_code for url in urls_of(draft)] == [200, 200, 200]
        assert listed(client) == [draft]

    def test_a_commune_never_sees_a_draft(self, client, draft, commune):
        client.force_login(factories.make_user(Role.COMMUNE, commune=commune))
        assert [client.get(url).status_code for url in urls_of(draft)] == [404, 404, 404]
        assert listed(client) == []

    def test_a_commune_sees_its_issued_notice(self, client, draft, commune, officer):
        issue_notice(notice=draft, number=5, issued_on=TODAY, by=officer)
        client.force_login(factories.make_user(Role.COMMUNE, commune=commune))
        assert [client.get(url).status_code for url in urls_of(draft)] == [200, 200, 200]
        assert listed(client) == [draft]

    def test_a_commune_does_not_see_the_notice_of_its_neighbour(self, client, authority):
        notice = factories.make_notice(authority=authority, status=NoticeStatus.ISSUED)
        client.force_login(factories.make_user(Role.COMMUNE, commune=factories.make_commune(authority=authority)))
        assert [client.get(url).status_code for url in urls_of(notice)] == [404, 404, 404]

    def test_another_district_sees_nothing(self, client, draft, commune):
        client.force_login(factories.make_user())
        assert [client.get(url).status_code for url in (*urls_of(draft), work_url(commune))] == [404] * 4
        assert listed(client) == []

    def test_a_province_sees_the_notices_of_its_districts(self, client, draft, authority):
        client.force_login(factories.make_user(authority=authority.parent))
        assert listed(client) == [draft]

    def test_nobody_gets_in_without_signing_in(self, client, draft, commune):
        for url in (reverse("notices:list"), *urls_of(draft), work_url(commune)):
            assert client.get(url).url == f"{reverse('login')}?next={url}"

    def test_what_does_not_exist_is_not_found(self, client, officer):
        client.force_login(officer)
        assert client.get(reverse("notices:detail", args=[999999])).status_code == 404
        assert client.get(reverse("tasks:of_commune", args=["99999"])).status_code == 404

    def test_nothing_here_can_be_posted(self, client, draft, commune, officer):
        client.force_login(officer)
        for url in (reverse("notices:list"), *urls_of(draft), work_url(commune)):
            assert client.post(url).status_code == 405


class TestTheList:
    @pytest.fixture(autouse=True)
    def signed_in(self, client, officer):
        client.force_login(officer)

    def test_it_counts_open_and_late_tasks_and_proposals(self, client, commune):
        notice = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED)
        section = factories.make_section(notice=notice)
        for due_on in (date(2023, 4, 9), date(2023, 4, 10), date(2023, 4, 11)):
            factories.make_task(commune=commune, point=factories.make_point(section=section), due_on=due_on)
        factories.make_task(commune=commune, point=section.points.first(), status=TaskStatus.CONFIRMED)
        proposal = factories.make_proposal(commune=commune)
        factories.make_point(section=section, proposal=proposal)
        factories.make_task(commune=commune, reply=factories.make_reply(proposal=proposal))

        row = client.get(reverse("notices:list")).context["rows"][0]
        assert (row.tasks, row.overdue_tasks, row.proposals) == (4, 1, 1)

    def test_tasks_of_a_draft_are_never_late(self, client, draft, commune):
        factories.make_task(commune=commune, point=factories.make_point(notice=draft), due_on=date(2023, 4, 5))
        page = client.get(reverse("notices:list"))
        assert page.context["rows"][0].overdue_tasks == 0
        assert page.context["totals"].overdue == 0

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["cao", "khai"]),
            ({"q": "ket luan cao son"}, ["cao"]),
            ({"q": "Kết luận Khai"}, ["khai"]),
            ({"q": "7"}, ["khai"]),
            ({"q": "07/TB-UBND"}, ["khai"]),
            ({"q": "không có"}, []),
            ({"status": "issued"}, ["khai"]),
            ({"year": "2022"}, ["khai"]),
            ({"commune": "17386"}, ["cao"]),
            ({"sort": "session"}, ["khai", "cao"]),
            ({"sort": "-commune"}, ["khai", "cao"]),
            ({"year": "abc", "status": "x", "sort": "x", "page": "x"}, ["cao", "khai"]),
        ],
    )
    def test_it_is_searched_filtered_and_sorted_by_the_url(self, client, authority, query, found):
        cao = factories.make_commune(authority=authority, name="Cao Sơn", code="17386")
        khai = factories.make_commune(authority=authority, name="Khai Sơn")
        factories.make_notice(commune=cao, reference="cao", subject="Kết luận về xã Cao Sơn")
        factories.make_notice(
            commune=khai,
            reference="khai",
            subject="Kết luận về xã Khai Sơn",
            session_on=date(2022, 11, 10),
            status=NoticeStatus.ISSUED,
            number=7,
        )
        assert [notice.reference for notice in listed(client, **query)] == found

    def test_an_empty_list_says_what_will_stand_there(self, client):
        assert "Chưa có thông báo nào" in client.get(reverse("notices:list")).content.decode()

    def test_a_search_without_result_leads_back(self, client, draft):
        page = client.get(reverse("notices:list"), {"q": "zzz"}).content.decode()
        assert "Không có thông báo nào phù hợp" in page
        assert "Xem tất cả thông báo" in page

    def test_made_up_data_is_called_so(self, client, commune, draft):
        assert "minh họa" not in client.get(reverse("notices:list")).content.decode().split("<table")[1]
        commune.is_demonstration = True
        commune.save()
        assert "minh họa" in client.get(reverse("notices:list")).content.decode().split("<table")[1]

    def test_a_long_list_has_pages(self, client, commune):
        for _ in range(26):
            factories.make_notice(commune=commune)
        assert len(listed(client)) == 25
        assert len(listed(client, page=2)) == 1

    def workbook(self, client, **query):
        answer = client.get(reverse("notices:list"), {**query, "format": "xlsx"})
        name = unquote(answer["Content-Disposition"])
        assert re.search(r"Danh sách thông báo kết luận( \(.*\))? - 10-4-2023\.xlsx$", name)
        (sheet,) = read(answer.content)
        return sheet.rows

    def test_the_workbook_has_the_columns_of_the_page(self, client, commune):
        notice = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED, number=5, subject="=1+1")
        point = factories.make_point(notice=notice)
        factories.make_task(commune=commune, point=point, due_on=date(2023, 4, 9))
        heading, row = self.workbook(client)
        page = client.get(reverse("notices:list")).text
        assert all(title in page for title in heading)
        assert page.count('<th scope="col"') == len(heading)
        assert row == ["05/TB-UBND", "=1+1", "Cao Sơn", notice.session_on, "Đã ban hành", 1, 1, 0]

    @pytest.mark.parametrize("query", [{}, {"status": "draft"}, {"q": "Kết luận 3"}, {"sort": "sign"}, {"page": 2}])
    def test_the_workbook_has_the_filter_and_order_of_the_page_and_all_its_pages(self, client, commune, query):
        for number in range(1, 29):
            status = NoticeStatus.ISSUED if number % 9 else NoticeStatus.DRAFT
            factories.make_notice(commune=commune, status=status, subject=f"Kết luận {number}")
        on_screen = [notice.subject for notice in listed(client, **{**query, "page": 1})]
        on_screen += (
            [notice.subject for notice in listed(client, **{**query, "page": 2})] if len(on_screen) == 25 else []
        )
        rows = [row for row in self.workbook(client, **query)[1:] if any(row) and not row[0].startswith("Lọc: ")]
        assert [row[1] for row in rows] == on_screen

    def test_the_workbook_of_commune_staff_has_no_draft_and_no_other_commune(self, client, commune, draft):
        own = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED, subject="Của mình")
        factories.make_notice(status=NoticeStatus.ISSUED)
        client.force_login(factories.make_user(Role.COMMUNE, commune=commune))
        assert [row[1] for row in self.workbook(client)[1:]] == [own.subject]

    def test_the_workbook_asks_as_often_for_many_notices_as_for_one(self, client, draft, authority):
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                self.workbook(client)
            counts.append(len(queries))
            for _ in range(3):
                factories.make_notice(commune=factories.make_commune(authority=authority))
        assert counts[0] == counts[1]

    def test_a_list_with_rows_leads_to_its_workbook_with_the_filter(self, client, draft):
        assert 'href="?status=draft&amp;format=xlsx"' in client.get(reverse("notices:list"), {"status": "draft"}).text
        assert "format=xlsx" not in client.get(reverse("notices:list"), {"q": "zzz"}).text


class TestThePageOfANotice:
    @pytest.fixture(autouse=True)
    def signed_in(self, client, officer):
        client.force_login(officer)

    def text(self, client, notice):
        return client.get(notice.get_absolute_url()).content.decode()

    def test_it_shows_the_paper_and_what_it_rests_on(self, client, draft):
        factories.make_point(notice=draft, text="Rà soát quy hoạch")
        NoticeAttendee.objects.create(notice=draft, position=1, side="commune", text="Bí thư Đảng ủy")
        NoticeRecipient.objects.create(notice=draft, position=1, text="TT Huyện ủy (b/c)")
        Citation.objects.create(
            notice=draft, role=CitationRole.BASIS, sign="21/BC-UBND", dated=date(2023, 4, 3), title="tiến độ"
        )
        Citation.objects.create(notice=draft, sign="29/TTr-UBND", dated=date(2023, 3, 30))
        page = self.text(client, draft)
        for words in (
            "- Rà soát quy hoạch./.",
            "Bí thư Đảng ủy",
            "- TT Huyện ủy (b/c).",
            "21/BC-UBND",
            "29/TTr-UBND",
            "Dự thảo, chưa có số",
        ):
            assert words in page

    def test_it_shows_tasks_with_lead_due_day_and_state(self, client, commune, officer):
        notice = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED)
        task = factories.make_task(
            commune=commune,
            point=factories.make_point(notice=notice),
            lead_commune=commune,
            due_on=date(2023, 4, 5),
            text="Tu sửa đường",
        )
        TaskSupport.objects.create(task=task, department=factories.make_department(short_name="Nội vụ"))
        page = " ".join(self.text(client, notice).split())
        for words in ("Tu sửa đường", "xã Cao Sơn, phối hợp: Nội vụ", "05/4/2023", "Quá hạn 5 ngày"):
            assert words in page

    def test_it_shows_whether_proposals_are_answered(self, client, commune):
        notice = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED)
        section = factories.make_section(notice=notice, kind=SectionKind.PROPOSALS)
        answered = factories.make_proposal(commune=commune, text="Đề nghị hỗ trợ xi măng")
        factories.make_reply(proposal=answered)
        for proposal in (answered, factories.make_proposal(commune=commune, text="Đề nghị làm đường")):
            factories.make_point(section=section, proposal=proposal)
        page = self.text(client, notice)
        assert page.index("Đã trả lời") < page.index("Chưa trả lời")

    def test_a_revoked_notice_says_so_with_its_reason(self, client, commune):
        notice = factories.make_notice(commune=commune, status=NoticeStatus.REVOKED, revoke_reason="Sai số liệu")
        assert "đã thu hồi ngày" in self.text(client, notice)
        assert "Sai số liệu" in self.text(client, notice)

    def test_an_empty_notice_prints_all_the_same(self, client, draft):
        assert "Không" not in self.text(client, draft).split("official-body")[1].split("official-foot")[0]
        factories.make_section(notice=draft, heading="Kết quả")
        assert "I. KẾT QUẢ" in self.text(client, draft)


class TestFiles:
    @pytest.fixture(autouse=True)
    def signed_in(self, client, officer):
        client.force_login(officer)

    def test_the_pdf_opens_in_the_browser_under_a_speaking_name(self, client, draft):
        answer = client.get(reverse("notices:pdf", args=[draft.pk]))
        assert answer["Content-Type"] == "application/pdf"
        kind, plain, named = answer["Content-Disposition"].split("; ")
        assert (kind, plain) == ("inline", 'filename="Thong bao ket luan - xa Cao Son - 05-4-2023.pdf"')
        assert unquote(named) == "filename*=UTF-8''Thông báo kết luận - xã Cao Sơn - 05-4-2023.pdf"

    def test_the_word_file_is_saved(self, client, draft):
        answer = client.get(reverse("notices:docx", args=[draft.pk]))
        assert answer["Content-Disposition"].startswith("attachment; ")
        assert answer.content.startswith(b"PK")

    def test_whoever_has_the_pdf_gets_no_second_copy(self, client, draft):
        url = reverse("notices:pdf", args=[draft.pk])
        etag = client.get(url)["ETag"]
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
        factories.make_point(notice=draft, text="Thêm một điểm")
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 200

    def test_an_issued_notice_gives_the_bytes_of_its_day(self, client, draft, officer):
        issue_notice(notice=draft, number=5, issued_on=TODAY, by=officer)
        url = reverse("notices:pdf", args=[draft.pk])
        before = client.get(url)
        factories.make_point(notice=draft, text="Thêm sau khi ban hành")
        assert client.get(url).content == before.content
        assert before["ETag"] == f'"{NoticeFile.objects.get().sha256}"'

    def test_a_machine_without_pango_says_what_is_missing(self, client, draft, monkeypatch):
        def without_pango(document):
            raise OSError("cannot load library 'libpango-1.0-0'")

        monkeypatch.setattr("tasks.services.render_pdf", without_pango)
        answer = client.get(reverse("notices:pdf", args=[draft.pk]))
        assert answer.status_code == 503
        assert "libpango-1.0-0" in answer.content.decode()

    def test_stored_bytes_that_are_gone_are_not_made_anew(self, client, draft, officer):
        issue_notice(notice=draft, number=5, issued_on=TODAY, by=officer)
        stored = NoticeFile.objects.get()
        stored.file.storage.delete(stored.file.name)
        answer = client.get(reverse("notices:pdf", args=[draft.pk]))
        assert answer.status_code == 503
        assert "bản sao lưu" in answer.content.decode()


class TestTheWorkOfACommune:
    def test_it_is_a_part_for_htmx_and_a_page_otherwise(self, client, commune, officer):
        client.force_login(officer)
        page = client.get(work_url(commune)).content.decode()
        part = client.get(work_url(commune), headers={"HX-Request": "true"}).content.decode()
        assert "<html" in page
        assert "<html" not in part
        assert 'id="work"' in page
        assert 'id="work"' in part

    def test_it_says_when_each_task_is_due(self, client, commune, officer):
        for due_on in (date(2023, 4, 7), date(2023, 4, 10), date(2023, 4, 20)):
            factories.make_task(commune=commune, due_on=due_on)
        factories.make_task(commune=commune, recurrence=Recurrence.MONTHLY, recurrence_day=15, due_on=None)
        factories.make_task(commune=commune, due_on=None)
        factories.make_task(commune=commune, status=TaskStatus.DONE)
        factories.make_task(commune=commune, status=TaskStatus.CONFIRMED, text="Đã xong hẳn")
        client.force_login(officer)
        page = client.get(work_url(commune)).content.decode()
        for words in (
            "Quá hạn 3 ngày",
            "Đến hạn hôm nay",
            "Còn 10 ngày",
            "ngày 15 hằng tháng",
            "1 việc thường xuyên",
            "Báo đã xong",
        ):
            assert words in page
        assert "Đã xong hẳn" not in page

    def test_a_granted_extension_counts(self, client, commune, officer):
        task = factories.make_task(commune=commune, due_on=date(2023, 4, 7))
        task.extensions.create(
            new_due_on=date(2023, 4, 15),
            reason="mưa",
            asked_by=officer,
            decision="granted",
            decided_by=officer,
            decided_at=clock.now(),
        )
        client.force_login(officer)
        assert "Còn 5 ngày" in client.get(work_url(commune)).content.decode()

    def test_a_commune_sees_nothing_of_a_draft(self, client, commune, draft):
        section = factories.make_section(notice=draft)
        factories.make_task(commune=commune, point=factories.make_point(section=section), text="Việc trong dự thảo")
        proposal = factories.make_proposal(commune=commune, text="Đề nghị của xã")
        factories.make_reply(proposal=proposal, text="Trả lời trong dự thảo")
        factories.make_point(section=section, proposal=proposal)
        client.force_login(factories.make_user(Role.COMMUNE, commune=commune))
        page = client.get(work_url(commune)).content.decode()
        assert "Việc trong dự thảo" not in page
        assert draft.get_absolute_url() not in page
        assert "Đề nghị của xã" in page
        assert "Chưa trả lời" in page
        assert "Giao đơn vị" not in page

    def test_the_office_sees_that_tasks_wait_for_the_notice(self, client, commune, draft, officer):
        factories.make_task(commune=commune, point=factories.make_point(notice=draft), due_on=date(2023, 4, 5))
        client.force_login(officer)
        page = client.get(work_url(commune))
        assert page.context["work"].overdue == 0
        assert "Chờ ban hành" in page.content.decode()
        assert "quá hạn" not in page.content.decode().lower()

    def test_a_commune_without_work_is_told_what_will_stand_there(self, client, commune, officer):
        client.force_login(officer)
        assert "Chưa có thông báo kết luận nào về xã" in client.get(work_url(commune)).content.decode()


def fill(commune, rows):
    """Notices with everything on them, `rows` of each."""
    for _ in range(rows):
        notice = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED)
        section = factories.make_section(notice=notice)
        NoticeAttendee.objects.create(notice=notice, position=1, side="commune", text="Chủ tịch UBND")
        for _ in range(rows):
            hang_work_on(section, commune)
    return notice


def hang_work_on(section, commune):
    """A point with its task, a proposal with its reply and the task that follows from it."""
    task = factories.make_task(commune=commune, point=factories.make_point(section=section))
    TaskSupport.objects.create(task=task, department=factories.make_department(authority=commune.authority))
    proposal = factories.make_proposal(commune=commune)
    factories.make_task(commune=commune, reply=factories.make_reply(proposal=proposal))
    factories.make_point(section=section, proposal=proposal)


@pytest.mark.parametrize(("name", "most"), [("list", 16), ("detail", 22), ("work", 14)])
def test_the_number_of_queries_does_not_depend_on_the_rows(client, commune, officer, name, most):
    notice = fill(commune, 1)
    client.force_login(officer)
    urls = {"list": reverse("notices:list"), "detail": notice.get_absolute_url(), "work": work_url(commune)}

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(urls[name]).status_code == 200
        return len(captured)

    few = queries()
    fill(commune, 3)
    for _ in range(3):
        hang_work_on(notice.sections.get(), commune)
    assert 0 < few <= most
    assert queries() == few
