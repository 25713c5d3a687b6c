"""What a fresh machine lacks is said in one sentence, with the command that mends it."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.source import ROOT

TOOLS = ("awk", "cat", "dirname", "env", "find", "head", "mkdir", "rm", "sed", "tail", "tr")
# Python as the script asks it: is the version right, is there venv, what is it called.
OLD = "exit 1"
WITHOUT_VENV = """case "$2" in *ensurepip*) exit 1;; *print*) echo python3.11-venv;; esac"""
# In .venv; asked for the libraries it reads a program from its input.
LACKS_PANGO = '[ "$1" != - ] || echo "required libpango-1.0-0"'
SOME_APT = 'echo "$@" >>"$CALLS"'


@dataclass(frozen=True)
class Ended:
    code: int
    last: str


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., Ended]:
    """A clone on a machine that has a shell, and of all else only what a test gives it."""
    clone, path = tmp_path / "clone", tmp_path / "bin"
    (clone / "scripts").mkdir(parents=True)
    path.mkdir()
    shutil.copy(ROOT / "scripts" / "bootstrap", clone / "scripts")
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None, name
        (path / name).symlink_to(found)

    def put(file: Path, program: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{program}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def run(goal: str = "demo", *, root: bool = False, venv: str = "", **programs: str) -> Ended:
        put(path / "id", f"echo {0 if root else 1000}")
        for name, program in programs.items():
            put(path / name.replace("_", "-"), program)
        if venv:
            put(clone / ".venv" / "bin" / "python", venv)
        done = subprocess.run(
            ["/bin/sh", str(clone / "scripts" / "bootstrap"), goal],
            env={"PATH": str(path), "CALLS": str(tmp_path / "calls"), "TMPDIR": str(tmp_path)}
            | {name: os.environ[name] for name in ("PYTHON",) if name in os.environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stderr.splitlines()[-1])

    return run


def says(words: str) -> Ended:
    return Ended(69, f"bootstrap: {words}")


GET = "sudo apt-get install --no-install-recommends"


@pytest.fixture(autouse=True)
def no_choice_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHON", raising=False)


def test_no_python(machine: Callable[..., Ended]) -> None:
    assert machine(apt_get=SOME_APT) == says(
        f"Python 3.11 or later is missing. Run: {GET} python3 python3-venv"
    )


def test_too_old_a_python(machine: Callable[..., Ended]) -> None:
    words = f"Python 3.11 or later is missing. Run: {GET} python3.11 python3.11-venv"
    assert machine(python3=OLD, apt_get=SOME_APT) == says(words)


def test_a_machine_without_apt(machine: Callable[..., Ended]) -> None:
    words = "Python 3.11 or later is missing. Install what Debian calls: python3.11 python3.11-venv"
    assert machine(python3=OLD) == says(words)


def test_the_python_of_somebody_s_choice(
    machine: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON", "python-of-old")
    words = "PYTHON=python-of-old is not a Python 3.11 or later."
    words += " Name one that is: PYTHON=/path/to/python3 make demo"
    assert machine(python_of_old=OLD) == says(words)


def test_no_venv_module(machine: Callable[..., Ended]) -> None:
    words = f"The venv module of Python is missing. Run: {GET} python3.11-venv"
    assert machine(python3=WITHOUT_VENV, apt_get=SOME_APT) == says(words)


def test_no_library_for_pdfs(machine: Callable[..., Ended]) -> None:
    words = f"What draws PDFs is missing. Run: {GET} libpango-1.0-0"
    assert machine(venv=LACKS_PANGO, apt_get=SOME_APT) == says(words)


def test_root_gets_what_is_missing(machine: Callable[..., Ended], tmp_path: Path) -> None:
    """What apt-get brings does not help here: that is said, after it has been tried."""
    ended = machine(root=True, python3=OLD, apt_get=SOME_APT)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[-1] == "install -y -qq --no-install-recommends python3.11 python3.11-venv"
    words = "Python 3.11 or later is missing. Install one, then: PYTHON=/path/to/python3 make demo"
    assert ended == says(words)


def test_root_is_told_what_apt_could_not_bring(machine: Callable[..., Ended]) -> None:
    ended = machine(root=True, venv=LACKS_PANGO, apt_get="echo no network >&2; exit 100")
    words = (
        "What draws PDFs is missing, and this failed: apt-get install --no-install-recommends libpango-1.0-0"
    )
    assert ended == says(words)


def test_another_goal_is_none(machine: Callable[..., Ended]) -> None:
    assert machine("deploy") == Ended(64, "usage: scripts/bootstrap demo|test")
