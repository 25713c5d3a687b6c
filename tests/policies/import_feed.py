"""A small feed for the tests of the import: one household with everything that a file can hold."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

from accounts.models import Person
from policies.imports import Outcome, import_book
from policies.imports.schema import table
from policies.models import (
    Card,
    Copayment,
    InsuredCover,
    InsuredPerson,
    Mandate,
    Policy,
    PremiumReceipt,
)

Rows = dict[str, list[dict[str, str]]]

IBAN = "ES9121000418450200051332"


def household() -> Rows:
    return {
        "persons": [
            person("P1", "12345678Z", "Ana", email="Ana@Example.org"),
            person("P2", "87654321X", "Bruno", email="ana@example.org"),
            person("P3", "", "Carla", born_on="2016-05-04"),
        ],
        "policies": [
            {
                "policy_number": "F-1",
                "edition": "PF-2024",
                "holder_key": "P1",
                "effective_on": "2024-07-01",
                "modality": "levelled",
                "instalments": "monthly",
                "annual_premium": "240.00",
            }
        ],
        "insured_persons": [
            insured("I1", "P1", "holder"),
            insured("I2", "P2", "spouse"),
            insured("I3", "P3", "child", guardian_1_key="P1", guardian_2_key="P2"),
        ],
        "covers": [
            {
                "insured_cover_key": "C1",
                "insured_key": "I1",
                "cover": "funeral",
                "capital": "4000",
                "starts_on": "2024-07-01",
            }
        ],
        "receipts": [receipt("R1", "2025-01-01"), receipt("R2", "2025-02-01")],
        "copayments": [
            {
                "copayment_key": "K1",
                "insured_key": "I1",
                "used_on": "2025-01-15",
                "act": "Consulta",
                "provider": "Centro Alba",
                "amount": "6.5",
            }
        ],
        "mandates": [
            {
                "mandate_reference": "M1",
                "policy_number": "F-1",
                "iban": "ES91 2100 0418 4502 0005 1332",
                "signed_on": "2024-06-20",
            }
        ],
        "cards": [{"card_number": "T1", "insured_key": "I1", "valid_from": "2024-07-01"}],
    }


def person(key: str, dni: str, first_name: str, **cells: str) -> dict[str, str]:
    return {
        "person_key": key,
        "dni": dni,
        "first_name": first_name,
        "last_name_1": "Ferrer",
        "last_name_2": "Vidal",
        "born_on": "1980-03-02",
        "language": "es",
        **cells,
    }


def insured(key: str, person_key: str, relation: str, **cells: str) -> dict[str, str]:
    return {
        "insured_key": key,
        "policy_number": "F-1",
        "person_key": person_key,
        "relation": relation,
        "insured_from": "2024-07-01",
        **cells,
    }


def receipt(number: str, due_on: str, **cells: str) -> dict[str, str]:
    return {
        "receipt_number": number,
        "policy_number": "F-1",
        "due_on": due_on,
        "period_from": due_on,
        "period_to": f"{due_on[:7]}-28",
        "net": "20.00",
        "surcharge": "0.40",
        "taxes": "0.60",
        "total": "21.00",
        "paid_on": due_on,
        **cells,
    }


def write(
    directory: Path, rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8", **options: Any
) -> Path:
    directory.mkdir(exist_ok=True)
    for name, lines in rows.items():
        with (directory / f"{name}.csv").open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, table(name).columns, delimiter=delimiter, restval="", **options)
            writer.writeheader()
            writer.writerows(lines)
    return directory


MODELS = (Person, Policy, InsuredPerson, InsuredCover, PremiumReceipt, Copayment, Mandate, Card)
ALL = Decimal(100)


def run(tmp_path: Path, rows: Rows, *, max_bad: Decimal = ALL, **options: Any) -> Outcome:
    return import_book(write(tmp_path / "feed", rows), max_bad=max_bad, **options)


def counted(outcome: Outcome) -> dict[str, tuple[int, int, int, int]]:
    return {each.file: (each.inserted, each.updated, each.unchanged, each.refused) for each in outcome.counts}
