import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from policies.models import Mandate
from tests.people import Cast
from tests.servicing.accounts import mandate_of


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    """Where the papers of one test are kept."""
    folder = tmp_path / "files"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": folder}},
    }
    return folder


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The paper itself is of no matter here."""
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF")


@pytest.fixture
def in_english(cast: Cast) -> Iterator[None]:
    assert cast.ana.user is not None
    cast.ana.user.language = "en"
    cast.ana.user.save()
    with translation.override("en"):
        yield


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """What our own code and Django write. Celery sets logging up again, and caplog then hears nothing."""
    heard: list[Any] = []
    handler = logging.Handler()
    handler.emit = heard.append  # type: ignore[method-assign]
    names = ("accounts", "cases", "core", "django", "policies", "portal", "servicing")
    for name in names:
        logging.getLogger(name).addHandler(handler)
    yield heard
    for name in names:
        logging.getLogger(name).removeHandler(handler)


@pytest.fixture
def old(cast: Cast) -> Mandate:
    return mandate_of(cast.health)
