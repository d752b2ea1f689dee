"""A criteria set that comes in, or goes out, as a workbook."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.crypto import get_random_string

from criteria.exchange.set_sheets import SHEETS, CriterionSheet, SetSheet, SubItemSheet
from criteria.exchange.sheets import (
    ANY,
    Loaded,
    Problem,
    by_name,
    load_sheet,
    places_of,
    problem_at,
    tried,
    write_sheet,
    written,
)
from criteria.models import CriteriaSet, Criterion
from criteria.pasting import number
from criteria.selectors import set_in_force
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.text import nfc
from ntm_tracker.lib.workbook import XLSX, Book, ReadSheet, cell_text


@dataclass
class SetImport(Loaded):
    """What a workbook makes of a criteria set.

    `criteria` are those of a trial, with their sub-items, to be read before they are written; `is_frozen`: the set is
    in use.
    """

    code: str = ""
    name: str = ""
    warnings: list[str] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)
    is_frozen: bool = False


def dry_run(sheets: Sequence[ReadSheet]) -> SetImport:
    """Return what `sheets` would create or change; nothing stays written."""

    def loaded() -> SetImport:
        before = list(CriteriaSet.objects.in_force_on(clock.today()))
        found = _load(sheets)
        if not found.problems:
            criteria_set = CriteriaSet.objects.get(code=found.code)
            found.warnings = _warnings(criteria_set, before)
            found.criteria = list(criteria_set.criteria.order_by("number").prefetch_related("sub_items"))
        return found

    return tried(loaded)


def _warnings(criteria_set: CriteriaSet, in_force: Iterable[CriteriaSet]) -> list[str]:
    """Return what the period of a set just loaded brings about for its kind of unit.

    `in_force` are those in force today without it, the newest first.
    """
    sentences, kind = [], criteria_set.unit_kind
    before = next((row for row in in_force if row.unit_kind == kind), None)
    if before and before != criteria_set and set_in_force(clock.today(), kind) == criteria_set:
        sentences.append(
            f"Ghi xong thì bộ này được dùng ngay hôm nay thay cho {before}: mọi bảng sẽ hiện chưa có đánh giá nào cho "
            "đến khi chuyển kết quả sang, báo cáo tháng chưa xong vẫn theo bộ cũ. Nếu chưa dùng ngay, hãy sửa ngày "
            "Có hiệu lực từ trong tệp."
        )
    overlapping = CriteriaSet.objects.exclude(pk=criteria_set.pk).filter(
        Q(unit_kind=kind), Q(effective_to__isnull=True) | Q(effective_to__gte=criteria_set.effective_from)
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
    """Create or change the set, all sheets or nothing: where a cell is wrong nothing stays written.

    Raises `SomebodyWasFaster` where somebody wrote the same meanwhile.
    """
    return written(lambda: _load(sheets))


def _load(sheets: Sequence[ReadSheet]) -> SetImport:
    """Load sheet by sheet, and go on after a wrong one: what is wrong in the others is to be known as well."""
    found = SetImport()
    present = by_name(sheets, SHEETS)
    missing = [kind.sheet for kind in SHEETS if kind.sheet not in present]
    if missing:
        found.problems.append(Problem(missing[0], "", "", f"Thiếu trang {', '.join(missing)}. Hãy dùng tệp mẫu."))
    criteria_set: CriteriaSet | None = None
    for kind in SHEETS:
        sheet = present.get(kind.sheet)
        if sheet is None:
            found.refused[kind.sheet].add(ANY)
        elif kind is SetSheet:
            criteria_set = _load_set(sheet, found)
            if found.is_frozen:
                break
        else:
            criteria_set = criteria_set or _stand_in()
            load_sheet(sheet, kind(criteria_set), found)
    criteria, are_items_read = present.get(CriterionSheet.sheet), SubItemSheet.sheet in found.counts
    if criteria_set and criteria and are_items_read and SubItemSheet.sheet not in {one.sheet for one in found.problems}:
        found.problems += _empty(criteria, criteria_set)
    return found


def _empty(sheet: ReadSheet, criteria_set: CriteriaSet) -> Iterator[Problem]:
    """Give the rows of criteria without a sub-item: nobody could ever meet these."""
    empty = set(criteria_set.criteria.filter(sub_items=None).values_list("number", flat=True))
    title = CriterionSheet.fields["number"].column_name
    places = places_of(sheet, {"number": title})
    for at, row in enumerate(sheet.rows[1:], 2):
        named = row[places[title]] if places and places[title] < len(row) else ""
        if number(cell_text(named)) in empty:
            remedy = f"Tiêu chí này không có dòng nào ở trang {SubItemSheet.sheet} nên không xã nào đạt được. "
            yield problem_at(sheet, places, at, title, f"{remedy}Hãy thêm nội dung của tiêu chí hoặc xóa dòng này.")


def _load_set(sheet: ReadSheet, found: SetImport) -> CriteriaSet | None:
    """Load the decision itself; None where it can't be."""
    rows = [row for row in sheet.rows[1:] if any(cell_text(value) for value in row)]
    if len(rows) != 1:
        found.problems.append(Problem(sheet.name, "A2", "", "Trang này phải có đúng một dòng: một bộ tiêu chí."))
        return None
    found.code, found.name = nfc(cell_text(rows[0][0])), cell_text(rows[0][2]) if len(rows[0]) > 2 else ""
    before = CriteriaSet.objects.filter(code=found.code).first()
    if before and before.is_assessed:
        found.is_frozen = True
        remedy = f"{before.short_name} đã có đánh giá nên không sửa được nữa. Hãy nhập bộ mới với mã khác."
        found.problems.append(Problem(sheet.name, "A2", found.code, remedy))
        return None
    load_sheet(sheet, SetSheet(before), found)
    return CriteriaSet.objects.filter(code=found.code).first()


def _stand_in() -> CriteriaSet:
    """Return a set to try the other sheets with, while its own can't be read; it is taken back with them."""
    day = clock.today()
    return CriteriaSet.objects.create(code=get_random_string(20), basis_date=day, effective_from=day)


# Out


def criteria_set_file(criteria_set: CriteriaSet | None) -> Download:
    """Return the workbook of `criteria_set`, as an example to be changed; without one the empty template."""
    name = f"Bộ tiêu chí - {criteria_set.code}.xlsx" if criteria_set else "Mẫu nhập bộ tiêu chí.xlsx"
    book = Book(name.removesuffix(".xlsx"))
    for kind in SHEETS:
        resource = kind(criteria_set)
        write_sheet(book, resource, resource.get_queryset() if criteria_set else [])
    return Download(name, XLSX, book.content())
