"""The sheets by which departments, communes, who guides what, and accounts come in."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property, partial
from typing import Any

from django.core.exceptions import ValidationError
from import_export.fields import Field

from communes.enums import CommuneKind, Role
from communes.models import Authority, Commune, Department, User
from communes.services import bare_name
from criteria.exchange.cells import Choice, Day, Number, Reference, Text
from criteria.exchange.sheets import SheetResource, options
from criteria.models import CommuneZone, CriteriaSet, SubItem, SubItemGuide, Zone
from criteria.reports.board import owed_since, why_first_day
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import nfc, search_key, spelling_key
from ntm_tracker.lib.workbook import cell_text

AUTHORITY = "Cơ quan"
HERE = "trong tệp này và trên hệ thống, trong phạm vi của anh/chị"


def finder(rows: Iterable[Any], code: str, *names: str) -> Callable[[str], Any]:
    """Return what finds one of `rows` by its `code`, else by a name; "" names it as it is written ("xã Cao Sơn").

    It raises `ValueError` where several bear what is asked for.
    """
    by_code: dict[str, list[Any]] = defaultdict(list)
    by_name: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_code[search_key(getattr(row, code))].append(row)
        for key in {search_key(str(getattr(row, name) if name else row)) for name in names}:
            by_name[key].append(row)

    def find(text: str) -> Any:
        found = by_code.get(search_key(text)) or by_name.get(search_key(text)) or [None]
        if len(found) > 1:
            raise ValueError(f"Có nhiều đơn vị mang tên hoặc mã “{text[:40]}”. Hãy ghi mã, và ghi cả cơ quan.")
        return found[0]

    return find


class UnitSheet(SheetResource):
    """A sheet of units in the reach of `by`; its sub-items and zones are those of `criteria_set`."""

    def __init__(self, by: User, criteria_set: CriteriaSet | None):
        self.by, self.criteria_set = by, criteria_set
        super().__init__()

    def authorities(self) -> Reference:
        """An authority by code or name; left empty, the person's own."""
        find = finder(Authority.objects.visible_to(self.by).valid_on(clock.today()), "code", "name")
        return Reference(AUTHORITY, lambda asked: find(asked[0]), lambda row: row.code, is_optional=True, place=HERE)

    def departments(self, *, is_optional: bool) -> Reference:
        """A department by code or name, among those of the authority that its row names, if it names one."""
        rows = list(Department.objects.visible_to(self.by).valid_on(clock.today()).select_related("authority"))
        names = ("code", "short_name", "full_name")
        everywhere = finder(rows, *names)
        authorities = finder(Authority.objects.visible_to(self.by), "code", "name")
        inside = {
            key: finder((row for row in rows if row.authority_id == key), *names)
            for key in {row.authority_id for row in rows}
        }

        def known(asked: Any) -> Department | None:
            text, row = asked
            named = cell_text(row.get(AUTHORITY))
            authority = authorities(named) if named else self.by.authority
            found = inside[authority.pk](text) if authority and authority.pk in inside else None
            return found if found or named else everywhere(text)

        return Reference(DepartmentSheet.sheet, known, lambda row: row.code, is_optional=is_optional, place=HERE)

    def communes(self) -> Reference:
        """A commune by code, also without the zeros that Excel took from it, or by name."""
        rows = Commune.objects.visible_to(self.by).valid_on(clock.today()).select_related("authority")
        find = finder(rows, "code", "name", "")

        def known(asked: Any) -> Commune | None:
            text = asked[0]
            return find(text) or (find(text.zfill(5)) if text.isdecimal() else None)

        return Reference(CommuneSheet.sheet, known, lambda row: row.code, is_optional=True, place=HERE)


class PlacedSheet(UnitSheet):
    """A sheet of what belongs to an authority, which need not be given."""

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        if not cell_text(row[AUTHORITY]):
            authority = self.authority_of(row)
            row[AUTHORITY] = authority.code if authority else ""

    def authority_of(self, row: Any) -> Authority | None:
        """Return the authority of a row that names none: the person's own."""
        return self.by.authority


