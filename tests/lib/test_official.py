"""What an official document says, before it is set."""

import json
import unicodedata
from datetime import date

import pytest

from ntm_tracker.lib.official import (
    Clause,
    Column,
    Dash,
    Heading,
    Letterhead,
    OfficialDocument,
    Paragraph,
    Point,
    Signature,
    Table,
    answers,
    date_line,
    end_marked,
    number_line,
    paragraphs,
    roman,
    section,
)
from tests.lib.documents import BODY, notice, results_table


def printed_texts(document: OfficialDocument) -> list[str]:
    return [line.text for line in document.printed if not isinstance(line, Table)]


@pytest.mark.parametrize(
    ("number", "symbol", "line"),
    [
        (1, "TB-UBND", "Số: 01/TB-UBND"),
        (9, "TB-UBND", "Số: 09/TB-UBND"),
        (10, "TB-UBND", "Số: 10/TB-UBND"),
        (128, "BC-UBND", "Số: 128/BC-UBND"),
        (None, "TB-UBND", "Số:        /TB-UBND"),
    ],
)
def test_numbers_below_ten_take_a_zero_and_a_draft_leaves_room(number, symbol, line):
    assert number_line(number, symbol) == line


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_below_one_is_refused(number):
    with pytest.raises(ValueError, match="start with 1"):
        number_line(number, "TB-UBND")


@pytest.mark.parametrize(
    ("dated", "line"),
    [
        (date(2023, 4, 5), "Anh Sơn, ngày 05 tháng 4 năm 2023"),
        (date(2020, 1, 5), "Anh Sơn, ngày 05 tháng 01 năm 2020"),
        (date(2024, 2, 29), "Anh Sơn, ngày 29 tháng 02 năm 2024"),
        (date(2023, 3, 9), "Anh Sơn, ngày 09 tháng 3 năm 2023"),
        (date(2019, 6, 29), "Anh Sơn, ngày 29 tháng 6 năm 2019"),
        (date(2023, 10, 10), "Anh Sơn, ngày 10 tháng 10 năm 2023"),
        (date(2023, 12, 31), "Anh Sơn, ngày 31 tháng 12 năm 2023"),
        (None, "Anh Sơn, ngày      tháng 4 năm 2023"),
    ],
)
def test_days_below_ten_and_the_first_two_months_take_a_zero(dated, line):
    assert date_line("Anh Sơn", dated, date(2023, 4, 1)) == line


@pytest.mark.parametrize(
    ("number", "numeral"), [(1, "I"), (3, "III"), (4, "IV"), (5, "V"), (9, "IX"), (14, "XIV"), (20, "XX"), (29, "XXIX")]
)
def test_sections_take_roman_numerals(number, numeral):
    assert roman(number) == numeral


def test_markers_follow_from_the_place_and_start_again_in_each_section():
    assert printed_texts(notice()) == [
        "Chiều ngày 05/4/2023, đồng chí Hoàng Quyền tổ chức phiên làm việc với xã Cao Sơn.",
        "I. MỘT SỐ KẾT QUẢ NỔI BẬT",
        "Trong thời gian qua xã Cao Sơn đã có sự cố gắng rất lớn:",
        "1. Xã đã kịp thời kiện toàn Ban Chỉ đạo.",
        "2. Đến nay xã đạt 12/19 tiêu chí (đạt 63,2%).",
        "II. NHIỆM VỤ THỜI GIAN TỚI",
        "- Rà soát quy hoạch;",
        "1. Đối với các phòng, đơn vị cấp huyện:",
        "- Phải nắm rõ các nội dung tiêu chí xã nông thôn mới của phòng, ngành phụ trách;",
        "2. Nhiệm vụ của Đảng ủy, UBND xã Cao Sơn:",
        "- Báo cáo trước ngày 15 hằng tháng.",
        "III. VỀ CÁC Ý KIẾN, KIẾN NGHỊ",
        "1. Đề nghị hỗ trợ kinh phí.",
        "Trả lời: Giao Phòng Tài chính.",
        "Xã lập dự toán.",
        "2. Đề nghị đào tạo.",
        "Ủy ban nhân dân huyện thông báo để các đơn vị biết, thực hiện./.",
    ]


def test_a_titled_clause_is_one_level_below_what_stands_above_it():
    below_section = notice(body=(Heading("Nhiệm vụ"), Clause("Đối với xã:"), Dash("Rà soát."))).printed
    without_section = notice(body=(Clause("Đối với xã:"), Dash("Rà soát."))).printed

    assert [line.level for line in below_section] == [2, 3, 0]
    assert [line.level for line in without_section] == [2, 0]


