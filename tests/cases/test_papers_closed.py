"""A file on a request that is closed: it opens it again with the file, or nothing of it is kept."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from cases import actions, papers
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case, CaseDocument
from tests.cases.kinds import make_case
from tests.core.hostile_pdfs import blank, saved
from tests.people import Cast

PDF = saved(blank(1))


@pytest.fixture(autouse=True)
def quarantine(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)


def answered(cast: Cast) -> Case:
    case = make_case(cast.ana.user)
    return actions.decide(case, "answer", by=cast.felix.user, message="In the post.")  # type: ignore[arg-type]


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("factura.pdf", PDF, "application/pdf")


def in_quarantine() -> int:
    return len(list(Path(django_settings.QUARANTINE).iterdir()))


def moves(case: Case) -> list[str]:
    return list(case.events.values_list("move", flat=True))


def test_it_opens_an_answered_request_again(cast: Cast) -> None:
    case = answered(cast)
    papers.receive(case, upload(), by=cast.ana.user)  # type: ignore[arg-type]
    assert (case.is_open, case.status, moves(case)) == (True, "in_review", ["open", "answer", "reopen"])
    papers.receive(case, upload(), by=cast.ana.user)  # type: ignore[arg-type]
    assert (moves(case), case.documents.count()) == (["open", "answer", "reopen"], 1)


def test_the_file_and_the_step_are_there_together_or_not_at_all(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = answered(cast)

    def dies(*args: Any, **kwargs: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as broken, pytest.raises(ConnectionResetError):
        broken.setattr("cases.actions.asking.make_move", dies)
        papers.receive(case, upload(), by=cast.ana.user)  # type: ignore[arg-type]
    assert (moves(case), case.documents.count()) == (["open", "answer"], 0)

    with monkeypatch.context() as broken, pytest.raises(ConnectionResetError):
        broken.setattr(CaseDocument.objects, "create", dies)
        papers.receive(case, upload(), by=cast.ana.user)  # type: ignore[arg-type]
    assert (moves(case), case.documents.count()) == (["open", "answer"], 0)


def test_what_is_closed_for_good_keeps_no_byte(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    actions.make_move(case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    with pytest.raises(MoveNotAllowed):
        papers.receive(case, upload(), by=cast.ana.user)  # type: ignore[arg-type]
    assert (moves(case), case.documents.count(), in_quarantine()) == (["open", "withdraw"], 0, 0)


def test_one_that_was_closed_while_the_file_came_says_so(
    cast: Cast, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(cast.ana.user)
    receive = papers.receive

    def withdrawn_first(*args: Any, **kwargs: Any) -> CaseDocument:
        actions.make_move(case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
        return receive(*args, **kwargs)

    monkeypatch.setattr(papers, "receive", withdrawn_first)
    response = log_in(cast.ana).post(reverse("cases:upload", args=[case.reference]), {"file": upload()})
    assert response.status_code == 200
    with translation.override(cast.ana.user.language):
        assert list(response.context["upload_form"].errors["file"]) == [
            gettext("This request was closed meanwhile: the file was not sent. Ask us anew.")
        ]
    assert (case.documents.count(), in_quarantine()) == (0, 0)


def test_what_was_closed_for_good_before_is_said_too(cast: Cast, log_in: Any) -> None:
    case = make_case(cast.ana.user)
    actions.make_move(case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    client, address = log_in(cast.ana), reverse("cases:upload", args=[case.reference])
    page = client.post(address, {"file": upload()})
    assert f'href="{reverse("servicing:ask")}?about={case.reference}"' in page.content.decode()
    by_script = client.post(address, {"file": upload()}, headers={"accept": "application/json"}).json()
    with translation.override(cast.ana.user.language):
        words = gettext("This request was closed meanwhile: the file was not sent. Ask us anew.")
    assert list(page.context["upload_form"].errors["file"]) == [words]
    assert by_script == {"received": 0, "words": [words]}
    assert case.documents.count() == 0
    assert not Path(django_settings.QUARANTINE).exists()
