"""The text of a notice is read into its structure: the seed, and papers that other offices write."""

from datetime import date

import pytest

from tasks.enums import AttendeeSide, CitationRole, PointKind, ReplyKind, SectionKind
from tasks.old_notices.lines import Line, Part, read_lines
from tasks.old_notices.structure import Head, ReadAttendee, structure
from tests.tasks.conftest import SEED

SEED_TEXT = SEED.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def seed():
    return structure(read_lines(SEED_TEXT))


def parts(text: str) -> list[tuple[Part, str]]:
    return [(line.part, line.text) for line in read_lines(text)]


class TestTheSeed:
    def test_gives_session_chair_and_signer(self, seed):
        post = "Phó Bí thư Huyện ủy - Chủ tịch UBND huyện - Trưởng Ban Chỉ đạo các Chương trình mục tiêu quốc gia huyện"
        assert seed.head == Head(
            motto="Độc lập – Tự do – Hạnh phúc",
            number=None,
            symbol="TB-UBND",
            dated=None,
            subject=(
                "Kết luận của đồng chí Hoàng Quyền, Phó BT Huyện ủy - Chủ tịch UBND huyện - Trưởng Ban Chỉ đạo các "
                "Chương trình MTG huyện tại phiên làm việc với xã Cao Sơn về xây dựng xã nông thôn mới"
            ),
            session_on=date(2023, 4, 5),
            session_time="chiều",
            commune="xã Cao Sơn",
            chair_name="Hoàng Quyền",
            chair_post=post,
            authority_lines="TL. CHỦ TỊCH\nCHÁNH VĂN PHÒNG",
            signer_name="Hoàng Đình Sơn",
        )

    def test_gives_its_sections_and_their_points(self, seed):
        assert [(section.kind, len(section.points)) for section in seed.sections] == [
            (SectionKind.OPENING, 3),
            (SectionKind.RESULTS, 4),
            (SectionKind.SHORTCOMINGS, 2),
            (SectionKind.TASKS, 16),
            (SectionKind.PROPOSALS, 5),
            (SectionKind.CLOSING, 1),
        ]

    def test_gives_the_five_proposals_with_the_kinds_of_their_replies(self, seed):
        assert [proposal.reply_kind for proposal in seed.proposals] == [
            ReplyKind.ASSIGNED,
            ReplyKind.NOTED,
            ReplyKind.SETTLED,
            ReplyKind.COMMUNE_PLANS,
            ReplyKind.ASSIGNED,
        ]
        assert seed.proposals[2].reply.count("\n") == 1
        assert seed.proposals[4].sub_item_codes == ("18.1",)

    def test_gives_the_cited_documents_with_their_days_and_proposals(self, seed):
        assert [(c.role, c.sign, c.dated, c.proposal) for c in seed.citations] == [
            (CitationRole.BASIS, "21/BC-UBND", date(2023, 4, 3), None),
            (CitationRole.CITED, "29/TTr-UBND", date(2023, 3, 30), 1),
            (CitationRole.CITED, "561/UBND-KTHT", date(2023, 3, 30), 2),
        ]

    def test_gives_the_monthly_report_as_a_task_of_its_own(self, seed):
        monthly = [task for task in seed.tasks if task.monthly_day]
        assert [(task.monthly_day, task.supports) for task in monthly] == [(15, ("Phòng Nông nghiệp và PTNT",))]
        assert len(seed.tasks) == 19

    def test_reads_the_same_without_its_empty_lines_and_with_windows_line_ends(self, seed):
        dense = "\r\n".join(row for row in SEED_TEXT.splitlines() if row.strip())
        assert structure(read_lines(dense)) == seed

    def test_reads_the_same_as_word_pastes_it_one_line_a_paragraph(self, seed):
        """Pasted from Word nothing is broken; numbers and dashes stand in front as typed."""
        assert structure(read_lines(as_from_word(read_lines(SEED_TEXT)))) == seed


MARKS = {Part.DASH: "- ", Part.REPLY: "Trả lời: ", Part.RECIPIENT: "- "}


