"""How a request moves: each kind has a frozen table of states and moves.

An app describes its kind once and registers it when it is ready; nothing here knows which kinds there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.teams import TEAMS
from core.deadlines import Effect

Text = Any  # a str, or a lazy translation of one


class Ball(StrEnum):
    """Who has to do something next."""

    CUSTOMER = "customer"
    INSURER = "insurer"
    NOBODY = "nobody"


class Side(StrEnum):
    """Who may make a move."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True)
class State:
    """`mark` is the colour of the word on a page: info, wait, ok or stop."""

    code: str
    word: Text
    meaning: Text
    ball: Ball
    mark: str = "info"
    closed: bool = False


@dataclass(frozen=True)
class Move:
    """From any of `sources` to `target`. `outcome` is set where the move decides the case (see Outcome)."""

    name: str
    sources: frozenset[str]
    target: str
    by: frozenset[Side]
    label: Text
    outcome: str = ""


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REFUSED = "refused"


NEEDS_REASON = frozenset({Outcome.PARTLY, Outcome.REFUSED})


@dataclass(frozen=True)
class Kind:
    """`answer_term`: key of the legal or promised term within which the insurer answers; "" if there is none.

    `team`: whose queue (see teams.py) it goes to when the case itself names no other. `waiting`: what it does
    to that term when the customer was asked for something.
    """

    code: str
    prefix: str
    label: Text
    team: str
    first: str
    states: Mapping[str, State]
    moves: Mapping[str, Move]
    answer_term: str = ""
    topics: Mapping[str, Text] = field(default_factory=dict)
    # Topics with a promise of their own.
    topic_terms: Mapping[str, str] = field(default_factory=dict)
    waiting: Effect = "suspend"
    # Name, on the case, of the row of the kind's own app: fetched with it.
    row: str = ""
    # The move that is made in the transaction in which it is opened, where the portal itself decides: it is
    # never found where it begins.
    at_once: str = ""
    # Nobody has two open: one that is over is not opened again beside another.
    one_at_a_time: bool = False

    def term_of(self, topic: str) -> str:
        return self.topic_terms.get(topic, self.answer_term)


class MoveNotAllowed(Exception):  # noqa: N818
    """The case is no longer where the move starts, or this side may not make it."""


class DecisionIncomplete(Exception):  # noqa: N818
    """A refusal, also a partial one, without reason code, clause or words."""


_KINDS: dict[str, Kind] = {}


def states(*rows: State) -> dict[str, State]:
    return {row.code: row for row in rows}


def moves(*rows: Move) -> dict[str, Move]:
    return {row.name: row for row in rows}


def register(kind: Kind) -> None:
    """Raises ValueError for a table that contradicts itself, so that a mistake stops the start."""
    known = set(kind.states)
    for row in kind.moves.values():
        if unknown := ({row.target} | row.sources) - known:
            raise ValueError(f"{kind.code}.{row.name} names unknown states: {sorted(unknown)}")
        if row.outcome and not kind.states[row.target].closed:
            raise ValueError(f"{kind.code}.{row.name} decides but leaves the case open")
    if kind.team not in TEAMS:
        raise ValueError(f"{kind.code} goes to an unknown team {kind.team!r}")
    if kind.first not in known:
        raise ValueError(f"{kind.code} begins in an unknown state {kind.first!r}")
    if never := unreachable(kind):
        raise ValueError(f"{kind.code} has moves that nobody can ever make: {sorted(never)}")
    if any(other.prefix == kind.prefix for other in _KINDS.values() if other.code != kind.code):
        raise ValueError(f"the prefix {kind.prefix} is taken")
    _KINDS[kind.code] = kind


def unreachable(kind: Kind) -> set[str]:
    """Moves and states to which no way leads from where a request of this kind is first found."""
    at_once = kind.moves[kind.at_once] if kind.at_once else None
    found = {at_once.target if at_once else kind.first}
    while onward := {move.target for move in kind.moves.values() if move.sources & found} - found:
        found |= onward
    never = {move.name for move in kind.moves.values() if move is not at_once and not move.sources & found}
    return never | (set(kind.states) - found - {kind.first})


def kind_of(code: str) -> Kind:
    return _KINDS[code]


def kinds() -> Iterable[Kind]:
    return _KINDS.values()


# States that most kinds share; a kind may use its own instead.
RECEIVED = State("received", _("Received"), _("We have your request and will look at it."), Ball.INSURER)
IN_REVIEW = State("in_review", _("Being looked at"), _("One of us is working on it."), Ball.INSURER)
WAITING = State(
    "waiting",
    pgettext_lazy("state of a request", "Waiting for you"),
    _("We need something from you before we can go on."),
    Ball.CUSTOMER,
    "wait",
)
ANSWERED = State("answered", _("Answered"), _("We have answered."), Ball.NOBODY, "ok", closed=True)
WITHDRAWN = State(
    "withdrawn", _("Withdrawn"), _("You took the request back."), Ball.NOBODY, "info", closed=True
)
