"""How much is kept of what somebody has begun, and how much home lists: to the last one and no more."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import drafts
from cases.actions import send_message
from cases.drafts import LONGEST_FIELD, MOST_FORMS
from cases.lifecycle import Side
from cases.models import Draft
from cases.reading import MOST_WAITING, waiting_for
from servicing import strangers
from tests.cases.kinds import make_case
from tests.people import Cast
from tests.servicing.test_asked_again import ASK, PUBLIC, form_of, public

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def test_of_the_tabs_of_one_form_the_latest_five_are_kept(cast: Cast, log_in: Any, clock: Any) -> None:
    client = log_in(cast.ana)
    tabs = [form_of(client) for _tab in range(MOST_FORMS + 1)]
    for number, tab in enumerate(tabs):
        clock.shift(timedelta(seconds=1))
        client.post(ASK, tab | {"question": f"Question {number}", "save": "by-itself"})
        # Each a form of its own, whatever the page before had in it.
        assert Draft.objects.count() == min(number + 1, MOST_FORMS)
    kept = [drafts.load(cast.ana.user, "enquiry", form_key=tab["sent_key"]) for tab in tabs]
    assert [words.get("question") for words in kept] == [None, *(f"Question {n}" for n in range(1, 6))]
    # What is written on in the oldest of them makes it the latest.
    clock.shift(timedelta(seconds=1))
    client.post(ASK, tabs[1] | {"question": "Question 1, at length", "save": "by-itself"})
    clock.shift(timedelta(seconds=1))
    client.post(ASK, tabs[0] | {"question": "Question 0 again", "save": "by-itself"})
    left = {row.data["question"] for row in Draft.objects.all()}
    assert left == {"Question 0 again", "Question 1, at length", "Question 3", "Question 4", "Question 5"}


def test_they_are_counted_for_each_place_kind_and_person(cast: Cast, clock: Any) -> None:
    others = [
        (cast.ana.user, "enquiry", ""),
        (cast.ana.user, "bank_account", "POL-3333333333"),
        (cast.ana.user, "bank_account", "POL-4444444444"),
        (cast.bruno.user, "bank_account", "POL-3333333333"),
    ]
    for user, kind, place in others:
        for _tab in range(MOST_FORMS + 2):
            clock.shift(timedelta(seconds=1))
            drafts.save(user, kind, {"iban": "x"}, place=place, form_key=str(uuid.uuid4()))
    for user, kind, place in others:
        assert Draft.objects.filter(user=user, kind=kind, place=place).count() == MOST_FORMS


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("x" * LONGEST_FIELD, "x" * LONGEST_FIELD),
        ("x" * LONGEST_FIELD + "y", "x" * LONGEST_FIELD),
        ("no\0thing", "nothing"),
    ],
)
def test_a_draft_takes_a_form_and_no_book(cast: Cast, words: str, kept: str) -> None:
    drafts.save(cast.ana.user, "enquiry", {"question": words})
    assert drafts.load(cast.ana.user, "enquiry")["question"] == kept


@pytest.mark.parametrize(("more", "kept"), [(0, True), (1, False)])
def test_a_session_takes_a_question_and_no_book(client: Client, more: int, kept: bool) -> None:
    client.get(PUBLIC)
    # As it stands in the session: every field of the form, in a line.
    fields = [name for name in client.get(PUBLIC).context["form"].fields if name != "goes_on_from"]
    around = len(json.dumps({name: public().get(name, "") for name in fields} | {"question": ""}))
    words = "x" * (strangers.LONGEST - around + more)
    client.post(PUBLIC, public(question=words, save="by-itself"))
    assert (strangers.KEPT in client.session) is kept


def test_home_lists_ten_that_wait_for_somebody_and_no_more(cast: Cast, log_in: Any) -> None:
    cases = [make_case(cast.ana.user) for _case in range(MOST_WAITING + 1)]
    for case in cases[:MOST_WAITING]:
        send_message(case, by=cast.felix.user, side=Side.STAFF, body="Look.")
    assert len(waiting_for(cast.ana.user)) == MOST_WAITING
    send_message(cases[-1], by=cast.felix.user, side=Side.STAFF, body="Look.")
    listed = [case.reference for case in waiting_for(cast.ana.user)]
    assert listed == [case.reference for case in reversed(cases[1:])]
    page = log_in(cast.ana).get(reverse("home")).content.decode()
    assert [case.reference in page for case in cases] == [False, *[True] * MOST_WAITING]