def test_an_empty_section_keeps_its_heading_and_takes_no_end_mark():
    document = notice(body=(*section("Khó khăn"), *section("Kiến nghị")))

    assert printed_texts(document) == ["I. KHÓ KHĂN", "II. KIẾN NGHỊ"]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("thực hiện.", "thực hiện./."),
        ("thực hiện", "thực hiện./."),
        ("thực hiện;", "thực hiện./."),
        ("thực hiện./.", "thực hiện./."),
        ("đạt chuẩn…", "đạt chuẩn…./."),
    ],
)
def test_the_body_ends_with_one_end_mark(text, marked):
    assert end_marked(text) == marked


def test_recipients_end_with_semicolons_and_the_last_with_a_full_stop():
    assert notice().recipient_lines == ("- TT Huyện ủy (b/c);", "- Đảng ủy, UBND xã Cao Sơn;", "- Lưu: VT.")
    assert notice(recipients=()).recipient_lines == ()


def test_one_addressee_stands_in_the_line_and_several_below_it():
    assert notice().addressee_lines == ()
    assert notice(addressees=("UBND huyện Anh Sơn",)).addressee_lines == ("Kính gửi: UBND huyện Anh Sơn",)
    assert notice(addressees=("UBND huyện", "Phòng Nội vụ")).addressee_lines == (
        "Kính gửi:",
        "- UBND huyện;",
        "- Phòng Nội vụ.",
    )


def test_bodies_kinds_and_sections_are_printed_in_capitals():
    letterhead = Letterhead(("Ủy ban nhân dân", "xã Cao Sơn"), "Cao Sơn", superior="Ủy ban nhân dân huyện Anh Sơn")

    assert letterhead.issuer_lines == ("ỦY BAN NHÂN DÂN", "XÃ CAO SƠN")
    assert letterhead.superior_line == "ỦY BAN NHÂN DÂN HUYỆN ANH SƠN"
    assert notice(kind="Báo cáo").kind_line == "BÁO CÁO"


def test_the_motto_has_hyphens_and_not_dashes():
    assert notice().letterhead.motto == "Độc lập - Tự do - Hạnh phúc"


def test_texts_are_composed_and_hold_no_invisible_signs():
    decomposed = unicodedata.normalize("NFD", "Đường  xã\u200b\t\x07\u202eđạt\r\n chuẩn")

    assert Point(decomposed).text == "Đường xã đạt chuẩn"
    assert Column(decomposed).title == "Đường xã đạt chuẩn"
    assert notice(recipients=(decomposed,)).recipient_lines == ("- Đường xã đạt chuẩn.",)


def test_each_line_of_a_note_becomes_a_paragraph():
    assert paragraphs("Một.\n\n  \r\nHai. \x00\n\x00") == (Paragraph("Một."), Paragraph("Hai."))


def test_a_proposal_without_an_answer_stands_alone():
    assert answers([("Đề nghị.", " \n")]) == (Point("Đề nghị."),)


def test_a_row_that_does_not_fit_the_columns_is_refused():
    with pytest.raises(ValueError, match="row of 2 texts does not fit 3 columns"):
        Table((Column("a"), Column("b"), Column("c")), (("1", "2"),))


def test_widths_of_columns_are_shares_of_the_whole():
    assert [width for _, width in results_table().head] == ["16.67%", "66.67%", "16.67%"]


def test_the_subject_is_set_in_lines_of_about_the_same_length():
    lines = notice().subject_lines

    assert " ".join(lines) == notice().subject
    assert min(map(len, lines)) > 0.7 * max(map(len, lines))


def test_no_line_of_the_subject_ends_within_the_name_of_the_programme():
    subject = "Tình hình thực hiện bộ tiêu chí xã nông thôn mới tháng 4/2023, huyện Anh Sơn"
    lines = notice(subject=subject).subject_lines
    assert lines == ("Tình hình thực hiện bộ tiêu chí xã", "nông thôn mới tháng 4/2023, huyện Anh Sơn")
    assert " ".join(lines) == subject


def test_without_a_name_there_is_a_line_to_write_it_on():
    assert Signature(("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "Lê Văn An").name_line == "Lê Văn An"
    assert set(Signature(("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "").name_line) == {"…"}


def test_an_issued_document_survives_json_word_for_word():
    document = notice(body=(*BODY, results_table()), addressees=("UBND huyện",))

    assert OfficialDocument.from_dict(json.loads(json.dumps(document.to_dict()))) == document


def test_a_draft_survives_json():
    draft = notice(number=None, dated=None)

    assert OfficialDocument.from_dict(json.loads(json.dumps(draft.to_dict()))) == draft


def test_a_stored_document_of_another_version_is_refused():
    with pytest.raises(ValueError, match="Unknown version of a stored document: 99"):
        OfficialDocument.from_dict({**notice().to_dict(), "version": 99})


def test_the_title_names_kind_number_and_subject():
    assert notice(subject="Kết luận").title == "THÔNG BÁO số 05/TB-UBND: Kết luận"
    assert notice(subject="Kết luận", number=None).title == "THÔNG BÁO: Kết luận"
