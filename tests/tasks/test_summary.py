"""The district summary and the one page of a commune: figures, documents, who sees what."""

import re
from datetime import date, datetime
from io import BytesIO
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.urls import reverse
from docx import Document
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from communes.enums import Role
from criteria.enums import Status
from criteria.models import SubItem
from criteria.periods import month_period, summary_period
from criteria.services import change_assessment
from criteria.unit_services import rename_commune
from ntm_tracker.lib.official import Picture
from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.word import render_docx
from tasks.enums import NoticeStatus, Recurrence, TaskStatus
from tasks.models import TaskUpdate
from tasks.summary.documents import (
    communes_table,
    overview,
    sheet_page,
    shortened,
    summary_document,
    summary_rows,
    summary_totals,
)
from tasks.summary.pictures import communes_chart
from tasks.summary.selectors import course, sheet, summary
from tests import factories
from tests.pages import text as text_on

pytestmark = pytest.mark.django_db
TODAY = date(2023, 4, 10)


def at(day: int, month: int = 4) -> datetime:
    return datetime(2023, month, day, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.fixture
def district(settings):
    settings.NTM_TODAY = TODAY
    return factories.make_letterhead().authority


@pytest.fixture
def officer(district):
    return factories.make_user(authority=district)


@pytest.fixture
def criteria_set(db):
    return factories.make_criteria_set()


def found(commune, code, status, moment, version=0, reason="Kiểm tra thực tế."):
    sub_item = SubItem.objects.get(code=code)
    change_assessment(
        commune=commune, sub_item=sub_item, status=status, by=None, expected_version=version, reason=reason, at=moment
    )


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


class TestThePeriod:
    def test_of_april_covers_15_march_to_14_april_and_runs_until_today(self, settings):
        settings.NTM_TODAY = TODAY
        period = summary_period({"month": "2023-04"})
        assert (period.first_day, period.until, period.is_running) == (date(2023, 3, 15), TODAY, True)

    def test_of_a_past_month_ends_on_the_14th(self, settings):
        settings.NTM_TODAY = TODAY
        assert month_period(date(2023, 3, 1)).until == date(2023, 3, 14)

    def test_on_the_15th_is_the_next_month(self, settings):
        settings.NTM_TODAY = date(2023, 4, 15)
        assert summary_period({}).month == date(2023, 5, 1)

    @pytest.mark.parametrize("query", [{"month": "2023-13"}, {"month": "2024-01"}, {"at": "32/1/2023"}, {"to": "x"}])
    def test_that_cannot_be_read_or_lies_ahead_falls_back_and_says_so(self, settings, query):
        settings.NTM_TODAY = TODAY
        period = summary_period(query)
        assert period.month == date(2023, 4, 1)
        assert period.error

    @pytest.mark.parametrize("query", [{"at": "1/1/1999"}, {"from": "1/1/1999"}])
    def test_before_all_that_is_kept_says_from_when_on_there_is_something(self, settings, query):
        settings.NTM_TODAY = TODAY
        told = "Hệ thống không giữ số liệu trước 01/01/2000 nên không lấy được ngày “1/1/1999”."
        assert summary_period(query).error == told

    def test_of_two_days_in_the_wrong_order_is_turned_round(self, settings):
        settings.NTM_TODAY = TODAY
        period = summary_period({"from": "01/4/2023", "to": "01/02/2023"})
        assert (period.since, period.until, period.error) == (date(2023, 2, 1), date(2023, 4, 1), "")

    def test_with_its_last_day_alone_begins_with_the_month_of_that_day(self, settings):
        """An earlier last day was taken for the first one, and the report went to the day before the present month."""
        settings.NTM_TODAY = TODAY
        period = summary_period({"from": "", "to": "10/03/2023"})
        assert (period.first_day, period.until, period.error) == (date(2023, 2, 15), date(2023, 3, 10), "")

    def test_of_one_day_twice_is_none_and_says_so(self, settings):
        settings.NTM_TODAY = TODAY
        period = summary_period({"from": "10/04/2023", "to": "10/04/2023"})
        assert period.month == date(2023, 4, 1)
        assert period.error == ("Hai ngày đều là 10/4/2023 nên không có gì để so sánh. Hãy chọn hai ngày khác nhau.")


class TestPictures:
    def test_of_months_without_figures_are_left_out_of_page_and_document(self, district, officer, criteria_set, client):
        """An empty axis bore the name of January 1970 eleven times."""
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.MET, at(1, 3))
        client.force_login(officer, "communes.access.LoginBackend")
        page = client.get("/summary/?month=2023-01").text
        assert "Chưa có số liệu qua các tháng." in page
        assert "charts/trend.svg" not in page
        picture = client.get("/summary/charts/trend.svg?month=2023-01").text
        assert re.sub("<[^>]*>", "", picture) == "", "nothing is written on what nobody shows"
        document = summary_document(summary(officer, district, month_period(date(2023, 1, 1))))
        assert not [block for block in document.body if isinstance(block, Picture)]

    def test_name_everyone_who_is_first_or_last(self, district, officer, criteria_set):
        names = ("An Sơn", "Bình Sơn", "Cao Sơn", "Đỉnh Sơn", "Hoa Sơn")
        communes = [factories.make_commune(authority=district, name=name) for name in names]
        for commune in communes[:2]:
            for code in ("1.1", "1.2"):
                found(commune, code, Status.MET, at(1, 3))
        for commune in communes[2:]:
            found(commune, "1.1", Status.NOT_MET, at(1, 3))
        told = communes_chart(summary(officer, district, month_period(date(2023, 4, 1)))).finding
        assert "nhiều nhất An Sơn và Bình Sơn (1/2), ít nhất Cao Sơn và 2 xã khác (0/2)" in told


