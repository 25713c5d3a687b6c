"""Going out, the language, and which person on file somebody is."""

from collections.abc import Callable
from typing import cast

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import actions, links, session_life
from accounts.forms import LinkForm
from accounts.linking import Outcome
from accounts.models import User
from accounts.requests import CustomerRequest, form_page

# In the session: what was registered in this browser, and the link of a mail that was opened in it.
REGISTERED = "registration"
MAILBOX = "registration_mailbox"
RESET = "reset_key"
ACCESS = "access_key"
CONFIRM = "confirm_key"
NEW_EMAIL = "new_email_key"
EMAIL_BACK = "email_back_key"
FACTORS_OFF = "factors_off_key"
FACTORS_STAY = "factors_stay_key"
KEPT = (
    REGISTERED, MAILBOX, RESET, ACCESS, CONFIRM, NEW_EMAIL, EMAIL_BACK, FACTORS_OFF, FACTORS_STAY,
)  # fmt: skip


@form_page
@never_cache
def link(request: HttpRequest) -> HttpResponse:
    """For whom the mailbox alone does not decide: DNI and date of birth, or whom to call."""
    user = cast(User, request.user)
    if user.person_on_file is not None:
        return redirect("home")
    outcome = actions.decide_by_mailbox(user).outcome
    form = LinkForm(request.POST if request.method == "POST" else None)
    if outcome is not Outcome.TOO_YOUNG and form.is_valid():
        # A slip of the pen is no guess: only what is asked of the file counts.
        too_many = ratelimit.consume_or_429(request, action="link")
        if too_many:
            return too_many
        outcome = actions.claim(user, dni=form.cleaned_data["dni"], born_on=form.cleaned_data["born_on"])
        if outcome is Outcome.LINK:
            messages.success(request, gettext("We have found you in our files. Your policies are here."))
            return redirect("home")
    return render(request, "account/link.html", {"form": form, "outcome": outcome.value})


@login_not_required
@form_page
def logout(request: HttpRequest) -> HttpResponse:
    """Also empties what a shared computer keeps of the pages that were seen, and until when one was in.

    Not its cookies: that of a known device keeps its owner's door open while somebody guesses at the password
    (accounts/known.py), and the session's is gone already.
    """
    response = allauth.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@login_not_required
@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    """An address of allauth: whose account is closed is told at the log-in, and nobody else is."""
    return redirect("account_login")


@require_POST
def stay(request: CustomerRequest) -> HttpResponse:
    """The button of the warning: for how many seconds the log-in lasts now."""
    session_life.note_seen(request, at_once=True)
    left = session_life.Clock(request).left
    return JsonResponse({"idle": left.idle, "age": left.age})


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The choice is kept on the account, or in a cookie for somebody who is not logged in."""
    wanted = request.POST.get("language", "")
    response = redirect(_safe_next(request) or "home")
    if wanted in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            actions.change_language(request.user, language=wanted)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    return response


def page_language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def leave(request: HttpRequest) -> None:
    """Whoever was logged in here before is no longer; nor is what this browser kept for the way."""
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    for key in KEPT:
        request.session.pop(key, None)


def keep_link(
    request: HttpRequest,
    key: str,
    *,
    slot: str,
    of: Callable[[str], object],
    then: str,
    dead: Callable[[HttpRequest, str], HttpResponse],
) -> HttpResponse:
    """The link of a mail goes into the session, so that it does not stand in the address of the form."""
    try:
        of(key)
    except links.DeadLink:
        return dead(request, key)
    request.session[slot] = key
    return redirect(then)


def _safe_next(request: HttpRequest) -> str | None:
    """Where to go on, if that is a page of this portal."""
    url = request.POST.get("next", "")
    same_host = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if url and same_host else None
