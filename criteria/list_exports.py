"""The other lists as workbooks, each with the columns, rows and filter of its page: the sub-items of a commune,
evidence, the catalogue, two days compared, units that changed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from communes.models import Commune, UnitChange
from criteria.exports import file_name, status_word
from criteria.models import Evidence
from criteria.periods import Period
from criteria.selectors import Catalogue, CatalogueRow
from criteria.selectors.commune import CriterionState, SubItemState
from criteria.selectors.evidence import CommuneEvidence, CriterionEvidence, SubItemEvidence
from criteria.selectors.history import Difference
from criteria.selectors.units import PredecessorFindings
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.workbook import XLSX, Column, Kind, filtered, list_workbook


def _file(
    subject: str,
    communes: Iterable[Commune],
    day: date,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    filters: Sequence[str] = (),
) -> Download:
    """Return a list that is named, and headed on paper, by its subject, its place and its day."""
    name = file_name(filtered(subject, filters), communes, day)
    title = name.removesuffix(f" - {day.day}-{day.month}-{day.year}.xlsx")
    content = list_workbook(f"{title}, đến ngày {clock.vn_date(day)}", columns, rows, filters=filters)
    return Download(name, XLSX, content)


# A commune

COMMUNE_COLUMNS = (
    Column("Mã", width=8),
    Column("Nội dung", Kind.LONG_TEXT, 46),
    Column("Kết quả", width=16),
    Column("Giá trị", Kind.LONG_TEXT, 14),
    Column("Mức phải đạt", Kind.LONG_TEXT, 24),
    Column("Hướng dẫn", Kind.LONG_TEXT, 20),
    Column("Từ ngày", Kind.DATE, 13),
    Column("Cán bộ phụ trách", Kind.LONG_TEXT, 20),
    Column("Dự kiến đạt", Kind.DATE, 13),
    Column("Giải pháp", Kind.LONG_TEXT, 40),
)


def commune_file(commune: Commune, criteria: Iterable[CriterionState], day: date, filters: Sequence[str]) -> Download:
    """Return the sub-items of a commune as its page shows them, with who is in charge, until when and how."""
    lines = [_sub_item_line(row) for criterion in criteria for row in criterion.sub_items]
    return _file("Nội dung tiêu chí", [commune], day, COMMUNE_COLUMNS, lines, filters)


def _sub_item_line(row: SubItemState) -> list[Any]:
    unit = "%" if row.sub_item.unit == "%" else ""
    value = f"{vn_decimal(row.value)}{unit}" if row.value is not None else ""
    parts = [f"{part.name}: {vn_decimal(part.value)}{unit}" for part in row.parts if part.value is not None]
    of_parts = [f"{part.name}: {part.required}" for part in row.parts if part.required]
    required = row.required.text if row.required.is_known else f"Chưa rõ ngưỡng. {row.required.note}".strip()
    plan = [row.plan.official, row.plan.planned_on, row.plan.solution] if row.plan else ["", None, ""]
    return [
        row.sub_item.official_code,
        row.sub_item.name,
        status_word(row.sign),
        "\n".join(filter(None, [value, *parts])),
        "\n".join(filter(None, [required, *of_parts])),
        ", ".join(row.guides),
        row.since,
        *plan,
    ]


# Evidence

EVIDENCE_COUNTS = (
    Column("Mã xã", width=9),
    Column("Xã", width=22),
    Column("Nội dung cần minh chứng", Kind.NUMBER, 14),
    Column("Có minh chứng", Kind.NUMBER, 12),
    Column("Thiếu", Kind.NUMBER, 10),
    Column("Chờ xếp", Kind.NUMBER, 10),
    Column("Số tệp", Kind.NUMBER, 10),
)


def evidence_overview_file(rows: Sequence[CommuneEvidence], day: date) -> Download:
    """Return the counts of every commune."""
    lines = [
        (row.commune.code, row.commune.name, row.met, row.supported, row.missing, row.in_tray, row.files)
        for row in rows
    ]
    return _file("Minh chứng của các xã", (row.commune for row in rows), day, EVIDENCE_COUNTS, lines)


EVIDENCE_FILES = (
    Column("Mã nội dung", width=10),
    Column("Nội dung", Kind.LONG_TEXT, 44),
    Column("Kết quả", width=16),
    Column("Minh chứng", Kind.LONG_TEXT, 36),
    Column("Số, ký hiệu", width=16),
    Column("Ngày văn bản", Kind.DATE, 13),
    Column("Cơ quan ban hành", Kind.LONG_TEXT, 24),
    Column("Tải lên lúc", Kind.MOMENT, 17),
    Column("Người tải lên", width=22),
)


def evidence_file(
    commune: Commune,
    criteria: Iterable[CriterionEvidence],
    tray: Iterable[Evidence],
    earlier: Iterable[tuple[Evidence, str]],
    day: date,
    filters: Sequence[str],
) -> Download:
    """Return the files of a commune by sub-item, then those of other sets and those that wait in the tray.

    What lacks a file says so.
    """
    lines = [line for block in criteria for row in block.rows for line in _evidence_lines(row)]
    lines += [["", f"Bộ tiêu chí trước: {places}", "", *_file_cells(file)] for file, places in earlier]
    lines += [["", "Khay chờ xếp", "", *_file_cells(file)] for file in tray]
    return _file("Minh chứng", [commune], day, EVIDENCE_FILES, lines, filters)


def _evidence_lines(row: SubItemEvidence) -> Iterator[list[Any]]:
    start = [row.sub_item.official_code, row.sub_item.name, status_word(row.sign)]
    for file in row.files:
        yield [*start, *_file_cells(file)]
    if not row.files:
        yield [*start, "Thiếu minh chứng" if row.is_missing else "", "", None, "", None, ""]


def _file_cells(file: Evidence) -> list[Any]:
    return [
        file.title or file.original_name,
        file.document_number,
        file.document_date,
        file.issuer,
        timezone.localtime(file.uploaded_at),
        str(file.uploaded_by),
    ]


# The catalogue

CATALOGUE_COLUMNS = (
    Column("Mã", width=8),
    Column("Tiêu chí", Kind.LONG_TEXT, 26),
    Column("Nội dung", Kind.LONG_TEXT, 50),
    Column("Yêu cầu", Kind.LONG_TEXT, 40),
    Column("Hướng dẫn", Kind.LONG_TEXT, 22),
    Column("Đối chiếu văn bản", Kind.LONG_TEXT, 30),
    Column("Nguồn", Kind.LONG_TEXT, 16),
)


def catalogue_file(shown: Catalogue, day: date, filters: Sequence[str]) -> Download:
    """Return the sub-items of the page with their levels, guides and sources."""
    lines = [_catalogue_line(row) for group in shown.groups for part in group.criteria for row in part.rows]
    return _file(shown.criteria_set.short_name.replace("/", "-"), (), day, CATALOGUE_COLUMNS, lines, filters)


def _catalogue_line(row: CatalogueRow) -> list[Any]:
    return [
        row.sub_item.official_code,
        str(row.sub_item.criterion),
        row.sub_item.name,
        _required(row),
        ", ".join(guide.department.short_name for guide in row.guides),
        "Đã đối chiếu" if row.sub_item.is_verified else f"Chưa đối chiếu. {row.remarks}",
        ", ".join(source.code for source in row.sources),
    ]


def _required(row: CatalogueRow) -> str:
    """Return the requirement, a line for each of its levels; why none is known."""
    levels = [
        f"{', '.join(str(word) for word in (level.part, level.zone, level.year) if word)}: {level.text}".lstrip(": ")
        for level in row.levels
    ]
    unknown = f"Chưa rõ ngưỡng. {row.unknown_note}" if row.unknown_note else ""
    return "\n".join(filter(None, [row.sub_item.requirement, *levels, unknown, *row.details]))


# Two days compared

DIFFERENCE_COLUMNS = (
    Column("Thay đổi", width=16),
    Column("Mã nội dung", width=10),
    Column("Nội dung", Kind.LONG_TEXT, 50),
    Column("Trước", width=15),
    Column("Sau", width=15),
    Column("Ngày", Kind.DATE, 13),
    Column("Người", width=22),
    Column("Nguồn", Kind.LONG_TEXT, 24),
    Column("Lý do", Kind.LONG_TEXT, 40),
)


def difference_file(commune: Commune, period: Period, rows: Iterable[Difference]) -> Download:
    """Return what stands otherwise on the later day, in the order of the page."""
    subject = f"So sánh với ngày {clock.vn_date(period.since).replace('/', '-')}"
    return _file(subject, [commune], period.until, DIFFERENCE_COLUMNS, [_difference_line(row) for row in rows])


def _difference_line(row: Difference) -> list[Any]:
    word = "Không còn đạt" if row.is_loss else "Thêm đạt" if row.is_gain else "Khác"
    change = row.change
    return [
        word,
        row.sub_item.official_code,
        row.sub_item.name,
        status_word(row.before),
        status_word(row.after),
        clock.day_of(change.at),
        str(change.by) if change.by else "",
        change.get_source_display(),
        change.reason,
    ]


# Units that changed

UNIT_CHANGE_COLUMNS = (
    Column("Mã", width=9),
    Column("Đơn vị mới", width=22),
    Column("Thay đổi", Kind.LONG_TEXT, 34),
    Column("Từ các đơn vị", Kind.LONG_TEXT, 44),
    Column("Có hiệu lực", Kind.DATE, 13),
    Column("Tài khoản chuyển", Kind.NUMBER, 12),
    Column("Người ghi", width=22),
    Column("Ghi lúc", Kind.MOMENT, 17),
)


def unit_change_file(changes: Iterable[UnitChange], day: date) -> Download:
    """Return what became of the units, the newest first."""
    lines = [
        [
            change.successor.code,
            str(change.successor),
            change.told,
            ", ".join(str(unit) for unit in change.successor.predecessors.all()),
            change.from_day,
            change.accounts,
            str(change.by) if change.by else "",
            timezone.localtime(change.at),
        ]
        for change in changes
    ]
    return _file("Thay đổi đơn vị", (), day, UNIT_CHANGE_COLUMNS, lines)


def predecessor_file(commune: Commune, found: PredecessorFindings, day: date) -> Download:
    """Return the last findings of the units that `commune` follows, side by side."""
    columns = [
        Column("Mã", width=8),
        Column("Nội dung", Kind.LONG_TEXT, 50),
        *(Column(unit.name, width=16) for unit in found.units),
        Column("Cùng đạt", width=12),
    ]
    lines = [
        [
            row.sub_item.official_code,
            row.sub_item.name,
            *(status_word(sign) for sign in row.signs),
            "Cùng đạt" if row.is_met_by_all else "",
        ]
        for row in found.rows
    ]
    return _file("Đánh giá của các đơn vị cũ", [commune], day, columns, lines)
