"""Checking files that people write against a JSON Schema: each problem names file, key and reason."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a table",
    "string": "a text",
}


@dataclass(frozen=True)
class Problem:
    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"


def read_toml(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """The file with numbers as Decimal and dates as ISO text; or nothing and the reason, with its line."""
    try:
        text = path.read_text(encoding="utf-8")
        return _plain(tomllib.loads(text, parse_float=Decimal)), []
    except FileNotFoundError:
        return {}, [Problem(path.name, "", f"the file is not in {path.parent.name}/")]
    except UnicodeDecodeError:
        return {}, [Problem(path.name, "", "the file is not UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return {}, [Problem(path.name, _key_on_line(text, str(error)), f"not valid TOML: {error}")]


def problems_of(data: Mapping[str, Any], schema: Path, file: str) -> list[Problem]:
    """Everything in which `data` breaks the schema, in the order of the keys."""
    found: list[Problem] = []
    for error in _validator(schema).iter_errors(data):
        found.extend(_problems_of_error(error, data, file))
    return sorted(found, key=lambda problem: problem.key)


def key_of(path: Iterable[str | int], data: Any) -> str:
    """`covers[worldwide].limits[dental_urgent].names.ca`: rows are called by their own code or key."""
    words = ""
    for step in path:
        data = data[step] if data is not None else None
        if isinstance(step, int):
            own = (data.get("code") or data.get("key")) if isinstance(data, dict) else None
            words += f"[{own or step + 1}]"
        else:
            words += f".{step}" if words else step
    return words


@lru_cache
def _validator(schema: Path) -> Draft202012Validator:
    return Draft202012Validator(
        json.loads(schema.read_text(encoding="utf-8")), format_checker=FormatChecker()
    )


def _problems_of_error(error: ValidationError, data: Any, file: str) -> list[Problem]:
    key = key_of(error.absolute_path, data)
    if error.validator == "required":
        absent = [name for name in error.validator_value if name not in error.instance]
        missing = [name for name in absent if f"'{name}'" in error.message]
        return [Problem(file, _join(key, name), "is missing") for name in missing]
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        return [
            Problem(file, _join(key, name), "is not a key that is known here")
            for name in error.instance
            if name not in known
        ]
    if error.validator == "dependentRequired":
        return [
            Problem(file, _join(key, partner), f"is missing, it goes with {name}")
            for name, partners in error.validator_value.items()
            for partner in partners
            if name in error.instance and partner not in error.instance
        ]
    return [Problem(file, key, _reason(error))]


def _reason(error: ValidationError) -> str:
    value, rule = error.instance, error.validator_value
    reasons: dict[str, Callable[[], str]] = {
        "type": lambda: f"must be {TYPES[rule]}, not {value!r}",
        "enum": lambda: f"{value!r} is none of: {', '.join(str(item) for item in rule)}",
        "format": lambda: f"{value!r} is not a date (year-month-day)",
        "pattern": lambda: f"{value!r} is not written as expected ({error.schema['description']})",
        "minimum": lambda: f"{value} is below {rule}",
        "maximum": lambda: f"{value} is above {rule}",
        "minItems": lambda: "must not be empty",
        "minLength": lambda: "must not be empty",
        "minProperties": lambda: "must not be empty",
    }
    reason = reasons.get(str(error.validator))
    return reason() if reason else error.message


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _key_on_line(text: str, message: str) -> str:
    found = re.search(r"at line (\d+)", message)
    lines = text.splitlines()
    if not found or int(found[1]) > len(lines):
        return ""
    return lines[int(found[1]) - 1].partition("=")[0].strip()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value
