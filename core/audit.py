"""Who did what, who read what, and why: one chain of rows that only grows.

Each row carries the hash of the one before it, so that a row changed, taken away or put in by whoever holds
the database shows in `manage.py verify_audit`. Its number is drawn inside the lock that every writer takes:
numbers handed out before a lock let two writers follow the same row.
"""

from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import AuditEntry

# Of pg_advisory_xact_lock: one writer of the chain at a time, until their commit. Any constant will do.
LOCK = 0x41554449
# Health data was opened to somebody. A button writes "press-" and its name.
READ = "read"
# The page of somebody on file was opened in the admin; no health data stands on it.
OPENED = "opened"
OTHER = "other"
# Why somebody of the staff reads what is about health; the person is told it in these words too.
REASONS: dict[str, str | Promise] = {
    "request": _("To handle a request"),
    "call": _("To answer a call or a message of the person"),
    "complaint": _("To handle a complaint"),
    "law": _("Because the law requires it"),
    OTHER: _("Another reason"),
}

PORTAL, SUPERUSER, STAFF, CUSTOMER = "portal", "superuser", "staff", "customer"


def record(
    verb: str,
    *,
    by: Any,
    subject: Any = None,
    what: str = "",
    reason: str = "",
    words: str = "",
    address: str = "",
) -> AuditEntry:
    """One more row, in the caller's transaction: what it tells of happens with it, or neither does.

    Call it last: every other writer waits from here to the commit. `what` is a reference or the name of a
    thing, never health data. `by` is the user who acts, `subject` a Person; `by=None` is the portal itself.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an audit row is written with what it tells of")
    actor = by if by is not None and by.is_authenticated else None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    # A statement of its own, after the lock: it sees what the writer before has committed.
    last = AuditEntry.objects.order_by("-seq").only("seq", "digest").first()
    entry = AuditEntry(
        seq=last.seq + 1 if last else 1,
        previous=last.digest if last else AuditEntry.GENESIS,
        at=timezone.now(),
        actor=actor,
        role=role_of(actor),
        verb=verb,
        subject=subject,
        what=what[:200],
        reason=reason,
        words=words[:300],
        address=address[:45],
    )
    entry.digest = entry.computed_digest()
    entry.save()
    return entry


def role_of(actor: Any) -> str:
    """As what somebody acted: their groups by name, at this moment."""
    if actor is None:
        return PORTAL
    groups = ", ".join(actor.groups.order_by("name").values_list("name", flat=True))[:200]
    if groups:
        return groups
    if actor.is_superuser:
        return SUPERUSER
    return STAFF if actor.is_staff else CUSTOMER


def thing(row: Model) -> str:
    """How the record names a row: its model and its reference, where it has one; never what it says."""
    return f"{row._meta.label_lower}:{getattr(row, 'reference', '') or row.pk}"


def thing_words(what: str) -> tuple[str, str]:
    """The kind of thing in words, and its reference, where it is one that people read."""
    label, _colon, reference = what.partition(":")
    try:
        word = str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return what, ""
    return word, "" if reference.isdecimal() else reference
