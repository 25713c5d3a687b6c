"""Ask, look where it is, send a paper, write, take it back: in a real browser, with a script and without."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from cases import actions
from cases.lifecycle import Side
from cases.models import Case, Draft
from core.ages import today_in_madrid
from core.deadlines import add_days
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, latest_mail_to, say
from tests.journeys.test_certificate import as_actor
from tests.people import Actor, Cast

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

QUESTION = "¿Por qué me han cobrado dos veces?"


def log_in(page: Page, actor: Actor, address: str, language: str) -> Page:
    actor.user.language = language  # type: ignore[union-attr]
    actor.user.save()  # type: ignore[union-attr]
    return as_actor(page, actor, address)


@pytest.mark.parametrize(("language", "size", "script"), [("es", PHONE, True), ("ca", DESKTOP, False)])
def test_from_a_question_to_its_answer(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, language: str, size: Any, script: bool
) -> None:
    t = say(language)
    page = log_in(open_page(language, size=size, script=script), actors.ana, live_server.url, language)

    def look() -> None:
        # axe is a script itself.
        if script:
            assert_accessible(page)

    # Given somebody with nothing asked yet, when they follow the menu, they are told what to do
    page.goto("/")
    look()
    page.get_by_role("navigation").get_by_role("link", name=t("My requests")).click()
    expect(page.get_by_role("heading", name=t("You have not asked us for anything yet"))).to_be_visible()
    look()
    page.get_by_role("link", name=t("Ask us something")).first.click()

    # When they forget the topic, they are told so beside it, and nothing that they typed is lost
    page.get_by_label(t("Your question")).fill(QUESTION)
    page.get_by_role("button", name=t("Continue"), exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label(t("Your question"))).to_have_value(QUESTION)
    look()

    # When they stop in the middle, home leads them back to it
    page.get_by_role("button", name=t("Save and go on later")).click()
    expect(page.get_by_role("heading", name=t("Begun and not sent"))).to_be_visible()
    look()
    page.get_by_role("link", name=t("Go on"), exact=True).click()
    expect(page.get_by_label(t("Your question"))).to_have_value(QUESTION)
    page.get_by_label(t("Receipts and payments")).check()
    page.get_by_role("button", name=t("Continue"), exact=True).click()
    expect(page.get_by_role("heading", name=t("Check your question"))).to_be_visible()
    look()
    page.get_by_role("button", name=t("Send my question")).click()

    # then it is there, with its reference, whose turn it is, and a mail that does not repeat it
    case = Case.objects.get()
    expect(page.locator("main")).to_contain_text(case.reference)
    expect(page.locator("main")).to_contain_text(QUESTION)
    assert QUESTION not in latest_mail_to(actors.ana.email).body
    assert Draft.objects.count() == 0
    look()

    # When we ask for a paper, home says so and the page says what, why and from whom
    actions.ask_for_paper(
        case, by=actors.felix.user, name="Extracto", why="Para ver los cargos", supplied_by="Su banco",
        answer_by=add_days(today_in_madrid(), 5),
    )  # fmt: skip
    page.goto("/")
    page.locator(f'main .rows a[href="{case.get_absolute_url()}"]').first.click()
    expect(page.get_by_role("heading", name="Extracto")).to_be_visible()
    look()
    page.get_by_label("Extracto").set_input_files(
        {"name": "cargo.exe", "mimeType": "application/octet-stream", "buffer": b"MZ no paper"}
    )
    page.get_by_role("button", name=t("Send the file")).first.click()
    refused = page.locator(".uploads .refused") if script else page.get_by_role("alert")
    expect(refused).to_contain_text("cargo.exe")
    look()

    # When we write, the menu counts it until they have answered
    actions.send_message(case, by=actors.felix.user, side=Side.STAFF, body="¿De qué mes es?")
    page.goto(case.get_absolute_url())
    expect(page.locator(".news")).to_be_visible()
    page.get_by_label(t("Your message")).fill("De marzo.")
    page.get_by_role("button", name=t("Send the message")).click()
    expect(page.locator(".thread")).to_contain_text("De marzo.")
    expect(page.locator(".news")).to_have_count(0)
    look()

    # When they take it back, the page says what that means before, and the list that it is closed after
    page.locator("summary", has_text=t("Take my request back")).click()
    look()
    page.get_by_role("button", name=t("Take my request back")).click()
    expect(page.locator(".situation .status")).to_have_text(t("Withdrawn"))
    page.goto("/requests/?state=closed")
    expect(page.get_by_role("link", name=t("Receipts and payments"))).to_be_visible()
    look()


def test_what_is_written_saves_itself_and_outlives_the_session(
    actors: Cast, open_page: Callable[..., Page], live_server: Any
) -> None:
    t = say("es")
    page = log_in(open_page("es"), actors.ana, live_server.url, "es")
    page.clock.install()
    page.goto("/servicing/ask/")
    page.get_by_label(t("Your question")).fill(QUESTION)
    page.clock.run_for(3_000)
    expect(page.locator("[data-draft-state]")).to_have_text(re.compile(r"\d\d?:\d\d"))
    assert_accessible(page)
    # The session ends while the page stays open: that is said, and what is there stays there.
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_label(t("Your question")).fill(f"{QUESTION} Y otra cosa.")
    page.clock.run_for(3_000)
    expect(page.locator("[data-draft-state]")).to_contain_text(
        t("Not saved: the connection is gone or your session is over. What you wrote is still here.")
    )
    expect(page.get_by_label(t("Your question"))).to_have_value(f"{QUESTION} Y otra cosa.")
    later = log_in(open_page("es"), actors.ana, live_server.url, "es")
    later.goto("/servicing/ask/")
    expect(later.get_by_label(t("Your question"))).to_have_value(QUESTION)


@pytest.mark.parametrize(("language", "size", "script"), [("es", PHONE, True), ("ca", DESKTOP, False)])
def test_somebody_without_an_account_asks(
    actors: Cast, open_page: Callable[..., Page], language: str, size: Any, script: bool
) -> None:
    t = say(language)
    page = open_page(language, size=size, script=script)
    page.goto("/contact/")
    page.get_by_role("link", name=t("Ask us something")).click()
    if script:
        assert_accessible(page)
    page.get_by_label(t("Something else")).check()
    page.get_by_label(t("Your question")).fill(QUESTION)
    page.get_by_label(t("Your name")).fill("Olga Prat")
    page.get_by_label(t("E-mail"), exact=True).fill("olga@example.org")
    page.get_by_role("button", name=t("Continue"), exact=True).click()
    page.get_by_role("link", name=t("Change something")).click()
    expect(page.get_by_label(t("Your name"))).to_have_value("Olga Prat")
    page.get_by_role("button", name=t("Continue"), exact=True).click()
    page.get_by_role("button", name=t("Send my question")).click()
    case = Case.objects.get()
    expect(page.locator("main")).to_contain_text(case.reference)
    if script:
        assert_accessible(page)
    mail = latest_mail_to("olga@example.org")
    assert case.reference in mail.body
    assert QUESTION not in mail.body


@pytest.mark.parametrize("script", [True, False])
def test_back_and_another_tab_lose_no_question(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, script: bool
) -> None:
    t = say("es")
    page = log_in(open_page("es", script=script), actors.ana, live_server.url, "es")

    def write(tab: Page, words: str) -> None:
        tab.get_by_label(t("Receipts and payments")).check()
        tab.get_by_label(t("Your question")).fill(words)

    def send(tab: Page) -> None:
        tab.get_by_role("button", name=t("Continue"), exact=True).click()
        tab.get_by_role("button", name=t("Send my question")).click()
        expect(tab.locator("main")).to_contain_text("CON-")

    # Given a question that was begun, a second tab begins with it
    page.goto("/servicing/ask/")
    write(page, QUESTION)
    page.get_by_role("button", name=t("Save and go on later")).click()
    page.goto("/servicing/ask/")
    other = page.context.new_page()
    other.goto(f"{live_server.url}/servicing/ask/")
    # when each sends its own words, both have been sent
    send(page)
    write(other, "Otra cosa.")
    send(other)
    words = [case.enquiry.question for case in Case.objects.order_by("pk")]
    assert words == [QUESTION, "Otra cosa."]
    # and the back button leads to pages, the first of which is what was sent
    other.go_back()
    expect(other.locator("main")).to_contain_text("Otra cosa.")
    other.go_back()
    write(other, "Y una más.")
    send(other)
    assert Case.objects.count() == 3
