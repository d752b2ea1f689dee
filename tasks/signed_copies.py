"""What there is of an issued notice besides its frozen PDF: the scan, the digitally signed copy, the earlier ones."""

from dataclasses import dataclass, field
from functools import cached_property

from ntm_tracker.lib.official import grouped
from ntm_tracker.lib.signing import Verdict
from ntm_tracker.lib.text import search_key
from tasks.enums import PUBLISHED, NoticeFileKind, NoticeStatus
from tasks.exceptions import StoredFileMissing
from tasks.models import Notice, NoticeFile


@dataclass(frozen=True)
class Copy:
    """A kept copy, with what its check found when it came in."""

    record: NoticeFile

    @cached_property
    def verdict(self) -> Verdict | None:
        return Verdict.from_dict(self.record.verification) if self.record.verification else None

    @property
    def by_what(self) -> str:
        """Return by what it is signed, as one says it."""
        if self.record.kind == NoticeFileKind.SIGNED_SCAN:
            return "Chữ ký tay, con dấu trên giấy"
        if self.verdict is None:
            return "Không có chữ ký"
        return "; ".join(dict.fromkeys(facts.algorithm for facts in self.verdict.signatures))

    @property
    def other_signer(self) -> str:
        return other_signer(self.verdict, self.record.notice) if self.verdict else ""


def other_signer(verdict: Verdict, notice: Notice) -> str:
    """Return a sentence when no certificate bears the name of the signer of `notice`, else nothing.

    A doubt, no refusal: the office may sign with its own certificate alone, a name may be written otherwise.
    """
    wanted = notice.signer_name
    if any(search_key(wanted) in search_key(facts.signer) for facts in verdict.signatures):
        return ""
    return f"Chứng thư ghi tên {verdict.signer}, không phải {wanted}, người ký của thông báo."


@dataclass(frozen=True)
class Copies:
    """The files of one notice; `earlier` are those that newer ones replaced, newest first.

    `is_awaited`: it was issued here, and its PDF, a long one, has still to be set (`tasks.issuing.rendering`).
    """

    issued: NoticeFile | None = None
    signed: Copy | None = None
    scan: Copy | None = None
    earlier: tuple[Copy, ...] = field(default=())
    is_awaited: bool = False

    @property
    def code(self) -> str:
        """Return the code on the issued PDF as it is printed."""
        return grouped(self.issued.check_code) if self.issued else ""

    @property
    def current(self) -> list[Copy]:
        return [copy for copy in (self.signed, self.scan) if copy]


def copies_of(notice: Notice) -> Copies:
    """Return the files of `notice`, in one query."""
    records = list(notice.files.select_related("stored_by").order_by("-stored_at", "-pk"))
    current = {record.kind: record for record in records if record.is_current}
    issued = current.get(NoticeFileKind.ISSUED_PDF)
    signed, scan = current.get(NoticeFileKind.SIGNED_PDF), current.get(NoticeFileKind.SIGNED_SCAN)
    return Copies(
        issued=issued,
        signed=Copy(signed) if signed else None,
        scan=Copy(scan) if scan else None,
        earlier=tuple(Copy(record) for record in records if not record.is_current),
        is_awaited=issued is None and _bears_code(notice),
    )


def _bears_code(notice: Notice) -> bool:
    """Whether `notice` was issued here: one that was entered from its paper has frozen words and no code."""
    return notice.status != NoticeStatus.DRAFT and bool((notice.frozen or {}).get("check_code"))


def content_of(record: NoticeFile) -> bytes:
    """Return the stored bytes; raise `StoredFileMissing` when they are gone."""
    try:
        with record.file.open() as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise StoredFileMissing(record.file.name) from error


def notice_of_code(code: str) -> Notice | None:
    """Return the published notice that bears `code`, for anybody."""
    record = (
        NoticeFile.objects.filter(kind=NoticeFileKind.ISSUED_PDF, check_code=code, notice__status__in=PUBLISHED)
        .select_related("notice")
        .first()
    )
    return record.notice if record else None


def published_corrections(notice: Notice) -> list[Notice]:
    """Return the issued notices that correct or add to `notice`, oldest first."""
    return list(notice.corrections.filter(status__in=PUBLISHED).order_by("issued_on", "number"))
