from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutgoingEmailQuerySet(models.QuerySet["OutgoingEmail"]):
    def waiting(self, at: datetime | None = None) -> "OutgoingEmailQuerySet":
        """Rows that a worker may take now: due, and not being sent by another worker that is alive."""
        at = at or timezone.now()
        return self.filter(
            Q(status=OutgoingEmail.Status.QUEUED, due_at__lte=at)
            | Q(status=OutgoingEmail.Status.SENDING, lease_until__lt=at)
        )


class OutgoingEmail(models.Model):
    """A mail, written in the transaction of what it tells of and sent after the commit."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    MAX_ATTEMPTS = 12
    LEASE = timedelta(minutes=3)

    template = models.CharField(_("template"), max_length=100)
    to = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=255)
    text = models.TextField(_("plain text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    # A link in it opens an account: the body is blanked once the mail has left.
    secret = models.BooleanField(_("holds a secret link"), default=False)
    message_id = models.CharField(max_length=200, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = OutgoingEmailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["due_at"], name="email_waiting", condition=Q(status__in=["queued", "sending"])
            ),
            models.Index(fields=["to", "-id"], name="email_to"),
            models.Index(fields=["id"], name="email_failed", condition=Q(status="failed")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="email_sent_has_moment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
