from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.breaches import prefixes, write


class Command(BaseCommand):
    help = "Build the index of leaked passwords (BREACH_INDEX) from a list of SHA-1, one a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="SHA-1 in hexadecimal, alone or followed by :count")
        parser.add_argument("--to", type=Path, help="where to write it; BREACH_INDEX if it is left out")

    def handle(self, *args: Any, **options: Any) -> None:
        target = options["to"] or (Path(settings.BREACH_INDEX) if settings.BREACH_INDEX else None)
        if target is None:
            raise CommandError("Say where to write it with --to, or set BREACH_INDEX.")
        try:
            with options["file"].open(encoding="ascii") as lines:
                count = write(target, prefixes(lines))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{count} passwords in {target}")
