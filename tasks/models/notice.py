"""The conclusion notice of a working session, as structured records."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from communes.models import Authority, Commune, Department, User
from ntm_tracker.lib import clock
from ntm_tracker.lib.official import MOTTO
from ntm_tracker.lib.text import SearchKeyField, nfc
from tasks.enums import (
    AttendeeSide,
    CitationRole,
    NoticeFileKind,
    NoticeStatus,
    PointKind,
    SectionKind,
)
from tasks.querysets import NoticePartQuerySet, NoticeQuerySet


class Notice(models.Model):
    """A conclusion notice: a draft takes its figures from the live data, an issued one is frozen."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="notices", verbose_name="cơ quan ban hành")
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="notices", verbose_name="xã")
    status = models.CharField("trạng thái", max_length=10, choices=NoticeStatus, default=NoticeStatus.DRAFT)
    reference = models.SlugField(
        "mã hồ sơ", max_length=60, unique=True, help_text="Không in ra. Ví dụ: anh-son-cao-son-2023-04-05"
    )
    number = models.PositiveIntegerField("số", null=True, blank=True, validators=[MinValueValidator(1)])
    symbol = models.CharField("ký hiệu", max_length=30, default="TB-UBND")
    issued_on = models.DateField("ngày ban hành", null=True, blank=True)
    number_year = models.PositiveSmallIntegerField("năm của số", null=True, blank=True, editable=False)
    subject = models.TextField("trích yếu")
    motto = models.CharField(
        "tiêu ngữ", max_length=60, default=MOTTO, help_text="Chỉ đổi khi nhập lại văn bản cũ đúng như bản gốc."
    )
    session_on = models.DateField("ngày làm việc")
    session_time = models.CharField("buổi", max_length=20, blank=True, help_text="Ví dụ: chiều")
    chair_name = models.CharField("người chủ trì", max_length=100)
    chair_post = models.TextField("chức vụ người chủ trì")
    authority_lines = models.TextField(
        "quyền hạn, chức vụ người ký", help_text="Mỗi dòng một hàng. Ví dụ: TL. CHỦ TỊCH / CHÁNH VĂN PHÒNG"
    )
    signer_name = models.CharField("họ tên người ký", max_length=100)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="bổ sung cho thông báo"
    )
    revoked_on = models.DateField("thu hồi ngày", null=True, blank=True)
    revoke_reason = models.TextField("lý do thu hồi", blank=True)
    frozen = models.JSONField("văn bản đã ban hành", null=True, blank=True, editable=False)
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)
    departments = models.ManyToManyField(Department, through="NoticeAttendee", related_name="notices")
    search_key = SearchKeyField("subject", "symbol", "chair_name")
    history = HistoricalRecords(excluded_fields=["search_key", "frozen"])

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "thông báo kết luận"
        verbose_name_plural = "thông báo kết luận"
        ordering = ["-session_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "number_year", "symbol", "number"],
                name="notice_number_unique_in_year",
                violation_error_message="Số này đã được dùng trong năm cho cùng ký hiệu.",
            ),
            models.CheckConstraint(
                condition=Q(status=NoticeStatus.DRAFT)
                | Q(number__isnull=False, issued_on__isnull=False, number_year__isnull=False),
                name="notice_issued_has_number_and_day",
                violation_error_message="Thông báo đã ban hành phải có số và ngày.",
            ),
            models.CheckConstraint(
                condition=~Q(status=NoticeStatus.REVOKED) | (Q(revoked_on__isnull=False) & ~Q(revoke_reason="")),
                name="notice_revoked_has_day_and_reason",
                violation_error_message="Thông báo bị thu hồi phải có ngày và lý do.",
            ),
            models.CheckConstraint(condition=Q(number__isnull=True) | Q(number__gte=1), name="notice_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.sign} ({self.commune}, {clock.vn_date(self.session_on)})"

    def get_absolute_url(self) -> str:
        return reverse("notices:detail", args=[self.pk])

    def natural_key(self) -> tuple[str]:
        return (self.reference,)

    natural_key.dependencies = ["communes.authority", "communes.commune"]  # type: ignore[attr-defined]

    @property
    def unit(self) -> Authority:
        return self.authority

    @property
    def sign(self) -> str:
        """`05/TB-UBND`; without a number `…/TB-UBND`."""
        return f"{self.number:02d}/{self.symbol}" if self.number else f"…/{self.symbol}"

    def clean(self) -> None:
        self.subject = nfc(self.subject)
        if self.status != NoticeStatus.DRAFT and self.issued_on and self.issued_on < self.session_on:
            raise ValidationError({"issued_on": "Ngày ban hành không thể trước ngày làm việc."})


class NoticeSection(models.Model):
    """Opening, the Roman sections in their order, closing."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="sections", verbose_name="thông báo")
    position = models.PositiveSmallIntegerField("thứ tự")
    kind = models.CharField("loại", max_length=15, choices=SectionKind)
    heading = models.CharField("tiêu đề", max_length=300, blank=True, help_text="Không ghi số La Mã.")

    objects = NoticePartQuerySet.as_manager()

    class Meta:
        verbose_name = "mục của thông báo"
        verbose_name_plural = "mục của thông báo"
        ordering = ["notice", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "position"],
                name="notice_section_position_unique",
                violation_error_message="Thông báo đã có mục ở thứ tự này.",
            )
        ]

    def __str__(self) -> str:
        return self.heading or self.get_kind_display()

    def natural_key(self) -> tuple:
        return (*self.notice.natural_key(), self.position)

    natural_key.dependencies = ["tasks.notice"]  # type: ignore[attr-defined]

    @property
    def unit(self) -> Authority:
        return self.notice.authority


TEXT_HELP = "Không ghi số thứ tự hay gạch đầu dòng. Ghi [[tiến độ]] để lấy số liệu của ngày làm việc."


class NoticePoint(models.Model):
    """One printed paragraph. A proposal's point prints the proposal and its replies."""

    section = models.ForeignKey(NoticeSection, models.CASCADE, related_name="points", verbose_name="mục")
    position = models.PositiveSmallIntegerField("thứ tự")
    kind = models.CharField("kiểu", max_length=10, choices=PointKind)
    text = models.TextField("nội dung", blank=True, help_text=TEXT_HELP)
    proposal = models.OneToOneField(
        "tasks.Proposal", models.PROTECT, null=True, blank=True, related_name="point", verbose_name="kiến nghị"
    )
    creates_no_task = models.BooleanField(
        "không phát sinh nhiệm vụ", default=False, help_text="Đánh dấu khi kết luận này không thành nhiệm vụ."
    )

    objects = NoticePartQuerySet.as_manager()

    class Meta:
        verbose_name = "điểm của thông báo"
        verbose_name_plural = "điểm của thông báo"
        ordering = ["section", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "position"],
                name="notice_point_position_unique",
                violation_error_message="Mục này đã có điểm ở thứ tự đó.",
            ),
            models.CheckConstraint(
                condition=Q(kind=PointKind.PROPOSAL, proposal__isnull=False, text="")
                | (~Q(kind=PointKind.PROPOSAL) & Q(proposal__isnull=True) & ~Q(text="")),
                name="notice_point_text_or_proposal",
                violation_error_message="Điểm phải có nội dung; điểm kiến nghị thì lấy lời từ kiến nghị.",
            ),
        ]

    def __str__(self) -> str:
        text = self.text or (self.proposal.text if self.proposal else "")
        return text if len(text) <= 80 else f"{text[:79]}…"

    def natural_key(self) -> tuple:
        return (*self.section.natural_key(), self.position)

    natural_key.dependencies = ["tasks.noticesection", "tasks.proposal"]  # type: ignore[attr-defined]

    @property
    def unit(self) -> Authority:
        return self.section.notice.authority


