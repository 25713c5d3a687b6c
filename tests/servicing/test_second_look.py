"""Whoever is told no about their contact data may disagree, and the history keeps both."""

import uuid
from typing import Any

from django.urls import reverse

from cases.actions import Reason, decide
from cases.lifecycle import kind_of
from servicing.profile_actions import complete_profile, on_file, pending_change
from tests.people import Cast


def test_a_refused_change_is_looked_at_again(cast: Cast, log_in: Any) -> None:
    person = cast.elena.person
    data = on_file(person).__class__("600111222", "", "Calle Nueva 1", "28001", "Madrid")
    case = complete_profile(
        by=cast.elena.user, person=person, data=data, language="es", reply_channel="email",
        sent_key=uuid.uuid4(),
    )  # fmt: skip
    assert case is not None
    decide(
        case, "refuse", by=cast.felix.user, reason=Reason("no_such_street", "General, 2", "No such street.")
    )
    client = log_in(cast.elena)
    again = reverse("cases:move", args=[case.reference, "reopen"])
    assert again in client.get(case.get_absolute_url()).content.decode()
    client.post(again, {"note": "It is new."})
    case.refresh_from_db()
    assert (case.status, case.outcome, case.is_open) == ("in_review", "", True)
    assert pending_change(cast.elena.user) == case
    assert [event.move for event in case.events.all()] == ["open", "refuse", "reopen"]
    assert "reopen" in kind_of("contact_data").moves
