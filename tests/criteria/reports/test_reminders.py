"""The reminder: whom it names, the mail that really arrives, the letter in the shared layout."""

from datetime import date
from io import BytesIO
from unicodedata import normalize

import pytest
from django.utils.html import escape
from docx import Document
from pypdf import PdfReader

from communes.enums import Role
from communes.models import Commune, Message, User
from criteria.enums import ReportStatus
from criteria.reports.reminder_forms import LetterForm
from ntm_tracker.lib.clock import end_of
from tests.factories import (
    make_authority,
    make_commune,
    make_department,
    make_letterhead,
    make_report,
    make_user,
)
from tests.lib.smtp import Mailbox, mail_server, use
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db

MARCH = date(2023, 3, 1)
PAGE = "/reports/reminder/"


@pytest.fixture(autouse=True)
def on_10_april(settings):
    settings.NTM_TODAY = date(2023, 4, 10)


@pytest.fixture
def district():
    district = make_authority(name="huyện Anh Sơn")
    make_letterhead(authority=district)
    make_department(authority=district, code="NNPTNT", full_name="Phòng Nông nghiệp và PTNT")
    return district


@pytest.fixture
def officer(district):
    return make_user(authority=district, full_name="Nguyễn Thị Điều Phối")


@pytest.fixture
def province(district):
    """An officer of the province above."""
    return make_user(authority=district.parent)


@pytest.fixture
def communes(district):
    """Two that sent nothing for March, and one that did."""
    late = [make_commune(authority=district, name=name) for name in ("Cao Sơn", "Đức Sơn")]
    punctual = make_commune(authority=district, name="Tam Sơn")
    make_report(commune=punctual, month=MARCH, status=ReportStatus.SUBMITTED, first_submitted_at=end_of(MARCH))
    return late


@pytest.fixture
def clerks(communes):
    return [
        make_user(Role.COMMUNE, commune=commune, email=f"xa{number}@example.vn")
        for number, commune in enumerate(communes, 1)
    ]


@pytest.fixture
def box(settings):
    with mail_server() as box:
        use(settings, box)
        yield box


def ask(officer, action, query="?month=2023-03", **fields):
    client = sign_in(officer)
    page = client.get(PAGE + query)
    form = page.context["mail" if action == "mail" else "letter"]
    values = {name: value for name, value in form.initial.items() if value is not None}
    return client.post(PAGE + query, {**values, **fields, "action": action}, follow=action == "mail")


# The page


def test_the_page_names_those_who_sent_nothing_and_why_it_was_due(officer, communes, clerks):
    said = text(sign_in(officer).get(f"{PAGE}?month=2023-03"))
    assert "2 xã chưa gửi báo cáo; hạn thứ Tư, 15/3/2023, đã quá hạn." in said
    assert "Kính gửi UBND xã Cao Sơn, xã Đức Sơn" in said
    assert "Tam Sơn" not in said
    assert "xa1@example.vn" in said


def test_one_commune_can_be_asked_alone(officer, communes):
    said = text(sign_in(officer).get(f"{PAGE}?month=2023-03&commune={communes[1].code}"))
    assert "1 xã chưa gửi báo cáo" in said
    assert "Kính gửi UBND xã Đức Sơn," in said


def test_where_nothing_is_missing_nobody_is_asked(officer, district):
    assert "Không còn xã nào phải nhắc" in text(sign_in(officer).get(PAGE))


def test_a_commune_of_another_district_does_not_exist(officer):
    foreign = make_commune()
    assert sign_in(officer).get(f"{PAGE}?commune={foreign.code}").status_code == 404


def test_the_hole_of_a_commune_that_ended_since_leads_to_its_reminder(officer, communes):
    Commune.objects.filter(pk=communes[1].pk).update(valid_to=date(2023, 3, 31))
    board = sign_in(officer).get("/reports/")
    address = f"{PAGE}?month=2023-03&commune={communes[1].code}"
    assert escape(address) in board.text
    assert "Kính gửi UBND xã Đức Sơn," in text(sign_in(officer).get(address))


def test_an_ended_commune_of_another_district_whose_successor_is_here_is_read_and_not_asked(officer, communes):
    foreign = make_commune(valid_to=date(2023, 3, 31), successor=communes[0])
    assert sign_in(officer).get(f"{PAGE}?month=2023-03&commune={foreign.code}").status_code == 403


