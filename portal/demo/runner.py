"""`manage.py demo`: the whole portal on this machine, as production runs it, less what needs TLS.

Runs before Django's settings are loaded, because it makes the servers that they name.
"""

import datetime
import fcntl
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from portal.demo.services import Process, Services, stop_leftovers, write_atomically
from portal.embedded import EmbeddedError, Server, start_postgres, start_valkey
from portal.embedded.processes import die_with_parent, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 120
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MEMORY = Path("/dev/shm")  # noqa: S108 - the name is made by gunicorn
# Nobody hears Celery's heartbeat, and while the broker is away it holds up all else that the worker does.
WORKER = "celery -A portal worker -c 2 --without-mingle --without-gossip --without-heartbeat"
GUNICORN = (
    "gunicorn portal.wsgi:application -k gthread -w 2 --threads 4 --no-control-socket --graceful-timeout 8"
)


class Stopped(BaseException):
    """Ctrl-C or SIGTERM: the way out is the same from everywhere."""


def main() -> int:
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var").absolute()
    var.mkdir(parents=True, exist_ok=True)
    with (var / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(already_running(var / "demo.json"), file=sys.stderr)
            return 1
        return run(var)


def run(var: Path) -> int:
    for sign in ENDINGS:
        if sign is not signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN:  # nohup means it
            signal.signal(sign, _stopped)
    demo = Demo(var)
    code = 0
    try:
        demo.start()
        demo.watch()
    except Stopped:
        print("\nStopping …", flush=True)
    except EmbeddedError as error:
        print(f"demo: {error}", file=sys.stderr)
        code = 1
    finally:
        for sign in ENDINGS:
            signal.signal(sign, signal.SIG_IGN)
        demo.stop()
    return code


def _stopped(_sign: int, _frame: FrameType | None) -> None:
    raise Stopped


class Demo:
    def __init__(self, var: Path) -> None:
        self.var = var
        self.summary = var / "demo.json"
        self.services = Services(var / "demo.pids", say)
        self.environment = dict(os.environ)
        # The demo has a key of its own.
        self.environment.pop("SECRET_KEY_FILE", None)
        self.ports: dict[str, int] = {}

    def start(self) -> None:
        self.summary.unlink(missing_ok=True)
        if stop_leftovers(self.services.record):
            say("An earlier run was cut off; what it left has been stopped.")
        port = wanted_port(os.environ.get("PORT", "8000"))
        url = f"http://localhost:{port}"
        self.environment |= {
            "PORTAL_ENV": "demo",
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "VAR_DIR": str(self.var),
            "SECRET_KEY": secret_key(self.var / "secret_key"),
            "SITE_URL": url,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "PYTHONUNBUFFERED": "1",
        }
        (self.var / "log").mkdir(mode=0o700, exist_ok=True)
        mails = self.start_servers(port)
        self.prepare(port)
        self.start_background()
        people = json.loads((self.var / "people.json").read_text(encoding="utf-8"))
        admin_url = url + people.pop("admin_path")
        found = {"url": url, "admin_url": admin_url, **mails, **people}
        write_atomically(self.summary, json.dumps(found, ensure_ascii=False, indent=2))
        print(summary_text(found), flush=True)

    def start_servers(self, port: int) -> dict[str, str | None]:
        if not replaced("DATABASE_URL"):
            say("Starting PostgreSQL …")
            database = self.embedded("postgresql", partial(start_postgres, self.var / "pg"))
            self.environment["DATABASE_URL"] = database.url
        if not replaced("REDIS_URL"):
            say("Starting Valkey …")
            # Its port stays the same when it must be started again: the others know it already.
            chosen = free_port()
            broker = self.embedded("valkey", partial(start_valkey, self.var / "valkey", chosen))
            self.environment["REDIS_URL"] = broker.url
        if replaced("EMAIL_URL"):
            return {"mail_dir": None, "mail_url": None}
        folder = self.var / "mail"
        smtp_port, page_port = free_port(), free_port(port + 1)
        self.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{smtp_port}"
        sink = ["-m", "portal.demo.mail_sink", "--folder", folder]
        self.python("mail", *sink, "--smtp-port", smtp_port, "--page-port", page_port)
        return {"mail_dir": str(folder), "mail_url": f"http://localhost:{page_port}"}

    def prepare(self, port: int) -> None:
        """Everything up to date and the pages running; what has not changed is not made again."""
        stamp = self.var / "prepared"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint(ROOT, self.var):
            # Who has registered since is asked while the web starts.
            with self.preparation("--people-only") as asking:
                self.start_web(port)
                finish(asking)
            return
        say("Preparing the portal (a minute or two the first time) …")
        with self.preparation() as preparing:
            finish(preparing)
        write_atomically(stamp, fingerprint(ROOT, self.var))
        self.start_web(port)

    @contextmanager
    def preparation(self, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """One Django process that tells what it does; it never outlives its block."""
        people = str(self.var / "people.json")
        with subprocess.Popen(
            [sys.executable, "manage.py", "prepare_demo", "--people", people, *options],
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        ) as child:
            try:
                yield child
            finally:
                child.terminate()

    def start_web(self, port: int) -> None:
        say("Starting the pages …")
        web = [*GUNICORN.split(), "--bind", f"127.0.0.1:{port}", "--access-logfile", "-"]
        if MEMORY.is_dir():  # gunicorn's heartbeat files must not lie on a slow disk
            web += ["--worker-tmp-dir", str(MEMORY)]
        self.python("web", "-m", *web)
        deadline = time.monotonic() + READY_SECONDS
        while not ready(f"http://127.0.0.1:{port}/readyz"):
            # What does not even start once is a fault to show, not one to try again.
            for dead in self.services.dead():
                raise EmbeddedError(
                    f"{dead.name} does not start: {last_words(dead.log)} (more in {dead.log})"
                )
            if time.monotonic() > deadline:
                raise EmbeddedError(f"The portal does not get ready: see {self.var / 'log' / 'web.log'}")
            time.sleep(0.1)

    def start_background(self) -> None:
        # After the pages, which people wait for: all together would only start later.
        say("Starting worker and beat …")
        self.python("worker", "-m", *WORKER.split())
        self.python("beat", "-m", "celery", "-A", "portal", "beat", "-s", self.var / "beat", "--pidfile=")

    def watch(self) -> None:
        while True:
            time.sleep(0.5)
            self.services.look()

    def stop(self) -> None:
        self.services.stop()
        self.summary.unlink(missing_ok=True)

    def embedded(self, name: str, start: Callable[[], Server]) -> Server:
        return self.services.start(name, start, log=self.var / name)

    def python(self, name: str, *arguments: Any) -> None:
        log = self.var / "log" / f"{name}.log"
        command = [sys.executable, *map(str, arguments)]
        self.services.start(name, lambda: Process(command, log=log, cwd=ROOT, env=self.environment), log=log)


def finish(preparation: subprocess.Popen[bytes]) -> None:
    if preparation.wait():
        raise EmbeddedError("The portal could not be prepared: the reason stands above.")


def wanted_port(text: str) -> int:
    """The port of the web, if it is free."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise EmbeddedError(
            f"PORT={text} is no port: name one between 1 and 65535, for instance PORT=8000 make demo"
        )
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise EmbeddedError(
                f"Port {port} is for root only; take another one: PORT=8000 make demo"
            ) from None
        except OSError:
            free = free_port(min(port + 1, 65000))
            raise EmbeddedError(f"Port {port} is busy; take another one: PORT={free} make demo") from None
    return port


def secret_key(path: Path) -> str:
    """The same at every start: sessions and links in mails outlive a restart."""
    if not path.exists():
        write_atomically(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def replaced(setting: str) -> bool:
    """Whether a part of one's own takes the place of an embedded one."""
    return bool(os.environ.get(setting) or os.environ.get(f"{setting}_FILE"))


def fingerprint(root: Path, var: Path) -> str:
    """Of all that preparing depends on: a start that finds it unchanged has nothing to prepare.

    Today's date counts, because the book of the demo is told from today.
    """
    today = datetime.datetime.now(datetime.UTC).date()
    digest = hashlib.sha256(f"{today} {sys.version}".encode())
    if os.environ.keys() & {"BRAND_DIR", "DATABASE_URL", "DATABASE_URL_FILE"}:
        digest.update(secrets.token_bytes())  # what happens outside this checkout is not known here
    made = [var / "static" / "staticfiles.json", var / "people.json", var / "pg" / "PG_VERSION"]
    apps = [path.parent.name for path in sorted(root.glob("*/apps.py"))]
    folders = [*apps, "templates", "static", "locale", "brands"]
    sources = [path for name in folders for path in sorted((root / name).rglob("*"))]
    for path in [*made, *sources, root / "requirements-demo.txt"]:
        if path.suffix not in {".pyc", ".mo"} and path.is_file():
            found = path.stat()
            digest.update(f"{path} {found.st_ino} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    # Of a traceback the last line says most; of structured lines none does.
    plain = [line for line in lines if line.strip() and not line.startswith(("{", "["))]
    return plain[-1].strip() if plain else "no reason was given"


def already_running(summary: Path) -> str:
    try:
        return f"demo: already running at {json.loads(summary.read_text(encoding='utf-8'))['url']}"
    except (FileNotFoundError, ValueError, KeyError):
        return "demo: already starting in another terminal"


def say(line: str) -> None:
    print(line, flush=True)


def summary_text(found: dict[str, Any]) -> str:
    lines = ["", f"  The portal:    {found['url']}", f"  For staff:     {found['admin_url']}"]
    if found["mail_url"]:
        lines.append(f"  Its mails:     {found['mail_url']}  (files in {found['mail_dir']})")
    lines += ["", "  People of the demo (log in with the DNI or e-mail and the password):"]
    width = max((len(person["name"]) for person in found["people"]), default=0)
    for person in found["people"]:
        lines.append(
            f"    {person['name']:{width}}  {person['login']:28}  {person['password']:20}  {person['role']}"
        )
    lines += ["", "  Staff are asked for a code of an app as well: give this key to any app for codes."]
    for person in found["people"]:
        if "totp_secret" in person:
            lines.append(f"    {person['name']:{width}}  {person['totp_secret']}")
    if found["unregistered"]:
        lines += ["", "  In the insurer's book, without an account yet (register with the e-mail):"]
    for person in found["unregistered"][:5]:
        lines.append(f"    {person['email']:40}  DNI {person['dni']}, born {person['date_of_birth']}")
    return "\n".join([*lines, "", "  Ctrl-C stops everything.", ""])
