"""The processes of the demo: started in order, watched, started again when they die, stopped whole."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from portal.embedded.processes import spawn

STOP_SECONDS = 15
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60


class Running(Protocol):
    """What `portal.embedded.Server` and `Process` have in common."""

    pid: int

    def running(self) -> bool: ...
    def stop(self) -> None: ...


R = TypeVar("R", bound=Running)


class Process:
    """A child with its own children; stopping it stops all of them."""

    def __init__(self, command: list[Any], *, log: Path, cwd: Path, env: dict[str, str]) -> None:
        self._child = spawn(command, log=log, cwd=cwd, env=env, sign=signal.SIGTERM)
        self.pid = self._child.pid

    def running(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        if self.running():
            self._child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(STOP_SECONDS)
        # What is left of the group, be it a worker that hangs or one that outlived its parent.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._child.wait()


@dataclass
class Service:
    name: str
    start: Callable[[], Running]
    log: Path
    current: Running | None = None
    started_at: float = 0.0
    pause: float = 1.0
    due_at: float | None = None


@dataclass
class Services:
    """`say` tells the person at the terminal; the file `record` tells the next start what runs."""

    record: Path
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    services: list[Service] = field(default_factory=list)

    def start(self, name: str, start: Callable[[], R], *, log: Path) -> R:
        first = start()
        self.services.append(Service(name, start, log, current=first, started_at=self.clock()))
        self._write_record()
        return first

    def dead(self) -> list[Service]:
        return [s for s in self.services if s.current is not None and not s.current.running()]

    def look(self) -> None:
        """Start again what has died, after a pause that doubles as long as it keeps dying."""
        now = self.clock()
        for service in self.services:
            if service.current is not None and not service.current.running():
                service.current.stop()
                service.current = None
                if now - service.started_at > STEADY_SECONDS:
                    service.pause = 1.0
                service.due_at = now + service.pause
                self.say(
                    f"{service.name} ended; starting it again in {service.pause:.0f} s (see {service.log})"
                )
                service.pause = min(service.pause * 2, LONGEST_PAUSE)
            elif service.due_at is not None and now >= service.due_at:
                service.current = service.start()
                service.started_at = now
                service.due_at = None
                self._write_record()

    def stop(self) -> None:
        """In the order opposite to the start: who uses a server goes before it."""
        while self.services:
            service = self.services.pop()
            if service.current is not None:
                service.current.stop()
        self.record.unlink(missing_ok=True)

    def _write_record(self) -> None:
        running = [s.current.pid for s in self.services if s.current is not None]
        write_atomically(
            self.record, json.dumps([{"pid": pid, "identity": identity(pid)} for pid in running])
        )


def stop_leftovers(record: Path) -> int:
    """End what a killed run left behind; a number that belongs to another process by now is left alone."""
    try:
        recorded = json.loads(record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return 0
    mine = [entry for entry in recorded if entry["identity"] and identity(entry["pid"]) == entry["identity"]]
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        for entry in mine:
            # A database is cut off by SIGINT cleanly; the others end by SIGINT or by the signals after it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(entry["pid"], sign)
        deadline = time.monotonic() + 5
        while any(identity(entry["pid"]) == entry["identity"] for entry in mine):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            break
    record.unlink(missing_ok=True)
    return len(mine)


def identity(pid: int) -> str:
    """Boot and start time of a process: with its number they name it for ever. Empty when it does not run."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        if Path("/proc/self").exists():
            return ""
        # Not Linux.
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return "" if status[0] == "Z" else f"{boot} {status[19]}"


def write_atomically(path: Path, text: str, *, mode: int = 0o600) -> None:
    """A reader sees the old text or the new one, never half of it."""
    partial = path.with_name(f".{path.name}.new")
    partial.unlink(missing_ok=True)
    with os.fdopen(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    partial.rename(path)
