"""What the queue can be narrowed to."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.clocks import CUSTOMER
from cases.lifecycle import kinds
from cases.reminders import passed, soon
from cases.teams import TEAMS
from core.ages import today_in_madrid
from core.staff.filters import ToDoFilter

Lookups = list[tuple[str, Any]]


class ClosedFilter(ToDoFilter):
    title = gettext_lazy("open or closed")
    parameter_name = "closed"
    first, rest = gettext_lazy("Open"), gettext_lazy("Closed")
    to_do = Q(closed_at=None)


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        words = {row.code: row.word for kind in kinds() for row in kind.states.values()}
        ours: Lookups = [
            ("late", _("Late")),
            ("soon", _("Due within two working days")),
            ("customer_late", _("The customer's day has passed")),
            ("unread", _("With an unread message")),
        ]
        return ours + sorted(words.items(), key=lambda row: str(row[1]))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset
            case "late":
                return queryset.filter(clock__lt=today_in_madrid())
            case "soon":
                return queryset.filter(clock__range=(today_in_madrid(), soon()))
            case "customer_late":
                return queryset.filter(Exists(passed().filter(case=OuterRef("pk"), term=CUSTOMER)))
            case "unread":
                return queryset.filter(unread=True)
            case code:
                return queryset.filter(status=code)


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [(kind.code, kind.label) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class TopicFilter(admin.SimpleListFilter):
    title = gettext_lazy("topic")
    parameter_name = "topic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return list({code: label for kind in kinds() for code, label in kind.topics.items()}.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(topic=self.value()) if self.value() else queryset


class TeamFilter(admin.SimpleListFilter):
    title = gettext_lazy("team")
    parameter_name = "team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return list(TEAMS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(team=self.value()) if self.value() else queryset


class HandsFilter(admin.SimpleListFilter):
    title = gettext_lazy("in the hands of")
    parameter_name = "hands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [("mine", _("Mine")), ("nobody", _("Nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mine":
            return queryset.filter(assigned_to=request.user)
        return queryset.filter(assigned_to=None) if self.value() == "nobody" else queryset
