"""The insurer's conditions as data: Product, Edition (a dated set of conditions), Cover, Limit.

Rows come from the brand folder (`policies/catalogue.py` loads them) and are never edited by hand.
A limit hangs on a cover of an edition because two editions of one product differ in their figures.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.text import localised


class Product(models.Model):
    class Kind(models.TextChoices):
        HEALTH = "health", _("Health insurance")
        FUNERAL = "funeral", _("Funeral insurance")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    names = models.JSONField(_("names"))

    class Meta:
        ordering = ["code"]
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localised(self.names)


class Edition(models.Model):
    """The general conditions of a product as sold from one date to another. Old customers keep theirs."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="editions", verbose_name=_("product"))
    code = models.CharField(_("code"), max_length=20, unique=True)
    names = models.JSONField(_("names"))
    valid_from = models.DateField(_("sold from"))
    valid_to = models.DateField(_("sold until"), null=True, blank=True)
    trip_days = models.PositiveSmallIntegerField(_("longest trip in days"), null=True, blank=True)
    nonrenewal_notice_months = models.PositiveSmallIntegerField(_("months of notice against renewal"))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    features = models.JSONField(_("features"), default=list, blank=True)
    phones = models.JSONField(_("phone lines"), default=list, blank=True)
    terms = models.JSONField(_("terms"), default=list, blank=True)
    exclusions = models.JSONField(_("exclusions of every cover"), default=list, blank=True)
    disability_scale = models.JSONField(_("disability scale"), default=list, blank=True)
    invented = models.BooleanField(_("holds invented figures"), default=False)

    class Meta:
        ordering = ["product", "-valid_from"]
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="edition_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def name(self) -> str:
        return localised(self.names)


class Cover(models.Model):
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="covers", verbose_name=_("edition"))
    code = models.SlugField(_("code"), max_length=40)
    names = models.JSONField(_("names"))
    summaries = models.JSONField(_("summaries"))
    compulsory = models.BooleanField(_("compulsory"), default=False)
    package = models.SlugField(_("sold as part of"), max_length=40, blank=True)
    unlocks = models.CharField(_("feature it unlocks"), max_length=20, blank=True)
    requires = models.JSONField(_("needs these covers"), default=list, blank=True)
    excluded_modalities = models.JSONField(_("not in these premium modalities"), default=list, blank=True)
    entry_age_min = models.PositiveSmallIntegerField(_("lowest age at entry"), null=True, blank=True)
    entry_age_max = models.PositiveSmallIntegerField(_("highest age at entry"), null=True, blank=True)
    end_age = models.PositiveSmallIntegerField(_("ends in the year of turning"), null=True, blank=True)
    waiting_months = models.PositiveSmallIntegerField(_("waiting period in months"), null=True, blank=True)
    waiting_note = models.JSONField(_("what must wait"), default=dict, blank=True)
    clause = models.CharField(_("clause"), max_length=40)
    exclusions = models.JSONField(_("exclusions"), default=list, blank=True)
    invented = models.BooleanField(_("invented"), default=False)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ["edition", "position"]
        verbose_name = _("cover")
        verbose_name_plural = _("covers")
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="cover_code_once_in_edition"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localised(self.names)

    @property
    def summary(self) -> str:
        return localised(self.summaries)

    @property
    def waiting_text(self) -> str:
        return localised(self.waiting_note)


class Limit(models.Model):
    """One figure, service or condition of a cover. Sub-limits point to their parent."""

    class Unit(models.TextChoices):
        EUR = "eur", _("euros")
        PERCENT = "percent", _("per cent")
        MINUTES = "minutes", _("minutes")
        HOURS = "hours", _("hours")
        WORKING_HOURS = "working_hours", _("working hours")
        DAYS = "days", _("days")
        WORKING_DAYS = "working_days", _("working days")
        MONTHS = "months", _("months")
        YEARS = "years", _("years")
        SESSIONS = "sessions", _("sessions")
        COUNT = "count", _("times or items")
        TIMES_DAILY_SUM = "times_daily_sum", _("times the daily sum")
        NONE = "none", _("included, without a figure")
        POLICY = "policy", _("amount in the particular conditions")
        CONDITION = "condition", _("condition, without a figure")

    class Per(models.TextChoices):
        UNSAID = "", _("not stated")
        EVENT = "event", _("per event")
        ACT = "act", _("per act")
        STAY = "stay", _("per stay")
        TRIP = "trip", _("per trip")
        SESSION = "session", _("per session")
        CHILD = "child", _("per child")
        PREGNANCY = "pregnancy", _("per pregnancy")
        DAY = "day", _("per day")
        WEEK = "week", _("per week")
        MONTH = "month", _("per month")
        YEAR = "year", _("per year")
        PERSON = "person", _("per insured person")
        POLICY = "policy", _("per policy")

    class Bound(models.TextChoices):
        AT_MOST = "at_most", _("at most")
        LESS_THAN = "less_than", _("less than")
        EXACTLY = "exactly", _("exactly")
        AT_LEAST = "at_least", _("at least")
        MORE_THAN = "more_than", _("more than")

    UNITS_WITHOUT_FIGURE = (Unit.NONE, Unit.POLICY, Unit.CONDITION)

    cover = models.ForeignKey(Cover, models.CASCADE, related_name="limits", verbose_name=_("cover"))
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name=_("within")
    )
    code = models.SlugField(_("code"), max_length=40)
    names = models.JSONField(_("names"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, choices=Unit)
    per = models.CharField(_("per"), max_length=10, choices=Per, blank=True, default=Per.UNSAID)
    bound = models.CharField(_("bound"), max_length=10, choices=Bound, default=Bound.AT_MOST)
    max_amount = models.DecimalField(
        _("in all at most"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    max_unit = models.CharField(_("unit of the total"), max_length=20, choices=Unit, blank=True)
    texts = models.JSONField(_("conditions"), default=dict, blank=True)
    clause = models.CharField(_("clause"), max_length=40)
    invented = models.BooleanField(_("invented"), default=False)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ["cover", "position"]
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        constraints = [
            models.UniqueConstraint(fields=["cover", "code"], name="limit_code_once_in_cover"),
            models.CheckConstraint(
                condition=Q(unit__in=["none", "policy", "condition"], amount__isnull=True)
                | (~Q(unit__in=["none", "policy", "condition"]) & Q(amount__isnull=False)),
                name="limit_figure_if_its_unit_counts",
            ),
            models.CheckConstraint(
                condition=Q(max_amount__isnull=True, max_unit="")
                | (Q(max_amount__isnull=False) & ~Q(max_unit="")),
                name="limit_total_with_its_unit",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localised(self.names)

    @property
    def text(self) -> str:
        return localised(self.texts)
