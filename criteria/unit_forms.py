"""Input on communes that are renamed, merged or moved."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db.models import Exists, OuterRef, QuerySet

from communes.enums import CommuneKind, UnitChangeKind
from communes.models import Authority, Commune, UnitChange, User
from communes.services import Succession, merging, moving, renaming
from criteria.forms import NfcForm
from criteria.periods import EARLIEST
from criteria.unit_services import merge_communes, move_commune, rename_commune
from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import vn_date

TOO_EARLY = f"Hệ thống không giữ số liệu trước {vn_date(EARLIEST)}. Hãy kiểm tra lại năm."


def communes_to_change(by: User) -> QuerySet[Commune]:
    """Return the communes in the person's reach that haven't ended."""
    return Commune.objects.in_same_reach(by).filter(valid_to__isnull=True)


def authorities_of_today(by: User) -> QuerySet[Authority]:
    """Return the authorities in the person's reach under which a unit can stand from today on."""
    return Authority.objects.visible_to(by).valid_on(clock.today())


def may_move_any(by: User) -> bool:
    """Whether some commune in the person's reach has another authority there to move to.

    One authority is enough where communes still stand under another one that has ended.
    """
    elsewhere = communes_to_change(by).exclude(authority=OuterRef("pk"))
    return authorities_of_today(by).filter(Exists(elsewhere)).exists()


class UnitForm(NfcForm):
    """What every change asks; `planned` is what would happen, once the form is valid."""

    kind: UnitChangeKind
    least = 1  # communes that it takes
    planned: Succession
    # What each kind of change says of itself with what was typed: what would happen, and how it is done.
    plan: Callable[..., Succession]
    carry_out: Callable[..., UnitChange]

    from_day = forms.DateField(
        label="Có hiệu lực từ ngày",
        help_text="Ngày đầu của đơn vị mới, ví dụ 01/7/2025. Đơn vị cũ hết hiệu lực vào ngày liền trước.",
        validators=[MinValueValidator(EARLIEST, TOO_EARLY)],
        widget=forms.DateInput(attrs={"placeholder": "01/7/2025", "autocomplete": "off"}),
        error_messages={
            "required": "Hãy nhập ngày đầu của đơn vị mới, ví dụ 01/7/2025.",
            "invalid": "Hãy nhập ngày theo dạng 01/7/2025.",
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, by: User):
        super().__init__(data)
        self.by = by
        communes = communes_to_change(by).order_by("sort_key", "code")
        for name in ("commune", "communes"):
            if name in self.fields:
                self._offer(name, communes)
        if "authority" in self.fields:
            self._offer("authority", authorities_of_today(by))

    def _offer(self, name: str, rows: QuerySet) -> None:
        field: Any = self.fields[name]
        field.queryset = rows

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            self._run(lambda: setattr(self, "planned", self.plan(**cleaned)))
        return cleaned

    def save(self) -> UnitChange | None:
        """Carry it out. None, with the errors in the form, where somebody was faster."""
        done: list[UnitChange] = []
        self._run(lambda: done.append(self.carry_out(**self.cleaned_data)))
        return done[0] if done else None

    def _run(self, step: Any) -> None:
        try:
            step()
        except ValidationError as refused:
            for name, words in refused.message_dict.items():
                self.add_error(name if name in self.fields else None, words)


def one_commune() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        Commune.objects.none(),
        to_field_name="code",
        label="Đơn vị",
        empty_label="Chọn đơn vị",
        error_messages={"required": "Hãy chọn một đơn vị."},
    )


def one_authority(label: str) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        Authority.objects.none(),
        label=label,
        empty_label="Chọn cơ quan",
        error_messages={"required": "Hãy chọn một cơ quan."},
    )


def name_field(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=100,
        help_text="Không kèm “xã”, “phường”. Ví dụ: Yên Xuân",
        error_messages={"required": "Hãy ghi tên mới."},
    )


class RenameForm(UnitForm):
    kind = UnitChangeKind.RENAME
    commune = one_commune()
    name = name_field("Tên mới")
    field_order = ("commune", "name", "from_day")

    def plan(self, **given: Any) -> Succession:
        return renaming(**given, by=self.by)

    def carry_out(self, **given: Any) -> UnitChange:
        return rename_commune(**given, by=self.by)


class MergeForm(UnitForm):
    kind = UnitChangeKind.MERGE
    least = 2
    communes = forms.ModelMultipleChoiceField(
        Commune.objects.none(),
        # By their codes: of keys in a list SQLite takes none that is too long.
        to_field_name="code",
        label="Các đơn vị sáp nhập",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Hãy chọn ít nhất hai đơn vị."},
    )
    unit_kind = forms.ChoiceField(
        label="Loại đơn vị mới",
        choices=CommuneKind.choices,
        initial=CommuneKind.XA,
        error_messages={"required": "Hãy chọn loại đơn vị mới."},
    )
    name = name_field("Tên đơn vị mới")
    code = forms.CharField(
        label="Mã đơn vị mới",
        max_length=5,
        help_text="Năm chữ số của Tổng cục Thống kê; có thể là mã của một trong các đơn vị cũ.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Hãy ghi mã năm chữ số."},
    )
    authority = one_authority("Cơ quan chỉ đạo")
    field_order = ("communes", "unit_kind", "name", "code", "authority", "from_day")

    def plan(self, *, unit_kind: str, **given: Any) -> Succession:
        return merging(**given, kind=unit_kind, by=self.by)

    def carry_out(self, *, unit_kind: str, **given: Any) -> UnitChange:
        return merge_communes(**given, kind=unit_kind, by=self.by)


class MoveForm(UnitForm):
    kind = UnitChangeKind.MOVE
    commune = one_commune()
    authority = one_authority("Cơ quan chỉ đạo mới")
    field_order = ("commune", "authority", "from_day")

    def plan(self, **given: Any) -> Succession:
        return moving(**given, by=self.by)

    def carry_out(self, **given: Any) -> UnitChange:
        return move_commune(**given, by=self.by)


FORMS: dict[str, type[UnitForm]] = {form.kind.value: form for form in (RenameForm, MergeForm, MoveForm)}


def offered_kinds(by: User, current: str = "") -> list[tuple[str, str]]:
    """Return the kinds of change to offer, with their names; the `current` one is among them in any case."""
    left_out = set() if current == UnitChangeKind.MOVE or may_move_any(by) else {UnitChangeKind.MOVE}
    return [(value, label) for value, label in UnitChangeKind.choices if value not in left_out]
