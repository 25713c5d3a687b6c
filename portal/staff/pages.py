"""The two pages of a call: whom the words mean, and that person."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Person
from core import audit
from core.staff import reasons, staff_rows, staff_site, watch
from portal.staff import caller, finding, tables

OPENED, IDENTITY = "caller", "caller-identity"


@staff_site.admin_view
@never_cache
@require_GET
def callers(request: HttpRequest) -> HttpResponse:
    """Whom the caller's words mean; straight to the page of the only one."""
    _must_see_people(request)
    text = request.GET.get("q", "")
    found = finding.who(text, by=request.user) if text.strip() else finding.Found()  # type: ignore[arg-type]
    if found.only_one is not None:
        return redirect("caller", person_id=found.only_one.pk)
    context = {
        **staff_site.each_context(request),
        "title": _("Who is calling?"),
        "query": text,
        "found": found,
    }
    return render(request, "admin/staff_callers.html", context)


@staff_site.admin_view
@never_cache
@require_http_methods(["GET", "POST"])
@transaction.atomic
def caller_page(request: HttpRequest, person_id: int) -> HttpResponse:
    """GET shows the person, with identity masked; POST shows it whole. Both are written down before anything
    leaves, or nothing leaves."""
    _must_see_people(request)
    people = staff_rows(Person, request.user).select_related("user")
    person = get_object_or_404(people, pk=person_id)
    seen = caller.read(person, by=request.user)  # type: ignore[arg-type]
    whole = request.method == "POST"
    context: dict[str, Any] = {
        **staff_site.each_context(request),
        "title": person.full_name,
        "caller": seen,
        "identity": tables.identity(person, whole=whole),
        "whole": whole,
        "panels": list(tables.tables(request, seen)),
        "buttons": tables.buttons(request, person),
    }
    page = render(request, "admin/staff_caller.html", context)
    audit.record(
        IDENTITY if whole else OPENED,
        by=request.user,
        subject=person,
        what=audit.thing(person),
        address=reasons.address(request),
    )
    watch.watch(request.user)
    return page


def _must_see_people(request: HttpRequest) -> None:
    if not request.user.has_perm("accounts.view_person"):
        raise PermissionDenied
