"""The menu: what a person's own policies unlock, in one table. It guards nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases.reading import unread_count
from policies.models import Policy
from portal.features import is_on

# A new policy unlocks its pages after this many seconds at the latest.
REMEMBERED = 60


@dataclass(frozen=True)
class Section:
    label: Any
    url_name: str
    # A feature of the edition of at least one current policy; "" is open to everybody who has logged in.
    feature: str = ""
    # How many things in it are new.
    news: Callable[[Any], int] | None = None


SECTIONS = (
    Section(_("Home"), "home"),
    Section(_("My policies"), "policies:list"),
    Section(_("My requests"), "cases:list", news=unread_count),
    Section(_("Travel certificates"), "policies:certificate_list", "travel"),
)


@dataclass(frozen=True)
class Entry:
    label: Any
    url: str
    current: bool
    news: int = 0


class Menu:
    """For the page of one request: its lines, and a key that two people share whose menus look alike."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _shown(self) -> list[Section]:
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        unlocked = unlocked_features(user)
        return [
            section
            for section in SECTIONS
            if is_on(section.url_name) and (not section.feature or section.feature in unlocked)
        ]

    @cached_property
    def key(self) -> str:
        """Empty for who has no menu."""
        if not self._shown:
            return ""
        match = self._request.resolver_match
        # All pages of one route stand in the same section.
        place = match.route if match else self._request.path
        return " ".join([*(f"{section.url_name}={self._news(section)}" for section in self._shown), place])

    @cached_property
    def entries(self) -> list[Entry]:
        urls = {section: reverse(section.url_name) for section in self._shown}
        path = self._request.path
        # The longest address that the page begins with: a certificate belongs to its section.
        inside = [url for url in urls.values() if path == url or (url != "/" and path.startswith(url))]
        here = max(inside, key=len, default="")
        return [
            Entry(section.label, urls[section], urls[section] == here, self._news(section))
            for section in self._shown
        ]

    def _news(self, section: Section) -> int:
        return section.news(self._request.user) if section.news else 0


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {"menu": Menu(request)}


def unlocked_features(user: Any) -> frozenset[str]:
    """The features of the editions of all current policies of which the user sees the contract."""
    if user.person_on_file is None:
        return frozenset()
    key = f"features:{user.person_on_file.pk}"
    features: frozenset[str] | None = caches["fragments"].get(key)
    if features is None:
        features = _features(user)
        caches["fragments"].set(key, features, REMEMBERED)
    return features


def _features(user: Any) -> frozenset[str]:
    lists: Iterable[list[str]] = (
        Policy.objects.visible_to(user).current().values_list("edition__features", flat=True)
    )
    return frozenset(feature for features in lists for feature in features)
