"""A notice of every change of the ways in, in the language of who reads it."""

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from core import mail


def passkey_added(user: User) -> None:
    _tell(user, "emails/passkey_added")


def passkey_removed(user: User) -> None:
    _tell(user, "emails/passkey_removed")


def app_added(user: User) -> None:
    _tell(user, "emails/app_added")


def app_removed(user: User) -> None:
    _tell(user, "emails/app_removed")


def recovery_codes_made(user: User) -> None:
    _tell(user, "emails/recovery_codes_made")


def factors_removed(user: User) -> None:
    """All of them, at the console."""
    _tell(user, "emails/factors_removed")


def second_step_off(user: User) -> None:
    """By its owner, with the link that staff have sent."""
    _tell(user, "emails/second_step_off")


def _tell(user: User, template: str) -> None:
    link = f"{settings.SITE_URL}{reverse('account_security')}"
    mail.queue(user.email, template, {"link": link}, language=user.language)


# By the names that allauth gives them.
MAILS = {
    "mfa/email/webauthn_added": passkey_added,
    "mfa/email/webauthn_removed": passkey_removed,
    "mfa/email/totp_activated": app_added,
    "mfa/email/totp_deactivated": app_removed,
    "mfa/email/recovery_codes_generated": recovery_codes_made,
}
