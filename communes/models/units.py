"""Who: the supervising authorities, their departments and communes, and the people."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from simple_history.models import HistoricalRecords

from communes.enums import KEEPING_UNIT, AuthorityLevel, CommuneKind, Role, UnitChangeKind
from communes.querysets import (
    AuthorityQuerySet,
    CommuneQuerySet,
    DepartmentQuerySet,
    LetterheadQuerySet,
    UnitChangeQuerySet,
    within_reach,
)
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import SearchKeyField, SortKeyField, nfc


class Validity(models.Model):
    """A first and a last day; units come and go, their records stay under the name of their day."""

    valid_from = models.DateField("có từ ngày", null=True, blank=True, help_text="Để trống nếu có từ trước.")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True, help_text="Để trống nếu còn hoạt động.")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="%(class)s_validity_in_order",
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            )
        ]

    def stood_on(self, day: date) -> bool:
        """Whether the unit was there on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or self.valid_to >= day)


class Authority(Validity):
    """The supervising body: a tree of country, province and district."""

    code = models.CharField(
        "mã",
        max_length=10,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Z]+$", "Mã chỉ gồm chữ số và chữ in hoa, ví dụ 424.")],
        help_text="Mã đơn vị hành chính của Tổng cục Thống kê.",
    )
    name = models.CharField("tên", max_length=100, help_text="Ví dụ: huyện Anh Sơn")
    level = models.PositiveSmallIntegerField("cấp", choices=AuthorityLevel)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="trực thuộc"
    )
    search_key = SearchKeyField("name", "code")
    sort_key = SortKeyField("name")
    history = HistoricalRecords(excluded_fields=["search_key", "sort_key"])

    objects = AuthorityQuerySet.as_manager()

    class Meta(Validity.Meta):
        verbose_name = "cơ quan chỉ đạo"
        verbose_name_plural = "cơ quan chỉ đạo"
        ordering = ["level", "sort_key"]
        constraints = [
            *Validity.Meta.constraints,
            models.CheckConstraint(
                condition=Q(level=AuthorityLevel.COUNTRY, parent__isnull=True)
                | (~Q(level=AuthorityLevel.COUNTRY) & Q(parent__isnull=False)),
                name="authority_parent_unless_country",
                violation_error_message="Cơ quan cấp tỉnh, huyện phải có cơ quan cấp trên trực tiếp.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    def clean(self) -> None:
        self.name = nfc(self.name)
        if self.parent and self.parent.level >= self.level:
            raise ValidationError({"parent": "Cơ quan cấp trên phải ở cấp cao hơn."})


class Letterhead(models.Model):
    """What the official documents of an authority bear at their head (Nghị định 30/2020/NĐ-CP, Phụ lục I)."""

    authority = models.OneToOneField(Authority, models.PROTECT, verbose_name="cơ quan")
    superior = models.CharField("cơ quan chủ quản", max_length=200, blank=True)
    issuer = models.TextField(
        "cơ quan ban hành", help_text="Chữ in hoa, mỗi dòng một hàng. Ví dụ: ỦY BAN NHÂN DÂN / HUYỆN ANH SƠN"
    )
    place = models.CharField("địa danh", max_length=100, help_text="Ghi trước ngày tháng. Ví dụ: Anh Sơn")
    abbreviation = models.CharField("viết tắt cơ quan", max_length=20, help_text="Dùng trong ký hiệu. Ví dụ: UBND")
    history = HistoricalRecords()

    objects = LetterheadQuerySet.as_manager()

    class Meta:
        verbose_name = "đầu văn bản"
        verbose_name_plural = "đầu văn bản"

    def __str__(self) -> str:
        return f"Đầu văn bản của {self.authority}"

    def natural_key(self) -> tuple[str]:
        return self.authority.natural_key()

    natural_key.dependencies = ["communes.authority"]  # type: ignore[attr-defined]

    @property
    def unit(self) -> Authority:
        return self.authority

    @property
    def issuer_lines(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.issuer.splitlines() if line.strip())


class Department(Validity):
    """A department or body of an authority; guides the sub-items of its sector."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="departments", verbose_name="cơ quan")
    code = models.CharField("mã", max_length=20, help_text="Viết tắt dùng trong ký hiệu. Ví dụ: KTHT")
    short_name = models.CharField("tên ngắn", max_length=100)
    full_name = models.CharField("tên đầy đủ", max_length=200)
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    search_key = SearchKeyField("short_name", "full_name", "code")
    history = HistoricalRecords(excluded_fields=["search_key"])

    objects = DepartmentQuerySet.as_manager()

    class Meta(Validity.Meta):
        verbose_name = "phòng, ban, đơn vị"
        verbose_name_plural = "phòng, ban, đơn vị"
        ordering = ["authority", "position", "code"]
        constraints = [
            *Validity.Meta.constraints,
            models.UniqueConstraint(
                fields=["authority", "code"],
                name="department_code_unique_in_authority",
                violation_error_message="Cơ quan này đã có phòng, ban mang mã đó.",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def natural_key(self) -> tuple[str, str]:
        return (self.authority.code, self.code)

    natural_key.dependencies = ["communes.authority"]  # type: ignore[attr-defined]

    @property
    def unit(self) -> Authority:
        return self.authority

    def clean(self) -> None:
        self.short_name, self.full_name = nfc(self.short_name), nfc(self.full_name)


class Commune(Validity):
    """A commune-level unit. A renamed, merged or moved unit ends and points to its successor."""

    code = models.CharField(
        "mã",
        max_length=5,
        validators=[RegexValidator(r"^\d{5}$", "Mã xã gồm đúng năm chữ số, kể cả số 0 ở đầu. Ví dụ: 17386.")],
        help_text="Mã năm chữ số của Tổng cục Thống kê.",
    )
    name = models.CharField("tên", max_length=100, help_text="Không kèm “xã”, “thị trấn”. Ví dụ: Cao Sơn")
    kind = models.CharField("loại", max_length=10, choices=CommuneKind, default=CommuneKind.XA)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="communes", verbose_name="cơ quan chỉ đạo")
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="đơn vị kế thừa"
    )
    is_demonstration = models.BooleanField(
        "dữ liệu minh họa",
        default=False,
        help_text="Số liệu của đơn vị này chỉ để trình diễn, không phải số liệu thật.",
    )
    search_key = SearchKeyField("name", "code")
    sort_key = SortKeyField("name")
    history = HistoricalRecords(excluded_fields=["search_key", "sort_key"])

    objects = CommuneQuerySet.as_manager()

    class Meta(Validity.Meta):
        verbose_name = "xã, thị trấn"
        verbose_name_plural = "xã, thị trấn"
        ordering = ["sort_key", "code"]
        constraints = [
            *Validity.Meta.constraints,
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{5}$"),
                name="commune_code_five_digits",
                violation_error_message="Mã xã gồm đúng năm chữ số, kể cả số 0 ở đầu. Ví dụ: 17386.",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(valid_to__isnull=True),
                name="commune_code_unique_while_valid",
                violation_error_message="Đã có đơn vị đang hoạt động mang mã này.",
            ),
            models.UniqueConstraint(
                fields=["code", "valid_to"],
                name="commune_code_unique_in_time",
                violation_error_message="Đã có đơn vị mang mã này kết thúc vào ngày đó.",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | Q(valid_to__isnull=False),
                name="commune_successor_after_end",
                violation_error_message="Đơn vị có đơn vị kế thừa thì phải có ngày kết thúc.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def get_absolute_url(self) -> str:
        return self.page("communes:detail")

    @cached_property
    def selves(self) -> frozenset[int]:
        """Return the keys of this unit and of what it was before it got another name or another authority."""
        unit: Commune | None = self
        keys = set()
        while unit:
            keys.add(unit.pk)
            is_same = hasattr(unit, "unit_change") and unit.unit_change.keeps_unit
            unit = unit.predecessors.select_related("unit_change").first() if is_same else None
        return frozenset(keys)

    @cached_property
    def present_self(self) -> "Commune":
        """Return the last unit that this one is under another name or authority; itself where there is none."""
        unit = self
        while unit.successor and unit.goes_on:
            unit = unit.successor
        return unit

    @property
    def goes_on(self) -> bool:
        """Whether the unit after it is the same one under another name or authority."""
        change = getattr(self.successor, "unit_change", None)
        return change is not None and change.keeps_unit

    @property
    def has_ended(self) -> bool:
        return self.valid_to is not None and self.valid_to < clock.today()

    def page(self, name: str, *args: str, at: date | None = None) -> str:
        """Return the address of one of its pages, by url name, on the day `at`.

        Of a unit that has ended on its last day: its code may have passed to another one.
        """
        day = at or (self.valid_to if self.has_ended else None)
        address = reverse(name, args=[self.code, *args])
        return f"{address}?at={day.isoformat()}" if day else address

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    natural_key.dependencies = ["communes.authority"]  # type: ignore[attr-defined]

    def clean(self) -> None:
        self.name = nfc(self.name)


class UnitChange(models.Model):
    """How one or several communes ended and which one follows them; written once by `communes.services`.

    The communes that ended are the `predecessors` of the successor.
    """

    kind = models.CharField("loại thay đổi", max_length=10, choices=UnitChangeKind)
    successor = models.OneToOneField(Commune, models.PROTECT, related_name="unit_change", verbose_name="đơn vị kế thừa")
    from_day = models.DateField("có hiệu lực từ ngày")
    accounts = models.PositiveIntegerField("số tài khoản đã chuyển", default=0)
    at = models.DateTimeField("ghi lúc", default=clock.now)
    by = models.ForeignKey("User", models.PROTECT, null=True, related_name="+", verbose_name="người ghi")

    objects = UnitChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "thay đổi đơn vị"
        verbose_name_plural = "thay đổi đơn vị"
        ordering = ["-from_day", "-at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.successor}, từ {clock.vn_date(self.from_day)}"

    @property
    def unit(self) -> Commune:
        return self.successor

    @property
    def keeps_unit(self) -> bool:
        """Whether the unit is the same one under another name or authority, so that what is known of it goes on."""
        return self.kind in KEEPING_UNIT

    @property
    def told(self) -> str:
        """Return what happened: "Chuyển cơ quan chỉ đạo từ huyện Anh Sơn sang huyện Con Cuông"."""
        if self.kind != UnitChangeKind.MOVE:
            return self.get_kind_display()
        (before,) = self.successor.predecessors.all()
        return f"{self.get_kind_display()} từ {before.authority} sang {self.successor.authority}"


class UserManager(BaseUserManager.from_queryset(models.QuerySet)):  # type: ignore[misc]
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, role=Role.ADMINISTRATOR, **fields)

    def get_by_natural_key(self, username: str) -> "User":
        return self.get(username=nfc(username))

    def visible_to(self, user: "User") -> models.QuerySet:
        return self.filter(within_reach(user, "authority__"))


class User(AbstractUser):
    """A person with one role in one unit. What they may do follows from the role (`communes/access.py`)."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    groups = None  # type: ignore[assignment]
    user_permissions = None  # type: ignore[assignment]

    username = models.CharField(
        "tên đăng nhập",
        max_length=50,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "Tên đăng nhập này đã có người dùng."},
    )
    full_name = models.CharField("họ và tên", max_length=100)
    post = models.CharField("chức vụ", max_length=150, blank=True)
    role = models.CharField("vai trò", max_length=15, choices=Role)
    authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="cơ quan"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="phòng, ban"
    )
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="xã"
    )
    wants_digest = models.BooleanField(
        "nhận thư nhắc việc", default=True, help_text="Mỗi ngày nhiều nhất một thư, khi có việc đến hạn hoặc tin mới."
    )
    password_is_initial = models.BooleanField(
        "mật khẩu ban đầu", default=False, editable=False, help_text="Do người khác đặt; phải đổi khi đăng nhập."
    )
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    objects: ClassVar[UserManager] = UserManager()

    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = "tài khoản"
        verbose_name_plural = "tài khoản"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role=Role.ADMINISTRATOR) | Q(authority__isnull=False),
                name="user_has_authority",
                violation_error_message="Tài khoản phải thuộc một cơ quan.",
            ),
            models.CheckConstraint(
                condition=Q(role=Role.DEPARTMENT, department__isnull=False)
                | (~Q(role=Role.DEPARTMENT) & Q(department__isnull=True)),
                name="user_department_fits_role",
                violation_error_message="Cán bộ phòng, ban phải có phòng, ban; vai trò khác thì để trống ô này.",
            ),
            models.CheckConstraint(
                condition=Q(role=Role.COMMUNE, commune__isnull=False)
                | (~Q(role=Role.COMMUNE) & Q(commune__isnull=True)),
                name="user_commune_fits_role",
                violation_error_message="Cán bộ xã phải có xã; vai trò khác thì để trống ô này.",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def clean(self) -> None:
        self.username, self.full_name = self.normalize_username(self.username), nfc(self.full_name)
        self.email = type(self).objects.normalize_email(self.email)
        errors = self._misfits()
        if errors:
            raise ValidationError(errors)

    def _misfits(self) -> dict[str, str]:
        """Return what doesn't fit between role and units, by field."""
        errors = {}
        if not self.authority_id and self.role != Role.ADMINISTRATOR:
            errors["authority"] = "Hãy chọn cơ quan của người này; chỉ quản trị hệ thống mới được để trống."
        for unit, role in (("department", Role.DEPARTMENT), ("commune", Role.COMMUNE)):
            place, name = getattr(self, unit), self._meta.get_field(unit).verbose_name  # type: ignore[union-attr]  # a column
            if self.role == role and not place:
                errors[unit] = f"{role.label} thì phải chọn {name}."
            elif self.role != role and place:
                errors[unit] = f"Chỉ {role.label.lower()} mới chọn {name}; vai trò khác thì để trống ô này."
            elif place and place.authority_id != self.authority_id:
                errors[unit] = "Đơn vị này không thuộc cơ quan đã chọn."
        return errors

    @property
    def unit(self) -> Authority | Commune | None:
        """Where the account belongs; an administrator of everything belongs nowhere."""
        return self.commune or self.authority

    @property
    def place(self) -> Authority | Commune | Department | None:
        """Where the person works."""
        return self.department or self.unit

    @property
    def oversees_districts(self) -> bool:
        """Whether the person stands above the districts: of a province, of the country, or without an authority."""
        return self.authority is None or self.authority.level < AuthorityLevel.DISTRICT

    @cached_property
    def inherited_communes(self) -> frozenset[int]:
        """Return the keys of ended communes beyond the person's reach whose successor lies in it: to be read only."""
        if self.role == Role.COMMUNE:
            return Commune.objects.predecessors_of([self.commune_id] if self.commune_id else [])
        if not self.authority_id:
            return frozenset()
        successor_only = within_reach(self, "successor__authority__") & ~within_reach(self, "authority__")
        nearest = frozenset(Commune.objects.filter(successor_only).order_by().values_list("pk", flat=True))
        return nearest | Commune.objects.predecessors_of(nearest) if nearest else nearest

    @property
    def is_superuser(self) -> bool:  # type: ignore[override]  # a column of Django's, none of ours
        """Nobody: Django would grant a superuser everything, while an administrator has what the table says."""
        return False

    @property
    def is_staff(self) -> bool:  # type: ignore[override]  # a column of Django's, none of ours
        """Whether the admin site opens: to administrators, and to officers for their own authority."""
        return self.role in (Role.ADMINISTRATOR, Role.DISTRICT)

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.rsplit(" ", 1)[-1]
