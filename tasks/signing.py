"""The three honest ways in which an issued notice is signed, and the check of copies that people hold.

A scan of the paper signed by hand; a PDF signed elsewhere with the office's token; a signature made here with a key
file whose passphrase the person types. What fails its check is refused with the reason, and what was kept stays.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from communes.models import User
from ntm_tracker.lib import clock
from ntm_tracker.lib.pdf import PdfError
from ntm_tracker.lib.signing import Verdict
from ntm_tracker.lib.signing.verdicts import NotValid
from ntm_tracker.lib.uploads import KINDS, LIMITS, Refused, inspect, mebibytes, read
from ntm_tracker.lib.uploads.images import redrawn
from ntm_tracker.lib.uploads.limits import MIB
from ntm_tracker.lib.uploads.scans import MOST_PAGES, check_pages, pdf_of
from tasks.enums import NoticeFileKind, NoticeStatus
from tasks.exceptions import CopyRefused, NotIssued, PassphraseWrong, PdfUnavailable
from tasks.models import Notice, NoticeFile
from tasks.services import store_notice_file
from tasks.signed_copies import content_of, copies_of

SCANS = ("pdf", "jpg", "png")
MOST_PICTURES = 20
LARGEST_KEY = MIB


def store_signed_scan(*, notice: Notice, files: Sequence[Any], by: User, at: datetime | None = None) -> NoticeFile:
    """Keep the scan of the paper that was signed by hand: one PDF, or pictures, which become one PDF.

    Raises `CopyRefused`, `NotIssued`.
    """
    _check_issued(notice)
    try:
        content = _scan(files)
    except Refused as refused:
        raise CopyRefused(str(refused)) from refused
    return _keep(
        notice, NoticeFileKind.SIGNED_SCAN, content, by, at or clock.now(), signer=notice.signer_name, signed_at=None
    )


def store_signed_pdf(*, notice: Notice, file: Any, by: User, at: datetime | None = None) -> NoticeFile:
    """Keep the issued PDF that was signed elsewhere, once it is found to be that PDF, whole, and signed.

    A copy whose signer is not known to be trusted is kept and marked as such. Raises `CopyRefused`, `NotIssued`,
    `StoredFileMissing`.
    """
    _check_issued(notice)
    issued = _issued_content(notice)
    moment = at or clock.now()
    try:
        content = read_upload(file)
    except Refused as refused:
        raise CopyRefused(str(refused)) from refused
    return _keep_signed(notice, content, issued, by, moment)


def sign_on_server(*, notice: Notice, passphrase: str, by: User, at: datetime | None = None) -> NoticeFile:
    """Sign the issued PDF with the key file of this server; `passphrase` is used once and kept nowhere.

    Raises `CopyRefused`, with a wrong passphrase `PassphraseWrong`; `NotIssued`, `PdfUnavailable`, `StoredFileMissing`.
    """
    from ntm_tracker.lib.signing.sign import Pictures, WrongPassphrase, open_key, sign_pdf

    _check_issued(notice)
    issued = _issued_content(notice)
    moment = at or clock.now()
    if settings.NTM_SIGNING_KEY is None:
        raise CopyRefused("Máy chủ chưa được cài khóa ký. Hãy dùng một trong hai cách còn lại.")
    pictures = Pictures(_configured(settings.NTM_SIGNATURE_IMAGE), _configured(settings.NTM_SEAL_IMAGE))
    try:
        key = open_key(_configured(settings.NTM_SIGNING_KEY) or b"", passphrase)
        content = sign_pdf(issued, key, at=moment, pictures=pictures, reason=f"Ký {notice.sign}")
    except WrongPassphrase as error:
        sentence = "Mật khẩu của khóa ký không đúng. Hãy gõ lại; kiểm tra bộ gõ và phím Caps Lock."
        raise PassphraseWrong(sentence) from error
    except NotValid as error:
        raise CopyRefused(error.sentence) from error
    except Refused as error:
        raise CopyRefused(str(error)) from error
    except (ImportError, OSError, PdfError) as error:
        raise PdfUnavailable(str(error)) from error
    return _keep_signed(notice, content, issued, by, moment)


def verify_copy(content: bytes, issued: bytes | None, at: datetime) -> Verdict:
    """Return what the signatures of `content` are worth, by the roots that this office trusts."""
    from ntm_tracker.lib.signing.trust import trust_from
    from ntm_tracker.lib.signing.verify import verify_pdf

    return verify_pdf(content, trust=trust_from(settings.NTM_TRUST_ROOTS), at=at, issued=issued)


def _check_issued(notice: Notice) -> None:
    if notice.status != NoticeStatus.ISSUED:
        raise NotIssued(notice.sign)


def _issued_content(notice: Notice) -> bytes:
    copies = copies_of(notice)
    if copies.is_awaited:
        raise CopyRefused("Bản PDF của thông báo dài này đang được dựng. Mời thử lại sau một phút.")
    if copies.issued is None:
        raise CopyRefused(
            "Thông báo này được nhập lại từ bản giấy, không có bản PDF đã ban hành để ký và đối chiếu. "
            "Hãy lưu bản quét của bản giấy."
        )
    return content_of(copies.issued)


def _configured(path: Path | None) -> bytes | None:
    """Return the content of a file that the settings name."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_KEY)
    except OSError as error:
        raise CopyRefused(
            f"Không đọc được tệp {path.name} dùng để ký. Hãy kiểm tra thiết bị chứa khóa hoặc báo người quản trị."
        ) from error


