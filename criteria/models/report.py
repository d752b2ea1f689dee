"""The monthly report of a commune: one line a sub-item, every sent version kept."""

from django.db import models
from django.db.models import Q

from communes.models import Commune, User
from criteria.enums import LineVerdict, ReportEventKind, ReportStatus
from criteria.models.assessment import Finding
from criteria.models.catalogue import CriteriaSet, SubItem
from criteria.models.evidence import Evidence
from criteria.querysets import MonthlyReportQuerySet, ReportEventQuerySet, ReportLineQuerySet
from ntm_tracker.lib import clock


class MonthlyReport(models.Model):
    """What a commune files for a month. A report covers the 15th of the month before to the 14th."""

    commune = models.ForeignKey(Commune, models.PROTECT, related_name="reports", verbose_name="xã")
    criteria_set = models.ForeignKey(CriteriaSet, models.PROTECT, related_name="+", verbose_name="bộ tiêu chí")
    month = models.DateField("tháng", help_text="Ngày đầu của tháng báo cáo.")
    status = models.CharField("trạng thái", max_length=10, choices=ReportStatus, default=ReportStatus.DRAFT)
    number = models.PositiveIntegerField("số", null=True, blank=True)
    dated = models.DateField("ngày văn bản", null=True, blank=True)
    results = models.TextField("kết quả thực hiện", blank=True)
    shortcomings = models.TextField("tồn tại, hạn chế", blank=True)
    next_work = models.TextField("nhiệm vụ tháng tới", blank=True)
    proposals = models.TextField("kiến nghị, đề xuất", blank=True)
    first_submitted_at = models.DateTimeField("gửi lần đầu lúc", null=True, blank=True)
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)

    objects = MonthlyReportQuerySet.as_manager()

    class Meta:
        verbose_name = "báo cáo tháng"
        verbose_name_plural = "báo cáo tháng"
        ordering = ["-month", "commune"]
        constraints = [
            models.UniqueConstraint(
                fields=["commune", "month"],
                name="report_unique_in_month",
                violation_error_message="Xã này đã có báo cáo của tháng đó.",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="report_month_is_first_day",
                violation_error_message="Tháng báo cáo phải ghi là ngày đầu tháng.",
            ),
            models.CheckConstraint(
                condition=Q(status=ReportStatus.DRAFT) | Q(first_submitted_at__isnull=False),
                name="report_sent_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Báo cáo tháng {self.month.month}/{self.month.year} của {self.commune}"

    @property
    def unit(self) -> Commune:
        return self.commune


class ReportLine(Finding):
    """One sub-item in a report: what the commune says, and what the reviewers answered."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="lines", verbose_name="báo cáo")
    sub_item = models.ForeignKey(SubItem, models.PROTECT, related_name="+", verbose_name="nội dung")
    note = models.TextField("ghi chú của xã", blank=True)
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="report_lines", verbose_name="minh chứng")
    verdict = models.CharField("thẩm định", max_length=10, choices=LineVerdict, default=LineVerdict.PENDING)
    review_comment = models.TextField("ý kiến thẩm định", blank=True)
    department_opinion = models.TextField("ý kiến phòng, ban", blank=True)
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)

    objects = ReportLineQuerySet.as_manager()

    class Meta:
        verbose_name = "dòng báo cáo"
        verbose_name_plural = "dòng báo cáo"
        ordering = ["report", "sub_item"]
        constraints = [models.UniqueConstraint(fields=["report", "sub_item"], name="report_line_unique")]

    def __str__(self) -> str:
        return f"{self.report}, nội dung {self.sub_item.code}"

    @property
    def unit(self) -> Commune:
        return self.report.commune


class ReportEvent(models.Model):
    """What happened to a report; a sent version is kept whole. Append only."""

    report = models.ForeignKey(MonthlyReport, models.PROTECT, related_name="events", verbose_name="báo cáo")
    kind = models.CharField("việc", max_length=15, choices=ReportEventKind)
    at = models.DateTimeField("lúc", default=clock.now)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người thực hiện"
    )
    reason = models.TextField("lý do", blank=True)
    snapshot = models.JSONField("bản đã gửi", null=True, blank=True)
    sha256 = models.CharField("mã kiểm tra SHA-256", max_length=64, blank=True)

    objects = ReportEventQuerySet.as_manager()

    class Meta:
        verbose_name = "diễn biến báo cáo"
        verbose_name_plural = "diễn biến báo cáo"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.report}: {self.get_kind_display()}"

    @property
    def unit(self) -> Commune:
        return self.report.commune
