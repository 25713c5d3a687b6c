"""Rules of the change of bank account: from when it holds, what the customer saw, who collects."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from stdnum.eu import at_02

from core.deadlines import add_term
from core.legal_terms import term

if TYPE_CHECKING:
    from policies.models import Mandate

# The error codes of core.identity.parse_iban, and our own "same".
IBAN_WORDS = {
    "empty": _("Write the IBAN of the new account."),
    "format": _(
        "This is not how an IBAN is written. It begins with two letters and two digits; a Spanish one has "
        "24 characters. You find it in your bank's app or on a statement."
    ),
    "length": _("A Spanish IBAN has 24 characters; this one has %(length)s."),
    "country": _("We can only charge accounts of the SEPA area: the European Union and its neighbours."),
    "check": _("There is a mistake in this IBAN: its check digits do not fit. Compare it with a statement."),
    "account": _(
        "There is a mistake in the last 20 digits: the control digits of the account do not fit. Compare "
        "them with a statement."
    ),
    "same": _("The premiums of this policy are charged to this account already."),
}


SPANISH_LENGTH = 24


class AccountChangedMeanwhile(Exception):  # noqa: N818
    """The account is no longer the one that the customer had before their eyes."""


class NotTheHolder(Exception):  # noqa: N818
    """Only the holder of a policy that has not ended chooses the account."""


def first_charge(today: date, due_on: Iterable[date]) -> date:
    """From when the new account is used: the first receipt on file that leaves time for the bank's notice.

    SEPA Core: the payer is told 14 days before a charge. Without such a receipt on file: the day on which
    that time is over, since no charge can fall between.
    """
    earliest = add_term(today, term("sepa.prenotice", on=today))
    return min((day for day in due_on if day >= earliest), default=earliest)


def creditor_identifier(nif: str, business: str = "000") -> str:
    """Who collects, for a Spanish NIF: ES, two check digits, three of the creditor's own choice, the NIF.

    EPC262-08: the three do not count in the check digits.
    """
    return f"ES{at_02.calc_check_digits(f'ES00{business}{nif}')}{business}{nif}"


def account_mark(policy: int, mandate: "Mandate | None") -> str:
    """Stands in the form for the account that the customer saw, and tells nothing of it."""
    seen = f"{policy} {mandate.pk} {mandate.iban}" if mandate else f"{policy} none"
    return salted_hmac("servicing.bank_account", seen, algorithm="sha256").hexdigest()[:32]


def answers_mark(answers: Mapping[str, str]) -> str:
    """Stands in the address of the page that shows the answers, and tells nothing of them."""
    seen = "\n".join(answers[name] for name in ("iban", "account_owner", "replaces"))
    return salted_hmac("servicing.answers", seen, algorithm="sha256").hexdigest()[:32]


def last_four(iban: str) -> str:
    return f"•••• {iban[-4:]}"


def in_groups(iban: str) -> str:
    """In groups of four, as it stands on paper."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
