"""The catalogue: versioned criteria sets with their thresholds. A code means something only inside its set."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from simple_history.models import HistoricalRecords

from communes.enums import CommuneKind
from communes.models import Authority, Commune, Department
from criteria.enums import Comparator, Provenance, SubItemKind, ThresholdState
from criteria.querysets import (
    CommuneZoneQuerySet,
    CriteriaSetQuerySet,
    CriterionQuerySet,
    SourceQuerySet,
    SubItemGuideQuerySet,
    SubItemPartQuerySet,
    SubItemQuerySet,
    ThresholdQuerySet,
    ZoneQuerySet,
)
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import SearchKeyField, nfc


class Source(models.Model):
    """A text in which a statement of the catalogue was read."""

    code = models.CharField("mã", max_length=40, unique=True)
    title = models.TextField("nguồn")
    address = models.URLField("địa chỉ", max_length=500, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = "nguồn"
        verbose_name_plural = "nguồn"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    def natural_key(self) -> tuple[str]:
        return (self.code,)


class CriteriaSet(models.Model):
    """One decision's set of criteria with its period of validity."""

    code = models.CharField("mã", max_length=40, unique=True)
    name = models.CharField("tên", max_length=300)
    short_name = models.CharField(
        "tên gọi trong văn bản", max_length=200, help_text="Ví dụ: Bộ tiêu chí xã nông thôn mới giai đoạn 2021-2025"
    )
    unit_kind = models.CharField("áp dụng cho", max_length=10, choices=CommuneKind, default=CommuneKind.XA)
    basis_number = models.CharField("số, ký hiệu quyết định", max_length=50)
    basis_date = models.DateField("ngày quyết định")
    basis_issuer = models.CharField("cơ quan ban hành", max_length=200)
    basis_appendix = models.CharField("phụ lục", max_length=100, blank=True)
    effective_from = models.DateField("có hiệu lực từ")
    effective_to = models.DateField("hết hiệu lực sau ngày", null=True, blank=True)
    notes = models.TextField("ghi chú", blank=True)
    sources = models.ManyToManyField(Source, blank=True, verbose_name="nguồn")
    # Its criteria with their number of sub-items, where `selectors.progress.criteria_of` fetched them.
    counted_criteria: list[Any]
    history = HistoricalRecords()

    objects = CriteriaSetQuerySet.as_manager()

    class Meta:
        verbose_name = "bộ tiêu chí"
        verbose_name_plural = "bộ tiêu chí"
        ordering = ["-effective_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="criteria_set_period_in_order",
                violation_error_message="Ngày hết hiệu lực phải sau ngày có hiệu lực.",
            )
        ]

    def __str__(self) -> str:
        return self.short_name

    def counts_on(self, day: date) -> bool:
        """Whether anybody stands by it on `day`: what was found ahead, for its beginning, says nothing of days before.

        Of such a day nothing is known by this set, as of one before the first finding.
        """
        return day >= self.effective_from

    @cached_property
    def is_assessed(self) -> bool:
        """Whether anything was found by it: what counts in it stays, or the past would be counted otherwise."""
        return SubItem.objects.of_set(self).filter(assessments__isnull=False).exists()

    @property
    def with_period(self) -> str:
        """Return how a list tells it from other sets: "NTM-XA-2026-2030 (từ 01/01/2026): Bộ tiêu chí …"."""
        until = f" đến {clock.vn_date(self.effective_to)}" if self.effective_to else ""
        return f"{self.code} (từ {clock.vn_date(self.effective_from)}{until}): {self.short_name}"

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    natural_key.dependencies = ["criteria.source"]  # type: ignore[attr-defined]


