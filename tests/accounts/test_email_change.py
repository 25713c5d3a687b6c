"""Another e-mail to log in with: proved by the new mailbox, told to the old one, and taken back there."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from accounts import actions, tasks
from accounts.models import EmailChange, Person, User
from tests.accounts.test_pressed_twice import LATER
from tests.people import PASSWORD, Cast, give_app

pytestmark = pytest.mark.django_db

LOGIN, EMAIL, CONFIRM = "/accounts/login/", "/accounts/email/", "/accounts/email/confirm/"
OLD, NEW = "ana@example.org", "new.ana@example.org"


@pytest.fixture
def ana(cast: Cast) -> User:
    assert cast.ana.user
    User.objects.update(language="en")
    cast.ana.user.refresh_from_db()
    return cast.ana.user


@pytest.fixture
def browser(visitor: Any, ana: User) -> Any:
    return log_in(visitor(), OLD)


def log_in(browser: Any, email: str) -> Any:
    browser.post(LOGIN, {"login": email, "password": PASSWORD})
    return browser


def is_in(browser: Any) -> bool:
    return browser.get("/account/").status_code == 200


def sent() -> list[Any]:
    """Less the notices that each log-in in another browser of these tests brings."""
    return [message for message in mail.outbox if message.subject != "A log-in on a new device"]


def mails() -> list[tuple[str, str]]:
    """To whom, what; in the order in which they left."""
    return [(message.to[0], message.subject) for message in sent()]


def link_to(address: str) -> str:
    """The first link of the portal in the newest mail to somebody."""
    body = [message.body for message in sent() if message.to == [address]][-1]
    found = re.search(r"http://testserver(/accounts/\S+)", body)
    assert found, body
    return found[1]


def ask(browser: Any, email: str = NEW) -> Any:
    return browser.post(EMAIL, {"email": email})


def change_it(browser: Any, email: str = NEW) -> None:
    ask(browser, email)
    browser.get(link_to(email))
    assert browser.post(CONFIRM)["Location"] == "/accounts/security/"


def test_from_the_question_to_the_new_e_mail(browser: Any, visitor: Any, ana: User) -> None:
    answer = ask(browser)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/security/")
    assert mails() == [(OLD, "Another e-mail for your account?"), (NEW, "Confirm your new e-mail")]
    page = browser.get("/accounts/security/").content.decode()
    assert f"We have written to {NEW}." in page
    # Until it is confirmed the old one stays.
    assert is_in(log_in(visitor(), OLD))
    assert not is_in(log_in(visitor(), NEW))

    opened = browser.get(link_to(NEW))
    assert (opened.status_code, opened["Location"]) == (302, CONFIRM)
    assert NEW in browser.get(CONFIRM).content.decode()
    assert browser.post(CONFIRM)["Location"] == "/accounts/security/"
    ana.refresh_from_db()
    assert ana.email == NEW
    assert is_in(log_in(visitor(), NEW))
    assert not is_in(log_in(visitor(), OLD))
    assert is_in(log_in(visitor(), "12345678Z"))
    assert mails()[2:] == [
        (OLD, "Your account has another e-mail now"),
        (NEW, "You log in with this e-mail now"),
    ]
    # What the insurer has on file is another thing, and the page says so.
    assert Person.objects.get(user=ana).email == OLD
    assert f'href="{reverse("servicing:profile")}"' in browser.get(EMAIL).content.decode()


def test_it_asks_for_the_password_of_the_last_five_minutes(visitor: Any, ana: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = log_in(visitor(), OLD)
        clock.shift(timedelta(seconds=301))
        for answer in (browser.get(EMAIL), ask(browser)):
            assert answer["Location"].startswith("/accounts/reauthenticate/")
        assert mails() == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "This field is required."),
        ("ana", "Enter a valid email address."),
        (OLD, "You log in with this e-mail already."),
        (" ANA@Example.org ", "You log in with this e-mail already."),
    ],
)
def test_what_is_no_new_address_is_refused(browser: Any, typed: str, said: str) -> None:
    answer = ask(browser, typed)
    assert answer.status_code == 200
    assert answer.context["form"].errors["email"] == [said]
    assert (mails(), EmailChange.objects.count()) == ([], 0)


def test_an_address_that_somebody_has_is_answered_alike_and_told_there(
    browser: Any, ana: User, visitor: Any
) -> None:
    # The page says how many seconds are left.
    with time_machine.travel(timezone.now(), tick=False):
        free = ask(browser)
        said = browser.get("/accounts/security/").content.decode()
        taken = ask(browser, "elena@example.org")
        said_of_taken = browser.get("/accounts/security/").content.decode()
    assert (free.status_code, free["Location"]) == (taken.status_code, taken["Location"])
    assert masked(said, NEW) == masked(said_of_taken, "elena@example.org")
    assert ("elena@example.org", "You have an account with this e-mail already") in mails()
    assert "/email/key/" not in mail.outbox[-1].body
    ana.refresh_from_db()
    assert ana.email == OLD


def masked(html: str, address: str) -> str:
    html = re.sub(r'value="[A-Za-z0-9]{64}"', "TOKEN", html.replace(address, "ADDRESS"))
    return re.sub(r"[0-9a-f]{12}", "REQUEST", html)


def test_an_address_that_is_taken_meanwhile_is_not_given_twice(browser: Any, ana: User) -> None:
    ask(browser)
    browser.get(link_to(NEW))
    User.objects.create_user(NEW, PASSWORD)
    assert browser.post(CONFIRM).status_code == 410
    ana.refresh_from_db()
    assert ana.email == OLD


# --- the link to the new address ------------------------------------------------------------------


def test_looking_uses_nothing_up_and_pressing_works_once(browser: Any, visitor: Any, ana: User) -> None:
    ask(browser)
    link = link_to(NEW)
    for _look in range(10):
        assert visitor().get(link).status_code == 302
    ana.refresh_from_db()
    assert ana.email == OLD
    browser.get(link)
    assert browser.post(CONFIRM).status_code == 302
    with time_machine.travel(timezone.now() + LATER):
        assert (browser.post(CONFIRM).status_code, browser.get(link).status_code) == (410, 410)


@pytest.mark.parametrize(("minutes", "alive"), [(59, True), (61, False)])
def test_it_lives_for_one_hour(browser: Any, visitor: Any, minutes: int, alive: bool) -> None:
    ask(browser)
    link = link_to(NEW)
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        assert visitor().get(link).status_code == (302 if alive else 410)


def test_a_newer_one_a_new_password_and_a_change_kill_it(browser: Any, visitor: Any, ana: User) -> None:
    ask(browser)
    first = link_to(NEW)
    ask(browser, "other.ana@example.org")
    second = link_to("other.ana@example.org")
    assert (visitor().get(first).status_code, visitor().get(second).status_code) == (410, 302)
    ana.set_password("Another9-mondelu")
    ana.save()
    assert visitor().get(second).status_code == 410


def test_it_opens_only_in_the_account_that_asked(browser: Any, visitor: Any, ana: User) -> None:
    """Who mistypes an address gives nobody an account."""
    ask(browser, "elena2@example.org")
    link = link_to("elena2@example.org")
    stranger = visitor()
    stranger.get(link)
    assert stranger.get(CONFIRM)["Location"].startswith(LOGIN)
    log_in(stranger, "elena@example.org")
    assert (stranger.get(CONFIRM).status_code, stranger.post(CONFIRM).status_code) == (410, 410)
    # Its owner may follow it on the telephone, and log in there.
    phone = visitor()
    phone.get(link)
    phone.post(LOGIN, {"login": OLD, "password": PASSWORD, "next": CONFIRM})
    assert phone.post(CONFIRM).status_code == 302
    ana.refresh_from_db()
    assert ana.email == "elena2@example.org"


def test_a_mailbox_is_not_filled(cast: Cast, visitor: Any) -> None:
    for _try in range(3):
        for actor in (cast.ana, cast.bruno):
            assert actor.user
            actions.answer_email_change(actions.ask_for_new_email(actor.user, new_email=NEW).pk)
    from core.models import OutgoingEmail

    assert OutgoingEmail.objects.filter(to=NEW).count() == 3


def test_beat_offers_again_what_a_dead_worker_left(ana: User) -> None:
    change = EmailChange.objects.create(user=ana, old_email=OLD, new_email=NEW)
    with TestCase.captureOnCommitCallbacks(execute=True):
        tasks.offer_waiting_email_changes()
        tasks.offer_waiting_email_changes()
    change.refresh_from_db()
    assert change.answered_at is not None
    assert mails() == [(NEW, "Confirm your new e-mail")]


def test_the_mailbox_of_a_closed_account_is_left_alone(browser: Any, cast: Cast) -> None:
    User.objects.filter(email="hugo@example.org").update(is_active=False)
    ask(browser, "hugo@example.org")
    assert mails() == [(OLD, "Another e-mail for your account?")]


# --- the way back ---------------------------------------------------------------------------------


def test_the_old_address_takes_it_back(browser: Any, visitor: Any, ana: User) -> None:
    change_it(browser)
    give_app(ana)
    back, owner = link_to(OLD), visitor()
    for _look in range(10):
        assert visitor().get(back).status_code == 302
    assert owner.get(back)["Location"] == "/accounts/email/back/"
    assert OLD in owner.get("/accounts/email/back/").content.decode()
    ana.refresh_from_db()
    assert ana.email == NEW

    assert owner.post("/accounts/email/back/").status_code == 200
    ana.refresh_from_db()
    assert ana.email == OLD
    # Whoever was in is out; the password that was known opens nothing; the app of the stranger is gone.
    assert not is_in(browser)
    assert not is_in(log_in(visitor(), OLD))
    assert not is_in(log_in(visitor(), NEW))
    assert not Authenticator.objects.filter(user=ana).exists()
    # The mail for a new password is there, without anybody asking for a card.
    assert mails()[-1] == (OLD, "Your old e-mail is back")
    owner.get(link_to(OLD))
    owner.post("/accounts/password/reset/new/", {"password1": "Another9-mondelu"})
    owner.post(LOGIN, {"login": OLD, "password": "Another9-mondelu"})
    assert is_in(owner)
    # Once.
    with time_machine.travel(timezone.now() + LATER):
        assert visitor().get(back).status_code == 410


def test_it_stops_a_change_that_nobody_has_confirmed(browser: Any, visitor: Any, ana: User) -> None:
    ask(browser)
    confirm, owner = link_to(NEW), visitor()
    owner.get(link_to(OLD))
    owner.post("/accounts/email/back/")
    assert not is_in(browser)
    assert visitor().get(confirm).status_code == 410
    ana.refresh_from_db()
    assert (ana.email, ana.has_usable_password()) == (OLD, False)


@pytest.mark.parametrize(("days", "alive"), [(6.9, True), (7.1, False)])
def test_it_lives_for_seven_days(browser: Any, visitor: Any, days: float, alive: bool) -> None:
    change_it(browser)
    back = link_to(OLD)
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert actions.forget_old_email_changes() == 0
        assert visitor().get(back).status_code == (302 if alive else 410)


def test_a_chain_of_changes_goes_back_to_the_first(browser: Any, visitor: Any, ana: User) -> None:
    change_it(browser, "evil1@example.org")
    back = link_to(OLD)
    change_it(browser, "evil2@example.org")
    evil_back, owner = link_to("evil1@example.org"), visitor()
    owner.get(back)
    owner.post("/accounts/email/back/")
    ana.refresh_from_db()
    assert ana.email == OLD
    assert visitor().get(evil_back).status_code == 410


def test_after_that_the_rows_go(browser: Any) -> None:
    change_it(browser)
    with time_machine.travel(timezone.now() + EmailChange.KEPT + timedelta(minutes=1)):
        assert actions.forget_old_email_changes() == 1


# --- every change is told -------------------------------------------------------------------------


def change_password(browser: Any) -> None:
    browser.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "Another9-mondelu"})


def reset_password(browser: Any) -> None:
    browser.post(
        "/accounts/password/reset/", {"identifier": "hugo@example.org", "card_number": "", "born_on": ""}
    )
    browser.get(link_to("hugo@example.org"))
    browser.post("/accounts/password/reset/new/", {"password1": "Another9-mondelu"})


def make_codes(browser: Any) -> None:
    give_app(User.objects.get(email="hugo@example.org"))
    browser.post("/accounts/security/codes/new/")


def take_app_off(browser: Any) -> None:
    give_app(User.objects.get(email="hugo@example.org"))
    browser.post("/accounts/security/app/remove/")


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (change_password, [("hugo@example.org", "Your password has changed")]),
        # It says that all browsers have been logged out.
        (reset_password, [("hugo@example.org", "Your password has changed")]),
        (make_codes, [("hugo@example.org", "You have new recovery codes")]),
        (take_app_off, [("hugo@example.org", "Log-in with an app is off")]),
        (
            change_it,
            [
                ("hugo@example.org", "Another e-mail for your account?"),
                ("hugo@example.org", "Your account has another e-mail now"),
                (NEW, "You log in with this e-mail now"),
            ],
        ),
    ],
)
def test_every_change_of_what_opens_the_account_is_told(
    do: Any, told: list[tuple[str, str]], visitor: Any, ana: User
) -> None:
    hugo = log_in(visitor(), "hugo@example.org")
    do(hugo)
    assert [sent for sent in mails() if sent in told] == told
