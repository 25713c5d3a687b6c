"""Changed accounts for the insurer's own systems, and until when refunds wait."""

import csv
import json
import re
import stat
import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from core.deadlines import MADRID
from policies.models import Mandate
from servicing import changes_export
from servicing.changes_export import COLUMNS, escaped, export_day, export_new, offer_again
from servicing.models import BankAccountChange
from servicing.refunds import holds, refunds_held_until
from tests.people import Cast
from tests.servicing.accounts import GERMAN, NEW, OLD, change

pytestmark = pytest.mark.usefixtures("plain")
DESCRIPTOR = json.loads((settings.BASE_DIR / "servicing" / "changes_datapackage.json").read_text("utf-8"))
FIELDS = DESCRIPTOR["resources"][0]["schema"]["fields"]


def rows_of(path: Path | None) -> list[dict[str, str]]:
    assert path is not None
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_new_is_written_whole_and_once(cast: Cast, old: Mandate, tmp_path: Path) -> None:
    with time_machine.travel("2026-11-22T23:30Z", tick=False):
        case = change(cast)
    with time_machine.travel("2026-11-23T05:00Z", tick=False):
        done = export_new(tmp_path)
    row = BankAccountChange.objects.get()
    assert (done.path, done.count) == (tmp_path / f"bank_accounts-20261123T060000-{case.pk}.csv", 1)
    assert rows_of(done.path) == [
        {
            "mandate_reference": case.reference,
            "policy_number": "S-1000001",
            "iban": NEW,
            "account_owner": "Ana Ferrer Vidal",
            # Half past midnight in Madrid.
            "signed_on": "2026-11-23",
            "used_from": row.holds_from.isoformat(),
            "replaced_iban": OLD,
            "asked_at": "2026-11-23T00:30:00+01:00",
            "refunds_from": row.refunds_from.astimezone(MADRID).isoformat(timespec="seconds"),
            "exported_at": "2026-11-23T06:00:00+01:00",
        }
    ]
    assert done.path is not None
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600
    assert export_new(tmp_path) == changes_export.Exported(None, 0)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "bank"))] == [
        done.path.name
    ]


def test_only_what_is_new_goes_into_the_next_file(cast: Cast, old: Mandate, tmp_path: Path) -> None:
    change(cast)
    first = export_new(tmp_path)
    later = change(cast, iban=GERMAN)
    second = export_new(tmp_path)
    assert [row["mandate_reference"] for row in rows_of(second.path)] == [later.reference]
    assert first.path != second.path


def test_what_was_refused_is_not_told(cast: Cast, old: Mandate, tmp_path: Path) -> None:
    case = change(cast)
    type(case).objects.filter(pk=case.pk).update(outcome="", decided_at=None, decided_by=None)
    assert export_new(tmp_path).count == 0


def test_a_day_is_written_again_and_nothing_is_marked(cast: Cast, old: Mandate, tmp_path: Path) -> None:
    # The day is Madrid's: 22:30 UTC in summer is the next one.
    with time_machine.travel("2026-07-01T22:30Z", tick=False):
        change(cast)
        first = export_new(tmp_path)
    assert export_day(tmp_path, date(2026, 7, 1)).path is None
    again = export_day(tmp_path, date(2026, 7, 2))
    assert again.path == tmp_path / "bank_accounts-20260702-again.csv"
    assert rows_of(again.path) == rows_of(first.path)
    assert export_day(tmp_path, date(2026, 7, 2)) == again
    assert export_new(tmp_path).count == 0


def test_one_alone_is_offered_again(cast: Cast, old: Mandate, tmp_path: Path) -> None:
    change(cast)
    export_new(tmp_path)
    offer_again(BankAccountChange.objects.get(), by=cast.felix.user)
    assert export_new(tmp_path).count == 1


