"""A new draft: what the data know stands in it, and nothing else."""

from datetime import date

import pytest

from communes.enums import AuthorityLevel
from criteria.enums import ReportStatus, Status
from ntm_tracker.lib import clock
from tasks.composing.drafting import draft_notice
from tasks.documents import notice_document
from tasks.enums import AttendeeSide, CitationRole, NoticeStatus, PointKind, SectionKind
from tasks.models import Notice
from tests import factories

pytestmark = pytest.mark.django_db

DAY = date(2023, 4, 12)


@pytest.fixture
def officer():
    return factories.make_user()


@pytest.fixture
def commune():
    authority = factories.make_letterhead().authority
    return factories.make_commune(authority=authority)


def lines(notice):
    return [line.text for line in notice_document(notice).printed]


def draft(commune, officer, **more):
    return draft_notice(commune=commune, session_on=DAY, session_time="chiều", by=officer, **more)


def test_chair_signer_and_recipients_are_those_of_the_last_notice_with_this_commune_in_place_of_that_one(
    commune, officer
):
    other = factories.make_commune(authority=commune.authority)
    before = factories.make_notice(
        commune=other,
        chair_name="Hoàng Quyền",
        chair_post="Chủ tịch UBND huyện",
        subject=f"Kết luận tại phiên làm việc với {other}",
        signer_name="Hoàng Đình Sơn",
    )
    before.recipients.create(position=1, text=f"Đảng ủy, UBND {other}")
    before.recipients.create(position=2, text="Lưu: VT")
    before.attendees.create(position=1, side=AttendeeSide.COMMUNE, text=f"Chủ tịch UBND {other}")
    notice = draft(commune, officer)
    assert (notice.chair_name, notice.signer_name) == ("Hoàng Quyền", "Hoàng Đình Sơn")
    assert notice.subject == f"Kết luận tại phiên làm việc với {commune}"
    assert [row.text for row in notice.recipients.order_by("position")] == [f"Đảng ủy, UBND {commune}", "Lưu: VT"]
    assert f"Chủ tịch UBND {commune}" in lines(notice)[1]


def test_without_an_earlier_notice_what_nobody_knows_is_left_blank(commune, officer):
    notice = draft(commune, officer)
    assert (notice.chair_name, notice.chair_post, notice.signer_name) == ("…", "…", "…")
    assert notice.recipients.last().text == "Lưu: VT"


def test_the_departments_that_work_on_the_day_attend_in_their_order(commune, officer):
    for place, name, until in ((2, "Nội vụ", None), (1, "Tài chính-KH", None), (3, "Đã giải thể", date(2023, 1, 1))):
        factories.make_department(
            authority=commune.authority, short_name=name, position=place, valid_to=until, code=f"P{place}"
        )
    notice = draft(commune, officer)
    assert "các phòng, đơn vị: Tài chính-KH, Nội vụ; Bí thư Đảng ủy" in lines(notice)[1]
    tied = notice.attendees.filter(side=AttendeeSide.DEPARTMENT, department__isnull=False)
    assert tied.count() == 2


def test_the_last_sent_report_is_its_basis(commune, officer):
    sent = {"status": ReportStatus.SUBMITTED, "first_submitted_at": clock.now(), "commune": commune}
    factories.make_report(**sent, month=date(2023, 3, 1), number=21, dated=date(2023, 4, 3))
    factories.make_report(**sent, month=date(2023, 2, 1), number=20, dated=date(2023, 3, 3))
    factories.make_report(commune=commune, month=date(2023, 4, 1), number=22, dated=date(2023, 4, 10))
    notice = draft(commune, officer)
    assert [str(row) for row in notice.citations.filter(role=CitationRole.BASIS)] == ["21/BC-UBND ngày 03/4/2023"]
    assert "tại Báo cáo số 21/BC-UBND ngày 03/4/2023)" in lines(notice)[2]


def test_without_a_report_there_is_room_for_its_number(commune, officer):
    assert "tại Báo cáo số …/BC-UBND ngày …)" in lines(draft(commune, officer))[2]


def test_the_figures_and_the_unmet_sub_items_are_those_of_the_sessions_day(commune, officer):
    criteria_set = factories.make_criteria_set(criteria=1, sub_items=(2,))
    met, unmet = criteria_set.criteria.get().sub_items.order_by("position")
    at = clock.start_of(DAY)
    factories.make_assessment(commune=commune, sub_item=met, status=Status.MET, changed_at=at)
    factories.make_assessment(commune=commune, sub_item=unmet, status=Status.NOT_MET, changed_at=at)
    guide = factories.make_department(authority=commune.authority, short_name="Kinh tế-HT")
    factories.make_guide(sub_item=unmet, department=guide)
    text = "\n".join(lines(draft(commune, officer)))
    assert "hoàn thiện được 0/1 tiêu chí (đạt 0,0%), 1/2 nội dung (đạt 50,0%)" in text
    assert f"- Nội dung {unmet.official_code} {unmet.name} (Kinh tế-HT hướng dẫn);" in text
    assert f"Nội dung {met.official_code} {met.name}" not in text


def test_the_proposals_that_no_notice_holds_come_as_points(commune, officer):
    waiting = factories.make_proposal(commune=commune)
    held = factories.make_proposal(commune=commune)
    factories.make_point(notice=factories.make_notice(commune=commune), proposal=held)
    factories.make_proposal(commune=factories.make_commune(authority=commune.authority))
    section = draft(commune, officer).sections.get(kind=SectionKind.PROPOSALS)
    assert [point.proposal for point in section.points.all()] == [waiting]


def test_what_became_of_the_last_notice_is_told(commune, officer):
    before = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED, number=7)
    point = factories.make_point(notice=before)
    factories.make_task(point=point, commune=commune, text="Rà soát quy hoạch.", due_on=date(2023, 4, 10))
    text = lines(draft(commune, officer))
    assert any("Kết quả thực hiện Thông báo số 07/TB-UBND ngày 05/4/2023:" in line for line in text)
    assert any(line.startswith("- Rà soát quy hoạch (") and "quá hạn 02 ngày;" in line for line in text)


def test_a_draft_from_an_empty_page_has_header_and_recipients_and_no_text(commune, officer):
    factories.make_proposal(commune=commune)
    notice = draft(commune, officer, empty=True)
    assert lines(notice) == []
    assert notice.recipients.exists()
    assert notice.attendees.exists()


def test_a_supplementary_notice_points_to_the_issued_one(commune, officer):
    issued = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED)
    assert draft(commune, officer, corrects=issued).corrects == issued


def test_a_province_is_named_as_one(officer):
    province = factories.make_authority(level=AuthorityLevel.PROVINCE, name="tỉnh Nghệ An")
    factories.make_letterhead(authority=province)
    notice = draft(factories.make_commune(authority=province), officer)
    assert any("Đối với các phòng, đơn vị cấp tỉnh:" in line for line in lines(notice))


def test_every_new_draft_reads_without_marks(commune, officer):
    assert not [line for line in lines(draft(commune, officer)) if "[[" in line or "{" in line]
    assert Notice.objects.get().sections.count() == 6
    assert not Notice.objects.get().sections.filter(points__kind=PointKind.PROPOSAL).exists()
