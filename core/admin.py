from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import audit, mail
from core.models import AuditEntry, OutgoingEmail
from core.staff import Button, StaffAdmin, reasons, staff_site, watch
from core.staff.search import Typed

MOST_AT_ONCE = 500


def _retry(email: OutgoingEmail, *, by: Any) -> None:
    mail.retry(email)


@admin.register(OutgoingEmail, site=staff_site)
class OutgoingEmailAdmin(StaffAdmin):
    """What left, what waits and what failed. Never the text: it may hold a link that opens an account."""

    list_display = ("subject", "to", "template", "status", "attempts", "created_at", "sent_at")
    list_filter = ("status",)
    link_filters = ("to",)
    fields = (
        "subject",
        "to",
        "template",
        "language",
        "status",
        "attempts",
        "created_at",
        "due_at",
        "sent_at",
        "error",
    )
    search_fields = ("to",)
    search_help_text = _("E-mail address, whole")
    actions = ("retry_selected",)
    buttons = (
        Button(
            name="retry",
            label=_("Send again"),
            consequence=_("The mail is offered to the mail server again at once, and again if that fails."),
            press=_retry,
            offered=lambda email: email.status == OutgoingEmail.Status.FAILED,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("text", "html")

    def find(self, queryset: QuerySet[Any], typed: Typed) -> tuple[QuerySet[Any], str]:
        if not typed.email:
            return queryset.none(), str(_("Mails are found by the whole e-mail address."))
        return queryset.filter(to=typed.email), ""

    @admin.action(permissions=["press"], description=_("Send the failed ones again"))
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[OutgoingEmail]) -> None:
        failed = queryset.filter(status=OutgoingEmail.Status.FAILED)[:MOST_AT_ONCE]
        count = 0
        with transaction.atomic():
            for email in failed:
                mail.retry(email)
                self.log_change(request, email, "Send again")
                count += 1
            if count:
                audit.record(
                    "press-retry-selected",
                    by=request.user,
                    what=self.opts.label_lower,
                    words=str(count),
                    address=reasons.address(request),
                )
        text = ngettext("%(count)d mail will be sent again.", "%(count)d mails will be sent again.", count)
        messages.success(request, text % {"count": count})


staff_site.notices.extend([watch.notice, watch.broken_notice])


@admin.register(AuditEntry, site=staff_site)
class AuditEntryAdmin(StaffAdmin):
    """Who did and read what, newest first. Of one person by the link on their page."""

    list_display = ("seq", "at", "actor", "role", "verb", "thing", "subject", "reason_words")
    list_select_related = ("actor", "subject")
    link_filters = ("subject",)
    keyset = ("-seq",)
    fields = (
        "seq",
        "at",
        "actor",
        "role",
        "verb",
        "thing",
        "subject",
        "reason_words",
        "words",
        "address",
        "previous",
        "digest",
    )
    readonly_fields = ("thing", "reason_words")

    @admin.display(description=_("what"))
    def thing(self, entry: AuditEntry) -> str:
        return " ".join(audit.thing_words(entry.what))

    @admin.display(description=_("reason"))
    def reason_words(self, entry: AuditEntry) -> Any:
        return audit.REASONS.get(entry.reason, entry.reason)
