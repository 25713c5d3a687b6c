"""Short tables below a row in the admin: what belongs to it, with links, and never more than a screenful."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Link:
    text: Text
    url: str


@dataclass(frozen=True)
class Panel:
    """`rows` gives the cells of each line for one object; `permission` is needed to see any of it.

    `more` is the address of the whole list. `offered` says to which objects the table belongs, if not to all.
    """

    title: Text
    heads: tuple[Text, ...]
    rows: Callable[[Any], Iterable[Sequence[object]]]
    permission: str
    more: Callable[[Any], str] | None = None
    offered: Callable[[Any], bool] | None = None


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
