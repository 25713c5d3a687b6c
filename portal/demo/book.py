"""The book of the demo insurer: the cast, some more people by name, and a crowd of invented ones.

Everything follows from the day and a seed: the same day gives the same files. Files, not rows: the demo takes
them in through the importer, as an insurer's feed.
"""

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from core.ages import age, years_before
from core.deadlines import add_days
from core.money import round_cents
from policies.imports.schema import tables
from portal.demo import book_names as names
from portal.demo.book_money import Contract, Story, iban, receipts

SEED = 1492
HEALTH = "SA-2026"
FUNERAL_2012 = "PF-2012"
FUNERAL_2024 = "PF-2024"
CAPITALS = {"funeral": 4000, "complementary": 1200, "additional": 2500, "hospital": 30, "accident": 12_000}
YEARLY_RATE = {"semi_natural": "9", "levelled": "12", "renewable": "7"}


@dataclass(frozen=True)
class CoverTerms:
    """What the catalogue says of a cover, as far as it decides who gets it."""

    code: str
    compulsory: bool
    package: str
    requires: tuple[str, ...]
    excluded_modalities: tuple[str, ...]
    entry_age_min: int | None
    entry_age_max: int | None
    end_age: int | None
    has_capital: bool


@dataclass(frozen=True)
class Catalogue:
    """Covers of each edition, and the copayment that each limit of the health edition sets."""

    covers: dict[str, tuple[CoverTerms, ...]]
    copayments: dict[str, Decimal]


@dataclass(frozen=True)
class Someone:
    key: str
    first_name: str
    last_name_1: str
    last_name_2: str
    born_on: date
    dni: str = ""
    email: str = ""
    language: str = "es"
    home: tuple[str, str, str] = ("Calle del Alba 7, 2.º B", "28001", "Madrid")


@dataclass(frozen=True)
class Member:
    """An insured person of a policy to be."""

    who: Someone
    relation: str
    guardians: tuple[Someone, ...] = ()


