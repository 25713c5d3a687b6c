"""LOG-01 to LOG-04 and LOG-16: one field, one hash, one bucket, one answer."""

from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.contrib.messages.storage import default_storage
from django.core import mail
from django.urls import reverse
from django.utils import translation

from accounts import backend
from accounts.models import User
from tests.people import PASSWORD, Cast, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"

# Ana: 12345678Z, ana@example.org. Elena: X1234567L.
ANAS = [
    "12345678Z",
    "12345678z",
    "12345678-Z",
    "12.345.678-z",
    " 12 345 678 Z ",
    "12345678/Z",
    "１２３４５６７８Z",
    "1234\u200b5678Z",
    "12345678–Z",
    "ana@example.org",
    "ANA@Example.ORG",
    " ana@example.org\t",
    "DNI 12345678Z",
    "ES12345678Z",
    "12345678_Z",
    "12,345,678-Z",
    "ana@example.org,",
    "mailto:ana@example.org",
    "ana @example.org.",
]


def log_in(browser: Any, login: str, password: str = PASSWORD, **more: str) -> Any:
    return browser.post(LOGIN, {"login": login, "password": password, **more})


@pytest.mark.parametrize("spelling", ANAS)
def test_every_spelling_opens_the_account(visitor: Any, cast: Cast, spelling: str) -> None:
    browser = visitor()
    answer = log_in(browser, spelling)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert browser.session["_auth_user_id"] == str(cast.ana.user.pk)  # type: ignore[union-attr]


@pytest.mark.parametrize("spelling", ["X1234567L", "x-1234567-l", "X 1.234.567 L"])
def test_a_nie_opens_too(visitor: Any, cast: Cast, spelling: str) -> None:
    browser = visitor()
    log_in(browser, spelling)
    assert browser.session["_auth_user_id"] == str(cast.elena.user.pk)  # type: ignore[union-attr]


def test_a_dni_of_seven_digits_is_filled_up(visitor: Any, cast: Cast) -> None:
    cast.ana.person.dni = "01234567L"  # type: ignore[union-attr]
    cast.ana.person.save()  # type: ignore[union-attr]
    assert log_in(visitor(), "1234567l").status_code == 302


def refusals(cast: Cast) -> dict[str, tuple[str, str]]:
    """Everything that must not open, by its reason."""
    make_user("unconfirmed@example.org", verified=False)
    inactive = make_user("inactive@example.org")
    inactive.is_active = False
    inactive.save()
    no_password = make_user("nopassword@example.org")
    no_password.set_unusable_password()
    no_password.save()
    second = EmailAddress.objects.create(user=cast.ana.user, email="second@example.org", verified=False)
    return {
        "wrong password": ("ana@example.org", "Wrong7!mondelo"),
        "wrong password, DNI": ("12345678Z", "Wrong7!mondelo"),
        "unknown e-mail": ("nobody@example.org", PASSWORD),
        "unknown DNI": ("00000000T", PASSWORD),
        "on file without an account": (cast.diego.person.dni or "", PASSWORD),  # type: ignore[union-attr]
        "not confirmed": ("unconfirmed@example.org", PASSWORD),
        "not confirmed, second address": (second.email, PASSWORD),
        "inactive": ("inactive@example.org", PASSWORD),
        "no password": ("nopassword@example.org", "!"),
        "neither DNI nor e-mail": ("ana", PASSWORD),
        "wrong letter": ("12345678A", PASSWORD),
    }


def test_one_answer_for_whatever_is_wrong(visitor: Any, cast: Cast) -> None:
    answers = set()
    for login, password in refusals(cast).values():
        browser = visitor()
        answer = log_in(browser, login, password)
        errors = answer.context["form"].errors
        answers.add((answer.status_code, tuple(errors), str(errors), tuple(answer.cookies)))
        assert "_auth_user_id" not in browser.session
    assert len(answers) == 1
    assert mail.outbox == []


