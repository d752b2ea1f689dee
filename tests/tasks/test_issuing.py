"""From draft to issued notice: numbers, who is told, long documents, revoking, supplementing, the register."""

import hashlib
import threading
from datetime import date
from io import BytesIO, StringIO
from threading import Event

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from communes.enums import Role
from communes.models import Message
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib.pdf import render_pdf
from tasks.composing import services as composing
from tasks.documents import composed, notice_document
from tasks.enums import NoticeFileKind, NoticeStatus, PointKind, SectionKind
from tasks.exceptions import CopyRefused, NotIssued, NumberTaken, PdfAwaited, PdfUnavailable
from tasks.exports import notice_pdf_file
from tasks.issuing import rendering
from tasks.issuing.register import missing_numbers, register_document, register_entries
from tasks.issuing.services import issue, next_number, revoke
from tasks.models import Notice, NoticeFile, NoticePoint, Task
from tasks.signing import store_signed_pdf
from tasks.work.services import Plan, assign_task
from tests import factories
from tests.pages import sign_in, text
from tests.tasks.conftest import words

pytestmark = pytest.mark.django_db

DAY = date(2023, 4, 12)


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = date(2023, 4, 14)


@pytest.fixture
def officer():
    return factories.make_user(authority=factories.make_letterhead().authority)


@pytest.fixture
def client(officer):
    return sign_in(officer)


@pytest.fixture
def notice(officer):
    notice = factories.make_notice(commune=factories.make_commune(authority=officer.authority))
    factories.make_point(notice=notice, text="Rà soát quy hoạch")
    return notice


@pytest.fixture(autouse=True)
def no_threads(monkeypatch):
    """What would begin beside the request is only noted."""
    begun: list[Notice] = []
    for place in ("issuing.services", "exports", "views"):
        monkeypatch.setattr(f"tasks.{place}.render_soon", begun.append)
    return begun


@pytest.fixture
def light(monkeypatch):
    """PDFs as light as a feather, where a test isn't about them."""
    monkeypatch.setattr("tasks.services.set_pdf", lambda document: document.number_line.encode())
    monkeypatch.setattr("tasks.issuing.rendering.set_pdf", lambda document: document.number_line.encode())


def at(name, notice):
    return reverse(f"notices:{name}", args=[notice.pk])


@pytest.mark.usefixtures("light")
class TestNumbers:
    def test_without_one_the_next_free_one_of_the_year_is_taken(self, notice, officer):
        for number, year in ((7, 2023), (90, 2022)):
            factories.make_notice(
                commune=notice.commune, status=NoticeStatus.ISSUED, number=number, issued_on=date(year, 4, 6)
            )
        assert issue(notice=notice, issued_on=DAY, by=officer).number == 8

    def test_that_of_a_revoked_notice_is_never_used_again(self, notice, officer):
        factories.make_notice(commune=notice.commune, status=NoticeStatus.REVOKED, number=7, issued_on=DAY)
        assert next_number(notice.authority, notice.symbol, 2023) == 8
        with pytest.raises(NumberTaken):
            issue(notice=notice, issued_on=DAY, by=officer, number=7)

    def test_each_office_and_each_symbol_has_its_own(self, notice, officer):
        factories.make_notice(status=NoticeStatus.ISSUED, number=7, issued_on=DAY)
        factories.make_notice(
            commune=notice.commune, status=NoticeStatus.ISSUED, number=5, issued_on=DAY, symbol="TB-BCĐ"
        )
        assert next_number(notice.authority, notice.symbol, 2023) == 1


