"""The first load of a book: an index is made several times faster of all rows at once than row by row.

Nobody can be at work in a book without a person, so its tables may be locked for as long as it takes.
All in the transaction of the run: if that does not end well, the indexes are as they were.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from psycopg import errors, sql

from accounts.models import Person
from policies.imports.targets import Target

# With fewer new rows making the indexes anew gains nothing.
WORTH_REBUILDING = 10_000
# Enough for autovacuum, which gives way after a second. A backup or a long query is not waited for.
PATIENCE = "3s"

# All but the primary key, and what other tables or an exclusion rely on.
_INDEXES = """
    SELECT c.relname, k.conname, coalesce(pg_get_constraintdef(k.oid), pg_get_indexdef(i.indexrelid))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype <> 'f'
    WHERE i.indrelid = %s::regclass AND NOT i.indisprimary AND i.indisvalid AND coalesce(k.contype, 'u') = 'u'
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid)
    ORDER BY c.relname
"""


@dataclass(frozen=True)
class Index:
    """`constraint`: its name, for the index of a unique constraint. `definition`: what makes it again."""

    name: str
    constraint: str | None
    definition: str


def is_first_load(cursor: Any) -> bool:
    cursor.execute(
        sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(sql.Identifier(Person._meta.db_table))
    )
    return bool(cursor.fetchone()[0])


def set_aside(cursor: Any, target: Target) -> list[Index]:
    """Drop the indexes of the table; none of them if somebody is using it, or it belongs to another role."""
    table = sql.Identifier(target.db_table)
    try:
        with transaction.atomic():
            cursor.execute("SELECT current_setting('lock_timeout')")
            usual = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(table))
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [usual])
            cursor.execute(_INDEXES, [target.db_table])
            indexes = [Index(*row) for row in cursor.fetchall()]
            for index in indexes:
                cursor.execute(_drop(table, index))
    except (errors.LockNotAvailable, errors.InsufficientPrivilege):
        return []
    return indexes


def put_back(cursor: Any, target: Target, indexes: list[Index]) -> None:
    for index in indexes:
        cursor.execute(_make(sql.Identifier(target.db_table), index))


def _drop(table: sql.Identifier, index: Index) -> sql.Composed:
    if index.constraint is None:
        return sql.SQL("DROP INDEX {}").format(sql.Identifier(index.name))
    return sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table, sql.Identifier(index.constraint))


def _make(table: sql.Identifier, index: Index) -> sql.Composed:
    # PostgreSQL's own words for what it had.
    definition = sql.SQL(index.definition)
    if index.constraint is None:
        return sql.Composed([definition])
    return sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
        table, sql.Identifier(index.constraint), definition
    )
