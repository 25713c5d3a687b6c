"""Whoever comes in on a device that the account has never been on is told of by mail, and only then."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.conftest import PortalClient
from tests.people import PASSWORD, Cast, code_now, give_app

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def ana(cast: Cast) -> User:
    """Has been in before."""
    assert cast.ana.user
    user = cast.ana.user
    user.language, user.last_login = "en", timezone.now() - timedelta(days=200)
    user.save()
    return user


def browser() -> PortalClient:
    return PortalClient(REMOTE_ADDR="203.0.113.77", headers={"accept-language": "en", "user-agent": LAPTOP})


def log_in(client: Client, login: str = "ana@example.org", password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": login, "password": password})


def log_in_again(client: Client, **typed: str) -> Any:
    client.post("/accounts/logout/")
    return log_in(client, **typed)


def told() -> list[Any]:
    return [message for message in mail.outbox if "new device" in message.subject]


def test_the_mail_says_when_and_about_on_what_and_no_more(ana: User) -> None:
    with time_machine.travel("2026-11-20T10:03:00+01:00", tick=False):
        log_in(browser())
    (message,) = told()
    assert message.to == ["ana@example.org"]
    assert "Firefox on Windows, on 11/20/2026 at 10:03" in message.body
    for hidden in ("203.0.113", "Ana", "12345678", "Ferrer"):
        assert hidden not in message.body


def test_a_known_device_is_no_news(ana: User) -> None:
    own = browser()
    log_in(own)
    log_in_again(own, login="12345678-Z")
    assert len(told()) == 1
    log_in(browser())
    assert len(told()) == 2


def test_nor_is_it_after_a_new_password(ana: User) -> None:
    own = browser()
    log_in(own)
    ana.set_password("Another9-mondelu")
    ana.save()
    log_in_again(own, password="Another9-mondelu")
    assert len(told()) == 1


def test_another_account_on_the_same_device_is(ana: User, cast: Cast) -> None:
    tablet = browser()
    User.objects.filter(email="elena@example.org").update(last_login=timezone.now(), language="en")
    log_in(tablet)
    log_in_again(tablet, login="elena@example.org")
    log_in_again(tablet)
    log_in_again(tablet, login="elena@example.org")
    assert [message.to for message in told()] == [["ana@example.org"], ["elena@example.org"]]


def test_the_very_first_log_in_is_not(ana: User) -> None:
    User.objects.update(last_login=None)
    log_in(browser())
    assert told() == []


def test_a_wrong_password_tells_nobody(ana: User) -> None:
    log_in(browser(), password="Wrong7!mondelo")
    assert mail.outbox == []


def test_a_cookie_that_was_made_up_is_no_device(ana: User) -> None:
    stranger = browser()
    stranger.cookies[settings.KNOWN_COOKIE_NAME] = "eyJhIjoiYiJ9:1:x"
    log_in(stranger)
    assert len(told()) == 1


def test_with_a_second_factor_once_both_were_shown(ana: User) -> None:
    give_app(ana)
    with time_machine.travel("2026-11-20T10:00:15+01:00", tick=False):
        stranger = browser()
        log_in(stranger)
        assert told() == []
        stranger.post("/accounts/login/second/", {"code": code_now()})
    assert len(told()) == 1


def test_in_the_language_of_the_account(ana: User) -> None:
    """Whatever the browser of a stranger speaks."""
    User.objects.update(language="ca")
    log_in(browser())
    assert "Firefox on Windows" not in mail.outbox[-1].body
    assert "Firefox" in mail.outbox[-1].body
