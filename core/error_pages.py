"""Error pages in plain words, drawn without a database and without a session."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from core.context import brand

RETRY_SECONDS = 600


def error_page(
    request: HttpRequest,
    status: int,
    *,
    template: str | None = None,
    retry_after: int | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page `<status>.html` (or `template`) in the reader's language.

    `retry_after`: in how many seconds the same request may go well; said on the page and in the header.
    """
    full = {
        **brand(),
        "reference": getattr(request, "request_id", ""),
        "retry_minutes": -(-retry_after // 60) if retry_after else None,
        **(context or {}),
    }
    with translation.override(_language(request)):
        response = HttpResponse(render_to_string(template or f"{status}.html", full), status=status)
        response["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def too_large(request: HttpRequest, *, limit: int) -> HttpResponse:
    return error_page(request, 413, context={"limit_bytes": limit})


def too_many_requests(request: HttpRequest, *, retry_after: int = RETRY_SECONDS) -> HttpResponse:
    return error_page(request, 429, retry_after=retry_after)


def _language(request: HttpRequest) -> str:
    """An error may come before the language is chosen: then the cookie or the browser says."""
    return getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(request)
