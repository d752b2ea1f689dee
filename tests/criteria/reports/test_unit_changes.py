"""Reports of a commune that got another name or authority, or became part of another one."""

from datetime import date

import pytest

from communes.enums import Role
from communes.models import User
from criteria.enums import ReportStatus
from criteria.models import MonthlyReport
from criteria.unit_services import merge_communes, move_commune, rename_commune
from tests.criteria.reports.desk import LATE, Desk, make_desk
from tests.factories import make_authority, make_commune, make_user
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db

TODAY = date(2023, 4, 10)
APRIL = date(2023, 4, 1)
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
