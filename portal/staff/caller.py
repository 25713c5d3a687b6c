"""What whoever takes a call sees of one person: gathered with as many queries for one policy as for thirty.

The policies are read as the person reads them, by the same functions and in the same words: what staff say on
the phone is what stands on the customer's page. Nothing here tells of health; that is opened by a reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import Person, User
from cases import clocks
from cases.models import Case, Deadline, Message
from core.ages import today_in_madrid
from core.models import OutgoingEmail
from core.staff import staff_rows
from core.templatetags.formats import longdate
from policies import reading
from policies.models import Certificate, Copayment, InsuredPerson
from servicing.refunds import holds

MOST_POLICIES = 50
MOST_OPEN, MOST_CLOSED, MOST_MESSAGES, MOST_MAILS, MOST_CERTIFICATES, MOST_ACTS = 50, 10, 8, 8, 5, 20


@dataclass(frozen=True)
class PolicyLine:
    summary: reading.Summary
    # Who the caller is in it.
    role: str
    held_until: datetime | None


@dataclass(frozen=True)
class Caller:
    """A list is None where this member of staff may not see it at all."""

    person: Person
    account: User | None
    link: str
    policies: list[PolicyLine] | None
    open_cases: list[Any] | None
    closed_cases: list[Any] | None
    messages: list[Message] | None
    mails: list[OutgoingEmail] | None
    certificates: list[Certificate] | None


def read(person: Person, *, by: User) -> Caller:
    def allowed(permission: str, rows: Callable[[], list[Any]]) -> list[Any] | None:
        return rows() if by.has_perm(permission) else None

    cases = _cases(person, by)
    still_open, closed = cases.filter(closed_at=None), cases.exclude(closed_at=None)
    return Caller(
        person=person,
        account=person.user,
        link=link_words(person),
        policies=allowed("policies.view_policy", lambda: _policies(person)),
        open_cases=allowed("cases.view_case", lambda: list(_with_clock(still_open)[:MOST_OPEN])),
        closed_cases=allowed("cases.view_case", lambda: list(closed.order_by("-id")[:MOST_CLOSED])),
        messages=allowed("cases.view_message", lambda: _messages(cases, by)),
        mails=allowed("core.view_outgoingemail", lambda: _mails(person, by)),
        certificates=allowed("policies.view_certificate", lambda: _certificates(person, by)),
    )


def acts(person: Person, *, by: User) -> Sequence[Copayment]:
    """Acts of care: to be shown only after a reason was given."""
    rows = staff_rows(Copayment, by).filter(insured__in=_insured_ids(person))
    return list(rows.select_related("insured__policy")[:MOST_ACTS])


def link_words(person: Person) -> str:
    """Whether the person has linked an account, or why not: accounts/linking.py in words for the phone."""
    if person.user is None:
        return _not_linked(person)
    day = longdate(today_in_madrid(person.linked_at)) if person.linked_at else ""
    if not person.user.is_active:
        return _("Linked since %(day)s, and closed by us: nobody can log in.") % {"day": day}
    return _("Linked since %(day)s.") % {"day": day}


def _not_linked(person: Person) -> str:
    if not person.is_adult():
        return _(
            "Not linked: only from %(age)s years on. Until then parents or guardians see the policies."
        ) % {"age": settings.ADULT_AGE}
    if not person.email:
        return _("Not linked: there is no e-mail address on file. The insurer's file must get one first.")
    if User.objects.filter(email=person.email.lower()).exists():
        words = _(
            "Not linked: there is an account with the e-mail address on file. It is linked when the address "
            "is confirmed and somebody logs in."
        )
    else:
        words = _("Not linked: nobody has registered with the e-mail address on file yet.")
    if Person.objects.with_mailbox(person.email).exclude(pk=person.pk).exists():
        words += " " + _("Others on file have the same e-mail address: DNI and date of birth are asked for.")
    return words


def as_reader(person: Person) -> User:
    """Who reads as this person does; also where nobody has registered yet."""
    reader = person.user or User()
    reader.person_on_file = person
    return reader


def _policies(person: Person) -> list[PolicyLine]:
    found = reading.policies_of(as_reader(person), size=MOST_POLICIES)
    held = holds(summary.facts.pk for summary in found if summary.facts.sees_amounts)
    return [
        PolicyLine(summary, _role(summary), held.get(summary.facts.pk))
        for summary in found
    ]  # fmt: skip


def _role(summary: reading.Summary) -> str:
    if summary.facts.is_holder:
        return _("Policyholder")
    mine = next((member for member in summary.members if member.is_reader), None)
    return mine.relation if mine else _("Parent, guardian or by a grant")


def _insured_ids(person: Person) -> QuerySet[Any]:
    return InsuredPerson.objects.filter(person=person).order_by().values("pk")


def _cases(person: Person, by: User) -> QuerySet[Any]:
    """Asked by the person, or about them."""
    theirs = Q(about__in=_insured_ids(person))
    if person.user_id is not None:
        theirs |= Q(asked_by=person.user_id)
    rows: QuerySet[Any] = staff_rows(Case, by).filter(theirs)
    return rows.select_related("asked_by__person", "about__person", "policy", "assigned_to")


def _with_clock(cases: QuerySet[Any]) -> QuerySet[Any]:
    running = Deadline.objects.filter(case=OuterRef("pk"), met_on=None, due_on__isnull=False)
    first = running.exclude(term=clocks.CUSTOMER).order_by("due_on").values("due_on")[:1]
    return cases.annotate(clock=Subquery(first)).order_by("clock", "id")


def _messages(cases: QuerySet[Any], by: User) -> list[Message]:
    rows = staff_rows(Message, by).filter(case__in=cases.order_by().values("pk")).order_by("-id")
    return list(
        rows.select_related("by", "case__asked_by__person", "case__about__person")[:MOST_MESSAGES]
    )  # fmt: skip


def _mails(person: Person, by: User) -> list[OutgoingEmail]:
    addresses = {person.email.lower(), person.user.email if person.user else ""} - {""}
    rows = staff_rows(OutgoingEmail, by).filter(to__in=addresses).order_by("-id")
    return list(rows.defer("text", "html")[:MOST_MAILS])


def _certificates(person: Person, by: User) -> list[Certificate]:
    rows = staff_rows(Certificate, by).filter(insured__in=_insured_ids(person)).order_by("-id")
    return list(rows[:MOST_CERTIFICATES])