def test_a_full_disk_marks_nothing_and_leaves_no_half_file(
    cast: Cast, old: Mandate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(cast)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("servicing.changes_export.os.fsync", full)
    with pytest.raises(CommandError, match="nothing was marked"):
        call_command("export_changes", tmp_path)
    assert BankAccountChange.objects.get().exported_at is None
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
    monkeypatch.undo()
    assert export_new(tmp_path).count == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_share_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from policies import catalogue
    from tests.people import make_cast
    from tests.servicing.accounts import mandate_of

    catalogue.load(settings.BRAND_DIR)
    cast = make_cast()
    mandate_of(cast.health)
    change(cast)
    inside, go_on = threading.Event(), threading.Event()
    write = changes_export._write

    def slowly(*arguments: Any) -> None:
        inside.set()
        assert go_on.wait(20)
        write(*arguments)

    monkeypatch.setattr(changes_export, "_write", slowly)
    counts: list[int] = []

    def run() -> None:
        counts.append(export_new(tmp_path).count)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    threads[0].start()
    assert inside.wait(20)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert sorted(counts) == [0, 1]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(cast: Cast, old: Mandate, tmp_path: Path, start: str) -> None:
    change(cast, account_owner=f"{start}cmd|' /C calc'!A0")
    (row,) = rows_of(export_new(tmp_path).path)
    # A row is one line.
    assert row["account_owner"] == f"'{start}cmd|' /C calc'!A0".replace("\r", " ")


def test_plain_cells_stay_as_they_are() -> None:
    assert [escaped(cell) for cell in ("", "Ana", "a=b", "O'Hara")] == ["", "Ana", "a=b", "O'Hara"]


def test_the_command(cast: Cast, old: Mandate, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("export_changes", tmp_path / "nowhere")
    call_command("export_changes", tmp_path)
    change(cast)
    call_command("export_changes", tmp_path)
    call_command("export_changes", tmp_path, day=date(2020, 1, 1))
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "Nothing new, no file."
    assert "1 changed accounts in " in said
    assert said.splitlines()[-1] == "Nothing was exported on 2020-01-01."
    assert NEW not in said


def test_the_descriptor_names_the_columns_of_the_file() -> None:
    assert tuple(field["name"] for field in FIELDS) == COLUMNS


def test_the_page_says_what_the_descriptor_says() -> None:
    page = (settings.BASE_DIR / "docs" / "feed.md").read_text("utf-8")
    section = page.partition("\n### bank_accounts\n")[2]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if "| `" in line
    ]
    assert [(row[0].strip("`"), bool(row[1]), row[3]) for row in rows] == [
        (field["name"], field["constraints"].get("required", False), field["description"]) for field in FIELDS
    ]


# --- the queue -----------------------------------------------------------------------------------------

CHANGES = "/admin/servicing/bankaccountchange/"


def test_the_queue_masks_the_account(cast: Cast, old: Mandate, log_in: Any, tmp_path: Path) -> None:
    case = change(cast)
    client = log_in(cast.felix)
    shown = client.get(CHANGES).content.decode()
    one = client.get(f"{CHANGES}{case.pk}/change/").content.decode()
    for html in (shown, one):
        assert case.reference in html
        assert re.search(r"ES79 •••• 6789", html)
        assert NEW not in html
        assert OLD not in html
    assert f"{CHANGES}{case.pk}/press/" not in one
    export_new(tmp_path)
    assert case.reference not in client.get(CHANGES).content.decode()
    assert case.reference in client.get(f"{CHANGES}?exported=1").content.decode()
    assert case.reference in client.get(f"{CHANGES}?q=S-1000001").content.decode()


def test_offered_again_by_a_button(cast: Cast, old: Mandate, log_in: Any, tmp_path: Path) -> None:
    from django.contrib.auth.models import Permission

    case = change(cast)
    export_new(tmp_path)
    client = log_in(cast.felix)
    button = f"{CHANGES}{case.pk}/press/offer_again/"
    assert client.post(button).status_code == 403
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_bankaccountchange"))
    assert client.post(button).status_code == 302
    assert BankAccountChange.objects.get().exported_at is None


# --- refunds -------------------------------------------------------------------------------------------


def test_refunds_wait_for_72_hours(cast: Cast, old: Mandate) -> None:
    assert refunds_held_until(cast.health) is None
    with time_machine.travel("2026-11-22T10:00Z", tick=False):
        change(cast)
    until = BankAccountChange.objects.get().refunds_from
    assert until - timedelta(hours=72) == datetime(2026, 11, 22, 10, tzinfo=until.tzinfo)
    assert refunds_held_until(cast.health, at=until - timedelta(seconds=1)) == until
    assert refunds_held_until(cast.health, at=until) is None
    assert refunds_held_until(cast.funeral, at=until - timedelta(hours=1)) is None


def test_the_latest_of_two_changes_counts(cast: Cast, old: Mandate) -> None:
    now = timezone.now()
    first = change(cast)
    later = change(cast, iban=GERMAN)
    BankAccountChange.objects.filter(pk=first.pk).update(refunds_from=now + timedelta(hours=9))
    BankAccountChange.objects.filter(pk=later.pk).update(refunds_from=now + timedelta(hours=5))
    assert holds([cast.health.pk, cast.funeral.pk]) == {cast.health.pk: now + timedelta(hours=9)}
