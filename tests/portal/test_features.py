"""A part of the portal that the insurer does not offer is not there: no entry, door, link or address."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import resolve, reverse

from core.ages import today_in_madrid
from core.brand import SCHEMA
from policies.models import Certificate
from portal.features import PARTS, is_on
from tests.house.test_every_page import PAGES
from tests.people import Cast

OWN = ("home", "account", "who_looked", "contact", "help", "policies:list")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Pieces of pages are kept for ten minutes: an insurer does not change under a running portal."""
    caches["fragments"].clear()
    yield
    caches["fragments"].clear()


def offer(settings: Any, *features: str) -> None:
    settings.BRAND = replace(settings.BRAND, features=frozenset(features))


def links(response: Any) -> set[str]:
    html = response.content.decode()
    return {link.split("?")[0] for link in re.findall(r'(?:href|action)="(/[^"#]*)', html)}


def names(found: set[str]) -> set[str]:
    return {resolve(link).view_name for link in found if not link.startswith(("/static/", "/brand/"))}


@pytest.fixture
def certificate(cast: Cast) -> Certificate:
    today = today_in_madrid()
    return Certificate.objects.create(
        insured=cast.insured(cast.ana, cast.health),
        starts_on=today,
        ends_on=today + timedelta(days=7),
        destination="world",
        language="es",
        asked_by=cast.ana.user,
        status=Certificate.Status.FAILED,
        content_key="k",
    )


def test_every_switch_is_one_of_the_brand_file() -> None:
    text = SCHEMA.read_text("utf-8")
    assert {feature for needed in PARTS.values() for feature in needed} == {"certificates", "servicing"}
    assert all(f'"{feature}"' in text for needed in PARTS.values() for feature in needed)


def test_all_that_is_built_is_on_for_the_demo_insurer() -> None:
    assert [name for name in PAGES if not is_on(name)] == []


@pytest.mark.parametrize(
    ("feature", "some"),
    [
        ("certificates", {"policies:certificate_list", "verify_code"}),
        ("servicing", {"cases:list", "servicing:ask_public"}),
    ],
)
def test_its_addresses_are_not_there(
    settings: Any, cast: Cast, log_in: Any, feature: str, some: set[str]
) -> None:
    offer(settings, *({"policies", "certificates", "servicing"} - {feature}))
    off = {name for name in PAGES if not is_on(name)}
    assert off > some
    addresses = [reverse(name, args=["AAAA"] if name == "verify_code" else []) for name in some]
    for browser in (Client(), log_in(cast.ana)):
        assert {browser.get(address).status_code for address in addresses} == {404}
        assert {browser.post(address).status_code for address in addresses} == {404}


@pytest.mark.parametrize("feature", ["certificates", "servicing"])
def test_nothing_leads_there(
    settings: Any, cast: Cast, log_in: Any, certificate: Certificate, feature: str
) -> None:
    stranger, mine = Client(), log_in(cast.ana)
    addresses = [reverse(name) for name in OWN] + [cast.health.get_absolute_url()]

    def all_names() -> set[str]:
        found = names({link for address in addresses for link in links(mine.get(address))})
        for name in ("home", "contact", "help"):
            found |= names(links(stranger.get(reverse(name))))
        return found

    before = all_names()
    offer(settings, *({"policies", "certificates", "servicing"} - {feature}))
    caches["fragments"].clear()
    gone = {name for name in before if not is_on(name)}
    # With the part on, the same pages do lead there.
    assert len(gone) >= 4
    assert all_names() & gone == set()


def test_what_waits_in_a_part_that_is_off_is_not_counted(
    settings: Any, cast: Cast, log_in: Any, certificate: Certificate
) -> None:
    client = log_in(cast.ana)
    assert client.get("/").context["home"].waiting == 1
    offer(settings, "policies", "servicing")
    home = client.get("/").context["home"]
    assert (home.waiting, home.certificates) == (0, [])