@pytest.mark.usefixtures("light")
class TestWhatComesOfIt:
    def test_its_tasks_are_in_force_and_everybody_concerned_is_told_once(self, notice, officer):
        lead = factories.make_department(authority=officer.authority)
        helping = factories.make_department(authority=officer.authority)
        people = {
            "lead": factories.make_user(Role.DEPARTMENT, department=lead),
            "helping": factories.make_user(Role.DEPARTMENT, department=helping),
            "commune": factories.make_user(Role.COMMUNE, commune=notice.commune),
            "colleague": factories.make_user(authority=officer.authority),
        }
        stranger = factories.make_user(Role.COMMUNE, commune=factories.make_commune(authority=officer.authority))
        point = notice.sections.get().points.get()
        composing.put_task(
            point=point,
            text="Rà soát",
            lead=lead,
            supports=[helping, notice.commune],
            due_on=date(2023, 4, 30),
            recurrence_day=None,
            by=officer,
        )
        notice.refresh_from_db()
        assert not Task.objects.in_force().exists()
        issue(notice=notice, issued_on=DAY, by=officer)
        assert Task.objects.in_force().count() == 1
        assert {row.recipient for row in Message.objects.all()} == set(people.values())
        assert "đơn vị có 01 nhiệm vụ" in Message.objects.get(recipient=people["lead"]).text
        assert "nhiệm vụ" not in Message.objects.get(recipient=people["colleague"]).text
        assert not Message.objects.filter(recipient__in=[stranger, officer]).exists()
        assert Message.objects.first().url == notice.get_absolute_url()

    def test_the_departments_that_a_reply_names_are_told(self, notice, officer):
        lead = factories.make_department(authority=officer.authority)
        person = factories.make_user(Role.DEPARTMENT, department=lead)
        proposal = factories.make_proposal(commune=notice.commune)
        factories.make_reply(proposal=proposal, lead=lead)
        factories.make_point(notice=notice, proposal=proposal)
        issue(notice=notice, issued_on=DAY, by=officer)
        assert Message.objects.get(recipient=person).text.startswith("Thông báo số 01/TB-UBND ngày 12/4/2023")

    def test_work_given_while_it_is_issued_is_told_to_its_units(self, notice, officer):
        """Read as a draft's point, assigned a moment after the notice was issued."""
        person = factories.make_user(Role.COMMUNE, commune=notice.commune)
        read_before = NoticePoint.objects.select_related("section__notice").get()
        issue(notice=notice, issued_on=DAY, by=officer)
        Message.objects.all().delete()
        plan = Plan("Rà soát lại", notice.commune)
        assign_task(authority=notice.authority, plan=plan, by=officer, point=read_before)
        assert "Được giao chủ trì: Rà soát lại" in Message.objects.get(recipient=person).text

    def test_when_it_fails_nobody_was_told_and_no_number_is_used(self, notice, officer, monkeypatch):
        factories.make_user(Role.COMMUNE, commune=notice.commune)

        def broken(document):
            raise PdfUnavailable

        monkeypatch.setattr("tasks.services.set_pdf", broken)
        with pytest.raises(PdfUnavailable):
            issue(notice=notice, issued_on=DAY, by=officer)
        assert not Message.objects.exists()
        assert Notice.objects.get().number is None


