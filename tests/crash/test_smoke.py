"""The harness of `make crash` with one moment, so that it does not rot; and it sees what is broken."""

from pathlib import Path

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
    assert outcome.findings.acknowledged.keys() >= {Sort.ACCOUNT, Sort.QUESTION, Sort.FILE}

    outcome.journal.sendings.append(Sending(Sort.QUESTION, "nobody@example.org", "key", "?", acknowledged=1))
    next(stack.mails.glob("*.eml")).unlink()
    photo, pdf = (hide(stack, ending) for ending in ("jpg", "pdf"))
    found = look_again(stack, outcome)
    assert len(found.lost) == 2, "the question that nobody has sent, and the mail"
    assert sorted(why.partition(": ")[2] for why in found.half) == ["no bytes in the store"] * 2

    # Each in the place of the other: bytes that can be opened, and are those of something else.
    papers = sorted((stack.var / "files" / "papers").rglob("*.jpg"))
    papers[0].write_bytes(papers[1].read_bytes())
    assert len(look_again(stack, outcome).half) == 3
    assert (photo.exists(), pdf.exists()) == (False, False)


def hide(stack: Stack, ending: str) -> Path:
    path = next((stack.var / "files" / "papers").rglob(f"*.{ending}"))
    path.unlink()
    return path
