"""Who of us works on what: the queues, by their code, and how each is called."""

from typing import Any

from django.utils.translation import gettext_lazy as _

Text = Any  # a str, or a lazy translation of one

TEAMS: dict[str, Text] = {
    "customer_care": _("Customer care"),
    "authorisations": _("Authorisations"),
    "billing": _("Receipts and payments"),
    "data_protection": _("Data protection"),
    "reimbursements": _("Reimbursements"),
}


def label(team: str) -> Text:
    """A team that is no more keeps its code: its requests are still there."""
    return TEAMS.get(team, team)
