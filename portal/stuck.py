"""A worker that no longer fetches what waits ends itself: what has started it starts it again.

The way in which that has happened is mended (portal/broker.py); this is for those that nobody knows yet. The
look is taken from a thread of its own, so that a worker whose loop hangs is found, too.
"""

import faulthandler
import logging
import os
import threading
import time
from collections.abc import Callable

import redis

logger = logging.getLogger(__name__)

# A task is cut off after 90 seconds: when the same message is the next one for five minutes, nobody fetches.
LOOKS, SECONDS_BETWEEN = 20, 15
TIMEOUT = 5
EXIT_CODE = 70


def begin(url: str, queue: str) -> None:
    client = redis.Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
    threading.Thread(target=_run, args=(client, queue), name="stuck", daemon=True).start()


def until_stuck(look: Callable[[], bytes | None], pause: Callable[[], object]) -> None:
    """Returns when the same message has been the next one for LOOKS looks; None is a queue that is fine."""
    seen, times = None, 0
    while times < LOOKS:
        found = look()
        times = times + 1 if found is not None and found == seen else int(found is not None)
        seen = found
        pause()


def next_message(client: redis.Redis, queue: str) -> bytes | None:
    """The one that a worker fetches next. None as well while the broker is away: nobody can fetch then."""
    try:
        found = client.lindex(queue, -1)
    except redis.RedisError:
        return None
    return found if isinstance(found, bytes) else None


def _run(client: redis.Redis, queue: str) -> None:
    until_stuck(lambda: next_message(client, queue), lambda: time.sleep(SECONDS_BETWEEN))
    logger.critical("worker_stuck")
    # Where each thread is: the reason that is looked for. Nothing is asked of a loop that may hang.
    faulthandler.dump_traceback(all_threads=True)
    os._exit(EXIT_CODE)
