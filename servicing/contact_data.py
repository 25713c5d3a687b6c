"""What is asked to be another: the data on file beside those that were typed, line by line."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from cases.lifecycle import Text

SPANISH = re.compile(r"[6-9][0-9]{8}")
PHONES = ("phone", "second_phone")


@dataclass(frozen=True)
class ContactData:
    """As the insurer keeps it; a second phone is on no file yet and is only ever sent."""

    phone: str = ""
    second_phone: str = ""
    address: str = ""
    postcode: str = ""
    town: str = ""

    @property
    def where(self) -> str:
        """The address as it stands on an envelope."""
        return ", ".join(filter(None, [self.address, f"{self.postcode} {self.town}".strip()]))


@dataclass(frozen=True)
class Change:
    label: Text
    before: str
    after: str


def changes(before: ContactData, after: ContactData) -> list[Change]:
    """Only what is another. A number is the same number however it is written."""
    found = []
    if bare(before.phone) != bare(after.phone):
        found.append(Change(_("Phone"), in_groups(before.phone), in_groups(after.phone)))
    if bare(before.second_phone) != bare(after.second_phone):
        second = in_groups(before.second_phone), in_groups(after.second_phone)
        found.append(Change(_("Second phone"), *second))
    if _words(before.where) != _words(after.where):
        found.append(Change(_("Address"), before.where, after.where))
    return found


def changes_a_phone(before: ContactData, after: ContactData) -> bool:
    return any(bare(getattr(before, name)) != bare(getattr(after, name)) for name in PHONES)


def bare(phone: str) -> str:
    """The digits; those of a Spanish number without its prefix."""
    digits = re.sub(r"[^0-9+]", "", phone)
    return re.sub(r"^(?:\+34|0034)", "", digits)


def in_groups(phone: str) -> str:
    """As people read it out, where it is a Spanish number; others as they came."""
    number = bare(phone)
    if not SPANISH.fullmatch(number):
        return phone
    groups = f"{number[:3]} {number[3:6]} {number[6:]}"
    return groups if bare(phone) == re.sub(r"\D", "", phone) else f"+34 {groups}"


def typed_mark(data: ContactData, others: Mapping[str, str]) -> str:
    """Stands in the address of the page that shows the answers, and tells nothing of them."""
    seen = "\n".join([*asdict(data).values(), *(others[name] for name in sorted(others))])
    return salted_hmac("servicing.contact_data", seen, algorithm="sha256").hexdigest()[:32]


def _words(text: str) -> str:
    return " ".join(text.split())
