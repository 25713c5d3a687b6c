"""Error pages help, and stand when nothing else does."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.core import ratelimit
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path, resolve, reverse
from django.utils import translation

from core import error_pages
from portal import errors
from tests.people import PASSWORD, Cast

RAISED = {
    "suspicious": SuspiciousOperation("12345678Z"),
    "big": RequestDataTooBig("big"),
    "denied": PermissionDenied("12345678Z"),
    "broken": ValueError("12345678Z"),
    "database": OperationalError("connection refused"),
    "pool": InterfaceError("connection already closed"),
}


def fail(request: HttpRequest, how: str) -> HttpResponse:
    raise RAISED[how]


fail.login_required = False  # type: ignore[attr-defined]

urlpatterns = [path("fail/<str:how>/", fail), path("", include("portal.urls"))]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

PAGES = [
    ("fail/suspicious/", 400, "We could not read your request"),
    ("fail/denied/", 403, "You may not open this page"),
    ("no/such/page/", 404, "We could not find this page"),
    ("fail/big/", 413, "This is too large to send"),
    ("fail/broken/", 500, "Something went wrong on our side"),
    ("fail/database/", 503, "We will be back in a moment"),
    ("fail/pool/", 503, "We will be back in a moment"),
]


@pytest.fixture
def quiet_client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError("terminating connection"), 503), (UpdateError(), 400)],
    ids=["the database is away", "the session was ended meanwhile"],
)
def test_a_session_that_cannot_be_saved(
    cast: Cast, quiet_client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """Django raises the same for both; who is told to come back keeps what was typed."""
    quiet_client.force_login(cast.ana.user)

    def save_base(self: Session, *args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(Session, "save_base", save_base)
    response = quiet_client.get(reverse("home"))
    assert response.status_code == status
    assert ("Retry-After" in response) == (status == 503)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("address", "status", "heading"), PAGES)
def test_a_page_says_what_happened_and_how_to_go_on(
    quiet_client: Client, address: str, status: int, heading: str
) -> None:
    """No `db` mark: a query here would fail the test. So the page stands without database and session."""
    response = quiet_client.get(f"/{address}", headers={"Accept-Language": "en"})
    html = response.content.decode()
    assert response.status_code == status
    assert '<html lang="en">' in html
    assert f"<h1>{heading}</h1>" in html
    assert 'href="tel:+34900000000"' in html
    assert "24 hours, every day" in html
    assert '<a class="btn btn-primary" href="/">' in html
    assert response["X-Request-ID"] in html
    assert "12345678Z" not in html
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("language", ["es", "ca", "en"])
def test_the_language_is_that_of_the_browser_even_before_it_is_chosen(
    quiet_client: Client, language: str
) -> None:
    response = quiet_client.get("/fail/broken/", headers={"Accept-Language": language})
    assert f'<html lang="{language}">' in response.content.decode()
    assert response["Content-Language"] == language


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("how", "wait"), [("database", "30"), ("pool", "30"), ("broken", None)])
def test_only_a_database_that_is_away_says_when_to_come_back(
    quiet_client: Client, how: str, wait: str | None
) -> None:
    assert quiet_client.get(f"/fail/{how}/").headers.get("Retry-After") == wait


@pytest.mark.urls(__name__)
def test_when_even_the_page_cannot_be_drawn_there_are_plain_words(
    quiet_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> str:
        raise OSError("the disk is gone")

    monkeypatch.setattr(error_pages, "render_to_string", broken)
    response = quiet_client.get("/fail/database/")
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert response.content.decode() == errors.LAST_RESORT


def test_a_body_over_the_cap_is_refused_unread_with_the_largest_size(client: Client) -> None:
    class Unreadable:
        def read(self, *args: object) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    response = client.post(
        "/accounts/login/",
        headers={"Accept-Language": "en"},
        **{"CONTENT_LENGTH": "300000000", "wsgi.input": Unreadable()},
    )
    assert response.status_code == 413
    assert "at most 2.0\xa0MB" in response.content.decode()
    assert response["X-Request-ID"] in response.content.decode()
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_too_many_tries_says_when_to_try_again() -> None:
    request = RequestFactory().get("/", headers={"Accept-Language": "en"})
    for seconds, words in (
        (1, "1 minute"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (5400, "90 minutes"),
        (5401, "2 hours"),
        (86_400, "24 hours"),
    ):
        response = error_pages.too_many_requests(request, retry_after=seconds)
        assert (response.status_code, response["Retry-After"]) == (429, str(seconds))
        assert f"Please wait {words} and try again." in response.content.decode()


# Tries that are let through, seconds between them, and how long the next one must wait.
LIMITS = [
    # "20/10m/ip,100/d/ip"
    ("account_signup_email", {"email": ""}, 20, 1, 600 - 20, "10 minutes"),
    # "5/h/user,30/d/ip": the first of the five counts, a minute before the last.
    ("account_link", {"dni": "00000000T", "born_on": "1990-01-01"}, 5, 15, 3600 - 5 * 15, "59 minutes"),
]


@pytest.mark.parametrize(("name", "typed", "tries", "apart", "expected", "words"), LIMITS)
def test_the_page_says_how_long_the_full_counter_lasts(
    cast: Cast,
    client: Client,
    name: str,
    typed: dict[str, str],
    tries: int,
    apart: int,
    expected: int,
    words: str,
) -> None:
    address = reverse(name)
    with time_machine.travel(datetime(2026, 11, 20, 11, tzinfo=UTC), tick=False) as clock:
        if name == "account_link":
            assert cast.hugo.user is not None
            cast.hugo.user.language = "en"
            cast.hugo.user.save()
            client.force_login(cast.hugo.user)
        for _try in range(tries):
            assert client.post(address, typed).status_code in {200, 302}
            clock.shift(apart)
        refused = client.post(address, typed, headers={"Accept-Language": "en"})
        assert (refused.status_code, refused["Retry-After"]) == (429, str(expected))
        assert f"Please wait {words} and try again." in refused.content.decode()
        clock.shift(expected)
        assert client.post(address, typed).status_code in {200, 302}


def test_who_is_counted_by_a_key_waits_for_its_counter(db: None) -> None:
    """ "3/h/key" of a new password: exactly where the view has left the key, else the whole hour."""
    request = RequestFactory().post("/accounts/password/reset/", headers={"Accept-Language": "en"})
    request.resolver_match = resolve("/accounts/password/reset/")
    with time_machine.travel(datetime(2026, 11, 20, 11, tzinfo=UTC), tick=False) as clock:
        for _try in range(3):
            assert ratelimit.consume(request, action="reset_password", key="k")
            clock.shift(300)
        assert not ratelimit.consume(request, action="reset_password", key="k")
        assert errors.too_many_requests(request)["Retry-After"] == "3600"
        request.limited_by = "k"  # type: ignore[attr-defined]
        assert errors.too_many_requests(request)["Retry-After"] == str(3600 - 3 * 300)


def test_allauth_shows_our_page_of_too_many_tries(db: None) -> None:
    # No counter is full: two tries at the same moment.
    response = ratelimit.respond_429(RequestFactory().get("/", headers={"Accept-Language": "en"}))
    assert (response.status_code, response["Retry-After"]) == (429, "5")


CSRF = [
    ("http://testserver/accounts/login/?next=/x", "/accounts/login/?next=/x"),
    ("https://elsewhere.example/login/", "/language/"),
    ("", "/language/"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("referer", "back"), CSRF)
def test_a_form_without_its_token_is_explained_with_a_way_back(referer: str, back: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(
        "/language/", {"language": "es"}, headers={"Accept-Language": "en", "Referer": referer}
    )
    html = response.content.decode()
    assert response.status_code == 403
    assert "<h1>We could not accept the form</h1>" in html
    assert f'<a href="{back}">Open the page again</a>' in html
    assert "Go back with the Back button of your browser: the text is usually still there." in html
    assert html.index("Back button") < html.index("Open the page again")
    assert "Reason given for failure" not in html


ONLY_FORMS = [
    ("get", "/language/"),
    ("get", "/accounts/stay/"),
    ("get", "/accounts/security/devices/others/end/"),
    ("delete", "/policies/certificates/new/"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address"), ONLY_FORMS)
def test_an_address_that_only_takes_forms_says_so_in_words(
    method: str, address: str, cast: Cast, log_in: Any
) -> None:
    browser = log_in(cast.ana)
    response = getattr(browser, method)(address, headers={"Accept-Language": "en"})
    assert response.status_code == 405
    assert response["Allow"] == ("POST" if method == "get" else "GET, HEAD, POST")
    with translation.override(response["Content-Language"]):
        assert translation.gettext("There is no page to open here") in response.content.decode()
    assert 'href="/"' in response.content.decode()


@override_settings(ALLOWED_HOSTS=["portal.example"])
def test_a_stranger_s_host_name_is_a_plain_400(quiet_client: Client) -> None:
    response = quiet_client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()


def test_no_error_page_holds_script_or_style_of_its_own() -> None:
    request = RequestFactory().get("/")
    for status in (400, 403, 404, 413, 429, 500, 503):
        with translation.override("en"):
            html = error_pages.error_page(
                request, status, retry_after=60, context={"limit_bytes": 1}
            ).content.decode()
        assert not re.search(r"<script|<style|style=|onclick=", html)


def test_the_second_press_on_log_in_leads_in(cast: Cast) -> None:
    """The first press has logged in and renewed the token; the second must not end on an error page."""
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.ana.user)  # type: ignore[arg-type]
    response = strict.post(reverse("account_login"), {"login": "12345678Z", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    assert Client(enforce_csrf_checks=True).post(reverse("account_login"), {}).status_code == 403
