"""Waiting for a certificate in a real browser: the page changes by itself, with a script and without."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from policies import actions
from policies.models import Certificate
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible
from tests.people import Actor, Cast, enter
from tests.policies.certificates import trip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]


@pytest.fixture
def no_worker(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is printed until the test says so."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}},
    }
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)


def as_actor(page: Page, actor: Actor, address: str) -> Page:
    client = Client()
    enter(client, actor.user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": address}])
    return page


@pytest.mark.parametrize(("script", "size"), [(True, DESKTOP), (False, PHONE)])
def test_the_page_waits_and_then_offers_the_paper(
    actors: Cast, no_worker: None, open_page: Callable[..., Page], live_server: Any, script: bool, size: Any
) -> None:
    actors.ana.user.language = "en"  # type: ignore[union-attr]
    actors.ana.user.save()  # type: ignore[union-attr]
    page = as_actor(open_page("en", size=size, script=script), actors.ana, live_server.url)
    insured = actors.insured(actors.ana, actors.health)
    starts_on, ends_on = trip()["starts_on"], trip()["ends_on"]

    page.goto("/policies/certificates/new/")
    page.get_by_label("Ana Ferrer Vidal · Health").check()
    page.get_by_label("First day of the trip").fill(ends_on.isoformat())
    page.get_by_label("Last day of the trip").fill(starts_on.isoformat())
    page.get_by_label("Schengen area").check()
    page.get_by_label("Country or countries").fill("France")
    page.get_by_role("button", name="Ask for the certificate").click()
    expect(page.get_by_role("link", name="ends before it begins")).to_be_visible()
    expect(page.get_by_label("Country or countries")).to_have_value("France")
    if script:
        assert_accessible(page)

    page.get_by_label("First day of the trip").fill(starts_on.isoformat())
    page.get_by_label("Last day of the trip").fill(ends_on.isoformat())
    page.get_by_role("button", name="Ask for the certificate").click()
    expect(page.get_by_role("heading", name="We are preparing it")).to_be_visible()
    if script:
        assert_accessible(page)

    certificate = Certificate.objects.get(insured=insured)
    actions.render_certificate(certificate_id=certificate.pk)
    download = page.get_by_role("link", name="Download the certificate (PDF)")
    expect(download).to_be_visible(timeout=10_000)
    if script:
        assert_accessible(page)
    with page.expect_download() as started:
        download.click()
    assert started.value.suggested_filename.endswith(f"{certificate.reference}.pdf")

    page.get_by_role("link", name="Anybody with the code").click()
    expect(page.get_by_role("heading", name="This certificate is valid")).to_be_visible()
    expect(page.get_by_text("A. F. V.")).to_be_visible()
    if script:
        assert_accessible(page)
