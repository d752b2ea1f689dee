"""The pages of a sent report: reviewed by the office, advised on by departments, read by the rest."""

from datetime import date, timedelta
from unicodedata import normalize
from unittest.mock import patch

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from communes.enums import CommuneKind, Role
from criteria.enums import LineVerdict, ReportEventKind, ReportFileKind, ReportStatus, Status
from criteria.exceptions import SomebodyWasFaster
from criteria.models import Assessment, LineOpinion, ReportEvent, ReportFile
from criteria.reports import flow
from criteria.reports.snapshot import DocumentHead, frozen_now
from criteria.services import change_assessment
from ntm_tracker.lib import clock
from tests.criteria.reports.desk import MORNING, Desk, make_desk
from tests.factories import make_criteria_set, make_evidence, make_report, make_user
from tests.lib.files import make_image
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a made-up one"


@pytest.fixture(autouse=True)
def on_the_fourteenth(settings, tmp_path):
    settings.MEDIA_ROOT, settings.NTM_TODAY = tmp_path, MORNING.date()
    with patch("criteria.reports.flow.frozen_pdf", lambda frozen: PDF):
        yield


@pytest.fixture
def desk() -> Desk:
    return make_desk()


@pytest.fixture
def sent(desk) -> Desk:
    """Three of four lines say what stands already; 2.2 differs."""
    for place, fields in ((0, {}), (1, {}), (2, {"value": "72.5"})):
        change_assessment(
            commune=desk.commune,
            sub_item=desk.sub_items[place],
            status=Status.MET,
            by=desk.officer,
            expected_version=0,
            **fields,
        )
    desk.submit()
    return desk


def address(desk: Desk, name: str = "page", *more: str | int) -> str:
    return reverse(f"reports:{name}", args=[desk.commune.code, desk.report.month, *more])


def get(desk: Desk, person, name: str = "page", *more: str | int, **query):
    return sign_in(person).get(address(desk, name, *more), query)


def post(desk: Desk, person, name: str, *more: str | int, htmx: bool = False, **data):
    headers = {"HX-Request": "true"} if htmx else {}
    return sign_in(person).post(address(desk, name, *more), data, headers=headers)


def confirmed(desk: Desk, **more) -> dict:
    """What the confirmation's form holds."""
    shown = frozen_now(desk.fresh())
    return {
        "number": "21",
        "dated": "14/4/2023",
        "post": "chairman",
        "version": shown.version,
        "seen": shown.fingerprint,
        **more,
    }


# When another set has come


@pytest.mark.parametrize(
    ("new_set", "old_until", "since"),
    [
        (date(2023, 4, 1), date(2025, 12, 31), "đã thay từ 01/4/2023"),
        (date(2023, 4, 1), date(2023, 3, 31), "đã thay từ 01/4/2023"),
        (None, date(2023, 3, 31), "hết hiệu lực sau 31/3/2023"),
        (date(2023, 5, 1), date(2025, 12, 31), ""),
    ],
)
def test_the_form_and_the_review_name_a_set_that_is_past(desk, new_set, old_until, since):
    type(desk.criteria_set).objects.update(effective_to=old_until)
    if new_set:
        make_criteria_set(effective_from=new_set, effective_to=None)
    make_criteria_set(effective_from=date(2023, 4, 1), unit_kind=CommuneKind.PHUONG)
    said = f"Báo cáo này theo {desk.criteria_set} ({since}): kết quả được chấp nhận ghi vào bộ đó."
    form = text(get(desk, desk.clerk))
    desk.submit()
    for page in (form, text(get(desk, desk.clerk)), text(get(desk, desk.officer))):
        assert (said in page) is bool(since)
        assert ("Báo cáo này theo" in page) is bool(since)


def test_what_is_accepted_in_a_past_set_becomes_a_finding_of_that_set(desk):
    new = make_criteria_set(effective_from=date(2023, 4, 1), effective_to=None)
    desk.submit()
    desk.accept_everything()
    assert Assessment.objects.of_set(desk.criteria_set).count() == 4
    assert not Assessment.objects.of_set(new).exists()


