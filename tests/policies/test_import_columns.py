"""Many rows read at once: the same values, and the same reasons, as row by row."""

from datetime import date
from pathlib import Path

import pytest

from policies.imports import reading
from policies.imports.cells import CellError, reader
from policies.imports.columns import column_reader
from policies.imports.reading import Block, Refusal, Row, TableFile
from policies.imports.schema import Field, tables

TODAY = date(2026, 3, 1)
# Good, odd and bad cells of all kinds: each column is given all of them.
CELLS = (
    *(
        "",
        " ",
        "A",
        "  Núria\u00a0Maria ",
        "Ana\x00",
        "Jos\udce9",
        "\u202eanA",
        "x\u200by",
        "A" * 41,
        "A" * 201,
    ),
    *("12345678Z", "12345678A", "12345678z", "X1234567L", "X1234567A", "Y1234567X", "Z1234567R", "K1234567L"),
    *("1234", "12345678-Z", " 12345678Z", "X12345678", "000000000", "A2345678Z", "１2345678Z"),
    *("ana@example.org", "Ana@Example.ORG", "a.b-c@d-e.f--g.es", "a..b@c.es", "a@-b.es", "a@b-.es", "a@b"),
    *(
        "o'hara@example.org",
        "a" * 250 + "@example.org",
        '"a b"@example.org',
        "ana@example.org ",
        "İ@example.org",
    ),
    *("2024-07-01", "2023-02-29", "2024-7-1", "20240701", "1899-12-31", "2200-01-01", "2024-07-01T00:00"),
    *("0", "0.00", "00.00", "12.34", "012.34", "1234567.89", "12345678.90", "99999999.99", "100000000.00"),
    *(
        "-1.00",
        "+1.00",
        "1.234",
        "1,234",
        "12,34",
        "12.3",
        ".50",
        "1.234,50",
        "12 €",
        "١٢.٣٤",
        "1e3.00",
        "--1.00",
    ),
    *("es", "ca-valencia", "ES", "levelled", "monthly", "spouse", "PF-2024", "funeral"),
    *("ES9121000418450200051332", "es91 2100 0418 4502 0005 1332", "ES9121000418450200051333", "DE1"),
)
FIELDS = [(table.name, field) for table in tables() for field in table.fields]


@pytest.mark.parametrize("decimal_comma", [False, True], ids=["point", "comma"])
@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[f"{name}-{field.name}" for name, field in FIELDS])
def test_a_column_is_read_as_its_cells_are(name: str, field: Field, decimal_comma: bool) -> None:
    read = reader(field, decimal_comma=decimal_comma)
    column = column_reader(field, read, decimal_comma=decimal_comma)
    taken: dict[str, str] = {}
    for cell in CELLS:
        try:
            taken[cell] = read(cell) or ""
        except CellError as error:
            # A bad cell among good ones is found, wherever it stands.
            for cells in ([cell], [*taken, cell], [cell, *taken]):
                with pytest.raises(CellError) as caught:
                    column(cells)
                assert str(caught.value) == str(error)
        else:
            assert list(column([cell, cell])) == [taken[cell]] * 2
    assert list(column(list(taken))) == list(taken.values())


HEADER = "receipt_number,policy_number,due_on,period_from,period_to,net,surcharge,taxes,total"
HEADER += ",paid_on,returned_on,claimed_on"
GOOD = "R{},F1,2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.20,2025-01-02,,"
ODD = (
    'R{},"F1",2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.20,,,',
    'R{},"F""1,2",2025-01-01,2025-01-01,2025-01-31,10,0.1,0.1,10.2,,,',
    "R{},F\\1,2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.20,,,",
    "",
    "R{},F1",
    "R{},F1,2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.20,,,,",
    'R{},"F1,2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.20,,,',
    'R{},"F"1,2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.20,,,',
    'R{},F1",2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.20,,,',
    "R{},F1,2025-01-01,2025-01-31,2025-01-30,10.00,,0.20,10.20,,,",
    "R{},F1,2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.21,,,",
    "R{},F1,2025-01-01,2025-01-01,2025-01-31,10.00,,0.20,10.19,2026-03-02,,",
    "R{},,yesterday,2025-01-01,2025-01-31,10.00,,0.20,10.20,,,",
    "R{},F1,2025-01-01,2025-01-01,2025-01-31,0.10,0.20,0.30,0.60,2026-03-01,,",
)


def found(path: Path) -> list[Row | list[Refusal]]:
    receipts = next(table for table in tables() if table.name == "receipts")
    file = TableFile(path, receipts, today=TODAY)
    rows = list(file.rows())
    file.close()
    return rows


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize(
    "odd", [[line] for line in ODD] + [list(ODD)], ids=[*map(str, range(len(ODD))), "all"]
)
def test_a_block_is_read_as_its_rows_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: list[str], ending: str
) -> None:
    lines = [HEADER]
    for number in range(300):
        lines.append((odd[number // 7 % len(odd)] if number % 7 == 3 else GOOD).format(number))
    path = tmp_path / "receipts.csv"
    path.write_text(ending.join(lines), encoding="utf-8", newline="")
    at_once = found(path)
    monkeypatch.setattr(reading, "BLOCK", 1)
    assert found(path) == at_once
    monkeypatch.setattr(TableFile, "_all_good", lambda *_: None)
    assert found(path) == at_once


def test_a_block_holds_no_more_than_its_share_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "receipts.csv"
    path.write_text("\n".join([HEADER, *map(GOOD.format, range(5_000))]))
    receipts = next(table for table in tables() if table.name == "receipts")
    file = TableFile(path, receipts, today=TODAY)
    blocks: list[Block] = list(file.blocks())
    file.close()
    lines = [line for block in blocks for line in block.lines]
    assert lines == list(range(2, 5_002))
    assert max(len(block.lines) for block in blocks) < 1 + reading.BLOCK // len(GOOD)
