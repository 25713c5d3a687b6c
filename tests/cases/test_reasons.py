"""Staff read what is about health only after a reason, which stands in the record with it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.actions import ask_for_paper, make_move, send_message
from cases.lifecycle import MoveNotAllowed, Side, kinds
from cases.models import Case, CaseDocument
from core import audit
from core.models import AuditEntry
from servicing import actions as servicing
from tests.cases.kinds import WHY, in_days, make_case
from tests.people import Cast, enter

SECRET = "Zanahoria"


@pytest.fixture
def case(cast: Cast) -> Case:
    """Ana asked something about Bruno, who goes on with it; every text of it tells of his health."""
    case = make_case(cast.ana.user, "contact_data", about=cast.insured(cast.bruno, cast.health))
    send_message(case, by=cast.bruno.user, side=Side.CUSTOMER, body=f"{SECRET} message")
    ask_for_paper(case, by=cast.felix.user, name=f"{SECRET} paper", why=f"{SECRET} why", answer_by=in_days(5))
    make_move(case, "supply", by=cast.bruno.user, side=Side.CUSTOMER, note=f"{SECRET} note")
    CaseDocument.objects.create(
        reference="DOC-1", case=case, name=f"{SECRET}.pdf", sha256="0", content_type="application/pdf",
        state=CaseDocument.State.ACCEPTED, file=ContentFile(SECRET.encode(), "x.pdf"), sent_by=cast.ana.user,
    )  # fmt: skip
    make_move(case, "refuse", by=cast.felix.user, side=Side.STAFF, reason=WHY)
    Case.objects.filter(pk=case.pk).update(reason_words=f"{SECRET} words", reason_clause=f"{SECRET} clause")
    return case


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    return log_in(cast.felix)


def page_of(case: Case) -> str:
    return reverse("admin:cases_case_change", args=[case.pk])


def file_of(case: Case) -> str:
    return reverse("admin:cases_case_document", args=[case.pk, "DOC-1"])


def asked(client: Client, case: Case) -> str:
    """The address to which the closed page leads."""
    html = client.get(page_of(case)).content.decode()
    return reverse("admin:reason", args=["x"])[:-2] + html.partition("/admin/reason/")[2].partition('"')[0]


def give(client: Client, case: Case, **typed: str) -> Any:
    return client.post(asked(client, case), {"reason": "request", "words": ""} | typed)


def rows() -> list[tuple[Any, ...]]:
    return list(AuditEntry.objects.order_by("seq").values_list("verb", "what", "reason", "words"))


def test_without_a_reason_nothing_is_shown(felix: Client, case: Case) -> None:
    html = felix.get(page_of(case)).content.decode()
    assert case.reference in html
    assert SECRET not in html
    assert html.count("/admin/reason/") == 5
    answer = felix.get(file_of(case))
    assert answer.status_code == 302
    assert "/admin/reason/" in answer["Location"]
    assert rows() == []


def test_with_a_reason_it_is_read_and_recorded_once(cast: Cast, felix: Client, case: Case) -> None:
    answer = give(felix, case)
    assert (answer.status_code, answer["Location"]) == (302, page_of(case))
    html = felix.get(page_of(case)).content.decode()
    for text in ("message", "paper", "why", "note", "words", "clause"):
        assert f"{SECRET} {text}" in html
    assert f"{SECRET}.pdf" in html
    assert "/admin/reason/" not in html
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("read", cast.felix.user, cast.bruno.person)
    assert (entry.what, entry.reason) == (f"cases.case:{case.reference}", "request")
    assert (entry.role, entry.address) == ("staff of the tests", "127.0.0.1")
    assert SECRET not in entry.canonical


def test_each_file_that_is_opened_has_a_row_of_its_own(
    cast: Cast, felix: Client, case: Case, settings: Any
) -> None:
    """With the reason that opened it; once for each reason given."""
    settings.HEALTH_GRANT_SECONDS = 60
    with time_machine.travel(timezone.now(), tick=False) as clock:
        give(felix, case, reason="call")
        for _time in range(2):
            assert b"".join(felix.get(file_of(case)).streaming_content) == SECRET.encode()
        the_case, the_file = f"cases.case:{case.reference}", "cases.casedocument:DOC-1"
        assert rows() == [("read", the_case, "call", ""), ("read", the_file, "call", "")]
        entry = AuditEntry.objects.get(seq=2)
        assert (entry.actor, entry.subject) == (cast.felix.user, cast.bruno.person)
        clock.shift(timedelta(seconds=61))
        assert felix.get(file_of(case)).status_code == 302
        give(felix, case, reason="other", words="The ombudsman asks.")
        felix.get(file_of(case))
        assert rows()[2:] == [
            ("read", the_case, "other", "The ombudsman asks."),
            ("read", the_file, "other", "The ombudsman asks."),
        ]


def test_a_file_that_cannot_be_recorded_does_not_leave(
    felix: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the record is full")

    give(felix, case)
    felix.raise_request_exception = False
    monkeypatch.setattr(audit, "record", broken)
    assert felix.get(file_of(case)).status_code == 500


@pytest.mark.parametrize("kind", sorted(kind.code for kind in kinds()))
def test_words_and_files_of_every_kind_are_closed(cast: Cast, felix: Client, kind: str) -> None:
    """Somebody writes of their chemotherapy in a request about their address."""
    case = make_case(cast.ana.user, kind)
    send_message(case, by=cast.ana.user, side=Side.CUSTOMER, body=SECRET)
    CaseDocument.objects.create(
        reference="DOC-1", case=case, name="x.pdf", sha256="0", content_type="application/pdf",
        state=CaseDocument.State.ACCEPTED, file=ContentFile(b"x", "x.pdf"), sent_by=cast.ana.user,
    )  # fmt: skip
    assert felix.get(file_of(case)).status_code == 302
    assert SECRET not in felix.get(page_of(case)).content.decode()
    assert rows() == []
    give(felix, case)
    assert SECRET in felix.get(page_of(case)).content.decode()
    assert felix.get(file_of(case)).status_code == 200
    assert [row[1] for row in rows()] == [f"cases.case:{case.reference}", "cases.casedocument:DOC-1"]


def test_a_get_writes_and_opens_nothing(felix: Client, case: Case) -> None:
    address = asked(felix, case)
    html = felix.get(address, {"reason": "request"}).content.decode()
    assert "Bruno Soto Gil" in html
    assert SECRET not in html
    assert SECRET not in felix.get(page_of(case)).content.decode()
    assert rows() == []


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"reason": ""}, {"reason"}),
        ({"reason": "curious"}, {"reason"}),
        ({"reason": "other", "words": "   "}, {"words"}),
        ({"reason": "other", "words": "x" * 301}, {"words"}),
    ],
)
def test_a_reason_that_is_none(felix: Client, case: Case, typed: dict[str, str], wrong: set[str]) -> None:
    answer = give(felix, case, **typed)
    assert answer.context["form"].errors.keys() == wrong
    assert SECRET not in felix.get(page_of(case)).content.decode()
    assert rows() == []


@pytest.mark.parametrize("reason", audit.REASONS)
def test_every_reason_opens(felix: Client, case: Case, reason: str) -> None:
    give(felix, case, reason=reason, words="The ombudsman asks.")
    assert SECRET in felix.get(page_of(case)).content.decode()
    assert rows() == [("read", f"cases.case:{case.reference}", reason, "The ombudsman asks.")]


def test_it_closes_by_itself(felix: Client, case: Case, settings: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        give(felix, case)
        clock.shift(timedelta(seconds=settings.HEALTH_GRANT_SECONDS - 1))
        assert SECRET in felix.get(page_of(case)).content.decode()
        clock.shift(timedelta(seconds=1))
        assert SECRET not in felix.get(page_of(case)).content.decode()
        assert felix.get(file_of(case)).status_code == 302


def test_it_holds_for_nobody_and_nothing_else(cast: Cast, felix: Client, case: Case) -> None:
    """Not for a colleague, nor for oneself elsewhere, nor for another request of the same person."""
    other = make_case(cast.ana.user, "contact_data", about=case.about)
    send_message(other, by=cast.bruno.user, side=Side.CUSTOMER, body=SECRET)
    give(felix, case)
    assert SECRET not in felix.get(page_of(other)).content.decode()
    for who in (cast.gema, cast.felix):
        elsewhere = Client()
        enter(elsewhere, who.user)
        assert SECRET not in elsewhere.get(page_of(case)).content.decode()
        assert elsewhere.get(file_of(case)).status_code == 302


def test_nor_when_the_request_is_about_somebody_else_now(cast: Cast, felix: Client, case: Case) -> None:
    give(felix, case)
    Case.objects.filter(pk=case.pk).update(about=cast.insured(cast.diego, cast.health))
    assert SECRET not in felix.get(page_of(case)).content.decode()


def test_a_link_is_its_owner_s(cast: Cast, felix: Client, case: Case) -> None:
    address = asked(felix, case)
    gema = Client()
    enter(gema, cast.gema.user)
    ana = Client()
    enter(ana, cast.ana.user)
    for client in (gema, ana):
        assert client.get(address).status_code == 404
        assert client.post(address, {"reason": "request"}).status_code == 404
    assert felix.get(address[:-2] + "x/").status_code == 404
    with time_machine.travel(timedelta(hours=5), tick=False):
        later = Client()
        enter(later, cast.felix.user)
        assert later.get(address).status_code == 404
    assert rows() == []


def test_where_it_cannot_be_recorded_nothing_is_opened(
    felix: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the record is full")

    felix.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", broken)
        assert give(felix, case).status_code == 500
    assert SECRET not in felix.get(page_of(case)).content.decode()
    assert "health_reasons" not in str([row.get_decoded() for row in Session.objects.all()])


def test_where_the_grant_cannot_be_kept_nothing_is_recorded(
    felix: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    def broken(self: SessionStore, must_create: bool = False) -> None:
        raise RuntimeError("no room")

    felix.raise_request_exception = False
    address = asked(felix, case)
    with monkeypatch.context() as patch:
        patch.setattr(SessionStore, "save", broken)
        assert felix.post(address, {"reason": "request"}).status_code == 500
    assert SECRET not in felix.get(page_of(case)).content.decode()
    assert rows() == []


def test_permission_comes_before_reason(cast: Cast, felix: Client, case: Case) -> None:
    give(felix, case)
    cast.felix.user.groups.clear()
    cast.felix.user.user_permissions.set(Permission.objects.filter(codename="view_case"))
    html = felix.get(page_of(case)).content.decode()
    assert f"{SECRET} message" not in html
    assert felix.get(file_of(case)).status_code == 403


# --- which requests ------------------------------------------------------------------------------------


def test_a_question_may(cast: Cast, felix: Client) -> None:
    """Of Hugo, whom the insurer does not know, the record names the request alone."""
    case = servicing.ask(
        by=cast.hugo.user, language="es", topic="cards", question=SECRET, sent_key=uuid.uuid4()
    )
    assert SECRET not in felix.get(page_of(case)).content.decode()
    give(felix, case)
    assert SECRET in felix.get(page_of(case)).content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.subject, entry.what) == (None, f"cases.case:{case.reference}")


# --- every button --------------------------------------------------------------------------------------


def press(client: Client, case: Case, name: str, **typed: str) -> Any:
    return client.post(f"/admin/cases/case/{case.pk}/press/{name}/", typed, follow=True)


def test_a_button_is_recorded_with_what_it_did(cast: Cast, felix: Client) -> None:
    case = make_case(cast.ana.user)
    press(felix, case, "take")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("press-take", cast.felix.user, cast.ana.person)
    assert (entry.what, entry.address) == (f"cases.case:{case.reference}", "127.0.0.1")


def test_a_button_that_was_refused_did_nothing(
    cast: Cast, felix: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(cast.ana.user, "contact_data")

    def too_late(case: Case, *args: object, **kwargs: object) -> None:
        Case.objects.filter(pk=case.pk).update(topic="half")
        raise MoveNotAllowed

    monkeypatch.setattr("cases.actions.decide", too_late)
    answer = press(felix, case, "contact_data-accept")
    case.refresh_from_db()
    assert case.topic == ""
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert rows() == []


def test_what_cannot_be_recorded_is_not_done(
    cast: Cast, felix: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(cast.ana.user)

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the record is full")

    monkeypatch.setattr(audit, "record", broken)
    felix.raise_request_exception = False
    assert press(felix, case, "take").status_code == 500
    case.refresh_from_db()
    assert (case.status, case.assigned_to, case.events.count()) == ("received", None, 1)


def test_the_list_of_the_record(cast: Cast, felix: Client, case: Case) -> None:
    give(felix, case, reason="complaint")
    found = felix.get(f"/admin/core/auditentry/?subject={cast.bruno.person.pk}")
    assert [entry.reason for entry in found.context["cl"].result_list] == ["complaint"]
    assert list(felix.get("/admin/core/auditentry/?subject=0").context["cl"].result_list) == []
    html = felix.get("/admin/core/auditentry/1/change/").content.decode()
    assert case.reference in html
    assert '<input type="text"' not in html
    cast.felix.user.groups.clear()
    assert felix.get("/admin/core/auditentry/").status_code == 403