def _keep_signed(notice: Notice, content: bytes, issued: bytes, by: User, at: datetime) -> NoticeFile:
    verdict = verify_copy(content, issued, at)
    if not verdict.may_be_kept:
        raise CopyRefused(verdict.sentence)
    return _keep(
        notice,
        NoticeFileKind.SIGNED_PDF,
        content,
        by,
        at,
        signer=verdict.signer[:200],
        signed_at=verdict.signed_at,
        verification=verdict.to_dict(),
    )


ADDITIONS = {NoticeFileKind.SIGNED_SCAN: " - bản quét", NoticeFileKind.SIGNED_PDF: " - ký số"}


@transaction.atomic
def _keep(notice: Notice, kind: NoticeFileKind, content: bytes, by: User, at: datetime, **more: Any) -> NoticeFile:
    """Store the copy as the current one of its kind; the same bytes once more change nothing."""
    locked = Notice.objects.select_for_update().get(pk=notice.pk)
    _check_issued(locked)
    before = locked.files.filter(kind=kind, is_current=True)
    same = before.filter(sha256=hashlib.sha256(content).hexdigest()).first()
    if same:
        return same
    before.update(is_current=False)
    return store_notice_file(notice=notice, kind=kind, content=content, by=by, at=at, addition=ADDITIONS[kind], **more)


# What comes in


def read_upload(file: Any) -> bytes:
    """Return the bytes of an uploaded file; raise `Refused` for none or too many."""
    return read(file, LIMITS)


def _scan(files: Sequence[Any]) -> bytes:
    """Return the scan as one PDF; raise `Refused` for anything that can't be one."""
    if not files:
        raise Refused("Chưa chọn tệp nào. Hãy chọn bản quét (PDF) hoặc các ảnh chụp.")
    if len(files) > MOST_PICTURES:
        raise Refused(f"Mỗi lần nhận tối đa {MOST_PICTURES} ảnh. Hãy quét thành một tệp PDF.")
    found = [(file, inspect(file, file.name, only=SCANS)) for file in files]
    documents = [file for file, kind in found if not kind.is_image]
    if documents and len(found) > 1:
        raise Refused("Hãy chọn một tệp PDF, hoặc chỉ chọn ảnh (theo thứ tự trang).")
    if documents:
        content = read_upload(documents[0])
        check_pages(content)
        return content
    pictures = [redrawn(read_upload(file), KINDS[kind.extension]) for file, kind in found]
    content = pdf_of(pictures, [kind.extension for _, kind in found])
    if len(content) > LIMITS.size:
        raise Refused(f"Các ảnh ghép lại lớn quá {mebibytes(LIMITS.size)}. Hãy quét ở 200 dpi thành một tệp PDF.")
    return content


