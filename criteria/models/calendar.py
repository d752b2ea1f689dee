"""When a monthly report is due: the rule of an authority, and the days that the holiday library doesn't know."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from communes.models import Authority
from criteria.deadlines import REPORT_DAY
from criteria.querysets import ReportRuleQuerySet
from ntm_tracker.lib import clock


class DayException(models.Model):
    """A day that is off or worked by decision: a swapped one, a made-up one (Bộ luật Lao động 2019, Điều 112)."""

    day = models.DateField("ngày", unique=True, error_messages={"unique": "Ngày này đã có trong bảng."})
    is_workday = models.BooleanField("là ngày làm việc", help_text="Đánh dấu: làm bù. Bỏ trống: nghỉ.")
    reason = models.CharField("lý do, văn bản", max_length=200)

    class Meta:
        verbose_name = "ngày nghỉ, ngày làm bù"
        verbose_name_plural = "ngày nghỉ, ngày làm bù"
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{clock.vn_date(self.day)}: {'làm việc' if self.is_workday else 'nghỉ'}"


class ReportRule(models.Model):
    """Another due day than the notice's 15th, for the communes of one authority, from a month on."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="report_rules", verbose_name="cơ quan")
    from_month = models.DateField(
        "từ báo cáo tháng", help_text="Ngày đầu của tháng báo cáo đầu tiên theo quy định này."
    )
    due_day = models.PositiveSmallIntegerField(
        "ngày đến hạn", default=REPORT_DAY, validators=[MinValueValidator(1), MaxValueValidator(28)]
    )
    moves_to_workday = models.BooleanField(
        "lùi sang ngày làm việc",
        default=True,
        help_text="Khi ngày đến hạn là ngày nghỉ (Bộ luật Dân sự 2015, Điều 148).",
    )
    reason = models.CharField("văn bản quy định", max_length=200)

    objects = ReportRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "quy định về hạn báo cáo"
        verbose_name_plural = "quy định về hạn báo cáo"
        ordering = ["authority", "-from_month"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "from_month"],
                name="report_rule_unique_from_month",
                violation_error_message="Cơ quan này đã có quy định từ tháng đó.",
            ),
            models.CheckConstraint(
                condition=Q(from_month__day=1),
                name="report_rule_from_first_day",
                violation_error_message="Hãy ghi ngày đầu tháng, ví dụ 01/4/2023.",
            ),
            models.CheckConstraint(condition=Q(due_day__range=(1, 28)), name="report_rule_due_day_in_month"),
        ]

    def __str__(self) -> str:
        return f"{self.authority}: ngày {self.due_day}, từ tháng {self.from_month.month}/{self.from_month.year}"

    @property
    def unit(self) -> Authority:
        return self.authority
