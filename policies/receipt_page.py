"""One receipt: what it is made of, and the account that pays it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import User
from core.ages import today_in_madrid
from policies.access import Level
from policies.models import Mandate, PremiumReceipt
from policies.reading import RECEIPT_FIELDS, PolicyFacts, ReceiptLine, policy_of, receipt_line

# PAY-12.
PARTS = ("net", "surcharge", "taxes")


@dataclass(frozen=True)
class ReceiptPage:
    facts: PolicyFacts
    line: ReceiptLine
    net: Decimal
    surcharge: Decimal
    taxes: Decimal
    # The account of the day on which it falls due, if a mandate of then is on file.
    iban: str | None


def receipt_page(user: User, reference: str, number: str, *, today: date | None = None) -> ReceiptPage | None:
    """None if the reader may not see the amounts of this policy, or it has no such receipt."""
    facts = policy_of(user, reference, level=Level.AMOUNTS)
    if facts is None:
        return None
    rows = PremiumReceipt.objects.filter(policy=facts.pk, number=number)
    row = rows.values(*RECEIPT_FIELDS, *PARTS).first()
    if row is None:
        return None
    due_on = row["due_on"]
    mandates = Mandate.objects.in_use(due_on).filter(policy=facts.pk, signed_on__lte=due_on)
    return ReceiptPage(
        facts=facts,
        line=receipt_line(row, today or today_in_madrid()),
        net=row["net"],
        surcharge=row["surcharge"],
        taxes=row["taxes"],
        iban=mandates.values_list("iban", flat=True).first(),
    )
