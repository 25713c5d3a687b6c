from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case as Choice
from django.db.models import DateField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import FileResponse, Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.admin import people_meant
from accounts.models import Person
from cases import clocks, teams
from cases.admin.buttons import buttons
from cases.admin.filters import ClosedFilter, HandsFilter, KindFilter, StateFilter, TeamFilter, TopicFilter
from cases.admin.rows import (
    clock_mark,
    clocks_of,
    documents_of,
    history_of,
    messages_of,
    papers_of,
)
from cases.lifecycle import Side, Text
from cases.models import Case, CaseDocument, CaseDocumentQuerySet, Deadline, Message
from core import audit
from core.files import download
from core.staff import Button, Panel, StaffAdmin, reasons, staff_rows, staff_site
from core.staff.search import MOST_PEOPLE, Typed

NO_CLOCK = date.max
# A clock that stands while the customer has written: perhaps that they cannot send what it waits for.
WRITTEN = NO_CLOCK - timedelta(days=1)


@admin.register(Case, site=staff_site)
class CaseAdmin(StaffAdmin):
    """Every open request by its legal clock. What has none, or one that stands, comes last; of these first
    where the customer has written."""

    list_display = (
        "reference",
        "due",
        "what",
        "state_word",
        "customer",
        "team_word",
        "assigned_to",
        "unread",
    )
    list_display_links = ("reference",)
    list_filter = (ClosedFilter, StateFilter, KindFilter, TopicFilter, TeamFilter, HandsFilter)
    list_select_related = ("asked_by__person", "assigned_to")
    search_fields = ("reference",)
    search_help_text = gettext_lazy(
        "Reference of the request, DNI or NIE, name, policy number, e-mail address"
    )
    link_filters = ("asked_by", "policy")
    fields = (
        "reference", "what", "state_word", "due", "customer", "language", "policy", "about", "team_word",
        "assigned_to", "opened_at", "closed_at", "outcome", "decided_at", "decided_by", "reason_code",
        "reason_clause", "reason_words",
    )  # fmt: skip
    # Whatever it is about, people write of their health in it: texts and files open only with a reason.
    clinical_fields = ("reason_code", "reason_clause", "reason_words")
    readonly_fields = ("reference", "what", "state_word", "due", "customer", "team_word")
    panels = [
        Panel(
            title=gettext_lazy("Clocks"),
            heads=(
                gettext_lazy("rule"),
                gettext_lazy("from"),
                pgettext_lazy("the last day for an answer", "by"),
                gettext_lazy("met on"),
                gettext_lazy("alarm"),
            ),
            rows=clocks_of,
            permission="cases.view_deadline",
        ),
        Panel(
            title=gettext_lazy("Messages"),
            heads=(
                gettext_lazy("sent"),
                pgettext_lazy("who wrote", "by"),
                gettext_lazy("message"),
                gettext_lazy("answer wanted by"),
                gettext_lazy("read"),
            ),
            rows=messages_of,
            permission="cases.view_message",
            clinical=True,
        ),
        Panel(
            title=gettext_lazy("Papers that were asked for"),
            heads=(
                gettext_lazy("paper"),
                gettext_lazy("why we need it"),
                gettext_lazy("example"),
                gettext_lazy("who supplies it"),
                gettext_lazy("asked"),
                pgettext_lazy("the last day for an answer", "by"),
                gettext_lazy("supplied"),
            ),
            rows=papers_of,
            permission="cases.view_paper",
            clinical=True,
        ),
        Panel(
            title=gettext_lazy("Documents"),
            heads=(
                gettext_lazy("file"),
                gettext_lazy("paper"),
                gettext_lazy("sent"),
                pgettext_lazy("who sent a file", "from"),
                gettext_lazy("state"),
                gettext_lazy("pages"),
            ),
            rows=documents_of,
            permission="cases.view_casedocument",
            clinical=True,
        ),
        Panel(
            title=gettext_lazy("History"),
            heads=(
                gettext_lazy("at"),
                gettext_lazy("step"),
                gettext_lazy("from state"),
                gettext_lazy("to state"),
                gettext_lazy("by"),
                gettext_lazy("note"),
            ),
            rows=history_of,
            permission="cases.view_caseevent",
            clinical=True,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        running = Deadline.objects.filter(case=OuterRef("pk"), met_on=None).exclude(term=clocks.CUSTOMER)
        first = running.order_by("due_on").values("due_on")[:1]
        unread = Message.objects.filter(case=OuterRef("pk"), side=Side.CUSTOMER.value, read_at=None)
        return (
            super()
            .get_queryset(request)
            .annotate(
                clock=Coalesce(
                    Subquery(first),
                    Choice(When(Exists(unread), then=Value(WRITTEN)), default=Value(NO_CLOCK)),
                    output_field=DateField(),
                ),
                unread=Exists(unread),
            )
        )

    def get_keyset(self, narrowed: set[str]) -> tuple[str, ...]:
        return ("-id",) if "closed" in narrowed else ("clock", "id")

    def get_buttons(self) -> Iterable[Button]:
        return buttons()

    def has_press_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not in a request of one's own: the actions refuse it too."""
        may = super().has_press_permission(request, obj)
        return may and not (obj is not None and obj.is_own_of(request.user))

    def subject_of(self, obj: Case) -> Person | None:
        if obj.about:
            return obj.about.person
        return obj.asked_by.person_on_file if obj.asked_by else None

    def find(self, queryset: QuerySet[Any], typed: Typed) -> tuple[QuerySet[Any], str]:
        exact = queryset.filter(reference__in={*typed.numbers, *(word.upper() for word in typed.words)})
        if (typed.numbers or typed.words) and exact.exists():
            return exact, ""
        people = list(people_meant(typed).values_list("user", flat=True)[:MOST_PEOPLE])
        found = Q(asked_by__in=[user for user in people if user])
        if typed.email:
            found |= Q(contact_email__iexact=typed.email)
        return queryset.filter(found), ""

    # --- files -------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        document = path(
            "<int:object_id>/document/<slug:reference>/",
            self.admin_site.admin_view(self.document_view),
            name="cases_case_document",
        )
        return [document, *super().get_urls()]

    def document_view(
        self, request: HttpRequest, object_id: int, reference: str
    ) -> FileResponse | HttpResponseRedirect:
        if not request.user.has_perm("cases.view_casedocument"):
            raise PermissionDenied
        rows = cast(CaseDocumentQuerySet, staff_rows(CaseDocument, request.user))
        document = rows.clean().filter(case=object_id, reference=reference).first()
        if document is None:
            raise Http404
        if not self.may_read(request, document.case):
            case_page = reverse("admin:cases_case_change", args=[object_id])
            return redirect(self.ask_url(request, document.case, back=case_page))
        self._note_file(request, document)
        return download(document.file, filename=document.name, content_type=document.content_type)

    def _note_file(self, request: HttpRequest, document: CaseDocument) -> None:
        subject, under = self.subject_of(document.case), audit.thing(document.case)
        with transaction.atomic():
            reasons.note_opened(request, subject, under=under, what=audit.thing(document))

    # --- columns -----------------------------------------------------------------------------------

    @admin.display(description=pgettext_lazy("the last day for an answer", "by"))
    def due(self, case: Any) -> str:
        known = case.is_open and case.clock < WRITTEN
        return clock_mark(case.clock if known else None)

    @admin.display(description=gettext_lazy("kind"))
    def what(self, case: Case) -> str:
        topic = case.the_kind.topics.get(case.topic, "")
        return f"{case.the_kind.label}: {topic}" if topic else str(case.the_kind.label)

    @admin.display(description=gettext_lazy("state"))
    def state_word(self, case: Case) -> Text:
        return case.state.word

    @admin.display(description=gettext_lazy("customer"))
    def customer(self, case: Case) -> str:
        # Also of an account that its owner has closed: it no longer says who that was.
        if case.asked_by is None or case.contact_email:
            return f"{case.contact_name} <{case.contact_email}>".strip()
        person = getattr(case.asked_by, "person", None)
        return person.full_name if person else case.asked_by.email

    @admin.display(description=gettext_lazy("team"))
    def team_word(self, case: Case) -> Text:
        return teams.label(case.team)

    @admin.display(description=gettext_lazy("new message"), boolean=True)
    def unread(self, case: Any) -> bool:
        return bool(case.unread)
