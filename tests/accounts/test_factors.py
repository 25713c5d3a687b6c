"""LOG-01 with more than a password: the app, recovery codes, what is kept of them and who is told."""

import re
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.urls import reverse

from accounts import emails, links
from accounts.mfa.checks import passkeys_keep_to_the_portal
from accounts.models import AccountRequest, User
from core.models import OutgoingEmail
from core.secrets import seal
from tests.people import APP_KEY, PASSWORD, Cast, code_now, give_app

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
SECOND = "/accounts/login/second/"
WRONG = "000000"


@pytest.fixture
def ana(cast: Cast) -> User:
    """With an app."""
    assert cast.ana.user
    give_app(cast.ana.user)
    return cast.ana.user


@pytest.fixture(autouse=True)
def in_the_middle_of_a_step() -> Any:
    with time_machine.travel("2026-11-20T10:00:15+01:00", tick=False) as clock:
        yield clock


def password_given(browser: Any, user: User) -> Any:
    answer = browser.post(LOGIN, {"login": user.email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, SECOND)
    return browser


def logged_in(browser: Any) -> bool:
    return "_auth_user_id" in browser.session


def type_code(browser: Any, code: str) -> Any:
    return browser.post(SECOND, {"code": code})


# --- log-in ---------------------------------------------------------------------------------------


def test_the_password_alone_is_not_enough(visitor: Any, ana: User) -> None:
    browser = password_given(visitor(), ana)
    assert not logged_in(browser)
    assert browser.get("/account/").status_code == 302
    assert browser.get(SECOND).status_code == 200
    # Back at the log-in page, the step that is missing is asked for.
    assert browser.get(LOGIN)["Location"] == SECOND


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_code_of_the_app_opens(visitor: Any, ana: User, steps: int) -> None:
    browser = password_given(visitor(), ana)
    before = browser.session.session_key
    answer = type_code(browser, f"{code_now(steps)[:3]} {code_now(steps)[3:]}")
    assert answer["Location"] == reverse("home")
    assert logged_in(browser)
    assert browser.session.session_key != before


@pytest.mark.parametrize("steps", [-2, 2])
def test_an_old_or_early_code_does_not(visitor: Any, ana: User, steps: int) -> None:
    browser = password_given(visitor(), ana)
    answer = type_code(browser, code_now(steps))
    assert "used already" in answer.content.decode()
    assert not logged_in(browser)


@pytest.mark.parametrize("seconds", [0, 10, 31, 44])
def test_a_code_is_good_for_once(visitor: Any, ana: User, in_the_middle_of_a_step: Any, seconds: int) -> None:
    code = code_now(1)
    type_code(password_given(visitor(), ana), code)
    in_the_middle_of_a_step.shift(seconds)
    second = password_given(visitor(), ana)
    assert "used already" in type_code(second, code).content.decode()
    assert not logged_in(second)


def test_wrong_codes_are_counted(visitor: Any, ana: User) -> None:
    browser = password_given(visitor(), ana)
    answers = [type_code(browser, f"{guess:06}").content.decode() for guess in range(5)]
    assert all("used already" in answer for answer in answers)
    # Now not even the right one, nor from another browser.
    assert "too many attempts" in type_code(browser, code_now()).content.decode()
    assert not logged_in(browser)
    other = password_given(visitor(), ana)
    type_code(other, code_now())
    assert not logged_in(other)


def test_a_used_code_does_not_empty_the_counter(visitor: Any, ana: User) -> None:
    code = code_now()
    type_code(password_given(visitor(), ana), code)
    browser = password_given(visitor(), ana)
    for guess in range(3):
        type_code(browser, f"{guess:06}")
    type_code(browser, code)
    type_code(browser, WRONG)
    assert "too many attempts" in type_code(browser, code_now(1)).content.decode()


def test_a_recovery_code_works_once(visitor: Any, ana: User) -> None:
    code = RecoveryCodes.activate(ana).generate_codes()[3]
    first = password_given(visitor(), ana)
    type_code(first, f"{code[:4]}-{code[4:]}")
    assert logged_in(first)
    second = password_given(visitor(), ana)
    type_code(second, code)
    assert not logged_in(second)
    type_code(second, RecoveryCodes.activate(ana).generate_codes()[4])
    assert logged_in(second)


def test_a_new_password_by_mail_does_not_go_round_it(visitor: Any, ana: User) -> None:
    request = AccountRequest.objects.create(
        kind=AccountRequest.Kind.RESET, identifier=ana.email, language="en", user=ana, links=1
    )
    browser = visitor()
    browser.get(f"/accounts/password/reset/key/{links.reset_key(request, ana)}/")
    browser.post("/accounts/password/reset/new/", {"password1": "Another9-mondelu"})
    answer = browser.post(LOGIN, {"login": ana.email, "password": "Another9-mondelu"})
    assert answer["Location"] == SECOND
    assert not logged_in(browser)


# --- re-authentication ----------------------------------------------------------------------------


def test_a_log_in_of_long_ago_is_asked_again(visitor: Any, ana: User, in_the_middle_of_a_step: Any) -> None:
    browser = password_given(visitor(), ana)
    type_code(browser, code_now())
    page = reverse("mfa_add_webauthn")
    assert browser.get(page).status_code == 200
    in_the_middle_of_a_step.shift(301)
    asked = browser.get(page)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    html = browser.get(asked["Location"]).content.decode()
    assert reverse("mfa_reauthenticate") in html
    by_code = f"{reverse('mfa_reauthenticate')}?next={page}"
    again = browser.post(by_code, {"code": WRONG})
    assert again.status_code == 200
    assert len(again.context["form"].errors["code"]) == 1
    assert browser.post(by_code, {"code": code_now()})["Location"] == page
    assert browser.get(page).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
    ],
)
def test_every_change_asks_again(client: Any, ana: User, name: str) -> None:
    if name == "mfa_activate_totp":
        Authenticator.objects.all().delete()
    else:
        RecoveryCodes.activate(ana)
    client.force_login(ana)
    for method in (client.get, client.post):
        answer = method(reverse(name))
        if answer.status_code != 405:
            assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_taking_the_app_off_asks_again(client: Any, ana: User) -> None:
    client.force_login(ana)
    assert client.post(reverse("mfa_deactivate_totp"))["Location"].startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.filter(user=ana).exists()


