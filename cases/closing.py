"""Requests of somebody who closes their account stay with the insurer, who must still know whom to answer."""

from accounts.models import User
from cases import clocks
from cases.models import Case
from core.ages import today_in_madrid


def keep_contact(user: User) -> None:
    """Name and address of the account go onto the requests that are open: the account loses both.

    What we had asked for cannot come any more: our own clock goes on. Requests that are another person's
    affair by now are answered to that person.
    """
    person = user.person_on_file
    name = person.full_name if person else ""
    cases = Case.objects.acting_for(user).open().filter(asked_by=user)
    for case in cases.select_for_update(of=("self",)).order_by("pk"):
        clocks.resume(case, on=today_in_madrid())
    cases.update(contact_name=name[:120], contact_email=user.email)
