"""Clients under way, a victim that is killed at seeded moments, and what is found afterwards."""

import json
import os
import queue
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.crash.checks import Findings, examine, orphans, waiting
from tests.crash.clients import Client
from tests.crash.journal import Journal, Sort
from tests.crash.stack import DURABLE, START_SECONDS, Stack, wait_for
from tests.crash.unrest import unrest

CLIENTS = 4
QUIET_SECONDS = 900
# What a worker that was killed holds until its time is up: minutes that need not be waited for.
LEASES = {
    "core_outgoingemail": 3,
    "cases_casedocument": 2,
    "servicing_bankaccountchange": 2,
    "cases_sentcopy": 2,
}
EXAMINED_EVERY = 5
LEAST = {Sort.FILE: 8}
# Each sends fifteen files; a moment takes some seconds.
PEOPLE, PEOPLE_A_MOMENT = 8, 3


@dataclass
class Outcome:
    victim: str
    seed: int
    journal: Journal
    moments: int = 0
    hit: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    mails: int = 0
    mails_twice: int = 0
    seconds: float = 0
    quiet_after: float = 0

    def __str__(self) -> str:
        found = self.findings
        sorts = ", ".join(f"{number} × {sort}" for sort, number in sorted(found.acknowledged.items()))
        return (
            f"{self.victim}: seed {self.seed}, {self.moments} moments, "
            f"{found.acknowledged.total()} acknowledged ({sorts}),"
            f" {found.unanswered} there without an answer, lost {len(found.lost)},"
            f" half {len(found.half)}, doubled {len(found.doubled)}, unfinished {len(found.unfinished)},"
            f" mails {self.mails}, mails twice {self.mails_twice}, files for the sweep {found.orphans},"
            f" {self.journal.away} requests without an answer, quiet after {self.quiet_after:.0f} s,"
            f" {self.seconds:.0f} s in all"
        )


