"""The page of ours from which a form was sent."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def page_of_form(request: HttpRequest) -> str:
    """Its path with its query; nothing, if the browser does not say or it was no page of this portal."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return ""
    return urlsplit(referer)._replace(scheme="", netloc="", fragment="").geturl() or "/"


def way_back(request: HttpRequest, *, otherwise: str) -> str:
    """Where somebody goes on after the log-in: an address that only takes forms is no page to open."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    return page_of_form(request) or otherwise
