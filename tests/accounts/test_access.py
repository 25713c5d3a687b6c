"""LOG-08 and LOG-09: an account by DNI. The page tells nothing; the mail goes to the address on file."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts import actions, links
from accounts.models import AccountRequest, Person, User
from core.models import OutgoingEmail
from policies.models import Card
from tests.accounts.test_pressed_twice import LATER
from tests.people import Cast, born_years_ago, insure, make_person, make_user

pytestmark = pytest.mark.django_db

ACCESS = "/accounts/signup/dni/"
SENT = "/accounts/signup/dni/sent/"
NEW = "/accounts/signup/dni/new/"
GOOD = "Kz7!mondelo-Trapp"
CHOICE = {"password1": GOOD, "terms": "on"}


@pytest.fixture
def nuria(cast: Cast) -> Person:
    """Insured in Elena's funeral policy, with a mailbox on file and no account."""
    person = make_person("P-nuria", "Nuria Prats Bosch", years=30, dni="22222222J", email="Nuria@Example.org")
    person.language = "ca"
    person.save()
    insure(cast.elenas, person, "other")
    return person


@pytest.fixture
def health_nuria(cast: Cast, nuria: Person) -> Person:
    insured = insure(cast.health, nuria, "other")
    Card.objects.create(number="8034 1234-5678", insured=insured, valid_from=insured.insured_from)
    return nuria


def ask(browser: Any, **changes: str) -> Any:
    typed = {"dni": "22222222J", "born_on": born_years_ago(30).isoformat(), "card_number": ""}
    return browser.post(ACCESS, typed | changes)


