"""Runs of the import: what goes in, what is refused, and what a run that does not end well leaves behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Person, User
from policies.catalogue import load
from policies.imports import Counts, FeedError, import_book
from policies.imports.book import LOCK
from policies.models import (
    Card,
    Copayment,
    InsuredCover,
    InsuredPerson,
    Mandate,
    Policy,
    PremiumReceipt,
)
from tests.policies.import_feed import (
    IBAN,
    MODELS,
    Rows,
    counted,
    household,
    insured,
    person,
    receipt,
    run,
    write,
)

pytestmark = pytest.mark.django_db


def on_file() -> list[list[dict[str, Any]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in MODELS]


def test_a_household_goes_in(tmp_path: Path) -> None:
    outcome = run(tmp_path, household())
    assert outcome.counts == [
        Counts("persons.csv", 3, 3, 0, 0, 0),
        Counts("policies.csv", 1, 1, 0, 0, 0),
        Counts("insured_persons.csv", 3, 3, 0, 0, 0),
        Counts("covers.csv", 1, 1, 0, 0, 0),
        Counts("receipts.csv", 2, 2, 0, 0, 0),
        Counts("copayments.csv", 1, 1, 0, 0, 0),
        Counts("mandates.csv", 1, 1, 0, 0, 0),
        Counts("cards.csv", 1, 1, 0, 0, 0),
    ]
    ana, carla = Person.objects.get(key="P1"), Person.objects.get(key="P3")
    assert (ana.dni, ana.email, ana.born_on) == ("12345678Z", "ana@example.org", date(1980, 3, 2))
    assert (ana.user, ana.linked_at, ana.search_name) == (None, None, "ana ferrer vidal")
    assert (carla.dni, carla.email, carla.phone) == (None, "", "")
    policy = Policy.objects.get()
    assert (policy.number, policy.edition.code, policy.holder, policy.ends_on) == (
        "F-1",
        "PF-2024",
        ana,
        None,
    )
    assert (policy.modality, policy.instalments, policy.annual_premium) == (
        "levelled",
        "monthly",
        Decimal("240.00"),
    )
    assert policy.reference.startswith("POL-")
    child = InsuredPerson.objects.get(key="I3")
    assert (child.policy, child.person, child.guardian_1, child.guardian_2.key, child.insured_until) == (
        policy,
        carla,
        ana,
        "P2",
        None,
    )
    assert len(set(InsuredPerson.objects.values_list("reference", flat=True))) == 3
    cover = InsuredCover.objects.get()
    assert (cover.insured.key, cover.cover.code, cover.cover.edition.code, cover.capital) == (
        "I1",
        "funeral",
        "PF-2024",
        Decimal("4000.00"),
    )
    first = PremiumReceipt.objects.get(number="R1")
    assert (first.policy, first.total, first.paid_on, first.claimed_on) == (
        policy,
        Decimal("21.00"),
        date(2025, 1, 1),
        None,
    )
    assert Copayment.objects.get().amount == Decimal("6.50")
    assert Mandate.objects.get().iban == IBAN
    assert Card.objects.get().insured == cover.insured


def test_the_same_feed_twice_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path, household())
    before = on_file()
    outcome = run(tmp_path, household())
    assert counted(outcome) == {each.file: (0, 0, each.read, 0) for each in outcome.counts}
    assert outcome.written == 0
    assert on_file() == before


def test_a_changed_row_is_an_update_and_absence_is_not_deletion(tmp_path: Path) -> None:
    run(tmp_path, household())
    reference = Policy.objects.get().reference
    rows = household()
    rows["persons"] = [person("P1", "12345678Z", "Ana", email="", town="Girona")]
    rows["policies"][0] |= {"ends_on": "2026-06-30", "holder_key": "P2"}
    rows["receipts"] = [receipt("R2", "2025-02-01", paid_on="", claimed_on="2025-03-01")]
    rows["insured_persons"] = [insured("I3", "P3", "child", guardian_1_key="P1")]
    outcome = run(tmp_path, rows)
    assert {file: counts for file, counts in counted(outcome).items() if counts[1]} == {
        "persons.csv": (0, 1, 0, 0),
        "policies.csv": (0, 1, 0, 0),
        "insured_persons.csv": (0, 1, 0, 0),
        "receipts.csv": (0, 1, 0, 0),
    }
    ana, policy = Person.objects.get(key="P1"), Policy.objects.get()
    assert (ana.email, ana.town) == ("", "Girona")
    assert (policy.reference, policy.holder.key, policy.ends_on) == (reference, "P2", date(2026, 6, 30))
    assert InsuredPerson.objects.get(key="I3").guardian_2 is None
    assert PremiumReceipt.objects.get(number="R2").paid_on is None
    assert [model._default_manager.count() for model in MODELS] == [3, 1, 3, 1, 2, 1, 1, 1]


def test_the_link_of_an_account_is_not_the_feeds_affair(tmp_path: Path) -> None:
    run(tmp_path, household())
    user = User.objects.create_user("ana@example.org")
    moment = timezone.now()
    Person.objects.filter(key="P1").update(user=user, linked_at=moment)
    rows = household()
    rows["persons"][0]["email"] = "new@example.org"
    run(tmp_path, rows)
    ana = Person.objects.get(key="P1")
    assert (ana.email, ana.user, ana.linked_at) == ("new@example.org", user, moment)


def test_a_part_of_the_feed_refers_to_what_is_on_file(tmp_path: Path) -> None:
    run(tmp_path, household())
    outcome = import_book(write(tmp_path / "part", {"receipts": [receipt("R3", "2025-03-01")]}))
    assert counted(outcome) == {"receipts.csv": (1, 0, 0, 0)}


def test_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    rows = household()
    rows["receipts"][0] |= {"net": "20,00", "surcharge": "0,4", "taxes": "0,60", "total": "21"}
    directory = write(tmp_path / "feed", rows, delimiter=";", encoding="utf-8-sig")
    assert counted(import_book(directory))["receipts.csv"] == (2, 0, 0, 0)


def test_marks_that_mean_something_to_the_database_are_only_text(tmp_path: Path) -> None:
    rows: Rows = {"persons": [person("P\\.", "", "\\N", town="C:\\t\\new", address='a\tb "c", d')]}
    assert counted(run(tmp_path, rows)) == {"persons.csv": (1, 0, 0, 0)}
    found = Person.objects.get()
    assert (found.key, found.first_name, found.town, found.address) == (
        "P\\.",
        "\\N",
        "C:\\t\\new",
        'a b "c", d',
    )


def test_people_may_exchange_a_wrong_dni(tmp_path: Path) -> None:
    run(tmp_path, household())
    rows = household()
    rows["persons"][0]["dni"], rows["persons"][1]["dni"] = rows["persons"][1]["dni"], "11111111H"
    rows["persons"][2]["dni"] = "12345678Z"
    assert counted(run(tmp_path, rows))["persons.csv"] == (0, 3, 0, 0)
    assert list(Person.objects.order_by("key").values_list("dni", flat=True)) == [
        "87654321X",
        "11111111H",
        "12345678Z",
    ]


def test_a_dry_run_says_what_it_would_do_and_leaves_nothing(tmp_path: Path) -> None:
    outcome = run(tmp_path, household(), dry_run=True)
    assert counted(outcome)["persons.csv"] == (3, 0, 0, 0)
    assert on_file() == [[] for _ in MODELS]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda folder: None, "{} is not a folder."),
        (lambda folder: folder.mkdir(), "{} holds no file of the feed (persons.csv, policies.csv,"),
    ],
)
def test_a_folder_without_a_feed(tmp_path: Path, make: Callable[[Path], None], sentence: str) -> None:
    folder = tmp_path / "feed"
    make(folder)
    with pytest.raises(FeedError) as caught:
        import_book(folder)
    assert str(caught.value).startswith(sentence.format(folder))


def command(directory: Path, *, stderr: StringIO | None = None, **options: Any) -> str:
    out = StringIO()
    stderr = stderr or StringIO()
    call_command("import_book", directory, stdout=out, stderr=stderr, skip_checks=True, **options)
    return out.getvalue()


def test_what_the_command_says(tmp_path: Path) -> None:
    rows = {"persons": household()["persons"]}
    directory = write(tmp_path / "feed", rows)
    (directory / "notes.txt").write_text("hello")
    assert command(directory, dry_run=True).splitlines() == [
        "persons.csv: 3 read, 3 inserted, 0 updated, 0 unchanged, 0 refused",
        "Note: notes.txt: not a file of the feed, not read",
        "Dry run: 3 rows would be written; nothing was changed.",
    ]
    assert command(directory).splitlines()[-1] == "3 rows written."
    assert command(directory).splitlines() == [
        "persons.csv: 3 read, 0 inserted, 0 updated, 3 unchanged, 0 refused",
        "Note: notes.txt: not a file of the feed, not read",
        "Nothing changed: the book already says what the feed says.",
    ]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_a_bar_and_a_log_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = write(tmp_path / "feed", {"persons": household()["persons"]})
    command(directory, dry_run=True)
    assert "persons.csv" not in capsys.readouterr().err
    command(directory, stderr=Terminal(), dry_run=True)
    assert "persons.csv: " in capsys.readouterr().err


def test_the_command_shows_where_and_why_but_not_what_was_read(tmp_path: Path) -> None:
    rows: Rows = {"persons": [*household()["persons"], person("P9", "00000000A", "Nobody")]}
    directory = write(tmp_path / "feed", rows)
    with pytest.raises(CommandError, match=r"1 of 4 rows refused: more than 5 %. Nothing was changed."):
        command(directory)
    said = command(directory, max_bad=Decimal(50))
    assert "Refused: persons.csv, line 5, dni: the letter does not belong to the number" in said
    assert "00000000A" not in said
    assert Person.objects.count() == 3


@pytest.fixture
def catalogue(transactional_db: None, django_db_blocker: Any) -> Iterator[None]:
    """A test that commits ends with all tables empty: the catalogue is put back for the tests after it."""
    load(settings.BRAND_DIR)
    yield
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False)
        load(settings.BRAND_DIR)


@pytest.mark.parametrize(
    ("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]
)
def test_an_import_that_is_stopped_leaves_the_old_book(
    tmp_path: Path, ending: signal.Signals, code: int, catalogue: None
) -> None:
    """The last file is a pipe that never ends: when it is being read, all before it has been merged."""
    rows = household()
    del rows["cards"], rows["mandates"], rows["copayments"]
    receipts = rows.pop("receipts")
    directory = write(tmp_path / "feed", rows)
    write(tmp_path / "whole", {"receipts": receipts})
    os.mkfifo(directory / "receipts.csv")
    child = subprocess.Popen(
        [sys.executable, "manage.py", "import_book", str(directory)],
        env={
            **os.environ,
            "DATABASE_URL": database_of_the_test(),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # A pipe takes 64 KiB before it blocks: once far more is in it, the import has come to this file.
    with (directory / "receipts.csv").open("wb") as pipe:
        pipe.write((tmp_path / "whole" / "receipts.csv").read_bytes())
        pipe.write(b"\n" * 500_000)
        pipe.flush()
        child.send_signal(ending)
        _, said = child.communicate(timeout=60)
    assert (child.returncode, Person.objects.count(), Policy.objects.count()) == (code, 0, 0)
    if ending != signal.SIGKILL:
        assert said == "Interrupted: nothing was changed.\n"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    (directory / "receipts.csv").unlink()
    assert import_book(directory).written == 8


def test_two_imports_at_once(tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(database_of_the_test()) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(FeedError, match="Another import is running"):
            run(tmp_path, household())


def database_of_the_test() -> str:
    """The address of the database of this test, for another process."""
    base = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    return f"{base}/{connection.settings_dict['NAME']}"
