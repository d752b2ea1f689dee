"""The board: which report is where, what a hole leads to, the rate on time, the same queries at any size."""

from datetime import date

import pytest

from communes.enums import Role
from criteria.enums import ReportEventKind, ReportStatus
from criteria.models import DayException, ReportEvent
from criteria.reports.board import board_months, make_board, ordered
from criteria.reports.board_table import cell_words
from ntm_tracker.lib.clock import end_of, start_of
from ntm_tracker.lib.workbook import read
from tests.factories import make_authority, make_commune, make_criteria_set, make_report, make_user
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db

TODAY = date(2023, 4, 10)
FEBRUARY, MARCH, APRIL = (date(2023, month, 1) for month in (2, 3, 4))
BOARD = "/reports/"


@pytest.fixture(autouse=True)
def on_10_april(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def criteria_set():
    return make_criteria_set()


@pytest.fixture
def district():
    return make_authority(name="huyện Anh Sơn")


@pytest.fixture
def commune(district):
    return make_commune(authority=district, name="Cao Sơn")


@pytest.fixture
def officer(district):
    return make_user(authority=district)


def sent(commune, criteria_set, month, day, status=ReportStatus.ACCEPTED, answered=None):
    """A report whose first sending was at the end of `day`."""
    report = make_report(
        commune=commune, criteria_set=criteria_set, month=month, status=status, first_submitted_at=end_of(day)
    )
    ReportEvent.objects.create(report=report, kind=ReportEventKind.SUBMITTED, at=end_of(day))
    if answered:
        ReportEvent.objects.create(report=report, kind=status, at=start_of(answered))
    return report


def cell_of(commune, month, today=TODAY):
    return make_board([commune], board_months(APRIL), month, today).rows[0].focus


# What a cell says


def test_each_state_has_its_own_words_and_days(commune, criteria_set):
    sent(commune, criteria_set, FEBRUARY, date(2023, 2, 17), answered=date(2023, 2, 20))
    make_report(commune=commune, criteria_set=criteria_set, month=MARCH)
    assert cell_words(cell_of(commune, FEBRUARY)) == "Chấp nhận 20/02/2023; gửi lần đầu 17/02/2023, muộn 2 ngày"
    assert cell_words(cell_of(commune, MARCH)) == "Chưa gửi (đang soạn), quá hạn 26 ngày, hạn 15/3/2023"
    assert cell_words(cell_of(commune, APRIL)) == "Chưa gửi, còn 7 ngày"


def test_a_report_that_was_sent_and_waits_says_so(commune, criteria_set):
    sent(commune, criteria_set, APRIL, date(2023, 4, 7), ReportStatus.SUBMITTED)
    assert cell_words(cell_of(commune, APRIL)) == "Đã gửi 07/4/2023, đúng hạn"


def test_a_report_that_was_returned_keeps_its_day_of_sending(commune, criteria_set):
    sent(commune, criteria_set, MARCH, date(2023, 3, 15), ReportStatus.RETURNED, answered=date(2023, 3, 30))
    cell = cell_of(commune, MARCH)
    assert cell_words(cell) == "Trả lại 30/3/2023; gửi lần đầu 15/3/2023, đúng hạn"
    assert not cell.is_late
    assert not cell.is_hole


def test_late_is_late_for_ever_and_on_time_stays_on_time(commune, criteria_set):
    sent(commune, criteria_set, MARCH, date(2023, 3, 16), answered=date(2023, 3, 20))
    sent(commune, criteria_set, FEBRUARY, date(2023, 2, 15), answered=date(2023, 3, 20))
    for today in (TODAY, date(2024, 1, 1)):
        assert cell_of(commune, MARCH, today).days_late == 1
        assert not cell_of(commune, FEBRUARY, today).is_late


def test_on_the_due_day_nothing_is_late_yet(commune, criteria_set):
    sent(commune, criteria_set, MARCH, date(2023, 3, 15))
    assert cell_of(commune, APRIL, date(2023, 4, 17)).state == "not_due"
    assert cell_words(cell_of(commune, APRIL, date(2023, 4, 17))) == "Chưa gửi, hạn hôm nay"
    assert cell_of(commune, APRIL, date(2023, 4, 18)).state == "missing"


def test_a_day_off_by_decision_moves_what_is_late(commune, criteria_set):
    sent(commune, criteria_set, MARCH, date(2023, 3, 16))
    assert cell_of(commune, MARCH).is_late
    DayException.objects.create(day=date(2023, 3, 15), is_workday=False, reason="Nghỉ theo quyết định")
    assert not cell_of(commune, MARCH).is_late


def test_months_before_the_first_report_of_the_authority_ask_for_nothing(commune, criteria_set, district):
    neighbour = make_commune(authority=district)
    sent(neighbour, criteria_set, MARCH, date(2023, 3, 15))
    row = make_board([commune], board_months(APRIL), APRIL, TODAY).rows[0]
    assert [cell.month for cell in row.cells if cell.is_expected] == [MARCH, APRIL]


def test_where_nobody_has_reported_yet_the_first_month_due_after_the_first_account_is_asked_for(commune):
    make_user(Role.COMMUNE, commune=commune, date_joined=start_of(date(2023, 2, 16)))
    row = make_board([commune], board_months(APRIL), APRIL, TODAY).rows[0]
    assert [(cell.month, cell.state) for cell in row.cells if cell.is_expected] == [
        (MARCH, "missing"),
        (APRIL, "not_due"),
    ]


def test_a_commune_reports_for_the_periods_at_whose_end_it_exists(district, criteria_set):
    ended = make_commune(authority=district, valid_to=date(2023, 2, 14))
    new = make_commune(authority=district, valid_from=date(2023, 2, 15))
    sent(ended, criteria_set, date(2023, 1, 1), date(2023, 1, 16))
    board = make_board([ended, new], board_months(APRIL), APRIL, TODAY)
    months = [[cell.month for cell in row.cells if cell.is_expected] for row in board.rows]
    assert months == [[date(2023, 1, 1), FEBRUARY], [MARCH, APRIL]]


# The rate


def test_the_rate_on_time_counts_what_was_due(commune, district, criteria_set):
    other = make_commune(authority=district, name="Đức Sơn")
    sent(commune, criteria_set, FEBRUARY, date(2023, 2, 15))
    sent(commune, criteria_set, MARCH, date(2023, 3, 16))
    sent(commune, criteria_set, APRIL, date(2023, 4, 7), ReportStatus.SUBMITTED)
    sent(other, criteria_set, MARCH, date(2023, 3, 14))
    board = make_board([commune, other], board_months(APRIL), APRIL, TODAY)
    rates = [(row.punctuality.on_time, row.punctuality.due) for row in board.rows]
    assert rates == [(1, 2), (1, 2)]
    assert [(column.punctuality.on_time, column.punctuality.due) for column in board.months[-3:]] == [
        (1, 2),
        (1, 2),
        (0, 0),
    ]
    assert (board.punctuality.on_time, board.punctuality.due) == (2, 4)


def test_rows_are_ordered_by_rate_name_and_what_asks_for_work(commune, district, criteria_set):
    punctual = make_commune(authority=district, name="Đức Sơn")
    sent(commune, criteria_set, MARCH, date(2023, 3, 16))
    sent(punctual, criteria_set, MARCH, date(2023, 3, 15), ReportStatus.SUBMITTED)
    rows = make_board([commune, punctual], board_months(APRIL), MARCH, TODAY).rows
    assert [row.commune.name for row in ordered(rows, "-rate")] == ["Đức Sơn", "Cao Sơn"]
    assert [row.commune.name for row in ordered(rows, "-name")] == ["Đức Sơn", "Cao Sơn"]
    assert [row.commune.name for row in ordered(rows, "state")] == ["Đức Sơn", "Cao Sơn"]


# The page


def test_the_page_says_how_the_month_stands_and_why_it_is_due_then(officer, commune, criteria_set):
    make_commune(authority=officer.authority)
    sent(commune, criteria_set, APRIL, date(2023, 4, 7), ReportStatus.SUBMITTED)
    said = text(sign_in(officer).get(BOARD))
    assert "1/2 xã đã gửi báo cáo tháng 4/2023; hạn thứ Hai, 17/4/2023 (15/4 là thứ Bảy), còn 7 ngày." in said
    assert "Nhắc 1 xã chưa gửi" in said


def test_a_hole_is_one_step_from_the_reminder_and_a_sent_report_from_its_page(officer, commune, criteria_set):
    sent(commune, criteria_set, MARCH, date(2023, 3, 15))
    page = sign_in(officer).get(BOARD).text
    assert f'href="/reports/reminder/?month=2023-04&amp;commune={commune.code}"' in page
    assert f'href="/reports/{commune.code}/2023-03/"' in page


def test_commune_staff_see_their_own_row_and_the_totals_of_the_district(commune, district, criteria_set):
    other = make_commune(authority=district, name="Đức Sơn")
    sent(other, criteria_set, MARCH, date(2023, 3, 15))
    staff = make_user(Role.COMMUNE, commune=commune)
    answer = sign_in(staff).get(BOARD)
    assert "Đức Sơn" not in answer.text
    assert "Báo cáo tháng 4/2023 của xã: chưa gửi, còn 7 ngày. 0/2 xã đã gửi báo cáo tháng 4/2023" in text(answer)
    assert f'href="/reports/{commune.code}/2023-04/"' in answer.text
    assert "reminder" not in answer.text


def test_a_leader_sees_holes_without_a_way_to_remind(commune, district, criteria_set):
    leader = make_user(Role.LEADER, authority=district)
    page = sign_in(leader).get(BOARD).text
    assert "còn 7 ngày" in page
    assert "reminder" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?q=cao", ["Cao Sơn"]),
        ("?month=2023-03&state=missing", ["Cao Sơn"]),
        ("?month=2023-03&state=accepted", ["Đức Sơn", "Tam Sơn"]),
        ("?month=2023-03&late=1", ["Cao Sơn", "Tam Sơn"]),
        ("?month=2023-03&late=1&state=accepted", ["Tam Sơn"]),
        ("?sort=-name", ["Tam Sơn", "Đức Sơn", "Cao Sơn"]),
        ("?month=khong&until=9999-99&state=x&sort=x", ["Cao Sơn", "Đức Sơn", "Tam Sơn"]),
    ],
)
def test_the_filters_stand_in_the_address(officer, commune, district, criteria_set, query, shown):
    sent(make_commune(authority=district, name="Đức Sơn"), criteria_set, MARCH, date(2023, 3, 15))
    sent(make_commune(authority=district, name="Tam Sơn"), criteria_set, MARCH, date(2023, 3, 17))
    rows = sign_in(officer).get(BOARD + query).context["rows"]
    assert [row.commune.name for row in rows] == shown


