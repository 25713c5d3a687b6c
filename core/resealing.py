"""After a change of keys: everything sealed is sealed again by the key that seals now.

Each app says where its sealed values lie (`register_sealed`); `manage.py reseal` walks through them all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.secrets import Unreadable, is_sealed_anew, seal, unseal

# Rows that one transaction holds: whoever saves one of them waits for so many, not for all.
BATCH = 200


@dataclass(frozen=True)
class Place:
    name: str
    rows: Callable[[], QuerySet[Any]]
    field: str
    # Puts values of the new key into `field` of the row; whether there was one to change. Raises Unreadable.
    reseal: Callable[[Any], bool]


@dataclass
class Outcome:
    rows: int = 0
    changed: int = 0
    # Primary keys of what no listed key opens; it stays as it is.
    unreadable: tuple[int, ...] = ()


_PLACES: dict[str, Place] = {}


def register_sealed(place: Place) -> None:
    _PLACES[place.name] = place


def places() -> Iterator[Place]:
    yield from _PLACES.values()


def sealed_anew(token: str, *, purpose: str) -> str:
    """By the key that seals now; as it is, if it was that one. Raises Unreadable."""
    return token if is_sealed_anew(token) else seal(unseal(token, purpose=purpose), purpose=purpose)


def reseal(place: Place, *, batch: int = BATCH) -> Outcome:
    """May run twice, be cut off, and run while people work: each row is changed by itself, under its lock."""
    outcome, last = Outcome(), 0
    while True:
        with transaction.atomic():
            rows = list(place.rows().filter(pk__gt=last).order_by("pk").select_for_update()[:batch])
            for row in rows:
                try:
                    changed = place.reseal(row)
                except Unreadable:
                    outcome.unreadable += (row.pk,)
                    continue
                if changed:
                    row.save(update_fields=[place.field])
                    outcome.changed += 1
        outcome.rows += len(rows)
        if len(rows) < batch:
            return outcome
        last = rows[-1].pk
