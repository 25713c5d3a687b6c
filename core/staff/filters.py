"""A list that shows at first what there is to do; the rest is one click away."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.staff.panels import Text


class ToDoFilter(admin.SimpleListFilter):
    """`to_do` says which rows are shown at first, under the word `first`; the others under `rest`."""

    first: Text
    rest: Text
    to_do: Q

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", self.rest)]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        rows = super().choices(changelist)
        yield {**next(rows), "display": self.first}
        yield from rows

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "1":
            return queryset.exclude(self.to_do)
        # Who looks for one row finds it, done or not.
        return queryset if request.GET.get("q", "").strip() else queryset.filter(self.to_do)
