"""The buttons of a case: those of every kind, and one for each move of the staff in the table of its kind."""

from collections.abc import Iterator
from typing import Any

from django.forms import Form
from django.utils.translation import gettext_lazy

from cases import actions
from cases.admin.forms import (
    AnswerForm,
    ConsentForm,
    HandOverForm,
    LookAgainForm,
    MessageForm,
    PaperForm,
    RefusalForm,
    TeamForm,
    WaiveForm,
)
from cases.admin.paper_buttons import PAPER_BUTTONS
from cases.lifecycle import NEEDS_REASON, DecisionIncomplete, Kind, Move, MoveNotAllowed, Outcome, Side, kinds
from cases.models import Case
from core.staff import Button

REFUSALS = (MoveNotAllowed, DecisionIncomplete)
# These have buttons of their own: the actions behind them do more than the move.
OWN = frozenset({"take", "ask", "supply", "waive", actions.LOOK_AGAIN})


def _take(case: Case, *, by: Any) -> None:
    actions.take(case, by=by)


def _hand_over(case: Case, *, by: Any, to: Any) -> None:
    actions.hand_over(case, by=by, to=to)


def _hand_to_team(case: Case, *, by: Any, team: str, note: str) -> None:
    actions.hand_to_team(case, by=by, team=team, note=note)


def _send(case: Case, *, by: Any, **typed: Any) -> None:
    actions.send_message(case, by=by, side=Side.STAFF, **typed)


def _ask_for_paper(case: Case, *, by: Any, **typed: Any) -> None:
    actions.ask_for_paper(case, by=by, **typed)


def _waive(case: Case, *, by: Any, paper: Any) -> None:
    actions.waive_paper(case, by=by, paper=paper)


def _look_again(case: Case, *, by: Any, words: str) -> None:
    actions.look_again(case, by=by, words=words)


# A list: apps of higher floors add what their kinds need.
OF_EVERY_KIND = [
    Button(
        name="take",
        label=gettext_lazy("Take"),
        consequence=gettext_lazy(
            "The request is in your hands; the customer reads that one of us works on it."
        ),
        press=_take,
        offered=lambda case: case.is_open,
        refusals=REFUSALS,
    ),
    Button(
        name="hand_over",
        label=gettext_lazy("Hand over"),
        consequence=gettext_lazy(
            "The request goes into the hands of a colleague. The customer does not see it."
        ),
        press=_hand_over,
        offered=lambda case: case.is_open,
        refusals=REFUSALS,
        form=HandOverForm,
    ),
    Button(
        name=actions.HAND_TO_TEAM,
        label=gettext_lazy("Hand to another team"),
        consequence=gettext_lazy(
            "The request goes into the queue of the other team and is in nobody's hands. "
            "The customer does not see it."
        ),
        press=_hand_to_team,
        offered=lambda case: case.is_open,
        refusals=REFUSALS,
        form=TeamForm,
    ),
    Button(
        name="message",
        label=gettext_lazy("Send a message"),
        consequence=gettext_lazy(
            "The customer gets a mail that says that there is a message, and reads it after logging in. "
            "Who has no account gets the text itself by mail: write nothing about anybody's health."
        ),
        press=_send,
        offered=lambda case: case.is_open,
        refusals=REFUSALS,
        form=MessageForm,
    ),
    Button(
        name="paper",
        label=gettext_lazy("Ask for a paper"),
        consequence=gettext_lazy(
            "The customer is asked by mail to log in and send it. Our own clock stands until it comes."
        ),
        press=_ask_for_paper,
        offered=lambda case: case.is_open and not case.is_answered_by_mail,
        refusals=REFUSALS,
        form=PaperForm,
    ),
    Button(
        name="waive",
        label=gettext_lazy("We do not need it any more"),
        consequence=gettext_lazy(
            "The customer is told by mail that there is news, and reads that we go on without this paper. "
            "If no other is missing, it is our turn again and our clock goes on."
        ),
        press=_waive,
        offered=lambda case: case.is_open and case.papers.missing().exists(),
        refusals=REFUSALS,
        form=WaiveForm,
        clinical=True,
    ),
    Button(
        name=actions.LOOK_AGAIN,
        label=gettext_lazy("Look at it again"),
        consequence=gettext_lazy(
            "The decision is taken back and the request is open again, with a new day for the answer. "
            "The history keeps what was decided. The customer is told by mail and reads your words. "
            "Who has no account gets them by mail: write nothing about anybody's health."
        ),
        press=_look_again,
        offered=lambda case: case.can(actions.LOOK_AGAIN, Side.STAFF),
        refusals=REFUSALS,
        form=LookAgainForm,
    ),
    *PAPER_BUTTONS,
]


def buttons() -> Iterator[Button]:
    yield from OF_EVERY_KIND
    for kind in kinds():
        for move in kind.moves.values():
            if Side.STAFF in move.by and move.name not in OWN:
                yield _of_move(kind, move)


def _of_move(kind: Kind, move: Move) -> Button:
    def offered(case: Case) -> bool:
        return case.kind == kind.code and case.can(move.name, Side.STAFF)

    def press(case: Case, *, by: Any, message: str = "", **reason: str) -> None:
        given = actions.Reason(**reason) if reason else None
        actions.decide(case, move.name, by=by, message=message, reason=given)

    form: type[Form] | None = None
    consequence = gettext_lazy(
        "The customer is told by mail that there is news, and reads it after logging in."
    )
    if move.outcome in NEEDS_REASON:
        form = RefusalForm
        consequence = gettext_lazy(
            "The request is closed. The customer reads your explanation and the clause, and may disagree."
        )
    elif move.outcome == Outcome.ACCEPTED:
        # A question is answered with words; elsewhere the decision itself may be the whole answer.
        form = AnswerForm if move.name == "answer" else ConsentForm
        consequence = gettext_lazy("The request is closed, and the customer is told.")
    return Button(
        name=f"{kind.code}-{move.name}",
        label=move.label,
        consequence=consequence,
        press=press,
        offered=offered,
        refusals=REFUSALS,
        form=form,
    )