class TestFigures:
    def test_are_those_of_the_end_of_the_period_and_what_it_changed(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.MET, at(1, 3))
        found(commune, "1.2", Status.NOT_MET, at(1, 3))
        found(commune, "1.2", Status.MET, at(5), version=1)
        row = summary(officer, district, month_period(date(2023, 4, 1))).rows[0]
        assert (row.progress.criteria_met, row.criteria_gained, row.sub_items_gained) == (1, 1, 1)
        before = summary(officer, district, month_period(date(2023, 3, 1))).rows[0]
        assert (before.progress.criteria_met, before.criteria_gained) == (0, None)

    def test_of_first_findings_are_no_gain(self, district, officer, criteria_set):
        found(factories.make_commune(authority=district), "1.1", Status.MET, at(5))
        whole = summary(officer, district, month_period(date(2023, 4, 1)))
        assert whole.rows[0].criteria_gained is None
        assert [row.gained for row in whole.criteria] == [None, None]
        assert (whole.totals.criteria_gained, whole.sub_items_gained) == (None, None)

    def test_of_criteria_count_the_communes_that_lack_them(self, district, officer, criteria_set):
        first, second = (factories.make_commune(authority=district) for _ in range(2))
        for code in ("1.1", "1.2"):
            found(first, code, Status.MET, at(1, 3))
        found(second, "1.1", Status.NOT_MET, at(1, 3))
        whole = summary(officer, district, month_period(date(2023, 4, 1)))
        assert [(row.criterion.number, row.communes.missing) for row in whole.hardest] == [(2, 2), (1, 1)]

    def test_of_a_commune_without_findings_are_unknown_and_in_no_average(self, district, officer, criteria_set):
        known, unknown = (factories.make_commune(authority=district, name=name) for name in ("Cao Sơn", "Lĩnh Sơn"))
        for code in ("1.1", "1.2"):
            found(known, code, Status.MET, at(1, 3))
        whole = summary(officer, district, month_period(date(2023, 4, 1)))
        assert [row.is_known for row in whole.by_progress] == [True, False]
        assert (whole.totals.unknown, whole.totals.criteria_mean) == (1, 1)
        assert [(row.criterion.number, row.communes.missing) for row in whole.hardest] == [(2, 1)]
        assert "Lĩnh Sơn" not in communes_chart(whole).finding
        assert unknown.name in {row[1] for row in communes_table(whole).rows if row[3] == "chưa có số liệu"}
        assert any(text.startswith("1 xã chưa có số liệu") for text in overview(whole))

    def test_of_a_commune_assessed_in_part_say_so(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.MET, at(1, 3))
        whole = summary(officer, district, month_period(date(2023, 4, 1)))
        assert (whole.rows[0].assessed, whole.totals.partial) == (1, 1)
        assert any(text.startswith("1 xã mới được đánh giá một phần") for text in overview(whole))
        for code in ("1.2", "2.1", "2.2", "2.3"):
            found(commune, code, Status.NOT_MET, at(6))
        assert summary(officer, district, month_period(date(2023, 4, 1))).totals.partial == 0

    def test_of_work_on_a_past_day_count_what_nobody_had_reported_on_yet(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        factories.make_task(commune=commune, assigned_on=date(2023, 3, 1), due_on=date(2023, 3, 10))
        row = summary(officer, district, month_period(date(2023, 3, 1))).rows[0]
        assert (row.open_tasks, row.overdue_tasks) == (1, 1)

    def test_of_work_count_what_is_given_open_and_late(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        issued = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED)
        draft = factories.make_notice(commune=commune)
        factories.make_task(commune=commune, point=factories.make_point(notice=issued), due_on=date(2023, 4, 6))
        factories.make_task(commune=commune, status=TaskStatus.DONE)
        factories.make_task(commune=commune, point=factories.make_point(notice=draft))
        factories.make_proposal(commune=commune)
        answered = factories.make_proposal(commune=commune)
        factories.make_reply(proposal=answered)
        factories.make_point(notice=issued, proposal=answered)
        row = summary(officer, district, month_period(date(2023, 4, 1))).rows[0]
        assert (row.open_tasks, row.overdue_tasks, row.unanswered) == (1, 1, 1)

    def test_of_work_hold_what_no_single_commune_answers_for(self, district, officer, criteria_set):
        factories.make_commune(authority=district)
        factories.make_task(commune=None, authority=district, due_on=date(2023, 4, 6))
        factories.make_task(commune=None, authority=factories.make_authority(), due_on=date(2023, 4, 6))
        whole = summary(officer, district, month_period(date(2023, 4, 1)))
        assert (whole.common_tasks, whole.open_tasks, whole.overdue_tasks) == (1, 1, 1)
        assert [row[5:7] for row in communes_table(whole).rows][1:] == [("1", "1"), ("1", "1")]
        assert [row[10:12] for row in (*summary_rows(whole), *summary_totals(whole))] == [(0, 0), (1, 1), (1, 1)]

    def test_of_monthly_work_are_late_on_a_day_on_which_nobody_had_answered(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        task = factories.make_task(
            commune=commune, recurrence=Recurrence.MONTHLY, recurrence_day=5, assigned_on=date(2023, 3, 1)
        )
        TaskUpdate.objects.create(task=task, text="Đã làm.", month=date(2023, 3, 1), at=at(20, 3))
        late, answered = (summary(officer, district, month_period(date(2023, month, 1))).rows[0] for month in (3, 4))
        assert (late.overdue_tasks, answered.overdue_tasks) == (1, 1)
        TaskUpdate.objects.create(task=task, text="Đã làm.", month=date(2023, 4, 1), at=at(6))
        late, answered = (summary(officer, district, month_period(date(2023, month, 1))).rows[0] for month in (3, 4))
        assert (late.overdue_tasks, answered.overdue_tasks) == (1, 0)

    def test_of_a_past_day_leave_out_later_tasks_and_proposals(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        factories.make_task(commune=commune)
        factories.make_proposal(commune=commune)
        row = summary(officer, district, month_period(date(2023, 3, 1))).rows[0]
        assert (row.open_tasks, row.unanswered) == (0, 0)

    def test_need_the_same_queries_for_one_commune_and_for_many(
        self, district, officer, criteria_set, django_assert_max_num_queries
    ):
        for count in (1, 6):
            for _ in range(count):
                commune = factories.make_commune(authority=district)
                found(commune, "1.1", Status.MET, at(1, 3))
                factories.make_task(commune=commune)
                factories.make_proposal(commune=commune)
            with django_assert_max_num_queries(14):
                summary(officer, district, month_period(date(2023, 4, 1)))


class TestTheDocument:
    @pytest.fixture
    def document(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district, name="Cao Sơn", is_demonstration=True)
        found(commune, "1.1", Status.MET, at(1, 3))
        found(commune, "1.1", Status.NOT_MET, at(5), version=1, reason="Quy hoạch hết hạn.")
        return summary_document(summary(officer, district, month_period(date(2023, 4, 1))))

    def test_says_the_same_as_pdf_and_as_word_file(self, document):
        pdf = text_of(render_pdf(document))
        word = Document(BytesIO(render_docx(document)))
        for text in ("Số liệu minh họa, không phải số liệu thật.", "Quy hoạch hết hạn", "TM. ỦY BAN NHÂN DÂN"):
            assert text in pdf
        paragraphs = " ".join(paragraph.text for paragraph in word.paragraphs)
        assert "Quy hoạch hết hạn" in paragraphs
        assert "Cao Sơn" in {cell.text for table in word.tables for row in table.rows for cell in row.cells}

    def test_names_what_was_lost(self, document):
        texts = [block.text for block in document.printed if block.kind == "dash"]
        assert "- Xã Cao Sơn không còn đạt nội dung 1.1 (Nội dung 1.1): Quy hoạch hết hạn." in texts

    def test_leaves_number_post_and_name_to_whoever_signs(self, document):
        assert (document.number, document.dated, document.signature.name) == (None, None, "")
        body, post = document.signature.authority_lines
        assert (body, set(post)) == ("TM. ỦY BAN NHÂN DÂN", {"…"})

    def test_puts_the_communes_in_the_order_of_the_page(self, district, officer, criteria_set):
        last, first = (factories.make_commune(authority=district, name=name) for name in ("Bình Sơn", "Hoa Sơn"))
        found(last, "1.1", Status.NOT_MET, at(1, 3))
        for code in ("1.1", "1.2"):
            found(first, code, Status.MET, at(1, 3))
        whole = summary(officer, district, month_period(date(2023, 4, 1)))
        names = [row.commune.name for row in whole.by_progress]
        assert names == ["Hoa Sơn", "Bình Sơn"]
        assert [row[1] for row in communes_table(whole).rows][:2] == names
        assert [row[1] for row in summary_rows(whole)][:2] == [f"xã {name}" for name in names]

    def test_names_each_picture(self, document):
        titles = [block.title for block in document.printed if block.kind == "picture"]
        assert titles == [
            "Số tiêu chí đạt của từng xã",
            "Số xã chưa đạt từng tiêu chí",
            "Số tiêu chí đạt bình quân qua các tháng",
        ]

    def test_ends_with_the_end_mark(self, document):
        assert document.printed[-1].text.endswith("./.")

    def test_holds_its_pictures_and_no_foreign_address(self, document):
        pictures = [block for block in document.printed if block.kind == "picture"]
        assert len(pictures) == 3
        assert all(block.address.startswith("data:image/svg+xml;base64,") for block in pictures)
        assert not re.search(rb"https?://(?!www\.w3\.org|ns\.adobe|purl\.org|www\.aiim)", render_pdf(document))

    def test_loses_no_bar_of_many_communes_to_the_end_of_a_sheet(self, district, officer, criteria_set):
        for number in range(95):
            found(factories.make_commune(authority=district, name=f"Xã {number:02}"), "1.1", Status.MET, at(1, 3))
        pdf = text_of(render_pdf(summary_document(summary(officer, district, month_period(date(2023, 4, 1))))))
        assert all(pdf.count(f"Xã {number:02}") == 2 for number in range(95))

    def test_is_the_same_twice(self, document):
        assert render_pdf(document) == render_pdf(document)


class TestWhoSeesWhat:
    def test_commune_staff_see_the_totals_and_their_own_row(self, district, criteria_set, client):
        own, other = (factories.make_commune(authority=district, name=name) for name in ("Cao Sơn", "Lĩnh Sơn"))
        for commune in (own, other):
            found(commune, "1.1", Status.MET, at(1, 3))
            found(commune, "1.1", Status.NOT_MET, at(5), version=1)
        client.force_login(factories.make_user(Role.COMMUNE, commune=own), "communes.access.LoginBackend")
        page = client.get(reverse("summary:page")).text
        assert "0/2" in page
        assert "Cao Sơn" in page
        assert "Lĩnh Sơn" not in page
        assert "Tải PDF" not in page

    def test_a_past_month_leads_to_the_sheets_of_its_last_day(self, district, officer, criteria_set, client):
        commune = factories.make_commune(authority=district)
        client.force_login(officer, "communes.access.LoginBackend")
        assert f"/communes/{commune.code}/sheet/?at=2023-03-14" in client.get("/summary/?month=2023-03").text
        assert f'/communes/{commune.code}/sheet/"' in client.get("/summary/").text

    def test_an_installation_without_units_says_what_to_do_first(self, client):
        client.force_login(factories.make_user(Role.ADMINISTRATOR), "communes.access.LoginBackend")
        page = client.get(reverse("summary:page")).text
        assert "Chưa có cơ quan chỉ đạo và xã nào" in page
        assert 'href="/admin/"' in page

    def test_a_district_cannot_ask_for_another_one(self, district, officer, criteria_set, client):
        client.force_login(officer, "communes.access.LoginBackend")
        foreign = factories.make_commune().authority
        assert client.get(reverse("summary:page"), {"unit": foreign.code}).status_code == 404

    def test_a_province_tells_communes_of_one_name_by_their_districts(self, district, criteria_set, client):
        other = factories.make_authority(parent=district.parent, name="huyện Thanh Chương")
        for authority in (district, other):
            found(factories.make_commune(authority=authority, name="Cao Sơn"), "1.1", Status.MET, at(1, 3))
        officer = factories.make_user(authority=district.parent)
        client.force_login(officer, "communes.access.LoginBackend")
        page = text_on(client.get("/summary/"))
        whole = summary(officer, district.parent, month_period(date(2023, 4, 1)))
        names = {str(district), "huyện Thanh Chương"}
        assert {name for name in names if f"Cao Sơn{name}" in page} == names
        assert {row[1] for row in communes_table(whole).rows[:2]} == {f"Cao Sơn ({name})" for name in names}
        book = openpyxl.load_workbook(BytesIO(client.get("/summary/xlsx/").content)).active
        assert [cell.value for cell in book[1]][:3] == ["Mã", "Xã", "Cơ quan chỉ đạo"]
        assert {row[2].value for row in book["A2:C3"]} == names
        assert len({len([cell for cell in row if cell.has_style]) for row in book["A1:O4"]}) == 1, (
            "totals in their columns"
        )

    def test_a_province_chooses_one_of_its_districts(self, district, criteria_set, client):
        commune = factories.make_commune(authority=district)
        factories.make_commune(authority=factories.make_authority(parent=district.parent), name="Huyện khác")
        client.force_login(factories.make_user(authority=district.parent), "communes.access.LoginBackend")
        page = client.get(reverse("summary:page"), {"unit": district.code}).text
        assert commune.name in page
        assert "Huyện khác" not in page

    def test_the_workbook_has_a_row_for_each_commune_their_sum_and_no_formula(
        self, district, officer, criteria_set, client
    ):
        commune = factories.make_commune(authority=district, name="=1+1")
        found(commune, "1.1", Status.MET, at(5))
        client.force_login(officer, "communes.access.LoginBackend")
        content = client.get(reverse("summary:xlsx")).content
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
        assert [row[1] for row in rows] == ["Xã", "xã =1+1", "Cộng 1 xã"]
        assert rows[1][2:8] == rows[2][2:8] == [0, 2, 0, 1, 5, 0.2]
        assert "tháng 4/2023" in openpyxl.load_workbook(BytesIO(content)).active.oddHeader.center.text

    def test_a_picture_comes_under_a_policy_that_lets_it_do_nothing(self, district, officer, criteria_set, client):
        found(factories.make_commune(authority=district), "1.1", Status.MET, at(1, 3))
        client.force_login(officer, "communes.access.LoginBackend")
        answer = client.get(reverse("summary:chart", args=["trend"]))
        assert answer.headers["Content-Type"] == "image/svg+xml"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "script" not in policy

    def test_a_picture_is_saved_under_a_name_that_tells_what_it_shows(self, district, officer, criteria_set, client):
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.MET, at(1, 3))
        client.force_login(officer, "communes.access.LoginBackend")
        whole = f"Tổng hợp nông thôn mới - {district} - tháng 4-2023"
        names = {
            "/summary/charts/communes.svg": f"Tiêu chí đạt của các xã, {whole}",
            "/summary/charts/trend.svg": f"Diễn biến, {whole}",
            f"/communes/{commune.code}/trend.svg": f"Tiến độ {commune}",
        }
        for address, name in names.items():
            assert f"{name}.svg" in unquote(client.get(address).headers["Content-Disposition"])

    def test_a_phone_gets_pictures_of_its_own_of_the_same_day(self, district, officer, criteria_set, client):
        commune = factories.make_commune(authority=district)
        for month in (1, 3):
            found(commune, "1.1", Status.MET, at(1, month), version=month // 3)
        client.force_login(officer, "communes.access.LoginBackend")
        page = client.get("/summary/?month=2023-03").text
        assert 'srcset="/summary/charts/trend.svg?month=2023-03&amp;narrow=1"' in page
        assert (
            f'srcset="/communes/{commune.code}/trend.svg?narrow=1"'
            in client.get(reverse("history:compare", args=[commune.code])).text
        )
        for address in (
            "/summary/charts/trend.svg",
            "/summary/charts/communes.svg",
            f"/communes/{commune.code}/trend.svg",
        ):
            assert 'width="340"' in client.get(address, {"narrow": 1}).text

    def test_a_page_names_no_foreign_address(self, district, officer, criteria_set, client):
        factories.make_commune(authority=district)
        client.force_login(officer, "communes.access.LoginBackend")
        assert not re.search(r'(src|href)="(https?:)?//', client.get(reverse("summary:page")).text)


class TestTheSheetOfACommune:
    def test_goes_on_from_the_last_session_under_an_earlier_name(self, district, officer, criteria_set):
        old = factories.make_commune(authority=district, name="Tam Sơn")
        found(old, "1.1", Status.MET, at(1, 3))
        session = date(2023, 3, 20)
        factories.make_notice(commune=old, status=NoticeStatus.ISSUED, session_on=session, issued_on=session)
        new = rename_commune(commune=old, name="Tam Đỉnh", from_day=date(2023, 4, 1), by=officer).successor
        found_sheet = sheet(new, officer)
        assert found_sheet.since == session
        assert found_sheet.before
        assert found_sheet.before.sub_items_met == 1
        assert not found_sheet.differences

    def test_compares_with_the_last_session_whose_notice_was_issued(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.NOT_MET, at(1, 2))
        found(commune, "1.1", Status.MET, at(5), version=1)
        days = {"session_on": date(2023, 2, 22), "issued_on": date(2023, 2, 24), "number_year": 2023}
        issued = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED, **days)
        factories.make_notice(commune=commune, session_on=date(2023, 4, 5))
        found_sheet = sheet(commune, officer)
        assert (found_sheet.last_notice, found_sheet.since) == (issued, date(2023, 2, 22))
        assert [row.sub_item.code for row in found_sheet.gains] == ["1.1"]
        assert issued.sign in sheet_page(found_sheet).since

    def test_says_what_was_found_for_the_first_time_and_calls_it_a_change(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.MET, at(1, 2))
        assert sheet_page(sheet(commune, officer)).changes.empty == "Không có thay đổi nào."
        found(commune, "1.2", Status.MET, at(5))
        page = sheet_page(sheet(commune, officer))
        assert page.since.endswith("0 → 1 tiêu chí, 1 → 2 nội dung; 1 nội dung được đánh giá lần đầu.")
        assert (page.changes.lines, page.changes.empty) == (
            (), "Không có nội dung nào chuyển từ chưa đạt sang đạt hoặc ngược lại."
        )  # fmt: skip

    def test_names_the_day_in_viet_nam_of_what_changed_early_in_the_morning(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.NOT_MET, at(1, 2))
        found(commune, "1.1", Status.MET, at(5).replace(hour=0, minute=30), version=1)
        (line,) = sheet_page(sheet(commune, officer)).changes.lines
        assert line.endswith("(05/4/2023)")
        told = TaskUpdate.objects.create(task=factories.make_task(), by=officer, text="Xong", at=at(5).replace(hour=1))
        told.refresh_from_db()
        assert str(told).endswith("05/4/2023")

    def test_marks_the_session_on_the_line(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.MET, at(1, 2))
        days = {"session_on": date(2023, 2, 22), "issued_on": date(2023, 2, 24), "number_year": 2023}
        factories.make_notice(commune=commune, status=NoticeStatus.ISSUED, **days)
        assert date(2023, 2, 22) in dict(course(commune, officer, TODAY).points)

    def test_fits_one_page_however_much_there_is(self, district, officer, client):
        """Nineteen unmet criteria with names as long as they come, forty late tasks, twenty proposals."""
        many = factories.make_criteria_set(criteria=0)
        commune = factories.make_commune(authority=district, is_demonstration=True)
        words = (
            "Mở rộng hệ thống đường giao thông nội đồng và thu gom xử lý chất thải rắn sinh hoạt ở các thôn, bản " * 3
        )
        for number in range(1, 20):
            criterion = factories.make_criterion(criteria_set=many, number=number, short_name="M" * 30)
            for _ in range(3):
                item = factories.make_sub_item(criterion=criterion, name=words.upper())
                found(commune, item.code, Status.MET, at(1, 2))
                found(commune, item.code, Status.NOT_MET, at(5), version=1, reason=words)
        for _ in range(40):
            factories.make_task(
                commune=commune, text=words.upper(), assigned_on=date(2023, 3, 1), due_on=date(2023, 4, 1)
            )
        for _ in range(20):
            factories.make_proposal(commune=commune, text=words.upper())
        client.force_login(officer, "communes.access.LoginBackend")
        answer = client.get(reverse("summary:sheet_pdf", args=[commune.code]))
        pages = PdfReader(BytesIO(answer.content)).pages
        assert len(pages) == 1
        assert "kiến nghị khác" in " ".join(pages[0].extract_text().split())

    def test_leaves_nothing_out_while_the_page_has_room(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        name = "Tỷ lệ đường thôn, bản, ấp và đường liên thôn, bản, ấp ít nhất được cứng hóa, đảm bảo đi lại thuận tiện"
        criterion = factories.make_criterion(criteria_set=criteria_set, number=9)
        for _ in range(4):
            found(commune, factories.make_sub_item(criterion=criterion, name=name).code, Status.NOT_MET, at(1, 3))
        for _ in range(8):
            factories.make_proposal(commune=commune)
        page = sheet_page(sheet(commune, officer))
        assert [line.count(name) for line in page.missing.lines if line.startswith("9.")] == [4]
        assert (len(page.proposals.lines), page.proposals.rest) == (8, "")

    def test_cuts_no_text_while_the_page_has_room(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        words = "Hỗ trợ kinh phí xây dựng đường vào bãi xử lý rác thải tập trung của xã và đường liên thôn " * 5
        factories.make_proposal(commune=commune, text=words)
        factories.make_task(commune=commune, text=words, assigned_on=date(2023, 3, 1), due_on=date(2023, 4, 1))
        page = sheet_page(sheet(commune, officer))
        assert [line.startswith(words.strip()) for line in (*page.proposals.lines, *page.overdue.lines)] == [True] * 2

    def test_of_many_long_texts_fills_its_one_page_and_cuts_only_the_rest(
        self, district, officer, criteria_set, client
    ):
        commune = factories.make_commune(authority=district, is_demonstration=True)
        words = "Mở rộng hệ thống đường giao thông nội đồng và thu gom, xử lý chất thải rắn ở các thôn, bản; " * 8
        found(commune, "1.1", Status.NOT_MET, at(1, 2))
        for _ in range(6):
            factories.make_task(commune=commune, text=words, assigned_on=date(2023, 3, 1), due_on=date(2023, 4, 1))
            factories.make_proposal(commune=commune, text=words)
        client.force_login(officer, "communes.access.LoginBackend")
        content = client.get(reverse("summary:sheet_pdf", args=[commune.code])).content
        assert len(PdfReader(BytesIO(content)).pages) == 1
        lines = sheet_page(sheet(commune, officer)).proposals.lines
        assert len(lines) == 6
        assert all("…" in line and len(line) > 200 for line in lines)

    def test_says_once_what_is_not_there(self, district, officer, criteria_set):
        commune = factories.make_commune(authority=district)
        found(commune, "1.1", Status.MET, at(5))
        page = sheet_page(sheet(commune, officer))
        assert (page.changes.lines, page.changes.empty, page.picture) == ((), "", "")
        assert (page.overdue.title, page.overdue.empty) == ("Nhiệm vụ quá hạn", "Không có nhiệm vụ nào đang thực hiện.")

    def test_of_a_commune_without_findings_says_so_and_counts_nothing(self, district, officer, criteria_set, client):
        commune = factories.make_commune(authority=district)
        client.force_login(officer, "communes.access.LoginBackend")
        page = text_on(client.get(reverse("summary:sheet", args=[commune.code])))
        assert "Tiêu chí đạt chưa có số liệu" in page
        assert "Còn thiếu Chưa có số liệu." in page
        assert "0/2" not in page

    def test_of_a_town_does_not_exist(self, district, officer, criteria_set, client):
        town = factories.make_commune(authority=district, kind="thi_tran")
        client.force_login(officer, "communes.access.LoginBackend")
        assert client.get(reverse("summary:sheet", args=[town.code])).status_code == 404
        for form in ("results", "results_pdf", "results_docx", "results_xlsx"):
            assert client.get(reverse(f"history:{form}", args=[town.code])).status_code == 404, "nor its results table"

    def test_cuts_texts_between_words(self):
        assert shortened("Thu gom, xử lý rác", 12) == "Thu gom…"
        assert shortened("Thu gom", 12) == "Thu gom"
