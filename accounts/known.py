"""Devices that somebody has logged in on: each has a counter of wrong passwords of its own.

So whoever fills the counter of an account from elsewhere does not keep its owner out. The cookie is signed,
opens nothing, names nobody, and is written anew at every log-in.
"""

from secrets import token_hex

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.buckets import mark_of
from accounts.models import User

SALT = "accounts.known"
# A family at one tablet; the oldest goes first.
MOST = 5


def device(request: HttpRequest, mark: str) -> str:
    """The name of this device for the account of that mark; "" if that account never came in here."""
    return _read(request).get(mark, "")


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    mark = mark_of(user)
    others = {key: name for key, name in _read(request).items() if key != mark}
    kept = dict(list(others.items())[-(MOST - 1) :]) | {mark: token_hex(8)}
    response.set_cookie(
        settings.KNOWN_COOKIE_NAME,
        signing.dumps(kept, salt=SALT),
        max_age=settings.KNOWN_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, str]:
    written = request.COOKIES.get(settings.KNOWN_COOKIE_NAME, "")
    try:
        marks = signing.loads(written, salt=SALT, max_age=settings.KNOWN_COOKIE_AGE)
    except signing.BadSignature:
        return {}
    return marks if isinstance(marks, dict) else {}
