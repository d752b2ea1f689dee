"""A criteria set that comes in, or goes out, as a workbook."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import get_random_string

from criteria.models import Assessment, CriteriaSet, Criterion
from criteria.resources import SHEETS, Choice, Day, Number, Reference, SetSheet, SheetResource
from criteria.selectors import set_in_force
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.text import nfc, search_key
from ntm_tracker.lib.workbook import XLSX, Book, Column, Kind, ReadSheet, cell_text, drop_down, error_remedy, write_list

MOST_ROWS_TYPED = 300


@dataclass(frozen=True)
class Problem:
    """One cell that isn't taken: where it stands, what it says, what to do."""

    sheet: str
    cell: str
    text: str
    remedy: str


@dataclass
class SetImport:
    """What a workbook makes of a criteria set: new, changed and unchanged rows by sheet, what is wrong.

    `criteria` are those of a trial, with their sub-items, to be read before they are written; `is_frozen`: the set is
    in use.
    """

    code: str = ""
    name: str = ""
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)
    is_frozen: bool = False
    refused: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def changes(self) -> int:
        return sum(count["new"] + count["update"] for count in self.counts.values())


# In `SetImport.refused`: a row whose own code can't be read may be the one that any code is missing for.
ANY = ""


class _Undo(Exception):
    """Takes back what a trial wrote."""


def dry_run(sheets: Sequence[ReadSheet]) -> SetImport:
    """Return what `sheets` would create or change; nothing stays written."""
    found = SetImport()
    try:
        with transaction.atomic():
            before = set_in_force(clock.today())
            _load(sheets, found)
            if not found.problems:
                tried = CriteriaSet.objects.get(code=found.code)
                found.warnings = _warnings(tried, before)
                found.criteria = list(tried.criteria.order_by("number").prefetch_related("sub_items"))
            raise _Undo
    except _Undo:
        return found


def _warnings(criteria_set: CriteriaSet, before: CriteriaSet | None) -> list[str]:
    """Return what the period of a set just loaded brings about; `before` was in force today without it."""
    sentences = []
    if before and before != criteria_set and set_in_force(clock.today()) == criteria_set:
        sentences.append(
            f"Ghi xong thì bộ này được dùng ngay hôm nay thay cho {before}: mọi bảng sẽ hiện chưa có đánh giá nào cho "
            "đến khi chuyển kết quả sang. Nếu chưa dùng ngay, hãy sửa ngày Có hiệu lực từ trong tệp."
        )
    overlapping = CriteriaSet.objects.exclude(pk=criteria_set.pk).filter(
        Q(effective_to__isnull=True) | Q(effective_to__gte=criteria_set.effective_from)
    )
    if criteria_set.effective_to:
        overlapping = overlapping.filter(effective_from__lte=criteria_set.effective_to)
    for other in overlapping:
        first, second = sorted((other, criteria_set), key=lambda one: one.effective_from)
        used, unused = ("bộ này", "bộ kia") if second == criteria_set else ("bộ kia", "bộ này")
        end = f"đến {clock.vn_date(first.effective_to)}" if first.effective_to else "không ghi ngày hết"
        day = clock.vn_date(second.effective_from)
        sentences.append(
            f"Trùng thời gian với {other} ({other.code}): từ {day} chỉ {used} được dùng, dù {unused} còn hiệu lực "
            f"{end}. Hãy xem lại ngày của hai bộ."
        )
    return sentences


def load(sheets: Sequence[ReadSheet]) -> SetImport:
    """Create or change the set, all sheets or nothing: where a cell is wrong nothing stays written."""
    found = SetImport()
    try:
        with transaction.atomic():
            _load(sheets, found)
            if found.problems:
                raise _Undo
    except _Undo:
        pass
    return found


