"""An impatient thumb: with a script a second press sends nothing, and the page lives again afterwards."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE
from tests.people import Cast

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
RESET = "/accounts/password/reset/"


def test_a_double_press_sends_one_form(actors: Cast, open_page: Callable[..., Page]) -> None:
    page = open_page("es", size=PHONE)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)

    # Given a form, when its button is pressed twice
    page.goto(RESET)
    page.locator("[name=identifier]").fill("hugo@example.org")
    button = page.locator("main form button[type=submit]")
    button.dblclick()
    page.wait_for_url(f"**{RESET}done/")

    # then it was sent once; and the same page, seen again, sends again
    assert len(sent) == 1
    page.go_back()
    expect(button).to_be_visible()
    page.locator("[name=identifier]").fill("hugo@example.org")
    button.click()
    page.wait_for_url(f"**{RESET}done/")
    assert len(sent) == 2
