"""What happens to a request: one function per verb, and one line that sets its state."""

import logging
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cases import asked, clocks, emails, message_drafts
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
from cases.models import Case, CaseEvent, Message, Paper
from cases.sent_once import key_of_other_words, same_words
from cases.teams import TEAMS
from cases.teams import label as team_label
from core.ages import today_in_madrid
from core.references import new_reference
from policies.models import InsuredPerson, Policy

logger = logging.getLogger(__name__)

OPENED = "open"
LOOK_AGAIN = "look_again"
HAND_TO_TEAM = "hand_to_team"


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
        row = _locked(case)
        if not row.can(name, side):
            raise MoveNotAllowed
        move = row.the_kind.moves[name]
        before, after = row.state, row.the_kind.states[move.target]
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
    _refresh(case, row)
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


def take(case: Case, *, by: User) -> Case:
    """Into one's own hands. Where the kind has a move of this name it is made too, and tells the customer."""
    with transaction.atomic():
        if _locked(case).can("take", Side.STAFF):
            make_move(case, "take", by=by, side=Side.STAFF)
        return hand_over(case, by=by, to=by)


def hand_over(case: Case, *, by: User, to: User) -> Case:
    """Raises MoveNotAllowed where the case is closed, or the other does not work here, or it is theirs."""
    must_not_be_own(case, by)
    with transaction.atomic():
        row = _locked(case)
        if not (row.is_open and to.is_staff and to.is_active) or (to != by and row.is_own_of(to)):
            raise MoveNotAllowed
        if row.assigned_to_id != to.pk:
            row.assigned_to = to
            row.save(update_fields=["assigned_to"])
            logger.info("case_handed_over", extra={"case": row.reference, "by": by.pk, "to": to.pk})
    _refresh(case, row)
    return case


def hand_to_team(case: Case, *, by: User, team: str, note: str = "") -> Case:
    """Into the queue of another team, out of everybody's hands. `note` is for colleagues: a step of the
    history that leaves the state as it is, which no customer reads.

    Raises MoveNotAllowed where the case is closed, or with that team already.
    """
    must_not_be_own(case, by)
    with transaction.atomic():
        row = _locked(case)
        if not row.is_open or team not in TEAMS or team == row.team:
            raise MoveNotAllowed
        way = f"{team_label(row.team)} → {team_label(team)}"
        CaseEvent.objects.create(
            case=row, move=HAND_TO_TEAM, source=row.status, target=row.status, by=by, side=Side.STAFF,
            note="\n".join(filter(None, (way, note.strip()))),
        )  # fmt: skip
        row.team, row.assigned_to = team, None
        row.save(update_fields=["team", "assigned_to"])
        logger.info("case_handed_over", extra={"case": row.reference, "by": by.pk, "team": team})
    _refresh(case, row)
    return case


def send_message(
    case: Case,
    *,
    by: User | None,
    side: Side,
    body: str,
    answer_by: date | None = None,
    sent_key: uuid.UUID | None = None,
    goes_on_from: str = "",
) -> Message:
    """One more message of the thread; the same form sent twice is one, with other words it is another. The
    customer is told by a mail.

    With `answer_by` of the staff, the ball goes to the customer; with the answer it comes back. Raises
    MoveNotAllowed where nothing can be asked, and for a word of the customer on what is closed for good;
    MayNotAct for a customer who may only read.
    """
    if not body.strip():
        raise ValueError("a message says something")
    if side is Side.CUSTOMER:
        must_act(case, by)
    else:
        must_not_be_own(case, by)
    with transaction.atomic():
        row = _locked(case)
        key, first = _sent_before(row, by, body, sent_key)
        if first is not None:
            return first
        if answer_by and side is Side.STAFF and row.is_answered_by_mail:
            # Nobody could give the ball back: our own clock would stand for ever.
            raise MoveNotAllowed
        # Who answers has read.
        read_messages(row, side=side)
        wants_answer = answer_by is not None and side is Side.STAFF and row.is_open
        if wants_answer:
            _give_ball(row, by=by)
        message = Message.objects.create(
            case=row, by=by, side=side, body=body.strip(), answer_by=answer_by, sent_key=key
        )
        if side is Side.CUSTOMER:
            open_again(row, by=by)
            bring_back(row, by=by)
            emails.case_acted(row, by)
            if by is not None:
                message_drafts.forget(by, row, sent_key, goes_on_from)
        else:
            if wants_answer:
                _count_asked(row)
            emails.case_answer(row, message.body)
            emails.case_message(row)
    _refresh(case, row)
    return message


def _sent_before(
    row: Case, by: User | None, body: str, sent_key: uuid.UUID | None
) -> tuple[uuid.UUID | None, Message | None]:
    """The key for this message, and the message that the same form with the same words was already."""
    first = row.messages.filter(sent_key=sent_key).first() if sent_key else None
    if sent_key is None or first is None:
        return sent_key, None
    if first.by_id == (by and by.pk) and same_words(first.body, body):
        return sent_key, first
    other = key_of_other_words(sent_key, str(by and by.pk), body)
    return other, row.messages.filter(sent_key=other).first()


