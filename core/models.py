import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
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


class AppendOnly(Exception):  # noqa: N818
    """What is written here is written once."""


class AuditEntry(models.Model):
    """Who did or read what, whose affair it was, and why. One link of a chain: see core/audit.py.

    The database refuses to change it (see the migration); what is changed behind its back, `verify_audit`
    finds. No health data: `what` names a thing by its reference.
    """

    GENESIS = "0" * 64

    # Drawn inside the lock, without a gap. A sequence of the database would hand numbers out before it.
    seq = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"))
    # None is the portal itself.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    role = models.CharField(_("role"), max_length=200)
    verb = models.SlugField(_("verb"), max_length=60, db_index=False)
    # By name: this floor knows nobody above it. It is how people find what concerns them.
    subject = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person"),
        db_index=False,
    )  # fmt: skip
    what = models.CharField(_("what"), max_length=200, blank=True)
    reason = models.SlugField(_("reason"), max_length=40, blank=True, db_index=False)
    words = models.CharField(_("in words"), max_length=300, blank=True)
    address = models.CharField(_("network address"), max_length=45, blank=True)
    previous = models.CharField(_("hash before"), max_length=64)
    digest = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["subject", "-seq"], name="audit_of_subject", condition=~Q(subject=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(seq__gte=1), name="audit_counts_from_one"),
            # Two rows that follow the same one would be a fork.
            models.UniqueConstraint(fields=["previous"], name="audit_one_follows_another"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"

    @property
    def canonical(self) -> str:
        """The row as one text that can be read in one way only; what is hashed."""
        values = [
            self.seq, self.previous, self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.actor_id, self.role, self.verb, self.subject_id, self.what, self.reason, self.words,
            self.address,
        ]  # fmt: skip
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    def computed_digest(self) -> str:
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly
