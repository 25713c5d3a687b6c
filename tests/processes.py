"""Other processes on the test's own database: a worker, a web process, sixteen of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from django.conf import settings
from django.db import connection


def environment() -> Mapping[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings_test",
        "DATABASE_URL": address_of_the_test_database(),
        "REDIS_URL": os.environ["REDIS_URL"],
    }


def address_of_the_test_database() -> str:
    parts = connection.settings_dict
    host, port = parts["HOST"] or "", parts["PORT"] or ""
    credentials = f"{parts['USER']}:{parts['PASSWORD']}" if parts["PASSWORD"] else parts["USER"]
    if host.startswith("/"):
        return f"postgres://{credentials}@{host.replace('/', '%2F')}:{port}/{parts['NAME']}"
    return f"postgres://{credentials}@{host}:{port}/{parts['NAME']}"


def kill_when_it_says(word: str, program: str, *arguments: str) -> None:
    """Run the program in a process of its own and kill it, without mercy, once it has printed the word."""
    worker = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=environment(),
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == f"{word}\n"
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
        worker.stdout.close()
