"""Which person on file an account belongs to: the whole rule, as a function of values.

The one address that proves anything is the one the insurer already has: an account is linked only if its
*verified* e-mail is the address on file of an adult customer whom nobody else has claimed. What people type
(DNI, date of birth) narrows the choice and never replaces that: both are known to whoever is close.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from core.ages import age


class Outcome(Enum):
    LINK = "link"
    # Nobody, or more than one, has this mailbox: DNI and date of birth decide.
    ASK = "ask"
    # LOG-05: only adults have access.
    TOO_YOUNG = "too_young"
    # DNI and date of birth are right, the mailbox on file is another: its owner is told.
    OTHER_MAILBOX = "other_mailbox"
    NO_MATCH = "no_match"


@dataclass(frozen=True)
class OnFile:
    pk: int
    dni: str | None
    born_on: date
    email: str
    # Holder of a policy, or insured in one.
    customer: bool
    # Some account is linked to this person.
    linked: bool

    @property
    def free(self) -> bool:
        return self.customer and not self.linked


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    person: OnFile | None = None


def by_mailbox(mailbox: str, people: Iterable[OnFile], *, on: date, adult_age: int) -> Decision:
    """`people`: everybody on file; `mailbox`: verified; `on`: today in Madrid."""
    sharing = [person for person in people if _same(person.email, mailbox)]
    adults = [person for person in sharing if age(person.born_on, on) >= adult_age]
    if sharing and not adults:
        return Decision(Outcome.TOO_YOUNG)
    if len(adults) == 1 and adults[0].free:
        return Decision(Outcome.LINK, adults[0])
    return Decision(Outcome.ASK)


def by_identity(
    mailbox: str, dni: str, born_on: date, people: Iterable[OnFile], *, on: date, adult_age: int
) -> Decision:
    """What somebody says of themselves, against the file. `dni` in compact form."""
    if age(born_on, on) < adult_age:
        # Decided by what was typed alone: it tells nothing about anybody on file.
        return Decision(Outcome.TOO_YOUNG)
    same = [person for person in people if person.dni == dni and person.born_on == born_on and person.free]
    if len(same) != 1 or not same[0].email:
        return Decision(Outcome.NO_MATCH)
    found = Outcome.LINK if _same(same[0].email, mailbox) else Outcome.OTHER_MAILBOX
    return Decision(found, same[0])


def _same(one: str, other: str) -> bool:
    return bool(one) and one.strip().lower() == other.strip().lower()
