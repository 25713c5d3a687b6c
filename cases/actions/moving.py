"""How a request begins and goes its way, and the one line that sets its state."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cases import clocks, emails
from cases.lifecycle import (
    NEEDS_REASON,
    Ball,
    DecisionIncomplete,
    Kind,
    Move,
    MoveNotAllowed,
    Outcome,
    Side,
    State,
)
from cases.models import Case, CaseEvent
from core.ages import today_in_madrid
from core.references import new_reference
from policies.models import InsuredPerson, Policy

OPENED = "open"


@dataclass(frozen=True)
class Reason:
    """Why something was refused: a code for our figures, the clause it rests on, words for the customer."""

    code: str
    clause: str
    words: str

    @property
    def is_complete(self) -> bool:
        return bool(self.code.strip() and self.clause.strip() and self.words.strip())


def open_case(
    *,
    kind: Kind,
    by: User | None,
    language: str,
    topic: str = "",
    policy: Policy | None = None,
    about: InsuredPerson | None = None,
    contact_name: str = "",
    contact_email: str = "",
    sent_key: uuid.UUID | None = None,
    team: str = "",
    side: Side = Side.CUSTOMER,
) -> tuple[Case, bool]:
    """A new case, and True; or the one that the same form has opened before, and False: the caller looks
    whether the words are the same, and calls again with `key_of_other_words` where they are not.

    Two tabs at the same moment: the second waits for the first and gets its case. Call it in the transaction
    that also writes the row of the kind's own app.
    """
    try:
        with transaction.atomic():
            case = Case.objects.create(
                reference=new_reference(kind.prefix),
                kind=kind.code,
                topic=topic,
                status=kind.first,
                asked_by=by,
                contact_name=contact_name,
                contact_email=contact_email,
                language=language,
                policy=policy,
                about=about,
                team=team or kind.team,
                sent_key=sent_key,
            )
            CaseEvent.objects.create(case=case, move=OPENED, target=kind.first, by=by, side=side)
            if case.answer_term:
                clocks.start(case, case.answer_term, on=today_in_madrid(case.opened_at))
    except IntegrityError:
        first = Case.objects.filter(asked_by=by, sent_key=sent_key).first() if sent_key else None
        if first is None:
            raise
        return first, False
    return case, True


def make_move(
    case: Case,
    name: str,
    *,
    by: User | None,
    side: Side,
    note: str = "",
    reason: Reason | None = None,
) -> Case:
    """Go one step along the table of the kind; the only place where a state changes.

    Raises MoveNotAllowed, or DecisionIncomplete for a refusal without code, clause or words; OwnRequest for
    one of the staff in a request of theirs. The words of a decision stay in the history, also when the case
    is opened again and the decision is taken off it.
    """
    if side is Side.STAFF:
        must_not_be_own(case, by)
    with transaction.atomic():
        row = locked(case)
        if not row.can(name, side):
            raise MoveNotAllowed
        move = row.the_kind.moves[name]
        before, after = row.state, row.the_kind.states[move.target]
        if before.closed and not after.closed and _another_stands_in_the_way(row):
            raise MoveNotAllowed
        if move.outcome in NEEDS_REASON and (reason is None or not reason.is_complete):
            raise DecisionIncomplete
        now = timezone.now()
        row.status = move.target
        row.closed_at = now if after.closed else None
        _decide(row, move, by=by, at=now, reason=reason)
        row.save()
        CaseEvent.objects.create(
            case=row, move=name, source=before.code, target=after.code, by=by, side=side, at=now,
            note=_note(note, reason), reason_code=reason.code.strip() if reason else "",
        )  # fmt: skip
        _move_clocks(row, before, after, on=today_in_madrid(now))
    refresh(case, row)
    return case


class MayNotAct(PermissionDenied):
    """Who may read a request may not always act in it: see CaseQuerySet.acting_for."""


class OwnRequest(PermissionDenied):
    """Nobody works on a request that they have asked or act in as a customer: of themselves, of a child."""


def must_not_be_own(case: Case, by: User | None) -> None:
    """Of the staff. Raises OwnRequest. None is the portal itself."""
    if by is not None and case.is_own_of(by):
        raise OwnRequest


def must_act(case: Case, by: User | None) -> None:
    """Raises MayNotAct. None is somebody without an account, whose words come by another way."""
    if by is not None and not case.lets_act(by):
        raise MayNotAct


def go(case: Case, name: str, *, by: User, note: str = "") -> Case:
    """A move of the customer's. Raises what make_move raises, and MayNotAct."""
    must_act(case, by)
    with transaction.atomic():
        make_move(case, name, by=by, side=Side.CUSTOMER, note=note)
        emails.case_acted(case, by)
    return case


def locked(case: Case) -> Case:
    return Case.objects.select_for_update(of=("self",)).get(pk=case.pk)


def refresh(case: Case, row: Case) -> None:
    """The caller's copy says what the row says; what it has fetched beside the columns stays."""
    for field in Case._meta.concrete_fields:
        setattr(case, field.attname, getattr(row, field.attname))


def _another_stands_in_the_way(row: Case) -> bool:
    if not row.the_kind.one_at_a_time:
        return False
    others = Case.objects.open().filter(kind=row.kind, asked_by=row.asked_by_id)
    return others.exclude(pk=row.pk).exists()


def _decide(row: Case, move: Move, *, by: User | None, at: datetime, reason: Reason | None) -> None:
    """What the move says of the decision. A move that opens the case again takes the earlier one off."""
    if not move.outcome and row.the_kind.states[move.target].closed:
        return
    outcome = Outcome(move.outcome) if move.outcome else None
    row.outcome = outcome.value if outcome else ""
    row.decided_at = at if outcome else None
    row.decided_by = by if outcome else None
    given = reason if outcome and reason else Reason("", "", "")
    row.reason_code, row.reason_clause = given.code.strip(), given.clause.strip()
    row.reason_words = given.words.strip()


def _note(note: str, reason: Reason | None) -> str:
    lines = [note.strip()]
    if reason is not None:
        lines += [reason.clause.strip(), reason.words.strip()]
    return "\n".join(line for line in lines if line)


def _move_clocks(case: Case, before: State, after: State, *, on: date) -> None:
    if after.closed:
        clocks.stop(case, on=on)
    elif before.closed:
        if case.answer_term:
            clocks.start(case, case.answer_term, on=on)
    elif after.ball is Ball.CUSTOMER and before.ball is not Ball.CUSTOMER:
        clocks.interrupt(case, on=on, effect=case.the_kind.waiting)
    elif before.ball is Ball.CUSTOMER and after.ball is not Ball.CUSTOMER:
        clocks.resume(case, on=on)
