"""Work assigned in a notice or on its own, followed until it is done."""

import secrets
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from communes.models import Authority, Commune, Department, User
from criteria.models import Evidence, SubItem
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import SearchKeyField, nfc
from tasks.enums import ExtensionDecision, Recurrence, TaskStatus, TaskUpdateKind
from tasks.models.notice import Notice, NoticePoint
from tasks.models.proposal import ProposalReply
from tasks.querysets import TaskPartQuerySet, TaskQuerySet

ONE_LEAD = Q(lead_department__isnull=False, lead_commune__isnull=True) | Q(
    lead_department__isnull=True, lead_commune__isnull=False
)


# A plan runs five years; a day beyond twice that is a slip of the pen.
YEARS_AHEAD = 10


def check_not_too_far(day: date | None, field: str) -> None:
    """Raise ValidationError at `field` for a due day that nobody can mean."""
    last = date(clock.today().year + YEARS_AHEAD, 12, 31)
    if day and day > last:
        said = f"Hạn {clock.vn_date(day)} quá xa: muộn nhất là {clock.vn_date(last)}. Hãy xem lại năm."
        raise ValidationError({field: said})


class Task(models.Model):
    """One piece of work with one lead. Overdue is computed, never stored (`TaskQuerySet.overdue`)."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="tasks", verbose_name="cơ quan giao")
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name="về xã"
    )
    reference = models.SlugField("mã hồ sơ", max_length=60, unique=True)
    point = models.ForeignKey(
        NoticePoint, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name="điểm của thông báo"
    )
    reply = models.ForeignKey(
        ProposalReply, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name="trả lời kiến nghị"
    )
    text = models.TextField("nhiệm vụ")
    note = models.TextField("ghi chú", blank=True)
    status = models.CharField("trạng thái", max_length=10, choices=TaskStatus, default=TaskStatus.OPEN)
    lead_department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="led_tasks", verbose_name="phòng, ban chủ trì"
    )
    lead_commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="led_tasks", verbose_name="xã chủ trì"
    )
    assigned_on = models.DateField("ngày giao")
    due_on = models.DateField("hạn ban đầu", null=True, blank=True, help_text="Để trống nếu làm thường xuyên.")
    recurrence = models.CharField("lặp lại", max_length=10, choices=Recurrence, blank=True, default=Recurrence.NONE)
    recurrence_day = models.PositiveSmallIntegerField(
        "ngày trong tháng", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(28)]
    )
    is_monthly_report = models.BooleanField(
        "là báo cáo tháng của xã",
        default=False,
        help_text="Tháng nào xã gửi báo cáo tháng thì tháng đó tính là đã làm.",
    )
    sub_items = models.ManyToManyField(SubItem, blank=True, related_name="tasks", verbose_name="phục vụ nội dung")
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)
    search_key = SearchKeyField("text")
    history = HistoricalRecords(excluded_fields=["search_key"])

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = "nhiệm vụ"
        verbose_name_plural = "nhiệm vụ"
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=ONE_LEAD,
                name="task_has_one_lead",
                violation_error_message="Nhiệm vụ phải có đúng một đơn vị chủ trì: phòng, ban hoặc xã.",
            ),
            models.CheckConstraint(
                condition=Q(recurrence=Recurrence.NONE, recurrence_day__isnull=True)
                | Q(
                    recurrence=Recurrence.MONTHLY,
                    recurrence_day__isnull=False,  # a range alone holds for NULL too
                    recurrence_day__range=(1, 28),
                    due_on__isnull=True,
                ),
                name="task_recurrence_has_day",
                violation_error_message="Việc hằng tháng phải ghi ngày trong tháng (1 đến 28) và không có hạn riêng.",
            ),
            models.CheckConstraint(
                condition=Q(is_monthly_report=False) | Q(recurrence=Recurrence.MONTHLY, lead_commune__isnull=False),
                name="task_monthly_report_is_a_communes",
                violation_error_message="Báo cáo tháng là việc hằng tháng do xã chủ trì.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(due_on__gte=F("assigned_on")),
                name="task_due_after_assignment",
                violation_error_message="Hạn không thể trước ngày giao.",
            ),
        ]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 90 else f"{self.text[:89]}…"

    def get_absolute_url(self) -> str:
        return reverse("tasks:detail", args=[self.pk])

    def natural_key(self) -> tuple[str]:
        return (self.reference,)

    natural_key.dependencies = [  # type: ignore[attr-defined]
        "tasks.noticepoint",
        "tasks.proposalreply",
        "criteria.subitem",
        "communes.department",
    ]

    @property
    def unit(self) -> Authority | Commune:
        return self.commune or self.lead_commune or self.authority

    @property
    def lead(self) -> Department | Commune | None:
        return self.lead_department or self.lead_commune

    @property
    def origin(self) -> NoticePoint | None:
        """Return the point that gives it: one of its own, or that of the proposal whose reply gives it."""
        if self.point:
            return self.point
        return getattr(self.reply.proposal, "point", None) if self.reply else None

    @property
    def notice(self) -> Notice | None:
        """Return the notice that gives it."""
        return self.origin.section.notice if self.origin else None

    @property
    def is_standing(self) -> bool:
        """Work without a day: neither due nor recurring."""
        return self.due_on is None and not self.recurrence

    def clean(self) -> None:
        self.text = nfc(self.text)
        check_not_too_far(self.due_on, "due_on")
        if self.lead_department and self.lead_department.authority_id != self.authority_id:
            raise ValidationError({"lead_department": "Phòng, ban này không thuộc cơ quan giao việc."})


class TaskSupport(models.Model):
    """A unit that helps with a task and answers for its part."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="supports", verbose_name="nhiệm vụ")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="supported_tasks", verbose_name="phòng, ban"
    )
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="supported_tasks", verbose_name="xã"
    )
    part = models.TextField("phần việc", blank=True)

    objects = TaskPartQuerySet.as_manager()

    class Meta:
        verbose_name = "đơn vị phối hợp"
        verbose_name_plural = "đơn vị phối hợp"
        ordering = ["task", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(department__isnull=False, commune__isnull=True)
                | Q(department__isnull=True, commune__isnull=False),
                name="task_support_is_one_unit",
                violation_error_message="Chọn một phòng, ban hoặc một xã phối hợp.",
            ),
            models.UniqueConstraint(fields=["task", "department"], name="task_support_department_unique"),
            models.UniqueConstraint(fields=["task", "commune"], name="task_support_commune_unique"),
        ]

    def __str__(self) -> str:
        return str(self.department or self.commune)

    def natural_key(self) -> tuple:
        return (
            *self.task.natural_key(),
            self.department.code if self.department else None,
            self.commune.code if self.commune else None,
        )

    natural_key.dependencies = ["tasks.task"]  # type: ignore[attr-defined]


