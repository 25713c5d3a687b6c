"""What somebody has besides the password: passkeys, an app that makes codes, recovery codes on paper."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User

Type = Authenticator.Type
# Recovery codes alone open nothing: they stand in for one of these.
FACTORS = (Type.TOTP, Type.WEBAUTHN)
# In the session: this log-in is the one that offers a passkey.
OFFER = "offer_factor"


@dataclass(frozen=True)
class Passkey:
    key: str
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    passkeys: list[Passkey]
    app_since: datetime | None
    app_used_at: datetime | None
    # None: there is no list of them.
    codes_left: int | None

    @property
    def any(self) -> bool:
        return bool(self.passkeys) or self.app_since is not None


def factors_of(user: User) -> Factors:
    """In one query."""
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    app = next((row for row in rows if row.type == Type.TOTP), None)
    codes = next((row for row in rows if row.type == Type.RECOVERY_CODES), None)
    return Factors(
        passkeys=[
            Passkey(_key(row), row.wrap().name, row.created_at, row.last_used_at)
            for row in rows
            if row.type == Type.WEBAUTHN
        ],
        app_since=app.created_at if app else None,
        app_used_at=app.last_used_at if app else None,
        codes_left=len(codes.wrap().get_unused_codes()) if codes else None,
    )


def passkey_of(user: User, key: str) -> Authenticator | None:
    """By its opaque reference, and only among one's own."""
    rows = Authenticator.objects.filter(user=user, type=Type.WEBAUTHN)
    return next((row for row in rows if _key(row) == key), None)


def types_of(user: Any) -> set[str]:
    return set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))


def has_factor(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def offer_once(user: User) -> bool:
    """Whether this log-in is the one to offer a passkey: once in the life of an account, never to staff."""
    if user.is_staff or user.factor_offered_at is not None or has_factor(user):
        return False
    free = User.objects.filter(pk=user.pk, factor_offered_at=None)
    return bool(free.update(factor_offered_at=timezone.now()))


def came_in_lately(request: HttpRequest) -> bool:
    """Whether the log-in is younger than a re-authentication may be: nobody is asked twice in a row."""
    records = get_authentication_records(request, request.user)
    youngest: float = max((record["at"] for record in records if not record.get("enrolled")), default=0)
    return time.time() - youngest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _key(row: Authenticator) -> str:
    return salted_hmac("accounts.mfa.passkey", str(row.pk), algorithm="sha256").hexdigest()[:20]
