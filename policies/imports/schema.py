"""What the files of the feed hold, as datapackage.json (a Frictionless Table Schema) says it."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DESCRIPTOR = Path(__file__).with_name("datapackage.json")


@dataclass(frozen=True)
class Field:
    """A column. `check`: "dni", "iban" or "email"; `catalogue`: "edition" or "cover", codes of the brand."""

    name: str
    kind: str
    description: str
    required: bool
    max_length: int | None
    choices: tuple[str, ...]
    pattern: str | None
    minimum: str | None
    maximum: str | None
    check: str | None
    catalogue: str | None


@dataclass(frozen=True)
class Table:
    """A file. `refers_to` gives for a column the name of the table whose key it holds."""

    name: str
    title: str
    description: str
    key: str
    fields: tuple[Field, ...]
    refers_to: dict[str, str]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


@cache
def tables() -> tuple[Table, ...]:
    """All files, in an order in which a row refers only to files before its own."""
    package = json.loads(DESCRIPTOR.read_text(encoding="utf-8"))
    return tuple(_table(resource) for resource in package["resources"])


def table(name: str) -> Table:
    return next(table for table in tables() if table.name == name)


def _table(resource: dict[str, Any]) -> Table:
    schema = resource["schema"]
    return Table(
        name=resource["name"],
        title=resource["title"],
        description=resource["description"],
        key=schema["primaryKey"][0],
        fields=tuple(_field(field) for field in schema["fields"]),
        refers_to={key["fields"][0]: key["reference"]["resource"] for key in schema["foreignKeys"]},
    )


def _field(field: dict[str, Any]) -> Field:
    limits = field.get("constraints", {})
    return Field(
        name=field["name"],
        kind=field["type"],
        description=field["description"],
        required=limits.get("required", False),
        max_length=limits.get("maxLength"),
        choices=tuple(limits.get("enum", ())),
        pattern=limits.get("pattern"),
        minimum=_text(limits.get("minimum")),
        maximum=_text(limits.get("maximum")),
        check="email" if field.get("format") == "email" else field.get("check"),
        catalogue=field.get("catalogue"),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
