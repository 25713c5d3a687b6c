"""How long a log-in lasts: until nobody has used it for a while, and never beyond its absolute end."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts import last_words

# Moments are written at most this often: not every page is worth a row.
GRAIN_SECONDS = 60


@dataclass(frozen=True)
class Left:
    """Seconds until the log-in ends by itself, and until it ends whatever happens."""

    idle: int
    age: int


def ended(request: HttpRequest) -> str:
    left = _left(request)
    if left.age < 0:
        return "age"
    return "idle" if left.idle < 0 else ""


def note_seen(request: HttpRequest, *, at_once: bool = False) -> None:
    now = int(time.time())
    session = request.session
    session.setdefault("auth_at", now)
    if at_once or now - session.get("seen_at", 0) >= GRAIN_SECONDS:
        session["seen_at"] = now
    # Known only once the address has been looked up.
    if last_words.is_written_on(request) and (at_once or now - session.get("form_at", 0) >= GRAIN_SECONDS):
        session["form_at"] = now


class Clock:
    """For the page, which warns before the end (static/js/portal.js)."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def left(self) -> Left:
        # Of a page on which people write, its own hour has just begun; the session learns it after the page.
        note_seen(self._request)
        return _left(self._request)


def _left(request: HttpRequest) -> Left:
    now = int(time.time())
    session = request.session
    staff: bool = request.user.is_staff
    idle = idle_until(session, staff=staff)
    return Left(idle - now, session.get("auth_at", now) + longest(staff=staff) - now)


def longest(*, staff: bool) -> int:
    """Seconds from the log-in to its end, however busy: for staff a working day."""
    if staff:
        return min(settings.SESSION_COOKIE_AGE, settings.STAFF_SESSION_SECONDS)
    return settings.SESSION_COOKIE_AGE


def idle_until(session: SessionBase | Mapping[str, Any], *, staff: bool) -> int:
    """Of the session in hand, or of the data of another one."""
    seen_at: int = session.get("seen_at", int(time.time()))
    if staff:
        return seen_at + settings.STAFF_IDLE_SECONDS
    until = seen_at + settings.SESSION_IDLE_SECONDS
    if "form_at" in session:
        until = max(until, session["form_at"] + settings.SESSION_FORM_IDLE_SECONDS)
    return until
