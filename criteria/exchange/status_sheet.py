"""The status sheet: its columns, what it says of one cell, and how that is read. No database."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar

from criteria.enums import Comparator, Status, SubItemKind
from criteria.models import Assessment, AssessmentChange, SubItem, SubItemPart
from criteria.pasting import WORDS, number
from criteria.thresholds import parts_text
from ntm_tracker.lib.figures import vn_amount, vn_decimal
from ntm_tracker.lib.text import MOST_DIGITS, nfc, search_key
from ntm_tracker.lib.workbook import Column, Kind, ReadSheet, cell_text, count_text, error_remedy, safe_text

SHEET = "Trạng thái"
LABELS = tuple(str(label) for label in Status.labels)
COLUMNS: dict[str, Column] = {
    "commune_code": Column("Mã xã", width=9),
    "commune": Column("Xã", width=16),
    "sub_item_code": Column("Mã nội dung", width=10),
    "sub_item": Column("Nội dung", Kind.LONG_TEXT, 46),
    "status": Column("Kết quả", width=16, choices=LABELS, is_open=True, note="Chọn Đạt, Chưa đạt hoặc Không áp dụng."),
    "value": Column("Giá trị", Kind.DECIMAL, 11, is_open=True, note="Ghi số, ví dụ 63,2. Tỷ lệ 63,2% cũng ghi 63,2."),
    "unit": Column("Đơn vị tính", width=14),
    "part_values": Column(
        "Giá trị từng phần",
        Kind.LONG_TEXT,
        28,
        is_open=True,
        note="Chỉ cho nội dung có nhiều phần đo: Nam: 71,5; Nữ: 65",
    ),
    "reason": Column(
        "Lý do", Kind.LONG_TEXT, 32, is_open=True, note="Bắt buộc khi kết quả khác với giá trị, hoặc không áp dụng."
    ),
    "basis": Column(
        "Căn cứ", Kind.LONG_TEXT, 28, is_open=True, note="Bắt buộc khi không áp dụng: số, ký hiệu văn bản."
    ),
    "version": Column(
        "Phiên bản", Kind.NUMBER, 10, note="Không sửa cột này: nhờ nó hệ thống biết ai đã đổi sau khi xuất."
    ),
    "exported_at": Column("Xuất lúc", Kind.MOMENT, 17),
    "criteria_set": Column("Bộ tiêu chí", width=20, note="Không sửa cột này: mỗi bộ tiêu chí có mã nội dung riêng."),
}
NEEDED = ("sub_item_code", "status")
Given = ParamSpec("Given")
Read = TypeVar("Read")
PLACES = Decimal("0.001")
LARGEST = Decimal(10) ** 9
# As on the page of a cell.
LONGEST_REASON, LONGEST_BASIS = 2000, 300


@dataclass(frozen=True)
class Finding:
    """What is found of one cell, wherever it stands: in the file, in the database, in the history."""

    status: str = ""
    value: Decimal | None = None
    part_values: Mapping[str, Decimal] = field(default_factory=dict)
    reason: str = ""
    basis: str = ""

    @classmethod
    def of(cls, row: Assessment | AssessmentChange | None) -> "Finding":
        """Return the finding as it reads after it went through a workbook."""
        if row is None:
            return cls()
        parts = {code: Decimal(value) for code, value in row.part_values.items()}
        return cls(row.status, row.value, parts, plain(row.reason), plain(row.basis))

    def text(self, parts: Sequence[SubItemPart] = ()) -> str:
        """Return "Đạt, 63,2" in words."""
        word = str(Status(self.status).label) if self.status else "Chưa đánh giá"
        return ", ".join(filter(None, [word, self.measured(parts)]))

    def measured(self, parts: Sequence[SubItemPart] = (), unit: str = "") -> str:
        """Return what was measured of the whole or of its parts: "63,2%", "Nam: 71,5%; Nữ: 65%"; of nothing ""."""
        return ", ".join(filter(None, [vn_amount(self.value, unit), parts_text(self.part_values, parts, unit)]))


class CellError(ValueError):
    """One cell says something that isn't taken. `column` is a key of `COLUMNS`."""

    def __init__(self, column: str, remedy: str):
        self.column = column
        self.remedy = remedy
        super().__init__(remedy)


class Faults(dict[str, str]):
    """What is wrong of one row: by column the remedy of the first thing that isn't taken there."""

    def taken(self, read: Callable[Given, Read], *given: Given.args, **named: Given.kwargs) -> Read | None:
        """Return what `read` gives; None where it raises `CellError`, which is noted."""
        try:
            return read(*given, **named)
        except CellError as error:
            self.setdefault(error.column, error.remedy)
            return None


