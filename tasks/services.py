"""Every write with a meaning on notices, tasks and proposals."""

import hashlib
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import F

from communes.models import User
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib import clock
from ntm_tracker.lib.official import Line, OfficialDocument
from ntm_tracker.lib.pdf import render_pdf
from tasks.codes import new_check_code
from tasks.documents import composed, notice_file_stem
from tasks.enums import NoticeFileKind, NoticeStatus
from tasks.exceptions import LetterheadMissing, NotADraft, NumberTaken, PdfUnavailable
from tasks.models import Notice, NoticeFile

# A page of the layout holds about so many signs; a paragraph's end costs some of them.
LONG_AFTER, SIGNS_OF_A_PAGE, SIGNS_OF_A_BREAK = 5, 2900, 61


@transaction.atomic
def issue_notice(*, notice: Notice, number: int, issued_on: date, by: User, at: datetime | None = None) -> Notice:
    """Issue the draft `notice` under `number` and `issued_on`: freeze its text, figures and PDF, all or nothing.

    Of a long one the PDF follows (`tasks.issuing.rendering`). `notice` is the draft as the person was shown it; it is
    returned as issued. `at` is the moment, now if it isn't given. Numbers run within the calendar year (Nghị định
    30/2020/NĐ-CP, Điều 15). Raises `NotADraft`, `NumberTaken`, `LetterheadMissing`, `PdfUnavailable`,
    `SomebodyWasFaster` when another change came between, ValidationError for a number or day that cannot be.
    """
    moment = at or clock.now()
    if notice.status != NoticeStatus.DRAFT:
        raise NotADraft(notice.sign)
    _check(notice, number, issued_on)
    _claim(notice)
    code = new_check_code()
    document = replace(
        composed(notice, number=number, dated=issued_on),
        check_code=code,
        check_site=f"{settings.NTM_PUBLIC_URL}/verify/",
    )
    notice.status, notice.number, notice.issued_on = NoticeStatus.ISSUED, number, issued_on
    notice.number_year, notice.frozen = issued_on.year, document.to_dict()
    notice._history_user, notice._history_date = by, moment  # type: ignore[attr-defined]
    _save_numbered(notice)
    if not is_long(document):
        content = set_pdf(document)
        store_notice_file(
            notice=notice, kind=NoticeFileKind.ISSUED_PDF, content=content, by=by, at=moment, check_code=code
        )
    return notice


def is_long(document: OfficialDocument) -> bool:
    """Whether `document` fills more than about five pages: its PDF is set outside the request (`tasks.issuing`)."""
    return about_pages(document) > LONG_AFTER


def about_pages(document: OfficialDocument) -> float:
    """Return how many pages `document` fills, give or take one."""
    signs = sum(len(block.text) + SIGNS_OF_A_BREAK for block in document.printed if isinstance(block, Line))
    return signs / SIGNS_OF_A_PAGE


def set_pdf(document: OfficialDocument) -> bytes:
    """Return `document` as PDF; WeasyPrint fails with OSError or ImportError where Pango is not installed."""
    try:
        return render_pdf(document)
    except (ImportError, OSError) as error:
        raise PdfUnavailable(str(error)) from error


def _check(notice: Notice, number: int, issued_on: date) -> None:
    if number < 1:
        raise ValidationError({"number": "Số văn bản bắt đầu từ 1."})
    if issued_on < notice.session_on:
        raise ValidationError({"issued_on": "Ngày ban hành không thể trước ngày làm việc."})
    if not hasattr(notice.authority, "letterhead"):
        raise LetterheadMissing(str(notice.authority))


def _claim(notice: Notice) -> None:
    """Take the draft, only if it still has the version that was shown."""
    drafts = Notice.objects.filter(pk=notice.pk, status=NoticeStatus.DRAFT, version=notice.version)
    if not drafts.update(version=F("version") + 1):
        raise SomebodyWasFaster(Notice.objects.get(pk=notice.pk))
    notice.version += 1


def touch_draft(notice: Notice | None) -> None:
    """Raise the version of `notice` while it is a draft, for a change of what hangs on it.

    Whoever read the draft before the change reads it again before issuing it. One that was issued meanwhile says so
    from now on: what hangs on it is in force.
    """
    if notice is None:
        return
    if not Notice.objects.filter(pk=notice.pk, status=NoticeStatus.DRAFT).update(version=F("version") + 1):
        notice.refresh_from_db(fields=["status"])


def _save_numbered(notice: Notice) -> None:
    others = Notice.objects.filter(
        authority=notice.authority, number_year=notice.number_year, symbol=notice.symbol, number=notice.number
    ).exclude(pk=notice.pk)
    try:
        with transaction.atomic():
            notice.save()
    except IntegrityError as error:
        if others.exists():
            raise NumberTaken(notice.sign) from error
        raise


def store_notice_file(
    *, notice: Notice, kind: NoticeFileKind, content: bytes, by: User, at: datetime, addition: str = "", **more: Any
) -> NoticeFile:
    """Store `content` under its SHA-256, on the disk before the row that names it; the same bytes lie there once.

    `addition` ends its name for downloads; `more` are further fields of the record.
    """
    record = NoticeFile(
        **more,
        notice=notice,
        kind=kind,
        original_name=f"{notice_file_stem(notice)}{addition}.pdf",
        sha256=hashlib.sha256(content).hexdigest(),
        stored_by=by,
        stored_at=at,
    )
    name = record.file.field.generate_filename(record, record.original_name)
    storage = record.file.storage
    record.file.name = name if storage.exists(name) else storage.save(name, ContentFile(content))
    record.save()
    return record
