"""Which person on file an account belongs to: the rule of `accounts.linking` on the real file."""

import logging
from contextlib import suppress
from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import emails, linking
from accounts.actions.asking import ask
from accounts.models import AccountRequest, Person, PersonQuerySet, User
from core.ages import today_in_madrid
from core.models import OutgoingEmail

logger = logging.getLogger(__name__)


class AlreadyLinked(Exception):  # noqa: N818
    """Somebody else was first, or this account has a person already."""


def decide_by_mailbox(user: User) -> linking.Decision:
    """What the verified e-mail alone says; changes nothing."""
    mailbox = _verified_mailbox(user)
    if mailbox is None:
        return linking.Decision(linking.Outcome.ASK)
    people = _on_file(Person.objects.with_mailbox(mailbox))
    return linking.by_mailbox(mailbox, people, on=today_in_madrid(), adult_age=settings.ADULT_AGE)


def is_too_young(user: User) -> bool:
    """LOG-05: what the pages of an account without a person say instead of asking for a DNI."""
    return user.person_on_file is None and decide_by_mailbox(user).outcome is linking.Outcome.TOO_YOUNG


def link_by_mailbox(user: User) -> bool:
    """Link an account whose verified e-mail is that of exactly one adult; tried at every log-in."""
    if user.person_on_file is not None:
        return False
    return _link_if(decide_by_mailbox(user), user)


def claim(user: User, *, dni: str, born_on: date) -> linking.Outcome:
    """Link by DNI and date of birth, if the mailbox on file is the verified one.

    Otherwise the answer is the same whatever was wrong; a worker tells the mailbox on file, if there is one.
    """
    mailbox = _verified_mailbox(user)
    if mailbox is None:
        return linking.Outcome.NO_MATCH
    decision = _decide_by_identity(mailbox, dni, born_on)
    if _link_if(decision, user):
        return linking.Outcome.LINK
    if decision.outcome is linking.Outcome.TOO_YOUNG:
        return decision.outcome
    ask(kind=AccountRequest.Kind.CLAIM, identifier=dni, born_on=born_on, user=user, language=user.language)
    return linking.Outcome.NO_MATCH


def link(user: User, *, person_id: int, by: User) -> None:
    """Of two accounts that claim one person the first wins; raises AlreadyLinked for the other."""
    try:
        with transaction.atomic():
            linked = Person.objects.filter(pk=person_id, user=None).update(
                user=user, linked_at=timezone.now()
            )
            if not linked:
                raise AlreadyLinked
            emails.linked(user)
    except IntegrityError:
        raise AlreadyLinked from None
    with suppress(AttributeError):
        del user.person_on_file
    logger.info("account_linked", extra={"user": user.pk, "person": person_id, "by": by.pk})


def answer_claim(request: AccountRequest) -> None:
    mailbox = _verified_mailbox(request.user) if request.user else None
    if mailbox is None or request.born_on is None:
        return
    decision = _decide_by_identity(mailbox, request.identifier, request.born_on)
    if decision.outcome is not linking.Outcome.OTHER_MAILBOX or decision.person is None:
        return
    person = Person.objects.get(pk=decision.person.pk)
    yesterday = timezone.now() - timedelta(days=1)
    told = OutgoingEmail.objects.filter(
        to=person.email, template=emails.OTHER_MAILBOX, created_at__gt=yesterday
    )
    if not told.exists():
        emails.other_mailbox(person)


def _link_if(decision: linking.Decision, user: User) -> bool:
    if decision.outcome is not linking.Outcome.LINK or decision.person is None:
        return False
    try:
        link(user, person_id=decision.person.pk, by=user)
    except AlreadyLinked:
        return False
    return True


def _decide_by_identity(mailbox: str, dni: str, born_on: date) -> linking.Decision:
    people = _on_file(Person.objects.filter(dni=dni))
    return linking.by_identity(
        mailbox, dni, born_on, people, on=today_in_madrid(), adult_age=settings.ADULT_AGE
    )


def _on_file(people: PersonQuerySet) -> list[linking.OnFile]:
    customers = set(people.customers().values_list("pk", flat=True))
    return [
        linking.OnFile(
            pk=person.pk,
            dni=person.dni,
            born_on=person.born_on,
            email=person.email,
            customer=person.pk in customers,
            linked=person.user_id is not None,
        )
        for person in people
    ]


def _verified_mailbox(user: User) -> str | None:
    verified = EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    return user.email if verified else None
