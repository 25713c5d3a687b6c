"""The main pages on a narrow phone, in the dark, on paper, and by keyboard alone."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.ages import today_in_madrid
from policies.models import Certificate, Copayment, Mandate
from tests.journeys.conftest import DESKTOP, assert_accessible
from tests.people import PASSWORD, Cast

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 568}
MOST_TABS = 40


@pytest.fixture
def family(actors: Cast) -> Cast:
    """Ana with something to see on every page."""
    today = today_in_madrid()
    Mandate.objects.create(
        reference="M-1", policy=actors.health, iban="ES9121000418450200051332", signed_on=date(2024, 1, 1)
    )
    insured = actors.insured(actors.ana, actors.health)
    Copayment.objects.create(
        key="K1", insured=insured, used_on=today, act="Resonancia magnética de rodilla",
        provider="Centro de diagnóstico por la imagen", amount=12,
    )  # fmt: skip
    Certificate.objects.create(
        insured=insured, starts_on=today, ends_on=today + timedelta(days=7), destination="world",
        country="Francia, Italia, Austria y la República Checa", language="es", asked_by=actors.ana.user,
        status=Certificate.Status.FAILED, content_key="k",
    )  # fmt: skip
    return actors


def pages_of(cast: Cast) -> list[str]:
    policy = cast.health.get_absolute_url()
    receipt = cast.health.receipts.values_list("number", flat=True)[0]
    return [
        "/", "/policies/", policy, f"{policy}receipts/", f"{policy}receipts/{receipt}/",
        f"{policy}copayments/", "/policies/certificates/", "/policies/certificates/new/", "/account/",
    ]  # fmt: skip


def log_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill("ana@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ana")


def test_narrow_and_dark(family: Cast, open_page: Callable[..., Page]) -> None:
    """320 px is also a screen of 1280 at 400 % (WCAG 1.4.10); axe measures the contrast in the dark."""
    page = open_page("es", size=NARROW)
    page.emulate_media(color_scheme="dark")
    log_in(page)
    light = "rgb(255, 255, 255)"
    for address in pages_of(family):
        page.goto(address)
        masthead = "getComputedStyle(document.querySelector('.masthead')).backgroundColor"
        assert page.evaluate(masthead) != light
        assert_accessible(page)


def test_on_paper(family: Cast, open_page: Callable[..., Page]) -> None:
    page = open_page("es", size=DESKTOP)
    log_in(page)
    for address in (family.health.get_absolute_url(), "/policies/certificates/"):
        page.emulate_media(media="screen")
        page.goto(address)
        on_screen = page.get_by_role("main").inner_text()
        page.emulate_media(media="print")
        for hidden in (".helpline", "nav.sections", "footer.site", ".masthead .who"):
            expect(page.locator(hidden)).to_be_hidden()
        assert page.get_by_role("main").inner_text() == on_screen
        # The insurer's name heads the sheet, and nothing runs over its edge.
        expect(page.locator(".wordmark")).to_be_visible()
        page.set_viewport_size({"width": 700, "height": 990})
        assert page.evaluate("document.documentElement.scrollWidth") <= 700
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


def focused(page: Page) -> dict[str, Any]:
    return page.evaluate(
        """() => {
            const it = document.activeElement, box = it.getBoundingClientRect(), look = getComputedStyle(it);
            return {href: it.getAttribute("href"), name: it.getAttribute("name"), tag: it.tagName,
                    inMain: document.querySelector("main").contains(it),
                    seen: box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0
                          && look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2};
        }"""
    )


def tab_to(page: Page, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Every stop on the way, the wanted one last."""
    stops = []
    for _stop in range(MOST_TABS):
        page.keyboard.press("Tab")
        stops.append(focused(page))
        if wanted(stops[-1]):
            return stops
    raise AssertionError(stops)


def test_by_keyboard_alone(family: Cast, open_page: Callable[..., Page]) -> None:
    page = open_page("es", size=DESKTOP)
    log_in(page)
    for address, wanted in (
        ("/", lambda stop: stop["href"] == "/policies/certificates/new/"),
        (family.health.get_absolute_url(), lambda stop: stop["name"] == "show_account"),
        ("/policies/certificates/new/", lambda stop: stop["name"] == "ask"),
    ):
        page.goto(address)
        # The skip link is the first stop and leads past the menu.
        [skip] = tab_to(page, lambda stop: True)
        assert (skip["href"], skip["seen"]) == ("#main", True)
        page.keyboard.press("Enter")
        stops = tab_to(page, wanted)
        assert [stop for stop in stops if not stop["seen"]] == []
        assert all(stop["inMain"] for stop in stops)
    page.goto(family.health.get_absolute_url())
    tab_to(page, lambda stop: stop["name"] == "show_account")
    page.keyboard.press("Enter")
    expect(page.locator("#account")).to_contain_text("ES91 2100 0418 4502 0005 1332")