def _load(sheets: Sequence[ReadSheet], found: SetImport) -> None:
    """Load sheet by sheet, and go on after a wrong one: what is wrong in the others is to be known as well."""
    by_name = {search_key(sheet.name): sheet for sheet in sheets}
    missing = [kind.sheet for kind in SHEETS if search_key(kind.sheet) not in by_name]
    if missing:
        found.problems.append(Problem(missing[0], "", "", f"Thiếu trang {', '.join(missing)}. Hãy dùng tệp mẫu."))
    criteria_set: CriteriaSet | None = None
    for kind in SHEETS:
        sheet = by_name.get(search_key(kind.sheet))
        if sheet is None:
            found.refused[kind.sheet].add(ANY)
        elif kind is SetSheet:
            criteria_set = _load_set(sheet, found)
            if found.is_frozen:
                return
        else:
            criteria_set = criteria_set or _stand_in()
            _load_sheet(sheet, kind(criteria_set), found)


def _load_set(sheet: ReadSheet, found: SetImport) -> CriteriaSet | None:
    """Load the decision itself; None where it can't be."""
    rows = [row for row in sheet.rows[1:] if any(cell_text(value) for value in row)]
    if len(rows) != 1:
        found.problems.append(Problem(sheet.name, "A2", "", "Trang này phải có đúng một dòng: một bộ tiêu chí."))
        return None
    found.code, found.name = nfc(cell_text(rows[0][0])), cell_text(rows[0][2]) if len(rows[0]) > 2 else ""
    before = CriteriaSet.objects.filter(code=found.code).first()
    if before and Assessment.objects.of_set(before).exists():
        found.is_frozen = True
        remedy = f"{before.short_name} đã có đánh giá nên không sửa được nữa. Hãy nhập bộ mới với mã khác."
        found.problems.append(Problem(sheet.name, "A2", found.code, remedy))
        return None
    _load_sheet(sheet, SetSheet(before), found)
    return CriteriaSet.objects.filter(code=found.code).first()


def _stand_in() -> CriteriaSet:
    """Return a set to try the other sheets with, while its own can't be read; it is taken back with them."""
    day = clock.today()
    return CriteriaSet.objects.create(code=get_random_string(20), basis_date=day, effective_from=day)


def _load_sheet(sheet: ReadSheet, resource: SheetResource, found: SetImport) -> None:
    columns = resource.columns()
    places = _places(sheet, columns)
    absent = [title for title in columns.values() if title not in places]
    if absent:
        found.refused[sheet.name].add(ANY)
        found.problems.append(Problem(sheet.name, "A1", "", f"Thiếu cột {', '.join(absent)}. Hãy dùng tệp mẫu."))
        return
    numbers, dataset = _dataset(sheet, places, found)
    result = resource.import_data(dataset, dry_run=False, raise_errors=False)
    references = {
        name: field.widget.sheet for name, field in resource.fields.items() if isinstance(field.widget, Reference)
    }
    for row in result.invalid_rows:
        at = numbers[row.number - 1]
        texts = {name: _text(sheet, places, at, title) for name, title in columns.items()}
        # What points to a refused row will be right when that is mended.
        follows = any(texts[name] and found.refused[target] & {texts[name], ANY} for name, target in references.items())
        for attribute, errors in row.error.error_dict.items():
            if attribute in references and follows:
                continue
            title = columns.get(attribute, "")
            found.problems.append(_problem(sheet, places, at, title, _remedy(errors[0], title)))
        own = resource.named_by
        found.refused[sheet.name].add(ANY if own in row.error_dict and own not in references else texts[own])
    for number, errors in result.row_errors():
        for error in errors:
            found.problems.append(_problem(sheet, places, numbers[number - 1], "", str(error.error)))
    found.counts[sheet.name] = {key: result.totals[key] for key in ("new", "update", "skip")}


def _places(sheet: ReadSheet, columns: Mapping[str, str]) -> dict[str, int]:
    heading = [search_key(cell_text(title)) for title in (sheet.rows[0] if sheet.rows else [])]
    return {title: heading.index(search_key(title)) for title in columns.values() if search_key(title) in heading}


