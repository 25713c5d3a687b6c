"""Lists that cost the same on the first page and on the last one of a million rows.

Django's list counts twice and reads OFFSET rows for nothing. Ours asks for one row more than a page holds,
and a page is named by the row after (or before) which it begins.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    from core.staff.model_admin import StaffAdmin

AFTER, BEFORE = "after", "before"


class StaffChangeList(ChangeList):
    model_admin: "StaffAdmin"

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (AFTER, BEFORE)}

    def get_query_string(
        self, new_params: dict[str, Any] | None = None, remove: Iterable[str] | None = None
    ) -> str:
        return super().get_query_string({AFTER: None, BEFORE: None, **(new_params or {})}, remove)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Only the order that an index serves; never one from the address."""
        narrowed = {name.split("__")[0] for name in self.get_filters_params()}
        return list(self.model_admin.get_keyset(narrowed))

    def get_results(self, request: HttpRequest) -> None:
        keyset = self.get_ordering(request, self.queryset)
        backwards = BEFORE in self.filter_params and AFTER not in self.filter_params
        boundary = self._boundary(request.GET.get(BEFORE if backwards else AFTER, ""), keyset)
        rows = self.queryset
        if boundary:
            rows = rows.filter(_beyond(keyset, boundary, backwards=backwards))
        if backwards:
            rows = rows.order_by(*map(_reversed, keyset))
        found = list(rows[: self.list_per_page + 1])
        more = len(found) > self.list_per_page
        found = found[: self.list_per_page]
        if backwards:
            found.reverse()
        before_it, after_it = (more, True) if backwards else (boundary is not None, more)
        self.previous_url = self._page_url(BEFORE, found[0]) if found and before_it else ""
        self.next_url = self._page_url(AFTER, found[-1]) if found and after_it else ""
        self.first_url = self.get_query_string() if boundary else ""
        self.notice = getattr(request, "search_notice", "")
        self.kept = {name: value for name, value in self.params.items() if name in self.get_filters_params()}
        self.narrowed = bool(self.kept)

        self.result_list = found
        self.result_count = self.full_result_count = len(found)
        self.show_full_result_count = False
        self.show_admin_actions = bool(found)
        self.can_show_all = self.multi_page = False

    def _page_url(self, side: str, row: Any) -> str:
        return self.get_query_string({side: row.pk})

    def _boundary(self, cursor: str, keyset: list[str]) -> tuple[Any, ...] | None:
        """The values of the row at which the page begins; a made-up cursor is the first page."""
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            return None
        names = [name.lstrip("-") for name in keyset]
        if names == ["id"]:
            return (int(cursor),)
        return self.root_queryset.filter(pk=cursor).values_list(*names).first()


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(keyset: list[str], boundary: tuple[Any, ...], *, backwards: bool) -> Q:
    """(a, b) > (x, y) as: a > x, or a = x and b > y."""
    condition = Q()
    equal: dict[str, Any] = {}
    for field, value in zip(keyset, boundary, strict=True):
        name = field.lstrip("-")
        side = "lt" if field.startswith("-") != backwards else "gt"
        condition |= Q(**equal, **{f"{name}__{side}": value})
        equal[name] = value
    return condition
