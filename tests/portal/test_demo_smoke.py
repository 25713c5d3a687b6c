"""The command of the README, for real: everything starts, serves, and leaves nothing running."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.demo.services import identity
from portal.embedded.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
FIRST_START_SECONDS = 300
OURS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "PORTAL_ENV", "DJANGO_SETTINGS_MODULE")


class Run:
    def __init__(self, var: Path, port: int) -> None:
        environment = {key: value for key, value in os.environ.items() if key not in OURS}
        self.environment = {**environment, "VAR_DIR": str(var), "PORT": str(port)}
        self.var = var
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait(self) -> dict[str, Any]:
        pause = threading.Event()
        for _ in range(FIRST_START_SECONDS * 10):
            try:
                found = json.loads((self.var / "demo.json").read_text())
            except FileNotFoundError:
                assert self.process.poll() is None, self.process.communicate()[0]
                pause.wait(0.1)
            else:
                assert isinstance(found, dict)
                return found
        self.process.kill()
        raise AssertionError(self.process.communicate()[0])

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, said
        return said


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    # Not in the folder of pytest: the account of the database must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="portal-demo-", dir="/tmp"))
    folder.chmod(0o755)
    running = Run(folder / "var", free_port())
    yield running
    running.process.kill()
    running.process.communicate()
    shutil.rmtree(folder)


def get(url: str) -> tuple[int, str]:
    # Compressed files are served as they lie; this asks for the plain ones.
    with urllib.request.urlopen(url.replace("localhost", "127.0.0.1"), timeout=30) as answer:
        return answer.status, answer.read().decode()


def test_the_demo_starts_serves_and_ends(run: Run) -> None:
    found = run.wait()
    assert found.keys() == {"url", "admin_url", "mail_dir", "mail_url", "people", "unregistered"}
    assert found["url"] == f"http://localhost:{run.environment['PORT']}"
    customers, staff = {"name", "role", "login", "password"}, {"totp_secret"}
    assert {frozenset(person) for person in found["people"]} == {
        frozenset(customers),
        frozenset(customers | staff),
    }
    assert {frozenset(person) for person in found["unregistered"]} == {
        frozenset({"name", "email", "dni", "date_of_birth", "shares_mailbox"})
    }

    status, home = get(found["url"])
    sheets = re.findall(r'<link rel="stylesheet" href="(/static/[^"]+)"', home)
    assert status == 200
    assert sheets != []
    for sheet in sheets:
        assert re.search(r"\.[0-9a-f]{12}\.css$", sheet), sheet
        assert get(found["url"] + sheet)[0] == 200
    assert get(found["url"] + "/readyz")[0] == 200
    assert json.loads(get(found["url"] + "/readyz")[1])["broker"] is True
    assert get(found["mail_url"])[0] == 200
    assert get(found["admin_url"])[0] == 200

    again = run.start()
    said, _ = again.communicate(timeout=60)
    assert (said, again.returncode) == (f"demo: already running at {found['url']}\n", 1)

    pids = [entry["pid"] for entry in json.loads((run.var / "demo.pids").read_text())]
    assert len(pids) == 6
    said = run.stop()
    for person in found["people"]:
        assert person["password"] in said
        assert person.get("totp_secret", "") in said
    assert [pid for pid in pids if identity(pid)] == []
    assert not (run.var / "demo.json").exists()
    with pytest.raises(urllib.error.URLError):
        get(found["url"])

    key = (run.var / "secret_key").read_text()
    run.process = run.start()
    assert run.wait() == {**found, "mail_url": run.wait()["mail_url"]}
    assert (run.var / "secret_key").read_text() == key
    run.stop()
