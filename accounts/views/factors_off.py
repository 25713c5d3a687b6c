"""The two links of the mail that staff send to whoever has lost phone and codes: off, or let it be."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import actions, links
from accounts.requests import form_page
from accounts.views.session import FACTORS_OFF, FACTORS_STAY, keep_link, leave


@login_not_required
@require_safe
@never_cache
def off_key(request: HttpRequest, key: str) -> HttpResponse:
    return keep_link(
        request, key, slot=FACTORS_OFF, of=links.factors_off_of, then="account_factors_off", dead=_is_dead
    )


@login_not_required
@form_page
@never_cache
def off(request: HttpRequest) -> HttpResponse:
    try:
        asked = links.factors_off_of(request.session.get(FACTORS_OFF, ""))
        if request.method != "POST" or not asked.is_ripe:
            return render(request, "account/factors_off.html", {"asked": asked})
        actions.take_factors_off(asked)
    except links.DeadLink:
        return _is_dead(request)
    leave(request)
    messages.success(request, gettext("The second step is off. Log in with your password."))
    return redirect("account_login")


@login_not_required
@require_safe
@never_cache
def stay_key(request: HttpRequest, key: str) -> HttpResponse:
    return keep_link(
        request, key, slot=FACTORS_STAY, of=links.factors_stay_of, then="account_factors_stay", dead=_is_dead
    )


@login_not_required
@form_page
@never_cache
def stay(request: HttpRequest) -> HttpResponse:
    try:
        asked = links.factors_stay_of(request.session.get(FACTORS_STAY, ""))
    except links.DeadLink:
        return _is_dead(request)
    if request.method != "POST":
        return render(request, "account/factors_stay.html")
    actions.keep_factors(asked)
    request.session.pop(FACTORS_STAY, None)
    return render(request, "account/factors_have_stayed.html")


def _is_dead(request: HttpRequest, _key: str = "") -> HttpResponse:
    return render(request, "account/factors_off_dead.html", status=410)
