"""LOG-10 to LOG-20: from the form to the first page of one's own."""

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

from accounts import actions
from accounts.actions import registration
from accounts.models import AccountRequest, User
from core.models import OutgoingEmail
from tests.accounts.test_pressed_twice import LATER
from tests.people import PASSWORD, Cast, make_user

pytestmark = pytest.mark.django_db

SIGNUP = "/accounts/signup/email/"
SENT = "/accounts/confirm-email/"
NOW = "/accounts/confirm-email/now/"
NEW = {"email": "nuria@example.org", "password1": "Kz7!mondelo-Trapp", "terms": "on"}


def follow(browser: Any, link: str, **typed: str) -> Any:
    """The link of the mail, and the button of the page that it leads to."""
    browser.get(link)
    return browser.post(NOW, typed)


def confirmations() -> list[Any]:
    return [message for message in mail.outbox if "/confirm-email/" in message.body]


def test_from_the_form_straight_into_the_account(visitor: Any, link_in: Any) -> None:
    browser = visitor()
    answer = browser.post(SIGNUP, NEW)
    assert (answer.status_code, answer["Location"]) == (302, SENT)
    assert User.objects.filter(email=NEW["email"]).count() == 0

    page = browser.get(SENT).content.decode()
    assert NEW["email"] in page
    assert "spam" in page
    assert "forward" in page

    assert [message.to for message in mail.outbox] == [[NEW["email"]]]
    link = link_in(mail.outbox[0])
    led = browser.get(link)
    # The address of the form holds nothing that opens an account.
    assert (led.status_code, led["Location"]) == (302, NOW)
    assert 'name="password"' not in browser.get(NOW).content.decode()
    answer = follow(browser, link)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))

    user = User.objects.get(email=NEW["email"])
    assert browser.session["_auth_user_id"] == str(user.pk)
    assert user.check_password(NEW["password1"])
    assert user.language == "en"
    assert user.terms_version == settings.BRAND.terms_version
    assert user.terms_accepted_at == AccountRequest.objects.get().asked_at
    assert EmailAddress.objects.get(user=user).verified is True
    # What opened the account is nowhere kept.
    assert AccountRequest.objects.get().password == ""
    assert OutgoingEmail.objects.get().text == ""


@pytest.mark.parametrize("language", ["es", "ca", "en"])
def test_the_mail_speaks_the_language_of_the_page(visitor: Any, language: str) -> None:
    visitor(language).post(SIGNUP, NEW)
    assert mail.outbox[0].extra_headers["Content-Language"] == language
    assert AccountRequest.objects.get().language == language


def test_another_browser_must_know_the_password(visitor: Any, link_in: Any) -> None:
    visitor().post(SIGNUP, NEW)
    link = link_in(mail.outbox[0])
    elsewhere = visitor()
    assert 'name="password"' in elsewhere.get(link, follow=True).content.decode()
    assert follow(elsewhere, link).status_code == 200
    assert follow(elsewhere, link, password="Wrong7!mondelo-Trapp").status_code == 200
    assert User.objects.filter(email=NEW["email"]).count() == 0
    answer = follow(elsewhere, link, password=NEW["password1"])
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert elsewhere.session["_auth_user_id"] == str(User.objects.get(email=NEW["email"]).pk)


def test_who_registers_with_my_address_cannot_make_me_confirm_it(visitor: Any, link_in: Any) -> None:
    """The stranger's mail reaches me; in my own browser, which registered too, it is still not mine."""
    me, stranger = visitor(), visitor()
    me.post(SIGNUP, NEW)
    stranger.post(SIGNUP, {**NEW, "password1": "Theirs9!grumpole-Vix"})
    theirs = link_in(confirmations()[-1])
    assert 'name="password"' in me.get(theirs, follow=True).content.decode()
    assert follow(me, theirs, password=NEW["password1"]).status_code == 200
    assert User.objects.count() == 0


def test_following_the_link_confirms_nothing(visitor: Any, link_in: Any) -> None:
    browser = visitor()
    browser.post(SIGNUP, NEW)
    link = link_in(mail.outbox[0])
    for _scan in range(10):
        scanner = visitor()
        assert scanner.get(link, follow=True).status_code == 200
        assert scanner.head(link, follow=True).status_code == 200
    assert User.objects.count() == 0
    assert follow(browser, link).status_code == 302


