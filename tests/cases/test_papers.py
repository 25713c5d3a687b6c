"""The life of a file that somebody sends: received, checked, served or refused in words."""

import os
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from cases import actions, papers, tasks_papers
from cases.lifecycle import Side
from cases.models import CaseDocument
from cases.papers_sweep import sweep
from core import antivirus, uploads
from core.models import OutgoingEmail
from tests.cases.kinds import in_days, make_case
from tests.core.clamd import Clamd
from tests.core.hostile_pdfs import blank, saved
from tests.core.hostile_pictures import EICAR, jpeg
from tests.processes import kill_when_it_says

State = CaseDocument.State
PDF = saved(blank(2))


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.QUARANTINE = tmp_path / "quarantine"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            **settings.STORAGES["default"],
            "OPTIONS": {"location": tmp_path / "files", "file_permissions_mode": 0o600},
        },
    }


@pytest.fixture
def case(cast):
    return make_case(cast.ana.user)


@pytest.fixture
def done(django_capture_on_commit_callbacks):
    """done(f, …) -> what f returns, after what waited for the commit."""

    def done(function, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return function(*args, **kwargs)

    return done


@pytest.fixture
def no_worker(monkeypatch):
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)


def upload(content=PDF, name="factura.pdf"):
    return SimpleUploadedFile(name, content, "application/x-anything")


def in_quarantine():
    folder = Path(django_settings.QUARANTINE)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def stored():
    root = Path(default_storage.location)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_file_is_received_checked_and_kept_as_a_copy(case, cast, done, no_worker):
    row = papers.receive(case, upload(name="Factura 3.PDF"), by=cast.ana.user)
    assert (row.state, row.name, row.sent_by, row.size) == (
        State.RECEIVED,
        "Factura 3.PDF",
        cast.ana.user,
        len(PDF),
    )
    assert in_quarantine() == [row.quarantine]
    path = Path(django_settings.QUARANTINE) / row.quarantine
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (PDF, 0o600)
    assert (not row.file, stored()) == (True, [])

    assert done(papers.check_document, document_id=row.pk) == State.ACCEPTED
    row.refresh_from_db()
    assert (row.state, row.name, row.content_type, row.pages) == (
        State.ACCEPTED,
        "Factura 3.pdf",
        "application/pdf",
        2,
    )
    assert (row.quarantine, row.lease_until, row.attempts) == ("", None, 1)
    assert (
        stored() == [row.file.name] == [f"papers/{timezone.localtime(row.sent_at):%Y/%m}/{row.reference}.pdf"]
    )
    assert row.size == default_storage.size(row.file.name)
    assert Path(row.file.path).stat().st_mode & 0o777 == 0o600
    assert in_quarantine() == []
    assert papers.check_document(document_id=row.pk) is None


def test_the_commit_tells_a_worker(case, cast, done):
    row = done(papers.receive, case, upload(), by=cast.ana.user)
    row.refresh_from_db()
    assert row.state == State.ACCEPTED


def test_one_that_cannot_be_read_says_why_and_is_deleted(case, cast, done):
    row = done(papers.receive, case, upload(PDF.replace(b"/Count 2", b"/Count 7")), by=cast.ana.user)
    row.refresh_from_db()
    assert (row.state, row.reason) == (State.UNREADABLE, "broken")
    assert (in_quarantine(), stored(), row.file.name) == ([], [], "")
    # A notice without a word of what it was.
    mail = OutgoingEmail.objects.get(template="emails/case_message")
    assert (mail.to, row.name in mail.text) == (cast.ana.email, False)


REFUSED_AT_ONCE = [
    ("factura.pdf", b"", "empty"),
    ("factura.pdf", b"hello", "type"),
    ("factura.exe", PDF, "type"),
    ("foto.jpg", PDF, "name"),
    ("foto.heic", b"\0\0\0\x18ftypheic", "heic"),
    ("foto.jpg", b"\xff\xd8\xff" + bytes(uploads.MAX_BYTES), "too_large"),
]


@pytest.mark.parametrize(("name", "content", "code"), REFUSED_AT_ONCE)
def test_what_can_be_told_at_once_is(case, cast, name, content, code):
    with pytest.raises(papers.UploadRefused) as refused:
        papers.receive(case, upload(content, name), by=cast.ana.user)
    assert (refused.value.code, refused.value.words) == (code, papers.REASONS[code])
    assert (CaseDocument.objects.count(), in_quarantine()) == (0, [])