# What others see of a draft


@pytest.mark.parametrize("who", ["officer", "adviser", "leader"])
def test_of_a_draft_others_see_only_that_it_exists(desk, who):
    leader = make_user(Role.LEADER, authority=desk.commune.authority)
    person = {"officer": desk.officer, "adviser": desk.adviser, "leader": leader}[who]
    page = text(get(desk, person))
    assert "Xã đang soạn báo cáo này" in page
    assert "bê tông hóa" not in page
    assert [get(desk, person, name).status_code for name in ("preview", "pdf", "docx", "receipt", "versions")] == [
        404
    ] * 5


def test_what_a_commune_changes_after_a_return_is_nobody_elses_until_it_is_sent(sent):
    sent.send_back()
    sent.say("2.2", status=Status.MET, note="Sửa dở dang")
    type(sent.report).objects.update(results="Sửa dở dang")
    for name in ("page", "preview"):
        page = text(get(sent, sent.officer, name))
        assert "Chợ chưa xây xong" in page
        assert "Sửa dở dang" not in page


def test_the_admin_site_does_not_show_what_was_not_sent(desk):
    page = text(sign_in(desk.officer).get(reverse("admin:criteria_monthlyreport_change", args=[desk.report.pk])))
    assert "bê tông hóa" not in page
    assert "Chợ chưa xây xong" not in page


# Sending, page by page


def test_the_confirmation_says_what_is_missing_what_changes_and_what_repeats(desk):
    page = text(get(desk, desk.clerk, "submit"))
    assert "4 nội dung chưa rà soát" in page
    assert "Chưa viết phần “Nhiệm vụ tháng tới”" in page
    assert "Gửi báo cáo tháng 4" in page


def test_who_sends_before_the_period_has_ended_is_told(desk, settings):
    early = "Kỳ số liệu đến hết ngày 14/4/2023 mới kết thúc"
    assert early not in text(get(desk, desk.clerk, "submit"))
    settings.NTM_TODAY = date(2023, 4, 13)
    assert early in text(get(desk, desk.clerk, "submit"))


def test_sending_leads_to_the_receipt_with_time_number_checksum_and_both_dates(desk):
    answer = post(desk, desk.clerk, "submit", **confirmed(desk))
    assert answer.status_code == 302
    page = text(sign_in(desk.clerk).get(answer.url))
    event = ReportEvent.objects.get(kind=ReportEventKind.SUBMITTED)
    assert event.sha256 in page
    assert "Số 21/BC-UBND, ngày 14/4/2023" in page
    assert "đúng hạn (hạn thứ Hai, 17/4/2023, vì 15/4 là thứ Bảy)" in page
    assert "hạn gốc 15/4/2023" in page


def test_a_double_click_leads_to_the_same_receipt(desk):
    data = confirmed(desk)
    first, again = (post(desk, desk.clerk, "submit", **data) for _ in range(2))
    assert (first.url, first.status_code) == (again.url, again.status_code)
    assert ReportEvent.objects.filter(kind=ReportEventKind.SUBMITTED).count() == 1


def test_a_page_left_open_over_a_return_says_that_it_sent_nothing(desk):
    data = confirmed(desk)
    post(desk, desk.clerk, "submit", **data)
    desk.send_back("Thiếu biên bản")
    client = sign_in(desk.clerk)
    page = text(client.post(address(desk, "submit"), data, follow=True))
    assert "Lần bấm này không gửi gì thêm: trang đó mở trước khi huyện trả lại báo cáo." in page
    assert f"{desk.officer} đã trả lại lần gửi này" in page
    assert "“Thiếu biên bản”. Sửa rồi gửi lại." in page
    assert desk.fresh().status == ReportStatus.RETURNED
    assert "không gửi gì thêm" not in text(client.get(address(desk, "receipt")))


