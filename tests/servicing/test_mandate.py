"""The mandate on paper: printed once, readable by everybody, given to who asked."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import TestCase
from django.urls import reverse

from core.printing import LEASE, MAX_ATTEMPTS
from servicing import account_actions as actions
from servicing import tasks
from servicing.bank_account import (
    account_mark,
)
from servicing.models import BankAccountChange
from tests.pdfs import pages_of_readable
from tests.policies.pages import words
from tests.servicing.accounts import (
    NEW,
    change,
    give_password,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
READY = BankAccountChange.Status.READY


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_mandate_can_be_read_by_everybody(cast, old, language, caplog):
    cast.ana.user.language = language
    cast.ana.user.save()
    found = change(cast).bank_account_change
    found.refresh_from_db()
    assert found.status == READY
    assert [record for record in caplog.records if record.name.startswith("weasyprint")] == []
    assert pages_of_readable(found.file.read(), language=language, title=found.mandate_reference) == 1


def test_the_mandate_is_for_who_asked_after_the_password(cast, client, old, plain):
    case = change(cast)
    url = reverse("servicing:mandate_download", args=[case.reference])
    client.force_login(cast.ana.user)
    page = give_password(client, client.get(url))
    assert page.url == url
    paper = client.get(url)
    assert b"".join(paper.streaming_content) == b"%PDF"
    assert "no-store" in paper["Cache-Control"]
    for stranger in (cast.bruno, cast.elena, cast.hugo):
        client.force_login(stranger.user)
        assert client.get(url).status_code == 404


def test_a_mandate_that_was_not_made_is_tried_again(cast, log_in, old, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr("core.pdf.render_pdf", broken)
    case = change(cast)
    for _ in range(MAX_ATTEMPTS - 1):
        tasks.offer_waiting_mandates()
    found = BankAccountChange.objects.get()
    assert (found.status, found.attempts, found.error) == ("failed", MAX_ATTEMPTS, "OSError: no space left")
    client = log_in(cast.ana)
    assert "We could not make it" in words(client.get(case.get_absolute_url()))
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF")
    client.post(reverse("servicing:mandate_retry", args=[case.reference]))
    found.refresh_from_db()
    assert found.status == READY


def test_what_failed_never_quotes_the_account(cast, old, monkeypatch):
    def broken(*args, **kwargs):
        raise ValueError(f"Key (iban)=({NEW})")

    monkeypatch.setattr("core.pdf.render_pdf", broken)
    change(cast)
    found = BankAccountChange.objects.get()
    assert NEW not in found.error
    assert found.error.startswith("ValueError: test_mandate.py, line ")


def test_a_worker_that_died_is_followed_by_another(cast, old, plain):
    with TestCase.captureOnCommitCallbacks(execute=False):
        case = actions.change_bank_account(
            policy=cast.health,
            iban=NEW,
            account_owner="Ana",
            replaces=account_mark(cast.health.pk, old),
            by=cast.ana.user,
            sent_key=uuid4(),
        )
    BankAccountChange.objects.update(attempts=1, lease_until=datetime.now(UTC) + LEASE)
    assert actions.print_mandate(change_id=case.pk) is None
    with time_machine.travel(datetime.now(UTC) + LEASE + timedelta(seconds=1)):
        tasks.offer_waiting_mandates()
    found = BankAccountChange.objects.get()
    assert (found.status, found.attempts) == (READY, 2)
