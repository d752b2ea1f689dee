"""A report on its way: sent, returned, sent again, accepted, reopened; each step once and all or nothing."""

import json
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError

from communes.enums import Role
from communes.models import Message
from criteria.enums import AssessmentSource, LineVerdict, ReportEventKind, ReportFileKind, ReportStatus, Status
from criteria.evidence_services import delete_evidence
from criteria.exceptions import ReasonMissing, SomebodyWasFaster
from criteria.models import (
    Assessment,
    AssessmentChange,
    Evidence,
    LineOpinion,
    MonthlyReport,
    ReportEvent,
    ReportFile,
    ReportLine,
)
from criteria.reports import flow
from criteria.reports.exceptions import (
    ChangedSinceShown,
    EmptyReport,
    FindingsChangedSinceShown,
    LinesPending,
    NotClosed,
    NotForReview,
    NumberTaken,
    ReportClosed,
)
from criteria.reports.snapshot import DocumentHead, canonical, checksum, frozen_now, last_sent
from criteria.selectors.results import results
from criteria.services import change_assessment
from criteria.unit_services import move_commune, rename_commune
from ntm_tracker.lib import clock
from tests.criteria.reports.desk import LATE, MORNING, Desk, make_desk
from tests.factories import make_authority, make_commune, make_evidence, make_report, make_user

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a made-up one"


@pytest.fixture(autouse=True)
def quick_pdf(settings, tmp_path):
    """Setting a real PDF takes a second; its own tests do it."""
    settings.MEDIA_ROOT = tmp_path
    with patch("criteria.reports.flow.frozen_pdf", lambda frozen: PDF), patch("criteria.reports.flow.page_of", str):
        yield


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def told(person) -> list[str]:
    return list(Message.objects.filter(recipient=person).order_by("pk").values_list("text", flat=True))


def test_each_step_is_taken_by_the_report_alone_whose_step_it_is(desk):
    others = [
        make_report(
            commune=make_commune(authority=desk.commune.authority), criteria_set=desk.criteria_set,
            status=status, first_submitted_at=sent_at, version=version,
        )
        for status, sent_at, version in (
            (ReportStatus.DRAFT, None, 1), (ReportStatus.SUBMITTED, LATE, 2), (ReportStatus.SUBMITTED, LATE, 4),
            (ReportStatus.ACCEPTED, LATE, 5),
        )
    ]  # fmt: skip
    for other in others:
        ReportLine.objects.create(report=other, sub_item=desk.sub_items[0], status=Status.MET)

    def stand():
        reports = MonthlyReport.objects.exclude(pk=desk.report.pk).order_by("pk")
        lines = ReportLine.objects.exclude(report=desk.report).order_by("pk")
        return list(reports.values()), list(lines.values())

    before = stand()
    for step in (desk.submit, desk.send_back, desk.submit, desk.accept_everything, desk.reopen):
        step()
        assert stand() == before, step
    assert desk.fresh().version == 6


# Sending


def test_a_sent_report_gives_a_receipt_with_time_number_and_checksum(desk):
    receipt = desk.submit()
    report = desk.fresh()
    assert (report.status, report.number, report.dated) == (ReportStatus.SUBMITTED, 21, date(2023, 4, 14))
    assert report.first_submitted_at == MORNING
    assert receipt.is_new
    assert receipt.event.at == MORNING
    assert receipt.sha256 == checksum(receipt.event.snapshot)
    assert (receipt.frozen.number, receipt.frozen.sending) == (21, 1)


def test_what_was_sent_is_kept_whole(desk):
    file = make_evidence(commune=desk.commune, title="Biên bản nghiệm thu")
    desk.line("2.1").evidence.add(file)
    frozen = desk.submit().frozen
    assert frozen.commune_name == "xã Cao Sơn"
    assert frozen.content["narrative"]["results"] == "Đã bê tông hóa 2 km đường thôn."
    assert [(line.code, line.status) for line in frozen.lines] == [
        ("1.1", "met"),
        ("1.2", "met"),
        ("2.1", "met"),
        ("2.2", "not_met"),
    ]
    measured = frozen.line_by_code["2.1"]
    assert (measured.measured, measured.said["value"]) == ("72,5%", "72.5")
    assert measured.evidence == [{"name": "Biên bản nghiệm thu", "sha256": file.sha256}]