def page(browser: Any) -> str:
    """Without the token that each browser has for itself."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", browser.get(SENT).content.decode())


def kinds_of_mail() -> list[str]:
    return [row.template.removeprefix("emails/account_") for row in OutgoingEmail.objects.order_by("pk")]


def test_from_the_dni_to_the_first_page(visitor: Any, link_in: Any, nuria: Person) -> None:
    browser = visitor()
    answer = ask(browser, dni="22.222.222-j")
    assert (answer.status_code, answer["Location"]) == (302, SENT)
    page = browser.get(SENT).content.decode()
    assert "spam" in page
    assert "example.org" not in page.lower()

    message = mail.outbox[0]
    assert (message.to, message.extra_headers["Content-Language"]) == (["Nuria@Example.org"], "ca")
    answer = browser.get(link_in(message))
    # The address of the form holds nothing that opens an account.
    assert (answer.status_code, answer["Location"]) == (302, NEW)
    assert browser.get(NEW).status_code == 200
    assert User.objects.filter(email="nuria@example.org").count() == 0

    before = browser.session.session_key
    answer = browser.post(NEW, CHOICE)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    user = User.objects.get(email="nuria@example.org")
    assert browser.session["_auth_user_id"] == str(user.pk)
    assert browser.session.session_key != before
    assert user.check_password(GOOD)
    assert (user.language, user.terms_version) == ("en", settings.BRAND.terms_version)
    assert user.terms_accepted_at is not None
    assert EmailAddress.objects.get(user=user).verified is True
    nuria.refresh_from_db()
    assert nuria.user == user
    assert kinds_of_mail() == ["access", "linked"]
    # What opened the account is nowhere kept.
    assert OutgoingEmail.objects.get(template="emails/account_access").text == ""


@pytest.mark.parametrize(
    "typed",
    [
        {"dni": "00000000T"},
        {"born_on": "1990-01-01"},
        # Diego is 16, Ana has an account, Bruno's birthday is another.
        {"dni": "11111111H", "born_on": born_years_ago(16).isoformat()},
        {"dni": "12345678Z", "born_on": born_years_ago(44).isoformat()},
        {"dni": "87654321X"},
        {"card_number": "1"},
    ],
)
def test_the_answer_is_the_same_for_everybody(visitor: Any, nuria: Person, typed: dict[str, str]) -> None:
    known, other = visitor(), visitor()
    other.defaults["REMOTE_ADDR"] = "203.0.113.9"
    first, second = ask(known), ask(other, **typed)
    assert (second.status_code, second["Location"]) == (first.status_code, first["Location"])
    assert set(second.cookies) == set(first.cookies)
    # Nor does a second try.
    for browser, changes in ((known, {}), (other, typed)):
        assert ask(browser, **changes).status_code == 302
    assert page(known) == page(other)
    assert AccountRequest.objects.filter(answered_at=None).count() == 0


@pytest.mark.parametrize(
    ("changes", "mails"),
    [
        ({}, []),
        ({"card_number": "80341234567"}, []),
        ({"card_number": "803412345678"}, ["access"]),
        ({"card_number": "8034-1234 5678"}, ["access"]),
        ({"card_number": "803412345678", "born_on": "1990-01-01"}, []),
    ],
)
def test_health_customers_give_their_card(
    visitor: Any, health_nuria: Person, changes: dict[str, str], mails: list[str]
) -> None:
    assert ask(visitor(), **changes).status_code == 302
    assert kinds_of_mail() == mails


@pytest.mark.parametrize("field", ["dni", "born_on"])
def test_what_is_not_well_formed_is_said_and_kept(visitor: Any, cast: Cast, field: str) -> None:
    answer = ask(visitor(), card_number="80 34", **{field: "12345678A"})
    assert list(answer.context["form"].errors) == [field]
    assert 'value="80 34"' in answer.content.decode()
    assert AccountRequest.objects.count() == 0


def test_who_has_an_account_is_told_by_mail(visitor: Any, cast: Cast) -> None:
    ask(visitor(), dni="X1234567L", born_on=born_years_ago(72).isoformat())
    assert kinds_of_mail() == ["access_exists"]
    assert mail.outbox[0].to == ["elena@example.org"]
    assert reverse("account_login") in mail.outbox[0].body
    assert reverse("account_reset_password") in mail.outbox[0].body


def test_a_minor_is_told_by_mail_and_not_by_the_page(visitor: Any, cast: Cast) -> None:
    assert cast.diego.person is not None
    Person.objects.filter(pk=cast.diego.person.pk).update(email="diego@example.org")
    answer = ask(visitor(), dni="11111111H", born_on=born_years_ago(16).isoformat())
    assert answer["Location"] == SENT
    assert kinds_of_mail() == ["access_too_young"]
    assert mail.outbox[0].to == ["diego@example.org"]


def test_of_two_who_share_a_mailbox_the_dni_names_one(
    visitor: Any, link_in: Any, cast: Cast, nuria: Person
) -> None:
    other = make_person("P-oriol", "Oriol Prats Bosch", years=33, dni="33333333P", email=nuria.email)
    insure(cast.elenas, other, "other")
    browser = visitor()
    ask(browser)
    browser.get(link_in(mail.outbox[0]))
    browser.post(NEW, CHOICE)
    nuria.refresh_from_db()
    assert nuria.user is not None

    # An address opens one account only: the second one is told to give us another.
    ask(visitor(), dni="33333333P", born_on=born_years_ago(33).isoformat())
    assert kinds_of_mail()[-1] == "access_shared"
    other.refresh_from_db()
    assert other.user is None


def test_a_registered_mailbox_without_a_person_is_led_to_log_in(visitor: Any, nuria: Person) -> None:
    make_user("nuria@example.org")
    ask(visitor())
    assert kinds_of_mail() == ["access_exists"]


def test_former_customers_and_people_without_a_mailbox_get_nothing(visitor: Any, nuria: Person) -> None:
    Person.objects.filter(pk=nuria.pk).update(email="")
    ask(visitor())
    Person.objects.filter(pk=nuria.pk).update(email="nuria@example.org")
    nuria.insured_in.update(insured_until=timezone.now() - timedelta(days=9))  # type: ignore[attr-defined]
    ask(visitor())
    assert kinds_of_mail() == []


def test_following_the_link_uses_nothing_up(visitor: Any, link_in: Any, nuria: Person) -> None:
    ask(visitor())
    link = link_in(mail.outbox[0])
    for _scan in range(10):
        assert visitor().get(link).status_code == 302
        assert visitor().head(link).status_code == 302
    assert User.objects.filter(email="nuria@example.org").count() == 0


def test_a_link_works_once(visitor: Any, link_in: Any, nuria: Person) -> None:
    ask(visitor())
    link = link_in(mail.outbox[0])
    first, second = visitor(), visitor()
    for browser in (first, second):
        browser.get(link)
    assert first.post(NEW, CHOICE).status_code == 302
    with time_machine.travel(timezone.now() + LATER):
        assert second.post(NEW, CHOICE).status_code == 410
        assert visitor().get(link).status_code == 410
    with pytest.raises(links.DeadLink):
        actions.open_account(
            AccountRequest.objects.get(kind="access"), password=GOOD, terms_version="2026-01"
        )


def test_only_the_newest_link_works(visitor: Any, link_in: Any, nuria: Person) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=1, seconds=1)):
        ask(visitor())
    ask(visitor())
    older, newer = (link_in(message) for message in mail.outbox)
    assert (visitor().get(older).status_code, visitor().get(newer).status_code) == (410, 302)


@pytest.mark.parametrize(("minutes", "status"), [(59, 302), (61, 410)])
def test_a_link_lives_an_hour(visitor: Any, link_in: Any, nuria: Person, minutes: int, status: int) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(visitor())
        clock.shift(timedelta(minutes=minutes))
        assert visitor().get(link_in(mail.outbox[0])).status_code == status


def test_a_link_dies_when_the_address_on_file_changes(visitor: Any, link_in: Any, nuria: Person) -> None:
    ask(visitor())
    Person.objects.filter(pk=nuria.pk).update(email="another@example.org")
    assert visitor().get(link_in(mail.outbox[0])).status_code == 410


@pytest.mark.parametrize(
    ("choice", "errors"),
    [
        ({"password1": GOOD}, ["terms"]),
        ({"password1": "short", "terms": "on"}, ["password1"]),
        # Her name, her DNI, her birthday in two orders, her mailbox.
        ({"password1": "Prats-Bosch9!", "terms": "on"}, ["password1"]),
        ({"password1": "Kz!mon-22222222", "terms": "on"}, ["password1"]),
        ({"password1": f"Mondelo!{born_years_ago(30):%d%m%Y}", "terms": "on"}, ["password1"]),
        ({"password1": f"Mondelo!{born_years_ago(30):%Y-%m-%d}", "terms": "on"}, ["password1"]),
    ],
)
def test_a_wrong_choice_makes_no_account(
    visitor: Any, link_in: Any, nuria: Person, choice: dict[str, str], errors: list[str]
) -> None:
    browser = visitor()
    ask(browser)
    browser.get(link_in(mail.outbox[0]))
    answer = browser.post(NEW, choice)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (200, errors)
    assert User.objects.filter(email="nuria@example.org").count() == 0


def test_tries_from_here_are_counted_and_do_not_keep_the_owner_out(visitor: Any, nuria: Person) -> None:
    answers = [ask(visitor(), born_on="1990-01-01").status_code for _try in range(4)]
    assert answers == [302, 302, 302, 429]
    elsewhere = visitor()
    elsewhere.defaults["REMOTE_ADDR"] = "203.0.113.9"
    assert ask(elsewhere).status_code == 302
    assert kinds_of_mail() == ["access"]


def test_at_most_three_mails_an_hour_from_wherever_they_are_asked(visitor: Any, nuria: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(5):
            browser = visitor()
            browser.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"
            assert ask(browser).status_code == 302
            clock.shift(timedelta(seconds=61))
    assert kinds_of_mail() == ["access"] * 3
