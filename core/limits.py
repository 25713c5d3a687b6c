"""How long somebody must wait who tried too often: what allauth counts, it does not tell."""

import math
import time
from collections.abc import Iterable, Mapping

from allauth.core.internal.ratelimit import Rate, get_cache_key, parse_rates
from django.core.cache import cache
from django.http import HttpRequest


def seconds_to_wait(
    request: HttpRequest,
    *,
    app: str,
    config: Mapping[str, str],
    actions: Iterable[str],
    key: str | None = None,
) -> int | None:
    """Until the last of the full counters of these actions takes one more; None if none is full.

    Without `key`, what is counted by key is left out; what is counted by user, for who has not logged in.
    """
    waits = [
        _wait(cache.get(get_cache_key(request, app=app, action=action, rate=rate, key=key), []), rate)
        for action in actions
        for rate in parse_rates(config.get(action))
        if _is_counted(request, rate, key)
    ]
    return max((wait for wait in waits if wait > 0), default=None)


def longest_by_key(rates: str) -> int | None:
    """The most that somebody may have to wait who is counted by a key that nobody knows here."""
    return max((int(rate.duration) for rate in parse_rates(rates) if rate.per == "key"), default=None)


def _is_counted(request: HttpRequest, rate: Rate, key: str | None) -> bool:
    if rate.per == "user":
        user = getattr(request, "user", None)
        return user is not None and user.is_authenticated
    return rate.per != "key" or key is not None


def _wait(history: list[float], rate: Rate) -> int:
    """`history`: moments of the tries, the newest first."""
    now = time.time()
    counted = [moment for moment in history if moment > now - rate.duration]
    if len(counted) < rate.amount:
        return 0
    return max(1, math.ceil(counted[rate.amount - 1] + rate.duration - now))
