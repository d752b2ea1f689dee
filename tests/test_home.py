"""The home page of each role: what waits first, nothing beyond reach, the same queries at any size."""

from datetime import date, timedelta

import pytest

from communes.enums import AuthorityLevel, Role
from criteria.enums import ReportStatus, Status
from criteria.models import SubItem
from criteria.services import change_assessment
from ntm_tracker.lib.clock import start_of
from tasks.enums import NoticeStatus, TaskStatus
from tasks.models import TaskSupport
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_guide,
    make_notice,
    make_point,
    make_proposal,
    make_reply,
    make_report,
    make_section,
    make_task,
    make_user,
)
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
TODAY = date(2023, 4, 10)
DEADLINE = "báo cáo tháng 4 đến hạn thứ Hai, 17/4/2023 (15/4 là thứ Bảy)"


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def criteria_set():
    return make_criteria_set()


@pytest.fixture
def district():
    return make_authority(name="huyện Anh Sơn")


def home(user):
    return sign_in(user).get("/")


def meet(commune, criteria_set) -> None:
    for item in SubItem.objects.of_set(criteria_set):
        make_assessment(commune=commune, sub_item=item)


def kinds(response) -> dict[str, int]:
    return {kind.title: kind.total for kind in response.context["page"].agendas}


def everything_waiting(commune):
    """One thing of each kind that waits for the office of `commune`."""
    authority = commune.authority
    make_notice(commune=commune)
    make_task(commune=commune, due_on=date(2023, 4, 7), text="Tu sửa nhà văn hóa")
    make_task(commune=commune, status=TaskStatus.DONE, text="Trồng cây xanh")
    make_proposal(commune=commune, text="Hỗ trợ xi măng")
    item = SubItem.objects.first()
    for version, (status, day) in enumerate([(Status.MET, date(2023, 1, 5)), (Status.NOT_MET, date(2023, 4, 3))]):
        change_assessment(
            commune=commune,
            sub_item=item,
            status=status,
            by=None,
            expected_version=version,
            reason="Hư hỏng sau lũ.",
            at=start_of(day) + timedelta(hours=9),
        )
    return authority


# The district


def test_the_district_reads_how_it_stands_in_one_sentence(criteria_set, district):
    meet(make_commune(authority=district), criteria_set)
    behind = make_commune(authority=district)
    make_assessment(commune=behind, sub_item=SubItem.objects.get(code="2.1"), status=Status.NOT_MET)
    page = text(home(make_user(authority=district)))
    partial = "(1 xã mới được đánh giá một phần)"
    assert f"1/2 xã đạt đủ tiêu chí; trung bình mỗi xã 1,0 tiêu chí {partial}; {DEADLINE}." in page


def test_what_waits_for_the_officer_comes_by_kind(criteria_set, district):
    everything_waiting(make_commune(authority=district, name="Cao Sơn"))
    page = home(make_user(authority=district))
    assert kinds(page) == {
        "Dự thảo chờ ban hành": 1,
        "Nhiệm vụ quá hạn": 1,
        "Báo xong, chờ xác nhận": 1,
        "Kiến nghị chưa soạn trả lời": 1,
        "Tụt lại trong tháng qua": 1,
    }
    assert "Quá hạn 3 ngày" in text(page)
    assert "Chờ 5 ngày" in text(page)


def test_what_waits_elsewhere_stays_there(criteria_set, district):
    everything_waiting(make_commune())
    page = home(make_user(authority=district))
    assert kinds(page) == {}
    assert "Không có việc nào đang chờ" in text(page)


def test_tasks_of_a_draft_notice_are_not_overdue_yet(criteria_set, district):
    commune = make_commune(authority=district)
    point = make_point(notice=make_notice(commune=commune))
    make_task(commune=commune, point=point, due_on=date(2023, 4, 7))
    page = home(make_user(authority=district))
    assert "Nhiệm vụ quá hạn" not in kinds(page)
    assert page.context["page"].leads == ()


def test_a_granted_extension_takes_a_task_off_the_list(criteria_set, district):
    commune, user = make_commune(authority=district), make_user(authority=district)
    task = make_task(commune=commune, due_on=date(2023, 4, 7))
    task.extensions.create(
        new_due_on=date(2023, 4, 20),
        reason="Mưa lớn",
        asked_by=user,
        decision="granted",
        decided_by=user,
        decided_at=start_of(date(2023, 4, 6)),
    )
    assert "Nhiệm vụ quá hạn" not in kinds(home(user))


