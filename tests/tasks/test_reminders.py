"""`send_reminders`: who is told what and when, one real mail a person a day, nothing twice, nothing lost."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from communes.digests import send_digests, step_of
from communes.enums import Role
from communes.models import DigestMail, Message, User
from criteria.enums import ReportStatus
from criteria.models import MonthlyReport, ReportLine
from criteria.reports.due import Unfinished, report_reminders
from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import start_of
from tasks.enums import NoticeStatus, TaskStatus
from tasks.models import Task
from tasks.reminders import remind_everybody, task_reminders
from tests.factories import (
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_notice,
    make_point,
    make_report,
    make_task,
    make_user,
)
from tests.lib.smtp import Mailbox, mail_server, use

pytestmark = pytest.mark.django_db

APRIL = date(2023, 4, 1)
# Reports of April are due on Monday the 17th.
DUE = date(2023, 4, 17)


@pytest.fixture
def criteria_set():
    return make_criteria_set()


@pytest.fixture
def district():
    return make_authority(name="huyện Anh Sơn")


@pytest.fixture
def commune(district, criteria_set):
    return make_commune(authority=district, name="Cao Sơn")


@pytest.fixture
def clerk(commune):
    return make_user(
        Role.COMMUNE, commune=commune, email="xa@example.vn", full_name="Lê Văn Xã", date_joined=start_of(APRIL)
    )


@pytest.fixture
def officer(district):
    return make_user(authority=district, email="huyen@example.vn")


@pytest.fixture
def box(settings):
    with mail_server() as box:
        use(settings, box)
        yield box


def run(settings, day):
    """The timer of `day`."""
    settings.NTM_TODAY = day
    said = StringIO()
    call_command("send_reminders", stdout=said, stderr=said)
    return said.getvalue()


def told(person):
    return list(Message.objects.filter(recipient=person).order_by("pk").values_list("text", flat=True))


def open_ones(person):
    return list(Message.objects.filter(recipient=person).unread().order_by("pk").values_list("text", flat=True))


# When


@pytest.mark.parametrize(
    ("days", "step"),
    [
        (-30, None),
        (-4, None),
        (-3, -3),
        (-2, -3),
        (-1, -1),
        (0, 0),
        (1, 1),
        (2, 1),
        (3, 3),
        (9, 3),
        (10, 10),
        (16, 10),
        (17, 17),
    ],
)
def test_the_steps_of_reminding(days, step):
    assert step_of(days) == step


def test_a_commune_is_told_three_days_and_one_day_before_on_the_day_and_after_it(settings, commune, clerk, box):
    days = [run(settings, DUE + timedelta(days=number)) and number for number in range(-6, 19)]
    assert days[0] == -6
    ends = [line.split("(15/4 là thứ Bảy), ")[1].split(":")[0] for line in told(clerk) if "tháng 4/2023" in line]
    assert ends == [
        "còn 3 ngày",
        "còn 1 ngày",
        "hạn hôm nay",
        "quá hạn 1 ngày",
        "quá hạn 3 ngày",
        "quá hạn 10 ngày",
        "quá hạn 17 ngày",
    ]


def test_a_day_on_which_nothing_ran_is_made_up_for_the_next_day(settings, commune, clerk, box):
    run(settings, DUE + timedelta(days=2))
    assert [line for line in told(clerk) if "quá hạn 2 ngày" in line]


# What


def test_the_reminder_names_report_month_day_and_what_is_unfinished(settings, commune, clerk, criteria_set, box):
    report = make_report(commune=commune, criteria_set=criteria_set)
    items = [item for criterion in criteria_set.criteria.all() for item in criterion.sub_items.all()]
    for place, item in enumerate(items):
        checked = None if place < 2 else start_of(APRIL)
        ReportLine.objects.create(report=report, sub_item=item, checked_at=checked)
    run(settings, date(2023, 4, 14))
    assert told(clerk) == [
        "Báo cáo tháng 4/2023 của xã Cao Sơn đến hạn thứ Hai, 17/4/2023 (15/4 là thứ Bảy), còn 3 ngày: "
        "còn 2 nội dung chưa rà soát (1.1, 1.2); chưa viết phần “Kết quả thực hiện”, “Nhiệm vụ tháng tới”."
    ]
    assert Message.objects.get(recipient=clerk).url == f"/reports/{commune.code}/2023-04/"


def test_a_report_that_lacks_nothing_but_the_sending_says_so(settings, commune, clerk, criteria_set, box):
    make_report(commune=commune, criteria_set=criteria_set, results="Đã làm đường.", next_work="Làm chợ.")
    run(settings, DUE)
    assert told(clerk)[0].endswith("hạn hôm nay: đã soạn đủ, chưa gửi.")


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (Unfinished(codes=["1.1"]), "còn 1 nội dung chưa rà soát (1.1)"),
        (Unfinished(parts=["Kết quả"]), "chưa viết phần “Kết quả”"),
        (Unfinished(codes=["1.1"] * 8), f"còn 8 nội dung chưa rà soát ({', '.join(['1.1'] * 8)})"),
        (Unfinished(codes=["1.1"] * 9), f"còn 9 nội dung chưa rà soát ({', '.join(['1.1'] * 8)} và 1 nội dung khác)"),
    ],
)
def test_only_what_is_lacking_is_named_and_of_much_the_rest_is_counted(left, sentence):
    assert left.sentence == sentence


def test_a_report_that_nobody_opened_says_so(settings, commune, clerk, box):
    run(settings, DUE)
    assert told(clerk)[0].endswith("hạn hôm nay: chưa mở báo cáo.")


def test_the_office_is_told_who_is_late_after_the_day_alone(settings, commune, clerk, officer, box):
    run(settings, DUE)
    assert told(officer) == []
    run(settings, DUE + timedelta(days=1))
    assert told(officer) == ["Báo cáo tháng 4/2023: 1 xã chưa gửi, quá hạn 1 ngày (Cao Sơn)."]


def test_nobody_is_told_of_another_commune_or_district(settings, commune, clerk, box):
    neighbour = make_user(Role.COMMUNE, commune=make_commune(authority=commune.authority, name="Đức Sơn"))
    foreign = make_user()
    run(settings, DUE + timedelta(days=1))
    assert all("Cao Sơn" not in line for line in (*told(neighbour), *told(foreign)))


def test_reminding_stops_when_the_report_is_sent_and_the_bell_falls_silent(settings, commune, clerk, criteria_set, box):
    run(settings, date(2023, 4, 14))
    assert len(open_ones(clerk)) == 1
    MonthlyReport.objects.create(
        commune=commune,
        criteria_set=criteria_set,
        month=APRIL,
        status=ReportStatus.SUBMITTED,
        first_submitted_at=start_of(date(2023, 4, 15)),
    )
    run(settings, date(2023, 4, 16))
    assert open_ones(clerk) == []
    assert len(box.received) == 1


def test_a_newer_step_takes_the_place_of_the_older_one(settings, commune, clerk, box):
    run(settings, date(2023, 4, 14))
    run(settings, DUE)
    assert len(told(clerk)) == 2
    assert [line for line in open_ones(clerk) if "hạn hôm nay" in line] == open_ones(clerk)


# Tasks


def test_lead_and_supporters_are_told_of_a_task_and_the_office_once_it_is_late(settings, district, officer, box):
    lead, support = make_department(authority=district), make_department(authority=district)
    task = make_task(authority=district, lead_department=lead, text="Tu sửa đường", due_on=date(2023, 4, 20))
    task.supports.create(department=support)
    people = [make_user(Role.DEPARTMENT, department=unit) for unit in (lead, support)]
    bystander = make_user(Role.DEPARTMENT, authority=district)
    run(settings, date(2023, 4, 17))
    assert [len(told(person)) for person in (*people, officer, bystander)] == [1, 1, 0, 0]
    assert "Nhiệm vụ “Tu sửa đường”" in told(people[0])[0]
    assert "đến hạn 20/4/2023, còn 3 ngày." in told(people[0])[0]
    run(settings, date(2023, 4, 21))
    assert [len(told(person)) for person in (*people, officer, bystander)] == [2, 2, 1, 0]
    assert "quá hạn 1 ngày" in told(officer)[0]


def test_a_task_that_is_done_or_not_yet_issued_reminds_nobody(settings, commune, clerk, district, box):
    draft = make_notice(commune=commune, status=NoticeStatus.DRAFT)
    values = {"commune": commune, "lead_commune": commune, "authority": district, "due_on": date(2023, 4, 20)}
    make_task(point=make_point(notice=draft), **values)
    done = make_task(text="Việc đã xong", status=TaskStatus.DONE, **values)
    run(settings, date(2023, 4, 10))
    assert told(clerk) == []
    Task.objects.filter(pk=done.pk).update(status=TaskStatus.OPEN)
    run(settings, date(2023, 4, 18))
    assert [line for line in told(clerk) if "Việc đã xong" in line]


# The mail


def test_one_mail_a_day_holds_everything_with_its_links(settings, commune, clerk, district, box):
    make_task(commune=commune, lead_commune=commune, authority=district, text="Trồng cây xanh", due_on=DUE)
    Message.objects.create(
        recipient=clerk, key="tin", text="Thông báo mới.", url="/notices/7/", told_at=start_of(date(2023, 4, 13))
    )
    said = run(settings, date(2023, 4, 14))
    assert "Đã gửi 1 thư nhắc." in said
    (mail,) = box.to("xa@example.vn")
    assert mail["Subject"].strip() == "3 việc cần chú ý ngày 14/4/2023 – Theo dõi nông thôn mới"
    assert mail["To"].strip() == "Lê Văn Xã <xa@example.vn>"
    assert mail.get_content_charset() == "utf-8"
    body = mail.get_content()
    for part in (
        "Kính gửi Lê Văn Xã,",
        "Báo cáo tháng 4/2023 của xã Cao Sơn",
        f"https://ntm.example.vn/reports/{commune.code}/2023-04/",
        "Nhiệm vụ “Trồng cây xanh”",
        "Thông báo mới.",
        "https://ntm.example.vn/notices/7/",
        "https://ntm.example.vn/account/",
    ):
        assert part in body


def test_running_twice_tells_and_sends_nothing_twice(settings, commune, clerk, officer, box):
    day = DUE + timedelta(days=1)
    run(settings, day)
    before = (Message.objects.count(), len(box.received))
    assert "Đã gửi 0 thư nhắc." in run(settings, day)
    assert (Message.objects.count(), len(box.received)) == before
    assert before[1] == 2


def test_what_was_mailed_is_not_mailed_again_the_next_day(settings, commune, clerk, box):
    run(settings, date(2023, 4, 14))
    run(settings, date(2023, 4, 15))
    assert len(box.received) == 1
    run(settings, date(2023, 4, 16))
    assert len(box.received) == 2


def test_who_wants_no_mail_has_no_address_or_left_gets_none(settings, commune, clerk, box):
    make_user(Role.COMMUNE, commune=commune, email="khong@example.vn", wants_digest=False)
    make_user(Role.COMMUNE, commune=commune)
    make_user(Role.COMMUNE, commune=commune, email="nghi@example.vn", is_active=False)
    run(settings, date(2023, 4, 14))
    assert [recipient for recipient, _ in box.received] == ["xa@example.vn"]
    assert Message.objects.count() == 3


def test_a_server_that_is_down_is_said_and_the_next_run_sends(settings, commune, clerk):
    with mail_server() as gone:
        port = gone.port
    use(settings, Mailbox(port=port))
    with pytest.raises(CommandError, match=r"Không kết nối được máy chủ thư \(máy chủ không nhận kết nối\)"):
        run(settings, date(2023, 4, 14))
    assert not DigestMail.objects.exists()
    assert len(told(clerk)) == 1
    with mail_server(Mailbox(port=port)) as box:
        run(settings, date(2023, 4, 14))
        assert len(box.to("xa@example.vn")) == 1
    assert len(told(clerk)) == 1


def test_a_mail_that_was_refused_is_named_and_tried_again_without_doubling_others(settings, commune, clerk, box):
    make_user(Role.COMMUNE, commune=commune, email="hai@example.vn")
    box.refused.add("xa@example.vn")
    with pytest.raises(CommandError, match="1 thư không đi được; lần chạy sau sẽ gửi lại"):
        run(settings, date(2023, 4, 14))
    box.refused.clear()
    run(settings, date(2023, 4, 14))
    assert sorted(recipient for recipient, _ in box.received) == ["hai@example.vn", "xa@example.vn"]


def test_after_a_crash_between_row_and_mail_nothing_goes_out_twice_and_the_next_day_tells_it(
    settings, commune, clerk, box
):
    DigestMail.objects.create(recipient=clerk, day=date(2023, 4, 14))
    run(settings, date(2023, 4, 14))
    assert box.received == []
    run(settings, date(2023, 4, 15))
    assert "còn 3 ngày" in box.mails[0].get_content()


def test_of_two_runs_at_once_one_sends(settings, commune, clerk, box):
    day = settings.NTM_TODAY = date(2023, 4, 14)
    mails = remind_everybody(day, clock.now())
    assert len(mails) == 1
    assert [send_digests(mails, day, clock.now()).count for _ in range(2)] == [1, 0]
    assert len(box.received) == 1


def test_a_reminder_that_no_longer_holds_is_not_mailed(settings, commune, clerk, criteria_set):
    with mail_server() as gone:
        port = gone.port
    use(settings, Mailbox(port=port))
    with pytest.raises(CommandError):
        run(settings, date(2023, 4, 14))
    make_report(
        commune=commune,
        criteria_set=criteria_set,
        status=ReportStatus.SUBMITTED,
        first_submitted_at=start_of(date(2023, 4, 14)),
    )
    with mail_server(Mailbox(port=port)) as box:
        run(settings, date(2023, 4, 14))
        assert box.received == []


def test_the_same_mail_bears_the_same_name_for_ever(settings, commune, clerk, box):
    run(settings, date(2023, 4, 14))
    assert box.mails[0]["Message-ID"] == f"<digest-{clerk.pk}-2023-04-14@ntm.example.vn>"


def test_another_day_can_be_asked_for(settings, commune, clerk, box):
    settings.NTM_TODAY = date(2023, 4, 10)
    call_command("send_reminders", "--day", "2023-04-14", verbosity=0)
    assert len(told(clerk)) == 1
    with pytest.raises(CommandError, match="2023-04-40"):
        call_command("send_reminders", "--day", "2023-04-40")


def test_reminding_costs_the_same_queries_for_many_communes(
    settings, district, criteria_set, box, django_assert_max_num_queries
):
    def fill(count):
        for _ in range(count):
            commune = make_commune(authority=district)
            make_user(Role.COMMUNE, commune=commune)
            make_report(commune=commune, criteria_set=criteria_set)
            make_task(commune=commune, lead_commune=commune, authority=district)

    for count in (1, 20):
        fill(count)
        with django_assert_max_num_queries(20):
            found = [*report_reminders(DUE), *task_reminders(date(2023, 4, 28))]
    assert len(found) == 42
    assert User.objects.filter(role=Role.COMMUNE).count() == 21


def test_the_demonstration_begins_with_the_reminders_of_its_morning(demo):
    assert "Báo cáo tháng 3/2023: 2 xã chưa gửi, quá hạn 26 ngày (Bình Sơn, Phúc Sơn)." in open_ones(demo.user("huyen"))
    assert [line for line in open_ones(demo.user("khaison")) if line.startswith("Nhiệm vụ")]
