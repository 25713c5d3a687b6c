"""What somebody has begun to write and not sent yet: one draft a person and kind, for 30 days.

An app says once where the form of its kind stands (`register_form`), for the home page to lead back to it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cases.lifecycle import Text, kind_of
from cases.models import Case, Draft

if TYPE_CHECKING:
    from accounts.models import User

LIFE = timedelta(days=30)
# A form is a few fields; what is longer than any field of ours is no draft of one.
LONGEST_FIELD = 20_000

_FORMS: dict[str, str] = {}


@dataclass(frozen=True)
class Begun:
    """A draft as the home page shows it."""

    kind: str
    label: Text
    url: str
    saved_at: datetime
    dies_at: datetime


def register_form(kind: str, url_name: str) -> None:
    _FORMS[kind] = url_name


def save(user: "User", kind: str, data: Mapping[str, str]) -> Draft:
    """The latest words win: a draft is one person's, in as many tabs as they like."""
    kept = {name: str(value)[:LONGEST_FIELD] for name, value in data.items()}
    draft, _made = Draft.objects.update_or_create(
        user=user, kind=kind, defaults={"data": kept, "saved_at": timezone.now()}
    )
    return draft


def load(user: "User", kind: str) -> dict[str, str]:
    """What was saved; {} if there is nothing, or if it is too old although the sweep has not come by yet."""
    draft = Draft.objects.filter(user=user, kind=kind, saved_at__gt=timezone.now() - LIFE).first()
    data = dict(draft.data) if draft else {}
    # Saved by a tab that stayed open after another one had sent: a new form, or its words would be lost.
    if _was_sent(user, data.get("sent_key", "")):
        del data["sent_key"]
    return data


def _was_sent(user: "User", sent_key: str) -> bool:
    try:
        key = uuid.UUID(sent_key)
    except ValueError:
        return False
    return Case.objects.filter(asked_by=user, sent_key=key).exists()


def discard(user: "User", kind: str) -> None:
    Draft.objects.filter(user=user, kind=kind).delete()


def begun(user: "User") -> list[Begun]:
    rows = Draft.objects.filter(user=user, kind__in=_FORMS, saved_at__gt=timezone.now() - LIFE)
    return [
        Begun(row.kind, kind_of(row.kind).label, reverse(_FORMS[row.kind]), row.saved_at, row.saved_at + LIFE)
        for row in rows
    ]


@transaction.atomic
def forget_old() -> int:
    """Drafts of which nobody has written for 30 days. Returns how many."""
    return Draft.objects.filter(saved_at__lte=timezone.now() - LIFE).delete()[0]
