"""The table of moves is the only way: every other step is refused, and each step leaves one line."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.actions import Reason, make_move
from cases.lifecycle import (
    NEEDS_REASON,
    RECEIVED,
    DecisionIncomplete,
    MoveNotAllowed,
    Outcome,
    Side,
    State,
    kind_of,
    kinds,
    register,
    states,
    unreachable,
)
from cases.models import AppendOnly, Case, CaseEvent
from tests.cases.kinds import WHY, make_case
from tests.people import Cast

KINDS = sorted(kind.code for kind in kinds())


def events(case: Case) -> list[tuple[str, str, str]]:
    return list(case.events.values_list("move", "source", "target"))


@pytest.mark.parametrize("code", KINDS)
def test_no_move_from_a_state_that_is_not_its_source(cast: Cast, code: str) -> None:
    kind = kind_of(code)
    for state in kind.states.values():
        for move in kind.moves.values():
            for side in Side:
                # Of some kinds nobody has two open.
                Case.objects.update(closed_at=timezone.now())
                case = make_case(cast.ana.user, kind)
                closed_at = timezone.now() if state.closed else None
                Case.objects.filter(pk=case.pk).update(status=state.code, closed_at=closed_at)
                allowed = state.code in move.sources and side in move.by
                if allowed:
                    make_move(case, move.name, by=cast.felix.user, side=side, reason=WHY)
                else:
                    with pytest.raises(MoveNotAllowed):
                        make_move(case, move.name, by=cast.felix.user, side=side, reason=WHY)
                case.refresh_from_db()
                assert case.status == (move.target if allowed else state.code)
                assert case.is_open != case.state.closed
                assert case.events.count() == 1 + allowed


@pytest.mark.parametrize("code", KINDS)
def test_every_move_and_state_can_be_reached(code: str) -> None:
    assert unreachable(kind_of(code)) == set()


def test_a_move_that_nobody_can_make_stops_the_start() -> None:
    """Of what is decided at once, nothing that starts where it begins; of the rest, nothing beyond an end."""
    question, account = kind_of("enquiry"), kind_of("bank_account")
    take = replace(question.moves["take"], sources=frozenset({"received"}), target="done")
    assert unreachable(replace(question, at_once="withdraw")) == {
        "take", "ask", "supply", "waive", "answer", "reopen", "look_again", "in_review", "waiting",
        "answered",
    }  # fmt: skip
    with pytest.raises(ValueError, match=r"moves that nobody can ever make: \['take'\]"):
        register(replace(account, moves={**account.moves, "take": take}))
    with pytest.raises(ValueError, match="in_review"):
        register(replace(account, states={**account.states, "in_review": question.states["in_review"]}))


@pytest.mark.parametrize("code", KINDS)
def test_a_walk_of_any_steps(cast: Cast, code: str) -> None:
    """Against a model of five lines: the same state, the same decision, one event a step."""
    kind = kind_of(code)
    step = st.tuples(st.sampled_from([*kind.moves, "no_such_move"]), st.sampled_from(Side))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(step, max_size=12))
    def walk(steps: list[tuple[str, Side]]) -> None:
        case = make_case(cast.ana.user, kind)
        status, outcome, path = kind.first, "", [("open", "", kind.first)]
        for name, side in steps:
            move = kind.moves.get(name)
            if move and status in move.sources and side in move.by:
                path.append((name, status, move.target))
                if move.outcome or not kind.states[move.target].closed:
                    outcome = move.outcome
                status = move.target
                make_move(case, name, by=cast.felix.user, side=side, reason=WHY)
            else:
                with pytest.raises(MoveNotAllowed):
                    make_move(case, name, by=cast.felix.user, side=side, reason=WHY)
        stored = Case.objects.get(pk=case.pk)
        assert (stored.status, stored.outcome, events(stored)) == (status, outcome, path)
        assert (case.status, case.closed_at, case.outcome) == (
            stored.status,
            stored.closed_at,
            stored.outcome,
        )

    walk()


# --- decisions -----------------------------------------------------------------------------------------

INCOMPLETE = [
    None,
    Reason("", "", ""),
    replace(WHY, code=" "),
    replace(WHY, clause=""),
    replace(WHY, words="\n\t"),
]


@pytest.mark.parametrize("reason", INCOMPLETE)
def test_a_refusal_says_why(cast: Cast, reason: Reason | None) -> None:
    case = make_case(cast.ana.user, "contact_data")
    with pytest.raises(DecisionIncomplete):
        make_move(case, "refuse", by=cast.felix.user, side=Side.STAFF, reason=reason)
    case.refresh_from_db()
    assert (case.status, case.outcome, len(events(case))) == ("received", "", 1)


def test_a_refusal_with_its_reason(cast: Cast) -> None:
    case = make_case(cast.ana.user, "contact_data")
    make_move(case, "refuse", by=cast.felix.user, side=Side.STAFF, reason=WHY)
    case.refresh_from_db()
    assert (case.outcome, case.decided_by, case.decided_at) == ("refused", cast.felix.user, case.closed_at)
    assert (case.reason_code, case.reason_clause, case.reason_words) == (WHY.code, WHY.clause, WHY.words)
    event = case.events.last()
    assert event is not None
    assert (event.reason_code, event.note) == (WHY.code, f"{WHY.clause}\n{WHY.words}")


@pytest.mark.parametrize("outcome", sorted(NEEDS_REASON))
@pytest.mark.parametrize(
    "missing", ["reason_code", "reason_clause", "reason_words", "decided_by", "decided_at"]
)
def test_the_database_refuses_half_a_refusal(cast: Cast, outcome: Outcome, missing: str) -> None:
    case = make_case(cast.ana.user)
    whole = {
        "outcome": outcome.value,
        "reason_code": "x",
        "reason_clause": "x",
        "reason_words": "x",
        "decided_by": cast.felix.user,
        "decided_at": timezone.now(),
    }
    empty = "" if missing.startswith("reason") else None
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**{**whole, missing: empty})
    Case.objects.filter(pk=case.pk).update(**whole)


def test_the_portal_itself_may_say_yes_but_never_no(cast: Cast) -> None:
    case = make_case(cast.ana.user, "bank_account")
    make_move(case, "accept", by=None, side=Side.SYSTEM)
    assert (case.outcome, case.decided_by) == ("accepted", None)
    other = make_case(cast.ana.user, "contact_data")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_move(other, "refuse", by=None, side=Side.STAFF, reason=WHY)


def test_opened_again_the_decision_is_off_and_the_history_stays(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    make_move(case, "answer", by=cast.felix.user, side=Side.STAFF)
    make_move(case, "reopen", by=cast.ana.user, side=Side.CUSTOMER, note="It was about the other card.")
    case.refresh_from_db()
    assert (case.status, case.outcome, case.decided_at, case.decided_by) == ("in_review", "", None, None)
    assert case.closed_at is None
    assert events(case) == [
        ("open", "", "received"),
        ("answer", "received", "answered"),
        ("reopen", "answered", "in_review"),
    ]


# --- history is written once ---------------------------------------------------------------------------

CHANGES = [
    "UPDATE cases_caseevent SET note = 'x'",
    "UPDATE cases_caseevent SET at = now() WHERE move = 'open'",
    "DELETE FROM cases_caseevent",
    "TRUNCATE cases_caseevent",
    "TRUNCATE cases_case CASCADE",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_refuses_to_change_history(cast: Cast, statement: str) -> None:
    case = make_case(cast.ana.user)
    with connection.cursor() as cursor:
        # The constraints that wait for the commit would hold the table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cases_caseevent ENABLE TRIGGER caseevent_stays")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert events(case) == [("open", "", "received")]


def test_so_does_the_model(cast: Cast) -> None:
    event = make_case(cast.ana.user).events.get()
    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        event.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseEvent.objects.update(note="x")


# --- a table that contradicts itself stops the start ---------------------------------------------------


def test_wrong_tables_are_refused() -> None:
    kind = kind_of(KINDS[0])
    some = next(iter(kind.moves.values()))
    lost = replace(some, target="nowhere")
    undecided = replace(some, target=kind.first, outcome=Outcome.ACCEPTED)
    wrong = [
        replace(kind, moves={lost.name: lost}),
        replace(kind, moves={undecided.name: undecided}),
        replace(kind, first="nowhere"),
        replace(kind, code="another"),
        replace(kind, states=states(RECEIVED)),
    ]
    for table in wrong:
        with pytest.raises(ValueError, match=r"."):
            register(table)
    assert kind_of(KINDS[0]) is kind
    assert all(isinstance(state, State) for state in kind.states.values())
