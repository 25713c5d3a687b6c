"""Away in the middle of a sentence: with a script one is asked first, without it nothing is lost either."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.journeys.test_requests import log_in
from tests.people import PASSWORD, Cast

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

HALF = "Quisiera saber por qué en octubre me"
ENDED, STILL_THERE = "**/accounts/login/?ended=idle*", "Are you still there?"


def hours_pass() -> None:
    """For the server: nobody has been seen since the morning."""
    for row in Session.objects.all():
        session = row.get_decoded()
        if "seen_at" in session:
            session["seen_at"] = session["form_at"] = (
                int(time.time()) - settings.SESSION_FORM_IDLE_SECONDS - 60
            )
            Session.objects.filter(pk=row.pk).update(session_data=Session.objects.encode(session))


def come_back(page: Page, login: str) -> None:
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()


@pytest.mark.parametrize("language", ["es", "ca"])
def test_half_a_sentence_outlives_the_log_in_without_a_script(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, language: str
) -> None:
    t = say(language)
    # Given a sentence that nothing has saved yet
    page = log_in(open_page(language, script=False), actors.ana, live_server.url, language)
    page.goto(reverse("servicing:ask"))
    page.get_by_label(t("Your question")).fill(HALF)

    # when it is sent hours later, the log-in is over, and the page says that the words are not
    hours_pass()
    page.get_by_role("button", name=t("Continue"), exact=True).click()
    page.wait_for_url(ENDED)
    expect(page.locator("main")).to_contain_text(
        t("What you had written is kept: you find it after the log-in.")
    )

    # then they stand where they were, with what they had typed
    come_back(page, "12345678Z")
    page.wait_for_url(f"**{reverse('servicing:ask')}")
    expect(page.get_by_label(t("Your question"))).to_have_value(HALF)


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_somebody_is_asked_two_minutes_before_and_stays_by_one_button(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, size: Any
) -> None:
    t = say("es")
    page = log_in(open_page(size=size), actors.ana, live_server.url, "es")
    other = page.context.new_page()
    # Of the whole browser profile: both tabs.
    page.clock.install()
    page.goto("/policies/")
    other.goto("/policies/")
    dialog = page.get_by_role("alertdialog", name=t(STILL_THERE))

    # Given that nothing happens, there is no question before its time
    page.clock.fast_forward("27:00")
    expect(dialog).not_to_be_visible()

    # then the page asks, in words and with the button in hand
    page.clock.fast_forward("01:05")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button")).to_be_focused()
    assert_accessible(page)

    # and so does the other tab, until one of the two is answered
    asked = other.get_by_role("alertdialog", name=t(STILL_THERE))
    expect(asked).to_be_visible()
    dialog.get_by_role("button", name=t("Yes, I am still here")).click()
    expect(dialog).not_to_be_visible()
    expect(asked).not_to_be_visible()


def test_at_the_end_what_is_half_written_is_handed_in_and_the_log_in_leads_back(
    actors: Cast, open_page: Callable[..., Page], live_server: Any
) -> None:
    t = say("es")
    page = log_in(open_page(), actors.ana, live_server.url, "es")
    page.clock.install()
    page.goto(reverse("servicing:ask"))
    page.get_by_label(t("Your question")).fill(HALF)
    hours_pass()
    page.clock.fast_forward("01:00:10")
    page.wait_for_url(ENDED)
    come_back(page, "ana@example.org")
    page.wait_for_url(f"**{reverse('servicing:ask')}")
    expect(page.get_by_label(t("Your question"))).to_have_value(HALF)
    assert_accessible(page)


@pytest.mark.parametrize("script", [True, False])
def test_half_a_certificate_is_there_again(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, script: bool
) -> None:
    t = say("es")
    page = log_in(open_page(script=script), actors.ana, live_server.url, "es")
    if script:
        page.clock.install()
    form = reverse("policies:certificate_create")
    page.goto(form)
    page.locator("input[name=insured]").last.check()
    who = page.locator("input[name=insured]:checked").get_attribute("value")
    page.locator("input[name=country]").fill("Francia")
    hours_pass()
    if script:
        page.clock.fast_forward("01:00:10")
    else:
        page.locator("input[name=ask]").click()
    page.wait_for_url(ENDED)
    expect(page.locator("main")).to_contain_text(
        t("What you had written is kept: you find it after the log-in.")
    )
    come_back(page, "ana@example.org")
    page.wait_for_url(f"**{form}?kept=*")
    expect(page.locator("input[name=country]")).to_have_value("Francia")
    expect(page.locator(f'input[name=insured][value="{who}"]')).to_be_checked()
    # axe is a script.
    if script:
        assert_accessible(page)


def test_after_twelve_hours_no_button_promises_more(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, settings: Any
) -> None:
    t = say("es")
    settings.SESSION_IDLE_SECONDS = 13 * 3600
    page = log_in(open_page(), actors.ana, live_server.url, "es")
    page.clock.install()
    page.goto("/policies/")
    page.clock.fast_forward("11:58:30")
    dialog = page.get_by_role("alertdialog", name=t(STILL_THERE))
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=t("I have understood")).click()
    expect(dialog).not_to_be_visible()
