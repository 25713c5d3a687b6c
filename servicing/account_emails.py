from typing import Any

from django.conf import settings

from core import mail
from servicing.bank_account import last_four
from servicing.emails import mailboxes
from servicing.models import BankAccountChange


def bank_account_changed(change: BankAccountChange) -> None:
    """To the address of the account and to the one on file, if that is another: a thief holds one at most."""
    case = change.case
    if case.asked_by is None or case.policy is None:
        return
    for to, language in mailboxes(case.asked_by, case.policy.holder):
        _write(to, language, change)


def _write(to: str, language: str, change: BankAccountChange) -> None:
    context: dict[str, Any] = {
        "account": last_four(change.iban),
        "holds_from": change.holds_from,
        "reference": change.case.reference,
        "url": f"{settings.SITE_URL}{change.case.get_absolute_url()}",
    }
    mail.queue(to, "emails/bank_account_changed", context, language=language)
