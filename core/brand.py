"""The insurer whose portal this is, read once from `brand.toml` of the brand folder. See docs/brand.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from stdnum.es import nif

from core.colours import Colours, contrast_problems
from core.phones import Interval, Phone, clock, is_open, next_opening, weekdays_of
from core.schema import Problem, problems_of, read_toml
from core.text import localised

__all__ = ["Brand", "BrandError", "Colours", "LegalBody", "Office", "Phone", "get_brand", "is_open",
           "load_brand", "localised", "next_opening"]  # fmt: skip

SCHEMA = Path(__file__).with_name("brand_schema.json")


class BrandError(ImproperlyConfigured):
    """The brand folder cannot be used; the text lists every problem with file, key and reason."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Office:
    names: Mapping[str, str]
    address: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    website: str = ""

    @property
    def name(self) -> str:
        return localised(self.names)


@dataclass(frozen=True)
class LegalBody:
    company_name: str
    nif: str
    registry: Mapping[str, str]
    address: tuple[str, ...]
    authorisation_key: str
    supervisor: Office

    @property
    def registry_entry(self) -> str:
        return localised(self.registry)


@dataclass(frozen=True)
class Brand:
    code: str
    name: str
    site_names: Mapping[str, str]
    languages: tuple[str, ...]
    features: frozenset[str]
    products: tuple[str, ...]
    password_repeat: Literal["total", "run"]
    password_words: tuple[str, ...]
    terms_version: str
    region: str
    zone: str
    local_holidays: frozenset[str]
    legal: LegalBody
    complaint_service: Office
    dpo: Office
    emails: Mapping[str, str]
    colours: Colours
    public_bodies: Mapping[str, Office]
    phones: tuple[Phone, ...]
    helpline_key: str
    directory: Path

    @property
    def site_name(self) -> str:
        return localised(self.site_names)

    @property
    def helpline(self) -> Phone:
        """The line at the top of every page."""
        return self.phone(self.helpline_key)

    def phone(self, key: str) -> Phone:
        return {phone.key: phone for phone in self.phones}[key]


def get_brand() -> Brand:
    brand: Brand = settings.BRAND
    return brand


def load_brand(directory: Path) -> Brand:
    """Raises BrandError with everything that is wrong in the folder, not only the first thing."""
    path = directory / "brand.toml"
    data, problems = read_toml(path)
    problems = problems or problems_of(data, SCHEMA, path.name)
    if not problems:
        problems = [Problem(path.name, key, reason) for key, reason in _contradictions(data)]
    if problems:
        raise BrandError(problems)
    return _brand(data, directory)


def _contradictions(data: dict[str, Any]) -> list[tuple[str, str]]:
    """What a schema cannot see: one key against another, check digits, contrast."""
    found = list(_untranslated(data, "", data["languages"]))
    if not nif.is_valid(data["legal"]["nif"]):
        found.append(("legal.nif", f"the check digit of {data['legal']['nif']!r} is wrong"))
    try:
        ZoneInfo(data["seat"]["zone"])
    except (ZoneInfoNotFoundError, ValueError):
        found.append(("seat.zone", f"there is no time zone {data['seat']['zone']!r}"))
    keys = [phone["key"] for phone in data["phones"]]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        found.append((f"phones[{key}].key", "stands twice"))
    if data["helpline"] not in keys:
        found.append(("helpline", f"there is no phone with the key {data['helpline']!r}"))
    for phone in data["phones"]:
        found.extend(_contradictions_of_phone(phone))
    return found + contrast_problems(data["colours"])


def _contradictions_of_phone(phone: dict[str, Any]) -> list[tuple[str, str]]:
    key = f"phones[{phone['key']}]"
    found = []
    if phone.get("always", False) == ("hours" in phone):
        found.append((f"{key}.hours", "write either always = true or the hours, not both and not neither"))
    for interval in phone.get("hours", []):
        if interval["from"] >= interval["to"]:
            found.append(
                (f"{key}.hours", f"closes at {interval['to']}, not after it opens at {interval['from']}")
            )
    digits = "".join(filter(str.isdigit, phone["display"]))
    if not digits or not phone["number"].endswith(digits):
        found.append((f"{key}.display", f"{phone['display']!r} is not the number {phone['number']}"))
    if phone["number"].startswith("+34902") or phone["number"].startswith("+34901"):
        # Ley 44/2002 art. 29 and TRLGDCU art. 21: a line for customers costs no more than a normal call.
        found.append((f"{key}.number", "a line for customers must not be a 901 or 902 number"))
    return found


def _untranslated(value: Any, key: str, languages: list[str]) -> list[tuple[str, str]]:
    """Every table of texts must hold every language of the brand and no other."""
    if isinstance(value, list):
        return [
            item
            for row in value
            for item in _untranslated(
                row, f"{key}[{row['key']}]" if isinstance(row, dict) and "key" in row else key, languages
            )
        ]
    if not isinstance(value, dict):
        return []
    if key.rpartition(".")[2] in {"names", "label", "note", "registry", "site_name"}:
        missing = [(f"{key}.{code}", "is missing") for code in languages if code not in value]
        return missing + [
            (f"{key}.{code}", "is not a language of this brand") for code in value if code not in languages
        ]
    return [
        item
        for name, child in value.items()
        for item in _untranslated(child, f"{key}.{name}" if key else name, languages)
    ]


def _brand(data: dict[str, Any], directory: Path) -> Brand:
    legal, seat = data["legal"], data["seat"]
    return Brand(
        code=data["code"],
        name=data["name"],
        site_names=data["site_name"],
        languages=tuple(data["languages"]),
        features=frozenset(data["features"]),
        products=tuple(data["products"]),
        password_repeat=data["password_repeat"],
        password_words=tuple(data["password_words"]),
        terms_version=data["terms_version"],
        region=seat["region"],
        zone=seat["zone"],
        local_holidays=frozenset(seat.get("local_holidays", [])),
        legal=LegalBody(
            company_name=legal["company_name"],
            nif=nif.compact(legal["nif"]),
            registry=legal["registry"],
            address=tuple(legal["address"]),
            authorisation_key=legal["authorisation_key"],
            supervisor=_office(legal["supervisor"]),
        ),
        complaint_service=_office(data["complaint_service"]),
        dpo=_office(data["dpo"]),
        emails=data["emails"],
        colours=Colours(light=data["colours"]["light"], dark=data["colours"]["dark"]),
        public_bodies={key: _office(body) for key, body in data["public_bodies"].items()},
        phones=tuple(_phone(phone, seat) for phone in data["phones"]),
        helpline_key=data["helpline"],
        directory=directory,
    )


def _office(data: dict[str, Any]) -> Office:
    return Office(**{**data, "address": tuple(data.get("address", ()))})


def _phone(data: dict[str, Any], seat: dict[str, Any]) -> Phone:
    return Phone(
        key=data["key"],
        number=data["number"],
        display=data["display"],
        label=data["label"],
        note=data.get("note", {}),
        free=data["free"],
        always=data.get("always", False),
        hours=tuple(
            Interval(weekdays_of(row["days"]), clock(row["from"]), clock(row["to"]))
            for row in data.get("hours", [])
        ),
        working_days_only=data.get("working_days_only", False),
        zone=seat["zone"],
        region=seat["region"],
        local_holidays=frozenset(seat.get("local_holidays", [])),
    )
