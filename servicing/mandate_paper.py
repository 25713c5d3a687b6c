"""What the SEPA mandate says on paper: the one place where the whole IBAN is written out."""

from typing import Any

from django.conf import settings

from core.ages import today_in_madrid
from servicing.bank_account import creditor_identifier, in_groups
from servicing.models import BankAccountChange

TEMPLATE = "pdf/mandate.html"


def mandate_paper(change: BankAccountChange) -> dict[str, Any]:
    """SEPA Core rulebook, data of the mandate (AT-01 to AT-27 as far as they are ours to fill in)."""
    legal = settings.BRAND.legal
    person = change.case.policy.holder if change.case.policy else None
    return {
        "change": change,
        "case": change.case,
        "given_on": today_in_madrid(change.case.opened_at),
        "policy": change.case.policy,
        "holder": person.full_name if person else "",
        "iban": in_groups(change.iban),
        "insurer": settings.BRAND.name,
        "company": legal.company_name,
        "address": ", ".join(legal.address),
        "creditor": creditor_identifier(legal.nif),
        "legal_line": f"{legal.company_name} · NIF {legal.nif} · {', '.join(legal.address)}",
    }
