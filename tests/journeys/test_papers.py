"""Several files at once with a bar each, and a form that outlives its session: in a real browser."""

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from PIL import Image
from playwright.sync_api import Page, expect

from cases.models import Case, CaseDocument, Draft
from servicing import actions as servicing
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.journeys.test_requests import log_in
from tests.people import PASSWORD, Cast
from tests.servicing.accounts import address, mandate_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Any) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"
    options = {"location": tmp_path / "files"}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }


def photo() -> bytes:
    """As a phone takes it: turned by a mark, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    Image.new("RGB", (1200, 900), "white").save(file, "JPEG", exif=exif)
    return file.getvalue()


def file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


@pytest.mark.parametrize(
    ("language", "size", "script"), [("es", PHONE, True), ("ca", DESKTOP, True), ("es", PHONE, False)]
)
def test_a_photo_of_a_phone_and_a_file_that_is_refused(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, language: str, size: Any, script: bool
) -> None:
    t = say(language)
    page = log_in(open_page(language, size=size, script=script), actors.ana, live_server.url, language)
    case = servicing.ask(
        by=actors.ana.user, language=language, topic="cards", question="?", sent_key=uuid.uuid4()
    )
    page.goto(case.get_absolute_url())
    page.locator("summary", has_text=t("Send another paper")).click()
    page.locator("#id_file").set_input_files(
        [file("IMG_0042.jpg", photo()), file("virus.exe", b"MZ no paper")]
    )
    page.locator("#papers form button[type=submit]").click()
    if script:
        # each file says for itself what became of it, and a reader of the screen hears it
        expect(page.locator(".uploads .taken")).to_contain_text("IMG_0042.jpg")
        expect(page.locator(".uploads .refused")).to_contain_text("virus.exe")
        expect(page.locator("[data-upload-state]")).to_contain_text("virus.exe")
        assert_accessible(page)
        page.locator("[data-upload-again] a").click()
    else:
        expect(page.get_by_role("alert")).to_contain_text("virus.exe")
    expect(page.locator("#papers")).to_contain_text("IMG_0042.jpg")
    [row] = CaseDocument.objects.all()
    assert (row.case, row.paper, row.sent_by) == (case, None, actors.ana.user)


def test_when_all_are_taken_the_page_shows_them(
    actors: Cast, open_page: Callable[..., Page], live_server: Any
) -> None:
    t = say("es")
    page = log_in(open_page("es"), actors.ana, live_server.url, "es")
    case = servicing.ask(
        by=actors.ana.user, language="es", topic="cards", question="?", sent_key=uuid.uuid4()
    )
    page.goto(case.get_absolute_url())
    page.locator("summary", has_text=t("Send another paper")).click()
    page.locator("#id_file").set_input_files(
        [file("uno.jpg", photo()), file("dos.jpg", photo()[:-2] + b"\xff\xd9 ")]
    )
    page.locator("#papers form button[type=submit]").click()
    expect(page.locator("#papers > .rows li")).to_have_count(2)
    assert_accessible(page)


def test_a_half_typed_account_outlives_the_session(
    actors: Cast, open_page: Callable[..., Page], live_server: Any
) -> None:
    page = log_in(open_page("es"), actors.ana, live_server.url, "es")
    mandate_of(actors.health)
    page.goto(address(actors.health))
    page.locator("#id_iban").fill("ES79 2100 08")
    expect(page.locator("[data-draft-state]")).to_have_text(re.compile(r"\d\d?:\d\d"))
    assert_accessible(page)
    assert "2100" not in str(Draft.objects.get().data)

    # When nobody has touched it for too long, and they then go on
    cookie = next(c for c in page.context.cookies() if c["name"] == settings.SESSION_COOKIE_NAME)  # type: ignore[typeddict-item]
    row = Session.objects.get(session_key=cookie["value"])  # type: ignore[typeddict-item]
    row.session_data = Session.objects.encode({**row.get_decoded(), "seen_at": 0, "form_at": 0})
    row.save()
    page.locator("button[name=check]").click()
    page.locator("input[name=login]").fill(actors.ana.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")

    # then they stand on the form again, with what they had typed
    expect(page.locator("#id_iban")).to_have_value("ES79 2100 08")
    assert page.url.endswith(address(actors.health))
    assert_accessible(page)
    assert Case.objects.count() == 0