class NoticeAttendee(models.Model):
    """Who took part in the session: a person by post, or a department or commune."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="attendees", verbose_name="thông báo")
    position = models.PositiveSmallIntegerField("thứ tự")
    side = models.CharField("thành phần", max_length=10, choices=AttendeeSide)
    text = models.CharField("ghi trong văn bản", max_length=300)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="phòng, ban"
    )

    objects = NoticePartQuerySet.as_manager()

    class Meta:
        verbose_name = "thành phần tham dự"
        verbose_name_plural = "thành phần tham dự"
        ordering = ["notice", "position"]
        constraints = [models.UniqueConstraint(fields=["notice", "position"], name="notice_attendee_position_unique")]

    def __str__(self) -> str:
        return self.text

    def natural_key(self) -> tuple:
        return (*self.notice.natural_key(), self.position)

    natural_key.dependencies = ["tasks.notice", "communes.department"]  # type: ignore[attr-defined]


class NoticeRecipient(models.Model):
    """One line of "Nơi nhận"."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="recipients", verbose_name="thông báo")
    position = models.PositiveSmallIntegerField("thứ tự")
    text = models.CharField("nơi nhận", max_length=200, help_text="Không ghi gạch đầu dòng và dấu chấm phẩy.")

    objects = NoticePartQuerySet.as_manager()

    class Meta:
        verbose_name = "nơi nhận"
        verbose_name_plural = "nơi nhận"
        ordering = ["notice", "position"]
        constraints = [models.UniqueConstraint(fields=["notice", "position"], name="notice_recipient_position_unique")]

    def __str__(self) -> str:
        return self.text

    def natural_key(self) -> tuple:
        return (*self.notice.natural_key(), self.position)

    natural_key.dependencies = ["tasks.notice"]  # type: ignore[attr-defined]


