"""What is typed into our forms and not sent yet becomes a draft: right or wrong, it waits for its writer."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect

from accounts.models import User
from cases import drafts
from cases.sent_once import as_said
from core.ages import today_in_madrid
from policies.models import Policy
from servicing import account_actions, profile_actions
from servicing.account_forms import BankAccountForm
from servicing.forms import AskForm
from servicing.kinds import BANK_ACCOUNT, CONTACT_DATA, ENQUIRY
from servicing.models import ContactDataChange, Enquiry
from servicing.profile_forms import ProfileForm

# In the address of a form that was not taken: which of them.
REFUSED = "refused"


def refused_at(address: str, typed: Mapping[str, str], **more: str) -> HttpResponse | None:
    """To where a form that was not taken is read again, by GET: behind the back button there are pages only,
    and no form that the browser asks to send anew. None, if nothing was kept that could be read there."""
    kept_whole = all(len(value) <= drafts.LONGEST_FIELD for value in typed.values())
    key = drafts.form_key(typed.get("sent_key", "")) if kept_whole else ""
    query = urlencode({REFUSED: key} | {name: value for name, value in more.items() if value})
    return redirect(f"{address}?{query}") if key else None


def refused_key(request: HttpRequest) -> str:
    return drafts.form_key(request.GET.get(REFUSED, ""))


def policy_of(user: User, reference: str) -> Policy:
    """Of which the user may change the account; 404."""
    return get_object_or_404(
        account_actions.policies_of_holder(user, today=today_in_madrid()), reference=reference
    )


def enquiry(user: User, arguments: Mapping[str, Any], typed: QueryDict) -> None:
    """Without a question there is nothing to keep, and what was kept of it goes."""
    answers, goes_on_from = AskForm(typed).typed, typed.get("goes_on_from", "")
    key = drafts.form_key(answers["sent_key"])
    if answers["question"].strip():
        drafts.save(user, ENQUIRY.code, answers, form_key=key, goes_on_from=goes_on_from)
    elif key:
        drafts.discard(user, ENQUIRY.code, form_key=key)
        drafts.take_over(user, ENQUIRY.code, goes_on_from)


def enquiry_was_sent(user: User, place: str, key: UUID, typed: Mapping[str, str]) -> bool:
    """What a script saves a moment too late is the beginning of what was sent."""
    sent = Enquiry.objects.filter(case__asked_by=user, case__sent_key=key)
    begun = as_said(typed.get("question", ""))
    return any(as_said(words).startswith(begun) for words in sent.values_list("question", flat=True))


def bank_account(user: User, arguments: Mapping[str, Any], typed: QueryDict) -> None:
    policy = policy_of(user, arguments["reference"])
    answers = BankAccountForm(typed, iban_until_now="").typed
    drafts.save(
        user,
        BANK_ACCOUNT.code,
        answers,
        place=policy.reference,
        title=f"{policy.edition.product.name} · {policy.number}",
        form_key=drafts.form_key(answers["sent_key"]),
    )


def accounts_still(user: User, places: set[str]) -> set[str]:
    rows = account_actions.policies_of_holder(user, today=today_in_madrid())
    return set(rows.filter(reference__in=places).values_list("reference", flat=True))


def contact_data(user: User, arguments: Mapping[str, Any], typed: QueryDict) -> None:
    # While a change is on its way there is no form.
    if user.person_on_file is not None and profile_actions.pending_change(user) is None:
        answers = ProfileForm(typed).typed
        drafts.save(user, CONTACT_DATA.code, answers, form_key=drafts.form_key(answers["sent_key"]))


def contact_data_was_sent(user: User, place: str, key: UUID, typed: Mapping[str, str]) -> bool:
    """The form of a change that is over may come back with other data: that is another change."""
    form = ProfileForm(typed)
    sent = ContactDataChange.objects.filter(case__asked_by=user, case__sent_key=key)
    return form.is_valid() and sent.filter(**asdict(form.contact_data)).exists()
