"""The pictures of the README, taken anew: `make pictures`. No test of a plain run, which writes nothing."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from policies.models import Mandate
from tests.house.source import ROOT
from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.test_certificate import as_actor
from tests.people import Cast

pytestmark = pytest.mark.django_db(transaction=True)
FOLDER = ROOT / "docs" / "pictures"
# Pixels of the picture for one of the page, and what stands around the two screens.
SCALE, MARGIN, BETWEEN, TALL = 0.703, 20, 30, 1250
GROUND = (222, 228, 226)


def screen(page: Page, address: str, size: dict[str, int]) -> Image.Image:
    page.set_viewport_size({"width": size["width"], "height": TALL})
    page.goto(address)
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return taken.resize((round(size["width"] * SCALE), round(TALL * SCALE)), Image.Resampling.LANCZOS)


def test_policy(actors: Cast, open_page: Callable[..., Page], live_server: Any) -> None:
    Mandate.objects.create(
        reference="M-1", policy=actors.health, iban="ES9121000418450200051332", signed_on=date(2024, 1, 1)
    )
    page = as_actor(open_page("es"), actors.ana, live_server.url)
    address = actors.health.get_absolute_url()
    screens = [screen(page, address, size) for size in (DESKTOP, PHONE)]
    width = sum(each.width for each in screens) + BETWEEN + 2 * MARGIN
    picture = Image.new("RGB", (width, screens[0].height + 2 * MARGIN), GROUND)
    left = MARGIN
    for each in screens:
        picture.paste(each, (left, MARGIN))
        left += each.width + BETWEEN
    picture.quantize(256, Image.Quantize.MAXCOVERAGE).save(FOLDER / "policy.png", optimize=True)
