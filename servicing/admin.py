"""What the staff see of a question and of a change of account, on the page of its case."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from cases.admin import OF_EVERY_KIND, CaseAdmin
from cases.models import Case
from core.staff import Button, Panel
from servicing.account_actions import retry_mandate
from servicing.kinds import BANK_ACCOUNT, ENQUIRY
from servicing.models import BankAccountChange, Enquiry

Rows = Iterable[Sequence[object]]


def _question(case: Case) -> Rows:
    return list(Enquiry.objects.filter(case=case).values_list("question"))


def _change(case: Case) -> Rows:
    return [
        (
            row.masked_iban,
            row.account_owner,
            row.masked_replaces,
            row.holds_from,
            row.refunds_from,
            row.get_status_display(),
        )
        for row in BankAccountChange.objects.filter(case=case)
    ]


def _not_printed(case: Case) -> bool:
    return BankAccountChange.objects.filter(case=case, status=BankAccountChange.Status.FAILED).exists()


def _print_again(case: Case, *, by: Any) -> None:
    retry_mandate(change=BankAccountChange.objects.get(case=case), by=by)


CaseAdmin.panels[:0] = [
    Panel(
        title=gettext_lazy("Question"),
        heads=(gettext_lazy("question"),),
        rows=_question,
        permission="servicing.view_enquiry",
        offered=lambda case: case.kind == ENQUIRY.code,
    ),
    Panel(
        title=gettext_lazy("Change of bank account"),
        heads=(
            gettext_lazy("account"),
            gettext_lazy("owner of the account"),
            gettext_lazy("account until now"),
            gettext_lazy("used from"),
            gettext_lazy("refunds from"),
            gettext_lazy("mandate as PDF"),
        ),
        rows=_change,
        permission="servicing.view_bankaccountchange",
        offered=lambda case: case.kind == BANK_ACCOUNT.code,
    ),
]
OF_EVERY_KIND.append(
    Button(
        name="mandate",
        label=gettext_lazy("Print the mandate again"),
        consequence=gettext_lazy("The mandate is prepared again as PDF; nothing else changes."),
        press=_print_again,
        offered=_not_printed,
    )
)
