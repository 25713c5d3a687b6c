"""A worker looks at what waits, and keeps a harmless copy of it, or says why not."""

import logging
from datetime import timedelta
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases import actions, emails
from cases.lifecycle import Side
from cases.models import Case, CaseDocument, CaseDocumentQuerySet, Message, Paper
from cases.papers import quarantine
from core import antivirus, uploads
from core.deadlines import MADRID
from core.files import sync

logger = logging.getLogger(__name__)

# Longer than the hard limit of a task: whoever still holds the row then is dead.
LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 5
# Until the scanner or a full disk is asked again.
PAUSE = timedelta(seconds=45)


def check_document(*, document_id: int) -> CaseDocument.State | None:
    """Look at one waiting file. None: nothing to do (done, or with another worker), or it waits on.

    May run any number of times and be killed at any point.
    """
    row = _take(document_id)
    if row is None:
        return None
    source = quarantine.path_of(row.quarantine)
    target = source.with_name(f"{row.quarantine}.clean{row.attempts}")
    try:
        if not source.exists():
            raise FileNotFoundError(source.name)
        if antivirus.found_in(source):
            raise uploads.FileRefused("virus")
        cleaned = uploads.clean(source, target)
        if antivirus.found_in(target):
            raise uploads.FileRefused("virus")
        return _accept(row, target, cleaned)
    except uploads.FileRefused as refused:
        return _refuse(row, refused.code)
    except antivirus.ScannerUnavailable as error:
        # Not the file's fault: it waits as long as it takes.
        _put_back(row, error, counts=False)
    except FileNotFoundError:
        logger.exception("document_lost", extra={"document": row.pk})
        return _refuse(row, "not_checked")
    except OSError as error:
        _put_back(row, error, counts=True)
    finally:
        target.unlink(missing_ok=True)
    return None


def waiting() -> CaseDocumentQuerySet:
    return CaseDocument.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=timezone.now()),
        state__in=[CaseDocument.State.RECEIVED, CaseDocument.State.CHECKING],
    )


def _take(document_id: int) -> CaseDocument | None:
    """Lease the row, so that no second worker opens the file while this one does."""
    with transaction.atomic():
        row = waiting().select_for_update(skip_locked=True).filter(pk=document_id).first()
        if row is None:
            return None
        row.attempts += 1
        row.state = CaseDocument.State.CHECKING
        row.lease_until = timezone.now() + LEASE
        row.save(update_fields=["attempts", "state", "lease_until"])
    if row.attempts > MAX_ATTEMPTS:
        # It may be the file that kills the workers.
        logger.error("document_given_up", extra={"document": row.pk})
        _refuse(row, "not_checked")
        return None
    return row


def _held(row: CaseDocument) -> CaseDocument | None:
    """The row, locked, if it is still ours: a worker that outlived its lease must not write any more."""
    return (
        CaseDocument.objects.select_for_update()
        .filter(pk=row.pk, state=CaseDocument.State.CHECKING, attempts=row.attempts)
        .first()
    )


def _accept(row: CaseDocument, cleaned_file: Path, cleaned: uploads.Cleaned) -> CaseDocument.State | None:
    with transaction.atomic():
        held = _held(row)
        if held is None:
            return None
        quarantined = held.quarantine
        held.size = cleaned_file.stat().st_size
        held.file.name = _store(held, cleaned_file, cleaned.ending)
        held.name = uploads.named(held.name, cleaned.ending)
        held.content_type, held.pages = cleaned.content_type, cleaned.pages
        held.state, held.quarantine, held.lease_until = CaseDocument.State.ACCEPTED, "", None
        held.save()
        if held.origin == CaseDocument.Origin.OURS:
            _say(held)
        else:
            note_supplied(held)
        transaction.on_commit(lambda: quarantine.path_of(quarantined).unlink(missing_ok=True))
    return CaseDocument.State.ACCEPTED


def _store(row: CaseDocument, cleaned_file: Path, ending: str) -> str:
    """One name for each document, so that a second try after a crash leaves no second file."""
    name = f"papers/{row.sent_at.astimezone(MADRID):%Y/%m}/{row.reference}{ending}"
    if default_storage.exists(name):
        default_storage.delete(name)
    with cleaned_file.open("rb") as file:
        stored: str = default_storage.save(name, File(file))
    path = Path(default_storage.path(stored))
    sync(path, path.parent)
    return stored


def note_supplied(row: CaseDocument) -> None:
    """The paper counts from the moment when it was sent, not from when we had looked at it."""
    if row.state != CaseDocument.State.ACCEPTED:
        return
    # Always the document, then the case, then the paper: no two wait for each other.
    Case.objects.select_for_update(of=("self",)).get(pk=row.case_id)
    if row.paper_id is not None:
        Paper.objects.missing().filter(pk=row.paper_id).update(supplied_at=row.sent_at)
    # The customer's turn may be over with this file.
    if row.origin == CaseDocument.Origin.CUSTOMER:
        actions.bring_back(row.case, by=row.sent_by)
    else:
        actions.bring_back(row.case, by=row.sent_by, side=Side.STAFF)
        emails.case_message(row.case)


def _say(row: CaseDocument) -> None:
    """A file of ours is clean: what we wrote with it goes into the thread, and the customer is told."""
    row.message = Message.objects.create(case=row.case, by=row.sent_by, side=Side.STAFF, body=row.words)
    row.words = ""
    row.save(update_fields=["message", "words"])
    emails.case_message(row.case)


def _refuse(row: CaseDocument, code: str) -> CaseDocument.State | None:
    with transaction.atomic():
        held = _held(row)
        if held is None:
            return None
        quarantined = held.quarantine
        held.state, held.reason = CaseDocument.State.UNREADABLE, code
        held.quarantine, held.lease_until = "", None
        held.save(update_fields=["state", "reason", "quarantine", "lease_until"])
        if held.origin == CaseDocument.Origin.CUSTOMER:
            # Who has left the page learns that there is something new; what, only the portal says.
            emails.case_message(held.case)
        transaction.on_commit(lambda: quarantine.path_of(quarantined).unlink(missing_ok=True))
    logger.warning("document_refused", extra={"document": row.pk, "reason": code})
    return CaseDocument.State.UNREADABLE


def _put_back(row: CaseDocument, error: Exception, *, counts: bool) -> None:
    with transaction.atomic():
        held = _held(row)
        if held is not None:
            held.state = CaseDocument.State.RECEIVED
            held.attempts -= not counts
            held.lease_until = timezone.now() + PAUSE
            held.save(update_fields=["state", "attempts", "lease_until"])
    logger.warning("document_waits", extra={"document": row.pk, "error": type(error).__name__})
