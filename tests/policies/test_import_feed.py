"""docs/feed.md, datapackage.json, the tables of the database and the code of the import say the same."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import models

from policies.imports import rules
from policies.imports.schema import DESCRIPTOR, Field, Table, tables
from policies.imports.targets import REFERRED, TARGETS, Target

FEED = Path(settings.BASE_DIR) / "docs" / "feed.md"
BY_NAME = {target.table.name: target for target in TARGETS}


def documented() -> dict[str, tuple[str, list[list[str]]]]:
    """Of each file: what it is, and the cells of its table."""
    sections = re.split(r"^## ", FEED.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {}
    for section in sections:
        name, _, rest = section.partition("\n")
        if name.endswith(".csv"):
            lines = rest.strip().splitlines()
            rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[4:]]
            found[name] = (lines[0], rows)
    return found


def row_of(table: Table, field: Field) -> list[str]:
    must = "**key**" if field.name == table.key else "yes" if field.required else ""
    return [f"`{field.name}`", must, holds(table, field), field.description]


def holds(table: Table, field: Field) -> str:
    if field.name in table.refers_to:
        return f"→ {table.refers_to[field.name]}"
    if field.choices:
        return ", ".join(f"`{choice}`" for choice in field.choices)
    if field.pattern:
        return "language code"
    kinds = {"date": "date", "number": "amount", "dni": "DNI or NIE", "iban": "IBAN", "email": "e-mail"}
    return kinds.get(field.check or field.kind, f"text, {field.max_length}")


def test_the_page_says_what_the_descriptor_says() -> None:
    assert documented() == {
        table.file: (table.description, [row_of(table, field) for field in table.fields])
        for table in tables()
    }


def test_a_row_refers_only_to_files_before_its_own() -> None:
    seen: set[str] = set()
    for table in tables():
        assert set(table.refers_to.values()) <= seen | {table.name}
        seen.add(table.name)


def test_the_descriptor_is_a_data_package() -> None:
    package = json.loads(DESCRIPTOR.read_text(encoding="utf-8"))
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    keys = {each["name"]: each["schema"]["primaryKey"] for each in package["resources"]}
    for resource in package["resources"]:
        assert resource["path"] == f"{resource['name']}.csv"
        columns = [field["name"] for field in resource["schema"]["fields"]]
        assert len(set(columns)) == len(columns)
        assert set(resource["schema"]["primaryKey"]) <= set(columns)
        for key in resource["schema"]["foreignKeys"]:
            assert set(key["fields"]) <= set(columns)
            assert key["reference"]["fields"] == keys[key["reference"]["resource"]]


def test_every_file_has_its_place_in_the_database() -> None:
    assert [target.table for target in TARGETS] == list(tables())


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.table.name)
def test_columns_fit_their_model(target: Target) -> None:
    for field in target.table.fields:
        model_field = target.model_field(field.name)
        if isinstance(model_field, models.ForeignKey):
            assert (
                model_field.related_model
                is REFERRED[target.table.refers_to.get(field.name) or str(field.catalogue)]
            )
        elif field.choices:
            assert list(field.choices) == list(dict(model_field.choices))
        elif isinstance(model_field, models.CharField):
            assert field.max_length == model_field.max_length
        elif isinstance(model_field, models.DecimalField):
            whole = model_field.max_digits - model_field.decimal_places
            assert field.maximum == str(float("9" * whole + ".99"))
        else:
            assert (type(model_field), field.kind) == (models.DateField, "date")
        assert field.required or target.empty(field.name) is not None or model_field.null
    assert target.model_field(target.table.key).unique


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.table.name)
def test_what_the_feed_leaves_out_has_a_value_of_its_own(target: Target) -> None:
    fed = {target.model_field(column).name for column in target.table.columns}
    left = {field.name for field in target.model._meta.concrete_fields if field.name not in fed}
    own = {"id", "search_name", "user", "linked_at", "starts_on", "replaced_by"}
    own |= {"reference"} if target.makes_reference else set()
    assert left <= own


def test_the_rules_speak_of_columns_that_exist() -> None:
    for name, columns in rules.IN_ORDER.items():
        assert set(columns) <= set(BY_NAME[name].table.columns)
    assert all(column in BY_NAME[name].table.columns for name, column in rules.NOT_LATER_THAN_TODAY.items())
    for named in (rules.ADDS_UP, rules.NOT_ONESELF):
        for name, (one, others) in named.items():
            assert {one, *others} <= set(BY_NAME[name].table.columns)
