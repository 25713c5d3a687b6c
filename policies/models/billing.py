from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.identity import mask_iban
from policies.access import Level, family_rule, policy_rule
from policies.models.policy import InsuredPerson, Policy

if TYPE_CHECKING:
    from core.prepared import Slot
    from policies.models.policy import Actor


class PremiumReceiptQuerySet(models.QuerySet["PremiumReceipt"]):
    def visible_to(self, user: "Actor") -> "PremiumReceiptQuerySet":
        return self.filter(policy_rule(user, Level.AMOUNTS, of="policy"))


class PremiumReceipt(models.Model):
    """A premium or instalment that falls due; paid, returned by the bank, or claimed by the insurer."""

    number = models.CharField(_("receipt number"), max_length=40, unique=True)
    # `receipt_of_policy` serves the key as well.
    policy = models.ForeignKey(
        Policy, models.CASCADE, db_index=False, related_name="receipts", verbose_name=_("policy")
    )
    due_on = models.DateField(_("due on"))
    period_from = models.DateField(_("period from"))
    period_to = models.DateField(_("period to"))
    net = models.DecimalField(_("net premium"), max_digits=10, decimal_places=2)
    surcharge = models.DecimalField(_("instalment surcharge"), max_digits=10, decimal_places=2, default=0)
    taxes = models.DecimalField(_("taxes and levies"), max_digits=10, decimal_places=2, default=0)
    total = models.DecimalField(_("total"), max_digits=10, decimal_places=2)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    returned_on = models.DateField(_("returned by the bank on"), null=True, blank=True)
    claimed_on = models.DateField(_("claimed by the insurer on"), null=True, blank=True)

    objects = PremiumReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("premium receipt")
        verbose_name_plural = _("premium receipts")
        ordering = ["-due_on", "-id"]
        indexes = [models.Index(fields=["policy", "-due_on", "-id"], name="receipt_of_policy")]
        constraints = [
            models.CheckConstraint(
                condition=Q(total=F("net") + F("surcharge") + F("taxes")), name="receipt_total_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(period_to__gte=F("period_from")), name="receipt_period_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CopaymentQuerySet(models.QuerySet["Copayment"]):
    def visible_to(self, user: "Actor", level: Level) -> "CopaymentQuerySet":
        """AMOUNTS: may be added up, without act or practitioner. CLINICAL: may be read line by line."""
        return self.filter(family_rule(user, level, of="insured"))


class Copayment(models.Model):
    """What an insured person pays for one act of care within the network."""

    key = models.CharField(_("insurer's key"), max_length=40, unique=True)
    # `copayment_of_insured` serves the key as well.
    insured = models.ForeignKey(
        InsuredPerson,
        models.CASCADE,
        db_index=False,
        related_name="copayments",
        verbose_name=_("insured person"),
    )
    used_on = models.DateField(_("date of the act"))
    act = models.CharField(_("medical act"), max_length=200)
    provider = models.CharField(_("provider"), max_length=200)
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)

    objects = CopaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("copayment")
        verbose_name_plural = _("copayments")
        ordering = ["-used_on", "-id"]
        indexes = [models.Index(fields=["insured", "-used_on"], name="copayment_of_insured")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="copayment_not_negative"),
        ]

    def __str__(self) -> str:
        return self.key


class MandateQuerySet(models.QuerySet["Mandate"]):
    def visible_to(self, user: "Actor") -> "MandateQuerySet":
        return self.filter(policy_rule(user, Level.AMOUNTS, of="policy"))

    def live(self, on: "date | Slot") -> "MandateQuerySet":
        """In use on that day or from a later one; the one that pays last comes first."""
        never_used = Q(ended_on__lt=F("starts_on"))
        return (
            self.filter(Q(ended_on=None) | Q(ended_on__gte=on))
            .exclude(never_used)
            .order_by(Coalesce("starts_on", "signed_on").desc(), "-pk")
        )

    def in_use(self, on: date) -> "MandateQuerySet":
        """Of several the first one pays."""
        return self.live(on).filter(Q(starts_on=None) | Q(starts_on__lte=on))


class Mandate(models.Model):
    """A SEPA direct debit mandate: the account that pays the premiums of a policy."""

    reference = models.CharField(_("mandate reference"), max_length=35, unique=True)
    policy = models.ForeignKey(Policy, models.CASCADE, related_name="mandates", verbose_name=_("policy"))
    iban = models.CharField(_("IBAN"), max_length=34)
    signed_on = models.DateField(_("signed on"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    # First day of use of a mandate that was given in the portal: the bank must be told ahead. The feed's own
    # have none, and are in use once they are on file.
    starts_on = models.DateField(_("used from"), null=True, blank=True)
    # Given in the portal in place of this one, which the feed then cannot bring back to life.
    replaced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("replaced by")
    )

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("direct debit mandate")
        verbose_name_plural = _("direct debit mandates")
        ordering = ["-signed_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("signed_on")), name="mandate_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def masked_iban(self) -> str:
        return mask_iban(self.iban)