def test_older_months_are_pages_of_twelve(officer, commune, criteria_set):
    sent(commune, criteria_set, date(2021, 6, 1), date(2021, 6, 15))
    page = sign_in(officer).get(f"{BOARD}?month=2021-06").context
    assert (page["months"][0], page["months"][-1]) == (date(2021, 5, 1), date(2022, 4, 1))
    assert page["asked"].before == "2021-04"
    assert page["asked"].after == "2023-04"


def test_the_workbook_has_the_rows_on_screen(officer, commune, district, criteria_set):
    make_commune(authority=district, name="Đức Sơn")
    sent(commune, criteria_set, MARCH, date(2023, 3, 16), answered=date(2023, 3, 20))
    answer = sign_in(officer).get(f"{BOARD}?q=cao&format=xlsx")
    head, *rows = read(answer.content)[0].rows
    assert head[:2] == ["Mã xã", "Xã"]
    assert head[-4:] == ["Tháng 4/2023", "Đúng hạn", "Đã đến hạn", "Tỷ lệ đúng hạn"]
    assert [row[1] for row in rows if row[1]] == ["xã Cao Sơn", "Đã gửi", "Đúng hạn"]
    assert rows[0][-5:] == ["✓ 20/3\nmuộn 1", "– còn 7", 0, 1, "0%"]
    # The foot is that of the page: of all communes.
    assert rows[1][-5] == "1/2"
    assert rows[2][-5] == "0,0%"
    assert rows[-2][0].startswith("✓ chấp nhận")
    assert rows[-1][0] == "Lọc: Tìm: “cao”"


