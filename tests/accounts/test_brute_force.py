"""Whoever tries passwords gets five; whoever owns the account comes in all the same; staff are told."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions, backend, known, tasks
from accounts.buckets import bucket
from accounts.models import LogIn, LogInAlert, User
from tests.accounts.guessers import SPELLINGS
from tests.conftest import PortalClient
from tests.people import PASSWORD, Cast, make_cast
from tests.processes import address_of_the_test_database

LOGIN, WRONG = "/accounts/login/", "Wrong7!mondelo"


def log_in(browser: Any, login: str = "ana@example.org", password: str = PASSWORD) -> Any:
    return browser.post(LOGIN, {"login": login, "password": password})


def came_in(answer: Any) -> bool:
    return answer.status_code == 302


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each password that reaches the hasher."""
    checks: list[str] = []
    check = backend.check_password

    def counted(*args: Any, **kwargs: Any) -> bool:
        checks.append(args[0])
        return check(*args, **kwargs)

    monkeypatch.setattr(backend, "check_password", counted)
    return checks


@pytest.fixture
def besieged(cast: Cast) -> Cast:
    """Somebody fills Ana's counter from many places."""
    for number in range(8):
        log_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), password=WRONG)
    return cast


# --- counted once, however many processes ---------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_160_guesses_of_16_processes_reach_the_hasher_five_times(tmp_path: Path) -> None:
    """Ten each, all at once, from 160 addresses and in ten spellings."""
    make_cast()
    hashed = tmp_path / "hashed"
    hashed.touch()
    done = subprocess.run(
        [sys.executable, "-m", "tests.accounts.guessers", str(hashed)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings_test",
            "DATABASE_URL": address_of_the_test_database(),
            # Sixteen at once are what is asked for: none waits in the process for a connection.
            "DATABASE_POOL_SIZE": "1",
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers = done.stdout.split()
    assert (len(done.stdout.splitlines()), len(answers), set(answers)) == (16, 160, {"200"})
    reached = len(hashed.read_text().split())
    assert 1 <= reached <= 5
    # What reached the hasher is what the owner reads.
    assert LogIn.objects.filter(account=bucket("12345678Z"), succeeded=False).count() == reached


@pytest.mark.django_db
def test_ten_spellings_are_one_bucket(cast: Cast, hashed: list[str]) -> None:
    for number, spelling in enumerate(SPELLINGS):
        log_in(Client(REMOTE_ADDR=f"10.9.9.{number}"), spelling, WRONG)
    assert len(hashed) == 5


# --- nobody is locked out on purpose --------------------------------------------------------------


@pytest.mark.django_db
def test_a_stranger_waits_and_the_owner_s_device_does_not(cast: Cast, hashed: list[str]) -> None:
    own = PortalClient()
    assert came_in(log_in(own))
    own.post("/accounts/logout/")
    for number in range(200):
        log_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), password=WRONG)
    assert not came_in(log_in(Client(REMOTE_ADDR="203.0.113.5")))
    assert came_in(log_in(own, "12345678-z"))


@pytest.mark.django_db
def test_nor_does_it_when_the_address_is_full(cast: Cast) -> None:
    own = PortalClient(REMOTE_ADDR="198.51.100.1")
    log_in(own)
    own.post("/accounts/logout/")
    for number in range(31):
        log_in(Client(REMOTE_ADDR="198.51.100.1"), f"n{number}@example.org", WRONG)
    assert not came_in(log_in(Client(REMOTE_ADDR="198.51.100.1"), "elena@example.org"))
    assert came_in(log_in(own))


@pytest.mark.django_db
def test_a_known_device_has_five_tries_of_its_own(cast: Cast, hashed: list[str]) -> None:
    own = PortalClient()
    log_in(own)
    own.post("/accounts/logout/")
    hashed.clear()
    for _try in range(8):
        log_in(own, password=WRONG)
    assert len(hashed) == 5
    assert not came_in(log_in(own))
    # It has filled its own counter, and nobody else's.
    assert came_in(log_in(Client()))