def test_the_checksum_can_be_found_again_from_the_record(desk):
    event = desk.submit().event
    stored = ReportEvent.objects.get(pk=event.pk)
    assert checksum(stored.snapshot) == stored.sha256
    assert canonical(json.loads(canonical(stored.snapshot))) == canonical(stored.snapshot)


def test_sending_twice_gives_the_same_receipt(desk):
    first = desk.submit(expected_version=1)
    again = desk.submit(expected_version=1, at=LATE)
    assert (again.event, again.is_new) == (first.event, False)
    assert ReportEvent.objects.filter(kind=ReportEventKind.SUBMITTED).count() == 1
    assert ReportFile.objects.count() == 1


def test_a_file_that_was_sent_is_kept_even_when_nothing_uses_it_any_more(desk):
    file, other = make_evidence(commune=desk.commune), make_evidence(b"%PDF-1.4", commune=desk.commune)
    desk.line("2.1").evidence.add(file)
    desk.submit()
    desk.line("2.1").evidence.clear()
    with pytest.raises(ValidationError, match="đã gửi kèm báo cáo tháng 4/2023"):
        delete_evidence(evidence=file, by=desk.clerk)
    delete_evidence(evidence=other, by=desk.clerk)
    assert set(Evidence.objects.filter(commune=desk.commune)) == {file}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["receipt_of", "is_open", "frozen_now"])
def test_who_sends_while_the_same_sending_is_under_way_gets_its_receipt(desk, step, when):
    real, calls, others = getattr(flow, step), [], []

    def meanwhile(*args, **options):
        """The first time, the other sending goes through just before or just after."""
        calls.append(step)
        moment = when if len(calls) == 1 else ""
        if moment == "before":
            others.append(desk.submit(expected_version=1))
        found = real(*args, **options)
        if moment == "after":
            others.append(desk.submit(expected_version=1))
        return found

    with patch.object(flow, step, meanwhile):
        mine = desk.submit(expected_version=1)
    assert others[0].is_new
    assert (mine.event, mine.is_new) == (others[0].event, False)


def test_the_pdf_of_the_sent_version_is_kept_with_it(desk):
    event = desk.submit().event
    file = ReportFile.objects.get()
    assert (file.kind, file.event, file.file.read()) == (ReportFileKind.SENT_PDF, event, PDF)
    file.file.close()


def test_without_the_library_for_pdfs_a_report_is_sent_all_the_same(desk):
    with patch("criteria.reports.flow.frozen_pdf", lambda frozen: None):
        receipt = desk.submit()
    assert desk.fresh().status == ReportStatus.SUBMITTED
    assert (receipt.has_pdf, ReportFile.objects.exists()) == (False, False)


def test_who_saw_an_older_version_sends_nothing(desk):
    version = desk.report.version
    type(desk.report).objects.update(version=version + 1)
    with pytest.raises(ChangedSinceShown):
        desk.submit(expected_version=version)
    assert desk.fresh().status == ReportStatus.DRAFT


def test_a_line_that_another_clerk_changed_meanwhile_is_shown_before_it_is_sent(desk):
    seen = frozen_now(desk.fresh()).fingerprint
    desk.say("2.2", status=Status.MET)
    with pytest.raises(ChangedSinceShown):
        desk.submit(seen=seen)
    assert not ReportEvent.objects.exists()


def test_a_line_changed_while_the_pdf_is_set_is_not_sent_unseen(desk):
    def slow(frozen):
        desk.say("2.2", status=Status.MET)
        return PDF

    with patch("criteria.reports.flow.frozen_pdf", slow), pytest.raises(ChangedSinceShown):
        desk.submit()
    assert desk.fresh().status == ReportStatus.DRAFT
    assert not ReportEvent.objects.exists()


