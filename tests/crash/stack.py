"""The whole portal as production runs it, on servers of its own, and ways to kill parts of it."""

import contextlib
import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg

from portal.demo.runner import GUNICORN, MEMORY, WORKER
from portal.demo.services import Process, Running, identity
from portal.embedded import start_postgres, start_valkey
from portal.embedded.processes import free_port
from tests.crash.checks import message_ids

ROOT = Path(__file__).resolve().parents[2]
HOST = "portal.example"
SITE = f"https://{HOST}"
# The machine may be busy with other things: these end a run that hangs and judge nothing.
START_SECONDS = 240
VICTIMS = ("web", "worker", "postgresql", "valkey", "everything")
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
OURS = {
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "SECRET_KEY",
    "PORTAL_ENV",
    "DJANGO_SETTINGS_MODULE",
    "VAR_DIR",
}


class Stack:
    """Stands between the clients and nothing: they talk to gunicorn as a proxy with TLS would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.var = folder / "var"
        self.mails = folder / "mails"
        self.log = folder / "log"
        for made in (self.var, self.log):
            made.mkdir(mode=0o755)
        self.web_port, self.valkey_port, self.smtp_port, page_port = (free_port() for _ in range(4))
        self.running: dict[str, Running] = {}
        sink = ["-m", "portal.demo.mail_sink", "--folder", self.mails]
        sink += ["--smtp-port", self.smtp_port, "--page-port", page_port]
        self.start_of: dict[str, Callable[[], Running]] = {
            "postgresql": partial(start_postgres, folder / "pg"),
            "valkey": partial(start_valkey, folder / "valkey", self.valkey_port),
            "mail": partial(self._python, "mail", *sink),
            "web": partial(self._python, "web", "-m", *GUNICORN.split(), *self._web_options()),
            "worker": partial(self._python, "worker", "-m", *WORKER.split()),
            "beat": partial(
                self._python,
                "beat",
                "-m",
                "celery",
                "-A",
                "portal",
                "beat",
                "-s",
                self.var / "beat",
                "--pidfile=",
            ),
        }
        kept = {key: value for key, value in os.environ.items() if key not in OURS}
        self.environment = kept | {
            "PORTAL_ENV": "production",
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "SITE_URL": SITE,
            "ALLOWED_HOSTS": HOST,
            "TRUSTED_PROXIES": "1",
            "VAR_DIR": str(self.var),
            "REDIS_URL": f"redis://127.0.0.1:{self.valkey_port}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "PYTHONUNBUFFERED": "1",
        }

    def start(self) -> None:
        self.up("postgresql", "valkey", "mail")
        self.run("tests.crash.seed", "--prepare")
        self.up("web", "worker", "beat")
        self.wait_until_served()

    def stop(self) -> None:
        for name in reversed(list(self.running)):
            self.running.pop(name).stop()

    def up(self, *names: str) -> None:
        for name in names:
            self.running[name] = self.start_of[name]()
            if name == "postgresql":
                self.database = self.environment["DATABASE_URL"] = self.running[name].url  # type: ignore[attr-defined]

    def run(self, module: str, *arguments: str) -> str:
        """A process of Django beside the others, as an operator would start one; what it says."""
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.database, autocommit=True)

    def durability(self) -> dict[str, str]:
        with self.connect() as connection:
            return {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in DURABLE}  # type: ignore[index]

    def mails_sent(self) -> tuple[int, int]:
        """So many different ones, and so many more than once."""
        ids = message_ids(self.mails)
        return len(set(ids)), len(ids) - len(set(ids))

    # --- killing ----------------------------------------------------------------------------------

    def kill(self, victim: str, choose: Callable[[list[str]], str]) -> str:
        """SIGKILL, and nothing else; says what was hit. `choose` picks one of several ways."""
        if victim == "everything":
            self._kill(*[pid for name in self.running if name != "mail" for pid in self.pids(name)])
            return "everything"
        if victim not in {"web", "worker"}:
            self._kill(*self.pids(victim))
            return victim
        main, *children = self.pids(victim)
        hit = choose([*map(str, range(len(children))), "whole"])
        self._kill(*([main, *children] if hit == "whole" else [children[int(hit)]]))
        return f"{victim}, {'all of it' if hit == 'whole' else 'one process'}"

    def restart_what_is_dead(self) -> None:
        """What the supervisor of a production machine does."""
        for name in self.start_of:
            if name in self.running and not self.running[name].running():
                self.running.pop(name).stop()
                self.up(name)

    def pids(self, name: str) -> list[int]:
        """The main process of a service and those below it."""
        found = [self.running[name].pid]
        for pid in found:
            found += children_of(pid)
        return found

    def freeze(self, name: str) -> None:
        for pid in self.pids(name):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        for pid in self.pids(name):
            os.kill(pid, signal.SIGCONT)

    def _kill(self, *pids: int) -> None:
        # The number could be somebody else's by the next line; not its moment of birth.
        born = {pid: identity(pid) for pid in pids}
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(
            lambda: not any(was and identity(pid) == was for pid, was in born.items()),
            "the end of the killed",
        )

    # --- waiting ----------------------------------------------------------------------------------

    def wait_until_served(self) -> None:
        wait_for(self._ready, "the pages", START_SECONDS)

    def _ready(self) -> bool:
        dead = [name for name, service in self.running.items() if not service.running()]
        assert dead == [], f"{dead} ended by themselves: see {self.log}"
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=30)
        try:
            connection.request("GET", "/readyz", headers={"Host": HOST, "X-Forwarded-Proto": "https"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    # --- starting ---------------------------------------------------------------------------------

    def _python(self, name: str, *arguments: object) -> Process:
        command = [sys.executable, *map(str, arguments)]
        return Process(command, log=self.log / f"{name}.log", cwd=ROOT, env=self.environment)

    def _web_options(self) -> list[str]:
        options = ["--bind", f"127.0.0.1:{self.web_port}"]
        return [*options, "--worker-tmp-dir", str(MEMORY)] if MEMORY.is_dir() else options


@contextlib.contextmanager
def started(failed: Callable[[], bool]) -> Iterator[Stack]:
    """What failed leaves its logs behind."""
    # Not in the folder of pytest: the account of the database must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="portal-crash-", dir="/tmp"))
    folder.chmod(0o755)
    stack = Stack(folder)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
    if not failed():
        shutil.rmtree(folder)


def children_of(pid: int) -> list[int]:
    found = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in tasks.read_text().split()]
    return sorted(found)


def wait_for(
    condition: Callable[[], bool], name: str, seconds: float = 60, why: Callable[[], str] = str
) -> float:
    """How long it took; `why` says after the time what is still missing."""
    begun, pause = time.monotonic(), threading.Event()
    while not condition():
        if time.monotonic() > begun + seconds:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {name}\n{why()}")
        pause.wait(0.05)
    return time.monotonic() - begun
