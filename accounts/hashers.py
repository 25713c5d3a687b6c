"""How passwords are kept, and how many may be hashed at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from secrets import token_urlsafe
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher, get_hasher, make_password

# Each hash holds 19 MiB and a core: more at a time in one process only makes all of them slower.
SLOTS = BoundedSemaphore(2)
# Fifty people at once wait in turn, even where one process has them all; whom it takes longer, comes back.
WAIT_SECONDS = 10
RETRY_AFTER_SECONDS = 5


class HashingBusy(Exception):  # noqa: N818 - not an error of ours: the caller is told to come back
    """Too many passwords are being checked in this process; `accounts.middleware` answers 503."""


@contextmanager
def hash_slot() -> Iterator[None]:
    if not SLOTS.acquire(timeout=WAIT_SECONDS):
        raise HashingBusy
    try:
        yield
    finally:
        SLOTS.release()


class PortalArgon2(Argon2PasswordHasher):
    """Argon2id as OWASP advises for the web; Django's figures take 100 MiB and eight threads a log-in."""

    memory_cost = 19_456
    time_cost = 3
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with hash_slot():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with hash_slot():
            return super().verify(password, encoded)


def dummy_hash() -> str:
    """What the password of an unknown person is compared with, so that the answer takes as long."""
    return _dummy(get_hasher().algorithm)


@cache
def _dummy(algorithm: str) -> str:
    return make_password(token_urlsafe(16), hasher=algorithm)
