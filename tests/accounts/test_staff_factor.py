"""G6: nobody comes into the admin by a password alone, whoever they are."""

import time
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, reverse
from django.urls.resolvers import RoutePattern

from accounts.models import User
from core.staff import staff_site
from tests.people import PASSWORD, Cast, code_now, enter, make_user, note_factor

pytestmark = pytest.mark.django_db

ADMIN = "/admin/"
DOOR = "/accounts/security/staff/"
HOURS = 3600


@pytest.fixture
def felix(cast: Cast) -> User:
    assert cast.felix.user
    return cast.felix.user


@pytest.fixture
def newcomer() -> User:
    """Staff of today, without a factor, and with every right."""
    return make_user("nueva@alborada.example", is_staff=True, is_superuser=True, language="en")


def every_page() -> list[str]:
    """Whatever the admin answers at, as far as its address names no row."""
    pages = {reverse(f"admin:{pattern.name}") for pattern in staff_site.get_urls() if is_plain(pattern)}
    lists = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in staff_site._registry
    }
    assert len(pages) > 5
    assert len(lists) > 5
    return sorted(pages | lists)


def is_plain(pattern: Any) -> bool:
    return (
        isinstance(pattern, URLPattern)
        and isinstance(pattern.pattern, RoutePattern)
        and not pattern.pattern.converters
    )


def test_without_a_factor_every_page_leads_to_enrolment(client: Client, newcomer: User) -> None:
    client.force_login(newcomer)
    for page in every_page():
        answer = client.get(page)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, DOOR), page
        assert client.post(page).status_code == 302
    enrolment = client.get(ADMIN, follow=True)
    assert [address.partition("?")[0] for address, _code in enrolment.redirect_chain] == [DOOR]
    html = enrolment.content.decode()
    assert reverse("mfa_activate_totp") in html
    assert reverse("mfa_add_webauthn") in html


def test_with_a_factor_the_password_alone_is_asked_for_it(client: Client, felix: User) -> None:
    client.force_login(felix)
    wanted = reverse("admin:accounts_person_changelist")
    asked = client.get(wanted, follow=True)
    addresses = [address.partition("?")[0] for address, _code in asked.redirect_chain]
    assert addresses == [DOOR, reverse("mfa_reauthenticate")]
    answer = client.post(asked.redirect_chain[-1][0], {"code": code_now()})
    assert answer["Location"] == wanted
    assert client.get(wanted).status_code == 200


def test_the_password_does_not_stand_in_for_the_factor(client: Client, felix: User) -> None:
    client.force_login(felix)
    by_password = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert by_password["Location"] == reverse("mfa_reauthenticate")
    # Nor may it be exchanged for another one.
    assert client.get(reverse("mfa_add_webauthn"))["Location"].startswith(reverse("mfa_reauthenticate"))
    assert client.get(ADMIN).status_code == 302


@pytest.mark.parametrize(("age", "status"), [(0, 200), (8 * HOURS - 60, 200), (8 * HOURS + 1, 302)])
def test_a_factor_holds_for_a_working_day(client: Client, felix: User, age: int, status: int) -> None:
    client.force_login(felix)
    note_factor(client, felix, seconds_ago=age)
    assert client.get(ADMIN).status_code == status


def test_a_factor_that_is_taken_away_ends_it(client: Client, felix: User) -> None:
    enter(client, felix)
    assert client.get(ADMIN).status_code == 200
    Authenticator.objects.filter(user=felix).delete()
    assert client.get(ADMIN)["Location"].startswith(DOOR)


def test_a_factor_of_somebody_else_is_none(client: Client, felix: User, cast: Cast) -> None:
    client.force_login(felix)
    session = client.session
    foreign = Authenticator.objects.get(user=cast.gema.user)
    session["account_authentication_methods_user"] = str(felix.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "at": time.time(), "id": foreign.pk}]
    session.save()
    assert client.get(ADMIN).status_code == 302


def test_from_nothing_to_the_admin(visitor: Any, newcomer: User) -> None:
    browser = visitor()
    browser.post("/accounts/login/", {"login": newcomer.email, "password": PASSWORD})
    browser.get(ADMIN, follow=True)
    page = reverse("mfa_activate_totp")
    key = browser.get(page).context["form"].secret
    browser.post(page, {"code": code_now(key=key)})
    # The code has just been shown to work: it is not asked for again.
    assert browser.get(ADMIN).status_code == 200


@pytest.mark.parametrize("actor", ["ana", "hugo"])
def test_customers_find_neither_admin_nor_its_door(client: Client, cast: Cast, actor: str) -> None:
    client.force_login(getattr(cast, actor).user)
    assert {client.get(page).status_code for page in [*every_page(), DOOR]} == {404}


def test_the_door_leads_nowhere_else(client: Client, felix: User) -> None:
    enter(client, felix)
    assert client.get(f"{DOOR}?next=https://evil.example/")["Location"] == reverse("admin:index")
    assert client.get(f"{DOOR}?next=/admin/accounts/")["Location"] == "/admin/accounts/"


@pytest.mark.parametrize(
    ("actor", "away", "stays"),
    [("felix", 14, True), ("felix", 16, False), ("ana", 16, True), ("ana", 31, False)],
)
def test_staff_are_logged_out_sooner(
    client: Client, cast: Cast, actor: str, away: int, *, stays: bool
) -> None:
    user = getattr(cast, actor).user
    enter(client, user)
    session = client.session
    session["auth_at"] = session["seen_at"] = int(time.time()) - away * 60
    session.save()
    page = ADMIN if user.is_staff else reverse("account")
    assert (client.get(page).status_code == 200) is stays
    assert settings.STAFF_IDLE_SECONDS < settings.SESSION_IDLE_SECONDS
