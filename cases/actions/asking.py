"""Messages and papers: what one side says or asks, and how the ball comes back."""

import uuid
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases import asked, clocks, emails, message_drafts
from cases.actions.moving import locked, make_move, must_act, must_not_be_own, refresh
from cases.lifecycle import Ball, MoveNotAllowed, Side
from cases.models import Case, Message, Paper
from cases.sent_once import key_of_other_words, same_words


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
        row = locked(case)
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
    refresh(case, row)
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
        row = locked(case)
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
    refresh(case, row)
    return paper


def want_again(case: Case, *, by: User, paper: Paper, answer_by: date) -> Paper:
    """What came for a paper cannot be used: it is missing again, by a new day.

    Raises MoveNotAllowed where nothing can be asked any more, or nobody could send it.
    """
    must_not_be_own(case, by)
    with transaction.atomic():
        row = locked(case)
        held = row.papers.select_for_update().get(pk=paper.pk)
        if row.is_answered_by_mail or not row.is_open or held.withdrawn_at is not None:
            raise MoveNotAllowed
        _give_ball(row, by=by)
        held.supplied_at, held.answer_by, held.asked_at = None, answer_by, timezone.now()
        held.save(update_fields=["supplied_at", "answer_by", "asked_at"])
        _count_asked(row)
        emails.case_message(row)
    refresh(case, row)
    return held


def waive_paper(case: Case, *, by: User, paper: Paper) -> Paper:
    """We go on without it: with the last that is missing the ball comes back to us, and our clock goes on.
    Where the customer still owes something else, the day of that is theirs now.

    Raises MoveNotAllowed where it has come meanwhile, or the case is closed.
    """
    must_not_be_own(case, by)
    with transaction.atomic():
        row = locked(case)
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
    refresh(case, row)
    return held


def open_again(case: Case, *, by: User | None) -> Case:
    """A word or a file after the end must not lie unread: it opens the case again, if that is closed.

    Raises MoveNotAllowed where it is closed for good. Nobody closes it before the caller's transaction ends.
    """
    with transaction.atomic():
        row = locked(case)
        if not row.is_open:
            make_move(row, "reopen", by=by, side=Side.CUSTOMER)
    refresh(case, row)
    return case


def bring_back(case: Case, *, by: User | None, side: Side = Side.CUSTOMER) -> Case:
    """The customer has answered or sent a file. What is still missing keeps the ball where it is.

    `side` is the staff's where they have put in what came by post.
    """
    with transaction.atomic():
        row = locked(case)
        if row.state.ball is Ball.CUSTOMER:
            if asked.missing(row):
                _count_asked(row)
            elif row.can("supply", side):
                make_move(row, "supply", by=by, side=side)
    refresh(case, row)
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


def _give_ball(row: Case, *, by: User | None) -> None:
    """To the customer, by the move of the kind called "ask"; it may be theirs already."""
    if row.state.ball is not Ball.CUSTOMER:
        make_move(row, "ask", by=by, side=Side.STAFF)


def _count_asked(row: Case) -> None:
    """Each thing that was asked for has its own day; the customer's clock follows the first of them. It
    stands where nobody could send anything any more."""
    first = None if row.is_answered_by_mail else asked.first(row)
    if first:
        answer_by, asked_on = first
        clocks.ask_by(row, on=asked_on, due_on=answer_by)
