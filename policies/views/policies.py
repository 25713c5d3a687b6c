"""My policies: list, one policy, its receipts and copayments; and the conditions, which anybody may read."""

import re
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import is_too_young
from accounts.models import User
from policies import reading
from policies.conditions import conditions_of, lines_of
from policies.copayments_page import copayments_page
from policies.models import Edition
from policies.policy_page import policy_page
from policies.receipt_page import receipt_page
from policies.receipts_page import receipts_page

LIST_SIZE = 25


@require_safe
def policy_list(request: HttpRequest) -> HttpResponse:
    before = _text(request, "before")
    found = reading.policies_of(_reader(request), before=before, size=LIST_SIZE + 1)
    if before and not found:
        raise Http404
    shown = found[:LIST_SIZE]
    context = {
        "policies": shown,
        "older": shown[-1].facts.reference if len(found) > LIST_SIZE else "",
        "linked": _reader(request).person_on_file is not None,
        "too_young": not shown and is_too_young(_reader(request)),
    }
    return render(request, "policies/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def policy_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """A POST changes nothing: it is the button that shows the holder the whole account, this once."""
    page = policy_page(_reader(request), reference)
    if page is None:
        raise Http404
    whole = request.method == "POST" and "show_account" in request.POST and page.facts.is_holder
    return render(request, "policies/detail.html", {"page": page, "whole_account": whole})


@require_safe
def receipt_list(request: HttpRequest, reference: str) -> HttpResponse:
    page = receipts_page(
        _reader(request), reference, year=_year(_text(request, "year")), before=_text(request, "before")
    )
    if page is None:
        raise Http404
    return render(request, "policies/receipts.html", {"page": page})


@require_safe
def receipt_detail(request: HttpRequest, reference: str, number: str) -> HttpResponse:
    page = receipt_page(_reader(request), reference, number.replace("\0", ""))
    if page is None:
        raise Http404
    return render(request, "policies/receipt.html", {"page": page})


@require_safe
def copayment_list(request: HttpRequest, reference: str) -> HttpResponse:
    page = copayments_page(
        _reader(request), reference, year=_year(_text(request, "year")), before=_text(request, "before")
    )
    if page is None:
        raise Http404
    return render(request, "policies/copayment_list.html", {"page": page})


@login_not_required
@require_safe
def conditions_list(request: HttpRequest) -> HttpResponse:
    """CTR-27: the general conditions are given to anyone who asks."""
    editions = Edition.objects.select_related("product").order_by("product", "-valid_from")
    return render(request, "policies/conditions_list.html", {"editions": editions})


@login_not_required
@require_safe
def conditions(request: HttpRequest, code: str) -> HttpResponse:
    """CTR-27, one edition."""
    found = conditions_of(code)
    if found is None:
        raise Http404
    context = {"conditions": found, "lines": lines_of(found.phones, settings.BRAND.phones)}
    return render(request, "policies/conditions.html", context)


def _reader(request: HttpRequest) -> User:
    """Pages are closed by default: who comes here has logged in."""
    return cast(User, request.user)


def _text(request: HttpRequest, name: str) -> str:
    """PostgreSQL takes no NUL in a text."""
    return request.GET.get(name, "").replace("\0", "")


def _year(text: str) -> int | None:
    """Anything that is not a year shows all years."""
    return int(text) if re.fullmatch(r"(19|20)\d\d", text, re.ASCII) else None