@pytest.mark.parametrize(("status", "refusal"), [("draft", ChangedSinceShown), ("accepted", ReportClosed)])
def test_what_became_another_version_while_the_pdf_is_set_is_not_sent(desk, status, refusal):
    def slow(frozen):
        others = {"status": status, "version": desk.report.version + 1, "first_submitted_at": LATE}
        MonthlyReport.objects.filter(pk=desk.report.pk).update(**others)
        return PDF

    with patch("criteria.reports.flow.frozen_pdf", slow), pytest.raises(refusal):
        desk.submit()
    assert (desk.fresh().status, desk.fresh().first_submitted_at) == (status, LATE)
    assert not ReportEvent.objects.exists()


def test_a_report_without_lines_is_not_sent(desk):
    empty = make_report(commune=desk.commune, criteria_set=desk.criteria_set, month=date(2023, 3, 1))
    with pytest.raises(EmptyReport):
        flow.submit_report(report=empty, by=desk.clerk, expected_version=1, at=MORNING)


@pytest.mark.parametrize(
    ("head", "field"),
    [
        (DocumentHead(number=0), "number"),
        (DocumentHead(dated=date(2023, 4, 15)), "dated"),
        (DocumentHead(dated=date(2023, 3, 14)), "dated"),
    ],
    ids=["numbers start with 1", "no day that hasn't come", "no day before the period"],
)
def test_a_number_or_day_that_cannot_be_is_refused(desk, head, field):
    with pytest.raises(ValidationError) as raised:
        desk.submit(head=head)
    assert set(raised.value.message_dict) == {field}
    assert desk.fresh().status == ReportStatus.DRAFT


def test_a_number_serves_one_report_a_year(desk):
    make_report(commune=desk.commune, criteria_set=desk.criteria_set, month=date(2023, 3, 1), number=21, dated=MORNING)
    with pytest.raises(NumberTaken, match="tháng 3/2023"):
        desk.submit()


def test_a_number_serves_one_report_a_year_under_another_name_too(desk, settings):
    settings.NTM_TODAY = MORNING.date()
    make_report(commune=desk.commune, criteria_set=desk.criteria_set, month=date(2023, 3, 1), number=21, dated=MORNING)
    rename_commune(commune=desk.commune, name="Cao Hợp", from_day=date(2023, 4, 10), by=desk.officer)
    assert desk.fresh().commune.name == "Cao Hợp"
    with pytest.raises(NumberTaken, match="tháng 3/2023"):
        desk.submit()


def test_a_report_can_be_dated_from_the_first_day_of_its_period_on(desk):
    assert desk.submit(head=DocumentHead(dated=date(2023, 3, 15))).frozen.dated == date(2023, 3, 15)


def test_a_number_that_another_report_takes_while_the_pdf_is_set_is_refused(desk):
    march = make_report(commune=desk.commune, criteria_set=desk.criteria_set, month=date(2023, 3, 1))

    def slow(frozen):
        MonthlyReport.objects.filter(pk=march.pk).update(number=21, dated=date(2023, 4, 14))
        return PDF

    with patch("criteria.reports.flow.frozen_pdf", slow), pytest.raises(NumberTaken, match="tháng 3/2023"):
        desk.submit()
    assert (desk.fresh().status, desk.fresh().number) == (ReportStatus.DRAFT, None)
    assert not ReportFile.objects.exists()


def test_the_number_can_come_later(desk):
    assert desk.submit(head=DocumentHead()).frozen.number is None


def test_what_was_sent_cannot_be_sent_or_changed_again(desk):
    desk.submit()
    with pytest.raises(ReportClosed, match="chờ huyện thẩm định"):
        desk.submit()
    with pytest.raises(ReportClosed):
        flow.hold_open(desk.report)


def test_the_office_is_told_that_a_report_came(desk):
    desk.submit()
    assert told(desk.officer) == ["Báo cáo tháng 4/2023 của xã Cao Sơn đã gửi, chờ thẩm định."]
    assert told(desk.clerk) == []
    desk.send_back()
    desk.submit()
    assert told(desk.officer)[1:] == ["Báo cáo tháng 4/2023 của xã Cao Sơn đã gửi (lần 2), chờ thẩm định."]


