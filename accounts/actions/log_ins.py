"""Who came in and who tried to; ending what is still open; telling staff when too many try."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from accounts.models import LogIn, LogInAlert, User

logger = logging.getLogger(__name__)


def note_log_in(
    *,
    account: str,
    way: LogIn.Way,
    succeeded: bool,
    user_agent: str,
    address: str,
    session_key: str = "",
) -> LogIn:
    """`account` as `accounts.buckets` counts it; `address` masked."""
    return LogIn.objects.create(
        account=account,
        way=way,
        succeeded=succeeded,
        user_agent=user_agent,
        address=address,
        session_key=session_key,
    )


def follow_session(*, account: str, before: str, now: str) -> None:
    """A session has a new key, and is the same log-in."""
    LogIn.objects.filter(account=account, session_key=before).update(session_key=now)


def end_session(log_in: LogIn) -> None:
    """Whoever uses it is out at the next page."""
    with transaction.atomic():
        Session.objects.filter(session_key=log_in.session_key).delete()
        log_in.session_key = ""
        log_in.save(update_fields=["session_key"])


def end_all_sessions(user: User) -> None:
    """All of them, also those that no row tells of. The caller may let the one in hand live on."""
    User.objects.filter(pk=user.pk).update(session_round=F("session_round") + 1)
    user.refresh_from_db(fields=["session_round"])


def forget_old_log_ins() -> int:
    return LogIn.objects.filter(at__lt=timezone.now() - LogIn.KEPT).delete()[0]


def watch_failed_log_ins(now: datetime | None = None) -> LogInAlert | None:
    """One alert for each window in which more log-ins failed than ever do by forgetfulness.

    Counted in the rows that are written anyway, so that a log-in does no work for it and nothing is lost
    between processes.
    """
    now = now or timezone.now()
    minutes: int = settings.FAILED_LOGINS_MINUTES
    failed = LogIn.objects.filter(succeeded=False, at__gt=now - timedelta(minutes=minutes), at__lte=now)
    seen = failed.aggregate(
        failures=Count("pk"),
        accounts=Count("account", distinct=True),
        networks=Count("address", distinct=True),
    )
    told = LogInAlert.objects.filter(at__gt=now - timedelta(minutes=minutes)).exists()
    if told or seen["failures"] < settings.FAILED_LOGINS_ALERT:
        return None
    seconds = minutes * 60
    window_at = datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=now.tzinfo)
    alert, new = LogInAlert.objects.get_or_create(
        window_at=window_at, defaults={"at": now, "minutes": minutes, **seen}
    )
    if not new:
        return None
    logger.warning("many_failed_log_ins", extra={"minutes": minutes, **seen})
    return alert
