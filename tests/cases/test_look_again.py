"""A decision that was wrong is taken back: it leaves the request, and stays in its history."""

from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.actions import close_account
from cases import clocks
from cases.actions import (
    OwnRequest,
    Reason,
    ask_for_paper,
    bring_back,
    decide,
    go,
    look_again,
    make_move,
)
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case, Paper
from core.models import AuditEntry, OutgoingEmail
from tests.cases.kinds import WHY, make_case
from tests.people import Cast

WORDS = "We had read the wrong paper.\nWe are sorry."
OTHER = Reason("no_such_street", "General conditions, 2", "There is no such street.")


def refused(cast: Cast) -> Case:
    case = make_case(cast.ana.user, "contact_data")
    return decide(case, "refuse", by=cast.felix.user, reason=WHY)


def decision(case: Case) -> tuple[object, ...]:
    row = Case.objects.get(pk=case.pk)
    return row.outcome, row.decided_by, row.reason_code, row.reason_clause, row.reason_words


def history(case: Case) -> list[tuple[str, str, str]]:
    return list(case.events.values_list("move", "reason_code", "note"))


def note(reason: Reason) -> str:
    return f"{reason.clause}\n{reason.words}"


def test_refused_looked_at_again_and_accepted(cast: Cast) -> None:
    with time_machine.travel("2026-11-23T09:00+01:00", tick=False) as now:
        case = refused(cast)
        assert decision(case) == ("refused", cast.felix.user, WHY.code, WHY.clause, WHY.words)
        OutgoingEmail.objects.all().delete()
        now.move_to(datetime.fromisoformat("2026-12-14T09:00+01:00"))
        look_again(case, by=cast.gema.user, words=f" {WORDS} ")
        clock = clocks.answer_due(case)
    assert (case.status, case.is_open, decision(case)) == ("in_review", True, ("", None, "", "", ""))
    assert clock is not None
    assert (clock.starts_on, clock.due_on, clock.met_on) == (date(2026, 12, 14), date(2026, 12, 17), None)
    assert list(OutgoingEmail.objects.values_list("to", "template")) == [
        ("ana@example.org", "emails/case_message")
    ]
    mail = OutgoingEmail.objects.get()
    assert "wrong paper" not in mail.subject + mail.text + mail.html
    decide(case, "accept", by=cast.gema.user, message="Your data are on file now.")
    assert (case.status, decision(case)) == ("done", ("accepted", cast.gema.user, "", "", ""))
    assert clocks.answer_due(case) is None
    assert history(case) == [
        ("open", "", ""),
        ("refuse", WHY.code, note(WHY)),
        ("look_again", "", WORDS),
        ("accept", "", ""),
    ]


def test_the_customer_disagrees_and_is_refused_once_more(cast: Cast) -> None:
    case = refused(cast)
    go(case, "reopen", by=cast.ana.user, note="It is mine.")
    assert decision(case) == ("", None, "", "", "")
    decide(case, "refuse", by=cast.gema.user, reason=OTHER)
    assert decision(case) == ("refused", cast.gema.user, OTHER.code, OTHER.clause, OTHER.words)
    assert history(case) == [
        ("open", "", ""),
        ("refuse", WHY.code, note(WHY)),
        ("reopen", "", "It is mine."),
        ("refuse", OTHER.code, note(OTHER)),
    ]
    # And once more by ourselves.
    look_again(case, by=cast.felix.user, words=WORDS)
    assert (case.status, len(history(case))) == ("in_review", 5)


def test_the_page_shows_what_holds_and_what_was(cast: Cast, log_in: Any) -> None:
    cast.ana.user.language = "en"
    cast.ana.user.save()
    client = log_in(cast.ana)

    def page(case: Case) -> tuple[str, str]:
        html = client.get(case.get_absolute_url()).content.decode()
        body, _mark, steps = html.partition('<ol class="steps">')
        return body, steps.partition("</ol>")[0]

    case = refused(cast)
    body, steps = page(case)
    assert (WHY.words in body, WHY.words in steps) == (True, True)
    look_again(case, by=cast.gema.user, words=WORDS)
    body, steps = page(case)
    assert ("Why not" in body, WHY.words in body, WHY.words in steps) == (False, False, True)
    assert ("Why we look at it again" in body, "wrong paper" in body, "wrong paper" in steps) == (True,) * 3
    assert "It is our turn. You have an answer by" in body
    decide(case, "refuse", by=cast.gema.user, reason=OTHER)
    body, steps = page(case)
    assert (OTHER.words in body, WHY.words in body, "wrong paper" in body) == (True, False, False)
    assert [words in steps for words in (WHY.words, "wrong paper", OTHER.words)] == [True] * 3
    assert steps.index(WHY.words) < steps.index("wrong paper") < steps.index(OTHER.words)