class Book:
    """Rows of the feed, file by file."""

    def __init__(self, on: date, catalogue: Catalogue) -> None:
        self.on = on
        self.catalogue = catalogue
        self.draw = random.Random(f"{SEED} {on}")  # noqa: S311
        self.rows: dict[str, list[dict[str, str]]] = {table.name: [] for table in tables()}
        self._known: set[str] = set()

    def write(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        for table in tables():
            with (directory / table.file).open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, table.columns, restval="")
                writer.writeheader()
                writer.writerows(self.rows[table.name])

    def add_person(self, who: Someone) -> None:
        if who.key in self._known:
            return
        self._known.add(who.key)
        address, postcode, town = who.home
        grown_up = age(who.born_on, self.on) >= 18
        self.rows["persons"].append(
            {
                "person_key": who.key,
                "dni": who.dni,
                "first_name": who.first_name,
                "last_name_1": who.last_name_1,
                "last_name_2": who.last_name_2,
                "born_on": who.born_on.isoformat(),
                "email": who.email,
                "phone": f"+34600{self.draw.randint(0, 999_999):06}" if grown_up else "",
                "address": address,
                "postcode": postcode,
                "town": town,
                "language": who.language,
            }
        )

    def add_policy(
        self,
        number: str,
        edition: str,
        members: list[Member],
        *,
        effective_on: date,
        modality: str,
        instalments: str = "monthly",
        story: Story = Story.IN_FORCE,
        options: Iterable[str] = (),
        premium: str | None = None,
    ) -> None:
        """The first member is the holder; `story` says how the premiums were paid."""
        holder = members[0].who
        ends_on = add_days(self.on, -200) if story is Story.ENDED else None
        yearly = Decimal(premium) if premium else self._premium(members, modality, effective_on)
        contract = Contract(
            number=number,
            edition=edition,
            modality=modality,
            options=frozenset(options),
            funeral=edition != HEALTH,
            effective_on=effective_on,
            ends_on=ends_on,
            instalments=instalments,
            annual_premium=yearly,
            story=story,
        )
        self.add_person(holder)
        self.rows["policies"].append(
            {
                "policy_number": number,
                "edition": edition,
                "holder_key": holder.key,
                "effective_on": effective_on.isoformat(),
                "ends_on": ends_on.isoformat() if ends_on else "",
                "modality": modality,
                "instalments": instalments,
                "annual_premium": str(yearly),
            }
        )
        self.rows["receipts"] += receipts(contract, on=self.on, draw=self.draw)
        self.rows["mandates"].append(
            {
                "mandate_reference": f"{number}-SEPA",
                "policy_number": number,
                "iban": iban(len(self.rows["mandates"]) + 1),
                "signed_on": add_days(min(effective_on, self.on), -10).isoformat(),
            }
        )
        for place, member in enumerate(members, start=1):
            self._insure(f"{number}/{place}", contract, member)

    def _insure(self, key: str, contract: Contract, member: Member) -> None:
        since = max(contract.effective_on, member.who.born_on)
        self.add_person(member.who)
        for guardian in member.guardians:
            self.add_person(guardian)
        first, second = ([guardian.key for guardian in member.guardians] + ["", ""])[:2]
        self.rows["insured_persons"].append(
            {
                "insured_key": key,
                "policy_number": contract.number,
                "person_key": member.who.key,
                "relation": member.relation,
                "guardian_1_key": first,
                "guardian_2_key": second,
                "insured_from": since.isoformat(),
                "insured_until": contract.ends_on.isoformat() if contract.ends_on else "",
            }
        )
        given: set[str] = set()
        for terms in self.catalogue.covers[contract.edition]:
            if _gets(member.who, since, terms, contract, given):
                given.add(terms.code)
                self._cover(key, terms, member.who, since, contract.ends_on)
        if not contract.funeral:
            self._card(key, len(self.rows["cards"]) + 1, since)
            self._copayments(key, since, contract.ends_on or self.on)

    def _cover(self, key: str, terms: CoverTerms, who: Someone, since: date, until: date | None) -> None:
        ends_on = until
        if terms.end_age is not None:
            last = date(who.born_on.year + terms.end_age, 12, 31)
            ends_on = min(last, until or last)
        self.rows["covers"].append(
            {
                "insured_cover_key": f"{key}/{terms.code}",
                "insured_key": key,
                "cover": terms.code,
                "capital": f"{CAPITALS.get(terms.code, 3000)}.00" if terms.has_capital else "",
                "starts_on": since.isoformat(),
                "ends_on": ends_on.isoformat() if ends_on else "",
            }
        )

    def _card(self, key: str, number: int, since: date) -> None:
        begins = max(since, date(self.on.year, 1, 1))
        self.rows["cards"].append(
            {
                "card_number": f"7099{number:08}",
                "insured_key": key,
                "valid_from": begins.isoformat(),
                "valid_to": date(begins.year + 1, 12, 31).isoformat(),
            }
        )

    def _copayments(self, key: str, since: date, until: date) -> None:
        begins = max(since, years_before(self.on, 2))
        span = (until - begins).days
        for place in range(self.draw.randint(0, 9) if span > 0 else 0):
            act, limit = self.draw.choice(names.ACTS)
            self.rows["copayments"].append(
                {
                    "copayment_key": f"{key}/C{place + 1}",
                    "insured_key": key,
                    "used_on": add_days(begins, self.draw.randint(0, span)).isoformat(),
                    "act": act,
                    "provider": self.draw.choice(names.PROVIDERS),
                    "amount": str(self.catalogue.copayments.get(limit, Decimal("5.00"))),
                }
            )

    def _premium(self, members: list[Member], modality: str, effective_on: date) -> Decimal:
        ages = [max(age(member.who.born_on, effective_on), 0) for member in members]
        if modality == "single":
            return Decimal(sum(2_600 + 40 * max(years - 70, 0) for years in ages))
        if modality == "annual":
            return round_cents(sum((Decimal(360 + 11 * years) for years in ages), Decimal(0)))
        rate = Decimal(YEARLY_RATE[modality])
        return round_cents(sum((rate + rate * years / 10 for years in ages), Decimal(0)))


def _gets(who: Someone, since: date, terms: CoverTerms, contract: Contract, given: set[str]) -> bool:
    """`given`: the covers that the person has got before this one."""
    entry_age = age(who.born_on, since)
    # The single premium is for those who are too old for the others; covers that end at an age stay closed.
    too_old_by_right = contract.modality == "single" and terms.end_age is None
    oldest = None if too_old_by_right else terms.entry_age_max
    return (
        (terms.compulsory or bool({terms.code, terms.package} & contract.options))
        and contract.modality not in terms.excluded_modalities
        and (terms.code != "foreign_repatriation" or who.dni[:1] in {"X", "Y", "Z"})
        and (terms.entry_age_min is None or entry_age >= terms.entry_age_min)
        and (oldest is None or entry_age <= oldest)
        and given >= set(terms.requires) - {"worldwide"}
    )
