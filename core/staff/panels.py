"""Short tables below a row in the admin: what belongs to it, with links, and never more than a screenful."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from core.staff import reasons

Text = str | Promise


@dataclass(frozen=True)
class Link:
    text: Text
    url: str


@dataclass(frozen=True)
class Panel:
    """`rows` gives the cells of each line for one object; `permission` is needed to see any of it.

    `more` is the address of the whole list. `offered` says to which objects the table belongs, if not to all.
    `clinical` says whether it shows health data, of every object or of this one: then nothing of it is read
    before a reason was given.
    """

    title: Text
    heads: tuple[Text, ...]
    rows: Callable[[Any], Iterable[Sequence[object]]]
    permission: str
    more: Callable[[Any], str] | None = None
    offered: Callable[[Any], bool] | None = None
    clinical: bool | Callable[[Any], bool] = False

    def is_clinical(self, obj: Any) -> bool:
        return self.clinical(obj) if callable(self.clinical) else self.clinical

    def show(self, request: HttpRequest, obj: Any, *, subject: Model | None, what: str) -> "Shown | None":
        """The table as this member of staff may see it now. The only place where `rows` is called."""
        if not request.user.has_perm(self.permission) or (self.offered and not self.offered(obj)):
            return None
        if self.is_clinical(obj) and not reasons.may_read(request, subject, what):
            return Shown(self.title, ask_url=reasons.ask_url(request, subject, what))
        more = self.more(obj) if self.more else ""
        return Shown(self.title, self.heads, list(self.rows(obj)), more)


@dataclass(frozen=True)
class Shown:
    """A table as the template draws it; closed where it has an `ask_url`."""

    title: Text
    heads: tuple[Text, ...] = ()
    rows: Sequence[Sequence[object]] = ()
    more: str = ""
    ask_url: str = ""


def object_link(obj: Model, text: Text | None = None) -> Link:
    meta = obj._meta
    return Link(
        text if text is not None else str(obj),
        reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk]),
    )


def list_url(model: type[Model], **narrowed: object) -> str:
    """The admin's list of a model, narrowed by fields of its `link_filters` or by what is searched (q)."""
    query = f"?{urlencode(narrowed)}" if narrowed else ""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query
