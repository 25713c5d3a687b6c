import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
import redis

from portal.demo.services import identity
from portal.embedded import EmbeddedError, start_postgres, start_valkey
from portal.embedded.postgres import LONGEST_SOCKET_FOLDER
from portal.embedded.processes import free_port


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One that the account of the database may enter, as the folder of a checkout mostly is."""
    made = Path(tempfile.mkdtemp(prefix="portal-embedded-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def ask(url: str, query: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()  # type: ignore[arg-type]


def test_accented_letters_are_letters_whatever_the_shell_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    server = start_postgres(folder / "pg", fast=True)
    try:
        assert ask(server.url, "SELECT upper('áñç'), 'É' ILIKE 'é', current_setting('server_encoding')") == (
            "ÁÑÇ",
            True,
            "UTF8",
        )
    finally:
        server.stop()


def test_the_database_keeps_its_rows_and_listens_on_its_socket_only(folder: Path) -> None:
    server = start_postgres(folder / "pg")
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert ask(server.url, "SHOW listen_addresses") == ("",)
    assert stat.S_IMODE((folder / "pg").stat().st_mode) == 0o700
    server.stop()
    server.stop()  # twice does no harm
    assert not server.running()

    again = start_postgres(folder / "pg")
    try:
        assert ask(again.url, "SELECT number FROM kept") == (7,)
    finally:
        again.stop()


def test_a_second_start_of_the_same_data_is_refused_in_words(folder: Path) -> None:
    server = start_postgres(folder / "pg", fast=True)
    try:
        with pytest.raises(EmbeddedError) as refused:
            start_postgres(folder / "pg", fast=True)
        assert str(refused.value) == f"Another process is using the database in {folder}/pg: stop it first."
        assert ask(server.url, "SELECT 1") == (1,)
    finally:
        server.stop()


def test_data_of_another_version_is_refused_and_left_alone(folder: Path) -> None:
    (folder / "pg").mkdir()
    (folder / "pg" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 16 and this is PostgreSQL 18: move"):
        start_postgres(folder / "pg")
    assert [path.name for path in (folder / "pg").iterdir()] == ["PG_VERSION"]


def test_a_long_path_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("x" * LONGEST_SOCKET_FOLDER)
    server = start_postgres(deep, fast=True)
    try:
        assert ask(server.url, "SELECT 1") == (1,)
        sockets = Path(unquote(urlsplit(server.url).netloc.partition("@")[2]))
        assert sockets.parent == Path(tempfile.gettempdir())
    finally:
        server.stop()
    assert not sockets.exists()


def test_the_servers_die_with_a_killed_starter(folder: Path) -> None:
    """kill -9 leaves no time for a clean end; nothing may run on."""
    code = (
        "import sys, pathlib; from portal.embedded import start_postgres, start_valkey\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "print(start_postgres(folder / 'pg', fast=True).pid, start_valkey(folder / 'vk').pid, flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pids = [int(word) for word in starter.stdout.readline().split()]
        assert all(identity(pid) for pid in pids)
        starter.send_signal(signal.SIGKILL)
    # The end of a server is what frees its data: the next start waits for nothing and finds it consistent.
    server = start_postgres(folder / "pg", fast=True)
    server.stop()
    assert [identity(pid) for pid in pids] == ["", ""]


def test_valkey_refuses_to_forget_work_and_keeps_nothing_on_disk(folder: Path) -> None:
    server = start_valkey(folder / "valkey", free_port())
    try:
        client = redis.Redis.from_url(server.url)
        client.set("kept", "no")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        client.close()
    finally:
        server.stop()
    assert [path.name for path in (folder / "valkey").iterdir()] == ["valkey.log"]


def test_a_busy_port_is_said(folder: Path) -> None:
    server = start_valkey(folder / "one")
    try:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(EmbeddedError, match="Valkey does not start: "):
            start_valkey(folder / "two", port)
    finally:
        server.stop()
