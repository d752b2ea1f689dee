"""What a pasted block would change in the matrix, cell by cell, before anything does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from communes.models import Commune, User
from communes.names import UnitNames
from criteria.enums import Status, SubItemKind
from criteria.models import Assessment, SubItem, SubItemGuide
from criteria.pasting import MAX_CELLS, block, is_said, misplaced, names_columns, names_other_columns, said
from criteria.selectors.matrix import Column, Matrix, Row
from criteria.selectors.progress import set_in_force
from criteria.selectors.requirements import levels_for
from criteria.thresholds import Level, parts_text, proposed_status
from ntm_tracker.lib import clock


@dataclass(frozen=True)
class PastedCell:
    """One cell of the block: where it lands, what stands there, what would stand."""

    commune: Commune
    sub_item: SubItem
    text: str
    version: int
    from_status: str
    from_value: Decimal | None
    status: Status | None
    value: Decimal | None
    proposed: Status | None
    error: str
    part_values: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.commune.code}/{self.sub_item.code}"

    @property
    def changes(self) -> bool:
        return not self.error and ((self.status or "") != self.from_status or self.value != self.from_value)

    @property
    def measured_parts(self) -> dict[str, Decimal]:
        return {code: Decimal(text) for code, text in self.part_values.items()}

    @property
    def parts_text(self) -> str:
        """What was measured of its parts: "Nam: 71,5%; Nữ: 65%"; "" where there are none."""
        return parts_text(self.measured_parts, self.sub_item.parts.all(), self.sub_item.unit)

    @property
    def is_digit_measured(self) -> bool:
        """Whether it is a bare 1 or 0 that is a value here, and would be a status where nothing is measured."""
        return self.sub_item.is_numeric and self.text in ("1", "0")

    @property
    def needs_reason(self) -> bool:
        """ "Not applicable", and what contradicts the value, need a reason; the first also a basis."""
        return self.changes and (
            self.status == Status.NOT_APPLICABLE or (self.proposed is not None and self.proposed != self.status)
        )


@dataclass(frozen=True)
class Pasted:
    """The preview of a block.

    With `has_names` its first column named the communes, with `has_codes` its first row the sub-items; both were left
    out.
    """

    cells: tuple[PastedCell, ...] = ()
    error: str = ""
    has_names: bool = False
    has_codes: bool = False

    @property
    def changed(self) -> list[PastedCell]:
        return [cell for cell in self.cells if cell.changes]

    @property
    def wrong(self) -> list[PastedCell]:
        return [cell for cell in self.cells if cell.error]

    @property
    def same(self) -> int:
        return sum(not cell.changes and not cell.error for cell in self.cells)

    @property
    def needs_reason(self) -> bool:
        return any(cell.needs_reason for cell in self.cells)

    @property
    def needs_basis(self) -> bool:
        return any(cell.changes and cell.status == Status.NOT_APPLICABLE for cell in self.cells)


class Unplaced(Exception):
    """The block as a whole doesn't fit the table; its text says why and what to do."""


@dataclass(frozen=True)
class _Block:
    """The cells of a block without the names and codes around them."""

    rows: list[list[str]]
    has_names: bool
    has_codes: bool


def pasted(table: Matrix, *, text: str, commune: str, column: str, user: User) -> Pasted:
    """Return what `text` would change when its first cell lands on `commune` (code) and `column` (sub-item code).

    Rows and columns follow those that `table` shows. A block that reaches beyond the table, or onto a
    criterion that isn't opened into its sub-items, is refused as a whole. A first column with the names of exactly
    the communes that the rows land on is left out, and so is a first row with the codes of exactly the sub-items.
    """
    try:
        top, left = _corner(table, commune, column)
        found = _without_names(_block(text), table.rows[top:], table.columns[left:], user)
        units, sub_items = _landing(table, top, left, found)
    except Unplaced as refused:
        return Pasted(error=str(refused))
    cells = _cells(units, sub_items, found.rows, user)
    return Pasted(tuple(cells), has_names=found.has_names, has_codes=found.has_codes)


