"""Several files at once with a bar each, and a form that outlives its session: in a real browser."""

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from PIL import Image
from playwright.sync_api import Page, expect

from cases import papers
from cases.models import Case, CaseDocument, Draft
from servicing import actions as servicing
from tests.cases.kinds import in_days
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.journeys.test_requests import log_in
from tests.people import PASSWORD, Cast
from tests.servicing.accounts import address, mandate_of

ASKED = {
    "name": "Factura",
    "why": "Para saber de qué es el cargo.",
    "example": "La que le dieron en el mostrador.",
    "supplied_by": "Su clínica",
}

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Any) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"
    options = {"location": tmp_path / "files"}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is looked at until the test says so."""
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)


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


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_paper_is_asked_for_and_supplied(
    actors: Cast, no_worker: None, open_page: Callable[..., Page], live_server: Any, size: Any
) -> None:
    t = say("es")
    felix = actors.felix.user
    assert felix
    felix.user_permissions.add(Permission.objects.get(codename="change_case"))
    case = servicing.ask(
        by=actors.ana.user, language="es", topic="cards", question="?", sent_key=uuid.uuid4()
    )
    desk = log_in(open_page("es", size=size), actors.felix, live_server.url, "es")
    its_page = f"/admin/cases/case/{case.pk}/change/"

    # Given a question, when Félix asks for a paper, he says all that helps to find it
    desk.goto(f"/admin/cases/case/{case.pk}/press/paper/")
    for name, words in ASKED.items():
        desk.locator(f"#id_{name}").fill(words)
    desk.locator("[name=answer_by]").fill(in_days(7).isoformat())
    assert_accessible(desk, preload=False)
    desk.get_by_role("button", name=t("Ask for a paper"), exact=True).click()
    desk.wait_for_url(f"**{its_page}")

    # When Ana comes, home leads her to it, and the paper has a place of its own
    page = log_in(open_page("es", size=size), actors.ana, live_server.url, "es")
    page.goto("/")
    page.locator(f"main a[href='{case.get_absolute_url()}']").first.click()
    place = page.locator("article.paper", has=page.get_by_role("heading", name=ASKED["name"]))
    for words in ASKED.values():
        expect(place).to_contain_text(words)
    expect(page.locator(".situation .status")).to_have_class("status status-wait")
    assert_accessible(page)

    # When she sends a photo of it, it is there at once, and being checked
    place.locator("input[type=file]").set_input_files([file("IMG_0042.jpg", photo())])
    place.get_by_role("button", name=t("Send the file")).click()
    sent = place.locator(".rows:not(.uploads) li")
    expect(sent).to_contain_text("IMG_0042.jpg")
    expect(sent.locator(".status")).to_have_text(t("Received"))
    assert_accessible(page)
    document = CaseDocument.objects.get()
    assert (document.paper, document.sent_by) == (case.papers.get(), actors.ana.user)

    # When the worker has looked at it, it is accepted, nothing more is asked of her, and it is our turn
    assert papers.check_document(document_id=document.pk) == CaseDocument.State.ACCEPTED
    page.reload()
    expect(sent.locator(".status")).to_have_text(t("Accepted"))
    expect(place.locator(".panel-head .status")).to_have_class("status status-ok")
    expect(place.locator("input[type=file]")).to_have_count(0)
    expect(page.locator(".situation .status")).to_have_text(t("Being looked at"))
    assert_accessible(page)
    case.refresh_from_db()
    assert (case.status, case.papers.missing().count()) == ("in_review", 0)

    # and Félix, who says why, sees it
    desk.goto(its_page)
    expect(desk.get_by_role("main")).not_to_contain_text("IMG_0042.jpg")
    desk.get_by_role("link", name=t("Say why you need to read it"), exact=True).first.click()
    desk.locator("input[name=reason][value=request]").check()
    desk.locator("form.staff-reason input[type=submit]").click()
    files = desk.get_by_role("region", name=t("Documents"), exact=True)
    expect(files).to_contain_text(ASKED["name"])
    assert_accessible(desk, preload=False)
    address = files.get_by_role("link", name="IMG_0042.jpg").get_attribute("href")
    response = desk.request.get(f"{live_server.url}{address}")
    assert (response.status, response.headers["content-type"]) == (200, "image/jpeg")


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


def test_a_file_after_the_end_of_the_log_in_is_told_where_to_log_in(
    actors: Cast, open_page: Callable[..., Page], live_server: Any
) -> None:
    t = say("es")
    page = log_in(open_page("es"), actors.ana, live_server.url, "es")
    case = servicing.ask(
        by=actors.ana.user, language="es", topic="cards", question="?", sent_key=uuid.uuid4()
    )
    page.goto(case.get_absolute_url())
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_text(t("Send another paper")).click()
    page.get_by_label(t("Photo or PDF")).set_input_files(file("cargo.jpg", photo()))
    page.get_by_role("button", name=t("Send the file")).click()
    over = t("Not sent: your log-in is over. Log in again and choose the file once more.")
    expect(page.locator(".uploads .refused")).to_contain_text(over)
    way = page.get_by_role("link", name=t("Log in again"))
    assert way.get_attribute("href") == f"/accounts/login/?next={case.get_absolute_url()}"
    assert_accessible(page)
    assert CaseDocument.objects.count() == 0