def test_an_answer_is_taken_back_also_of_somebody_without_an_account(cast: Cast) -> None:
    case = make_case(None, contact_email="x@example.org")
    decide(case, "answer", by=cast.felix.user, message="It is covered.")
    OutgoingEmail.objects.all().delete()
    look_again(case, by=cast.felix.user, words=WORDS)
    mail = OutgoingEmail.objects.get()
    assert (mail.to, mail.template, "wrong paper" in mail.text) == (
        "x@example.org",
        "emails/case_answer",
        True,
    )
    decide(case, "answer", by=cast.felix.user, message="It is not.")
    assert [move for move, _code, _note in history(case)] == ["open", "answer", "look_again", "answer"]


def test_where_there_is_nothing_to_take_back(cast: Cast) -> None:
    opened, withdrawn = make_case(cast.ana.user), make_case(cast.ana.user)
    make_move(withdrawn, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    done = make_case(cast.ana.user, "bank_account")
    make_move(done, "accept", by=None, side=Side.SYSTEM)
    OutgoingEmail.objects.all().delete()
    for case in (opened, withdrawn, done):
        with pytest.raises(MoveNotAllowed):
            look_again(case, by=cast.felix.user, words=WORDS)
    with pytest.raises(ValueError, match="why"):
        look_again(refused(cast), by=cast.felix.user, words=" \n")
    with pytest.raises(MoveNotAllowed):
        go(refused(cast), "look_again", by=cast.ana.user)
    assert OutgoingEmail.objects.filter(text__contains="wrong paper").count() == 0


def test_nobody_of_the_staff_in_their_own(cast: Cast) -> None:
    case = make_case(cast.felix.user, "contact_data")
    decide(case, "refuse", by=cast.gema.user, reason=WHY)
    with pytest.raises(OwnRequest):
        look_again(case, by=cast.felix.user, words=WORDS)


# --- the button ----------------------------------------------------------------------------------------


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    return log_in(cast.felix)


def test_the_button(cast: Cast, felix: Client) -> None:
    case = refused(cast)
    address = f"/admin/cases/case/{case.pk}/press/look_again/"
    page = f"/admin/cases/case/{case.pk}/change/"
    assert address in felix.get(page).content.decode()
    assert felix.post(address, {"words": " "}).context["form"].errors.keys() == {"words"}
    assert felix.post(address, {"words": WORDS}).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.events.last().note) == ("in_review", WORDS.replace("\r\n", "\n"))  # type: ignore[union-attr]
    assert [row.verb for row in AuditEntry.objects.filter(verb__startswith="press")] == ["press-look_again"]
    assert address not in felix.get(page).content.decode()


def test_what_was_asked_for_before_the_decision_is_wanted_no_more(cast: Cast, log_in: Any) -> None:
    with time_machine.travel("2026-11-23T09:00+01:00", tick=False) as now:
        case = make_case(cast.ana.user, "contact_data")
        old = ask_for_paper(case, by=cast.felix.user, name="Old", why="x", answer_by=date(2026, 11, 27))
        decide(case, "refuse", by=cast.felix.user, reason=WHY)
        now.move_to(datetime.fromisoformat("2026-12-14T09:00+01:00"))
        look_again(case, by=cast.gema.user, words=WORDS)
        page = log_in(cast.ana).get(case.get_absolute_url())
        assert [(asked.paper, asked.wanted) for asked in page.context["reading"].asked] == [(old, False)]
        new = ask_for_paper(case, by=cast.gema.user, name="New", why="x", answer_by=date(2026, 12, 20))
        clock = clocks.customer_due(case)
        assert clock is not None
        assert clock.due_on == date(2026, 12, 20)
        page = log_in(cast.ana).get(case.get_absolute_url())
        wanted = [(asked.paper, asked.wanted) for asked in page.context["reading"].asked]
        assert wanted == [(old, False), (new, True)]
        Paper.objects.filter(pk=new.pk).update(supplied_at=timezone.now())
        bring_back(case, by=cast.ana.user)
    assert (case.status, clocks.customer_due(case)) == ("in_review", None)


@pytest.mark.parametrize("side", ["staff", "customer"])
def test_a_second_change_of_contact_data_stands_in_the_way_of_the_first(cast: Cast, side: str) -> None:
    first, second = refused(cast), make_case(cast.ana.user, "contact_data")
    with pytest.raises(MoveNotAllowed):
        if side == "staff":
            look_again(first, by=cast.gema.user, words=WORDS)
        else:
            go(first, "reopen", by=cast.ana.user)
    assert not Case.objects.get(pk=first.pk).is_open
    decide(second, "accept", by=cast.felix.user)
    look_again(first, by=cast.gema.user, words=WORDS)
    assert first.is_open


def test_nothing_is_opened_again_of_which_nobody_would_hear(cast: Cast) -> None:
    case = refused(cast)
    close_account(cast.ana.user)  # type: ignore[arg-type]
    case = Case.objects.get(pk=case.pk)
    with pytest.raises(MoveNotAllowed):
        look_again(case, by=cast.gema.user, words=WORDS)
    assert not Case.objects.get(pk=case.pk).is_open