class DepartmentSheet(PlacedSheet):
    sheet, keys, also_named_by = "Phòng, ban", ("authority_id", "code"), ("short_name", "full_name")
    blamed = {"department_code_unique_in_authority": "code"}
    authority = Field("authority", AUTHORITY)
    code = Field("code", "Mã", widget=Text())
    short_name = Field("short_name", "Tên ngắn", widget=Text(26))
    full_name = Field("full_name", "Tên đầy đủ", widget=Text(50))
    position = Field("position", "Thứ tự", widget=Number(is_optional=True, is_whole=True))
    Meta = options(Department, "authority", "code", "short_name", "full_name", "position", keys=["authority", "code"])

    def get_queryset(self) -> Any:
        return Department.objects.visible_to(self.by).valid_on(clock.today()).select_related("authority")

    def replace_widgets(self) -> None:
        self.fields["authority"].widget = self.authorities()

    def compared(self, value: Any) -> Any:
        """Codes are the same in capitals and in small letters."""
        return search_key(value) if isinstance(value, str) else super().compared(value)

    def complete(self, instance: Department) -> None:
        instance.position = instance.position or 0

    def told(self, instance: Department) -> str:
        return f"{instance.code}, {instance.full_name}, {instance.authority}"


class CommuneSheet(PlacedSheet):
    """Communes with their zone.

    What a unit is called and whose it is changes on a page of its own, where its records go along.
    """

    sheet, keys, also_named_by = "Xã", ("code",), ("name",)
    blamed = {"commune_code_unique_while_valid": "code", "commune_code_five_digits": "code"}
    code = Field("code", "Mã", widget=Text())
    kind = Field("kind", "Loại", widget=Choice(CommuneKind))
    name = Field("name", "Tên", widget=Text(30))
    authority = Field("authority", AUTHORITY)
    zone = Field("zone", "Vùng")
    valid_from = Field("valid_from", "Có từ ngày", widget=Day())
    Meta = options(Commune, "code", "kind", "name", "authority", "zone", "valid_from", keys=["code"])

    def get_queryset(self) -> Any:
        standing = Authority.objects.valid_on(clock.today())
        units = Commune.objects.visible_to(self.by).filter(valid_to__isnull=True, authority__in=standing)
        return units.select_related("authority")

    def replace_widgets(self) -> None:
        self.fields["authority"].widget = self.authorities()
        find = finder(Zone.objects.filter(criteria_set=self.criteria_set), "code", "name")
        self.fields["zone"].widget = Reference(
            "", lambda asked: find(asked[0]), lambda row: row.code, is_optional=True, place="trong bộ tiêu chí"
        )
        zoned = CommuneZone.objects.filter(zone__criteria_set=self.criteria_set).select_related("zone")
        self.zoned = {row.commune_id: row for row in zoned}
        self.ended: dict[str, Commune] | None = None
        self.owed: dict[int, date] | None = None

    def with_zones(self, communes: Iterable[Any]) -> list[Any]:
        """Return `communes`, each with its `zone` in the set, which is no column of its own."""
        listed = list(communes)
        for unit in listed:
            unit.zone = self.zoned[unit.pk].zone if unit.pk in self.zoned else None
        return listed

    def stand(self, rows: Iterable[Any]) -> dict[tuple[Any, ...], Any]:
        units = self.with_zones(rows)
        self.called = {unit.pk: (unit.kind, unit.name, unit.authority, unit.valid_from) for unit in units}
        self.bearers = {self._name_in_place(unit): unit for unit in units}
        return super().stand(units)

    @staticmethod
    def _name_in_place(unit: Commune) -> tuple[int, str, str]:
        return unit.authority_id, unit.kind, spelling_key(unit.name)

    def init_instance(self, row: Any = None) -> Any:
        return self.with_zones([Commune()])[0]

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Give back the zeros that Excel takes from a code."""
        if not isinstance(row["Mã"], str):
            row["Mã"] = cell_text(row["Mã"]).zfill(5)
        super().before_import_row(row, **kwargs)

    def authority_of(self, row: Any) -> Authority | None:
        """A unit that is known stays where it is."""
        known = self.existing.get((cell_text(row["Mã"]),))
        return known.authority if known else super().authority_of(row)

    def complete(self, instance: Any) -> None:
        """A zone that isn't given stays as it is."""
        instance.name = bare_name(instance.name, instance.kind, "Hãy chọn lại loại, hoặc ghi tên không kèm loại")
        if instance.zone is None and instance.pk in self.zoned:
            instance.zone = self.zoned[instance.pk].zone
        if instance.pk:
            self._refuse_change(instance)
        else:
            self._refuse_known(instance)
            self._refuse_without_day(instance)

    def _refuse_change(self, instance: Commune) -> None:
        """Another spelling is no other name: what stands, stays, and so does a first day that isn't given."""
        kind, name, authority, valid_from = self.called[instance.pk]
        if spelling_key(instance.name) == spelling_key(name):
            instance.name = name
        instance.valid_from = instance.valid_from or valid_from
        if instance.valid_from != valid_from:
            raise ValidationError({"valid_from": "Ngày bắt đầu của xã đã có thì sửa ở trang quản trị. Hãy để trống."})
        if (instance.kind, instance.name, instance.authority) != (kind, name, authority):
            stands = f"Mã {instance.code} đang là {CommuneKind(kind).label} {name}, {authority}."
            raise ValidationError(
                {
                    "name": f"{stands} Đổi tên, sáp nhập, chuyển cơ quan: ghi ở trang Thay đổi đơn vị để hồ sơ đi "
                    "theo; sửa lỗi gõ: ở trang quản trị."
                }
            )

    def _refuse_known(self, instance: Commune) -> None:
        """A unit that ended, or ends, keeps its code: a new one that bears it comes by the change that ended it."""
        if self.ended is None:
            ended = Commune.objects.filter(valid_to__isnull=False).order_by("valid_to")
            self.ended = {unit.code: unit for unit in ended}
        before = self.ended.get(instance.code)
        if before and before.valid_to:
            day = clock.vn_date(before.valid_to)
            raise ValidationError(
                {
                    "code": f"Mã {before.code} là của {before}, có đến hết ngày {day}. Hãy xóa dòng này; đơn vị mới "
                    "mang lại mã đó thì ghi ở trang Thay đổi đơn vị hoặc trang quản trị."
                }
            )
        bearer = self.bearers.get(self._name_in_place(instance)) if instance.authority_id else None
        if bearer:
            raise ValidationError(
                {"name": f"{instance.authority} đã có {bearer} (mã {bearer.code}). Hãy kiểm tra lại tên và mã."}
            )

    def _refuse_without_day(self, instance: Commune) -> None:
        """Who joins the others later doesn't owe their reports of all months before."""
        if instance.valid_from or not instance.authority_id:
            return
        if self.owed is None:
            known = Authority.objects.visible_to(self.by).valid_on(clock.today())
            self.owed = owed_since(known.values_list("pk", flat=True), clock.today())
        since = self.owed.get(instance.authority_id)
        if since:
            raise ValidationError({"valid_from": why_first_day(instance.authority, since)})

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        super().before_save_instance(instance, row, **kwargs)
        self.bearers[self._name_in_place(instance)] = instance

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        zoned = self.zoned.get(instance.pk) or CommuneZone(commune=instance)
        if instance.zone and zoned.zone_id != instance.zone.pk:
            zoned.zone = instance.zone
            zoned.save()

    def told(self, instance: Any) -> str:
        zone = instance.zone or "chưa xếp vùng nên chưa biết mức phải đạt"
        return f"{instance.code}, {instance}, {instance.authority}, {zone}"


