import fcntl
import json
import os
import smtplib
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from portal.demo import runner
from portal.demo.mail_page import STYLE, linked, make_server
from portal.demo.mail_sink import Sink
from portal.demo.services import LONGEST_PAUSE, Process, Services, identity, stop_leftovers, write_atomically
from portal.embedded import EmbeddedError
from portal.embedded.processes import free_port


class Child:
    """Stands for a process in tests of order and time."""

    def __init__(self, name: str, journal: list[str]) -> None:
        self.pid = os.getpid()
        self.name = name
        self.journal = journal
        self.alive = True
        journal.append(f"start {name}")

    def running(self) -> bool:
        return self.alive

    def stop(self) -> None:
        self.journal.append(f"stop {self.name}")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def journal() -> list[str]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(tmp_path: Path, journal: list[str], clock: Clock) -> Services:
    return Services(tmp_path / "demo.pids", journal.append, clock)


def sleeper(tmp_path: Path, code: str = "import time; time.sleep(60)") -> Process:
    return Process([sys.executable, "-c", code], log=tmp_path / "log", cwd=tmp_path, env=dict(os.environ))


# --- processes ------------------------------------------------------------------------------------


def test_what_is_started_first_is_stopped_last(
    services: Services, journal: list[str], tmp_path: Path
) -> None:
    for name in ("postgresql", "web", "worker"):
        services.start(name, lambda name=name: Child(name, journal), log=tmp_path)  # type: ignore[misc]
    services.stop()
    assert journal == [
        "start postgresql",
        "start web",
        "start worker",
        "stop worker",
        "stop web",
        "stop postgresql",
    ]
    assert not services.record.exists()


def test_a_dead_process_is_started_again_later_and_later(
    services: Services, journal: list[str], clock: Clock, tmp_path: Path
) -> None:
    services.start("web", lambda: Child("web", journal), log=tmp_path / "web.log")
    pauses = []
    for _ in range(7):
        child = services.services[0].current
        assert isinstance(child, Child)
        child.alive = False
        services.look()
        died_at = clock.now
        while services.services[0].current is None:
            clock.now += 0.5
            services.look()
        pauses.append(clock.now - died_at)
    assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]
    assert journal[:4] == [
        "start web",
        "stop web",
        f"web ended; starting it again in 1 s (see {tmp_path}/web.log)",
        "start web",
    ]


def test_after_a_steady_while_the_pause_is_short_again(
    services: Services, journal: list[str], clock: Clock, tmp_path: Path
) -> None:
    services.start("web", lambda: Child("web", journal), log=tmp_path)
    services.services[0].pause = LONGEST_PAUSE
    clock.now = 61
    child = services.services[0].current
    assert isinstance(child, Child)
    child.alive = False
    services.look()
    assert services.services[0].due_at == 62


def test_stopping_takes_the_children_of_a_process_too(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pid', 'w').write(str(child.pid)); print(flush=True); time.sleep(60)"
    )
    process = sleeper(tmp_path, code)
    wait_until((tmp_path / "log").stat, lambda status: status.st_size > 0)
    grandchild = int((tmp_path / "pid").read_text())
    assert identity(grandchild) != ""
    process.stop()
    wait_until(lambda: identity(grandchild), lambda found: found == "")


def wait_until(look: Callable[[], Any], good: Callable[[Any], bool]) -> None:
    deadline = threading.Event()
    for _ in range(600):
        if good(look()):
            return
        deadline.wait(0.02)
    raise AssertionError("it did not come to pass within 12 seconds")


def test_leftovers_of_a_killed_run_are_stopped_and_strangers_are_not(tmp_path: Path) -> None:
    record = tmp_path / "demo.pids"
    ours, stranger = sleeper(tmp_path), sleeper(tmp_path)
    entries = [
        {"pid": ours.pid, "identity": identity(ours.pid)},
        # The same number as one of ours had, but another process by now.
        {"pid": stranger.pid, "identity": identity(os.getpid())},
        {"pid": 2**22 + 1, "identity": ""},
    ]
    write_atomically(record, json.dumps(entries))
    assert stop_leftovers(record) == 1
    assert (identity(ours.pid), stranger.running(), record.exists()) == ("", True, False)
    ours.stop()
    stranger.stop()


def test_nothing_is_left_to_stop_after_a_clean_end_or_a_torn_record(tmp_path: Path) -> None:
    assert stop_leftovers(tmp_path / "demo.pids") == 0
    (tmp_path / "demo.pids").write_text("[{")
    assert stop_leftovers(tmp_path / "demo.pids") == 0


# --- sentences ------------------------------------------------------------------------------------


def test_a_busy_port_is_said_with_the_command_that_mends_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EmbeddedError) as said:
            runner.wanted_port(str(port))
    sentence, _, command = str(said.value).partition("; take another one: ")
    assert sentence == f"Port {port} is busy"
    free = int(command.removeprefix("PORT=").removesuffix(" make demo"))
    assert runner.wanted_port(str(free)) == free


