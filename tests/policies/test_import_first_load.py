"""The first load of a book makes its indexes anew, and they are the same ones."""

from pathlib import Path

import psycopg
import pytest
from django.db import IntegrityError, connection

from accounts.models import Person
from policies.imports import first_load
from policies.imports.targets import TARGETS
from policies.models import Policy
from tests.policies.import_feed import counted, household, run
from tests.policies.test_import_book import database_of_the_test, on_file

pytestmark = pytest.mark.django_db


def definitions() -> list[tuple[str, ...]]:
    """Every index and every constraint of the tables of the feed, as PostgreSQL describes them."""
    tables = [target.db_table for target in TARGETS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)", [tables]
        )
        found = cursor.fetchall()
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text = ANY(%s)",
            [tables],
        )
        return sorted(found + cursor.fetchall())


@pytest.fixture
def rebuilt(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every file is worth it; the tables whose indexes were set aside."""
    monkeypatch.setattr(first_load, "WORTH_REBUILDING", 1)
    tables: list[str] = []
    put_back = first_load.put_back

    def noted(cursor: object, target: first_load.Target, indexes: list[first_load.Index]) -> None:
        if indexes:
            tables.append(target.db_table)
        put_back(cursor, target, indexes)

    monkeypatch.setattr(first_load, "put_back", noted)
    return tables


def test_the_indexes_are_the_same_afterwards(tmp_path: Path, rebuilt: list[str]) -> None:
    before = definitions()
    outcome = run(tmp_path, household())
    assert rebuilt == [target.db_table for target in TARGETS]
    assert definitions() == before
    assert outcome.written == 13
    assert run(tmp_path, household()).written == 0
    with pytest.raises(IntegrityError, match="accounts_person_dni_key"):
        Person.objects.create(key="P9", dni="12345678Z", born_on="1980-03-02")


def test_only_the_first_load_does_it(tmp_path: Path, rebuilt: list[str]) -> None:
    rows = household()
    run(tmp_path, {"persons": rows["persons"]})
    assert rebuilt == ["accounts_person"]
    assert counted(run(tmp_path, rows))["policies.csv"] == (1, 0, 0, 0)
    assert rebuilt == ["accounts_person"]


def test_a_small_book_is_not_worth_it(
    tmp_path: Path, rebuilt: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_load, "WORTH_REBUILDING", 10_000)
    run(tmp_path, household())
    assert (rebuilt, Policy.objects.count()) == ([], 1)


def test_a_table_that_somebody_is_reading_keeps_its_indexes(
    tmp_path: Path, rebuilt: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_load, "PATIENCE", "1ms")
    with psycopg.connect(database_of_the_test()) as other:
        assert other.execute("SELECT count(*) FROM policies_policy").fetchone() == (0,)
        run(tmp_path, household())
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("1min",)
    assert rebuilt == [target.db_table for target in TARGETS if target.db_table != "policies_policy"]
    assert [len(rows) for rows in on_file()] == [3, 1, 3, 1, 2, 1, 1, 1]


def test_a_dry_run_leaves_the_indexes(tmp_path: Path, rebuilt: list[str]) -> None:
    before = definitions()
    run(tmp_path, household(), dry_run=True)
    assert (len(rebuilt), definitions()) == (len(TARGETS), before)


def test_no_key_of_the_feed_has_two_indexes_or_none() -> None:
    """Every imported row pays for each; a key that refers to another table needs one that begins with it."""
    with connection.cursor() as cursor:
        for target in TARGETS:
            cursor.execute(
                "SELECT a.attname, i.indkey::int[] FROM pg_index i JOIN pg_attribute a"
                " ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = %s::regclass",
                [target.db_table],
            )
            found = cursor.fetchall()
            first = [name for name, _ in found]
            keys = [field.column for field in target.model._meta.concrete_fields if field.is_relation]
            assert [first.count(key) for key in keys] == [1 for _ in keys], target.db_table
            assert first.count(target.key_column) == 1
