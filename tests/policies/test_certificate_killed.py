"""A worker process that is really killed while it prints."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core import printing
from core.models import OutgoingEmail
from policies import actions, tasks
from policies.models import Certificate
from tests.policies.certificates import trip
from tests.processes import kill_when_it_says

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


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_is_finished_later_and_once(cast, private_files, monkeypatch):
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF second try")
    # The process below is the worker; the test's own must not print anything yet.
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)
    insured = cast.insured(cast.ana, cast.health)
    certificate = actions.ask_certificate(insured=insured, by=cast.ana.user, **trip())
    kill_when_it_says("drawing", WORKER, str(certificate.pk))

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
