"""The first page: what waits for the person, what they can do, what is new."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Person, User
from core.ages import today_in_madrid
from core.deadlines import add_days, add_months
from policies.models import Certificate, Policy, PremiumReceipt
from tests.factories import make_receipt
from tests.people import Actor, Cast, born_years_ago, insure, make_person, make_policy, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    User.objects.update(language="en")


def page(client: Any) -> str:
    response = client.get(reverse("home"))
    assert response.status_code == 200
    return response.content.decode()


def ask(cast: Cast, **fields: Any) -> Certificate:
    today = today_in_madrid()
    values = {
        "insured": cast.insured(cast.ana, cast.health),
        "starts_on": add_days(today, 5),
        "ends_on": add_days(today, 9),
        "destination": Certificate.Destination.WORLD,
        "language": "es",
        "asked_by": cast.ana.user,
        "statement": {},
        "content_key": f"{Certificate.objects.count():064}",
    }
    return Certificate.objects.create(**(values | fields))


def test_a_stranger_is_told_what_it_is_for(client: Any) -> None:
    html = client.get(reverse("home"), headers={"accept-language": "en"}).content.decode()
    assert reverse("account_login") in html
    assert reverse("account_signup") in html
    assert reverse("verify") in html


def test_all_in_order(cast: Cast, log_in: Any) -> None:
    html = page(log_in(cast.ana))
    assert "Hello, Ana" in html
    assert "nothing is waiting for you" in html
    assert reverse("policies:certificate_create") in html


def test_an_account_without_a_person_is_shown_the_way(cast: Cast, log_in: Any) -> None:
    html = page(log_in(cast.hugo))
    assert reverse("account_link") in html
    assert "nothing is waiting for you" not in html
    assert reverse("policies:certificate_create") not in html


@pytest.mark.parametrize(("years", "told"), [(16, True), (18, False)])
@pytest.mark.parametrize("name", ["home", "policies:list", "account_link"])
def test_who_is_too_young_is_told_so_instead_of_being_asked(
    cast: Cast, log_in: Any, name: str, years: int, told: bool
) -> None:
    """LOG-05. Of two of 18 with one mailbox, DNI and date of birth decide."""
    assert cast.diego.person
    Person.objects.filter(pk=cast.diego.person.pk).update(
        email="diego@example.org", born_on=born_years_ago(years)
    )
    make_person("P-twin", "Dora Soto Ferrer", years=years, dni=None, email="diego@example.org")
    browser = log_in(Actor(None, make_user("diego@example.org", language="en")))
    browser.get(reverse("home"))
    with CaptureQueriesContext(connection) as captured:
        html = browser.get(reverse(name)).content.decode()
    assert len(captured) <= 8
    assert ("The customer area is only for people of 18 or over" in html) == told
    assert ("your DNI or NIE and your date of birth" in html or 'name="dni"' in html) == (not told)


# A receipt due so many days ago, and what the page says of it (PAY-05: a month of grace).
UNPAID = [
    (10, "You are still covered until", "Payment missing"),
    (40, "What happens now is not covered.", "Suspended"),
    (250, "This contract ended on", "Ended"),
]


@pytest.mark.parametrize(("days", "sentence", "word"), UNPAID)
def test_an_unpaid_premium_waits_for_its_holder(
    cast: Cast, log_in: Any, days: int, sentence: str, word: str
) -> None:
    PremiumReceipt.objects.filter(policy=cast.health).delete()
    make_receipt(cast.health, add_days(today_in_madrid(), -days))
    html = page(log_in(cast.ana))
    assert "One thing is waiting for you." in html
    assert sentence in html
    assert word in html
    # What is owed is not Bruno's affair; whether he is covered is.
    bruno = page(log_in(cast.bruno))
    assert "84.32" not in bruno
    assert ("nothing is waiting for you" in bruno) == (days == 10)


def test_a_receipt_that_falls_due_today_waits_for_nobody(cast: Cast, log_in: Any) -> None:
    make_receipt(cast.health, today_in_madrid())
    assert "nothing is waiting for you" in page(log_in(cast.ana))


def test_what_falls_due_later_is_the_next_receipt(cast: Cast, log_in: Any) -> None:
    make_receipt(cast.health, add_days(today_in_madrid(), 20))
    html = page(log_in(cast.ana))
    assert "Next receipt" in html
    assert "€84.32" in html
    assert "Next receipt" not in page(log_in(cast.bruno))


def test_a_certificate_that_failed_waits_too(cast: Cast, log_in: Any) -> None:
    ask(cast, status=Certificate.Status.FAILED)
    html = page(log_in(cast.ana))
    assert "One thing is waiting for you." in html
    assert "We could not make it" in html


def test_a_policy_that_has_ended_waits_for_nothing(cast: Cast, log_in: Any) -> None:
    PremiumReceipt.objects.filter(policy=cast.health).update(paid_on=None)
    Policy.objects.update(ends_on=add_days(today_in_madrid(), -1))
    html = page(log_in(cast.ana))
    assert "You have no policy in force with us now." in html


def count(client: Any) -> int:
    client.get(reverse("home"))
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("home"))
    return len(captured)


def test_it_costs_the_same_for_two_policies_and_for_five(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    ask(cast)
    two = count(client)
    for number in range(3):
        policy = make_policy(f"F-30{number}", "PF-2024", cast.ana.person, modality="levelled", premium="9.00")  # type: ignore[arg-type]
        insure(policy, cast.ana.person, "holder")  # type: ignore[arg-type]
        make_receipt(policy, add_months(date.today(), -1))  # noqa: DTZ011
        ask(cast)
    assert count(client) == two
    assert two <= 9


NEWEST = "Nothing is waiting for you in your newest 3 policies."


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("older", [0, 1])
def test_it_never_says_that_all_is_well_with_what_it_has_not_looked_at(
    cast: Cast, log_in: Any, monkeypatch: pytest.MonkeyPatch, older: int, ended: bool
) -> None:
    monkeypatch.setattr("portal.home.MOST_POLICIES", 3)
    for number in range(1 + older):
        policy = make_policy(f"F-30{number}", "PF-2024", cast.ana.person, modality="levelled", premium="9.00")  # type: ignore[arg-type]
        insure(policy, cast.ana.person, "holder")  # type: ignore[arg-type]
    if ended:
        Policy.objects.update(ends_on=add_days(today_in_madrid(), -1))
    html = page(log_in(cast.ana))
    assert (NEWEST in html) == bool(older)
    assert ("See all of them" in html) == bool(older)
    assert ("All is in order" in html) == (not older and not ended)
    assert ("You have no policy in force" in html) == (not older and ended)


def test_below_what_waits_it_says_how_far_it_has_looked(
    cast: Cast, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(cast, status=Certificate.Status.FAILED)
    client = log_in(cast.ana)
    assert "See all of them" not in page(client)
    monkeypatch.setattr("portal.home.MOST_POLICIES", 1)
    html = page(client)
    assert "One thing is waiting for you." in html
    assert "We have looked at your newest 1 polic" in html
    assert f'<a href="{reverse("policies:list")}">See all of them</a>' in html


def test_the_menu_shows_what_the_policies_unlock(cast: Cast, log_in: Any) -> None:
    travel = f'href="{reverse("policies:certificate_list")}"'
    assert travel in page(log_in(cast.ana))
    assert travel not in page(log_in(cast.hugo))
    html = log_in(cast.ana).get(reverse("policies:list")).content.decode()
    assert f'href="{reverse("policies:list")}" aria-current="page"' in html


FRAME = ["home", "contact", "help", "account_login", "account_signup", "verify", "policies:conditions_list"]


@pytest.mark.parametrize("name", FRAME)
@pytest.mark.parametrize("language", ["es", "ca", "en"])
def test_help_is_at_the_top_of_every_page(client: Any, name: str, language: str) -> None:
    """HLP-01, HLP-02: phone and contact on every page, before log-in too."""
    html = client.get(reverse(name), headers={"accept-language": language}).content.decode()
    assert f'<html lang="{language}">' in html
    assert 'href="tel:+34900000000"' in html.partition("<main")[0]
    assert f'href="{reverse("contact")}"' in html.partition("<main")[0]


@pytest.mark.parametrize("topic", ["register", "log-in", "password", "passkeys"])
def test_the_guides_lead_to_the_pages(client: Any, topic: str) -> None:
    html = client.get(reverse("help_topic", args=[topic])).content.decode()
    assert reverse("account_signup") in html or reverse("account_login") in html


@pytest.mark.parametrize(("name", "argument"), [("help_topic", "nothing"), ("legal", "nothing")])
def test_what_does_not_exist_is_not_found(client: Any, name: str, argument: str) -> None:
    assert client.get(reverse(name, args=[argument])).status_code == 404


def test_the_colours_of_the_brand_are_kept_for_a_year(client: Any) -> None:
    html = client.get(reverse("home")).content.decode()
    address = html.partition('href="/brand/')[2].partition('"')[0]
    response = client.get(f"/brand/{address}")
    assert response.headers["Content-Type"] == "text/css"
    assert "immutable" in response.headers["Cache-Control"]
    assert "--brand: #0a5c4a" in response.content.decode()
    assert client.get("/brand/old.css").url == f"/brand/{address}"