@pytest.mark.parametrize("text", ["", "0", "65536", "http", "-1", "80.5"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(EmbeddedError, match=f"PORT={text} is no port"):
        runner.wanted_port(text)


def test_a_second_start_says_where_the_first_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    with (tmp_path / "demo.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert runner.main() == 1
        write_atomically(tmp_path / "demo.json", '{"url": "http://localhost:8000"}')
        assert runner.main() == 1
    assert capsys.readouterr().err.splitlines() == [
        "demo: already starting in another terminal",
        "demo: already running at http://localhost:8000",
    ]


def test_the_key_stays_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = runner.secret_key(tmp_path / "secret_key")
    assert len(key) >= 50
    assert runner.secret_key(tmp_path / "secret_key") == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_start_with_nothing_changed_prepares_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("BRAND_DIR", raising=False)
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "models.py").write_text("one")
    (tmp_path / "core" / "apps.py").touch()
    before = runner.fingerprint(tmp_path, tmp_path / "var")
    assert runner.fingerprint(tmp_path, tmp_path / "var") == before
    (tmp_path / "core" / "models.py").write_text("other")
    changed = runner.fingerprint(tmp_path, tmp_path / "var")
    assert changed != before
    (tmp_path / "var" / "pg").mkdir(parents=True)
    (tmp_path / "var" / "pg" / "PG_VERSION").write_text("18")
    assert runner.fingerprint(tmp_path, tmp_path / "var") != changed
    monkeypatch.setenv("DATABASE_URL", "postgresql://another.example/portal")
    assert runner.fingerprint(tmp_path, tmp_path) != runner.fingerprint(tmp_path, tmp_path)


@pytest.mark.parametrize("name", ["EMAIL_URL", "EMAIL_URL_FILE"])
def test_a_part_of_ones_own_replaces_the_embedded_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert not runner.replaced("EMAIL_URL")
    monkeypatch.setenv(name, "something")
    assert runner.replaced("EMAIL_URL")


# --- mails ----------------------------------------------------------------------------------------


def mail(subject: str = "Su certificado", html: str = "<p>Hola</p>") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@alborada.example", "ana@example.com"
    message.set_content("Confirme aquí: https://portal.example/x?a=1&b=2.\n<script>alert(1)</script>\n")
    message.add_alternative(html, subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename='hoja "ñ".pdf')
    return message


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    with make_server(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def get(url: str, **headers: str) -> tuple[str, dict[str, str]]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
        return answer.read().decode(), dict(answer.headers)


def test_a_mail_that_arrives_by_smtp_is_a_file(tmp_path: Path) -> None:
    port = free_port()
    controller = Controller(Sink(tmp_path), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.send_message(mail(), to_addrs=["ana@example.com", "hidden@example.com"])
    finally:
        controller.stop()
    (stored,) = tmp_path.iterdir()
    assert stored.suffix == ".eml"
    assert stored.read_bytes().startswith(b"X-Envelope-To: ana@example.com, hidden@example.com\r\nSubject: ")


def test_a_mail_is_never_seen_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[Path]] = []
    monkeypatch.setattr(os, "fsync", lambda _file: seen.append(list(tmp_path.glob("[!.]*"))))
    sink = Sink(tmp_path)
    names = [sink.store(b"Subject: x\r\n\r\ny", ["ana@example.com"]).name for _ in range(3)]
    assert [len(files) for files in seen] == [0, 1, 2]
    assert sorted(names) == names


def test_the_page_lists_the_newest_first_and_escapes(tmp_path: Path, page: str) -> None:
    sink = Sink(tmp_path)
    sink.store(mail("Primero").as_bytes(), ["ana@example.com"])
    sink.store(mail("<b>Segundo</b>").as_bytes(), ["ana@example.com"])
    body, _ = get(page)
    assert body.index("&lt;b&gt;Segundo&lt;/b&gt;") < body.index("Primero")
    assert "<b>" not in body
    assert '<html lang="es">' in body


def test_a_mail_shows_its_text_with_links_its_html_apart_and_its_files(tmp_path: Path, page: str) -> None:
    name = (
        Sink(tmp_path).store(mail(html="<script>alert(1)</script><p>Hola</p>").as_bytes(), ["ana@x.es"]).name
    )
    body, headers = get(f"{page}/mail/{name}")
    assert '<a href="https://portal.example/x?a=1&amp;b=2">https://portal.example/x?a=1&amp;b=2</a>.' in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "<script" not in body
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'self'; frame-src 'self'"

    framed, headers = get(f"{page}/mail/{name}/html")
    assert framed.startswith('<base target="_top"><script>alert(1)</script><p>Hola</p>')
    assert headers["Content-Security-Policy"].startswith("sandbox allow-top-navigation-by-user-activation ")
    assert "script" not in headers["Content-Security-Policy"]

    content, headers = get(f"{page}/mail/{name}/file/0")
    assert content == "%PDF-1.7"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''hoja%20%22%C3%B1%22.pdf"


def test_an_empty_box_says_so_and_has_a_stylesheet(page: str) -> None:
    assert "Todavía no ha llegado ningún correo." in get(page)[0]
    assert get(f"{page}/style.css")[0] == STYLE


@pytest.mark.parametrize(
    "path",
    [
        "/mail/none.eml",
        "/mail/..%2Fsecret_key",
        "/mail/.x.eml",
        "/mail/none.eml/html",
        "/mail/a.eml/file/9",
        "/x",
    ],
)
def test_what_is_not_there_is_not_found(tmp_path: Path, page: str, path: str) -> None:
    (tmp_path / ".x.eml").write_text("Subject: half")
    (tmp_path / "a.eml").write_text("Subject: none")
    with pytest.raises(urllib.error.HTTPError) as answer:
        get(page + path)
    assert answer.value.code == 404
    answer.value.close()


def test_another_site_cannot_point_its_name_at_the_mails(page: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as answer:
        get(page, Host="evil.example")
    assert answer.value.code == 421
    answer.value.close()


def test_a_full_stop_after_an_address_is_no_part_of_it() -> None:
    assert linked("(http://a.es/x).") == '(<a href="http://a.es/x">http://a.es/x</a>).'
