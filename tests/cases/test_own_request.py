"""Nobody who works here decides about themselves, or about a child of theirs."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from cases.actions import (
    OwnRequest,
    ask_for_paper,
    decide,
    hand_over,
    make_move,
    send_message,
    take,
    waive_paper,
)
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case
from policies.models import InsuredPerson
from tests.cases.kinds import in_days, make_case
from tests.people import Cast


def own(cast: Cast) -> list[Case]:
    """Félix asks for himself; Ana, about a person who is Félix."""
    about = cast.insured(cast.bruno, cast.health)
    cast.bruno.person.user = None
    cast.bruno.person.save()
    type(cast.bruno.person).objects.filter(pk=cast.bruno.person.pk).update(user=cast.felix.user)
    return [
        make_case(cast.felix.user, "contact_data"),
        make_case(cast.ana.user, "contact_data", about=InsuredPerson.objects.get(pk=about.pk)),
    ]


def test_every_verb_of_the_staff_refuses(cast: Cast) -> None:
    felix, gema = cast.felix.user, cast.gema.user
    for case in own(cast):
        paper = ask_for_paper(case, by=gema, name="Receipt", why="x", answer_by=in_days(7))
        events, mine = case.events.count(), {"by": felix}
        for verb in (
            lambda c, m: take(c, **m),
            lambda c, m: hand_over(c, to=gema, **m),
            lambda c, m: send_message(c, side=Side.STAFF, body="Yes.", **m),
            lambda c, m: ask_for_paper(c, name="Other", why="x", answer_by=in_days(7), **m),
            lambda c, m: waive_paper(c, paper=paper, **m),  # noqa: B023
            lambda c, m: decide(c, "accept", **m),
            lambda c, m: make_move(c, "accept", side=Side.STAFF, **m),
        ):
            with pytest.raises(OwnRequest):
                verb(case, mine)
        with pytest.raises(MoveNotAllowed):
            hand_over(case, by=gema, to=felix)
        case.refresh_from_db()
        assert (case.status, case.assigned_to, case.outcome) == ("waiting", None, "")
        assert (case.events.count(), case.messages.count(), case.papers.missing().count()) == (events, 0, 1)
        decide(case, "accept", by=gema)
        assert case.outcome == "accepted"


def test_no_button_is_shown_or_pressed(cast: Cast, log_in: Any) -> None:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    felix = log_in(cast.felix)
    other = make_case(cast.ana.user, "contact_data")
    assert "/press/" in felix.get(f"/admin/cases/case/{other.pk}/change/").content.decode()
    for case in own(cast):
        assert "/press/" not in felix.get(f"/admin/cases/case/{case.pk}/change/").content.decode()
        press = f"/admin/cases/case/{case.pk}/press/contact_data-accept/"
        assert [felix.get(press).status_code, felix.post(press).status_code] == [403, 403]
        case.refresh_from_db()
        assert case.status == "received"