class GuideSheet(UnitSheet):
    """Which department guides a sub-item. What isn't named stays as it is."""

    sheet, keys, named_by = "Hướng dẫn", ("sub_item_id", "department_id"), "sub_item"
    sub_item = Field("sub_item", "Mã nội dung")
    department = Field("department", "Phòng, ban")
    unit = Field("unit", AUTHORITY, readonly=True)
    basis = Field("basis", "Căn cứ", widget=Text(50, is_long=True))
    Meta = options(SubItemGuide, "sub_item", "department", "unit", "basis", keys=["sub_item", "department"])

    def get_queryset(self) -> Any:
        guides = SubItemGuide.objects.filter(
            sub_item__criterion__criteria_set=self.criteria_set,
            department__in=Department.objects.visible_to(self.by).valid_on(clock.today()),
        )
        return guides.select_related("sub_item__criterion", "department__authority").order_by(
            "department__authority", "sub_item__criterion__number", "sub_item__position", "pk"
        )

    def replace_widgets(self) -> None:
        items = {row.code: row for row in SubItem.objects.of_set(self.criteria_set)}
        self.fields["sub_item"].widget = Reference(
            "", lambda asked: items.get(asked[0]), lambda row: row.code, place="trong bộ tiêu chí"
        )
        self.fields["department"].widget = self.departments(is_optional=False)
        self.fields["unit"].widget = self.authorities()

    def told(self, instance: SubItemGuide) -> str:
        return f"{instance.sub_item.official_code}: {instance.department.short_name}, {instance.department.authority}"