# --- what is kept, and who is told ----------------------------------------------------------------


def set_up_app(browser: Any, user: User) -> str:
    browser.post(LOGIN, {"login": user.email, "password": PASSWORD})
    page = reverse("mfa_activate_totp")
    html = browser.get(page).content.decode()
    found = re.search(r'<code class="key">([A-Z2-7]+)</code>', html)
    assert found
    assert "data:image/svg+xml;base64," in html
    answer = browser.post(page, {"code": code_now(key=found[1])})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    return found[1]


def test_a_key_that_is_not_confirmed_yet_lies_sealed(visitor: Any, cast: Cast) -> None:
    """Sessions are rows of the database."""
    assert cast.elena.user
    browser, page = visitor(), reverse("mfa_activate_totp")
    browser.post(LOGIN, {"login": cast.elena.user.email, "password": PASSWORD})

    def shown(answer: Any) -> str:
        found = re.search(r'<code class="key">([A-Z2-7]+)</code>', answer.content.decode())
        assert found
        return found[1]

    key = shown(browser.get(page))
    assert key not in str(dict(browser.session))
    assert re.fullmatch(r"1\.[0-9a-f]{8}\.[\w=-]+", browser.session["mfa.totp.secret"])
    # A wrong code keeps the key that was scanned, and the session still does not tell it.
    assert shown(browser.post(page, {"code": WRONG})) == key
    assert key not in str(dict(browser.session))
    # Of another account, or of a key that was given up: another one is shown, and nothing fails.
    session = browser.session
    session["mfa.totp.secret"] = seal(key, purpose="session.mfa.totp.secret:0")
    session.save()
    assert shown(browser.post(page, {"code": code_now(key=key)})) != key
    assert not Authenticator.objects.filter(user=cast.elena.user).exists()
    key = shown(browser.get(page))
    browser.post(page, {"code": code_now(key=key)})
    assert Authenticator.objects.filter(user=cast.elena.user, type="totp").exists()
    assert "mfa.totp.secret" not in browser.session


