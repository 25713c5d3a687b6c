"""Who has lost phone and codes: a mail of the staff, a wait to stop it in, and the second step goes."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import actions, links
from accounts.actions.asking import MAILS_AN_HOUR
from accounts.models import EmailChange, FactorsOff, User
from core.models import AuditEntry
from tests.people import PASSWORD, Cast, code_now, enter, give_app

pytestmark = pytest.mark.django_db
LOGIN, SECOND = "/accounts/login/", "/accounts/login/second/"
OFF, STAY = "/accounts/security/off/", "/accounts/security/stay/"


@pytest.fixture
def hugo(cast: Cast) -> User:
    User.objects.update(language="en")
    cast.hugo.user.refresh_from_db()
    give_app(cast.hugo.user)
    Authenticator.objects.create(
        user=cast.hugo.user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"}
    )
    return cast.hugo.user


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_user"))
    return log_in(cast.felix)


@pytest.fixture
def clock(hugo: User) -> Iterator[Any]:
    """A minute after the factors were set up."""
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False) as clock:
        yield clock


def press(client: Client, user: User) -> str:
    address = f"/admin/accounts/user/{user.pk}/press/factors-off/"
    (message,) = client.post(address, follow=True).context["messages"]
    return message.level_tag


def sent() -> tuple[str, str]:
    """The two links of the newest mail: off, and stop."""
    off, stop = dict.fromkeys(re.findall(r"http://testserver(/accounts/security/\S+)", mail.outbox[-1].body))
    return off, stop


def come_in(browser: Any) -> Any:
    browser.post(LOGIN, {"login": "hugo@example.org", "password": PASSWORD})
    return browser


def asks_for_second(browser: Any) -> bool:
    answer = browser.post(LOGIN, {"login": "hugo@example.org", "password": PASSWORD})
    return answer["Location"].startswith(SECOND)


def is_in(browser: Any) -> bool:
    return browser.get("/account/").status_code == 200


def test_from_the_call_to_the_log_in_by_password(hugo: User, felix: Client, visitor: Any, clock: Any) -> None:
    phone = come_in(visitor())
    phone.post(SECOND, {"code": code_now()})
    assert is_in(phone)
    clock.shift(60)
    assert press(felix, hugo) == "success"
    (notice,) = mail.outbox[-1:]
    assert (notice.to, notice.subject) == (["hugo@example.org"], "To log in without your phone and codes")
    entry = AuditEntry.objects.get(verb="press-factors-off")
    assert entry.actor == User.objects.get(email="felix@alborada.example")

    browser, (off, _stop) = visitor(), sent()
    # Before its time it says when, and does nothing whatever is sent.
    clock.shift(timedelta(hours=23, minutes=59))
    assert browser.get(off)["Location"] == OFF
    assert "This link does not work yet." in browser.get(OFF).content.decode()
    assert browser.post(OFF).status_code == 200
    assert Authenticator.objects.filter(user=hugo).count() == 2

    clock.shift(timedelta(minutes=1))
    page = browser.get(OFF).content.decode()
    assert "This link does not work yet." not in page
    # Who only looks changes nothing.
    assert asks_for_second(visitor())
    answer = browser.post(OFF)
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    assert Authenticator.objects.filter(user=hugo).count() == 0
    assert not is_in(phone)
    assert mail.outbox[-1].subject == "Your second step was taken off"
    assert AuditEntry.objects.filter(verb="take-factors-off", actor=hugo).count() == 1
    assert is_in(come_in(visitor()))
    # Once.
    assert (browser.post(OFF).status_code, browser.get(off).status_code) == (410, 410)


def test_it_ends_after_seven_days(hugo: User, felix: Client, visitor: Any, clock: Any) -> None:
    press(felix, hugo)
    off, stop = sent()
    clock.shift(timedelta(days=7, seconds=-1))
    assert visitor().get(off).status_code == 302
    clock.shift(timedelta(seconds=2))
    assert visitor().get(off).status_code == 410
    assert visitor().get(stop).status_code == 410
    actions.forget_old_factors_off()
    assert FactorsOff.objects.count() == 1
    clock.shift(timedelta(days=30))
    actions.forget_old_factors_off()
    assert FactorsOff.objects.count() == 0


def test_the_wait_is_a_setting(hugo: User, felix: Client, visitor: Any, clock: Any, settings: Any) -> None:
    settings.FACTORS_OFF_WAIT_HOURS = 2
    press(felix, hugo)
    browser = visitor()
    browser.get(sent()[0])
    clock.shift(timedelta(hours=2))
    assert browser.post(OFF).status_code == 302
    assert Authenticator.objects.filter(user=hugo).count() == 0


def test_its_owner_stops_it(hugo: User, felix: Client, visitor: Any, clock: Any) -> None:
    press(felix, hugo)
    (off, stop), browser = sent(), visitor()
    assert browser.get(stop)["Location"] == STAY
    assert "stop it" in browser.get(STAY).content.decode()
    # Looking is not stopping.
    assert visitor().get(off).status_code == 302
    assert "We have stopped it" in browser.post(STAY).content.decode()
    clock.shift(timedelta(hours=25))
    assert visitor().get(off).status_code == 410
    assert Authenticator.objects.filter(user=hugo).count() == 2
    assert AuditEntry.objects.filter(verb="stop-factors-off").count() == 1
    assert browser.post(STAY).status_code == 410


def test_whoever_comes_in_by_the_second_step_has_stopped_it(
    hugo: User, felix: Client, visitor: Any, clock: Any
) -> None:
    press(felix, hugo)
    off, _stop = sent()
    clock.shift(60)
    browser = come_in(visitor())
    browser.post(SECOND, {"code": code_now()})
    assert is_in(browser)
    clock.shift(timedelta(hours=25))
    assert visitor().get(off).status_code == 410


def test_only_the_newest_opens_and_waits_anew(
    hugo: User, cast: Cast, felix: Client, visitor: Any, clock: Any
) -> None:
    press(felix, hugo)
    older, _stop = sent()
    clock.shift(timedelta(hours=23))
    enter(felix, cast.felix.user)
    press(felix, hugo)
    newer, browser = sent()[0], visitor()
    clock.shift(timedelta(hours=2))
    assert visitor().get(older).status_code == 410
    browser.get(newer)
    browser.post(OFF)
    assert Authenticator.objects.filter(user=hugo).count() == 2


def test_the_link_is_of_that_mailbox(hugo: User, felix: Client, visitor: Any, clock: Any) -> None:
    press(felix, hugo)
    off, stop = sent()
    User.objects.filter(pk=hugo.pk).update(email="other@example.org")
    clock.shift(timedelta(hours=25))
    assert (visitor().get(off).status_code, visitor().get(stop).status_code) == (410, 410)


def test_what_was_set_up_since_stays(hugo: User, felix: Client, visitor: Any, clock: Any) -> None:
    press(felix, hugo)
    off, _stop = sent()
    clock.shift(timedelta(hours=1))
    Authenticator.objects.create(user=hugo, type=Authenticator.Type.WEBAUTHN, data={"name": "New"})
    clock.shift(timedelta(hours=24))
    browser = visitor()
    browser.get(off)
    browser.post(OFF)
    left = Authenticator.objects.filter(user=hugo).values_list("type", flat=True)
    assert sorted(left) == [Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN]


@pytest.mark.parametrize("who", ["ana", "gema"])
def test_it_is_for_customers_who_have_a_second_step(who: str, cast: Cast, felix: Client) -> None:
    """Ana has none; Gema works here."""
    user = getattr(cast, who).user
    assert press(felix, user) == "warning"
    assert (mail.outbox, FactorsOff.objects.count()) == ([], 0)


def test_whoever_began_to_work_here_meanwhile_keeps_it(
    hugo: User, felix: Client, visitor: Any, clock: Any
) -> None:
    press(felix, hugo)
    User.objects.filter(pk=hugo.pk).update(is_staff=True)
    clock.shift(timedelta(hours=25))
    assert visitor().get(sent()[0]).status_code == 410


def test_not_just_after_a_change_of_e_mail(hugo: User, felix: Client, clock: Any) -> None:
    change = EmailChange.objects.create(
        user=hugo, old_email="old@example.org", new_email=hugo.email, confirmed_at=timezone.now()
    )
    assert press(felix, hugo) == "error"
    EmailChange.objects.filter(pk=change.pk).update(confirmed_at=timezone.now() - EmailChange.WAY_BACK)
    assert press(felix, hugo) == "success"


def test_nobody_fills_a_mailbox(hugo: User, felix: Client, clock: Any) -> None:
    answers = [press(felix, hugo) for _time in range(MAILS_AN_HOUR + 1)]
    assert answers == ["success"] * MAILS_AN_HOUR + ["error"]


def test_two_presses_at_once_are_one(hugo: User, felix: Client, visitor: Any, clock: Any) -> None:
    press(felix, hugo)
    asked = FactorsOff.objects.get()
    clock.shift(timedelta(hours=25))
    actions.take_factors_off(asked)
    with pytest.raises(links.DeadLink):
        actions.take_factors_off(asked)


def test_a_stranger_s_key_opens_nothing(hugo: User, felix: Client, visitor: Any, clock: Any) -> None:
    """The one to stop is not the one to take off."""
    press(felix, hugo)
    _off, stop = sent()
    clock.shift(timedelta(hours=25))
    key = stop.rstrip("/").rpartition("/")[2]
    assert visitor().get(f"{OFF}key/{key}/").status_code == 410
