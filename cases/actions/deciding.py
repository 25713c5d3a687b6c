"""A decision, told in the same breath; and its reversal."""

from django.db import transaction

from accounts.models import User
from cases import emails
from cases.actions.asking import read_messages, send_message
from cases.actions.moving import Reason, make_move
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case

LOOK_AGAIN = "look_again"


def decide(case: Case, name: str, *, by: User, message: str = "", reason: Reason | None = None) -> Case:
    """A move of the staff that ends the case, and what the customer is told of it, in one go."""
    with transaction.atomic():
        make_move(case, name, by=by, side=Side.STAFF, reason=reason)
        read_messages(case, side=Side.STAFF)
        if message.strip():
            send_message(case, by=by, side=Side.STAFF, body=message)
        else:
            if reason is not None:
                emails.case_answer(case, reason.words)
            emails.case_message(case)
    return case


def look_again(case: Case, *, by: User, words: str) -> Case:
    """The staff take a decision back: an error was found, or a complaint was right. The case is open again,
    its clock runs anew, and what was decided stays in the history with its reason.

    `words` tell the customer why. Raises MoveNotAllowed where the kind has no such way, or nobody could be
    told: a clock would run for nobody.
    """
    if not words.strip():
        raise ValueError("a reversal says why")
    with transaction.atomic():
        make_move(case, LOOK_AGAIN, by=by, side=Side.STAFF, note=words)
        told = emails.case_answer(case, words.strip()), emails.case_message(case)
        if not any(told):
            raise MoveNotAllowed
    return case