def test_the_same_file_twice_on_a_case_is_one(case, cast, done):
    first = done(papers.receive, case, upload(), by=cast.ana.user)
    again = done(papers.receive, case, upload(name="otra vez.pdf"), by=cast.ana.user)
    assert first.pk == again.pk
    assert (in_quarantine(), len(stored())) == ([], 1)
    other = done(papers.receive, make_case(cast.ana.user), upload(), by=cast.ana.user)
    assert other.pk != first.pk
    assert len(stored()) == 2


def test_patience_ends_in_words(case, cast, done, monkeypatch):
    """A file that kills each worker is given up; sent again, it has all its tries back."""
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)
    row = papers.receive(case, upload(), by=cast.ana.user)
    CaseDocument.objects.filter(pk=row.pk).update(attempts=papers.MAX_ATTEMPTS, state=State.CHECKING)
    assert done(papers.check_document, document_id=row.pk) is None
    row.refresh_from_db()
    assert (row.state, row.reason, in_quarantine()) == (State.UNREADABLE, "not_checked", [])

    again = papers.receive(case, upload(), by=cast.ana.user)
    assert (again.pk, again.state, again.attempts) == (row.pk, State.RECEIVED, 0)
    assert done(papers.check_document, document_id=row.pk) == State.ACCEPTED


def test_a_full_disk_is_said_and_leaves_nothing(case, cast, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(papers.UploadRefused) as refused:
        papers.receive(case, upload(), by=cast.ana.user)
    assert (refused.value.code, CaseDocument.objects.count(), in_quarantine()) == ("no_room", 0, [])


def test_a_disk_that_is_full_for_the_worker_is_asked_again(case, cast, done, no_worker, monkeypatch):
    row = papers.receive(case, upload(), by=cast.ana.user)
    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "save", lambda *args: (_ for _ in ()).throw(OSError(28, "full")))
        assert papers.check_document(document_id=row.pk) is None
    row.refresh_from_db()
    assert (row.state, row.attempts, len(in_quarantine())) == (State.RECEIVED, 1, 1)
    assert list(papers.waiting()) == []
    with time_machine.travel(timezone.now() + papers.PAUSE + timedelta(seconds=1)):
        assert done(papers.check_document, document_id=row.pk) == State.ACCEPTED


def test_a_file_that_is_gone_is_asked_for_again(case, cast, done, no_worker):
    row = papers.receive(case, upload(), by=cast.ana.user)
    (Path(django_settings.QUARANTINE) / row.quarantine).unlink()
    assert done(papers.check_document, document_id=row.pk) == State.UNREADABLE
    row.refresh_from_db()
    assert row.reason == "not_checked"


# --- the paper that was asked for -----------------------------------------------------------------


def test_a_clean_file_supplies_the_paper_and_gives_the_ball_back(case, cast, done, no_worker):
    actions.make_move(case, "take", by=cast.felix.user, side=Side.STAFF)
    paper = actions.ask_for_paper(
        case, by=cast.felix.user, name="Invoice", why="To see", answer_by=in_days(9)
    )
    row = papers.receive(case, upload(), by=cast.ana.user, paper=paper)
    case.refresh_from_db()
    assert (case.status, row.paper) == ("waiting", paper)
    done(papers.check_document, document_id=row.pk)
    case.refresh_from_db()
    paper.refresh_from_db()
    assert (case.status, paper.supplied_at) == ("in_review", row.sent_at)


def test_a_file_that_cannot_be_read_supplies_nothing(case, cast, done):
    paper = actions.ask_for_paper(
        case, by=cast.felix.user, name="Invoice", why="To see", answer_by=in_days(9)
    )
    bad = PDF.replace(b"/Count 2", b"/Count 7")
    done(papers.receive, case, upload(bad), by=cast.ana.user, paper=paper)
    case.refresh_from_db()
    paper.refresh_from_db()
    assert (case.status, paper.supplied_at) == ("waiting", None)


def test_a_file_that_is_already_there_may_be_the_paper(case, cast, done):
    row = done(papers.receive, case, upload(), by=cast.ana.user)
    paper = actions.ask_for_paper(
        case, by=cast.felix.user, name="Invoice", why="To see", answer_by=in_days(9)
    )
    done(papers.receive, case, upload(), by=cast.ana.user, paper=paper)
    row.refresh_from_db()
    case.refresh_from_db()
    paper.refresh_from_db()
    assert (row.paper, paper.supplied_at, case.status) == (paper, row.sent_at, "in_review")


# --- quotas ---------------------------------------------------------------------------------------


