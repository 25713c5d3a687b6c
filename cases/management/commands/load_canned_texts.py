from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.canned_files import CannedTextsError, load
from core.brand import get_brand


class Command(BaseCommand):
    help = "Add the ready-made texts of the brand folder that are not there yet. The others stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", nargs="?", type=Path, help="instead of the brand folder")
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            added = load(options["directory"] or get_brand().directory, dry_run=options["dry_run"])
        except CannedTextsError as error:
            raise CommandError(f"No text was loaded.\n{error}") from error
        if options["dry_run"]:
            self.stdout.write("Dry run, nothing is written.")
        self.stdout.write(f"added: {added} ready-made texts")
