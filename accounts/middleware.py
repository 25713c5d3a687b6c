"""How long a log-in lasts, in which language a page speaks, and what happens when too many knock at once."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts import actions, last_words, session_life
from accounts.buckets import bucket_of
from accounts.hashers import RETRY_AFTER_SECONDS, HashingBusy
from core import error_pages
from core.referer import way_back

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def session_clock(get_response: GetResponse) -> GetResponse:
    """End a log-in that nobody has used for a while, and any that is too old."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        before = None
        if request.user.is_authenticated:
            ended = session_life.ended(request)
            if ended:
                kept = last_words.keep(request)
                logout(request)
                return _to_login(request, ended, kept)
            session_life.note_seen(request)
            request.log_in_clock = session_life.Clock(request)  # type: ignore[attr-defined]
            before = (request.user.pk, request.session.session_key, _times_shown(request))
        response = get_response(request)
        if request.user.is_authenticated:
            session_life.note_seen(request)
            if before is not None:
                _renew_key(request, *before)
        return response

    return middleware


def _renew_key(request: HttpRequest, user_id: int, key: str | None, shown: int) -> None:
    """Whoever has shown anew that it is them goes on under another key; the log-in stays the same one."""
    session = request.session
    if request.user.pk != user_id:
        return
    if session.session_key == key and _times_shown(request) > shown:
        session.cycle_key()
    if key and session.session_key and session.session_key != key:
        actions.follow_session(account=bucket_of(request.user), before=key, now=session.session_key)


def _times_shown(request: HttpRequest) -> int:
    return len(get_authentication_records(request, request.user))


def _to_login(request: HttpRequest, ended: str, kept: str) -> HttpResponse:
    """`kept`: where the form that came too late is read again."""
    if request.path == reverse(settings.LOGIN_URL):
        # static/js/portal.js was first, and has written the way back into the address.
        return HttpResponseRedirect(request.get_full_path())
    # What was being sent is lost with the log-in where no app has kept it: back to where it was written.
    came_from = way_back(request, otherwise=reverse("home"))
    fragment = request.headers.get("HX-Request") == "true"
    query = {"ended": ended} if fragment else {"ended": ended, "next": kept or came_from}
    if kept:
        query["kept"] = "1"
    url = f"{reverse(settings.LOGIN_URL)}?{urlencode(query)}"
    return HttpResponseClientRedirect(url) if fragment else HttpResponseRedirect(url)


class ClosedByDefault(LoginRequiredMiddleware):
    """The log-in before every page that does not say it is public; after it, back to a page."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        # Logged out in another tab, this one still has its buttons.
        came_from = way_back(request, otherwise=reverse("home"))
        return redirect_to_login(came_from, resolve_url(self.get_login_url(view_func)))


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