# Returning


def test_a_return_says_why_and_opens_the_report(desk):
    desk.submit()
    desk.send_back("Thiếu minh chứng của nội dung 2.1")
    event = ReportEvent.objects.get(kind=ReportEventKind.RETURNED)
    assert (event.reason, event.by) == ("Thiếu minh chứng của nội dung 2.1", desk.officer)
    assert desk.fresh().status == ReportStatus.RETURNED
    assert flow.hold_open(desk.report)


def test_a_return_without_a_reason_is_none(desk):
    desk.submit()
    with pytest.raises(ReasonMissing):
        desk.send_back("  ")
    assert desk.fresh().status == ReportStatus.SUBMITTED


def test_the_reasons_stay_pinned_to_the_lines_and_in_the_history(desk):
    desk.submit()
    desk.judge("2.1", LineVerdict.RETURNED, "Chưa có biên bản")
    desk.judge("2.2", LineVerdict.RETURNED, "Chợ đã xong từ tháng 3")
    desk.send_back()
    assert [(desk.line(code).verdict, desk.line(code).review_comment) for code in ("1.1", "2.1", "2.2")] == [
        ("pending", ""),
        ("returned", "Chưa có biên bản"),
        ("returned", "Chợ đã xong từ tháng 3"),
    ]
    kept = ReportEvent.objects.get(kind=ReportEventKind.RETURNED).snapshot["lines"]
    assert [(row["code"], row["comment"]) for row in kept] == [
        ("2.1", "Chưa có biên bản"),
        ("2.2", "Chợ đã xong từ tháng 3"),
    ]


def test_a_return_is_told_to_everybody_who_touched_the_report(desk):
    colleague = make_user(Role.COMMUNE, commune=desk.commune)
    stranger = make_user(Role.DEPARTMENT, authority=desk.commune.authority)
    desk.submit()
    flow.give_opinion(line=desk.line("1.1"), by=desk.adviser, text="Đúng thực tế", at=MORNING)
    desk.send_back("Thiếu minh chứng")
    text = "Báo cáo tháng 4/2023 của xã Cao Sơn bị trả lại: Thiếu minh chứng"
    assert [text in told(person) for person in (desk.clerk, colleague, desk.adviser)] == [True, True, True]
    assert text not in told(desk.officer) + told(stranger)


def test_returning_twice_is_one_return(desk):
    desk.submit()
    first, again = desk.send_back(expected_version=2), desk.send_back(expected_version=2)
    assert first == again
    assert len(told(desk.clerk)) == 1


@contextmanager
def looked_before_the_other_answered():
    """The first look for an answer finds none; the report is answered by the time it is written."""
    look, looks = flow._answer_to, count()
    with patch.object(flow, "_answer_to", lambda *what: look(*what) if next(looks) else None):
        yield


def test_who_returns_while_a_colleague_does_gets_the_return_of_the_colleague(desk):
    desk.submit()
    version = desk.fresh().version
    first = desk.send_back("Thiếu minh chứng", expected_version=version)
    with looked_before_the_other_answered():
        assert desk.send_back("Số liệu sai", expected_version=version) == first
    assert desk.report.events.filter(kind=ReportEventKind.RETURNED).get().reason == "Thiếu minh chứng"
    assert desk.fresh().version == version + 1


def test_who_accepts_while_a_colleague_does_gets_the_acceptance_of_the_colleague(desk):
    desk.submit()
    version = desk.fresh().version
    first = desk.accept_everything(expected_version=version)
    changes = AssessmentChange.objects.count()
    with looked_before_the_other_answered():
        assert desk.accept(expected_version=version) == first
    assert desk.report.events.filter(kind=ReportEventKind.ACCEPTED).count() == 1
    assert AssessmentChange.objects.count() == changes


def test_a_version_that_the_reviewer_did_not_see_is_neither_returned_nor_accepted(desk):
    desk.submit()
    older = desk.fresh().version - 1
    for answer in (desk.send_back, desk.accept_everything):
        with pytest.raises(ChangedSinceShown):
            answer(expected_version=older)
    assert desk.fresh().status == ReportStatus.SUBMITTED
    assert not Assessment.objects.exists()


