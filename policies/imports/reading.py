"""One file of the feed, row by row: never more than a line in memory."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from policies.imports.cells import CellError, Reader, reader
from policies.imports.rules import rules
from policies.imports.schema import Table

DELIMITERS = (",", ";")
# What is quoted in a report; a cell may hold a whole lost file.
SHOWN = 200
LONGEST_HEADER = 20_000


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


class TableFile:
    """An open file of the feed whose header has been understood."""

    def __init__(self, path: Path, table: Table, *, today: date) -> None:
        self.path = path
        self.table = table
        # Bytes that are no UTF-8 become surrogates, which `cells` refuses in their own row.
        self._stream: IO[str] = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._lines = _Lines(self._stream)
        header = self._stream.readline(LONGEST_HEADER).rstrip("\r\n")
        self.delimiter = _delimiter(header, table)
        self._header = [name.strip() for name in _split(header, self.delimiter)]
        self.unknown_columns = [name for name in self._header if name not in table.columns]
        self._refuse_wrong_header()
        self._places = [self._header.index(column) for column in table.columns]
        decimal_comma = self.delimiter == ";"
        self._readers = [reader(field, decimal_comma=decimal_comma) for field in table.fields]
        self._key_at = table.columns.index(table.key)
        self._rules = rules(table, today=today)

    @property
    def characters_read(self) -> int:
        return self._lines.characters

    def close(self) -> None:
        self._stream.close()

    def rows(self) -> Iterator[Row | list[Refusal]]:
        """Each row of the file, or the reasons why it is refused."""
        width = len(self._header)
        checks = self._rules
        plan: list[tuple[Reader, int]] = list(zip(self._readers, self._places, strict=True))
        for line, cells in self._records():
            if isinstance(cells, str):
                yield [Refusal(line, None, "", cells[:SHOWN], "a quotation mark is not closed in its line")]
            elif len(cells) != width:
                yield [self._wrong_width(line, cells)]
            else:
                try:
                    values = [read(cells[place]) for read, place in plan]
                except CellError:
                    yield self._reasons(line, cells)
                    continue
                for rule in checks:
                    if rule(values):
                        yield self._broken_rules(line, values, cells)
                        break
                else:
                    yield Row(line, values)

    def _records(self) -> Iterator[tuple[int, list[str] | str]]:
        """Line number with its cells, or with the raw line where its quotation marks do not match.

        A row is a line: a quotation mark that is never closed must not swallow the rows after it.
        """
        lines = self._lines
        records = csv.reader(lines, delimiter=self.delimiter, strict=True)
        while True:
            lines.begin()
            try:
                cells = next(records)
            except StopIteration:
                return
            except csv.Error:
                yield lines.number, lines.keep_first()
                continue
            if len(lines.record) > 1:
                yield lines.number, lines.keep_first()
            elif cells:
                yield lines.number, cells

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


class _Lines:
    """Lines of a file that can be given back, and the number of the first one of the record at hand."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._again: list[str] = []
        self._before = 1  # the header
        self.record: list[str] = []
        self.characters = 0

    @property
    def number(self) -> int:
        return self._before + 1

    def begin(self) -> None:
        self._before += len(self.record)
        self.record.clear()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._stream)
        self.characters += len(line)
        self.record.append(line)
        return line

    def keep_first(self) -> str:
        """Give back all lines of this record but the first, which is returned."""
        again = self.record[1:]
        self.characters -= sum(map(len, again))
        self._again.extend(reversed(again))
        del self.record[1:]
        return self.record[0].rstrip("\r\n")


def _delimiter(header: str, table: Table) -> str:
    """The one that finds more columns of the table in the header."""
    return max(DELIMITERS, key=lambda mark: len(set(_split(header, mark)) & set(table.columns)))


def _split(header: str, delimiter: str) -> list[str]:
    return next(csv.reader([header], delimiter=delimiter), [])
