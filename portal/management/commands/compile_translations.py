from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Compile every catalogue that has changed. Like compilemessages, on machines without gettext too."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for source in sorted(
            p for folder in settings.LOCALE_PATHS for p in Path(folder).glob("*/LC_MESSAGES/*.po")
        ):
            compiled = source.with_suffix(".mo")
            if compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns:
                continue
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
            wrong = [f"{source}:{m.lineno}: {e}" for m, errors in catalogue.check() for e in errors]
            if wrong:
                raise CommandError("\n".join(wrong))
            # Written beside and moved: a web process that starts now reads the old file or the new one.
            partial = compiled.with_name(f".{compiled.name}.new")
            with partial.open("wb") as file:
                write_mo(file, catalogue)
            partial.rename(compiled)
            if options["verbosity"]:
                self.stdout.write(f"compiled {source}")
