"""LOG-21 and LOG-24: a new password by mail, and changing one's own."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountRequest
from core.models import OutgoingEmail
from policies.models import Card
from tests.accounts.test_pressed_twice import LATER
from tests.people import PASSWORD, Cast, born_years_ago, give_app

pytestmark = pytest.mark.django_db

RESET = "/accounts/password/reset/"
NEW = "/accounts/password/reset/new/"
CHANGE = "/accounts/password/change/"
BETTER = "Kz7!mondelo-Trapp"


def ask(browser: Any, identifier: str = "ana@example.org") -> Any:
    """As Ana, who has a health policy and whose card is not on file yet."""
    return browser.post(RESET, {"identifier": identifier, "born_on": born_years_ago(44).isoformat()})


def log_in(browser: Any, password: str) -> int:
    return browser.post("/accounts/login/", {"login": "12345678Z", "password": password}).status_code


@pytest.mark.parametrize("identifier", ["ana@example.org", "ANA@example.org", "12345678-z"])
def test_from_the_mail_to_a_new_password(visitor: Any, cast: Cast, link_in: Any, identifier: str) -> None:
    ana = cast.ana.user
    assert ana is not None
    ana.language = "ca"
    ana.save()
    elsewhere = visitor()
    assert log_in(elsewhere, PASSWORD) == 302

    browser = visitor()
    answer = ask(browser, identifier)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/done/")
    page = browser.get(answer["Location"]).content.decode()
    assert "spam" in page
    assert (mail.outbox[0].to, mail.outbox[0].extra_headers["Content-Language"]) == (
        ["ana@example.org"],
        "ca",
    )

    answer = browser.get(link_in(mail.outbox[0]))
    # The address of the form holds nothing that opens an account.
    assert (answer.status_code, answer["Location"]) == (302, NEW)
    assert browser.get(NEW).status_code == 200
    refused = browser.post(NEW, {"password1": "short"})
    assert "length" in [error.code for error in refused.context["form"].errors.as_data()["password1"]]
    answer = browser.post(NEW, {"password1": BETTER})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert "_auth_user_id" not in browser.session

    ana.refresh_from_db()
    assert ana.check_password(BETTER)
    assert [message.to for message in mail.outbox] == [["ana@example.org"]] * 2
    assert (
        OutgoingEmail.objects.filter(template="emails/account_password_changed", language="ca").count() == 1
    )
    assert elsewhere.get(CHANGE).status_code == 302
    assert log_in(visitor(), PASSWORD) == 200
    assert log_in(visitor(), BETTER) == 302


@pytest.mark.parametrize("identifier", ["nobody@example.org", "00000000T", "11111111H", "rubbish"])
def test_who_has_no_account_gets_the_same_page_and_no_mail(visitor: Any, cast: Cast, identifier: str) -> None:
    known, unknown = ask(visitor()), ask(visitor(), identifier)
    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
    assert set(unknown.cookies) == set(known.cookies)
    assert len(mail.outbox) == 1


def test_a_closed_account_gets_no_link(visitor: Any, cast: Cast) -> None:
    ana = cast.ana.user
    assert ana is not None
    ana.is_active = False
    ana.save()
    ask(visitor())
    assert [row.template for row in OutgoingEmail.objects.all()] == ["emails/account_blocked"]


def test_following_the_link_uses_nothing_up(visitor: Any, cast: Cast, link_in: Any) -> None:
    ask(visitor())
    link = link_in(mail.outbox[0])
    for _scan in range(10):
        assert visitor().get(link).status_code == 302
    browser = visitor()
    browser.get(link)
    assert browser.post(NEW, {"password1": BETTER}).status_code == 302


def test_a_link_works_once(visitor: Any, cast: Cast, link_in: Any) -> None:
    ask(visitor())
    link = link_in(mail.outbox[0])
    first, second = visitor(), visitor()
    for browser in (first, second):
        browser.get(link)
    assert first.post(NEW, {"password1": BETTER}).status_code == 302
    with time_machine.travel(timezone.now() + LATER):
        assert second.post(NEW, {"password1": "Other9!grumpole-Vix"}).status_code == 410
        assert visitor().get(link).status_code == 410
    assert cast.ana.user is not None
    cast.ana.user.refresh_from_db()
    assert cast.ana.user.check_password(BETTER)


def test_only_the_newest_link_works_however_it_was_asked(visitor: Any, cast: Cast, link_in: Any) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=1, seconds=1)):
        ask(visitor(), "ana@example.org")
    ask(visitor(), "12345678Z")
    older, newer = (link_in(message) for message in mail.outbox)
    assert visitor().get(older).status_code == 410
    assert visitor().get(newer).status_code == 302


@pytest.mark.parametrize("change", ["password", "address"])
def test_a_link_dies_with_what_it_was_for(visitor: Any, cast: Cast, link_in: Any, change: str) -> None:
    ana = cast.ana.user
    assert ana is not None
    ask(visitor())
    if change == "password":
        ana.set_password(BETTER)
    else:
        ana.email = "ana.ferrer@example.org"
    ana.save()
    assert visitor().get(link_in(mail.outbox[0])).status_code == 410


@pytest.mark.parametrize(("minutes", "status"), [(59, 302), (61, 410)])
def test_a_link_lives_an_hour(visitor: Any, cast: Cast, link_in: Any, minutes: int, status: int) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(visitor())
        clock.shift(timedelta(minutes=minutes))
        assert visitor().get(link_in(mail.outbox[0])).status_code == status


def test_a_new_password_does_not_go_round_the_second_factor(visitor: Any, cast: Cast, link_in: Any) -> None:
    assert cast.ana.user is not None
    give_app(cast.ana.user)
    browser = visitor()
    ask(browser)
    browser.get(link_in(mail.outbox[0]))
    browser.post(NEW, {"password1": BETTER})
    answer = browser.post("/accounts/login/", {"login": "12345678Z", "password": BETTER})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert browser.get(reverse("account"))["Location"].startswith("/accounts/login/")


def test_without_a_link_there_is_no_form(visitor: Any, cast: Cast) -> None:
    assert visitor().get(NEW).status_code == 410
    assert visitor().post(NEW, {"password1": BETTER}).status_code == 410
    answer = visitor().get("/accounts/password/reset/key/x/")
    assert answer.status_code == 410
    assert 'name="identifier"' in answer.content.decode()


def test_a_forged_host_makes_no_link(visitor: Any, cast: Cast) -> None:
    answer = visitor().post(RESET, {"identifier": "ana@example.org"}, headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert AccountRequest.objects.count() == 0


def test_all_spellings_share_three_mails_an_hour(visitor: Any, cast: Cast) -> None:
    spellings = ["ana@example.org", "12345678Z", "12.345.678-z", "ANA@EXAMPLE.ORG"]
    statuses = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for spelling in spellings:
            statuses.append(ask(visitor(), spelling).status_code)
            clock.shift(timedelta(seconds=61))
    assert statuses == [302, 302, 302, 429]
    assert len(mail.outbox) == 3


def test_a_new_password_opens_at_once_whoever_filled_the_bucket(
    visitor: Any, cast: Cast, link_in: Any
) -> None:
    for _try in range(6):
        log_in(visitor(), "Wrong7!mondelo")
    assert log_in(visitor(), PASSWORD) == 200
    browser = visitor()
    ask(browser)
    browser.get(link_in(mail.outbox[0]))
    browser.post(NEW, {"password1": BETTER})
    assert log_in(visitor(), BETTER) == 302


def test_changing_the_password_ends_the_other_sessions(visitor: Any, cast: Cast) -> None:
    here, there = visitor(), visitor()
    for browser in (here, there):
        log_in(browser, PASSWORD)
    key = here.session.session_key
    answer = here.post(CHANGE, {"oldpassword": PASSWORD, "password1": BETTER})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account"))
    assert here.get(CHANGE).status_code == 200
    assert here.session.session_key != key
    assert there.get(CHANGE)["Location"].startswith("/accounts/login/")
    told = OutgoingEmail.objects.filter(template="emails/account_password_changed")
    assert list(told.values_list("to", "language")) == [("ana@example.org", "es")]


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"oldpassword": "Wrong7!mondelo", "password1": BETTER}, ["oldpassword"]),
        ({"oldpassword": PASSWORD, "password1": "short"}, ["password1"]),
        ({"oldpassword": PASSWORD, "password1": "Ferrer-12345678-x"}, ["password1"]),
        ({}, ["oldpassword", "password1"]),
    ],
)
def test_a_wrong_change_changes_nothing(
    log_in: Any, cast: Cast, data: dict[str, str], errors: list[str]
) -> None:
    answer = log_in(cast.ana).post(CHANGE, data)
    assert sorted(answer.context["form"].errors) == errors
    assert cast.ana.user is not None
    cast.ana.user.refresh_from_db()
    assert cast.ana.user.check_password(PASSWORD)
    assert mail.outbox == []


@pytest.fixture
def card(cast: Cast) -> str:
    """Ana's health card is on file."""
    insured = cast.insured(cast.ana, cast.health)
    Card.objects.create(number="8034 1234 5678", insured=insured, valid_from=insured.insured_from)
    return "8034-12345678"


