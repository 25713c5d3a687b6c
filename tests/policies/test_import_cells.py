"""What a cell may hold, and the reason for each refusal."""

from datetime import date

import pytest

from core.identity import parse_iban
from policies.imports.cells import CellError, read_iban, reader
from policies.imports.rules import rules
from policies.imports.schema import table


def read(file: str, column: str, cell: str, *, decimal_comma: bool = False) -> str | None:
    field = next(field for field in table(file).fields if field.name == column)
    return reader(field, decimal_comma=decimal_comma)(cell)


@pytest.mark.parametrize(
    ("file", "column", "cell", "stored"),
    [
        ("persons", "dni", "12345678Z", "12345678Z"),
        ("persons", "dni", " 12345678-z ", "12345678Z"),
        ("persons", "dni", "X1234567L", "X1234567L"),
        ("persons", "dni", "", None),
        ("persons", "first_name", "  Núria\u00a0Maria ", "Núria Maria"),
        ("persons", "last_name_2", "   ", None),
        ("persons", "email", "Ana.Ferrer@Example.ORG", "ana.ferrer@example.org"),
        ("persons", "email", "o'hara@example.org", "o'hara@example.org"),
        ("persons", "born_on", "2000-02-29", "2000-02-29"),
        ("persons", "language", "ca", "ca"),
        ("policies", "modality", "single", "single"),
        ("policies", "annual_premium", "240", "240.00"),
        ("policies", "annual_premium", "0240.5", "240.50"),
        ("policies", "annual_premium", "99999999.99", "99999999.99"),
        ("policies", "annual_premium", "0", "0.00"),
        ("mandates", "iban", "es91 2100 0418 4502 0005 1332", "ES9121000418450200051332"),
        ("mandates", "iban", "DE89370400440532013000", "DE89370400440532013000"),
    ],
)
def test_taken(file: str, column: str, cell: str, stored: str | None) -> None:
    assert read(file, column, cell) == stored


@pytest.mark.parametrize(
    ("file", "column", "cell", "reason"),
    [
        ("persons", "person_key", "", "the cell is empty"),
        ("persons", "person_key", "P" * 41, "41 characters where 40 are the most"),
        ("persons", "dni", "12345678A", "the letter does not belong to the number"),
        ("persons", "dni", "X1234567A", "the letter does not belong to the number"),
        ("persons", "dni", "1234", "this is not how a DNI or NIE is written"),
        ("persons", "first_name", "A" * 81, "81 characters where 80 are the most"),
        ("persons", "first_name", "Jos\udce9", "the text is not UTF-8"),
        ("persons", "first_name", "Ana\x00", "the text holds the control character U+0000"),
        ("persons", "first_name", "\u202eanA", "the text holds the control character U+202E"),
        ("persons", "email", "ana(at)example.org", "no e-mail address"),
        ("persons", "email", '"a\\\tb"@example.org', "no e-mail address"),
        ("persons", "email", "a" * 250 + "@example.org", "longer than an e-mail address can be"),
        ("persons", "born_on", "02/03/1980", "no date of the form YYYY-MM-DD"),
        ("persons", "born_on", "19800302", "no date of the form YYYY-MM-DD"),
        ("persons", "born_on", "2023-02-29", "there is no such day"),
        ("persons", "born_on", "0980-03-02", "not between 1900-01-01 and 2199-12-31"),
        ("persons", "born_on", "", "the cell is empty"),
        ("persons", "language", "Spanish", "this is not how it is written; see docs/feed.md"),
        ("policies", "instalments", "weekly", "none of yearly, half_yearly, quarterly, monthly, single"),
        ("policies", "annual_premium", "12.345", "more than two decimals"),
        ("policies", "annual_premium", "12,34", "a decimal point is expected, not a comma"),
        ("policies", "annual_premium", "1.234,50", "no amount, such as 1234.50"),
        ("policies", "annual_premium", "-1.00", "less than 0"),
        ("policies", "annual_premium", "100000000", "more than 99999999.99"),
        ("policies", "annual_premium", "12 €", "no amount, such as 1234.50"),
        ("mandates", "iban", "ES9121000418450200051333", "the check digits of the IBAN are wrong"),
        (
            "mandates",
            "iban",
            "ES2921000418460200051332",
            "the control digits of the Spanish account are wrong",
        ),
        ("mandates", "iban", "BR1500000000000010932840814P2", "the account is outside the SEPA countries"),
        ("mandates", "iban", "2100", "this is not how an IBAN is written"),
    ],
)
def test_refused(file: str, column: str, cell: str, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        read(file, column, cell)
    assert str(caught.value) == reason


def test_a_comma_is_a_decimal_mark_where_cells_are_parted_by_semicolons() -> None:
    assert read("policies", "annual_premium", "1234,5", decimal_comma=True) == "1234.50"
    assert read("policies", "annual_premium", "1234.5", decimal_comma=True) == "1234.50"
    with pytest.raises(CellError, match="more than two decimals"):
        read("policies", "annual_premium", "1,234", decimal_comma=True)


def test_the_quick_look_at_an_iban_agrees_with_the_thorough_one() -> None:
    """Every account with one wrong digit is refused by both."""
    good = "ES9121000418450200051332"
    assert read_iban(good) == parse_iban(good)
    for place in range(2, len(good)):
        wrong = f"{good[:place]}{(int(good[place]) + 1) % 10}{good[place + 1 :]}"
        with pytest.raises(CellError):
            read_iban(wrong)


TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("file", "cells", "expected"),
    [
        ("policies", {"effective_on": "2024-07-01", "ends_on": "2024-07-01"}, []),
        ("policies", {"effective_on": "2024-07-01"}, []),
        (
            "policies",
            {"effective_on": "2024-07-01", "ends_on": "2024-06-30"},
            [("ends_on", "before effective_on (2024-07-01)")],
        ),
        ("persons", {"born_on": "2026-03-01"}, []),
        ("persons", {"born_on": "2026-03-02"}, [("born_on", "later than today")]),
        ("receipts", {"net": "10.00", "surcharge": "0.10", "taxes": "0.20", "total": "10.30"}, []),
        ("receipts", {"net": "10.00", "total": "10.00"}, []),
        (
            "receipts",
            {"net": "10.00", "taxes": "0.20", "total": "10.21", "paid_on": "2026-03-02"},
            [("paid_on", "later than today"), ("total", "net, surcharge and taxes make 10.20")],
        ),
        (
            "insured_persons",
            {"person_key": "P1", "guardian_2_key": "P1"},
            [("guardian_2_key", "nobody is their own guardian")],
        ),
        ("copayments", {}, []),
    ],
)
def test_what_must_hold_between_cells(
    file: str, cells: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    row = [cells.get(column) for column in table(file).columns]
    assert [found for rule in rules(table(file), today=TODAY) if (found := rule(row))] == expected
