"""The sheets of a criteria set's workbook."""

from typing import Any

from django.core.exceptions import ValidationError
from import_export.fields import Field

from communes.enums import CommuneKind
from criteria.enums import Comparator, Provenance, Status, SubItemKind, ThresholdState
from criteria.exchange.cells import Choice, Day, Number, Reference, Text
from criteria.exchange.sheets import SheetResource, options
from criteria.models import CriteriaGroup, CriteriaSet, Criterion, SubItem, SubItemPart, Threshold, Zone
from ntm_tracker.lib.text import search_key
from ntm_tracker.lib.workbook import cell_text


class OfSet(SheetResource):
    """A sheet of the workbook of `criteria_set`."""

    # The usual way to it: of 13.10, typed in a cell that isn't a text, Excel makes 13.1.
    twice = f"{SheetResource.twice} Mã như 13.10 phải gõ trong ô dạng Text, nếu không Excel đổi thành 13.1."

    def __init__(self, criteria_set: CriteriaSet | None):
        self.criteria_set = criteria_set
        super().__init__()


class SetSheet(OfSet):
    """The decision itself: one row."""

    sheet, keys = "Bộ tiêu chí", ("code",)
    blamed = {"criteria_set_period_in_order": "effective_to"}
    code = Field("code", "Mã", widget=Text())
    name = Field("name", "Tên", widget=Text(50, is_long=True))
    short_name = Field("short_name", "Tên gọi trong văn bản", widget=Text(44, is_long=True))
    unit_kind = Field("unit_kind", "Áp dụng cho", widget=Choice(CommuneKind))
    basis_number = Field("basis_number", "Số, ký hiệu", widget=Text())
    basis_date = Field("basis_date", "Ngày quyết định", widget=Day())
    basis_issuer = Field("basis_issuer", "Cơ quan ban hành", widget=Text())
    basis_appendix = Field("basis_appendix", "Phụ lục", widget=Text())
    effective_from = Field("effective_from", "Có hiệu lực từ", widget=Day())
    effective_to = Field("effective_to", "Hết hiệu lực sau ngày", widget=Day())
    Meta = options(
        CriteriaSet, "code", "name", "short_name", "unit_kind", "basis_number", "basis_date", "basis_issuer",
        "basis_appendix", "effective_from", "effective_to", keys=["code"],
    )  # fmt: skip

    def get_queryset(self) -> Any:
        return CriteriaSet.objects.filter(pk=self.criteria_set.pk) if self.criteria_set else CriteriaSet.objects.none()

    def complete(self, instance: Any) -> None:
        """Refuse a name that another set bears, as a copy of that set still does: nobody could tell the two apart."""
        wrong = {}
        for other in CriteriaSet.objects.exclude(code=instance.code):
            for name in ("name", "short_name"):
                if search_key(getattr(instance, name)) == search_key(getattr(other, name)):
                    wrong[name] = (
                        f"Bộ {other.code} đã mang tên này. Hãy ghi tên riêng của bộ mới, ví dụ có giai đoạn của bộ."
                    )
        if wrong:
            raise ValidationError(wrong)


class PartOfSet(OfSet):
    """A sheet whose rows belong to the set."""

    def get_queryset(self) -> Any:
        return self._meta.model.objects.filter(criteria_set=self.criteria_set)

    def init_instance(self, row: Any = None) -> Any:
        return self._meta.model(criteria_set=self.criteria_set)


class ZoneSheet(PartOfSet):
    sheet, keys = "Vùng", ("code",)
    code = Field("code", "Mã vùng", widget=Text())
    name = Field("name", "Tên vùng", widget=Text(34))
    Meta = options(Zone, "code", "name", keys=["code"])


class GroupSheet(PartOfSet):
    sheet, keys = "Nhóm", ("code",)
    code = Field("code", "Số La Mã", widget=Text())
    name = Field("name", "Tên nhóm", widget=Text())
    position = Field("position", "Thứ tự", widget=Number(is_whole=True))
    Meta = options(CriteriaGroup, "code", "name", "position", keys=["code"])


