"""What a commune asks for, and the district's answer."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from communes.models import Commune, Department, User
from criteria.models import SubItem
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import SearchKeyField, nfc
from tasks.enums import PUBLISHED, ReplyKind
from tasks.querysets import ProposalQuerySet, ProposalReplyQuerySet


class Proposal(models.Model):
    """A request of a commune. Its reply becomes visible to the commune with the notice that holds it."""

    commune = models.ForeignKey(Commune, models.PROTECT, related_name="proposals", verbose_name="xã")
    reference = models.SlugField("mã hồ sơ", max_length=60, unique=True)
    number = models.PositiveIntegerField("số thứ tự của xã", null=True, blank=True, validators=[MinValueValidator(1)])
    made_on = models.DateField("ngày đề xuất")
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người nhập"
    )
    text = models.TextField("nội dung kiến nghị")
    amount = models.DecimalField("số tiền (đồng)", max_digits=15, decimal_places=0, null=True, blank=True)
    place = models.CharField("địa điểm", max_length=200, blank=True)
    paper_sign = models.CharField("số, ký hiệu văn bản", max_length=50, blank=True, help_text="Ví dụ: 29/TTr-UBND")
    paper_dated = models.DateField("ngày văn bản", null=True, blank=True)
    paper_title = models.CharField("về việc", max_length=300, blank=True)
    sub_items = models.ManyToManyField(SubItem, blank=True, related_name="proposals", verbose_name="nội dung tiêu chí")
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)
    search_key = SearchKeyField("text", "place")
    history = HistoricalRecords(excluded_fields=["search_key"])

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "kiến nghị, đề xuất"
        verbose_name_plural = "kiến nghị, đề xuất"
        ordering = ["-made_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="proposal_has_text", violation_error_message="Kiến nghị phải có nội dung."
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                name="proposal_amount_positive",
                violation_error_message="Số tiền phải lớn hơn 0.",
            ),
            models.UniqueConstraint(
                fields=["commune", "number"],
                name="proposal_number_unique_in_commune",
                violation_error_message="Xã đã có kiến nghị mang số này.",
            ),
        ]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 90 else f"{self.text[:89]}…"

    def get_absolute_url(self) -> str:
        return reverse("proposals:detail", args=[self.pk])

    def natural_key(self) -> tuple[str]:
        return (self.reference,)

    natural_key.dependencies = ["communes.commune", "criteria.subitem"]  # type: ignore[attr-defined]

    @property
    def unit(self) -> Commune:
        return self.commune

    @property
    def is_published(self) -> bool:
        """Whether an issued notice holds it: then it stands as it was printed, and the commune sees the reply."""
        point = getattr(self, "point", None)
        return point is not None and point.section.notice.status in PUBLISHED

    def clean(self) -> None:
        self.text = nfc(self.text)


class ProposalReply(models.Model):
    """The answer: who leads, who helps, in which words. Several lines print as several paragraphs."""

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="reply", verbose_name="kiến nghị")
    kind = models.CharField("cách trả lời", max_length=15, choices=ReplyKind)
    text = models.TextField("trả lời", help_text="Không ghi “Trả lời:”. Mỗi dòng in thành một đoạn.")
    lead = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="led_replies", verbose_name="chủ trì"
    )
    supports = models.ManyToManyField(Department, blank=True, related_name="supported_replies", verbose_name="phối hợp")
    replied_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người trả lời"
    )
    replied_at = models.DateTimeField("trả lời lúc", default=clock.now)
    history = HistoricalRecords()

    objects = ProposalReplyQuerySet.as_manager()

    class Meta:
        verbose_name = "trả lời kiến nghị"
        verbose_name_plural = "trả lời kiến nghị"
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="reply_has_text", violation_error_message="Trả lời phải có nội dung."
            )
        ]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 90 else f"{self.text[:89]}…"

    def natural_key(self) -> tuple[str]:
        return self.proposal.natural_key()

    natural_key.dependencies = ["tasks.proposal", "communes.department"]  # type: ignore[attr-defined]

    @property
    def unit(self) -> Commune:
        return self.proposal.commune
