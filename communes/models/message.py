"""What a person is told: shown behind the bell, and once a day by e-mail to those who want it."""

from django.db import models
from django.db.models import Q

from communes.models.units import User
from communes.querysets import MessageQuerySet
from ntm_tracker.lib import clock


class Message(models.Model):
    """One sentence to one person. The same `key` is told to a person once."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="messages", verbose_name="người nhận")
    key = models.CharField("mã việc", max_length=150, help_text="Cùng một mã thì một người chỉ được báo một lần.")
    text = models.CharField("nội dung", max_length=500)
    url = models.CharField("trang liên quan", max_length=300, blank=True)
    told_at = models.DateTimeField("báo lúc", default=clock.now)
    read_at = models.DateTimeField("đọc lúc", null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "thông tin gửi cá nhân"
        verbose_name_plural = "thông tin gửi cá nhân"
        ordering = ["-told_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="message_told_once")]
        indexes = [
            models.Index(fields=["recipient", "-told_at"], condition=Q(read_at__isnull=True), name="message_unread")
        ]

    def __str__(self) -> str:
        return self.text


class DigestMail(models.Model):
    """That a person's daily e-mail of `day` was sent: the row is written before the mail leaves, so never two."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="người nhận")
    day = models.DateField("ngày")
    sent_at = models.DateTimeField("gửi lúc", null=True, blank=True)

    class Meta:
        verbose_name = "thư tóm tắt hằng ngày"
        verbose_name_plural = "thư tóm tắt hằng ngày"
        ordering = ["-day", "recipient"]
        constraints = [models.UniqueConstraint(fields=["recipient", "day"], name="digest_once_a_day")]

    def __str__(self) -> str:
        return f"{self.recipient}, {clock.vn_date(self.day)}"
