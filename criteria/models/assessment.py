"""The district's current finding for each commune and sub-item, its history and the plan to reach it."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from communes.models import Commune, User
from criteria.enums import AssessmentSource, EvidenceEventKind, Status
from criteria.models.catalogue import SubItem
from criteria.models.evidence import Evidence
from criteria.querysets import (
    AssessmentChangeQuerySet,
    AssessmentQuerySet,
    EvidenceEventQuerySet,
    SubItemPlanQuerySet,
)
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_amount, vn_decimal


class Finding(models.Model):
    """Status and measured values, as assessments, their changes and report lines hold them.

    An empty status means "not assessed": a report line not filled in, a first finding taken back.
    """

    status = models.CharField("kết quả", max_length=15, choices=Status, blank=True)
    value = models.DecimalField("giá trị", max_digits=12, decimal_places=3, null=True, blank=True)
    part_values = models.JSONField(
        "giá trị từng phần", default=dict, blank=True, help_text="Mã phần đo và giá trị dạng chữ số thập phân."
    )

    class Meta:
        abstract = True


class Assessment(Finding):
    """The current finding. Every change goes through `services.change_assessment`, which records it."""

    commune = models.ForeignKey(Commune, models.PROTECT, related_name="assessments", verbose_name="xã")
    sub_item = models.ForeignKey(SubItem, models.PROTECT, related_name="assessments", verbose_name="nội dung")
    reason = models.TextField("lý do", blank=True)
    basis = models.CharField(
        "căn cứ", max_length=300, blank=True, help_text="Ví dụ: Quyết định 318/QĐ-TTg, nội dung 13.4"
    )
    source = models.CharField("nguồn", max_length=12, choices=AssessmentSource, default=AssessmentSource.OFFICER)
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="assessments", verbose_name="minh chứng")
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)
    changed_at = models.DateTimeField("thay đổi lúc", default=clock.now)
    changed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người thay đổi"
    )

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = "đánh giá"
        verbose_name_plural = "đánh giá"
        ordering = ["commune", "sub_item"]
        constraints = [
            models.UniqueConstraint(fields=["commune", "sub_item"], name="assessment_unique"),
            models.CheckConstraint(
                condition=~Q(status=Status.NOT_APPLICABLE) | ~Q(reason=""),
                name="assessment_not_applicable_has_reason",
                violation_error_message="“Không áp dụng” phải ghi lý do và căn cứ.",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0),
                name="assessment_value_not_negative",
                violation_error_message="Giá trị không được âm.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commune}, nội dung {self.sub_item.code}: {self.get_status_display()}"

    @property
    def unit(self) -> Commune:
        return self.commune


class AssessmentChange(Finding):
    """One change of an assessment: append only, written in the transaction of the change."""

    # Without an index of its own: two wider ones begin with it.
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="changes", db_index=False, verbose_name="đánh giá"
    )
    at = models.DateTimeField("lúc", default=clock.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người thay đổi")
    from_status = models.CharField("từ", max_length=15, choices=Status, blank=True)
    from_value = models.DecimalField("từ giá trị", max_digits=12, decimal_places=3, null=True, blank=True)
    reason = models.TextField("lý do", blank=True)
    basis = models.CharField("căn cứ", max_length=300, blank=True)
    source = models.CharField("nguồn", max_length=12, choices=AssessmentSource)
    version = models.PositiveIntegerField("phiên bản")
    # It only says again, under another name or authority of the unit, what was known before.
    is_taken_over = models.BooleanField("tiếp nhận từ đơn vị cũ", default=False, editable=False)
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="undone_by", verbose_name="hoàn tác cho"
    )
    is_of_evidence = False
    # Lists that tell a confirmation from a change ask for it (`with_confirmations`).
    confirmed_by: str = ""

    objects = AssessmentChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "thay đổi đánh giá"
        verbose_name_plural = "thay đổi đánh giá"
        ordering = ["-at", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "version"], name="assessment_change_version_unique")
        ]
        indexes = [
            models.Index(fields=["assessment", "at", "version"], name="assessment_change_as_of"),
            models.Index(fields=["-at", "-version"], name="assessment_change_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.from_status or '–'} → {self.status}"

    @property
    def told_source(self) -> str:
        """On what it rests; of an undoing, that it took back the change before it; of a confirmation, what it says."""
        if self.confirmed_by:
            return f"{self.confirmed_by} xác nhận kết quả “{self.get_status_display()}”"
        return "Hoàn tác thay đổi ngay trước đó" if self.undoes_id else self.get_source_display()

    @property
    def told_reason(self) -> str:
        """Why; an undoing only brings back the reason of what stands again, a confirmation lets another's stand."""
        return "" if self.undoes_id or self.confirmed_by else self.reason

    def may_be_undone_by(self, user: User) -> bool:
        """Whether it is the person's own of today: a slip is taken back, a finding of others or of before is changed.

        What a new unit took over from the old one is no slip.
        """
        is_own = self.by_id == user.pk and not self.is_taken_over
        return is_own and clock.day_of(self.at) == clock.today()

    @property
    def figures(self) -> str:
        """What was measured, from and to: "60 → 65%"; of several parts "Nam: 71,5%; Nữ: 65%"; "" where nothing was."""
        sub_item = self.assessment.sub_item
        if self.part_values:
            parts = ((part.name, self.part_values.get(part.code)) for part in sub_item.parts.all())
            return "; ".join(f"{name}: {vn_amount(Decimal(value), sub_item.unit)}" for name, value in parts if value)
        if self.value is None:
            return ""
        before = "" if self.from_value in (None, self.value) else f"{vn_decimal(self.from_value)} → "
        return f"{before}{vn_amount(self.value, sub_item.unit)}"

    @property
    def unit(self) -> Commune:
        return self.assessment.commune


