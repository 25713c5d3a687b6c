"""One at a time at each counter of tries, by a lock that ends with its holder.

allauth's own is a row of the cache that lives ten seconds: after a process that was killed while it counted,
the next visitor with the right password read that there had been too many attempts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from allauth.core.internal import ratelimit
from django.db import connection


@contextmanager
def counter_lock(counter: str) -> Iterator[bool]:
    """PostgreSQL lets go of it with the connection. Who waits for longer than `lock_timeout` gets an error,
    and by it the page of a portal that is too busy."""
    key = int.from_bytes(sha256(counter.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        try:
            yield True
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def use_for_counters() -> None:
    ratelimit.cache_lock = counter_lock
