from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.messages import Message
from core.ages import today_in_madrid

if TYPE_CHECKING:
    from policies.models.policy import Actor


class PaperQuerySet(models.QuerySet["Paper"]):
    def visible_to(self, user: "Actor") -> "PaperQuerySet":
        return self.filter(case__in=Case.objects.visible_to(user))

    def missing(self) -> "PaperQuerySet":
        return self.filter(supplied_at=None, withdrawn_at=None)


class Paper(models.Model):
    """A paper that was asked for: what it is, why, and who supplies it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="papers", verbose_name=_("request"))
    name = models.CharField(_("paper"), max_length=120)
    why = models.CharField(_("why we need it"), max_length=300)
    example = models.CharField(_("example"), max_length=300, blank=True)
    supplied_by = models.CharField(_("who supplies it"), max_length=120, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("asked by"),
    )  # fmt: skip
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    # None of those that were asked for before each had its day.
    answer_by = models.DateField(_("wanted by"), null=True, blank=True)
    supplied_at = models.DateTimeField(_("supplied"), null=True, blank=True)
    # We go on without it.
    withdrawn_at = models.DateTimeField(_("not needed since"), null=True, blank=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper that was asked for")
        verbose_name_plural = _("papers that were asked for")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(supplied_at=None) | Q(withdrawn_at=None), name="paper_supplied_or_not_needed"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_missing(self) -> bool:
        return self.supplied_at is None and self.withdrawn_at is None

    @property
    def is_late(self) -> bool:
        return self.is_missing and self.answer_by is not None and self.answer_by < today_in_madrid()


class CaseDocumentQuerySet(models.QuerySet["CaseDocument"]):
    def visible_to(self, user: "Actor") -> "CaseDocumentQuerySet":
        return self.filter(case__in=Case.objects.visible_to(user))

    def clean(self) -> "CaseDocumentQuerySet":
        """Those that staff may open: also what they themselves have refused."""
        return self.filter(Q(state="accepted") | Q(refused_at__isnull=False))


class CaseDocument(models.Model):
    """A file that somebody sent: in quarantine until it is clean, and served only then. See papers/.

    One that is clean may still be refused by eye (`refused_at`): then the copy stays, for the staff alone.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        CHECKING = "checking", _("Being checked")
        ACCEPTED = "accepted", _("Accepted")
        UNREADABLE = "unreadable", _("Not readable")

    class Origin(models.TextChoices):
        CUSTOMER = "customer", _("The customer")
        # Put in by the staff, and as good as if the customer had sent it.
        POST = "post", _("Came by post")
        OURS = "ours", _("From us")

    reference = models.CharField(max_length=20, unique=True, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="documents", verbose_name=_("request"))
    paper = models.ForeignKey(
        Paper, models.SET_NULL, null=True, blank=True, related_name="documents", verbose_name=_("paper")
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("sent by"),
    )  # fmt: skip
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    origin = models.CharField(_("from"), max_length=10, choices=Origin, default=Origin.CUSTOMER)
    name = models.CharField(_("name of the file"), max_length=150)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.RECEIVED)
    # Why it was not accepted, a code of papers/reasons.py; its words are drawn in the reader's language.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    # What who refused it by eye has added, in the customer's language.
    reason_words = models.CharField(_("explanation for the customer"), max_length=300, blank=True)
    refused_at = models.DateTimeField(_("refused"), null=True, blank=True, editable=False)
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("refused by"), editable=False,
    )  # fmt: skip
    # Of one from us: what we write with it, until it is clean and the message is in the thread.
    words = models.TextField(_("message"), max_length=5000, blank=True)
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="documents", verbose_name=_("message")
    )
    quarantine = models.CharField(max_length=200, blank=True, editable=False)
    file = models.FileField(_("file"), upload_to="papers/%Y/%m", blank=True)
    content_type = models.CharField(max_length=40, blank=True, editable=False)
    size = models.PositiveIntegerField(_("size"), default=0)
    pages = models.PositiveSmallIntegerField(_("pages"), default=0)
    sha256 = models.CharField(max_length=64, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CaseDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document of a request")
        verbose_name_plural = _("documents of requests")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["id"], name="document_waiting", condition=Q(state__in=["received", "checking"])
            )
        ]
        constraints = [
            # One file may answer two papers, and then lies here twice.
            models.UniqueConstraint(
                fields=["case", "paper", "sha256"],
                condition=~Q(origin="ours"),
                nulls_distinct=False,
                name="document_once_per_paper",
            ),
            models.UniqueConstraint(
                fields=["case", "sha256"], condition=Q(origin="ours"), name="document_of_ours_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | ~Q(file=""), name="document_accepted_is_there"
            ),
            models.CheckConstraint(
                condition=~Q(state="unreadable") | ~Q(reason=""), name="document_refused_says_why"
            ),
            models.CheckConstraint(
                condition=Q(refused_at=None, refused_by=None)
                | (Q(state="unreadable", refused_at__isnull=False, refused_by__isnull=False) & ~Q(file="")),
                name="document_refused_by_eye_is_there",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_clean(self) -> bool:
        return self.state == self.State.ACCEPTED or self.refused_at is not None
