"""From a DNI to the first page; a new password with right and wrong details; an account that is closed."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import Person
from policies.models import Card
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, latest_mail_to, say
from tests.journeys.test_main_job import path_of, without_account
from tests.people import PASSWORD, Cast, born_years_ago

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
ACCESS = re.compile(r"https?://\S+/accounts/signup/dni/key/\S+")
RESET = re.compile(r"https?://\S+/accounts/password/reset/key/\S+")
BETTER = "Kz7!mondelo-Trapp"


def submit(page: Page) -> None:
    page.locator("main form.panel button[type=submit]").first.click()


def follow(page: Page, email: str, link: re.Pattern[str]) -> None:
    found = link.search(latest_mail_to(email).body)
    assert found
    page.goto(path_of(found.group()))


@pytest.mark.parametrize(("language", "size"), [("es", PHONE), ("ca", DESKTOP)])
def test_from_the_dni_to_the_first_page(
    actors: Cast, open_page: Callable[..., Page], language: str, size: dict[str, int]
) -> None:
    email = without_account(actors)
    Person.objects.filter(key="P-elena").update(language=language, phone="600111222")
    page = open_page(language, size=size)

    # Given somebody on file without an account, when they say who they are
    page.goto("/")
    page.locator('main a[href="/accounts/signup/"]').first.click()
    assert_accessible(page)
    page.locator('main a[href="/accounts/signup/dni/"]').click()
    page.locator("[name=dni]").fill("x-1234567 l")
    page.locator("[name=born_on]").fill(born_years_ago(72).isoformat())
    assert_accessible(page)
    submit(page)
    expect(page).to_have_url(re.compile("/accounts/signup/dni/sent/$"))
    assert_accessible(page)

    # then the address on file receives a link, and with it they choose a password and are in
    follow(page, email, ACCESS)
    expect(page).to_have_url(re.compile("/accounts/signup/dni/new/$"))
    page.locator("[name=password1]").fill("short")
    page.locator("[name=terms]").check()
    submit(page)
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    page.locator("[name=password1]").fill(BETTER)
    submit(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Elena")
    assert page.locator("html").get_attribute("lang") == language
    assert_accessible(page)

    # and are asked once for what is missing of their contact data.
    page.locator('main a[href="/servicing/profile/"]').click()
    assert_accessible(page)
    page.locator("[name=address]").fill("C. Major 1")
    page.locator("[name=postcode]").fill("08001")
    page.locator("[name=town]").fill("Barcelona")
    submit(page)
    expect(page).to_have_url(re.compile("/servicing/profile/[-0-9a-f]+/[0-9a-f]+/$"))
    assert_accessible(page)
    submit(page)
    expect(page).to_have_url(re.compile("/requests/DAT-"))
    expect(page.locator("main")).to_contain_text("C. Major 1")
    assert_accessible(page)
    page.goto("/account/")
    expect(page.locator("main")).to_contain_text("DAT-")
    assert_accessible(page)


@pytest.mark.parametrize("language", ["es", "ca"])
def test_a_new_password_with_wrong_and_with_right_details(
    actors: Cast, open_page: Callable[..., Page], language: str
) -> None:
    insured = actors.insured(actors.ana, actors.health)
    Card.objects.create(number="8034 1234 5678", insured=insured, valid_from=insured.insured_from)
    page = open_page(language)

    def ask(card: str) -> str:
        page.goto("/accounts/login/")
        page.locator('main a[href="/accounts/password/reset/"]').click()
        page.locator("[name=identifier]").fill("12345678-z")
        page.locator("[name=card_number]").fill(card)
        page.locator("[name=born_on]").fill(born_years_ago(44).isoformat())
        assert_accessible(page)
        submit(page)
        expect(page).to_have_url(re.compile("/accounts/password/reset/done/$"))
        assert_accessible(page)
        return page.locator("main").inner_text()

    # The page says the same; only the right card brings the mail.
    wrong = ask("8034 0000 0000")
    assert mail.outbox == []
    assert ask("803412345678") == wrong
    follow(page, "ana@example.org", RESET)
    page.locator("[name=password1]").fill(BETTER)
    assert_accessible(page)
    submit(page)
    expect(page).to_have_url(re.compile("/accounts/login/$"))
    page.locator("[name=login]").fill("12345678Z")
    page.locator("[name=password]").fill(BETTER)
    submit(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ana")


def test_closing_the_account(actors: Cast, open_page: Callable[..., Page]) -> None:
    t = say("es")
    page = open_page("es")
    page.goto("/accounts/login/?next=/accounts/close/")
    page.get_by_label(t("DNI, NIE or e-mail")).fill("elena@example.org")
    page.locator("[name=password]").fill(PASSWORD)
    submit(page)
    expect(page.locator("[name=sure]")).to_be_visible()
    assert_accessible(page)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=sure]").check()
    submit(page)
    expect(page).to_have_url(re.compile("/accounts/closed/$"))
    assert_accessible(page)
    assert latest_mail_to("elena@example.org").alternatives
    page.goto("/account/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
