"""Requests of somebody who closes their account stay with the insurer, who must still know whom to answer."""

from accounts.models import User
from cases.models import Case


def keep_contact(user: User) -> None:
    """Name and address of the account go onto the requests that are open: the account loses both."""
    person = user.person_on_file
    name = person.full_name if person else ""
    Case.objects.open().filter(asked_by=user).update(contact_name=name[:120], contact_email=user.email)