class Citation(models.Model):
    """A document that a notice rests on or names, such as 29/TTr-UBND of 30/3/2023."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="citations", verbose_name="thông báo")
    role = models.CharField("vai trò", max_length=10, choices=CitationRole, default=CitationRole.CITED)
    sign = models.CharField(
        "số, ký hiệu",
        max_length=50,
        validators=[RegexValidator(r"^\d+/[^\s]+$", "Số, ký hiệu có dạng 29/TTr-UBND, không có khoảng trắng.")],
    )
    dated = models.DateField("ngày")
    title = models.CharField("về việc", max_length=300, blank=True)
    proposal = models.ForeignKey(
        "tasks.Proposal", models.PROTECT, null=True, blank=True, related_name="citations", verbose_name="kiến nghị"
    )

    objects = NoticePartQuerySet.as_manager()

    class Meta:
        verbose_name = "văn bản được dẫn"
        verbose_name_plural = "văn bản được dẫn"
        ordering = ["notice", "dated", "sign"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "sign", "dated"],
                name="citation_unique_in_notice",
                violation_error_message="Văn bản này đã được dẫn trong thông báo.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sign} ngày {clock.vn_date(self.dated)}"

    def natural_key(self) -> tuple:
        return (*self.notice.natural_key(), self.sign)

    natural_key.dependencies = ["tasks.notice", "tasks.proposal"]  # type: ignore[attr-defined]


def notice_file_name(notice_file: "NoticeFile", original_name: str) -> str:
    """A generated path: the person's own file name never reaches the disk."""
    return f"notices/{notice_file.sha256[:2]}/{notice_file.sha256}"


class NoticeFile(models.Model):
    """A file of an issued notice: the frozen PDF, the scan of the signed copy, the digitally signed PDF.

    Of each kind one is current; a newer one takes its place and the older one stays. `verification` is what the
    check of a digitally signed PDF found when it came in, with the certificates and revocation answers it rests on.
    """

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="files", verbose_name="thông báo")
    kind = models.CharField("loại", max_length=15, choices=NoticeFileKind)
    file = models.FileField("tệp", upload_to=notice_file_name, max_length=200)
    original_name = models.CharField("tên tệp", max_length=255)
    sha256 = models.CharField("mã kiểm tra SHA-256", max_length=64)
    stored_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người lưu")
    stored_at = models.DateTimeField("lưu lúc", default=clock.now)
    is_current = models.BooleanField("đang dùng", default=True, editable=False)
    signer = models.CharField("người ký", max_length=200, blank=True, editable=False)
    signed_at = models.DateTimeField("ký lúc", null=True, blank=True, editable=False)
    verification = models.JSONField("kết quả kiểm tra", null=True, blank=True, editable=False)
    check_code = models.CharField("mã tra cứu", max_length=20, blank=True, editable=False)

    class Meta:
        verbose_name = "tệp của thông báo"
        verbose_name_plural = "tệp của thông báo"
        ordering = ["-stored_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice"], condition=Q(kind=NoticeFileKind.ISSUED_PDF), name="notice_issued_once"
            ),
            models.UniqueConstraint(
                fields=["notice", "kind"], condition=Q(is_current=True), name="notice_file_current_once"
            ),
            models.UniqueConstraint(
                fields=["check_code"], condition=~Q(check_code=""), name="notice_file_check_code_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.original_name
