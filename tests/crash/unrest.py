"""Why it does not come to rest, said when the waiting is given up: a count alone has explained nothing."""

import os
import signal
import threading

import psycopg
import redis

from tests.crash.stack import Stack

LOG_CHARACTERS = 6000
# By table: the column of its state, those that wait, and when its next try is due at the earliest.
WAITING = {
    "core_outgoingemail": ("status", "'queued', 'sending'", "due_at"),
    "cases_casedocument": ("state", "'received', 'checking'", "lease_until"),
    "servicing_bankaccountchange": ("status", "'asked'", "lease_until"),
    "cases_sentcopy": ("status", "'asked'", "lease_until"),
}


def unrest(stack: Stack) -> str:
    said = [*_rows(stack), _processes(stack), _queue(stack)]
    return "\n".join([*said, "what the worker does and has said last:", _worker(stack)])


def _rows(stack: Stack) -> list[str]:
    found = []
    try:
        with stack.connect() as connection:
            for table, (state, waits, due) in WAITING.items():
                query = (
                    f"SELECT {state}, attempts, count(*), min({due}) - now(), max(lease_until) - now()"
                    f" FROM {table} WHERE {state} IN ({waits}) GROUP BY 1, 2 ORDER BY 1, 2"
                )
                rows = connection.execute(query).fetchall()  # type: ignore[arg-type]
                found += [
                    f"{table}: {number} {word} after {attempts} tries, due in {due_in}, held for {held}"
                    for word, attempts, number, due_in, held in rows
                ]
    except psycopg.Error as error:
        found.append(f"database: {error}")
    return found


def _processes(stack: Stack) -> str:
    return ", ".join(
        f"{name}: {len(stack.pids(name))} processes" if service.running() else f"{name}: ended by itself"
        for name, service in stack.running.items()
    )


def _queue(stack: Stack) -> str:
    client = redis.Redis.from_url(stack.environment["REDIS_URL"], socket_timeout=5, socket_connect_timeout=5)
    try:
        return f"queue: {client.llen('celery')} to fetch, {client.hlen('unacked')} fetched"
    except redis.RedisError as error:
        return f"queue: {error}"
    finally:
        client.close()


def _worker(stack: Stack) -> str:
    worker = stack.running.get("worker")
    if worker is not None and worker.running():
        os.kill(worker.pid, signal.SIGUSR1)  # Celery writes down where each of its threads is
        threading.Event().wait(3)
    log = stack.log / "worker.log"
    return log.read_text(errors="replace")[-LOG_CHARACTERS:] if log.exists() else "nothing"
