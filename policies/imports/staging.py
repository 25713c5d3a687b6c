"""The rows of a file into a temporary table by COPY, and a table of all that was refused."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from psycopg import sql

from policies.imports.reading import Block, Refusal, TableFile
from policies.imports.schema import Table, tables

# So many refused rows are kept in memory before they go into the table of refusals.
REFUSALS_KEPT = 1_000

TYPES = {"string": sql.SQL("text"), "date": sql.SQL("date"), "number": sql.SQL("numeric")}
REFUSALS = sql.Identifier("feed_refusals")


def feed_name(table: Table) -> sql.Identifier:
    return sql.Identifier(f"feed_{table.name}")


def create_refusals(cursor: Any) -> None:
    # A caller's own transaction may hold two runs.
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(REFUSALS))
    cursor.execute(
        sql.SQL(
            'CREATE TEMP TABLE {} (file text, line integer, key text, "column" text, value text, reason text)'
            " ON COMMIT DROP"
        ).format(REFUSALS)
    )
    cursor.execute(sql.SQL("CREATE INDEX ON {} (file, key)").format(REFUSALS))


def stage(cursor: Any, file: TableFile, advance: Callable[[int], None]) -> int:
    """Copy the rows that may pass by themselves, note the others; the number of rows read.

    `advance` is told from time to time how many characters of the file have been read.
    """
    table = file.table
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(field.name), TYPES[field.kind]) for field in table.fields
    )
    feed = feed_name(table)
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} (line integer, {}) ON COMMIT DROP").format(feed, columns))
    # Our own lines instead of psycopg's `write_row`: half the time. No cell holds a tab or is the empty text.
    copy_rows = sql.SQL("COPY {} FROM STDIN (NULL '')").format(feed)
    blocks = file.blocks()
    read = 0
    more = True
    while more:
        refused: list[list[Refusal]] = []
        more = False
        # One COPY for as long as can be: PostgreSQL takes the rows in while the next ones are read.
        with cursor.copy(copy_rows) as copy:
            for block in blocks:
                copy.write(_text(block))
                refused += block.refused
                read += len(block.lines) + len(block.refused)
                advance(file.characters_read)
                if len(refused) >= REFUSALS_KEPT:
                    more = True
                    break
        note(cursor, table, refused)
    return read


def _text(block: Block) -> str:
    cells = zip(map(str, block.lines), *block.columns, strict=True)
    rows = "\n".join(map("\t".join, cells)).replace("\\", "\\\\")
    return f"{rows}\n" if rows else ""


def note(cursor: Any, table: Table, rows: list[list[Refusal]]) -> None:
    if not rows:
        return
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(REFUSALS)) as copy:
        for each in chain.from_iterable(rows):
            copy.write_row([table.file, each.line, each.key, each.column, _storable(each.value), each.reason])


def refusals(connection: Any) -> Iterator[tuple[str, int, str, str, str]]:
    """File, line, column, value and reason of every refusal, streamed in the order of the files."""
    with connection.cursor(name="feed_refusals_read") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            sql.SQL(
                'SELECT file, line, "column", value, reason FROM {} ORDER BY array_position({}, file), 2, 3'
            ).format(REFUSALS, [table.file for table in tables()])
        )
        yield from cursor


def refused_rows(cursor: Any, table: Table) -> int:
    cursor.execute(
        sql.SQL("SELECT count(DISTINCT line) FROM {} WHERE file = %s").format(REFUSALS), [table.file]
    )
    return int(cursor.fetchone()[0])


def _storable(value: str) -> str:
    """What was read may be no text at all: PostgreSQL takes neither stray bytes nor NUL."""
    return value.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
