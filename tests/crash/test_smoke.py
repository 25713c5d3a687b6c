"""The harness of `make crash` with one moment, so that it does not rot; and it sees what is broken."""

import hashlib
from pathlib import Path

import pikepdf

from tests.crash.checks import Findings, examine
from tests.crash.journal import Sending, Sort
from tests.crash.siege import Outcome, besiege
from tests.crash.stack import Stack


def look_again(stack: Stack, outcome: Outcome) -> Findings:
    with stack.connect() as connection:
        return examine(connection, stack.var, outcome.journal, stack.mails)


def test_one_web_process_is_killed_and_what_would_be_wrong_is_seen(stack: Stack) -> None:
    outcome = besiege(stack, "web", moments=1, seed=7)
    assert outcome.findings.faults == []
    assert (outcome.journal.wrong, outcome.moments) == ([], 1)
    assert outcome.findings.acknowledged.keys() == set(Sort)

    promises = [Sending(sort, "nobody@example.org", "key", "?", acknowledged=1) for sort in Sort]
    outcome.journal.sendings += promises
    next(stack.mails.glob("*.eml")).unlink()
    photo, pdf = (hide(stack, ending) for ending in ("jpg", "pdf"))
    found = look_again(stack, outcome)
    assert len(found.lost) == len(promises) + 1, "what nobody has sent, and the mail"
    assert sorted(why.partition(": ")[2] for why in found.half) == ["no bytes in the store"] * 2

    # Each in the place of the other: bytes that can be opened, and are those of something else.
    papers = sorted((stack.var / "files" / "papers").rglob("*.jpg"))
    papers[0].write_bytes(papers[1].read_bytes())
    assert len(look_again(stack, outcome).half) == 3
    assert (photo.exists(), pdf.exists()) == (False, False)

    copy = next((stack.var / "files" / "copies").rglob("*.pdf"))
    copy.with_name("stray.pdf").write_bytes(b"")
    copy.write_bytes(copy.read_bytes()[:-1])
    assert of_copies(stack, outcome) == ["a copy without a row", "the file is not what the row says"]
    with pikepdf.new() as other:
        other.add_blank_page()
        other.save(copy)
    with stack.connect() as connection:
        digest = hashlib.sha256(copy.read_bytes()).hexdigest()
        connection.execute(
            "UPDATE cases_sentcopy SET sha256 = %s WHERE file LIKE %s", [digest, f"%{copy.name}"]
        )
    assert of_copies(stack, outcome) == ["a copy without a row", "the file is of another request"]


def of_copies(stack: Stack, outcome: Outcome) -> list[str]:
    found = [why.partition(": ")[2] for why in look_again(stack, outcome).half]
    return sorted(why for why in found if "copy" in why or why.startswith("the file is "))


def hide(stack: Stack, ending: str) -> Path:
    path = next((stack.var / "files" / "papers").rglob(f"*.{ending}"))
    path.unlink()
    return path
