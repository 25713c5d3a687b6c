"""One run of the import: all files in one transaction, so that it leaves the old book or the new one."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from core.ages import today_in_madrid
from policies.imports import report as reports
from policies.imports import staging
from policies.imports.first_load import is_first_load
from policies.imports.merging import merge
from policies.imports.reading import FeedError, TableFile
from policies.imports.schema import tables
from policies.imports.targets import TARGETS, Target

# Two imports at once would each see half of what the other does.
LOCK = 7_205_759_403
SHOWN_REFUSALS = 20
SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "60s",
    "work_mem": "64MB",
    "maintenance_work_mem": "128MB",
    # Enough to plan a join of keys; the staged rows are looked at for nothing else.
    "default_statistics_target": "10",
    "jit": "off",
}


class TooManyRefusedError(Exception):
    """More rows were refused than a feed may have: nothing of it was taken."""

    def __init__(self, outcome: "Outcome", max_bad: Decimal) -> None:
        super().__init__(f"{outcome.refused} of {outcome.read} rows refused: more than {max_bad} %")
        self.outcome = outcome


@dataclass(frozen=True)
class Counts:
    file: str
    read: int
    inserted: int
    updated: int
    unchanged: int
    refused: int


@dataclass
class Outcome:
    """What a run did. `notes`: what was found and not used. `refusals`: the first, without what was read."""

    counts: list[Counts] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusals: list[tuple[str, int, str, str]] = field(default_factory=list)

    @property
    def read(self) -> int:
        return sum(each.read for each in self.counts)

    @property
    def refused(self) -> int:
        return sum(each.refused for each in self.counts)

    @property
    def written(self) -> int:
        return sum(each.inserted + each.updated for each in self.counts)


class Progress:
    """What a run tells of itself while it runs; this one keeps silent."""

    def begin(self, file: str, size: int) -> None: ...

    def advance(self, characters: int) -> None: ...

    def merging(self) -> None: ...

    def end(self, counts: Counts) -> None: ...


def import_book(
    directory: Path,
    *,
    dry_run: bool = False,
    report: Path | None = None,
    max_bad: Decimal = Decimal(5),
    progress: Progress | None = None,
) -> Outcome:
    """Take the feed in `directory`; `max_bad` is the share of refused rows, in percent, that a run may have.

    Raises FeedError (the feed cannot be read) and TooManyRefusedError; then nothing has changed.
    """
    outcome = Outcome()
    with ExitStack() as stack:
        files = _open(directory, outcome, stack, today=today_in_madrid())
        with _run() as cursor:
            staging.create_refusals(cursor)
            first_load = is_first_load(cursor)
            for target in TARGETS:
                file = files.get(target.table.name)
                if file is not None:
                    outcome.counts.append(
                        _take(cursor, file, target, progress or Progress(), first_load=first_load)
                    )
            outcome.refusals = [
                (file, line, column, reason)
                for file, line, column, _, reason in islice(
                    staging.refusals(cursor.connection), SHOWN_REFUSALS
                )
            ]
            if report is not None:
                reports.write(report, staging.refusals(cursor.connection))
            if outcome.refused * 100 > outcome.read * max_bad:
                raise TooManyRefusedError(outcome, max_bad)
            if dry_run:
                transaction.set_rollback(True)
    return outcome


def _open(directory: Path, outcome: Outcome, stack: ExitStack, *, today: date) -> dict[str, TableFile]:
    """All files are opened, and their headers understood, before anything is written."""
    if not directory.is_dir():
        raise FeedError(f"{directory} is not a folder.")
    known = {table.file: table for table in tables()}
    files = {}
    for path in sorted(directory.iterdir()):
        if path.name not in known:
            outcome.notes.append(f"{path.name}: not a file of the feed, not read")
            continue
        file = TableFile(path, known[path.name], today=today)
        stack.callback(file.close)
        files[file.table.name] = file
        outcome.notes += [f"{path.name}: unknown column {name}, not read" for name in file.unknown_columns]
    if not files:
        raise FeedError(f"{directory} holds no file of the feed ({', '.join(known)}).")
    return files


@contextmanager
def _run() -> Iterator[Any]:
    """A transaction with a lock against a second import, and without the limits of a web request."""
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            for name, value in SETTINGS.items():
                cursor.execute(sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), value))
            # Foreign keys are checked file by file instead of piling up until the commit.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                raise FeedError("Another import is running.")
            yield cursor


def _take(cursor: Any, file: TableFile, target: Target, progress: Progress, *, first_load: bool) -> Counts:
    stat = file.path.stat()
    progress.begin(file.table.file, stat.st_size)
    read = staging.stage(cursor, file, progress.advance)
    progress.merging()
    merged = merge(cursor, target, first_load=first_load)
    counts = Counts(
        file.table.file,
        read,
        merged.inserted,
        merged.updated,
        merged.unchanged,
        staging.refused_rows(cursor, file.table),
    )
    progress.end(counts)
    return counts