class EvidenceEvent(models.Model):
    """A file put to a finding or taken off it: append only, written in the transaction that does it.

    Its name stays when the file itself is deleted later.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="evidence_events", verbose_name="đánh giá")
    evidence = models.ForeignKey(
        Evidence, models.SET_NULL, null=True, blank=True, related_name="events", verbose_name="minh chứng"
    )
    file_name = models.CharField("tên tệp", max_length=255)
    kind = models.CharField("loại", max_length=10, choices=EvidenceEventKind)
    at = models.DateTimeField("lúc", default=clock.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người làm")
    is_of_evidence = True

    objects = EvidenceEventQuerySet.as_manager()

    class Meta:
        verbose_name = "lần gắn, gỡ minh chứng"
        verbose_name_plural = "lần gắn, gỡ minh chứng"
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["assessment", "at"], name="evidence_event_as_of"),
            models.Index(fields=["-at"], name="evidence_event_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} “{self.file_name}”"

    @property
    def unit(self) -> Commune:
        return self.assessment.commune


class SubItemPlan(models.Model):
    """How a commune means to reach a sub-item: the official in charge, the planned date, the solution."""

    commune = models.ForeignKey(Commune, models.PROTECT, related_name="plans", verbose_name="xã")
    sub_item = models.ForeignKey(SubItem, models.PROTECT, related_name="plans", verbose_name="nội dung")
    official = models.CharField("cán bộ phụ trách", max_length=200, blank=True)
    planned_on = models.DateField("dự kiến đạt vào", null=True, blank=True)
    solution = models.TextField("giải pháp", blank=True)
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)
    history = HistoricalRecords()

    objects = SubItemPlanQuerySet.as_manager()

    class Meta:
        verbose_name = "kế hoạch hoàn thành nội dung"
        verbose_name_plural = "kế hoạch hoàn thành nội dung"
        ordering = ["commune", "sub_item"]
        constraints = [models.UniqueConstraint(fields=["commune", "sub_item"], name="sub_item_plan_unique")]

    def __str__(self) -> str:
        return f"{self.commune}, nội dung {self.sub_item.code}"

    @property
    def _history_date(self) -> datetime:
        """When its history says that it was written: by the clock of the product, as everything else."""
        return clock.now()

    @property
    def unit(self) -> Commune:
        return self.commune
