"""The report as an official document: what it says, what it leaves open, and that all forms say the same."""

from datetime import date
from io import BytesIO
from unittest.mock import patch

import pytest
from docx import Document
from pypdf import PdfReader

from criteria.enums import ReportFileKind, Status
from criteria.models import ReportFile
from criteria.reports.document import DRAFT_MARK, progress_in, report_document, report_file_stem
from criteria.reports.snapshot import DocumentHead, Frozen, canonical, frozen_now
from ntm_tracker.lib.official import Table
from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.word import render_docx
from tests.criteria.reports.desk import MORNING, Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings, tmp_path) -> Desk:
    settings.MEDIA_ROOT = tmp_path
    return make_desk(
        shortcomings="Chợ chưa xây xong.", next_work="Hoàn thành chợ.\nRà soát hộ nghèo.", proposals="Hỗ trợ xi măng."
    )


@pytest.fixture
def frozen(desk) -> Frozen:
    head = DocumentHead(21, MORNING.date(), ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "Lê Văn An")
    return frozen_now(desk.fresh(), by=desk.clerk, at=MORNING, head=head)


def words(document) -> str:
    return " ".join(getattr(block, "text", "") for block in document.printed)


def test_it_bears_the_communes_head_number_day_and_place(frozen):
    document = report_document(frozen)
    assert document.letterhead.issuer_lines == ("ỦY BAN NHÂN DÂN", "XÃ CAO SƠN")
    assert document.number_line == "Số: 21/BC-UBND"
    assert document.date_line == "Cao Sơn, ngày 14 tháng 4 năm 2023"
    assert document.kind_line == "BÁO CÁO"
    assert document.subject == "Kết quả thực hiện xây dựng nông thôn mới tháng 4 năm 2023"


def test_it_is_addressed_to_the_district_through_the_department_that_gathers(frozen, desk):
    (line,) = report_document(frozen).addressee_lines
    assert line == (
        f"Kính gửi: Ủy ban nhân dân {desk.commune.authority} (qua Phòng Nông nghiệp và Phát triển nông thôn)"
    )


def test_it_names_the_period_and_counts_what_the_commune_says(frozen):
    text = words(report_document(frozen))
    assert "từ ngày 15/3/2023 đến ngày 14/4/2023" in text
    assert progress_in(frozen).phrase in text
    assert "1/2 tiêu chí" in text
    assert "3/4 nội dung" in text


def test_sent_before_its_period_has_ended_it_speaks_of_its_own_day(desk):
    def said(day: int) -> str:
        return words(report_document(frozen_now(desk.fresh(), head=DocumentHead(dated=date(2023, 4, day)))))

    assert "Đến ngày 10/4/2023, xã Cao Sơn tự đánh giá đạt" in said(10)
    assert "Đến ngày 14/4/2023, xã Cao Sơn tự đánh giá đạt" in said(17)


def test_the_narrative_parts_come_in_order_and_empty_ones_are_left_out(frozen, desk):
    headings = [block.text for block in report_document(frozen).printed if getattr(block, "level", 0) == 2]
    assert headings == [
        "I. KẾT QUẢ THỰC HIỆN",
        "II. TỒN TẠI, HẠN CHẾ",
        "III. NHIỆM VỤ THÁNG TỚI",
        "IV. KIẾN NGHỊ, ĐỀ XUẤT",
        "V. KẾT QUẢ TỰ ĐÁNH GIÁ TỪNG NỘI DUNG",
    ]
    type(desk.report).objects.update(shortcomings=" ", proposals="")
    fewer = report_document(frozen_now(desk.fresh()))
    assert [block.text for block in fewer.printed if getattr(block, "level", 0) == 2][1:] == [
        "II. NHIỆM VỤ THÁNG TỚI",
        "III. KẾT QUẢ TỰ ĐÁNH GIÁ TỪNG NỘI DUNG",
    ]


def test_the_table_holds_every_sub_item_under_its_criterion(frozen):
    (table,) = [block for block in report_document(frozen).printed if isinstance(block, Table)]
    assert [row[0] for row in table.rows] == [
        "Tiêu chí 1. Tiêu chí số 1: đạt 2/2 nội dung",
        "1.1",
        "1.2",
        "Tiêu chí 2. Tiêu chí số 2: đạt 1/2 nội dung",
        "2.1",
        "2.2",
    ]
    assert [row[3:] for row in table.rows if row[0] in ("2.1", "2.2")] == [
        ("72,5%", "Đạt"),
        ("Chợ chưa xây xong", "Chưa đạt"),
    ]


