"""Another phone and another street: refused, corrected, checked, sent, and what the back button finds."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Person
from cases.models import Case
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.journeys.test_requests import log_in
from tests.people import PASSWORD, Cast
from tests.servicing.test_profile import ON_FILE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PROFILE = "/servicing/profile/"


@pytest.mark.parametrize(("language", "size", "script"), [("es", PHONE, True), ("en", DESKTOP, False)])
def test_a_change_of_contact_data_from_the_form_to_the_request(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, language: str, size: Any, script: bool
) -> None:
    t = say(language)
    Person.objects.filter(key="P-ana").update(**ON_FILE)
    page = log_in(open_page(language, size=size, script=script), actors.ana, live_server.url, language)

    def look() -> None:
        # axe is a script itself.
        if script:
            assert_accessible(page)

    def submit() -> None:
        page.locator("main form.panel button[type=submit]").first.click()

    # Given a number that lacks digits, the form says so and keeps the rest
    page.goto(PROFILE)
    look()
    page.locator("#id_phone").fill("600 33")
    page.locator("#id_address").fill("Av. Diagonal 2")
    submit()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#id_address")).to_have_value("Av. Diagonal 2")
    look()

    # when it is put right, only what changes is shown once more, beside what is on file
    page.locator("#id_phone").fill("600 333 444")
    submit()
    expect(page.locator("main .answers > div")).to_have_count(2)
    expect(page.locator("main .answers")).to_contain_text("600 111 222")
    look()

    # and with the password it becomes a request, that says old and new
    submit()
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form:has(#id_password) button[type=submit]").first.click()
    page.wait_for_url("**/requests/DAT-*/")
    case = Case.objects.get()
    expect(page.locator("main .facts")).to_contain_text("600 333 444")
    expect(page.locator("main .facts")).to_contain_text("C. Mayor 1")
    expect(page.locator(".steps time")).to_have_count(1)
    look()

    # then the address of the form leads there, and says what can be done
    page.goto(PROFILE)
    expect(page).to_have_url(f"{live_server.url}{case.get_absolute_url()}")
    expect(page.locator(".message, .messages, [role=status]").first).to_be_visible()
    look()
    assert Case.objects.count() == 1
    assert t("Take my request back") in page.locator("main").inner_text()


def test_the_back_button_finds_pages_and_no_form_to_send_anew(
    actors: Cast, open_page: Callable[..., Page], live_server: Any
) -> None:
    Person.objects.filter(key="P-ana").update(**ON_FILE)
    page = log_in(open_page("es"), actors.ana, live_server.url, "es")
    page.goto(PROFILE)
    for address in ("", "Av. Diagonal 2"):
        page.locator("#id_address").fill(address)
        page.locator("main form.panel button[type=submit]").first.click()
    expect(page.locator("main .answers > div")).to_have_count(1)

    # One page back what was typed last, two back the form: never the question whether to send it again
    # (Chromium shows ERR_CACHE_MISS in its place).
    page.go_back()
    expect(page.locator("#id_address")).to_have_value("Av. Diagonal 2")
    page.go_back()
    expect(page.locator("#id_address")).to_be_visible()
    page.go_forward()
    page.go_forward()
    page.locator("main form.panel button[type=submit]").first.click()
    page.wait_for_url("**/requests/DAT-*/")
    page.go_back()
    page.wait_for_url("**/requests/DAT-*/")
    assert Case.objects.count() == 1
