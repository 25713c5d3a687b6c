"""Walk the audit chain from its first row, or from a later one, and say where it is broken."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import transaction

from core import audit
from core.files import sync
from core.models import AuditEntry

logger = logging.getLogger(__name__)

CHUNK = 2000
BROKEN = "record-broken"


@dataclass(frozen=True)
class Fault:
    seq: int
    words: str

    def __str__(self) -> str:
        return f"row {self.seq}: {self.words}"


@dataclass(frozen=True)
class Head:
    """The last row that was seen: kept outside the database, it is the witness of all before it."""

    seq: int
    digest: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """As it is written above; None: it is no head."""
        found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text)
        return cls(int(found[1]), found[2]) if found else None


class Walk:
    """Iterating gives the faults, in order; afterwards `count` and `head` tell what was seen.

    A row is told as changed where its own hash does not fit it. Where somebody computed that anew, the next
    row does not follow it; and where everything after it was computed anew too, only a head that was kept
    elsewhere shows it (`witness`).
    """

    def __init__(self, *, since: int = 1, witness: Head | None = None) -> None:
        self.since = max(since, 1)
        self.witness = witness
        self.count = 0
        self.head = Head(0, AuditEntry.GENESIS)

    def __iter__(self) -> Iterator[Fault]:
        if self.since > 1:
            before = AuditEntry.objects.filter(seq=self.since - 1).first()
            if before is None:
                yield Fault(self.since - 1, "missing")
            else:
                self.head = Head(before.seq, before.digest)
        seen = self.witness is None
        for row in AuditEntry.objects.filter(seq__gte=self.since).order_by("seq").iterator(CHUNK):
            yield from self._row(row)
            if self.witness and row.seq == self.witness.seq:
                seen = True
                if row.digest != self.witness.digest:
                    yield Fault(row.seq, "is not the row of which the hash was kept")
        if self.witness and not seen:
            yield Fault(self.witness.seq, "missing, and its hash was kept")

    def _row(self, row: AuditEntry) -> Iterator[Fault]:
        expected = self.head.seq + 1 if self.head.seq else self.since
        if row.seq > expected:
            last = row.seq - 1
            yield Fault(expected, "missing" if last == expected else f"missing, and all to {last}")
        elif row.previous != self.head.digest and self.head.seq + 1 == row.seq:
            yield Fault(row.seq, f"does not follow row {self.head.seq}: one of the two was changed or put in")
        if row.computed_digest() != row.digest:
            yield Fault(row.seq, "changed")
        self.count += 1
        self.head = Head(row.seq, row.digest)


def verify() -> AuditEntry | None:
    """Walk all of it; one alert for those who see the record, if it is broken.

    The head is kept in the log and beside the private files: what somebody who has the database alone cuts
    off at the end, or writes anew, shows all the same. A broken chain leaves the last good head there.
    """
    walk = Walk(witness=_kept())
    faults, first = 0, ""
    for fault in walk:
        faults, first = faults + 1, first or str(fault)
    if not faults:
        logger.info("audit_chain_whole", extra={"rows": walk.count, "head": str(walk.head)})
        _keep(walk.head)
        return None
    with transaction.atomic():
        entry = audit.record(BROKEN, by=None, words=f"{first} ({faults})")
    logger.error("audit_chain_broken", extra={"rows": walk.count, "faults": faults, "first": first})
    return entry


def _place() -> Path:
    return Path(settings.PRIVATE_FILES) / "audit-head"


def _kept() -> Head | None:
    try:
        text = _place().read_text("ascii", errors="replace")
    except FileNotFoundError:
        return None
    head = Head.read(text)
    if head is None:
        logger.warning("audit_head_unreadable", extra={"place": str(_place())})
    return head


def _keep(head: Head) -> None:
    """Of an empty chain there is nothing to keep."""
    if not head.seq:
        return
    place = _place()
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f"{place.name}.new")
    new.write_text(str(head), "ascii")
    sync(new)
    new.replace(place)
    sync(place.parent)
