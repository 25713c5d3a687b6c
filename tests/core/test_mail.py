"""A mail leaves once, later if it must, in the recipient's language, and never before the commit."""

import smtplib
import socket
import threading
import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail as outbox
from django.db import connection, transaction
from django.utils import timezone, translation

from core import kick, mail
from core.models import OutgoingEmail
from core.tasks import offer_waiting_emails

Status = OutgoingEmail.Status
NAME = "emails/probe"


@pytest.fixture(autouse=True)
def probe(tmp_path: Any, settings: Any) -> None:
    """A mail of this test alone: what it says is seen here."""
    folder = tmp_path / NAME
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("{% load i18n %}{% translate 'Yes' %}:\n {{ what }}\n")
    (folder / "body.txt").write_text("{% load i18n %}{% translate 'Yes' %} {{ link|safe }} {{ site_url }}")
    (folder / "body.html").write_text("<p>{{ brand.name }} {{ link }}</p>")
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]


@pytest.fixture
def no_kick(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The worker is called and does not come."""
    kicks: list[tuple[str, int]] = []
    monkeypatch.setattr(kick, "after_commit", lambda task, pk: kicks.append((task, pk)))
    return kicks


def queued(**fields: Any) -> OutgoingEmail:
    values = {"language": "es", "context": {"what": "algo", "link": "https://x.example/k/1"}} | fields
    return mail.queue("ana@example.org", NAME, values.pop("context"), **values)


def smtp_says(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> None:
    from django.core.mail.backends.locmem import EmailBackend

    def send(self: EmailBackend, messages: list[Any]) -> int:
        if error:
            raise error
        return len(messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)


# --- writing ----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "yes"), [("es", "Sí"), ("ca", "Sí"), ("en", "Yes")])
def test_the_language_is_the_recipient_s_whoever_acts(no_kick: Any, language: str, yes: str) -> None:
    with translation.override("en" if language != "en" else "es"):
        email = queued(language=language)
        assert translation.get_language() == ("en" if language != "en" else "es")
    assert (email.subject, email.language) == (f"{yes}: algo", language)
    assert email.text == f"{yes} https://x.example/k/1 http://testserver"
    assert email.html == "<p>Alborada Seguros https://x.example/k/1</p>"


@pytest.mark.django_db
def test_it_leaves_after_the_commit_with_its_own_id(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        email = queued()
        assert outbox.outbox == []
    assert len(callbacks) == 1
    (message,) = outbox.outbox
    assert message.to == ["ana@example.org"]
    assert message.extra_headers["Message-ID"] == email.message_id
    assert email.message_id.endswith("@alborada.example>")
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.extra_headers["Content-Language"] == "es"
    email.refresh_from_db()
    assert (email.status, email.attempts, email.error) == (Status.SENT, 1, "")
    assert email.sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_sends_nothing() -> None:
    class ChangedMyMindError(Exception):
        pass

    with pytest.raises(ChangedMyMindError), transaction.atomic():
        queued()
        raise ChangedMyMindError
    assert OutgoingEmail.objects.count() == 0
    assert outbox.outbox == []


@pytest.mark.django_db
def test_the_text_of_a_secret_mail_is_gone_once_it_has_left(no_kick: Any) -> None:
    secret, plain = queued(secret=True), queued()
    assert (mail.send(secret.pk), mail.send(plain.pk)) == (Status.SENT, Status.SENT)
    secret.refresh_from_db()
    plain.refresh_from_db()
    assert (secret.text, secret.html) == ("", "")
    assert "https://x.example/k/1" in plain.text
    assert "https://x.example/k/1" in outbox.outbox[0].body


@pytest.mark.django_db
def test_a_secret_mail_that_fails_keeps_its_text_for_the_next_try(
    no_kick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = queued(secret=True)
    smtp_says(monkeypatch, smtplib.SMTPServerDisconnected("gone"))
    assert mail.send(email.pk) == Status.QUEUED
    email.refresh_from_db()
    assert "https://x.example/k/1" in email.text


# --- failing and trying again -----------------------------------------------------------------------

REFUSALS = [
    (smtplib.SMTPServerDisconnected("gone"), Status.QUEUED),
    (TimeoutError("tarpit"), Status.QUEUED),
    (ConnectionRefusedError("down"), Status.QUEUED),
    (smtplib.SMTPRecipientsRefused({"ana@example.org": (450, b"greylisted")}), Status.QUEUED),
    (smtplib.SMTPRecipientsRefused({"ana@example.org": (499, b"edge")}), Status.QUEUED),
    (smtplib.SMTPRecipientsRefused({"ana@example.org": (500, b"edge")}), Status.FAILED),
    (smtplib.SMTPRecipientsRefused({"ana@example.org": (550, b"no such mailbox")}), Status.FAILED),
    (smtplib.SMTPRecipientsRefused({"ana@example.org": (599, b"edge")}), Status.FAILED),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("error", "status"), REFUSALS)
def test_only_a_refusal_for_good_ends_it_at_once(
    no_kick: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, status: str
) -> None:
    email = queued()
    smtp_says(monkeypatch, error)
    assert mail.send(email.pk) == status
    email.refresh_from_db()
    assert email.error.startswith(type(error).__name__)
    assert (email.attempts, email.lease_until, email.sent_at) == (1, None, None)


@pytest.mark.django_db
def test_the_tries_are_further_and_further_apart_and_then_it_fails(
    no_kick: Any, monkeypatch: pytest.MonkeyPatch, time_machine_at: Any
) -> None:
    email = queued()
    smtp_says(monkeypatch, TimeoutError("tarpit"))
    waits = []
    for _ in range(OutgoingEmail.MAX_ATTEMPTS - 1):
        time_machine_at.move_to(email.due_at + timedelta(seconds=1))
        assert mail.send(email.pk) == Status.QUEUED
        email.refresh_from_db()
        waits.append((email.due_at - timezone.now()).total_seconds() / 60)
    minutes = [1, 2, 5, 10, 15, 30, 60, 60, 60, 60, 60]
    assert [0.79 * m < wait < 1.21 * m for wait, m in zip(waits, minutes, strict=True)] == [True] * 11
    time_machine_at.move_to(email.due_at + timedelta(seconds=1))
    assert mail.send(email.pk) == Status.FAILED
    assert mail.send(email.pk) is None


@pytest.fixture
def time_machine_at() -> Any:
    import time_machine

    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.mark.django_db
def test_before_it_is_due_again_nobody_sends_it(no_kick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    email = queued()
    smtp_says(monkeypatch, TimeoutError("tarpit"))
    mail.send(email.pk)
    smtp_says(monkeypatch, None)
    assert mail.send(email.pk) is None
    OutgoingEmail.objects.update(due_at=timezone.now())
    assert mail.send(email.pk) == Status.SENT


@pytest.mark.django_db
def test_retry_gives_a_failed_mail_all_its_tries_back(no_kick: list[Any]) -> None:
    email = queued()
    OutgoingEmail.objects.update(status=Status.FAILED, attempts=12, error="Timeout")
    no_kick.clear()
    mail.retry(email)
    email.refresh_from_db()
    assert (email.status, email.attempts, email.error) == (Status.QUEUED, 0, "")
    assert no_kick == [("core.tasks.send_email", email.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING, Status.SENT])
def test_retry_touches_no_mail_that_has_not_failed(no_kick: list[Any], status: str) -> None:
    email = queued()
    OutgoingEmail.objects.update(status=status, attempts=3, sent_at=timezone.now())
    no_kick.clear()
    mail.retry(email)
    email.refresh_from_db()
    assert (email.status, email.attempts, no_kick) == (status, 3, [])


# --- several workers, dead workers ------------------------------------------------------------------


@pytest.mark.django_db
def test_a_mail_in_the_hands_of_a_worker_is_left_to_it(no_kick: Any) -> None:
    email = queued()
    taken = mail._take(email.pk)
    assert taken is not None
    assert taken.lease_until > timezone.now() + timedelta(minutes=2)
    assert mail.send(email.pk) is None
    assert outbox.outbox == []


@pytest.mark.django_db
def test_the_mail_of_a_killed_worker_is_sent_again_as_the_same_mail(no_kick: Any) -> None:
    """The worker died between the server's OK and our commit: no client can close that gap, but the receiver
    can see by the Message-ID that it is the same mail."""
    email = queued()
    mail._take(email.pk)
    OutgoingEmail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    offer_waiting_emails()
    (message,) = outbox.outbox
    assert message.extra_headers["Message-ID"] == email.message_id
    email.refresh_from_db()
    assert (email.status, email.attempts) == (Status.SENT, 2)


@pytest.mark.django_db
def test_a_mail_that_kills_its_worker_every_time_is_given_up(no_kick: Any) -> None:
    email = queued()
    OutgoingEmail.objects.update(
        status=Status.SENDING,
        attempts=OutgoingEmail.MAX_ATTEMPTS,
        lease_until=timezone.now() - timedelta(seconds=1),
    )
    assert mail.send(email.pk) is None
    email.refresh_from_db()
    assert (email.status, outbox.outbox) == (Status.FAILED, [])
    assert email.error == "the worker stopped in the middle every time"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_once(no_kick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.mail.backends.locmem import EmailBackend

    sent: list[Any] = []
    together = threading.Barrier(2)
    monkeypatch.setattr(EmailBackend, "send_messages", lambda self, messages: sent.extend(messages) or 1)
    email = queued()
    answers: list[Any] = []

    def work() -> None:
        together.wait(5)
        answers.append(mail.send(email.pk))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert len(sent) == 1
    assert set(answers) == {None, Status.SENT}


@pytest.mark.django_db
def test_beat_offers_what_waits_and_nothing_else(no_kick: Any) -> None:
    due, later, sent, failed = (queued() for _ in range(4))
    OutgoingEmail.objects.filter(pk=later.pk).update(due_at=timezone.now() + timedelta(minutes=1))
    OutgoingEmail.objects.filter(pk=sent.pk).update(status=Status.SENT, sent_at=timezone.now())
    OutgoingEmail.objects.filter(pk=failed.pk).update(status=Status.FAILED)
    offer_waiting_emails()
    assert [message.extra_headers["Message-ID"] for message in outbox.outbox] == [due.message_id]


# --- the broker -------------------------------------------------------------------------------------


@pytest.fixture
def broker(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A broker that does as it is told, and a publisher thread of this test alone."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
    kick._publisher.cache_clear()
    behaviour: dict[str, Any] = {"sent": [], "do": lambda: None}

    def send_task(name: str, args: tuple[int], **options: Any) -> None:
        behaviour["do"]()
        behaviour["sent"].append((name, args, options))

    monkeypatch.setattr(kick.current_app, "send_task", send_task)
    monkeypatch.setattr(kick, "PENDING", threading.BoundedSemaphore(3))
    yield behaviour
    kick._publisher().shutdown(wait=True)
    kick._publisher.cache_clear()


@pytest.mark.django_db
def test_the_worker_is_told_the_id_alone(broker: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        email = queued()
    kick._publisher().shutdown(wait=True)
    assert broker["sent"] == [("core.tasks.send_email", (email.pk,), {"retry": False})]


@pytest.mark.django_db
def test_a_process_on_its_way_out_leaves_the_mail_to_beat(
    broker: Any, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    kick._publisher().shutdown(wait=True)
    with django_capture_on_commit_callbacks(execute=True):
        emails = [queued() for _ in range(5)]
    assert [record.getMessage() for record in caplog.records] == ["kick_refused"] * 5
    assert {OutgoingEmail.objects.get(pk=email.pk).status for email in emails} == {Status.QUEUED}


@pytest.mark.django_db
def test_a_broker_that_is_down_is_noted_and_the_mail_waits(
    broker: Any, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise ConnectionError("redis://user:secret@10.0.0.5 refused")

    broker["do"] = refuse
    with django_capture_on_commit_callbacks(execute=True):
        email = queued()
    kick._publisher().shutdown(wait=True)
    assert [record.getMessage() for record in caplog.records] == ["broker_unreachable"]
    assert "secret" not in caplog.text
    assert list(OutgoingEmail.objects.waiting()) == [email]


@pytest.mark.django_db
def test_a_broker_that_hangs_holds_nobody_up(
    broker: Any, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = threading.Event()
    broker["do"] = lambda: answer.wait(10)
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            queued()
    took = time.monotonic() - started
    # Three wait for the broker; the others are left to beat at once.
    assert [record.getMessage() for record in caplog.records] == ["broker_slow"] * 2
    answer.set()
    kick._publisher().shutdown(wait=True)
    assert took < 2
    assert OutgoingEmail.objects.waiting().count() == 5
    assert len(broker["sent"]) == 3


# --- a real mail server ------------------------------------------------------------------------------


class Sink:
    def __init__(self) -> None:
        self.received: list[Any] = []
        self.refusing = False

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.refusing:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def sink(settings: Any) -> Any:
    handler = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield handler
    controller.stop()


@pytest.mark.django_db
def test_over_real_smtp(no_kick: Any, sink: Sink) -> None:
    email = queued(context={"what": "póliza", "link": "https://x.example/k/1"})
    assert mail.send(email.pk) == Status.SENT
    (message,) = sink.received
    assert message["Message-ID"] == email.message_id
    assert message["Subject"] == "Sí: póliza"
    assert message["From"] == "Alborada Seguros <no-responder@alborada.example>"
    assert message["To"] == "ana@example.org"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().strip() == email.text


@pytest.mark.django_db
def test_a_mailbox_that_a_real_server_refuses_is_not_tried_again(no_kick: Any, sink: Sink) -> None:
    sink.refusing = True
    email = queued()
    assert mail.send(email.pk) == Status.FAILED
    email.refresh_from_db()
    assert "550" in email.error
