"""Which mail somebody is due who asks twice, too late, from a closed account or from one that was taken."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts import actions
from accounts.models import AccountRequest, Person, User
from core.models import OutgoingEmail
from tests.accounts.test_pressed_twice import link_to
from tests.people import PASSWORD, Cast, born_years_ago, make_person, make_policy

pytestmark = pytest.mark.django_db

SIGNUP, SENT = "/accounts/signup/email/", "/accounts/confirm-email/"
RESEND, RESET = "/accounts/confirm-email/again/", "/accounts/password/reset/"
ACCESS, BACK = "/accounts/signup/dni/", "/accounts/email/back/"
HUGO, THIEF, NEW = "hugo@example.org", "thief@example.org", "nuria@example.org"
GOOD, OTHER = "Kz7!mondelo-Trapp", "Second8!grumpole-Vix"


def register(browser: Any, email: str, password: str = GOOD) -> Any:
    return browser.post(SIGNUP, {"email": email, "password1": password, "terms": "on"})


def templates() -> list[tuple[str, str]]:
    rows = OutgoingEmail.objects.order_by("pk").values_list("to", "template")
    return [(to, template.removeprefix("emails/")) for to, template in rows]


# --- the button pressed twice ---------------------------------------------------------------------


def test_two_presses_make_one_mail(visitor: Any, cast: Cast) -> None:
    make_policy("F-9", "PF-2024", ines := on_file(), modality="levelled", premium="1.00")
    details = {"dni": "00000000T", "born_on": ines.born_on.isoformat()}
    asked = [(RESET, {"identifier": HUGO}), (ACCESS, details)]
    for address, typed in asked:
        for _press in range(2):
            assert visitor().post(address, typed).status_code == 302
    assert templates() == [(HUGO, "account_reset"), ("ines@example.org", "account_access")]
    # Both are alive, and a minute later there may be another one.
    for address in (HUGO, "ines@example.org"):
        assert visitor().get(link_to(address)).status_code == 302
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        for address, typed in asked:
            visitor().post(address, typed)
    assert len(templates()) == 4


def on_file() -> Person:
    return make_person("P-ines", "Inés Roig Pla", years=50, dni="00000000T", email="ines@example.org")


def test_two_presses_register_once_and_a_better_password_again(visitor: Any) -> None:
    browser = visitor()
    answers = [register(browser, NEW) for _press in range(2)]
    assert [answer["Location"] for answer in answers] == [SENT, SENT]
    assert templates() == [(NEW, "account_confirm")]
    # The second answer leaves the same browser as the one that registered.
    assert 'name="password"' not in browser.get(link_to(NEW), follow=True).content.decode()
    register(browser, NEW, OTHER)
    assert templates() == [(NEW, "account_confirm")] * 2


def test_two_presses_send_the_confirmation_again_once(visitor: Any) -> None:
    register(visitor(), NEW)
    for _press in range(2):
        assert visitor().post(RESEND, {"email": NEW})["Location"] == SENT
    assert templates() == [(NEW, "account_confirm")] * 2


# --- nothing to send again ------------------------------------------------------------------------


def test_who_asks_too_late_learns_that_nothing_waits(visitor: Any) -> None:
    register(visitor(), NEW)
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert actions.forget_old_requests() == 1
        for _try in range(2):
            assert visitor().post(RESEND, {"email": NEW})["Location"] == SENT
    assert templates() == [(NEW, "account_confirm"), (NEW, "account_nothing_waits")]
    assert "http://testserver/accounts/signup/" in mail.outbox[-1].body


# --- an account that staff have closed ------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        (SIGNUP, {"email": HUGO, "password1": GOOD, "terms": "on"}),
        (RESEND, {"email": HUGO}),
        (RESET, {"identifier": HUGO}),
    ],
)
def test_a_closed_account_is_told_to_call(
    visitor: Any, cast: Cast, address: str, typed: dict[str, str]
) -> None:
    User.objects.filter(email=HUGO).update(is_active=False)
    assert visitor().post(address, typed).status_code == 302
    visitor().post(RESET, {"identifier": HUGO})
    assert templates() == [(HUGO, "account_blocked")]
    assert AccountRequest.objects.filter(links__gt=0).count() == 0


# --- an account that was taken --------------------------------------------------------------------


@pytest.fixture
def taken(visitor: Any, cast: Cast) -> User:
    """Somebody has changed Hugo's e-mail and has confirmed it."""
    browser = visitor()
    browser.post("/accounts/login/", {"login": HUGO, "password": PASSWORD})
    browser.post("/accounts/email/", {"email": THIEF})
    browser.get(link_to(THIEF))
    browser.post("/accounts/email/confirm/")
    user = User.objects.get(email=THIEF)
    OutgoingEmail.objects.all().delete()
    return user


@pytest.mark.parametrize("again", [False, True])
def test_who_registers_with_the_old_address_is_shown_the_way_back(
    visitor: Any, taken: User, again: bool
) -> None:
    owner = visitor()
    register(owner, HUGO)
    if again:
        owner.post(RESEND, {"email": HUGO})
    assert templates() == [(HUGO, "email_was_changed")] * (1 + again)
    owner.get(link_to(HUGO))
    assert owner.post(BACK).status_code == 200
    taken.refresh_from_db()
    assert (taken.email, taken.has_usable_password()) == (HUGO, False)
    assert User.objects.filter(email=THIEF).count() == 0


def test_so_is_who_asks_by_dni(visitor: Any, taken: User) -> None:
    person = on_file()
    Person.objects.filter(pk=person.pk).update(email="Hugo@Example.org")
    make_policy("F-9", "PF-2024", person, modality="levelled", premium="1.00")
    visitor().post(ACCESS, {"dni": "00000000T", "born_on": person.born_on.isoformat()})
    assert templates() == [(HUGO, "email_was_changed")]


def test_after_the_way_back_the_address_is_free(visitor: Any, taken: User) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        register(visitor(), HUGO)
    assert templates() == [(HUGO, "account_confirm")]


# --- an account with another address than the file ------------------------------------------------


@pytest.mark.parametrize(
    ("on_file", "mails"),
    [
        ("Ana@Example.org", [("ana@example.org", "account_access_exists")]),
        (
            "otra@example.org",
            [("ana@example.org", "account_access_exists"), ("otra@example.org", "account_access_elsewhere")],
        ),
    ],
)
def test_the_address_on_file_hears_of_an_account_with_another_one(
    visitor: Any, cast: Cast, on_file: str, mails: list[tuple[str, str]]
) -> None:
    assert cast.ana.person
    Person.objects.filter(pk=cast.ana.person.pk).update(email=on_file)
    visitor().post(ACCESS, {"dni": "12345678Z", "born_on": born_years_ago(44).isoformat()})
    assert templates() == mails
    if len(mails) > 1:
        # Nothing there opens the account.
        assert "http://testserver/accounts/" not in mail.outbox[-1].body
