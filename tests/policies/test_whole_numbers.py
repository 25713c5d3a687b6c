"""The whole account and the whole DNI: never in a page before the reader asks, and only their own."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from policies.access import Level
from policies.models import Grant, Mandate
from tests.people import Cast
from tests.policies.pages import in_english, words  # noqa: F401

IBAN, SPACED = "ES9121000418450200051332", "ES91 2100 0418 4502 0005 1332"


@pytest.fixture(autouse=True)
def mandate(cast: Cast) -> None:
    User.objects.update(language="en")
    Mandate.objects.create(reference="M-1", policy=cast.health, iban=IBAN, signed_on=date(2024, 1, 1))


def holds_it(response: Any, number: str) -> bool:
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return number.replace(" ", "") in "".join(response.content.decode().split())


def test_the_holder_is_shown_the_whole_account_once(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    address = cast.health.get_absolute_url()
    assert "ES91 •••• 1332 Show the whole number" in words(client.get(address))
    assert not holds_it(client.get(address), IBAN)
    assert not holds_it(client.get(address, {"show_account": "1"}), IBAN)
    assert not holds_it(client.post(address), IBAN)
    shown = client.post(address, {"show_account": "1"})
    assert holds_it(shown, IBAN)
    assert f"{SPACED} Hide the number" in words(shown)
    assert not holds_it(client.get(address), IBAN)


def test_who_was_let_in_to_the_amounts_sees_it_masked(cast: Cast, log_in: Any) -> None:
    Grant.objects.create(giver=cast.ana.person, receiver=cast.bruno.person, level=Level.AMOUNTS)
    client = log_in(cast.bruno)
    page = client.post(cast.health.get_absolute_url(), {"show_account": "1"})
    assert "ES91 •••• 1332" in words(page)
    assert "Show the whole number" not in words(page)
    assert not holds_it(page, IBAN)


def test_a_stranger_is_shown_nothing(cast: Cast, log_in: Any) -> None:
    address = cast.health.get_absolute_url()
    assert log_in(cast.elena).post(address, {"show_account": "1"}).status_code == 404


def test_everybody_is_shown_their_own_dni_once(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    address = reverse("account")
    assert "•••••678Z Show the whole number" in words(client.get(address))
    assert not holds_it(client.get(address, {"show_dni": "1"}), "12345678Z")
    assert holds_it(client.post(address, {"show_dni": "1"}), "12345678Z")
    assert not holds_it(client.get(address), "12345678Z")


def test_who_is_not_linked_has_none_to_show(cast: Cast, log_in: Any) -> None:
    page = log_in(cast.hugo).post(reverse("account"), {"show_dni": "1"})
    assert "Hide the number" not in words(page)
