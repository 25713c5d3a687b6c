"""Photos of iPhones: where the extra is there the pages name them, and where it is not, nowhere."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases import papers
from core import cleaning, uploads
from tests.cases.kinds import make_case
from tests.people import Cast

HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(500)


@pytest.fixture(params=[True, False], ids=["with the extra", "without it"])
def is_read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(cleaning, "heic_is_read", lambda: request.param)
    return bool(request.param)


def test_the_forms_name_what_can_be_read(cast: Cast, log_in: Any, is_read: bool) -> None:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    case = make_case(cast.ana.user)
    pages = [
        log_in(cast.ana).get(case.get_absolute_url()).content.decode(),
        log_in(cast.felix).get(f"/admin/cases/case/{case.pk}/press/send_file/").content.decode(),
    ]
    types = ["image/jpeg", "image/png", "application/pdf"]
    if is_read:
        types += ["image/heic", "image/heif", ".heic", ".heif"]
    for page in pages:
        assert f'accept="{",".join(types)}"' in page
        assert ("HEIC" in page) == is_read


def test_one_is_taken_or_the_way_to_a_jpeg_is_told(
    cast: Cast, log_in: Any, is_read: bool, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)
    cast.ana.user.language = "en"
    cast.ana.user.save()
    case = make_case(cast.ana.user)
    answer = log_in(cast.ana).post(
        reverse("cases:upload", args=[case.reference]),
        {"file": SimpleUploadedFile("IMG_1.HEIC", HEIC)},
        headers={"accept": "application/json"},
    )
    words = [] if is_read else [str(papers.REASONS["heic"])]
    assert answer.json() == {"received": int(is_read), "words": words}
    assert case.documents.count() == int(is_read)


def test_a_worker_without_the_extra_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page may run where it is installed, and the worker where it is not."""
    probe = tmp_path / "probe.py"
    root = Path(cleaning.__file__).parent.parent
    probe.write_text(
        f"import sys; sys.path.insert(0, {str(root)!r}); from core import cleaning\n"
        "cleaning.heic_is_read = lambda: False; cleaning.main()"
    )
    monkeypatch.setattr("core.cleaning.__file__", str(probe))
    (tmp_path / "a").write_bytes(HEIC)
    with pytest.raises(uploads.FileRefused) as refused:
        uploads.clean(tmp_path / "a", tmp_path / "b")
    assert refused.value.code == "heic"
