"""Every hostile file at the address to which customers send theirs: words, and never a page that failed.

What the child does with each is held in tests/core/test_uploads.py. Here its work is done in this process,
which is much quicker, except for what only the limits of a child stop.
"""

import warnings
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from cases.models import CaseDocument
from cases.papers import REASONS
from core import cleaning, uploads
from tests.cases.kinds import make_case
from tests.core.hostile_pictures import POISON
from tests.core.test_uploads import HOSTILE, laid_open
from tests.people import Cast

State = CaseDocument.State
KINDS = {content_type: kind for kind, (content_type, _ending) in uploads.RESULTS.items()}
# The form itself says of an empty one what to do.
SAID_BY_THE_FORM = {"nothing"}


@pytest.fixture
def quarantine(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.QUARANTINE = tmp_path / "quarantine"
    settings.QUARANTINE.mkdir()
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", cleaning.MAX_PIXELS)
    # What prints our papers loosens this for its own process.
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", False)
    # All in a day, and of one person.
    monkeypatch.setattr("cases.papers.receiving.FILES_A_DAY", 1000)
    return tmp_path / "quarantine"


def clean_here(source: Path, target: Path) -> uploads.Cleaned:
    try:
        with warnings.catch_warnings():
            # As in a process of its own.
            warnings.simplefilter("ignore")
            report = cleaning.clean(source, target)
    except cleaning.Refused as refused:
        raise uploads.FileRefused(refused.code) from refused
    except Exception as error:
        raise uploads.FileRefused("broken") from error
    return uploads.Cleaned(*uploads.RESULTS[report["type"]], report["pages"])


# A few tests, so that they run beside each other and share what is costly to set up.
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_each_ends_in_words_or_harmless_and_none_stays_in_quarantine(
    cast: Cast,
    log_in: Any,
    quarantine: Path,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
    part: int,
) -> None:
    case, client = make_case(cast.ana.user), log_in(cast.ana)
    address = reverse("cases:upload", args=[case.reference])

    def ends(name: str, content: bytes, outcome: str) -> str:
        """The answer of the address, or what the worker has made of it; in a word of the table."""
        with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
            if outcome != "too_heavy":
                patch.setattr(uploads, "clean", clean_here)
            answer = client.post(
                address, {"file": SimpleUploadedFile(name, content)}, headers={"accept": "application/json"}
            )
        if answer.status_code != 200:
            return str(answer.status_code)
        told = answer.json()
        if told["words"]:
            return code_of(told["words"][0])
        row = case.documents.get()
        served = client.get(reverse("cases:document", args=[row.reference]))
        row.delete()
        if row.state == State.UNREADABLE:
            return row.reason if (served.status_code, row.file.name) == (404, "") else "kept"
        kept = b"".join(served.streaming_content)
        harmless = POISON not in (laid_open(kept) if row.content_type == "application/pdf" else kept)
        return KINDS[row.content_type] if harmless and kept != content else "as it was sent"

    with translation.override(cast.ana.user.language):
        codes = {str(words): code for code, words in REASONS.items()}

    def code_of(words: str) -> str:
        return codes.get(words, words)

    wrong = {
        label: (end, outcome)
        for label, name, content, outcome in HOSTILE[part::PARTS]
        if label not in SAID_BY_THE_FORM and (end := ends(name, content, outcome)) != outcome
    }
    assert wrong == {}
    assert list(quarantine.iterdir()) == []
