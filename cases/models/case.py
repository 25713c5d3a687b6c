from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.lifecycle import Kind, Outcome, Side, State, Text, kind_of
from core.ages import today_in_madrid
from policies.access import Affairs, Level, born_after_for_health
from policies.models import InsuredPerson, Policy

if TYPE_CHECKING:
    from policies.models.policy import Actor

OUTCOMES = [(Outcome.ACCEPTED.value, _("Accepted")), (Outcome.PARTLY.value, _("Accepted in part"))]
OUTCOMES += [(Outcome.REFUSED.value, _("Refused"))]


# What is about somebody is that person's affair: whoever asked reads and acts only as the family may, and no
# longer once a child has grown up. What is about nobody stays theirs who asked.
AFFAIRS = Affairs("cases_case", about="about_id", made_by="asked_by_id")


def acts(user: "Actor") -> Q:
    return AFFAIRS.acted_in_by(user)


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: "Actor") -> "CaseQuerySet":
        """What one has asked that is about nobody, and those about a person whose clinical detail one may
        see: oneself, one's child, who has granted it."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(AFFAIRS.seen_by(user, Level.CLINICAL))

    def acting_for(self, user: "Actor") -> "CaseQuerySet":
        """Where `user` may write, send papers, mark as read and make moves: what one has asked that is about
        nobody, and those about oneself or a child of one's own. Always fewer than `visible_to`."""
        return self.filter(acts(user)) if user.is_authenticated else self.none()

    def open(self) -> "CaseQuerySet":
        return self.filter(closed_at=None)


class Case(models.Model):
    """Whatever somebody asks of the insurer: its state, its clock, its history. What it is about, a row of
    the kind's own app says, which shares this row's key."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=30, editable=False)
    topic = models.CharField(_("topic"), max_length=30, blank=True)
    status = models.CharField(_("state"), max_length=30, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="cases",
        verbose_name=_("asked by"),
    )  # fmt: skip
    # Of somebody without an account: where the answer goes.
    contact_name = models.CharField(_("name"), max_length=120, blank=True)
    contact_email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=10)
    policy = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("policy")
    )
    about = models.ForeignKey(
        InsuredPerson, models.PROTECT, null=True, blank=True, related_name="cases",
        verbose_name=_("insured person"),
    )  # fmt: skip
    team = models.CharField(_("team"), max_length=30)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("in the hands of"),
    )  # fmt: skip
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    outcome = models.CharField(_("decision"), max_length=10, choices=OUTCOMES, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    reason_code = models.CharField(_("reason"), max_length=40, blank=True)
    reason_clause = models.CharField(_("clause"), max_length=60, blank=True)
    reason_words = models.TextField(_("explanation for the customer"), blank=True)

    # Of the form that was sent: the same form sent twice is one case.
    sent_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="case_of_user"),
            models.Index(fields=["team", "id"], name="case_open_of_team", condition=Q(closed_at=None)),
            models.Index(fields=["policy"], name="case_of_policy"),
            # The staff find who has no account by the address for the answer.
            models.Index(Upper("contact_email"), name="case_of_mailbox"),
        ]
        constraints = [
            # Also of those without an account: two forms with one key are one form.
            models.UniqueConstraint(
                fields=["asked_by", "sent_key"],
                condition=Q(sent_key__isnull=False),
                nulls_distinct=False,
                name="case_sent_once",
            ),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=False) | ~Q(contact_email=""), name="case_can_be_answered"
            ),
            # The portal itself may say yes. A no, also in part, is always somebody's.
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None, decided_by=None)
                | (~Q(outcome="") & Q(decided_at__isnull=False, decided_by__isnull=False))
                | Q(outcome=Outcome.ACCEPTED.value, decided_at__isnull=False),
                name="case_decision_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=[Outcome.PARTLY.value, Outcome.REFUSED.value])
                | (~Q(reason_code="") & ~Q(reason_clause="") & ~Q(reason_words="")),
                name="case_refusal_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("cases:detail", args=[self.reference])

    @property
    def the_kind(self) -> Kind:
        return kind_of(self.kind)

    @property
    def state(self) -> State:
        return self.the_kind.states[self.status]

    @property
    def topic_label(self) -> Text:
        return self.the_kind.topics.get(self.topic, self.topic)

    @property
    def answer_term(self) -> str:
        """Key of the term within which this request is answered; "" if there is none."""
        return self.the_kind.term_of(self.topic)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_answered_by_mail(self) -> bool:
        """Whoever asked has no account, or has closed it: no page of ours on which they could read or act.

        Of a child who has grown up since, the parent who asked no longer gets an answer.
        """
        if self.asked_by is None:
            return True
        closed = bool(self.contact_email) and not self.asked_by.is_active
        return closed and not self._has_grown_up

    @property
    def _has_grown_up(self) -> bool:
        if self.about is None:
            return False
        then = born_after_for_health(today_in_madrid(self.opened_at))
        return then < self.about.person.born_on <= born_after_for_health()

    def lets_act(self, user: "Actor") -> bool:
        """Whether `user` may act in this one; of one that is about nobody it costs nothing to say."""
        if self.about_id is None:
            return user.is_authenticated and user.pk == self.asked_by_id
        return Case.objects.acting_for(user).filter(pk=self.pk).exists()

    def is_own_of(self, user: "Actor") -> bool:
        """One of the staff has no business with it: they have asked it, or act in it as a customer."""
        return (self.asked_by_id is not None and user.pk == self.asked_by_id) or self.lets_act(user)

    def can(self, name: str, side: Side) -> bool:
        """What decides whether a button is shown and whether the move is made: one rule for both."""
        move = self.the_kind.moves.get(name)
        return move is not None and self.status in move.sources and side in move.by