def test_it_writes_the_codes_of_the_decision(desk):
    type(desk.sub_items[2]).objects.filter(pk=desk.sub_items[2].pk).update(official_code="2")
    table = next(block for block in report_document(frozen_now(desk.fresh())).printed if isinstance(block, Table))
    assert [row[0] for row in table.rows if len(row) > 1] == ["1.1", "1.2", "2", "2.2"]


def test_the_text_ends_with_the_end_mark(frozen):
    assert report_document(frozen).printed[-1].text.endswith("của Ủy ban nhân dân xã Cao Sơn./.")


def test_what_is_unknown_leaves_its_room(desk):
    document = report_document(frozen_now(desk.fresh()))
    assert document.number_line == "Số:        /BC-UBND"
    assert document.signature.name == ""
    assert document.signature.authority_lines == ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")


def test_a_draft_says_so_and_a_sent_version_does_not(frozen):
    assert report_document(frozen, is_draft=True).mark == DRAFT_MARK
    assert report_document(frozen).mark == ""


def test_preview_pdf_and_word_say_the_same(frozen):
    document = report_document(frozen, is_draft=True)
    pdf = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(render_pdf(document))).pages).split())
    word = Document(BytesIO(render_docx(document)))
    heads = [paragraph.text for paragraph in word.sections[0].first_page_header.paragraphs]
    for text in ("XÃ CAO SƠN", "Số: 21/BC-UBND", "72,5%", "Chợ chưa xây xong", "Lê Văn An", DRAFT_MARK):
        assert text in pdf
    everything = "\n".join([*heads, *(node.text or "" for node in word.element.body.iter() if node.tag.endswith("}t"))])
    for text in ("XÃ CAO SƠN", "Số: 21/BC-UBND", "72,5%", "Chợ chưa xây xong", "Lê Văn An", DRAFT_MARK):
        assert text in everything


def test_the_frozen_pdf_is_that_of_the_sent_version_for_ever(desk):
    receipt = desk.submit()
    record = ReportFile.objects.get(kind=ReportFileKind.SENT_PDF)
    with record.file.open() as stored:
        kept = stored.read()
    desk.commune.name = "Yên Xuân"
    desk.commune.save()
    again = render_pdf(report_document(Frozen(receipt.event.snapshot)))
    assert again == kept
    assert record.original_name == "Báo cáo tháng 4-2023 - xã Cao Sơn.pdf"


@pytest.mark.parametrize("error", [OSError("cannot load library 'pango'"), ImportError("weasyprint")])
def test_without_pango_it_is_sent_without_a_file(desk, error):
    with patch("criteria.reports.document.render_pdf", side_effect=error):
        receipt = desk.submit()
    assert (receipt.is_new, receipt.has_pdf) == (True, False)


def test_the_same_report_gives_the_same_bytes_whatever_the_database_returns(desk):
    desk.say("2.1", value="72.500")
    one = frozen_now(desk.fresh())
    desk.say("2.1", value="72.5")
    assert canonical(frozen_now(desk.fresh()).values) == canonical(one.values)


def test_parts_of_a_sub_item_are_measured_and_required_by_name(desk):
    part = desk.sub_items[2].parts.create(code="nam", name="nam", position=1)
    desk.say("2.1", value=None, part_values={part.code: "70.5"})
    line = frozen_now(desk.fresh()).line_by_code["2.1"]
    assert line.measured == "nam: 70,5%"
    assert line.required == "nam: chưa biết mức quy định"


def test_a_town_is_named_as_one(desk):
    type(desk.commune).objects.update(kind="thi_tran", name="Anh Sơn")
    frozen = frozen_now(desk.fresh())
    document = report_document(frozen)
    assert document.letterhead.issuer_lines[1] == "THỊ TRẤN ANH SƠN"
    assert "HĐND thị trấn" in document.recipient_lines[1]
    assert report_file_stem(frozen) == "Báo cáo tháng 4-2023 - thị trấn Anh Sơn"


def test_a_line_without_a_status_says_that_it_was_not_assessed(desk):
    desk.say("1.1", status="")
    desk.say("1.2", status=Status.NOT_APPLICABLE)
    lines = frozen_now(desk.fresh()).line_by_code
    assert (lines["1.1"].status_word, lines["1.2"].status_word) == ("Chưa đánh giá", "Không áp dụng")
