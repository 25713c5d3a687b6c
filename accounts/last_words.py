"""What arrives after its log-in has run out is kept while it is still known whose it is.

An app says once which of its pages take what people write (`register_keeper`). A form of such a page that
comes too late is handed to its keeper, with the account that the session still names; then the session ends.
Those pages also have a longer life without a sign of anybody: see accounts/session_life.py.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import Resolver404, resolve

if TYPE_CHECKING:
    from accounts.models import User

# (account, arguments of the address, what was typed) -> the address where it is read again, or nothing.
Keeper = Callable[["User", Mapping[str, Any], QueryDict], str]

_KEEPERS: dict[str, Keeper] = {}


class _Token(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def register_keeper(url_name: str, keeper: Keeper) -> None:
    _KEEPERS[url_name] = keeper


def is_written_on(request: HttpRequest) -> bool:
    """Whether the page takes what people write at length."""
    match = request.resolver_match
    return match is not None and match.view_name in _KEEPERS


def keep(request: HttpRequest) -> str:
    """Where what was sent too late is read again; nothing, if none of it was kept."""
    if request.method != "POST":
        return ""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return ""
    keeper = _KEEPERS.get(match.view_name)
    if keeper is None or not _is_ours(request):
        return ""
    try:
        return keeper(cast("User", request.user), match.kwargs, request.POST)
    except Http404:
        return ""


def _is_ours(request: HttpRequest) -> bool:
    """Nobody else's page writes into anybody's drafts: the token is looked at before a word is kept."""

    def nothing(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    token = _Token(nothing)
    token.process_request(request)
    return token.process_view(request, nothing, (), {}) is None