def test_an_answered_proposal_does_not_wait(criteria_set, district):
    proposal = make_proposal(commune=make_commune(authority=district))
    make_reply(proposal=proposal)
    assert "Kiến nghị chưa soạn trả lời" not in kinds(home(make_user(authority=district)))


def test_more_than_four_of_a_kind_are_counted_not_listed(criteria_set, district):
    commune = make_commune(authority=district)
    for _ in range(6):
        make_task(commune=commune, due_on=date(2023, 4, 7))
    page = home(make_user(authority=district))
    assert kinds(page)["Nhiệm vụ quá hạn"] == 6
    assert "Còn 2 việc nữa" in text(page)


def test_communes_are_ranked_and_the_criteria_that_hold_back_named(criteria_set, district):
    behind, ahead = make_commune(authority=district), make_commune(authority=district)
    meet(ahead, criteria_set)
    for item in SubItem.objects.of_set(criteria_set).filter(criterion__number=1):
        make_assessment(commune=behind, sub_item=item)
    last = make_commune(authority=district)
    make_assessment(commune=last, sub_item=item, status=Status.NOT_MET)
    unknown = make_commune(authority=district)
    shown = home(make_user(authority=district))
    page = shown.context["page"]
    assert 'Từ 10/3<span class="wide-only">/2023</span>' in shown.text, "since when the gains are counted"
    assert [row.commune for row in page.ranked] == [ahead, behind, last, unknown]
    assert [(row.criterion.number, row.communes.missing) for row in page.holding_back] == [(2, 2), (1, 1)]


def test_the_leader_sees_who_is_late_and_finds_nothing_to_press(criteria_set, district):
    commune = make_commune(authority=district)
    department = make_department(authority=district, short_name="Kinh tế-HT")
    make_task(commune=commune, lead_department=department, due_on=date(2023, 4, 7))
    make_task(commune=commune, lead_department=department, due_on=date(2023, 5, 7))
    page = home(make_user(Role.LEADER, authority=district))
    assert [(row.lead, row.open, row.overdue) for row in page.context["page"].leads] == [("Kinh tế-HT", 2, 1)]
    assert "Cần chỉ đạo" in text(page)
    main = page.text.split("<main")[1].split("</main>")[0]
    assert "<form" not in main
    assert "<button" not in main


# The province


def test_the_province_sees_its_districts_side_by_side_and_no_others(criteria_set):
    province = make_authority(level=AuthorityLevel.PROVINCE)
    ahead, behind = make_authority(parent=province), make_authority(parent=province)
    meet(make_commune(authority=ahead), criteria_set)
    make_task(commune=make_commune(authority=behind), due_on=date(2023, 4, 7))
    make_commune()
    page = home(make_user(authority=province))
    rows = page.context["page"].authorities
    assert [(row.authority, row.totals.complete, row.overdue) for row in rows] == [(ahead, 1, 0), (behind, 0, 1)]
    assert f"{behind}" in text(page)
    assert "Theo huyện" in text(page)
    assert page.text.count('data-label="Từ 10/3/2023"') == 3


def test_a_province_can_guide_communes_without_a_district_between(criteria_set):
    province = make_authority(level=AuthorityLevel.PROVINCE, name="tỉnh Nghệ An")
    make_commune(authority=province), make_commune(authority=make_authority(parent=province))
    page = text(home(make_user(authority=province)))
    assert "2 xã của 2 đơn vị" in page
    assert "Theo đơn vị" in page
    assert "Tỉnh Nghệ An" in page


def test_an_administrator_without_an_authority_oversees_all(criteria_set):
    make_commune(), make_commune()
    page = home(make_user(Role.ADMINISTRATOR))
    assert len(page.context["page"].authorities) == 2
    assert "Mở trang quản trị" in text(page)


# A department


def test_a_department_sees_its_tasks_its_sub_items_and_who_misses_them(criteria_set, district):
    user = make_user(Role.DEPARTMENT, authority=district)
    commune = make_commune(authority=district, name="Cao Sơn")
    make_assessment(commune=commune, sub_item=SubItem.objects.get(code="1.1"))
    make_guide(sub_item=SubItem.objects.get(code="2.1"), department=user.department)
    led = make_task(commune=commune, lead_department=user.department, due_on=date(2023, 4, 7))
    helped = make_task(commune=commune)
    TaskSupport.objects.create(task=helped, department=user.department)
    make_task(commune=commune)
    page = home(user)
    shown = page.context["page"]
    assert [row.task for row in shown.led] == [led]
    assert [row.task for row in shown.supported] == [helped]
    assert [(row.sub_item.code, row.unmet) for row in shown.sector] == [("2.1", (commune,))]
    assert "Quá hạn 3 ngày" in text(page)
    assert "Cao Sơn" in text(page)


