"""The front door: who comes in, in which language, and which person on file that is."""

from typing import cast

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, links
from accounts.adapter import bucket
from accounts.forms import ConfirmForm, LinkForm, NewPasswordForm, ResendForm, ResetForm, SignupForm
from accounts.linking import Outcome
from accounts.models import User

# In the session: what was registered in this browser, and the link to a new password that was opened in it.
REGISTERED = "registration"
MAILBOX = "registration_mailbox"
RESET = "reset_key"

form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@form_page
@never_cache
@sensitive_post_parameters("password1")
@rate_limit(action="signup")
def signup(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    form = SignupForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "account/signup.html", {"form": form})
    email = form.cleaned_data["email"]
    # Paid by everybody, known or not: the hash is what a stopwatch would see.
    password_hash = actions.keep_for_later(form.cleaned_data["password1"])
    request.session[MAILBOX] = email
    if not form.filled_by_a_program and ratelimit.consume(request, action="confirm_email", key=email):
        request.session[REGISTERED] = actions.register(
            email=email,
            password_hash=password_hash,
            language=get_language() or settings.LANGUAGE_CODE,
            terms_version=settings.BRAND.terms_version,
        ).pk
    return redirect("account_email_verification_sent")


@login_not_required
@require_safe
@never_cache
def mail_sent(request: HttpRequest) -> HttpResponse:
    mailbox = request.session.get(MAILBOX, "")
    form = ResendForm(initial={"email": mailbox})
    return render(request, "account/verification_sent.html", {"mailbox": mailbox, "form": form})


@login_not_required
@form_page
@never_cache
@rate_limit(action="resend")
def resend(request: HttpRequest) -> HttpResponse:
    form = ResendForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "account/resend.html", {"form": form})
    email = form.cleaned_data["email"]
    request.session[MAILBOX] = email
    if ratelimit.consume(request, action="confirm_email", key=email):
        actions.send_confirmation_again(email=email, language=get_language() or settings.LANGUAGE_CODE)
    return redirect("account_email_verification_sent")


@login_not_required
@form_page
@never_cache
@sensitive_post_parameters("password")
def confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    """A scanner that follows the link confirms nothing: that takes the button."""
    try:
        registration = links.registration_of(key)
        form = ConfirmForm(
            request.POST if request.method == "POST" else None,
            registration=registration,
            same_browser=request.session.get(REGISTERED) == registration.pk,
            request=request,
        )
        if not form.is_valid():
            return render(request, "account/email_confirm.html", {"form": form, "registration": registration})
        user = actions.confirm(registration)
    except links.DeadLink:
        return render(request, "account/confirm_dead.html", {"form": ResendForm()}, status=410)
    _leave(request)
    messages.success(request, gettext("Your e-mail is confirmed. Welcome."))
    return perform_login(request, user)


@login_not_required
@form_page
@never_cache
def password_reset(request: HttpRequest) -> HttpResponse:
    form = ResetForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "account/password_reset.html", {"form": form})
    identifier = form.cleaned_data["identifier"]
    too_many = ratelimit.consume_or_429(request, action="reset_password", key=bucket(identifier))
    if too_many:
        return too_many
    actions.ask_for_new_password(identifier=identifier, language=get_language() or settings.LANGUAGE_CODE)
    return redirect("account_reset_password_done")


@login_not_required
@require_safe
def password_reset_done(request: HttpRequest) -> HttpResponse:
    return render(request, "account/password_reset_done.html")


@login_not_required
@require_safe
@never_cache
def password_reset_key(request: HttpRequest, key: str) -> HttpResponse:
    """Keeps the link in the session, so that it does not stand in the address of the form."""
    try:
        links.reset_of(key)
    except links.DeadLink:
        return _reset_is_dead(request)
    request.session[RESET] = key
    return redirect("account_reset_password_new")


@login_not_required
@form_page
@never_cache
@sensitive_post_parameters("password1")
@rate_limit(action="reset_password_from_key")
def password_new(request: HttpRequest) -> HttpResponse:
    try:
        reset, user = links.reset_of(request.session.get(RESET, ""))
        form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
        if not form.is_valid():
            return render(request, "account/password_reset_from_key.html", {"form": form})
        user = actions.reset_password(reset, password=form.cleaned_data["password1"])
    except links.DeadLink:
        return _reset_is_dead(request)
    _leave(request)
    get_adapter(request).forget_failures(request, user)
    messages.success(request, gettext("Your new password is set. Log in with it."))
    return redirect("account_login")


@form_page
@never_cache
@rate_limit(action="link")
def link(request: HttpRequest) -> HttpResponse:
    """For whom the mailbox alone does not decide: DNI and date of birth, or whom to call."""
    user = cast(User, request.user)
    if user.person_on_file is not None:
        return redirect("home")
    outcome = actions.decide_by_mailbox(user).outcome
    form = LinkForm(request.POST if request.method == "POST" else None)
    if outcome is not Outcome.TOO_YOUNG and form.is_valid():
        outcome = actions.claim(user, dni=form.cleaned_data["dni"], born_on=form.cleaned_data["born_on"])
        if outcome is Outcome.LINK:
            messages.success(request, gettext("We have found you in our files. Your policies are here."))
            return redirect("home")
    return render(request, "account/link.html", {"form": form, "outcome": outcome.value})


@login_not_required
@form_page
def logout(request: HttpRequest) -> HttpResponse:
    """Also empties what a shared computer keeps of the pages that were seen."""
    response = allauth.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache"'
    return response


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


def _reset_is_dead(request: HttpRequest) -> HttpResponse:
    return render(request, "account/reset_dead.html", {"form": ResetForm()}, status=410)


def _leave(request: HttpRequest) -> None:
    """Whoever was logged in here before is no longer; nor is what this browser kept for the way."""
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    for key in (REGISTERED, MAILBOX, RESET):
        request.session.pop(key, None)


def _safe_next(request: HttpRequest) -> str | None:
    """Where to go on, if that is a page of this portal."""
    url = request.POST.get("next", "")
    same_host = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if url and same_host else None
