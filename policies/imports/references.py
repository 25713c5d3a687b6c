"""The opaque references of new rows. They are made once, here, and never change with the feed."""

from collections.abc import Callable, Sequence
from typing import Any

from psycopg import sql

from policies.imports.targets import Target

MADE = sql.Identifier("feed_references")
TOGETHER = 1_000


def make_references(cursor: Any, target: Target, ready: sql.Identifier) -> None:
    """A temporary table that gives each new row, counted from 1, a reference that nobody has."""
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(MADE))
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} (n bigint, reference text) ON COMMIT DROP").format(MADE))
    cursor.execute(sql.SQL("SELECT count(*) FROM {} WHERE target_id IS NULL").format(ready))
    wanted: Sequence[int] = range(1, cursor.fetchone()[0] + 1)
    make: Callable[[], str] = target.makes_reference  # type: ignore[assignment]
    while wanted:
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(MADE)) as copy:
            for place in range(0, len(wanted), TOGETHER):
                copy.write("".join(f"{number}\t{make()}\n" for number in wanted[place : place + TOGETHER]))
        wanted = _drop_used(cursor, target)


def _drop_used(cursor: Any, target: Target) -> list[int]:
    """With millions of rows two references are equal now and then; those are to be made again."""
    table = sql.Identifier(target.db_table)
    cursor.execute(
        sql.SQL(
            "WITH repeated AS (SELECT reference, min(n) AS first FROM {made} GROUP BY reference"
            " HAVING count(*) > 1)"
            " DELETE FROM {made} m USING repeated"
            " WHERE m.reference = repeated.reference AND m.n > repeated.first RETURNING m.n"
        ).format(made=MADE)
    )
    used = cursor.fetchall()
    cursor.execute(
        sql.SQL("DELETE FROM {made} m USING {table} t WHERE t.reference = m.reference RETURNING m.n").format(
            made=MADE, table=table
        )
    )
    return [row[0] for row in used + cursor.fetchall()]
