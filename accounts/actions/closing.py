import logging

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from accounts import emails
from accounts.buckets import bucket_of
from accounts.closing import CLOSED_DOMAIN, keep_what_must_stay
from accounts.models import AccountRequest, EmailChange, LogIn, Person, User
from core import audit

logger = logging.getLogger(__name__)


class StaffStay(Exception):  # noqa: N818
    """The accounts of staff are closed by their administrator: what they decided must keep its name."""


def close_account(user: User) -> None:
    """By its owner, for good. The policy is not touched, and the person may register again.

    The row stays, because the history of requests names it; what identified somebody is taken off it, so
    that to log in with it is to log in with an account that never was. Whoever is logged in is out at the
    next page. Raises StaffStay.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        person = user.person_on_file
        if user.is_staff or user.is_superuser:
            raise StaffStay
        emails.account_closed(user)
        keep_what_must_stay(user)
        Person.objects.filter(user=user).update(user=None, linked_at=None)
        AccountRequest.objects.filter(Q(user=user) | Q(identifier=user.email)).delete()
        EmailAddress.objects.filter(user=user).delete()
        EmailChange.objects.filter(user=user).delete()
        LogIn.objects.filter(account=bucket_of(user)).delete()
        # A passkey would open what no password opens any more.
        Authenticator.objects.filter(user=user).delete()
        user.email = f"closed-{user.pk}@{CLOSED_DOMAIN}"
        user.is_active = False
        user.set_unusable_password()
        user.save(update_fields=["email", "is_active", "password"])
        audit.record("close-account", by=user, subject=person, what=audit.thing(user))
    logger.info("account_closed_by_owner", extra={"user": user.pk})
