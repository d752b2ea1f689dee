"""Issuing: a number, a day, and nothing changes any more."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from pypdf import PdfReader

from criteria.enums import Status
from criteria.exceptions import SomebodyWasFaster
from criteria.models import Assessment
from criteria.services import change_assessment
from ntm_tracker.lib.official import grouped
from ntm_tracker.lib.pdf import render_pdf
from tasks.codes import ALPHABET, LENGTH, new_check_code, read_check_code
from tasks.documents import notice_document
from tasks.enums import NoticeFileKind, NoticeStatus
from tasks.exceptions import LetterheadMissing, NotADraft, NumberTaken, PdfUnavailable
from tasks.exports import notice_pdf_file
from tasks.models import Notice, NoticeFile
from tasks.services import issue_notice
from tests import factories
from tests.tasks.conftest import pdf_words

pytestmark = pytest.mark.django_db

DAY = date(2023, 4, 12)


@pytest.fixture
def officer():
    return factories.make_user()


@pytest.fixture
def draft():
    letterhead = factories.make_letterhead()
    notice = factories.make_notice(commune=factories.make_commune(authority=letterhead.authority))
    factories.make_point(notice=notice, text="Rà soát quy hoạch")
    return notice


def stored(notice):
    return NoticeFile.objects.get(notice=notice, kind=NoticeFileKind.ISSUED_PDF)


def test_an_issued_notice_bears_number_day_and_year(draft, officer):
    issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    notice = Notice.objects.get(pk=draft.pk)
    assert (notice.status, notice.number, notice.issued_on, notice.number_year) == (NoticeStatus.ISSUED, 5, DAY, 2023)
    assert notice_document(notice).number_line == "Số: 05/TB-UBND"
    assert notice_document(notice).date_line == "Anh Sơn, ngày 12 tháng 4 năm 2023"


def test_who_issued_it_stands_in_its_history(draft, officer):
    issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    entry = draft.history.first()
    assert (entry.history_user, entry.status) == (officer, NoticeStatus.ISSUED)


def test_its_pdf_lies_under_its_checksum(draft, officer):
    issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    record = stored(draft)
    with record.file.open() as file:
        content = file.read()
    assert hashlib.sha256(content).hexdigest() == record.sha256
    assert record.file.name == f"notices/{record.sha256[:2]}/{record.sha256}"
    assert record.stored_by == officer


def test_its_pdf_alone_bears_a_code_and_the_address_where_it_can_be_checked(draft, officer, settings):
    settings.NTM_PUBLIC_URL = "https://ntm.example.vn"
    before = pdf_words(render_pdf(notice_document(draft)))
    issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    record = stored(draft)
    with record.file.open() as file:
        printed = " ".join(PdfReader(file).pages[-1].extract_text().split())
    assert read_check_code(record.check_code) == record.check_code
    assert f"Mã tra cứu: {grouped(record.check_code)}" in printed
    assert printed.endswith("Kiểm tra văn bản này tại ntm.example.vn/verify")
    assert "tra cứu" not in " ".join(before)


def test_the_code_is_no_part_of_the_text_that_is_compared(draft, officer):
    numbered = replace(notice_document(draft), number=5, dated=DAY)
    issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    with stored(draft).file.open() as file:
        assert pdf_words(file.read()) == pdf_words(render_pdf(numbered))


def test_no_two_notices_have_the_same_code_and_none_is_short(officer):
    codes = {new_check_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {12}
    assert len(ALPHABET) ** LENGTH >= 2**60


@pytest.mark.parametrize("typed", ["7K3M-A9QR-TB2X", "7k3m a9qr tb2x", " 7K3MA9QRTB2X ", "7K3M–A9QR–TB2X"])
def test_a_code_is_read_however_it_is_typed(typed):
    assert read_check_code(typed) == "7K3MA9QRTB2X"


def test_letters_taken_for_figures_are_read_as_figures():
    assert read_check_code("oil3-A9QR-TB2X") == "0113A9QRTB2X"


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3M-A9QR-TB2X-1", "7K3M-A9QR-TB2U", "đây là mã nào"])
def test_what_is_no_code_is_none(typed):
    assert read_check_code(typed) is None


def test_later_edits_reach_neither_its_text_nor_its_pdf(draft, officer):
    issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    before, bytes_before = notice_document(draft), notice_pdf_file(draft).content

    draft.sections.get().points.update(text="Đổi sau khi ban hành")
    draft.authority.letterhead.delete()
    Notice.objects.filter(pk=draft.pk).update(signer_name="Người khác")

    notice = Notice.objects.get(pk=draft.pk)
    assert notice_document(notice) == before
    assert notice_pdf_file(notice).content == bytes_before


def test_its_figures_stay_those_of_the_day_it_was_issued(anh_son_notice, officer):
    issue_notice(notice=anh_son_notice, number=5, issued_on=DAY, by=officer)
    finding = Assessment.objects.filter(commune=anh_son_notice.commune, status=Status.NOT_MET).first()
    change_assessment(
        commune=finding.commune,
        sub_item=finding.sub_item,
        status=Status.MET,
        by=None,
        expected_version=finding.version,
        at=finding.changed_at,
    )
    assert any("42/57 nội dung (đạt 73,7%)" in line.text for line in notice_document(anh_son_notice).printed)


def test_only_a_draft_can_be_issued(officer):
    with pytest.raises(NotADraft):
        issue_notice(notice=factories.make_notice(status=NoticeStatus.ISSUED), number=5, issued_on=DAY, by=officer)


def test_a_number_is_given_once_a_year(draft, officer):
    factories.make_notice(commune=draft.commune, status=NoticeStatus.ISSUED, number=5, issued_on=DAY)
    with pytest.raises(NumberTaken):
        issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    assert Notice.objects.get(pk=draft.pk).status == NoticeStatus.DRAFT
    assert not NoticeFile.objects.exists()


def test_the_numbers_begin_anew_each_year(draft, officer):
    factories.make_notice(commune=draft.commune, status=NoticeStatus.ISSUED, number=5, issued_on=date(2022, 4, 12))
    assert issue_notice(notice=draft, number=5, issued_on=DAY, by=officer).number == 5


def test_a_draft_that_somebody_changed_meanwhile_is_not_issued(draft, officer):
    Notice.objects.filter(pk=draft.pk).update(version=2)
    with pytest.raises(SomebodyWasFaster):
        issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)


def test_of_two_who_issue_the_same_draft_one_is_told(draft, officer):
    same = Notice.objects.get(pk=draft.pk)
    issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    with pytest.raises(SomebodyWasFaster) as told:
        issue_notice(notice=same, number=6, issued_on=DAY, by=officer)
    assert told.value.current.number == 5


@pytest.mark.parametrize(("number", "day", "field"), [(0, DAY, "number"), (5, date(2023, 4, 4), "issued_on")])
def test_a_number_or_day_that_cannot_be_is_refused(draft, officer, number, day, field):
    with pytest.raises(ValidationError) as refused:
        issue_notice(notice=draft, number=number, issued_on=day, by=officer)
    assert field in refused.value.message_dict


def test_nothing_is_issued_without_a_letterhead(officer):
    with pytest.raises(LetterheadMissing):
        issue_notice(notice=factories.make_notice(), number=5, issued_on=DAY, by=officer)


def test_nothing_is_issued_where_no_pdf_can_be_made(draft, officer, monkeypatch):
    def without_pango(document):
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr("tasks.services.render_pdf", without_pango)
    with pytest.raises(PdfUnavailable):
        issue_notice(notice=draft, number=5, issued_on=DAY, by=officer)
    assert Notice.objects.get(pk=draft.pk).status == NoticeStatus.DRAFT
