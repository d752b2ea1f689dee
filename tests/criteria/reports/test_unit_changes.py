"""Reports of a commune that got another name or authority, or became part of another one."""

from datetime import date

import pytest

from communes.enums import Role
from communes.models import Commune, User
from criteria.enums import ReportEventKind, ReportStatus
from criteria.models import MonthlyReport
from criteria.reports.board import board_months, make_board
from criteria.reports.due import report_reminders
from criteria.unit_services import merge_communes, move_commune, rename_commune
from ntm_tracker.lib.clock import end_of
from tests.criteria.reports.desk import LATE, Desk, make_desk
from tests.factories import make_authority, make_commune, make_report, make_user
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db

TODAY = date(2023, 4, 10)
MARCH, APRIL = date(2023, 3, 1), date(2023, 4, 1)
SENT = (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED)


@pytest.fixture(autouse=True)
def on_10_april(settings, tmp_path):
    settings.NTM_TODAY = TODAY
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def desk():
    return make_desk()


def sent(desk: Desk, status: str) -> None:
    """Let the commune's April report be sent, and answered where `status` says so."""
    desk.submit()
    if status == ReportStatus.ACCEPTED:
        desk.accept_everything()
    if status == ReportStatus.RETURNED:
        desk.send_back()


def moved(desk: Desk, from_day: date = date(2023, 4, 1)):
    """Put the commune under huyện Con Cuông; return its successor."""
    province = desk.commune.authority.parent
    receiving = make_authority(parent=province, name="huyện Con Cuông")
    return move_commune(
        commune=desk.commune, authority=receiving, from_day=from_day, by=make_user(authority=province)
    ).successor


def renamed(desk: Desk):
    return rename_commune(commune=desk.commune, name="Tam Đỉnh", from_day=date(2023, 4, 1), by=desk.officer).successor


def merged(desk: Desk):
    """Make one commune of this and another one, under the code of this one."""
    other = make_commune(authority=desk.commune.authority, name="Khai Sơn")
    given = {"code": desk.commune.code, "name": "Yên Xuân", "kind": "xa", "authority": desk.commune.authority}
    return merge_communes(communes=[desk.commune, other], from_day=date(2023, 4, 1), by=desk.officer, **given).successor


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def people(desk: Desk, successor) -> dict[str, User]:
    return {
        "old office": desk.officer,
        "new office": make_user(authority=successor.authority),
        "province": make_user(authority=successor.authority.parent),
        "commune": fresh(desk.clerk),
    }


def page(desk: Desk, rest: str = "") -> str:
    return f"/reports/{desk.commune.code}/2023-04/{rest}"


# Who finds the report of the month of the change


@pytest.mark.parametrize("status", SENT)
@pytest.mark.parametrize("change", [moved, renamed])
def test_the_report_sent_before_the_change_stands_at_its_address_for_everybody_who_may_see_it(desk, change, status):
    sent(desk, status)
    successor = change(desk)
    for person in people(desk, successor).values():
        client = sign_in(person)
        for rest in ("", "receipt/?version=1", "versions/"):
            answered = client.get(page(desk, rest))
            assert answered.status_code == 200, (person, rest)
            assert answered.context["report"] == desk.report
        assert client.get(page(desk, "pdf/?version=1")).status_code == 200
    for stranger in (make_user(), make_user(Role.COMMUNE, authority=successor.authority)):
        assert sign_in(stranger).get(page(desk)).status_code == 404


def test_the_office_to_which_it_was_sent_still_reviews_it_and_the_new_one_reads_it(desk):
    sent(desk, ReportStatus.SUBMITTED)
    of = people(desk, moved(desk))
    old, new = sign_in(of["old office"]), sign_in(of["new office"])
    judged = {"verdict": "accepted", "version": desk.line("1.1").version}
    assert new.post(page(desk, "lines/1.1/verdict/"), judged).status_code == 403
    assert desk.line("1.1").verdict == "pending"
    assert old.post(page(desk, "lines/1.1/verdict/"), judged).status_code == 302
    assert desk.line("1.1").verdict == "accepted"


def test_where_nothing_was_sent_the_month_is_that_of_the_unit_on_its_last_day(desk):
    successor = moved(desk, date(2023, 4, 10))
    of = people(desk, successor)
    assert sign_in(of["commune"]).get(page(desk)).context["commune"] == successor
    assert sign_in(of["new office"]).get(page(desk)).context["commune"] == successor
    assert sign_in(of["old office"]).get(page(desk)).status_code == 404


