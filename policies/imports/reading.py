"""One file of the feed, some hundred rows at a time: never more than those in memory."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from policies.imports.cells import CellError, reader
from policies.imports.columns import column_reader
from policies.imports.rules import hold, rules
from policies.imports.schema import Table

DELIMITERS = (",", ";")
# What is quoted in a report; a cell may hold a whole lost file.
SHOWN = 200
LONGEST_HEADER = 20_000
# So many characters are read and checked together.
BLOCK = 100_000
# Where something is wrong with a block, it is looked for in halves, and row by row among so many.
FEW = 25


class FeedError(Exception):
    """The feed as a whole cannot be read: nothing is taken from it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cell (or, without a column, a row) that was refused. `key`: the row's own, if it could be read."""

    line: int
    key: str | None
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Row:
    """A row that may pass by itself; `values` in the order of the table's columns."""

    line: int
    values: list[str | None]


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring rows: those that may pass by themselves, column by column, and why the others may not.

    `columns` stand in the order of the table's; an empty cell is the empty text.
    """

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]
    refused: list[list[Refusal]]


class TableFile:
    """An open file of the feed whose header has been understood."""

    def __init__(self, path: Path, table: Table, *, today: date) -> None:
        self.path = path
        self.table = table
        self.characters_read = 0
        # Bytes that are no UTF-8 become surrogates, which `cells` refuses in their own row.
        self._stream: IO[str] = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
        header = self._stream.readline(LONGEST_HEADER).rstrip("\r\n")
        self.delimiter = _delimiter(header, table)
        self._header = [name.strip() for name in _split(header, self.delimiter)]
        self.unknown_columns = [name for name in self._header if name not in table.columns]
        self._refuse_wrong_header()
        self._places = [self._header.index(column) for column in table.columns]
        decimal_comma = self.delimiter == ";"
        self._readers = [reader(field, decimal_comma=decimal_comma) for field in table.fields]
        self._column_readers = [
            column_reader(field, read, decimal_comma=decimal_comma)
            for field, read in zip(table.fields, self._readers, strict=True)
        ]
        self._key_at = table.columns.index(table.key)
        self._rules = rules(table, today=today)
        self._hold = hold(table, today=today)

    def close(self) -> None:
        self._stream.close()

    def rows(self) -> Iterator[Row | list[Refusal]]:
        """Each row of the file, or the reasons why it is refused."""
        for block in self.blocks():
            found: list[Row | list[Refusal]] = [
                Row(line, [cell or None for cell in cells])
                for line, cells in zip(block.lines, zip(*block.columns, strict=True), strict=True)
            ]
            if block.refused:
                found = sorted([*found, *block.refused], key=_line_of)
            yield from found

    def blocks(self) -> Iterator[Block]:
        """The whole file. A row is a line: a quotation mark that is never closed costs its own row only."""
        number = 2
        while lines := self._stream.readlines(BLOCK):
            self.characters_read += sum(map(len, lines))
            yield from self._checked(lines, number)
            number += len(lines)

    def _checked(self, lines: list[str], number: int) -> Iterator[Block]:
        block = self._all_good(lines, number)
        if block is not None:
            yield block
        elif len(lines) <= FEW:
            yield self._one_by_one(lines, number)
        else:
            half = len(lines) // 2
            yield from self._checked(lines[:half], number)
            yield from self._checked(lines[half:], number + half)

    def _all_good(self, lines: list[str], number: int) -> Block | None:
        """The rows of these lines, or None if one of them must be looked at by itself."""
        try:
            cells = self._cells(lines)
            if cells is None:
                return None
            columns = [
                read(cells[place]) for read, place in zip(self._column_readers, self._places, strict=True)
            ]
        except (csv.Error, CellError):
            return None
        return Block(range(number, number + len(lines)), columns, []) if self._hold(columns) else None

    def _cells(self, lines: list[str]) -> Sequence[Sequence[str]] | None:
        """The cells of these lines, column by column, or None if they are not one whole row a line."""
        width = len(self._header)
        text = "".join(lines).replace("\r\n", "\n").removesuffix("\n")
        if '"' not in text and "\r" not in text and width > 1:
            # Nothing to interpret: as `csv` reads it, in a third of the time.
            if {line.count(self.delimiter) for line in lines} != {width - 1}:
                return None
            flat = text.replace("\n", self.delimiter).split(self.delimiter)
            return [flat[place::width] for place in range(width)]
        rows = list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        # Fewer rows than lines: a row that goes on in the next line. An empty line is a row of no cells.
        if len(rows) != len(lines) or set(map(len, rows)) != {width}:
            return None
        return list(zip(*rows, strict=True))

    def _one_by_one(self, lines: list[str], number: int) -> Block:
        passed: list[int] = []
        rows: list[list[str | None]] = []
        refused: list[list[Refusal]] = []
        for line, text in enumerate(lines, number):
            found = self._row(line, text)
            if isinstance(found, Row):
                passed.append(line)
                rows.append(found.values)
            elif found:
                refused.append(found)
        columns = [[cell or "" for cell in column] for column in zip(*rows, strict=True)]
        return Block(passed, columns or [[] for _ in self.table.columns], refused)

    def _row(self, line: int, text: str) -> Row | list[Refusal]:
        """The row of a line, or why it is refused; nothing at all of an empty line."""
        try:
            cells = next(csv.reader([text], delimiter=self.delimiter, strict=True))
        except csv.Error:
            raw = text.rstrip("\r\n")[:SHOWN]
            return [Refusal(line, None, "", raw, "a quotation mark is not closed in its line")]
        if not cells:
            return []
        if len(cells) != len(self._header):
            return [self._wrong_width(line, cells)]
        try:
            values = [read(cells[place]) for read, place in zip(self._readers, self._places, strict=True)]
        except CellError:
            return self._reasons(line, cells)
        return self._broken_rules(line, values, cells) or Row(line, values)

    def _broken_rules(self, line: int, values: list[str | None], cells: list[str]) -> list[Refusal]:
        key = values[self._key_at]
        found = [problem for rule in self._rules if (problem := rule(values))]
        return [Refusal(line, key, column, self._shown(cells, column), reason) for column, reason in found]

    def _reasons(self, line: int, cells: list[str]) -> list[Refusal]:
        found = []
        key = None
        for column, read, place in zip(self.table.columns, self._readers, self._places, strict=True):
            try:
                value = read(cells[place])
            except CellError as error:
                found.append(Refusal(line, None, column, self._shown(cells, column), str(error)))
            else:
                key = value if column == self.table.key else key
        return [Refusal(line, key, each.column, each.value, each.reason) for each in found]

    def _wrong_width(self, line: int, cells: list[str]) -> Refusal:
        at = self._places[self._key_at]
        try:
            key = self._readers[self._key_at](cells[at]) if at < len(cells) else None
        except CellError:
            key = None
        found = self.delimiter.join(cells)[:SHOWN]
        return Refusal(line, key, "", found, f"{len(cells)} cells where the header has {len(self._header)}")

    def _shown(self, cells: list[str], column: str) -> str:
        return cells[self._places[self.table.columns.index(column)]][:SHOWN]

    def _refuse_wrong_header(self) -> None:
        missing = [column for column in self.table.columns if column not in self._header]
        if missing:
            self.close()
            raise FeedError(f"{self.table.file}: the header lacks {', '.join(missing)}.")
        twice = sorted({name for name in self._header if self._header.count(name) > 1})
        if twice:
            self.close()
            raise FeedError(f"{self.table.file}: the header names {', '.join(twice)} twice.")


def _line_of(found: Row | list[Refusal]) -> int:
    return found.line if isinstance(found, Row) else found[0].line


def _delimiter(header: str, table: Table) -> str:
    """The one that finds more columns of the table in the header."""
    return max(DELIMITERS, key=lambda mark: len(set(_split(header, mark)) & set(table.columns)))


def _split(header: str, delimiter: str) -> list[str]:
    return next(csv.reader([header], delimiter=delimiter), [])
