from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class FactorsOff(models.Model):
    """A customer has lost phone and codes: staff have sent the link that takes the second step off.

    It opens nothing for a while, so that whoever only reads the mailbox, or talks well on the phone, gives
    the owner time to hear of it.
    """

    # Counted from the mail, the wait included.
    OPEN = timedelta(days=7)
    KEPT = timedelta(days=30)

    user = models.ForeignKey(User, on_delete=models.CASCADE, verbose_name=_("user"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    done_at = models.DateTimeField(_("taken off"), null=True, blank=True)

    class Meta:
        verbose_name = _("second step to be taken off")
        verbose_name_plural = _("second steps to be taken off")
        ordering = ["id"]
        indexes = [models.Index(fields=["user", "-id"], name="factors_off_of_user")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stopped_at=None) | models.Q(done_at=None),
                name="factors_off_stopped_or_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def opens_at(self) -> datetime:
        return self.asked_at + timedelta(hours=settings.FACTORS_OFF_WAIT_HOURS)

    @property
    def ends_at(self) -> datetime:
        return self.asked_at + self.OPEN

    @property
    def is_ripe(self) -> bool:
        return timezone.now() >= self.opens_at