def test_what_was_returned_before_the_change_the_commune_reports_anew(desk):
    sent(desk, ReportStatus.RETURNED)
    successor = moved(desk)
    of = people(desk, successor)
    assert sign_in(of["old office"]).get(page(desk)).context["report"] == desk.report
    client = sign_in(of["commune"])
    assert "Lập báo cáo tháng 4" in text(client.get(page(desk)))
    client.post(page(desk, "begin/"))
    assert MonthlyReport.objects.get(commune=successor).month == APRIL


@pytest.mark.parametrize("change", [moved, renamed])
def test_no_second_report_of_the_month_can_be_begun(desk, change):
    sent(desk, ReportStatus.ACCEPTED)
    change(desk)
    assert sign_in(fresh(desk.clerk)).post(page(desk, "begin/")).status_code == 403
    assert MonthlyReport.objects.get() == desk.report


def test_a_merged_unit_under_an_old_code_reports_for_itself_and_its_office_finds_both(desk):
    sent(desk, ReportStatus.SUBMITTED)
    successor = merged(desk)
    of = people(desk, successor)
    office, commune = sign_in(of["old office"]), sign_in(of["commune"])
    assert office.get(page(desk)).context["report"] == desk.report
    assert commune.get(page(desk)).context["commune"] == successor
    commune.post(page(desk, "begin/"))
    own = MonthlyReport.objects.get(commune=successor)
    MonthlyReport.objects.filter(pk=own.pk).update(status=ReportStatus.SUBMITTED, first_submitted_at=LATE)
    assert office.get(page(desk)).context["report"] == own


# Whether it is asked for again


@pytest.mark.parametrize("status", SENT)
@pytest.mark.parametrize("change", [moved, renamed])
def test_a_month_that_was_sent_before_the_change_is_not_asked_for_again(desk, change, status, settings):
    sent(desk, status)
    successor = change(desk)
    of = people(desk, successor)
    home = text(sign_in(of["commune"]).get("/"))
    assert "Lập báo cáo tháng 4" not in home
    for person in (of["commune"], of["new office"], of["province"]):
        (row,) = sign_in(person).get("/reports/").context["board"].rows
        assert (row.commune, row.focus.state) == (successor, status)
    office = sign_in(of["new office"])
    assert "1/1 xã đã gửi báo cáo tháng 4/2023" in text(office.get("/reports/"))
    assert not office.get("/reports/reminder/?month=2023-04").context["asked"].missing
    settings.NTM_TODAY = late = date(2023, 4, 18)
    assert report_reminders(late) == []


def test_a_month_that_nobody_sent_is_asked_for_under_the_new_authority(desk):
    successor = moved(desk, date(2023, 4, 10))
    office = sign_in(make_user(authority=successor.authority))
    assert "0/1 xã đã gửi báo cáo tháng 4/2023" in text(office.get("/reports/"))
    (hole,) = office.get("/reports/reminder/?month=2023-04").context["asked"].missing
    assert (hole.commune, hole.people) == (successor, (desk.clerk,))


@pytest.mark.parametrize(("kind", "is_said"), [("rename", True), ("move", True), ("merge", False)])
def test_before_the_change_is_confirmed_it_says_that_a_month_that_was_sent_stays_sent(desk, kind, is_said):
    other = make_commune(authority=desk.commune.authority)
    receiving = make_authority(parent=desk.commune.authority.parent)
    given = {
        "rename": {"commune": desk.commune.code, "name": "Tam Đỉnh"},
        "move": {"commune": desk.commune.code, "authority": receiving.pk},
        "merge": {
            "communes": [desk.commune.code, other.code], "name": "Yên Xuân", "code": "17999", "unit_kind": "xa",
            "authority": receiving.pk,
        },
    }[kind]  # fmt: skip
    client = sign_in(make_user(authority=receiving.parent))
    page = text(client.post(f"/communes/changes/{kind}/", {**given, "from_day": "01/4/2023"}))
    assert "Những gì sẽ xảy ra" in page
    assert ("tháng đã gửi báo cáo thì không phải lập lại" in page) == is_said


# What the board shows of the months before


def states(row) -> dict[date, str]:
    return {cell.month: cell.state for cell in row.cells if cell.is_expected}


def report_of_march(desk: Desk, **fields) -> MonthlyReport:
    report = make_report(commune=desk.commune, criteria_set=desk.criteria_set, month=MARCH, **fields)
    if report.first_submitted_at:
        report.events.create(kind=ReportEventKind.SUBMITTED, at=report.first_submitted_at)
    return report


