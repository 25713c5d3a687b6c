from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Person, User


class AccountRequest(models.Model):
    """Somebody at the front door wrote who they are and waits for a mail.

    The page writes this one row and answers alike for everybody; a worker then looks who it is. So neither
    the words nor the time of the answer tell who is a customer.
    """

    class Kind(models.TextChoices):
        REGISTER = "register", _("Registration")
        RESEND = "resend", _("Confirmation again")
        RESET = "reset", _("New password")
        CLAIM = "claim", _("Link by DNI")
        ACCESS = "access", _("Access by DNI")

    # Links live an hour or a day; after this the row is of no use and goes.
    KEPT = timedelta(days=2)

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # An e-mail or a DNI, as accounts.backend.canonical writes it.
    identifier = models.CharField(_("who"), max_length=254)
    language = models.CharField(_("language"), max_length=10)
    password = models.CharField(max_length=128, blank=True)
    terms_version = models.CharField(_("accepted terms"), max_length=20, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    # As accounts.checks.compact writes it.
    card_number = models.CharField(_("card number"), max_length=40, blank=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("user"))
    # Whose account the link of an access by DNI makes.
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, verbose_name=_("person"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    used_at = models.DateTimeField(_("link used"), null=True, blank=True)
    # Which link is the newest: a link of an earlier number is dead.
    links = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("request for an account")
        verbose_name_plural = _("requests for an account")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["identifier", "kind", "-id"], name="account_request_who"),
            models.Index(fields=["asked_at"], name="account_request_waiting", condition=Q(answered_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="register") | Q(password="", terms_version=""),
                name="account_request_password_only_to_register",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def has_newer_link(self) -> bool:
        """Whether a later request of the same kind by the same person has sent its own link."""
        same = {"user": self.user} if self.user else {"identifier": self.identifier}
        return AccountRequest.objects.filter(kind=self.kind, pk__gt=self.pk, links__gt=0, **same).exists()
