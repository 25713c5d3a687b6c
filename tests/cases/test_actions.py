"""What customer and staff do with a case: once, whole, and told."""

import threading
import uuid
from typing import Any

import pytest
from django.db import connection, transaction

from cases import clocks
from cases.actions import (
    ask_for_paper,
    bring_back,
    decide,
    hand_over,
    make_move,
    open_case,
    read_messages,
    send_message,
    take,
)
from cases.lifecycle import MoveNotAllowed, Side, kind_of
from cases.models import Case, CaseEvent, Deadline, Message
from core.models import OutgoingEmail
from tests.cases.kinds import WHY, in_days, make_case
from tests.people import Cast


def mails() -> list[tuple[str, str, str]]:
    return list(OutgoingEmail.objects.order_by("pk").values_list("to", "template", "language"))


def ask_paper(case: Case, cast: Cast, **fields: Any) -> Any:
    values = {"name": "Receipt", "why": "It shows the owner.", "answer_by": in_days(10)} | fields
    return ask_for_paper(case, by=cast.felix.user, **values)


# --- opening -------------------------------------------------------------------------------------------


def test_a_case_is_opened_whole(cast: Cast) -> None:
    kind = kind_of("enquiry")
    case, created = open_case(kind=kind, by=cast.ana.user, language="ca", topic="cards", policy=cast.health)
    assert created
    assert case.reference.startswith("CON-")
    assert (case.status, case.team, case.language) == ("received", "customer_care", "ca")
    assert [(event.move, event.by, event.side) for event in case.events.all()] == [
        ("open", cast.ana.user, "customer")
    ]
    assert Deadline.objects.get().term == "svc.enquiry_answer"
    assert mails() == []


@pytest.mark.parametrize("known", [True, False])
def test_the_same_form_sent_again_is_the_same_case(cast: Cast, known: bool) -> None:
    who = {"by": cast.ana.user} if known else {"by": None, "contact_email": "x@example.org"}
    key = uuid.uuid4()
    asked = {"kind": kind_of("enquiry"), "language": "es", "sent_key": key, **who}
    first, created = open_case(**asked)  # type: ignore[arg-type]
    again, created_again = open_case(**asked)  # type: ignore[arg-type]
    assert (first, created, created_again) == (again, True, False)
    assert (Case.objects.count(), CaseEvent.objects.count()) == (1, 1)


def test_another_person_with_the_same_key_has_their_own_case(cast: Cast) -> None:
    key = uuid.uuid4()
    assert make_case(cast.ana.user, sent_key=key) != make_case(cast.elena.user, sent_key=key)


def test_without_a_key_every_form_is_a_case(cast: Cast) -> None:
    assert make_case(cast.ana.user, sent_key=None) != make_case(cast.ana.user, sent_key=None)


