"""Every answer, of whatever page to whomever, carries the headers that close the browser's doors."""

from http.cookies import Morsel
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from policies.models import Certificate
from tests.house.test_every_page import PAGES, browser, certificate  # noqa: F401 - certificate is a fixture
from tests.people import Cast

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "manifest-src 'self'",
}
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SHUT = ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")


def of(response: Any) -> dict[str, Any]:
    return {
        **{name: response.get(name) for name in HEADERS},
        "policy": set(response.get("Content-Security-Policy", "").split("; ")),
        "open": [name for name in SHUT if f"{name}=()" not in response.get("Permissions-Policy", "")],
        "kept": [] if "no-store" in response.get("Cache-Control", "") else [response.get("Cache-Control")],
        "cookies": [cookie.OutputString() for cookie in response.cookies.values() if not is_closed(cookie)],
    }


def is_closed(cookie: "Morsel[str]") -> bool:
    """No script reads it, no other site sends it, and no other host sets it."""
    return bool(cookie["httponly"]) and (cookie["samesite"], cookie["path"], cookie["domain"]) == (
        "Lax",
        "/",
        "",
    )


EXPECTED = {**HEADERS, "policy": POLICY, "open": [], "kept": [], "cookies": []}
# What somebody else has written: nothing in it may run at all, not even on its own.
SANDBOX = {"default-src 'none'", "sandbox"}
FROM_OUTSIDE = {"cases:document", "cases:copy_download"}


@pytest.mark.parametrize("actor", ["anonymous", "ana"])
def test_every_answer_closes_the_doors_of_the_browser(
    actor: str,
    cast: Cast,
    certificate: Certificate,  # noqa: F811
) -> None:
    client = browser(cast, actor)
    given = {
        name: of(client.get(reverse(name, args=row.arguments(cast, certificate))))
        for name, row in PAGES.items()
    }
    wanted = dict.fromkeys(PAGES, EXPECTED)
    if actor == "ana":
        wanted |= {name: {**EXPECTED, "policy": SANDBOX} for name in FROM_OUTSIDE}
    different = {
        name: {key: value for key, value in found.items() if value != wanted[name][key]}
        for name, found in given.items()
    }
    assert {name: found for name, found in different.items() if found} == {}


def test_an_open_door_would_be_seen() -> None:
    response = HttpResponse()
    response.set_cookie(settings.SESSION_COOKIE_NAME, "x", httponly=False, samesite="Lax")
    assert of(response) == {
        **dict.fromkeys(HEADERS),
        "policy": {""},
        "open": list(SHUT),
        "kept": [None],
        "cookies": [f"{settings.SESSION_COOKIE_NAME}=x; Path=/; SameSite=Lax"],
    }
