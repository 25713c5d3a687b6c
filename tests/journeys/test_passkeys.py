"""Passkeys in a real browser with a virtual authenticator, and staff from a password alone to the admin."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.people import PASSWORD, Cast, code_now, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]


@pytest.fixture(autouse=True)
def at_localhost(live_server: Any, settings: Any) -> None:
    """A passkey is bound to the portal's address; browsers take http only of localhost."""
    assert live_server.url.startswith("http://localhost:")
    settings.SITE_URL = live_server.url


def with_authenticator(page: Page) -> Page:
    """A device with a fingerprint that is always right."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return page


def speaks(user: User | None, language: str) -> User:
    assert user
    user.language = language
    user.save()
    return user


def log_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.locator("#id_login").fill(user.email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form:has(#id_password) button[type=submit]").click()


def log_out(page: Page, t: Callable[[str], str] = str) -> None:
    page.locator("header form[action='/accounts/logout/'] button").click()
    expect(page.locator("header").get_by_role("link", name=t("Log in"))).to_be_visible()


@pytest.mark.parametrize(("language", "size"), [("en", PHONE), ("ca", DESKTOP)])
def test_a_passkey_from_the_offer_to_the_log_in(
    actors: Cast, open_page: Callable[..., Page], language: str, size: Any
) -> None:
    t, hugo = say(language), speaks(actors.hugo.user, language)
    page = with_authenticator(open_page(language, size=size))

    # Given somebody who logs in by password, a passkey is offered, and taken
    log_in(page, hugo)
    expect(page.get_by_role("heading", name=t("Log in without a password?"))).to_be_visible()
    assert_accessible(page)
    page.locator("a[href='/accounts/security/passkeys/add/']").click()
    assert_accessible(page)
    page.locator("#id_name").fill("My telephone")
    page.get_by_role("button", name=t("Add the passkey")).click()
    expect(page.locator(".codes li")).to_have_count(10)
    assert_accessible(page)
    page.goto("/accounts/security/")
    expect(page.get_by_text("My telephone")).to_be_visible()
    assert_accessible(page)
    assert {factor.type for factor in Authenticator.objects.filter(user=hugo)} == {
        "webauthn",
        "recovery_codes",
    }
    assert t("A passkey has been added") in [message.subject for message in mail.outbox]

    # Even when somebody has filled the counter of the password
    log_out(page, t)
    attacker = Client()
    for _guess in range(6):
        answer = attacker.post("/accounts/login/", {"login": hugo.email, "password": "Wrong7!mondelo"})
    assert "too many attempts" in answer.content.decode() or "demasiados" in answer.content.decode()

    # Then the passkey alone opens the account, and leads where the person wanted to go
    page.goto("/account/")
    expect(page.get_by_role("button", name=t("Log in with a passkey"))).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=t("Log in with a passkey")).click()
    expect(page.get_by_role("heading", name=t("My account"), exact=True)).to_be_visible()
    assert page.url.endswith("/account/")

    # It is renamed and removed, and the recovery codes go with the last one
    page.goto("/accounts/security/")
    page.get_by_role("link", name=t("Rename %(name)s") % {"name": "My telephone"}).click()
    page.locator("#id_name").fill("The old telephone")
    assert_accessible(page)
    page.get_by_role("button", name=t("Save the name")).click()
    page.get_by_role("link", name=t("Remove %(name)s") % {"name": "The old telephone"}).click()
    assert_accessible(page)
    page.get_by_role("button", name=t("Remove it")).click()
    expect(page.get_by_text("The old telephone")).to_have_count(0)
    assert_accessible(page)
    assert not Authenticator.objects.filter(user=hugo).exists()


def test_a_passkey_is_the_second_step_and_the_re_authentication(
    actors: Cast, open_page: Callable[..., Page]
) -> None:
    hugo = speaks(actors.hugo.user, "en")
    page = with_authenticator(open_page("en", size=PHONE))
    log_in(page, hugo)
    page.goto("/accounts/security/passkeys/add/")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    log_out(page)

    log_in(page, hugo)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()

    page.goto("/accounts/reauthenticate/?next=/accounts/security/codes/")
    page.get_by_role("link", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="Your passkey, please")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)


@pytest.mark.parametrize(("language", "size"), [("en", PHONE), ("ca", DESKTOP)])
def test_staff_from_nothing_to_the_admin(
    actors: Cast, open_page: Callable[..., Page], language: str, size: Any
) -> None:
    t = say(language)
    newcomer = make_user("nueva@alborada.example", is_staff=True, is_superuser=True, language=language)
    page = open_page(language, size=size)

    # Given staff without a factor, the admin leads to enrolment and nowhere else
    log_in(page, newcomer)
    for address in ("/admin/", "/admin/accounts/person/"):
        page.goto(address)
        expect(page.get_by_role("heading", name=t("Before the administration opens"))).to_be_visible()
    assert_accessible(page)

    # When the app is set up
    page.get_by_role("link", name=t("Set up an app")).click()
    page.get_by_text(t("I cannot scan it")).click()
    key = page.locator("code.key").inner_text()
    page.locator("#id_code").fill("123")
    page.get_by_role("button", name=t("Set it up")).click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert_accessible(page)
    page.locator("#id_code").fill(code_now(key=key))
    page.get_by_role("button", name=t("Set it up")).click()
    expect(page.locator(".codes li")).to_have_count(10)
    assert_accessible(page)

    # Then the admin is open, and the next log-in asks for a code
    page.get_by_role("link", name=t("Go on to the administration")).click()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    page.goto("/")
    log_out(page, t)
    log_in(page, newcomer)
    expect(page.get_by_role("heading", name=t("One more step"))).to_be_visible()
    assert_accessible(page)
    page.locator("#id_code").fill(code_now(1, key=key))
    page.locator("form:has(#id_code) button[type=submit]").click()
    page.goto("/admin/")
    expect(page).to_have_url(re.compile(r"/admin/$"))
    assert_accessible(page, preload=False)
