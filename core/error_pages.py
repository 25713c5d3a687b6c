"""Error pages in plain words, drawn without a database and without a session."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from core.context import brand

MANY_MINUTES = 90


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
        **_in_words(retry_after or 0),
        **(context or {}),
    }
    with translation.override(_language(request)):
        response = HttpResponse(render_to_string(template or f"{status}.html", full), status=status)
        response["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def _in_words(seconds: int) -> dict[str, int]:
    """Rounded up, in the unit in which people would say it."""
    minutes = -(-seconds // 60)
    return {"retry_minutes": minutes, "retry_hours": -(-minutes // 60) if minutes > MANY_MINUTES else 0}


def too_large(request: HttpRequest, *, limit: int) -> HttpResponse:
    return error_page(request, 413, context={"limit_bytes": limit})


def too_many_requests(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    return error_page(request, 429, retry_after=retry_after)


def _language(request: HttpRequest) -> str:
    """An error may come before the language is chosen: then the cookie or the browser says."""
    return getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(request)
