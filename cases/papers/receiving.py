"""A file goes into quarantine before anything of it is read, and there it waits for a worker."""

from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.models import User
from cases import actions, emails
from cases.lifecycle import MoveNotAllowed
from cases.models import Case, CaseDocument, Paper
from cases.papers import quarantine
from cases.papers.checking import note_supplied
from cases.papers.reasons import UploadRefused
from core import kick, uploads
from core.deadlines import MADRID
from core.references import new_reference

CHECK = "cases.tasks_papers.check_document"

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
    # What came by post, staff put in.
    if not by.is_staff:
        actions.must_act(case, by)
    name, size = upload.name or "", upload.size or 0
    upload.seek(0)
    try:
        uploads.look_at(name, size, upload.read(1024))
    except uploads.FileRefused as refused:
        raise UploadRefused(refused.code) from refused
    quarantined, digest = quarantine.put_in(upload)
    path = quarantine.path_of(quarantined)
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
                note_supplied(row)
    except IntegrityError:
        # Somebody else of the family sent the same file in the same moment.
        row = CaseDocument.objects.get(case=case, paper=paper, sha256=digest)
    except (UploadRefused, MoveNotAllowed):
        path.unlink(missing_ok=True)
        raise
    if row.quarantine != quarantined:
        path.unlink(missing_ok=True)
    return row


def _tell(case: Case, by: User) -> None:
    """One mail for all the files of one hour: each arrives in a form of its own."""
    since = timezone.now() - TOLD
    others = not by.is_staff and by.pk != case.asked_by_id
    if others and not case.documents.filter(sent_by=by, sent_at__gt=since).exists():
        emails.case_acted(case, by)


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
