"""Whose queue a request is in: a known team, named in words; the customer does not see it change hands."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import translation
from django.utils.html import escape

from cases import clocks, teams
from cases.actions import ask_for_paper, hand_to_team, make_move, send_message, take
from cases.lifecycle import MoveNotAllowed, Side, kind_of, kinds, register
from cases.models import Case
from core.models import AuditEntry, OutgoingEmail
from core.staff import reasons
from servicing import enquiries
from tests.cases.kinds import in_days, make_case
from tests.people import Cast

NOTE = "Zanahoria: she means the receipt of May."


def test_every_team_has_a_name() -> None:
    known = set(teams.TEAMS)
    assert {kind.team for kind in kinds()} <= known
    assert set(enquiries.TEAMS.values()) <= known
    assert str(teams.label("gone")) == "gone"


def test_a_kind_of_an_unknown_team_stops_the_start() -> None:
    with pytest.raises(ValueError, match="unknown team 'nobody'"):
        register(replace(kind_of("enquiry"), team="nobody"))


def test_handed_to_another_team(cast: Cast) -> None:
    case = take(make_case(cast.ana.user), by=cast.felix.user)
    OutgoingEmail.objects.all().delete()
    hand_to_team(case, by=cast.felix.user, team="billing", note=f" {NOTE} ")
    case.refresh_from_db()
    assert (case.team, case.assigned_to, case.status) == ("billing", None, "in_review")
    step = case.events.last()
    assert step is not None
    assert (step.move, step.source, step.target) == ("hand_to_team", "in_review", "in_review")
    assert (step.by, step.side, step.note) == (
        cast.felix.user, "staff", f"{teams.label('customer_care')} → {teams.label('billing')}\n{NOTE}",
    )  # fmt: skip
    assert OutgoingEmail.objects.count() == 0


def test_not_where_it_is_nor_where_nobody_is_nor_when_closed(cast: Cast) -> None:
    case, closed = make_case(cast.ana.user), make_case(cast.ana.user)
    make_move(closed, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    for row, team in ((case, "customer_care"), (case, "nobody"), (closed, "billing")):
        with pytest.raises(MoveNotAllowed):
            hand_to_team(row, by=cast.felix.user, team=team)
    assert Case.objects.exclude(team="customer_care").count() == 0


def test_the_customer_never_reads_it(cast: Cast, log_in: Any) -> None:
    case = make_case(cast.ana.user)
    ana = log_in(cast.ana)
    before = ana.get(case.get_absolute_url()).content.decode()
    hand_to_team(case, by=cast.felix.user, team="billing", note=NOTE)
    after = ana.get(case.get_absolute_url()).content.decode()
    assert (after.count('<li class="done">'), "Zanahoria" in after) == (
        before.count('<li class="done">'),
        False,
    )
    send_message(case, by=cast.felix.user, side=Side.STAFF, body="Good morning.")
    assert [mail.pk for mail in OutgoingEmail.objects.all() if "Zanahoria" in mail.text + mail.html] == []


def test_what_the_customer_was_asked_for_stays_so(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    send_message(case, by=cast.felix.user, side=Side.STAFF, body="Which card?", answer_by=in_days(5))
    paper = ask_for_paper(case, by=cast.felix.user, name="Receipt", why="x", answer_by=in_days(9))
    hand_to_team(case, by=cast.felix.user, team="billing")
    ask_for_paper(case, by=cast.felix.user, name="Photo", why="x", answer_by=in_days(12))
    assert (case.status, paper.is_missing) == ("waiting", True)
    assert clocks.customer_due(case).due_on == in_days(5)  # type: ignore[union-attr]


# --- in the admin --------------------------------------------------------------------------------------


@pytest.fixture
def felix(cast: Cast, log_in: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    return log_in(cast.felix)


def test_the_button(cast: Cast, felix: Client) -> None:
    case = make_case(cast.ana.user)
    address = f"/admin/cases/case/{case.pk}/press/hand_to_team/"
    form = felix.get(address).context["form"]
    assert [code for code, _label in form.fields["team"].choices] == [
        "", "authorisations", "billing", "data_protection", "reimbursements",
    ]  # fmt: skip
    for wrong in ("", "customer_care", "nobody"):
        assert felix.post(address, {"team": wrong}).context["form"].errors.keys() == {"team"}
    assert felix.post(address, {"team": "billing", "note": NOTE}).status_code == 302
    case.refresh_from_db()
    assert (case.team, case.assigned_to) == ("billing", None)
    assert AuditEntry.objects.filter(verb="press-hand_to_team").count() == 1
    html = felix.get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    assert escape(NOTE) in html


def test_teams_have_their_names_in_the_list_and_its_filter(cast: Cast, felix: Client) -> None:
    case = make_case(cast.ana.user)
    make_case(cast.elena.user, "bank_account")
    response = felix.get("/admin/cases/case/?team=customer_care")
    assert list(response.context["cl"].result_list) == [case]
    html = response.content.decode()
    assert "customer care" not in html
    with translation.override(cast.felix.user.language):
        assert html.count(escape(str(teams.label("customer_care")))) == 2
        assert html.count(escape(str(teams.label("data_protection")))) == 1
