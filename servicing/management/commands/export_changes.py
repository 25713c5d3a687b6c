from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from servicing.changes_export import export_day, export_new


class Command(BaseCommand):
    help = "Write the changed bank accounts for the insurer's own systems: a CSV file, see docs/feed.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument(
            "--day",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="write again what was exported on this day, and mark nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        directory, day = options["directory"], options["day"]
        if not directory.is_dir():
            raise CommandError(f"{directory} is not a folder.")
        try:
            done = export_day(directory, day) if day else export_new(directory)
        except OSError as error:
            raise CommandError(f"No file was written and nothing was marked: {error}") from error
        if done.path is None:
            self.stdout.write(f"Nothing was exported on {day}." if day else "Nothing new, no file.")
            return
        self.stdout.write(f"{done.count} changed accounts in {done.path}. It holds whole account numbers.")
