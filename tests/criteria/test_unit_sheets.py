"""Departments, communes, guides and accounts come in by one workbook: whole or not at all, inside the own reach."""

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communes.activation import tokens
from communes.enums import AuthorityLevel, Role
from communes.models import Commune, Department, User
from criteria.exchange.sheets import LoadedRow
from criteria.exchange.units import dry_run, load, units_file
from criteria.models import CommuneZone, CriteriaSet, SubItem, SubItemGuide, Zone
from criteria.reports.board import board_months, make_board
from criteria.unit_services import merge_communes, move_commune
from ntm_tracker.lib import clock
from ntm_tracker.lib.workbook import ReadSheet, read
from tests.factories import (
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_report,
    make_user,
)
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db
PAGE = "/exchange/units/"
HEADS = {
    "Phòng, ban": ["Cơ quan", "Mã", "Tên ngắn", "Tên đầy đủ", "Thứ tự"],
    "Xã": ["Mã", "Loại", "Tên", "Cơ quan", "Vùng", "Có từ ngày"],
    "Hướng dẫn": ["Mã nội dung", "Phòng, ban", "Cơ quan", "Căn cứ"],
    "Tài khoản": [
        *("Tên đăng nhập", "Họ và tên", "Chức vụ", "Vai trò", "Cơ quan", "Phòng, ban", "Xã", "Thư điện tử"),
    ],
}


