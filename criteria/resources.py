"""A criteria set as a workbook, sheet by sheet, through django-import-export.

Each sheet is a resource: it knows its columns, finds the rows that are there already by their natural
keys inside the set, and validates each row as the admin site would. The library carries what it is made
for (rows to instances, unchanged rows skipped, errors by field); its stock widgets are replaced, because
their messages are English and a query for each foreign key.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Choices, Model
from django.forms import DateField
from import_export import resources, widgets
from import_export.fields import Field

from communes.enums import CommuneKind
from criteria.enums import Comparator, Provenance, Status, SubItemKind, ThresholdState
from criteria.models import CriteriaGroup, CriteriaSet, Criterion, SubItem, SubItemPart, Threshold, Zone
from criteria.pasting import number
from ntm_tracker.lib.text import nfc, search_key
from ntm_tracker.lib.workbook import cell_text


class Text(widgets.Widget):
    """A text in NFC; a code that Excel holds as the figure 1.0 is "1"."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return nfc(cell_text(value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


class Number(Text):
    """A decimal; empty is None where `is_optional`."""

    def __init__(self, *, is_optional: bool = False, is_whole: bool = False):
        self.is_optional = is_optional
        self.is_whole = is_whole
        super().__init__()

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = cell_text(value)
        if not text and self.is_optional:
            return None
        found = number(text) if isinstance(value, str) else _decimal(value)
        if found is None or (self.is_whole and found != int(found)):
            kind = "số nguyên, ví dụ 12" if self.is_whole else "số, ví dụ 63,2"
            raise ValueError(f"“{text[:40]}” không phải là {kind}.")
        return int(found) if self.is_whole else found