def _block(text: str) -> list[list[str]]:
    rows = block(text)
    if sum(map(len, rows)) > MAX_CELLS:
        raise Unplaced(f"Khối dán có hơn {MAX_CELLS} ô. Hãy dán từng phần, hoặc dùng tệp Excel trạng thái.")
    return rows


def _corner(table: Matrix, commune: str, column: str) -> tuple[int, int]:
    """Return the row and the column of `table` on which the block begins."""
    tops = [row.commune.code for row in table.rows]
    lefts = [item.key for item in table.columns]
    if commune not in tops or column not in lefts:
        raise Unplaced("Ô bắt đầu không còn trong bảng. Hãy chọn lại ô rồi dán.")
    return tops.index(commune), lefts.index(column)


def _without_names(rows: list[list[str]], below: Sequence[Row], beside: Sequence[Column], user: User) -> _Block:
    """Return the block without its row of codes and its column of names; `below` and `beside` are where it lands."""
    indent = _indent_of_heading(rows[0], beside)
    has_codes = indent is not None
    if has_codes:
        rows = rows[1:]
    elif len(rows) > 1:
        _refuse_other_codes(rows[0], beside)
    wrong = _misplaced([row[0] for row in rows], [row.commune for row in below], user, first=1 + has_codes)
    if wrong:
        raise Unplaced(misplaced(wrong))
    has_names = wrong is not None
    if has_names:
        rows = [row[1:] for row in rows]
    if not any(rows):
        raise Unplaced("Khối chỉ có tên xã hoặc mã nội dung. Hãy chép cả các ô kết quả rồi dán lại.")
    if has_codes and has_names != bool(indent):
        raise Unplaced("Dòng mã nội dung ở đầu khối không thẳng cột với các ô bên dưới. Hãy bỏ dòng đó rồi dán lại.")
    return _Block(rows, has_names, has_codes)


def _refuse_other_codes(texts: Sequence[str], columns: Sequence[Column]) -> None:
    """Raise `Unplaced` where a first row names other sub-items than those of `columns`: it would pass for measures."""
    dotted = [text for text in texts if "." in text]
    if len(dotted) < 2:
        return
    codes = [row.code for row in SubItem.objects.of_set(set_in_force(clock.today())).only("code")]
    for named in (texts, texts[1:]):
        if names_other_columns(named, codes):
            there = ", ".join(column.label for column in columns[: len(named)])
            raise Unplaced(
                f"Dòng đầu của khối ghi mã {', '.join(named)} nhưng sẽ vào cột {there}. Hãy chọn ô bắt đầu ở cột "
                f"{named[0]}; nếu đó là số đo thì ghi bằng dấu phẩy, như {named[0].replace('.', ',')}."
            )


def _landing(table: Matrix, top: int, left: int, found: _Block) -> tuple[list[Commune], list[SubItem]]:
    """Return the communes and the sub-items on which the block lands."""
    height, width = len(found.rows), max(map(len, found.rows))
    if top + height > len(table.rows) or left + width > len(table.columns):
        raise Unplaced(
            f"Khối dán có {height} dòng, {width} cột, vượt ra ngoài bảng tính từ ô đã chọn. "
            "Hãy chọn ô bắt đầu khác hoặc dán ít hơn."
        )
    columns = table.columns[left : left + width]
    if closed := next((item for item in columns if item.sub_item is None), None):
        raise Unplaced(f"Tiêu chí {closed.label} đang gộp. Hãy mở tiêu chí thành từng nội dung rồi dán lại.")
    keys = [item.sub_item.pk for item in columns if item.sub_item]
    sub_items = SubItem.objects.prefetch_related("parts").in_bulk(keys)
    return [row.commune for row in table.rows[top : top + height]], [sub_items[key] for key in keys]


def _indent_of_heading(texts: Sequence[str], columns: Sequence[Column]) -> int | None:
    """Return after how many cells a first row names `columns`: 1 above a column of names. None where it doesn't."""
    codes = [(column.key, column.label) for column in columns]
    return next((indent for indent in (0, 1) if names_columns(texts[indent:], codes)), None)


