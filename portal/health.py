"""For load balancers and container engines. They learn whether it works, and no version, name or address."""

import logging
import time
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache as counters
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

BROKER_TIMEOUT = 0.5
# A broker that hangs costs its timeout: not with every request of a stranger.
BROKER_ANSWER_SECONDS = 5


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers. Nothing else is asked: a database that is away is no reason to restart it."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """People can be served. The broker is reported only: without it pages work and mail waits."""
    database = _works(_ask_database)
    found: dict[str, Any] = {
        "database": database,
        "migrations": database and _works(_ask_migrations),
        "counters": database and _works(_ask_counters),
    }
    ready = all(found.values())
    found["broker"] = _broker_answers()
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", **found},
        status=200 if ready else 503,
        headers={} if ready else {"Retry-After": "5"},
    )


def _works(ask: Any) -> bool:
    try:
        return bool(ask())
    except DatabaseError as error:
        logger.warning("not_ready", extra={"asked": ask.__name__, "error": type(error).__name__})
        return False


def _ask_database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _ask_migrations() -> bool:
    applied = set(MigrationRecorder(connection).migration_qs.values_list("app", "name"))
    return _migrations_on_disk() <= applied


@cache
def _migrations_on_disk() -> set[tuple[str, str]]:
    return set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _ask_counters() -> bool:
    counters.get("readyz")
    return True


_broker: tuple[float, bool] = (0.0, False)


def _broker_answers() -> bool:
    global _broker  # noqa: PLW0603  one answer for all threads of the process
    asked_at, answer = _broker
    if asked_at and time.monotonic() - asked_at < BROKER_ANSWER_SECONDS:
        return answer
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_connect_timeout=BROKER_TIMEOUT, socket_timeout=BROKER_TIMEOUT
    )
    try:
        answer = bool(client.ping())
    except (redis.RedisError, OSError):
        answer = False
    finally:
        client.close()
    _broker = (time.monotonic(), answer)
    return answer