@pytest.mark.usefixtures("light")
class TestPage:
    def post(self, client, notice, **more):
        data = {"number": "5", "issued_on": "12/4/2023", "version": notice.version, **more}
        return client.post(at("issue", notice), data)

    def test_it_proposes_the_next_number_and_today_and_says_what_was_forgotten(self, client, notice):
        factories.make_notice(commune=notice.commune, status=NoticeStatus.ISSUED, number=7, issued_on=DAY)
        answer = client.get(at("issue", notice))
        assert 'name="number" value="8"' in answer.text
        assert 'value="14/4/2023"' in answer.text
        assert "Nhiệm vụ chưa ghi đơn vị thực hiện" in text(answer)
        assert "Số: 08/TB-UBND" in answer.text

    def test_what_was_read_is_issued(self, client, notice):
        assert self.post(client, notice).url == notice.get_absolute_url()
        notice.refresh_from_db()
        assert (notice.status, notice.number, notice.issued_on) == (NoticeStatus.ISSUED, 5, DAY)

    def test_a_conclusion_marked_as_one_without_a_task_is_not_missed(self, client, notice):
        composing.mark_no_task(point=notice.sections.get().points.get(), creates_no_task=True)
        assert "Chưa ai theo dõi" not in text(client.get(at("issue", notice)))

    def test_a_draft_changed_meanwhile_is_shown_again_and_not_issued(self, client, notice):
        point = notice.sections.get().points.get()
        composing.save_point(point=point, kind=PointKind.DASH, text="Đổi rồi", seen=composing.point_stamp(point))
        answer = self.post(client, notice)
        assert answer.status_code == 409
        assert "vừa được người khác sửa" in text(answer)
        assert "Đổi rồi" in answer.text
        assert Notice.objects.get().status == NoticeStatus.DRAFT
        notice.refresh_from_db()
        assert self.post(client, notice).status_code == 302

    def test_the_slower_of_two_officers_is_led_to_what_the_other_one_issued(self, client, notice, officer):
        version = notice.version
        issue(notice=notice, issued_on=DAY, by=officer, number=9)
        answer = client.post(at("issue", notice), {"number": "5", "issued_on": "12/4/2023", "version": version})
        assert answer.url == notice.get_absolute_url()
        assert Notice.objects.get().number == 9

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"number": "0"}, "Số văn bản bắt đầu từ 1."),
            ({"number": "năm"}, "Số văn bản chỉ gồm chữ số."),
            ({"issued_on": "04/4/2023"}, "không thể trước ngày làm việc 05/4/2023"),
            ({"issued_on": "15/4/2023"}, "chưa tới"),
        ],
    )
    def test_a_number_or_day_that_cannot_be_is_refused(self, client, notice, more, words):
        answer = self.post(client, notice, **more)
        assert answer.status_code == 422
        assert words in text(answer)
        assert Notice.objects.get().status == NoticeStatus.DRAFT

    def test_a_number_in_use_is_refused_with_the_next_free_one(self, client, notice):
        factories.make_notice(commune=notice.commune, status=NoticeStatus.ISSUED, number=5, issued_on=DAY)
        answer = self.post(client, notice)
        assert answer.status_code == 422
        assert "Số 05 đã dùng trong năm; số tiếp theo là 06." in text(answer)


@pytest.mark.usefixtures("light")
class TestRevoking:
    @pytest.fixture
    def issued(self, notice, officer):
        return issue(notice=notice, issued_on=DAY, by=officer, number=5)

    def test_it_needs_a_reason_keeps_the_number_and_is_told(self, issued, officer, client):
        person = factories.make_user(Role.COMMUNE, commune=issued.commune)
        assert client.post(at("revoke", issued), {"version": issued.version}).status_code == 422
        client.post(at("revoke", issued), {"version": issued.version, "reason": "Sai số liệu"})
        issued.refresh_from_db()
        assert (issued.status, issued.number, issued.revoked_on) == (NoticeStatus.REVOKED, 5, date(2023, 4, 14))
        assert "Sai số liệu" in Message.objects.get(recipient=person).text
        assert "đã thu hồi ngày 14/4/2023 : Sai số liệu" in text(client.get(issued.get_absolute_url())).replace(
            "14/4/2023:", "14/4/2023 :"
        )

    def test_only_what_is_issued_can_be(self, officer):
        for status in (NoticeStatus.DRAFT, NoticeStatus.REVOKED):
            with pytest.raises(NotIssued):
                revoke(notice=factories.make_notice(status=status), reason="Nhầm", by=officer)

    def test_of_two_who_revoke_one_is_told(self, issued, officer):
        same = Notice.objects.get(pk=issued.pk)
        revoke(notice=issued, reason="Một", by=officer)
        with pytest.raises(SomebodyWasFaster):
            revoke(notice=same, reason="Hai", by=officer)
        assert Notice.objects.get().revoke_reason == "Một"

    def test_blanks_are_no_reason(self, issued, officer):
        with pytest.raises(ValidationError):
            revoke(notice=issued, reason="  ", by=officer)

    def test_a_supplement_and_what_it_supplements_point_to_each_other(self, issued, officer, client):
        later = factories.make_notice(commune=issued.commune, corrects=issued)
        issue(notice=later, issued_on=DAY, by=officer, number=6)
        assert "Được bổ sung bằng 06/TB-UBND" in text(client.get(issued.get_absolute_url()))
        assert "Bổ sung cho 05/TB-UBND" in text(client.get(later.get_absolute_url()))
        listed = text(client.get(reverse("notices:list")))
        assert "Bổ sung cho 05/TB-UBND" in listed
        assert "Được bổ sung bằng 06/TB-UBND" in listed