class Zone(models.Model):
    """What the thresholds of a set hang on: a region (2021-2025) or a group of communes (2026-2030)."""

    criteria_set = models.ForeignKey(CriteriaSet, models.PROTECT, related_name="zones", verbose_name="bộ tiêu chí")
    code = models.CharField("mã", max_length=20)
    name = models.CharField("tên", max_length=100)

    objects = ZoneQuerySet.as_manager()

    class Meta:
        verbose_name = "vùng, nhóm xã"
        verbose_name_plural = "vùng, nhóm xã"
        ordering = ["criteria_set", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["criteria_set", "code"],
                name="zone_code_unique_in_set",
                violation_error_message="Bộ tiêu chí này đã có vùng mang mã đó.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, str]:
        return (self.criteria_set.code, self.code)

    natural_key.dependencies = ["criteria.criteriaset"]  # type: ignore[attr-defined]


class CommuneZone(models.Model):
    """The zone whose thresholds a commune is measured by: a property of the commune, not of its district.

    Quyết định 318/QĐ-TTg, Điều 1: some communes use the levels of another region.
    """

    commune = models.ForeignKey(Commune, models.PROTECT, related_name="zones", verbose_name="xã")
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="communes", verbose_name="vùng, nhóm xã")

    objects = CommuneZoneQuerySet.as_manager()

    class Meta:
        verbose_name = "vùng áp dụng của xã"
        verbose_name_plural = "vùng áp dụng của xã"
        constraints = [models.UniqueConstraint(fields=["commune", "zone"], name="commune_zone_unique")]

    def __str__(self) -> str:
        return f"{self.commune}: {self.zone}"

    @property
    def unit(self) -> Commune:
        return self.commune

    def natural_key(self) -> tuple[str, ...]:
        return (*self.commune.natural_key(), *self.zone.natural_key())

    natural_key.dependencies = ["communes.commune", "criteria.zone"]  # type: ignore[attr-defined]

    def clean(self) -> None:
        if not self.zone_id:
            return  # said already at its own field
        others = CommuneZone.objects.filter(
            commune=self.commune_id, zone__criteria_set=self.zone.criteria_set_id
        ).exclude(pk=self.pk)
        if others.exists():
            raise ValidationError({"zone": "Xã này đã có vùng áp dụng trong bộ tiêu chí đó."})


