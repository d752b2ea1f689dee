"""A draft is opened once, filled with what is known, and written line by line without anybody's work getting lost."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from communes.enums import CommuneKind, Role
from criteria.enums import LineVerdict, ReportEventKind, ReportStatus, Status
from criteria.exceptions import SomebodyWasFaster
from criteria.models import MonthlyReport, ReportLine
from criteria.reports.exceptions import ReportClosed
from criteria.reports.opening import MonthNotOpen, open_report, refusal
from criteria.reports.saving import (
    Said,
    check_unchanged,
    follow_in_draft,
    mark_of,
    read_stamp,
    save_line,
    save_narrative,
    stamp,
)
from criteria.services import change_assessment
from ntm_tracker.lib import clock
from tests.criteria.reports.desk import MORNING, make_desk
from tests.factories import make_assessment, make_commune, make_criteria_set, make_user

pytestmark = pytest.mark.django_db
APRIL = date(2023, 4, 1)


@pytest.fixture
def desk():
    return make_desk()


def opened(commune, month=APRIL, at=MORNING) -> MonthlyReport:
    return open_report(commune=commune, month=month, by=make_user(Role.COMMUNE, commune=commune), at=at)


# Opened


def test_a_draft_has_a_line_for_each_sub_item_filled_with_the_present_finding():
    criteria_set = make_criteria_set()
    commune = make_commune()
    first, *others = [item for criterion in criteria_set.criteria.all() for item in criterion.sub_items.all()]
    make_assessment(commune=commune, sub_item=first, status=Status.MET, value=Decimal("72.5"), changed_at=MORNING)
    report = opened(commune)
    assert report.status == ReportStatus.DRAFT
    assert report.lines.count() == 1 + len(others)
    line = report.lines.get(sub_item=first)
    assert (line.status, line.value, line.checked_at) == (Status.MET, Decimal("72.5"), None)
    assert set(report.lines.exclude(pk=line.pk).values_list("status", flat=True)) == {""}
    assert [event.kind for event in report.events.all()] == [ReportEventKind.CREATED]


def test_why_a_sub_item_does_not_apply_needs_no_writing_again():
    criteria_set = make_criteria_set(criteria=1, sub_items=(1,))
    commune = make_commune()
    item = criteria_set.criteria.get().sub_items.get()
    make_assessment(commune=commune, sub_item=item, status=Status.NOT_APPLICABLE, reason="Không có chợ", basis="QĐ 318")
    assert opened(commune).lines.get().note == "Không có chợ; QĐ 318"


def test_opening_again_gives_the_same_draft_and_no_second_event():
    make_criteria_set()
    commune = make_commune()
    first = opened(commune)
    assert opened(commune).pk == first.pk
    assert first.events.count() == 1


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (date(2023, 3, 14), False),
        (date(2023, 3, 15), True),
        (date(2024, 4, 30), True),
        (date(2024, 5, 1), False),
    ],
)
def test_a_month_opens_with_its_period_and_for_a_year(day, opens):
    make_criteria_set()
    commune = make_commune()
    assert bool(refusal(commune, APRIL, day)) is not opens
    if not opens:
        with pytest.raises(MonthNotOpen):
            opened(commune, at=clock.start_of(day))
        assert not MonthlyReport.objects.exists()


def test_no_report_without_a_set_for_that_kind_of_unit_or_after_the_unit_ended():
    make_criteria_set()
    today = date(2023, 4, 10)
    assert "không có bộ tiêu chí" in refusal(make_commune(kind=CommuneKind.THI_TRAN), APRIL, today)
    assert "kết thúc" in refusal(make_commune(valid_to=date(2023, 3, 14)), APRIL, today)
    assert refusal(make_commune(valid_to=date(2023, 3, 15)), APRIL, today) == ""


def test_a_unit_reports_from_the_period_on_in_which_it_began():
    make_criteria_set()
    today = date(2023, 4, 20)
    assert refusal(make_commune(valid_from=date(2023, 4, 14)), APRIL, today) == ""
    assert "thành lập ngày 15/4/2023, sau kỳ báo cáo" in refusal(
        make_commune(valid_from=date(2023, 4, 15)), APRIL, today
    )


def test_the_set_of_the_end_of_the_period_counts():
    make_criteria_set(effective_from=date(2021, 1, 1), effective_to=date(2023, 3, 31))
    newer = make_criteria_set(effective_from=date(2023, 4, 1), effective_to=None)
    assert opened(make_commune()).criteria_set == newer


# A line


def test_saving_a_line_writes_it_marks_it_as_looked_at_and_counts_the_version(desk):
    line = desk.line("2.1")
    saved = save_line(
        line=line, said=Said(Status.NOT_MET, Decimal("61.5"), note=" Đo lại "), expected_version=1, at=MORNING
    )
    assert (saved.status, saved.value, saved.note) == (Status.NOT_MET, Decimal("61.5"), "Đo lại")
    assert (saved.version, saved.checked_at) == (2, MORNING)


def test_the_slower_of_two_clerks_writes_nothing_and_is_given_what_stands(desk):
    line = desk.line("1.1")
    save_line(line=line, said=Said(Status.NOT_MET, note="Lũ"), expected_version=1, at=MORNING)
    with pytest.raises(SomebodyWasFaster) as faster:
        save_line(line=line, said=Said(Status.NOT_APPLICABLE, note="Không có"), expected_version=1, at=MORNING)
    assert faster.value.current.note == "Lũ"
    assert desk.line("1.1").status == Status.NOT_MET


def test_an_answer_that_got_lost_may_be_sent_twice(desk):
    line, said = desk.line("1.1"), Said(Status.NOT_MET, note="Lũ")
    first = save_line(line=line, said=said, expected_version=1, at=MORNING)
    second = save_line(line=line, said=said, expected_version=1, at=MORNING)
    assert first.version == second.version == 2


def test_a_line_that_is_left_as_it_was_filled_in_counts_as_looked_at_and_is_no_new_version(desk):
    line = desk.line("1.1")
    saved = save_line(line=line, said=Said.of(line), expected_version=1, at=MORNING)
    assert line.checked_at is None
    assert (saved.version, saved.checked_at) == (1, MORNING)


@pytest.mark.parametrize("status", [ReportStatus.SUBMITTED, ReportStatus.ACCEPTED])
def test_what_was_sent_cannot_be_written_any_more(desk, status):
    MonthlyReport.objects.filter(pk=desk.report.pk).update(status=status, first_submitted_at=MORNING)
    with pytest.raises(ReportClosed):
        save_line(line=desk.line("1.1"), said=Said(Status.NOT_MET), expected_version=1, at=MORNING)
    with pytest.raises(ReportClosed):
        save_narrative(report=desk.report, part="results", text="Khác", seen=mark_of(desk.report.results))
    with pytest.raises(ReportClosed):
        check_unchanged(report=desk.report, at=MORNING)
    assert desk.line("1.1").status == Status.MET
    assert desk.fresh().results == desk.report.results


def test_a_reopened_report_can_be_written_until_its_time_is_over(desk):
    rows = MonthlyReport.objects.filter(pk=desk.report.pk)
    rows.update(
        status=ReportStatus.ACCEPTED, first_submitted_at=MORNING, reopened_until=clock.now() + timedelta(hours=1)
    )
    save_line(line=desk.line("1.1"), said=Said(Status.NOT_MET), expected_version=1, at=MORNING)
    rows.update(reopened_until=clock.now() - timedelta(seconds=1))
    with pytest.raises(ReportClosed):
        save_line(line=desk.line("1.1"), said=Said(Status.MET), expected_version=2, at=MORNING)


def test_a_returned_report_can_be_written_wholly(desk):
    desk.submit()
    desk.judge("1.1", LineVerdict.RETURNED, "Thiếu biên bản")
    desk.send_back()
    for code in ("1.1", "1.2"):
        line = desk.line(code)
        save_line(line=line, said=Said(Status.NOT_MET, note="Sửa"), expected_version=line.version, at=MORNING)
        assert desk.line(code).note == "Sửa"


def test_parts_are_kept_as_plain_decimals_zero_too(desk):
    said = Said(Status.NOT_MET, None, {"nam": Decimal("0"), "nu": Decimal("65.50")})
    save_line(line=desk.line("1.1"), said=said, expected_version=1, at=MORNING)
    assert desk.line("1.1").part_values == {"nam": "0", "nu": "65.5"}
    assert Said.of(desk.line("1.1")).mark == said.mark


def test_a_stamp_comes_back_as_it_went(desk):
    line = desk.line("1.1")
    assert read_stamp(stamp(line)) == (1, Said.of(line).mark)
    assert read_stamp("1") is None
    assert read_stamp("x-123456789012") is None


# The text


def test_two_clerks_write_two_parts_without_meeting(desk):
    seen = {name: mark_of(getattr(desk.report, name)) for name in ("results", "next_work")}
    save_narrative(report=desk.report, part="results", text="Đã xong 3 km", seen=seen["results"])
    save_narrative(report=desk.report, part="next_work", text="Làm tiếp", seen=seen["next_work"])
    fresh = desk.fresh()
    assert (fresh.results, fresh.next_work, fresh.version) == ("Đã xong 3 km", "Làm tiếp", 3)


def test_the_same_part_is_never_written_over_unseen(desk):
    seen = mark_of(desk.report.results)
    save_narrative(report=desk.report, part="results", text="Của người thứ nhất", seen=seen)
    with pytest.raises(SomebodyWasFaster) as faster:
        save_narrative(report=desk.report, part="results", text="Của người thứ hai", seen=seen)
    assert faster.value.current.results == "Của người thứ nhất"
    # Sent again because the answer got lost, it is the same text.
    assert save_narrative(report=desk.report, part="results", text="Của người thứ nhất", seen=seen).version == 2


def test_only_the_parts_of_the_text_are_written(desk):
    with pytest.raises(ValueError, match="status"):
        save_narrative(report=desk.report, part="status", text="accepted", seen="")


# Nothing changed


def test_one_tick_looks_at_every_line_that_nobody_looked_at(desk):
    save_line(line=desk.line("1.1"), said=Said(Status.NOT_MET), expected_version=1, at=MORNING - timedelta(hours=1))
    assert check_unchanged(report=desk.report, at=MORNING) == 3
    assert desk.line("1.1").checked_at == MORNING - timedelta(hours=1)
    assert not ReportLine.objects.filter(report=desk.report, checked_at=None).exists()
    # The tick says nothing about the content: whoever types beside it is not in its way.
    assert desk.line("1.2").version == 1


def test_a_tick_never_takes_back_what_was_found_after_the_draft_was_opened(desk):
    """Last month's report is accepted while this month's draft lies open."""
    change_assessment(
        commune=desk.commune,
        sub_item=desk.sub_items[3],
        status=Status.MET,
        by=desk.officer,
        expected_version=0,
        reason="Chấp nhận báo cáo tháng 3",
    )
    check_unchanged(report=desk.report, at=MORNING)
    assert desk.line("2.2").status == Status.MET


@pytest.mark.parametrize(("status", "follows"), [(ReportStatus.DRAFT, True), (ReportStatus.RETURNED, False)])
def test_only_a_draft_goes_along_with_what_the_district_finds_a_returned_report_stays_what_was_sent(
    desk, status, follows
):
    sent_at = None if status == ReportStatus.DRAFT else MORNING
    MonthlyReport.objects.filter(pk=desk.report.pk).update(status=status, first_submitted_at=sent_at)
    make_assessment(commune=desk.commune, sub_item=desk.line("1.1").sub_item, status=Status.NOT_MET)
    assert follow_in_draft(report=desk.report) == int(follows)
    assert desk.line("1.1").status == (Status.NOT_MET if follows else Status.MET)
