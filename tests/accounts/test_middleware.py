"""How long a log-in lasts, and in which language a page speaks."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import hashers
from accounts.hashers import HashingBusy, PortalArgon2, hash_slot
from accounts.models import User
from accounts.session_life import Left, longest
from cases.models import Case, Draft
from tests import people
from tests.people import PASSWORD, Cast

PAGE = "/accounts/password/change/"
LANGUAGE = "/language/"
STAY = "/accounts/stay/"


def enter(browser: Any) -> Any:
    browser.post("/accounts/login/", {"login": "ana@example.org", "password": PASSWORD})
    return browser


@pytest.mark.django_db
def test_an_idle_log_in_ends_with_a_word_and_the_way_back(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS))
        assert browser.get(PAGE).status_code == 200
        clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1))
        answer = browser.get(f"{PAGE}?a=1")
        assert (
            answer["Location"]
            == "/accounts/login/?ended=idle&next=%2Faccounts%2Fpassword%2Fchange%2F%3Fa%3D1"
        )
        assert "You were away for a while" in browser.get(answer["Location"]).content.decode()
        assert browser.get(PAGE).status_code == 302


@pytest.mark.django_db
def test_who_never_opens_a_second_page_is_idle_too(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1))
        assert browser.get(PAGE)["Location"].startswith("/accounts/login/?ended=idle")


@pytest.mark.django_db
def test_twelve_hours_are_the_most_however_busy(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        for _step in range(36):
            clock.shift(timedelta(minutes=20))
            assert browser.get(PAGE).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert browser.get(PAGE)["Location"].startswith("/accounts/login/?ended=age")


@pytest.mark.django_db
def test_for_staff_eight_hours_are(visitor: Any, cast: Cast, settings: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = visitor()
        people.enter(browser, cast.felix.user)
        assert browser.get(PAGE).status_code == 200
        for _step in range(48):
            clock.shift(timedelta(minutes=10))
            assert browser.get(PAGE).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert browser.get(PAGE)["Location"].startswith("/accounts/login/?ended=age")
    assert (longest(staff=True), longest(staff=False)) == (8 * 3600, 12 * 3600)
    settings.SESSION_COOKIE_AGE = 3600
    assert (longest(staff=True), longest(staff=False)) == (3600, 3600)


@pytest.mark.django_db
def test_a_form_that_comes_too_late_goes_home_after_log_in(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        clock.shift(timedelta(hours=1))
        assert browser.post(PAGE, {})["Location"] == "/accounts/login/?ended=idle&next=%2F"


BUTTONS = [
    ("http://testserver/accounts/security/?page=2", "/accounts/security/?page=2"),
    ("https://elsewhere.example/x/", "/"),
    ("", "/"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("referer", "page"), BUTTONS)
def test_a_button_after_the_log_out_in_another_tab_leads_back_to_its_page(
    visitor: Any, cast: Cast, referer: str, page: str
) -> None:
    browser = enter(visitor())
    browser.post("/accounts/logout/")
    answer = browser.post("/accounts/security/devices/others/end/", headers={"referer": referer})
    assert answer["Location"] == f"/accounts/login/?{urlencode({'next': page}, safe='/')}"
    answer = browser.post(
        "/accounts/login/", {"login": "ana@example.org", "password": PASSWORD, "next": page}
    )
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert browser.get(page).status_code == 200


@pytest.mark.django_db
def test_the_page_that_knows_the_end_is_not_sent_round_again(visitor: Any, cast: Cast) -> None:
    address = "/accounts/login/?ended=idle&next=%2Fpolicies%2F"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        assert browser.get(address)["Location"] == "/policies/"
        clock.shift(timedelta(hours=1))
        assert browser.get(address)["Location"] == address
        assert browser.get(address).status_code == 200


@pytest.mark.django_db
def test_a_fragment_sends_the_whole_page_to_log_in(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        clock.shift(timedelta(hours=1))
        answer = browser.get(PAGE, headers={"hx-request": "true"})
        assert answer["HX-Redirect"] == "/accounts/login/?ended=idle"


# --- a form that comes too late ---------------------------------------------------------------------

ASK = "/servicing/ask/"
QUESTION = {"topic": "receipts", "question": "Why twice?", "check": "1"}


def late(browser: Any, clock: Any, address: str, data: dict[str, str]) -> Any:
    """The person opens the form, is away for more than its hour, and sends it."""
    assert browser.get(address).status_code == 200
    clock.shift(timedelta(seconds=settings.SESSION_FORM_IDLE_SECONDS + 1))
    return browser.post(address, data)


@pytest.mark.django_db
def test_what_was_typed_before_the_end_is_there_after_the_log_in(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        answer = late(browser, clock, ASK, QUESTION)
        assert answer["Location"] == "/accounts/login/?ended=idle&next=%2Fservicing%2Fask%2F&kept=1"
        assert "What you had written is kept" in browser.get(answer["Location"]).content.decode()
        # Out it is, whatever was kept.
        assert browser.get(ASK).status_code == 302
        form = {"login": "ana@example.org", "password": PASSWORD, "next": ASK}
        assert browser.post("/accounts/login/", form)["Location"] == ASK
        assert "Why twice?" in browser.get(ASK).content.decode()
    assert Case.objects.count() == 0


@pytest.mark.django_db
def test_an_account_number_waits_sealed_and_with_its_policy(visitor: Any, cast: Cast) -> None:
    address = reverse("servicing:account_change", args=[cast.health.reference])
    iban = "ES91 2100 0418 4502 0005 1332"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        answer = late(browser, clock, address, {"iban": iban, "account_owner": "Ana"})
        assert answer["Location"].endswith("&kept=1")
        draft = Draft.objects.get()
        assert (draft.user, draft.place, iban in str(draft.data)) == (
            cast.ana.user,
            cast.health.reference,
            False,
        )
        enter(browser)
        assert browser.get(address).context["form"]["iban"].value() == iban


@pytest.mark.django_db
def test_the_contact_data_wait_too(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        answer = late(browser, clock, "/servicing/profile/", {"address": "Av. Diagonal 2"})
        assert answer["Location"].endswith("&kept=1")
        enter(browser)
        form = browser.get("/servicing/profile/").context["form"]
        assert form["address"].value() == "Av. Diagonal 2"


@pytest.mark.django_db
def test_nothing_is_kept_of_a_form_of_somebody_else_s_page(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        browser.handler.enforce_csrf_checks = True
        answer = late(browser, clock, ASK, QUESTION)
        assert answer["Location"] == "/accounts/login/?ended=idle&next=%2F"
    assert Draft.objects.count() == 0


@pytest.mark.django_db
def test_the_policy_of_another_keeps_nothing(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        browser.get(ASK)
        clock.shift(timedelta(hours=2))
        answer = browser.post(
            reverse("servicing:account_change", args=[cast.elenas.reference]), {"iban": "ES91"}
        )
        assert "kept" not in answer["Location"]
    assert Draft.objects.count() == 0


@pytest.mark.django_db
def test_who_writes_has_an_hour_and_who_reads_half_of_it(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        reader, writer = enter(visitor()), enter(visitor())
        assert reader.get(PAGE).context["request"].log_in_clock.left.idle == 30 * 60
        assert writer.get(ASK).context["request"].log_in_clock.left == Left(60 * 60, 12 * 3600)
        clock.shift(timedelta(minutes=30, seconds=1))
        assert reader.get(PAGE).status_code == 302
        assert writer.get(ASK).status_code == 200


@pytest.mark.django_db
def test_the_button_to_stay_says_how_long(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        clock.shift(timedelta(minutes=29))
        assert browser.post(STAY).json() == {"idle": 30 * 60, "age": 12 * 3600 - 29 * 60}
        # Within the minute in which the clock is not written otherwise.
        clock.shift(timedelta(seconds=30))
        assert browser.post(STAY).json() == {"idle": 30 * 60, "age": 12 * 3600 - 29 * 60 - 30}
        assert browser.get(STAY).status_code == 405
        clock.shift(timedelta(minutes=31))
        assert browser.post(STAY).status_code == 302


@pytest.mark.django_db
def test_the_clock_is_written_once_a_minute(visitor: Any, cast: Cast) -> None:
    def writes(browser: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(PAGE)
        return sum("UPDATE" in query["sql"] and "django_session" in query["sql"] for query in queries)

    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = enter(visitor())
        browser.get(PAGE)
        clock.shift(timedelta(seconds=59))
        assert writes(browser) == 0
        clock.shift(timedelta(seconds=1))
        assert writes(browser) == 1
    assert Session.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "language"),
    [("ca,en;q=0.5", "ca"), ("fr", "es"), ("", "es"), ("en-GB,es;q=0.3", "en"), ("de;q=0.9,ca;q=0.1", "ca")],
)
def test_a_stranger_reads_the_language_of_the_browser(visitor: Any, header: str, language: str) -> None:
    answer = visitor(header).get("/accounts/login/")
    assert answer["Content-Language"] == language
    assert f'<html lang="{language}">' in answer.content.decode()
    assert {"Accept-Language", "Cookie"} <= {part.strip() for part in answer["Vary"].split(",")}


@pytest.mark.django_db
def test_the_choice_of_a_stranger_is_kept_in_a_cookie(visitor: Any) -> None:
    browser = visitor("en")
    answer = browser.post(LANGUAGE, {"language": "ca", "next": "/accounts/signup/?a=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/signup/?a=1")
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("ca", True, "Lax")
    assert browser.get("/accounts/login/")["Content-Language"] == "ca"


@pytest.mark.django_db
def test_the_choice_of_a_person_is_kept_on_the_account(visitor: Any, cast: Cast) -> None:
    enter(visitor("es")).post(LANGUAGE, {"language": "ca", "next": PAGE})
    assert User.objects.get(email="ana@example.org").language == "ca"
    # In another browser, which asks for English.
    assert enter(visitor("en")).get(PAGE)["Content-Language"] == "ca"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        {"language": "fr", "next": "https://evil.example/"},
        {"language": "../es", "next": "//evil.example"},
        {"language": "", "next": "javascript:alert(1)"},
        {},
    ],
)
def test_a_made_up_language_or_page_changes_nothing(visitor: Any, data: dict[str, str]) -> None:
    browser = visitor("en")
    answer = browser.post(LANGUAGE, data)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies
    assert browser.get(LANGUAGE).status_code == 405


def test_passwords_are_kept_as_the_threat_model_says() -> None:
    encoded = PortalArgon2().encode("Abcdefghij1!", "a" * 22)
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=3,p=1$")
    assert PortalArgon2().verify("Abcdefghij1!", encoded) is True
    assert PortalArgon2().verify("Abcdefghij1?", encoded) is False


def test_only_two_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashers, "WAIT_SECONDS", 0.01)
    with hash_slot(), hash_slot(), pytest.raises(HashingBusy):
        PortalArgon2().encode("Abcdefghij1!", "a" * 22)
    assert PortalArgon2().encode("Abcdefghij1!", "a" * 22).startswith("argon2")


@pytest.mark.django_db
def test_when_all_are_busy_one_is_asked_to_come_back(visitor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: Any, **kwargs: Any) -> None:
        raise HashingBusy

    monkeypatch.setattr("accounts.backend.check_password", busy)
    answer = visitor().post("/accounts/login/", {"login": "12345678Z", "password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