class CriteriaGroup(models.Model):
    """A band of criteria: I. Quy hoạch … V. Hệ thống chính trị."""

    criteria_set = models.ForeignKey(CriteriaSet, models.PROTECT, related_name="groups", verbose_name="bộ tiêu chí")
    code = models.CharField("số La Mã", max_length=10)
    name = models.CharField("tên", max_length=200)
    position = models.PositiveSmallIntegerField("thứ tự")

    objects = ZoneQuerySet.as_manager()

    class Meta:
        verbose_name = "nhóm tiêu chí"
        verbose_name_plural = "nhóm tiêu chí"
        ordering = ["criteria_set", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["criteria_set", "code"],
                name="criteria_group_code_unique_in_set",
                violation_error_message="Bộ tiêu chí này đã có nhóm mang số đó.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}. {self.name}"

    def natural_key(self) -> tuple[str, str]:
        return (self.criteria_set.code, self.code)

    natural_key.dependencies = ["criteria.criteriaset"]  # type: ignore[attr-defined]


class Criterion(models.Model):
    """One criterion (tiêu chí) of a set."""

    criteria_set = models.ForeignKey(CriteriaSet, models.PROTECT, related_name="criteria", verbose_name="bộ tiêu chí")
    group = models.ForeignKey(CriteriaGroup, models.PROTECT, related_name="criteria", verbose_name="nhóm")
    number = models.PositiveSmallIntegerField("số")
    name = models.CharField("tên", max_length=200)
    short_name = models.CharField("tên ngắn", max_length=30, help_text="Dùng trong bảng tiêu chí.")
    is_verified = models.BooleanField("tên đã đối chiếu văn bản", default=False)
    search_key = SearchKeyField("name")
    history = HistoricalRecords(excluded_fields=["search_key"])

    objects = CriterionQuerySet.as_manager()

    class Meta:
        verbose_name = "tiêu chí"
        verbose_name_plural = "tiêu chí"
        ordering = ["criteria_set", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["criteria_set", "number"],
                name="criterion_number_unique_in_set",
                violation_error_message="Bộ tiêu chí này đã có tiêu chí mang số đó.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"

    def natural_key(self) -> tuple[str, int]:
        return (self.criteria_set.code, self.number)

    natural_key.dependencies = ["criteria.criteriaset", "criteria.criteriagroup"]  # type: ignore[attr-defined]

    def clean(self) -> None:
        self.name = nfc(self.name)
        if self.group_id and self.group.criteria_set_id != self.criteria_set_id:
            raise ValidationError({"group": "Nhóm này thuộc bộ tiêu chí khác."})


class SubItem(models.Model):
    """One sub-item (nội dung): the measurable requirement."""

    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="sub_items", verbose_name="tiêu chí")
    code = models.CharField(
        "mã",
        max_length=10,
        validators=[RegexValidator(r"^\d+\.\d+$", "Mã có dạng 13.3: số tiêu chí, dấu chấm, thứ tự.")],
    )
    official_code = models.CharField("mã trong văn bản", max_length=10)
    position = models.PositiveSmallIntegerField("thứ tự")
    name = models.TextField("nội dung")
    kind = models.CharField("cách đo", max_length=10, choices=SubItemKind)
    unit = models.CharField("đơn vị tính", max_length=50)
    comparator = models.CharField("so với ngưỡng", max_length=5, choices=Comparator)
    requirement = models.TextField("yêu cầu")
    details = models.TextField("yêu cầu chi tiết", blank=True, help_text="Mỗi dòng một yêu cầu.")
    threshold_state = models.CharField("tình trạng ngưỡng", max_length=20, choices=ThresholdState)
    threshold_note = models.TextField("ghi chú về ngưỡng", blank=True)
    name_provenance = models.CharField("căn cứ của tên", max_length=10, choices=Provenance)
    requirement_provenance = models.CharField("căn cứ của yêu cầu", max_length=10, choices=Provenance)
    is_verified = models.BooleanField(
        "đã đối chiếu văn bản", default=False, help_text="Cả tên lẫn yêu cầu đều được một nguồn xác nhận."
    )
    notes = models.TextField("ghi chú", blank=True)
    sources = models.ManyToManyField(Source, blank=True, verbose_name="nguồn")
    departments = models.ManyToManyField(
        Department, through="SubItemGuide", related_name="sub_items", verbose_name="phòng, ban hướng dẫn"
    )
    search_key = SearchKeyField("code", "name")
    # The guides of one authority, where `selectors.requirements.catalogue_rows` fetched them.
    local_guides: "list[SubItemGuide]"
    history = HistoricalRecords(excluded_fields=["search_key"])

    objects = SubItemQuerySet.as_manager()

    class Meta:
        verbose_name = "nội dung"
        verbose_name_plural = "nội dung"
        ordering = ["criterion", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["criterion", "code"],
                name="sub_item_code_unique_in_criterion",
                violation_error_message="Tiêu chí này đã có nội dung mang mã đó.",
            ),
            models.UniqueConstraint(
                fields=["criterion", "position"],
                name="sub_item_position_unique_in_criterion",
                violation_error_message="Tiêu chí này đã có nội dung ở thứ tự đó.",
            ),
            models.CheckConstraint(
                condition=Q(kind=SubItemKind.BOOLEAN, comparator=Comparator.MET)
                | (~Q(kind=SubItemKind.BOOLEAN) & ~Q(comparator=Comparator.MET)),
                name="sub_item_comparator_fits_kind",
                violation_error_message="Nội dung đạt/không đạt không so ngưỡng số; nội dung đo bằng số thì phải có.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def natural_key(self) -> tuple[str, str]:
        return (self.criterion.criteria_set.code, self.code)

    natural_key.dependencies = [  # type: ignore[attr-defined]
        "criteria.criterion",
        "criteria.source",
    ]

    def clean(self) -> None:
        self.name, self.requirement = nfc(self.name), nfc(self.requirement)
        if self.criterion_id and not self.code.startswith(f"{self.criterion.number}."):
            raise ValidationError({"code": f"Mã phải bắt đầu bằng {self.criterion.number}. (số của tiêu chí)."})

    @property
    def criteria_set(self) -> CriteriaSet:
        return self.criterion.criteria_set

    @property
    def is_numeric(self) -> bool:
        return self.kind != SubItemKind.BOOLEAN


class SubItemGuide(models.Model):
    """A department that guides a sub-item in its authority."""

    sub_item = models.ForeignKey(SubItem, models.PROTECT, related_name="guides", verbose_name="nội dung")
    department = models.ForeignKey(Department, models.PROTECT, related_name="guides", verbose_name="phòng, ban")
    basis = models.TextField("căn cứ", blank=True, help_text="Vì sao phòng, ban này hướng dẫn nội dung này.")
    history = HistoricalRecords()

    objects = SubItemGuideQuerySet.as_manager()

    class Meta:
        verbose_name = "phòng, ban hướng dẫn"
        verbose_name_plural = "phòng, ban hướng dẫn"
        ordering = ["sub_item", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sub_item", "department"],
                name="sub_item_guide_unique",
                violation_error_message="Phòng, ban này đã hướng dẫn nội dung đó.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sub_item.code}: {self.department.short_name}"

    @property
    def unit(self) -> Authority:
        return self.department.authority

    def natural_key(self) -> tuple[str, ...]:
        return (*self.sub_item.natural_key(), *self.department.natural_key())

    natural_key.dependencies = ["criteria.subitem", "communes.department"]  # type: ignore[attr-defined]


class SubItemPart(models.Model):
    """One of several tests that a sub-item holds at once: women and men, minimum and level 1, total and piped."""

    sub_item = models.ForeignKey(SubItem, models.PROTECT, related_name="parts", verbose_name="nội dung")
    code = models.SlugField("mã", max_length=30)
    name = models.CharField("tên", max_length=200)
    position = models.PositiveSmallIntegerField("thứ tự")

    objects = SubItemPartQuerySet.as_manager()

    class Meta:
        verbose_name = "phần đo của nội dung"
        verbose_name_plural = "phần đo của nội dung"
        ordering = ["sub_item", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["sub_item", "code"],
                name="sub_item_part_code_unique",
                violation_error_message="Nội dung này đã có phần đo mang mã đó.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sub_item.code}, {self.name}"

    def natural_key(self) -> tuple[str, ...]:
        return (*self.sub_item.natural_key(), self.code)

    natural_key.dependencies = ["criteria.subitem"]  # type: ignore[attr-defined]


class Threshold(models.Model):
    """The level that a sub-item (or one part of it) requires: for a zone, a year, a province.

    Only known levels have a row: an unknown threshold is unknown, never zero. The most particular row
    counts: the province's before the national one, the zone's before the common one, the year's
    before that for all years (`criteria/thresholds.py`).
    """

    sub_item = models.ForeignKey(SubItem, models.PROTECT, related_name="thresholds", verbose_name="nội dung")
    part = models.ForeignKey(
        SubItemPart, models.PROTECT, null=True, blank=True, related_name="thresholds", verbose_name="phần đo"
    )
    zone = models.ForeignKey(
        Zone, models.PROTECT, null=True, blank=True, related_name="thresholds", verbose_name="vùng, nhóm xã",
        help_text="Để trống nếu chung cho mọi vùng.",
    )  # fmt: skip
    year = models.PositiveSmallIntegerField("năm", null=True, blank=True, help_text="Để trống nếu chung cho mọi năm.")
    authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="thresholds", verbose_name="do tỉnh quy định",
        help_text="Để trống nếu là mức chung cả nước.",
    )  # fmt: skip
    condition = models.CharField(
        "điều kiện", max_length=200, blank=True, help_text="Ví dụ: xã có hơn 3 trường. Để trống nếu áp dụng cho mọi xã."
    )
    value = models.DecimalField("mức", max_digits=12, decimal_places=3)
    provenance = models.CharField("căn cứ", max_length=10, choices=Provenance)
    document = models.CharField("văn bản quy định", max_length=200, blank=True)
    history = HistoricalRecords()

    objects = ThresholdQuerySet.as_manager()

    class Meta:
        verbose_name = "ngưỡng"
        verbose_name_plural = "ngưỡng"
        ordering = ["sub_item", "part", "year", "zone"]
        constraints = [
            models.UniqueConstraint(
                F("sub_item"),
                Coalesce(F("part"), Value(0)),
                Coalesce(F("zone"), Value(0)),
                Coalesce(F("year"), Value(0)),
                Coalesce(F("authority"), Value(0)),
                F("condition"),
                name="threshold_unique",
                violation_error_message="Đã có ngưỡng cho nội dung, vùng, năm và tỉnh đó.",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="threshold_not_negative",
                violation_error_message="Mức không được âm.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub_item.code}: {self.value}"

    def natural_key(self) -> tuple:
        return (
            *self.sub_item.natural_key(),
            self.part.code if self.part else None,
            self.zone.code if self.zone else None,
            self.year,
            self.authority.code if self.authority else None,
            self.condition,
        )

    natural_key.dependencies = ["criteria.subitempart", "criteria.zone", "communes.authority"]  # type: ignore[attr-defined]

    def clean(self) -> None:
        if not self.sub_item_id:
            return  # said already at its own field
        if self.part and self.part.sub_item_id != self.sub_item_id:
            raise ValidationError({"part": "Phần đo này thuộc nội dung khác."})
        if self.zone and self.zone.criteria_set_id != self.sub_item.criterion.criteria_set_id:
            raise ValidationError({"zone": "Vùng này thuộc bộ tiêu chí khác."})
        if self.value is not None and self.sub_item.kind == SubItemKind.PERCENT and self.value > 100:
            raise ValidationError({"value": "Tỷ lệ không quá 100%."})
