"""A real browser on real pages: Chromium, the live server, and axe at the end of each walk."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.core.cache import caches
from django.utils import translation
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from policies import catalogue
from tests.people import Cast, make_cast

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WCAG = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# Playwright's own event loop makes Django think that it is called from async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    # Chromium refuses its sandbox to root.
    arguments = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    yield chromium
    chromium.close()


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """open_page(language, width=…, script=…) -> a page of a fresh browser profile.

    At the end nothing may have been written to the console: the content security policy reports there.
    """
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page(language: str = "es", *, size: dict[str, int] = PHONE, script: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            locale={"es": "es-ES", "ca": "ca-ES", "en": "en-GB"}[language],
            viewport=size,  # type: ignore[arg-type]
            java_script_enabled=script,
        )
        # The first page of a run compiles every template; the machine may be busy with other tests.
        context.set_default_timeout(45_000)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def actors(transactional_db: None) -> Cast:
    """The cast, for tests whose rows another thread must see; the flush after one empties the catalogue."""
    from django.conf import settings

    catalogue.load(settings.BRAND_DIR)
    # The counters of tries stand in a table that no flush knows.
    caches["default"].clear()
    return make_cast()


def assert_accessible(page: Page, *, preload: bool = True) -> None:
    """No fault of WCAG 2.2 AA, nor of axe's best practice, and nothing wider than the screen.

    `preload=False` where a style sheet imports another one (Django's own forms.css): axe would copy it into
    the page, which our content security policy forbids.
    """
    # A click may have begun to leave the page: look at the one that comes.
    page.wait_for_load_state()
    page.get_by_role("main").wait_for()
    results = Axe().run(page, options={**WCAG, "preload": preload}).response
    assert results["passes"], "axe looked at nothing"
    assert [
        (fault["id"], [node["target"] for node in fault["nodes"]]) for fault in results["violations"]
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def say(language: str) -> Callable[[str], str]:
    """The words of the page in a language, as the catalogue has them: t("Log in")."""

    def t(text: str) -> str:
        with translation.override(language):
            return translation.gettext(text)

    return t


def latest_mail_to(address: str) -> Any:
    messages = [message for message in mail.outbox if message.to == [address]]
    assert messages, f"no mail to {address}; mails went to {[m.to for m in mail.outbox]}"
    return messages[-1]
