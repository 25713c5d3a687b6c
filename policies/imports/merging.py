"""From the staged rows of a file into its table, set by set: refuse, update what changed, insert what is new.

Unchanged rows are neither written nor locked: the same feed twice costs a join.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from policies.imports import first_load as first_loads
from policies.imports import staging
from policies.imports.references import make_references
from policies.imports.statements import READY, Statements
from policies.imports.targets import Target

# From so many written rows on, the planner is told before the next file joins with this table.
WORTH_ANALYZING = 1_000


@dataclass(frozen=True)
class Merged:
    inserted: int
    updated: int
    unchanged: int


def merge(cursor: Any, target: Target, *, first_load: bool = False) -> Merged:
    statements = Statements(target)
    feed = staging.feed_name(target.table)
    cursor.execute(statements.refuse_repeated_keys())
    _analyze(cursor, feed, [target.table.key, *statements.references])
    cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(feed))
    staged = cursor.fetchone()[0]
    cursor.execute(statements.find_new_and_changed())
    differing = cursor.rowcount
    cursor.execute(sql.SQL("DROP TABLE {}").format(feed))
    _refuse(cursor, target, statements)
    _analyze(cursor, READY, ["target_id"])
    for column in target.exchangeable:
        cursor.execute(statements.set_free(column))
    cursor.execute(statements.update())
    updated = cursor.rowcount
    if target.makes_reference:
        make_references(cursor, target, READY)
    anew = first_load and differing >= first_loads.WORTH_REBUILDING
    indexes = first_loads.set_aside(cursor, target) if anew else []
    cursor.execute(statements.insert())
    inserted = cursor.rowcount
    first_loads.put_back(cursor, target, indexes)
    cursor.execute(sql.SQL("DROP TABLE {}").format(READY))
    if inserted + updated >= WORTH_ANALYZING:
        _analyze(cursor, sql.Identifier(target.db_table), ["id", target.key_column])
    return Merged(inserted, updated, staged - differing)


def _refuse(cursor: Any, target: Target, statements: Statements) -> None:
    if statements.references:
        cursor.execute(statements.refuse_unknown())
    if target.also_unique:
        cursor.execute(statements.refuse_repeated_unique())
        # A refused row keeps what it holds on file, which may be what another row was to get.
        cursor.execute(statements.refuse_taken())
        while cursor.rowcount:
            cursor.execute(statements.refuse_taken())


def _analyze(cursor: Any, table: sql.Identifier, columns: list[str]) -> None:
    """Tell the planner of what is joined on; autovacuum sees to the rest, and never sees temporary tables."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    cursor.execute(sql.SQL("ANALYZE {} ({})").format(table, names))