class Day(Text):
    """A day, as a cell of that type or as a text like 08/3/2022."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date) or not cell_text(value):
            return value or None
        try:
            return DateField().to_python(cell_text(value))
        except ValidationError:
            raise ValueError(f"“{cell_text(value)[:40]}” không phải là ngày. Hãy ghi như 08/3/2022.") from None


class Choice(Text):
    """One of some choices by its Vietnamese label."""

    def __init__(self, choices: type[Choices]):
        self.labels = {value: str(label) for value, label in choices.choices}
        self.values = {search_key(label): value for value, label in self.labels.items()}
        super().__init__()

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        found = self.values.get(search_key(cell_text(value)))
        if found is None:
            raise ValueError(f"“{cell_text(value)[:40]}” không có trong danh sách: {'; '.join(self.labels.values())}.")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.labels.get(value, value)


class Reference(Text):
    """A record of another `sheet` of the same set by its code, looked up in what was loaded once."""

    def __init__(
        self,
        sheet: str,
        known: Callable[[Any], Model | None],
        code: Callable[[Any], Any],
        *,
        is_optional: bool = False,
    ):
        self.sheet = sheet
        self.known = known
        self.code = code
        self.is_optional = is_optional
        super().__init__()

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = cell_text(value)
        if not text and self.is_optional:
            return None
        found = self.known((text, row))
        if found is None:
            raise ValueError(f"Không có “{text[:40]}” trong tệp này. Hãy kiểm tra lại mã.")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.code(value) if value is not None else None


def _decimal(value: Any) -> Decimal | None:
    is_figure = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Decimal(str(round(value, 3))) if is_figure else None


# The usual way to it: of 13.10, typed in a cell that isn't a text, Excel makes 13.1.
TWICE = (
    "Trang này đã có một dòng như vậy ở trên. Hãy chỉ giữ một dòng; mã như 13.10 phải gõ trong ô dạng Text, nếu không "
    "Excel đổi thành 13.1."
)

# At which attribute a constraint of several is refused.
BLAMED = {
    "criteria_set_period_in_order": "effective_to",
    "sub_item_comparator_fits_kind": "comparator",
    "sub_item_position_unique_in_criterion": "position",
    "threshold_not_negative": "value",
}


class SheetResource(resources.ModelResource):
    """One sheet of the workbook of `criteria_set`. `keys` names the attributes that tell its rows apart.

    `named_by` is the attribute at whose cell a row that says the same as an earlier one is refused.
    """

    sheet = ""
    keys: tuple[str, ...] = ()
    named_by = "code"

    def __init__(self, criteria_set: CriteriaSet | None):
        self.criteria_set = criteria_set
        super().__init__()
        self.replace_widgets()
        self.existing = {self.key_of(row): row for row in self.get_queryset()}
        self.taken: set[Any] = set()

    def replace_widgets(self) -> None:
        """Give the fields that point into the set their lookups."""

    def key_of(self, row: Any) -> tuple[Any, ...]:
        return tuple(getattr(row, key) for key in self.keys)

    def name_of(self, row: Any) -> Any:
        """Return what only one row of the sheet may bear."""
        return self.key_of(row)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Take the cells of a row; a second one of the same name would overwrite the first."""
        super().import_instance(instance, row, **kwargs)
        name = self.name_of(instance)
        if name in self.taken:
            raise ValidationError({self.named_by: TWICE})
        self.taken.add(name)

    def validate_instance(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Refuse what the record's own rules refuse, each at a cell that can be mended."""
        try:
            super().validate_instance(instance, *args, **kwargs)
        except ValidationError as wrong:
            raise ValidationError(self._at_their_cells(wrong)) from wrong

    def _at_their_cells(self, wrong: ValidationError) -> dict[str, list[ValidationError]]:
        """Return the errors by attribute; those of the whole row at what its constraint is about."""
        blamed = {
            str(rule.violation_error_message): BLAMED[rule.name]
            for rule in self._meta.model._meta.constraints
            if rule.name in BLAMED
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
        return self.existing.get(tuple(value.pk if isinstance(value, Model) else value for value in values))

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        self.existing[self.key_of(instance)] = instance

    def columns(self) -> dict[str, str]:
        """Return attribute → heading."""
        return {field.attribute: field.column_name for field in self.get_import_fields()}


def _meta(model: type[Model], *fields: str, keys: Iterable[str]) -> type:
    options = {
        "model": model,
        "fields": fields,
        "import_id_fields": tuple(keys),
        "clean_model_instances": True,
        "skip_unchanged": True,
        "report_skipped": True,
        "use_transactions": False,
    }
    return type("Meta", (), options)


class SetSheet(SheetResource):
    """The decision itself: one row."""

    sheet, keys = "Bộ tiêu chí", ("code",)
    code = Field("code", "Mã", widget=Text())
    name = Field("name", "Tên", widget=Text())
    short_name = Field("short_name", "Tên gọi trong văn bản", widget=Text())
    unit_kind = Field("unit_kind", "Áp dụng cho", widget=Choice(CommuneKind))
    basis_number = Field("basis_number", "Số, ký hiệu", widget=Text())
    basis_date = Field("basis_date", "Ngày quyết định", widget=Day())
    basis_issuer = Field("basis_issuer", "Cơ quan ban hành", widget=Text())
    basis_appendix = Field("basis_appendix", "Phụ lục", widget=Text())
    effective_from = Field("effective_from", "Có hiệu lực từ", widget=Day())
    effective_to = Field("effective_to", "Hết hiệu lực sau ngày", widget=Day())
    Meta = _meta(
        CriteriaSet, "code", "name", "short_name", "unit_kind", "basis_number", "basis_date", "basis_issuer",
        "basis_appendix", "effective_from", "effective_to", keys=["code"],
    )  # fmt: skip

    def get_queryset(self) -> Any:
        return CriteriaSet.objects.filter(pk=self.criteria_set.pk) if self.criteria_set else CriteriaSet.objects.none()


class PartOfSet(SheetResource):
    """A sheet whose rows belong to the set."""

    def get_queryset(self) -> Any:
        return self._meta.model.objects.filter(criteria_set=self.criteria_set)

    def init_instance(self, row: Any = None) -> Any:
        return self._meta.model(criteria_set=self.criteria_set)


class ZoneSheet(PartOfSet):
    sheet, keys = "Vùng", ("code",)
    code = Field("code", "Mã vùng", widget=Text())
    name = Field("name", "Tên vùng", widget=Text())
    Meta = _meta(Zone, "code", "name", keys=["code"])


class GroupSheet(PartOfSet):
    sheet, keys = "Nhóm", ("code",)
    code = Field("code", "Số La Mã", widget=Text())
    name = Field("name", "Tên nhóm", widget=Text())
    position = Field("position", "Thứ tự", widget=Number(is_whole=True))
    Meta = _meta(CriteriaGroup, "code", "name", "position", keys=["code"])


class CriterionSheet(PartOfSet):
    sheet, keys, named_by = "Tiêu chí", ("number",), "number"
    number = Field("number", "Số", widget=Number(is_whole=True))
    name = Field("name", "Tên tiêu chí", widget=Text())
    short_name = Field("short_name", "Tên ngắn", widget=Text())
    group = Field("group", "Nhóm")
    Meta = _meta(Criterion, "number", "name", "short_name", "group", keys=["number"])

    def replace_widgets(self) -> None:
        groups = {row.code: row for row in CriteriaGroup.objects.filter(criteria_set=self.criteria_set)}
        self.fields["group"].widget = Reference(
            GroupSheet.sheet, lambda asked: groups.get(asked[0]), lambda row: row.code
        )


class SubItemSheet(SheetResource):
    """Sub-items; what the decision says of them isn't verified by being typed in."""

    sheet, keys = "Nội dung", ("criterion_id", "code")
    criterion = Field("criterion", "Tiêu chí số")
    code = Field("code", "Mã", widget=Text())
    official_code = Field("official_code", "Mã trong văn bản", widget=Text())
    position = Field("position", "Thứ tự", widget=Number(is_whole=True))
    name = Field("name", "Nội dung", widget=Text())
    kind = Field("kind", "Cách đo", widget=Choice(SubItemKind))
    unit = Field("unit", "Đơn vị tính", widget=Text())
    comparator = Field("comparator", "So với ngưỡng", widget=Choice(Comparator))
    requirement = Field("requirement", "Yêu cầu", widget=Text())
    Meta = _meta(
        SubItem, "criterion", "code", "official_code", "position", "name", "kind", "unit", "comparator", "requirement",
        keys=["criterion", "code"],
    )  # fmt: skip

    def get_queryset(self) -> Any:
        return SubItem.objects.of_set(self.criteria_set).select_related("criterion")

    def replace_widgets(self) -> None:
        criteria = {str(row.number): row for row in Criterion.objects.filter(criteria_set=self.criteria_set)}
        self.fields["criterion"].widget = Reference(
            CriterionSheet.sheet, lambda asked: criteria.get(asked[0]), lambda row: row.number
        )

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Fill in the unit of what is only met or not: there is one to write."""
        kinds, unit = self.fields["kind"].widget.values, self.fields["unit"].column_name
        is_boolean = kinds.get(search_key(cell_text(row[self.fields["kind"].column_name]))) == SubItemKind.BOOLEAN
        if is_boolean and not cell_text(row[unit]):
            row[unit] = str(Status.MET.label)

    def name_of(self, row: SubItem) -> str:
        """Everywhere else a sub-item goes by its code alone."""
        return row.code

    def init_instance(self, row: Any = None) -> Any:
        return SubItem(name_provenance=Provenance.PARTIAL, requirement_provenance=Provenance.PARTIAL)

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if not instance.threshold_state:
            instance.threshold_state = self._threshold_state(instance)
        super().before_save_instance(instance, row, **kwargs)

    def validate_instance(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        instance.threshold_state = instance.threshold_state or self._threshold_state(instance)
        super().validate_instance(instance, *args, **kwargs)

    @staticmethod
    def _threshold_state(instance: SubItem) -> str:
        return ThresholdState.PARTIAL if instance.is_numeric else ThresholdState.NOT_NEEDED


class OfSubItem(SheetResource):
    """A sheet whose rows belong to sub-items of the set."""

    def get_queryset(self) -> Any:
        return self._meta.model.objects.filter(sub_item__criterion__criteria_set=self.criteria_set)

    def replace_widgets(self) -> None:
        items = {row.code: row for row in SubItem.objects.of_set(self.criteria_set)}
        self.fields["sub_item"].widget = Reference(
            SubItemSheet.sheet, lambda asked: items.get(asked[0]), lambda row: row.code
        )


class PartSheet(OfSubItem):
    sheet, keys = "Phần đo", ("sub_item_id", "code")
    sub_item = Field("sub_item", "Mã nội dung")
    code = Field("code", "Mã phần", widget=Text())
    name = Field("name", "Tên phần", widget=Text())
    position = Field("position", "Thứ tự", widget=Number(is_whole=True))
    Meta = _meta(SubItemPart, "sub_item", "code", "name", "position", keys=["sub_item", "code"])


class ThresholdSheet(OfSubItem):
    """National levels; those of a province are kept on the admin site."""

    sheet, keys = "Ngưỡng", ("sub_item_id", "part_id", "zone_id", "year", "condition")
    named_by = "sub_item"
    sub_item = Field("sub_item", "Mã nội dung")
    part = Field("part", "Mã phần")
    zone = Field("zone", "Mã vùng")
    year = Field("year", "Năm", widget=Number(is_optional=True, is_whole=True))
    condition = Field("condition", "Điều kiện", widget=Text())
    value = Field("value", "Mức", widget=Number())
    document = Field("document", "Văn bản quy định", widget=Text())
    Meta = _meta(
        Threshold, "sub_item", "part", "zone", "year", "condition", "value", "document",
        keys=["sub_item", "part", "zone", "year", "condition"],
    )  # fmt: skip

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(authority=None).select_related("sub_item", "part", "zone")

    def replace_widgets(self) -> None:
        super().replace_widgets()
        zones = {row.code: row for row in Zone.objects.filter(criteria_set=self.criteria_set)}
        parts = {
            (row.sub_item.code, row.code): row
            for row in SubItemPart.objects.filter(sub_item__criterion__criteria_set=self.criteria_set).select_related(
                "sub_item"
            )
        }
        self.fields["zone"].widget = Reference(
            ZoneSheet.sheet, lambda asked: zones.get(asked[0]), lambda row: row.code, is_optional=True
        )
        self.fields["part"].widget = Reference(
            PartSheet.sheet,
            lambda asked: parts.get((cell_text(asked[1]["Mã nội dung"]), asked[0])),
            lambda row: row.code,
            is_optional=True,
        )

    def init_instance(self, row: Any = None) -> Any:
        return Threshold(provenance=Provenance.PARTIAL)


SHEETS: tuple[type[SheetResource], ...] = (
    SetSheet,
    ZoneSheet,
    GroupSheet,
    CriterionSheet,
    SubItemSheet,
    PartSheet,
    ThresholdSheet,
)
