"""Small wrappers around every request: its size, its name, its headers."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from core.error_pages import error_page, too_large
from core.references import is_reference
from core.referer import way_back

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger("portal.request")
REQUEST_ID = re.compile(r"^[0-9a-zA-Z-]{8,64}$")


def body_cap(get_response: GetResponse) -> GetResponse:
    """Refuse a body that is too large before anything reads it.

    The CSRF middleware parses the body: without this, 300 MB from a stranger land on the disk and are
    refused only then. Files may be sent to a few addresses: see `upload_door`. The connection is the server's
    affair (PEP 3333): gunicorn reads up to 64 KiB of what nobody read, in order to use the connection again,
    and closes it when there is more.
    """
    uploads = _upload_paths()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        measured = length.isascii() and length.isdigit()
        chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        limit = settings.UPLOAD_CAP_BYTES if uploads.fullmatch(request.path_info) else settings.BODY_CAP_BYTES
        if chunked or not measured or int(length) > limit:
            return too_large(request, limit=limit)
        return get_response(request)

    return middleware


def upload_door(get_response: GetResponse) -> GetResponse:
    """Where files may be sent, a stranger's body is not read either: he is sent to the log-in first."""
    uploads = _upload_paths()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if uploads.fullmatch(request.path_info) and not request.user.is_authenticated:
            return redirect_to_login(way_back(request, otherwise=reverse("home")))
        return get_response(request)

    return middleware


def wrong_method(get_response: GetResponse) -> GetResponse:
    """Say in words what Django's decorators say with an empty page: this address only takes a form."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        words: bytes = getattr(response, "content", b"")
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or words:
            return response
        page = error_page(request, response.status_code)
        for name in ("Allow", "Cache-Control"):
            if response.has_header(name):
                page[name] = response[name]
        return page

    return middleware


def _upload_paths() -> re.Pattern[str]:
    return re.compile("|".join(settings.UPLOAD_PATHS))


def request_id(get_response: GetResponse) -> GetResponse:
    """Give each request an id that stands in every log line and on the error page."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        trusted = settings.TRUSTED_PROXIES > 0 and REQUEST_ID.match(given)
        request.request_id = given if trusted else uuid.uuid4().hex[:12]  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        started = time.perf_counter()
        response = get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        match = getattr(request, "resolver_match", None)
        logger.info(
            "request",
            extra={
                "method": request.method,
                # The route, never the address: an address may hold a code that opens something.
                "route": match.view_name if match else None,
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000),
            },
        )
        structlog.contextvars.clear_contextvars()
        return response

    return middleware


class OneSpelling:
    """A reference is typed as it is heard, in lower case too. Its page has one address, and that leads there,
    whether or not there is such a thing: what it is, the page says to whom it may."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> HttpResponseBase | None:
        typed = named.get("reference", "")
        if typed == typed.upper() or request.method not in {"GET", "HEAD"} or not is_reference(typed):
            return None
        match = request.resolver_match
        if match is None:
            return None
        address = reverse(match.view_name, kwargs=named | {"reference": typed.upper()})
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{address}?{query}" if query else address)


def own_downloads(get_response: GetResponse) -> GetResponse:
    """A document is handed out to our own pages, not to a page of somebody else's that asks for it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        attached = response.get("Content-Disposition", "").startswith("attachment")
        if attached and request.headers.get("Sec-Fetch-Site") == "cross-site":
            response.close()
            return error_page(request, 403, template="403_download.html")
        return response

    return middleware


def extra_headers(get_response: GetResponse) -> GetResponse:
    """No page is kept by a shared computer or a proxy; none may be read by another site."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
        return response

    return middleware
