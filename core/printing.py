"""A paper is a row: asked for in a transaction, printed by a worker under a lease, offered again by beat.

The row's model is a `PrintedPaper` with a property `file_name` that never changes.
"""

import hashlib
import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.files import sync

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# Of a try that ends without a word: a worker is mostly ended by somebody else, and seldom by the paper.
MAX_DEATHS = 12
LEASE = timedelta(minutes=2)

# For a constraint of each such model.
READY_IS_WHOLE = ~Q(status="ready") | (~Q(file="") & ~Q(sha256="") & Q(ready_at__isnull=False))


Row = TypeVar("Row", bound=models.Model)


class PrintedPaperQuerySet(models.QuerySet[Row]):
    def waiting(self) -> Self:
        """Those that a worker may take now: asked for, and not in the hands of a worker that is alive."""
        free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
        return self.filter(free, status=PrintedPaper.Status.ASKED)


class PrintedPaper(models.Model):
    class Status(models.TextChoices):
        ASKED = "asked", _("Being prepared")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Not made")

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASKED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    error = models.CharField(_("last error"), max_length=300, blank=True)
    file = models.FileField(_("file"), blank=True)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)

    class Meta:
        abstract = True


def print_paper(
    model: type[PrintedPaper],
    row_id: int,
    *,
    draw: Callable[[Any], bytes],
    tell: Callable[[Any], object] | None = None,
) -> str | None:
    """Print one waiting paper. None: nothing to do (made, failed, or in the hands of another worker).

    May run any number of times, and be killed at any point: the file has one name, and the row turns READY
    once, in the transaction in which `tell` queues the mail that says so.
    """
    row = take(model, row_id)
    if row is None:
        return None
    # The engine weighs 40 MB and takes a second to load: the web processes never need it.
    from core.pdf import RenderError

    try:
        pdf = draw(row)
        return _note_ready(row, pdf, tell)
    except RenderError as error:
        return _note_failure(row, error, str(error), for_good=True)
    except OSError as error:
        return _note_failure(row, error, str(error), for_good=row.attempts >= MAX_ATTEMPTS)
    except Exception as error:
        # What an engine or the database says may quote what is private, an account say: only where it was.
        place = traceback.extract_tb(error.__traceback__)[-1]
        words = f"{Path(place.filename).name}, line {place.lineno}"
        return _note_failure(row, error, words, for_good=row.attempts >= MAX_ATTEMPTS)


def take(model: Any, row_id: int) -> Any | None:
    """Lease the row, so that no second worker prints it while this one does.

    One whose worker died MAX_DEATHS times is given up here: it may be what kills them.
    """
    with transaction.atomic():
        waiting = model.objects.waiting().select_for_update(of=("self",), skip_locked=True)
        row = waiting.filter(pk=row_id).first()
        if row is None:
            return None
        if row.attempts >= MAX_DEATHS:
            row.status = model.Status.FAILED
            row.error = row.error or "the worker stopped in the middle every time"
            row.save(update_fields=["status", "error"])
            logger.error("paper_failed", extra={"paper": _name(row)})
            return None
        row.attempts += 1
        row.lease_until = timezone.now() + LEASE
        row.save(update_fields=["attempts", "lease_until"])
    return row


def ask_again(rows: models.QuerySet[Any]) -> int:
    """Offer those of the rows that failed once more, with all their tries back; how many there were."""
    status = rows.model.Status
    return rows.filter(status=status.FAILED).update(
        status=status.ASKED, attempts=0, lease_until=None, error=""
    )


def _held(row: Any) -> Any | None:
    """The row, locked, if it is still ours: a worker that outlived its lease must not write any more."""
    rows = type(row).objects.select_for_update()
    return rows.filter(pk=row.pk, status=row.Status.ASKED, attempts=row.attempts).first()


def _note_ready(taken: Any, pdf: bytes, tell: Callable[[Any], object] | None) -> str | None:
    with transaction.atomic():
        row = _held(taken)
        if row is None:
            return None
        if default_storage.exists(row.file_name):
            default_storage.delete(row.file_name)
        row.file = default_storage.save(row.file_name, ContentFile(pdf))
        path = Path(default_storage.path(row.file_name))
        sync(path, path.parent)
        row.sha256 = hashlib.sha256(pdf).hexdigest()
        row.status = row.Status.READY
        row.ready_at = timezone.now()
        row.lease_until = None
        row.error = ""
        row.save(update_fields=["file", "sha256", "status", "ready_at", "lease_until", "error"])
        if tell is not None:
            tell(row)
    return str(row.status)


def _note_failure(taken: Any, error: Exception, words: str, *, for_good: bool) -> str | None:
    with transaction.atomic():
        row = _held(taken)
        if row is None:
            return None
        row.error = f"{type(error).__name__}: {words}"[:300]
        row.lease_until = None
        if for_good:
            row.status = row.Status.FAILED
        row.save(update_fields=["error", "lease_until", "status"])
    logger.warning(
        "paper_not_made", extra={"paper": _name(row), "error": type(error).__name__, "for_good": for_good}
    )
    return str(row.status)


def _name(row: Any) -> str:
    return f"{row._meta.label_lower} {row.pk}"