def ask_for_paper(
    case: Case,
    *,
    by: User,
    name: str,
    why: str,
    example: str = "",
    supplied_by: str = "",
    answer_by: date,
) -> Paper:
    """What is missing already is not asked for twice.

    Raises MoveNotAllowed where nothing can be asked any more, or nobody could send it.
    """
    must_not_be_own(case, by)
    with transaction.atomic():
        row = _locked(case)
        if row.is_answered_by_mail or not row.is_open:
            raise MoveNotAllowed
        if again := row.papers.missing().filter(name=name).first():
            return again
        _give_ball(row, by=by)
        paper = Paper.objects.create(
            case=row, name=name, why=why, example=example, supplied_by=supplied_by, asked_by=by,
            answer_by=answer_by,
        )  # fmt: skip
        _count_asked(row)
        emails.case_message(row)
    _refresh(case, row)
    return paper


def want_again(case: Case, *, by: User, paper: Paper, answer_by: date) -> Paper:
    """What came for a paper cannot be used: it is missing again, by a new day.

    Raises MoveNotAllowed where nothing can be asked any more, or nobody could send it.
    """
    must_not_be_own(case, by)
    with transaction.atomic():
        row = _locked(case)
        held = row.papers.select_for_update().get(pk=paper.pk)
        if row.is_answered_by_mail or not row.is_open or held.withdrawn_at is not None:
            raise MoveNotAllowed
        _give_ball(row, by=by)
        held.supplied_at, held.answer_by = None, answer_by
        held.save(update_fields=["supplied_at", "answer_by"])
        _count_asked(row)
        emails.case_message(row)
    _refresh(case, row)
    return held


def waive_paper(case: Case, *, by: User, paper: Paper) -> Paper:
    """We go on without it: with the last that is missing the ball comes back to us, and our clock goes on.
    Where the customer still owes something else, the day of that is theirs now.

    Raises MoveNotAllowed where it has come meanwhile, or the case is closed.
    """
    must_not_be_own(case, by)
    with transaction.atomic():
        row = _locked(case)
        held = row.papers.missing().select_for_update().filter(pk=paper.pk).first()
        if held is None or not row.is_open:
            raise MoveNotAllowed
        held.withdrawn_at = timezone.now()
        held.save(update_fields=["withdrawn_at"])
        if row.state.ball is Ball.CUSTOMER and asked.missing(row):
            _count_asked(row)
        elif row.can("waive", Side.STAFF):
            make_move(row, "waive", by=by, side=Side.STAFF)
        emails.case_message(row)
    _refresh(case, row)
    return held


def open_again(case: Case, *, by: User | None) -> Case:
    """A word or a file after the end must not lie unread: it opens the case again, if that is closed.

    Raises MoveNotAllowed where it is closed for good. Nobody closes it before the caller's transaction ends.
    """
    with transaction.atomic():
        row = _locked(case)
        if not row.is_open:
            make_move(row, "reopen", by=by, side=Side.CUSTOMER)
    _refresh(case, row)
    return case


def bring_back(case: Case, *, by: User | None, side: Side = Side.CUSTOMER) -> Case:
    """The customer has answered or sent a file. What is still missing keeps the ball where it is.

    `side` is the staff's where they have put in what came by post.
    """
    with transaction.atomic():
        row = _locked(case)
        if row.state.ball is Ball.CUSTOMER:
            if asked.missing(row):
                _count_asked(row)
            elif row.can("supply", side):
                make_move(row, "supply", by=by, side=side)
    _refresh(case, row)
    return case


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

    `words` tell the customer why. Raises MoveNotAllowed where the kind has no such way.
    """
    if not words.strip():
        raise ValueError("a reversal says why")
    with transaction.atomic():
        make_move(case, LOOK_AGAIN, by=by, side=Side.STAFF, note=words)
        emails.case_answer(case, words.strip())
        emails.case_message(case)
    return case


def mark_read(case: Case, *, by: User) -> int:
    """The customer says so, and nobody of the family who may only read. How many were new."""
    must_act(case, by)
    return read_messages(case, side=Side.CUSTOMER)


def read_messages(case: Case, *, side: Side) -> int:
    """This side has opened the thread: what the other one wrote is read. How many were new."""
    unread = case.messages.filter(read_at=None)
    theirs = (
        unread.exclude(side=Side.CUSTOMER) if side is Side.CUSTOMER else unread.filter(side=Side.CUSTOMER)
    )
    return theirs.update(read_at=timezone.now())


def _locked(case: Case) -> Case:
    return Case.objects.select_for_update(of=("self",)).get(pk=case.pk)


def _refresh(case: Case, row: Case) -> None:
    """The caller's copy says what the row says; what it has fetched beside the columns stays."""
    for field in Case._meta.concrete_fields:
        setattr(case, field.attname, getattr(row, field.attname))


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


def _give_ball(row: Case, *, by: User | None) -> None:
    """To the customer, by the move of the kind called "ask"; it may be theirs already."""
    if row.state.ball is not Ball.CUSTOMER:
        make_move(row, "ask", by=by, side=Side.STAFF)


def _count_asked(row: Case) -> None:
    """Each thing that was asked for has its own day; the customer's clock follows the first of them."""
    if first := asked.first(row):
        answer_by, asked_on = first
        clocks.ask_by(row, on=asked_on, due_on=answer_by)