def test_a_link_works_once(visitor: Any, link_in: Any) -> None:
    browser = visitor()
    browser.post(SIGNUP, NEW)
    link = link_in(mail.outbox[0])
    follow(browser, link)
    with time_machine.travel(timezone.now() + LATER):
        for again in (browser, visitor()):
            answer = follow(again, link, password=NEW["password1"])
            assert answer.status_code == 410
            assert reverse("account_resend") in answer.content.decode()


def test_only_the_newest_link_works(visitor: Any, link_in: Any) -> None:
    browser = visitor()
    browser.post(SIGNUP, NEW)
    browser.post(reverse("account_resend"), {"email": NEW["email"]})
    first, second = (link_in(message) for message in confirmations())
    assert follow(browser, first).status_code == 410
    assert follow(browser, second).status_code == 302


def test_a_second_registration_counts_and_its_link_kills_the_first(visitor: Any, link_in: Any) -> None:
    browser = visitor()
    browser.post(SIGNUP, NEW)
    browser.post(SIGNUP, {**NEW, "password1": "Second8!grumpole-Vix"})
    first, second = (link_in(message) for message in confirmations())
    assert follow(browser, first).status_code == 410
    assert follow(browser, second).status_code == 302
    assert User.objects.get().check_password("Second8!grumpole-Vix")


@pytest.mark.parametrize(("hours", "status"), [(23.9, 302), (24.1, 410)])
def test_a_link_lives_a_day(visitor: Any, link_in: Any, hours: float, status: int) -> None:
    browser = visitor()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser.post(SIGNUP, NEW)
        link = link_in(mail.outbox[0])
        clock.shift(timedelta(hours=hours))
        elsewhere = visitor()
        assert follow(elsewhere, link, password=NEW["password1"]).status_code == status


@pytest.mark.parametrize("key", ["x", "x:y:z", "WzEsMV0:1abc:def", "%00", "ñ"])
def test_a_made_up_link_is_dead(visitor: Any, key: str) -> None:
    assert visitor().get(f"/accounts/confirm-email/{key}/").status_code == 410


def test_the_link_is_of_the_portal_whatever_the_host_says(visitor: Any) -> None:
    forged = visitor().post(SIGNUP, NEW, headers={"host": "evil.example"})
    assert forged.status_code == 400
    assert mail.outbox == []
    visitor().post(SIGNUP, NEW, headers={"host": "localhost"})
    assert "http://testserver/accounts/confirm-email/" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("Kz7!mondelo", ["length"]),
        ("kz7!mondelo-trapp", ["upper"]),
        ("KZ7!MONDELO-TRap", ["lower"]),
        ("Kzx!mondelo-Trapp", ["digit"]),
        ("Kz7xmondeloqTrapp", ["special"]),
        ("Kz7!mondelo-oooTrapp", ["repeat"]),
        ("zqvxk", ["length", "upper", "digit", "special"]),
        ("Contraseña12!", ["weak"]),
        ("Nuria-example.org1", ["password_too_similar"]),
        ("", ["required"]),
        ("x" * 129, ["too_long"]),
    ],
)
def test_each_unmet_rule_is_said_by_itself(visitor: Any, password: str, codes: list[str]) -> None:
    answer = visitor().post(SIGNUP, {**NEW, "password1": password})
    assert answer.status_code == 200
    assert [error.code for error in answer.context["form"].errors.as_data()["password1"]] == codes
    # What was typed stays, but for the password.
    assert f'value="{NEW["email"]}"' in answer.content.decode()
    assert "x" * 129 not in answer.content.decode()
    assert AccountRequest.objects.count() == 0
    assert mail.outbox == []


def test_the_rules_are_there_before_anything_is_typed(visitor: Any) -> None:
    page = visitor().get(SIGNUP).content.decode()
    assert [
        page.count(f'data-rule="{code}"') for code in ("length", "lower", "upper", "digit", "special")
    ] == [1] * 5
    assert f'data-repeat="{settings.PASSWORD_REPEAT}"' in page
    assert 'aria-describedby="id_password1_helptext"' in page


@pytest.mark.parametrize("missing", ["email", "password1", "terms"])
def test_nothing_goes_without(visitor: Any, missing: str) -> None:
    answer = visitor().post(SIGNUP, {key: value for key, value in NEW.items() if key != missing})
    assert list(answer.context["form"].errors) == [missing]
    assert AccountRequest.objects.count() == 0