def in_parallel(*jobs: Any) -> list[Any]:
    """Both begin at once; what each gave back, or what it raised."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number: int) -> None:
        try:
            gate.wait(10)
            results[number] = jobs[number]()
        except Exception as error:
            results[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False])
def test_two_tabs_at_once_open_one_case(cast: Cast, known: bool) -> None:
    who = {"by": cast.ana.user} if known else {"by": None, "contact_email": "x@example.org"}
    key = uuid.uuid4()

    def submit() -> tuple[int, bool]:
        with transaction.atomic():
            case, created = open_case(kind=kind_of("enquiry"), language="es", sent_key=key, **who)  # type: ignore[arg-type]
            return case.pk, created

    results = in_parallel(*[submit] * 4)
    assert len({pk for pk, _created in results}) == 1
    assert sorted(created for _pk, created in results) == [False, False, False, True]
    assert (Case.objects.count(), CaseEvent.objects.count(), Deadline.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_is_made(cast: Cast) -> None:
    case = make_case(cast.ana.user, "contact_data")
    results = in_parallel(
        lambda: decide(Case.objects.get(pk=case.pk), "accept", by=cast.felix.user).outcome,
        lambda: decide(Case.objects.get(pk=case.pk), "refuse", by=cast.gema.user, reason=WHY).outcome,
    )
    assert sorted(isinstance(result, MoveNotAllowed) for result in results) == [False, True]
    case.refresh_from_db()
    assert case.outcome in results
    assert (case.events.count(), OutgoingEmail.objects.count()) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_message_from_two_tabs_is_one(cast: Cast) -> None:
    case, key = make_case(cast.ana.user), uuid.uuid4()

    def send() -> int:
        message = send_message(case, by=cast.ana.user, side=Side.CUSTOMER, body="Hello?", sent_key=key)
        return message.pk

    results = in_parallel(send, send)
    assert results == [Message.objects.get().pk] * 2


# --- hands ---------------------------------------------------------------------------------------------


def test_taken_and_handed_over(cast: Cast) -> None:
    case = take(make_case(cast.ana.user), by=cast.felix.user)
    assert (case.status, case.assigned_to) == ("in_review", cast.felix.user)
    take(case, by=cast.gema.user)
    hand_over(case, by=cast.gema.user, to=cast.felix.user)
    case.refresh_from_db()
    assert (case.status, case.assigned_to) == ("in_review", cast.felix.user)


def test_never_into_hands_that_do_not_work_here_nor_when_closed(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    with pytest.raises(MoveNotAllowed):
        hand_over(case, by=cast.felix.user, to=cast.ana.user)
    make_move(case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    with pytest.raises(MoveNotAllowed):
        take(case, by=cast.felix.user)


def test_one_in_our_hands_while_the_customer_has_the_ball_stays_waiting(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    ask_paper(case, cast)
    take(case, by=cast.felix.user)
    assert (case.status, case.assigned_to) == ("waiting", cast.felix.user)


# --- papers and messages -------------------------------------------------------------------------------


def test_a_paper_is_asked_for(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    paper = ask_paper(case, cast)
    assert (case.status, paper.asked_by, list(case.papers.all())) == ("waiting", cast.felix.user, [paper])
    assert clocks.customer_due(case).due_on == in_days(10)  # type: ignore[union-attr]
    assert clocks.answer_due(case).due_on is None  # type: ignore[union-attr]
    assert mails() == [("ana@example.org", "emails/case_message", "es")]


def test_a_second_paper_waits_with_the_first(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    first, second = ask_paper(case, cast), ask_paper(case, cast, name="Statement", answer_by=in_days(20))
    assert clocks.customer_due(case).due_on == in_days(10)  # type: ignore[union-attr]
    assert [event.move for event in case.events.all()] == ["open", "ask"]
    for paper, status in ((first, "waiting"), (second, "in_review")):
        paper.supplied_at = case.opened_at
        paper.save()
        assert bring_back(case, by=cast.ana.user).status == status
    assert clocks.customer_due(case) is None
    assert clocks.answer_due(case).due_on is not None  # type: ignore[union-attr]


def test_nothing_is_asked_of_a_closed_case_or_of_somebody_who_cannot_send_it(cast: Cast) -> None:
    closed = make_case(cast.ana.user)
    make_move(closed, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    stranger = make_case(None, contact_email="x@example.org")
    for case in (closed, stranger):
        with pytest.raises(MoveNotAllowed):
            ask_paper(case, cast)
        assert case.papers.count() == 0
    assert mails() == []


def test_a_thread(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    asked = send_message(
        case, by=cast.felix.user, side=Side.STAFF, body=" Which card? ", answer_by=in_days(5)
    )
    assert (asked.body, asked.answer_by, case.status) == ("Which card?", in_days(5), "waiting")
    assert read_messages(case, side=Side.STAFF) == 0
    assert read_messages(case, side=Side.CUSTOMER) == 1
    assert read_messages(case, side=Side.CUSTOMER) == 0
    send_message(case, by=cast.ana.user, side=Side.CUSTOMER, body="The old one.")
    assert case.status == "in_review"
    assert read_messages(case, side=Side.CUSTOMER) == 0
    assert read_messages(case, side=Side.STAFF) == 1
    assert mails() == [("ana@example.org", "emails/case_message", "es")]


def test_the_mail_says_where_and_never_what(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    send_message(case, by=cast.felix.user, side=Side.STAFF, body="About your operation.")
    mail = OutgoingEmail.objects.get()
    for part in (mail.subject, mail.text, mail.html):
        assert case.reference in part
        assert "operation" not in part
    assert f"/{case.reference}/" in mail.text


def test_who_has_no_account_reads_the_answer_in_the_mail(cast: Cast) -> None:
    case = make_case(None, contact_email="x@example.org", language="ca")
    send_message(case, by=cast.felix.user, side=Side.STAFF, body="We open at <nine>.\nUntil six.")
    mail = OutgoingEmail.objects.get()
    assert mails() == [("x@example.org", "emails/case_answer", "ca")]
    assert "We open at <nine>.\nUntil six." in mail.text
    assert "We open at &lt;nine&gt;.<br>Until six." in mail.html


def test_a_word_after_the_end_opens_the_case_again_or_is_refused(cast: Cast) -> None:
    answered, withdrawn = make_case(cast.ana.user), make_case(cast.ana.user)
    make_move(answered, "answer", by=cast.felix.user, side=Side.STAFF)
    make_move(withdrawn, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    send_message(answered, by=cast.ana.user, side=Side.CUSTOMER, body="And the other card?")
    assert answered.status == "in_review"
    with pytest.raises(MoveNotAllowed):
        send_message(withdrawn, by=cast.ana.user, side=Side.CUSTOMER, body="Hello?")
    assert withdrawn.messages.count() == 0


def test_an_empty_message_is_none(cast: Cast) -> None:
    with pytest.raises(ValueError, match="says"):
        send_message(make_case(cast.ana.user), by=cast.ana.user, side=Side.CUSTOMER, body=" \n")


# --- decisions -----------------------------------------------------------------------------------------


def test_decided_and_told_once(cast: Cast) -> None:
    with_words, without = make_case(cast.ana.user), make_case(cast.ana.user)
    decide(with_words, "answer", by=cast.felix.user, message="It is valid until June.")
    assert [message.body for message in with_words.messages.all()] == ["It is valid until June."]
    decide(without, "answer", by=cast.felix.user)
    refused = make_case(cast.ana.user, "contact_data")
    decide(refused, "refuse", by=cast.felix.user, reason=WHY)
    assert refused.reason_words == WHY.words
    assert mails() == [("ana@example.org", "emails/case_message", "es")] * 3


def test_of_a_decision_that_is_refused_nothing_is_told(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    make_move(case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    with pytest.raises(MoveNotAllowed):
        decide(case, "answer", by=cast.felix.user, message="Too late.")
    assert (mails(), case.messages.count()) == ([], 0)