def test_a_draft_cannot_be_returned_or_accepted(desk):
    with pytest.raises(NotForReview):
        desk.send_back()
    with pytest.raises(NotForReview):
        desk.accept()


def test_a_return_does_not_make_a_report_late(desk):
    desk.submit()
    desk.send_back()
    desk.say("2.2", note="Chợ xong ngày 16/4")
    desk.submit(at=LATE)
    assert desk.fresh().first_submitted_at == MORNING


# Sent again


def test_the_next_version_asks_for_verdicts_only_where_something_changed(desk):
    desk.submit()
    for code in ("1.1", "1.2", "2.1"):
        desk.judge(code)
    desk.judge("2.2", LineVerdict.RETURNED, "Ghi rõ ngày xong")
    desk.send_back()
    desk.say("1.2", note="Đã công khai quy hoạch")
    receipt = desk.submit(at=LATE)
    assert receipt.frozen.sending == 2
    verdicts = {code: desk.line(code).verdict for code in ("1.1", "1.2", "2.1", "2.2")}
    assert verdicts == {"1.1": "accepted", "1.2": "pending", "2.1": "accepted", "2.2": "pending"}
    assert desk.line("2.2").review_comment == "Ghi rõ ngày xong"


def test_every_sent_version_is_kept(desk):
    desk.submit()
    desk.send_back()
    desk.say("2.1", value="80")
    desk.submit(at=LATE)
    first, second = ReportEvent.objects.filter(kind=ReportEventKind.SUBMITTED).order_by("pk")
    values = [event.snapshot["content"]["lines"][2]["value"] for event in (first, second)]
    assert values == ["72.5", "80"]
    assert first.sha256 != second.sha256


# Judging


def test_all_unchanged_lines_are_accepted_at_once(desk):
    by = desk.officer
    change_assessment(commune=desk.commune, sub_item=desk.sub_items[0], status=Status.MET, by=by, expected_version=0)
    change_assessment(
        commune=desk.commune,
        sub_item=desk.sub_items[2],
        status=Status.MET,
        value=Decimal("72.500"),
        by=by,
        expected_version=0,
    )
    desk.say("1.2", status="")
    desk.submit()
    assert flow.accept_unchanged(report=desk.report) == 3
    assert [desk.line(code).verdict for code in ("1.1", "1.2", "2.1", "2.2")] == [
        "accepted",
        "accepted",
        "accepted",
        "pending",
    ]


def test_a_returned_line_says_why(desk):
    desk.submit()
    with pytest.raises(ReasonMissing):
        desk.judge("2.2", LineVerdict.RETURNED, " ")
    assert desk.line("2.2").verdict == LineVerdict.PENDING


def test_the_slower_of_two_reviewers_of_a_line_is_told(desk):
    desk.submit()
    shown = desk.line("2.2")
    desk.judge("2.2")
    with pytest.raises(SomebodyWasFaster) as raised:
        flow.judge_line(line=shown, verdict=LineVerdict.RETURNED, comment="Chưa đúng", expected_version=shown.version)
    assert raised.value.current.verdict == LineVerdict.ACCEPTED


def test_a_verdict_can_be_taken_back_before_the_report_is_answered(desk):
    desk.submit()
    desk.judge("2.2")
    assert desk.judge("2.2", LineVerdict.PENDING).verdict == LineVerdict.PENDING
    desk.accept_everything()
    with pytest.raises(NotForReview):
        desk.judge("2.2", LineVerdict.PENDING)


# Accepting


def test_accepted_lines_become_the_findings_with_the_report_as_source(desk):
    desk.submit()
    desk.judge("2.1")
    for code in ("1.1", "1.2", "2.2"):
        desk.judge(code, LineVerdict.RETURNED, "Chưa thấy minh chứng")
    desk.accept()
    finding = Assessment.objects.get()
    assert (finding.sub_item.code, finding.status, finding.value) == ("2.1", Status.MET, Decimal("72.5"))
    assert (finding.source, finding.changed_by) == (AssessmentSource.REPORT, desk.officer)
    assert finding.basis == "Báo cáo số 21/BC-UBND ngày 14/4/2023, tháng 4/2023 của xã Cao Sơn"


