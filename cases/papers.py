"""Files that people send on a case: into quarantine at once, cleaned by a worker, served only then."""

import hashlib
import logging
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases import actions, emails
from cases.lifecycle import MoveNotAllowed
from cases.models import Case, CaseDocument, CaseDocumentQuerySet, Paper
from core import antivirus, kick, uploads
from core.deadlines import MADRID
from core.files import sync
from core.references import new_reference

logger = logging.getLogger(__name__)

CHECK = "cases.tasks_papers.check_document"

FILES_A_FORM = 5
FILES_A_DAY = 20
BYTES_A_PERSON = 200 * 1024 * 1024

# Longer than the hard limit of a task: whoever still holds the row then is dead.
LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 5
# Whoever asked is told once in this time that somebody else sends files.
TOLD = timedelta(hours=1)
# Until the scanner or a full disk is asked again.
PAUSE = timedelta(seconds=45)

# What is wrong, and what to do about it.
REASONS = {
    "empty": _("The file is empty. Choose it again, or take the photo again."),
    "too_large": _("The file is larger than 10 MB. Send a photo of lower quality, or part the document."),
    "type": _("We can only read JPEG and PNG pictures and PDF files. Send a photo or a PDF of the paper."),
    "heic": _("We cannot read this kind of photo (HEIC). Send it as a JPEG: your phone can save it so."),
    "name": _("The name of the file says something else than what is in it. Save it again and send that."),
    "broken": _("We could not open the file: it is damaged. Save or scan the paper again and send that."),
    "cut_off": _("The file is not complete: its end is missing. Send it again."),
    "too_many_pixels": _("The picture is too large. Send one of at most 40 megapixels."),
    "animated": _("The picture moves. Send a still one."),
    "encrypted": _("The PDF is locked with a password. Print it to a new PDF and send that."),
    "too_many_pages": _("The PDF has more than 60 pages. Send it in parts."),
    "no_pages": _("The PDF has no pages. Save it again and send that."),
    "xfa": _("The PDF is a form that only one program can show. Print it to a new PDF and send that."),
    "too_heavy": _("The file is too complicated to open. Print it to a new PDF, or send a photo."),
    "virus": _("Our virus scanner found something harmful and we deleted the file. Send a photo."),
    "not_checked": _("We could not check the file. We are sorry: please send it again."),
    "too_many_files": _("At most five files can be sent at once. Send the others afterwards."),
    "day_full": _("You have sent 20 files today, which is the most for a day. Send the others tomorrow."),
    "space_full": _("You have sent 200 MB of files, which is the most that we keep. Write us a message."),
    "no_room": _("We cannot take files right now. Nothing was saved. Try again in some minutes."),
}  # fmt: skip


