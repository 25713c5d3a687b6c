"""Reading and checking the edition files of a brand folder, without a database. See docs/brand.md."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.schema import Problem, problems_of, read_toml

SCHEMA = Path(__file__).with_name("catalogue_schema.json")
WITHOUT_FIGURE = {"none", "policy", "condition"}
LOCALISED = {"names", "summaries", "texts", "text", "waiting_note"}

Found = Iterator[tuple[str, str]]


class CatalogueError(Exception):
    """The edition files cannot be loaded; the text lists every problem with file, key and reason."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class EditionFile:
    name: str
    data: dict[str, Any]


def read_editions(
    directory: Path, *, languages: Collection[str], products: Collection[str], phones: Collection[str]
) -> list[EditionFile]:
    """Every *.toml of the folder, checked. Raises CatalogueError with all that is wrong in all of them."""
    files: list[EditionFile] = []
    problems: list[Problem] = []
    for path in sorted(directory.glob("*.toml")):
        data, found = read_toml(path)
        found = found or problems_of(data, SCHEMA, path.name)
        if not found:
            found = [Problem(path.name, *pair) for pair in _contradictions(data, languages, phones)]
            files.append(EditionFile(path.name, data))
        problems.extend(found)
    if not files and not problems:
        problems.append(Problem(directory.name, "", "there is no edition file (*.toml) in the folder"))
    problems.extend(_problems_between(files, products, complete=not problems))
    if problems:
        raise CatalogueError(problems)
    return files


def _problems_between(
    files: list[EditionFile], products: Collection[str], *, complete: bool
) -> Iterator[Problem]:
    first: dict[str, EditionFile] = {}
    editions: dict[str, EditionFile] = {}
    for file in files:
        product, edition = file.data["product"], file.data["edition"]
        if product["code"] not in products:
            yield Problem(file.name, "product.code", f"{product['code']!r} is not a product of brand.toml")
        known = first.setdefault(product["code"], file)
        if known.data["product"] != product:
            yield Problem(file.name, "product", f"is not the same as in {known.name}")
        if editions.setdefault(edition["code"], file) is not file:
            other = editions[edition["code"]].name
            yield Problem(file.name, "edition.code", f"{edition['code']!r} stands in {other} too")
    if complete:
        for code in sorted(set(products) - set(first)):
            yield Problem("brand.toml", "products", f"{code!r} has no edition file")


def _contradictions(data: dict[str, Any], languages: Collection[str], phones: Collection[str]) -> Found:
    """What a schema cannot see: one key against another."""
    edition = data["edition"]
    yield from _untranslated(data, "", languages)
    if edition.get("valid_to", edition["valid_from"]) < edition["valid_from"]:
        yield "edition.valid_to", f"{edition['valid_to']} is before valid_from, {edition['valid_from']}"
    for key in edition.get("phones", []):
        if key not in phones:
            yield "edition.phones", f"there is no phone {key!r} in brand.toml"
    for table in ("terms", "exclusions", "disability_scale", "covers"):
        yield from _twice(data.get(table, []), table)
    covers = {cover["code"] for cover in data["covers"]}
    for cover in data["covers"]:
        key = f"covers[{cover['code']}]"
        for other in cover.get("requires", []):
            if other not in covers:
                yield f"{key}.requires", f"there is no cover {other!r} in this edition"
        yield from _contradictions_of_cover(cover, key)
    yield from _feature_problems(data)
    yield from _invention_problems(data)


def _contradictions_of_cover(cover: dict[str, Any], key: str) -> Found:
    yield from _twice(cover["limits"], f"{key}.limits")
    yield from _twice(cover.get("exclusions", []), f"{key}.exclusions")
    lowest, highest = cover.get("entry_age_min"), cover.get("entry_age_max")
    if lowest is not None and highest is not None and highest < lowest:
        yield f"{key}.entry_age_max", f"{highest} is below entry_age_min, {lowest}"
    if cover.get("end_age") is not None and highest is not None and cover["end_age"] < highest:
        yield f"{key}.end_age", f"{cover['end_age']} is below entry_age_max, {highest}"
    seen: set[str] = set()
    for limit in cover["limits"]:
        name = f"{key}.limits[{limit['code']}]"
        parent = limit.get("parent")
        if parent is not None and parent not in seen:
            yield f"{name}.parent", f"there is no limit {parent!r} above it in this cover"
        seen.add(limit["code"])
        if (limit["unit"] in WITHOUT_FIGURE) == ("amount" in limit):
            wrong = "must not stand with" if "amount" in limit else "is missing for"
            yield f"{name}.amount", f"{wrong} the unit {limit['unit']!r}"
        if limit.get("max_unit") in WITHOUT_FIGURE:
            yield f"{name}.max_unit", f"{limit['max_unit']!r} has no figure"
        for amount, unit in (("amount", "unit"), ("max_amount", "max_unit")):
            if amount in limit:
                yield from _decimals(limit[amount], limit.get(unit, ""), f"{name}.{amount}")


def _decimals(amount: int | Decimal, unit: str, key: str) -> Found:
    written = -amount.as_tuple().exponent if isinstance(amount, Decimal) else 0  # type: ignore[operator]
    if unit == "eur" and written != 2:
        yield key, f"an amount of money has two decimals, not {amount}"
    elif written > 2:
        yield key, f"{amount} has more than two decimals"


def _feature_problems(data: dict[str, Any]) -> Found:
    unlocked = {cover["unlocks"] for cover in data["covers"] if "unlocks" in cover}
    declared = set(data["edition"].get("features", []))
    for feature in sorted(declared - unlocked):
        yield "edition.features", f"no cover unlocks {feature!r}"
    for feature in sorted(unlocked - declared):
        yield "edition.features", f"{feature!r} is missing, a cover unlocks it"


def _invention_problems(data: dict[str, Any]) -> Found:
    rows = [
        *data.get("terms", []),
        *data["covers"],
        *(limit for c in data["covers"] for limit in c["limits"]),
    ]
    holds = any(row.get("invented", False) for row in rows)
    if holds != data["edition"].get("invented", False):
        yield "edition.invented", "must be true exactly when a term, a cover or a limit is invented"


def _twice(rows: list[dict[str, Any]], key: str) -> Found:
    for code, times in Counter(row["code"] for row in rows).items():
        if times > 1:
            yield f"{key}[{code}].code", "stands twice"


def _untranslated(value: Any, key: str, languages: Collection[str]) -> Found:
    if isinstance(value, list):
        for row in value:
            if isinstance(row, dict):
                yield from _untranslated(row, f"{key}[{row['code']}]", languages)
    elif isinstance(value, dict) and key.rpartition(".")[2] in LOCALISED:
        for code in languages:
            if code not in value:
                yield f"{key}.{code}", "is missing"
        for code in value:
            if code not in languages:
                yield f"{key}.{code}", "is not a language of the brand"
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from _untranslated(child, f"{key}.{name}" if key else name, languages)
