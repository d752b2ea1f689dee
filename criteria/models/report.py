"""The monthly report of a commune: one line a sub-item, every sent version kept."""

from django.db import models
from django.db.models import Q

from communes.models import Commune, Department, User
from criteria.enums import LineVerdict, ReportEventKind, ReportFileKind, ReportStatus
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
    reopened_until = models.DateTimeField("cho sửa lại đến", null=True, blank=True, editable=False)
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

    @property
    def is_as_sent(self) -> bool:
        """Whether the records say what was sent last; else they hold what is nobody's but the commune's."""
        is_closed = self.status == ReportStatus.ACCEPTED and self.reopened_until is None
        return is_closed or self.status == ReportStatus.SUBMITTED


class ReportLine(Finding):
    """One sub-item in a report: what the commune says, and what the reviewers answered."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="lines", verbose_name="báo cáo")
    sub_item = models.ForeignKey(SubItem, models.PROTECT, related_name="+", verbose_name="nội dung")
    note = models.TextField("ghi chú của xã", blank=True)
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="report_lines", verbose_name="minh chứng")
    verdict = models.CharField("thẩm định", max_length=10, choices=LineVerdict, default=LineVerdict.PENDING)
    review_comment = models.TextField("ý kiến thẩm định", blank=True)
    checked_at = models.DateTimeField(
        "xã rà soát lúc", null=True, blank=True, help_text="Để trống khi xã chưa xem lại nội dung này trong tháng."
    )
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


class LineOpinion(models.Model):
    """What a department says of a line of its sector. Append only; the reviewer decides."""

    line = models.ForeignKey(ReportLine, models.CASCADE, related_name="opinions", verbose_name="dòng báo cáo")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="phòng, ban")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người có ý kiến")
    at = models.DateTimeField("lúc", default=clock.now)
    text = models.TextField("ý kiến")

    class Meta:
        verbose_name = "ý kiến phòng, ban"
        verbose_name_plural = "ý kiến phòng, ban"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.department}: {self.text[:80]}"


def report_file_name(report_file: "ReportFile", original_name: str) -> str:
    """A generated path: the person's own file name never reaches the disk."""
    return f"reports/{report_file.sha256[:2]}/{report_file.sha256}"


class ReportFile(models.Model):
    """A file of a report: the PDF of a sent version, or the copy that was signed and scanned."""

    report = models.ForeignKey(MonthlyReport, models.PROTECT, related_name="files", verbose_name="báo cáo")
    event = models.ForeignKey(
        "ReportEvent", models.PROTECT, null=True, blank=True, related_name="files", verbose_name="lần gửi"
    )
    kind = models.CharField("loại", max_length=15, choices=ReportFileKind)
    file = models.FileField("tệp", upload_to=report_file_name, max_length=200)
    original_name = models.CharField("tên tệp", max_length=255)
    sha256 = models.CharField("mã kiểm tra SHA-256", max_length=64)
    stored_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người lưu")
    stored_at = models.DateTimeField("lưu lúc", default=clock.now)

    class Meta:
        verbose_name = "tệp của báo cáo"
        verbose_name_plural = "tệp của báo cáo"
        ordering = ["-stored_at", "-pk"]

    def __str__(self) -> str:
        return self.original_name


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
