"""What a notice prints."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.enums import Status
from criteria.models import Assessment
from criteria.services import change_assessment
from ntm_tracker.lib import clock
from ntm_tracker.lib.official import OfficialDocument
from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.word import render_docx
from tasks.composing.checking import findings_of
from tasks.documents import notice_document, notice_file_stem
from tasks.enums import PointKind, SectionKind
from tests import factories
from tests.tasks.conftest import docx_words, pdf_words, seed_words

pytestmark = pytest.mark.django_db


def lines(notice):
    """The printed lines of the body."""
    return [line.text for line in notice_document(notice).printed]


class TestTheNoticeOfAnhSon:
    def test_its_pdf_says_what_the_signed_notice_says_word_for_word(self, anh_son_notice):
        assert pdf_words(render_pdf(notice_document(anh_son_notice))) == seed_words()

    def test_its_word_file_says_what_the_signed_notice_says_word_for_word(self, anh_son_notice):
        assert docx_words(render_docx(notice_document(anh_son_notice))) == seed_words()

    def test_its_figures_are_those_of_the_findings_on_the_day_of_the_session(self, anh_son_notice):
        finding = Assessment.objects.filter(commune=anh_son_notice.commune, status=Status.NOT_MET).first()
        change_assessment(
            commune=finding.commune,
            sub_item=finding.sub_item,
            status=Status.MET,
            by=None,
            expected_version=finding.version,
            at=finding.changed_at.replace(day=6),
        )

        assert any("12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%)" in line for line in lines(anh_son_notice))

    def test_the_same_notice_gives_the_same_bytes_twice(self, anh_son_notice):
        assert render_pdf(notice_document(anh_son_notice)) == render_pdf(notice_document(anh_son_notice))
        assert render_docx(notice_document(anh_son_notice)) == render_docx(notice_document(anh_son_notice))

    def test_its_files_are_named_after_commune_and_day(self, anh_son_notice):
        assert notice_file_stem(anh_son_notice) == "Thông báo kết luận - xã Cao Sơn - 05-4-2023"


class TestNumberAndDay:
    def test_of_a_draft_are_blanks(self):
        document = notice_document(factories.make_notice(authority=factories.make_letterhead().authority))
        assert document.number_line == "Số:        /TB-UBND"
        assert document.date_line == "Anh Sơn, ngày      tháng 4 năm 2023"

    def test_below_ten_bear_a_zero(self):
        draft = notice_document(factories.make_notice(authority=factories.make_letterhead().authority))
        document = replace(draft, number=5, dated=date(2023, 4, 7))
        assert document.number_line == "Số: 05/TB-UBND"
        assert document.date_line == "Anh Sơn, ngày 07 tháng 4 năm 2023"


class TestPoints:
    def test_are_marked_by_their_kind(self):
        section = factories.make_section(heading="Kết quả")
        for kind in (PointKind.PARAGRAPH, PointKind.NUMBERED, PointKind.HEADING, PointKind.DASH):
            factories.make_point(section=section, kind=kind, text=f"Điểm {kind.value}")
        assert lines(section.notice) == [
            "I. KẾT QUẢ",
            "Điểm paragraph",
            "1. Điểm numbered",
            "2. Điểm heading",
            "- Điểm dash./.",
        ]

    def test_of_each_section_are_numbered_from_one(self):
        notice = factories.make_notice()
        for heading in ("Kết quả", "Tồn tại"):
            section = factories.make_section(notice=notice, heading=heading)
            factories.make_point(section=section, kind=PointKind.NUMBERED, text="Một")
            factories.make_point(section=section, kind=PointKind.NUMBERED, text="Hai.")
        assert lines(notice) == ["I. KẾT QUẢ", "1. Một", "2. Hai.", "II. TỒN TẠI", "1. Một", "2. Hai./."]

    def test_with_a_proposal_print_it_and_each_line_of_its_reply(self):
        proposal = factories.make_proposal(text="Đề nghị hỗ trợ kinh phí.")
        factories.make_reply(proposal=proposal, text="Ghi nhận.\nGiao Phòng Nội vụ.")
        notice = factories.make_notice(commune=proposal.commune)
        factories.make_point(section=factories.make_section(notice=notice, heading="Kiến nghị"), proposal=proposal)
        assert lines(notice) == [
            "I. KIẾN NGHỊ",
            "1. Đề nghị hỗ trợ kinh phí.",
            "Trả lời: Ghi nhận.",
            "Giao Phòng Nội vụ./.",
        ]

    def test_without_a_reply_yet_print_the_proposal_alone(self):
        proposal = factories.make_proposal(text="Đề nghị hỗ trợ.")
        notice = factories.make_notice(commune=proposal.commune)
        factories.make_point(section=factories.make_section(notice=notice, heading="Kiến nghị"), proposal=proposal)
        assert lines(notice) == ["I. KIẾN NGHỊ", "1. Đề nghị hỗ trợ./."]

    def test_of_a_commune_that_meets_nothing_state_zero(self):
        found_on = clock.start_of(factories.SESSION_DAY)
        commune = factories.make_assessment(status=Status.NOT_MET, changed_at=found_on).commune
        notice = factories.make_notice(commune=commune)
        factories.make_point(notice=notice, text="Đến nay xã đạt [[tiến độ]].")
        assert "đạt 0/" in lines(notice)[-1]

    def test_of_a_commune_that_nobody_has_assessed_leave_blanks_that_proofreading_finds(self):
        factories.make_criteria_set()
        notice = factories.make_notice()
        point = factories.make_point(notice=notice, text="Đến nay xã đạt [[tiến độ]].")
        assert lines(notice)[-1] == "- Đến nay xã đạt …/… tiêu chí, …/… nội dung./."
        found = findings_of(notice, list(notice.sections.all()), [])
        assert f"p{point.pk}" in [row.anchor for row in found if row.rule == "empty"]


class TestSections:
    def test_opening_and_closing_have_no_heading(self):
        notice = factories.make_notice()
        for kind in (SectionKind.OPENING, SectionKind.RESULTS, SectionKind.CLOSING):
            section = factories.make_section(notice=notice, kind=kind, heading="Đầu đề")
            factories.make_point(section=section, kind=PointKind.PARAGRAPH, text=kind.label)
        assert lines(notice) == ["Mở đầu", "I. ĐẦU ĐỀ", "Kết quả", "Kết luận./."]

    def test_without_points_still_print(self):
        notice = factories.make_notice()
        factories.make_section(notice=notice, heading="")
        factories.make_point(section=factories.make_section(notice=notice, heading="Tồn tại"), text="Còn chậm")
        assert lines(notice) == ["I. NHIỆM VỤ", "II. TỒN TẠI", "- Còn chậm./."]
        assert pdf_words(render_pdf(notice_document(notice)))

    def test_stand_in_their_order_not_in_that_of_entry(self):
        notice = factories.make_notice()
        second = factories.make_section(notice=notice, position=2, heading="Sau")
        factories.make_section(notice=notice, position=1, heading="Trước")
        factories.make_point(section=second, position=2, text="Hai")
        factories.make_point(section=second, position=1, text="Một")
        assert lines(notice) == ["I. TRƯỚC", "II. SAU", "- Một", "- Hai./."]

    def test_none_at_all_still_make_a_document(self):
        assert pdf_words(render_pdf(notice_document(factories.make_notice())))


def test_an_authority_without_a_letterhead_is_named_in_the_draft():
    notice = factories.make_notice(authority=factories.make_authority(name="huyện Con Cuông"))
    assert notice_document(notice).letterhead.issuer_lines == ("ỦY BAN NHÂN DÂN", "HUYỆN CON CUÔNG")


def test_a_frozen_notice_prints_what_was_frozen():
    notice = factories.make_notice()
    frozen = replace(notice_document(notice), subject="Như đã ban hành").to_dict()
    notice.frozen = frozen
    assert notice_document(notice) == OfficialDocument.from_dict(frozen)
    assert notice_document(notice).subject == "Như đã ban hành"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_notice(rows):
    factories.make_criteria_set()
    notice = factories.make_notice()
    for _ in range(rows):
        section = factories.make_section(notice=notice)
        for _ in range(rows):
            factories.make_point(section=section, text="Đạt [[tiến độ]]")
            proposal = factories.make_proposal(commune=notice.commune)
            factories.make_reply(proposal=proposal)
            factories.make_point(section=section, proposal=proposal)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        notice_document(notice)
    assert len(queries) == 7
