"""What was typed into the forms of this app, line by line, for the copy that the customer keeps."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cases.copies import Answer
from cases.lifecycle import Text
from cases.models import Case
from servicing.contact_data import Change


def of_enquiry(case: Case) -> list[Answer]:
    return [Answer(_("Your question"), case.enquiry.question)]


def of_bank_account(case: Case) -> list[Answer]:
    """The account is masked as on every page; the whole of it stands in the mandate alone."""
    change = case.bank_account_change
    return [
        Answer(_("Account until then"), change.masked_replaces or _("None on file")),
        Answer(_("New account"), change.masked_iban),
        Answer(_("Owner of the account"), change.account_owner),
        Answer(_("Agreement"), _("The owner agrees that the premiums are charged to this account.")),
    ]


def of_contact_data(case: Case) -> list[Answer]:
    """Only what was asked to be another, beside what was on file then."""
    return [Answer(change.label, _both(change)) for change in case.contact_data_change.changes]


def _both(change: Change) -> Text:
    new = change.after or "–"
    if not change.before:
        return new
    words = {"until_now": _("Until now"), "from_now_on": _("From now on")}
    return format_lazy("{until_now}: {before}\n{from_now_on}: {new}", before=change.before, new=new, **words)
