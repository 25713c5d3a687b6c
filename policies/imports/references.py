"""The opaque references of new rows. They are made once, here, and never change with the feed."""

from collections.abc import Iterable
from typing import Any

from psycopg import sql

from policies.imports.targets import Target

MADE = sql.Identifier("feed_references")


def make_references(cursor: Any, target: Target, ready: sql.Identifier) -> None:
    """A temporary table that gives each new row, counted from 1, a reference that nobody has.

    With millions of rows two references are equal now and then; those are made again.
    """
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(MADE))
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} (n bigint, reference text) ON COMMIT DROP").format(MADE))
    cursor.execute(sql.SQL("SELECT count(*) FROM {} WHERE target_id IS NULL").format(ready))
    wanted: Iterable[int] = range(1, cursor.fetchone()[0] + 1)
    while wanted:
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(MADE)) as copy:
            for number in wanted:
                copy.write_row([number, target.makes_reference()])  # type: ignore[misc]
        cursor.execute(
            sql.SQL(
                "DELETE FROM {made} m WHERE EXISTS (SELECT FROM {table} t WHERE t.reference = m.reference)"
                " OR m.ctid <> (SELECT min(o.ctid) FROM {made} o WHERE o.reference = m.reference) RETURNING n"
            ).format(made=MADE, table=sql.Identifier(target.db_table))
        )
        wanted = [row[0] for row in cursor.fetchall()]