ANA_S_BIRTHDAY = born_years_ago(44).isoformat()


@pytest.mark.parametrize(
    ("details", "mails"),
    [
        ({"card_number": "8034 1234 5678", "born_on": ANA_S_BIRTHDAY}, 1),
        ({"card_number": "803412345678", "born_on": ANA_S_BIRTHDAY}, 1),
        ({"card_number": "803412345679", "born_on": ANA_S_BIRTHDAY}, 0),
        ({"card_number": "8034 1234 5678", "born_on": "1981-01-01"}, 0),
        ({"card_number": "8034 1234 5678"}, 0),
        ({"born_on": ANA_S_BIRTHDAY}, 0),
        ({}, 0),
    ],
)
def test_the_details_of_a_health_customer_gate_the_mail_and_not_the_page(
    visitor: Any, cast: Cast, card: str, details: dict[str, str], mails: int
) -> None:
    right, this = visitor(), visitor()
    answer = this.post(RESET, {"identifier": "ana@example.org", **details})
    assert [message.to for message in mail.outbox] == [["ana@example.org"]] * mails
    known = right.post(
        RESET, {"identifier": "ana@example.org", "card_number": card, "born_on": ANA_S_BIRTHDAY}
    )
    assert (answer.status_code, answer["Location"]) == (known.status_code, known["Location"])
    assert set(this.cookies) == set(right.cookies)