class CriterionSheet(PartOfSet):
    sheet, keys, named_by = "Tiêu chí", ("number",), "number"
    number = Field("number", "Số", widget=Number(is_whole=True, span=(1, 99)))
    name = Field("name", "Tên tiêu chí", widget=Text(32, is_long=True))
    short_name = Field("short_name", "Tên ngắn", widget=Text())
    group = Field("group", "Nhóm")
    Meta = options(Criterion, "number", "name", "short_name", "group", keys=["number"])

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """What is said otherwise now wasn't checked."""
        instance.is_verified = False
        super().before_save_instance(instance, row, **kwargs)

    def replace_widgets(self) -> None:
        groups = {row.code: row for row in CriteriaGroup.objects.filter(criteria_set=self.criteria_set)}
        self.fields["group"].widget = Reference(
            GroupSheet.sheet, lambda asked: groups.get(asked[0]), lambda row: row.code
        )


class SubItemSheet(OfSet):
    """Sub-items; what the decision says of them isn't verified by being typed in."""

    sheet, keys = "Nội dung", ("criterion_id", "code")
    blamed = {
        "sub_item_comparator_fits_kind": "comparator",
        "sub_item_position_unique_in_criterion": "position",
    }
    criterion = Field("criterion", "Tiêu chí số")
    code = Field("code", "Mã", widget=Text())
    official_code = Field("official_code", "Mã trong văn bản", widget=Text())
    position = Field("position", "Thứ tự", widget=Number(is_whole=True))
    name = Field("name", "Nội dung", widget=Text(60, is_long=True))
    kind = Field("kind", "Cách đo", widget=Choice(SubItemKind))
    unit = Field("unit", "Đơn vị tính", widget=Text(22))
    comparator = Field("comparator", "So với ngưỡng", widget=Choice(Comparator))
    requirement = Field("requirement", "Yêu cầu", widget=Text(30, is_long=True))
    Meta = options(
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
        _uncheck(instance)
        if not instance.threshold_state:
            instance.threshold_state = self._threshold_state(instance)
        super().before_save_instance(instance, row, **kwargs)

    def validate_instance(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        instance.threshold_state = instance.threshold_state or self._threshold_state(instance)
        super().validate_instance(instance, *args, **kwargs)

    @staticmethod
    def _threshold_state(instance: SubItem) -> str:
        return ThresholdState.PARTIAL if instance.is_numeric else ThresholdState.NOT_NEEDED


def _uncheck(sub_item: SubItem) -> None:
    """Take the mark from a sub-item: what is said otherwise now wasn't checked."""
    if sub_item.is_verified:
        sub_item.is_verified = False
        sub_item.name_provenance = sub_item.requirement_provenance = Provenance.PARTIAL


class OfSubItem(OfSet):
    """A sheet whose rows belong to sub-items of the set that are measured."""

    def complete(self, instance: Any) -> None:
        """Refuse what measures a sub-item that is only met or not: it would stand there and never be asked."""
        if not instance.sub_item.is_numeric:
            raise ValidationError(
                {
                    "sub_item": f"Nội dung {instance.sub_item.code} chỉ có đạt hoặc chưa đạt nên không có dòng nào ở "
                    f"trang {self.sheet}. Hãy xóa dòng này, hoặc sửa Cách đo ở trang {SubItemSheet.sheet}."
                }
            )

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
    name = Field("name", "Tên phần", widget=Text(34, is_long=True))
    position = Field("position", "Thứ tự", widget=Number(is_whole=True))
    Meta = options(SubItemPart, "sub_item", "code", "name", "position", keys=["sub_item", "code"])


class ThresholdSheet(OfSubItem):
    """National levels; those of a province are kept on the admin site."""

    sheet, keys = "Ngưỡng", ("sub_item_id", "part_id", "zone_id", "year", "condition")
    named_by = "sub_item"
    blamed = {"threshold_not_negative": "value"}
    sub_item = Field("sub_item", "Mã nội dung")
    part = Field("part", "Mã phần")
    zone = Field("zone", "Mã vùng")
    year = Field("year", "Năm", widget=Number(is_optional=True, is_whole=True))
    condition = Field("condition", "Điều kiện", widget=Text())
    value = Field("value", "Mức", widget=Number())
    document = Field("document", "Văn bản quy định", widget=Text())
    Meta = options(
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

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """With another level what the sub-item requires isn't what was checked."""
        instance.provenance = Provenance.PARTIAL
        if instance.sub_item.is_verified:
            _uncheck(instance.sub_item)
            instance.sub_item.save()
        super().before_save_instance(instance, row, **kwargs)


SHEETS: tuple[type[OfSet], ...] = (
    SetSheet,
    ZoneSheet,
    GroupSheet,
    CriterionSheet,
    SubItemSheet,
    PartSheet,
    ThresholdSheet,
)
