from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.lifecycle import Outcome
from cases.models import Case
from core.ages import today_in_madrid
from core.identity import mask_iban
from core.printing import READY_IS_WHOLE, PrintedPaper, PrintedPaperQuerySet
from servicing.contact_data import Change, ContactData, changes

if TYPE_CHECKING:
    from datetime import date

    from policies.models.policy import Actor


class Enquiry(models.Model):
    """A question by topic: a customer is answered in the thread of its case, anybody else by mail."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="enquiry")
    question = models.TextField(_("question"), max_length=5000)

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")

    def __str__(self) -> str:
        return str(self.case)


class BankAccountChangeQuerySet(PrintedPaperQuerySet["BankAccountChange"]):
    def visible_to(self, user: "Actor") -> "BankAccountChangeQuerySet":
        return self.filter(case__in=Case.objects.visible_to(user))

    def in_effect(self) -> "BankAccountChangeQuerySet":
        """Those that were granted: only they change what the insurer collects and pays."""
        return self.filter(case__outcome=Outcome.ACCEPTED.value)

    def to_take_over(self) -> "BankAccountChangeQuerySet":
        """Those that the insurer's own systems have not been told of: see changes_export.py."""
        return self.in_effect().filter(exported_at=None)


class BankAccountChange(PrintedPaper):
    """Another account for the direct debit of a policy, by its holder."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="bank_account_change")
    iban = models.CharField(_("IBAN"), max_length=34)
    account_owner = models.CharField(_("owner of the account"), max_length=150)
    # The account that it replaces, as the customer saw it: if it is no longer that one, they are told.
    replaces = models.CharField(_("account until now"), max_length=34, blank=True)
    mandate_reference = models.CharField(_("mandate reference"), max_length=35, unique=True)
    holds_from = models.DateField(_("used from"))
    # Refunds to the new account wait until this moment: a stolen session must not pay.
    refunds_from = models.DateTimeField(_("refunds from"))

    # When it went into a file for the insurer's systems.
    exported_at = models.DateTimeField(_("exported"), null=True, blank=True)

    # Of the mandate as PDF, which a worker prints.
    status = models.CharField(
        _("mandate as PDF"),
        max_length=10,
        choices=PrintedPaper.Status,
        default=PrintedPaper.Status.ASKED,
    )

    objects = BankAccountChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of bank account")
        verbose_name_plural = _("changes of bank account")
        indexes = [
            models.Index(fields=["case"], name="mandate_waiting", condition=Q(status="asked")),
            models.Index(fields=["case"], name="change_to_export", condition=Q(exported_at=None)),
            models.Index(fields=["exported_at"], name="change_exported"),
        ]
        constraints = [
            models.CheckConstraint(condition=READY_IS_WHOLE, name="mandate_ready_has_its_file"),
        ]

    def __str__(self) -> str:
        return str(self.case)

    @property
    def masked_iban(self) -> str:
        return mask_iban(self.iban)

    @property
    def masked_replaces(self) -> str:
        return mask_iban(self.replaces)

    @property
    def refunds_on(self) -> "date":
        return today_in_madrid(self.refunds_from)

    @property
    def file_name(self) -> str:
        """The same for every try, so that a second one overwrites what a first left half-done."""
        return f"mandates/{self.case.opened_at:%Y/%m}/{self.mandate_reference}.pdf"


class Profile(models.Model):
    """What somebody has told us of how to reach them, and whether they have been asked (LOG-17)."""

    class ReplyChannel(models.TextChoices):
        EMAIL = "email", _("By e-mail")
        PHONE = "phone", _("By phone")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("user")
    )
    reply_channel = models.CharField(
        _("how we answer"), max_length=10, choices=ReplyChannel, default=ReplyChannel.EMAIL
    )
    put_off_at = models.DateTimeField(_("put off"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return str(self.user)


class ContactDataChange(models.Model):
    """Contact data that somebody asks the insurer to correct. The file itself changes by the feed alone."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="contact_data_change")
    phone = models.CharField(_("phone"), max_length=20)
    second_phone = models.CharField(_("second phone"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=200)
    postcode = models.CharField(_("postcode"), max_length=10)
    town = models.CharField(_("town"), max_length=100)
    # What stood on file when it was asked, under the same names; empty for what was asked before we kept it.
    replaces = models.JSONField(_("data until now"), default=dict, blank=True)

    class Meta:
        verbose_name = _("change of contact data")
        verbose_name_plural = _("changes of contact data")

    def __str__(self) -> str:
        return str(self.case)

    @property
    def data(self) -> ContactData:
        return ContactData(**{name: getattr(self, name) for name in ContactData.__dataclass_fields__})

    @property
    def changes(self) -> list[Change]:
        return changes(ContactData(**self.replaces), self.data)