def test_the_receipt_of_an_earlier_sending_leads_to_the_last_one_and_takes_no_signed_copy(desk):
    desk.submit()
    assert 'name="file"' in get(desk, desk.clerk, "receipt").text
    desk.send_back("Thiếu biên bản")
    desk.submit()
    page = get(desk, desk.clerk, "receipt", version=1)
    assert "Thiếu biên bản" in text(page)
    assert "Xem biên nhận lần gửi 2" in text(page)
    assert "Sửa rồi gửi lại" not in text(page)
    assert 'name="file"' not in page.text
    assert 'name="file"' in get(desk, desk.clerk, "receipt").text


def test_a_report_that_came_back_leads_its_commune_to_what_it_sent_and_was_answered(desk):
    assert "Lịch sử" not in text(get(desk, desk.clerk))
    desk.submit()
    desk.send_back("Thiếu biên bản")
    page = get(desk, desk.clerk)
    assert 'id="report-form"' in page.text
    assert "Lịch sử" in text(page)
    assert page.text.count("Thiếu biên bản") == 2
    for name in ("receipt", "versions"):
        assert address(desk, name) in page.text
        assert get(desk, desk.clerk, name).status_code == 200


def test_what_fell_back_without_a_word_is_named_before_it_is_sent(desk):
    march = make_report(commune=desk.commune, criteria_set=desk.criteria_set, month=date(2023, 3, 1))
    march.lines.create(sub_item=desk.sub_items[0], status=Status.MET)
    type(march).objects.filter(pk=march.pk).update(status=ReportStatus.ACCEPTED, first_submitted_at=MORNING)
    sentence = "Nội dung 1.1: Tháng trước đạt, tháng này chưa đạt."
    assert sentence not in text(get(desk, desk.clerk, "submit"))
    desk.say("1.1", status=Status.NOT_MET)
    page = get(desk, desk.clerk, "submit")
    assert sentence in text(page)
    assert f"#line-{desk.line('1.1').pk}" in page.text
    desk.say("1.1", note="Lũ cuốn cầu")
    assert sentence not in text(get(desk, desk.clerk, "submit"))


def test_what_another_clerk_changed_is_shown_before_it_is_sent(desk):
    data = confirmed(desk, signer="Lê Văn An")
    desk.say("2.2", status=Status.MET, note="Chợ đã xong")
    answer = post(desk, desk.clerk, "submit", **data)
    assert answer.status_code == 409
    assert "vừa được người khác thay đổi" in text(answer)
    assert "Lê Văn An" in answer.text
    fresh = answer.context["form"]["seen"].value()
    post(desk, desk.clerk, "submit", **{**data, "seen": fresh})
    assert desk.fresh().status == ReportStatus.SUBMITTED


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("number", "hai mươi", "Hãy nhập số"),
        ("number", "0", "bắt đầu từ 1"),
        ("dated", "31/2/2023", "Hãy nhập ngày theo dạng"),
        ("dated", "15/4/2023", "không thể sau hôm nay"),
        ("dated", "14/3/2023", "bắt đầu ngày 15/3/2023 nên ngày văn bản không thể trước ngày đó"),
    ],
)
def test_a_wrong_number_or_day_is_named_and_nothing_is_sent(desk, field, value, sentence):
    answer = post(desk, desk.clerk, "submit", **confirmed(desk, **{field: value}))
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert desk.fresh().status == ReportStatus.DRAFT


def test_a_number_that_another_report_bears_is_named_and_nothing_is_sent(desk):
    earlier = {"month": date(2023, 3, 1), "number": 21, "dated": date(2023, 3, 15)}
    make_report(commune=desk.commune, criteria_set=desk.criteria_set, **earlier)
    answer = post(desk, desk.clerk, "submit", **confirmed(desk))
    assert answer.status_code == 422
    assert "báo cáo tháng 3/2023" in text(answer)
    assert desk.fresh().status == ReportStatus.DRAFT


def test_a_late_report_says_so_on_its_receipt(desk, settings):
    settings.NTM_TODAY = MORNING.date() + timedelta(days=5)
    post(desk, desk.clerk, "submit", **confirmed(desk))
    assert "muộn 2 ngày" in text(get(desk, desk.clerk, "receipt"))