def test_a_department_is_led_to_where_it_confirms_once_it_guides_something(criteria_set, district):
    user = make_user(Role.DEPARTMENT, authority=district, department=make_department(authority=district))
    word, item = "Xem bảng tiêu chí của ngành", SubItem.objects.get(code="2.1")
    assert word not in text(sign_in(user).get("/"))
    make_guide(sub_item=item, department=user.department)
    assert word in text(sign_in(user).get("/"))
    make_assessment(commune=make_commune(authority=district), sub_item=item)
    page = text(sign_in(user).get("/"))
    assert "1 kết quả chờ phòng xác nhận" in page
    assert "Xác nhận 1 kết quả" in page


def test_a_department_is_told_of_the_reports_on_which_its_opinion_is_asked(criteria_set, district):
    user = make_user(Role.DEPARTMENT, authority=district)
    make_report(commune=make_commune(authority=district))
    make_report(
        commune=make_commune(authority=district), status=ReportStatus.SUBMITTED, first_submitted_at=start_of(TODAY)
    )
    assert "1 báo cáo tháng chờ ý kiến" in text(home(user))


def test_a_task_that_a_department_leads_and_supports_stands_once(criteria_set, district):
    user = make_user(Role.DEPARTMENT, authority=district)
    task = make_task(commune=make_commune(authority=district), lead_department=user.department)
    TaskSupport.objects.create(task=task, department=user.department)
    TaskSupport.objects.create(task=task, department=make_department(authority=district))
    shown = home(user).context["page"]
    assert [row.task for row in shown.led] == [task]
    assert shown.supported == ()


def test_a_department_sees_the_proposals_assigned_to_it(criteria_set, district):
    user = make_user(Role.DEPARTMENT, authority=district)
    commune = make_commune(authority=district)
    mine = make_reply(proposal=make_proposal(commune=commune), lead=user.department)
    make_reply(proposal=make_proposal(commune=commune))
    assert [row.proposal for row in home(user).context["page"].proposals] == [mine.proposal]


# A commune


def test_a_commune_sees_its_own_state_work_and_the_deadline(criteria_set, district):
    commune = make_commune(authority=district, name="Cao Sơn")
    make_task(lead_commune=commune, due_on=date(2023, 4, 7), text="Kiện toàn hợp tác xã")
    make_task(commune=make_commune(authority=district), text="Việc của xã khác")
    make_proposal(commune=make_commune(authority=district), text="Kiến nghị của xã khác")
    clerk = make_user(Role.COMMUNE, commune=commune)
    assert f"Chưa có đánh giá nào; {DEADLINE}." in text(home(clerk))
    make_assessment(commune=commune, sub_item=SubItem.objects.of_set(criteria_set)[0])
    page = text(home(clerk))
    assert f"0/2 tiêu chí (0,0%); còn 4 nội dung chưa đạt; {DEADLINE}." in page
    assert "Kiện toàn hợp tác xã" in page
    assert "của xã khác" not in page


def test_a_town_is_not_said_to_meet_criteria_that_are_meant_for_others(criteria_set, district):
    town = make_commune(authority=district, name="Anh Sơn", kind="thi_tran")
    page = text(home(make_user(Role.COMMUNE, commune=town)))
    assert "Đơn vị này không theo dõi theo bộ tiêu chí của xã" in page
    assert "Mọi tiêu chí đã đạt" not in page


@pytest.mark.parametrize(
    ("status", "words", "button"),
    [
        (ReportStatus.DRAFT, "đang soạn", "Soạn tiếp"),
        (ReportStatus.SUBMITTED, "đã gửi", "Xem"),
        (ReportStatus.RETURNED, "trả lại", "Sửa"),
        (ReportStatus.ACCEPTED, "chấp nhận", "Xem"),
    ],
)
def test_a_commune_sees_how_its_report_of_the_month_stands_and_what_to_do(
    criteria_set, district, status, words, button
):
    commune = make_commune(authority=district)
    clerk = make_user(Role.COMMUNE, commune=commune)
    assert "Lập báo cáo tháng 4" in text(home(clerk))
    sent_at = start_of(date(2023, 4, 9)) + timedelta(hours=9)
    make_report(commune=commune, month=date(2023, 4, 1), status=status, first_submitted_at=sent_at)
    page = text(home(clerk))
    assert f"{DEADLINE}. Báo cáo tháng 4 của xã: {words}" in page
    assert f"{button} báo cáo tháng 4" in page