def some(case, user, count, **fields):
    CaseDocument.objects.bulk_create(
        CaseDocument(
            **{"case": case, "sent_by": user, "reference": f"DOC-{case.pk}-{n}", "sha256": f"{n}"} | fields
        )
        for n in range(count)
    )


def code_of(case, user):
    try:
        papers.receive(case, upload(), by=user)
    except papers.UploadRefused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(("sent", "code"), [(19, ""), (20, "day_full")])
def test_twenty_files_a_day(case, cast, no_worker, sent, code):
    some(case, cast.ana.user, sent)
    assert code_of(case, cast.ana.user) == code
    assert len(in_quarantine()) == (not code)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert code_of(case, cast.ana.user) == ""


@pytest.mark.parametrize(("room", "code"), [(len(PDF), ""), (len(PDF) - 1, "space_full")])
def test_two_hundred_megabytes_a_person(case, cast, no_worker, room, code):
    long_ago = timezone.now() - timedelta(days=400)
    some(case, cast.ana.user, 1, size=papers.BYTES_A_PERSON - room, sent_at=long_ago)
    assert code_of(case, cast.ana.user) == code


def test_what_was_refused_takes_no_room(case, cast, no_worker):
    long_ago = timezone.now() - timedelta(days=400)
    full = {"size": papers.BYTES_A_PERSON, "sent_at": long_ago}
    some(case, cast.ana.user, 1, state=State.UNREADABLE, reason="broken", **full)
    assert code_of(case, cast.ana.user) == ""


def test_what_staff_put_in_takes_none_of_their_own_room(case, cast, no_worker):
    some(case, cast.felix.user, 30, size=papers.BYTES_A_PERSON, origin=CaseDocument.Origin.POST)
    assert code_of(make_case(cast.felix.user), cast.felix.user) == ""


# --- who sees it ----------------------------------------------------------------------------------


def test_a_document_is_seen_by_whoever_sees_the_case(cast, done):
    case = make_case(cast.ana.user, about=cast.insured(cast.carla, cast.health))
    row = done(papers.receive, case, upload(), by=cast.ana.user)
    seen = {
        name
        for name in ("ana", "bruno", "elena", "hugo", "felix")
        if CaseDocument.objects.visible_to(getattr(cast, name).user).filter(pk=row.pk).exists()
    }
    # Bruno is Carla's father; staff look through the admin, not through the customers' door.
    assert seen == {"ana", "bruno"}


def test_only_an_accepted_document_is_served(cast, done, no_worker, log_in):
    case = make_case(cast.ana.user)
    row = papers.receive(case, upload(jpeg(), "foto.jpg"), by=cast.ana.user)
    address = f"/requests/documents/{row.reference}/"
    assert log_in(cast.ana).get(address).status_code == 404
    done(papers.check_document, document_id=row.pk)
    response = log_in(cast.ana).get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert response["Content-Disposition"] == 'attachment; filename="foto.jpg"'
    assert b"".join(response.streaming_content) == default_storage.open(stored()[0]).read()
    assert log_in(cast.elena).get(address).status_code == 404


# --- virus scanner --------------------------------------------------------------------------------


def test_what_the_scanner_finds_is_deleted(case, cast, done, settings, no_worker):
    infected = upload(PDF.replace(b"%%EOF", EICAR + b"\n%%EOF"))
    row = papers.receive(case, infected, by=cast.ana.user)
    with Clamd() as clamd:
        settings.CLAMD_SOCKET = clamd.address
        assert done(papers.check_document, document_id=row.pk) == State.UNREADABLE
    row.refresh_from_db()
    assert (row.reason, in_quarantine(), stored(), len(row.sha256)) == ("virus", [], [], 64)


def test_what_we_have_sent_and_the_copy_are_both_scanned(case, cast, done, settings, no_worker):
    row = papers.receive(case, upload(), by=cast.ana.user)
    with Clamd() as clamd:
        settings.CLAMD_SOCKET = clamd.address
        assert done(papers.check_document, document_id=row.pk) == State.ACCEPTED
    assert clamd.seen == [PDF, default_storage.open(stored()[0]).read()]


def test_while_the_scanner_is_away_files_wait_as_long_as_it_takes(case, cast, done, settings, no_worker):
    settings.CLAMD_SOCKET = "/tmp/nobody-listens-here"
    row = papers.receive(case, upload(), by=cast.ana.user)
    now = timezone.now()
    for round_ in range(papers.MAX_ATTEMPTS + 3):
        with time_machine.travel(now + (papers.PAUSE + timedelta(seconds=1)) * round_):
            assert papers.check_document(document_id=row.pk) is None
    row.refresh_from_db()
    assert (row.state, row.attempts, len(in_quarantine()), stored()) == (State.RECEIVED, 0, 1, [])
    with Clamd() as clamd, time_machine.travel(now + timedelta(hours=1)):
        settings.CLAMD_SOCKET = clamd.address
        done(tasks_papers.offer_waiting_documents)
    row.refresh_from_db()
    assert row.state == State.ACCEPTED


