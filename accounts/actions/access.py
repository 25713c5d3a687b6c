"""LOG-08 and LOG-09: an account by DNI, whose link goes to the address on file and to no other."""

from datetime import date

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import checks, emails
from accounts.actions.asking import ask, enough_mails
from accounts.actions.link import AlreadyLinked, link
from accounts.actions.registration import keep_for_later, open_account_for
from accounts.links import DeadLink
from accounts.models import AccountRequest, EmailChange, Person, User


def ask_for_access(*, dni: str, born_on: date, card_number: str, language: str) -> AccountRequest:
    """`dni` in compact form. The same row whoever it is; a worker looks."""
    return ask(
        kind=AccountRequest.Kind.ACCESS,
        identifier=dni,
        born_on=born_on,
        card_number=checks.compact(card_number),
        language=language,
    )


def answer_access(request: AccountRequest) -> None:
    """One mail to the address on file, or none: to an address that somebody types there is never one."""
    person = Person.objects.customers().filter(dni=request.identifier).select_related("user").first()
    if person is None or not person.email or person.born_on != request.born_on:
        return
    if not checks.passes(person, checks.details_of(request)):
        return
    if enough_mails(request, identifier=request.identifier):
        return
    request.person = person
    request.links += 1
    if write_mail(request, person):
        request.save(update_fields=["person", "links"])


def write_mail(request: AccountRequest, person: Person) -> bool:
    """The mail that this person is due; False where there is nothing to say."""
    owner = person.user or User.objects.by_identifier(person.email.lower())
    if owner is not None and not owner.is_active:
        return False
    if not person.is_adult():
        emails.access_too_young(person, language=request.language)
    elif owner is None and (taken := EmailChange.objects.taken_from(person.email.lower())):
        emails.email_was_changed(taken)
    elif owner is None:
        emails.access(request, person)
    elif person.user is None and owner.person_on_file is not None:
        emails.access_shared_mailbox(person, language=request.language)
    else:
        emails.access_exists(owner)
        if owner.email != person.email.lower():
            # Whoever wrote that address there, the one on file hears of it.
            emails.access_elsewhere(person, language=request.language)
    return True


def open_account(access: AccountRequest, *, password: str, terms_version: str) -> User:
    """The account of the person whom the link names, with the address on file; raises DeadLink.

    Who follows the link reads that mailbox: the address is confirmed by it.
    """
    try:
        with transaction.atomic():
            access = AccountRequest.objects.select_for_update(of=("self",)).get(pk=access.pk)
            if access.used_at or access.person_id is None:
                raise DeadLink
            person = Person.objects.select_for_update(of=("self",)).get(pk=access.person_id)
            email = person.email.lower()
            if person.user_id is not None or EmailAddress.objects.filter(email=email, verified=True).exists():
                raise DeadLink
            now = timezone.now()
            user = open_account_for(
                email,
                password_hash=keep_for_later(password),
                language=access.language,
                terms_version=terms_version,
                terms_accepted_at=now,
            )
            access.used_at, access.user = now, user
            access.save(update_fields=["used_at", "user"])
            link(user, person_id=person.pk, by=user)
    except (AlreadyLinked, IntegrityError):
        raise DeadLink from None
    return user
