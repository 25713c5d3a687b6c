"""A call: whom the words mean, the page of that person, what stays closed, what is written down."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.actions.closing import close_account
from accounts.models import Person, User
from cases.actions import send_message
from cases.lifecycle import Side
from cases.models import Case
from core.models import AuditEntry
from policies import reading
from policies.models import Card, Copayment, Policy
from portal.staff.caller import link_words
from portal.staff.finding import who
from servicing import actions as servicing
from tests.cases.kinds import make_case
from tests.factories import make_receipt
from tests.people import Cast, insure, make_person, make_policy, make_user
from tests.servicing.accounts import NEW, change, mandate_of

SEARCH = "/admin/callers/"


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The papers themselves are of no matter here."""
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF")
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.language = "en"
    cast.felix.user.save()
    client = log_in(cast.felix)
    client.cookies["lang"] = "en"
    return client


def page_of(person: Person | None) -> str:
    assert person
    return reverse("caller", args=[person.pk])


def led_to(response: Any) -> str:
    return response.url if response.status_code == 302 else ""


# --- finding -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    ["X1234567L", "x-1234567-l", "F-1200001", "f1200001", "f 1200001", "ELENA@example.org", "elena mas",
     "600 11 22 33", "+34600112233", "T-0009", "t0009"],
)  # fmt: skip
def test_one_person_is_led_to(cast: Cast, felix: Client, said: str) -> None:
    Person.objects.filter(pk=cast.elena.person.pk).update(phone="+34 600-112-233")
    insured = cast.insured(cast.elena, cast.elenas)
    Card.objects.create(number="T-0009", insured=insured, valid_from=insured.insured_from)
    assert led_to(felix.get(SEARCH, {"q": said})) == page_of(cast.elena.person)


def test_a_reference_leads_to_who_asked(cast: Cast, felix: Client) -> None:
    case = make_case(cast.elena.user)
    # No digit tells it from a name.
    reference = "CON-ACDEFGHJKM"
    Case.objects.filter(pk=case.pk).update(reference=reference)
    for said in (reference, reference.lower(), reference.replace("-", "")):
        assert led_to(felix.get(SEARCH, {"q": said})) == page_of(cast.elena.person)


def test_several_are_a_list_with_masked_identity(cast: Cast, felix: Client) -> None:
    response = felix.get(SEARCH, {"q": "s1000001"})
    html = response.content.decode()
    assert {person.first_name for person in response.context["found"].people} == {
        "Ana", "Bruno", "Carla", "Diego",
    }  # fmt: skip
    assert "•••••678Z" in html
    assert "12345678Z" not in html


def test_who_is_not_on_file(cast: Cast, felix: Client) -> None:
    assert "hugo@example.org" in felix.get(SEARCH, {"q": "hugo@example.org"}).content.decode()
    stranger = make_case(None, contact_name="Olga", contact_email="olga@example.org")
    for said in ("olga@example.org", stranger.reference):
        assert stranger.reference in felix.get(SEARCH, {"q": said}).content.decode()


def test_an_open_request_outlives_the_account(cast: Cast, felix: Client) -> None:
    case = make_case(cast.elena.user)
    close_account(cast.elena.user)
    found = felix.get(SEARCH, {"q": "elena@example.org"}).context["found"]
    assert (found.people, found.requests) == ([cast.elena.person], [case])


def test_rows_of_a_kind_that_one_may_not_see_are_not_found(cast: Cast) -> None:
    case = make_case(None, contact_name="Nora", contact_email="hugo@example.org")
    felix = cast.felix.user
    felix.groups.clear()
    felix.user_permissions.set(Permission.objects.filter(codename="view_person"))
    for said in ("hugo@example.org", case.reference):
        found = who(said, by=User.objects.get(pk=felix.pk))
        assert (found.accounts, found.requests) == ([], [])


@pytest.mark.parametrize("said", ["", "Zz", "nobody here", "999999999"])
def test_nothing_found_is_said(felix: Client, said: str) -> None:
    response = felix.get(SEARCH, {"q": said})
    assert (response.status_code, response.context["found"].people) == (200, [])