def long_notice(officer) -> Notice:
    """Two hundred points and forty proposals with replies."""
    notice = factories.make_notice(commune=factories.make_commune(authority=officer.authority))
    for part in range(4):
        section = factories.make_section(notice=notice, heading=f"Phần {part}")
        for place in range(50):
            kind = PointKind.HEADING if place % 10 == 0 else PointKind.DASH
            factories.make_point(section=section, kind=kind, text=f"Điểm {part}.{place} rà soát, hoàn thiện tiêu chí;")
    section = factories.make_section(notice=notice, kind=SectionKind.PROPOSALS, heading="Kiến nghị")
    for place in range(40):
        proposal = factories.make_proposal(commune=notice.commune, text=f"Đề nghị số {place} hỗ trợ kinh phí.")
        factories.make_reply(proposal=proposal, text=f"Ghi nhận đề nghị {place}. Giao phòng chuyên môn.")
        factories.make_point(section=section, proposal=proposal)
    return notice


class TestALongNotice:
    def test_prints_every_point_in_order(self, officer):
        document = notice_document(long_notice(officer))
        pages = [page.extract_text() for page in PdfReader(BytesIO(render_pdf(document))).pages]
        printed = words("\n".join(page.rsplit(maxsplit=1)[0] if place else page for place, page in enumerate(pages)))
        body = [word for line in document.printed for word in words(line.text)]
        start = printed.index("I.")
        assert printed[start : start + len(body)] == body
        assert "40." in body
        assert 8 <= len(pages) <= 16
        # The signature never stands alone on the last page.
        assert "Đề nghị số 39" in pages[-1] or "Ghi nhận đề nghị 39" in pages[-1]

    def test_is_issued_at_once_and_its_pdf_follows_outside_the_request(
        self, officer, client, no_threads, django_capture_on_commit_callbacks
    ):
        notice = long_notice(officer)
        with django_capture_on_commit_callbacks(execute=True):
            issue(notice=notice, issued_on=DAY, by=officer)
        assert no_threads == [notice]
        assert not NoticeFile.objects.exists()
        assert notice.frozen
        with pytest.raises(PdfAwaited):
            notice_pdf_file(notice)
        answer = client.get(at("pdf", notice))
        assert answer.status_code == 202
        assert answer["Refresh"] == "3"
        assert "Văn bản dài khoảng 10 trang" in text(answer)
        page = client.get(notice.get_absolute_url())
        assert "Bản PDF đang được dựng" in text(page)
        assert 'hx-trigger="every 3s"' in page.text
        assert no_threads == [notice] * 4
        assert rendering.render_awaited(notice.pk)
        assert not rendering.render_awaited(notice.pk)
        record = NoticeFile.objects.get(kind=NoticeFileKind.ISSUED_PDF)
        assert record.stored_by == officer
        assert record.check_code == notice_document(notice).check_code
        assert client.get(at("pdf", notice)).status_code == 200
        assert 'hx-trigger="every 3s"' not in client.get(notice.get_absolute_url()).text

    @pytest.mark.usefixtures("light")
    def test_is_not_signed_before_its_pdf_is_there(self, officer, client):
        notice = issue(notice=long_notice(officer), issued_on=DAY, by=officer)
        with pytest.raises(CopyRefused, match="đang được dựng"):
            store_signed_pdf(notice=notice, file=None, by=officer)
        page = text(client.get(reverse("signing:page", args=[notice.pk])))
        assert "đang được dựng" in page
        assert "nhập lại từ bản giấy" not in page

    @pytest.mark.usefixtures("light")
    def test_whose_pdf_cannot_be_set_says_so_on_its_page(self, officer, client, monkeypatch):
        notice = issue(notice=long_notice(officer), issued_on=DAY, by=officer)

        def stuck(notice):
            raise PdfUnavailable

        monkeypatch.setattr("tasks.views.render_soon", stuck)
        assert "Lần dựng vừa rồi không thành" in text(client.get(notice.get_absolute_url()))

    @pytest.mark.usefixtures("light")
    def test_is_written_from_the_shell_without_waiting_for_anybody(self, officer, tmp_path):
        issued = issue(notice=long_notice(officer), issued_on=DAY, by=officer)
        for notice in (issued, long_notice(officer)):
            call_command("export_notice", str(notice.pk), output=tmp_path / "a.pdf", stdout=StringIO())
        assert issued.files.get().kind == NoticeFileKind.ISSUED_PDF

    @pytest.mark.usefixtures("light")
    def test_what_a_restart_left_behind_is_set_by_a_command(self, officer, capsys):
        notice = issue(notice=long_notice(officer), issued_on=DAY, by=officer)
        call_command("render_notices")
        assert "1" in capsys.readouterr().out
        assert notice.files.filter(kind=NoticeFileKind.ISSUED_PDF).exists()
        assert rendering.awaited() == []

    def test_an_old_one_entered_from_its_paper_awaits_no_pdf_and_gets_none(self, officer, client):
        """Its words are frozen, but nobody issued a PDF of it here."""
        old = long_notice(officer)
        frozen = composed(old, number=87, dated=DAY).to_dict()
        Notice.objects.filter(pk=old.pk).update(
            status=NoticeStatus.ISSUED, number=87, number_year=2023, issued_on=DAY, frozen=frozen
        )
        assert rendering.awaited() == []
        assert not rendering.render_awaited(old.pk)
        assert "Bản PDF" not in text(client.get(old.get_absolute_url()))
        assert not NoticeFile.objects.exists()

    def test_the_notice_of_anh_son_is_not_one(self, anh_son_notice, officer):
        issue(notice=anh_son_notice, issued_on=DAY, by=officer)
        assert NoticeFile.objects.exists()