def test_the_commune_prints_its_draft_with_a_mark(desk):
    assert "BẢN NHÁP, CHƯA GỬI" in text(get(desk, desk.clerk, "preview"))
    desk.submit()
    assert "BẢN NHÁP" not in text(get(desk, desk.clerk, "preview"))


def test_the_pdf_of_a_sent_version_is_the_one_that_was_frozen(desk):
    desk.submit()
    answer = get(desk, desk.officer, "pdf")
    assert answer.content == PDF
    assert "bao cao thang 4-2023" in answer["Content-Disposition"].lower()


# The signed copy


def test_a_signed_copy_is_kept_and_given_to_readers(desk):
    desk.submit()
    scan = SimpleUploadedFile("ban ky.jpg", make_image())
    assert post(desk, desk.clerk, "signed-copy", file=scan).status_code == 302
    record = ReportFile.objects.get(kind=ReportFileKind.SIGNED_COPY)
    answer = get(desk, desk.officer, "file", record.pk)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "ban ky.jpg" in text(get(desk, desk.officer))


def test_the_same_signed_copy_twice_is_kept_once(desk):
    desk.submit()
    for _ in range(2):
        post(desk, desk.clerk, "signed-copy", file=SimpleUploadedFile("ban ky.jpg", make_image()))
    assert ReportFile.objects.filter(kind=ReportFileKind.SIGNED_COPY).count() == 1


@pytest.mark.parametrize("content", [b"MZ a program", b""])
def test_what_is_no_scan_is_refused_with_a_sentence(desk, content):
    desk.submit()
    answer = sign_in(desk.clerk).post(
        address(desk, "signed-copy"), {"file": SimpleUploadedFile("ban ky.pdf", content)}, follow=True
    )
    assert "Hãy" in text(answer)
    assert not ReportFile.objects.filter(kind=ReportFileKind.SIGNED_COPY).exists()


# Reviewing


def test_the_office_sees_first_what_differs_from_the_accepted_state(sent):
    answer = get(sent, sent.officer)
    assert [row.code for row in answer.context["rows"]] == ["2.2"]
    assert "Chấp nhận 3 nội dung không đổi" in text(answer)
    assert [row.code for row in get(sent, sent.officer, show="all").context["rows"]] == ["1.1", "1.2", "2.1", "2.2"]


def test_the_names_of_the_page_do_not_get_into_the_frame_around_it(sent):
    assert "Typed(" not in get(sent, sent.officer).text


def test_a_line_bears_the_code_of_the_decision(desk):
    type(desk.sub_items[2]).objects.filter(pk=desk.sub_items[2].pk).update(official_code="2")
    desk.submit()
    page = get(desk, desk.officer)
    assert '<span class="code">2</span>' in page.text
    assert address(desk, "judge", "2.1") in page.text


def test_evidence_and_requirement_stand_beside_the_line(sent):
    sent.send_back()
    file = make_evidence(commune=sent.commune, title="Biên bản nghiệm thu chợ")
    sent.line("2.2").evidence.add(file)
    sent.submit()
    answer = get(sent, sent.officer)
    assert "Biên bản nghiệm thu chợ" in text(answer)
    assert file.token in answer.text


def test_all_unchanged_lines_are_accepted_with_one_button(sent):
    post(sent, sent.officer, "accept-unchanged")
    answer = get(sent, sent.officer, show="pending")
    assert [row.code for row in answer.context["rows"]] == ["2.2"]


def test_a_line_is_judged_in_place(sent):
    line = sent.line("2.2")
    answer = post(sent, sent.officer, "judge", "2.2", htmx=True, verdict="accepted", version=line.version)
    assert answer.status_code == 200
    assert sent.line("2.2").verdict == LineVerdict.ACCEPTED
    assert 'id="line-2.2"' in answer.text
    assert 'id="review-decision" hx-swap-oob="true"' in answer.text
    assert "<html" not in answer.text


def test_without_scripts_a_verdict_leads_back_to_the_filter_and_the_line(sent):
    line = sent.line("2.2")
    client = sign_in(sent.officer)
    answer = client.post(
        f"{address(sent, 'judge', '2.2')}?show=pending", {"verdict": "accepted", "version": line.version}
    )
    assert answer.url == f"{address(sent)}?show=pending#line-2.2"


