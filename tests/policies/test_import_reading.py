"""How a file is read: delimiter, header, line numbers, and rows that are no rows."""

from datetime import date
from pathlib import Path

import pytest

from policies.imports.reading import FeedError, Refusal, Row, TableFile
from policies.imports.schema import table

HEADER = "card_number,insured_key,valid_from,valid_to"


def read(tmp_path: Path, content: str | bytes) -> tuple[TableFile, list[Row | list[Refusal]]]:
    path = tmp_path / "cards.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = TableFile(path, table("cards"), today=date(2026, 3, 1))
    found = list(file.rows())
    file.close()
    return file, found


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_delimiter_line_ending_and_byte_order_mark(
    tmp_path: Path, mark: str, ending: str, begin: str
) -> None:
    lines = [HEADER, "T1,I1,2024-07-01,", '"T2","I2",2024-07-01,2025-07-01']
    content = begin + ending.join(line.replace(",", mark) for line in lines)
    file, found = read(tmp_path, content)
    assert file.delimiter == mark
    assert found == [
        Row(2, ["T1", "I1", "2024-07-01", None]),
        Row(3, ["T2", "I2", "2024-07-01", "2025-07-01"]),
    ]


def test_columns_in_any_order_and_one_too_many(tmp_path: Path) -> None:
    file, found = read(
        tmp_path, "colour,valid_to,valid_from,insured_key,card_number\nred,,2024-07-01,I1,T1\n"
    )
    assert file.unknown_columns == ["colour"]
    assert found == [Row(2, ["T1", "I1", "2024-07-01", None])]


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("card_number,insured_key,valid_from", "cards.csv: the header lacks valid_to."),
        ("", "cards.csv: the header lacks card_number, insured_key, valid_from, valid_to."),
        (f"{HEADER},valid_to", "cards.csv: the header names valid_to twice."),
    ],
)
def test_a_header_that_cannot_be_understood(tmp_path: Path, header: str, sentence: str) -> None:
    with pytest.raises(FeedError) as caught:
        read(tmp_path, header)
    assert str(caught.value) == sentence


def test_a_mark_that_is_not_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    _, found = read(tmp_path, f'{HEADER}\n"T1,I1,2024-07-01,\nT2,I2,2024-07-01,\n\n"T3",I3,2024-07-01,\n')
    assert found == [
        [Refusal(2, None, "", '"T1,I1,2024-07-01,', "a quotation mark is not closed in its line")],
        Row(3, ["T2", "I2", "2024-07-01", None]),
        Row(5, ["T3", "I3", "2024-07-01", None]),
    ]


def test_a_mark_that_is_not_closed_in_a_file_longer_than_a_cell_can_be(tmp_path: Path) -> None:
    rows = "".join(f"T{number},I1,2024-07-01,\n" for number in range(20_000))
    _, found = read(tmp_path, f'{HEADER}\n"T,I1,2024-07-01,\n{rows}')
    assert [type(each) for each in found[:2]] == [list, Row]
    assert len(found) == 20_001
    assert found[-1] == Row(20_002, ["T19999", "I1", "2024-07-01", None])


def test_each_bad_cell_of_a_row_is_said(tmp_path: Path) -> None:
    _, found = read(
        tmp_path, f"{HEADER}\nT1,,1 July,\n,I1,2024-07-01,x\nT3,I1\nT4,I1,2024-07-01,2024-01-01\n"
    )
    assert found == [
        [
            Refusal(2, "T1", "insured_key", "", "the cell is empty"),
            Refusal(2, "T1", "valid_from", "1 July", "no date of the form YYYY-MM-DD"),
        ],
        [
            Refusal(3, None, "card_number", "", "the cell is empty"),
            Refusal(3, None, "valid_to", "x", "no date of the form YYYY-MM-DD"),
        ],
        [Refusal(4, "T3", "", "T3,I1", "2 cells where the header has 4")],
        [Refusal(5, "T4", "valid_to", "2024-01-01", "before valid_from (2024-07-01)")],
    ]


def test_latin_1_is_refused_in_its_row(tmp_path: Path) -> None:
    _, found = read(
        tmp_path, HEADER.encode() + "\nT1,Muñoz,2024-07-01,\nT2,I2,2024-07-01,\n".encode("latin-1")
    )
    assert found == [
        [Refusal(2, "T1", "insured_key", "Mu\udcf1oz", "the text is not UTF-8")],
        Row(3, ["T2", "I2", "2024-07-01", None]),
    ]
