"""How often somebody may guess: in an hour, in a row, from one network, and while many guess everywhere."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import actions, backend
from accounts.buckets import bucket
from accounts.models import LogIn, LogInAlert, User
from tests.conftest import PortalClient
from tests.people import PASSWORD, Cast

pytestmark = pytest.mark.django_db
LOGIN, WRONG = "/accounts/login/", "Wrong7!mondelo"
IN_A_ROW = "There were too many attempts in a row. Ask for a new password"
WAIT = "Wait five minutes"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each password that reaches the hasher."""
    checks: list[str] = []

    def counted(password: str, *args: Any, **kwargs: Any) -> bool:
        checks.append(password)
        return False

    monkeypatch.setattr(backend, "check_password", counted)
    return checks


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def log_in(login: str = "ana@example.org", password: str = WRONG, address: str = "203.0.113.5") -> Any:
    browser = PortalClient(REMOTE_ADDR=address, headers=ENGLISH)
    return browser.post(LOGIN, {"login": login, "password": password})


def came_in(answer: Any) -> bool:
    return answer.status_code == 302


def fail(login: str, times: int) -> None:
    """So many failures, one an hour: no shorter counter has any of them."""
    now = timezone.now()
    LogIn.objects.bulk_create(
        LogIn(account=bucket(login), way="password", succeeded=False, at=now - timedelta(hours=12 + index))
        for index in range(times)
    )


def test_twenty_in_an_hour(cast: Cast, hashed: list[str], clock: Any) -> None:
    """Six each from six addresses, eight times, six minutes apart."""
    for time in range(8):
        for place in range(6):
            log_in(address=f"10.{time}.{place}.1")
        clock.shift(timedelta(minutes=6))
    assert len(hashed) == 20


# --- in a row -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("failures", "opens"), [(99, True), (100, False), (150, False)])
def test_a_hundred_in_a_row_close_the_door_to_strange_devices(cast: Cast, failures: int, opens: bool) -> None:
    fail("ana@example.org", failures)
    answer = log_in(password=PASSWORD)
    assert came_in(answer) is opens
    assert opens or IN_A_ROW in answer.content.decode()


def test_after_a_hundred_nothing_reaches_the_hasher(cast: Cast, hashed: list[str]) -> None:
    fail("ana@example.org", 100)
    log_in()
    log_in("12345678-z")
    assert hashed == []


def test_who_came_in_meanwhile_begins_anew(cast: Cast) -> None:
    fail("ana@example.org", 150)
    assert cast.ana.user
    LogIn.objects.create(account=bucket("ana@example.org"), way="passkey", succeeded=True)
    assert came_in(log_in(password=PASSWORD))


def test_nobody_s_account_is_told_the_same(cast: Cast) -> None:
    for login in ("ana@example.org", "nobody@example.org", "00000000T"):
        fail(login, 100)
    pages = [
        masked(log_in(login, PASSWORD), login)
        for login in ("ana@example.org", "nobody@example.org", "00000000T")
    ]
    assert IN_A_ROW in pages[0]
    assert pages[1:] == [pages[0]] * 2


def masked(answer: Any, login: str) -> str:
    html = answer.content.decode().replace(login, "LOGIN")
    html = re.sub(r'value="[A-Za-z0-9]{64}"', "TOKEN", html)
    return re.sub(r"[0-9a-f]{12}", "REQUEST", html)


def test_a_known_device_opens(cast: Cast) -> None:
    own = PortalClient()
    own.post(LOGIN, {"login": "ana@example.org", "password": PASSWORD})
    own.post("/accounts/logout/")
    LogIn.objects.all().delete()
    fail("ana@example.org", 100)
    assert not came_in(log_in(password=PASSWORD))
    assert came_in(own.post(LOGIN, {"login": "ana@example.org", "password": PASSWORD}))


def test_a_new_password_opens(cast: Cast) -> None:
    assert cast.hugo.user
    fail("hugo@example.org", 100)
    browser = PortalClient(headers=ENGLISH)
    browser.post("/accounts/password/reset/", {"identifier": "hugo@example.org"})
    found = re.search(r"http://testserver(/accounts/\S+)", mail.outbox[-1].body)
    assert found
    browser.get(found[1])
    assert not came_in(log_in("hugo@example.org", PASSWORD))
    browser.post("/accounts/password/reset/new/", {"password1": "Another9-mondelu"})
    answer = log_in("hugo@example.org", "Another9-mondelu")
    assert came_in(answer)
    User.objects.update(language="en")
    page = answer.client.get("/accounts/security/").content.decode()
    assert ("New password" in page, "Chosen by mail" in page) == (True, True)


# --- one network ----------------------------------------------------------------------------------


def test_one_home_of_ipv6_is_one_address(cast: Cast, hashed: list[str]) -> None:
    assert settings.ALLAUTH_RATE_LIMIT_IPV6_PREFIX == 64
    for number in range(40):
        log_in(f"n{number}@example.org", address=f"2001:db8:1:2::{number:x}")
    assert len(hashed) == 30
    log_in("other@example.org", address="2001:db8:1:3::1")
    assert len(hashed) == 31


# --- many everywhere ------------------------------------------------------------------------------


def alarm() -> None:
    LogInAlert.objects.create(window_at=timezone.now(), minutes=10, failures=200, accounts=9, networks=9)


def test_while_many_fail_a_strange_device_has_five_tries(cast: Cast, hashed: list[str]) -> None:
    alarm()
    answers = [log_in(f"n{number}@example.org") for number in range(8)]
    assert len(hashed) == 5
    assert [WAIT in answer.content.decode() for answer in answers] == [False] * 5 + [True] * 3
    log_in("n9@example.org", address="203.0.113.6")
    assert len(hashed) == 6


def test_a_right_password_is_no_try(cast: Cast) -> None:
    alarm()
    for _time in range(7):
        assert came_in(log_in("elena@example.org", PASSWORD))


def test_a_known_device_notices_nothing(cast: Cast) -> None:
    own = PortalClient()
    own.post(LOGIN, {"login": "ana@example.org", "password": PASSWORD})
    own.post("/accounts/logout/")
    alarm()
    for number in range(6):
        Client().post(LOGIN, {"login": f"n{number}@example.org", "password": WRONG})
    assert not came_in(Client().post(LOGIN, {"login": "elena@example.org", "password": PASSWORD}))
    assert came_in(own.post(LOGIN, {"login": "ana@example.org", "password": PASSWORD}))


def test_the_alarm_ends(cast: Cast, hashed: list[str], clock: Any) -> None:
    """And has no gap while it goes on: the next alert is written before this one is forgotten."""
    alarm()
    clock.shift(timedelta(minutes=2 * settings.FAILED_LOGINS_MINUTES, seconds=-1))
    for number in range(8):
        log_in(f"n{number}@example.org")
    assert len(hashed) == 5
    clock.shift(timedelta(seconds=2))
    log_in("n9@example.org")
    assert len(hashed) == 6
    assert actions.watch_failed_log_ins() is None
