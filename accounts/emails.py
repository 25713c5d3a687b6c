"""One function per mail, named for what happened. Each speaks the language of who reads it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts import links
from accounts.models import AccountRequest, EmailChange, FactorsOff, Person, User
from core import mail
from core.models import OutgoingEmail

OTHER_MAILBOX = "emails/account_other_mailbox"
BLOCKED = "emails/account_blocked"
NOTHING_WAITS = "emails/account_nothing_waits"


def confirm(registration: AccountRequest) -> None:
    key = links.confirmation_key(registration)
    mail.queue(
        registration.identifier,
        "emails/account_confirm",
        {"link": _url("account_confirm_email", key)},
        language=registration.language,
        secret=True,
    )


def account_exists(user: User) -> None:
    context = {"login": _url("account_login"), "reset": _url("account_reset_password")}
    mail.queue(user.email, "emails/account_exists", context, language=user.language)


def account_blocked(user: User) -> None:
    """Closed by staff; why, is said on the phone."""
    mail.queue(user.email, BLOCKED, language=user.language)


def nothing_waits(request: AccountRequest) -> None:
    """Somebody asks again for a confirmation, and there is no registration, or no longer."""
    context = {"signup": _url("account_signup")}
    mail.queue(request.identifier, NOTHING_WAITS, context, language=request.language)


def reset(request: AccountRequest, user: User) -> None:
    key = links.reset_key(request, user)
    mail.queue(
        user.email,
        "emails/account_reset",
        {"link": _url("account_reset_password_from_key", key)},
        language=user.language,
        secret=True,
    )


def access(request: AccountRequest, person: Person) -> None:
    """To the address on file, whoever asked."""
    key = links.access_key(request, person)
    mail.queue(
        person.email,
        "emails/account_access",
        {"link": _url("account_access_key", key)},
        language=_language_of(person, request.language),
        secret=True,
    )


def access_exists(user: User) -> None:
    context = {"login": _url("account_login"), "reset": _url("account_reset_password")}
    mail.queue(user.email, "emails/account_access_exists", context, language=user.language)


def access_elsewhere(person: Person, *, language: str) -> None:
    """To the address on file: the account of this person has another one."""
    mail.queue(person.email, "emails/account_access_elsewhere", language=_language_of(person, language))


def access_too_young(person: Person, *, language: str) -> None:
    mail.queue(person.email, "emails/account_access_too_young", language=_language_of(person, language))


def access_shared_mailbox(person: Person, *, language: str) -> None:
    """An account has this address already, and it is that of somebody else on file."""
    mail.queue(person.email, "emails/account_access_shared", language=_language_of(person, language))


def account_closed(user: User) -> None:
    """The last mail to this address; it leaves although the account is no more."""
    mail.queue(
        user.email, "emails/account_closed", {"signup": _url("account_signup")}, language=user.language
    )


def password_changed(user: User) -> None:
    mail.queue(
        user.email,
        "emails/account_password_changed",
        {"reset": _url("account_reset_password")},
        language=user.language,
    )


def new_device(user: User, *, device: str, at: datetime) -> None:
    """`device` in the language of the reader."""
    context = {"device": device, "at": at, "link": _url("account_security")}
    mail.queue(user.email, "emails/new_device", context, language=user.language)


def email_change_asked(change: EmailChange) -> None:
    """To the old address, at once and whatever becomes of it."""
    _to_old_address(change, "emails/email_change_asked")


def email_change_link(change: EmailChange) -> None:
    link = _url("account_email_key", links.new_email_key(change))
    mail.queue(
        change.new_email,
        "emails/email_change_link",
        {"link": link},
        language=change.user.language,
        secret=True,
    )


def email_change_taken(owner: User) -> None:
    """Somebody wants to log in with this address, and its owner does already."""
    context = {"login": _url("account_login"), "reset": _url("account_reset_password")}
    mail.queue(owner.email, "emails/email_change_taken", context, language=owner.language)


def email_changed(change: EmailChange) -> None:
    _to_old_address(change, "emails/email_changed")


def email_was_changed(change: EmailChange) -> None:
    """To the old address, when somebody wants a new account with it while the way back is open."""
    _to_old_address(change, "emails/email_was_changed")


def email_is_new(change: EmailChange) -> None:
    context = {"link": _url("account_security")}
    mail.queue(change.new_email, "emails/email_is_new", context, language=change.user.language)


def email_back(reset: AccountRequest, user: User) -> None:
    """The old address is back; with the link to choose a new password."""
    link = _url("account_reset_password_from_key", links.reset_key(reset, user))
    mail.queue(user.email, "emails/email_back", {"link": link}, language=user.language, secret=True)


def _to_old_address(change: EmailChange, template: str) -> None:
    link = _url("account_email_back_key", links.email_back_key(change))
    context = {"link": link, "days": change.WAY_BACK.days}
    mail.queue(change.old_email, template, context, language=change.user.language, secret=True)


def factors_off_link(asked: FactorsOff) -> None:
    """At once: what the link will do, from when on, and how to stop it."""
    mail.queue(
        asked.user.email,
        "emails/factors_off_link",
        {
            "link": _url("account_factors_off_key", links.factors_off_key(asked)),
            "stop": _url("account_factors_stay_key", links.factors_stay_key(asked)),
            "opens_at": asked.opens_at,
            "ends_at": asked.ends_at,
        },
        language=asked.user.language,
        secret=True,
    )


def linked(user: User) -> None:
    mail.queue(user.email, "emails/account_linked", {"link": _url("home")}, language=user.language)


def other_mailbox(person: Person) -> OutgoingEmail:
    """To the mailbox on file: somebody who knows DNI and date of birth tried to link another one."""
    return mail.queue(
        person.email,
        OTHER_MAILBOX,
        {"signup": _url("account_signup")},
        language=_language_of(person, settings.LANGUAGE_CODE),
    )


def _language_of(person: Person, otherwise: str) -> str:
    return person.language if person.language in dict(settings.LANGUAGES) else otherwise


def _url(name: str, *args: Any) -> str:
    """Of the portal's own address, whatever Host the request came with."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
