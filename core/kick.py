"""Tell a worker after the commit that a row waits, without ever making the person wait for the broker.

The row is the truth: if the broker is down, hung or full, beat offers the row again within 30 seconds.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from threading import BoundedSemaphore

from celery import current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

# More than this in hand means that the broker does not answer: the rest is left to beat.
PENDING = BoundedSemaphore(50)


@cache
def _publisher() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="kick")


def after_commit(task: str, row_id: int) -> None:
    """Publish the task of that name for one row once the transaction has committed; never raises.

    By name: the actions that kick a task are called by that task, so they cannot import it.
    """
    transaction.on_commit(partial(_kick, task, row_id))


def _kick(task: str, row_id: int) -> None:
    if getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
        current_app.loader.import_default_modules()
        current_app.tasks[task].delay(row_id)
    elif PENDING.acquire(blocking=False):
        try:
            _publisher().submit(_publish, task, row_id)
        except RuntimeError:
            # This process is on its way out, or may start no thread: what has committed must not fail for it.
            PENDING.release()
            logger.warning("kick_refused", extra={"task": task})
    else:
        logger.warning("broker_slow", extra={"task": task})


def _publish(task: str, row_id: int) -> None:
    try:
        current_app.send_task(task, (row_id,), retry=False)
    except Exception as error:
        logger.warning("broker_unreachable", extra={"task": task, "error": type(error).__name__})
    finally:
        PENDING.release()
