"""Is all there that was acknowledged, whole, and once? Asked of database and disk, not of the portal."""

import email
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
import psycopg
from psycopg.rows import dict_row

from tests.crash import numbered
from tests.crash.journal import Journal, Sending, Sort

# One case each, however often the form was sent; with all that was written in the same transaction.
CASES = """
SELECT c.id, c.reference, c.kind, c.sent_key::text AS sent_key, coalesce(u.email, c.contact_email) AS email,
       (SELECT count(*) FROM cases_caseevent e WHERE e.case_id = c.id AND e.move = 'open') AS opened,
       (SELECT count(*) FROM cases_caseevent e WHERE e.case_id = c.id) AS events,
       (SELECT count(*) FROM cases_deadline d WHERE d.case_id = c.id) AS deadlines,
       (SELECT question FROM servicing_enquiry q WHERE q.case_id = c.id) AS question,
       (SELECT address FROM servicing_contactdatachange d WHERE d.case_id = c.id) AS address,
       b.iban, b.status AS paper, b.file AS paper_file, b.sha256 AS paper_sha256,
       (SELECT count(*) FROM policies_mandate m WHERE m.reference = c.reference) AS mandates,
       (SELECT count(*) FROM core_outgoingemail o
         WHERE o."to" = coalesce(u.email, c.contact_email)
           AND o.template IN
               ('emails/case_opened', 'emails/bank_account_changed', 'emails/contact_data_asked')
           AND position(c.reference IN o.text) > 0) AS mails
  FROM cases_case c LEFT JOIN accounts_user u ON u.id = c.asked_by_id
  LEFT JOIN servicing_bankaccountchange b ON b.case_id = c.id
"""
DOCUMENTS = """
SELECT d.id, c.reference, d.sha256, d.state, d.reason, d.quarantine, d.file, d.size
  FROM cases_casedocument d JOIN cases_case c ON c.id = d.case_id
"""
MESSAGES = """
SELECT c.reference, m.sent_key::text AS sent_key, m.body
  FROM cases_message m JOIN cases_case c ON c.id = m.case_id WHERE m.side = 'customer'
"""
COPIES = """
SELECT c.reference, s.status, s.error, s.file, s.sha256
  FROM cases_sentcopy s JOIN cases_case c ON c.id = s.case_id
"""
MAILS = "SELECT message_id, status, template, error FROM core_outgoingemail"
WAITING = """
SELECT (SELECT count(*) FROM core_outgoingemail WHERE status IN ('queued', 'sending'))
     + (SELECT count(*) FROM cases_casedocument WHERE state IN ('received', 'checking'))
     + (SELECT count(*) FROM servicing_bankaccountchange WHERE status = 'asked')
     + (SELECT count(*) FROM cases_sentcopy WHERE status = 'asked')
"""
# Where the words stand of each sort of form that makes a request, and of each kind of request.
WORDS_OF = {
    Sort.QUESTION: "question", Sort.STRANGER: "question", Sort.ACCOUNT: "iban", Sort.CONTACT: "address",
}  # fmt: skip
WORDS_OF_KIND = {"enquiry": "question", "bank_account": "iban", "contact_data": "address"}


@dataclass
class Findings:
    """Each list holds what is wrong, in words. `unanswered`: never acknowledged, and there all the same."""

    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    acknowledged: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    orphans: int = 0

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.half, *self.doubled, *self.unfinished]


def waiting(connection: psycopg.Connection) -> int:
    row = connection.execute(WAITING).fetchone()
    assert row is not None
    return int(row[0])


def examine(
    connection: psycopg.Connection, var: Path, journal: Journal, mails: Path | None = None
) -> Findings:
    """With `mails`, the folder of all that left, the portal must be at rest and have nothing left to do."""
    found = Findings()
    cases = _rows(connection, CASES)
    _cases(found, cases, journal, finished=mails is not None, var=var)
    _files(found, connection, var, journal, finished=mails is not None)
    _messages(found, _rows(connection, MESSAGES), journal)
    _copies(found, _rows(connection, COPIES), var, journal, finished=mails is not None)
    if mails is not None:
        _mails(found, _rows(connection, MAILS), mails)
    return found


def _rows(connection: psycopg.Connection, query: str) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()  # type: ignore[arg-type]


def _cases(
    found: Findings, cases: list[dict[str, Any]], journal: Journal, *, finished: bool, var: Path
) -> None:
    by_key: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in cases:
        by_key.setdefault((row["email"], row["sent_key"]), []).append(row)
        found.half += [f"{row['reference']}: {why}" for why in _half(row)]
        if finished and row["kind"] == "bank_account":
            found.unfinished += _paper(row, var)
    for sort, column in WORDS_OF.items():
        for sending in journal.of(sort):
            rows = by_key.get((sending.email, sending.mark), [])
            _count(found, sending, there=bool(rows))
            if len(rows) > 1:
                found.doubled.append(f"{sending.mark}: {len(rows)} cases")
            for row in rows:
                if row[column] != sending.words:
                    found.half.append(f"{row['reference']}: not the words that were sent")
                if sending.is_acknowledged and row["reference"] != sending.reference:
                    found.lost.append(f"{sending.reference} was promised, {row['reference']} is there")


def _half(row: dict[str, Any]) -> list[str]:
    """What a case of its kind has from the first moment."""
    bank = row["kind"] == "bank_account"
    wanted = {"opened": 1, "events": 2 if bank else 1, "deadlines": 1, "mandates": int(bank), "mails": 1}
    wrong = [
        f"{row[name]} {name} instead of {number}" for name, number in wanted.items() if row[name] != number
    ]
    if row[WORDS_OF_KIND[row["kind"]]] is None:
        wrong.append("without the row of its kind")
    return wrong


