"""Mail is a row: written with what it tells of, sent by a worker after the commit, tried until it leaves."""

import random
import smtplib
import uuid
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from core import kick
from core.models import OutgoingEmail

# Minutes until the next try; the last value repeats.
BACK_OFF = (1, 2, 5, 10, 15, 30, 60)


def queue(
    to: str,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    language: str,
    secret: bool = False,
) -> OutgoingEmail:
    """Write the mail `template` to `to` in the caller's transaction; it leaves after the commit.

    `template` names a folder with subject.txt, body.txt and body.html. `language` is the recipient's,
    whoever acts. `secret`: the mail holds a link that opens something; its text is blanked once sent.
    """
    full = {"site_url": settings.SITE_URL, "brand": settings.BRAND, **(context or {})}
    with translation.override(language):
        subject = " ".join(render_to_string(f"{template}/subject.txt", full).split())
        text = render_to_string(f"{template}/body.txt", full)
        html = render_to_string(f"{template}/body.html", full)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    with transaction.atomic():
        email = OutgoingEmail.objects.create(
            to=to,
            template=template,
            language=language,
            subject=subject,
            text=text,
            html=html,
            secret=secret,
            message_id=f"<{uuid.uuid4()}@{domain}>",
        )
        kick.after_commit("core.tasks.send_email", email.pk)
    return email


def send(email_id: int) -> OutgoingEmail.Status | None:
    """Send one waiting mail. None: nothing to do (already sent, not due, or another worker has it)."""
    email = _take(email_id)
    if email is None:
        return None
    message = EmailMultiAlternatives(
        email.subject, email.text, settings.DEFAULT_FROM_EMAIL, [email.to], headers=_headers(email)
    )
    message.attach_alternative(email.html, "text/html")
    try:
        message.send()
    except Exception as error:
        _note_failure(email, error)
    else:
        _note_sent(email)
    return OutgoingEmail.Status(email.status)


def retry(email: OutgoingEmail) -> None:
    """Offer a failed mail again, at once, with all its tries back (a button of the staff)."""
    with transaction.atomic():
        updated = OutgoingEmail.objects.filter(pk=email.pk, status=OutgoingEmail.Status.FAILED).update(
            status=OutgoingEmail.Status.QUEUED, attempts=0, due_at=timezone.now(), error=""
        )
        if updated:
            kick.after_commit("core.tasks.send_email", email.pk)


def _headers(email: OutgoingEmail) -> dict[str, str]:
    return {
        "Message-ID": email.message_id,
        "Content-Language": email.language,
        "Auto-Submitted": "auto-generated",
    }


def _take(email_id: int) -> OutgoingEmail | None:
    """Lease the row, so that no second worker sends it while this one does."""
    with transaction.atomic():
        email = (
            OutgoingEmail.objects.waiting().select_for_update(skip_locked=True).filter(pk=email_id).first()
        )
        if email is None:
            return None
        if email.attempts >= OutgoingEmail.MAX_ATTEMPTS:
            # Only a worker that died leaves such a row: the mail may be what kills them.
            email.status = OutgoingEmail.Status.FAILED
            email.error = email.error or "the worker stopped in the middle every time"
            email.save(update_fields=["status", "error"])
            return None
        email.status = OutgoingEmail.Status.SENDING
        email.attempts += 1
        email.lease_until = timezone.now() + OutgoingEmail.LEASE
        email.save(update_fields=["status", "attempts", "lease_until"])
    return email


def _note_sent(email: OutgoingEmail) -> None:
    email.status = OutgoingEmail.Status.SENT
    email.sent_at = timezone.now()
    email.lease_until = None
    email.error = ""
    if email.secret:
        email.text = email.html = ""
    email.save(update_fields=["status", "sent_at", "lease_until", "error", "text", "html"])


def _note_failure(email: OutgoingEmail, error: Exception) -> None:
    refused_for_good = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        500 <= code < 600 for code, _reason in error.recipients.values()
    )
    email.error = f"{type(error).__name__}: {error}"[:1000]
    email.lease_until = None
    if refused_for_good or email.attempts >= OutgoingEmail.MAX_ATTEMPTS:
        email.status = OutgoingEmail.Status.FAILED
    else:
        email.status = OutgoingEmail.Status.QUEUED
        minutes = BACK_OFF[min(email.attempts, len(BACK_OFF)) - 1]
        # A fifth more or less, so that a thousand mails of one outage do not all knock at once.
        email.due_at = timezone.now() + timedelta(minutes=minutes * random.uniform(0.8, 1.2))  # noqa: S311
    email.save(update_fields=["status", "error", "lease_until", "due_at"])
