"""A worker process that is really killed while it prints."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils import timezone

from core import printing
from core.models import OutgoingEmail
from policies import actions, tasks
from policies.models import Certificate
from tests.policies.certificates import trip

# Prints as the worker does, and stops for ever once it has taken the row and begun to draw.
WORKER = """
import sys, threading
import django
django.setup()
from core import pdf
from policies import tasks

def draw(*args, **kwargs):
    print("drawing", flush=True)
    threading.Event().wait()

pdf.render_pdf = draw
tasks.render_certificate(int(sys.argv[1]))
"""


def address_of_the_test_database() -> str:
    parts = connection.settings_dict
    host, port = parts["HOST"] or "", parts["PORT"] or ""
    credentials = f"{parts['USER']}:{parts['PASSWORD']}" if parts["PASSWORD"] else parts["USER"]
    if host.startswith("/"):
        return f"postgres://{credentials}@{host.replace('/', '%2F')}:{port}/{parts['NAME']}"
    return f"postgres://{credentials}@{host}:{port}/{parts['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_is_finished_later_and_once(cast, private_files, monkeypatch):
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF second try")
    # The process below is the worker; the test's own must not print anything yet.
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)
    insured = cast.insured(cast.ana, cast.health)
    certificate = actions.ask_certificate(insured=insured, by=cast.ana.user, **trip())
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(certificate.pk)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings_test",
            "DATABASE_URL": address_of_the_test_database(),
            "REDIS_URL": os.environ["REDIS_URL"],
        },
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "drawing\n"
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
        worker.stdout.close()

    certificate.refresh_from_db()
    assert (certificate.status, certificate.attempts) == (Certificate.Status.ASKED, 1)
    tasks.offer_waiting_certificates()
    certificate.refresh_from_db()
    assert certificate.attempts == 1, "the dead worker's lease still runs"

    with time_machine.travel(timezone.now() + printing.LEASE + timedelta(seconds=1)):
        tasks.offer_waiting_certificates()
        tasks.offer_waiting_certificates()
    certificate.refresh_from_db()
    assert (certificate.status, certificate.attempts) == (Certificate.Status.READY, 2)
    assert certificate.file.read() == b"%PDF second try"
    assert [path.name for path in private_files.rglob("*.pdf")] == [f"{certificate.reference}.pdf"]
    assert OutgoingEmail.objects.count() == 1
