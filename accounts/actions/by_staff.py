"""What staff may start for somebody who calls: mails to addresses that are known, and the end of sessions.

Nobody here sets a password or an address, or takes a factor off: the link goes to its owner, who does it.
"""

import logging
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import emails
from accounts.actions.access import write_mail
from accounts.actions.asking import MAILS_AN_HOUR
from accounts.actions.factors_off import ask_to_take_factors_off
from accounts.actions.log_ins import end_all_sessions
from accounts.actions.registration import send_confirmation_again
from accounts.mfa.factors import has_factor
from accounts.models import AccountRequest, EmailChange, FactorsOff, Person, User

logger = logging.getLogger(__name__)
Kind = AccountRequest.Kind


class NotSent(Exception):  # noqa: N818
    """Why there is no mail, in words."""


def is_verified(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


@transaction.atomic
def send_reset(user: User, *, by: User) -> None:
    """The mail for a new password, to the confirmed address of the account."""
    if not user.is_active:
        raise NotSent(_("The account is closed."))
    if user.is_superuser and not by.is_superuser:
        raise NotSent(_("Only another administrator can do this for an administrator."))
    if not is_verified(user):
        raise NotSent(_("The address of the account has not been confirmed."))
    _not_too_many(Kind.RESET, user.email)
    request = AccountRequest.objects.create(
        kind=Kind.RESET,
        identifier=user.email,
        language=user.language,
        user=user,
        links=1,
        answered_at=timezone.now(),
    )
    emails.reset(request, user)
    logger.info("reset_started_by_staff", extra={"user": user.pk, "by": by.pk})


def may_lose_factors(user: User) -> bool:
    """Staff have a way of their own at the console: manage.py remove_factors."""
    customer = user.is_active and not user.is_staff and not user.is_superuser
    return customer and is_verified(user) and has_factor(user)


@transaction.atomic
def send_factors_off(user: User, *, by: User) -> None:
    """The mail whose link takes the second step off, after a wait in which its owner can stop it."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not may_lose_factors(user):
        raise NotSent(_("This is only for a customer with a second step and a confirmed address."))
    now = timezone.now()
    fresh = EmailChange.objects.filter(user=user, confirmed_at__gt=now - EmailChange.WAY_BACK, undone_at=None)
    if fresh.exists():
        raise NotSent(
            _("The e-mail of the account was changed less than a week ago. It must be older first.")
        )
    lately = FactorsOff.objects.filter(user=user, asked_at__gt=now - timedelta(hours=1))
    if lately.count() >= MAILS_AN_HOUR:
        raise _enough()
    ask_to_take_factors_off(user)
    logger.info("factors_off_started_by_staff", extra={"user": user.pk, "by": by.pk})


@transaction.atomic
def send_access(person: Person, *, by: User) -> None:
    """The mail to open an account, to the address on file."""
    if person.user_id is not None:
        raise NotSent(_("The person has an account already."))
    if not person.dni or not person.email or not Person.objects.customers().filter(pk=person.pk).exists():
        raise NotSent(_("The file must first have a policy, a DNI or NIE and an e-mail address of them."))
    if not person.is_adult():
        raise NotSent(_("The person is under age: only adults have an account."))
    _not_too_many(Kind.ACCESS, person.dni)
    language = person.language if person.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    request = AccountRequest.objects.create(
        kind=Kind.ACCESS,
        identifier=person.dni,
        born_on=person.born_on,
        language=language,
        person=person,
        links=1,
        answered_at=timezone.now(),
    )
    if not write_mail(request, person):
        raise NotSent(_("There is a closed account with the address on file."))
    logger.info("access_started_by_staff", extra={"person": person.pk, "by": by.pk})


def send_confirmation(user: User, *, by: User) -> None:
    """Once more the mail that confirms the address of an account."""
    _send_confirmation(user.email, user.language, by)


def send_confirmation_of(request: AccountRequest, *, by: User) -> None:
    _send_confirmation(request.identifier, request.language, by)


def end_sessions(user: User, *, by: User) -> None:
    """Whoever is logged in with the account is out at the next page, on all devices."""
    end_all_sessions(user)
    logger.info("sessions_ended_by_staff", extra={"user": user.pk, "by": by.pk})


def _send_confirmation(email: str, language: str, by: User) -> None:
    waiting = AccountRequest.objects.filter(kind=Kind.REGISTER, identifier=email, used_at=None)
    if not waiting.exists():
        raise NotSent(_("No registration waits for this address any more. The person registers again."))
    _not_too_many(Kind.RESEND, email, sent_ones=False)
    send_confirmation_again(email=email, language=language)
    logger.info("confirmation_sent_by_staff", extra={"by": by.pk})


def _not_too_many(kind: Kind, identifier: str, *, sent_ones: bool = True) -> None:
    since = timezone.now() - timedelta(hours=1)
    asked = AccountRequest.objects.filter(kind=kind, identifier=identifier, asked_at__gt=since)
    if (asked.filter(links__gt=0) if sent_ones else asked).count() >= MAILS_AN_HOUR:
        raise _enough()


def _enough() -> NotSent:
    return NotSent(_("There have been enough of these mails in the last hour. Look in the spam folder."))
