"""Legal and contractual terms as dated data: `term("cmp.resolve", on=filed_on)`.

The rows stand in legal_terms.toml. An insurer lays its own file over them (setting LEGAL_TERMS_FILES, a list
of paths): the rows of a key there replace all rows of that key here.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings

DEFAULT_FILE = Path(__file__).with_name("legal_terms.toml")

DAY_UNITS = frozenset({"days", "working_days", "months", "years"})
# hours_after_day: hours counted from 24:00 of the day on which something happened; 0 is 24:00 itself.
HOUR_UNITS = frozenset({"minutes", "hours", "working_hours", "hours_after_day"})
FIGURE_UNITS = frozenset({"percent", "factor", "years_of_age"})
UNITS = DAY_UNITS | HOUR_UNITS | FIGURE_UNITS
# Working days are counted forward only.
BACKWARD_UNITS = DAY_UNITS - {"working_days"}
WORKING_UNITS = frozenset({"working_days", "working_hours"})
MAY_BE_ZERO = frozenset({"hours_after_day"})
EFFECTS = frozenset({"restart", "suspend"})

REQUIRED = ("key", "value", "unit", "source")
OPTIONAL = ("calendar", "valid_from", "valid_to", "interrupts", "promise", "before")


class TermsError(ValueError):
    """A file of terms that cannot be used; the text names file, key and reason."""


class UnknownTermError(LookupError):
    """No such key, or no row of it for that day."""


@dataclass(frozen=True)
class Term:
    """`valid_to` is the last day on which the row holds, None: until further notice.

    `interrupts`: what the running of this term does to the term that it interrupts ("restart" or "suspend").
    `promise`: it rests on our own word, not on a law or a contract.
    `before`: a notice that must come so long before a day; it is counted back from that day.
    """

    key: str
    value: int | Decimal
    unit: str
    calendar: str
    valid_from: date
    valid_to: date | None
    source: str
    interrupts: str | None = None
    promise: bool = False
    before: bool = False

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class LegalTerms:
    def __init__(self, rows: dict[str, tuple[Term, ...]]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Term]:
        return (row for rows in self._rows.values() for row in rows)

    def keys(self) -> tuple[str, ...]:
        return tuple(sorted(self._rows))

    def term(self, key: str, on: date) -> Term:
        """The row of a key that holds on a day; raises UnknownTermError."""
        day = on.date() if isinstance(on, datetime) else on
        for row in self._rows.get(key, ()):
            if row.holds_on(day):
                return row
        if key not in self._rows:
            raise UnknownTermError(f"no legal term is called {key}")
        raise UnknownTermError(f"{key} has no value on {day.isoformat()}")


def term(key: str, on: date) -> Term:
    """The term that holds on a day by the files in force; raises UnknownTermError."""
    return current().term(key, on)


def current() -> LegalTerms:
    """Our own rows and over them the insurer's."""
    overlays = settings.LEGAL_TERMS_FILES if settings.configured else ()
    return _load_once(DEFAULT_FILE, *(Path(path) for path in overlays))


def load(*paths: Path) -> LegalTerms:
    """Terms of one or more files, later ones over earlier ones; raises TermsError."""
    rows: dict[str, tuple[Term, ...]] = {}
    for path in paths:
        rows |= _read(path)
    return LegalTerms(rows)


_load_once = lru_cache(maxsize=8)(load)


def _read(path: Path) -> dict[str, tuple[Term, ...]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise TermsError(f"{path.name}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise TermsError(f"{path.name}: {error}") from error
    tables = content.pop("term", [])
    if content or not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise TermsError(f"{path.name}: only a list called term is allowed")
    by_key: dict[str, list[Term]] = {}
    for number, table in enumerate(tables, start=1):
        row = _row(path.name, number, table)
        by_key.setdefault(row.key, []).append(row)
    return {key: _in_order(path.name, key, rows) for key, rows in by_key.items()}


def _row(file: str, number: int, table: dict[str, Any]) -> Term:
    key = table.get("key")
    where = f"{file}: {key if isinstance(key, str) and key else f'row {number}'}"
    if problem := _problem(table):
        raise TermsError(f"{where}: {problem}")
    return Term(
        key=table["key"],
        value=table["value"],
        unit=table["unit"],
        calendar=table.get("calendar", _usual_calendar(table["unit"])),
        valid_from=table.get("valid_from", date.min),
        valid_to=table.get("valid_to"),
        source=table["source"],
        interrupts=table.get("interrupts"),
        promise=table.get("promise", False),
        before=table.get("before", False),
    )


def _problem(table: dict[str, Any]) -> str | None:
    missing = [name for name in REQUIRED if name not in table]
    if missing:
        return f"{missing[0]} is missing"
    unknown = sorted(set(table) - {*REQUIRED, *OPTIONAL})
    if unknown:
        return f"{unknown[0]} is not a known field"
    for name in ("key", "unit", "source", *({"calendar", "interrupts"} & set(table))):
        if not isinstance(table[name], str) or not table[name].strip():
            return f"{name} must be a text"
    for name in {"valid_from", "valid_to"} & set(table):
        if type(table[name]) is not date:
            return f"{name} must be a date"
    for name in ("promise", "before"):
        if not isinstance(table.get(name, False), bool):
            return f"{name} must be true or false"
    return _wrong_value(table)


def _wrong_value(table: dict[str, Any]) -> str | None:
    unit, value = table["unit"], table["value"]
    if unit not in UNITS:
        return f"unknown unit {unit}"
    if type(value) is not int and not (isinstance(value, Decimal) and unit in FIGURE_UNITS):
        return f"value must be a whole number of {unit}"
    if isinstance(value, Decimal) and not value.is_finite():
        return "value must be a number"
    if value < 0 or (value == 0 and unit not in MAY_BE_ZERO):
        return "value must be more than zero"
    return _wrong_frame(table)


def _wrong_frame(table: dict[str, Any]) -> str | None:
    usual = _usual_calendar(table["unit"])
    if table.get("calendar", usual) != usual:
        return f"calendar must be {usual} for {table['unit']}"
    if table.get("interrupts", "restart") not in EFFECTS:
        return f"interrupts must be one of {', '.join(sorted(EFFECTS))}"
    if table.get("before") and table["unit"] not in BACKWARD_UNITS:
        return f"{table['unit']} cannot be counted back"
    if "valid_to" in table and table["valid_to"] < table.get("valid_from", date.min):
        return "valid_to lies before valid_from"
    return None


def _usual_calendar(unit: str) -> str:
    return "working" if unit in WORKING_UNITS else "natural"


def _in_order(file: str, key: str, rows: list[Term]) -> tuple[Term, ...]:
    """Rows of one key by date; between the first and the last of them every day has exactly one value."""
    ordered = sorted(rows, key=lambda row: row.valid_from)
    for earlier, later in pairwise(ordered):
        if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
            raise TermsError(f"{file}: {key}: two rows hold on {later.valid_from.isoformat()}")
        if later.valid_from > earlier.valid_to + timedelta(days=1):
            empty = earlier.valid_to + timedelta(days=1)
            raise TermsError(f"{file}: {key}: no row holds on {empty.isoformat()}")
    return tuple(ordered)
