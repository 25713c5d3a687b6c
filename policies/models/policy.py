from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from core.ages import today_in_madrid
from core.references import new_reference
from policies.access import Level, family_rule, policy_rule
from policies.models.catalogue import Cover, Edition

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

    Actor = User | AnonymousUser


class PolicyQuerySet(models.QuerySet["Policy"]):
    def visible_to(self, user: "Actor", level: Level = Level.CONTRACT) -> "PolicyQuerySet":
        return self.filter(policy_rule(user, level))

    def current(self, on: date | None = None) -> "PolicyQuerySet":
        """Policies that have not ended (one that begins later counts)."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on or today_in_madrid()))


class Policy(models.Model):
    class Modality(models.TextChoices):
        """How the premium develops (general conditions, modalities 1 to 4); health policies are ANNUAL."""

        SEMI_NATURAL = "semi_natural", _("Semi-natural")
        LEVELLED = "levelled", _("Levelled")
        RENEWABLE = "renewable", _("Annually renewable")
        SINGLE = "single", _("Single premium")
        ANNUAL = "annual", _("Yearly rate")

    class Instalments(models.TextChoices):
        YEARLY = "yearly", _("Once a year")
        HALF_YEARLY = "half_yearly", _("Every six months")
        QUARTERLY = "quarterly", _("Every three months")
        MONTHLY = "monthly", _("Every month")
        SINGLE = "single", _("Once")

    number = models.CharField(_("policy number"), max_length=40, unique=True)
    reference = models.CharField(
        _("reference"), max_length=20, unique=True, editable=False, default=partial(new_reference, "POL")
    )
    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, related_name="policies", verbose_name=_("edition")
    )
    holder = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="policies_held", verbose_name=_("policyholder")
    )
    effective_on = models.DateField(_("in effect from"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    modality = models.CharField(_("premium modality"), max_length=20, choices=Modality)
    instalments = models.CharField(_("instalments"), max_length=20, choices=Instalments)
    annual_premium = models.DecimalField(_("yearly premium"), max_digits=10, decimal_places=2)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(annual_premium__gte=0), name="policy_premium_not_negative"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("effective_on")), name="policy_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("policies:detail", args=[self.reference])


class InsuredPersonQuerySet(models.QuerySet["InsuredPerson"]):
    def visible_to(self, user: "Actor", level: Level = Level.CONTRACT) -> "InsuredPersonQuerySet":
        return self.filter(family_rule(user, level))


class InsuredPerson(models.Model):
    """A person in a policy; the same natural person may be insured in several."""

    class Relation(models.TextChoices):
        HOLDER = "holder", _("Policyholder")
        SPOUSE = "spouse", _("Spouse or partner")
        CHILD = "child", _("Son or daughter")
        PARENT = "parent", _("Father or mother")
        SIBLING = "sibling", _("Brother or sister")
        OTHER = "other", _("Other")

    key = models.CharField(_("insurer's key"), max_length=40, unique=True)
    reference = models.CharField(
        _("reference"), max_length=20, unique=True, editable=False, default=partial(new_reference, "ASE")
    )
    # `insured_once_per_policy` serves the key as well.
    policy = models.ForeignKey(
        Policy, on_delete=models.CASCADE, db_index=False, related_name="insured", verbose_name=_("policy")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="insured_in", verbose_name=_("person")
    )
    relation = models.CharField(_("relation to the policyholder"), max_length=10, choices=Relation)
    guardian_1 = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("parent or guardian")
    )
    guardian_2 = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("parent or guardian")
    )
    insured_from = models.DateField(_("insured from"))
    insured_until = models.DateField(_("insured until"), null=True, blank=True)

    objects = InsuredPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("insured person")
        verbose_name_plural = _("insured persons")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "person", "insured_from"], name="insured_once_per_policy"
            ),
            models.CheckConstraint(
                condition=Q(insured_until=None) | Q(insured_until__gte=F("insured_from")),
                name="insured_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.policy})"


class InsuredCoverQuerySet(models.QuerySet["InsuredCover"]):
    def visible_to(self, user: "Actor", level: Level = Level.CONTRACT) -> "InsuredCoverQuerySet":
        return self.filter(family_rule(user, level, of="insured"))


class InsuredCover(models.Model):
    """A cover that the particular conditions give to one insured person: only these are covered."""

    key = models.CharField(_("insurer's key"), max_length=40, unique=True)
    # `cover_once_per_insured` serves the key as well.
    insured = models.ForeignKey(
        InsuredPerson,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="covers",
        verbose_name=_("insured person"),
    )
    cover = models.ForeignKey(
        Cover, on_delete=models.PROTECT, related_name="insured_covers", verbose_name=_("cover")
    )
    # The sum of the particular conditions, where the edition leaves it to them.
    capital = models.DecimalField(_("insured sum"), max_digits=12, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = InsuredCoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("cover of an insured person")
        verbose_name_plural = _("covers of insured persons")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["insured", "cover", "starts_on"], name="cover_once_per_insured"),
            models.CheckConstraint(
                condition=Q(capital=None) | Q(capital__gte=Decimal(0)), name="cover_capital_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="cover_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cover} ({self.insured})"


class Grant(models.Model):
    """An adult lets another person see their affairs up to a level: dated, and revocable at any moment."""

    giver = models.ForeignKey(Person, models.CASCADE, related_name="grants_given", verbose_name=_("giver"))
    receiver = models.ForeignKey(
        Person, models.CASCADE, related_name="grants_received", verbose_name=_("receiver")
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("access granted between relatives")
        verbose_name_plural = _("accesses granted between relatives")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["receiver", "level"], name="grant_live", condition=Q(revoked_at=None))
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="grant_to_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.receiver}"