def test_nothing_typed_reaches_the_page_as_markup(officer, district, criteria_set):
    make_commune(authority=district, name="<b>Sơn</b>")
    assert "<b>Sơn" not in sign_in(officer).get(BOARD).text


def test_a_board_of_thirty_communes_costs_what_one_costs(officer, district, criteria_set):
    def fill(count):
        for _ in range(count):
            sent(make_commune(authority=district), criteria_set, MARCH, date(2023, 3, 15))

    fill(1)
    few = queries(sign_in(officer), BOARD)
    fill(30)
    assert queries(sign_in(officer), BOARD) == few <= 15


def test_a_province_sees_the_districts_with_their_own_due_days(district, commune, criteria_set):
    other = make_commune(authority=make_authority(parent=district.parent))
    district.report_rules.create(from_month=APRIL, due_day=20, reason="Công văn 1")
    answer = sign_in(make_user(authority=district.parent)).get(BOARD)
    due = {row.commune: row.focus.deadline.due_on for row in answer.context["rows"]}
    assert due == {commune: date(2023, 4, 20), other: date(2023, 4, 17)}
    assert str(district) in answer.text
    assert "0/2 xã đã gửi báo cáo tháng 4/2023; mỗi huyện có hạn riêng." in text(answer)


def test_the_demonstration_shows_every_state_and_no_lateness_of_cao_son(demo):
    client = sign_in(demo.user("huyen"))
    march, april = (client.get(f"{BOARD}?month=2023-0{month}").context["board"].focus.states for month in (3, 4))
    assert march == {"accepted": 14, "submitted": 3, "returned": 1, "missing": 2}
    assert april == {"not_due": 12, "draft": 6, "submitted": 2}
    rows = client.get(BOARD).context["rows"]
    cao_son = next(row for row in rows if row.commune == demo.cao_son)
    assert not any(cell.is_late for cell in cao_son.cells)
    assert len(client.get(BOARD).text.encode()) < 200_000


@pytest.mark.parametrize("query", ["?month=99999999999999999999-01", "?until=99999999999999999999-01"])
def test_a_month_that_no_calendar_holds_shows_the_present_one(officer, commune, criteria_set, query):
    answer = sign_in(officer).get(f"/reports/{query}")
    assert answer.status_code == 200
    assert answer.context["asked"].focus == APRIL