@pytest.mark.parametrize("htmx", [True, False])
def test_returning_a_line_without_a_reason_says_what_to_do(sent, htmx):
    line = sent.line("2.2")
    answer = post(sent, sent.officer, "judge", "2.2", htmx=htmx, verdict="returned", comment=" ", version=line.version)
    assert answer.status_code == 422
    assert "Hãy ghi lý do trả lại nội dung này" in text(answer)


@pytest.mark.parametrize("words", ["Thiếu " * 400, "Thiếu\0"])
@pytest.mark.parametrize(
    ("who", "name", "field"),
    [("officer", "judge", "comment"), ("adviser", "opinion", "text"), ("officer", "return", "reason")],
)
def test_words_that_are_too_long_or_unreadable_are_refused_and_stay_on_the_page(sent, who, name, field, words):
    line = sent.line("1.1")
    version = line.version if name == "judge" else sent.fresh().version
    more = [] if name == "return" else ["1.1"]
    answer = post(
        sent,
        getattr(sent, who),
        name,
        *more,
        htmx=name != "return",
        verdict="returned",
        version=version,
        **{field: words},
    )
    assert answer.status_code == 422
    assert "Thiếu" in answer.text
    assert ("dài 2.399 ký tự, tối đa 2.000: hãy bớt 399 ký tự" in answer.text) == ("\0" not in words)
    assert sent.line("1.1").verdict == LineVerdict.PENDING
    assert sent.fresh().status == ReportStatus.SUBMITTED
    assert not LineOpinion.objects.exists()


def test_a_question_for_reopening_that_is_too_long_is_refused(sent):
    sent.accept_everything()
    answer = post(sent, sent.clerk, "ask-reopening", reason="Nhầm " * 500)
    assert answer.status_code == 422
    assert not ReportEvent.objects.filter(kind=ReportEventKind.REOPEN_ASKED).exists()


def test_words_are_kept_in_one_composition_of_letters(sent):
    line = sent.line("1.1")
    words = "Thiếu biên bản"
    post(sent, sent.officer, "judge", "1.1", verdict="returned", version=line.version, comment=normalize("NFD", words))
    assert sent.line("1.1").review_comment == words


def test_the_slower_of_two_reviewers_sees_the_others_verdict_and_keeps_the_words(sent):
    shown = sent.line("2.2")
    sent.judge("2.2")
    answer = post(
        sent, sent.officer, "judge", "2.2", htmx=True, verdict="returned", comment="Chưa thấy", version=shown.version
    )
    assert answer.status_code == 409
    assert "Người khác vừa thẩm định" in text(answer)
    assert sent.line("2.2").verdict == LineVerdict.ACCEPTED


def test_a_verdict_that_there_is_not_is_asked_for_again(sent):
    answer = post(sent, sent.officer, "judge", "2.2", htmx=True, verdict="maybe", version=sent.line("2.2").version)
    assert answer.status_code == 422
    assert "Hãy chọn chấp nhận hay trả lại" in text(answer)
    assert sent.line("2.2").verdict == LineVerdict.PENDING


def test_what_comes_to_an_answered_report_writes_nothing_and_says_so(sent):
    line = sent.line("2.2")
    sent.send_back()
    judged = post(sent, sent.officer, "judge", "2.2", htmx=True, verdict="accepted", version=line.version)
    advised = post(sent, sent.adviser, "opinion", "1.1", htmx=True, text="Đúng thực tế")
    assert [judged.status_code, advised.status_code] == [409, 409]
    together = post(sent, sent.officer, "accept-unchanged")
    assert "trả lại" in str(*get_messages(together.wsgi_request))
    assert sent.line("2.2").verdict == LineVerdict.PENDING
    assert not sent.report.lines.filter(verdict=LineVerdict.ACCEPTED).exists()
    assert not LineOpinion.objects.exists()


