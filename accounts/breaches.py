"""Passwords that have been in somebody's leak: an index that the operator builds from a list, and no network.

A file of the first eight bytes of each SHA-1, sorted. Looking up is a bisection in a file that is mapped
into memory: some thirty reads, less than a millisecond, and its pages are shared by all processes.
"""

import hashlib
import mmap
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

WIDTH = 8
MAGIC = b"SHA1/8\n\0"


class NotAnIndex(Exception):  # noqa: N818
    """The file was not made by `build_breach_index`, or is cut off."""


def prefix(password: str) -> bytes:
    return hashlib.sha1(password.encode(), usedforsecurity=False).digest()[:WIDTH]


def prefixes(lines: Iterable[str]) -> Iterator[bytes]:
    """Of a list with a SHA-1 in hexadecimal on each line, alone or with `:count` after it."""
    for number, line in enumerate(lines, start=1):
        digest = line.partition(":")[0].strip()
        if not digest:
            continue
        if len(digest) != 40:
            raise ValueError(f"line {number} has no SHA-1")
        try:
            yield bytes.fromhex(digest)[:WIDTH]
        except ValueError:
            raise ValueError(f"line {number} has no SHA-1") from None


def write(target: Path, found: Iterable[bytes]) -> int:
    """The index of these prefixes, whole or not at all. Returns how many."""
    rows = sorted(set(found))
    half_done = target.with_suffix(".part")
    with half_done.open("wb") as file:
        file.write(MAGIC)
        file.writelines(rows)
    half_done.replace(target)
    return len(rows)


class BreachIndex:
    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = path.stat().st_size
            if file.read(len(MAGIC)) != MAGIC or (size - len(MAGIC)) % WIDTH:
                raise NotAnIndex(path)
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._count = (size - len(MAGIC)) // WIDTH

    def __len__(self) -> int:
        return self._count

    def __contains__(self, password: object) -> bool:
        wanted = prefix(str(password))
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self._at(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low < self._count and self._at(low) == wanted

    def _at(self, place: int) -> bytes:
        start = len(MAGIC) + place * WIDTH
        return self._map[start : start + WIDTH]


@lru_cache(maxsize=2)
def open_index(path: str) -> BreachIndex:
    return BreachIndex(Path(path))


def is_leaked(password: str, index: str) -> bool:
    """`index`: the path of the setting BREACH_INDEX; "" means that there is none."""
    if not index:
        return False
    try:
        return password in open_index(index)
    except (OSError, NotAnIndex):
        # The check at the start has said so; nobody is kept from a new password by it.
        return False