def test_a_report_from_before_a_new_name_becomes_the_findings_under_that_name(desk):
    desk.submit()
    new = rename_commune(commune=desk.commune, name="Yên Xuân", from_day=date(2023, 4, 15), by=desk.officer).successor
    desk.accept_everything(at=clock.start_of(date(2023, 4, 16)))
    assert {row.commune for row in Assessment.objects.all()} == {new}
    assert "của xã Cao Sơn" in Assessment.objects.first().basis


def test_a_report_of_a_commune_that_moved_away_changes_nothing_there(desk):
    desk.submit()
    there = make_authority()
    administrator = make_user(Role.ADMINISTRATOR)
    move_commune(commune=desk.commune, authority=there, from_day=date(2023, 4, 15), by=administrator)
    desk.accept_everything(at=clock.start_of(date(2023, 4, 16)))
    assert {row.commune for row in Assessment.objects.all()} == {desk.commune}


def test_what_is_not_accepted_stays_with_its_comment(desk):
    desk.submit()
    desk.judge("2.2", LineVerdict.RETURNED, "Chợ đã xong")
    desk.accept_everything()
    assert not Assessment.objects.filter(sub_item__code="2.2").exists()
    assert (desk.line("2.2").verdict, desk.line("2.2").review_comment) == ("returned", "Chợ đã xong")
    kept = ReportEvent.objects.get(kind=ReportEventKind.ACCEPTED).snapshot["lines"]
    assert {"code": "2.2", "verdict": "returned", "comment": "Chợ đã xong"} in kept
    assert told(desk.clerk)[-1].endswith(
        "được chấp nhận; 3 nội dung thay đổi kết quả, 1 nội dung không được chấp nhận, giữ kết quả cũ."
    )


def test_a_report_that_changes_nothing_says_so(desk):
    desk.submit()
    for sub_item in desk.sub_items:
        desk.judge(sub_item.code, LineVerdict.RETURNED, "Thiếu biên bản")
    desk.accept()
    assert "được chấp nhận; không nội dung nào thay đổi kết quả, 4 nội dung không" in told(desk.clerk)[-1]


def test_only_lines_that_differ_write_a_change(desk):
    for sub_item in desk.sub_items[:2]:
        change_assessment(
            commune=desk.commune, sub_item=sub_item, status=Status.MET, by=desk.officer, expected_version=0
        )
    desk.submit()
    event = desk.accept_everything()
    assert event.snapshot["changed"] == ["2.1", "2.2"]
    assert AssessmentChange.objects.filter(source=AssessmentSource.REPORT).count() == 2
    assert AssessmentChange.objects.filter(assessment__sub_item__code="1.1").count() == 1


def test_a_line_that_does_not_apply_names_report_and_reason(desk):
    desk.say("2.2", status=Status.NOT_APPLICABLE, note="Xã không quy hoạch chợ")
    desk.submit()
    desk.accept_everything()
    finding = Assessment.objects.get(sub_item__code="2.2")
    assert (finding.status, finding.reason) == (Status.NOT_APPLICABLE, "Xã không quy hoạch chợ")


def test_the_evidence_of_an_accepted_line_supports_the_finding(desk):
    file = make_evidence(commune=desk.commune)
    desk.line("2.1").evidence.add(file)
    desk.submit()
    desk.accept_everything()
    assert list(Assessment.objects.get(sub_item__code="2.1").evidence.all()) == [file]


def test_a_report_with_lines_that_wait_is_not_accepted(desk):
    desk.submit()
    desk.judge("1.1")
    with pytest.raises(LinesPending) as raised:
        desk.accept()
    assert raised.value.count == 3
    assert desk.fresh().status == ReportStatus.SUBMITTED
    assert not Assessment.objects.exists()


