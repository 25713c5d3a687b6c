"""What was typed into the forms of this app, line by line, for the copy that the customer keeps."""

from django.utils.translation import gettext_lazy as _

from cases.copies import Answer
from cases.models import Case


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
    change = case.contact_data_change
    return [
        Answer(_("Phone"), change.phone),
        Answer(_("Second phone"), change.second_phone or "–"),
        Answer(_("Address"), change.address),
        Answer(_("Postcode"), change.postcode),
        Answer(_("Town"), change.town),
    ]