class TestBesideTheRequests:
    """Threads that wait for a process: its pace is set by the test."""

    @pytest.fixture(autouse=True)
    def own_folder(self, settings, tmp_path, monkeypatch):
        settings.DATA_DIR = tmp_path
        monkeypatch.setattr(rendering, "is_long", lambda document: True)

    @pytest.fixture
    def setter(self, monkeypatch):
        """Stands for the process that sets; `go` lets it end."""
        setter = Setter()
        monkeypatch.setattr(rendering, "render_apart", setter)
        return setter

    def test_the_trial_print_of_a_long_draft_is_there_after_a_while_and_stays(self, notice, client, setter):
        answer = client.get(at("pdf", notice))
        assert answer.status_code == 202
        assert "Bản in thử" in text(answer)
        client.get(at("pdf", notice))
        setter.finish()
        assert client.get(at("pdf", notice)).content == b"%PDF 1"
        assert client.get(at("pdf", notice)).content == b"%PDF 1"
        assert setter.calls == 1

    def test_a_change_of_the_draft_asks_for_another_one(self, notice, client, setter):
        setter.go.set()
        client.get(at("pdf", notice))
        setter.finish()
        notice.sections.get().points.update(text="Đổi rồi")
        assert client.get(at("pdf", notice)).status_code == 202
        setter.finish()
        assert client.get(at("pdf", notice)).content == b"%PDF 2"

    def test_only_the_newest_are_kept(self, notice, client, setter, monkeypatch):
        monkeypatch.setattr(rendering, "MOST_TRIALS", 2)
        setter.go.set()
        for number in range(4):
            notice.sections.get().points.update(text=f"Lần {number}")
            client.get(at("pdf", notice))
            setter.finish()
        kept = list(rendering._folder().glob("*.pdf"))
        assert sorted(path.read_bytes() for path in kept) == [b"%PDF 3", b"%PDF 4"]

    def test_two_are_never_set_at_once(self, notice, officer, client, setter):
        other = factories.make_notice(commune=notice.commune)
        factories.make_point(notice=other, text="Việc khác")
        for draft in (notice, other):
            client.get(at("pdf", draft))
        setter.finish()
        assert (setter.calls, setter.most) == (2, 1)

    def test_what_failed_is_said_once_and_tried_again(self, notice, client, setter, caplog):
        setter.error = OSError("no pango")
        client.get(at("pdf", notice))
        setter.finish()
        assert client.get(at("pdf", notice)).status_code == 503
        setter.error = None
        assert client.get(at("pdf", notice)).status_code == 202
        setter.finish()
        assert client.get(at("pdf", notice)).status_code == 200