@pytest.mark.parametrize("details", [{}, {"card_number": "1", "born_on": "1981-01-01"}])
def test_who_has_no_health_policy_needs_no_details(visitor: Any, cast: Cast, details: dict[str, str]) -> None:
    visitor().post(RESET, {"identifier": "X1234567L", **details})
    visitor().post(RESET, {"identifier": "hugo@example.org", **details})
    assert [message.to for message in mail.outbox] == [["elena@example.org"], ["hugo@example.org"]]


def test_a_stranger_s_wrong_tries_do_not_keep_the_owner_from_the_mail(
    visitor: Any, cast: Cast, card: str
) -> None:
    stranger = visitor()
    stranger.defaults["REMOTE_ADDR"] = "203.0.113.9"
    tries = [stranger.post(RESET, {"identifier": "ana@example.org"}).status_code for _try in range(4)]
    assert tries == [302, 302, 302, 429]
    details = {"card_number": card, "born_on": ANA_S_BIRTHDAY}
    assert visitor().post(RESET, {"identifier": "12345678Z", **details}).status_code == 302
    assert len(mail.outbox) == 1


def test_at_most_three_mails_an_hour_from_wherever_they_are_asked(visitor: Any, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(5):
            browser = visitor()
            browser.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"
            assert ask(browser).status_code == 302
            clock.shift(timedelta(seconds=61))
    assert len(mail.outbox) == 3


def test_a_holder_who_is_not_insured_gives_a_card_of_the_policy(visitor: Any, cast: Cast, card: str) -> None:
    cast.health.insured.filter(person=cast.ana.person).delete()
    bruno_s = cast.insured(cast.bruno, cast.health)
    Card.objects.create(number="9", insured=bruno_s, valid_from=bruno_s.insured_from)
    for number in ("8", "9"):
        visitor().post(RESET, {"identifier": "12345678Z", "card_number": number, "born_on": ANA_S_BIRTHDAY})
    assert len(mail.outbox) == 1