def plain(text: str) -> str:
    return safe_text(nfc(text)).strip()


def columns_of(header: Sequence[Any]) -> dict[str, int]:
    """Return where each known column stands in a heading row, whatever their order and spelling."""
    places = {search_key(cell_text(title)): at for at, title in reversed(list(enumerate(header)))}
    titles = {key: search_key(column.title) for key, column in COLUMNS.items()}
    return {key: places[title] for key, title in titles.items() if title in places}


def is_heading(columns: Mapping[str, int]) -> bool:
    return not lacking(columns)


def lacking(columns: Mapping[str, int]) -> list[str]:
    """Return the headings without which rows can't be read; of the commune its code or its name."""
    needed = [*NEEDED, *([] if "commune" in columns else ["commune_code"])]
    return [COLUMNS[key].title for key in needed if key not in columns]


def standing_twice(header: Sequence[Any], number: int, columns: Iterable[Column]) -> str:
    """Return "hai cột Kết quả (E1, M1)" where one of `columns` stands twice in the heading row `number`; else ""."""
    keys = [search_key(cell_text(title)) for title in header]
    for column in columns:
        places = [at for at, key in enumerate(keys) if key == search_key(column.title)]
        if len(places) > 1:
            return f"hai cột {column.title} ({', '.join(ReadSheet.address(number, at) for at in places[:2])})"
    return ""


def errors_in(cells: Mapping[str, Any]) -> dict[str, str]:
    """Return by column what to do about the error values of Excel.

    Read as nothing they would erase, as texts they would be kept.
    """
    return {column: remedy for column, value in cells.items() if (remedy := error_remedy(value))}


def refuse_errors(cells: Mapping[str, Any]) -> None:
    """Raise `CellError` at an error value of Excel."""
    for column, remedy in errors_in(cells).items():
        raise CellError(column, remedy)


def read_finding(cells: Mapping[str, Any], parts: Sequence[SubItemPart], faults: Faults) -> Finding:
    """Return what a row says of a sub-item with these `parts`; what can't be read is noted in `faults`."""
    return Finding(
        status=faults.taken(read_status, cells.get("status", "")) or "",
        value=faults.taken(read_number, cells.get("value", ""), "value"),
        part_values=faults.taken(read_parts, cell_text(cells.get("part_values", "")), parts) or {},
        reason=read_words(cells.get("reason", "")),
        basis=read_words(cells.get("basis", "")),
    )


def read_words(value: Any) -> str:
    """Return the text of a cell; a figure as it is written here: 12,5."""
    text = cell_text(value)
    return text.replace(".", ",") if isinstance(value, float) else plain(text)


def read_status(value: Any) -> str:
    """Return the status that "Đạt", "chưa đạt", "x", 1, 0 … mean; "" for an empty cell."""
    text = cell_text(value)
    if text in ("0", "1"):
        return Status.MET if text == "1" else Status.NOT_MET
    if not text:
        return ""
    status = WORDS.get(search_key(text))
    if status is None:
        raise CellError("status", f"Không rõ kết quả “{text[:40]}”. Hãy ghi Đạt, Chưa đạt hoặc Không áp dụng.")
    return status


