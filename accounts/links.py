"""The links in mails: signed, dated, used once; of several to one mailbox only the newest opens anything."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import AccountRequest, EmailChange, Person, User

CONFIRM = "accounts.links.confirm"
RESET = "accounts.links.reset"
ACCESS = "accounts.links.access"
NEW_EMAIL = "accounts.links.new_email"
EMAIL_BACK = "accounts.links.email_back"
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
