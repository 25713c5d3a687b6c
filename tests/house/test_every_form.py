"""Every page after the log-in on which people write: what they wrote outlives the log-in, or why not."""

import time
from html.parser import HTMLParser
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.urls import resolve, reverse

from accounts import last_words
from policies.models import Certificate
from tests.house.test_every_page import LOGIN, OK, PAGES, browser, certificate
from tests.people import Cast

__all__ = ["certificate"]
pytestmark = pytest.mark.django_db

# Address that takes the form: why nothing of it is kept.
NOT_KEPT = {
    "account_change_password": "passwords are kept nowhere",
    "account_close": "a password, and a tick that is asked for anew",
    "account_email": "one field, for which the password is asked again anyway",
    "account_link": "DNI and date of birth, asked once in the life of an account; nobody's to keep",
    "account_reauthenticate": "a password",
    "cases:move": "a word beside a button, for who wants to say why; a message of the page has its draft",
    "mfa_activate_totp": "a code that is good for half a minute",
    "mfa_add_webauthn": "one field, for which the password is asked again anyway",
    "mfa_reauthenticate": "a code that is good for half a minute",
}
WRITTEN = {"text", "date", "email", "tel", "number", "password", "search", "url", ""}


class Forms(HTMLParser):
    """Where the forms go in which somebody writes."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.goes, self.found = address, "", set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            to = given.get("action") or self.address
            self.goes = to.partition("?")[0] if given.get("method", "get") == "post" else ""
        elif self.goes and (tag == "textarea" or (tag == "input" and given.get("type", "") in WRITTEN)):
            self.found.add(self.goes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.goes = ""


def forms_on(address: str, html: str) -> set[str]:
    parser = Forms(address)
    parser.feed(html)
    return {resolve(goes).view_name for goes in parser.found}


def just_now(client: Client, user: Any) -> Client:
    """As if the password had been shown: pages that ask for it again are open."""
    session = client.session
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [*records, {"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def test_what_is_written_outlives_the_log_in_or_it_is_said_why_not(
    cast: Cast, certificate: Certificate
) -> None:
    found: set[str] = set()
    for actor in ("ana", "hugo", "felix"):
        client = just_now(browser(cast, actor), getattr(cast, actor).user)
        for name, row in PAGES.items():
            if row.answers["anonymous"] != LOGIN:
                continue
            address = reverse(name, args=row.arguments(cast, certificate))
            answer = client.get(address)
            if answer.status_code == OK and answer.headers["Content-Type"].startswith("text/html"):
                found |= forms_on(address, answer.content.decode())
    kept = set(last_words._KEEPERS)
    assert sorted(found - kept) == sorted(NOT_KEPT)
    assert {"cases:message", "policies:certificate_create", "servicing:ask"} <= found & kept
