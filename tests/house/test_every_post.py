"""Every address × who has no business there × a form that is sent empty: refused, and nothing is written."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from policies.models import Certificate
from tests.house.test_every_page import (
    FOREIGN,
    LOGIN,
    MISSING,
    NOT_ALLOWED,
    PAGES,
    browser,
    certificate,
    writes,
)
from tests.people import Cast

__all__ = ["certificate"]

STRANGERS = ("anonymous", "elena", "gema", "hugo")
# Where files may be sent a stranger is sent to the log-in before anything of his is looked at.
BEFORE_THE_TOKEN = {("anonymous", "cases:upload")}
# The button was pressed twice: the person is in already (portal/errors.py).
PRESSED_TWICE = {
    (actor, name)
    for actor in STRANGERS[1:]
    for name in ("account_login", "account_confirm_email_now", "account_access_new")
}


# One's own draft, if there is one, is thrown away; one's own contact data are put off; one's own other
# sessions are ended.
OF_ONES_OWN = {"cases:draft_discard", "servicing:profile_later", "account_end_others"}


@pytest.mark.parametrize("actor", ["anonymous", "elena"])
def test_nothing_is_taken_without_its_token(actor: str, cast: Cast, certificate: Certificate) -> None:
    client = browser(cast, actor)
    client.handler.enforce_csrf_checks = True
    given = {
        (actor, name): client.post(reverse(name, args=row.arguments(cast, certificate))).status_code
        for name, row in PAGES.items()
    }
    expected = {
        key: 302 if key in BEFORE_THE_TOKEN | PRESSED_TWICE else 403
        for key in ((actor, name) for name in PAGES)
    }
    assert given == expected


@pytest.mark.parametrize("actor", STRANGERS)
def test_an_empty_form_of_a_stranger_changes_nothing(
    actor: str, cast: Cast, certificate: Certificate
) -> None:
    failed, wrote, let_in = {}, {}, {}
    client = browser(cast, actor)
    for name, row in PAGES.items():
        address = reverse(name, args=row.arguments(cast, certificate))
        with CaptureQueriesContext(connection) as captured:
            response = client.post(address)
        if response.status_code >= 500:
            failed[name] = response.status_code
        if statements := [query["sql"] for query in captured if writes(query["sql"])]:
            wrote[name] = statements
        if name == "account_logout":
            client = browser(cast, actor)
        if name in FOREIGN and not refused(actor, response):
            let_in[name] = response.status_code
    assert (failed, let_in) == ({}, {})
    assert {name: statements for name, statements in wrote.items() if name not in OF_ONES_OWN} == {}


def refused(actor: str, response: HttpResponse) -> bool:
    if actor == "anonymous" and response.status_code == LOGIN:
        return response["Location"].startswith(reverse("account_login"))
    return response.status_code in {MISSING, NOT_ALLOWED}