@pytest.mark.parametrize("email", ["nuria", "nuria@", "nuria@example", "nu ria@example.org", "a@b@c.org"])
def test_an_address_that_is_none_is_refused(visitor: Any, email: str) -> None:
    answer = visitor().post(SIGNUP, {**NEW, "email": email})
    assert list(answer.context["form"].errors) == ["email"]


def test_a_taken_address_answers_alike_and_tells_its_owner(visitor: Any, cast: Cast) -> None:
    browser, other = visitor(), visitor()
    ana = cast.ana.user
    assert ana is not None
    ana.language = "ca"
    ana.save()
    taken = browser.post(SIGNUP, {**NEW, "email": "ANA@example.org"})
    free = other.post(SIGNUP, NEW)
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    assert set(taken.cookies) == set(free.cookies)
    assert masked(browser, "ana@example.org") == masked(other, NEW["email"])
    to_ana = mail.outbox[0]
    assert (to_ana.to, to_ana.extra_headers["Content-Language"]) == (["ana@example.org"], "ca")
    assert "/confirm-email/" not in to_ana.body
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


def masked(browser: Any, address: str) -> str:
    """The page without what must differ: the address that was typed, and the token of the form."""
    page = browser.get(SENT).content.decode().replace(address, "…")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def test_every_registration_hashes_once(visitor: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    keep = registration.make_password
    monkeypatch.setattr(registration, "make_password", lambda text: hashed.append(text) or keep(text))
    visitor().post(SIGNUP, NEW)
    visitor().post(SIGNUP, {**NEW, "email": "ana@example.org"})
    assert len(hashed) == 2


def test_a_program_that_fills_the_hidden_field_gets_nothing(visitor: Any) -> None:
    answer = visitor().post(SIGNUP, {**NEW, "web": "https://spam.example"})
    assert (answer.status_code, answer["Location"]) == (302, SENT)
    assert AccountRequest.objects.count() == 0
    assert mail.outbox == []


def test_one_mailbox_receives_three_mails_in_ten_minutes(visitor: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _try in range(5):
            answer = visitor().post(SIGNUP, NEW)
            assert answer["Location"] == SENT
            clock.shift(timedelta(seconds=61))
    assert len(mail.outbox) == 3


def test_one_address_registers_twenty_times_in_ten_minutes(visitor: Any) -> None:
    statuses = [
        visitor().post(SIGNUP, {**NEW, "email": f"n{number}@example.org"}).status_code for number in range(21)
    ]
    assert statuses == [302] * 20 + [429]


@pytest.mark.parametrize(
    ("email", "template"),
    [
        ("nobody@example.org", "emails/account_nothing_waits"),
        ("ana@example.org", "emails/account_exists"),
    ],
)
def test_sending_again_answers_alike(visitor: Any, cast: Cast, email: str, template: str) -> None:
    answer = visitor().post(reverse("account_resend"), {"email": email})
    assert (answer.status_code, answer["Location"]) == (302, SENT)
    assert list(OutgoingEmail.objects.values_list("to", "template")) == [(email, template)]


def test_a_waiting_request_is_answered_later_and_once(visitor: Any) -> None:
    request = AccountRequest.objects.create(
        kind=AccountRequest.Kind.REGISTER, identifier="late@example.org", language="es", password="x"
    )
    actions.answer(request.pk)
    actions.answer(request.pk)
    assert OutgoingEmail.objects.filter(to="late@example.org").count() == 1


def test_old_requests_go(visitor: Any) -> None:
    visitor().post(SIGNUP, NEW)
    AccountRequest.objects.update(asked_at=timezone.now() - timedelta(days=3))
    assert actions.forget_old_requests() == 1


def test_an_account_that_nobody_confirmed_belongs_to_who_confirms_it(visitor: Any, link_in: Any) -> None:
    old = make_user(NEW["email"], verified=False)
    browser = visitor()
    browser.post(SIGNUP, NEW)
    follow(browser, link_in(mail.outbox[0]))
    old.refresh_from_db()
    assert old.check_password(NEW["password1"])
    assert EmailAddress.objects.get(user=old).verified is True


def test_who_is_logged_in_does_not_register(log_in: Any, cast: Cast) -> None:
    answer = log_in(cast.ana).get(SIGNUP)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