class Setter:
    def __init__(self):
        self.go, self.calls, self.running, self.most = Event(), 0, 0, 0
        self.error: Exception | None = None

    def __call__(self, document) -> bytes:
        self.calls += 1
        self.running += 1
        self.most = max(self.most, self.running)
        self.go.wait(20)
        self.running -= 1
        if self.error:
            raise self.error
        return b"%PDF " + str(self.calls).encode()

    def finish(self) -> None:
        """Let everything under way end, and wait for it."""
        self.go.set()
        for thread in threading.enumerate():
            if thread.name.endswith(".pdf") or thread.name.startswith("notice-"):
                thread.join(20)


@pytest.mark.django_db(transaction=True)
def test_a_long_notice_is_set_by_a_thread_and_a_process_and_lies_under_its_checksum(officer, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    notice = issue(notice=long_notice(officer), issued_on=DAY, by=officer)
    rendering.render_soon(notice)
    rendering.render_soon(notice)
    (thread,) = [one for one in threading.enumerate() if one.name == f"notice-{notice.pk}"]
    thread.join(120)
    record = notice.files.get()
    with record.file.open() as file:
        content = file.read()
    assert hashlib.sha256(content).hexdigest() == record.sha256
    assert content == render_pdf(notice_document(notice))


@pytest.mark.usefixtures("light")
class TestRegister:
    @pytest.fixture
    def books(self, notice, officer):
        notice.recipients.create(position=1, text="Đảng ủy, UBND xã")
        notice.recipients.create(position=2, text="Lưu: VT")
        first = issue(notice=notice, issued_on=DAY, by=officer, number=2)
        later = factories.make_notice(commune=notice.commune, corrects=first)
        issue(notice=later, issued_on=DAY, by=officer, number=4)
        revoke(notice=later, reason="Nhầm.", by=officer)
        return first, later

    def test_it_lists_what_was_issued_by_number_with_what_happened_later(self, books, officer, client):
        entries = register_entries(officer, 2023)
        assert [entry.notice.number for entry in entries] == [2, 4]
        assert (entries[0].sent_to, entries[0].filed_with) == ("Đảng ủy, UBND xã", "VT")
        assert entries[0].note == "Được bổ sung bằng 04/TB-UBND"
        assert entries[1].note == "Thu hồi ngày 14/4/2023: Nhầm; Bổ sung cho 02/TB-UBND"
        assert missing_numbers(entries) == [3]
        page = text(client.get(reverse("notices:register")))
        assert "2 văn bản đã ban hành trong năm, 1 đã thu hồi; sổ thiếu số 03" in page

    def test_drafts_other_years_and_other_offices_are_not_in_it(self, books, officer):
        factories.make_notice(commune=books[0].commune)
        factories.make_notice(status=NoticeStatus.ISSUED, number=9, issued_on=DAY)
        factories.make_notice(commune=books[0].commune, status=NoticeStatus.ISSUED, issued_on=date(2022, 4, 12))
        assert len(register_entries(officer, 2023)) == 2
        assert len(register_entries(officer, 2022)) == 1

    def test_it_comes_as_a_workbook(self, books, client):
        answer = client.get(reverse("notices:register"), {"format": "xlsx", "year": "2023"})
        sheet = load_workbook(BytesIO(answer.content)).active
        values = [cell.value for row in sheet.iter_rows() for cell in row]
        assert "02/TB-UBND" in values
        assert "Ngày chuyển" in values

    def test_it_comes_as_a_pdf(self, books, officer):
        content = render_pdf(register_document(officer.authority, register_entries(officer, 2023), 2023, DAY))
        found = " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
        assert "SỔ ĐĂNG KÝ VĂN BẢN ĐI" in found
        assert "02/TB-" in found

    def test_a_commune_sees_its_own(self, books):
        own = factories.make_user(Role.COMMUNE, commune=books[0].commune)
        other = factories.make_user(Role.COMMUNE, commune=factories.make_commune(authority=books[0].authority))
        assert len(register_entries(own, 2023)) == 2
        assert register_entries(other, 2023) == []
