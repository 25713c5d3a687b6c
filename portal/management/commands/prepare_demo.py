import hashlib
import json
import time
from argparse import ArgumentParser
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, call_command
from django.urls import reverse

from portal.demo.people import people, unregistered
from portal.demo.services import write_atomically


class Command(BaseCommand):
    help = "Bring database, demo book and static files of the demo up to date (called by `demo`)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--people", type=Path, required=True, help="where to write who may log in, as JSON"
        )
        parser.add_argument("--people-only", action="store_true", help="write that file and nothing else")

    def handle(self, *args: Any, people: Path, people_only: bool, **options: Any) -> None:
        if not people_only:
            self.prepare()
        write_atomically(people, json.dumps(self.who_may_log_in(), ensure_ascii=False, default=str))

    def prepare(self) -> None:
        self.step("translations", lambda: quietly("compile_translations"))
        self.step("database", self.prepare_database)
        self.step("products of the insurer", lambda: quietly("load_catalogue"))
        self.step("ready-made texts", lambda: quietly("load_canned_texts"))
        self.step("book of the insurer", lambda: quietly("seed_demo"))
        self.step("static files", self.collect_static)

    def step(self, name: str, do: Any) -> None:
        started = time.monotonic()
        self.stdout.write(f"  {name} …", ending="")
        self.stdout.flush()
        do()
        self.stdout.write(f" {time.monotonic() - started:.1f} s")

    def prepare_database(self) -> None:
        quietly("migrate", interactive=False)
        quietly("createcachetable")

    def who_may_log_in(self) -> dict[str, Any]:
        return {"people": people(), "unregistered": unregistered(), "admin_path": reverse("admin:index")}

    def collect_static(self) -> None:
        """Hashing and compressing takes seconds: only when a source has changed."""
        stamp = settings.STATIC_ROOT.parent / "static.stamp"
        seen = static_fingerprint()
        if (
            stamp.exists()
            and stamp.read_text() == seen
            and (settings.STATIC_ROOT / "staticfiles.json").exists()
        ):
            return
        quietly("collectstatic", interactive=False, clear=True)
        write_atomically(stamp, seen)


def quietly(command: str, **options: Any) -> None:
    """A failure is still told: it is an exception."""
    call_command(command, verbosity=0, stdout=StringIO(), **options)


def static_fingerprint() -> str:
    digest = hashlib.sha256(f"{version('django')} {version('whitenoise')}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
