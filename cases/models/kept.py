from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from core.printing import READY_IS_WHOLE, PrintedPaper, PrintedPaperQuerySet

if TYPE_CHECKING:
    from policies.models.policy import Actor


class Draft(models.Model):
    """A form that somebody has begun. It survives the end of the session and dies after 30 days."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=30)
    # What it is for, where a form stands more than once: the reference of a policy, and its name for people.
    place = models.CharField(max_length=30, blank=True)
    title = models.CharField(max_length=80, blank=True)
    # Of the form: two tabs of one form do not mix their answers.
    form_key = models.CharField(max_length=36, blank=True)
    data = models.JSONField(default=dict)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["-saved_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "place", "form_key"], name="draft_one_per_form")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.saved_at:%Y-%m-%d}"


class SentCopyQuerySet(PrintedPaperQuerySet["SentCopy"]):
    def visible_to(self, user: "Actor") -> "SentCopyQuerySet":
        return self.filter(case__in=Case.objects.visible_to(user))


class SentCopy(PrintedPaper):
    """What the customer sent, as a PDF with moment and reference, for their own files. See copies.py."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="sent_copy")
    language = models.CharField(_("language"), max_length=10)
    # Of the papers that it names: with one more it is out of date.
    papers_key = models.CharField(max_length=64, editable=False)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)

    objects = SentCopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy of what was sent")
        verbose_name_plural = _("copies of what was sent")
        indexes = [models.Index(fields=["case"], name="copy_waiting", condition=Q(status="asked"))]
        constraints = [
            models.CheckConstraint(condition=READY_IS_WHOLE, name="copy_ready_has_its_file"),
        ]

    def __str__(self) -> str:
        return str(self.case)

    @property
    def file_name(self) -> str:
        """The same for every try, so that a second one overwrites what a first left half-done."""
        return f"copies/{self.case.opened_at:%Y/%m}/{self.case.reference}.pdf"
