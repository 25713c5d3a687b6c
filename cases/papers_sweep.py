"""Files that no row knows, and rows whose file is gone: looked for every night."""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from cases.models import CaseDocument

logger = logging.getLogger(__name__)

# A younger file may belong to a transaction that has not committed yet.
SECONDS = 24 * 3600


def sweep() -> None:
    _sweep_quarantine()
    _sweep_store()
    for row in CaseDocument.objects.filter(state=CaseDocument.State.ACCEPTED).iterator():
        if not default_storage.exists(str(row.file.name)):
            logger.error("document_without_file", extra={"document": row.pk})


def _sweep_quarantine() -> None:
    folder = Path(settings.QUARANTINE)
    if not folder.is_dir():
        return
    known = set(CaseDocument.objects.exclude(quarantine="").values_list("quarantine", flat=True))
    for path in folder.iterdir():
        # A worker may be done with it meanwhile.
        with suppress(FileNotFoundError):
            if path.name not in known and path.stat().st_mtime < time.time() - SECONDS:
                path.unlink()
                logger.warning("orphan_deleted", extra={"place": "quarantine"})


def _sweep_store() -> None:
    known = set(CaseDocument.objects.exclude(file="").values_list("file", flat=True))
    for name in list(_stored("papers")):
        if name in known:
            continue
        age = timezone.now() - default_storage.get_modified_time(name)
        if age.total_seconds() > SECONDS:
            default_storage.delete(name)
            logger.warning("orphan_deleted", extra={"place": "store"})


def _stored(folder: str) -> Iterator[str]:
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in files)
    for inner in folders:
        yield from _stored(f"{folder}/{inner}")
