"""The register of issued documents (sổ đăng ký văn bản đi): page, workbook, official document.

Nghị định 30/2020/NĐ-CP, Phụ lục IV, mục I: at least ten columns; what this product doesn't know stays empty for the
clerk's pen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from communes.models import Authority, User
from criteria.downloads import BY_HAND, letterhead_of
from criteria.exports import file_name
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.official import Column, OfficialDocument, Paragraph, Table
from ntm_tracker.lib.workbook import XLSX, Kind, list_workbook
from ntm_tracker.lib.workbook import Column as SheetColumn
from tasks.enums import PUBLISHED, NoticeStatus
from tasks.models import Notice
from tasks.querysets import NoticeQuerySet

TITLE = "Sổ đăng ký văn bản đi"
TITLES = (
    "Số, ký hiệu",
    "Ngày tháng",
    "Tên loại và trích yếu",
    "Người ký",
    "Nơi nhận",
    "Đơn vị nhận bản lưu",
    "Số lượng bản",
    "Ngày chuyển",
    "Ký nhận",
    "Ghi chú",
)
# Shares of the 160 mm between the margins.
WIDTHS = (17, 15, 40, 17, 24, 12, 9, 10, 8, 20)

# So many gaps are looked into one by one.
FEW = 12


@dataclass(frozen=True)
class Entry:
    """One issued document."""

    notice: Notice
    recipients: tuple[str, ...]
    corrections: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"Thông báo: {self.notice.subject}"

    @property
    def filed_with(self) -> str:
        """Return who keeps the copy: "VT" of "Lưu: VT"."""
        kept = next((text for text in self.recipients if text.startswith("Lưu")), "")
        return kept.removeprefix("Lưu").strip(" :.;")

    @property
    def sent_to(self) -> str:
        return "; ".join(text.rstrip(" ;.") for text in self.recipients if not text.startswith("Lưu"))

    @property
    def note(self) -> str:
        """Return what happened to it later: revoked, supplemented, or what it supplements itself."""
        notes = []
        if self.notice.status == NoticeStatus.REVOKED and self.notice.revoked_on:
            reason = self.notice.revoke_reason.rstrip(" .;")
            notes.append(f"Thu hồi ngày {clock.vn_date(self.notice.revoked_on)}: {reason}")
        if self.notice.corrects:
            notes.append(f"Bổ sung cho {self.notice.corrects.sign}")
        if self.corrections:
            notes.append(f"Được bổ sung bằng {', '.join(self.corrections)}")
        return "; ".join(notes)

    @property
    def texts(self) -> tuple[str, ...]:
        day = clock.vn_date(self.notice.issued_on) if self.notice.issued_on else ""
        signer = self.notice.signer_name
        return (self.notice.sign, day, self.title, signer, self.sent_to, self.filed_with, "", "", "", self.note)


def register_years(user: User) -> list[int]:
    """Return the years with issued documents, newest first."""
    rows = _published(user).order_by("-number_year").values_list("number_year", flat=True).distinct()
    return [year for year in rows if year]


def register_entries(user: User, year: int) -> list[Entry]:
    """Return the documents issued in `year` in the order of their numbers; three queries."""
    rows = _published(user).filter(number_year=year).select_related("corrects", "commune", "authority")
    rows = rows.prefetch_related("recipients", "corrections").defer("frozen").order_by("symbol", "number", "pk")
    return [
        Entry(
            notice,
            tuple(row.text for row in sorted(notice.recipients.all(), key=lambda row: row.position)),
            tuple(row.sign for row in notice.corrections.all() if row.status in PUBLISHED),
        )
        for notice in rows
    ]


def _published(user: User) -> NoticeQuerySet:
    found: NoticeQuerySet = Notice.objects.visible_to(user).filter(status__in=PUBLISHED, number__isnull=False)
    return found


def missing_numbers(entries: Sequence[Entry]) -> list[int]:
    """Return the numbers of one office's register between its lowest and highest that no document bears.

    Many missing ones mean that other kinds of documents share the numbers (Điều 15.1c): then none are returned.
    """
    numbers = {entry.notice.number for entry in entries if entry.notice.number}
    missing = [number for number in range(min(numbers, default=0), max(numbers, default=0)) if number not in numbers]
    return missing if len(missing) <= FEW else []


def register_file(entries: Sequence[Entry], year: int, day: date) -> Download:
    """Return the register as a workbook."""
    kinds = {2: Kind.LONG_TEXT, 4: Kind.LONG_TEXT, 9: Kind.LONG_TEXT}
    columns = [
        SheetColumn(title, kinds.get(place, Kind.TEXT), max(12, WIDTHS[place])) for place, title in enumerate(TITLES)
    ]
    title = f"{TITLE} năm {year}, đến ngày {clock.vn_date(day)}"
    lines = [list(entry.texts) for entry in entries]
    return Download(
        file_name(f"{TITLE} {year}", (), day), XLSX, list_workbook(title, columns, lines, name="Văn bản đi")
    )


def register_document(authority: Authority, entries: Sequence[Entry], year: int, day: date) -> OfficialDocument:
    """Return the register as an official document."""
    columns = tuple(Column(title, width) for title, width in zip(TITLES, WIDTHS, strict=True))
    revoked = sum(entry.notice.status == NoticeStatus.REVOKED for entry in entries)
    state = f"Đến ngày {clock.vn_date(day)}: {len(entries)} văn bản đã ban hành trong năm {year}, {revoked} đã thu hồi."
    return OfficialDocument(
        kind="SỔ ĐĂNG KÝ VĂN BẢN ĐI",
        symbol="UBND",
        subject=f"Thông báo kết luận ban hành năm {year}",
        letterhead=letterhead_of(authority),
        signature=BY_HAND,
        month=day.replace(day=1),
        body=(Paragraph(state), Table(columns, tuple(entry.texts for entry in entries), is_dense=True)),
    )
