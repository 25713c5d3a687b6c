from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from accounts.admin import people_meant
from accounts.models import Person
from core.staff import Button, StaffAdmin, staff_site
from core.staff.search import MOST_PEOPLE, Typed
from policies import actions
from policies.models import Certificate, InsuredPerson


def _retry(certificate: Certificate, *, by: Any) -> None:
    actions.retry_certificate(certificate=certificate, by=by)


def _revoke(certificate: Certificate, *, by: Any, reason: str) -> None:
    actions.revoke_certificate(certificate=certificate, by=by, reason=reason)


@admin.register(Certificate, site=staff_site)
class CertificateAdmin(StaffAdmin):
    list_display = ("reference", "traveller", "starts_on", "ends_on", "status", "asked_at", "revoked_at")
    list_select_related = ("insured__person",)
    list_filter = ("status",)
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Reference or code of the certificate, DNI or NIE, name")
    fields = (
        "reference",
        "printed_code",
        "traveller",
        "policy_number",
        "starts_on",
        "ends_on",
        "destination",
        "language",
        "asked_by",
        "asked_at",
        "status",
        "attempts",
        "error",
        "ready_at",
        "revoked_at",
        "revoked_reason",
    )
    readonly_fields = ("reference", "printed_code", "traveller", "policy_number")
    buttons = (
        Button(
            name="retry",
            label=gettext_lazy("Make it again"),
            consequence=gettext_lazy(
                "The certificate is prepared again; the person gets a mail when it is ready."
            ),
            press=_retry,
            offered=lambda row: row.status == Certificate.Status.FAILED and row.revoked_at is None,
        ),
        Button(
            name="revoke",
            label=gettext_lazy("Revoke"),
            consequence=gettext_lazy(
                "Whoever checks the code reads from now on that this certificate is not valid. This cannot "
                "be undone."
            ),
            press=_revoke,
            offered=lambda row: row.status == Certificate.Status.READY and row.revoked_at is None,
            needs_reason=True,
        ),
    )

    def get_queryset(self, request: Any) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("insured__person", "insured__policy")

    def subject_of(self, obj: Certificate) -> Person:
        return obj.insured.person

    def find(self, queryset: QuerySet[Any], typed: Typed) -> tuple[QuerySet[Any], str]:
        texts = {*typed.numbers, *(word.upper() for word in typed.words)}
        codes = {text.replace("-", "").replace(" ", "") for text in texts}
        exact = queryset.filter(Q(reference__in=texts) | Q(code__in=codes))
        if texts and exact.exists():
            return exact, ""
        people = list(people_meant(typed).values_list("pk", flat=True)[:MOST_PEOPLE])
        return queryset.filter(insured__in=InsuredPerson.objects.filter(person__in=people)), ""

    @admin.display(description=gettext_lazy("insured person"))
    def traveller(self, certificate: Certificate) -> str:
        return certificate.insured.person.full_name

    @admin.display(description=gettext_lazy("policy"))
    def policy_number(self, certificate: Certificate) -> str:
        return certificate.insured.policy.number

    @admin.display(description=gettext_lazy("code"))
    def printed_code(self, certificate: Certificate) -> str:
        return certificate.printed_code
