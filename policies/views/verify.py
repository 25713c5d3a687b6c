"""Anybody who holds a certificate may ask here whether it is real. The page says as little as it can."""

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core.limits import seconds_to_wait
from core.references import normalise_code
from policies.certificates import standing
from policies.models import Certificate

# With 25**12 codes nobody finds one by chance; this keeps one address from wearing the server out.
RATE = {"verify": "30/m/ip"}
LONGEST = 40


@login_not_required
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    code = normalise_code(request.GET.get("code", "")[:LONGEST])
    if code:
        return redirect("verify_code", code=code)
    return render(request, "policies/verify.html", {"empty": "code" in request.GET})


@login_not_required
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    usage = ratelimit.consume(request, app="portal", action="verify", config=RATE, limit_get=True)
    if not usage:
        response = render(request, "policies/verify_too_often.html", status=429)
        wait = seconds_to_wait(request, app="portal", config=RATE, actions=RATE)
        response["Retry-After"] = str(wait or 1)
        return response
    certificate = (
        Certificate.objects.filter(code=normalise_code(code[:LONGEST]), status=Certificate.Status.READY)
        .select_related("insured__person", "insured__policy__edition")
        .first()
    )
    context = {"certificate": certificate, "code": code[:LONGEST]}
    if certificate is not None:
        context["standing"] = standing(certificate)
    return render(request, "policies/verify_result.html", context)
