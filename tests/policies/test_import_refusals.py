"""Rows that are refused: each with its reason, and the good ones go in all the same."""

import csv
import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import Person
from core.ages import today_in_madrid
from policies.imports import TooManyRefusedError, import_book
from policies.models import PremiumReceipt
from tests.policies.import_feed import (
    ALL,
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


def add(file: str, *lines: dict[str, str]) -> Callable[[Rows], None]:
    return lambda rows: rows[file].extend(lines)


def change(file: str, place: int, **cells: str) -> Callable[[Rows], None]:
    return lambda rows: rows[file][place].update(cells)


REFUSED = [
    (
        add("persons", person("P1", "", "Ana")),
        [("persons.csv", 5, "person_key", "P1", "line 2 has the same key")],
    ),
    (
        add("persons", person("P9", "12345678Z", "Ana")),
        [("persons.csv", 5, "dni", "12345678Z", "line 2 has the same dni")],
    ),
    (
        change("policies", 0, edition="PF-1999"),
        [
            ("policies.csv", 2, "edition", "PF-1999", "no such edition in the catalogue"),
            *[
                (
                    "insured_persons.csv",
                    line,
                    "policy_number",
                    "F-1",
                    "refers to line 2 of policies.csv, which is refused",
                )
                for line in (2, 3, 4)
            ],
            (
                "covers.csv",
                2,
                "insured_key",
                "I1",
                "refers to line 2 of insured_persons.csv, which is refused",
            ),
            *[
                (
                    "receipts.csv",
                    line,
                    "policy_number",
                    "F-1",
                    "refers to line 2 of policies.csv, which is refused",
                )
                for line in (2, 3)
            ],
            (
                "copayments.csv",
                2,
                "insured_key",
                "I1",
                "refers to line 2 of insured_persons.csv, which is refused",
            ),
            ("mandates.csv", 2, "policy_number", "F-1", "refers to line 2 of policies.csv, which is refused"),
            (
                "cards.csv",
                2,
                "insured_key",
                "I1",
                "refers to line 2 of insured_persons.csv, which is refused",
            ),
        ],
    ),
    (
        change("insured_persons", 2, guardian_2_key="P7"),
        [("insured_persons.csv", 4, "guardian_2_key", "P7", "no such person")],
    ),
    (
        change("covers", 0, cover="health_network"),
        [("covers.csv", 2, "cover", "health_network", "the edition of the policy has no such cover")],
    ),
    (
        add("receipts", receipt("R3", "2025-03-01", policy_number="F-9")),
        [("receipts.csv", 4, "policy_number", "F-9", "no such policy")],
    ),
    (change("cards", 0, insured_key="I9"), [("cards.csv", 2, "insured_key", "I9", "no such insured person")]),
    (
        add("insured_persons", insured("I4", "P2", "spouse")),
        [
            (
                "insured_persons.csv",
                5,
                "insured_from",
                "2024-07-01",
                "line 3 has the same policy_number and person_key and insured_from",
            )
        ],
    ),
    (
        change("receipts", 1, total="21.01"),
        [("receipts.csv", 3, "total", "21.01", "net, surcharge and taxes make 21.00")],
    ),
    (
        change("persons", 2, dni="12345678A", born_on="yesterday", first_name="=1+1"),
        [
            ("persons.csv", 4, "born_on", "yesterday", "no date of the form YYYY-MM-DD"),
            ("persons.csv", 4, "dni", "12345678A", "the letter does not belong to the number"),
            (
                "insured_persons.csv",
                4,
                "person_key",
                "P3",
                "refers to line 4 of persons.csv, which is refused",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), REFUSED)
def test_a_bad_row_is_refused_with_its_reason_and_the_good_ones_go_in(
    tmp_path: Path, spoil: Callable[[Rows], None], expected: list[tuple[str, int, str, str, str]]
) -> None:
    rows = household()
    spoil(rows)
    report = tmp_path / "report.jsonl"
    outcome = run(tmp_path, rows, report=report)
    found = [tuple(json.loads(line).values()) for line in report.read_text(encoding="utf-8").splitlines()]
    assert sorted(found) == sorted(expected)
    bad = {(file, line) for file, line, *_ in expected}
    for each in outcome.counts:
        refused = sum(file == each.file for file, _ in bad)
        assert (each.refused, each.inserted) == (refused, each.read - refused)
    assert sum(model._default_manager.count() for model in MODELS) == outcome.written


def test_what_is_on_file_already_belongs_to_its_key(tmp_path: Path) -> None:
    run(tmp_path, household())
    report = tmp_path / "report.jsonl"
    rows: Rows = {
        "persons": [person("P9", "12345678Z", "Ana")],
        "insured_persons": [insured("I9", "P2", "other")],
    }
    outcome = import_book(write(tmp_path / "part", rows), max_bad=ALL, report=report)
    assert outcome.refusals == [
        ("persons.csv", 2, "dni", "the same dni is on file under the key P1"),
        (
            "insured_persons.csv",
            2,
            "insured_from",
            "the same policy_number and person_key and insured_from is on file under the key I2",
        ),
    ]
    assert outcome.written == 0


def test_a_dni_that_a_refused_row_would_have_set_free_stays_taken(tmp_path: Path) -> None:
    """P1 may not take P2's DNI, so it keeps its own, and P3 cannot have that."""
    run(tmp_path, household())
    rows: Rows = {
        "persons": [
            person("P1", "87654321X", "Ana"),
            person("P3", "12345678Z", "Carla", born_on="2016-05-04"),
        ]
    }
    outcome = import_book(write(tmp_path / "part", rows), max_bad=ALL)
    assert counted(outcome) == {"persons.csv": (0, 0, 0, 2)}
    assert Person.objects.get(key="P1").dni == "12345678Z"


def test_a_good_row_about_somebody_on_file_is_taken_though_their_own_row_is_refused(tmp_path: Path) -> None:
    run(tmp_path, household())
    rows: Rows = {
        "persons": [person("P1", "12345678A", "Ana")],
        "policies": [household()["policies"][0] | {"annual_premium": "250.00"}],
    }
    assert counted(import_book(write(tmp_path / "part", rows), max_bad=ALL)) == {
        "persons.csv": (0, 0, 0, 1),
        "policies.csv": (0, 1, 0, 0),
    }


@pytest.mark.parametrize(("good", "taken"), [(19, True), (18, False)])
def test_more_than_one_row_in_twenty_refuses_the_feed(tmp_path: Path, good: int, taken: bool) -> None:
    rows: Rows = {"persons": [person(f"P{number}", "", "Ana") for number in range(good)]}
    rows["persons"].append(person("P", "12345678A", "Ana"))
    directory = write(tmp_path / "feed", rows)
    report = tmp_path / "report.csv"
    if taken:
        assert import_book(directory).refused == 1
    else:
        with pytest.raises(TooManyRefusedError, match="1 of 19 rows refused: more than 5 %"):
            import_book(directory, report=report)
        assert len(report.read_text().splitlines()) == 2
    assert Person.objects.count() == (good if taken else 0)


def test_the_report_is_its_owners_and_harmless_in_a_spreadsheet(tmp_path: Path) -> None:
    rows = household()
    rows["persons"][2] |= {"dni": "=HYPERLINK(1)"}
    report = tmp_path / "report.csv"
    run(tmp_path, rows, report=report)
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    with report.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[:2] == [
        ["file", "line", "column", "value", "reason"],
        ["persons.csv", "4", "dni", "'=HYPERLINK(1)", "this is not how a DNI or NIE is written"],
    ]


def test_no_receipt_is_paid_tomorrow(tmp_path: Path) -> None:
    """What was paid soon after its due date is not read for the payment state: it relies on this."""
    today = today_in_madrid()
    rows = household()
    rows["receipts"] = [
        receipt("R1", today.isoformat(), period_to="2199-01-01", paid_on=today.isoformat()),
        receipt(
            "R2",
            today.isoformat(),
            period_to="2199-01-01",
            paid_on=(today + timedelta(days=1)).isoformat(),
        ),
    ]
    outcome = run(tmp_path, rows)
    assert outcome.refusals == [("receipts.csv", 3, "paid_on", "later than today")]
    assert list(PremiumReceipt.objects.values_list("number", "paid_on")) == [("R1", today)]