@pytest.mark.parametrize("verdict", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: \0"])
def test_anything_but_a_verdict_is_no_verdict(settings, tmp_path, verdict):
    (tmp_path / "x").write_bytes(b"x" * 200_000)
    with Clamd(verdict) as clamd:
        settings.CLAMD_SOCKET = clamd.address
        with pytest.raises(antivirus.ScannerUnavailable):
            antivirus.found_in(tmp_path / "x")


# --- crashes --------------------------------------------------------------------------------------

# Checks as the worker does, and stops for ever once it has begun.
WORKER = """
import sys, threading
import django
django.setup()
from django.conf import settings
settings.QUARANTINE = sys.argv[2]
from cases import tasks_papers
from core import uploads

def clean(source, target):
    target.write_bytes(b"half")
    print("checking", flush=True)
    threading.Event().wait()

uploads.clean = clean
tasks_papers.check_document(int(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_is_finished_later_and_once(cast, no_worker):
    case = make_case(cast.ana.user)
    row = papers.receive(case, upload(), by=cast.ana.user)
    kill_when_it_says("checking", WORKER, str(row.pk), str(django_settings.QUARANTINE))

    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.CHECKING, 1)
    tasks_papers.offer_waiting_documents()
    row.refresh_from_db()
    assert row.attempts == 1, "the dead worker's lease still runs"

    with time_machine.travel(timezone.now() + papers.LEASE + timedelta(seconds=1)):
        tasks_papers.offer_waiting_documents()
        tasks_papers.offer_waiting_documents()
    row.refresh_from_db()
    assert (row.state, row.attempts, len(stored())) == (State.ACCEPTED, 2, 1)
    # What the dead one had begun to write is swept at night.
    assert [name.rpartition(".")[2] for name in in_quarantine()] == ["clean1"]


@pytest.mark.django_db(transaction=True)
def test_ten_forms_at_once_do_not_pass_the_quota_and_one_file_is_one_row(cast, no_worker):
    case = make_case(cast.ana.user)
    some(case, cast.ana.user, papers.FILES_A_DAY - 2)
    outcomes = []

    def send(content):
        try:
            papers.receive(case, upload(content), by=cast.ana.user)
            outcomes.append("")
        except papers.UploadRefused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    contents = [PDF, PDF, *[PDF + b"\n" * n for n in range(1, 5)]]
    threads = [Thread(target=send, args=[content]) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = CaseDocument.objects.filter(case=case).exclude(quarantine="")
    assert rows.count() == 2
    assert in_quarantine() == sorted(rows.values_list("quarantine", flat=True))
    assert set(outcomes) <= {"", "day_full"}


def test_the_night_goes_on_where_a_worker_is_quicker(monkeypatch, no_worker, case, cast):
    papers.receive(case, upload(), by=cast.ana.user)
    quarantine = Path(django_settings.QUARANTINE)
    (quarantine / "old").write_bytes(b"x")
    os.utime(quarantine / "old", (0, 0))
    there = [quarantine / "gone", quarantine / "old"]
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter(there))
    sweep()
    assert not (quarantine / "old").exists()


def test_the_night_deletes_what_no_row_knows(case, cast, done, no_worker, caplog):
    kept = done(papers.receive, case, upload(), by=cast.ana.user)
    done(papers.check_document, document_id=kept.pk)
    waits = papers.receive(case, upload(PDF + b"\n"), by=cast.ana.user)
    quarantine = Path(django_settings.QUARANTINE)
    (quarantine / "orphan").write_bytes(b"x")
    (quarantine / "young").write_bytes(b"x")
    orphan = Path(default_storage.path("papers/2020/01/orphan.pdf"))
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    kept.refresh_from_db()
    old = time.time() - 25 * 3600
    for path in (quarantine / "orphan", quarantine / waits.quarantine, orphan, Path(kept.file.path)):
        os.utime(path, (old, old))
    sweep()
    assert in_quarantine() == sorted([waits.quarantine, "young"])
    assert stored() == [kept.file.name]
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []

    Path(kept.file.path).unlink()
    sweep()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "document_without_file"
    ]
