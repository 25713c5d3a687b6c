"""What else somebody must know who says that they are a person on file.

Each app that knows more of people than their date of birth says once what it asks (`register_check`); no
check replaces the mail to the address on file, it only decides whether that mail is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from accounts.models import AccountRequest, Person


@dataclass(frozen=True)
class Details:
    """As they were typed, or None and "" where nothing was."""

    born_on: date | None
    card_number: str


# Whether the details are right; also where this app asks nothing of the person.
Check = Callable[[Person, Details], bool]

_CHECKS: list[Check] = []


def register_check(check: Check) -> None:
    if check not in _CHECKS:
        _CHECKS.append(check)


def passes(person: Person, details: Details) -> bool:
    return all(check(person, details) for check in _CHECKS)


def details_of(request: AccountRequest) -> Details:
    return Details(request.born_on, request.card_number)


def compact(number: str) -> str:
    """One spelling of a number on a card: people copy its blanks and dashes, or leave them out."""
    return "".join(c for c in number.upper() if c.isalnum())