class UploadRefused(Exception):  # noqa: N818 - it is an answer
    """The file was not taken: `code`, and `words` for the person who sent it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = REASONS[code]


def receive(case: Case, upload: UploadedFile, *, by: User, paper: Paper | None = None) -> CaseDocument:
    """Keep a file until a worker has looked at it. Raises UploadRefused for what can be told at once.

    The same file twice for one paper is one document. A closed case is opened again in the same
    transaction; MoveNotAllowed where it is closed for good. MayNotAct for who may only read.
    """
    # What came by post, staff put in.
    if not by.is_staff:
        actions.must_act(case, by)
    name, size = upload.name or "", upload.size or 0
    upload.seek(0)
    try:
        uploads.look_at(name, size, upload.read(1024))
    except uploads.FileRefused as refused:
        raise UploadRefused(refused.code) from refused
    quarantined, digest = _quarantine(upload)
    path = _in_quarantine(quarantined)
    try:
        with transaction.atomic():
            # One at a time for each person, or ten forms sent at once would all be the twentieth.
            User.objects.select_for_update(no_key=True).get(pk=by.pk)
            known = _known(case, digest, paper)
            if known is not None and known.reason not in ("", "not_checked"):
                raise UploadRefused(known.reason)
            if known is None and not by.is_staff:
                _check_quota(by, size)
            actions.open_again(case, by=by)
            if known is None:
                _tell(case, by)
            row = known or CaseDocument.objects.create(
                reference=new_reference("DOC"),
                case=case,
                paper=paper,
                sent_by=by,
                name=uploads.tidy_name(name)[-150:],
                quarantine=quarantined,
                size=size,
                sha256=digest,
            )
            if known is not None and known.reason == "not_checked":
                _offer_again(known, quarantined)
            if row.quarantine == quarantined:
                kick.after_commit(CHECK, row.pk)
            elif paper is not None and row.paper_id is None:
                row.paper = paper
                row.save(update_fields=["paper"])
                _note_supplied(row)
    except IntegrityError:
        # Somebody else of the family sent the same file in the same moment.
        row = CaseDocument.objects.get(case=case, paper=paper, sha256=digest)
    except (UploadRefused, MoveNotAllowed):
        path.unlink(missing_ok=True)
        raise
    if row.quarantine != quarantined:
        path.unlink(missing_ok=True)
    return row


def check_document(*, document_id: int) -> CaseDocument.State | None:
    """Look at one waiting file. None: nothing to do (done, or with another worker), or it waits on.

    May run any number of times and be killed at any point.
    """
    row = _take(document_id)
    if row is None:
        return None
    source = _in_quarantine(row.quarantine)
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


# --- receiving ------------------------------------------------------------------------------------


def _tell(case: Case, by: User) -> None:
    """One mail for all the files of one hour: each arrives in a form of its own."""
    since = timezone.now() - TOLD
    others = not by.is_staff and by.pk != case.asked_by_id
    if others and not case.documents.filter(sent_by=by, sent_at__gt=since).exists():
        emails.case_acted(case, by)


def _in_quarantine(name: str) -> Path:
    return Path(settings.QUARANTINE) / name


def _quarantine(upload: UploadedFile) -> tuple[str, str]:
    """The bytes, safe on the disk under a name that nobody can guess, and their digest."""
    name, digest = secrets.token_hex(16), hashlib.sha256()
    path = _in_quarantine(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in upload.chunks():
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        sync(path.parent)
    except OSError as error:
        path.unlink(missing_ok=True)
        logger.exception("quarantine_full")
        raise UploadRefused("no_room") from error
    return name, digest.hexdigest()


def _known(case: Case, digest: str, paper: Paper | None) -> CaseDocument | None:
    """The same file, if it is here. One that was sent for another paper stays there."""
    same = CaseDocument.objects.select_for_update().filter(case=case, sha256=digest)
    if paper is not None:
        same = same.filter(Q(paper=paper) | Q(paper=None))
    return same.order_by(F("paper").asc(nulls_last=True), "pk").first()


def _check_quota(by: User, size: int) -> None:
    sent = CaseDocument.objects.filter(sent_by=by)
    midnight = datetime.now(MADRID).replace(hour=0, minute=0, second=0, microsecond=0)
    if sent.filter(sent_at__gte=midnight).count() >= FILES_A_DAY:
        raise UploadRefused("day_full")
    # What was refused is deleted and takes no room.
    kept = sent.exclude(state=CaseDocument.State.UNREADABLE).aggregate(total=Sum("size"))["total"] or 0
    if kept + size > BYTES_A_PERSON:
        raise UploadRefused("space_full")


def _offer_again(row: CaseDocument, quarantined: str) -> None:
    row.state = CaseDocument.State.RECEIVED
    row.quarantine, row.reason, row.attempts, row.lease_until = quarantined, "", 0, None
    row.save(update_fields=["state", "quarantine", "reason", "attempts", "lease_until"])


# --- checking -------------------------------------------------------------------------------------


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
        _note_supplied(held)
        transaction.on_commit(lambda: _in_quarantine(quarantined).unlink(missing_ok=True))
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


def _note_supplied(row: CaseDocument) -> None:
    """The paper counts from the moment when it was sent, not from when we had looked at it."""
    if row.state != CaseDocument.State.ACCEPTED:
        return
    # Always the document, then the case, then the paper: no two wait for each other.
    Case.objects.select_for_update(of=("self",)).get(pk=row.case_id)
    if row.paper_id is not None:
        Paper.objects.missing().filter(pk=row.paper_id).update(supplied_at=row.sent_at)
    # The customer's turn may be over with this file.
    actions.bring_back(row.case, by=row.sent_by)


def _refuse(row: CaseDocument, code: str) -> CaseDocument.State | None:
    with transaction.atomic():
        held = _held(row)
        if held is None:
            return None
        quarantined = held.quarantine
        held.state, held.reason = CaseDocument.State.UNREADABLE, code
        held.quarantine, held.lease_until = "", None
        held.save(update_fields=["state", "reason", "quarantine", "lease_until"])
        # Who has left the page learns that there is something new; what, only the portal says.
        emails.case_message(held.case)
        transaction.on_commit(lambda: _in_quarantine(quarantined).unlink(missing_ok=True))
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
