"""The same file once more: for another paper it counts, and what could not be read is said at once."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases import actions, papers
from cases.models import Case, CaseDocument
from tests.cases.kinds import in_days, make_case
from tests.core.hostile_pdfs import blank, saved
from tests.people import Cast

PDF = saved(blank(2))
BROKEN = b"%PDF-1.7\nnothing"


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"
    storage = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}


@pytest.fixture
def send(cast: Cast, django_capture_on_commit_callbacks: Any) -> Any:
    """send(case, …) -> the row, after the worker has looked at it."""

    def send(case: Case, content: bytes = PDF, **fields: Any) -> CaseDocument:
        with django_capture_on_commit_callbacks(execute=True):
            row = papers.receive(case, SimpleUploadedFile("a.pdf", content), by=cast.ana.user, **fields)
        row.refresh_from_db()
        return row

    return send


def test_one_file_may_answer_two_papers(cast: Cast, send: Any) -> None:
    case = make_case(cast.ana.user)
    invoice, report = (
        actions.ask_for_paper(case, by=cast.felix.user, name=name, why="To see", answer_by=in_days(9))
        for name in ("Invoice", "Report")
    )
    first, second, again = send(case, paper=invoice), send(case, paper=report), send(case, paper=report)
    assert (first.paper, second.paper, again) == (invoice, report, second)
    assert first.file.name != second.file.name
    assert case.papers.filter(supplied_at=None).count() == 0
    case.refresh_from_db()
    assert case.status == "in_review"


def test_what_could_not_be_read_is_not_checked_a_second_time(cast: Cast, send: Any, tmp_path: Path) -> None:
    """The page would say that we are checking it, and nobody would."""
    case = make_case(cast.ana.user)
    row = send(case, BROKEN)
    with pytest.raises(papers.UploadRefused) as refused:
        send(case, BROKEN)
    assert (row.state, refused.value.code) == (CaseDocument.State.UNREADABLE, row.reason)
    assert list((tmp_path / "quarantine").iterdir()) == []
