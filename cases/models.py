from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.canned_texts import CannedText  # noqa: F401 - Django looks for an app's models here
from cases.lifecycle import Kind, Outcome, Side, State, Text, kind_of
from core.ages import today_in_madrid
from core.printing import READY_IS_WHOLE, PrintedPaper, PrintedPaperQuerySet
from policies.access import Level, acting_rule, family_rule
from policies.models import InsuredPerson, Policy

if TYPE_CHECKING:
    from datetime import date

    from policies.models.policy import Actor

OUTCOMES = [(Outcome.ACCEPTED.value, _("Accepted")), (Outcome.PARTLY.value, _("Accepted in part"))]
OUTCOMES += [(Outcome.REFUSED.value, _("Refused"))]


def acts(user: "Actor") -> Q:
    return Q(asked_by=user.pk) | acting_rule(user, of="about")


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: "Actor") -> "CaseQuerySet":
        """One's own requests, and those about a person whose clinical detail one may see."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(asked_by=user.pk) | family_rule(user, Level.CLINICAL, of="about"))

    def acting_for(self, user: "Actor") -> "CaseQuerySet":
        """Where `user` may write, send papers, mark as read and make moves: one's own requests, and those
        about oneself or a child of one's own. Always fewer than `visible_to`."""
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
        """Whoever asked has no account, or has closed it: no page of ours on which they could read or act."""
        return self.asked_by is None or (bool(self.contact_email) and not self.asked_by.is_active)

    def lets_act(self, user: "Actor") -> bool:
        """Whether `user` may act in this one; of whoever asked it costs nothing to say."""
        if user.is_authenticated and user.pk == self.asked_by_id:
            return True
        return Case.objects.acting_for(user).filter(pk=self.pk).exists()

    def can(self, name: str, side: Side) -> bool:
        """What decides whether a button is shown and whether the move is made: one rule for both."""
        move = self.the_kind.moves.get(name)
        return move is not None and self.status in move.sources and side in move.by


class AppendOnly(Exception):  # noqa: N818
    """History is written once."""


class CaseEvent(models.Model):
    """One line of a case's history. It never changes; the database refuses it too (see the migration)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events", verbose_name=_("request"))
    move = models.CharField(_("move"), max_length=30)
    source = models.CharField(_("from state"), max_length=30, blank=True)
    target = models.CharField(_("to state"), max_length=30)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    side = models.CharField(_("side"), max_length=10, choices=[(side.value, side.value) for side in Side])
    at = models.DateTimeField(_("at"), default=timezone.now)
    # For the customer's eyes too, where the state is another than before.
    note = models.TextField(_("note"), blank=True)
    # For the staff's.
    reason_code = models.CharField(_("reason"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("step of a request")
        verbose_name_plural = _("steps of requests")
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "id"], name="event_of_case")]

    def __str__(self) -> str:
        return f"{self.case} {self.move}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class Deadline(models.Model):
    """A clock of a case: customer and staff read the same date from it. See clocks.py."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="deadlines", verbose_name=_("request"))
    term = models.CharField(_("term"), max_length=60)
    starts_on = models.DateField(_("from"))
    # None while the clock stands.
    due_on = models.DateField(_("by"), null=True, blank=True)
    # [{"from": "2026-02-10", "to": "2026-02-15" or null, "effect": "restart" or "suspend"}, …]
    interruptions = models.JSONField(default=list, blank=True)
    met_on = models.DateField(_("met on"), null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["due_on"], name="deadline_running", condition=Q(met_on=None))]
        constraints = [models.UniqueConstraint(fields=["case", "term"], name="deadline_once_per_term")]

    def __str__(self) -> str:
        return f"{self.case} {self.term}"

    def is_late(self, on: "date | None" = None) -> bool:
        return self.met_on is None and self.due_on is not None and self.due_on < (on or today_in_madrid())


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: "Actor") -> "MessageQuerySet":
        return self.filter(case__in=Case.objects.visible_to(user))


class Message(models.Model):
    """A message of the thread between the customer and the insurer, on a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="messages", verbose_name=_("request"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    side = models.CharField(_("side"), max_length=10, choices=[(side.value, side.value) for side in Side])
    body = models.TextField(_("message"), max_length=5000)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    # When the other side opened it.
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    answer_by = models.DateField(_("answer wanted by"), null=True, blank=True)
    sent_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "id"], name="message_of_case")]
        constraints = [models.UniqueConstraint(fields=["case", "sent_key"], name="message_sent_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.sent_at:%Y-%m-%d}"


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
