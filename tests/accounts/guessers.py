"""Sixteen processes that guess at one account: `python -m tests.accounts.guessers FILE`.

Django is set up once and the process forks, as gunicorn does with --preload: each child has a connection, a
pool and a memory of its own. FILE gets one line for each password that reaches the hasher; printed are the
statuses of all answers.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import Any

PROCESSES = 16
SPELLINGS = [
    "12345678Z",
    "12345678z",
    "12345678-Z",
    "12.345.678-z",
    " 12 345 678 Z ",
    "１２３４５６７８Z",
    "1234\u200b5678Z",
    "ana@example.org",
    "ANA@Example.ORG",
    " ana@example.org\t",
]


def note_hashing(file: Path) -> None:
    from django.contrib.auth.hashers import get_hasher

    hasher = type(get_hasher())
    verify = hasher.verify

    def noted(self: Any, password: str, encoded: str) -> bool:
        # One write of a line to the end of a file is never mixed with another's.
        with file.open("a", buffering=1) as stream:
            stream.write(f"{os.getpid()}\n")
        return verify(self, password, encoded)

    hasher.verify = noted  # type: ignore[method-assign]


def guess(worker: int) -> list[int]:
    """Ten times, each time from another address and in another spelling."""
    from django.test import Client

    return [
        Client(REMOTE_ADDR=f"10.9.{worker}.{number}", raise_request_exception=False)
        .post("/accounts/login/", {"login": spelling, "password": f"Wrong7!mondelo{worker}{number}"})
        .status_code
        for number, spelling in enumerate(SPELLINGS)
    ]


def main(file: Path) -> None:
    import django

    django.setup()
    from django.db import connections
    from django.test import Client

    note_hashing(file)
    # Everything that a first page loads, before there is more than one process; no connection is shared.
    Client().get("/accounts/login/")
    connections["default"].close_pool()
    wait, start = os.pipe()
    for worker in range(PROCESSES):
        if os.fork() == 0:
            os.close(start)
            # Ends when the parent lets go: all begin at once.
            os.read(wait, 1)
            code = 1
            try:
                sys.stdout.write(f"{' '.join(map(str, guess(worker)))}\n")
                sys.stdout.flush()
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
    os.close(start)
    ends = [os.waitstatus_to_exitcode(os.wait()[1]) for _process in range(PROCESSES)]
    sys.exit(max(ends, key=abs))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