def test_a_commune_sees_the_reports_of_past_months_that_it_still_owes(criteria_set, district):
    commune = make_commune(authority=district)
    clerk = make_user(Role.COMMUNE, commune=commune)
    assert "còn nợ" not in text(home(clerk))
    sent_at = start_of(date(2023, 2, 10))
    make_report(commune=commune, month=date(2023, 2, 1), status=ReportStatus.RETURNED, first_submitted_at=sent_at)
    page = text(home(clerk))
    assert "Sửa và gửi lại báo cáo tháng 2/2023" in page
    assert "Lập báo cáo tháng 3/2023Hạn 15/3/2023Quá hạn 26 ngày" in page
    march = make_report(commune=commune, month=date(2023, 3, 1))
    assert "Soạn tiếp báo cáo tháng 3/2023" in text(home(clerk))
    type(march).objects.filter(pk=march.pk).update(status=ReportStatus.SUBMITTED, first_submitted_at=sent_at)
    assert "tháng 3/2023" not in text(home(clerk))


@pytest.mark.parametrize(("status", "is_shown"), [(NoticeStatus.DRAFT, False), (NoticeStatus.ISSUED, True)])
def test_a_commune_sees_tasks_and_replies_only_of_issued_notices(criteria_set, district, status, is_shown):
    commune = make_commune(authority=district)
    notice = make_notice(commune=commune, status=status)
    section = make_section(notice=notice)
    proposal = make_proposal(commune=commune, text="Hỗ trợ xi măng")
    make_reply(proposal=proposal, text="Giao phòng chuyên môn bố trí.")
    make_point(section=section, proposal=proposal)
    make_task(commune=commune, point=make_point(section=section), text="Tu sửa đường liên thôn")
    page = text(home(make_user(Role.COMMUNE, commune=commune)))
    assert "Hỗ trợ xi măng" in page
    assert ("Giao phòng chuyên môn bố trí." in page) is is_shown
    assert ("Tu sửa đường liên thôn" in page) is is_shown
    assert ("Đã soạn" in page) is False


# Every role


@pytest.mark.parametrize("role", list(Role))
def test_home_opens_before_anything_is_there(role):
    page = home(make_user(role))
    assert page.status_code == 200
    assert DEADLINE.split(" (", maxsplit=1)[0] in text(page).replace("Báo cáo", "báo cáo")


def grow(district, criteria_set, department, commune, count: int) -> None:
    """Add `count` of everything that a home page lists."""
    for _ in range(count):
        unit = make_commune(authority=district)
        for target in (unit, commune):
            notice = make_notice(commune=target, status=NoticeStatus.ISSUED)
            section = make_section(notice=notice)
            proposal = make_proposal(commune=target)
            reply = make_reply(proposal=proposal, lead=department)
            make_point(section=section, proposal=proposal)
            make_task(commune=target, lead_department=department, reply=reply)
            task = make_task(
                commune=target, lead_department=department, point=make_point(section=section), due_on=date(2023, 4, 7)
            )
            TaskSupport.objects.create(task=task, department=make_department(authority=district))
            TaskSupport.objects.create(task=task, commune=make_commune(authority=district))
            supported = make_task(commune=target, status=TaskStatus.DONE)
            TaskSupport.objects.create(task=supported, department=department)
        everything_waiting(unit)
        meet_some = list(SubItem.objects.of_set(criteria_set))[1:3]
        for item in meet_some:
            make_assessment(commune=unit, sub_item=item)


@pytest.mark.parametrize("role", ["district", "leader", "department", "commune", "province", "administrator"])
def test_home_costs_the_same_queries_at_any_size(criteria_set, district, role):
    commune = make_commune(authority=district)
    department = make_department(authority=district)
    users = {
        "district": lambda: make_user(authority=district),
        "leader": lambda: make_user(Role.LEADER, authority=district),
        "department": lambda: make_user(Role.DEPARTMENT, department=department),
        "commune": lambda: make_user(Role.COMMUNE, commune=commune),
        "province": lambda: make_user(authority=district.parent),
        "administrator": lambda: make_user(Role.ADMINISTRATOR),
    }
    make_guide(sub_item=SubItem.objects.get(code="2.1"), department=department)
    client = sign_in(users[role]())
    grow(district, criteria_set, department, commune, 1)
    few = queries(client, "/")
    grow(district, criteria_set, department, commune, 8)
    assert few == queries(client, "/") <= 20