def test_a_finding_changed_beside_the_review_is_shown_before_it_is_overwritten(desk):
    desk.submit()
    seen = flow.findings_stamp(desk.report)
    change_assessment(
        commune=desk.commune, sub_item=desk.sub_items[3], status=Status.MET, by=desk.officer, expected_version=0
    )
    with pytest.raises(FindingsChangedSinceShown):
        desk.accept_everything(seen_findings=seen)
    assert Assessment.objects.get().status == Status.MET
    assert desk.fresh().status == ReportStatus.SUBMITTED
    desk.accept(seen_findings=flow.findings_stamp(desk.report))


def test_accepting_twice_is_one_acceptance(desk):
    desk.submit()
    first, again = desk.accept_everything(expected_version=2), desk.accept(expected_version=2)
    assert first == again
    assert AssessmentChange.objects.count() == 4


def test_returning_what_was_accepted_changes_nothing(desk):
    desk.submit()
    desk.accept_everything()
    with pytest.raises(NotForReview):
        desk.send_back(expected_version=2)
    assert desk.fresh().status == ReportStatus.ACCEPTED


def test_an_accepted_report_never_changes_again(desk):
    desk.submit()
    desk.accept_everything()
    with pytest.raises(ReportClosed, match="xin mở lại"):
        flow.hold_open(desk.report)
    with pytest.raises(ReportClosed):
        desk.submit()


# Opinions


def test_a_department_gives_its_opinion_and_the_office_is_told(desk):
    desk.submit()
    opinion = flow.give_opinion(line=desk.line("1.1"), by=desk.adviser, text=" Đúng thực tế ", at=MORNING)
    assert (opinion.department, opinion.text) == (desk.department, "Đúng thực tế")
    assert told(desk.officer)[-1] == (
        f"{desk.department.full_name} đã có ý kiến về báo cáo tháng 4/2023 của xã Cao Sơn."
    )
    assert desk.line("1.1").verdict == LineVerdict.PENDING


def test_the_same_opinion_twice_is_one(desk):
    desk.submit()
    for _ in range(2):
        flow.give_opinion(line=desk.line("1.1"), by=desk.adviser, text="Đúng thực tế", at=MORNING)
    assert LineOpinion.objects.count() == 1


def test_an_opinion_is_for_reports_that_wait(desk):
    with pytest.raises(NotForReview):
        flow.give_opinion(line=desk.line("1.1"), by=desk.adviser, text="Đúng thực tế", at=MORNING)


# Reopening


def accepted(desk: Desk) -> Desk:
    desk.submit()
    desk.accept_everything()
    return desk


def test_a_commune_asks_for_the_reopening_of_a_closed_month_once(desk):
    accepted(desk)
    first = flow.ask_reopening(report=desk.report, by=desk.clerk, reason="Nhầm tỷ lệ 2.1", at=MORNING)
    again = flow.ask_reopening(report=desk.report, by=desk.clerk, reason="Nhầm tỷ lệ 2.1", at=MORNING)
    assert first == again
    assert told(desk.officer)[-1] == "xã Cao Sơn xin mở lại báo cáo tháng 4/2023: Nhầm tỷ lệ 2.1"
    assert not flow.is_open(desk.fresh(), MORNING)


def test_only_a_closed_report_can_be_reopened(desk):
    with pytest.raises(NotClosed):
        flow.ask_reopening(report=desk.report, by=desk.clerk, reason="Nhầm", at=MORNING)
    desk.submit()
    with pytest.raises(NotClosed):
        desk.reopen()


def test_a_reopening_is_granted_for_a_time_and_ends_by_itself(desk):
    accepted(desk)
    flow.ask_reopening(report=desk.report, by=desk.clerk, reason="Nhầm tỷ lệ 2.1", at=MORNING)
    desk.reopen(hours=48, reason="")
    assert flow.open_question(desk.report) is None
    moments = [MORNING, MORNING + timedelta(hours=47, minutes=59), MORNING + timedelta(hours=48)]
    assert [flow.is_open(desk.fresh(), moment) for moment in moments] == [True, True, False]
    assert "được mở lại đến 09:41, 16/4/2023" in told(desk.clerk)[-1]


