from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.lifecycle import Side
from cases.models.case import Case

if TYPE_CHECKING:
    from policies.models.policy import Actor


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: "Actor") -> "MessageQuerySet":
        return self.filter(case__in=Case.objects.visible_to(user))


class Message(models.Model):
    """A message of the thread between the customer and the insurer, on a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="messages", verbose_name=_("request"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    side = models.CharField(_("side"), max_length=10, choices=[(side.value, side.value) for side in Side])
    body = models.TextField(_("message"), max_length=5000)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    # When the other side opened it.
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    answer_by = models.DateField(_("answer wanted by"), null=True, blank=True)
    sent_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "id"], name="message_of_case")]
        constraints = [models.UniqueConstraint(fields=["case", "sent_key"], name="message_sent_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.sent_at:%Y-%m-%d}"
