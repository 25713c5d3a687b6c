"""Where somebody is logged in now, and who came in or tried to lately: what the security page shows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import session_life
from accounts.buckets import bucket_of
from accounts.log_ins import device_words, masked, user_agent
from accounts.models import EmailChange, LogIn, User

# The newest stand on the page, the others on one of their own.
LATELY = 5


@dataclass(frozen=True)
class Device:
    """A session that is open."""

    # "" for the one in hand: it is ended by logging out.
    key: str
    words: str
    address: str
    since: datetime
    used_at: datetime

    @property
    def is_here(self) -> bool:
        return not self.key


@dataclass(frozen=True)
class Line:
    """A log-in, or a try, or a new password that somebody chose with the link of a mail."""

    at: datetime
    words: str
    address: str
    way: str
    succeeded: bool
    chosen: bool


def devices_of(user: User, request: HttpRequest) -> list[Device]:
    """This one first, then the one used last. Two queries."""
    here = request.session.session_key
    others = [_device(log_in, stored) for log_in, stored in _open(user) if log_in.session_key != here]
    return [_here(request), *sorted(others, key=lambda device: device.used_at, reverse=True)]


def session_of(user: User, key: str) -> LogIn | None:
    """By its opaque reference, and only among one's own that are open."""
    return next((log_in for log_in, _stored in _open(user) if _key(log_in) == key), None)


def log_ins_of(user: User) -> QuerySet[LogIn]:
    since = timezone.now() - LogIn.KEPT
    return LogIn.objects.filter(account=bucket_of(user), at__gt=since).order_by("-at", "-id")


def line(log_in: LogIn) -> Line:
    return Line(
        at=log_in.at,
        words=device_words(log_in.user_agent),
        address=log_in.address,
        way=log_in.get_way_display(),
        succeeded=log_in.succeeded,
        chosen=log_in.way == LogIn.Way.RESET,
    )


def pending_email(user: User) -> EmailChange | None:
    """The change of e-mail whose link has not been followed and still may be."""
    newest = EmailChange.objects.filter(user=user).order_by("-id").first()
    return newest if newest is not None and newest.is_open else None


def _open(user: User) -> list[tuple[LogIn, dict[str, Any]]]:
    """A session that a new password, a button or the clock has ended is still a row; it opens nothing."""
    oldest = timezone.now() - timedelta(seconds=session_life.longest(staff=user.is_staff))
    log_ins = log_ins_of(user).filter(succeeded=True, at__gt=oldest).exclude(session_key="")
    by_key = {log_in.session_key: log_in for log_in in log_ins}
    stored = Session.objects.filter(session_key__in=by_key, expire_date__gt=timezone.now())
    sessions = [(by_key[row.session_key], row.get_decoded()) for row in stored]
    return [(log_in, data) for log_in, data in sessions if _opens(user, data)]


def _opens(user: User, data: dict[str, Any]) -> bool:
    return (
        data.get(SESSION_KEY) == str(user.pk)
        and constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
        and session_life.idle_until(data, staff=user.is_staff) >= timezone.now().timestamp()
    )


def _device(log_in: LogIn, stored: dict[str, Any]) -> Device:
    return Device(
        key=_key(log_in),
        words=device_words(log_in.user_agent),
        address=log_in.address,
        since=log_in.at,
        used_at=_moment(stored.get("seen_at", log_in.at.timestamp())),
    )


def _here(request: HttpRequest) -> Device:
    now = timezone.now()
    return Device(
        key="",
        words=device_words(user_agent(request)),
        address=masked(get_adapter().get_client_ip(request)),
        since=_moment(request.session.get("auth_at", now.timestamp())),
        used_at=now,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _key(log_in: LogIn) -> str:
    return salted_hmac("accounts.devices", str(log_in.pk), algorithm="sha256").hexdigest()[:20]