def test_a_reopening_without_a_question_says_why(desk):
    accepted(desk)
    with pytest.raises(ReasonMissing):
        desk.reopen(reason="")


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(days=32), timedelta(hours=-1)])
def test_a_reopening_has_a_length_that_can_be(desk, lasts):
    accepted(desk)
    with pytest.raises(ValidationError):
        flow.grant_reopening(
            report=desk.report, by=desk.officer, lasts=lasts, expected_version=desk.fresh().version, reason="Nhầm"
        )


def test_a_version_that_the_office_did_not_see_is_not_reopened(desk):
    desk.submit()
    desk.accept_everything()
    with pytest.raises(ChangedSinceShown):
        desk.reopen(expected_version=desk.fresh().version - 1)
    assert desk.fresh().reopened_until is None
    assert not desk.report.events.filter(kind=ReportEventKind.REOPENED).exists()


def test_granting_twice_is_one_reopening(desk):
    accepted(desk)
    version = desk.fresh().version
    assert desk.reopen(expected_version=version) == desk.reopen(expected_version=version)


def test_a_reopened_report_is_sent_and_accepted_anew(desk):
    accepted(desk)
    desk.reopen()
    desk.say("2.1", value="80")
    desk.submit(at=MORNING + timedelta(hours=5))
    report = desk.fresh()
    assert (report.status, report.reopened_until, report.first_submitted_at) == ("submitted", None, MORNING)
    assert [desk.line(code).verdict for code in ("1.1", "2.1")] == ["accepted", "pending"]
    desk.accept_everything()
    assert Assessment.objects.get(sub_item__code="2.1").value == 80


def test_what_a_commune_changes_in_a_reopened_report_is_not_its_word_until_it_is_sent(desk):
    def said() -> str:
        rows = results(desk.commune, date(2023, 4, 20)).rows
        return next(row.self_assessed for row in rows if row.sub_item.code == "1.1")

    desk.submit()
    desk.accept_everything()
    desk.reopen(at=clock.now())
    desk.say("1.1", status=Status.NOT_MET)
    assert said() == "Đạt"
    desk.submit(at=clock.now())
    assert said() == "Chưa đạt"
    desk.accept_everything(at=clock.now())
    desk.reopen(at=clock.now())
    desk.say("1.1", status=Status.MET)
    assert said() == "Chưa đạt", "what was sent last"


def test_an_unsent_change_falls_back_to_the_accepted_version_when_the_time_is_over(desk):
    file = make_evidence(commune=desk.commune)
    desk.line("2.1").evidence.add(file)
    accepted(desk)
    desk.reopen(hours=1)
    desk.say("2.1", value="80", note="Sửa dở")
    desk.line("2.1").evidence.clear()
    type(desk.report).objects.filter(pk=desk.report.pk).update(results="Sửa dở")
    later = MORNING + timedelta(hours=2)
    with pytest.raises(ReportClosed):
        desk.submit(at=later)
    # Everybody is shown what was sent last; the records follow when the report is opened the next time.
    assert last_sent(desk.fresh()).line_by_code["2.1"].measured == "72,5%"
    desk.reopen(at=later)
    line, report = desk.line("2.1"), desk.fresh()
    assert (line.value, line.note, report.results) == (Decimal("72.5"), "", "Đã bê tông hóa 2 km đường thôn.")
    assert list(line.evidence.all()) == [file]
    assert frozen_now(report).fingerprint == last_sent(report).fingerprint


# Sending on the last day


@pytest.mark.parametrize(
    ("moment", "first"),
    [(clock.end_of(date(2023, 4, 17)), "on time"), (clock.start_of(date(2023, 4, 18)), "late")],
    ids=["in the last moment of the 17th", "in the first moment of the 18th"],
)
def test_the_first_sending_decides_for_ever(desk, moment, first):
    desk.submit(at=moment)
    desk.send_back(at=moment + timedelta(hours=1))
    desk.submit(at=moment + timedelta(days=5))
    assert desk.fresh().first_submitted_at == moment
    assert flow.days_late(desk.fresh()) == (0 if first == "on time" else 1)
