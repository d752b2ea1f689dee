"""What proof-reading finds in the notice of 05/4/2023, and that it leaves a clean text in peace."""

import re

import pytest

from tasks.composing.checking import findings_of
from tasks.composing.selectors import sections_of
from tasks.models import NoticePoint
from tasks.proofreading import Facts, Passage, proofread

CAO_SON = Facts(
    criteria_met=12,
    criteria_total=19,
    sub_items_met=42,
    sub_items_total=57,
    set_period=(2021, 2025),
    other_communes=("xã Khai Sơn",),
)
FILED = Passage("recipients", "Nơi nhận", "recipient", "Lưu: VT")


def read(text: str, kind: str = "paragraph", facts: Facts = CAO_SON, **more) -> list[tuple[str, str]]:
    """Rule and words of each finding in one text."""
    passages = [Passage("p1", "Mục I", kind, text, **more), FILED]
    return [(finding.rule, finding.quote) for finding in proofread(passages, facts)]


@pytest.mark.django_db
class TestTheNoticeOfAnhSon:
    """Each slip of the notice as it was issued, by rule, words and place."""

    SLIPS = [
        ("dash", "Độc lập – Tự do – Hạnh phúc", "Tiêu ngữ"),
        ("abbreviation", "trình MTG", "Trích yếu"),
        ("period-spelling", "2021-2025", "Mục I.3"),
        ("period-spelling", "2021- 2025", "Mục III"),
        ("people", "nhân dân", "Mục I"),
        ("zero", "2 tầng", "Mục I.2"),
        ("comma", "chưa thường xuyên,", "Mục II.1"),
        ("hyphen", "2021- 2025", "Mục III"),
        ("dots", "nghèo….", "Mục III"),
        ("dots", "chuẩn ….;", "Mục III.2"),
        ("quotes", '"Toàn dân bảo vệ an ninh Tổ quốc gắn với', "Mục III.2"),
        ("doubled", "NGHỊ NGHỊ", "Mục IV"),
        ("office", "phòng Tài chính", "Mục IV.2, trả lời"),
        ("dash", "chính – KH", "Mục IV.2, trả lời"),
        ("name", "chính – KH", "Mục IV.2, trả lời"),
        ("capital", "Nông thôn mới", "Mục IV.3"),
        ("period", "quy hoạch xây dựng Nông thôn mới giai đoạn 2021 - 2030", "Mục IV.3"),
        ("sign", "(bc)", "Nơi nhận"),
    ]

    def test_each_of_its_slips_is_found_where_it_stands_and_nothing_else(self, anh_son_notice):
        recipients = [row.text for row in anh_son_notice.recipients.order_by("position")]
        found = findings_of(anh_son_notice, sections_of(anh_son_notice), recipients)
        where = {(row.rule, row.quote): row.place for row in found}
        assert set(where) == {(rule, quote) for rule, quote, _ in self.SLIPS}
        assert where["dots", "chuẩn ….;"] == "Mục III.2, ý 2"
        assert [rule for rule, quote, place in self.SLIPS if not where[rule, quote].startswith(place)] == []
        assert all(row.anchor and row.what and row.remedy for row in found)

    def test_the_same_notice_put_right_is_left_in_peace(self, anh_son_notice):
        put_right(anh_son_notice)
        recipients = [row.text for row in anh_son_notice.recipients.order_by("position")]
        assert findings_of(anh_son_notice, sections_of(anh_son_notice), recipients) == []


REPAIRS = (
    (r"(20\d\d)\s*-\s*(20\d\d)", r"\1-\2"),
    (r"2021-2030", "2021-2025"),
    (r"(?<!Ủy ban )nhân dân", "Nhân dân"),
    (r"\b2 tầng", "02 tầng"),
    (r"xuyên,$", "xuyên."),
    (r" ?…\.;", ";"),
    (r"…\.", "…"),
    (r'"([^"]+)"', r"“\1”"),
    (r"NGHỊ NGHỊ", "NGHỊ,"),
    (r"phòng Tài chính – KH", "Phòng Tài chính-KH"),
    (r"Nông thôn mới", "nông thôn mới"),
    (r"\(bc\)", "(b/c)"),
    (r"MTG", "MTQG"),
    ("–", "-"),
)


def repaired(text: str) -> str:
    for wrong, right in REPAIRS:
        text = re.sub(wrong, right, text)
    return text