class Siege:
    """Customers who send without a pause; nothing is asserted here but that they are served again."""

    def __init__(self, stack: Stack, people: int, seed: str) -> None:
        self.stack = stack
        self.journal = Journal()
        given: queue.Queue[dict[str, str]] = queue.Queue()
        self.people = given
        for person in json.loads(stack.run("tests.crash.seed", "--people", str(people))):
            given.put(person)
        self.clients = [Client(n, stack.web_port, given, self.journal, seed) for n in range(CLIENTS)]

    def begin(self) -> None:
        for client in self.clients:
            client.start()
        self.wait_until_served()

    def wait_until_served(self) -> float:
        """Each client has been told yes once more since now."""
        before = dict(self.journal.acknowledged_by)

        def served() -> bool:
            self.look_at_clients()
            now = self.journal.acknowledged_by
            return all(now.get(client.number, 0) > before.get(client.number, 0) for client in self.clients)

        return wait_for(served, "an acknowledged form of each client", START_SECONDS)

    def wait_until_all_is_sent(self) -> None:
        """Each sort of form, also in a run of few moments; files enough for photos and PDFs among them."""

        def sent() -> bool:
            self.look_at_clients()
            there = self.journal.acknowledged()
            return all(there[sort] >= LEAST.get(sort, 1) for sort in Sort)

        wait_for(sent, "a form of each sort", START_SECONDS)

    def wait_for_requests(self, number: int) -> None:
        goal = self.journal.begun + number

        def begun() -> bool:
            self.look_at_clients()
            return self.journal.begun >= goal

        wait_for(begun, f"{number} more requests", START_SECONDS)

    def look_at_clients(self) -> None:
        for client in self.clients:
            if client.failed is not None:
                raise AssertionError(f"{client.name}: {client.failed!r}") from client.failed

    def pause(self) -> None:
        for client in self.clients:
            client.may_go.clear()
        for client in self.clients:
            client.rest()
        self.look_at_clients()

    def go_on(self) -> None:
        for client in self.clients:
            client.go_on()

    def end(self) -> None:
        for client in self.clients:
            client.is_over.set()
        for client in self.clients:
            client.join(START_SECONDS)
        self.look_at_clients()

    def somebody_who_logs_in(self) -> Client:
        visitor = Client(len(self.clients), self.stack.web_port, self.people, self.journal, "visitor")
        visitor.log_in(self.people.get_nowait())
        return visitor

    def examine(self) -> Findings:
        with self.stack.connect() as connection:
            return examine(connection, self.stack.var, self.journal)

    def end_leases(self, before: datetime) -> None:
        """Those taken before that moment are as good as over: only the dead still hold them."""
        with self.stack.connect() as connection:
            for table, minutes in LEASES.items():
                connection.execute(
                    f"UPDATE {table} SET lease_until = now() WHERE lease_until < %s",
                    [before + timedelta(minutes=minutes)],
                )

    def examine_at_rest(self) -> tuple[Findings, float]:
        """After the worker has done what waited, and the sweep of the night has been."""
        with self.stack.connect() as connection:
            seconds = wait_for(
                lambda: waiting(connection) == 0,
                "the worker to finish",
                QUIET_SECONDS,
                lambda: unrest(self.stack),
            )
            found = examine(connection, self.stack.var, self.journal, self.stack.mails)
            lying = orphans(connection, self.stack.var)
            found.orphans = len(lying)
            self._sweep()
            found.half += [
                f"{path.name} without a row after the sweep" for path in orphans(connection, self.stack.var)
            ]
            # It took only what nobody knows.
            found.half += examine(connection, self.stack.var, self.journal, self.stack.mails).half
        return found, seconds

    def _sweep(self) -> None:
        """It leaves the files of the last day alone: these become older first."""
        long_ago = time.time() - 2 * 24 * 3600
        for folder in (self.stack.var / "quarantine", self.stack.var / "files"):
            for path in folder.rglob("*"):
                if path.is_file():
                    os.utime(path, (long_ago, long_ago))
        self.stack.run("tests.crash.seed", "--sweep")


def say(line: str) -> None:
    """Seen while it runs: `make crash` does not capture."""
    print(line, flush=True)  # noqa: T201


def besiege(stack: Stack, *victims: str, moments: int, seed: int) -> Outcome:
    """Kill so many times under load, of several victims one after the other; stops at the first fault."""
    began, victim = time.monotonic(), " and ".join(victims)
    siege = Siege(stack, people=PEOPLE + PEOPLE_A_MOMENT * moments, seed=f"{seed} {victim}")
    outcome, draw = Outcome(victim, seed, siege.journal), random.Random(f"{seed} {victim}")
    assert stack.durability() == DURABLE
    mails, mails_twice = stack.mails_sent()
    siege.begin()
    try:
        for moment in range(1, moments + 1):
            siege.wait_for_requests(draw.randint(1, 15))
            threading.Event().wait(draw.uniform(0, 0.2))  # somewhere in the middle of a request
            outcome.hit.append(stack.kill(victims[moment % len(victims)], draw.choice))
            killed_at = datetime.now(UTC)
            stack.restart_what_is_dead()
            stack.wait_until_served()
            took = siege.wait_until_served()
            outcome.moments = moment
            say(f"{victim} {moment}/{moments}: {outcome.hit[-1]}, served again in {took:.1f} s")
            if moment % EXAMINED_EVERY == 0:
                siege.pause()
                found = siege.examine()
                assert found.faults == [], (outcome, found.faults[:20])
                siege.go_on()
        siege.wait_until_all_is_sent()
    finally:
        siege.end()
    siege.end_leases(killed_at)
    outcome.findings, outcome.quiet_after = siege.examine_at_rest()
    outcome.mails, outcome.mails_twice = (
        now - then for now, then in zip(stack.mails_sent(), (mails, mails_twice), strict=True)
    )
    outcome.seconds = time.monotonic() - began
    return outcome
