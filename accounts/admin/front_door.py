"""What became of what somebody wrote at the front door, in words for the phone.

The pages tell nobody why (LOG-23): whoever asks there may be anyone. Staff, who have made sure who is
calling, read it here. It is worked out anew from the file as it is now.
"""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import checks
from accounts.actions import decide_by_mailbox
from accounts.linking import Outcome
from accounts.models import AccountRequest, Person, User
from core.identity import mask_dni
from core.templatetags.formats import longdate

Kind = AccountRequest.Kind
MOST = 10


def rows(person: Person | None, user: User | None) -> list[tuple[object, ...]]:
    """The latest of one person: when, what, who was typed, what became of it."""
    return [
        (row.asked_at, row.get_kind_display(), who(row), became(row)) for row in requests_of(person, user)
    ]


def requests_of(person: Person | None, user: User | None) -> Iterable[AccountRequest]:
    names = {person.dni or "", person.email.lower()} if person else set()
    names |= {user.email} if user else set()
    meant = Q(identifier__in=names - {""})
    if person is not None:
        meant |= Q(person=person)
    if user is not None:
        meant |= Q(user=user)
    rows = AccountRequest.objects.filter(meant).select_related("user", "person").order_by("-id")
    return rows[:MOST]


def who(request: AccountRequest) -> str:
    return request.identifier if "@" in request.identifier else mask_dni(request.identifier)


def became(request: AccountRequest) -> str:  # noqa: PLR0911
    if request.answered_at is None:
        return _("Nobody has looked at it yet: wait a minute.")
    if request.used_at is not None:
        if request.kind == Kind.RESET:
            return _("A new password has been chosen.")
        return _("The link was followed: the account is open.")
    if request.kind == Kind.RESEND:
        return _("The confirmation was sent again, if a registration waited for it.")
    if request.kind == Kind.CLAIM:
        return _not_linked(request)
    if not request.links:
        return _no_mail(request)
    if request.has_newer_link():
        return _("A mail was sent; a newer one has replaced it.")
    hours = 24 * settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS if request.kind == Kind.REGISTER else 1
    if (timezone.now() - request.asked_at).total_seconds() > hours * 3600:
        return _("A mail was sent. Nobody followed its link, and it has run out.")
    return _("A mail was sent. Nobody has followed its link yet: look in the spam folder.")


def link_state(user: User) -> str:  # noqa: PLR0911
    """Whether an account is linked to somebody on file, or why not: accounts/linking.py in words."""
    person = user.person_on_file
    if person is not None:
        day = longdate(timezone.localdate(person.linked_at)) if person.linked_at else ""
        return _("Linked since %(day)s.") % {"day": day}
    if not EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
        return _("Not linked: the address of the account has not been confirmed.")
    outcome = decide_by_mailbox(user).outcome
    if outcome is Outcome.LINK:
        return _("Not linked yet: it will be at the next log-in.")
    if outcome is Outcome.TOO_YOUNG:
        return _("Not linked: whoever has this address on file is under age.")
    sharing = [person for person in Person.objects.with_mailbox(user.email) if person.is_adult()]
    if not sharing:
        return _("Not linked: nobody on file has this address. The file must get it first.")
    if len(sharing) > 1:
        return _("Not linked: several people on file have this address. DNI and date of birth are asked for.")
    if sharing[0].user_id is not None:
        return _("Not linked: whoever has this address on file has another account.")
    return _("Not linked: whoever has this address on file is in no policy.")


def _not_linked(request: AccountRequest) -> str:
    wrong = _identity(request)
    if wrong:
        return wrong
    person = Person.objects.get(dni=request.identifier)
    if person.user_id is not None:
        return _("That person has an account already.")
    if request.user is not None and person.email.lower() == request.user.email:
        return _("The details are right now: log in again and it will be linked.")
    return _("The details are right, but the address on file is another one. We have told that address.")


def _no_mail(request: AccountRequest) -> str:
    """Why a request that was looked at got no mail with a link."""
    if request.kind == Kind.REGISTER:
        return _("There was an account with this address: we have written to its owner.")
    if request.kind == Kind.RESET:
        user: Any = User.objects.by_identifier(request.identifier)
        if user is None:
            return _("No mail: nobody logs in with this.")
        if not user.is_active:
            return _("No mail: the account is closed.")
        person = user.person_on_file
    else:
        wrong = _identity(request)
        if wrong:
            return _("No mail: %(why)s") % {"why": wrong}
        person = Person.objects.get(dni=request.identifier)
    if person is not None and not checks.passes(person, checks.details_of(request)):
        return _("No mail: the card number or the date of birth is not the one on file.")
    return _("No mail: there had been enough in that hour. Ask again later.")


def _identity(request: AccountRequest) -> str:
    person = Person.objects.filter(dni=request.identifier).first()
    if person is None:
        return _("Nobody on file has this DNI or NIE.")
    if person.born_on != request.born_on:
        return _("The date of birth is not the one on file.")
    if not Person.objects.customers().filter(pk=person.pk).exists():
        return _("The person is on file, but in no policy.")
    if not person.email:
        return _("There is no e-mail address on file.")
    return ""
