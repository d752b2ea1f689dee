"""What changed between two days, the timeline, and the results table of the dossier."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.urls import reverse
from pypdf import PdfReader

from communes.enums import Role
from criteria.enums import AssessmentSource, ReportStatus, Status, SubItemKind, ThresholdState
from criteria.evidence_services import Result, delete_evidence, place_evidence, upload_evidence
from criteria.models import AssessmentChange, Evidence, EvidenceEvent, ReportLine, SubItem, SubItemPart
from criteria.results_document import ASSUMED, TITLES, remarks, results_document, summary
from criteria.selectors.entries import timeline
from criteria.selectors.history import differences, standings
from criteria.selectors.results import UNKNOWN, results
from criteria.services import change_assessment
from criteria.unit_services import merge_communes, rename_commune
from ntm_tracker.lib import clock
from ntm_tracker.lib.official import Table
from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.workbook import read
from tests import factories
from tests.lib.files import make_pdf
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db


def at(day: int, month: int = 4) -> datetime:
    return datetime(2023, month, day, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.fixture
def criteria_set(settings, db):
    settings.NTM_TODAY = date(2023, 4, 10)
    return factories.make_criteria_set()


def found(commune, code, status, moment, version=0, **options):
    sub_item = SubItem.objects.get(code=code)
    change_assessment(
        commune=commune, sub_item=sub_item, status=status, by=None, expected_version=version, at=moment, **options
    )


def between(commune, criteria_set):
    return differences([commune], criteria_set, since=date(2023, 3, 14), until=date(2023, 4, 10))


class TestTwoDays:
    def test_show_what_was_gained_and_what_was_lost(self, criteria_set):
        commune = factories.make_commune()
        found(commune, "1.1", Status.MET, at(1, 3))
        found(commune, "1.2", Status.NOT_MET, at(1, 3))
        found(commune, "1.1", Status.NOT_MET, at(5), version=1)
        found(commune, "1.2", Status.MET, at(6), version=1)
        rows = between(commune, criteria_set)
        assert [(row.sub_item.code, row.is_loss, row.is_gain) for row in rows] == [
            ("1.1", True, False),
            ("1.2", False, True),
        ]

    def test_hide_what_came_back(self, criteria_set):
        commune = factories.make_commune()
        found(commune, "1.1", Status.MET, at(1, 3))
        found(commune, "1.1", Status.NOT_MET, at(5), version=1)
        found(commune, "1.1", Status.MET, at(6), version=2)
        assert between(commune, criteria_set) == []

    def test_know_a_first_finding_from_a_change(self, criteria_set):
        commune = factories.make_commune()
        found(commune, "1.1", Status.MET, at(5))
        assert [row.is_first for row in between(commune, criteria_set)] == [True]

    def test_leave_out_what_changed_on_the_first_day_itself(self, criteria_set):
        commune = factories.make_commune()
        found(commune, "1.1", Status.MET, at(14, 3))
        assert between(commune, criteria_set) == []

    def test_stand_as_they_were_known_then(self, criteria_set):
        commune = factories.make_commune()
        found(commune, "1.1", Status.MET, at(1, 3))
        found(commune, "1.2", Status.MET, at(5))
        days = [date(2023, 2, 28), date(2023, 3, 1), date(2023, 4, 5)]
        rows = standings([commune], criteria_set, days)[commune.pk]
        assert [(rows[day].is_known, rows[day].progress.sub_items_met) for day in days] == [
            (False, 0),
            (True, 1),
            (True, 2),
        ]

    def test_are_shown_with_who_and_why(self, criteria_set, client):
        officer = factories.make_user()
        commune = factories.make_commune(authority=officer.authority)
        found(commune, "1.1", Status.MET, at(1, 3))
        found(commune, "1.1", Status.NOT_MET, at(5), version=1, reason="Quy hoạch hết hạn.")
        client.force_login(officer, "communes.access.LoginBackend")
        page = client.get(reverse("history:compare", args=[commune.code]), {"from": "14/3/2023"}).text
        assert "Quy hoạch hết hạn." in page
        assert "1 nội dung" in page


def place(commune, name: str, by) -> Evidence:
    """Send a file for the sub-item whose code stands at the start of its name."""
    file = SimpleUploadedFile(name, make_pdf())
    (outcome,) = upload_evidence(commune=commune, files=[file], by=by)
    assert outcome.result in (Result.ATTACHED, Result.KNOWN)
    return outcome.evidence


class TestTheTimeline:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path

    @pytest.fixture
    def people(self, criteria_set):
        officer = factories.make_user()
        communes = [factories.make_commune(authority=officer.authority, name=name) for name in ("Cao Sơn", "Lĩnh Sơn")]
        for commune in communes:
            found(commune, "1.1", Status.NOT_MET, at(1, 3))
            found(commune, "1.1", Status.MET, at(5), version=1, reason=f"Kiểm tra ở {commune.name}.")
        return officer, communes

    def page(self, client, user, **query):
        client.force_login(user, "communes.access.LoginBackend")
        return client.get(reverse("history:changes"), query)

    def test_holds_the_changes_of_the_whole_reach_without_first_findings(self, people, client):
        assert self.page(client, people[0]).context["page"].paginator.count == 2

    def test_a_long_one_is_counted_no_further_than_anybody_leafs(self, people, client, monkeypatch):
        monkeypatch.setattr("criteria.history_views.CHANGES_ON_A_PAGE", 1)
        monkeypatch.setattr("criteria.history_views.COUNTED_AHEAD", 0)
        officer, _ = people
        first = self.page(client, officer)
        assert "1–1 trong 1 thay đổi" not in first.text
        assert "Hơn <strong>1</strong> thay đổi" in first.text
        second = self.page(client, officer, page=2)
        assert "2–2 trong 2 thay đổi" in second.text
        assert "Hơn" not in second.text
        beyond = self.page(client, officer, page="9" * 30)
        assert beyond.context["page"].number == 2

    def test_is_narrowed_by_commune_words_department_and_day(self, people, client):
        officer, (first, _) = people
        department = factories.make_department(authority=officer.authority)
        for query, count in (
            ({"commune": first.code}, 1),
            ({"q": "noi dung 1.1"}, 2),
            ({"q": "khong co"}, 0),
            ({"since": "06/4/2023"}, 0),
            ({"department": department.pk}, 0),
        ):
            assert self.page(client, officer, **query).context["page"].paginator.count == count, query

    def workbook(self, client, user, **query):
        (sheet,) = read(self.page(client, user, **query, format="xlsx").content)
        return sheet.rows

    def test_comes_as_a_workbook_with_the_filter_of_the_page(self, people, client):
        officer, (first, _) = people
        heading, row, *_, filters = self.workbook(client, officer, commune=first.code)
        assert filters[0] == f"Lọc: Xã: {first}"
        assert heading == [
            "Lúc",
            "Xã",
            "Mã nội dung",
            "Nội dung",
            "Từ",
            "Thành",
            "Giá trị",
            "Người",
            "Nguồn",
            "Lý do, tệp minh chứng",
        ]
        assert row[1:6] == ["Cao Sơn", "1.1", "Nội dung 1.1", "Chưa đạt", "Đạt"]
        assert row[6:] == ["", "", "Cán bộ cập nhật", "Kiểm tra ở Cao Sơn."]
        assert row[0] == datetime(2023, 4, 5, 9)  # noqa: DTZ001  a cell knows no zone: it is the time in Viet Nam
        assert len(self.workbook(client, officer)) == 3

    def test_the_workbook_holds_all_pages_in_the_order_of_the_page(self, people, client, monkeypatch):
        monkeypatch.setattr("criteria.history_views.CHANGES_ON_A_PAGE", 1)
        shown = [self.page(client, people[0], page=number).context["page"][0] for number in (1, 2)]
        names = [change.assessment.commune.name for change in shown]
        assert [row[1] for row in self.workbook(client, people[0])[1:]] == names

    def test_commune_staff_and_other_districts_get_no_foreign_row(self, people, client):
        staff = factories.make_user(Role.COMMUNE, commune=people[1][0])
        assert [row[1] for row in self.workbook(client, staff)[1:]] == ["Cao Sơn"]
        assert self.workbook(client, factories.make_user())[1:] == []

    def test_leads_to_its_workbook_with_the_filter(self, people, client):
        assert 'href="?q=1.1&amp;format=xlsx"' in self.page(client, people[0], q="1.1").text

    def test_shows_commune_staff_their_own_commune_alone(self, people, client):
        staff = factories.make_user(Role.COMMUNE, commune=people[1][0])
        page = self.page(client, staff).text
        assert "Kiểm tra ở Cao Sơn." in page
        assert "Lĩnh Sơn" not in page

    @pytest.mark.parametrize(
        ("since", "sentence"),
        [
            ("hôm <qua>", "Không đọc được ngày “hôm <qua>”. Hãy ghi ngày như 31/01/2023."),
            ("1/1/1999", "Hệ thống không giữ số liệu trước 01/01/2000 nên không lấy được ngày “1/1/1999”."),
        ],
    )
    def test_names_a_day_that_cannot_be_taken_and_says_that_it_filters_nothing(self, people, client, since, sentence):
        page = self.page(client, people[0], since=since, kind="status")
        assert f"{sentence} Chưa lọc theo ô “Từ ngày”." in text(page)
        assert page.context["page"].paginator.count == 2
        assert "callout" in page.text
        assert "callout" not in self.page(client, people[0], since="01/01/2000").text

    def test_needs_the_same_queries_for_few_and_for_many_changes(self, people, client, django_assert_max_num_queries):
        officer, _ = people
        self.page(client, officer)
        for _ in range(8):
            commune = factories.make_commune(authority=officer.authority)
            found(commune, "1.1", Status.NOT_MET, at(1, 3))
            found(commune, "1.1", Status.MET, at(5), version=1)
            place(commune, "1.1_them.pdf", officer)
        with django_assert_max_num_queries(13):
            assert client.get(reverse("history:changes")).status_code == 200

    def test_holds_the_files_put_to_sub_items_and_taken_off_between_the_changes(self, people, client):
        officer, (first, _) = people
        evidence = place(first, "1.1_Biên bản.pdf", officer)
        place_evidence(evidence=evidence, codes=[], by=officer)
        page = self.page(client, officer)
        assert [(row.is_of_evidence, row.by) for row in page.context["page"]] == [
            (True, officer), (True, officer), (False, None), (False, None)
        ]  # fmt: skip
        said = text(page)
        assert f"gỡ minh chứng 1.1_Biên bản.pdf {officer}" in said
        assert f"gắn minh chứng 1.1_Biên bản.pdf {officer}" in said
        assert reverse("evidence:download", args=[evidence.token]) in page.text

    def test_tells_a_value_that_changed_under_the_same_result(self, people, client):
        officer, (first, _) = people
        measured = factories.make_sub_item(
            criterion=SubItem.objects.get(code="1.1").criterion, kind=SubItemKind.PERCENT
        )
        split = factories.make_sub_item(criterion=measured.criterion, kind=SubItemKind.PERCENT)
        SubItemPart.objects.create(sub_item=split, code="nam", name="Nam", position=1)
        for sub_item, steps in (
            (measured, ({"value": Decimal(60)}, {"value": Decimal("65.5")})),
            (split, ({"part_values": {"nam": "60"}}, {"part_values": {"nam": "71.5"}})),
        ):
            for version, figures in enumerate(steps):
                found(first, sub_item.code, Status.NOT_MET, at(6 + version), version=version, **figures)
        for query, count in (({}, 4), ({"kind": "status"}, 2), ({"kind": "figures"}, 2), ({"kind": "evidence"}, 0)):
            assert self.page(client, officer, **query).context["page"].paginator.count == count, query
        said = text(self.page(client, officer, kind="figures"))
        assert "60 → 65,5%" in said
        assert "Nam: 71,5%" in said
        assert [row[6] for row in self.workbook(client, officer, kind="figures")[1:3]] == ["Nam: 71,5%", "60 → 65,5%"]
        assert "Chưa đạt, 60 → 65,5%" in text(client.get(first.get_absolute_url()))

    def test_is_narrowed_to_results_or_to_evidence(self, people, client):
        officer, (first, _) = people
        place(first, "1.1_Biên bản.pdf", officer)
        for query, kinds in (
            ({"kind": "status"}, [False, False]),
            ({"kind": "evidence"}, [True]),
            ({"kind": "evidence", "commune": people[1][1].code}, []),
            ({"kind": "evidence", "q": "noi dung 1.1"}, [True]),
            ({"commune": first.code}, [True, False]),
        ):
            shown = self.page(client, officer, **query).context["page"]
            assert [row.is_of_evidence for row in shown] == kinds, query

    def test_offers_one_choice_for_a_code_that_passed_on_and_it_finds_both(self, people, client):
        officer, (first, second) = people
        place(first, "1.1_Biên bản.pdf", officer)
        rename_commune(commune=first, name="Khai Sơn", from_day=clock.today(), by=officer)
        choices = dict(self.page(client, officer).context["filter"].fields["commune"].choices)
        assert choices == {
            "": "Tất cả",
            first.code: "xã Khai Sơn (cả xã Cao Sơn trước đây)",
            second.code: str(second),
        }
        assert len(choices) == len(self.page(client, officer).context["filter"].fields["commune"].choices)
        shown = self.page(client, officer, commune=first.code).context["page"]
        assert {str(row.assessment.commune) for row in shown} == {"xã Cao Sơn", "xã Khai Sơn"}
        page = text(self.page(client, officer, commune=first.code))
        assert "xã Khai Sơn (cả xã Cao Sơn trước đây)" in page

    @pytest.fixture
    def merged(self, people):
        """A unit under the code of the first of two that it follows, which has a file; the other was renamed before."""
        officer, (first, second) = people
        place(first, "1.1_Biên bản.pdf", officer)
        renamed = rename_commune(commune=second, name="Khai Sơn", from_day=date(2023, 4, 8), by=officer).successor
        given = {"code": first.code, "name": "Yên Xuân", "kind": "xa", "authority": officer.authority}
        return merge_communes(communes=[first, renamed], from_day=clock.today(), by=officer, **given).successor

    def test_of_a_merged_unit_holds_what_happened_under_all_that_led_to_it(self, people, merged, client):
        officer, (_, second) = people

        def units(code, user=officer):
            shown = self.page(client, user, commune=code).context["page"]
            return {(row.assessment.commune.name, row.is_of_evidence) for row in shown}

        assert units(merged.code) == {("Cao Sơn", False), ("Cao Sơn", True), ("Lĩnh Sơn", False)}
        assert units(second.code) == {("Lĩnh Sơn", False)}, "not what came after it under another code"
        clerk = factories.make_user(Role.COMMUNE, commune=merged)
        assert units(merged.code, clerk) == units(merged.code)
        choices = dict(self.page(client, officer).context["filter"].fields["commune"].choices)
        assert choices == {
            "": "Tất cả",
            second.code: "xã Khai Sơn (cả xã Lĩnh Sơn trước đây)",
            merged.code: "xã Yên Xuân (cả xã Cao Sơn, xã Khai Sơn, xã Lĩnh Sơn trước đây)",
        }

    def test_of_a_merged_unit_shows_only_the_parts_that_the_person_may_see(self, people, merged, client):
        """Who oversees the district of one part alone sees that part, under its own code; the successor sees all."""
        elsewhere = factories.make_user()
        part = factories.make_commune(authority=elsewhere.authority, name="Hùng Sơn")
        found(part, "1.1", Status.NOT_MET, at(1, 3))
        found(part, "1.1", Status.MET, at(5), version=1, reason="Kiểm tra.")
        type(part).objects.filter(pk=part.pk).update(valid_to=date(2023, 4, 9), successor=merged)
        shown = self.page(client, elsewhere, commune=part.code).context["page"]
        assert [row.assessment.commune.name for row in shown] == ["Hùng Sơn"]
        choices = dict(self.page(client, elsewhere).context["filter"].fields["commune"].choices)
        assert choices == {"": "Tất cả", part.code: "xã Hùng Sơn"}
        refused = self.page(client, elsewhere, commune=merged.code).context["page"]
        assert {row.assessment.commune.name for row in refused} == {"Hùng Sơn"}, "an unknown code filters nothing"
        whole = self.page(client, people[0], commune=merged.code).context["page"]
        assert {row.assessment.commune.name for row in whole} == {"Cao Sơn", "Lĩnh Sơn", "Hùng Sơn"}

    def test_the_workbook_holds_the_files_too(self, people, client):
        officer, (first, _) = people
        place(first, "1.1_Biên bản.pdf", officer)
        row = self.workbook(client, officer)[1]
        assert row[1:] == [
            "Cao Sơn", "1.1", "Nội dung 1.1", "", "", "", str(officer), "Gắn minh chứng", "1.1_Biên bản.pdf"
        ]  # fmt: skip

    def test_shows_nobody_elses_files(self, people, client):
        officer, (first, second) = people
        place(first, "1.1_Biên bản.pdf", officer)
        for stranger in (factories.make_user(), factories.make_user(Role.COMMUNE, commune=second)):
            assert "Biên bản" not in text(self.page(client, stranger))

    def test_of_a_commune_and_of_a_cell_hold_its_files(self, people, client):
        officer, (first, second) = people
        evidence = place(first, "1.1_Biên bản.pdf", officer)
        client.force_login(officer, "communes.access.LoginBackend")
        for name, args in (("communes:detail", []), ("communes:cell", ["1.1"])):
            assert "gắn minh chứng 1.1_Biên bản.pdf" in text(client.get(reverse(name, args=[first.code, *args])))
            assert "Biên bản" not in text(client.get(reverse(name, args=[second.code, *args])))
        past = client.get(reverse("communes:detail", args=[first.code]), {"at": "2023-04-05"})
        assert "Biên bản" not in text(past), "it was put there later"
        assert clock.day_of(evidence.events.get().at) == clock.today()

    def test_keeps_the_name_of_a_file_that_was_deleted(self, people, client, django_capture_on_commit_callbacks):
        officer, (first, _) = people
        evidence = place(first, "1.1_Biên bản.pdf", officer)
        place_evidence(evidence=evidence, codes=[], by=officer)
        delete_evidence(evidence=evidence, by=officer)
        assert text(self.page(client, officer)).count("1.1_Biên bản.pdf (tệp đã xóa)") == 2

    def test_names_a_file_once_however_often_it_is_sent(self, people):
        officer, (first, _) = people
        for _ in range(2):
            place(first, "1.1_Biên bản.pdf", officer)
            place_evidence(evidence=Evidence.objects.get(), codes=["1.1"], by=officer)
        assert EvidenceEvent.objects.count() == 1


class TestTheResultsTable:
    def test_has_the_columns_of_the_form_in_order(self, criteria_set):
        commune = factories.make_commune()
        table = next(block for block in results_document(results(commune)).body if isinstance(block, Table))
        assert tuple(column.title for column in table.columns) == TITLES
        assert TITLES[:6] == (
            "TT",
            "Tên tiêu chí",
            "Nội dung tiêu chí",
            "Tiêu chuẩn đạt chuẩn",
            "Kết quả thực hiện",
            "Kết quả tự đánh giá của xã",
        )
        assert len(table.rows) == 5

    def test_says_that_a_level_is_unknown(self, criteria_set):
        criterion = criteria_set.criteria.first()
        factories.make_sub_item(
            criterion=criterion, kind=SubItemKind.PERCENT, threshold_state=ThresholdState.NOT_FOUND, code="1.9"
        )
        row = next(row for row in results(factories.make_commune()).rows if row.sub_item.code == "1.9")
        assert row.required == UNKNOWN
        assert not row.is_required_known

    def test_marks_assumptions_and_says_that_the_form_is_unchecked(self, criteria_set):
        commune = factories.make_commune()
        found(commune, "1.1", Status.MET, at(1, 3), source=AssessmentSource.ASSUMPTION)
        document = results_document(results(commune))
        table = next(block for block in document.body if isinstance(block, Table))
        assert table.rows[0][-1] == f"Đạt {ASSUMED}"
        assert "Mẫu bảng chưa đối chiếu văn bản." in remarks(results(commune))

    def test_takes_the_communes_own_findings_from_its_last_sent_report(self, criteria_set):
        commune = factories.make_commune()
        sub_item = SubItem.objects.get(code="1.1")
        for month, status, sent in ((3, Status.MET, ReportStatus.ACCEPTED), (4, Status.NOT_MET, ReportStatus.DRAFT)):
            report = factories.make_report(
                commune=commune,
                criteria_set=criteria_set,
                month=date(2023, month, 1),
                status=sent,
                first_submitted_at=None if sent == ReportStatus.DRAFT else at(15, 3),
            )
            ReportLine.objects.create(report=report, sub_item=sub_item, status=status)
        rows = {row.sub_item.code: row.self_assessed for row in results(commune).rows}
        assert (rows["1.1"], rows["1.2"]) == ("Đạt", "")
        assert "Kết quả tự đánh giá của xã lấy từ báo cáo tháng 3/2023." in summary(results(commune))

    def test_says_that_the_last_sent_report_names_no_finding(self, criteria_set):
        commune = factories.make_commune()
        sent = {"status": ReportStatus.ACCEPTED, "first_submitted_at": at(15, 3)}
        factories.make_report(commune=commune, criteria_set=criteria_set, month=date(2023, 3, 1), **sent)
        assert any("không nêu từng nội dung" in text for text in summary(results(commune)))

    def test_is_filed_and_holds_each_criterion_in_one_cell(self, criteria_set):
        document = results_document(results(factories.make_commune()))
        table = next(block for block in document.body if isinstance(block, Table))
        assert [column.joins for column in table.columns] == [True, True, *[False] * 5]
        assert document.recipient_lines == ("- Lưu: VT.",)

    def test_prints_long_texts_on_few_pages_and_the_last_two_rows_together(self, criteria_set):
        criterion = criteria_set.criteria.last()
        for _ in range(6):
            factories.make_sub_item(criterion=criterion, name="Không có hoạt động xâm phạm an ninh quốc gia; " * 12)
        reader = PdfReader(BytesIO(render_pdf(results_document(results(factories.make_commune())))))
        pages = [page.extract_text() for page in reader.pages]
        assert len(pages) == 4
        assert all("2.8." in page for page in pages if "2.9." in page)

    def test_is_named_by_its_day_in_the_workbook_and_in_a_way_that_files_can_bear(self, criteria_set):
        commune = factories.make_commune()
        officer = factories.make_user(authority=commune.authority)
        answer = sign_in(officer).get(reverse("history:results_xlsx", args=[commune.code]))
        heading = openpyxl.load_workbook(BytesIO(answer.content)).active.oddHeader.center.text
        assert "10/4/2023" in heading
        assert "10-4-2023.xlsx" in answer["Content-Disposition"]

    def test_needs_the_same_queries_for_small_and_large_sets(self, criteria_set, django_assert_max_num_queries):
        commune = factories.make_commune()
        for _ in range(20):
            factories.make_sub_item(criterion=criteria_set.criteria.first())
        with django_assert_max_num_queries(12):
            assert len(results(commune).rows) == 25


def test_files_sent_at_once_are_one_entry_of_the_short_timeline(criteria_set):
    commune, by = factories.make_commune(), factories.make_user(Role.DISTRICT)
    items = list(SubItem.objects.all()[:4])
    findings = [factories.make_assessment(commune=commune, sub_item=item) for item in items]
    change = AssessmentChange.objects.create(
        assessment=findings[0], version=9, from_status="not_met", status="met", at=at(5), by=by
    )
    for number in range(12):
        EvidenceEvent.objects.create(
            assessment=findings[number % 4], file_name=f"{number}.pdf", kind="attached", at=at(6), by=by
        )
    alone = EvidenceEvent.objects.create(assessment=findings[0], file_name="0.pdf", kind="detached", at=at(7), by=by)
    first, joined, last = timeline(commune, until=date(2023, 4, 8))
    assert (first, last) == (alone, change)
    assert (joined.files, joined.sub_items, joined.by) == (12, 4, by)
    assert "Gắn 12 tệp vào 4 nội dung" in render_to_string("criteria/fragments/timeline.html", {"changes": [joined]})
