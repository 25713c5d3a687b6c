"""What changes an account: one function per verb."""

import logging
from contextlib import suppress
from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import emails, linking
from accounts.links import DeadLink
from accounts.models import AccountRequest, Person, PersonQuerySet, User
from accounts.passwords import normalise
from core import kick
from core.ages import today_in_madrid
from core.models import OutgoingEmail

logger = logging.getLogger(__name__)

Kind = AccountRequest.Kind


class AlreadyLinked(Exception):  # noqa: N818
    """Somebody else was first, or this account has a person already."""


def change_language(user: User, *, language: str) -> None:
    user.language = language
    user.save(update_fields=["language"])


def keep_for_later(password: str) -> str:
    """The hash of a password that somebody registers with; paid before anybody looks whose mailbox it is."""
    return make_password(normalise(password))


def register(*, email: str, password_hash: str, language: str, terms_version: str) -> AccountRequest:
    """Note a registration; the account comes into being when the link in the mail is followed.

    The same work whether or not the address has an account already: its owner learns that by mail.
    """
    return _ask(
        kind=Kind.REGISTER,
        identifier=email,
        password=password_hash,
        language=language,
        terms_version=terms_version,
    )


def send_confirmation_again(*, email: str, language: str) -> AccountRequest:
    return _ask(kind=Kind.RESEND, identifier=email, language=language)


def ask_for_new_password(*, identifier: str, language: str) -> AccountRequest:
    """`identifier`: DNI, NIE or e-mail in canonical form."""
    return _ask(kind=Kind.RESET, identifier=identifier, language=language)


def answer(request_id: int) -> None:
    """Look who asked and write the mail they are due, if any; twice does no harm."""
    with transaction.atomic():
        request = (
            AccountRequest.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk=request_id, answered_at=None)
            .first()
        )
        if request is None:
            return
        match request.kind:
            case Kind.REGISTER | Kind.RESEND:
                _answer_registration(request)
            case Kind.RESET:
                _answer_reset(request)
            case Kind.CLAIM:
                _answer_claim(request)
        request.answered_at = timezone.now()
        request.save(update_fields=["answered_at"])


def confirm(registration: AccountRequest) -> User:
    """Make the account of a registration whose mailbox has been shown to be theirs; raises DeadLink."""
    try:
        with transaction.atomic():
            registration = AccountRequest.objects.select_for_update(of=("self",)).get(pk=registration.pk)
            email = registration.identifier
            if registration.used_at or EmailAddress.objects.filter(email=email, verified=True).exists():
                raise DeadLink
            # An account whose mailbox nobody has confirmed belongs to who confirms it.
            user = User.objects.filter(email=email).first() or User(email=email)
            user.password = registration.password
            user.language = registration.language
            user.terms_version = registration.terms_version
            user.terms_accepted_at = registration.asked_at
            user.save()
            EmailAddress.objects.update_or_create(
                user=user, email=email, defaults={"verified": True, "primary": True}
            )
            registration.used_at = timezone.now()
            registration.password = ""
            registration.user = user
            registration.save(update_fields=["used_at", "password", "user"])
    except IntegrityError:
        raise DeadLink from None
    return user


def reset_password(reset: AccountRequest, *, password: str) -> User:
    """Set the new password and end every session of the account; raises DeadLink if the link was used."""
    with transaction.atomic():
        used = AccountRequest.objects.filter(pk=reset.pk, kind=Kind.RESET, used_at=None).update(
            used_at=timezone.now()
        )
        if not used or reset.user_id is None:
            raise DeadLink
        user = User.objects.select_for_update().get(pk=reset.user_id)
        user.set_password(normalise(password))
        user.save(update_fields=["password"])
        emails.password_changed(user)
    return user


def decide_by_mailbox(user: User) -> linking.Decision:
    """What the verified e-mail alone says; changes nothing."""
    mailbox = _verified_mailbox(user)
    if mailbox is None:
        return linking.Decision(linking.Outcome.ASK)
    people = _on_file(Person.objects.with_mailbox(mailbox))
    return linking.by_mailbox(mailbox, people, on=today_in_madrid(), adult_age=settings.ADULT_AGE)


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
    _ask(kind=Kind.CLAIM, identifier=dni, born_on=born_on, user=user, language=user.language)
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


def forget_old_requests() -> int:
    return AccountRequest.objects.filter(asked_at__lt=timezone.now() - AccountRequest.KEPT).delete()[0]


def _ask(**fields: object) -> AccountRequest:
    with transaction.atomic():
        request = AccountRequest.objects.create(**fields)
        kick.after_commit("accounts.tasks.answer_request", request.pk)
    return request


def _answer_registration(request: AccountRequest) -> None:
    owner = User.objects.by_identifier(request.identifier)
    if owner is not None:
        emails.account_exists(owner)
        return
    registration: AccountRequest | None = request
    if request.kind == Kind.RESEND:
        registration = (
            AccountRequest.objects.filter(kind=Kind.REGISTER, identifier=request.identifier, used_at=None)
            .order_by("-pk")
            .first()
        )
    if registration is not None:
        registration.links += 1
        registration.save(update_fields=["links"])
        emails.confirm(registration)


def _answer_reset(request: AccountRequest) -> None:
    user = User.objects.by_identifier(request.identifier)
    if user is not None and user.is_active:
        request.user = user
        request.links += 1
        request.save(update_fields=["user", "links"])
        emails.reset(request, user)


def _answer_claim(request: AccountRequest) -> None:
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
