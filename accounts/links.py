"""The links in mails: signed, dated, used once; of several to one mailbox only the newest opens anything."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.buckets import bucket_of
from accounts.models import AccountRequest, EmailChange, FactorsOff, LogIn, Person, User

CONFIRM = "accounts.links.confirm"
RESET = "accounts.links.reset"
ACCESS = "accounts.links.access"
NEW_EMAIL = "accounts.links.new_email"
EMAIL_BACK = "accounts.links.email_back"
FACTORS_OFF = "accounts.links.factors_off"
FACTORS_STAY = "accounts.links.factors_stay"
A_DAY = 24 * 3600


class DeadLink(Exception):  # noqa: N818
    """The link is too old, used, not the newest, or none of ours; people are not told which."""


def confirmation_key(registration: AccountRequest) -> str:
    return signing.dumps([registration.pk, registration.links], salt=CONFIRM)


def registration_of(key: str) -> AccountRequest:
    """The registration that the link confirms; raises DeadLink."""
    pk, number = _load(key, CONFIRM, settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS * A_DAY, 2)
    return _alive(AccountRequest.Kind.REGISTER, pk, number)


def reset_key(reset: AccountRequest, user: User) -> str:
    return signing.dumps([reset.pk, reset.links, _mark(user)], salt=RESET)


def reset_of(key: str) -> tuple[AccountRequest, User]:
    """The request for a new password and whose it is; raises DeadLink, also once the password has changed."""
    pk, number, mark = _load(key, RESET, settings.PASSWORD_RESET_TIMEOUT, 3)
    reset = _alive(AccountRequest.Kind.RESET, pk, number)
    user = reset.user
    if user is None or not user.is_active or not constant_time_compare(mark, _mark(user)):
        raise DeadLink
    return reset, user


def access_key(access: AccountRequest, person: Person) -> str:
    return signing.dumps([access.pk, access.links, _mark_on_file(person)], salt=ACCESS)


def access_of(key: str) -> tuple[AccountRequest, Person]:
    """The request for access by DNI and whose it is; raises DeadLink, also once the file says otherwise."""
    pk, number, mark = _load(key, ACCESS, settings.PASSWORD_RESET_TIMEOUT, 3)
    access = _alive(AccountRequest.Kind.ACCESS, pk, number)
    person = access.person
    if person is None or not constant_time_compare(mark, _mark_on_file(person)):
        raise DeadLink
    return access, person


def new_email_key(change: EmailChange) -> str:
    return signing.dumps([change.pk, _mark(change.user)], salt=NEW_EMAIL)


def new_email_of(key: str) -> EmailChange:
    """The change that the link to the new address confirms; raises DeadLink, also once the password or the
    address has changed or a newer one was asked for."""
    pk, mark = _load(key, NEW_EMAIL, int(EmailChange.OPEN.total_seconds()), 2)
    change = EmailChange.objects.select_related("user").filter(pk=pk).first()
    if change is None or not change.is_open or not constant_time_compare(mark, _mark(change.user)):
        raise DeadLink
    if EmailChange.objects.filter(user=change.user, pk__gt=pk).exists():
        raise DeadLink
    return change


def email_back_key(change: EmailChange) -> str:
    return signing.dumps([change.pk], salt=EMAIL_BACK)


def email_back_of(key: str) -> EmailChange:
    """The change that the old address takes back; raises DeadLink."""
    (pk,) = _load(key, EMAIL_BACK, int(EmailChange.WAY_BACK.total_seconds()), 1)
    change = EmailChange.objects.select_related("user").filter(pk=pk, undone_at=None).first()
    if change is None or not change.user.is_active:
        raise DeadLink
    return change


def factors_off_key(asked: FactorsOff) -> str:
    return signing.dumps([asked.pk, _mailbox_mark(asked.user)], salt=FACTORS_OFF)


def factors_off_of(key: str) -> FactorsOff:
    """What takes the second step off, also before its time (`is_ripe`). Raises DeadLink, also once the
    address has changed, or the owner has stopped it or has come in by one of the factors after all."""
    asked = _factors_off(key, FACTORS_OFF)
    if asked.done_at or not factors_that_go(asked).exists() or _came_in_by_factor(asked):
        raise DeadLink
    return asked


def factors_stay_key(asked: FactorsOff) -> str:
    return signing.dumps([asked.pk, _mailbox_mark(asked.user)], salt=FACTORS_STAY)


def factors_stay_of(key: str) -> FactorsOff:
    """What its owner may still stop; raises DeadLink."""
    asked = _factors_off(key, FACTORS_STAY)
    if asked.done_at:
        raise DeadLink
    return asked


def factors_that_go(asked: FactorsOff) -> QuerySet[Authenticator]:
    """Not what was set up since: whoever could do that was in."""
    types = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Authenticator.objects.filter(user=asked.user_id, type__in=types, created_at__lt=asked.asked_at)


def _factors_off(key: str, salt: str) -> FactorsOff:
    pk, mark = _load(key, salt, int(FactorsOff.OPEN.total_seconds()), 2)
    asked = FactorsOff.objects.select_related("user").filter(pk=pk, stopped_at=None).first()
    if asked is None or not constant_time_compare(mark, _mailbox_mark(asked.user)):
        raise DeadLink
    # Staff have a way of their own: manage.py remove_factors.
    if not asked.user.is_active or asked.user.is_staff or asked.user.is_superuser:
        raise DeadLink
    if FactorsOff.objects.filter(user=asked.user, pk__gt=pk).exists():
        raise DeadLink
    return asked


def _came_in_by_factor(asked: FactorsOff) -> bool:
    ways = (LogIn.Way.SECOND, LogIn.Way.PASSKEY)
    since = LogIn.objects.filter(account=bucket_of(asked.user), at__gt=asked.asked_at)
    return since.filter(succeeded=True, way__in=ways).exists()


def _mailbox_mark(user: User) -> str:
    return salted_hmac(FACTORS_OFF, f"{user.pk} {user.email}", algorithm="sha256").hexdigest()[:16]


def _load(key: str, salt: str, max_age: int, parts: int) -> list[Any]:
    try:
        values = signing.loads(key, salt=salt, max_age=max_age)
    except signing.BadSignature:
        raise DeadLink from None
    if not isinstance(values, list) or len(values) != parts:
        raise DeadLink
    return values


def _alive(kind: AccountRequest.Kind, pk: int, number: int) -> AccountRequest:
    row = (
        AccountRequest.objects.select_related("user", "person")
        .filter(pk=pk, kind=kind, links=number, used_at=None)
        .first()
    )
    if row is None or row.has_newer_link():
        raise DeadLink
    return row


def _mark(user: User) -> str:
    """Changes with the password and with the address, and tells neither."""
    return salted_hmac(RESET, f"{user.password} {user.email}", algorithm="sha256").hexdigest()[:16]


def _mark_on_file(person: Person) -> str:
    """Changes with the address on file, and once the person has an account."""
    whose = f"{person.dni} {person.email} {person.user_id}"
    return salted_hmac(ACCESS, whose, algorithm="sha256").hexdigest()[:16]