class AccountSheet(PlacedSheet):
    """Accounts. A new one has no password: its owner chooses one by the address handed out for it."""

    sheet, keys, named_by = "Tài khoản", ("username",), "username"
    username = Field("username", "Tên đăng nhập", widget=Text(18))
    full_name = Field("full_name", "Họ và tên", widget=Text(26))
    post = Field("post", "Chức vụ", widget=Text(30, is_long=True))
    role = Field("role", "Vai trò")
    authority = Field("authority", AUTHORITY)
    department = Field("department", "Phòng, ban")
    commune = Field("commune", "Xã")
    email = Field("email", "Thư điện tử", widget=Text(28))
    Meta = options(
        User, "username", "full_name", "post", "role", "authority", "department", "commune", "email", keys=["username"]
    )

    def get_queryset(self) -> Any:
        """Those who can sign in, at units that stand: the others are looked after on the admin site."""
        today = clock.today()
        accounts = User.objects.visible_to(self.by).filter(is_active=True)
        for unit in ("authority", "department", "commune"):
            accounts = accounts.exclude(**{f"{unit}__valid_to__lt": today})
        if self.by.role != Role.ADMINISTRATOR:
            accounts = accounts.exclude(role=Role.ADMINISTRATOR)
        return accounts.select_related("authority", "department", "commune").order_by("authority", "role", "username")

    def replace_widgets(self) -> None:
        """Nobody makes an account mightier than their own."""
        mightier = () if self.by.role == Role.ADMINISTRATOR else (Role.ADMINISTRATOR,)
        self.fields["role"].widget = Choice(Role, without=mightier, width=28)
        self.fields["authority"].widget = self.authorities()
        self.fields["department"].widget = self.departments(is_optional=True)
        self.fields["commune"].widget = self.communes()

    def init_instance(self, row: Any = None) -> User:
        account = User()
        account.set_unusable_password()
        return account

    def authority_of(self, row: Any) -> Authority | None:
        """Who is known stays where they are; a new account belongs where its unit does."""
        place = self.existing.get((nfc(cell_text(row["Tên đăng nhập"])),))
        place = place or self._unit("commune", row) or self._unit("department", row)
        return place.authority if place else super().authority_of(row)

    def _unit(self, name: str, row: Any) -> Any:
        try:
            return self.fields[name].clean(row)
        except ValueError:
            return None  # refused at its own cell

    def complete(self, instance: User) -> None:
        """Nobody shuts themselves out; two names that differ in capitals alone would be taken for each other."""
        if instance.pk == self.by.pk and _right_of(instance) != _right_of(self.by):
            raise ValidationError(
                {"role": "Vai trò, đơn vị của chính anh/chị không đổi được bằng tệp. Hãy ghi lại như cũ."}
            )
        if not instance.pk and User.normalize_username(instance.username).lower() in self.names:
            raise ValidationError({"username": "Tên đăng nhập này đã có người dùng."})

    @cached_property
    def names(self) -> set[str]:
        """All user names in small letters, also those of accounts that the sheet leaves out."""
        return {name.lower() for name in User.objects.order_by().values_list("username", flat=True)}

    def validate_instance(self, instance: Any, import_validation_errors: Any = None, *args: Any, **kwargs: Any) -> None:
        """Refuse what the account's own rules refuse, without asking the database for each row.

        Its units were found among those that are there, its name was compared with all others, and what its
        constraints hold is what `clean` says at a cell.
        """
        errors = dict(import_validation_errors or {})
        units = {unit for unit in ("authority", "department", "commune") if getattr(instance, unit)}
        for check in (partial(instance.clean_fields, exclude={*errors, *units}), instance.clean):
            try:
                check()
            except ValidationError as wrong:
                errors = wrong.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        super().before_save_instance(instance, row, **kwargs)
        self.names.add(instance.username.lower())

    def told(self, instance: User) -> str:
        place = instance.place or "toàn hệ thống"
        return f"{instance.username}, {instance.full_name}, {instance.get_role_display().lower()}, {place}"


def _right_of(account: User) -> tuple[Any, ...]:
    return account.role, account.authority_id, account.department_id, account.commune_id


SHEETS: tuple[type[UnitSheet], ...] = (DepartmentSheet, CommuneSheet, GuideSheet, AccountSheet)
