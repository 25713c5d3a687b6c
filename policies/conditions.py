"""The general conditions of an edition, ready to read: words in one language, the same for everybody.

They change with a release of the catalogue only, so each process keeps them for a while; the rows of an
edition are read once in that time, not for every policy page.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar, cast
from uuid import uuid4

from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.phones import Phone
from core.text import localised
from policies.figures import figure
from policies.models import Cover, Edition, Limit

REMEMBERED = 600


@dataclass(frozen=True)
class LimitText:
    name: str
    figure: str
    text: str
    clause: str
    # Made up for a demonstration, and not already said of the whole cover.
    marked: bool
    within: bool


@dataclass(frozen=True)
class Exclusion:
    text: str
    clause: str


@dataclass(frozen=True)
class CoverText:
    pk: int
    code: str
    name: str
    summary: str
    clause: str
    compulsory: bool
    unlocks: str
    entry_age_min: int | None
    entry_age_max: int | None
    end_age: int | None
    waiting_months: int | None
    waiting_note: str
    # Everything in it was made up for a demonstration.
    marked: bool
    requires: tuple[str, ...]
    limits: tuple[LimitText, ...]
    exclusions: tuple[Exclusion, ...]


@dataclass(frozen=True)
class Conditions:
    code: str
    name: str
    product: str
    kind: str
    valid_from: date
    valid_to: date | None
    trip_days: int | None
    covers: tuple[CoverText, ...]
    terms: tuple[LimitText, ...]
    exclusions: tuple[Exclusion, ...]
    phones: tuple[str, ...]
    scale: tuple["Degree", ...] = field(default=())

    @property
    def marked(self) -> bool:
        """Is there any figure that was made up for a demonstration?"""
        figures = [*self.terms, *(limit for cover in self.covers for limit in cover.limits)]
        return any(cover.marked for cover in self.covers) or any(figure.marked for figure in figures)


@dataclass(frozen=True)
class Degree:
    """One line of the disability scale, in per cent of the insured sum."""

    code: str
    name: str
    right: str
    left: str


_KEPT: dict[str, tuple[str, Any]] = {}
Words = TypeVar("Words")


def _kept(key: str, read: Callable[[], Words]) -> Words:
    """What `read` gives, in the active language. The cache, which would unpack it anew for each page, says
    only how long."""
    key = f"{key}:{get_language()}"
    mark = caches["fragments"].get(key)
    if mark is not None and _KEPT.get(key, ("",))[0] == mark:
        return cast(Words, _KEPT[key][1])
    value = read()
    # Anybody may ask for what does not exist, by any name.
    if value is not None:
        _KEPT[key] = (uuid4().hex, value)
        caches["fragments"].set(key, _KEPT[key][0], REMEMBERED)
    return value


def conditions_of(edition_code: str) -> Conditions | None:
    """The conditions in the active language; None if there is no such edition."""
    return _kept(f"conditions:{edition_code}", lambda: _read(edition_code))


@dataclass(frozen=True)
class EditionBrief:
    """What a list says of an edition, in words."""

    code: str
    name: str
    product: str
    kind: str
    features: tuple[str, ...]


def edition_of(pk: int) -> EditionBrief:
    """An edition that exists, in the active language; all are kept together, since they are few."""
    editions = _kept("editions", _editions)
    if pk not in editions:
        caches["fragments"].delete(f"editions:{get_language()}")
        editions = _kept("editions", _editions)
    return editions[pk]


def _editions() -> dict[int, EditionBrief]:
    return {edition.pk: _named(edition) for edition in Edition.objects.select_related("product")}


def _named(edition: Edition) -> EditionBrief:
    return EditionBrief(
        code=edition.code,
        name=edition.name,
        product=edition.product.name,
        kind=edition.product.kind,
        features=tuple(edition.features),
    )


@dataclass(frozen=True)
class CoverBrief:
    """A cover as a policy page needs it, in words; limits and exclusions as a piece of page, drawn once."""

    pk: int
    code: str
    name: str
    summary: str
    clause: str
    unlocks: str
    waiting_months: int | None
    waiting_note: str
    details: SafeString


@dataclass(frozen=True)
class Brief:
    covers: tuple[CoverBrief, ...]
    exclusions: SafeString


def brief_of(edition_code: str) -> Brief:
    """The covers of an edition that exists, in the active language."""
    return _kept(f"brief:{edition_code}", lambda: _brief(edition_code))


def _brief(edition_code: str) -> Brief:
    conditions = _read(edition_code)
    if conditions is None:
        raise LookupError(edition_code)
    covers = tuple(
        CoverBrief(
            pk=cover.pk,
            code=cover.code,
            name=cover.name,
            summary=cover.summary,
            clause=_("clause %(number)s") % {"number": cover.clause},
            unlocks=cover.unlocks,
            waiting_months=cover.waiting_months,
            waiting_note=cover.waiting_note,
            details=render_to_string("policies/cover_details.html", {"cover": cover}),
        )
        for cover in conditions.covers
    )
    exclusions = {"exclusions": conditions.exclusions}
    return Brief(
        covers,
        render_to_string("policies/exclusions.html", exclusions) if conditions.exclusions else SafeString(),
    )


def lines_of(keys: Iterable[str], phones: Iterable[Phone]) -> list[Phone]:
    """The brand's phones that an edition names, in the edition's order."""
    by_key = {phone.key: phone for phone in phones}
    return [by_key[key] for key in keys if key in by_key]


def _read(edition_code: str) -> Conditions | None:
    edition = Edition.objects.select_related("product").filter(code=edition_code).first()
    if edition is None:
        return None
    covers = list(Cover.objects.filter(edition=edition).order_by("position"))
    limits: dict[int, list[Limit]] = defaultdict(list)
    for limit in Limit.objects.filter(cover__edition=edition).order_by("position"):
        limits[limit.cover_id].append(limit)
    names = {cover.code: cover.name for cover in covers}
    return Conditions(
        code=edition.code,
        name=edition.name,
        product=edition.product.name,
        kind=edition.product.kind,
        valid_from=edition.valid_from,
        valid_to=edition.valid_to,
        trip_days=edition.trip_days,
        covers=tuple(_cover(cover, limits[cover.pk], names) for cover in covers),
        terms=tuple(_term(row) for row in edition.terms),
        exclusions=tuple(_exclusion(row) for row in edition.exclusions),
        phones=tuple(edition.phones),
        scale=tuple(_degree(row) for row in edition.disability_scale),
    )


def _cover(cover: Cover, limits: list[Limit], names: dict[str, str]) -> CoverText:
    whole = cover.invented and all(limit.invented for limit in limits)
    return CoverText(
        pk=cover.pk,
        code=cover.code,
        name=cover.name,
        summary=cover.summary,
        clause=cover.clause,
        compulsory=cover.compulsory,
        unlocks=cover.unlocks,
        entry_age_min=cover.entry_age_min,
        entry_age_max=cover.entry_age_max,
        end_age=cover.end_age,
        waiting_months=cover.waiting_months,
        waiting_note=cover.waiting_text,
        marked=whole,
        requires=tuple(names[code] for code in cover.requires if code in names),
        limits=tuple(_in_order(limits, None, marks=not whole)),
        exclusions=tuple(_exclusion(row) for row in cover.exclusions),
    )


def _in_order(limits: list[Limit], parent: int | None, *, marks: bool) -> Iterable[LimitText]:
    """Each limit followed by those within it."""
    for limit in limits:
        if limit.parent_id == parent:
            yield LimitText(
                name=limit.name,
                figure=figure(limit),
                text=limit.text,
                clause=limit.clause,
                marked=marks and limit.invented,
                within=parent is not None,
            )
            yield from _in_order(limits, limit.pk, marks=marks)


def _term(row: dict[str, Any]) -> LimitText:
    limit = Limit(
        amount=row.get("amount"),
        unit=row.get("unit", Limit.Unit.CONDITION),
        per=row.get("per", ""),
        bound=row.get("bound", Limit.Bound.AT_MOST),
    )
    words = figure(limit) if limit.amount is not None or limit.unit in Limit.UNITS_WITHOUT_FIGURE else ""
    texts = row.get("texts") or row.get("text")
    return LimitText(
        name=localised(row.get("names")),
        figure=words,
        text=localised(texts),
        clause=row.get("clause", ""),
        marked=row.get("invented", False),
        within=False,
    )


def _exclusion(row: dict[str, Any]) -> Exclusion:
    return Exclusion(localised(row["text"]), row.get("clause", ""))


def _degree(row: dict[str, Any]) -> Degree:
    return Degree(row["code"], localised(row["names"]), str(row["right"]), str(row.get("left", "")))
