"""The counters of tries: one at a time, and whoever dies while counting holds up nobody."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.core.internal import ratelimit
from django.db import OperationalError, connection
from django.test import RequestFactory

from accounts.counter_lock import counter_lock

pytestmark = pytest.mark.django_db(transaction=True)
LIMITS = {"guess": "5/m/key"}
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def count(whose: str) -> bool:
    request = RequestFactory().post("/")
    asked = ratelimit.consume(request, app="allauth.account", action="guess", key=whose, config=LIMITS)
    return asked is not None


def counter(whose: str) -> str:
    rate = ratelimit.parse_rate(LIMITS["guess"])
    request = RequestFactory().post("/")
    return ratelimit.get_cache_key(request, app="allauth.account", action="guess", rate=rate, key=whose)


class Other(threading.Thread):
    """Somebody in the middle of counting the same tries."""

    def __init__(self, whose: str) -> None:
        super().__init__(daemon=True)
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self.whose, self.backend = whose, 0
        self.error: OperationalError | None = None

    def run(self) -> None:
        try:
            with counter_lock(counter(self.whose)):
                self.backend = connection.connection.info.backend_pid
                self.begun.set()
                self.may_go_on.wait()
        except OperationalError as error:
            self.error = error
        finally:
            connection.close()


@contextmanager
def another(whose: str) -> Iterator[Other]:
    other = Other(whose)
    other.start()
    assert other.begun.wait(30)
    try:
        yield other
    finally:
        other.may_go_on.set()
        other.join()


def test_the_second_waits_for_the_first() -> None:
    with another("ana") as other:
        counted: list[bool] = []

        def count_there() -> None:
            try:
                counted.append(count("ana"))
            finally:
                connection.close()

        second = threading.Thread(target=count_there, daemon=True)
        second.start()
        with connection.cursor() as cursor:
            while cursor.execute(WAITING).fetchone() == (0,):
                assert second.is_alive()
        assert counted == []
        other.may_go_on.set()
        second.join()
    assert counted == [True]


def test_who_dies_while_counting_holds_up_nobody() -> None:
    with another("bruno") as other:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [other.backend])
        assert [count("bruno") for _try in range(6)] == [True] * 5 + [False]
    assert other.error is not None
