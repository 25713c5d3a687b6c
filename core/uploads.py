"""Files that people send: what they are by their content, and a harmless copy of them. See cleaning.py."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath

from core import cleaning

MAX_BYTES = 10 * 1024 * 1024
MAX_PAGES = cleaning.MAX_PAGES
MAX_PIXELS = cleaning.MAX_PIXELS
SECONDS = 30

PICTURE, PDF = "picture", "pdf"
FAMILIES = {".jpg": PICTURE, ".jpeg": PICTURE, ".jfif": PICTURE, ".png": PICTURE, ".pdf": PDF}
FAMILIES |= {".heic": PICTURE, ".heif": PICTURE}
# What comes out: content type and ending.
RESULTS = {
    "jpeg": ("image/jpeg", ".jpg"),
    "png": ("image/png", ".png"),
    "pdf": ("application/pdf", ".pdf"),
}


class FileRefused(Exception):  # noqa: N818 - it is an answer
    """The file cannot be taken. The codes have their words in cases/papers/reasons.py."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Cleaned:
    content_type: str
    ending: str
    pages: int


def accepted() -> str:
    """For the box of the browser that chooses files; of HEIC it is only told where we can read it."""
    types = ["image/jpeg", "image/png", "application/pdf"]
    if cleaning.heic_is_read():
        types += ["image/heic", "image/heif", ".heic", ".heif"]
    return ",".join(types)


def look_at(name: str, size: int, head: bytes) -> None:
    """What can be told at once. Raises FileRefused."""
    if size == 0:
        raise FileRefused("empty")
    if size > MAX_BYTES:
        raise FileRefused("too_large")
    kind = cleaning.sniff(head)
    ending = PurePath(tidy_name(name)).suffix.lower()
    if not kind or (ending and ending not in FAMILIES):
        raise FileRefused("type")
    if kind == "heic" and not cleaning.heic_is_read():
        raise FileRefused("heic")
    # A picture called .jpg that is a PNG is everyday; a PDF called .jpg is not.
    if ending and FAMILIES[ending] != (PDF if kind == "pdf" else PICTURE):
        raise FileRefused("name")


def tidy_name(name: str) -> str:
    """As the person called it: without folders, control characters and signs that turn the writing round."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign if sign.isprintable() else " " for sign in last)
    return " ".join(kept.split()).lstrip(".") or "document"


def named(name: str, ending: str, most: int = 150) -> str:
    """The same name with the ending of what the file has become."""
    tidy = tidy_name(name)
    suffix = PurePath(tidy).suffix
    stem = tidy[: -len(suffix)] if suffix.lower() in FAMILIES else tidy
    return stem[: most - len(ending)].rstrip(" .") + ending


def clean(source: Path, target: Path) -> Cleaned:
    """Write a harmless copy of `source` to `target`; raises FileRefused, and nothing else for any content.

    InterruptedError where the child was killed from outside: to be tried again.
    """
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", cleaning.__file__, str(source), str(target)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            # No secret of ours: the worker's environment has the key and the database's password.
            env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FileRefused("too_heavy") from error
    if done.returncode == -signal.SIGKILL:
        # By somebody else, such as a machine without memory: that says nothing of the file.
        raise InterruptedError("the cleaning was killed")
    if done.returncode < 0:
        # Killed by a limit, or by a decoder's own fault.
        raise FileRefused("too_heavy")
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        raise FileRefused("broken") from error
    if "refused" in report:
        raise FileRefused(report["refused"])
    content_type, ending = RESULTS[report["type"]]
    return Cleaned(content_type, ending, report["pages"])