@pytest.mark.django_db
def test_the_reset_stays_open_and_opens_the_account(besieged: Cast) -> None:
    browser = PortalClient(REMOTE_ADDR="203.0.113.9", headers={"accept-language": "en"})
    person = besieged.hugo.user
    assert person
    for number in range(8):
        log_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), "hugo@example.org", WRONG)
    browser.post("/accounts/password/reset/", {"identifier": "hugo@example.org"})
    (message,) = [message for message in mail.outbox if message.to == ["hugo@example.org"]]
    link = next(word for word in message.body.split() if "/password/reset/key/" in word)
    browser.get(link.removeprefix("http://testserver"))
    browser.post("/accounts/password/reset/new/", {"password1": "Another9-mondelu"})
    # At once, and from anywhere: the counter was emptied.
    assert came_in(log_in(Client(REMOTE_ADDR="203.0.113.10"), "hugo@example.org", "Another9-mondelu"))


@pytest.mark.django_db
def test_the_page_of_passkeys_is_open_to_all(besieged: Cast) -> None:
    """The walk with a real one: tests/journeys/test_passkeys.py."""
    answer = Client(REMOTE_ADDR="198.51.100.1").get(
        "/accounts/login/passkey/",
        headers={"accept": "application/json", "x-requested-with": "XMLHttpRequest"},
    )
    assert (answer.status_code, "request_options" in answer.json()) == (200, True)


# --- the cookie -----------------------------------------------------------------------------------


def cookie_of(answer: Any) -> Any:
    return answer.cookies[settings.KNOWN_COOKIE_NAME]


@pytest.mark.django_db
def test_the_cookie_is_closed_and_new_at_each_log_in(cast: Cast) -> None:
    browser = PortalClient()
    first = cookie_of(log_in(browser))
    assert (first["httponly"], first["samesite"], first["path"], first["domain"]) == (True, "Lax", "/", "")
    assert first["max-age"] == 180 * 24 * 3600
    # Nobody is named: marks of an account, and a name that was drawn for the device.
    kept = signing.loads(first.value, salt=known.SALT)
    assert {(len(mark), len(name)) for mark, name in kept.items()} == {(32, 16), (16, 0)}
    assert {character for pair in kept.items() for character in "".join(pair)} <= {*"0123456789abcdef"}
    browser.post("/accounts/logout/")
    assert browser.cookies[settings.KNOWN_COOKIE_NAME].value == first.value
    second = cookie_of(log_in(browser))
    assert second.value != first.value


@pytest.mark.django_db
def test_a_wrong_password_gets_none(cast: Cast) -> None:
    assert settings.KNOWN_COOKIE_NAME not in log_in(Client(), password=WRONG).cookies


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["", "x", "eyJhIjoiYiJ9:1:x", "W10:1vM:abc"])
def test_one_that_was_made_up_is_none(besieged: Cast, value: str) -> None:
    browser = PortalClient()
    browser.cookies[settings.KNOWN_COOKIE_NAME] = value
    assert not came_in(log_in(browser))


@pytest.mark.django_db
def test_one_s_own_opens_no_counter_of_another(besieged: Cast) -> None:
    """Elena's device is strange to Ana's account."""
    browser = PortalClient()
    log_in(browser, "elena@example.org")
    browser.post("/accounts/logout/")
    assert not came_in(log_in(browser))


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "known"), [(179, True), (181, False)])
def test_it_is_known_for_180_days(cast: Cast, days: int, known: bool) -> None:
    browser = PortalClient()
    log_in(browser)
    browser.post("/accounts/logout/")
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        for number in range(8):
            log_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), password=WRONG)
        assert came_in(log_in(browser)) is known


@pytest.mark.django_db
def test_a_new_password_makes_every_device_strange(cast: Cast) -> None:
    """Who stole one with its cookie has no tries of their own any more."""
    browser = PortalClient()
    log_in(browser)
    browser.post("/accounts/logout/")
    user = User.objects.get(email="ana@example.org")
    user.set_password(PASSWORD)
    user.save()
    for number in range(8):
        log_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), password=WRONG)
    assert not came_in(log_in(browser))