def test_the_report_is_accepted_once_every_line_is_judged(sent):
    assert "Chấp nhận báo cáo tháng 4" not in text(get(sent, sent.officer))
    flow.accept_unchanged(report=sent.report)
    sent.judge("2.2")
    answer = get(sent, sent.officer)
    assert "1 nội dung sẽ đổi kết quả theo báo cáo" in text(answer)
    review = answer.context["review"]
    done = post(sent, sent.officer, "accept", version=review.report.version, stamp=review.stamp)
    told = [str(message) for message in get_messages(done.wsgi_request)]
    assert sent.fresh().status == ReportStatus.ACCEPTED
    assert told == ["Đã chấp nhận báo cáo; 1 nội dung thay đổi kết quả."]
    assert Assessment.objects.get(sub_item__code="2.2").status == Status.NOT_MET


def test_a_finding_that_changes_while_it_is_written_stops_the_acceptance_whole(sent):
    flow.accept_unchanged(report=sent.report)
    line = sent.line("2.2")
    flow.judge_line(line=line, verdict=LineVerdict.ACCEPTED, expected_version=line.version)
    review = get(sent, sent.officer).context["review"]

    def faster(**fields):
        raise SomebodyWasFaster(Assessment.objects.first())

    with patch("criteria.reports.flow.change_assessment", faster):
        answer = sign_in(sent.officer).post(
            address(sent, "accept"), {"version": review.report.version, "stamp": review.stamp}, follow=True
        )
    assert "vừa được người khác cập nhật" in text(answer)
    assert sent.fresh().status == ReportStatus.SUBMITTED


def test_a_finding_that_changed_beside_the_page_stops_the_acceptance(sent):
    flow.accept_unchanged(report=sent.report)
    sent.judge("2.2")
    review = get(sent, sent.officer).context["review"]
    change_assessment(
        commune=sent.commune, sub_item=sent.sub_items[3], status=Status.MET, by=sent.officer, expected_version=0
    )
    answer = sign_in(sent.officer).post(
        address(sent, "accept"), {"version": review.report.version, "stamp": review.stamp}, follow=True
    )
    assert "vừa được người khác cập nhật" in text(answer)
    assert sent.fresh().status == ReportStatus.SUBMITTED


def test_a_return_needs_a_reason_and_keeps_what_was_typed(sent):
    assert post(sent, sent.officer, "return", reason=" ", version=2).status_code == 422
    answer = post(sent, sent.officer, "return", reason="Thiếu minh chứng chợ", version=1)
    assert answer.status_code == 409
    assert "Thiếu minh chứng chợ" in answer.text
    assert post(sent, sent.officer, "return", reason="Thiếu minh chứng chợ", version=2).status_code == 302
    assert sent.fresh().status == ReportStatus.RETURNED


def test_the_next_version_shows_only_what_changed_since_with_the_pinned_reason(sent):
    flow.accept_unchanged(report=sent.report)
    sent.judge("2.2", LineVerdict.RETURNED, "Ghi rõ ngày xong")
    sent.send_back()
    sent.say("2.2", note="Chợ xong ngày 30/4")
    sent.submit()
    answer = get(sent, sent.officer)
    assert answer.context["show"] == "since"
    assert [row.code for row in answer.context["rows"]] == ["2.2"]
    page = text(answer)
    assert "Ghi rõ ngày xong" in page
    assert "đổi từ lần gửi trước" in page
    assert "<ins>ngày 30/4</ins>" in answer.text


def test_before_the_second_sending_the_day_that_is_not_yet_given_is_no_difference(sent):
    sent.judge("2.2", LineVerdict.RETURNED, "Ghi rõ ngày xong")
    sent.send_back()
    page = text(sign_in(sent.clerk).get(reverse("reports:submit", args=[sent.commune.code, sent.report.month])))
    assert "Thay đổi so với bản đã gửi" in page
    assert "(chưa có)" not in page


def test_review_costs_as_many_queries_for_one_line_as_for_all(sent):
    client = sign_in(sent.officer)
    few = queries(client, address(sent))
    for line in sent.report.lines.all():
        flow.give_opinion(line=sent.line(line.sub_item.code), by=sent.adviser, text="Đúng thực tế", at=clock.now())
    assert queries(client, address(sent)) == few