def _misplaced(
    texts: Sequence[str], units: Sequence[Commune], user: User, first: int
) -> list[tuple[int, str, str]] | None:
    """Return which of `texts`, the first cells of a block, name another commune than `units` has there.

    `first` is the number of the first of them in the block. None where they name no commune at all.
    """
    if all(map(is_said, texts)):
        return None
    known = UnitNames(Commune.objects.visible_to(user).valid_on(clock.today()))
    named = [known.named(text) for text in texts]
    if not any(named):
        return None
    there = [*units, *[None] * len(texts)]
    rows = zip(texts, named, there, strict=False)
    return [
        (number, text, str(unit) if unit else "")
        for number, (text, found, unit) in enumerate(rows, first)
        if unit not in found
    ]


def pasted_findings(user: User, versions: Mapping[str, int]) -> list[tuple[Assessment, int]]:
    """Return the findings that `user` may see of the cells in `versions` ("17386/2.2"), each with its version there."""
    communes, sub_items = zip(*(key.partition("/")[::2] for key in versions), strict=True)
    rows = (
        Assessment.objects.visible_to(user)
        .of_set(set_in_force(clock.today()))
        .filter(commune__in=Commune.objects.valid_on(clock.today()).filter(code__in=communes))
        .filter(sub_item__code__in=sub_items)
        .select_related("commune__authority", "sub_item")
    )
    found = ((row, versions.get(f"{row.commune.code}/{row.sub_item.code}")) for row in rows)
    return [(row, version) for row, version in found if version is not None]


def _cells(
    units: Sequence[Commune], sub_items: Sequence[SubItem], rows: list[list[str]], user: User
) -> Iterator[PastedCell]:
    found = {
        (row.commune_id, row.sub_item_id): row
        for row in Assessment.objects.filter(commune__in=units, sub_item__in=sub_items)
    }
    required = levels_for(units, sub_items, clock.today().year)
    own = own_sector(user)
    for unit, texts in zip(units, rows, strict=True):
        for sub_item, text in zip(sub_items, texts, strict=False):
            cell = _cell(unit, sub_item, text, found.get((unit.pk, sub_item.pk)), required(unit, sub_item))
            if own is not None and sub_item.pk not in own and cell.changes:
                cell = PastedCell(**{**vars(cell), "error": "Nội dung này không thuộc ngành của anh/chị."})
            yield cell


def own_sector(user: User) -> set[int] | None:
    """Return the sub-items that the person's department guides; None for who isn't bound to a department."""
    if not user.department_id:
        return None
    guides = SubItemGuide.objects.filter(department=user.department_id)
    return set(guides.values_list("sub_item", flat=True))


def _cell(
    unit: Commune,
    sub_item: SubItem,
    text: str,
    found: Assessment | None,
    required: Mapping[str | None, list[Level]],
) -> PastedCell:
    """Return what `text` makes of one cell; `required` holds its levels by part, None for the whole.

    A pasted status leaves what was measured, of the whole or of its parts, as it is.
    """
    from_status, from_value = (found.status, found.value) if found else ("", None)
    part_values = dict(found.part_values) if found else {}
    heard = said(text, is_numeric=sub_item.is_numeric, is_percent=sub_item.kind == SubItemKind.PERCENT)
    value = heard.value if heard.value is not None else from_value
    proposed = proposed_status(
        comparator=sub_item.comparator,
        levels=required,
        values={None: value, **{part: Decimal(known) for part, known in part_values.items()}},
    )
    # A number that proposes nothing, its threshold being unknown, leaves the status as it is.
    status = (proposed if heard.value is not None else heard.status) or from_status
    error = heard.error
    if heard.value is not None and None not in required:
        error = "Nội dung này đo theo từng phần (ví dụ nam, nữ): hãy mở ô để nhập số, hoặc dán kết quả."
    elif heard.value is not None and not status:
        error = "Chưa rõ ngưỡng của nội dung này: hãy dán kết quả Đạt hoặc Chưa đạt, không dán số."
    return PastedCell(
        commune=unit,
        sub_item=sub_item,
        text=text,
        version=found.version if found else 0,
        from_status=from_status,
        from_value=from_value,
        status=Status(status) if status else None,
        value=value,
        proposed=proposed,
        error=error if not heard.is_empty else "",
        part_values=part_values,
    )
