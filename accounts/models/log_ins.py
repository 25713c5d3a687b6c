from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LogIn(models.Model):
    """Somebody came in, or tried to.

    `account` is the counter of the account (`accounts.buckets`), for an identifier that nobody has too: the
    row of a failure is written by one and the same statement whoever was meant, and names no stranger.
    """

    class Way(models.TextChoices):
        PASSWORD = "password", _("Password")
        SECOND = "second", _("Password and second factor")
        PASSKEY = "passkey", _("Passkey")
        MAIL = "mail", _("Link in a mail")
        # Nobody came in by it, but from here the failures in a row are counted anew.
        RESET = "reset", _("New password")

    KEPT = timedelta(days=90)

    account = models.CharField(max_length=64)
    way = models.CharField(_("way in"), max_length=10, choices=Way)
    succeeded = models.BooleanField(_("came in"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    user_agent = models.CharField(_("browser"), max_length=200, blank=True)
    # Without its last part, as `accounts.log_ins.masked` writes it.
    address = models.CharField(_("network"), max_length=45, blank=True)
    # Which session that is now; the session itself says until when it was used.
    session_key = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("log-in")
        verbose_name_plural = _("log-ins")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["account", "-at"], name="log_in_of_account"),
            models.Index(fields=["at"], name="log_in_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(succeeded=True) | Q(session_key=""), name="log_in_failed_has_no_session"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.pk}"


class LogInAlert(models.Model):
    """So many log-ins failed in so few minutes that somebody should look."""

    # One a window: the second who sees it finds it written.
    window_at = models.DateTimeField(_("window"), unique=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    failures = models.PositiveIntegerField(_("failed log-ins"))
    accounts = models.PositiveIntegerField(_("different accounts"))
    networks = models.PositiveIntegerField(_("different networks"))

    class Meta:
        verbose_name = _("alert of failed log-ins")
        verbose_name_plural = _("alerts of failed log-ins")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