def test_each_case_costs_one_hash_and_as_many_queries(
    visitor: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    checks: list[str] = []
    check = backend.check_password
    monkeypatch.setattr(backend, "check_password", lambda *a, **k: checks.append(a[0]) or check(*a, **k))
    cases = list(refusals(cast).values())
    with django_assert_num_queries(1):
        backend.OneHashBackend().authenticate(None, username=cases[0][0], password=cases[0][1])
    for login, password in cases:
        with django_assert_num_queries(1):
            backend.OneHashBackend().authenticate(None, username=login, password=password)
    assert len(checks) == len(cases) + 1


def test_before_the_mail_is_confirmed_nobody_comes_in(visitor: Any) -> None:
    make_user("unconfirmed@example.org", verified=False)
    browser = visitor()
    answer = log_in(browser, "unconfirmed@example.org")
    assert answer.status_code == 200
    assert reverse("account_resend") in answer.content.decode()
    assert mail.outbox == []


def test_who_is_closed_between_two_steps_is_told_so_and_nobody_else(visitor: Any, cast: Cast) -> None:
    browser = visitor()
    answer = browser.get(reverse("account_inactive"))
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    assert "closed" not in browser.get(LOGIN).content.decode()

    request = answer.wsgi_request
    request._messages = default_storage(request)
    with translation.override("en"):
        answer = get_adapter(request).respond_user_inactive(request, cast.ana.user)
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    assert [str(message) for message in get_messages(request)] == [
        "This account is closed. Call us on 900 000 000 if you think that this is a mistake."
    ]


def test_all_spellings_are_one_bucket_of_five(
    visitor: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[str] = []
    check = backend.check_password
    monkeypatch.setattr(backend, "check_password", lambda *a, **k: checks.append(a[0]) or check(*a, **k))
    for spelling in ANAS:
        log_in(visitor(), spelling, "Wrong7!mondelo")
    assert len(checks) == 5
    # Even the right password waits now; another account does not.
    assert log_in(visitor(), "12345678Z").status_code == 200
    assert log_in(visitor(), "elena@example.org").status_code == 302


def test_an_unknown_identifier_has_its_bucket_and_the_same_words(visitor: Any, cast: Cast) -> None:
    def words(login: str) -> list[str]:
        answers = [log_in(visitor(), login, "Wrong7!mondelo") for _try in range(7)]
        return [str(answer.context["form"].errors) for answer in answers]

    assert words("ana@example.org") == words("nobody@example.org")


def test_successes_do_not_fill_the_bucket(visitor: Any, cast: Cast) -> None:
    assert [log_in(visitor(), "12345678Z").status_code for _try in range(7)] == [302] * 7


def test_a_forwarded_address_is_not_believed(visitor: Any, cast: Cast) -> None:
    for number in range(31):
        visitor().post(
            LOGIN,
            {"login": f"n{number}@example.org", "password": "Wrong7!mondelo"},
            headers={"x-forwarded-for": f"203.0.113.{number}"},
        )
    assert log_in(visitor(), "ana@example.org").status_code == 200


def test_the_session_key_changes_at_log_in(visitor: Any, cast: Cast) -> None:
    browser = visitor()
    browser.post(
        "/accounts/signup/email/", {"email": "x@example.org", "password1": "Kz7!mondelo-Trapp", "terms": "1"}
    )
    before = browser.session.session_key
    log_in(browser, "ana@example.org")
    assert before is not None
    assert browser.session.session_key != before
    planted = visitor()
    planted.cookies["portal"] = before
    assert planted.get("/accounts/password/change/").status_code == 302


@pytest.mark.parametrize(
    ("url", "target"),
    [("/policies/", "/policies/"), ("https://evil.example/", "/"), ("//evil.example/", "/"), ("", "/")],
)
def test_after_log_in_only_pages_of_the_portal(visitor: Any, cast: Cast, url: str, target: str) -> None:
    assert log_in(visitor(), "12345678Z", next=url)["Location"] == target


def test_wrong_input_keeps_the_identifier_and_never_the_password(visitor: Any, cast: Cast) -> None:
    page = log_in(visitor(), "12345678-z", "Wrong7!mondelo").content.decode()
    assert 'value="12345678-z"' in page
    assert "Wrong7!mondelo" not in page


def test_a_superuser_of_the_console_can_log_in(visitor: Any) -> None:
    User.objects.create_superuser("root@alborada.example", PASSWORD)
    assert log_in(visitor(), "root@alborada.example").status_code == 302


def test_a_password_typed_on_another_keyboard_is_the_same(visitor: Any) -> None:
    user = make_user("accent@example.org")
    user.set_password("Caf\u00e9-mondelo-77X")
    user.save()
    assert log_in(visitor(), "accent@example.org", "Cafe\u0301-mondelo-77X").status_code == 302


def test_logging_out_takes_a_press_and_ends_the_session(visitor: Any, cast: Cast) -> None:
    browser = visitor()
    log_in(browser, "ana@example.org")
    key = browser.session.session_key
    assert browser.get("/accounts/logout/").status_code == 200
    answer = browser.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    stolen = visitor()
    stolen.cookies["portal"] = key
    assert stolen.get("/accounts/password/change/")["Location"].startswith(LOGIN)


def test_a_closed_account_is_out_at_the_next_page(visitor: Any, cast: Cast) -> None:
    browser = visitor()
    log_in(browser, "ana@example.org")
    User.objects.filter(email="ana@example.org").update(is_active=False)
    assert browser.get("/accounts/password/change/")["Location"].startswith(LOGIN)
