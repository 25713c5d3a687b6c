"""Passkeys, the app, recovery codes: allauth's pages under our addresses, and the three it does not have."""

from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.webauthn import views as allauth
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.mfa import factors
from accounts.models import User
from core.staff import staff_site

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_POST
def decline_offer(request: HttpRequest) -> HttpResponse:
    """For the rest of this log-in; the next one does not offer it any more."""
    request.session.pop(factors.OFFER, None)
    messages.info(request, gettext("All right. You find passkeys under My account, Security."))
    return redirect("home")


@form_page
def rename_passkey(request: HttpRequest, key: str) -> HttpResponse:
    return allauth.edit_webauthn(request, pk=_own_passkey(request, key))


@form_page
def remove_passkey(request: HttpRequest, key: str) -> HttpResponse:
    return allauth.remove_webauthn(request, pk=_own_passkey(request, key))


@form_page
def reauthenticate_by_passkey(request: HttpRequest) -> HttpResponse:
    response = allauth.reauthenticate_webauthn(request)
    # What did not fit is told on the page that asked; allauth would lead away from what was begun.
    if request.method == "POST" and response.get("Location") == reverse("account_login"):
        return redirect(request.get_full_path())
    return response


@require_safe
def staff_factor(request: HttpRequest) -> HttpResponse:
    """Where the admin sends those who may not come in yet: to set up a factor, or to use theirs."""
    if not request.user.is_staff:
        raise Http404
    wanted = get_next_redirect_url(request) or reverse("admin:index")
    if staff_site.has_permission(request):
        return redirect(wanted)
    if not factors.has_factor(request.user):
        return render(request, "account/staff_factor.html")
    way = get_adapter().get_reauthentication_methods(request.user)[0]
    return redirect(f"{way['url']}?{urlencode({'next': wanted})}")


def _own_passkey(request: HttpRequest, key: str) -> int:
    passkey = factors.passkey_of(cast(User, request.user), key)
    if passkey is None:
        raise Http404
    return passkey.pk
