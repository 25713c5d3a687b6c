"""Another account for the premiums, on a phone and on a desk: a wrong IBAN, a right one, the password."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cases.models import Case
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.journeys.test_certificate import as_actor
from tests.people import PASSWORD, Cast
from tests.servicing.accounts import mandate_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]


@pytest.fixture
def printed_at_once(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The paper itself is of no matter here."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}},
    }
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF-1.7 a paper")


@pytest.mark.parametrize(("language", "size"), [("es", PHONE), ("en", DESKTOP)])
def test_a_wrong_and_a_right_iban(
    actors: Cast,
    printed_at_once: None,
    open_page: Callable[..., Page],
    live_server: Any,
    language: str,
    size: Any,
) -> None:
    t = say(language)
    actors.ana.user.language = language  # type: ignore[union-attr]
    actors.ana.user.save()  # type: ignore[union-attr]
    mandate_of(actors.health)
    page = as_actor(open_page(language, size=size), actors.ana, live_server.url)

    page.goto(actors.health.get_absolute_url())
    page.get_by_role("link", name=t("Change the bank account")).click()
    page.locator("#id_iban").fill("ES79 2100 0813 6101 2345 6780")
    page.get_by_role("button", name=t("Go on and check")).click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("#id_iban")).to_have_value("ES79 2100 0813 6101 2345 6780")
    assert_accessible(page)

    page.locator("#id_iban").fill("ES79 2100 0813 6101 2345 6789")
    page.locator("#id_owner_agrees").check()
    page.get_by_role("button", name=t("Go on and check")).click()
    expect(page.get_by_role("heading", name=t("Check your answers"))).to_be_visible()
    expect(page.get_by_text("ES79 •••• 6789")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("button", name=t("Change the account")).click()
    page.locator("#id_password").fill(PASSWORD)
    assert_accessible(page)
    page.get_by_role("button", name=t("Go on")).click()
    expect(page.get_by_role("link", name=t("Download the mandate (PDF)"))).to_be_visible()
    assert_accessible(page)

    assert Case.objects.get().bank_account_change.iban == "ES7921000813610123456789"
    with page.expect_download() as started:
        page.get_by_role("link", name=t("Download the mandate (PDF)")).click()
    assert started.value.suggested_filename.endswith(".pdf")

    page.goto(actors.health.get_absolute_url())
    expect(page.get_by_text("ES79 •••• 6789")).to_be_visible()
    assert_accessible(page)