# Departments


def test_a_department_sees_its_lines_first_and_says_what_it_thinks(sent):
    answer = get(sent, sent.adviser)
    assert (answer.context["show"], [row.code for row in answer.context["rows"]]) == ("sector", ["1.1"])
    assert "Chấp nhận báo cáo" not in text(answer)
    answer = post(sent, sent.adviser, "opinion", "1.1", htmx=True, text="Đúng thực tế")
    assert answer.status_code == 200
    assert LineOpinion.objects.get().department == sent.department
    assert "Đúng thực tế" in text(get(sent, sent.officer, show="all"))


def test_a_department_gives_no_opinion_on_the_lines_of_others(sent):
    assert post(sent, sent.adviser, "opinion", "2.2", text="Đúng thực tế").status_code == 403
    assert not LineOpinion.objects.exists()


def test_an_empty_opinion_says_what_to_do(sent):
    answer = post(sent, sent.adviser, "opinion", "1.1", htmx=True, text="  ")
    assert answer.status_code == 422
    assert "Hãy ghi ý kiến" in text(answer)


# Reopening


def test_a_commune_asks_and_the_office_grants_for_a_time(sent):
    sent.accept_everything()
    assert post(sent, sent.clerk, "ask-reopening", reason=" ").status_code == 422
    post(sent, sent.clerk, "ask-reopening", reason="Nhầm tỷ lệ 2.1")
    assert "Nhầm tỷ lệ 2.1" in text(get(sent, sent.officer))
    version = sent.fresh().version
    assert post(sent, sent.officer, "reopen", amount="40", unit="days", version=version).status_code == 422
    post(sent, sent.officer, "reopen", amount="6", unit="hours", version=version)
    until = sent.fresh().reopened_until
    assert timedelta(hours=5, minutes=59) < until - clock.now() <= timedelta(hours=6)
    assert "Dưới đây là bản đã chấp nhận" in text(get(sent, sent.officer))


def test_only_a_closed_month_is_asked_for_or_opened_and_without_a_question_for_a_reason(sent):
    asked = post(sent, sent.clerk, "ask-reopening", reason="Nhầm tỷ lệ 2.1")
    assert str(*get_messages(asked.wsgi_request))
    given = {"amount": "6", "unit": "hours", "version": sent.fresh().version}
    assert post(sent, sent.officer, "reopen", reason="Nhầm", **given).status_code == 409
    sent.accept_everything()
    unreasoned = post(sent, sent.officer, "reopen", **{**given, "version": sent.fresh().version})
    assert unreasoned.status_code == 422
    assert "hãy ghi lý do cho mở lại" in text(unreasoned)
    assert sent.fresh().reopened_until is None
    assert not ReportEvent.objects.filter(kind__in=(ReportEventKind.REOPEN_ASKED, ReportEventKind.REOPENED)).exists()


def test_a_closed_report_is_read_by_its_commune_and_cannot_be_sent(sent):
    sent.accept_everything()
    assert "Xin mở lại báo cáo" in text(get(sent, sent.clerk))
    answer = get(sent, sent.clerk, "submit")
    assert (answer.status_code, answer.url) == (302, address(sent, "receipt"))


# Versions


def test_two_sent_versions_are_compared(sent):
    sent.send_back()
    sent.say("2.1", value="80")
    sent.submit(head=DocumentHead(number=22))
    answer = get(sent, sent.officer, "versions")
    page = text(answer)
    assert "đã gửi 2 lần" in page
    assert [row.line.code for row in answer.context["found"].lines] == ["2.1"]
    assert "21/BC-UBND" in page
    assert "<ins>22/BC-UBND</ins>" in answer.text


def test_an_earlier_version_can_still_be_printed(sent):
    sent.send_back()
    sent.say("2.2", note="Chợ đã xong")
    sent.submit()
    assert "Chợ chưa xây xong" in text(get(sent, sent.officer, "preview", version=1))
    assert "Chợ đã xong" in text(get(sent, sent.officer, "preview", version=2))
    assert get(sent, sent.officer, "preview", version=3).status_code == 404
