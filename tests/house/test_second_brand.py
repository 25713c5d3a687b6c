"""Another insurer's folder and nothing else makes another portal, without a word of the first."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.house.source import ROOT

FIRST_BRAND = r"alborada|900 ?000 ?00\d|Calle del Alba|Protección Familiar"


@pytest.fixture
def empty_database(db: None) -> Any:
    """A database of its own beside that of the tests."""
    name = f"second_brand_{os.getpid()}"
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name}")
    yield server.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(database: str, folder: Path, brand: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "house" / "second_brand.py"), FIRST_BRAND],
        env=os.environ | {"DATABASE_URL": database, "BRAND_DIR": str(brand), "VAR_DIR": str(folder)},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_second_brand_shows_no_word_of_the_first(empty_database: str, tmp_path: Path) -> None:
    told = run(empty_database, tmp_path, ROOT / "tests" / "brands" / "lumina")
    assert told["found"] == []
    assert told["first"] == "ca"
    # No page leads to what this insurer does not offer, and it is not there, logged in or not.
    assert told["led_to"] == []
    assert told["closed"] == [404] * 2 * 4
    assert (told["pages"], told["mails"]) == (2 * 20 + 1 + 1, 1)
    # The first brand's own name is what the pages show when it is theirs: the search can find it.
    assert settings.BRAND.name == "Alborada Seguros"
    assert connection.vendor == "postgresql"