def test_an_app_is_set_up(visitor: Any, cast: Cast) -> None:
    assert cast.elena.user
    cast.elena.user.language = "ca"
    cast.elena.user.save()
    browser = visitor()
    key = set_up_app(browser, cast.elena.user)
    app = Authenticator.objects.get(user=cast.elena.user, type="totp")
    codes = Authenticator.objects.get(user=cast.elena.user, type="recovery_codes")
    # Nothing in clear, and each opens only as what it is.
    assert key not in str(app.data)
    assert re.fullmatch(r"1\.[0-9a-f]{8}\.[\w=-]+", app.data["secret"])
    assert re.fullmatch(r"1\.[0-9a-f]{8}\.[\w=-]+", codes.data["seed"])
    assert codes.wrap().generate_codes() == codes.wrap().generate_codes()
    assert key not in str(dict(browser.session))
    row = OutgoingEmail.objects.get(to="elena@example.org")
    assert (row.template, row.language) == ("emails/app_added", "ca")
    assert key not in mail.outbox[-1].body
    shown = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert re.findall(r"<li><code>(\d{8})</code>", shown) == codes.wrap().generate_codes()
    paper = browser.get(reverse("mfa_download_recovery_codes"))
    assert paper["Content-Type"].startswith("text/plain")
    assert re.findall(r"^\d{8}$", paper.content.decode(), re.MULTILINE) == codes.wrap().generate_codes()
    # The code that set it up is used.
    again = visitor()
    password_given(again, cast.elena.user)
    type_code(again, code_now(key=key))
    assert not logged_in(again)


def test_every_change_is_told(visitor: Any, ana: User) -> None:
    browser = password_given(visitor(), ana)
    type_code(browser, code_now())
    browser.post(reverse("mfa_generate_recovery_codes"))
    browser.post(reverse("mfa_deactivate_totp"))
    assert [row.template for row in OutgoingEmail.objects.order_by("pk")] == [
        "emails/recovery_codes_made",
        "emails/app_removed",
    ]
    assert {row.to for row in OutgoingEmail.objects.all()} == {"ana@example.org"}
    # Without an app or a passkey there is nothing left that the codes stand in for.
    assert not Authenticator.objects.filter(user=ana).exists()


def test_new_recovery_codes_end_the_old(visitor: Any, ana: User) -> None:
    old = RecoveryCodes.activate(ana).generate_codes()
    browser = password_given(visitor(), ana)
    type_code(browser, code_now())
    browser.post(reverse("mfa_generate_recovery_codes"))
    other = password_given(visitor(), ana)
    type_code(other, old[0])
    assert not logged_in(other)


# --- offered, never forced ------------------------------------------------------------------------

OFFER = "Log in without a password?"


def test_it_is_offered_in_one_log_in_and_no_more(visitor: Any, cast: Cast) -> None:
    assert cast.hugo.user
    for expected in (True, False):
        browser = visitor()
        cast.hugo.user.language = "en"
        cast.hugo.user.save(update_fields=["language"])
        browser.post(LOGIN, {"login": "hugo@example.org", "password": PASSWORD})
        assert (OFFER in browser.get("/").content.decode()) is expected
        assert (OFFER in browser.get("/").content.decode()) is expected
    assert browser.get(reverse("account_security")).status_code == 200


def test_no_thank_you_is_heard(visitor: Any, cast: Cast) -> None:
    browser = visitor()
    browser.post(LOGIN, {"login": "hugo@example.org", "password": PASSWORD})
    assert browser.session["offer_factor"] is True
    answer = browser.post(reverse("account_factor_not_now"), follow=True)
    assert "offer_factor" not in browser.session
    assert reverse("account_factor_not_now") not in answer.content.decode()


def test_who_has_a_factor_and_who_works_here_are_offered_none(visitor: Any, ana: User, cast: Cast) -> None:
    for user in (ana, cast.felix.user):
        browser = password_given(visitor(), user)  # type: ignore[arg-type]
        type_code(browser, code_now())
        assert logged_in(browser)
        assert "offer_factor" not in browser.session


def test_the_page_shows_what_there_is(visitor: Any, ana: User, django_assert_max_num_queries: Any) -> None:
    ana.language = "en"
    ana.save()
    browser = password_given(visitor(), ana)
    type_code(browser, code_now())
    RecoveryCodes.activate(ana)
    with django_assert_max_num_queries(8):
        html = browser.get(reverse("account_security")).content.decode()
    assert "10 codes are left." in html
    assert reverse("mfa_deactivate_totp") in html
    assert reverse("mfa_activate_totp") not in html
    assert APP_KEY not in html


def test_mails_are_named_for_every_change() -> None:
    from accounts.adapter import MAILS

    assert MAILS["account/email/password_changed"] is emails.password_changed
    assert len(MAILS) == 6


def test_a_release_that_takes_passkeys_of_any_address_is_refused(settings: Any) -> None:
    assert passkeys_keep_to_the_portal(None) == []
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    assert [error.id for error in passkeys_keep_to_the_portal(None)] == ["accounts.E001"]
    with pytest.raises(SystemCheckError, match=r"accounts\.E001"):
        call_command("check", deploy=True)
