"""What somebody can see and end of their own log-ins, and the e-mail with which they log in."""

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import actions, devices, links, steps
from accounts.forms import NewEmailForm
from accounts.mfa import factors
from accounts.models import EmailChange
from accounts.requests import CustomerRequest, form_page
from accounts.views.session import EMAIL_BACK, NEW_EMAIL, keep_link, leave
from accounts.views.twice import done_just_now

ON_A_PAGE = 50


@require_safe
def security(request: CustomerRequest) -> HttpResponse:
    """Ways in, devices, e-mail."""
    lately = devices.log_ins_of(request.user)[: devices.LATELY]
    context = {
        "factors": factors.factors_of(request.user),
        "devices": devices.devices_of(request.user, request),
        "log_ins": [devices.line(log_in) for log_in in lately],
        "pending_email": devices.pending_email(request.user),
    }
    return render(request, "account/security.html", context)


@require_safe
def log_ins(request: CustomerRequest) -> HttpResponse:
    page = Paginator(devices.log_ins_of(request.user), ON_A_PAGE).get_page(request.GET.get("page"))
    lines = [devices.line(log_in) for log_in in page]
    return render(request, "account/log_ins.html", {"page": page, "log_ins": lines})


@require_POST
def end_session(request: CustomerRequest, key: str) -> HttpResponse:
    log_in = devices.session_of(request.user, key)
    if log_in is None:
        raise Http404
    actions.end_session(log_in)
    messages.success(request, gettext("That device is logged out."))
    return redirect("account_security")


@require_POST
def end_others(request: CustomerRequest) -> HttpResponse:
    actions.end_all_sessions(request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, gettext("All other devices are logged out."))
    return redirect("account_security")


@form_page
@never_cache
@reauthentication_required
def email(request: CustomerRequest) -> HttpResponse:
    """The same page whoever has the new address; what there is to say, a mail says there."""
    form = NewEmailForm(request.POST if request.method == "POST" else None, user=request.user)
    if not form.is_valid():
        pending = devices.pending_email(request.user)
        return render(request, "account/email.html", {"form": form, "pending_email": pending})
    too_many = ratelimit.consume_or_429(request, action="manage_email")
    if too_many:
        return too_many
    change = actions.ask_for_new_email(request.user, new_email=form.cleaned_data["email"])
    wrote = gettext("We have written to %(address)s. Follow the link in that mail within one hour.")
    messages.success(request, wrote % {"address": change.new_email})
    return redirect("account_security")


@login_not_required
@require_safe
@never_cache
def email_key(request: HttpRequest, key: str) -> HttpResponse:
    return keep_link(
        request, key, slot=NEW_EMAIL, of=links.new_email_of, then="account_email_confirm", dead=_email_is_dead
    )


@form_page
@never_cache
def email_confirm(request: CustomerRequest) -> HttpResponse:
    """Only in the account that asked: to mistype an address gives nobody an account."""
    key = request.session.get(NEW_EMAIL, "")
    try:
        change = links.new_email_of(key)
        if change.user_id != request.user.pk:
            raise links.DeadLink
        if request.method != "POST":
            return render(request, "account/email_new.html", {"change": change})
        actions.confirm_new_email(change)
    except links.DeadLink:
        return _email_is_dead(request, key)
    messages.success(request, gettext("From now on you log in with your new e-mail."))
    return redirect("account_security")


@login_not_required
@require_safe
@never_cache
def email_back_key(request: HttpRequest, key: str) -> HttpResponse:
    return keep_link(
        request, key, slot=EMAIL_BACK, of=links.email_back_of, then="account_email_back", dead=_back_is_dead
    )


@login_not_required
@form_page
@never_cache
def email_back(request: HttpRequest) -> HttpResponse:
    key = request.session.get(EMAIL_BACK, "")
    try:
        change = links.email_back_of(key)
        if request.method != "POST":
            context = {"change": change, "step": steps.mark(links.EMAIL_BACK, change)}
            return render(request, "account/email_back.html", context)
        user = actions.take_email_back(change)
    except links.DeadLink:
        return _back_is_dead(request, key)
    leave(request)
    get_adapter(request).forget_failures(request, user)
    return render(request, "account/email_is_back.html", {"mailbox": user.email})


def _email_is_dead(request: HttpRequest, key: str) -> HttpResponse:
    done = done_just_now(request, links.NEW_EMAIL, key)
    # Whoever is not logged in is asked to, and then sees the new address.
    if done and (done.user == request.user or not request.user.is_authenticated):
        return redirect("account_security")
    return render(request, "account/email_dead.html", status=410)


def _back_is_dead(request: HttpRequest, key: str) -> HttpResponse:
    done = done_just_now(request, links.EMAIL_BACK, key)
    # A later change that was undone with it does not come back.
    if isinstance(done, EmailChange) and done.user.email == done.old_email:
        return render(request, "account/email_is_back.html", {"mailbox": done.old_email})
    return render(request, "account/email_back_dead.html", status=410)