def read_number(value: Any, column: str) -> Decimal | None:
    """Return the number of a cell, typed as one or as a text like "63,2"; None for an empty cell."""
    if isinstance(value, str):
        text = value.strip().lstrip("'’")
        if not text:
            return None
        found = number(text)
    else:
        found = Decimal(str(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if found is None or not found.is_finite():
        raise CellError(column, f"“{cell_text(value)[:40]}” không phải là số. Hãy ghi một số, ví dụ 63,2.")
    if found < 0:
        raise CellError(column, "Giá trị không được âm. Hãy kiểm tra lại số liệu.")
    if found >= LARGEST:
        raise CellError(column, "Số quá lớn. Hãy kiểm tra lại đơn vị tính.")
    # A figure computed by Excel carries its binary noise: 63.199999999999996 is 63.2.
    exact = found.quantize(PLACES)
    if abs(exact - found) > Decimal("1e-9"):
        raise CellError(column, "Số có hơn 3 chữ số sau dấu phẩy. Hãy làm tròn.")
    return exact


def read_parts(text: str, parts: Sequence[SubItemPart]) -> dict[str, Decimal]:
    """Read "Nam: 71,5; Nữ: 65" by the names or the codes of the parts."""
    codes = {search_key(name): part.code for part in parts for name in (part.code, part.name)}
    found: dict[str, Decimal] = {}
    for piece in _pieces(text):
        name, _, figure = piece.rpartition(":")
        code = codes.get(search_key(name))
        if code is None:
            known = "; ".join(f"{part.name}: …" for part in parts) or "để trống ô này, nội dung không chia phần"
            raise CellError("part_values", f"Không rõ phần “{piece[:40]}”. Hãy ghi: {known}.")
        value = read_number(figure, "part_values")
        if value is not None:
            found[code] = value
    return found


def _pieces(text: str) -> list[str]:
    """Return "Nam: 71,5" and "Nữ: 65" of "Nam: 71,5; Nữ: 65"."""
    return [piece.strip() for piece in re.split(r"[;\n]", text) if piece.strip()]


def bare_shares(cells: Mapping[str, Any]) -> list[tuple[str, Decimal]]:
    """Return the figures up to 1 without a percent sign, each with its column: as shares they may be fractions."""
    parts = [piece.rpartition(":")[2] for piece in _pieces(cell_text(cells.get("part_values", "")))]
    figures = [("value", cells.get("value", "")), *(("part_values", figure) for figure in parts)]
    bare = [(column, figure) for column, figure in figures if not cell_text(figure).endswith("%")]
    read = [(column, read_number(figure, column)) for column, figure in bare]
    return [(column, share) for column, share in read if share is not None and 0 < share <= 1]


def check_shares(bare: Iterable[tuple[str, Decimal]], sub_item: SubItem, standing: Finding) -> None:
    """Raise `CellError` at a bare share that wasn't there before, where a high one is wanted."""
    if sub_item.kind != SubItemKind.PERCENT or sub_item.comparator == Comparator.AT_MOST:
        return
    known = {standing.value, *standing.part_values.values()}
    for column, share in bare:
        if share not in known:
            as_read, whole = vn_decimal(share), vn_decimal(share * 100)
            raise CellError(
                column,
                f"Không rõ {as_read} là {whole}% hay {as_read}%. Nếu là {whole}% hãy ghi {whole}; nếu đúng là "
                f"{as_read}% hãy ghi cả dấu %, ở ô dạng chữ (gõ dấu ’ trước): ’{as_read}%.",
            )


def read_version(value: Any) -> int | None:
    """Return the version that the row was exported with, None where it is missing."""
    if value in ("", None):
        return None
    text = cell_text(value)
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise CellError("version", "Cột Phiên bản đã bị sửa. Hãy tải bảng mới và chép kết quả sang.")
    return int(text)


def read_moment(value: Any) -> datetime | None:
    """Return when the row was exported, in the time of the place; None where that can't be known."""
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time.min) if isinstance(value, date) else None


def check_rules(finding: Finding, sub_item: SubItem, parts: Sequence[SubItemPart]) -> None:
    """Raise `CellError` at the first rule of its sub-item that a changed finding breaks."""
    for error in broken_rules(finding, sub_item, parts):
        raise error


def broken_rules(finding: Finding, sub_item: SubItem, parts: Sequence[SubItemPart]) -> Iterator[CellError]:
    """Give what a changed finding breaks of the rules of its sub-item."""
    if not finding.status:
        yield CellError("status", "Kết quả còn trống. Hãy ghi Đạt, Chưa đạt hoặc Không áp dụng.")
    if finding.value is not None and not sub_item.is_numeric:
        yield CellError("value", "Nội dung này chỉ có đạt hoặc chưa đạt. Hãy để trống cột Giá trị.")
    if finding.value is not None and parts:
        yield CellError("value", "Nội dung này có nhiều phần đo. Hãy ghi ở cột Giá trị từng phần.")
    if sub_item.kind == SubItemKind.PERCENT:
        for column, value in (
            ("value", finding.value),
            *(("part_values", one) for one in finding.part_values.values()),
        ):
            if value is not None and value > 100:
                yield CellError(column, "Tỷ lệ không quá 100%. Hãy kiểm tra lại số liệu.")
    if len(finding.reason) > LONGEST_REASON:
        yield CellError("reason", f"Lý do dài quá {count_text(LONGEST_REASON)} chữ. Hãy viết gọn lại.")
    if len(finding.basis) > LONGEST_BASIS:
        yield CellError("basis", f"Căn cứ dài quá {LONGEST_BASIS} chữ. Hãy viết gọn lại.")