def test_where_the_districts_have_rules_of_their_own_each_commune_has_its_own_day(province, communes, district):
    district.report_rules.create(from_month=MARCH, due_day=20, reason="Công văn 1")
    other = make_commune(authority=make_authority(parent=province.authority, name="huyện Con Cuông"), name="Bồng Khê")
    punctual = make_commune(authority=other.authority)
    make_report(commune=punctual, month=MARCH, status=ReportStatus.SUBMITTED, first_submitted_at=end_of(MARCH))
    page = sign_in(province).get(f"{PAGE}?month=2023-03")
    here, there = "xã Cao Sơn (huyện Anh Sơn), xã Đức Sơn (huyện Anh Sơn)", "xã Bồng Khê (huyện Con Cuông)"
    due = f"thứ Tư, 15/3/2023 đối với {there}; thứ Hai, 20/3/2023 đối với {here}"
    assert f"hạn {due}" in text(page)
    for field in (page.context["mail"].initial["text"], page.context["letter"].initial["body"]):
        assert f"đã đến hạn {due}" in field
        assert "UBND các huyện chưa nhận được báo cáo" in field
    assert f"Kính gửi UBND {there}, {here}," in text(page)


# The mail


def test_the_mail_arrives_in_vietnamese_with_the_link_to_the_report(officer, communes, clerks, box):
    answer = ask(officer, "mail", text="Đề nghị xã gửi báo cáo tháng 3.\nTrân trọng!")
    assert "Đã gửi thư nhắc cho 2 người" in text(answer)
    assert "xa1@example.vn" in text(answer)
    (mail,) = box.to("xa1@example.vn")
    assert mail["Subject"].strip() == "Nhắc gửi báo cáo tháng 3/2023 về xây dựng nông thôn mới"
    assert mail.get_content_charset() == "utf-8"
    body = mail.get_content().replace("\r\n", "\n")
    assert body.startswith("Đề nghị xã gửi báo cáo tháng 3.\nTrân trọng!")
    assert f"https://ntm.example.vn/reports/{communes[0].code}/2023-03/" in body
    assert "Nguyễn Thị Điều Phối" in body


def test_mail_and_letter_are_written_in_one_composition_of_letters(officer, clerks, box):
    ask(officer, "mail", text=normalize("NFD", "Đề nghị xã gửi báo cáo."))
    assert box.mails[0].get_content().startswith("Đề nghị xã gửi báo cáo.")
    letter = LetterForm({"body": normalize("NFD", "Đề nghị")})
    letter.is_valid()
    assert letter.cleaned_data["body"] == "Đề nghị"


def test_the_reminder_stands_in_the_product_too(officer, communes, clerks, box):
    ask(officer, "mail")
    message = Message.objects.get(recipient=clerks[0])
    assert message.text == "UBND huyện Anh Sơn nhắc gửi báo cáo tháng 3/2023 của xã Cao Sơn."
    assert message.url == f"/reports/{communes[0].code}/2023-03/"


def test_nobody_is_asked_twice_on_a_day(officer, clerks, box):
    ask(officer, "mail")
    answer = ask(officer, "mail")
    assert "Hôm nay đã nhắc rồi, không gửi lại" in text(answer)
    assert len(box.received) == 2
    assert Message.objects.count() == 2


def test_who_has_no_address_or_no_account_is_named(officer, communes, box):
    make_user(Role.COMMUNE, commune=communes[0], full_name="Lê Không Thư")
    said = text(ask(officer, "mail"))
    assert "Chưa có địa chỉ thư, chỉ nhắc trên hệ thống: Lê Không Thư (xã Cao Sơn)" in said
    assert "Chưa có tài khoản nào của xã Đức Sơn" in said
    assert box.received == []


def test_an_address_that_the_server_refuses_is_named_and_can_be_tried_again(officer, clerks, box):
    box.refused.add("xa1@example.vn")
    said = text(ask(officer, "mail"))
    assert "(xa1@example.vn) không đi được: máy chủ thư từ chối địa chỉ này." in said
    assert "Đã gửi thư nhắc cho 1 người" in said
    box.refused.clear()
    ask(officer, "mail")
    assert [len(box.to(f"xa{number}@example.vn")) for number in (1, 2)] == [1, 1]


