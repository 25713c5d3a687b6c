"""A file goes into quarantine before anything of it is read, and there it waits for a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.models import User
from cases import actions, emails
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case, CaseDocument, Paper
from cases.papers import quarantine
from cases.papers.checking import note_supplied
from cases.papers.reasons import SENT_BEFORE, UploadRefused, why_again
from cases.sent_once import same_words
from core import kick, uploads
from core.deadlines import MADRID
from core.references import new_reference

CHECK = "cases.tasks_papers.check_document"
Origin = CaseDocument.Origin

FILES_A_FORM = 5
FILES_A_DAY = 20
BYTES_A_PERSON = 200 * 1024 * 1024
# Whoever asked is told once in this time that somebody else sends files.
TOLD = timedelta(hours=1)


def receive(case: Case, upload: UploadedFile, *, by: User, paper: Paper | None = None) -> CaseDocument:
    """Keep a file until a worker has looked at it. Raises UploadRefused for what can be told at once.

    The same file twice for one paper is one document. A closed case is opened again in the same
    transaction; MoveNotAllowed where it is closed for good. MayNotAct for who may only read.
    """
    actions.must_act(case, by)
    with _incoming(upload, by=by) as file:
        known = _known(case, file, paper)
        if known is None:
            _check_quota(by, file.size)
        actions.open_again(case, by=by)
        if known is None:
            _tell(case, by)
        return _keep(known, file, case=case, paper=paper, sent_by=by)


def put_in(case: Case, upload: UploadedFile, *, by: User, paper: Paper | None = None) -> CaseDocument:
    """What came by post, put in by the staff: as good as if the customer had sent it.

    Raises UploadRefused; MoveNotAllowed where the case is closed or nobody could see it; OwnRequest.
    """
    actions.must_not_be_own(case, by)
    with _incoming(upload, by=by) as file:
        known = _known(case, file, paper)
        _must_be_read(case)
        return _keep(known, file, case=case, paper=paper, sent_by=by, origin=Origin.POST)


def send(case: Case, upload: UploadedFile, *, by: User, words: str) -> CaseDocument:
    """A file of ours: with these words it is in the thread as soon as it is clean, and counts for no paper.

    The same file with the same words is sent once. Raises what `put_in` raises.
    """
    if not words.strip():
        raise ValueError("a file of ours comes with a message")
    actions.must_not_be_own(case, by)
    with _incoming(upload, by=by) as file:
        known = _known_of_ours(case, file, words)
        _must_be_read(case)
        # Who answers has read.
        actions.read_messages(case, side=Side.STAFF)
        return _keep(known, file, case=case, sent_by=by, origin=Origin.OURS, words=words.strip())


@dataclass
class Incoming:
    name: str
    size: int
    sha256: str
    quarantine: str
    # Whether a row says where it lies.
    kept: bool = False


@contextmanager
def _incoming(upload: UploadedFile, *, by: User) -> Iterator[Incoming]:
    """The bytes in quarantine, and a transaction for the row; bytes that no row names are taken away."""
    name, size = upload.name or "", upload.size or 0
    upload.seek(0)
    try:
        uploads.look_at(name, size, upload.read(1024))
    except uploads.FileRefused as refused:
        raise UploadRefused(refused.code) from refused
    quarantined, digest = quarantine.put_in(upload)
    file = Incoming(uploads.tidy_name(name)[-150:], size, digest, quarantined)
    try:
        with transaction.atomic():
            # One at a time for each person, or ten forms sent at once would all be the twentieth.
            User.objects.select_for_update(no_key=True).get(pk=by.pk)
            yield file
    except (UploadRefused, MoveNotAllowed):
        quarantine.path_of(quarantined).unlink(missing_ok=True)
        raise
    if not file.kept:
        quarantine.path_of(quarantined).unlink(missing_ok=True)


def _keep(known: CaseDocument | None, file: Incoming, **fields: Any) -> CaseDocument:
    row = known or _new(file, **fields)
    if row.reason == "not_checked":
        _offer_again(row, file.quarantine)
    file.kept = row.quarantine == file.quarantine
    paper = fields.get("paper")
    if file.kept:
        kick.after_commit(CHECK, row.pk)
    elif paper is not None and row.paper_id is None:
        row.paper = paper
        row.save(update_fields=["paper"])
        note_supplied(row)
    return row


def _new(file: Incoming, **fields: Any) -> CaseDocument:
    try:
        with transaction.atomic():
            return CaseDocument.objects.create(
                reference=new_reference("DOC"),
                name=file.name,
                quarantine=file.quarantine,
                size=file.size,
                sha256=file.sha256,
                **fields,
            )
    except IntegrityError:
        # Somebody else, of the family or of the staff, sent the same file in the same moment.
        case = fields["case"]
        if fields.get("origin") == Origin.OURS and (ours := _known_of_ours(case, file, fields["words"])):
            return ours
        same = CaseDocument.objects.filter(case=case, paper=fields.get("paper"), sha256=file.sha256)
        return same.exclude(origin=Origin.OURS).get()


def _tell(case: Case, by: User) -> None:
    """One mail for all the files of one hour: each arrives in a form of its own."""
    since = timezone.now() - TOLD
    if by.pk != case.asked_by_id and not case.documents.filter(sent_by=by, sent_at__gt=since).exists():
        emails.case_acted(case, by)


def _known(case: Case, file: Incoming, paper: Paper | None) -> CaseDocument | None:
    """The same file, if it is here. One that was sent for another paper stays there.

    Raises UploadRefused for one that could not be used.
    """
    same = CaseDocument.objects.select_for_update().filter(case=case, sha256=file.sha256)
    same = same.exclude(origin=Origin.OURS)
    if paper is not None:
        # What was sent for no paper and was of no use there may be what this one asks for.
        same = same.filter(Q(paper=paper) | Q(paper=None)).exclude(paper=None, refused_at__isnull=False)
    return _usable(same.order_by(F("paper").asc(nulls_last=True), "pk").first())


def _known_of_ours(case: Case, file: Incoming, words: str) -> CaseDocument | None:
    """Raises UploadRefused where it was sent with other words, or could not be used."""
    same = CaseDocument.objects.select_for_update(of=("self",)).select_related("message")
    row = _usable(same.filter(case=case, sha256=file.sha256, origin=Origin.OURS).first())
    if row is None or same_words(row.message.body if row.message else row.words, words):
        return row
    raise UploadRefused(SENT_BEFORE)


def _usable(known: CaseDocument | None) -> CaseDocument | None:
    if known is not None and known.reason not in ("", "not_checked"):
        raise UploadRefused(known.reason, why_again(known))
    return known


def _must_be_read(case: Case) -> None:
    """Raises MoveNotAllowed where a file of the staff would lie unread."""
    row = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if not row.is_open or row.is_answered_by_mail:
        raise MoveNotAllowed


def _check_quota(by: User, size: int) -> None:
    sent = CaseDocument.objects.filter(sent_by=by, origin=Origin.CUSTOMER)
    midnight = datetime.now(MADRID).replace(hour=0, minute=0, second=0, microsecond=0)
    if sent.filter(sent_at__gte=midnight).count() >= FILES_A_DAY:
        raise UploadRefused("day_full")
    # What was refused is deleted, or kept for our own sake: it takes no room of theirs.
    kept = sent.exclude(state=CaseDocument.State.UNREADABLE).aggregate(total=Sum("size"))["total"] or 0
    if kept + size > BYTES_A_PERSON:
        raise UploadRefused("space_full")


def _offer_again(row: CaseDocument, quarantined: str) -> None:
    row.state = CaseDocument.State.RECEIVED
    row.quarantine, row.reason, row.attempts, row.lease_until = quarantined, "", 0, None
    row.save(update_fields=["state", "quarantine", "reason", "attempts", "lease_until"])