class TaskUpdate(models.Model):
    """What was reported on a task, or what became of it. Append only.

    `support` says that a supporting unit answers for its part; `month` which month of monthly work is answered.
    """

    task = models.ForeignKey(Task, models.PROTECT, related_name="updates", verbose_name="nhiệm vụ")
    kind = models.CharField("loại", max_length=10, choices=TaskUpdateKind, default=TaskUpdateKind.PROGRESS)
    at = models.DateTimeField("lúc", default=clock.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người cập nhật")
    text = models.TextField("nội dung")
    share_done = models.PositiveSmallIntegerField(
        "khối lượng đã làm (%)", null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    support = models.ForeignKey(
        TaskSupport, models.PROTECT, null=True, blank=True, related_name="updates", verbose_name="về phần việc của"
    )
    month = models.DateField("cho tháng", null=True, blank=True, help_text="Ngày đầu của tháng.")
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="task_updates", verbose_name="minh chứng")

    objects = TaskPartQuerySet.as_manager()

    class Meta:
        verbose_name = "cập nhật nhiệm vụ"
        verbose_name_plural = "cập nhật nhiệm vụ"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share_done__isnull=True) | Q(share_done__lte=100),
                name="task_update_share_at_most_100",
                violation_error_message="Khối lượng không quá 100%.",
            ),
            models.CheckConstraint(
                condition=Q(month__isnull=True) | Q(month__day=1), name="task_update_month_is_first_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {clock.vn_date(clock.day_of(self.at))}"


class ExtensionRequest(models.Model):
    """A later day asked for by the lead. The task keeps its first day; the last granted one counts."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="extensions", verbose_name="nhiệm vụ")
    new_due_on = models.DateField("hạn mới")
    reason = models.TextField("lý do")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người xin")
    asked_at = models.DateTimeField("xin lúc", default=clock.now)
    decision = models.CharField(
        "quyết định", max_length=10, choices=ExtensionDecision, default=ExtensionDecision.PENDING
    )
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người quyết định"
    )
    decided_at = models.DateTimeField("quyết định lúc", null=True, blank=True)
    comment = models.TextField("ý kiến", blank=True)

    objects = TaskPartQuerySet.as_manager()

    class Meta:
        verbose_name = "xin gia hạn"
        verbose_name_plural = "xin gia hạn"
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision=ExtensionDecision.PENDING, decided_at__isnull=True)
                | (~Q(decision=ExtensionDecision.PENDING) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="extension_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["task"],
                condition=Q(decision=ExtensionDecision.PENDING),
                name="extension_one_pending",
                violation_error_message="Nhiệm vụ này đang có một đề nghị gia hạn chờ quyết định.",
            ),
        ]

    def __str__(self) -> str:
        return f"đến {clock.vn_date(self.new_due_on)}: {self.get_decision_display()}"

    def clean(self) -> None:
        check_not_too_far(self.new_due_on, "new_due_on")
        latest: date | None = self.task.due_on
        if latest and self.new_due_on and self.new_due_on <= latest:
            raise ValidationError({"new_due_on": f"Hạn mới phải sau hạn ban đầu {clock.vn_date(latest)}."})


def new_feed_key() -> str:
    """Return 192 random bits: whoever holds the link reads the calendar, nobody guesses it."""
    return secrets.token_urlsafe(24)


class TaskFeed(models.Model):
    """The private link by which a person's calendar program reads their due days. Renewed or withdrawn at will."""

    person = models.OneToOneField(User, models.CASCADE, related_name="task_feed", verbose_name="người dùng")
    key = models.CharField("khóa", max_length=40, unique=True, default=new_feed_key)
    made_at = models.DateTimeField("tạo lúc", default=clock.now)

    class Meta:
        verbose_name = "lịch nhiệm vụ riêng"
        verbose_name_plural = "lịch nhiệm vụ riêng"

    def __str__(self) -> str:
        return f"Lịch nhiệm vụ của {self.person}"
