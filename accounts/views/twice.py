"""Where somebody is led whose second press of a button came after the first one did everything."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import steps
from accounts.models import AccountRequest, EmailChange


def done_just_now(request: HttpRequest, link: str, key: str = "") -> AccountRequest | EmailChange | None:
    """By this form, or by the link itself."""
    return steps.done_just_now(link, key=key, mark=request.POST.get(steps.FIELD, ""))


def lead_on(request: HttpRequest, words: str) -> HttpResponse:
    """`words` for who is not logged in: what has been done, and what comes next."""
    if request.user.is_authenticated:
        return redirect("home")
    if not len(messages.get_messages(request)):
        # Else the answer to the first press waits to be read.
        messages.success(request, words)
    return redirect("account_login")