def put_right(notice) -> None:
    notice.motto, notice.subject = repaired(notice.motto), repaired(notice.subject)
    notice.save()
    for section in notice.sections.all():
        section.heading = repaired(section.heading)
        section.save()
    for point in NoticePoint.objects.filter(section__notice=notice).select_related("proposal__reply"):
        if point.proposal is None:
            point.text = repaired(point.text)
            point.save()
            continue
        for row in (point.proposal, point.proposal.reply):
            row.text = repaired(row.text)
            row.save()
    for recipient in notice.recipients.all():
        recipient.text = repaired(recipient.text)
        recipient.save()


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Xã đã đã hoàn thành.", ("doubled", "đã đã")),
        ("Đạt 12/18 tiêu chí.", ("figures", "12/18 tiêu chí")),
        ("Đạt 41/57 nội dung.", ("figures", "41/57 nội dung")),
        ("Đạt 12/19 tiêu chí (đạt 63,1%).", ("share", "63,1%")),
        ("Xã còn 14 nội dung chưa đạt.", ("figures", "còn 14 nội dung chưa đạt")),
        ("Theo Bộ tiêu chí xã nông thôn mới giai đoạn 2016-2020.", None),
        ("Xây dựng 3 nhà văn hóa.", ("zero", "3 nhà")),
        ("Họp ngày 5/4/2023.", ("day", "5/4/2023")),
        ("Họp ngày 05/04/2023.", ("day", "05/04/2023")),
        ("Họp ngày 05/1/2023.", ("day", "05/1/2023")),
        ("Họp ngày 31/02/2023.", ("day", "31/02/2023")),
        ("Họp ngày 5 tháng 4 năm 2023.", ("day", "ngày 5 tháng 4 năm 2023")),
        ("Báo cáo số 5/BC-UBND ngày 05/4/2023.", ("number", "số 5/BC-UBND")),
        ("Báo cáo số 21/ BC-UBND ngày 05/4/2023.", ("sign-blank", "21/ BC-UBND")),
        ("Đạt tỷ lệ 63.2%.", ("decimal", "63.2%")),
        ("Theo Khoản 2 Điều 5.", ("clause", "Khoản 2")),
        ("Xã Khai Sơn phải rà soát.", ("commune", "xã Khai Sơn")),
        ("Giao việc./.", ("end-mark", "./.")),
        ("…", ("empty", "")),
        ("Đạt [[tiến dộ]].", ("token", "")),
    ],
)
def test_a_slip_in_a_single_text_is_named(text, finding):
    found = read(text)
    expected = finding or ("set-period", "Bộ tiêu chí xã nông thôn mới giai đoạn 2016-2020")
    assert expected in found


@pytest.mark.parametrize(
    "text",
    [
        "Luôn luôn giữ cho thôn xóm xanh, sạch, đẹp.",
        "Từ Thôn 8 xã Cao Sơn đến Thôn 1, tiêu chí số 9 và nội dung 18.1.",
        "Đạt 12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%).",
        "Xây dựng 28.500m đường, 04 sân thể thao trong 03 tháng đầu năm 2023.",
        "Báo cáo số 21/BC-UBND ngày 03/4/2023, khoản 2 Điều 5, ngày 05 tháng 01 năm 2023.",
        "Còn 15 nội dung chưa đạt của xã.",
        "Tỷ lệ trẻ em dưới 5 tuổi bị suy dinh dưỡng thể thấp còi.",
    ],
)
def test_a_clean_text_is_left_in_peace(text):
    assert read(text) == []


def test_work_without_a_unit_and_work_that_nobody_would_follow_are_told_apart():
    assert read("Rà soát quy hoạch;", "dash", is_work=True) == [("no-unit", "")]
    assert read("Rà soát quy hoạch;", "dash", is_work=True, is_addressed=True) == [("no-task", "")]
    assert read("Rà soát quy hoạch;", "dash", is_work=True, has_task=True) == []


def test_a_reply_that_nobody_would_follow_is_named():
    open_reply = {"is_work": True, "is_addressed": True}
    assert read("Giao Phòng Nội vụ tham mưu.", "reply", **open_reply) == [("no-task", "")]
    assert read("Giao Phòng Nội vụ tham mưu.", "reply", **open_reply, has_task=True) == []
    assert read("Đã có Công văn trả lời.", "reply") == []


def test_a_proposal_without_a_reply_is_named():
    assert read("Đề nghị hỗ trợ kinh phí.", "proposal", lacks_reply=True) == [("reply", "")]


@pytest.mark.parametrize("lines", [[], ["TT Huyện ủy (b/c)"], ["Lưu: VT", "TT Huyện ủy (b/c)"]])
def test_a_missing_or_misplaced_filing_line_is_named(lines):
    passages = [Passage("recipients", "Nơi nhận", "recipient", line) for line in lines]
    assert [row.rule for row in proofread(passages, CAO_SON)] == ["filing"]


def test_a_signer_with_an_honour_is_named():
    assert read("ThS. Hoàng Đình Sơn", "signer") == [("honour", "ThS.")]


def test_two_counts_of_the_same_thing_contradict_each_other():
    passages = [
        Passage("p1", "Mục I", "paragraph", "Đạt 12/19 tiêu chí."),
        Passage("p2", "Mục II", "paragraph", "Đạt 13/19 tiêu chí."),
        FILED,
    ]
    rules = [row.rule for row in proofread(passages, Facts())]
    assert rules == ["counts"]
