from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import audit
from core.staff import reasons, search, watch
from core.staff.buttons import Button
from core.staff.change_list import StaffChangeList
from core.staff.panels import Panel
from core.staff.site import staff_rows


class StaffAdmin(admin.ModelAdmin):
    """Rows to look at. Nothing is typed into them: what staff may do is a Button, and each is one action."""

    change_list_template = "admin/staff_change_list.html"
    change_form_template = "admin/staff_change_form.html"
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    view_on_site = False

    # The order of the list; an index must begin with it.
    keyset: ClassVar[tuple[str, ...]] = ("-id",)
    # Fields by which a link from another page may narrow the list; each needs an index.
    link_filters: ClassVar[tuple[str, ...]] = ()
    buttons: ClassVar[tuple[Button, ...]] = ()
    # A list: apps of higher floors add what they know.
    panels: ClassVar[list[Panel]] = []
    # Whether to open a row is to open a customer: it goes to the record and counts for the hourly watch.
    noted: ClassVar[bool] = False
    # Fields that stay out of the page of a clinical row until a reason was given.
    clinical_fields: ClassVar[tuple[str, ...]] = ()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_press_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may press the buttons of this model, or of this row."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return staff_rows(self.model, request.user)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StaffChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_keyset(self, narrowed: set[str]) -> tuple[str, ...]:
        return self.keyset

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        name = lookup.removesuffix("__exact").removesuffix("__id")
        filters = {getattr(entry, "parameter_name", entry) for entry in self.list_filter}
        return name in self.link_filters or name in filters

    # --- search -------------------------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        typed = search.read(search_term)
        rows, notice = self.find(queryset, typed)
        request.search_notice = typed.notice or notice  # type: ignore[attr-defined]
        return rows, False

    def find(self, queryset: QuerySet[Any], typed: search.Typed) -> tuple[QuerySet[Any], str]:
        """The rows that were meant, and what to tell about the search. Each condition must have an index."""
        return queryset.none(), ""

    def get_buttons(self) -> Iterable[Button]:
        return self.buttons

    # --- health ---------------------------------------------------------------------------------------

    def subject_of(self, obj: Any) -> Model | None:
        """The Person whose affair the row is, who may read in the record what was done with it."""
        return None

    def is_clinical(self, obj: Any) -> bool:
        """Whether `clinical_fields` of this row tell of health."""
        return True

    def may_read(self, request: HttpRequest, obj: Any) -> bool:
        """Whether health data of this row may be shown now: see core/staff/reasons.py."""
        return not self.is_clinical(obj) or reasons.may_read(request, self.subject_of(obj), audit.thing(obj))

    def ask_url(self, request: HttpRequest, obj: Any, *, back: str = "") -> str:
        return reasons.ask_url(request, self.subject_of(obj), audit.thing(obj), back=back)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        if not self.clinical_fields or (obj is not None and self.may_read(request, obj)):
            return fields
        return [name for name in fields if name not in self.clinical_fields]

    # --- one row ------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        press = path(
            "<path:object_id>/press/<slug:name>/",
            self.admin_site.admin_view(self.press_view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_press",
        )
        return [press, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context["original"]
        if obj is None:
            # A row to be written, where an admin has such.
            return super().render_change_form(request, context, *args, **kwargs)
        context["buttons"] = self.offered_buttons(request, obj)
        context["title"] = capfirst(self.opts.verbose_name)
        subject, what = self.subject_of(obj), audit.thing(obj)
        shown = (panel.show(request, obj, subject=subject, what=what) for panel in self.panels)
        context["panels"] = [panel for panel in shown if panel is not None]
        if self.clinical_fields and not self.may_read(request, obj):
            context["fields_ask_url"] = self.ask_url(request, obj)
        if self.noted:
            self._note_opened(request, subject, what)
        return super().render_change_form(request, context, *args, **kwargs)

    def _note_opened(self, request: HttpRequest, subject: Model | None, what: str) -> None:
        with transaction.atomic():
            audit.record(
                audit.OPENED, by=request.user, subject=subject, what=what, address=reasons.address(request)
            )
            watch.watch(request.user)

    def offered_buttons(self, request: HttpRequest, obj: Any, *, back: str = "") -> list[dict[str, Any]]:
        """What this member of staff may press about a row; `back`: where it leads then, if elsewhere."""
        if not self.has_press_permission(request, obj):
            return []
        query = f"?{urlencode({'back': back})}" if back else ""
        return [
            {"label": button.label, "url": self._press_url(obj, button) + query}
            for button in self.get_buttons()
            if button.offered(obj)
        ]

    def press_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """GET says what the button will do; POST does it."""
        obj = self.get_object(request, unquote(object_id))
        button = next((button for button in self.get_buttons() if button.name == name), None)
        if obj is None or button is None:
            raise Http404
        if not (self.has_view_permission(request, obj) and self.has_press_permission(request, obj)):
            raise PermissionDenied
        back = request.GET.get("back", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        if not button.offered(obj):
            messages.warning(request, _("This is no longer possible: something has changed meanwhile."))
            return redirect(back)
        if button.clinical and not self.may_read(request, obj):
            return redirect(self.ask_url(request, obj, back=request.get_full_path()))
        sent = request.method == "POST"
        form = button.asks(obj, request.POST if sent else None, request.FILES if sent else None)
        if form.is_valid():
            self._press(request, obj, button, form)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": button.label,
            "button": button,
            "form": form,
            "original": obj,
            "opts": self.opts,
            "back": back,
        }
        return render(request, "admin/staff_press.html", context)

    def _press(self, request: HttpRequest, obj: Model, button: Button, form: Form) -> None:
        try:
            with transaction.atomic():
                button.press(obj, by=request.user, **form.cleaned_data)
                self.log_change(request, obj, str(button.label))
                audit.record(
                    f"press-{button.name}"[:60],
                    by=request.user,
                    subject=self.subject_of(obj),
                    what=audit.thing(obj),
                    address=reasons.address(request),
                )
        except button.refusals as refusal:
            messages.error(request, str(refusal) or _("This is no longer possible."))
            return
        messages.success(request, _("Done: %(what)s.") % {"what": button.label})

    def _press_url(self, obj: Model, button: Button) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_press", args=[obj.pk, button.name]
        )
