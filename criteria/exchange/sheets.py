"""A workbook whose sheets become records: each sheet a resource of django-import-export.

A resource knows its columns, finds the rows that are there already by their natural keys, and validates each row as
the admin site would. The library carries what it is made for: rows to instances, unchanged rows skipped, errors by
field.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, TypeVar

import tablib
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Model
from import_export import resources

from criteria.exceptions import SomebodyWasFaster
from criteria.exchange.cells import Choice, Day, Number, Reference
from ntm_tracker.lib.text import search_key
from ntm_tracker.lib.workbook import Book, Column, Kind, ReadSheet, cell_text, drop_down, error_remedy, write_list


class SheetResource(resources.ModelResource):
    """One sheet of a workbook. `keys` names the attributes that tell its rows apart.

    `named_by` is the attribute at whose cell a row that says the same as an earlier one is refused, with the words
    `twice`; `also_named_by` are others by which the rows of other sheets may point to it. `blamed` says at which
    attribute a constraint of several is refused, by its name.
    """

    sheet = ""
    keys: tuple[str, ...] = ()
    named_by = "code"
    also_named_by: tuple[str, ...] = ()
    twice = "Trang này đã có một dòng như vậy ở trên. Hãy chỉ giữ một dòng."
    blamed: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__()
        self.replace_widgets()
        self.existing = self.stand(self.get_queryset())
        self.taken: set[Any] = set()

    def replace_widgets(self) -> None:
        """Give the fields that point to other records their lookups."""

    def stand(self, rows: Iterable[Any]) -> dict[tuple[Any, ...], Any]:
        """Return the records that are there already, by their keys."""
        return {self.key_of(row): row for row in rows}

    def key_of(self, row: Any) -> tuple[Any, ...]:
        return tuple(self.compared(getattr(row, key)) for key in self.keys)

    def compared(self, value: Any) -> Any:
        """Return a part of a key as it is compared."""
        return value.pk if isinstance(value, Model) else value

    def name_of(self, row: Any) -> Any:
        """Return what only one row of the sheet may bear."""
        return self.key_of(row)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Take the cells of a row; a second one of the same name would overwrite the first."""
        super().import_instance(instance, row, **kwargs)
        name = self.name_of(instance)
        if name in self.taken:
            raise ValidationError({self.named_by: self.twice})
        self.taken.add(name)
        self.complete(instance)

    def complete(self, instance: Any) -> None:
        """Add what follows from the cells of a row. Raises `ValidationError`."""

    def told(self, instance: Any) -> str:
        """Return how a preview names a row."""
        return str(instance)

    def validate_instance(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Refuse what the record's own rules refuse, each at a cell that can be mended."""
        try:
            super().validate_instance(instance, *args, **kwargs)
        except ValidationError as wrong:
            raise ValidationError(self._at_their_cells(wrong)) from wrong

    def _at_their_cells(self, wrong: ValidationError) -> dict[str, list[ValidationError]]:
        """Return the errors by attribute; those of the whole row at what its constraint is about."""
        blamed = {
            str(rule.violation_error_message): self.blamed[rule.name]
            for rule in self._meta.model._meta.constraints
            if rule.name in self.blamed
        }
        found: dict[str, list[ValidationError]] = {}
        for attribute, errors in wrong.error_dict.items():
            for error in errors:
                place = blamed.get(str(error.message), attribute) if attribute == NON_FIELD_ERRORS else attribute
                found.setdefault(place, []).append(error)
        return found

    def get_instance(self, instance_loader: Any, row: Mapping[str, Any]) -> Any:
        columns = {field.attribute: field for field in self.fields.values()}
        try:
            values = [columns[key.removesuffix("_id")].clean(row) for key in self.keys]
        except ValueError:
            return None  # the row is refused for that cell later
        return self.existing.get(tuple(map(self.compared, values)))

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        self.existing[self.key_of(instance)] = instance

    def columns(self) -> dict[str, str]:
        """Return attribute → heading."""
        return {field.attribute: field.column_name for field in self.get_import_fields()}


def options(model: type[Model], *fields: str, keys: Iterable[str]) -> type:
    """Return the `Meta` of a resource of `model`."""
    given = {
        "model": model,
        "fields": fields,
        "import_id_fields": tuple(keys),
        "clean_model_instances": True,
        "skip_unchanged": True,
        "report_skipped": True,
        "skip_html_diff": True,
        "use_transactions": False,
        "store_instance": True,
    }
    return type("Meta", (), given)


# In


@dataclass(frozen=True)
class Problem:
    """One cell that isn't taken: where it stands, what it says, what to do."""

    sheet: str
    cell: str
    text: str
    remedy: str


# In `Loaded.refused`: a sheet of which nothing was read may hold any code.
ANY = ""


@dataclass(frozen=True)
class LoadedRow:
    """One row that is new or changes something: "Chức vụ: Công chức → Phó Chủ tịch"."""

    text: str
    is_new: bool
    changes: tuple[str, ...] = ()


@dataclass
class Loaded:
    """What the sheets of a workbook come to: new, changed and unchanged rows by sheet, and what is wrong.

    `rows` names by sheet what is new or changed; `refused` the codes and names of rows that weren't taken, `unread`
    how many rows have a code that can't be read: each may be the one that some code is missing for.
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    rows: dict[str, list[LoadedRow]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unread: Counter[str] = field(default_factory=Counter)

    @property
    def changes(self) -> int:
        return sum(count["new"] + count["update"] for count in self.counts.values())

    @property
    def seal(self) -> str:
        """What a confirmation sends back, to be told from one of something else than was shown."""
        return sha256(repr(self.rows).encode()).hexdigest()


L = TypeVar("L", bound=Loaded)


def tried(load: Callable[[], L]) -> L:
    """Return what `load` finds; what it wrote is taken back."""
    with transaction.atomic():
        found = load()
        transaction.set_rollback(True)
    return found


def written(load: Callable[[], L], *, seal: str = "") -> L:
    """Return what `load` finds; what it wrote stays where no cell is wrong and it is what `seal` was shown for.

    Raises `SomebodyWasFaster` where somebody wrote the same rows at the same moment.
    """
    try:
        with transaction.atomic():
            found = load()
            if found.problems or (seal and seal != found.seal):
                transaction.set_rollback(True)
    except DatabaseError as error:
        raise SomebodyWasFaster(None) from error
    return found


def by_name(sheets: Iterable[ReadSheet], kinds: Iterable[type[SheetResource]]) -> dict[str, ReadSheet]:
    """Return the sheets that resources of `kinds` read, by what these call them."""
    read = {search_key(sheet.name): sheet for sheet in sheets}
    return {kind.sheet: read[search_key(kind.sheet)] for kind in kinds if search_key(kind.sheet) in read}


def load_sheet(sheet: ReadSheet, resource: SheetResource, found: Loaded) -> None:
    """Create or change what the rows of `sheet` say, and note in `found` what is wrong, each at its cell."""
    columns = resource.columns()
    places = places_of(sheet, columns)
    absent = [title for title in columns.values() if title not in places]
    if absent:
        found.refused[resource.sheet].add(ANY)
        found.problems.append(Problem(sheet.name, "A1", "", f"Thiếu cột {', '.join(absent)}. Hãy dùng tệp mẫu."))
        return
    numbers, dataset = _dataset(sheet, places, resource, found)
    result = resource.import_data(dataset, dry_run=False, raise_errors=False)
    references = {
        name: field.widget.sheet for name, field in resource.fields.items() if isinstance(field.widget, Reference)
    }
    astray: dict[str, dict[str, Problem]] = defaultdict(dict)
    for row in result.invalid_rows:
        at = numbers[row.number - 1]
        texts = {name: _text(sheet, places, at, title) for name, title in columns.items()}
        # What points to a refused row will be right when that is mended.
        follows = any(
            texts[name] and found.refused[target] & {search_key(texts[name]), ANY}
            for name, target in references.items()
        )
        lost = [name for name in row.error_dict if texts.get(name) and found.unread[references.get(name, "")]]
        for attribute, errors in row.error.error_dict.items():
            title = columns.get(attribute, "")
            problem = problem_at(sheet, places, at, title, _remedy(errors[0], title))
            if attribute in lost and not follows:
                astray[references[attribute]].setdefault(search_key(texts[attribute]), problem)
            elif attribute not in references or not (follows or lost):
                found.problems.append(problem)
        own = resource.named_by
        found.refused[resource.sheet] |= _names(resource, texts)
        if own in row.error_dict and own not in references:
            found.unread[resource.sheet] += 1
    found.problems += _astray(astray, found.unread)
    for number, errors in result.row_errors():
        for error in errors:
            if isinstance(error.error, DatabaseError):
                raise error.error
            found.problems.append(problem_at(sheet, places, numbers[number - 1], "", str(error.error)))
    found.counts[resource.sheet] = {key: result.totals[key] for key in ("new", "update", "skip")}
    found.rows[resource.sheet] = [
        LoadedRow(resource.told(row.instance), row.is_new(), () if row.is_new() else _changes(resource, row))
        for row in result.rows
        if row.is_new() or row.is_update()
    ]


def _names(resource: SheetResource, texts: Mapping[str, str]) -> set[str]:
    """Return by what the rows of other sheets may point to the row with these `texts`."""
    named = (texts.get(name, "") for name in (resource.named_by, *resource.also_named_by))
    return {search_key(text) for text in named if text}


def _astray(missing: Mapping[str, Mapping[str, Problem]], unread: Mapping[str, int]) -> Iterable[Problem]:
    """Give the codes that no row bears, each once, by the sheet that lacks them.

    Where they are no more than the rows there whose code can't be read, they are taken for the codes of these.
    """
    for sheet, problems in missing.items():
        if len(problems) > unread[sheet]:
            for one in problems.values():
                yield replace(
                    one, remedy=f"{one.remedy} Nếu là mã của dòng sai ở trang {sheet} thì chỉ cần sửa dòng đó."
                )


def _changes(resource: SheetResource, row: Any) -> tuple[str, ...]:
    """Return what a changed row says otherwise than before, by its columns."""
    pairs = [
        (field.column_name, *(cell_text(field.export(one)) or "trống" for one in (row.original, row.instance)))
        for field in resource.get_export_fields()
    ]
    return tuple(f"{title}: {before} → {after}" for title, before, after in pairs if before != after)


def places_of(sheet: ReadSheet, columns: Mapping[str, str]) -> dict[str, int]:
    heading = [search_key(cell_text(title)) for title in (sheet.rows[0] if sheet.rows else [])]
    return {title: heading.index(search_key(title)) for title in columns.values() if search_key(title) in heading}


def _dataset(
    sheet: ReadSheet, places: Mapping[str, int], resource: SheetResource, found: Loaded
) -> tuple[list[int], tablib.Dataset]:
    """Return the rows that hold something, and in which row of the sheet each stands; note error values of Excel."""
    dataset = tablib.Dataset(headers=list(places))
    numbers = []
    for number, row in enumerate(sheet.rows[1:], 2):
        values = [row[place] if place < len(row) else "" for place in places.values()]
        failed = [
            (title, remedy) for title, value in zip(places, values, strict=True) if (remedy := error_remedy(value))
        ]
        found.problems += [problem_at(sheet, places, number, title, remedy) for title, remedy in failed]
        if failed:
            texts = {name: _text(sheet, places, number, title) for name, title in resource.columns().items()}
            found.refused[resource.sheet] |= _names(resource, texts)
            naming = {resource.columns()[name] for name in (resource.named_by, *resource.also_named_by)}
            found.unread[resource.sheet] += bool(naming & dict(failed).keys())
        elif any(cell_text(value) for value in values):
            dataset.append(values)
            numbers.append(number)
    return numbers, dataset


def _text(sheet: ReadSheet, places: Mapping[str, int], number: int, title: str) -> str:
    """Return what the cell of that row and column says; without the column, the first one."""
    row, place = sheet.rows[number - 1], places.get(title, 0)
    return cell_text(row[place]) if place < len(row) else ""


def problem_at(sheet: ReadSheet, places: Mapping[str, int], number: int, title: str, remedy: str) -> Problem:
    place, text = places.get(title, 0), _text(sheet, places, number, title)[:60]
    return Problem(sheet.name, ReadSheet.address(number, place), text, remedy)


def _remedy(error: ValidationError, title: str) -> str:
    """Return what is wrong of a cell, said of its column where Django says it of a field."""
    limit = (error.params or {}).get("limit_value")
    if error.code in ("blank", "null"):
        return f"Cột {title} không được để trống. Hãy điền ô này."
    if error.code == "max_length":
        return f"Cột {title} dài quá {limit} chữ. Hãy viết gọn lại."
    if error.code in ("min_value", "max_value"):
        return f"Cột {title} phải từ {limit} trở {'lên' if error.code == 'min_value' else 'xuống'}. Hãy sửa ô này."
    if error.code == "max_decimal_places":
        return f"Số có hơn {(error.params or {}).get('max')} chữ số sau dấu phẩy. Hãy làm tròn."
    if error.code in ("max_digits", "max_whole_digits"):
        return "Số quá lớn. Hãy kiểm tra lại đơn vị tính."
    return " ".join(error.messages)


# Out

MOST_ROWS_TYPED = 300


def write_sheet(book: Book, resource: SheetResource, rows: Iterable[Any]) -> None:
    """Add the sheet of `resource` with `rows` (records), to be changed and added to."""
    columns = [_column(field) for field in resource.get_export_fields()]
    values = resource.export(rows)
    sheet, _ = write_list(book, resource.sheet, columns, values)
    for at, column in enumerate(columns):
        if column.kind is Kind.TEXT:
            # Of the code 17.10, typed below the rows in a cell that isn't a text, Excel makes 17.1.
            sheet.set_column(at, at, column.width, book.format(num_format=column.kind.value, **column.indent))
        if column.choices:
            drop_down(sheet, at, max(len(values), MOST_ROWS_TYPED), column)


def _column(field: Any) -> Column:
    """The heading of a field; codes are texts, so that 13.10 doesn't become 13.1."""
    widget = field.widget
    kind = Kind.LONG_TEXT if getattr(widget, "is_long", False) else Kind.TEXT
    if isinstance(widget, Day):
        kind = Kind.DATE
    elif isinstance(widget, Number):
        kind = Kind.DECIMAL
    choices = tuple(widget.labels.values()) if isinstance(widget, Choice) else ()
    return Column(field.column_name, kind, getattr(widget, "width", 16), choices=choices)