@pytest.mark.parametrize("change", [moved, renamed])
def test_the_months_under_the_earlier_name_or_authority_stand_in_the_one_row_of_the_unit(desk, change):
    report_of_march(desk, status=ReportStatus.ACCEPTED, first_submitted_at=end_of(date(2023, 3, 14)))
    sent(desk, ReportStatus.SUBMITTED)
    successor = change(desk)
    of = people(desk, successor)
    for name in ("new office", "province", "commune"):
        page = sign_in(of[name]).get("/reports/")
        (row,) = page.context["board"].rows
        assert row.commune == successor
        assert states(row) == {MARCH: ReportStatus.ACCEPTED, APRIL: ReportStatus.SUBMITTED}
        assert (row.punctuality.on_time, row.punctuality.due) == (1, 1)
        assert f'href="/reports/{successor.code}/2023-03/"' in page.text
    (row,) = sign_in(of["province"]).get("/reports/", {"q": "Cao Son"}).context["rows"]
    assert row.commune == successor, "the earlier name finds it too"


def test_the_office_that_gave_the_commune_away_keeps_its_months(desk):
    report_of_march(desk, status=ReportStatus.ACCEPTED, first_submitted_at=end_of(date(2023, 3, 14)))
    moved(desk)
    (row,) = sign_in(desk.officer).get("/reports/").context["board"].rows
    assert row.commune == desk.commune
    assert states(row) == {MARCH: ReportStatus.ACCEPTED}


def test_a_unit_that_changed_twice_has_one_row(desk):
    report_of_march(desk, status=ReportStatus.ACCEPTED, first_submitted_at=end_of(date(2023, 3, 14)))
    middle = rename_commune(commune=desk.commune, name="Tam Hợp", from_day=date(2023, 3, 20), by=desk.officer).successor
    last = rename_commune(commune=middle, name="Tam Đỉnh", from_day=date(2023, 4, 1), by=desk.officer).successor
    units = Commune.objects.filter(pk__in=[desk.commune.pk, middle.pk, last.pk])
    board = make_board(list(units), board_months(APRIL), APRIL, TODAY)
    assert [[unit.name for unit in row.units] for row in board.rows] == [["Tam Đỉnh", "Tam Hợp", "Cao Sơn"]]
    assert states(board.rows[0])[MARCH] == ReportStatus.ACCEPTED


def test_the_months_of_merged_units_stay_in_their_own_rows(desk):
    report_of_march(desk, status=ReportStatus.ACCEPTED, first_submitted_at=end_of(date(2023, 3, 14)))
    successor = merged(desk)
    rows = {row.commune.name: states(row) for row in sign_in(desk.officer).get("/reports/").context["board"].rows}
    assert rows["Cao Sơn"] == {MARCH: ReportStatus.ACCEPTED}
    assert rows[successor.name] == {APRIL: "not_due"}


def test_a_month_missing_under_the_earlier_name_is_missing_still_but_nobody_is_asked_to_send_it(desk):
    report_of_march(desk)
    successor = renamed(desk)
    client = sign_in(fresh(desk.clerk))
    assert client.get(f"/reports/{successor.code}/2023-03/submit/").status_code == 403, "nobody can send it any more"
    page = sign_in(desk.officer).get("/reports/?month=2023-03")
    assert states(page.context["board"].rows[0])[MARCH] == "missing"
    assert "Nhắc 1 xã chưa gửi" not in text(page)
    assert "month=2023-03&amp;commune=" not in page.text
    assert "Soạn tiếp báo cáo tháng 3" not in text(client.get("/"))
    reminded = report_reminders(date(2023, 4, 14))
    assert [reminder.url for reminder in reminded] == [f"/reports/{successor.code}/2023-04/"]


def test_the_board_costs_the_same_queries_for_one_renamed_commune_and_for_three(desk):
    def rename(number: int) -> None:
        commune = make_commune(authority=desk.commune.authority, name=f"Xã {number}")
        make_report(commune=commune, criteria_set=desk.criteria_set, month=MARCH)
        rename_commune(commune=commune, name=f"Tên mới {number}", from_day=date(2023, 4, 1), by=desk.officer)

    rename(1)
    client = sign_in(desk.officer)
    cost = queries(client, "/reports/")
    rename(2)
    rename(3)
    assert queries(client, "/reports/") == cost
