"""The security page in a real browser: a strange device ended, an e-mail changed, and taken back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.people import PASSWORD, Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]

OLD, NEW = "ana@example.org", "ana.ferrer@example.org"


@pytest.fixture
def ana(actors: Cast, live_server: Any, settings: Any) -> User:
    settings.SITE_URL = live_server.url
    assert actors.ana.user
    User.objects.filter(pk=actors.ana.user.pk).update(language="en")
    return actors.ana.user


def log_in(page: Page, email: str = OLD) -> None:
    page.goto("/accounts/login/")
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form:has(#id_password) button[type=submit]").click()
    expect(page.locator("header form[action='/accounts/logout/'] button")).to_be_visible()


def link_to(address: str) -> str:
    (body, *_older) = [str(message.body) for message in reversed(mail.outbox) if message.to == [address]]
    found = re.search(r"https?://[^/]+(/accounts/email/\S+)", body)
    assert found, body
    return found[1]


@pytest.mark.parametrize(("language", "size"), [("en", PHONE), ("ca", DESKTOP)])
def test_a_strange_device_is_seen_and_ended(
    ana: User, open_page: Callable[..., Page], language: str, size: Any
) -> None:
    t = say(language)
    User.objects.filter(pk=ana.pk).update(language=language)
    # Given a failed try from elsewhere and a log-in on another device
    Client(REMOTE_ADDR="198.51.100.7").post("/accounts/login/", {"login": OLD, "password": "Wrong7!mondelo"})
    strange, own = open_page(language), open_page(language, size=size)
    log_in(strange)
    log_in(own)

    # When its owner looks at the security page
    own.goto("/accounts/security/")
    devices = own.locator("#devices li")
    expect(devices).to_have_count(2)
    expect(devices.first).to_contain_text(t("This device"))
    expect(own.get_by_text(t("Not let in"))).to_be_visible()
    expect(own.locator("main")).not_to_contain_text("198.51.100.7")
    assert_accessible(own)
    own.get_by_role("link", name=t("See all of the last 90 days")).click()
    expect(own.get_by_role("heading", level=1)).to_have_text(t("My log-ins"))
    assert_accessible(own)

    # Then the strange one can be ended, at its next page, without script too
    own.go_back()
    devices.nth(1).get_by_role("button").click()
    expect(devices).to_have_count(1)
    expect(own.get_by_text(t("That device is logged out."))).to_be_visible()
    assert_accessible(own)
    strange.goto("/account/")
    expect(strange).to_have_url(re.compile(r"/accounts/login/"))

    # And all others with one press
    log_in(strange)
    own.reload()
    own.get_by_role("button", name=t("Log out all other devices")).click()
    expect(devices).to_have_count(1)
    strange.goto("/account/")
    expect(strange).to_have_url(re.compile(r"/accounts/login/"))


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_an_e_mail_is_changed_and_taken_back(ana: User, open_page: Callable[..., Page], size: Any) -> None:
    page = open_page("en", size=size)
    log_in(page)

    # When another e-mail is asked for
    page.goto("/accounts/security/")
    page.get_by_role("link", name="Change my e-mail").click()
    assert_accessible(page)
    page.locator("#id_email").fill(OLD)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.locator(".invalid-feedback, .errors, [role=alert]").first).to_be_visible()
    assert_accessible(page)
    page.locator("#id_email").fill(NEW)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_text("Until you follow the link in that mail, the old e-mail stays.")).to_be_visible()
    assert_accessible(page)

    # Then the link in the mail shows a button, and the button changes it
    page.goto(link_to(NEW))
    expect(page).to_have_url(re.compile(r"/accounts/email/confirm/$"))
    assert_accessible(page)
    page.get_by_role("button", name="Yes, change it").click()
    expect(page.get_by_text("From now on you log in with your new e-mail.")).to_be_visible()
    ana.refresh_from_db()
    assert ana.email == NEW

    # And whoever reads the old mailbox takes it back in another browser
    owner = open_page("en", size=size)
    owner.goto(link_to(OLD))
    assert_accessible(owner)
    owner.get_by_role("button", name="It was not me: take it back").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Your e-mail is back")
    assert_accessible(owner)
    ana.refresh_from_db()
    assert ana.email == OLD
    page.goto("/account/")
    expect(page).to_have_url(re.compile(r"/accounts/login/"))
    assert_accessible(page)