RULES = {
    "accept": ".pdf,.jpg,.jpeg,.png",
    "most": mebibytes(LIMITS.size),
    "most_pages": MOST_PAGES,
    "most_pictures": MOST_PICTURES,
}


# Copies that people hold


class Match(StrEnum):
    """What a file in somebody's hand is, compared with what is kept."""

    ISSUED = "issued"
    SIGNED = "signed"
    SCAN = "scan"
    EARLIER = "earlier"
    OTHER_SIGNATURE = "other_signature"
    NONE = "none"


MATCHES = {
    Match.ISSUED: "Đúng là bản PDF đã ban hành, trùng từng byte.",
    Match.SIGNED: "Đúng là bản ký số đang lưu của thông báo này, trùng từng byte.",
    Match.SCAN: "Đúng là bản quét đang lưu của bản giấy đã ký, trùng từng byte.",
    Match.EARLIER: "Đây là một bản ký trước đó của thông báo này; cơ quan ban hành đã thay bằng bản khác.",
    Match.OTHER_SIGNATURE: "Văn bản bên trong đúng là bản đã ban hành, nhưng chữ ký số trên tệp không phải chữ ký "
    "đang lưu ở đây.",
    Match.NONE: "Tệp này không phải bản đã ban hành: nội dung đã bị sửa, hoặc là văn bản khác.",
}
GENUINE = {Match.ISSUED, Match.SIGNED, Match.SCAN}
_BY_KIND = {
    NoticeFileKind.ISSUED_PDF: Match.ISSUED,
    NoticeFileKind.SIGNED_PDF: Match.SIGNED,
    NoticeFileKind.SIGNED_SCAN: Match.SCAN,
}


@dataclass(frozen=True)
class Comparison:
    """The answer to whoever shows a file: what it is, and what its own signatures are worth where they are new."""

    match: Match
    sha256: str
    verdict: Verdict | None = None

    @property
    def sentence(self) -> str:
        return MATCHES[self.match]

    @property
    def is_genuine(self) -> bool:
        return self.match in GENUINE


def compare(notice: Notice, content: bytes, at: datetime | None = None) -> Comparison:
    """Compare a file that somebody holds with what is kept of `notice`.

    By its SHA-256, so that a change of any byte shows, even inside a signature, which no signature covers.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    record = notice.files.filter(sha256=sha256).order_by("-is_current").first()
    if record is not None:
        kind = _BY_KIND[NoticeFileKind(record.kind)]
        return Comparison(kind if record.is_current else Match.EARLIER, sha256)
    issued = copies_of(notice).issued
    basis = content_of(issued) if issued else b""
    if basis and content.startswith(basis):
        verdict = verify_copy(content, basis, at or clock.now())
        return Comparison(Match.OTHER_SIGNATURE if verdict.may_be_kept else Match.NONE, sha256, verdict)
    return Comparison(Match.NONE, sha256)


def notice_inside(content: bytes) -> Notice | None:
    """Return the notice whose issued PDF `content` begins with, or is a kept copy of."""
    kept = NoticeFile.objects.filter(sha256=hashlib.sha256(content).hexdigest()).select_related("notice").first()
    if kept is not None:
        return kept.notice
    digests = [hashlib.sha256(part).hexdigest() for part in _first_revisions(content)]
    record = NoticeFile.objects.filter(kind=NoticeFileKind.ISSUED_PDF, sha256__in=digests).select_related("notice")
    return next((found.notice for found in record), None)


def _first_revisions(content: bytes, most: int = 8) -> list[bytes]:
    """Return the beginnings of `content` that may have been a whole file: each up to an end mark."""
    found: list[bytes] = []
    place = content.find(b"%%EOF")
    while place >= 0 and len(found) < most:
        end = place + len(b"%%EOF")
        found += [content[: end + len(tail)] for tail in (b"", b"\n", b"\r\n", b"\r") if content[end:].startswith(tail)]
        place = content.find(b"%%EOF", end)
    return found
