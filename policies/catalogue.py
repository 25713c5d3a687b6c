"""Loading the brand's editions into the catalogue: checked whole, written whole, and twice without harm."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models, transaction

from core.brand import Brand, get_brand
from core.schema import Problem
from policies.catalogue_files import CatalogueError, EditionFile, read_editions
from policies.models.catalogue import Cover, Edition, Limit, Product

Row = dict[str, Any]

__all__ = ["CatalogueError", "LoadReport", "load"]


@dataclass
class LoadReport:
    """How many rows of each model were created, updated, left alone and removed."""

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.removed)

    def lines(self) -> list[str]:
        if not self.changed:
            return [f"Nothing to change: {self._words(self.unchanged)}."]
        counts = (("created", self.created), ("updated", self.updated), ("removed", self.removed))
        return [f"{verb}: {self._words(rows)}" for verb, rows in counts if rows]

    @staticmethod
    def _words(rows: Counter[str]) -> str:
        return ", ".join(f"{number} {name}" for name, number in rows.items())


def load(directory: Path, *, dry_run: bool = False, brand: Brand | None = None) -> LoadReport:
    """Make the catalogue what the editions in `products/` of a brand folder say, all or nothing.

    Rows that no file holds any more are removed, unless something refers to them.
    Raises CatalogueError with every problem: file, key, reason.
    """
    brand = brand or get_brand()
    files = read_editions(
        directory / "products",
        languages=brand.languages,
        products=brand.products,
        phones={phone.key for phone in brand.phones},
    )
    report = LoadReport()
    with transaction.atomic():
        _write(files, report, f"{directory.name}/products")
        transaction.set_rollback(dry_run)
    return report


def _write(files: list[EditionFile], report: LoadReport, folder: str) -> None:
    products: set[int] = set()
    editions: set[int] = set()
    covers: set[int] = set()
    limits: set[int] = set()
    for file in files:
        product = _product(file.data["product"], report, seen=products)
        edition = _edition(product, file.data, report)
        editions.add(edition.pk)
        for cover, row in zip(
            _covers(edition, file.data["covers"], report), file.data["covers"], strict=True
        ):
            covers.add(cover.pk)
            limits |= _limits(cover, row["limits"], report)
    problems = [
        *_remove(Limit.objects.exclude(pk__in=limits).select_related("cover__edition"), report, folder),
        *_remove(Cover.objects.exclude(pk__in=covers).select_related("edition"), report, folder),
        *_remove(Edition.objects.exclude(pk__in=editions), report, folder),
        *_remove(Product.objects.exclude(pk__in=products), report, folder),
    ]
    if problems:
        raise CatalogueError(problems)


def _product(row: Row, report: LoadReport, *, seen: set[int]) -> Product:
    known = Product.objects.filter(code=row["code"]).first()
    if known and known.pk in seen:
        return known
    product = known or Product(code=row["code"])
    _save([product], [{"kind": row["kind"], "names": row["names"]}], report)
    seen.add(product.pk)
    return product


def _edition(product: Product, data: Row, report: LoadReport) -> Edition:
    row = data["edition"]
    edition = Edition.objects.filter(code=row["code"]).first() or Edition(code=row["code"])
    values = {
        "product_id": product.pk,
        "names": row["names"],
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_to": date.fromisoformat(row["valid_to"]) if "valid_to" in row else None,
        "trip_days": row.get("trip_days"),
        "nonrenewal_notice_months": row["nonrenewal_notice_months"],
        "currency": row.get("currency", "EUR"),
        "features": row.get("features", []),
        "phones": row.get("phones", []),
        "terms": [
            {"bound": Limit.Bound.AT_MOST.value, "invented": False, **term} for term in data.get("terms", [])
        ],
        "exclusions": data.get("exclusions", []),
        "disability_scale": [_with_percentages_as_text(loss) for loss in data.get("disability_scale", [])],
        "invented": row.get("invented", False),
    }
    _save([edition], [values], report)
    return edition


def _covers(edition: Edition, rows: list[Row], report: LoadReport) -> list[Cover]:
    known = {cover.code: cover for cover in edition.covers.all()}
    covers = [known.get(row["code"]) or Cover(edition=edition, code=row["code"]) for row in rows]
    values = [
        {
            "names": row["names"],
            "summaries": row["summaries"],
            "compulsory": row.get("compulsory", False),
            "package": row.get("package", ""),
            "unlocks": row.get("unlocks", ""),
            "requires": row.get("requires", []),
            "excluded_modalities": row.get("excluded_modalities", []),
            "entry_age_min": row.get("entry_age_min"),
            "entry_age_max": row.get("entry_age_max"),
            "end_age": row.get("end_age"),
            "waiting_months": row.get("waiting_months"),
            "waiting_note": row.get("waiting_note", {}),
            "clause": row["clause"],
            "exclusions": row.get("exclusions", []),
            "invented": row.get("invented", False),
            "position": position,
        }
        for position, row in enumerate(rows, start=1)
    ]
    _save(covers, values, report)
    return covers


def _limits(cover: Cover, rows: list[Row], report: LoadReport) -> set[int]:
    """Parents first, level by level: a sub-limit needs the number of its parent."""
    limits = {limit.code: limit for limit in cover.limits.all()}
    positions = {row["code"]: position for position, row in enumerate(rows, start=1)}
    written: set[str] = set()
    waiting = rows
    while waiting:
        ready = [row for row in waiting if row.get("parent") is None or row["parent"] in written]
        for row in ready:
            limits.setdefault(row["code"], Limit(cover=cover, code=row["code"]))
        values = [
            {
                "parent_id": limits[row["parent"]].pk if "parent" in row else None,
                "names": row["names"],
                "amount": row.get("amount"),
                "unit": row["unit"],
                "per": row.get("per", ""),
                "bound": row.get("bound", Limit.Bound.AT_MOST.value),
                "max_amount": row.get("max_amount"),
                "max_unit": row.get("max_unit", ""),
                "texts": row.get("texts", {}),
                "clause": row["clause"],
                "invented": row.get("invented", False),
                "position": positions[row["code"]],
            }
            for row in ready
        ]
        _save([limits[row["code"]] for row in ready], values, report)
        written |= {row["code"] for row in ready}
        waiting = [row for row in waiting if row["code"] not in written]
    return {limits[code].pk for code in written}


def _save(entries: Sequence[models.Model], values: Sequence[Mapping[str, Any]], report: LoadReport) -> None:
    """Insert the new ones and update those that differ; the rest is not touched."""
    new: list[models.Model] = []
    changed: list[models.Model] = []
    for entry, wanted in zip(entries, values, strict=True):
        if entry.pk is None:
            new.append(entry)
        elif any(getattr(entry, name) != value for name, value in wanted.items()):
            changed.append(entry)
        for name, value in wanted.items():
            setattr(entry, name, value)
    if not entries:
        return
    manager = type(entries[0])._default_manager
    manager.bulk_create(new)
    if changed:
        manager.bulk_update(changed, list(values[0]))
    for counter, number in (
        (report.created, len(new)),
        (report.updated, len(changed)),
        (report.unchanged, len(entries) - len(new) - len(changed)),
    ):
        if number:
            counter[manager.model._meta.model_name or ""] += number


def _remove(rows: models.QuerySet[Any], report: LoadReport, folder: str) -> list[Problem]:
    problems = []
    for row in rows:
        users = _users_of(row)
        if users:
            words = ", ".join(f"{number} {name}" for name, number in users.items())
            problems.append(Problem(folder, _key(row), f"stands in no file, but is in use: {words}"))
        else:
            report.removed[row._meta.model_name] += 1
            row.delete()
    return problems


def _users_of(row: models.Model) -> dict[str, int]:
    """Rows outside the catalogue that refer to this one."""
    users = {}
    for relation in row._meta.related_objects:
        if relation.related_model in {Edition, Cover, Limit}:
            continue
        number = relation.related_model._default_manager.filter(**{relation.field.name: row}).count()
        if number:
            users[str(relation.related_model._meta.verbose_name_plural)] = number
    return users


def _key(row: models.Model) -> str:
    match row:
        case Limit():
            return f"{row.cover.edition.code}: covers[{row.cover.code}].limits[{row.code}]"
        case Cover():
            return f"{row.edition.code}: covers[{row.code}]"
        case _:
            return str(getattr(row, "code", row.pk))


def _with_percentages_as_text(row: Row) -> Row:
    """JSON has no decimals: as text 7.5 stays 7.5."""
    return {key: str(value) if isinstance(value, int | Decimal) else value for key, value in row.items()}
