"""The files of a report: the PDF of each sent version, and the copies that were signed and scanned."""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from communes.models import User
from criteria.enums import ReportEventKind, ReportFileKind
from criteria.models import MonthlyReport, ReportEvent, ReportFile
from criteria.reports.exceptions import NeverSent
from ntm_tracker.lib import clock
from ntm_tracker.lib.uploads import inspect

# What a signed copy can be: the scan of a page as a picture, or a PDF.
SIGNED_COPY_KINDS = ("pdf", "jpg", "png")


def store_report_file(
    *,
    report: MonthlyReport,
    kind: ReportFileKind,
    content: bytes,
    name: str,
    by: User,
    at: datetime,
    event: ReportEvent | None,
) -> ReportFile:
    """Store `content` under its SHA-256, on the disk before the row that names it; the same bytes lie there once."""
    record = ReportFile(
        report=report,
        event=event,
        kind=kind,
        original_name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        stored_by=by,
        stored_at=at,
    )
    path = record.file.field.generate_filename(record, name)
    storage = record.file.storage
    record.file.name = path if storage.exists(path) else storage.save(path, ContentFile(content))
    record.save()
    return record


@transaction.atomic
def add_signed_copy(
    *, report: MonthlyReport, file: UploadedFile, by: User, at: datetime | None = None
) -> tuple[ReportFile, bool]:
    """Keep the signed copy of the version that was sent last; return it and whether it is new.

    The same file again is kept once. Raises `uploads.Refused` for what isn't a scan or a PDF, `NeverSent`.
    """
    accepted = inspect(file, file.name or "", only=SIGNED_COPY_KINDS)
    event = report.events.filter(kind=ReportEventKind.SUBMITTED).order_by("-pk").first()
    if event is None:
        raise NeverSent(report)
    known = report.files.filter(kind=ReportFileKind.SIGNED_COPY, sha256=accepted.sha256, event=event).first()
    if known:
        return known, False
    file.seek(0)
    record = store_report_file(
        report=report,
        kind=ReportFileKind.SIGNED_COPY,
        content=file.read(),
        name=accepted.name,
        by=by,
        at=at or clock.now(),
        event=event,
    )
    return record, True


def sent_pdf(event: ReportEvent) -> ReportFile | None:
    """Return the PDF that was frozen when `event` sent a version; None where the server lacked Pango then."""
    return event.files.filter(kind=ReportFileKind.SENT_PDF).first()


def content_type_of(record: ReportFile) -> str:
    """Return what the file is, by the ending that `inspect` gave its name."""
    ending = record.original_name.rsplit(".", 1)[-1]
    return {"jpg": "image/jpeg", "png": "image/png"}.get(ending, "application/pdf")
