"""LOG-10 to LOG-16: the two ways to an account, and the one by e-mail."""

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts import actions, links, steps
from accounts.forms import ConfirmForm, ResendForm, SignupForm
from accounts.requests import form_page
from accounts.views.session import CONFIRM, MAILBOX, REGISTERED, keep_link, leave, page_language
from accounts.views.twice import done_just_now, lead_on


@login_not_required
@require_safe
@never_cache
def ways(request: HttpRequest) -> HttpResponse:
    """I want to register: with the DNI, or with an e-mail."""
    if request.user.is_authenticated:
        return redirect("home")
    return render(request, "account/ways.html")


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
    # After the hash: a second press comes while the first one is at its own.
    again = actions.same_registration(email=email, password=form.cleaned_data["password1"])
    if again is not None:
        request.session[REGISTERED] = again.pk
    elif not form.filled_by_a_program and ratelimit.consume(request, action="confirm_email", key=email):
        request.session[REGISTERED] = actions.register(
            email=email,
            password_hash=password_hash,
            language=page_language(),
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
        actions.send_confirmation_again(email=email, language=page_language())
    return redirect("account_email_verification_sent")


@login_not_required
@require_safe
@never_cache
def confirm_key(request: HttpRequest, key: str) -> HttpResponse:
    return keep_link(
        request, key, slot=CONFIRM, of=links.registration_of, then="account_confirm_email_now", dead=_dead
    )


@login_not_required
@form_page
@never_cache
@sensitive_post_parameters("password")
def confirm(request: HttpRequest) -> HttpResponse:
    """A scanner that follows the link confirms nothing: that takes the button."""
    key = request.session.get(CONFIRM, "")
    try:
        registration = links.registration_of(key)
        form = ConfirmForm(
            request.POST if request.method == "POST" else None,
            registration=registration,
            same_browser=request.session.get(REGISTERED) == registration.pk,
            request=request,
        )
        if not form.is_valid():
            step = steps.mark(links.CONFIRM, registration)
            context = {"form": form, "registration": registration, "step": step}
            return render(request, "account/email_confirm.html", context)
        user = actions.confirm(registration)
    except links.DeadLink:
        return _dead(request, key)
    leave(request)
    messages.success(request, gettext("Your e-mail is confirmed. Welcome."))
    return perform_login(request, user)


def _dead(request: HttpRequest, key: str) -> HttpResponse:
    if done_just_now(request, links.CONFIRM, key):
        return lead_on(request, gettext("Your e-mail was confirmed a moment ago. Log in with your password."))
    return render(request, "account/confirm_dead.html", {"form": ResendForm()}, status=410)
