"""What a person reads when something went wrong. See core.error_pages."""

import logging
import sys
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core import error_pages
from core.limits import longest_by_key, seconds_to_wait
from core.referer import page_of_form
from servicing.kept import enquiry as keep_enquiry

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)

RETRY_SECONDS = 30
# What the database's absence looks like.
AWAY = (OperationalError, InterfaceError)
# No counter is full any more: its oldest try has ended meanwhile.
A_MOMENT = 5
# For the case that the page itself cannot be drawn; in the languages of the house, since none is known here.
LAST_RESORT = (
    "Ha ocurrido un error. Inténtelo de nuevo dentro de unos minutos.\n"
    "Something went wrong. Please try again in a few minutes.\n"
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, SessionInterrupted) and _database_away(exception):
        # Django takes every failure to save a session for one that somebody has ended.
        return _later(request)
    if isinstance(exception, RequestDataTooBig):
        return error_pages.too_large(request, limit=settings.BODY_CAP_BYTES)
    return error_pages.error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_pages.error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_pages.error_page(request, 404)


# A second press comes with the token of before the log-in; the person is in already.
PRESSED_TWICE = {"account_login", "account_confirm_email_now", "account_access_new"}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    match = getattr(request, "resolver_match", None)
    user = getattr(request, "user", None)
    name = match.view_name if match and user is not None and user.is_authenticated else ""
    if name in PRESSED_TWICE:
        return redirect("home")
    if name == "servicing:ask_public" and _is_of_our_page(request):
        # Logged in meanwhile in another tab: a draft, which nobody but they can send.
        keep_enquiry(cast("User", user), {}, request.POST)
        return redirect("servicing:ask")
    return error_pages.error_page(
        request, 403, template="403_csrf.html", context={"back_url": page_of_form(request) or request.path}
    )


def _is_of_our_page(request: HttpRequest) -> bool:
    """By what the browser says itself, which no page can make up; the token was of another log-in."""
    here = {f"{request.scheme}://{request.get_host()}", settings.SITE_URL}
    return request.headers.get("Origin") in here


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Asked for by allauth, which does not say which of its counters is full.

    A view that counts by a key may leave it in `request.limited_by`; else the whole time of that counter is
    said.
    """
    limits: dict[str, str] = settings.ACCOUNT_RATE_LIMITS
    match = getattr(request, "resolver_match", None)
    # The address of what is limited has the name of its counter.
    action = match.view_name.removeprefix("account_") if match else ""
    actions = [action] if action in limits else list(limits)
    key = getattr(request, "limited_by", None)
    wait = seconds_to_wait(request, app="allauth.account", config=limits, actions=actions, key=key)
    if wait is None and key is None and action in limits:
        wait = longest_by_key(limits[action])
    return error_pages.too_many_requests(request, retry_after=wait or A_MOMENT)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503 when it is only that the database is away, full or too slow: it will be back."""
    if isinstance(sys.exc_info()[1], AWAY):
        return _later(request)
    return _page(request, 500, retry_after=None)


def _later(request: HttpRequest) -> HttpResponse:
    return _page(request, 503, retry_after=RETRY_SECONDS)


def _page(request: HttpRequest, status: int, *, retry_after: int | None) -> HttpResponse:
    try:
        return error_pages.error_page(request, status, retry_after=retry_after)
    except Exception:
        logger.exception("error_page_failed")
        response = HttpResponse(LAST_RESORT, status=status, content_type="text/plain; charset=utf-8")
        if retry_after:
            response["Retry-After"] = str(retry_after)
        return response


def _database_away(error: BaseException | None) -> bool:
    """It, or what it was raised for."""
    while error is not None:
        if isinstance(error, AWAY):
            return True
        error = error.__context__
    return False
