from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.brand import get_brand
from policies.catalogue import CatalogueError, load


class Command(BaseCommand):
    help = "Load the editions of the brand folder into the catalogue. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "directory", nargs="?", type=Path, help="instead of products/ of the brand folder"
        )
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        directory = options["directory"] or get_brand().directory
        try:
            report = load(directory, dry_run=options["dry_run"])
        except CatalogueError as error:
            raise CommandError(f"The catalogue was not loaded.\n{error}") from error
        if options["dry_run"]:
            self.stdout.write("Dry run, nothing is written.")
        for line in report.lines():
            self.stdout.write(line)
