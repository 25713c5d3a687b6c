"""What was done is written once, in every table that says so: no way of SQL changes it or takes it out.

What is found in the record when somebody did so all the same: test_audit.py.
"""

import inspect

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.db.utils import IntegrityError

from core import audit
from tests.cases.kinds import make_case
from tests.people import Cast

TABLES = {"cases_caseevent": "note", "core_auditentry": "words"}
# The suite switches off what refuses TRUNCATE, because it clears its own tables so.
TRIGGERS = """
SELECT c.relname, t.tgname, t.tgtype, t.tgenabled = 'O' OR t.tgname LIKE '%%_stays'
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE p.proname LIKE '%%_refuse_change' AND NOT t.tgisinternal
"""
# Bits of pg_trigger.tgtype.
EACH_ROW, BEFORE, ON_DELETE, ON_UPDATE, ON_TRUNCATE = 1, 2, 8, 16, 32


def refuses(model: type[Model]) -> bool:
    return "save" in vars(model) and "raise AppendOnly" in inspect.getsource(model.save)


def test_each_model_that_refuses_has_a_table_that_does() -> None:
    assert {model._meta.db_table for model in apps.get_models() if refuses(model)} == set(TABLES)


def test_each_table_has_both_triggers_and_they_are_on(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        found = cursor.fetchall()
    assert all(on for _table, _name, _bits, on in found)
    assert {(table, bits) for table, _name, bits, _on in found} == {
        (table, bits)
        for table in TABLES
        for bits in (EACH_ROW | BEFORE | ON_DELETE | ON_UPDATE, BEFORE | ON_TRUNCATE)
    }


WAYS = [
    "UPDATE {table} SET {column} = 'x'",
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT count(*) FROM gone",
    "MERGE INTO {table} t USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET {column} = 'x'",
    "MERGE INTO {table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {column} = 'x'",
    "TRUNCATE {table}",
    "TRUNCATE {table} RESTART IDENTITY CASCADE",
    "TRUNCATE {above} CASCADE",
]
ABOVE = {"cases_caseevent": "cases_case", "core_auditentry": "accounts_user"}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_sql_changes_it(cast: Cast, table: str, way: str) -> None:
    make_case(cast.ana.user)
    audit.record("read", by=cast.gema.user, subject=cast.ana.person, words="why")
    key = next(model._meta.pk.column for model in apps.get_models() if model._meta.db_table == table)  # type: ignore[union-attr]
    names = {"table": table, "column": TABLES[table], "key": key, "above": ABOVE[table]}
    with connection.cursor() as cursor:
        # The constraints that wait for the commit would hold the tables.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in TABLES:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER {name.partition('_')[2]}_stays")
        before = rows(table)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(way.format(**names))
    assert rows(table) == before != []


def rows(table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        return cursor.fetchall()
