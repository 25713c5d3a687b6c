"""What the first page says of requests."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from cases import actions
from cases.lifecycle import Side
from cases.models import Case
from core.templatetags.formats import longdate
from servicing import actions as servicing
from tests.cases.kinds import in_days
from tests.people import Cast

pytestmark = pytest.mark.django_db


def question(cast: Cast) -> Case:
    cast.ana.user.language = "en"
    cast.ana.user.save(update_fields=["language"])
    return servicing.ask(by=cast.ana.user, language="en", topic="cards", question="?", sent_key=uuid.uuid4())


def test_home_says_what_is_missing_and_by_when_the_most_urgent_first(cast: Cast, log_in: Any) -> None:
    later, sooner, read = (question(cast) for _each in range(3))
    for case, days in ((later, 9), (sooner, 2)):
        actions.ask_for_paper(case, by=cast.felix.user, answer_by=in_days(days), name="Invoice", why="Why.")
    actions.send_message(sooner, by=cast.felix.user, side=Side.STAFF, body="It is urgent.")
    actions.send_message(read, by=cast.felix.user, side=Side.STAFF, body="It is on its way.")
    home = " ".join(log_in(cast.ana).get(reverse("home")).content.decode().split())
    urgent, second, third = (home.index(case.reference) for case in (sooner, later, read))
    assert urgent < second < third
    assert f"It is your turn, by {longdate(in_days(2))}." in home[urgent:second]
    assert "New message" in home[urgent:second]
    assert "New message" not in home[second:third]
    assert "We have written to you." in home[third:]
