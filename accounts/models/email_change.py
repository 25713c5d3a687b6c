from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    def taken_from(self, email: str) -> "EmailChange | None":
        """The change that its old address may still take back, and that has left nobody there since."""
        since = timezone.now() - EmailChange.WAY_BACK
        changed = self.filter(old_email=email, confirmed_at__gt=since, undone_at=None, user__is_active=True)
        return changed.exclude(user__email=email).select_related("user").first()


class EmailChange(models.Model):
    """Somebody wants to log in with another e-mail. Until its link is followed the old one stays."""

    # How long the old address may take it back.
    WAY_BACK = timedelta(days=7)
    # The link to the new address.
    OPEN = timedelta(hours=1)
    # Counted from the question: the last link of a way back is written a week after the confirmation
    # (`taken_from`), lives for another one, and must still find its row.
    KEPT = timedelta(days=15)

    user = models.ForeignKey(User, on_delete=models.CASCADE, verbose_name=_("user"))
    old_email = models.EmailField(_("old e-mail"))
    new_email = models.EmailField(_("new e-mail"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    # A worker has looked whose address it is and has written there.
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of e-mail")
        verbose_name_plural = _("changes of e-mail")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["user", "-id"], name="email_change_of_user"),
            models.Index(fields=["new_email", "-asked_at"], name="email_change_to"),
            models.Index(fields=["asked_at"], name="email_change_waiting", condition=Q(answered_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the link to the new address may still be followed."""
        decided = self.confirmed_at or self.undone_at
        return not decided and timezone.now() - self.asked_at < self.OPEN
