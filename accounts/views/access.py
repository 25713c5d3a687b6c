"""LOG-08 and LOG-09: access by DNI. One answer for everybody; the mail goes where the file says."""

from allauth.account.utils import perform_login
from allauth.core import ratelimit
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
from accounts.adapter import from_here
from accounts.forms import AccessForm, OpenAccountForm
from accounts.models import User
from accounts.requests import form_page
from accounts.views.session import ACCESS, keep_link, leave, page_language
from accounts.views.twice import done_just_now, lead_on


@login_not_required
@form_page
@never_cache
@sensitive_post_parameters("dni", "born_on", "card_number")
def access(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    form = AccessForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "account/access.html", {"form": form})
    # Counted by what was typed: whose DNI it is, nobody looks here.
    whose = from_here(request, form.cleaned_data["dni"])
    request.limited_by = whose  # type: ignore[attr-defined]
    too_many = ratelimit.consume_or_429(request, action="access", key=whose)
    if too_many:
        return too_many
    actions.ask_for_access(**form.cleaned_data, language=page_language())
    return redirect("account_access_sent")


@login_not_required
@require_safe
def access_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "account/access_sent.html")


@login_not_required
@require_safe
@never_cache
def access_key(request: HttpRequest, key: str) -> HttpResponse:
    return keep_link(request, key, slot=ACCESS, of=links.access_of, then="account_access_new", dead=_dead)


@login_not_required
@form_page
@never_cache
@sensitive_post_parameters("password1")
def access_new(request: HttpRequest) -> HttpResponse:
    """Choosing the password makes the account and goes in; only looking at the page uses nothing up."""
    try:
        key = request.session.get(ACCESS, "")
        asked, person = links.access_of(key)
        newcomer = User(email=person.email.lower())
        # What the password must not resemble is known already.
        newcomer.person_on_file = person
        form = OpenAccountForm(request.POST if request.method == "POST" else None, user=newcomer)
        if not form.is_valid():
            context = {"form": form, "mailbox": newcomer.email, "step": steps.mark(links.ACCESS, asked)}
            return render(request, "account/access_new.html", context)
        too_many = ratelimit.consume_or_429(request, action="reset_password_from_key")
        if too_many:
            return too_many
        user = actions.open_account(
            asked, password=form.cleaned_data["password1"], terms_version=settings.BRAND.terms_version
        )
    except links.DeadLink:
        return _dead(request, key)
    leave(request)
    messages.success(request, gettext("Your account is ready. Welcome."))
    return perform_login(request, user)


def _dead(request: HttpRequest, key: str) -> HttpResponse:
    if done_just_now(request, links.ACCESS, key):
        return lead_on(request, gettext("Your account was made a moment ago. Log in with your password."))
    return render(request, "account/access_dead.html", {"form": AccessForm()}, status=410)
