"""Changed accounts for the insurer's own systems: a file of what they have not been told yet.

Described in docs/feed.md and changes_datapackage.json. The file is there, whole and on the disk, before the
rows are marked: after a crash in between the same change comes twice, and is the same by its reference.
"""

import csv
import io
import logging
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from core.ages import today_in_madrid
from core.deadlines import MADRID, start_of_day
from servicing.models import BankAccountChange

logger = logging.getLogger(__name__)

COLUMNS = (
    "mandate_reference", "policy_number", "iban", "account_owner", "signed_on", "used_from",
    "replaced_iban", "asked_at", "refunds_from", "exported_at",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LINE_ENDS = re.compile(r"[\r\n]")


@dataclass(frozen=True)
class Exported:
    """`path` is None where there was nothing to export."""

    path: Path | None
    count: int


def export_new(directory: Path) -> Exported:
    """Write what was not exported yet into a new file of `directory`, and mark it. Two at once never share
    a row: the second one waits."""
    now = timezone.now()
    with transaction.atomic():
        # Locked by key first: what another run has just marked is no longer found.
        waiting = BankAccountChange.objects.to_take_over().select_for_update(of=("self",))
        keys = list(waiting.order_by("pk").values_list("pk", flat=True))
        if not keys:
            return Exported(None, 0)
        BankAccountChange.objects.filter(pk__in=keys).update(exported_at=now)
        path = directory / f"bank_accounts-{now.astimezone(MADRID):%Y%m%dT%H%M%S}-{keys[0]}.csv"
        _write(path, _changes(keys))
    logger.info("bank_accounts_exported", extra={"file": path.name, "rows": len(keys)})
    return Exported(path, len(keys))


def export_day(directory: Path, day: date) -> Exported:
    """Write again all that was exported on a day in Madrid, into the same file; nothing is marked."""
    moments = start_of_day(day), start_of_day(day + timedelta(days=1))
    found = BankAccountChange.objects.filter(exported_at__gte=moments[0], exported_at__lt=moments[1])
    keys = list(found.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return Exported(None, 0)
    path = directory / f"bank_accounts-{day:%Y%m%d}-again.csv"
    _write(path, _changes(keys))
    logger.info("bank_accounts_exported_again", extra={"file": path.name, "rows": len(keys)})
    return Exported(path, len(keys))


def offer_again(change: BankAccountChange, *, by: object) -> None:
    """Into the next file once more: the insurer's system lost it, or refused it."""
    with transaction.atomic():
        BankAccountChange.objects.filter(pk=change.pk).update(exported_at=None)
        change.refresh_from_db(fields=["exported_at"])
        logger.info("bank_account_offered_again", extra={"case": change.pk, "by": getattr(by, "pk", None)})


def _changes(keys: Sequence[int]) -> Iterable[tuple[str, ...]]:
    rows = BankAccountChange.objects.filter(pk__in=keys).select_related("case__policy").order_by("pk")
    for change in rows:
        policy = change.case.policy
        yield (
            change.mandate_reference,
            policy.number if policy else "",
            change.iban,
            change.account_owner,
            today_in_madrid(change.case.opened_at).isoformat(),
            change.holds_from.isoformat(),
            change.replaces,
            _moment(change.case.opened_at),
            _moment(change.refunds_from),
            _moment(change.exported_at),
        )


def _moment(moment: datetime | None) -> str:
    """In Madrid's time, with its distance from UTC."""
    return moment.astimezone(MADRID).isoformat(timespec="seconds") if moment else ""


def escaped(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Whole or not at all, and for the owner's eyes only."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerows([_LINE_ENDS.sub(" ", escaped(cell)) for cell in row] for row in rows)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".bank_accounts-", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text.getvalue())
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
