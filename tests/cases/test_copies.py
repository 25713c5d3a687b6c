"""The copy of what was sent: what it says, who has it, and what happens when it is not made."""

import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
import time_machine
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from cases import copies, tasks
from cases.models import Case, CaseDocument, SentCopy
from core.printing import LEASE, MAX_ATTEMPTS
from servicing import actions as servicing
from tests.pdfs import pages_of_readable
from tests.people import Cast
from tests.servicing.accounts import NEW, OLD, change, mandate_of

pytestmark = pytest.mark.django_db
READY, ASKED, FAILED = SentCopy.Status.READY, SentCopy.Status.ASKED, SentCopy.Status.FAILED


@pytest.fixture(autouse=True)
def english(cast: Cast) -> Any:
    for actor in (cast.ana, cast.bruno, cast.elena):
        actor.user.language = "en"  # type: ignore[union-attr]
        actor.user.save()  # type: ignore[union-attr]
    with translation.override("en"):
        yield


@pytest.fixture
def case(cast: Cast) -> Case:
    with time_machine.travel(datetime(2026, 11, 3, 8, 32, tzinfo=UTC), tick=False):
        return servicing.ask(
            by=cast.ana.user, language="en", topic="receipts", sent_key=uuid.uuid4(),
            question="Why was I <b>charged</b> twice?\nOn 2 and 3 March.",
        )  # fmt: skip


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The paper itself is of no matter here."""
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF")


def address(case: Case, name: str = "copy") -> str:
    return reverse(f"cases:{name}", args=[case.reference])


def paper(case: Case, name: str = "factura.pdf", **fields: Any) -> CaseDocument:
    given = {"state": "received", "sent_by": case.asked_by} | fields
    return CaseDocument.objects.create(
        reference=f"DOC-{uuid.uuid4().hex[:10].upper()}",
        case=case,
        name=name,
        sha256=uuid.uuid4().hex * 2,
        **given,
    )


def ask(case: Case, cast: Cast) -> SentCopy:
    with TestCase.captureOnCommitCallbacks(execute=True):
        row = copies.ask(case=Case.objects.get(pk=case.pk), by=cast.ana.user)  # type: ignore[arg-type]
    row.refresh_from_db()
    return row


def html_of(case: Case) -> str:
    from django.template.loader import render_to_string

    ours = {"language": "en", "site_url": "http://testserver", "asked_at": case.opened_at}
    html = render_to_string(copies.TEMPLATE, {**ours, **copies.what_was_sent(case)})
    return " ".join(html.split())


def test_it_says_what_when_to_whom_and_by_when(cast: Cast, case: Case) -> None:
    sent = paper(case)
    paper(case, "locked.pdf", state="unreadable", reason="encrypted")
    paper(case, "ours.pdf", sent_by=cast.felix.user)
    html = html_of(case)
    for said in (
        case.reference,
        "on <strong>3 November 2026</strong> at <strong>09:32</strong> (Madrid time).",
        "Question",
        "Receipts and payments",
        "Ana Ferrer Vidal",
        "Why was I &lt;b&gt;charged&lt;/b&gt; twice?<br>On 2 and 3 March.",
        "5 November 2026",
        "factura.pdf",
        f"SHA-256 {sent.sha256}",
        "locked.pdf (we could not read it)",
    ):
        assert said in html
    # What we put beside it ourselves was not sent by them.
    assert "ours.pdf" not in html


def test_a_new_account_is_masked_and_was_done_at_once(cast: Cast, plain: None) -> None:
    mandate_of(cast.health)
    html = html_of(change(cast))
    assert "ES79 •••• 6789" in html
    assert "ES91 •••• 1332" in html
    assert "Done at once" in html
    assert cast.health.number in html
    for whole in (NEW, OLD):
        assert whole[4:20] not in html.replace(" ", "")


@pytest.mark.parametrize("language", ["es", "en"])
def test_everybody_can_read_it(cast: Cast, case: Case, caplog: Any, language: str) -> None:
    paper(case)
    cast.ana.user.language = language  # type: ignore[union-attr]
    row = ask(case, cast)
    assert row.status == READY
    assert [record for record in caplog.records if record.name.startswith("weasyprint")] == []
    assert pages_of_readable(row.file.read(), language=language, title=case.reference) == 1


def test_a_long_question_goes_on_over_the_page(cast: Cast, case: Case) -> None:
    case.enquiry.question = "One more line of it.\n" * 230
    case.enquiry.save()
    document = pikepdf.open(io.BytesIO(ask(case, cast).file.read()))
    assert len(document.pages) > 2


def test_from_the_page_of_the_request_to_the_file(cast: Cast, case: Case, log_in: Any, plain: None) -> None:
    client = log_in(cast.ana)
    assert "Make a copy for my files" in client.get(case.get_absolute_url()).content.decode()
    assert client.get(address(case, "copy_download")).status_code == 404
    assert client.post(address(case)).url == address(case)
    page = client.get(address(case)).content.decode()
    assert "It is ready" in page
    assert address(case, "copy_download") in page
    assert address(case, "copy_download") in client.get(case.get_absolute_url()).content.decode()
    file = client.get(address(case, "copy_download"))
    assert b"".join(file.streaming_content) == b"%PDF"
    assert file["Content-Disposition"] == f'attachment; filename="copy-of-request-{case.reference}.pdf"'
    assert "no-store" in file["Cache-Control"]


@pytest.mark.parametrize("actor", ["bruno", "elena", "hugo", "felix"])
def test_nobody_else_has_it(cast: Cast, case: Case, log_in: Any, plain: None, actor: str) -> None:
    ask(case, cast)
    client = log_in(getattr(cast, actor))
    assert client.get(address(case)).status_code == 404
    assert client.post(address(case)).status_code == 404
    assert client.get(address(case, "copy_download")).status_code == 404


def test_the_page_waits_and_then_changes(cast: Cast, case: Case, log_in: Any) -> None:
    client = log_in(cast.ana)
    row = SentCopy.objects.create(case=case, language="en", papers_key=copies.papers_key([]))
    page = client.get(address(case)).content.decode()
    assert "We are preparing it" in page
    assert 'http-equiv="refresh"' in page
    assert "Your copy is being prepared" in client.get(case.get_absolute_url()).content.decode()
    asked = client.get(address(case), headers={"HX-Request": "true"})
    assert (asked.status_code, asked.content) == (204, b"")
    SentCopy.objects.filter(pk=row.pk).update(status=FAILED, error="OSError")
    assert client.get(address(case), headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_what_was_not_made_is_tried_again(
    cast: Cast, case: Case, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> bytes:
        raise OSError("no space left")

    monkeypatch.setattr("core.pdf.render_pdf", broken)
    ask(case, cast)
    for _time in range(MAX_ATTEMPTS - 1):
        tasks.offer_waiting_copies()
    assert SentCopy.objects.get().status == FAILED
    client = log_in(cast.ana)
    assert "We could not make it" in client.get(address(case)).content.decode()
    assert "The copy could not be made." in client.get(case.get_absolute_url()).content.decode()
    assert client.get(address(case, "copy_download")).status_code == 404
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF")
    client.post(address(case))
    row = SentCopy.objects.get()
    assert (row.status, row.attempts) == (READY, 1)


def test_a_worker_that_died_is_followed_by_another(cast: Cast, case: Case, plain: None) -> None:
    with TestCase.captureOnCommitCallbacks(execute=False):
        row = copies.ask(case=case, by=cast.ana.user)  # type: ignore[arg-type]
    SentCopy.objects.update(attempts=1, lease_until=datetime.now(UTC) + LEASE)
    assert copies.print_copy(copy_id=row.pk) is None
    with time_machine.travel(datetime.now(UTC) + LEASE + timedelta(seconds=1)):
        tasks.offer_waiting_copies()
    found = SentCopy.objects.get()
    assert (found.status, found.attempts) == (READY, 2)


def test_it_is_made_once_until_there_is_more_to_say(
    cast: Cast, case: Case, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def draw(*args: Any, language: str, **kwargs: Any) -> bytes:
        drawn.append(language)
        return b"%PDF"

    monkeypatch.setattr("core.pdf.render_pdf", draw)
    client = log_in(cast.ana)
    for _time in range(3):
        client.post(address(case))
    assert drawn == ["en"]
    paper(case)
    assert "Make a new copy" in client.get(address(case)).content.decode()
    assert "Make a copy for my files" in client.get(case.get_absolute_url()).content.decode()
    client.post(address(case))
    cast.ana.user.language = "ca"  # type: ignore[union-attr]
    cast.ana.user.save()  # type: ignore[union-attr]
    client.post(address(case))
    assert drawn == ["en", "en", "ca"]
    assert SentCopy.objects.count() == 1
