"""Accounts, premiums and receipts of the invented policies, with every state of payment among them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from stdnum.es import ccc

from core.deadlines import add_days, add_months
from core.money import round_cents

MONTHS_APART = {"yearly": 12, "half_yearly": 6, "quarterly": 3, "monthly": 1}
SURCHARGE = {"yearly": "0", "half_yearly": "0.01", "quarterly": "0.015", "monthly": "0.02", "single": "0"}
FUNERAL_TAX = Decimal("0.08")
RISE = Decimal("1.03")
YEARS_OF_RECEIPTS = 4
# No bank has this code.
BANK_AND_BRANCH = "99990001"


class Story(StrEnum):
    """How a policy has been paid."""

    IN_FORCE = "in force"
    LATE = "returned once, then paid"
    GRACE = "last instalment unpaid, within the month"
    SUSPENDED = "unpaid for three months"
    CLAIMED = "unpaid for eight months, and claimed"
    EXTINGUISHED = "unpaid for ten months, not claimed"
    RESTORED = "unpaid for more than a month, then paid"
    NOT_STARTED = "first premium unpaid"
    FUTURE = "begins next month"
    ENDED = "ended last year"


# Days before today of the instalment that the story is about.
FATEFUL = {
    Story.LATE: 200,
    Story.SUSPENDED: 100,
    Story.CLAIMED: 245,
    Story.EXTINGUISHED: 300,
    Story.RESTORED: 75,
}


@dataclass(frozen=True)
class Contract:
    """`options`: packages and single covers beyond the compulsory ones."""

    number: str
    edition: str
    modality: str
    options: frozenset[str]
    funeral: bool
    effective_on: date
    ends_on: date | None
    instalments: str
    annual_premium: Decimal
    story: Story


def iban(number: int) -> str:
    """A valid Spanish account of a bank that does not exist."""
    account = f"{number:010}"
    whole = f"{BANK_AND_BRANCH}00{account}"
    whole = f"{BANK_AND_BRANCH}{ccc.calc_check_digits(whole)}{account}"
    return f"ES{98 - int(f'{whole}142800') % 97:02}{whole}"


def receipts(contract: Contract, *, on: date, draw: random.Random) -> Iterator[dict[str, str]]:
    """The premium receipts of the last years, as rows of the feed; `on`: today."""
    dues = list(_dues(contract, on))
    fateful = _fateful(contract.story, dues, on)
    for place, (due, last_day) in enumerate(dues):
        paid: date | None = min(add_days(due, draw.choice((0, 0, 0, 1, 2, 4))), on)
        returned: date | None = None
        claimed: date | None = None
        if fateful is not None and place >= fateful:
            paid, returned, claimed = _fate(contract.story, due, on, later=place > fateful)
            if contract.story in (Story.CLAIMED, Story.EXTINGUISHED) and place > fateful:
                return
        yield {
            "receipt_number": f"{contract.number}/{due:%Y%m%d}",
            "policy_number": contract.number,
            "due_on": due.isoformat(),
            "period_from": due.isoformat(),
            "period_to": last_day.isoformat(),
            **_amounts(contract, due, on),
            "paid_on": _iso(paid),
            "returned_on": _iso(returned),
            "claimed_on": _iso(claimed),
        }


def _dues(contract: Contract, on: date) -> Iterator[tuple[date, date]]:
    """Due date and last day of each instalment due by now, the oldest first; the first one in any case."""
    if contract.instalments == "single":
        yield contract.effective_on, add_days(add_months(contract.effective_on, 12), -1)
        return
    step = MONTHS_APART[contract.instalments]
    oldest = add_months(on, -12 * YEARS_OF_RECEIPTS)
    newest = min(on, contract.ends_on or on)
    months = 0
    while (due := add_months(contract.effective_on, months)) <= newest or months == 0:
        months += step
        if due >= oldest:
            yield due, add_days(add_months(contract.effective_on, months), -1)


def _fateful(story: Story, dues: list[tuple[date, date]], on: date) -> int | None:
    """Place of the instalment that was not paid as it should be."""
    if story in (Story.GRACE, Story.NOT_STARTED):
        return len(dues) - 1
    if story not in FATEFUL:
        return None
    since = add_days(on, -FATEFUL[story])
    return next((place for place, (due, _) in enumerate(dues) if due >= since), len(dues) - 1)


def _fate(story: Story, due: date, on: date, *, later: bool) -> tuple[date | None, date | None, date | None]:
    """Paid, returned and claimed: of the fateful instalment, or of one after it."""
    returned = min(add_days(due, 4), on)
    match story:
        case Story.LATE:
            return (min(due, on), None, None) if later else (add_days(due, 15), returned, None)
        case Story.RESTORED:
            return (min(due, on), None, None) if later else (add_days(on, -3), returned, None)
        case Story.CLAIMED:
            return None, returned, add_days(due, 60)
        case Story.NOT_STARTED:
            return None, None, None
    return None, returned, None


def _amounts(contract: Contract, due: date, on: date) -> dict[str, str]:
    yearly = contract.annual_premium
    parts = 1
    if contract.instalments != "single":
        yearly = yearly / RISE ** max(on.year - due.year, 0)
        parts = 12 // MONTHS_APART[contract.instalments]
    net = round_cents(yearly / parts)
    surcharge = round_cents(net * Decimal(SURCHARGE[contract.instalments]))
    taxes = round_cents((net + surcharge) * FUNERAL_TAX) if contract.funeral else Decimal("0.00")
    return {
        "net": str(net),
        "surcharge": str(surcharge),
        "taxes": str(taxes),
        "total": str(net + surcharge + taxes),
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
