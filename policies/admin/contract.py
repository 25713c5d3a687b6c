from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import SEARCH_HELP
from core.staff import Panel, StaffAdmin, list_url, staff_site
from core.staff.search import Typed
from policies.admin.finding import policies_meant
from policies.admin.rows import cards_of, certificates_of, insured_of, mandates_of, receipts_of
from policies.models import Policy, PremiumReceipt


@admin.register(Policy, site=staff_site)
class PolicyAdmin(StaffAdmin):
    list_display = ("number", "edition", "holder", "effective_on", "ends_on")
    list_select_related = ("edition", "holder")
    link_filters = ("holder",)
    search_fields = ("number",)
    search_help_text = SEARCH_HELP
    fields = (
        "number",
        "reference",
        "edition",
        "holder",
        "effective_on",
        "ends_on",
        "modality",
        "instalments",
        "annual_premium",
    )
    panels = [
        Panel(
            title=gettext_lazy("Insured persons"),
            heads=(
                gettext_lazy("name"),
                gettext_lazy("relation"),
                gettext_lazy("date of birth"),
                gettext_lazy("insured from"),
                gettext_lazy("insured until"),
                gettext_lazy("covers"),
            ),
            rows=insured_of,
            permission="policies.view_insuredperson",
        ),
        Panel(
            title=gettext_lazy("Latest receipts"),
            heads=(
                gettext_lazy("receipt"),
                gettext_lazy("due on"),
                gettext_lazy("total"),
                gettext_lazy("paid on"),
                gettext_lazy("returned by the bank on"),
            ),
            rows=receipts_of,
            permission="policies.view_premiumreceipt",
            more=lambda policy: list_url(PremiumReceipt, policy=policy.pk),
        ),
        Panel(
            title=gettext_lazy("Cards"),
            heads=(
                gettext_lazy("number"),
                gettext_lazy("name"),
                gettext_lazy("valid from"),
                gettext_lazy("valid to"),
            ),
            rows=cards_of,
            permission="policies.view_card",
        ),
        Panel(
            title=gettext_lazy("Direct debit"),
            heads=(
                gettext_lazy("mandate"),
                gettext_lazy("account"),
                gettext_lazy("signed on"),
                gettext_lazy("ended on"),
            ),
            rows=mandates_of,
            permission="policies.view_mandate",
        ),
        Panel(
            title=gettext_lazy("Travel certificates"),
            heads=(
                gettext_lazy("certificate"),
                gettext_lazy("name"),
                gettext_lazy("trip from"),
                gettext_lazy("trip to"),
                gettext_lazy("status"),
            ),
            rows=certificates_of,
            permission="policies.view_certificate",
        ),
    ]

    def find(self, queryset: QuerySet[Any], typed: Typed) -> tuple[QuerySet[Any], str]:
        found, notice = policies_meant(typed)
        return queryset.filter(pk__in=found), notice


@admin.register(PremiumReceipt, site=staff_site)
class PremiumReceiptAdmin(StaffAdmin):
    list_display = ("number", "policy", "due_on", "total", "paid_on", "returned_on")
    list_select_related = ("policy",)
    link_filters = ("policy",)
    search_fields = ("number",)
    search_help_text = gettext_lazy("Receipt, policy or card number, DNI or NIE, e-mail address")
    fields = (
        "number",
        "policy",
        "due_on",
        "period_from",
        "period_to",
        "net",
        "surcharge",
        "taxes",
        "total",
        "paid_on",
        "returned_on",
        "claimed_on",
    )

    def get_keyset(self, narrowed: set[str]) -> tuple[str, ...]:
        # Of one policy the index gives them by due date; of all there is none but the number of the row.
        return ("-due_on", "-id") if "policy" in narrowed else ("-id",)

    def find(self, queryset: QuerySet[Any], typed: Typed) -> tuple[QuerySet[Any], str]:
        exact = queryset.filter(number__in=typed.numbers)
        if typed.numbers and exact.exists():
            return exact, ""
        if typed.words:
            return queryset.none(), _("Receipts are not found by a name: look for the person first.")
        found, notice = policies_meant(typed)
        return queryset.filter(policy__in=found), notice
