from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.requests import CustomerRequest
from core.files import download
from policies import actions, half_written
from policies.certificates import CertificateRefused, standing
from policies.forms import CertificateForm
from policies.models import Certificate

PER_PAGE = 20


@require_safe
def certificate_list(request: CustomerRequest) -> HttpResponse:
    rows = Certificate.objects.visible_to(request.user).select_related("insured__person")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "policies/certificate_list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_create(request: CustomerRequest) -> HttpResponse:
    if half_written.LATE in request.POST:
        return redirect(half_written.keep(request.user, {}, request.POST))
    kept = half_written.written_by(request.user, request.GET)
    form = CertificateForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial={"insured": request.GET.get("insured", "")} | kept,
    )
    if form.is_valid():
        try:
            return redirect(actions.ask_certificate(**form.cleaned_data, by=request.user))
        except CertificateRefused as refused:
            form.add_refusals(refused.refusals)
    return render(request, "policies/certificate_form.html", {"form": form, "kept": bool(kept)})


@require_safe
def certificate_detail(request: CustomerRequest, reference: str) -> HttpResponse:
    certificate = _find(request, reference)
    context = {"certificate": certificate, "stated": certificate.statement}
    if certificate.status == Certificate.Status.READY:
        context["standing"] = standing(certificate)
    return render(request, "policies/certificate_detail.html", context)


@require_GET
def certificate_progress(request: CustomerRequest, reference: str) -> HttpResponse:
    """Asked every two seconds by the waiting page: nothing while it waits, then the whole page again."""
    certificate = _find(request, reference)
    if not request.htmx:
        return redirect(certificate)
    if certificate.status == Certificate.Status.ASKED:
        return HttpResponse(status=204)
    return HttpResponseClientRefresh()


@require_GET
def certificate_download(request: CustomerRequest, reference: str) -> FileResponse:
    certificate = _find(request, reference)
    if certificate.status != Certificate.Status.READY:
        raise Http404
    with translation.override(certificate.language):
        name = pgettext("name of a file, without spaces or accents", "travel-certificate")
    return download(
        certificate.file, filename=f"{name}-{certificate.reference}.pdf", content_type="application/pdf"
    )


@require_POST
def certificate_retry(request: CustomerRequest, reference: str) -> HttpResponse:
    certificate = _find(request, reference)
    actions.retry_certificate(certificate=certificate, by=request.user)
    return redirect(certificate)


def _find(request: CustomerRequest, reference: str) -> Certificate:
    rows = Certificate.objects.visible_to(request.user).select_related(
        "insured__person", "insured__policy__edition"
    )
    return get_object_or_404(rows, reference=reference)