@pytest.mark.django_db
def test_a_family_shares_a_tablet(cast: Cast) -> None:
    tablet = PortalClient()
    for name in ("elena", "hugo", "bruno", "ana"):
        log_in(tablet, f"{name}@example.org")
        answer = tablet.post("/accounts/logout/")
        assert answer.status_code == 302
    assert len(tablet.cookies[settings.KNOWN_COOKIE_NAME].value) < 1000
    for name in ("elena", "ana"):
        for number in range(8):
            log_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), f"{name}@example.org", WRONG)
        assert came_in(log_in(tablet, f"{name}@example.org"))
        tablet.post("/accounts/logout/")


# --- staff are told -------------------------------------------------------------------------------


def failures(number: int) -> None:
    LogIn.objects.bulk_create(
        LogIn(account=f"{index % 50:064}", way="password", succeeded=False, address=f"198.51.{index % 100}.x")
        for index in range(number)
    )


@pytest.mark.django_db
def test_below_the_threshold_nobody_is_told() -> None:
    failures(199)
    LogIn.objects.create(account="1" * 64, way="password", succeeded=True)
    assert actions.watch_failed_log_ins() is None


@pytest.mark.django_db
def test_at_the_threshold_once_a_window(caplog: pytest.LogCaptureFixture) -> None:
    with time_machine.travel("2026-11-20T10:03:00+01:00", tick=False) as clock:
        failures(200)
        tasks.watch_failed_log_ins()
        tasks.watch_failed_log_ins()
        (alert,) = LogInAlert.objects.all()
        assert (alert.failures, alert.accounts, alert.networks, alert.minutes) == (200, 50, 100, 10)
        assert [record.message for record in caplog.records].count("many_failed_log_ins") == 1
        clock.shift(timedelta(minutes=8))
        # The same ones still count, and have been told.
        failures(200)
        assert actions.watch_failed_log_ins() is None
        clock.shift(timedelta(minutes=3))
        failures(200)
        assert actions.watch_failed_log_ins() is not None
    assert LogInAlert.objects.count() == 2


@pytest.mark.django_db
def test_two_beats_write_one(monkeypatch: pytest.MonkeyPatch) -> None:
    failures(200)
    now = timezone.now()
    assert actions.watch_failed_log_ins(now) is not None
    LogInAlert.objects.update(at=now - timedelta(days=1))
    # The other one had looked before the first had written.
    assert actions.watch_failed_log_ins(now) is None
    assert LogInAlert.objects.count() == 1


@pytest.mark.django_db
def test_staff_read_it_on_their_first_page_and_in_a_list(cast: Cast, log_in: Any) -> None:
    User.objects.update(language="en")
    felix = log_in(cast.felix)
    assert "failed log-ins:" not in felix.get(reverse("admin:index")).content.decode()
    failures(200)
    actions.watch_failed_log_ins()
    page = felix.get(reverse("admin:index")).content.decode()
    assert "Many failed log-ins: 200 in 10 minutes" in page
    address = reverse("admin:accounts_loginalert_changelist")
    assert f'href="{address}"' in page
    assert "200" in felix.get(address).content.decode()
    alert = LogInAlert.objects.get()
    assert felix.get(reverse("admin:accounts_loginalert_change", args=[alert.pk])).status_code == 200
    LogInAlert.objects.update(at=timezone.now() - timedelta(hours=25))
    assert "failed log-ins:" not in felix.get(reverse("admin:index")).content.decode()


@pytest.mark.django_db
def test_whoever_may_not_see_the_list_reads_nothing_of_it(cast: Cast, log_in: Any) -> None:
    failures(200)
    actions.watch_failed_log_ins()
    assert cast.felix.user
    cast.felix.user.groups.clear()
    page = log_in(cast.felix).get(reverse("admin:index")).content.decode()
    assert "loginalert" not in page
