"""Devices that somebody has logged in on: each has a counter of wrong passwords of its own.

So whoever fills the counter of an account from elsewhere does not keep its owner out. The cookie is signed,
opens nothing, names nobody, and is written anew at every log-in.
"""

from secrets import token_hex

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts.buckets import mark_of
from accounts.models import User

SALT = "accounts.known"
# A family at one tablet; the oldest goes first.
MOST = 5


def device(request: HttpRequest, mark: str) -> str:
    """The name of this device for the account of that mark; "" if that account never came in here."""
    return _read(request).get(mark, "")


def has_come_in(request: HttpRequest, user: User) -> bool:
    """Whether this account was ever let in on this device, by whatever password it had then."""
    read = _read(request)
    return _face(user) in read or mark_of(user) in read


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    read, mine = _read(request), {mark_of(user): token_hex(8), _face(user): ""}
    others = {key: name for key, name in read.items() if key not in mine}
    # Of each account two entries, of one that has changed its password a third: the oldest go first.
    kept = dict(list(others.items())[-2 * (MOST - 1) :]) | mine
    response.set_cookie(
        settings.KNOWN_COOKIE_NAME,
        signing.dumps(kept, salt=SALT),
        max_age=settings.KNOWN_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _face(user: User) -> str:
    """Unlike the mark it opens no counter, and so it may outlive a password."""
    return salted_hmac("accounts.known.face", str(user.pk), algorithm="sha256").hexdigest()[:16]


def _read(request: HttpRequest) -> dict[str, str]:
    written = request.COOKIES.get(settings.KNOWN_COOKIE_NAME, "")
    try:
        marks = signing.loads(written, salt=SALT, max_age=settings.KNOWN_COOKIE_AGE)
    except signing.BadSignature:
        return {}
    return marks if isinstance(marks, dict) else {}