def _paper(row: dict[str, Any], var: Path) -> list[str]:
    if row["paper"] != "ready":
        return [f"{row['reference']}: mandate {row['paper']}"]
    path = var / "files" / row["paper_file"]
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != row["paper_sha256"]:
        return [f"{row['reference']}: the mandate's file is not what the row says"]
    return []


def _files(
    found: Findings, connection: psycopg.Connection, var: Path, journal: Journal, *, finished: bool
) -> None:
    sent = {sending.mark: sending for sending in journal.of(Sort.FILE)}
    rows = _rows(connection, DOCUMENTS)
    for row in rows:
        why = _bytes(row, var, sent.get(row["sha256"]))
        if why and not finished:
            # The worker may have moved it between the two looks.
            why = _bytes(
                _rows(connection, f"{DOCUMENTS} WHERE d.id = {row['id']}")[0], var, sent.get(row["sha256"])
            )
        if why:
            found.half.append(f"file of {row['reference']}: {why}")
        elif finished and row["state"] != "accepted":
            found.unfinished.append(f"file of {row['reference']}: {row['state']} {row['reason']}")
    there = Counter((row["reference"], row["sha256"]) for row in rows)
    for sending in sent.values():
        number = there[sending.reference, sending.mark]
        _count(found, sending, there=bool(number))
        if number > 1:
            found.doubled.append(f"{sending.words}: {number} documents")


def _bytes(row: dict[str, Any], var: Path, sending: Sending | None) -> str:
    """Why the bytes are not those that were sent; empty if they are. Of an older run only that they are."""
    if row["state"] == "unreadable":
        return f"a good file was refused: {row['reason']}"
    if row["state"] in {"received", "checking"}:
        path = var / "quarantine" / row["quarantine"]
        if not path.is_file():
            return "no bytes in quarantine"
        return "" if hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"] else "other bytes"
    path = var / "files" / row["file"]
    if not path.is_file():
        return "no bytes in the store"
    if path.stat().st_size != row["size"]:
        return f"{path.stat().st_size} bytes instead of {row['size']}"
    number = numbered.number_in(path)
    return f"the file of number {number}" if sending and number != sending.number else ""


def _messages(found: Findings, rows: list[dict[str, Any]], journal: Journal) -> None:
    there = Counter((row["reference"], row["sent_key"], row["body"]) for row in rows)
    for sending in journal.of(Sort.MESSAGE):
        number = there[sending.reference, sending.mark, sending.words]
        _count(found, sending, there=bool(number))
        if number > 1:
            found.doubled.append(f"message {sending.mark}: {number} times")


def _copies(
    found: Findings, rows: list[dict[str, Any]], var: Path, journal: Journal, *, finished: bool
) -> None:
    there = Counter(row["reference"] for row in rows)
    for row in rows:
        if row["status"] == "ready":
            found.half += [f"copy of {row['reference']}: {why}" for why in _printed(row, var / "files")]
        elif finished:
            found.unfinished.append(f"copy of {row['reference']}: {row['status']} {row['error']}")
    if finished:
        known = {var / "files" / row["file"] for row in rows}
        lying = [path for path in (var / "files" / "copies").rglob("*") if path.is_file()]
        found.half += [f"{path.name}: a copy without a row" for path in lying if path not in known]
    for sending in journal.of(Sort.COPY):
        _count(found, sending, there=bool(there[sending.mark]))
        if there[sending.mark] > 1:
            found.doubled.append(f"copy of {sending.mark}: {there[sending.mark]} rows")


def _printed(row: dict[str, Any], folder: Path) -> list[str]:
    """What is wrong with the bytes of a paper that is ready: they are whole, and of this request."""
    path = folder / row["file"]
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
        return ["the file is not what the row says"]
    with pikepdf.open(path) as pdf:
        of_this = pdf.pages and row["reference"] in str(pdf.docinfo.get("/Title", ""))
    return [] if of_this else ["the file is of another request"]


def _count(found: Findings, sending: Sending, *, there: bool) -> None:
    if sending.is_acknowledged:
        found.acknowledged[sending.sort] += 1
        if not there:
            found.lost.append(f"{sending.sort} {sending.mark} {sending.reference}")
    elif there:
        found.unanswered += 1


def _mails(found: Findings, rows: list[dict[str, Any]], folder: Path) -> None:
    left = set(message_ids(folder))
    known = {row["message_id"] for row in rows}
    for row in rows:
        if row["status"] != "sent":
            found.unfinished.append(f"mail {row['template']}: {row['status']} {row['error']}")
    found.lost += [f"mail {row['message_id']} never left" for row in rows if row["message_id"] not in left]
    found.half += [f"mail {message_id} left without a row" for message_id in left if message_id not in known]


def message_ids(folder: Path) -> list[str]:
    """Of all that has left; a mail that left twice stands there twice."""
    found = []
    for path in folder.glob("*.eml"):
        with path.open("rb") as file:
            found.append(str(email.message_from_binary_file(file)["Message-ID"]).strip())
    return found


def orphans(connection: psycopg.Connection, var: Path) -> list[Path]:
    """Bytes that no row knows: left by what was killed between the file and the commit."""
    rows = _rows(connection, DOCUMENTS)
    known = {var / "quarantine" / row["quarantine"] for row in rows if row["quarantine"]}
    known |= {var / "files" / row["file"] for row in rows if row["file"]}
    folders = [var / "quarantine", var / "files" / "papers"]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and path not in known]
