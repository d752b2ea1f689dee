"""The form of a report: who sees it, what it opens with, how it is saved part by part and whole."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communes.enums import Role
from criteria.enums import LineVerdict, ReportEventKind, ReportStatus, Status, SubItemKind
from criteria.models import Assessment, MonthlyReport, ReportEvent, ReportLine, SubItemPart
from criteria.reports.form_selectors import last_sent_before, report_form
from criteria.reports.forms import FigureField
from criteria.reports.saving import mark_of, stamp
from criteria.reports.snapshot import frozen_now
from criteria.services import change_assessment
from ntm_tracker.lib import clock
from tests.criteria.reports.desk import MORNING, Desk, make_desk
from tests.factories import (
    PASSWORD,
    make_assessment,
    make_evidence,
    make_report,
    make_sub_item,
    make_threshold,
    make_user,
)
from tests.lib.files import make_image
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(settings, tmp_path) -> Desk:
    settings.NTM_TODAY, settings.MEDIA_ROOT = date(2023, 4, 10), tmp_path
    return make_desk()


@pytest.fixture
def clerk(desk) -> Client:
    return sign_in(desk.clerk)


def page(desk: Desk, more: str = "") -> str:
    return f"/reports/{desk.commune.code}/2023-04/{more}"


def typed(line: ReportLine, **fields: Any) -> dict[str, str]:
    """What a browser sends of a line: everything that stands, and what was typed."""
    values = {"status": line.status, "note": line.note, "stamp": stamp(line), **fields}
    if line.value is not None:
        values.setdefault("value", str(line.value).rstrip("0").replace(".", ","))
    return {f"l{line.pk}-{name}": value for name, value in values.items()}


def post_line(clerk: Client, desk: Desk, line: ReportLine, **fields: Any):
    return clerk.post(page(desk, f"lines/{line.pk}/"), typed(line, **fields), headers=HTMX)


def sent_report(desk: Desk, month: date, **lines: dict[str, Any]) -> MonthlyReport:
    """A report of another month that was sent; `lines` by code with a low line for the dot."""
    report = make_report(
        commune=desk.commune,
        criteria_set=desk.criteria_set,
        month=month,
        status=ReportStatus.ACCEPTED,
        first_submitted_at=clock.start_of(month.replace(day=14)),
    )
    for code, fields in lines.items():
        item = next(row for row in desk.sub_items if row.code == code.replace("_", ".").lstrip("c"))
        ReportLine.objects.create(report=report, sub_item=item, **fields)
    return report


# Who sees what


def test_without_a_report_the_page_says_what_is_due_and_begins_it_on_request(desk, clerk):
    MonthlyReport.objects.all().delete()
    answer = clerk.get(page(desk))
    assert "Lập báo cáo tháng 4" in text(answer)
    assert "thứ Hai, 17/4/2023 (15/4 là thứ Bảy)" in text(answer)
    assert not MonthlyReport.objects.exists()
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[0])
    answer = clerk.post(page(desk, "begin/"), follow=True)
    assert answer.redirect_chain == [(page(desk), 302)]
    report = MonthlyReport.objects.get()
    assert report.lines.count() == 4
    assert f'id="line-{report.lines.first().pk}"' in answer.text


def test_a_month_that_has_not_begun_is_told_and_not_begun(desk, clerk):
    later = f"/reports/{desk.commune.code}/2023-06/"
    assert "lập được từ ngày 15/5/2023" in text(clerk.get(later))
    clerk.post(f"{later}begin/")
    assert not MonthlyReport.objects.filter(month=date(2023, 6, 1)).exists()


def test_the_office_never_reads_an_unsent_draft(desk):
    desk.say("1.1", note="Chưa muốn cho ai xem")
    MonthlyReport.objects.update(results="Bản nháp của xã")
    for person in (desk.officer, desk.adviser, make_user(Role.LEADER, authority=desk.commune.authority)):
        answer = sign_in(person).get(page(desk))
        assert answer.status_code == 200
        assert "Chưa muốn cho ai xem" not in answer.text
        assert "Bản nháp của xã" not in answer.text


@pytest.mark.parametrize("more", ["begin/", "lines/{line}/", "text/results/", "lines/{line}/evidence/", ""])
def test_only_the_commune_s_own_staff_writes(desk, more):
    address = page(desk, more.format(line=desk.line("1.1").pk))
    assert sign_in(desk.officer).post(address).status_code == 403
    assert sign_in(make_user(Role.COMMUNE)).post(address).status_code == 404
    assert desk.line("1.1").version == 1


def test_the_form_closes_when_the_report_is_sent_and_opens_when_it_comes_back(desk, clerk):
    assert 'id="report-form"' in clerk.get(page(desk)).text
    desk.submit()
    assert 'id="report-form"' not in clerk.get(page(desk)).text
    desk.judge("1.1", LineVerdict.RETURNED, "Thiếu biên bản nghiệm thu")
    desk.send_back("Bổ sung minh chứng")
    answer = clerk.get(page(desk))
    assert 'id="report-form"' in answer.text
    assert "Bổ sung minh chứng" in text(answer)
    assert "Huyện trả lại: Thiếu biên bản nghiệm thu" in text(answer)


# What it opens with


def codes(entries) -> list[str]:
    return [entry.row.sub_item.code for entry in entries]


def test_unmet_and_changed_lines_come_first_returned_ones_before_them(desk, clerk):
    sent_report(
        desk,
        date(2023, 3, 1),
        c1_1={"status": Status.MET},
        c1_2={"status": Status.NOT_MET},
        c2_1={"status": Status.MET, "value": Decimal("72.5")},
    )
    desk.say("1.1", verdict=LineVerdict.RETURNED)
    shown = clerk.get(page(desk)).context
    assert codes(shown["waiting"]) == ["1.1"]
    assert codes(shown["first"]) == ["1.2", "2.2"]
    assert codes(entry for _, entries in shown["rest"] for entry in entries) == ["2.1"]
    assert shown["form"].changed == 1


def test_what_was_sent_without_a_finding_last_month_makes_nothing_a_change(desk):
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[2], status=Status.MET, value=Decimal("72.5"))
    sent_report(desk, date(2023, 3, 1), c1_1={"status": ""}, c2_1={"status": ""})
    form = report_form(desk.fresh())
    assert form.changed == 0
    assert {"1.1", "2.1"} <= {row.sub_item.code for row in form.lines if not row.comes_first}


def test_without_last_month_a_value_that_the_commune_enters_is_a_change_though_the_status_stays(desk, clerk):
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[2], status=Status.MET)
    desk.say("2.1", value=None)
    assert report_form(desk.fresh()).changed == 0
    answer = post_line(clerk, desk, desk.line("2.1"), value="81,5")
    assert "Thay đổi Chưa có số liệu tháng trước → Đạt 81,5%" in text(answer)
    assert codes(clerk.get(page(desk)).context["first"]) == ["2.1", "2.2"]
    review = text(clerk.get(page(desk, "submit/")))
    assert "Thay đổi so với tháng trước (1)" in review
    assert re.search(r"2\.1 .* Chưa có số liệu Đạt 81,5%", review)


def test_without_last_month_the_values_of_parts_are_a_change_too(desk, clerk):
    of = desk.sub_items[2]
    parts = [
        SubItemPart.objects.create(sub_item=of, code=code, name=code, position=position)
        for position, code in enumerate(("nam", "nu"))
    ]
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[2], status=Status.MET, part_values={"nam": "70"})
    desk.say("2.1", value=None, part_values={"nam": "70"})
    assert report_form(desk.fresh()).changed == 0
    post_line(clerk, desk, desk.line("2.1"), part_nam="70", part_nu="65")
    assert [row.sub_item.code for row in report_form(desk.fresh()).lines if row.is_changed] == ["2.1"]
    assert all(part.name in text(clerk.get(page(desk, "submit/"))) for part in parts)


def test_a_value_that_nobody_ever_found_is_a_change_and_a_status_that_the_commune_moves_too(desk, clerk):
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[3], status=Status.NOT_MET)
    assert [row.sub_item.code for row in report_form(desk.fresh()).lines if row.is_changed] == ["2.1"]
    post_line(clerk, desk, desk.line("2.2"), status="met")
    assert [row.sub_item.code for row in report_form(desk.fresh()).lines if row.is_changed] == ["2.1", "2.2"]


def test_a_value_stays_a_change_of_its_month_when_the_district_has_accepted_it(desk, clerk):
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[2], status=Status.MET)
    with patch("criteria.reports.flow.frozen_pdf", lambda frozen: b"%PDF-1.7"):
        desk.submit()
    desk.accept_everything()
    assert Assessment.objects.get(sub_item=desk.sub_items[2]).value == Decimal("72.5")
    assert report_form(desk.fresh()).changed == 1


def test_the_review_says_as_last_month_only_where_last_month_is_known(desk, clerk):
    desk.say("2.1", value=None)
    review = text(clerk.get(page(desk, "submit/")))
    assert "Không có nội dung nào thay đổi; 4 nội dung chưa có số liệu tháng trước để so sánh." in review
    codes_before = {"c1_1": "met", "c1_2": "met", "c2_1": "met", "c2_2": "not_met"}
    sent_report(desk, date(2023, 3, 1), **{code: {"status": status} for code, status in codes_before.items()})
    assert "Mọi nội dung như tháng trước." in text(clerk.get(page(desk, "submit/")))


def test_a_returned_line_waits_until_it_was_looked_at_again(desk, clerk):
    desk.say("1.1", verdict=LineVerdict.RETURNED, checked_at=MORNING)
    ReportEvent.objects.create(report=desk.report, kind=ReportEventKind.RETURNED, at=MORNING + timedelta(hours=1))
    assert codes(clerk.get(page(desk)).context["waiting"]) == ["1.1"]
    desk.say("1.1", checked_at=MORNING + timedelta(hours=2))
    assert codes(clerk.get(page(desk)).context["waiting"]) == []


def test_last_month_is_the_report_that_was_sent_else_what_was_known_when_its_period_ended(desk):
    known = clock.start_of(date(2023, 3, 10))
    finding = make_assessment(
        commune=desk.commune, sub_item=desk.sub_items[2], status=Status.NOT_MET, value=Decimal(60), changed_at=known
    )
    change_assessment(
        commune=desk.commune,
        sub_item=desk.sub_items[2],
        status=Status.MET,
        value=Decimal(71),
        by=None,
        expected_version=finding.version,
        at=clock.start_of(date(2023, 3, 15)),
    )
    row = next(row for row in report_form(desk.fresh()).lines if row.sub_item.code == "2.1")
    assert (row.before.status, row.before.value) == (Status.NOT_MET, 60)
    sent_report(desk, date(2023, 3, 1), c2_1={"status": Status.MET, "value": Decimal("70")})
    row = next(row for row in report_form(desk.fresh()).lines if row.sub_item.code == "2.1")
    assert (row.before.status, row.before.value) == (Status.MET, 70)


def test_last_month_is_what_was_sent_whatever_the_commune_has_begun_to_change_in_it(desk):
    march = make_report(commune=desk.commune, criteria_set=desk.criteria_set, month=date(2023, 3, 1), results="Sửa dở")
    march.lines.create(sub_item=desk.sub_items[2], status=Status.NOT_MET, value=Decimal(60))
    frozen = frozen_now(march)
    sent = frozen.values["content"]
    sent["narrative"]["results"] = "Đã gửi"
    sent["lines"][0].update(status="met", value="70")
    ReportEvent.objects.create(report=march, kind=ReportEventKind.SUBMITTED, at=MORNING, snapshot=frozen.values)
    for status, until in ((ReportStatus.RETURNED, None), (ReportStatus.ACCEPTED, MORNING - timedelta(days=9))):
        MonthlyReport.objects.filter(pk=march.pk).update(
            status=status, first_submitted_at=MORNING - timedelta(days=31), reopened_until=until
        )
        form = report_form(desk.fresh())
        row = next(row for row in form.lines if row.sub_item.code == "2.1")
        assert (row.before.status, row.before.value) == (Status.MET, 70)
        assert form.texts[0].before == "Đã gửi"


def test_a_draft_of_last_month_that_was_never_sent_says_nothing(desk):
    report = sent_report(desk, date(2023, 3, 1), c2_1={"status": Status.MET, "value": Decimal("70")})
    MonthlyReport.objects.filter(pk=report.pk).update(status=ReportStatus.DRAFT, first_submitted_at=None)
    form = report_form(desk.fresh())
    assert form.last is None
    assert {row.before for row in form.lines} == {None}


def test_last_month_s_text_lies_at_hand_and_repeating_it_is_told(desk, clerk):
    march = sent_report(desk, date(2023, 3, 1))
    MonthlyReport.objects.filter(pk=march.pk).update(results="Đã bê tông hóa  2 km\nđường thôn.", next_work="Làm tiếp")
    answer = clerk.get(page(desk))
    assert 'id="before-next_work"' in answer.text
    assert "giống hệt từng chữ" in text(answer)
    assert last_sent_before(desk.report) == march


def test_a_form_that_opens_beside_a_sending_changes_nothing_of_what_was_sent(desk, clerk):
    stale = desk.fresh()
    with patch("criteria.reports.flow.frozen_pdf", lambda frozen: b"%PDF-1.7"):
        desk.submit()
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[0], status=Status.NOT_MET)
    # As the page read them before the sending.
    ReportLine.objects.filter(report=desk.report).update(version=1)
    with patch("criteria.reports.views.report_of", lambda commune, month: stale):
        clerk.get(page(desk))
    assert desk.line("1.1").status == Status.MET


def test_an_untouched_draft_follows_what_the_district_finds_meanwhile(desk, clerk):
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[3], status=Status.MET)
    clerk.get(page(desk))
    assert desk.line("2.2").status == Status.MET
    post_line(clerk, desk, desk.line("1.1"), status="not_met", note="Lũ")
    make_assessment(commune=desk.commune, sub_item=desk.sub_items[0], status=Status.MET)
    clerk.get(page(desk))
    assert desk.line("1.1").status == Status.NOT_MET


# Saved as it is typed


def test_a_typed_line_is_saved_and_says_when(desk, clerk):
    answer = post_line(clerk, desk, desk.line("2.1"), status="not_met", value="61,5", note="Đo lại")
    assert answer.status_code == 200
    assert f"Đã lưu lúc {clock.now():%H:%M}" in text(answer)
    line = desk.line("2.1")
    assert (line.status, line.value, line.note, line.version) == ("not_met", Decimal("61.5"), "Đo lại", 2)
    assert stamp(line) in answer.text
    assert "1/4" in text(answer)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("120", "Tỷ lệ không quá 100%"),
        ("-1", "không được âm"),
        ("bảy mươi", "“bảy mươi” không phải là số"),
        ("1,2345", "hơn 3 chữ số"),
        ("9" * 20, "Số quá lớn"),
    ],
)
def test_a_value_that_cannot_be_is_refused_beside_its_line(desk, clerk, value, sentence):
    answer = post_line(clerk, desk, desk.line("2.1"), value=value)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert desk.line("2.1").value == Decimal("72.5")
    assert stamp(desk.line("2.1")) in answer.text


def test_words_that_are_too_long_are_refused_beside_them_and_not_cut_by_the_browser(desk, clerk):
    assert "maxlength" not in clerk.get(page(desk)).text.partition("<main")[2]
    line = desk.line("2.1")
    answer = post_line(clerk, desk, line, note="x" * 2001)
    assert "Ghi chú dài 2.001 ký tự, tối đa 2.000: hãy bớt 1 ký tự" in text(answer)
    assert desk.line("2.1").version == line.version


@pytest.mark.parametrize(
    ("text_typed", "value"),
    [("63,2", "63.2"), ("63.2", "63.2"), ("28.500", "28500"), ("1.234,5", "1234.5"), ("63,2%", "63.2"), (" 7 ", "7")],
)
def test_figures_are_read_as_officials_write_them(text_typed, value):
    assert FigureField(most=None).clean(text_typed) == Decimal(value)


def test_odd_lines_are_saved_with_advice(desk, clerk):
    make_threshold(sub_item=desk.sub_items[2], value=80)
    sent_report(desk, date(2023, 3, 1), c1_1={"status": Status.MET})
    answer = post_line(clerk, desk, desk.line("2.1"), value="70")
    assert answer.status_code == 200
    assert "cho kết quả “Chưa đạt”" in text(answer)
    answer = post_line(clerk, desk, desk.line("1.1"), status="not_met")
    assert "Tháng trước đạt, tháng này chưa đạt" in text(answer)
    assert "Thay đổi Đạt → Chưa đạt" in text(answer)


def test_the_slower_of_two_clerks_sees_both_values_and_chooses(desk, clerk):
    line = desk.line("2.1")
    post_line(clerk, desk, line, status="not_met", value="61", note="Của người thứ nhất")
    slower = typed(line, status="met", value="75", note="Của người thứ hai")
    address = page(desk, f"lines/{line.pk}/")
    answer = clerk.post(address, slower, headers=HTMX)
    assert answer.status_code == 409
    assert "Của người thứ nhất" in text(answer)
    assert "Của người thứ hai" in text(answer)
    assert desk.line("2.1").value == 61
    # Typing on without having chosen does not overwrite either.
    assert clerk.post(address, slower, headers=HTMX).status_code == 409
    answer = clerk.post(address, {**slower, f"l{line.pk}-choice": "mine-2"}, headers=HTMX)
    assert answer.status_code == 200
    assert desk.line("2.1").note == "Của người thứ hai"


def test_who_takes_the_other_one_s_version_gets_the_whole_line_anew(desk, clerk):
    line = desk.line("2.1")
    post_line(clerk, desk, line, value="61")
    answer = clerk.post(
        page(desk, f"lines/{line.pk}/"), {**typed(line, value="75"), f"l{line.pk}-choice": "theirs"}, headers=HTMX
    )
    assert answer["HX-Retarget"] == f"#line-{line.pk}"
    assert 'value="61"' in answer.text
    assert desk.line("2.1").version == 2


def test_a_choice_that_is_itself_too_old_is_asked_again(desk, clerk):
    line = desk.line("2.1")
    post_line(clerk, desk, line, value="61")
    post_line(clerk, desk, desk.line("2.1"), value="62")
    answer = clerk.post(
        page(desk, f"lines/{line.pk}/"), {**typed(line, value="75"), f"l{line.pk}-choice": "mine-2"}, headers=HTMX
    )
    assert answer.status_code == 409
    assert desk.line("2.1").value == 62


def test_a_part_of_the_text_saves_itself_and_warns_where_it_repeats(desk, clerk):
    march = sent_report(desk, date(2023, 3, 1))
    MonthlyReport.objects.filter(pk=march.pk).update(results="Như cũ")
    seen = {"results-seen": mark_of(desk.report.results)}
    answer = clerk.post(page(desk, "text/results/"), {"results-text": "Như cũ", **seen}, headers=HTMX)
    assert answer.status_code == 200
    assert "Giống hệt từng chữ" in text(answer)
    assert desk.fresh().results == "Như cũ"
    answer = clerk.post(page(desk, "text/results/"), {"results-text": "Khác", **seen}, headers=HTMX)
    assert answer.status_code == 409
    assert desk.fresh().results == "Như cũ"
    answer = clerk.post(
        page(desk, "text/results/"),
        {"results-text": "Khác", **seen, "results-choice": f"mine-{mark_of('Như cũ')}"},
        headers=HTMX,
    )
    assert desk.fresh().results == "Khác"


def test_a_line_break_of_a_browser_is_no_change(desk, clerk):
    MonthlyReport.objects.update(results="Dòng một\nDòng hai")
    data = {"results-text": "Dòng một\r\nDòng hai", "results-seen": mark_of("Dòng một\nDòng hai")}
    clerk.post(page(desk, "text/results/"), data, headers=HTMX)
    assert desk.fresh().version == 1


def test_what_is_typed_after_the_sending_is_refused_and_stays_on_the_page(desk, clerk):
    line = desk.line("2.1")
    desk.submit()
    answer = post_line(clerk, desk, line, value="99")
    assert answer.status_code == 409
    assert "Chưa lưu" in text(answer)
    assert desk.line("2.1").value == Decimal("72.5")
    whole = clerk.post(page(desk), typed(line, value="99"))
    assert whole.status_code == 409
    assert 'value="99"' in whole.text


# Saved whole, without scripts


def whole(desk: Desk, **typed_by_code: dict[str, str]) -> dict[str, str]:
    data: dict[str, str] = {}
    for item in desk.sub_items:
        line = desk.line(item.code)
        data |= typed(line, **typed_by_code.get(f"c{item.code.replace('.', '_')}", {}))
    report = desk.fresh()
    for name in ("results", "shortcomings", "next_work", "proposals"):
        data |= {f"{name}-text": getattr(report, name), f"{name}-seen": mark_of(getattr(report, name))}
    return data


def test_one_button_saves_everything_that_was_changed_and_nothing_else(desk, clerk):
    data = whole(desk, c2_1={"value": "80"}) | {"next_work-text": "Khởi công nhà văn hóa"}
    answer = clerk.post(page(desk), data, follow=True)
    assert "Đã lưu lúc" in text(answer)
    assert desk.line("2.1").value == 80
    assert desk.fresh().next_work == "Khởi công nhà văn hóa"
    assert [desk.line(code).version for code in ("1.1", "1.2", "2.1", "2.2")] == [1, 1, 2, 1]
    assert desk.line("1.1").checked_at is None


def test_the_tick_saves_what_was_typed_beside_it(desk, clerk):
    answer = clerk.post(page(desk), whole(desk, c1_1={"status": "not_met", "note": "Lũ"}) | {"unchanged": "1"})
    assert answer.status_code == 302
    assert desk.line("1.1").note == "Lũ"
    assert not desk.report.lines.filter(checked_at=None).exists()


@pytest.mark.parametrize(
    ("then", "leads_to"),
    [
        ("review", "submit/"),
        ("upload", "workbook/upload/"),
        ("blank", "blank/"),
        ("evidence-{line}", "lines/{line}/evidence/"),
        ("evidence-", ""),
        (f"evidence-{'9' * 5000}", ""),
        ("https://example.com/", ""),
        ("", ""),
    ],
)
def test_what_leads_on_from_the_form_saves_it_first(desk, clerk, then, leads_to):
    key = desk.line("2.1").pk
    data = whole(desk, c2_1={"value": "80"}) | {"results-text": "Làm xong đường", "then": then.format(line=key)}
    answer = clerk.post(page(desk), data)
    assert (answer.status_code, answer["Location"]) == (302, page(desk, leads_to.format(line=key)))
    assert (desk.line("2.1").value, desk.fresh().results) == (80, "Làm xong đường")


@pytest.mark.parametrize("then", ["review", "upload", "blank"])
def test_what_cannot_be_saved_keeps_the_clerk_on_the_form(desk, clerk, then):
    data = whole(desk, c2_1={"value": "120"}) | {"results-text": "Làm xong đường", "then": then}
    answer = clerk.post(page(desk), data)
    assert answer.status_code == 422
    assert 'value="120"' in answer.text
    assert "Còn 1 chỗ chưa lưu được" in text(answer)
    assert desk.fresh().results == "Làm xong đường"


def test_nothing_of_the_form_itself_leaves_it_unsaved(desk, clerk):
    """Only what is fetched beside the form, or stays on the page, is a link."""
    form = clerk.get(page(desk)).text.partition('id="report-form"')[2].partition("<aside")[0]
    links = {href for href in re.findall(r'href="([^"]+)"', form) if not href.startswith("#")}
    assert links == set()


def test_lines_that_this_clerk_left_alone_are_no_conflict_when_another_one_changed_them(desk, clerk):
    data = whole(desk, c1_1={"status": "not_met", "note": "Lũ"})
    post_line(clerk, desk, desk.line("2.1"), value="61")
    assert clerk.post(page(desk), data).status_code == 302
    assert desk.line("1.1").note == "Lũ"
    assert desk.line("2.1").value == 61


def test_a_conflict_and_a_wrong_value_keep_what_was_typed_and_save_the_rest(desk, clerk):
    data = whole(desk, c1_1={"status": "not_met", "note": "Của tôi"}, c2_1={"value": "120"}, c2_2={"note": "Sắp xong"})
    post_line(clerk, desk, desk.line("1.1"), status="not_met", note="Của người kia")
    answer = clerk.post(page(desk), data | {"unchanged": "1"})
    assert answer.status_code == 409
    assert "Của tôi" in answer.text
    assert "Của người kia" in answer.text
    assert 'value="120"' in answer.text
    assert desk.line("2.2").note == "Sắp xong"
    assert desk.line("1.2").checked_at is None
    assert desk.line("1.1").note == "Của người kia"


def test_an_expired_login_brings_the_form_back_with_what_was_typed(desk, clerk):
    data = whole(desk, c2_1={"value": "80"}) | {"next_work-text": "Khởi công “nhà văn hóa” & <chợ>"}
    clerk.session.flush()
    answer = clerk.post(page(desk), data)
    assert answer.status_code == 403
    assert "Phiên đăng nhập đã hết" in text(answer)
    carried = answer.context["typed"]
    credentials = {"username": desk.clerk.username, "next": page(desk), "typed": carried}
    wrong = clerk.post("/login/", {**credentials, "password": "sai"})
    assert wrong.context["typed"] == carried
    answer = clerk.post("/login/", {**credentials, "password": PASSWORD}, follow=True)
    assert "chưa gửi" in text(answer)
    assert "Khởi công “nhà văn hóa” &amp; &lt;chợ&gt;" in answer.text
    assert 'value="80"' in answer.text
    assert desk.line("2.1").value == Decimal("72.5")
    # Shown once: the next visit shows what stands.
    assert 'value="80"' not in clerk.get(page(desk)).text


def test_nobody_leaves_anything_on_the_server_without_signing_in(desk):
    stranger = Client()
    stranger.post(page(desk), whole(desk))
    stranger.post("/login/", {"username": "ai", "password": "sai", "typed": '{"a": "b"}'})
    assert not Session.objects.exists()


def test_what_no_form_ever_carried_along_is_left_aside_at_the_login(desk):
    credentials = {"username": desk.clerk.username, "password": PASSWORD, "next": page(desk)}
    answer = Client().post("/login/", {**credentials, "typed": "[" * 100_000})
    assert answer.status_code == 302


# Evidence


def test_evidence_is_sent_in_place_put_to_the_line_and_taken_off(desk, clerk):
    line = desk.line("1.1")
    address = page(desk, f"lines/{line.pk}/evidence/")
    picture = SimpleUploadedFile("bien ban.jpg", make_image(), "image/jpeg")
    answer = clerk.post(address, {"files": picture}, headers=HTMX)
    assert answer.status_code == 200
    file = line.evidence.get()
    assert file.commune == desk.commune
    assert "bien ban.jpg" in answer.text
    clerk.post(address, {"remove": file.token}, headers=HTMX)
    assert not line.evidence.exists()
    clerk.post(address, {"add": file.token}, headers=HTMX)
    assert line.evidence.get() == file


def test_a_nul_in_what_names_a_file_of_a_line_is_left_out(desk, clerk):
    line, file = desk.line("1.1"), make_evidence(commune=desk.commune)
    address = page(desk, f"lines/{line.pk}/evidence/")
    clerk.post(address, {"add": f"{file.token}\x00"}, headers=HTMX)
    assert list(line.evidence.all()) == [file]
    clerk.post(address, {"remove": f"\x00{file.token}"}, headers=HTMX)
    assert not line.evidence.exists()


def test_another_commune_s_evidence_never_gets_to_a_line(desk, clerk):
    foreign = make_evidence()
    line = desk.line("1.1")
    clerk.post(page(desk, f"lines/{line.pk}/evidence/"), {"add": foreign.token}, headers=HTMX)
    assert not line.evidence.exists()


def test_evidence_of_a_sent_report_stays(desk, clerk):
    file = make_evidence(commune=desk.commune)
    line = desk.line("1.1")
    line.evidence.add(file)
    desk.submit()
    answer = clerk.post(page(desk, f"lines/{line.pk}/evidence/"), {"remove": file.token}, headers=HTMX)
    assert "đã gửi" in text(answer)
    assert line.evidence.get() == file


# The cost


def widen(desk: Desk, count: int) -> None:
    """More sub-items of both kinds, each with its line, its threshold and its past."""
    for _ in range(count):
        item = make_sub_item(criterion=desk.sub_items[3].criterion, kind=SubItemKind.PERCENT)
        make_threshold(sub_item=item)
        make_assessment(commune=desk.commune, sub_item=item, status=Status.NOT_MET, value=Decimal(60))
        ReportLine.objects.create(
            report=desk.report, sub_item=item, status=Status.NOT_MET, value=Decimal(60)
        ).evidence.add(make_evidence(str(item.pk).encode(), commune=desk.commune))


def test_opening_the_form_costs_the_same_however_many_lines_it_has(desk, clerk):
    widen(desk, 1)
    few = queries(clerk, page(desk))
    widen(desk, 12)
    assert queries(clerk, page(desk)) == few
    assert few < 32


def test_saving_a_line_costs_the_same_however_many_lines_there_are(desk, clerk):
    def cost(value: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert post_line(clerk, desk, desk.line("2.1"), value=value).status_code == 200
        return len(seen)

    widen(desk, 1)
    cost("70")
    few = cost("71")
    widen(desk, 12)
    assert cost("73") == few
    assert few < 36


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_line_with_a_number_beyond_every_key_does_not_exist(desk, clerk, headers):
    address = page(desk, f"lines/{10**30}/")
    assert clerk.get(address, headers=headers).status_code == 404
    assert clerk.post(address, headers=headers).status_code == 404
