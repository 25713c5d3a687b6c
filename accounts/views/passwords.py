"""LOG-21 to LOG-24: a new password by mail."""

from http import HTTPStatus

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts import actions, links, steps
from accounts.adapter import bucket, from_here
from accounts.forms import NewPasswordForm, ResetForm
from accounts.passwords import normalise
from accounts.requests import form_page
from accounts.views.session import RESET, keep_link, leave, page_language
from accounts.views.twice import done_just_now, lead_on
from core.referer import way_back


@login_not_required
@form_page
@never_cache
def password_reset(request: HttpRequest) -> HttpResponse:
    form = ResetForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "account/password_reset.html", {"form": form})
    # By account and address together: a stranger elsewhere cannot use up what its owner may ask.
    whose = from_here(request, bucket(form.cleaned_data["identifier"]))
    request.limited_by = whose  # type: ignore[attr-defined]
    too_many = ratelimit.consume_or_429(request, action="reset_password", key=whose)
    if too_many:
        return too_many
    actions.ask_for_new_password(**form.cleaned_data, language=page_language())
    return redirect("account_reset_password_done")


@login_not_required
@require_safe
def password_reset_done(request: HttpRequest) -> HttpResponse:
    return render(request, "account/password_reset_done.html")


@login_not_required
@require_safe
@never_cache
def password_reset_key(request: HttpRequest, key: str) -> HttpResponse:
    return keep_link(
        request, key, slot=RESET, of=links.reset_of, then="account_reset_password_new", dead=_reset_is_dead
    )


@login_not_required
@form_page
@never_cache
@sensitive_post_parameters("password1")
@rate_limit(action="reset_password_from_key")
def password_new(request: HttpRequest) -> HttpResponse:
    try:
        key = request.session.get(RESET, "")
        reset, user = links.reset_of(key)
        form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
        if not form.is_valid():
            context = {"form": form, "step": steps.mark(links.RESET, reset)}
            return render(request, "account/password_reset_from_key.html", context)
        user = actions.reset_password(reset, password=form.cleaned_data["password1"])
    except links.DeadLink:
        return _reset_is_dead(request, key)
    leave(request)
    get_adapter(request).forget_failures(request, user)
    messages.success(request, gettext("Your new password is set. Log in with it."))
    return redirect("account_login")


@login_not_required
@never_cache
@sensitive_post_parameters("oldpassword", "password1")
def password_change(request: HttpRequest) -> HttpResponse:
    """allauth's, and for a second press the end of the first: by then the old password is not right any more,
    and the session has another key."""
    changed = steps.has_changed_password(request.POST.get(steps.FIELD, ""))
    if not request.user.is_authenticated:
        if changed:
            return _lead_on(request)
        return redirect_to_login(way_back(request, otherwise=reverse("account_change_password")))
    response: HttpResponse = allauth.password_change(request)
    if changed != request.user or response.status_code != HTTPStatus.OK:
        return response
    # Counted by allauth, as every try at the old one.
    set_already = request.user.check_password(normalise(request.POST.get("password1", "")))
    return redirect("account") if set_already else response


def _lead_on(request: HttpRequest) -> HttpResponse:
    return lead_on(request, gettext("Your new password was set a moment ago. Log in with it."))


def _reset_is_dead(request: HttpRequest, key: str) -> HttpResponse:
    if done_just_now(request, links.RESET, key):
        return _lead_on(request)
    return render(request, "account/reset_dead.html", {"form": ResetForm()}, status=410)
