"""The chain: it grows by one, in order, nobody changes a row of it, and who does is found."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError

from accounts.models import User
from core import audit
from core.audit_chain import BROKEN, Head, Walk
from core.models import AppendOnly, AuditEntry
from core.tasks import verify_audit
from tests.people import Cast


def test_each_row_follows_the_one_before(cast: Cast) -> None:
    first = audit.record("read", by=cast.gema.user, subject=cast.ana.person, what="CAS-1", reason="call")
    second = audit.record("press-take", by=None)
    assert (first.seq, first.previous) == (1, AuditEntry.GENESIS)
    assert (second.seq, second.previous) == (2, first.digest)
    stored = AuditEntry.objects.get(seq=1)
    assert stored.computed_digest() == stored.digest == first.digest


def test_the_role_is_that_of_the_moment(cast: Cast) -> None:
    root = User.objects.create_superuser("root@alborada.example", "Mesa7-lunaRota")
    plain = User.objects.create_user("plain@alborada.example", "Mesa7-lunaRota", is_staff=True)
    actors = [None, AnonymousUser(), cast.gema.user, root, plain, cast.ana.user]
    roles = [audit.record("read", by=actor).role for actor in actors]
    assert roles == ["portal", "portal", "staff of the tests", "superuser", "staff", "customer"]
    cast.gema.user.groups.clear()
    assert AuditEntry.objects.get(seq=3).role == "staff of the tests"


def test_long_words_are_cut_before_they_are_hashed(db: None) -> None:
    entry = audit.record("read", by=None, what="x" * 500, words="ñ" * 500)
    entry.refresh_from_db()
    assert (len(entry.what), len(entry.words)) == (200, 300)
    assert entry.computed_digest() == entry.digest


@pytest.mark.django_db(transaction=True)
def test_it_is_written_with_what_it_tells_of() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        audit.record("read", by=None)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit.record("read", by=None)
        raise ZeroDivisionError
    assert AuditEntry.objects.count() == 0


# --- nobody changes it ---------------------------------------------------------------------------------

CHANGES = [
    "UPDATE core_auditentry SET words = 'x'",
    "DELETE FROM core_auditentry",
    "TRUNCATE core_auditentry",
    "TRUNCATE accounts_person CASCADE",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_refuses(cast: Cast, statement: str) -> None:
    audit.record("read", by=cast.gema.user, subject=cast.ana.person)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE core_auditentry ENABLE TRIGGER auditentry_stays")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert AuditEntry.objects.count() == 1


def test_so_does_the_model(db: None) -> None:
    entry = audit.record("read", by=None)
    with pytest.raises(AppendOnly):
        entry.save()
    with pytest.raises(AppendOnly):
        entry.delete()


# --- who does all the same is found --------------------------------------------------------------------

ROWS = 60


@pytest.fixture
def chain(cast: Cast) -> list[AuditEntry]:
    actors = [cast.felix.user, cast.gema.user, None]
    return [
        audit.record("read", by=actors[number % 3], subject=cast.bruno.person, what=f"CAS-{number}")
        for number in range(ROWS)
    ]


def behind_its_back(statement: str, *values: object) -> None:
    """As whoever owns the database can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")


def faults(**options: Any) -> list[tuple[int, str]]:
    return [(fault.seq, fault.words) for fault in Walk(**options)]


def follows(seq: int) -> tuple[int, str]:
    return seq, f"does not follow row {seq - 1}: one of the two was changed or put in"


def test_a_whole_chain(chain: list[AuditEntry], capsys: Any) -> None:
    call_command("verify_audit")
    head = f"{ROWS}:{chain[-1].digest}"
    assert capsys.readouterr().out == f"OK: {ROWS} rows, head {head}\n"
    call_command("verify_audit", f"--expect-head={head}", "--since=50")
    assert capsys.readouterr().out == f"OK: 11 rows, head {head}\n"


def test_an_empty_chain(db: None, capsys: Any) -> None:
    call_command("verify_audit")
    assert capsys.readouterr().out == f"OK: 0 rows, head 0:{'0' * 64}\n"


CELLS = [
    "at = at + interval '1 microsecond'", "actor_id = NULL", "role = 'x'", "verb = 'x'", "subject_id = NULL",
    "what = 'x'", "reason = 'x'", "words = 'x'", "address = 'x'",
]  # fmt: skip


