"""Private files have no address of their own: a view finds the row and hands out this response."""

import os
from pathlib import Path

from django.db.models.fields.files import FieldFile
from django.http import FileResponse


def download(file: FieldFile, *, filename: str, content_type: str) -> FileResponse:
    """Saved by the browser, never shown inside the site, kept by no cache."""
    response = FileResponse(file.open("rb"), as_attachment=True, filename=filename, content_type=content_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def sync(*places: Path) -> None:
    """What lies there survives a power cut. A new file needs its folder too, or its name may be forgotten."""
    for place in places:
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
