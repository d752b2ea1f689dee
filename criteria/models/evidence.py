"""Files that support an assessment, a report line or a task update."""

import secrets

from django.db import models
from django.utils.functional import cached_property

from communes.models import Commune, User
from criteria.querysets import EvidenceQuerySet
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import SearchKeyField


def stored_name(evidence: "Evidence", original_name: str) -> str:
    """A generated path: the person's own file name never reaches the disk.

    No two rows share one, whatever the storage does with a name that is taken: deleting a file touches no other.
    """
    return f"evidence/{evidence.sha256[:2]}/{evidence.sha256}-{evidence.token}"


def new_token() -> str:
    return secrets.token_urlsafe(16)


class Evidence(models.Model):
    """One file of a commune. It knows nothing of what it supports: those records point to it.

    `sha256` is that of the file as it is kept and delivered: whoever downloads it can check it. Pictures are
    kept drawn anew, without metadata, so theirs isn't that of what was sent.
    """

    commune = models.ForeignKey(Commune, models.PROTECT, related_name="evidence", verbose_name="xã")
    token = models.CharField("mã truy cập", max_length=32, unique=True, default=new_token, editable=False)
    file = models.FileField("tệp", upload_to=stored_name, max_length=200)
    original_name = models.CharField("tên tệp", max_length=255)
    content_type = models.CharField("loại tệp", max_length=100)
    size = models.PositiveBigIntegerField("dung lượng (byte)")
    sha256 = models.CharField("mã kiểm tra SHA-256", max_length=64)
    title = models.CharField("trích yếu", max_length=300, blank=True)
    document_number = models.CharField("số, ký hiệu", max_length=50, blank=True)
    document_date = models.DateField("ngày văn bản", null=True, blank=True)
    issuer = models.CharField("cơ quan ban hành", max_length=200, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người tải lên")
    uploaded_at = models.DateTimeField("tải lên lúc", default=clock.now)
    search_key = SearchKeyField("original_name", "title", "document_number")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = "minh chứng"
        verbose_name_plural = "minh chứng"
        ordering = ["-uploaded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["commune", "sha256"],
                name="evidence_file_unique_in_commune",
                violation_error_message="Tệp này đã được tải lên cho xã.",
            )
        ]

    def __str__(self) -> str:
        return self.title or self.original_name

    @property
    def thumbnail_name(self) -> str:
        """Return where the small picture of a picture lies once it was drawn; it goes with the file."""
        return f"{str(self.file.name).replace('evidence/', 'thumbnails/', 1)}.jpg"

    @cached_property
    def unit(self) -> Commune:
        """Return the unit that works with the file: the commune that sent it, under its present name and authority."""
        return self.commune.present_self