def _dataset(sheet: ReadSheet, places: Mapping[str, int], found: SetImport) -> tuple[list[int], tablib.Dataset]:
    """Return the rows that hold something, and in which row of the sheet each stands; note error values of Excel."""
    dataset = tablib.Dataset(headers=list(places))
    numbers = []
    for number, row in enumerate(sheet.rows[1:], 2):
        values = [row[place] if place < len(row) else "" for place in places.values()]
        failed = [
            (title, remedy) for title, value in zip(places, values, strict=True) if (remedy := error_remedy(value))
        ]
        found.problems += [_problem(sheet, places, number, title, remedy) for title, remedy in failed]
        if failed:
            found.refused[sheet.name].add(ANY)
        elif any(cell_text(value) for value in values):
            dataset.append(values)
            numbers.append(number)
    return numbers, dataset


def _text(sheet: ReadSheet, places: Mapping[str, int], number: int, title: str) -> str:
    """Return what the cell of that row and column says; without the column, the first one."""
    row, place = sheet.rows[number - 1], places.get(title, 0)
    return cell_text(row[place]) if place < len(row) else ""


def _problem(sheet: ReadSheet, places: Mapping[str, int], number: int, title: str, remedy: str) -> Problem:
    place, text = places.get(title, 0), _text(sheet, places, number, title)[:60]
    return Problem(sheet.name, ReadSheet.address(number, place), text, remedy)


def _remedy(error: ValidationError, title: str) -> str:
    """Return what is wrong of a cell, said of its column where Django says it of a field."""
    if error.code in ("blank", "null"):
        return f"Cột {title} không được để trống. Hãy điền ô này."
    if error.code == "max_length":
        return f"Cột {title} dài quá {(error.params or {}).get('limit_value')} chữ. Hãy viết gọn lại."
    return " ".join(error.messages)


# Out

LONG_TEXTS = {"Tên": 50, "Tên gọi trong văn bản": 44, "Nội dung": 60, "Yêu cầu": 30, "Tên tiêu chí": 32, "Tên phần": 34}
SHORT_WIDTHS = {"Tên vùng": 34, "Đơn vị tính": 22}


def criteria_set_file(criteria_set: CriteriaSet | None) -> Download:
    """Return the workbook of `criteria_set`, as an example to be changed; without one the empty template."""
    name = f"Bộ tiêu chí - {criteria_set.code}.xlsx" if criteria_set else "Mẫu nhập bộ tiêu chí.xlsx"
    book = Book(name.removesuffix(".xlsx"))
    for kind in SHEETS:
        resource = kind(criteria_set)
        columns = [_set_column(field) for field in resource.get_export_fields()]
        rows = resource.export(resource.get_queryset()) if criteria_set else []
        sheet, _ = write_list(book, kind.sheet, columns, rows)
        for at, column in enumerate(columns):
            if column.kind is Kind.TEXT:
                # Of the code 17.10, typed below the rows in a cell that isn't a text, Excel makes 17.1.
                sheet.set_column(at, at, column.width, book.format(num_format=column.kind.value, **column.indent))
            if column.choices:
                drop_down(sheet, at, max(len(rows), MOST_ROWS_TYPED), column)
    return Download(name, XLSX, book.content())


def _set_column(field: Any) -> Column:
    """The heading of a field; codes are texts, so that 13.10 doesn't become 13.1."""
    title = field.column_name
    width = LONG_TEXTS.get(title) or SHORT_WIDTHS.get(title, 16)
    kind = Kind.LONG_TEXT if title in LONG_TEXTS else Kind.TEXT
    if isinstance(field.widget, Day):
        kind = Kind.DATE
    elif isinstance(field.widget, Number):
        kind = Kind.DECIMAL
    choices = tuple(field.widget.labels.values()) if isinstance(field.widget, Choice) else ()
    return Column(title, kind, width, choices=choices)