def as_from_word(lines: list[Line]) -> str:
    rows, roman, number, replied = [], 0, 0, False
    for line in lines:
        mark = MARKS.get(line.part, "")
        if line.part == Part.SECTION:
            roman, number = roman + 1, 0
            mark = f"{['I', 'II', 'III', 'IV'][roman - 1]}. "
        elif line.part in (Part.NUMBERED, Part.HEADING, Part.PROPOSAL):
            number += 1
            mark = f"{number}. "
        elif line.part == Part.REPLY and replied:
            mark = ""
        replied = line.part == Part.REPLY
        rows.append(f"{mark}{line.text}")
    return "\n".join(rows)


def test_columns_side_by_side_are_told_apart():
    text = (
        "ỦY BAN NHÂN DÂN                 CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"
        "Số: 12/TB-UBND              Anh Sơn, ngày 07 tháng 4 năm 2023\n"
        "THÔNG BÁO\nKết luận phiên làm việc với xã Đỉnh Sơn\n"
        "I. KẾT QUẢ\n1. Xã đã làm tốt.\n"
        "Nơi nhận:                  TL. CHỦ TỊCH\n"
        "- UBND xã Đỉnh Sơn;        CHÁNH VĂN PHÒNG\n"
        "- Lưu: VT.\n"
        "                           Hoàng Đình Sơn\n"
    )
    read = structure(read_lines(text))
    assert (read.head.number, read.head.symbol, read.head.dated) == (12, "TB-UBND", date(2023, 4, 7))
    assert read.head.commune == "xã Đỉnh Sơn"
    assert read.recipients == ("UBND xã Đỉnh Sơn", "Lưu: VT")
    assert (read.head.authority_lines, read.head.signer_name) == ("TL. CHỦ TỊCH\nCHÁNH VĂN PHÒNG", "Hoàng Đình Sơn")


def test_a_dash_between_years_at_the_start_of_a_broken_line_begins_no_point():
    broken = (
        "I. KẾT QUẢ\n"
        "Đến nay xã đã hoàn thiện được các nội dung theo Bộ tiêu chí của cả giai đoạn vừa qua, cụ thể\n"
        "như sau, trong đó nêu rõ từng việc đã làm, người làm, thời gian và kết quả cụ thể của mỗi việc:\n"
        "1. Thực hiện các đề án thực hiện Nghị quyết Đại hội Đảng bộ huyện lần thứ XXI nhiệm kỳ 2020\n"
        "– 2025, trong đó chú trọng tập trung phát triển các loại cây, con có thế mạnh của địa phương,\n"
        "xây dựng các mô hình phát triển sản xuất có hiệu quả kinh tế cao để tăng thu nhập cho dân và\n"
        "xã.\n"
    )
    assert [part for part, _ in parts(broken)] == [Part.SECTION, Part.PARAGRAPH, Part.NUMBERED]


def test_departments_named_with_other_signs_are_split_at_commas_but_not_in_brackets():
    text = (
        "Tham dự phiên làm việc có các đồng chí A (phụ trách cụm, xã), B thuộc các phòng, đơn vị: Y tế, Nội vụ; Bí thư."
    )
    read = structure([Line(Part.PARAGRAPH, text)])
    assert read.attendees == (
        ReadAttendee(AttendeeSide.AUTHORITY, "A (phụ trách cụm, xã)"),
        ReadAttendee(AttendeeSide.AUTHORITY, "B thuộc các phòng, đơn vị"),
        ReadAttendee(AttendeeSide.DEPARTMENT, "Y tế"),
        ReadAttendee(AttendeeSide.DEPARTMENT, "Nội vụ"),
        ReadAttendee(AttendeeSide.COMMUNE, "Bí thư"),
    )


def test_a_day_that_is_not_in_the_calendar_is_left_open():
    assert structure([Line(Part.SIGN, "Số: 5/TB-UBND Anh Sơn, ngày 31 tháng 4 năm 2023")]).head.dated is None


def test_a_reply_without_a_proposal_before_it_stays_a_paragraph():
    read = structure([Line(Part.SECTION, "KIẾN NGHỊ"), Line(Part.REPLY, "Giao phòng Nội vụ.")])
    assert read.sections[0].points[0].kind == PointKind.PARAGRAPH


@pytest.mark.parametrize("text", ["", "   \n\n", "Xin chào", "\x0c" * 40, "-\n" * 500, "I." * 3000, "Số: /\n" * 50])
def test_any_text_is_read_without_an_error(text):
    assert not structure(read_lines(text)).is_structured
