"""Closing one's own account, which is not the policy."""

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts import actions
from accounts.forms import CloseForm
from accounts.requests import CustomerRequest, form_page


@form_page
@never_cache
@sensitive_post_parameters("password")
def close(request: CustomerRequest) -> HttpResponse:
    form = CloseForm(request.POST if request.method == "POST" else None, request=request)
    if not form.is_valid():
        return render(request, "account/close.html", {"form": form})
    try:
        actions.close_account(request.user)
    except actions.StaffStay:
        raise PermissionDenied from None
    get_adapter(request).logout(request)
    response = redirect("account_closed")
    response["Clear-Site-Data"] = '"cache"'
    return response


@login_not_required
@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    return render(request, "account/closed.html")