@pytest.mark.parametrize("wrong", [{"full_name": "Lê\nBcc: moi@example.vn"}, {"email": "xa1@xãcaosơn.vn"}])
def test_a_name_or_address_that_no_mail_can_bear_is_named_and_stops_nobody_elses(officer, clerks, box, wrong):
    User.objects.filter(pk=clerks[0].pk).update(**wrong)
    said = text(ask(officer, "mail"))
    assert "không đi được" in said
    assert [recipient for recipient, _ in box.received] == ["xa2@example.vn"]


def test_a_server_that_is_down_is_said_plainly_and_the_next_try_sends(officer, clerks, settings):
    with mail_server() as gone:
        port = gone.port
    use(settings, Mailbox(port=port))
    answer = ask(officer, "mail")
    assert "Không kết nối được máy chủ thư (máy chủ không nhận kết nối). Chưa có thư nào được gửi" in text(answer)
    assert not Message.objects.exists()
    with mail_server() as box:
        use(settings, box)
        ask(officer, "mail")
        assert len(box.received) == 2


def test_a_mail_without_a_word_is_refused(officer, clerks, box):
    answer = sign_in(officer).post(f"{PAGE}?month=2023-03", {"action": "mail", "text": " "})
    assert answer.status_code == 422
    assert box.received == []


# The letter


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_the_letter_has_the_layout_of_a_cong_van(officer, communes):
    answer = ask(officer, "pdf")
    assert answer["Content-Type"] == "application/pdf"
    said = " ".join(pdf_text(answer.content).split())
    assert "UBND-NNPTNT" in said
    assert "V/v đôn đốc gửi báo cáo tháng 3/2023 về xây dựng nông thôn mới" in said
    assert "Kính gửi: - Ủy ban nhân dân xã Cao Sơn; - Ủy ban nhân dân xã Đức Sơn." in said
    assert "(qua Phòng Nông nghiệp và PTNT)./." in said
    assert "- Như trên; - Lưu: VT." in said
    assert "THÔNG BÁO" not in said


def test_number_and_day_stay_blank_until_they_are_given_and_the_draft_says_so(officer, communes):
    draft = " ".join(pdf_text(ask(officer, "pdf").content).split())
    assert "DỰ THẢO" in draft
    assert "ngày tháng 4 năm 2023" in draft
    numbered = " ".join(pdf_text(ask(officer, "pdf", number="9", dated="11/4/2023").content).split())
    assert "Số: 09/UBND-NNPTNT" in numbered
    assert "ngày 11 tháng 4 năm 2023" in numbered
    assert "DỰ THẢO" not in numbered


def test_what_the_officer_edits_is_what_is_printed(officer, communes):
    answer = ask(officer, "pdf", body="Câu thứ nhất.\nCâu thứ hai", signer="Hoàng Văn Ký", symbol="UBND-VP")
    said = " ".join(pdf_text(answer.content).split())
    assert "Câu thứ nhất. Câu thứ hai./." in said
    assert "Hoàng Văn Ký" in said
    assert "UBND-VP" in said


def test_the_word_file_says_the_same(officer, communes):
    word = Document(BytesIO(ask(officer, "docx").content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    head = next(cell for cell in cells if cell.startswith("Số:"))
    assert " ".join(head.split()).endswith("V/v đôn đốc gửi báo cáo tháng 3/2023 về xây dựng nông thôn mới")
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert "- Ủy ban nhân dân xã Đức Sơn." in texts
    assert any(line.endswith("(qua Phòng Nông nghiệp và PTNT)./.") for line in texts)


@pytest.mark.parametrize("query", ["?month=2023-03", "?month=2023-03&commune={}"], ids=["to all", "to one"])
def test_a_letter_of_the_province_names_the_districts_to_which_the_reports_go(province, communes, district, query):
    district.parent.name = "tỉnh Nghệ An"
    district.parent.save()
    said = " ".join(pdf_text(ask(province, "pdf", query=query.format(communes[0].code)).content).split())
    assert "TỈNH NGHỆ AN" in said
    assert "Ủy ban nhân dân xã Cao Sơn, huyện Anh Sơn" in said
    assert "UBND huyện Anh Sơn chưa nhận được báo cáo" in said
    assert "gửi báo cáo về UBND huyện Anh Sơn (qua Phòng Nông nghiệp và PTNT)./." in said


def test_a_wrong_number_or_day_is_refused_at_its_field(officer, communes):
    answer = ask(officer, "pdf", number="0", dated="40/4/2023")
    assert answer.status_code == 422
    assert set(answer.context["letter"].errors) == {"number", "dated"}
