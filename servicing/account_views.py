"""The change of bank account: the form, the page that shows the answers again, the mandate on paper."""

import logging
from typing import Any
from uuid import UUID, uuid4

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import CustomerRequest
from cases import drafts
from cases.models import Case
from core.ages import today_in_madrid
from core.files import download
from core.identity import mask_iban
from core.legal_terms import term
from policies.models import Mandate, Policy
from servicing import account_actions as actions
from servicing import kept as keeping
from servicing.account_forms import BankAccountForm
from servicing.bank_account import (
    AccountChangedMeanwhile,
    NotTheHolder,
    account_mark,
    answers_mark,
    first_charge,
)
from servicing.kinds import BANK_ACCOUNT
from servicing.models import BankAccountChange

logger = logging.getLogger(__name__)

ANSWERS = ("iban", "account_owner", "replaces")

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@never_cache
@sensitive_post_parameters("iban")
def account_change(request: CustomerRequest, reference: str) -> HttpResponse:
    policy = _policy(request, reference)
    mandate = actions.account_of(policy, today=today_in_madrid())
    mark = account_mark(policy.pk, mandate)
    until_now = mandate.iban if mandate else ""
    if request.method != "POST":
        return _begin(request, policy, mandate)
    form = BankAccountForm(request.POST, iban_until_now=until_now)
    if "save" in request.POST:
        return _save(request, policy)
    if request.POST.get("replaces") != mark:
        logger.warning("account_change_stale", extra={"policy": policy.pk, "by": request.user.pk})
        return _changed_meanwhile(request, policy)
    keeping.bank_account(request.user, {"reference": reference}, request.POST)
    if form.is_valid():
        return redirect(_address_to_check(policy, form))
    return keeping.refused_at(request.path, request.POST) or _form(request, form, policy, mandate)


@sensitive_variables("kept", "form")
def _begin(request: CustomerRequest, policy: Policy, mandate: Mandate | None) -> HttpResponse:
    refused, until_now = keeping.refused_key(request), mandate.iban if mandate else ""
    kept = drafts.load(request.user, BANK_ACCOUNT.code, place=policy.reference, form_key=refused or None)
    # The account that they see on this page, not the one of the day when they began.
    seen = {"replaces": account_mark(policy.pk, mandate)}
    if refused and kept:
        form = BankAccountForm(kept | seen, iban_until_now=until_now)
        return _form(request, form, policy, mandate)
    empty = {"account_owner": policy.holder.full_name, "sent_key": str(uuid4())}
    form = BankAccountForm(iban_until_now=until_now, initial=empty | kept | seen)
    return _form(request, form, policy, mandate, kept=bool(kept))


@form_page
@never_cache
@sensitive_variables("typed", "answers", "form")
def account_check(request: CustomerRequest, reference: str, sent_key: UUID, seen: str) -> HttpResponse:
    policy = _policy(request, reference)
    typed = drafts.load(request.user, BANK_ACCOUNT.code, place=policy.reference, form_key=str(sent_key))
    if not typed:
        # Sent already (a second click, the back button), or another log-in.
        sent = Case.objects.visible_to(request.user).filter(
            asked_by=request.user, kind=BANK_ACCOUNT.code, policy=policy, sent_key=sent_key
        )
        return redirect(sent.first() or reverse("servicing:account_change", args=[policy.reference]))
    form = BankAccountForm(typed, iban_until_now="")
    if not form.is_valid():
        return redirect("servicing:account_change", reference=policy.reference)
    if seen != answers_mark(form.cleaned_data):
        # Typed anew meanwhile, in another tab or on another device: what counts is what is on the screen.
        messages.info(request, gettext("Please check once more: this is what you typed last."))
        return redirect(_address_to_check(policy, form))
    answers = {name: form.cleaned_data[name] for name in ANSWERS}
    if request.method == "POST":
        return _change(request, policy, answers, sent_key)
    return render(request, "servicing/account_check.html", _to_check(policy, answers))


@require_GET
@never_cache
def mandate_download(request: CustomerRequest, reference: str) -> FileResponse:
    change = _of_user(request, reference)
    if change.status != BankAccountChange.Status.READY:
        raise Http404
    return _paper(request, change)


@reauthentication_required
def _paper(request: CustomerRequest, change: BankAccountChange) -> FileResponse:
    """It names the whole IBAN, so it asks for the password as the change did."""
    with translation.override(change.case.language):
        name = pgettext("name of a file, without spaces or accents", "sepa-mandate")
    return download(
        change.file, filename=f"{name}-{change.mandate_reference}.pdf", content_type="application/pdf"
    )


@require_POST
def mandate_retry(request: CustomerRequest, reference: str) -> HttpResponse:
    change = _of_user(request, reference)
    if not change.case.lets_act(request.user):
        raise Http404
    actions.retry_mandate(change=change, by=request.user)
    return redirect(change.case)


@sensitive_variables("answers")
@reauthentication_required
def _change(
    request: CustomerRequest, policy: Policy, answers: dict[str, str], sent_key: UUID
) -> HttpResponse:
    try:
        case = actions.change_bank_account(policy=policy, **answers, by=request.user, sent_key=sent_key)
    except NotTheHolder:
        # The policy got another holder, or ended, since this request began.
        raise Http404 from None
    except AccountChangedMeanwhile:
        drafts.discard(request.user, BANK_ACCOUNT.code, place=policy.reference, form_key=str(sent_key))
        return _changed_meanwhile(request, policy)
    return redirect(case)


def _to_check(policy: Policy, answers: dict[str, str]) -> dict[str, Any]:
    today = today_in_madrid()
    mandate = actions.account_of(policy, today=today)
    return {
        "policy": policy,
        "mandate": mandate,
        "masked_iban": mask_iban(answers["iban"]),
        "account_owner": answers["account_owner"],
        "holds_from": first_charge(today, actions.unpaid_from(policy, today=today)),
        "hold_hours": int(term("svc.refund_hold", on=today).value),
    }


def _changed_meanwhile(request: CustomerRequest, policy: Policy) -> HttpResponse:
    context = {"policy": policy, "mandate": actions.account_of(policy, today=today_in_madrid())}
    return render(request, "servicing/account_meanwhile.html", context, status=409)


def _policy(request: CustomerRequest, reference: str) -> Policy:
    return keeping.policy_of(request.user, reference)


def _of_user(request: CustomerRequest, reference: str) -> BankAccountChange:
    rows = BankAccountChange.objects.visible_to(request.user).select_related("case__policy")
    return get_object_or_404(rows, case__reference=reference)


def _form(
    request: CustomerRequest,
    form: BankAccountForm,
    policy: Policy,
    mandate: Mandate | None,
    *,
    kept: bool = False,
) -> HttpResponse:
    context = {"form": form, "policy": policy, "mandate": mandate, "kept": kept}
    return render(request, "servicing/account_form.html", context)


def _save(request: CustomerRequest, policy: Policy) -> HttpResponse:
    """Half typed, right or wrong: it waits for them."""
    keeping.bank_account(request.user, {"reference": policy.reference}, request.POST)
    if request.POST["save"] == drafts.BY_ITSELF:
        return HttpResponse(status=204)
    messages.success(request, gettext("Saved. You find it on this page whenever you want to go on."))
    return redirect("home")


def _address_to_check(policy: Policy, form: BankAccountForm) -> str:
    answers = form.cleaned_data
    return reverse(
        "servicing:account_check", args=[policy.reference, answers["sent_key"], answers_mark(answers)]
    )
