"""A paper that we can do without is taken off, and a request that waits for nothing waits for nobody."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from cases import clocks
from cases.actions import ask_for_paper, decide, send_message, waive_paper
from cases.lifecycle import MoveNotAllowed, Side, kinds
from cases.models import Case, Paper
from core.models import AuditEntry, OutgoingEmail
from core.staff import reasons
from tests.cases.kinds import in_days, make_case
from tests.people import Cast

SECRET = "Zanahoria"
LABEL = "We do not need it any more"


def asked(cast: Cast, *names: str) -> Case:
    case = make_case(cast.ana.user)
    for name in names or (SECRET,):
        ask_for_paper(case, by=cast.felix.user, name=name, why="x", answer_by=in_days(7))
    OutgoingEmail.objects.all().delete()
    return case


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    return log_in(cast.felix)


def button(case: Case) -> str:
    return f"/admin/cases/case/{case.pk}/press/waive/"


def page(client: Client, case: Case) -> str:
    return client.get(f"/admin/cases/case/{case.pk}/change/").content.decode()


def test_the_last_one_brings_the_ball_back(cast: Cast) -> None:
    case = asked(cast, "Receipt", "Statement")
    first, second = case.papers.all()
    waive_paper(case, by=cast.felix.user, paper=first)
    assert (case.status, clocks.answer_due(case).due_on) == ("waiting", None)
    waive_paper(case, by=cast.felix.user, paper=second)
    assert (case.status, clocks.customer_due(case)) == ("in_review", None)
    assert clocks.answer_due(case).due_on is not None
    assert list(case.events.values_list("move", "side", "by"))[-1] == ("waive", "staff", cast.felix.user.pk)
    assert [mail.template for mail in OutgoingEmail.objects.all()] == ["emails/case_message"] * 2
    assert case.papers.missing().count() == 0


def test_one_that_has_come_keeps_its_place(cast: Cast) -> None:
    case = asked(cast)
    paper = case.papers.get()
    Paper.objects.update(supplied_at=paper.asked_at)
    with pytest.raises(MoveNotAllowed):
        waive_paper(case, by=cast.felix.user, paper=paper)
    Paper.objects.update(supplied_at=None)
    decide(case, "answer", by=cast.felix.user, message="Done.")
    with pytest.raises(MoveNotAllowed):
        waive_paper(case, by=cast.felix.user, paper=paper)
    assert Paper.objects.get().withdrawn_at is None


def test_it_may_be_asked_for_again(cast: Cast) -> None:
    case = asked(cast)
    waive_paper(case, by=cast.felix.user, paper=case.papers.get())
    again = ask_for_paper(case, by=cast.felix.user, name=SECRET, why="x", answer_by=in_days(7))
    assert (case.status, list(case.papers.missing())) == ("waiting", [again])


def test_every_kind_that_asks_can_do_without() -> None:
    assert [kind.code for kind in kinds() if ("ask" in kind.moves) != ("waive" in kind.moves)] == []


def test_the_button_wants_a_reason_to_read_and_leaves_a_row(
    cast: Cast, felix: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = asked(cast)
    paper = case.papers.get()
    assert button(case) in page(felix, case)
    for answer in (felix.get(button(case)), felix.post(button(case), {"paper": paper.pk})):
        assert (answer.status_code, answer["Location"].startswith("/admin/reason/")) == (302, True)
    assert case.papers.missing().count() == 1
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    assert SECRET in felix.get(button(case)).content.decode()
    felix.post(button(case), {"paper": paper.pk})
    case.refresh_from_db()
    assert (case.status, case.papers.missing().count()) == ("in_review", 0)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.what) == ("press-waive", f"cases.case:{case.reference}")
    assert button(case) not in page(felix, case)
    with translation.override(cast.felix.user.language):
        assert escape(gettext("not needed any more")) in page(felix, case)


def test_a_paper_of_another_request_is_none(
    cast: Cast, felix: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    case, other = asked(cast), asked(cast)
    answer = felix.post(button(case), {"paper": other.papers.get().pk})
    assert answer.context["form"].errors.keys() == {"paper"}
    assert Paper.objects.missing().count() == 2


def test_the_customer_reads_it(cast: Cast, log_in: Any) -> None:
    case = asked(cast)
    ana = log_in(cast.ana)
    with translation.override("en"):
        cast.ana.user.language = "en"
        cast.ana.user.save()
        before = ana.get(case.get_absolute_url()).content.decode()
        waive_paper(case, by=cast.felix.user, paper=case.papers.get())
        after = ana.get(case.get_absolute_url()).content.decode()
    # One place for the paper, and one for another.
    assert ("We need it<" in before, LABEL in before, before.count('type="file"')) == (True, False, 2)
    assert ("We need it<" in after, LABEL in after, after.count('type="file"')) == (False, True, 1)


def test_what_is_closed_needs_nothing(cast: Cast, log_in: Any) -> None:
    case = asked(cast)
    decide(case, "answer", by=cast.felix.user, message="Done.")
    cast.ana.user.language = "en"
    cast.ana.user.save()
    html = log_in(cast.ana).get(case.get_absolute_url()).content.decode()
    assert ("Nobody has to do anything more." in html, "We need it<" in html) == (True, False)


def test_who_cannot_send_it_is_read_before_clocks_that_stand(cast: Cast, felix: Client) -> None:
    stands, written, runs = asked(cast), asked(cast), make_case(cast.elena.user)
    queue = "/admin/cases/case/"
    assert list(felix.get(queue).context["cl"].result_list) == [runs, stands, written]
    send_message(written, by=cast.ana.user, side=Side.CUSTOMER, body="I cannot get it.")
    assert written.status == "waiting"
    response = felix.get(queue)
    assert list(response.context["cl"].result_list) == [runs, written, stands]
    assert response.content.decode().count('<span class="clock') == 1
