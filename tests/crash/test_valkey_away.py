"""Without its broker, or with one that hangs, the portal takes log-ins and requests; the mail waits."""

import statistics
import threading
from collections.abc import Callable

import pytest
import redis

from tests.crash.siege import Siege, say
from tests.crash.stack import Stack, wait_for
from tests.crash.unrest import unrest

QUESTIONS = 60
# So many messages the worker holds at most; what it does with one takes about a second.
FULL_HANDS, AWAY_SECONDS = 2, 4
# A worker that has lost one of its places never has them full again: the clients must not run dry before.
FULL_SECONDS, MANY_PEOPLE = 120, 200
PAGES = ("/", "/requests/", "/policies/", "/servicing/ask/", "/help/", "/contact/")


def waits(siege: Siege) -> list[float]:
    """How long the next questions took, the same load all the time; pages and a log-in on the way."""
    before = len(siege.journal.waits)
    visitor = siege.somebody_who_logs_in()
    assert [visitor.browser.get(path).status for path in PAGES] == [200] * len(PAGES)

    def enough() -> bool:
        siege.look_at_clients()
        return len(siege.journal.waits) >= before + QUESTIONS

    wait_for(enough, "the questions of this part", 600)
    return siege.journal.waits[before : before + QUESTIONS]


@pytest.mark.crash
def test_down_and_frozen(stack: Stack, seed: int) -> None:
    siege = Siege(stack, people=60, seed=f"{seed} valkey away")
    siege.begin()
    parts: list[tuple[str, Callable[[], object]]] = [
        ("normal", lambda: None),
        ("down", lambda: stack.kill("valkey", lambda ways: ways[0])),
        ("normal", stack.restart_what_is_dead),
        ("frozen", lambda: stack.freeze("valkey")),
        ("normal", lambda: stack.thaw("valkey")),
    ]
    took: dict[str, list[float]] = {"normal": [], "down": [], "frozen": []}
    away = siege.journal.away
    try:
        for name, change in parts:
            change()
            took[name] += waits(siege)
    finally:
        stack.thaw("valkey")
        siege.end()
    found, quiet_after = siege.examine_at_rest()
    normal = statistics.median(took["normal"])
    ratios = {name: statistics.median(part) / normal for name, part in took.items()}
    slowest = {name: max(part) for name, part in took.items()}
    say(
        f"\nvalkey away: {found.acknowledged.total()} acknowledged, lost {len(found.lost)}; a question takes"
        f" {normal * 1000:.0f} ms normally, × {ratios['down']:.2f} while it is down, × {ratios['frozen']:.2f}"
        f" while it is frozen; the slowest {slowest}; all mails had left {quiet_after:.0f} s after the end"
    )
    assert found.faults == []
    assert siege.journal.wrong == []
    assert siege.journal.away == away, "every request was answered"
    # Generous, because the machine may do something else meanwhile: a wait for the broker would be seconds.
    assert ratios["down"] < 2
    assert ratios["frozen"] < 2


@pytest.mark.crash
def test_away_whenever_the_worker_has_its_hands_full(stack: Stack, seed: int, moments: int) -> None:
    """It comes to an end with what it has, can tell nobody, and must fetch on all the same."""
    siege = Siege(stack, people=MANY_PEOPLE, seed=f"{seed} full hands")

    def hands_are_full() -> bool:
        siege.look_at_clients()
        return client.hlen("unacked") == FULL_HANDS

    siege.begin()
    try:
        for moment in range(1, moments + 1):
            client = redis.Redis.from_url(stack.environment["REDIS_URL"])
            wait_for(hands_are_full, "a worker with its hands full", FULL_SECONDS, lambda: unrest(stack))
            client.close()
            stack.kill("valkey", lambda ways: ways[0])
            threading.Event().wait(AWAY_SECONDS)
            stack.restart_what_is_dead()
            say(f"valkey {moment}/{moments}: away for {AWAY_SECONDS} s from a worker with full hands")
    finally:
        siege.end()
    found, quiet_after = siege.examine_at_rest()
    say(f"full hands: {found.acknowledged.total()} acknowledged, all done {quiet_after:.0f} s after the end")
    assert found.faults == []
    assert siege.journal.wrong == []
