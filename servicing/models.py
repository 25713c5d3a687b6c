from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from core.identity import mask_iban


class Enquiry(models.Model):
    """A question by topic: of a customer, answered in the thread of its case; of anybody, answered by mail."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="enquiry")
    question = models.TextField(_("question"), max_length=5000)

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")

    def __str__(self) -> str:
        return str(self.case)


class BankAccountChange(models.Model):
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

    class Meta:
        verbose_name = _("change of bank account")
        verbose_name_plural = _("changes of bank account")

    def __str__(self) -> str:
        return str(self.case)

    @property
    def masked_iban(self) -> str:
        return mask_iban(self.iban)