def test_any_cell_of_any_row(chain: list[AuditEntry]) -> None:
    for seq in range(1, ROWS + 1):
        cell = CELLS[seq % len(CELLS)]
        if cell == "actor_id = NULL" and chain[seq - 1].actor_id is None:
            cell = "role = 'x'"
        with transaction.atomic():
            behind_its_back(f"UPDATE core_auditentry SET {cell} WHERE seq = %s", seq)
            assert faults() == [(seq, "changed")], cell
            transaction.set_rollback(True)
    assert faults() == []


def test_a_link_of_any_row(chain: list[AuditEntry]) -> None:
    for seq in (1, 2, ROWS):
        with transaction.atomic():
            behind_its_back("UPDATE core_auditentry SET previous = 'x' WHERE seq = %s", seq)
            assert faults() == [follows(seq), (seq, "changed")]
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("gone", "found"),
    [
        ("seq = 1", (1, "missing")),
        ("seq = 30", (30, "missing")),
        ("seq BETWEEN 30 AND 34", (30, "missing, and all to 34")),
    ],
)
def test_a_missing_row(chain: list[AuditEntry], gone: str, found: tuple[int, str]) -> None:
    behind_its_back(f"DELETE FROM core_auditentry WHERE {gone}")
    assert faults() == [found]


def test_a_row_taken_out_and_the_gap_closed(chain: list[AuditEntry]) -> None:
    behind_its_back("DELETE FROM core_auditentry WHERE seq = 30")
    behind_its_back("UPDATE core_auditentry SET seq = seq - 1 WHERE seq > 30")
    assert faults()[0] == follows(30)


def test_a_changed_row_with_a_new_hash(chain: list[AuditEntry]) -> None:
    row = chain[29]
    row.words = "x"
    behind_its_back("UPDATE core_auditentry SET words='x', digest=%s WHERE seq=30", row.computed_digest())
    assert faults() == [follows(31)]


def test_a_row_put_in_at_the_end(chain: list[AuditEntry]) -> None:
    behind_its_back(
        "INSERT INTO core_auditentry (seq, at, role, verb, what, reason, words, address, previous, digest)"
        " VALUES (61, now(), 'x', 'read', '', '', '', '', 'x', 'y')"
    )
    assert faults() == [follows(61), (61, "changed")]


def test_what_was_written_anew_to_the_end_shows_by_the_head_that_was_kept(chain: list[AuditEntry]) -> None:
    kept = Head(ROWS, chain[-1].digest)
    previous = chain[28].digest
    for row in chain[29:]:
        row.words, row.previous = "x", previous
        row.digest = previous = row.computed_digest()
        behind_its_back(
            "UPDATE core_auditentry SET words = 'x', previous = %s, digest = %s WHERE seq = %s",
            row.previous, row.digest, row.seq,
        )  # fmt: skip
    assert faults() == []
    assert faults(witness=kept) == [(ROWS, "is not the row of which the hash was kept")]


def test_so_does_a_tail_that_was_cut(chain: list[AuditEntry]) -> None:
    kept = Head(ROWS, chain[-1].digest)
    behind_its_back("DELETE FROM core_auditentry WHERE seq > 50")
    assert faults() == []
    assert faults(witness=kept) == [(ROWS, "missing, and its hash was kept")]


def test_the_command_names_the_row_and_fails(chain: list[AuditEntry], capsys: Any) -> None:
    behind_its_back("UPDATE core_auditentry SET what = 'x' WHERE seq = 17")
    with pytest.raises(CommandError, match=f"BROKEN: 1 faults in {ROWS} rows") as failed:
        call_command("verify_audit")
    assert (failed.value.returncode, capsys.readouterr().err) == (1, "row 17: changed\n")


@pytest.mark.parametrize("head", ["x", "1:abc", f"3:{'0' * 64}"])
def test_a_head_that_makes_no_sense(db: None, head: str) -> None:
    with pytest.raises(CommandError) as failed:
        call_command("verify_audit", f"--expect-head={head}", "--since=5")
    assert failed.value.returncode == 2


