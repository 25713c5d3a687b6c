"""Seal again, by the first key of FIELD_ENCRYPTION_KEY, what another one sealed. Then that one may go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import resealing

SHOWN = 20


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        lost = 0
        for place in resealing.places():
            outcome = resealing.reseal(place)
            self.stdout.write(f"{place.name}: {outcome.rows} rows, {outcome.changed} sealed again")
            if outcome.unreadable:
                lost += len(outcome.unreadable)
                rows = ", ".join(map(str, outcome.unreadable[:SHOWN]))
                self.stderr.write(f"{place.name}: no key opens {len(outcome.unreadable)} rows: {rows}")
        if lost:
            raise CommandError(
                f"{lost} rows are sealed by a key that is not listed: add it and run this again.",
                returncode=1,
            )
        self.stdout.write("Everything is sealed by the first key. The others are not needed any more.")
