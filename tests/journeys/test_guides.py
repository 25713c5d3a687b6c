"""The pictures of the guides are those of the pages as they are: taken anew, and compared in what they show.

`make guides` (GUIDES=take) writes them to static/guides/; an ordinary run takes them into a folder of its own
and compares words, order and boxes, not pixels: another font is no other page.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page

from accounts.models import Person
from portal.guides import FOLDER, GUIDES
from tests.house.source import ROOT
from tests.journeys.conftest import PHONE
from tests.journeys.test_access import ACCESS, RESET, follow, submit
from tests.journeys.test_main_job import without_account
from tests.people import PASSWORD, Cast

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

PICTURES = ROOT / "static" / FOLDER
# What each picture was taken of, by its name.
SHOWN = Path(__file__).parent / "guide_pages"
TAKE = os.environ.get("GUIDES") == "take"
MOST_BYTES = 40_000

# Words of what can be seen, in order; left edge and width of what the style sheet places, not the font.
READ = """main => {
  const placed = new Set(["FORM", "SECTION", "INPUT", "TEXTAREA", "H1", "H2"]);
  const lines = [];
  for (const element of main.querySelectorAll("*")) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const own = [...element.childNodes].filter((node) => node.nodeType === 3);
    const words = own.map((node) => node.data).join(" ").replace(/\\s+/g, " ").trim();
    const box = element.getBoundingClientRect();
    const at = placed.has(element.tagName) ? ` ${Math.round(box.left)} ${Math.round(box.width)}` : "";
    if (words || at) lines.push(`${element.tagName}${at} ${words}`);
  }
  return lines.join("\\n");
}"""


# A browser without a desktop writes dates as Americans do, whatever its language: here as in Spain.
AS_HERE = """main => main.querySelectorAll("input[type=date]").forEach((input) => {
  const typed = input.value;
  input.dataset.typed = typed;
  input.type = "text";
  input.value = typed.split("-").reverse().join("/");
})"""
BACK = """main => main.querySelectorAll("input[data-typed]").forEach((input) => {
  input.type = "date";
  input.value = input.dataset.typed;
})"""


class Camera:
    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.seen: dict[str, str] = {}

    def take(self, name: str, of: str = "main") -> None:
        # Nothing is pointed at, no field waits with a blinking line.
        self.page.evaluate("document.activeElement?.blur()")
        part = self.page.locator(of).first
        self.seen[name] = hashlib.sha256(part.evaluate(READ).encode()).hexdigest()
        part.evaluate(AS_HERE)
        picture = Image.open(io.BytesIO(part.screenshot())).convert("RGB")
        part.evaluate(BACK)
        picture.save(self.folder / f"{name}.webp", quality=60, method=6)


def walk(cast: Cast, camera: Camera, language: str) -> None:
    """Through everything that the guides show, as Elena and Ana."""
    page = camera.page
    email = without_account(cast)
    Person.objects.filter(key="P-elena").update(language=language)
    page.goto("/accounts/signup/")
    camera.take("register-ways")
    page.goto("/accounts/signup/dni/")
    page.locator("[name=dni]").fill("X1234567L")
    page.locator("[name=born_on]").fill(cast.elena.person.born_on.isoformat())  # type: ignore[union-attr]
    camera.take("register-dni")
    submit(page)
    page.wait_for_url("**/accounts/signup/dni/sent/")
    camera.take("register-sent")
    follow(page, email, ACCESS)
    camera.take("register-password")

    page.goto("/accounts/password/reset/")
    page.locator("[name=identifier]").fill(cast.hugo.email)
    camera.take("password-ask")
    submit(page)
    page.wait_for_url("**/accounts/password/reset/done/")
    camera.take("password-sent")
    follow(page, cast.hugo.email, RESET)
    camera.take("password-new")

    page.goto("/accounts/login/")
    page.locator("#id_login").fill("12345678Z")
    page.locator("#id_password").fill(PASSWORD)
    camera.take("log-in", "main form.panel")
    submit(page)
    page.wait_for_url(lambda address: "/login/" not in address)
    page.goto(reverse("account_security"))
    camera.take("passkey-security", "main section.panel")
    page.goto(reverse("mfa_add_webauthn"))
    camera.take("passkey-add")


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_pictures_show_the_pages_as_they_are(
    actors: Cast,
    open_page: Callable[..., Page],
    live_server: Any,
    settings: Any,
    tmp_path: Path,
    language: str,
) -> None:
    settings.SITE_URL = live_server.url
    actors.ana.user.language = language  # type: ignore[union-attr]
    actors.ana.user.save()  # type: ignore[union-attr]
    folder = PICTURES / language if TAKE else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    camera = Camera(open_page(language, size=PHONE), folder)
    walk(actors, camera, language)
    known = SHOWN / f"{language}.json"
    if TAKE:
        known.write_text(json.dumps(camera.seen, indent=2) + "\n", encoding="utf-8")
    then = json.loads(known.read_text(encoding="utf-8"))
    stale = [name for name in camera.seen if camera.seen[name] != then.get(name)]
    assert stale == [], "these pages have changed: `make guides` takes their pictures anew"
    assert then.keys() == camera.seen.keys()


def test_every_step_has_its_picture_and_none_is_heavy() -> None:
    wanted = {step.picture for guide in GUIDES.values() for step in guide.steps if step.picture}
    for language, _name in settings.LANGUAGES:
        there = {path.stem: path for path in (PICTURES / language).iterdir()}
        assert there.keys() == wanted
        assert [name for name, path in there.items() if path.stat().st_size > MOST_BYTES] == []
        assert {Image.open(path).format for path in there.values()} == {"WEBP"}
        assert max(Image.open(path).width for path in there.values()) <= PHONE["width"]


def test_a_picture_is_said_in_words_too() -> None:
    steps = [step for guide in GUIDES.values() for step in guide.steps]
    assert [step.picture for step in steps if step.picture and len(str(step.shows)) < 20] == []
    assert [step.do for step in steps if not re.search(r"[.!]$", str(step.do))] == []
