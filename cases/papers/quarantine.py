"""Where bytes lie that nobody has looked at yet: no page reaches them, and nobody can guess their names."""

import hashlib
import logging
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from cases.papers.reasons import UploadRefused
from core.files import sync

logger = logging.getLogger(__name__)


def path_of(name: str) -> Path:
    return Path(settings.QUARANTINE) / name


def put_in(upload: UploadedFile) -> tuple[str, str]:
    """The bytes, safe on the disk under a name that nobody can guess, and their digest."""
    name, digest = secrets.token_hex(16), hashlib.sha256()
    path = path_of(name)
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
