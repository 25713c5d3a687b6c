"""The frame of the portal: home, help, contact, legal pages."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import CustomerRequest
from core.context import brand_digest
from portal.guides import GUIDES, shown
from portal.home import home as gather_home
from portal.looks import looks
from servicing.profile_actions import pending_change

# Page of the address → template of the brand folder.
LEGAL_PAGES = {
    "legal-notice": "legal_notice",
    "privacy": "privacy",
    "accessibility": "accessibility",
    "terms": "terms",
    "complaints": "complaints",
}
A_YEAR = 365 * 24 * 3600


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "portal/welcome.html")
    return render(request, "portal/home.html", {"home": gather_home(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: CustomerRequest) -> HttpResponse:
    """A POST changes nothing: it is the button that shows the reader's own DNI whole, this once."""
    context = {
        "person": request.user.person_on_file,
        "change": pending_change(request.user),
        "whole_dni": request.method == "POST" and "show_dni" in request.POST,
    }
    return render(request, "portal/account.html", context)


@require_safe
def who_looked(request: CustomerRequest) -> HttpResponse:
    number = request.GET.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    return render(request, "portal/who_looked.html", {"page": looks(request.user, page)})


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/contact.html")


@login_not_required
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/help/index.html", {"guides": GUIDES})


@login_not_required
@require_safe
def help_topic(request: HttpRequest, topic: str) -> HttpResponse:
    guide = GUIDES.get(topic)
    if guide is None:
        raise Http404
    steps = shown(guide, get_language() or settings.LANGUAGE_CODE)
    return render(request, "portal/help/guide.html", {"guide": guide, "steps": steps})


@login_not_required
@require_safe
def legal(request: HttpRequest, page: str) -> HttpResponse:
    if page not in LEGAL_PAGES:
        raise Http404
    context = {"fragment": f"brand/legal/{LEGAL_PAGES[page]}.html", "page": page}
    return render(request, "portal/legal.html", context)


@login_not_required
@require_safe
def brand_css(request: HttpRequest, digest: str) -> HttpResponse:
    """The brand's colours; the digest in the address lets browsers keep it for a year."""
    if digest != brand_digest():
        return redirect(reverse("brand_css", args=[brand_digest()]))
    response = HttpResponse(settings.BRAND.colours.stylesheet, content_type="text/css")
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for a search engine but the first page."""
    return HttpResponse("User-agent: *\nAllow: /$\nDisallow: /\n", content_type="text/plain")
