from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.lifecycle import Side
from cases.models.case import Case
from core.ages import today_in_madrid

if TYPE_CHECKING:
    from datetime import date


class AppendOnly(Exception):  # noqa: N818
    """History is written once."""


class CaseEvent(models.Model):
    """One line of a case's history. It never changes; the database refuses it too (see the migration)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events", verbose_name=_("request"))
    move = models.CharField(_("move"), max_length=30)
    source = models.CharField(_("from state"), max_length=30, blank=True)
    target = models.CharField(_("to state"), max_length=30)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    side = models.CharField(_("side"), max_length=10, choices=[(side.value, side.value) for side in Side])
    at = models.DateTimeField(_("at"), default=timezone.now)
    # For the customer's eyes too, where the state is another than before.
    note = models.TextField(_("note"), blank=True)
    # For the staff's.
    reason_code = models.CharField(_("reason"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("step of a request")
        verbose_name_plural = _("steps of requests")
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "id"], name="event_of_case")]

    def __str__(self) -> str:
        return f"{self.case} {self.move}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class Deadline(models.Model):
    """A clock of a case: customer and staff read the same date from it. See clocks.py."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="deadlines", verbose_name=_("request"))
    term = models.CharField(_("term"), max_length=60)
    starts_on = models.DateField(_("from"))
    # None while the clock stands.
    due_on = models.DateField(_("by"), null=True, blank=True)
    # [{"from": "2026-02-10", "to": "2026-02-15" or null, "effect": "restart" or "suspend"}, …]
    interruptions = models.JSONField(default=list, blank=True)
    met_on = models.DateField(_("met on"), null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["due_on"], name="deadline_running", condition=Q(met_on=None))]
        constraints = [models.UniqueConstraint(fields=["case", "term"], name="deadline_once_per_term")]

    def __str__(self) -> str:
        return f"{self.case} {self.term}"

    def is_late(self, on: "date | None" = None) -> bool:
        return self.met_on is None and self.due_on is not None and self.due_on < (on or today_in_madrid())
