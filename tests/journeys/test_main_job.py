"""Register → verify → log in → see the policy → travel certificate → check it, in a real browser."""

import re
from collections.abc import Callable
from datetime import timedelta

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from accounts.models import Person, User
from core.ages import today_in_madrid
from policies.models import Certificate
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, latest_mail_to, say
from tests.people import PASSWORD, Cast

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
LINK = re.compile(r"https?://\S+/accounts/confirm-email/\S+")


def without_account(cast: Cast) -> str:
    """Elena is on file, and has not registered yet."""
    assert cast.elena.user
    Person.objects.filter(pk=cast.elena.person.pk).update(user=None, linked_at=None)  # type: ignore[union-attr]
    User.objects.filter(pk=cast.elena.user.pk).delete()
    return "elena@example.org"


def path_of(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def register(page: Page, email: str, t: Callable[[str], str]) -> None:
    page.goto("/")
    page.get_by_role("link", name=t("I want to register")).click()
    page.get_by_role("link", name=t("Register with my e-mail")).click()
    page.get_by_label(t("E-mail"), exact=True).fill(email)
    page.get_by_label(t("Password"), exact=True).fill(PASSWORD)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=t("Create my account")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("We have sent you a mail"))


def confirm(page: Page, email: str, t: Callable[[str], str]) -> None:
    found = LINK.search(latest_mail_to(email).body)
    assert found
    page.goto(path_of(found.group()))
    page.get_by_role("button", name=t("Yes, confirm and go in")).click()


def ask_for_certificate(page: Page, t: Callable[[str], str], days: int = 10) -> None:
    today = today_in_madrid()
    page.goto("/policies/certificates/new/")
    page.get_by_label(t("First day of the trip")).fill(str(today + timedelta(days=7)))
    page.get_by_label(t("Last day of the trip")).fill(str(today + timedelta(days=6 + days)))
    page.get_by_label(t("Schengen area")).check()
    page.get_by_label(t("Country or countries")).fill("Francia")
    page.get_by_role("group", name=t("Who travels")).get_by_role("radio").first.check()


@pytest.mark.parametrize(("language", "size"), [("es", PHONE), ("ca", DESKTOP)])
def test_the_main_job(
    actors: Cast, open_page: Callable[..., Page], language: str, size: dict[str, int]
) -> None:
    t = say(language)
    email = without_account(actors)
    page = open_page(language, size=size)

    # Given somebody on file, when they register with the e-mail of their policy and confirm it
    register(page, email, t)
    assert_accessible(page)
    confirm(page, email, t)

    # then they are in, and see their own policy and nobody else's
    expect(page.get_by_role("heading", level=1)).to_contain_text("Elena")
    assert page.locator("html").get_attribute("lang") == language
    assert_accessible(page)
    page.get_by_role("link", name=t("My policies")).first.click()
    assert_accessible(page)
    expect(page.locator("main")).to_contain_text(actors.elenas.number)
    expect(page.locator("main")).not_to_contain_text(actors.health.number)
    page.goto(actors.elenas.get_absolute_url())
    assert_accessible(page)

    # When they ask for a certificate of a trip that is too long, they are told so in words
    ask_for_certificate(page, t, days=61)
    page.get_by_role("button", name=t("Ask for the certificate")).click()
    expect(page.get_by_role("alert")).to_contain_text("60")
    assert_accessible(page)
    # and of one that is covered, they download it
    ask_for_certificate(page, t)
    page.get_by_role("button", name=t("Ask for the certificate")).click()
    expect(page.get_by_role("link", name=t("Download the certificate (PDF)"))).to_be_visible()
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name=t("Download the certificate (PDF)")).click()
    with pikepdf.open(download.value.path()) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == language
    assert latest_mail_to(email).alternatives

    # When anybody types its code, they learn that it is valid, and only the initials
    code = Certificate.objects.get().printed_code
    stranger = open_page(language, size=size)
    stranger.goto("/verify/")
    stranger.get_by_label(t("Code"), exact=False).first.fill(code.lower())
    stranger.get_by_role("button").filter(has_text=t("Check")).first.click()
    expect(stranger.get_by_role("heading", name=t("This certificate is valid"))).to_be_visible()
    expect(stranger.locator("main")).to_contain_text("E. M. R.")
    expect(stranger.locator("main")).not_to_contain_text("Roca")
    assert_accessible(stranger)


def test_the_main_job_without_script(actors: Cast, open_page: Callable[..., Page]) -> None:
    t = say("es")
    email = without_account(actors)
    page = open_page("es", script=False)
    page.goto("/")
    page.get_by_role("link", name=t("I want to register")).click()
    page.get_by_role("link", name=t("Register with my e-mail")).click()
    # A wrong password is refused rule by rule, and nothing that was typed is lost.
    page.get_by_label(t("E-mail"), exact=True).fill(email)
    page.get_by_label(t("Password"), exact=True).fill("short")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=t("Create my account")).click()
    expect(page.get_by_role("alert").get_by_role("listitem").nth(3)).to_be_visible()
    assert page.get_by_label(t("E-mail"), exact=True).input_value() == email
    page.get_by_label(t("Password"), exact=True).fill(PASSWORD)
    page.get_by_role("button", name=t("Create my account")).click()
    confirm(page, email, t)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Elena")
    page.get_by_role("button", name=t("Log out")).click()
    page.goto("/accounts/login/")
    page.get_by_label(t("DNI, NIE or e-mail")).fill("x-1234567 l")
    page.get_by_label(t("Password"), exact=True).fill(PASSWORD)
    page.get_by_role("button", name=t("Log in")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Elena")
    page.get_by_role("link", name=t("My policies")).first.click()
    page.get_by_role("main").get_by_role("link").filter(has_text="Familiar").first.click()
    expect(page.get_by_role("main")).to_contain_text(actors.elenas.number)
    page.locator("summary").first.click()
    ask_for_certificate(page, t)
    page.get_by_role("button", name=t("Ask for the certificate")).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=t("Download the certificate (PDF)")).click()
    with pikepdf.open(download.value.path()) as pdf:
        assert len(pdf.pages) >= 1
    # Whoever was handed the paper checks it, without script too.
    stranger = open_page("es", script=False)
    stranger.goto("/verify/")
    stranger.locator("input[name=code]").fill(Certificate.objects.get().printed_code)
    stranger.locator("main form button").click()
    expect(stranger.get_by_role("heading", name=t("This certificate is valid"))).to_be_visible()
