"""How long a log-in lasts, in which language a page speaks, and what happens when too many knock at once."""

import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from accounts.hashers import RETRY_AFTER_SECONDS, HashingBusy
from core import error_pages

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# seen_at is written at most this often: not every page is worth a row.
GRAIN_SECONDS = 60


def session_clock(get_response: GetResponse) -> GetResponse:
    """End a log-in that nobody has used for a while, and any that is too old."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            ended = _ended(request)
            if ended:
                logout(request)
                return _to_login(request, ended)
            _note_seen(request)
        response = get_response(request)
        if request.user.is_authenticated:
            _note_seen(request)
        return response

    return middleware


def _ended(request: HttpRequest) -> str:
    now = int(time.time())
    session = request.session
    if now - session.get("auth_at", now) > settings.SESSION_COOKIE_AGE:
        return "age"
    idle = settings.STAFF_IDLE_SECONDS if request.user.is_staff else settings.SESSION_IDLE_SECONDS
    if now - session.get("seen_at", now) > idle:
        return "idle"
    return ""


def _note_seen(request: HttpRequest) -> None:
    now = int(time.time())
    request.session.setdefault("auth_at", now)
    if now - request.session.get("seen_at", 0) >= GRAIN_SECONDS:
        request.session["seen_at"] = now


def _to_login(request: HttpRequest, ended: str) -> HttpResponse:
    came_from = request.get_full_path() if request.method in {"GET", "HEAD"} else _page_of_form(request)
    fragment = request.headers.get("HX-Request") == "true"
    query = {"ended": ended} if fragment else {"ended": ended, "next": came_from}
    url = f"{reverse(settings.LOGIN_URL)}?{urlencode(query)}"
    return HttpResponseClientRedirect(url) if fragment else HttpResponseRedirect(url)


def _page_of_form(request: HttpRequest) -> str:
    """What was being sent is lost with the log-in; the page where it was written has the draft."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return reverse("home")
    page = urlsplit(referer)
    return page._replace(scheme="", netloc="", fragment="").geturl() or reverse("home")


class AccountLocaleMiddleware:
    """The account's language; else the cookie's, else the browser's, else the brand's first."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        translation.activate(self._language(request))
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    def _language(self, request: HttpRequest) -> str:
        if request.user.is_authenticated and request.user.language in dict(settings.LANGUAGES):
            return request.user.language
        return translation.get_language_from_request(request)


class HashingBusyMiddleware:
    """Try again in a moment, in words, when more passwords come at once than one process can check."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, HashingBusy):
            return None
        return error_pages.error_page(request, 503, retry_after=RETRY_AFTER_SECONDS)
