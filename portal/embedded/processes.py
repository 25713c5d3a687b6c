"""Children that are started, awaited and ended the same way everywhere."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

START_SECONDS = 60
STOP_SECONDS = 30


class EmbeddedError(RuntimeError):
    """A sentence for the person who started the demo or the tests."""


class Server:
    """A server that is a child of this process, and dies with it where the system can do that."""

    def __init__(
        self,
        url: str,
        child: subprocess.Popen[bytes],
        ending: int,
        *,
        claim: int | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.url = url
        self.pid = child.pid
        self._child = child
        self._ending = ending
        self._claim = claim
        self._scratch = scratch
        self._owner = os.getpid()

    def running(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        """Safe to call twice; a forked copy of the starting process stops nothing."""
        if os.getpid() != self._owner:
            return
        end_child(self._child, self._ending, seconds=STOP_SECONDS)
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)


def spawn(
    command: list[Any],
    *,
    log: Path,
    cwd: str | Path = "/",
    env: dict[str, str] | None = None,
    sign: int = signal.SIGINT,
    **who: Any,
) -> subprocess.Popen[bytes]:
    """Start in a session of its own; what it says goes to `log`, which starts anew beyond 5 MB."""
    with log.open("ab" if log.exists() and log.stat().st_size < 5_000_000 else "wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=clean_environment() if env is None else env,
            start_new_session=True,  # Ctrl-C in the terminal is for the process that manages us
            preexec_fn=die_with_parent(sign),
            **who,
        )


def wait(child: subprocess.Popen[bytes], ready: Callable[[], bool], *, name: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    try:
        while not ready():
            if child.poll() is not None:
                why = last_line(log.read_text(errors="replace"))
                raise EmbeddedError(f"{name} does not start: {why} (more in {log})")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{name} did not start within {START_SECONDS} seconds: see {log}")
            time.sleep(0.02)
    except BaseException:
        end_child(child, signal.SIGINT, seconds=5)
        raise


def end_child(child: subprocess.Popen[bytes], sign: int, *, seconds: float) -> None:
    if child.poll() is None:
        child.send_signal(sign)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def die_with_parent(sign: int) -> Callable[[], None] | None:
    """For `preexec_fn`: Linux sends `sign` to the child when its parent is killed, so nothing is orphaned."""
    # Linux counts the starting *thread* as the parent, and a helper thread may end early.
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(1, sign)  # PR_SET_PDEATHSIG


def free_port(first: int = 0) -> int:
    """The first free loopback port from `first` on, or any when `first` is 0."""
    for candidate in range(first, first + 100) if first else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedError(f"No free port between {first} and {first + 99}.")


def runs_with(pid: int, word: str) -> bool:
    """A recorded process number may belong to somebody else by now: its command line must hold `word`."""
    try:
        return word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        if Path("/proc/self").exists():
            return False
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return word in subprocess.run(command, capture_output=True, text=True, check=False).stdout


def clean_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason was given"])[-1]