# --- every night ---------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_kept(settings: Any, tmp_path: Path) -> None:
    """The head of one test's chain is no witness of another's."""
    settings.PRIVATE_FILES = tmp_path / "files"


def test_a_night_with_a_whole_chain_says_its_head(chain: list[AuditEntry], caplog: Any) -> None:
    caplog.set_level("INFO")
    verify_audit()
    (line,) = [record for record in caplog.records if record.message == "audit_chain_whole"]
    assert (line.rows, line.head) == (ROWS, f"{ROWS}:{chain[-1].digest}")
    assert AuditEntry.objects.count() == ROWS


@pytest.mark.parametrize("gone", ["seq = 60", "seq > 50", "true"])
def test_a_night_sees_by_last_nights_head_that_the_end_is_gone(chain: list[AuditEntry], gone: str) -> None:
    verify_audit()
    behind_its_back(f"DELETE FROM core_auditentry WHERE {gone}")
    assert faults() == []
    verify_audit()
    assert AuditEntry.objects.get(verb=BROKEN).words == "row 60: missing, and its hash was kept (1)"
    # The head of the good night stays: what has come into the place of the last row is not it.
    while AuditEntry.objects.count() < ROWS:
        audit.record("read", by=None)
    verify_audit()
    last = AuditEntry.objects.filter(verb=BROKEN).latest("seq")
    assert last.words == "row 60: is not the row of which the hash was kept (1)"


def test_a_night_goes_on_from_the_head_of_the_one_before(
    chain: list[AuditEntry], settings: Any, caplog: Any
) -> None:
    kept = settings.PRIVATE_FILES / "audit-head"
    verify_audit()
    assert kept.read_text() == f"{ROWS}:{chain[-1].digest}"
    newer = audit.record("read", by=None)
    verify_audit()
    assert kept.read_text() == f"{ROWS + 1}:{newer.digest}"
    # A file that says nothing is no witness, and is written anew.
    kept.write_text("?")
    verify_audit()
    assert [row.message for row in caplog.records if row.levelname == "WARNING"] == ["audit_head_unreadable"]
    assert kept.read_text() == f"{ROWS + 1}:{newer.digest}"
    assert not AuditEntry.objects.filter(verb=BROKEN).exists()


def test_a_night_without_a_row_keeps_nothing(db: None, settings: Any) -> None:
    verify_audit()
    assert not (settings.PRIVATE_FILES / "audit-head").exists()


def test_a_night_that_finds_a_changed_row_tells_it(
    chain: list[AuditEntry], cast: Cast, log_in: Any, caplog: Any
) -> None:
    behind_its_back("UPDATE core_auditentry SET words = 'x' WHERE seq = 17")
    verify_audit()
    entry = AuditEntry.objects.get(verb=BROKEN)
    assert (entry.seq, entry.actor, entry.words) == (ROWS + 1, None, "row 17: changed (1)")
    assert [record.levelname for record in caplog.records if record.message == "audit_chain_broken"] == [
        "ERROR"
    ]
    # The alert is a link of the chain too, and tomorrow's finds the same row.
    assert faults() == [(17, "changed")]
    assert "row 17: changed" in str(log_in(cast.felix).get("/admin/").context["notices"])
    cast.felix.user.groups.clear()  # type: ignore[union-attr]
    assert log_in(cast.felix).get("/admin/").context["notices"] == []


def test_it_is_done_every_night(settings: Any) -> None:
    planned = {row["task"]: row["schedule"] for row in settings.CELERY_BEAT_SCHEDULE.values()}
    assert (planned[verify_audit.name].hour, planned[verify_audit.name].minute) == ({4}, {10})


# --- many at once --------------------------------------------------------------------------------------

WRITERS, EACH = 8, 25


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_no_wrong_link() -> None:
    start = threading.Barrier(WRITERS)
    wrong: list[BaseException] = []

    def write(number: int) -> None:
        try:
            start.wait(30)
            for each in range(EACH):
                with transaction.atomic():
                    audit.record("read", by=None, what=f"{number}-{each}")
                    # One in five thinks better of it: its number is the next one's.
                    transaction.set_rollback(each % 5 == 4)
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    walk = Walk()
    assert list(walk) == []
    assert walk.count == walk.head.seq == WRITERS * EACH * 4 // 5
