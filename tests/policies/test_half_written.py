"""A certificate that was half asked for when the log-in ran out: it is there again, for its owner alone."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.session_life import Left
from policies.models import Certificate
from tests.people import PASSWORD, Cast
from tests.policies.certificates import trip

pytestmark = pytest.mark.django_db
NEW, LOGIN = "/policies/certificates/new/", "/accounts/login/"


def come_in(browser: Client, who: str) -> Client:
    browser.post(LOGIN, {"login": f"{who}@example.org", "password": PASSWORD})
    return browser


def typed(cast: Cast, **others: str) -> dict[str, str]:
    first = trip()
    days = {name: first[name].isoformat() for name in ("starts_on", "ends_on")}
    who = {"insured": cast.insured(cast.ana, cast.health).reference}
    rest = {"destination": "schengen", "country": "Francia & Itàlia", "language": "ca"}
    return who | days | rest | others


def too_late(browser: Client, data: dict[str, str]) -> Any:
    """Sent an hour and a second after the form was opened."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        come_in(browser, "ana")
        assert browser.get(NEW).status_code == 200
        clock.shift(timedelta(seconds=settings.SESSION_FORM_IDLE_SECONDS + 1))
        return browser.post(NEW, data)


def way_back(answer: Any) -> str:
    return parse_qs(urlsplit(answer["Location"]).query)["next"][0]


def shown(browser: Client, address: str) -> dict[str, Any]:
    form = browser.get(address).context["form"]
    return {name: form[name].value() for name in form.fields}


def test_what_was_typed_is_there_after_the_log_in(client: Client, cast: Cast) -> None:
    answer = too_late(client, typed(cast))
    assert answer["Location"].startswith(f"{LOGIN}?ended=idle&")
    assert answer["Location"].endswith("&kept=1")
    back = way_back(answer)
    again = client.post(LOGIN, {"login": "ana@example.org", "password": PASSWORD, "next": back})
    assert again["Location"] == back
    assert shown(client, back) == typed(cast)
    page = client.get(back).content.decode()
    assert 'value="Francia &amp; Itàlia"' in page
    # Nothing was asked for, and the form is sent as always.
    assert Certificate.objects.count() == 0
    assert client.post(back, typed(cast)).status_code == 302
    assert Certificate.objects.count() == 1


def test_the_address_tells_nothing_of_the_trip(client: Client, cast: Cast) -> None:
    answer = too_late(client, typed(cast))
    for word in ("Franc", cast.insured(cast.ana, cast.health).reference, "schengen"):
        assert word not in answer["Location"]


def test_it_is_read_again_by_its_owner_alone(client: Client, cast: Cast) -> None:
    back = way_back(too_late(client, typed(cast)))
    elena = come_in(Client(), "elena")
    assert shown(elena, back) == shown(elena, NEW)


@pytest.mark.parametrize("token", ["", "x", "1.0.0", "1.aaaaaaaa.AAAA", "%00"])
def test_one_that_was_made_up_is_none(client: Client, cast: Cast, token: str) -> None:
    come_in(client, "ana")
    assert shown(client, f"{NEW}?kept={token}") == shown(client, NEW)


def test_what_is_too_long_is_cut_and_what_is_no_field_is_left_out(client: Client, cast: Cast) -> None:
    back = way_back(too_late(client, typed(cast, country="é" * 5_000, other="x" * 5_000)))
    assert len(back) < 1_500
    come_in(client, "ana")
    assert shown(client, back) == typed(cast, country="é" * 100)


def test_what_nobody_could_choose_chooses_nothing(client: Client, cast: Cast) -> None:
    back = way_back(too_late(client, typed(cast, insured="INS-OFSOMEBODY", starts_on='"><b>')))
    come_in(client, "ana")
    page = client.get(back).content.decode()
    assert '"><b>' not in page
    assert page.count(" checked") == 2


def test_what_somebody_had_typed_is_kept_for_nobody_else(client: Client, cast: Cast) -> None:
    """The page of another is not filled from the fragments that everybody shares."""
    back = way_back(too_late(client, typed(cast, country="Noruega")))
    come_in(client, "ana")
    assert "Noruega" in client.get(back).content.decode()
    assert "Noruega" not in come_in(Client(), "bruno").get(NEW).content.decode()


def test_the_page_asks_for_nothing_where_its_log_in_lived_on(client: Client, cast: Cast) -> None:
    """A tab that did not hear of another one hands in what it has: it is led to the form."""
    come_in(client, "ana")
    answer = client.post(NEW, typed(cast, late="1"))
    assert answer["Location"].startswith(f"{NEW}?kept=")
    assert shown(client, answer["Location"]) == typed(cast)
    assert Certificate.objects.count() == 0


def test_a_foreign_page_keeps_nothing(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=False)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        come_in(browser, "ana")
        clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1))
        browser.handler.enforce_csrf_checks = True
        answer = browser.post(NEW, typed(cast))
    assert "kept" not in answer["Location"]


def test_the_form_has_the_longer_life_of_pages_on_which_people_write(client: Client, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        come_in(client, "ana")
        clock = client.get(NEW).context["request"].log_in_clock
        assert clock.left == Left(settings.SESSION_FORM_IDLE_SECONDS, settings.SESSION_COOKIE_AGE)
