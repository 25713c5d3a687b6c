"""What the staff see of a question and of a change of account: on the page of its case, and in the queue of
accounts that the insurer's own systems have not been told of."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.admin import OF_EVERY_KIND, CaseAdmin
from cases.models import Case
from core.staff import Button, Panel, StaffAdmin, staff_site
from core.staff.filters import ToDoFilter
from core.staff.search import Typed
from policies.admin.finding import policies_meant
from servicing.account_actions import retry_mandate
from servicing.changes_export import offer_again
from servicing.kinds import BANK_ACCOUNT, CONTACT_DATA, ENQUIRY
from servicing.models import BankAccountChange, ContactDataChange, Enquiry, Profile

Rows = Iterable[Sequence[object]]


def _question(case: Case) -> Rows:
    return [(row.question, _channel(case)) for row in Enquiry.objects.filter(case=case)]


def _channel(case: Case) -> object:
    """How the customer wants our answers, where they have said it."""
    profile = Profile.objects.filter(user=case.asked_by).first() if case.asked_by else None
    return profile.get_reply_channel_display() if profile else ""


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


def _contact_data(case: Case) -> Rows:
    """What is asked for; what is on file until then stands with the person."""
    return [
        (row.phone, row.second_phone, row.address, row.postcode, row.town, _channel(case))
        for row in ContactDataChange.objects.filter(case=case)
    ]


def _not_printed(case: Case) -> bool:
    return BankAccountChange.objects.filter(case=case, status=BankAccountChange.Status.FAILED).exists()


def _print_again(case: Case, *, by: Any) -> None:
    retry_mandate(change=BankAccountChange.objects.get(case=case), by=by)


CaseAdmin.panels[:0] = [
    Panel(
        title=gettext_lazy("Question"),
        heads=(gettext_lazy("question"), gettext_lazy("how we answer")),
        rows=_question,
        permission="servicing.view_enquiry",
        clinical=True,
        offered=lambda case: case.kind == ENQUIRY.code,
    ),
    Panel(
        title=gettext_lazy("Change of contact data"),
        heads=(
            gettext_lazy("phone"),
            gettext_lazy("second phone"),
            gettext_lazy("address"),
            gettext_lazy("postcode"),
            gettext_lazy("town"),
            gettext_lazy("how we answer"),
        ),
        rows=_contact_data,
        permission="servicing.view_contactdatachange",
        offered=lambda case: case.kind == CONTACT_DATA.code,
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


class ExportFilter(ToDoFilter):
    title = gettext_lazy("taken over")
    parameter_name = "exported"
    first, rest = gettext_lazy("To take over"), gettext_lazy("Exported")
    to_do = Q(exported_at=None)


@admin.register(BankAccountChange, site=staff_site)
class BankAccountChangeAdmin(StaffAdmin):
    """The whole account number stands in the file of `manage.py export_changes`, and on no page."""

    list_display = (
        "mandate_reference", "policy", "masked_iban", "account_owner", "holds_from", "refunds_from",
        "exported_at",
    )  # fmt: skip
    list_select_related = ("case__policy",)
    list_filter = (ExportFilter,)
    keyset = ("-case",)
    search_fields = ("mandate_reference",)
    search_help_text = gettext_lazy("Reference, policy number, DNI or NIE, name, e-mail address")
    fields = (
        "request", "policy", "masked_iban", "account_owner", "masked_replaces", "mandate_reference",
        "holds_from", "refunds_from", "exported_at", "status",
    )  # fmt: skip
    readonly_fields = ("request", "policy", "masked_iban", "masked_replaces")
    buttons = (
        Button(
            name="offer_again",
            label=gettext_lazy("Export again"),
            consequence=gettext_lazy(
                "The change goes into the next file for our own systems once more, under the same reference."
            ),
            press=offer_again,
            offered=lambda change: change.exported_at is not None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.in_effect().select_related("case__policy__holder")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = _("Changed accounts to take over")
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def find(self, queryset: QuerySet[Any], typed: Typed) -> tuple[QuerySet[Any], str]:
        exact = queryset.filter(mandate_reference__in=typed.numbers)
        if typed.numbers and exact.exists():
            return exact, ""
        found, notice = policies_meant(typed)
        return queryset.filter(case__policy__in=found), notice

    def subject_of(self, obj: BankAccountChange) -> Any:
        return obj.case.policy.holder if obj.case.policy else None

    @admin.display(description=gettext_lazy("policy"))
    def policy(self, change: BankAccountChange) -> str:
        return change.case.policy.number if change.case.policy else ""

    @admin.display(description=gettext_lazy("request"))
    def request(self, change: BankAccountChange) -> str:
        return change.case.reference

    @admin.display(description=gettext_lazy("account"))
    def masked_iban(self, change: BankAccountChange) -> str:
        return change.masked_iban

    @admin.display(description=gettext_lazy("account until now"))
    def masked_replaces(self, change: BankAccountChange) -> str:
        return change.masked_replaces
