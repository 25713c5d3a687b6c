"""Whether the record of who did and read what is whole; and its head, to be kept outside the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.audit_chain import Head, Walk

MOST = 20


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=int, default=1, metavar="ROW", help="begin with this row")
        parser.add_argument(
            "--expect-head", default="", metavar="ROW:HASH", help="a head that was printed earlier"
        )

    def handle(self, **options: Any) -> None:
        walk = Walk(since=options["since"], witness=_witness(options["expect_head"], options["since"]))
        found = 0
        for fault in walk:
            found += 1
            if found <= MOST:
                self.stderr.write(str(fault))
        if found:
            raise CommandError(f"BROKEN: {found} faults in {walk.count} rows", returncode=1)
        self.stdout.write(f"OK: {walk.count} rows, head {walk.head}")


def _witness(text: str, since: int) -> Head | None:
    if not text:
        return None
    head = Head.read(text)
    if head is None:
        raise CommandError("--expect-head is written ROW:HASH, as this command prints it", returncode=2)
    if head.seq < since:
        raise CommandError(f"--expect-head names row {head.seq}, before --since {since}", returncode=2)
    return head
