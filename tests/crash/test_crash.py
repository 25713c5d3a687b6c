"""Killed at any moment, the portal loses nothing that it has acknowledged, and leaves nothing half."""

import pytest

from tests.crash.siege import Siege, besiege, say
from tests.crash.stack import VICTIMS, Stack

pytestmark = pytest.mark.crash


@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_is_lost(stack: Stack, victim: str, seed: int, moments: int) -> None:
    outcome = besiege(stack, victim, moments=moments, seed=seed)
    say(f"\n{outcome}")
    assert outcome.findings.faults == []
    assert outcome.journal.wrong == []
    assert outcome.moments == moments


def test_a_database_that_forgets_would_be_seen(another_stack: Stack, seed: int) -> None:
    """The same probe against a database that acknowledges before it has written: it must go red."""
    with another_stack.connect() as connection:
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("SELECT pg_reload_conf()")
    siege = Siege(another_stack, people=8, seed=f"{seed} forgets")
    siege.begin()
    siege.wait_until_served()
    another_stack.kill("postgresql", lambda ways: ways[0])
    another_stack.restart_what_is_dead()
    another_stack.wait_until_served()
    for client in siege.clients:
        client.is_over.set()
    for client in siege.clients:
        client.join()
    assert siege.examine().lost != []
