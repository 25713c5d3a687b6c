"""Who has no account, or has closed it, is answered by mail: no page of ours reaches them."""

import pytest

from accounts.actions.closing import close_account
from cases import clocks
from cases.actions import ask_for_paper, decide, send_message
from cases.admin import CaseAdmin
from cases.admin.forms import MessageForm
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case
from core.models import OutgoingEmail
from core.staff import staff_site
from tests.cases.kinds import in_days, make_case
from tests.people import Cast


@pytest.fixture
def closed(cast: Cast) -> Case:
    """Ana asked, and has closed her account since."""
    case = make_case(cast.ana.user)
    close_account(cast.ana.user)
    return Case.objects.get(pk=case.pk)


def answers() -> list[tuple[str, str]]:
    rows = OutgoingEmail.objects.filter(template="emails/case_answer").order_by("pk")
    return list(rows.values_list("to", "language"))


def test_who_has_closed_the_account_gets_the_answer(cast: Cast, closed: Case) -> None:
    send_message(closed, by=cast.felix.user, side=Side.STAFF, body="We are on it.")
    decide(closed, "answer", by=cast.felix.user, message="It is on its way.")
    assert answers() == [("ana@example.org", "es")] * 2
    assert not OutgoingEmail.objects.filter(to__endswith="closed.invalid").exists()
    assert "It is on its way." in OutgoingEmail.objects.latest("pk").text


def test_staff_read_who_it_was(closed: Case) -> None:
    admin = staff_site.get_model_admin(Case)
    assert isinstance(admin, CaseAdmin)
    assert admin.customer(closed) == "Ana Ferrer Vidal <ana@example.org>"


@pytest.mark.parametrize("registered", [True, False])
def test_nothing_is_asked_of_them_that_stops_our_clock(cast: Cast, closed: Case, *, registered: bool) -> None:
    case = closed if registered else make_case(None, contact_email="x@example.org")
    due_on = clocks.answer_due(case).due_on  # type: ignore[union-attr]
    with pytest.raises(MoveNotAllowed):
        send_message(case, by=cast.felix.user, side=Side.STAFF, body="Which card?", answer_by=in_days(5))
    with pytest.raises(MoveNotAllowed):
        ask_for_paper(case, by=cast.felix.user, name="Invoice", why="To see", answer_by=in_days(5))
    assert "answer_by" not in MessageForm(about=case).fields
    assert "answer_by" in MessageForm(about=make_case(cast.bruno.user)).fields
    case.refresh_from_db()
    assert (case.status, case.messages.count(), answers()) == ("received", 0, [])
    assert clocks.answer_due(case).due_on == due_on  # type: ignore[union-attr]


def test_what_we_had_asked_for_holds_up_nothing_any_more(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    send_message(case, by=cast.felix.user, side=Side.STAFF, body="Which card?", answer_by=in_days(5))
    assert clocks.answer_due(case).due_on is None  # type: ignore[union-attr]
    close_account(cast.ana.user)
    assert clocks.answer_due(case).due_on is not None  # type: ignore[union-attr]
    assert clocks.customer_due(case) is None