@pytest.fixture(autouse=True)
def kept_apart(settings, tmp_path):
    """A person's uploads lie in one folder by their key, which other tests give to somebody else."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def district():
    make_criteria_set()
    return make_authority(code="424", name="huyện Anh Sơn")


@pytest.fixture
def officer(district):
    return make_user(authority=district, username="vanphong")


def book(**rows):
    """The sheets of a workbook with these rows: d departments, c communes, g guides, a accounts."""
    names = dict(zip("dcga", HEADS, strict=True))
    return [ReadSheet(names[key], [HEADS[names[key]], *of_it]) for key, of_it in rows.items()]


DEPARTMENT = ["", "KTHT", "Kinh tế-HT", "Phòng Kinh tế và Hạ tầng", 1]
COMMUNE = [17386, "xã", "Xã Cao Sơn", "", "vùng thử"]
GUIDE = ["1.1", "kinh te-ht", "", "Quyết định phân công"]
CLERK = ["caoson", "Lê Văn Bảy", "Công chức", "Cán bộ xã", "", "", "cao son", "bay@example.vn"]
EXPERT = ["ktht", "Trần Thị Hoa", "", "Cán bộ phòng, ban", "", "KTHT", "", ""]


def test_one_workbook_sets_a_district_up(district, officer):
    zone = Zone.objects.get()
    zone.name = "Vùng thử"
    zone.save()
    sheets = book(d=[DEPARTMENT], c=[COMMUNE], g=[GUIDE], a=[CLERK, EXPERT])
    trial = dry_run(sheets, officer)
    assert trial.problems == []
    assert not Commune.objects.exists()
    assert trial.rows["Xã"] == [LoadedRow("17386, xã Cao Sơn, huyện Anh Sơn, Vùng thử", is_new=True)]
    found = load(sheets, officer)
    assert (found.problems, found.changes) == ([], 5)
    commune, department = Commune.objects.get(), Department.objects.get()
    assert (str(commune), commune.code, commune.authority) == ("xã Cao Sơn", "17386", district)
    assert CommuneZone.objects.get().commune == commune
    assert SubItemGuide.objects.get().department == department
    clerk, expert = User.objects.get(username="caoson"), User.objects.get(username="ktht")
    assert (clerk.commune, clerk.authority, clerk.role) == (commune, district, Role.COMMUNE)
    assert (expert.department, expert.authority) == (department, district)
    assert not clerk.has_usable_password()
    assert commune.history.get().history_type == "+"


def test_what_went_out_comes_back_as_nothing_new(district, officer):
    load(book(d=[DEPARTMENT], c=[[*COMMUNE[:4], ""]], g=[GUIDE], a=[CLERK]), officer)
    found = load(read(units_file(officer).content), officer)
    assert (found.problems, found.changes) == ([], 0)
    assert sum(count["skip"] for count in found.counts.values()) == 5  # the officer's own account is in it


def test_rows_that_are_not_in_the_file_stay_and_named_ones_change(district, officer):
    load(book(d=[DEPARTMENT, ["", "VP", "Văn phòng", "Văn phòng HĐND-UBND", 2]]), officer)
    found = load(book(d=[["424", "KTHT", "Kinh tế-HT", "Phòng Kinh tế, Hạ tầng và Đô thị", 1]]), officer)
    assert found.counts["Phòng, ban"] == {"new": 0, "update": 1, "skip": 0}
    assert {row.full_name for row in Department.objects.all()} == {
        "Văn phòng HĐND-UBND",
        "Phòng Kinh tế, Hạ tầng và Đô thị",
    }


def test_a_zone_that_is_left_empty_stays(district, officer):
    load(book(c=[[*COMMUNE[:4], Zone.objects.get().code]]), officer)
    assert load(book(c=[[*COMMUNE[:4], ""]]), officer).changes == 0
    assert CommuneZone.objects.count() == 1


@pytest.mark.parametrize(
    ("sheets", "cell", "remedy"),
    [
        ({"c": [["1738a", "xã", "Cao Sơn", "", ""]]}, "A2", "năm chữ số"),
        ({"c": [["17386", "làng", "Cao Sơn", "", ""]]}, "B2", "không có trong danh sách"),
        ({"c": [["17386", "xã", "", "", ""]]}, "C2", "không được để trống"),
        ({"c": [["17386", "xã", "thị trấn Anh Sơn", "", ""]]}, "C2", "thị trấn"),
        ({"c": [["17386", "xã", "Cao Sơn", "huyện Đô Lương", ""]]}, "D2", "Không có “huyện Đô Lương”"),
        ({"c": [["17386", "xã", "Cao Sơn", "", "Tây Bắc"]]}, "E2", "Không có “Tây Bắc”"),
        ({"c": [[*COMMUNE[:4], ""], ["17387", "xã", "Cao  sơn", "", ""]]}, "C3", "đã có xã Cao Sơn (mã 17386)"),
        ({"c": [[*COMMUNE[:4], ""], ["17386", "xã", "Đỉnh Sơn", "", ""]]}, "A3", "đã có một dòng như vậy"),
        ({"d": [["", "", "KT", "Phòng Kinh tế", 1]]}, "B2", "không được để trống"),
        ({"d": [["", "KT", "KT", "Phòng Kinh tế", "một"]]}, "E2", "không phải là số nguyên"),
        ({"d": [DEPARTMENT], "g": [["9.9", "KTHT", "", ""]]}, "A2", "Không có “9.9”"),
        ({"g": [["1.1", "KTHT", "", ""]]}, "B2", "Không có “KTHT”"),
        ({"a": [["lê bảy", "Lê Bảy", "", "Lãnh đạo", "", "", "", ""]]}, "A2", "tên đăng nhập hợp lệ"),
        ({"a": [["VanPhong", "Lê Bảy", "", "Lãnh đạo", "", "", "", ""]]}, "A2", "đã có người dùng"),
        ({"a": [["bay", "Lê Bảy", "", "Cán bộ xã", "", "", "", ""]]}, "G2", "phải chọn xã"),
        ({"a": [["bay", "Lê Bảy", "", "Lãnh đạo", "", "", "", "khong"]]}, "H2", "email"),
        ({"a": [["bay", "Lê Bảy", "", "Quản trị hệ thống", "", "", "", ""]]}, "D2", "không có trong danh sách"),
        ({"a": [["bay", "", "", "Lãnh đạo", "", "", "", ""]]}, "B2", "không được để trống"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_written(district, officer, sheets, cell, remedy):
    people = User.objects.count()
    found = load(book(**sheets), officer)
    (problem,) = [row for row in found.problems if row.cell == cell]
    assert remedy in problem.remedy
    assert len(found.problems) == 1
    assert (Commune.objects.count(), Department.objects.count(), User.objects.count()) == (0, 0, people)


def test_what_a_commune_is_called_is_not_changed_on_the_way(district, officer):
    commune = make_commune(authority=district, code="17386", name="Cao Sơn")
    found = load(book(c=[["17386", "xã", "Yên Xuân", "", ""]]), officer)
    (problem,) = found.problems
    assert "Mã 17386 đang là xã Cao Sơn" in problem.remedy
    assert "Thay đổi đơn vị" in problem.remedy
    commune.refresh_from_db()
    assert commune.name == "Cao Sơn"


def test_another_spelling_of_a_name_is_no_other_name(district, officer):
    make_commune(authority=district, code="17386", name="Hòa Sơn")
    assert load(book(c=[["17386", "xã", "HOÀ SƠN", "", ""]]), officer).problems == []
    assert Commune.objects.get().name == "Hòa Sơn"


def test_a_unit_that_ended_does_not_come_back_to_life(district, officer):
    first, second = (make_commune(authority=district, code=code) for code in ("17386", "17387"))
    sheets = read(units_file(officer).content)
    merge_communes(
        communes=[first, second], code="17386", name="Yên Xuân", kind="xa", authority=district,
        from_day=clock.today(), by=officer,
    )  # fmt: skip
    found = load(sheets, officer)
    assert {row.sheet for row in found.problems} == {"Xã"}
    assert any("Mã 17387 là của" in row.remedy and "có đến hết ngày" in row.remedy for row in found.problems)
    assert Commune.objects.filter(code="17387").count() == 1


def test_codes_are_taken_as_they_are_written(district, officer):
    load(book(d=[DEPARTMENT], c=[[123, "xã", "Cao Sơn", "", ""]]), officer)
    assert Commune.objects.get().code == "00123"
    assert load(book(a=[[*CLERK[:6], 123, ""], EXPERT]), officer).problems == []
    assert load(book(c=[["1738", "xã", "Đỉnh Sơn", "", ""]]), officer).problems[0].cell == "A2"
    assert load(book(d=[["", "ktht", *DEPARTMENT[2:]]]), officer).counts["Phòng, ban"]["new"] == 0
    assert Department.objects.count() == 1


def test_a_new_commune_can_have_a_first_day_and_a_known_one_keeps_its_own(district, officer):
    assert load(book(c=[[*COMMUNE, "01/4/2023"]]), officer).problems == []
    assert Commune.objects.get().valid_from == date(2023, 4, 1)
    assert load(book(c=[[*COMMUNE, ""]]), officer).changes == 0
    (problem,) = load(book(c=[[*COMMUNE, "01/5/2023"]]), officer).problems
    assert (problem.cell, "trang quản trị" in problem.remedy) == ("F2", True)


def test_a_commune_that_joins_those_that_report_says_since_when(district, officer, settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    old = make_commune(authority=district, code="17380", name="Khai Sơn")
    make_report(commune=old, criteria_set=CriteriaSet.objects.get(), month=date(2023, 2, 1))
    # One that was there before, from the workbook as it went out, needs no day.
    assert load(read(units_file(officer).content), officer).problems == []
    new = ["17386", "xã", "Cao Sơn", "", ""]
    (problem,) = load(book(c=[new], a=[CLERK]), officer).problems
    assert (problem.sheet, problem.cell) == ("Xã", "F2")
    assert "Các xã của huyện Anh Sơn báo cáo ở đây từ tháng 2/2023" in problem.remedy
    assert load(book(c=[[*new, "20/3/2023"]], a=[CLERK]), officer).problems == []
    commune = Commune.objects.get(code="17386")
    (row,) = make_board([commune], board_months(date(2023, 4, 1)), date(2023, 4, 1), clock.today()).rows
    assert [cell.month for cell in row.cells if cell.is_expected] == [date(2023, 4, 1)]


def test_what_is_owed_is_asked_once_for_many_new_communes(district, officer, settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    make_report(commune=make_commune(authority=district), month=date(2023, 2, 1))
    rows = [[f"{17386 + at}", "xã", f"Cao Sơn {at}", "", "", ""] for at in range(3)]
    with CaptureQueriesContext(connection) as seen:
        assert [row.cell for row in load(book(c=rows), officer).problems] == ["F2", "F3", "F4"]
    assert sum('FROM "criteria_monthlyreport"' in query["sql"] for query in seen) == 1


def test_a_new_commune_without_a_zone_is_told(district, officer):
    found = dry_run(book(c=[[*COMMUNE[:4], ""]]), officer)
    assert "chưa xếp vùng" in found.rows["Xã"][0].text


def test_nobody_shuts_themselves_out(district, officer):
    (problem,) = load(book(a=[["vanphong", officer.full_name, "", "Lãnh đạo", "", "", "", ""]]), officer).problems
    assert (problem.cell, "chính anh/chị" in problem.remedy) == ("D2", True)
    officer.refresh_from_db()
    assert officer.role == Role.DISTRICT


def test_a_line_break_in_a_name_is_a_slip(district, officer):
    load(book(d=[["", "KTHT", "Kinh tế\nHT", "Phòng Kinh tế\n và Hạ tầng", 1]]), officer)
    department = Department.objects.get()
    assert (department.short_name, department.full_name) == ("Kinh tế HT", "Phòng Kinh tế và Hạ tầng")


def test_what_follows_from_a_refused_row_is_not_another_mistake(district, officer):
    found = load(book(c=[["17386", "xã", "Cao Sơn", "", "Tây Bắc"]], a=[CLERK]), officer)
    assert [(row.sheet, row.cell) for row in found.problems] == [("Xã", "E2")]


def test_a_commune_that_cannot_be_read_hides_no_account_of_another_one(district, officer):
    people = [CLERK, ["bay", "Lê Bảy", "", "Cán bộ xã", "", "", "Làng", ""]]
    found = load(book(c=[["1738a", "xã", "Cao Sơn", "", ""]], a=people), officer)
    assert [(row.sheet, row.cell) for row in found.problems] == [("Xã", "A2")]
    found = load(book(c=[["1738a", "xã", "Cao Sơn", "", ""]], a=[*people, [*people[1][:6], "Bản", ""]]), officer)
    # The name of the commune is known, so "Làng" or "Bản" is wrong.
    assert [(row.sheet, row.cell) for row in found.problems] == [("Xã", "A2"), ("Tài khoản", "G3"), ("Tài khoản", "G4")]
    assert "Nếu là mã của dòng sai ở trang Xã" in found.problems[1].remedy


def test_an_account_stays_where_it_is_when_its_authority_is_left_empty(district):
    leader = make_user(Role.LEADER, authority=district, username="lanhdao9")
    province = make_user(authority=district.parent)
    load(book(a=[["lanhdao9", "Bùi Văn", "", "Lãnh đạo", "", "", "", ""]]), province)
    leader.refresh_from_db()
    assert (leader.full_name, leader.authority) == ("Bùi Văn", district)


def test_units_and_accounts_of_what_has_ended_do_not_stand_in_the_way_of_the_rest(district):
    commune = make_commune(authority=district, valid_to=date(2020, 12, 31))
    make_user(Role.COMMUNE, commune=commune)
    gone = make_authority(parent=district.parent, valid_to=date(2020, 12, 31))
    make_commune(authority=gone)
    make_user(authority=gone)
    province = make_user(authority=district.parent)
    assert load(read(units_file(province).content), province).problems == []


def test_a_file_without_any_of_the_sheets_says_which_there_are(officer):
    found = load([ReadSheet("Sheet1", [["a"]])], officer)
    assert "Phòng, ban; Xã; Hướng dẫn; Tài khoản" in found.problems[0].remedy


def queries_of(numbers, post, officer):
    """How many queries it takes to load the accounts canbo<number> with that post."""
    rows = [[f"canbo{number}", "Lê Văn Bảy", post, *CLERK[3:]] for number in numbers]
    with CaptureQueriesContext(connection) as seen:
        found = load(book(a=rows), officer)
    assert (found.problems, found.changes) == ([], len(rows))
    return len(seen)


def test_an_account_costs_two_queries_whether_it_is_new_or_changed(district, officer):
    load(book(c=[COMMUNE]), officer)
    # Its row and its history.
    assert queries_of(range(5, 15), "Công chức", officer) - queries_of(range(5), "Công chức", officer) == 2 * 5
    assert queries_of(range(5, 15), "Chủ tịch", officer) - queries_of(range(5), "Chủ tịch", officer) == 2 * 5


@pytest.mark.parametrize("name", ["CaoSon", "ｃａｏｓｏｎ"])
def test_a_user_name_in_other_letters_is_still_the_same(district, officer, name):
    found = load(book(c=[COMMUNE], a=[CLERK, [name, *CLERK[1:]]]), officer)
    assert [(row.cell, row.remedy) for row in found.problems] == [("A3", "Tên đăng nhập này đã có người dùng.")]


class TestReach:
    @pytest.fixture
    def other(self):
        return make_authority(code="425", name="huyện Đô Lương")

    def test_nobody_brings_units_or_accounts_into_another_district(self, officer, other):
        rows = {
            "d": [["425", *DEPARTMENT[1:]]],
            "c": [["17386", "xã", "Cao Sơn", "huyện Đô Lương", ""]],
            "a": [["bay", "Lê Bảy", "", "Lãnh đạo", "425", "", "", ""]],
        }
        found = load(book(**rows), officer)
        assert [(row.sheet, row.cell) for row in found.problems] == [
            ("Phòng, ban", "A2"),
            ("Xã", "D2"),
            ("Tài khoản", "E2"),
        ]

    def test_an_account_of_another_district_or_of_an_administrator_is_not_taken_over(self, officer, other):
        foreign = make_user(authority=other, username="doluong")
        administrator = make_user(Role.ADMINISTRATOR, authority=officer.authority, username="quantri")
        rows = [[name, "Kẻ khác", "", "Lãnh đạo", "", "", "", ""] for name in ("doluong", "quantri")]
        found = load(book(a=rows), officer)
        assert [row.remedy for row in found.problems] == ["Tên đăng nhập này đã có người dùng."] * 2
        for account in (foreign, administrator):
            role = account.role
            account.refresh_from_db()
            assert account.role == role

    def test_the_workbook_holds_the_own_district_alone(self, officer, other):
        make_commune(authority=other, name="Bồi Sơn")
        make_department(authority=other, full_name="Phòng của Đô Lương")
        make_user(authority=other, username="doluong")
        content = units_file(officer).content
        cells = {str(value) for sheet in read(content) for row in sheet.rows for value in row}
        assert "vanphong" in cells
        assert not cells & {"Bồi Sơn", "Phòng của Đô Lương", "doluong", "425"}

    def test_a_province_names_the_district_or_the_unit_that_says_it(self, district):
        province = make_user(authority=district.parent)
        make_department(authority=district, code="KTHT", short_name="Kinh tế-HT")
        rows = {
            "c": [["17386", "xã", "Cao Sơn", "Huyện Anh Sơn", ""]],
            "a": [CLERK, EXPERT, ["huyen", "Bùi Văn", "", "Lãnh đạo", "424", "", "", ""]],
        }
        assert load(book(**rows), province).problems == []
        assert {row.authority for row in User.objects.filter(username__in=["caoson", "ktht", "huyen"])} == {district}

    def test_a_name_that_two_communes_bear_asks_for_the_code(self, district):
        for code in ("17386", "17387"):
            place = make_authority(level=AuthorityLevel.DISTRICT, parent=district.parent)
            make_commune(authority=place, code=code, name="Cao Sơn")
        found = load(book(a=[CLERK]), make_user(authority=district.parent))
        assert [(row.cell, "Có nhiều đơn vị" in row.remedy) for row in found.problems] == [("G2", True)]
        assert load(book(a=[[*CLERK[:6], "17387", ""]]), make_user(authority=district.parent)).problems == []


class TestThePages:
    def upload(self, client, content, name="don-vi.xlsx"):
        return client.post(PAGE, {"file": SimpleUploadedFile(name, content)}, follow=True)

    def confirm(self, client, preview):
        seal = preview.context["found"].seal
        return client.post(preview.redirect_chain[-1][0], {"seal": seal}, follow=True)

    def filled(self, officer, *accounts):
        workbook = openpyxl.load_workbook(BytesIO(units_file(officer).content))
        for row in accounts:
            workbook["Tài khoản"].append(row)
        buffer = BytesIO()
        workbook.save(buffer)
        return buffer.getvalue()

    def test_from_the_file_to_the_first_sign_in_of_a_new_person(self, district, officer):
        make_commune(authority=district, name="Cao Sơn")
        client = sign_in(officer)
        preview = self.upload(client, self.filled(officer, CLERK))
        assert "caoson, Lê Văn Bảy, cán bộ xã, xã Cao Sơn" in text(preview)
        assert not User.objects.filter(username="caoson").exists()
        links = self.confirm(client, preview)
        assert links.redirect_chain[-1][0] == "/accounts/waiting/"
        ((account, address),) = links.context["rows"]
        assert account.username == "caoson"
        newcomer = Client()
        page = newcomer.get(address, follow=True)
        assert "Lê Văn Bảy" in page.text
        secret = "con đường mới của xã"
        answer = newcomer.post(page.redirect_chain[-1][0], {"new_password1": secret, "new_password2": secret})
        assert answer.url == "/"
        assert newcomer.get("/").context["user"] == account
        assert "không còn dùng được" in Client().get(address, follow=True).text
        assert "đều đã có mật khẩu" in client.get("/accounts/waiting/").text

    def test_the_addresses_go_out_as_a_workbook_that_nothing_keeps(self, district, officer):
        make_commune(authority=district, name="Cao Sơn")
        load(book(a=[CLERK]), officer)
        answer = sign_in(officer).get("/accounts/waiting/?format=xlsx")
        assert "no-store" in answer.headers["Cache-Control"]
        (sheet,) = read(answer.content)
        assert sheet.rows[1][0] == "caoson"
        assert sheet.rows[1][5].startswith("http://testserver/start/")

    def test_what_somebody_changed_after_the_preview_is_shown_before_it_is_written_over(self, district, officer):
        leader = make_user(Role.LEADER, authority=district, username="lanhdao9", full_name="Bùi Văn A")
        content = units_file(officer).content
        User.objects.filter(pk=leader.pk).update(full_name="Bùi Văn B")
        client = sign_in(officer)
        preview = self.upload(client, content)
        assert "Họ và tên: Bùi Văn B → Bùi Văn A" in text(preview)
        User.objects.filter(pk=leader.pk).update(post="Phó Chủ tịch")
        refused = self.confirm(client, preview)
        assert refused.status_code == 409
        assert "Chức vụ: Phó Chủ tịch → trống" in text(refused)
        leader.refresh_from_db()
        assert (leader.full_name, leader.post) == ("Bùi Văn B", "Phó Chủ tịch")

    @pytest.fixture
    def address(self, district, officer):
        """Where the owner of a new account chooses a password."""
        make_commune(authority=district, name="Cao Sơn")
        load(book(a=[CLERK]), officer)
        ((_, address),) = sign_in(officer).get("/accounts/waiting/").context["rows"]
        return address

    def works(self, address):
        return "không còn dùng được" not in Client().get(address, follow=True).text

    def test_an_address_holds_for_eight_hours(self, address, monkeypatch):
        now = tokens._now()
        for later, works in ((timedelta(hours=8) - timedelta(minutes=1), True), (timedelta(hours=8, minutes=1), False)):
            monkeypatch.setattr(tokens, "_now", lambda later=later: now + later)
            assert self.works(address) is works

    @pytest.mark.parametrize(
        "change", [{"is_active": False}, {"role": Role.ADMINISTRATOR, "commune": None}, {"email": "khac@example.vn"}]
    )
    def test_an_address_ends_with_the_account_as_it_was(self, address, change):
        assert self.works(address)
        User.objects.filter(username="caoson").update(**change)
        assert not self.works(address)

    def test_an_address_that_ended_because_the_commune_was_moved_says_so(self, address, district):
        move_commune(
            commune=Commune.objects.get(), authority=make_authority(parent=district.parent), from_day=clock.today(),
            by=make_user(authority=district.parent),
        )  # fmt: skip
        page = Client().get(address, follow=True)
        assert "tài khoản đổi đơn vị, vai trò hoặc thư điện tử thì đường dẫn cũ thôi dùng được" in page.text

    def test_a_refused_password_is_told_and_the_address_still_holds(self, address):
        newcomer = Client()
        page = newcomer.get(address, follow=True).redirect_chain[-1][0]
        refused = newcomer.post(page, {"new_password1": "ngắn", "new_password2": "ngắn"})
        assert refused.status_code == 422
        assert "quá ngắn" in refused.text
        assert self.works(address)

    def test_wrong_cells_are_listed_and_the_same_file_is_not_written_by_force(self, district, officer):
        client = sign_in(officer)
        preview = self.upload(client, self.filled(officer, ["bay", "Lê Bảy", "", "Cán bộ xã", "", "", "Làng", ""]))
        assert "Không có “Làng”" in text(preview)
        refused = client.post(preview.redirect_chain[-1][0])
        assert refused.status_code == 409
        assert not User.objects.filter(username="bay").exists()

    def test_a_confirmation_sent_twice_writes_once(self, district, officer):
        make_commune(authority=district, name="Cao Sơn")
        client = sign_in(officer)
        preview = self.upload(client, self.filled(officer, CLERK))
        for _ in range(2):
            links = self.confirm(client, preview)
            assert links.redirect_chain[-1][0] == "/accounts/waiting/"
        assert "Không có gì mới để ghi" in text(links)
        assert User.objects.filter(username="caoson").count() == 1
        assert User.history.filter(username="caoson").count() == 1

    def test_without_a_set_units_and_accounts_still_come_in(self, settings):
        settings.NTM_TODAY = date(2026, 1, 1)
        officer = make_user(authority=make_authority())
        assert load(book(c=[["17386", "xã", "Cao Sơn", "", ""]], a=[CLERK]), officer).problems == []
        assert sign_in(officer).get(PAGE).status_code == 200

    def test_a_thing_that_looks_like_a_formula_stays_a_text(self, district, officer):
        make_department(authority=district, full_name="=HYPERLINK(1)")
        workbook = openpyxl.load_workbook(BytesIO(units_file(officer).content))
        assert workbook["Phòng, ban"]["D2"].data_type == "s"


def test_sub_items_and_zones_are_those_of_the_set_in_force(district, officer):
    make_criteria_set(code="bo-cu", effective_from=date(2020, 1, 1), effective_to=date(2020, 12, 31))
    make_department(authority=district, code="KTHT", short_name="Kinh tế-HT")
    load(book(g=[GUIDE]), officer)
    assert SubItemGuide.objects.get().sub_item in SubItem.objects.of_set(Zone.objects.first().criteria_set)
