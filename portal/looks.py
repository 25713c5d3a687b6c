"""Who of the staff has read what is about health: one's own, and that of whom one may know it of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Person
from core import audit
from core.models import AuditEntry
from policies.access import Level
from policies.models import InsuredPerson

PAGE = 50
# No list of anybody is so long; a page number without end would read the whole index.
MOST_PAGES = 1000


@dataclass(frozen=True)
class Look:
    at: datetime
    whose: str
    role: str
    reason: Any
    words: str
    thing: str
    reference: str


@dataclass(frozen=True)
class Looks:
    linked: bool
    looks: list[Look]
    several: bool = False
    number: int = 1
    more: bool = False


def looks(user: Any, number: int = 1) -> Looks:
    """Page `number` of them, newest first."""
    me: Person | None = user.person_on_file
    if me is None:
        return Looks(linked=False, looks=[])
    insured = InsuredPerson.objects.visible_to(user, Level.CLINICAL).select_related("person")
    names = {row.person_id: row.person.full_name for row in insured} | {me.pk: me.full_name}
    number = max(1, min(number, MOST_PAGES))
    start = (number - 1) * PAGE
    entries = AuditEntry.objects.filter(verb=audit.READ, subject__in=names).order_by("-seq")
    found = list(entries[start : start + PAGE + 1])
    return Looks(
        linked=True,
        looks=[_look(entry, names[entry.subject_id or 0]) for entry in found[:PAGE]],
        several=len(names) > 1,
        number=number,
        more=len(found) > PAGE,
    )


def _look(entry: AuditEntry, whose: str) -> Look:
    thing, reference = audit.thing_words(entry.what)
    if entry.what.startswith("accounts.person:"):
        thing, reference = _("the whole file"), ""
    return Look(
        at=entry.at,
        whose=whose,
        role=_role(entry.role),
        reason=audit.REASONS.get(entry.reason, ""),
        words=entry.words,
        thing=thing,
        reference=reference,
    )


def _role(role: str) -> str:
    """A group of the staff goes by the name that the insurer gave it."""
    ours = {
        audit.PORTAL: _("The portal itself"),
        audit.SUPERUSER: _("Administrator of the portal"),
        audit.STAFF: _("Somebody who works here"),
    }
    return ours.get(role, role)
