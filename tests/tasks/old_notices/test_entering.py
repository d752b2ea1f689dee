"""An officer brings an old notice in by its text and confirms it line by line."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader, PdfWriter

from communes.enums import Role
from communes.models import Commune, Department
from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.word import render_docx
from tasks.demo import cao_son
from tasks.documents import notice_document
from tasks.enums import NoticeStatus
from tasks.issuing.rendering import awaited
from tasks.models import Citation, Notice, NoticeAttendee, NoticeFile, NoticePoint, NoticeRecipient, NoticeSection, Task
from tasks.old_notices.forms import HeadForm
from tasks.old_notices.lines import read_lines
from tasks.old_notices.structure import structure
from tests.factories import make_user
from tests.lib.files import make_image
from tests.tasks.conftest import REFERENCE, SEED

SEED_TEXT = SEED.read_text(encoding="utf-8")
PAGE = reverse("notices:old")


@pytest.fixture
def district(db):
    """Huyện Anh Sơn with its units and the catalogue; the notice itself is not there."""
    call_command("loaddata", "catalogue", "units", verbosity=0)
    return Commune.objects.get(code="17386").authority


@pytest.fixture
def officer(client, district):
    client.force_login(make_user(Role.DISTRICT, authority=district))
    return client


def proposed(client: Client, text: str = SEED_TEXT):
    return client.post(PAGE, {"text": text})


def confirmation(response, **changes) -> dict[str, str]:
    """What the browser sends when the proposal on screen is confirmed, with some fields changed."""
    page = response.context
    fields = {"lines": str(len(page["lines"])), "step": "save"}
    for at, line in page["lines"]:
        fields[f"part-{at}"], fields[f"text-{at}"] = line.part.value, line.text
    for field in page["form"]:
        value = field.value()
        fields[field.name] = "" if value in (None, False) else field.as_widget() and str(_shown(value))
    if page["tasks"]:
        fields["tasks"] = str(len(page["tasks"].given))
        for field in page["tasks"]:
            fields[field.html_name] = str(field.value())
    return {**fields, **changes}


def _shown(value) -> str:
    return f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else value


class TestTheSeedPasted:
    """The text of the notice of 05/4/2023, pasted, gives what was entered by hand."""

    @pytest.fixture
    def both(self, officer, settings):
        response = officer.post(PAGE, confirmation(proposed(officer)))
        assert response.status_code == 302, response.context["form"].errors
        read = Notice.objects.get()
        call_command("loaddata", "cao-son-notice", verbosity=0)
        return read, Notice.objects.exclude(pk=read.pk).get(reference=REFERENCE)

    def test_gives_the_same_head(self, both):
        names = ("commune", "authority", "number", "symbol", "issued_on", "subject", "session_on", "session_time")
        names += ("motto", "chair_name", "chair_post", "authority_lines", "signer_name", "status")
        read, entered = both
        assert {name: getattr(read, name) for name in names} == {name: getattr(entered, name) for name in names}

    def test_gives_the_same_sections_points_proposals_and_replies(self, both):
        def printed(notice):
            sections = NoticeSection.objects.filter(notice=notice).values_list("position", "kind", "heading")
            points = [
                (
                    point.section.position,
                    point.position,
                    point.kind,
                    # Entered by hand, the figures come from the data; read from paper, they are what it says.
                    point.text.replace("[[tiến độ]]", "12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%)"),
                    point.proposal and (point.proposal.text, point.proposal.reply.kind, point.proposal.reply.text),
                    point.proposal and point.proposal.reply.lead,
                )
                for point in NoticePoint.objects.filter(section__notice=notice).select_related("section", "proposal")
            ]
            return list(sections), sorted(points, key=lambda point: point[:2])

        read, entered = both
        assert printed(read) == printed(entered)

    def test_gives_the_same_attendees_recipients_and_cited_documents(self, both):
        def listed(notice):
            return (
                list(
                    NoticeAttendee.objects.filter(notice=notice).values_list("position", "side", "text", "department")
                ),
                list(NoticeRecipient.objects.filter(notice=notice).values_list("position", "text")),
                sorted(Citation.objects.filter(notice=notice).values_list("role", "sign", "dated")),
            )

        read, entered = both
        assert listed(read) == listed(entered)

    def test_gives_the_same_work_to_the_same_units(self, both):
        def work(notice):
            found = Task.objects.of_notices([notice.pk])
            return sorted(
                (task.lead_department_id or 0, task.lead_commune_id or 0, task.recurrence_day or 0) for task in found
            ), {task.text for task in found if task.point_id}

        read, entered = both
        assert work(read) == work(entered)

    def test_prints_the_same_words(self, both):
        read, entered = both
        cao_son.load()
        entered.refresh_from_db()
        of_read, of_entered = notice_document(read).to_dict(), notice_document(entered).to_dict()
        assert of_read == of_entered


class TestAFile:
    """The same notice comes in as our own PDF and as Word."""

    @pytest.mark.parametrize("suffix", ["pdf", "docx", "txt"])
    def test_gives_the_head_and_all_points(self, suffix, officer, anh_son_notice):
        document = notice_document(anh_son_notice)
        content = {
            "pdf": lambda: render_pdf(document),
            "docx": lambda: render_docx(document),
            "txt": lambda: SEED_TEXT.encode("utf-16"),
        }[suffix]()
        page = officer.post(PAGE, {"file": SimpleUploadedFile(f"thong-bao.{suffix}", content)}).context
        read, pasted = (structure(lines) for lines in ([line for _, line in page["lines"]], read_lines(SEED_TEXT)))
        assert read.head == pasted.head
        assert [(s.kind, len(s.points)) for s in read.sections] == [(s.kind, len(s.points)) for s in pasted.sections]
        assert read.recipients == pasted.recipients

    def refused(self, client, name: str, content: bytes) -> str:
        response = client.post(PAGE, {"file": SimpleUploadedFile(name, content), "text": ""})
        assert response.status_code == 422
        return " ".join(response.context["form"].errors["file"])

    def test_that_is_encrypted_is_refused(self, officer, anh_son_notice):
        writer, out = PdfWriter(PdfReader(BytesIO(render_pdf(notice_document(anh_son_notice))))), BytesIO()
        writer.encrypt("mat-khau", algorithm="RC4-128")
        writer.write(out)
        assert "mật khẩu" in self.refused(officer, "a.pdf", out.getvalue())

    def test_that_is_a_scan_is_told_so(self, officer):
        writer, out = PdfWriter(), BytesIO()
        for _ in range(3):
            writer.add_blank_page(595, 842)
        writer.write(out)
        assert "bản quét" in self.refused(officer, "a.pdf", out.getvalue())

    def test_of_200_pages_is_refused_with_the_limit(self, officer):
        writer, out = PdfWriter(), BytesIO()
        for _ in range(200):
            writer.add_blank_page(595, 842)
        writer.write(out)
        assert "200 trang" in self.refused(officer, "a.pdf", out.getvalue())

    def test_that_is_something_else_is_refused(self, officer):
        assert "pdf" in self.refused(officer, "a.pdf", make_image())

    def test_in_an_old_code_page_is_told_so(self, officer):
        assert "Unicode" in self.refused(officer, "a.txt", "Thông báo".encode("cp1258", "replace") + b"\xff\xe0" * 200)


class TestText:
    def test_without_any_structure_is_refused_and_stays_in_the_field(self, officer):
        response = proposed(officer, "Mua 3 cân gạo. Gọi điện cho anh Nam.")
        assert response.status_code == 422
        assert "Không nhận ra cấu trúc" in str(response.context["form"].errors)
        assert "Mua 3 cân gạo" in response.content.decode()

    def test_none_at_all_asks_for_it(self, officer):
        assert "Hãy chọn tệp hoặc dán chữ" in officer.post(PAGE, {"text": " "}).content.decode()

    def test_of_a_commune_that_nobody_knows_leaves_the_choice_open(self, officer):
        page = proposed(officer, SEED_TEXT.replace("xã Cao Sơn", "xã Không Có"))
        assert page.context["form"]["commune"].value() is None
        assert page.context["tasks"] is None


class TestConfirming:
    def test_writes_nothing_before(self, officer):
        proposed(officer)
        assert not Notice.objects.exists()

    def test_a_changed_line_is_what_is_stored(self, officer):
        page = proposed(officer)
        at = next(at for at, line in page.context["lines"] if line.text == "MỘT SỐ KẾT QUẢ NỔI BẬT")
        officer.post(PAGE, confirmation(page, **{f"text-{at}": "KẾT QUẢ NỔI BẬT"}))
        assert NoticeSection.objects.filter(heading="KẾT QUẢ NỔI BẬT").exists()

    def test_work_without_a_lead_is_not_made(self, officer):
        page = proposed(officer)
        names = [field.html_name for field in page.context["tasks"]]
        officer.post(PAGE, confirmation(page, **dict.fromkeys(names, "")))
        assert Notice.objects.exists()
        assert not Task.objects.exists()

    def test_another_lead_than_the_assumed_one_is_no_assumption(self, officer):
        page = proposed(officer)
        at = next(at for at, given in enumerate(page.context["tasks"].given) if given.note)
        home_affairs = Department.objects.get(code="NV")
        officer.post(PAGE, confirmation(page, **{f"task-{at}": str(home_affairs.pk)}))
        task = Task.objects.get(reference__endswith=f"nhiem-vu-{at + 1}")
        assert (task.lead, task.note) == (home_affairs, "")

    def test_as_issued_keeps_number_day_and_frozen_text(self, officer):
        page = proposed(officer)
        officer.post(PAGE, confirmation(page, issued="on", number="87", dated="07/4/2023"))
        notice = Notice.objects.get()
        assert (notice.status, notice.sign, notice.number_year) == (NoticeStatus.ISSUED, "87/TB-UBND", 2023)
        assert notice_document(notice).number == 87

    def test_as_issued_has_no_issued_pdf_and_its_print_is_not_kept_as_one(self, officer):
        """The paper was issued, not this file: what it prints is set anew from the frozen words."""
        officer.post(PAGE, confirmation(proposed(officer), issued="on", number="87", dated="07/4/2023"))
        notice = Notice.objects.get()
        answer = officer.get(reverse("notices:pdf", args=[notice.pk]))
        assert answer.content.startswith(b"%PDF")
        assert awaited() == []
        assert not NoticeFile.objects.exists()

    def test_as_issued_without_number_and_day_asks_for_both(self, officer):
        response = officer.post(PAGE, confirmation(proposed(officer), issued="on"))
        assert response.status_code == 422
        assert set(response.context["form"].errors) == {"number", "dated"}
        assert not Notice.objects.exists()

    def test_a_number_that_is_taken_writes_nothing(self, officer):
        page = proposed(officer)
        fields = confirmation(page, issued="on", number="87", dated="07/4/2023")
        officer.post(PAGE, fields)
        response = officer.post(PAGE, fields)
        assert response.status_code == 422
        assert "87/TB-UBND" in str(response.context["form"].errors["number"])
        assert Notice.objects.count() == 1

    def test_twice_as_a_draft_makes_two_drafts_under_two_references(self, officer):
        fields = confirmation(proposed(officer))
        officer.post(PAGE, fields)
        officer.post(PAGE, fields)
        assert Notice.objects.values("reference").distinct().count() == 2

    def test_a_heading_longer_than_a_heading_names_the_line(self, officer):
        page = proposed(officer)
        at = next(at for at, line in page.context["lines"] if line.part == "section")
        response = officer.post(PAGE, confirmation(page, **{f"text-{at}": "X" * 301}))
        assert f"Dòng {at + 1}" in str(response.context["form"].errors)

    def test_what_the_person_changed_stays_when_it_is_refused(self, officer):
        response = officer.post(PAGE, confirmation(proposed(officer), session_on="", signer_name="Lê Văn Đức"))
        assert response.status_code == 422
        assert "Lê Văn Đức" in response.content.decode()

    @pytest.mark.parametrize("broken", [{"lines": "9" * 30}, {"lines": "-1"}, {"part-3": "nonsense"}, {"tasks": "x"}])
    def test_a_form_that_no_browser_sends_is_answered_not_failed(self, broken, officer):
        response = officer.post(PAGE, confirmation(proposed(officer), **broken))
        assert response.status_code in (200, 302, 422)


def test_only_the_communes_of_the_own_office_can_be_chosen(client, district):
    client.force_login(make_user(Role.DISTRICT))
    form = HeadForm(by=client.get(PAGE).wsgi_request.user)
    assert not form.fields["commune"].queryset.filter(authority=district).exists()
