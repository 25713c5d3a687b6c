"""Where somebody is logged in, who came in or tried to lately, and that what is ended is over at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions, log_ins
from accounts.buckets import bucket
from accounts.log_ins import device_words, masked
from accounts.models import LogIn, User
from tests.conftest import PortalClient
from tests.people import PASSWORD, Cast, code_now, give_app

pytestmark = pytest.mark.django_db

LOGIN, PAGE, SECURITY = "/accounts/login/", "/account/", "/accounts/security/"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/128.0.0.0 Mobile Safari/537.36"
)
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Safari/605.1.15"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


def browser_on(user_agent: str = LAPTOP, address: str = "203.0.113.77") -> PortalClient:
    return PortalClient(REMOTE_ADDR=address, headers={"accept-language": "en", "user-agent": user_agent})


def log_in(browser: Any, password: str = PASSWORD) -> Any:
    browser.post(LOGIN, {"login": "ana@example.org", "password": password})
    return browser


def is_in(browser: Any) -> bool:
    return browser.get(PAGE).status_code == 200


@pytest.fixture
def ana(cast: Cast) -> User:
    assert cast.ana.user
    User.objects.filter(pk=cast.ana.user.pk).update(language="en")
    return cast.ana.user


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (PHONE, "Chrome en Android"),
        (LAPTOP, "Firefox en Windows"),
        (MAC, "Safari en macOS"),
        (IPHONE, "Safari en iPhone"),
        ("curl/8.1", "curl"),
    ],
)
def test_a_device_is_named_roughly(user_agent: str, words: str) -> None:
    browser, _on, system = words.partition(" en ")
    said = device_words(user_agent)
    assert said.startswith(browser)
    assert said.endswith(system)


@pytest.mark.parametrize("user_agent", ["", "zzz", "\u202e<script>"])
def test_what_nobody_knows_is_unknown(user_agent: str) -> None:
    assert device_words(user_agent) == device_words("")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.x"),
        ("::ffff:203.0.113.77", "203.0.113.x"),
        ("2001:db8:7:9::1", "2001:0db8:0007:x"),
        ("not an address", ""),
        ("", ""),
    ],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


# --- devices --------------------------------------------------------------------------------------


def test_the_page_shows_each_device_and_marks_this_one(ana: User) -> None:
    with time_machine.travel("2026-11-20T10:00:00+01:00", tick=False) as clock:
        log_in(browser_on(PHONE, "198.51.100.9"))
        clock.shift(timedelta(minutes=3))
        laptop = log_in(browser_on())
        answer = laptop.get(SECURITY)
    here, phone = answer.context["devices"]
    assert (here.is_here, here.words, here.address) == (True, "Firefox on Windows", "203.0.113.x")
    assert (phone.is_here, phone.words, phone.address) == (False, "Chrome on Android", "198.51.100.x")
    assert timezone.localtime(phone.used_at).hour == 10
    page = answer.content.decode()
    assert "This device" in page
    assert "198.51.100.9" not in page
    assert "203.0.113.77" not in page


def test_a_device_is_ended_at_its_next_page(ana: User) -> None:
    phone, laptop = log_in(browser_on(PHONE)), log_in(browser_on())
    key = laptop.get(SECURITY).context["devices"][1].key
    answer = laptop.post(reverse("account_end_session", args=[key]))
    assert (answer.status_code, answer["Location"]) == (302, SECURITY)
    assert (is_in(phone), is_in(laptop)) == (False, True)
    assert len(laptop.get(SECURITY).context["devices"]) == 1
    # The button pressed twice.
    assert laptop.post(reverse("account_end_session", args=[key])).status_code == 404


def test_all_others_are_ended_also_those_of_before_there_were_rows(ana: User) -> None:
    phone, old, laptop = log_in(browser_on(PHONE)), log_in(browser_on(MAC)), log_in(browser_on())
    LogIn.objects.filter(user_agent=MAC).delete()
    before = laptop.session.session_key
    laptop.post(reverse("account_end_others"))
    assert (is_in(phone), is_in(old), is_in(laptop)) == (False, False, True)
    assert laptop.session.session_key != before
    (here,) = laptop.get(SECURITY).context["devices"]
    assert here.is_here
    # Ended does not mean locked out.
    assert is_in(log_in(phone))
    assert len(laptop.get(SECURITY).context["devices"]) == 2


def test_nobody_ends_the_session_of_another(ana: User, cast: Cast, visitor: Any) -> None:
    anas = log_in(browser_on(PHONE))
    key = log_in(browser_on()).get(SECURITY).context["devices"][1].key
    elena = visitor()
    elena.post(LOGIN, {"login": "elena@example.org", "password": PASSWORD})
    assert elena.post(reverse("account_end_session", args=[key])).status_code == 404
    elena.post(reverse("account_end_others"))
    assert is_in(anas)


def test_what_is_idle_or_logged_out_is_no_device(ana: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(browser_on(PHONE))
        gone = log_in(browser_on(MAC))
        gone.post("/accounts/logout/")
        clock.shift(timedelta(hours=2))
        laptop = log_in(browser_on())
        assert [device.words for device in laptop.get(SECURITY).context["devices"]] == ["Firefox on Windows"]


def test_the_page_costs_the_same_for_one_and_for_four(ana: User) -> None:
    def cost(browser: Any) -> int:
        browser.get(SECURITY)
        with CaptureQueriesContext(connection) as queries:
            browser.get(SECURITY)
        return len(queries)

    laptop = log_in(browser_on())
    one = cost(laptop)
    for user_agent in (PHONE, MAC, IPHONE):
        log_in(browser_on(user_agent))
    assert len(laptop.get(SECURITY).context["devices"]) == 4
    assert (cost(laptop), one <= 8) == (one, True)


# --- G19: what a session survives -----------------------------------------------------------------


def test_showing_the_password_again_changes_the_key_and_keeps_the_log_in(ana: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = log_in(browser_on())
        clock.shift(timedelta(minutes=6))
        before = browser.session.session_key
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        after = browser.session.session_key
        assert after != before
        assert is_in(browser)
        assert not Session.objects.filter(session_key=before).exists()
        assert LogIn.objects.get(succeeded=True).session_key == after
        assert len(browser.get(SECURITY).context["devices"]) == 1


def test_a_wrong_password_there_changes_nothing(ana: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = log_in(browser_on())
        clock.shift(timedelta(minutes=6))
        before = browser.session.session_key
        browser.post("/accounts/reauthenticate/", {"password": "Wrong7!mondelo"})
        assert browser.session.session_key == before
        # It is no log-in.
        assert LogIn.objects.filter(succeeded=False).count() == 0


def test_a_changed_password_ends_the_others_and_keeps_this_one(ana: User) -> None:
    phone, laptop = log_in(browser_on(PHONE)), log_in(browser_on())
    laptop.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "Another9-mondelu"})
    assert (is_in(phone), is_in(laptop)) == (False, True)
    (here,) = laptop.get(SECURITY).context["devices"]
    assert here.is_here
    assert LogIn.objects.filter(session_key=laptop.session.session_key).count() == 1


def test_a_planted_session_does_not_become_anybody_s(ana: User, visitor: Any) -> None:
    planted = visitor()
    planted.post(
        "/accounts/signup/email/", {"email": "x@example.org", "password1": "Kz7!mondelo-Trapp", "terms": "1"}
    )
    key = planted.session.session_key
    victim = browser_on()
    victim.cookies[settings.SESSION_COOKIE_NAME] = key
    log_in(victim)
    assert is_in(victim)
    assert victim.session.session_key != key
    assert not is_in(planted)


def test_a_second_factor_changes_the_key(ana: User) -> None:
    give_app(ana)
    browser = log_in(browser_on())
    half_way = browser.session.session_key
    browser.post("/accounts/login/second/", {"code": code_now()})
    assert is_in(browser)
    assert browser.session.session_key != half_way
    stolen = browser_on()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = half_way
    assert not is_in(stolen)


def test_logging_out_kills_the_session_on_the_server(ana: User) -> None:
    browser = log_in(browser_on())
    key = browser.session.session_key
    browser.post("/accounts/logout/")
    assert not Session.objects.filter(session_key=key).exists()
    stolen = browser_on()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not is_in(stolen)


# --- recent log-ins -------------------------------------------------------------------------------


def test_log_ins_and_tries_are_listed_with_their_way(ana: User) -> None:
    log_in(browser_on(PHONE), "Wrong7!mondelo")
    laptop = log_in(browser_on())
    give_app(ana)
    second = log_in(browser_on(MAC))
    second.post("/accounts/login/second/", {"code": "000000"})
    second.post("/accounts/login/second/", {"code": code_now()})
    lines = laptop.get("/accounts/security/log-ins/").context["log_ins"]
    assert [(line.words, line.way, line.succeeded) for line in lines] == [
        ("Safari on macOS", "Password and second factor", True),
        ("Safari on macOS", "Password and second factor", False),
        ("Firefox on Windows", "Password", True),
        ("Chrome on Android", "Password", False),
    ]
    page = laptop.get(SECURITY).content.decode()
    assert ("Came in" in page, "Not let in" in page) == (True, True)


PASSWORD_SHOWN = {"method": "password", "at": 1}
CODE_SHOWN = {"method": "mfa", "at": 2, "type": "totp", "id": 1}
PASSKEY_SHOWN = {"method": "mfa", "at": 2, "type": "webauthn", "id": 1, "passwordless": True}


@pytest.mark.parametrize(
    ("records", "way"),
    [
        ([PASSWORD_SHOWN], "password"),
        ([PASSWORD_SHOWN, CODE_SHOWN], "second"),
        ([PASSKEY_SHOWN], "passkey"),
        ([PASSWORD_SHOWN, PASSKEY_SHOWN], "passkey"),
        ([], "mail"),
    ],
)
def test_the_way_is_what_was_shown(records: list[dict[str, Any]], way: str, ana: User, rf: Any) -> None:
    request = rf.get("/", headers={"user-agent": LAPTOP})
    request.session = SessionStore()
    request.session["account_authentication_methods"] = records
    request.session["account_authentication_methods_user"] = str(ana.pk)
    log_ins.note_success(request, ana)
    assert LogIn.objects.get().way == way


def test_one_sees_only_one_s_own(ana: User, cast: Cast, visitor: Any) -> None:
    log_in(browser_on(PHONE))
    visitor().post(LOGIN, {"login": "nobody@example.org", "password": "x"})
    elena = visitor()
    elena.post(LOGIN, {"login": "elena@example.org", "password": PASSWORD})
    assert len(elena.get("/accounts/security/log-ins/").context["log_ins"]) == 1


def test_an_unknown_name_leaves_a_row_that_names_nobody(visitor: Any, cast: Cast) -> None:
    visitor().post(LOGIN, {"login": "nobody@example.org", "password": "Wrong7!mondelo"})
    (row,) = LogIn.objects.all()
    assert (row.succeeded, row.account) == (False, bucket("nobody@example.org"))
    assert "nobody" not in "".join(str(value) for value in vars(row).values())


@pytest.mark.parametrize(
    "known", ["ana@example.org", "12345678Z", "unconfirmed@example.org", "closed@example.org"]
)
def test_a_failure_costs_the_same_statements_for_known_and_unknown(
    known: str, visitor: Any, cast: Cast
) -> None:
    def statements(login: str) -> list[str]:
        """What is sent, without its values."""
        with CaptureQueriesContext(connection) as queries:
            visitor().post(LOGIN, {"login": login, "password": "Wrong7!mondelo"})
        return [re.split(r" WHERE | VALUES | SET |SAVEPOINT |lock\(", query["sql"])[0] for query in queries]

    User.objects.create_user("unconfirmed@example.org", PASSWORD)
    User.objects.create_user("closed@example.org", PASSWORD, is_active=False)
    unknown = "nobody@example.org" if "@" in known else "00000000T"
    # Whoever comes first in a test fills what the process remembers.
    statements("first@example.org")
    assert statements(known) == statements(unknown)
    assert LogIn.objects.filter(succeeded=False).count() == 3


def test_after_90_days_they_are_forgotten(ana: User) -> None:
    log_in(browser_on())
    now = timezone.now()
    with time_machine.travel(now + LogIn.KEPT - timedelta(minutes=1)):
        assert actions.forget_old_log_ins() == 0
    with time_machine.travel(now + LogIn.KEPT + timedelta(minutes=1)):
        assert actions.forget_old_log_ins() == 1


def test_a_long_list_has_pages(ana: User) -> None:
    laptop = log_in(browser_on())
    row = LogIn.objects.get()
    LogIn.objects.bulk_create(
        LogIn(account=row.account, way="password", succeeded=False, address="198.51.100.x")
        for _n in range(60)
    )
    first = laptop.get("/accounts/security/log-ins/")
    assert len(first.context["log_ins"]) == 50
    assert "?page=2" in first.content.decode()
    assert len(laptop.get("/accounts/security/log-ins/?page=2").context["log_ins"]) == 11
    assert laptop.get("/accounts/security/log-ins/?page=x").status_code == 200
