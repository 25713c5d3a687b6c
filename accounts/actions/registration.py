"""LOG-10 to LOG-16: registering with an e-mail and a password of one's own."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import emails
from accounts.actions.asking import PRESSED_TWICE, ask, told_lately
from accounts.links import DeadLink
from accounts.models import AccountRequest, EmailChange, User
from accounts.passwords import normalise

Kind = AccountRequest.Kind


def keep_for_later(password: str) -> str:
    """The hash of a password that somebody registers with; paid before anybody looks whose mailbox it is."""
    return make_password(normalise(password))


def register(*, email: str, password_hash: str, language: str, terms_version: str) -> AccountRequest:
    """Note a registration; the account comes into being when the link in the mail is followed.

    The same work whether or not the address has an account already: its owner learns that by mail.
    """
    return ask(
        kind=Kind.REGISTER,
        identifier=email,
        password=password_hash,
        language=language,
        terms_version=terms_version,
    )


def same_registration(*, email: str, password: str) -> AccountRequest | None:
    """The one of a moment ago, if its button was pressed twice; another password is another registration."""
    waiting = AccountRequest.objects.filter(
        kind=Kind.REGISTER, identifier=email, used_at=None, asked_at__gt=timezone.now() - PRESSED_TWICE
    )
    latest = waiting.order_by("-pk").first()
    return latest if latest and check_password(normalise(password), latest.password) else None


def send_confirmation_again(*, email: str, language: str) -> AccountRequest:
    return ask(kind=Kind.RESEND, identifier=email, language=language)


def answer_registration(request: AccountRequest) -> None:
    owner = User.objects.by_identifier(request.identifier)
    taken = None if owner else EmailChange.objects.taken_from(request.identifier)
    if owner is not None and not owner.is_active:
        tell_of_blocked(owner)
    elif owner is not None:
        emails.account_exists(owner)
    elif taken is not None:
        # A new account with the address would close the way back to the one that was taken away.
        emails.email_was_changed(taken)
    else:
        _send_link(request)


def tell_of_blocked(owner: User) -> None:
    """Staff have closed the account: not to be told to log in, nor left without a word."""
    if not told_lately(owner.email, emails.BLOCKED):
        emails.account_blocked(owner)


def _send_link(request: AccountRequest) -> None:
    registration: AccountRequest | None = request
    if request.kind == Kind.RESEND:
        if _pressed_twice(request):
            return
        registration = (
            AccountRequest.objects.filter(kind=Kind.REGISTER, identifier=request.identifier, used_at=None)
            .order_by("-pk")
            .first()
        )
    if registration is not None:
        registration.links += 1
        registration.save(update_fields=["links"])
        emails.confirm(registration)
    elif not told_lately(request.identifier, emails.NOTHING_WAITS):
        emails.nothing_waits(request)


def _pressed_twice(request: AccountRequest) -> bool:
    same = AccountRequest.objects.filter(kind=Kind.RESEND, identifier=request.identifier, pk__lt=request.pk)
    return same.filter(asked_at__gt=timezone.now() - PRESSED_TWICE, answered_at__isnull=False).exists()


def confirm(registration: AccountRequest) -> User:
    """Make the account of a registration whose mailbox has been shown to be theirs; raises DeadLink."""
    try:
        with transaction.atomic():
            registration = AccountRequest.objects.select_for_update(of=("self",)).get(pk=registration.pk)
            email = registration.identifier
            if registration.used_at or EmailAddress.objects.filter(email=email, verified=True).exists():
                raise DeadLink
            user = open_account_for(
                email,
                password_hash=registration.password,
                language=registration.language,
                terms_version=registration.terms_version,
                terms_accepted_at=registration.asked_at,
            )
            registration.used_at = timezone.now()
            registration.password = ""
            registration.user = user
            registration.save(update_fields=["used_at", "password", "user"])
    except IntegrityError:
        raise DeadLink from None
    return user


def open_account_for(
    email: str, *, password_hash: str, language: str, terms_version: str, terms_accepted_at: datetime
) -> User:
    """The account of who has shown that they read this mailbox; IntegrityError if it has one already.

    An account whose mailbox nobody has confirmed belongs to who confirms it.
    """
    user = User.objects.filter(email=email).first() or User(email=email)
    user.password = password_hash
    user.language = language
    user.terms_version, user.terms_accepted_at = terms_version, terms_accepted_at
    user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user
