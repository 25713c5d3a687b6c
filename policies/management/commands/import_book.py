import signal
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from policies.imports import Counts, FeedError, Outcome, TooManyRefusedError, import_book
from policies.imports.book import Progress

INTERRUPTED = 130


class Command(BaseCommand):
    help = "Take the insurer's nightly feed: a folder of CSV files, described in docs/feed.md."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check and count, change nothing")
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE",
            help="write what was refused to FILE (personal data): CSV, or JSON lines if it ends in .jsonl",
        )
        parser.add_argument(
            "--max-bad",
            type=Decimal,
            default=Decimal(5),
            metavar="PERCENT",
            help="refuse the whole feed if more rows than this are bad (default 5)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        shown = self.stderr.isatty()
        progress = Bars() if shown else Lines(self)
        # A service that is stopped ends like Ctrl-C: rolled back, and said.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            outcome = import_book(
                options["directory"],
                dry_run=options["dry_run"],
                report=options["report"],
                max_bad=options["max_bad"],
                progress=progress,
            )
        except FeedError as error:
            raise CommandError(str(error)) from error
        except TooManyRefusedError as error:
            self._tell(error.outcome, options["report"])
            raise CommandError(f"{error}. Nothing was changed.") from error
        except KeyboardInterrupt:
            self.stderr.write("Interrupted: nothing was changed.")
            sys.exit(INTERRUPTED)
        finally:
            signal.signal(signal.SIGTERM, before)
        if shown:
            for counts in outcome.counts:
                self.stdout.write(in_words(counts))
        self._tell(outcome, options["report"])
        self.stdout.write(self._conclusion(outcome, dry_run=options["dry_run"]))

    def _tell(self, outcome: Outcome, report: Path | None) -> None:
        for note in outcome.notes:
            self.stdout.write(f"Note: {note}")
        for file, line, column, reason in outcome.refusals:
            self.stdout.write(f"Refused: {file}, line {line}{f', {column}' if column else ''}: {reason}")
        if outcome.refused > len(outcome.refusals):
            self.stdout.write(f"… {outcome.refused} refused rows in all.")
        if report is not None:
            self.stdout.write(f"{report} says what was read; it holds personal data.")
        elif outcome.refused:
            self.stdout.write("--report FILE writes down all of them, with what was read.")

    def _conclusion(self, outcome: Outcome, *, dry_run: bool) -> str:
        if not outcome.written:
            return "Nothing changed: the book already says what the feed says."
        if dry_run:
            return f"Dry run: {outcome.written} rows would be written; nothing was changed."
        return f"{outcome.written} rows written."


def in_words(counts: Counts) -> str:
    return (
        f"{counts.file}: {counts.read} read, {counts.inserted} inserted, {counts.updated} updated, "
        f"{counts.unchanged} unchanged, {counts.refused} refused"
    )


class Lines(Progress):
    """A line a file, for logs."""

    def __init__(self, command: BaseCommand) -> None:
        self._command = command

    def end(self, counts: Counts) -> None:
        self._command.stdout.write(in_words(counts))


class Bars(Progress):
    """A bar a file, for a terminal."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def begin(self, file: str, size: int) -> None:
        self._bar = tqdm(desc=file, total=size, unit="B", unit_scale=True, leave=False)

    def advance(self, characters: int) -> None:
        if self._bar is not None:
            self._bar.update(characters - self._bar.n)

    def merging(self) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str("merging")

    def end(self, counts: Counts) -> None:
        if self._bar is not None:
            self._bar.close()