def test_many_are_cut_and_said(cast: Cast, felix: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.staff.finding.MOST", 2)
    found = felix.get(SEARCH, {"q": "soto"}).context["found"]
    assert (len(found.people), found.more) == (2, True)


# --- the page ------------------------------------------------------------------------------------------


@pytest.fixture
def busy(cast: Cast, plain: None) -> Case:
    """Ana has a question, an answer, a change of account and an act of care."""
    mandate_of(cast.health)
    case = servicing.ask(
        by=cast.ana.user, language="es", topic="cards", question="SECRET question", sent_key=uuid.uuid4()
    )
    send_message(case, by=cast.ana.user, side=Side.CUSTOMER, body="SECRET words")
    change(cast)
    Copayment.objects.create(
        key="C-1", insured=cast.insured(cast.ana, cast.health), used_on=date(2026, 1, 1), act="SECRET act",
        provider="Clinic", amount=Decimal("5.00"),
    )  # fmt: skip
    return case


def test_the_page_says_what_is_needed_and_keeps_health_closed(cast: Cast, felix: Client, busy: Case) -> None:
    html = felix.get(page_of(cast.ana.person)).content.decode()
    for text in (
        "Ana Ferrer Vidal", "•••••678Z", "a•••@example.org", "Linked since", "S-1000001", "F-2000001",
        "In force", "Every receipt that has fallen due is paid.", busy.reference, "Question: Cards",
        "Change of bank account", "Refunds that wait", "bank_account_changed",
    ):  # fmt: skip
        assert text in html, text
    for text in ("12345678Z", "SECRET", NEW, "ES7921"):
        assert text not in html, text


def test_the_state_is_what_the_customer_reads(cast: Cast, felix: Client) -> None:
    make_receipt(cast.elenas, date(2025, 1, 1))
    with translation.override("en"):
        (line,) = reading.policies_of(cast.elena.user, size=5)
        seen = felix.get(page_of(cast.elena.person)).context["caller"].policies
    assert [row.summary.situation for row in seen] == [line.situation]
    assert seen[0].summary.situation.sentence in felix.get(page_of(cast.elena.person)).content.decode()


def test_who_may_not_see_the_money_is_told_no_more_on_the_phone(cast: Cast, felix: Client) -> None:
    make_receipt(cast.health, date(2025, 1, 1))
    lines = felix.get(page_of(cast.bruno.person)).context["caller"].policies
    assert [(row.role, row.summary.facts.premium, row.summary.next_receipt) for row in lines] == [
        ("Spouse or partner", None, None)
    ] * 2
    assert "84" not in lines[-1].summary.situation.sentence


def test_it_works_for_who_has_no_account(cast: Cast, felix: Client) -> None:
    response = felix.get(page_of(cast.diego.person))
    assert len(response.context["caller"].policies) == 2
    assert "Not linked: only from 18 years on" in response.content.decode()


def test_why_somebody_is_not_linked(db: None) -> None:
    with translation.override("en"):
        nobody = make_person("1", "Olga Sanz Rey", years=40, dni=None)
        assert "no e-mail address on file" in link_words(nobody)
        olga = make_person("2", "Olga Sanz Rey", years=40, dni=None, email="Olga@example.org")
        assert link_words(olga) == "Not linked: nobody has registered with the e-mail address on file yet."
        make_person("3", "Pau Sanz Rey", years=41, dni=None, email="olga@example.org")
        assert link_words(olga).endswith("DNI and date of birth are asked for.")
        user = make_user("olga@example.org")
        assert "there is an account" in link_words(olga)
        olga.user, olga.linked_at = user, timezone.now()
        assert link_words(olga).startswith("Linked since")
        user.is_active = False
        assert "closed by us" in link_words(olga)


# --- what is written down ------------------------------------------------------------------------------


def rows() -> list[tuple[str, Any, Any]]:
    return list(AuditEntry.objects.order_by("seq").values_list("verb", "actor", "subject"))


def test_opening_and_unmasking_are_written_down(cast: Cast, felix: Client) -> None:
    address, mine = page_of(cast.ana.person), (cast.felix.user.pk, cast.ana.person.pk)
    assert "12345678Z" not in felix.get(address).content.decode()
    assert "12345678Z" in felix.post(address).content.decode()
    assert rows() == [("caller", *mine), ("caller-identity", *mine)]


def test_nothing_is_shown_where_nothing_can_be_written_down(
    cast: Cast, felix: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError

    monkeypatch.setattr("core.audit.record", full)
    felix.raise_request_exception = False
    response = felix.get(page_of(cast.ana.person))
    assert (response.status_code, "Ferrer" in response.content.decode()) == (500, False)


def test_a_reason_opens_the_words_and_the_acts(cast: Cast, felix: Client, busy: Case) -> None:
    address = page_of(cast.ana.person)
    for secret in ("SECRET words", "SECRET act"):
        panels = {str(panel.title): panel for panel in felix.get(address).context["panels"]}
        links = [cell.url for row in panels["Latest messages"].rows for cell in row if hasattr(cell, "url")]
        asked = [link for link in links if "/reason/" in link] + [
            panels["Acts of care with a copayment"].ask_url
        ]
        assert secret not in felix.get(address).content.decode()
        why = felix.post(asked[0], {"reason": "call", "words": ""})
        assert led_to(why) == address
        assert secret in felix.get(address).content.decode()
    reads = AuditEntry.objects.filter(verb="read", subject=cast.ana.person)
    assert [entry.reason for entry in reads] == ["call", "call"]


# --- who may -------------------------------------------------------------------------------------------


def test_only_staff_who_may_see_people(cast: Cast, felix: Client) -> None:
    cast.felix.user.groups.clear()
    addresses = SEARCH, page_of(cast.ana.person)
    assert [felix.get(address).status_code for address in addresses] == [403, 403]
    felix.force_login(cast.elena.user)
    assert [felix.get(address).status_code for address in addresses] == [404, 404]
    felix.logout()
    assert [felix.get(address).status_code for address in addresses] == [302, 302]
    assert rows() == []


def test_what_may_not_be_seen_is_not_there(cast: Cast, felix: Client, busy: Case) -> None:
    cast.felix.user.groups.clear()
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="view_person"))
    response = felix.get(page_of(cast.ana.person))
    assert (response.status_code, list(response.context["panels"])) == (200, [])


# --- what it costs -------------------------------------------------------------------------------------


def cost(client: Client, person: Person) -> int:
    client.get(page_of(person))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page_of(person)).status_code == 200
    return len(captured)


def test_thirty_policies_cost_what_one_costs(cast: Cast, felix: Client) -> None:
    elena = cast.elena.person
    assert elena
    make_case(cast.elena.user)
    one = cost(felix, elena)
    assert one <= 25
    for number in range(29):
        policy = make_policy(f"F-99{number:05}", "PF-2012", elena, modality="semi_natural", premium="180.00")
        insure(policy, elena, "holder")
        make_receipt(policy, date(2025, 1, 1))
        case = make_case(cast.elena.user, policy=policy)
        send_message(case, by=cast.elena.user, side=Side.CUSTOMER, body="Hello?")
    assert cost(felix, elena) <= one
    assert len(felix.get(page_of(elena)).context["caller"].policies) == 30
    assert Policy.objects.filter(holder=elena).count() == 30
