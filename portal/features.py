"""Which parts of the portal an insurer offers: `features` of its brand.toml decides. See docs/brand.md."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# How the names of a part's addresses begin → the features of which one at least must be on. What does not
# stand here is always there.
PARTS: dict[str, frozenset[str]] = {
    "policies:certificate_": frozenset({"certificates"}),
    "verify": frozenset({"certificates"}),
    "cases:": frozenset({"servicing"}),
    "servicing:": frozenset({"servicing"}),
}


def is_on(url_name: str) -> bool:
    """Whether this insurer's portal has the page."""
    on = settings.BRAND.features
    return all(on & needed for beginning, needed in PARTS.items() if url_name.startswith(beginning))


class FeatureMiddleware:
    """The addresses of a part that is off do not exist, for nobody."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> None:
        if request.resolver_match is not None and not is_on(request.resolver_match.view_name):
            raise Http404
