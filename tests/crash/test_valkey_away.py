"""Without its broker, or with one that hangs, the portal takes log-ins and requests; the mail waits."""

import statistics
from collections.abc import Callable

import pytest

from tests.crash.siege import Siege, say
from tests.crash.stack import Stack, wait_for

QUESTIONS = 60
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
