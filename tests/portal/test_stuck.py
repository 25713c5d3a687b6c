"""A worker that no longer fetches ends itself, and one that has nothing to fetch does not."""

import subprocess
import sys
from pathlib import Path

import pytest
import redis

from portal import stuck
from portal.embedded import start_valkey

A, B = b"a", b"b"
LONG = [A] * stuck.LOOKS


@pytest.mark.parametrize(
    ("found", "looks"),
    [
        (LONG, stuck.LOOKS),
        ([None] * 100 + LONG, 100 + stuck.LOOKS),
        ([A, B] * 100 + LONG, 200 + stuck.LOOKS),
        ([*LONG[1:], B, *LONG], 2 * stuck.LOOKS),
        ([*LONG[1:], None, *LONG], 2 * stuck.LOOKS),
    ],
    ids=["from the first", "empty first", "fetched", "fetched in time", "broker away in between"],
)
def test_stuck_is_the_same_message_look_after_look(found: list[bytes | None], looks: int) -> None:
    left = iter(found)
    taken: list[None] = []
    stuck.until_stuck(lambda: next(left), lambda: taken.append(None))
    assert len(taken) == looks


def test_the_next_message_is_the_one_that_came_first(tmp_path: Path) -> None:
    server = start_valkey(tmp_path)
    client = redis.Redis.from_url(server.url)
    assert stuck.next_message(client, "celery") is None
    client.lpush("celery", A)
    client.lpush("celery", B)
    assert stuck.next_message(client, "celery") == A
    server.stop()
    assert stuck.next_message(client, "celery") is None


def test_a_stuck_process_says_where_it_is_and_ends(tmp_path: Path) -> None:
    server = start_valkey(tmp_path)
    try:
        redis.Redis.from_url(server.url).lpush("celery", A)
        program = (
            "import threading; from portal import stuck; stuck.SECONDS_BETWEEN = 0.01;"
            f"stuck.begin({server.url!r}, 'celery'); threading.Event().wait(60)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    finally:
        server.stop()
    assert (done.returncode, "worker_stuck" in done.stderr) == (stuck.EXIT_CODE, True)
    assert "in wait" in done.stderr, "where the first thread is"
