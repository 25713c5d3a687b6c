"""The copy of what was sent: asked for, waited for, downloaded."""

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from accounts.requests import CustomerRequest
from cases import copies
from cases.models import Case, SentCopy
from core.files import download


@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: CustomerRequest, reference: str) -> HttpResponse:
    """Asked every two seconds while it waits: nothing then, and the whole page again once it is over."""
    case = get_object_or_404(
        Case.objects.visible_to(request.user).select_related("sent_copy"), reference=reference
    )
    may_act = case.lets_act(request.user)
    if request.method == "POST":
        if not may_act:
            raise Http404
        copies.ask(case=case, by=request.user)
        return redirect("cases:copy", reference=case.reference)
    row = copies.of(case)
    if request.htmx:
        waits = row is not None and row.status == SentCopy.Status.ASKED
        return HttpResponse(status=204) if waits else HttpResponseClientRefresh()
    context = {
        "case": case,
        "copy": row,
        "current": row is not None and copies.is_current(row, request.user),
        "may_act": may_act,
    }
    return render(request, "cases/copy.html", context)


@require_GET
def copy_download(request: CustomerRequest, reference: str) -> FileResponse:
    row = get_object_or_404(
        SentCopy.objects.visible_to(request.user).select_related("case"), case__reference=reference
    )
    if row.status != SentCopy.Status.READY:
        raise Http404
    with translation.override(row.language):
        name = pgettext("name of a file, without spaces or accents", "copy-of-request")
    return download(row.file, filename=f"{name}-{row.case.reference}.pdf", content_type="application/pdf")
