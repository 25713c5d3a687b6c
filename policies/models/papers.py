from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ages import today_in_madrid
from core.printing import PrintedPaper, PrintedPaperQuerySet
from core.references import new_code, new_reference
from policies.access import Level, family_rule
from policies.models.policy import InsuredPerson

if TYPE_CHECKING:
    from policies.models.policy import Actor


class CardQuerySet(models.QuerySet["Card"]):
    def visible_to(self, user: "Actor") -> "CardQuerySet":
        return self.filter(family_rule(user, Level.CONTRACT, of="insured"))


class Card(models.Model):
    """The card that an insured person shows at a centre."""

    number = models.CharField(_("card number"), max_length=40, unique=True)
    insured = models.ForeignKey(
        InsuredPerson, models.CASCADE, related_name="cards", verbose_name=_("insured person")
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = CardQuerySet.as_manager()

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        ordering = ["-valid_from", "-id"]

    def __str__(self) -> str:
        return self.number


class CertificateQuerySet(PrintedPaperQuerySet["Certificate"]):
    def visible_to(self, user: "Actor") -> "CertificateQuerySet":
        """Those about me, and those I asked for about people whose contract I may still see.

        Where an adult travels is not the holder's affair.
        """
        me = getattr(user, "person_on_file", None)
        if me is None:
            return self.none()
        family = family_rule(user, Level.CONTRACT, of="insured")
        return self.filter(Q(insured__person=me.pk) | Q(asked_by=user.pk) & family)


class Certificate(PrintedPaper):
    """A travel certificate: asked for on a page, rendered by a worker, checked by anybody with its code."""

    class Standing(models.TextChoices):
        """What the paper is worth today: all that a stranger with the code may learn."""

        VALID = "valid", _("Valid")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("No longer valid")

    class Destination(models.TextChoices):
        SCHENGEN = "schengen", _("Schengen area")
        EUROPE = "europe", _("Rest of Europe")
        WORLD = "world", _("Rest of the world")

    CODE_LENGTH = 12

    reference = models.CharField(
        _("reference"), max_length=20, unique=True, editable=False, default=partial(new_reference, "CER")
    )
    # Printed on the paper with its QR; whoever holds the paper may check it on a public page.
    code = models.CharField(
        _("code"), max_length=20, unique=True, editable=False, default=partial(new_code, CODE_LENGTH)
    )
    insured = models.ForeignKey(
        InsuredPerson, models.PROTECT, related_name="certificates", verbose_name=_("insured person")
    )
    starts_on = models.DateField(_("trip from"))
    ends_on = models.DateField(_("trip to"))
    destination = models.CharField(_("destination"), max_length=10, choices=Destination)
    country = models.CharField(_("country or countries"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="certificates",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    # What the paper says, in its language, as it was when asked for: a worker prints this and nothing newer.
    statement = models.JSONField(default=dict, editable=False)
    # Equal for equal requests of one user with equal answers (see statements.py): the second finds the first.
    content_key = models.CharField(max_length=64, editable=False)

    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )
    revoked_reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("travel certificate")
        verbose_name_plural = _("travel certificates")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], name="certificate_waiting", condition=Q(status="asked")),
            models.Index(fields=["id"], name="certificate_failed", condition=Q(status="failed")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["content_key"], condition=Q(revoked_at=None), name="certificate_once_per_content"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="certificate_dates_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(status="ready") | (Q(ready_at__isnull=False) & ~Q(file="") & ~Q(sha256="")),
                name="certificate_ready_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | (~Q(revoked_reason="") & Q(revoked_by__isnull=False)),
                name="certificate_revoked_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("policies:certificate_detail", args=[self.reference])

    @property
    def revoked_on(self) -> date | None:
        return today_in_madrid(self.revoked_at) if self.revoked_at else None

    @property
    def language_name(self) -> str:
        return str(dict(settings.LANGUAGES).get(self.language, self.language))

    @property
    def printed_code(self) -> str:
        """In groups of four, as it stands on the paper."""
        return "-".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))

    @property
    def days(self) -> int:
        """First and last day counted."""
        return (self.ends_on - self.starts_on).days + 1

    @property
    def file_name(self) -> str:
        """The same for every try, so that a second one overwrites what a first left half-done."""
        return f"certificates/{self.asked_at:%Y/%m}/{self.reference}.pdf"

    def is_expired(self, on: date | None = None) -> bool:
        return self.ends_on < (on or today_in_madrid())
