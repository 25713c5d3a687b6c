"""The invented households that fill the book of the demo."""

import random
from datetime import date
from itertools import count, cycle

from stdnum.es import dni, nie

from core.ages import years_before
from core.deadlines import add_days, add_months
from portal.demo import book_names as names
from portal.demo.book import FUNERAL_2012, FUNERAL_2024, HEALTH, Book, Member, Someone
from portal.demo.book_money import Story

MODALITIES = ("levelled", "semi_natural", "renewable", "levelled", "single", "renewable")
INSTALMENTS = ("monthly", "quarterly", "half_yearly", "yearly", "monthly", "monthly")
STORIES = (
    *[Story.IN_FORCE] * 30,
    *[Story.LATE] * 4,
    Story.GRACE,
    Story.GRACE,
    Story.SUSPENDED,
    Story.CLAIMED,
    Story.EXTINGUISHED,
    Story.RESTORED,
    Story.NOT_STARTED,
    Story.FUTURE,
    Story.ENDED,
    Story.ENDED,
)
OPTIONS = ("additional", "hospital", "accident", "care_plus", "health_services", "worldwide_plus")
# Of five households one has a NIE, one shares a mailbox and one has none.
FIVE = 5


def add_crowd(book: Book, people: int) -> None:
    """Households until the book holds at least so many people."""
    households = _Households(book)
    while len(book.rows["persons"]) < people:
        households.add()


class _Households:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.draw: random.Random = book.draw
        self.numbers = count(1)
        self.policies = count(1)
        self.modalities = cycle(MODALITIES)
        self.instalments = cycle(INSTALMENTS)
        self.stories = cycle(STORIES)

    def add(self) -> None:
        modality = next(self.modalities)
        old = modality == "single"
        number = next(self.numbers)
        town, postcode, language = self.draw.choice(names.TOWNS)
        home = (
            f"{self.draw.choice(names.STREETS)} {self.draw.randint(1, 90)}",
            f"{postcode}{self.draw.randint(1, 60):02}",
            town,
        )
        first = self._adult(number, 1, home, language, old=old)
        second = self._adult(number, 2, home, language, old=old) if self.draw.random() < 0.6 else None
        adults = [who for who in (first, second) if who is not None]
        children = [] if old else self._children(number, adults, home, language)
        members = [Member(first, "holder")]
        if second is not None:
            members.append(Member(second, "spouse"))
        members += [Member(child, "child", tuple(adults)) for child in children]
        kind = self.draw.random()
        if old or kind < 0.7:
            self._funeral(members, modality, old=old)
        if not old and kind >= 0.4:
            self._health(members)

    def _funeral(self, members: list[Member], modality: str, *, old: bool) -> None:
        story = Story.IN_FORCE if old else next(self.stories)
        effective_on = self._effective(story, earliest=date(2012, 2, 1), latest_months=1)
        if old:
            effective_on = max(date(2024, 6, 1), add_months(self.book.on, -self.draw.randint(2, 60)))
        edition = FUNERAL_2012 if effective_on < date(2024, 6, 1) else FUNERAL_2024
        self.book.add_policy(
            f"F-{3_000_000 + next(self.policies)}",
            edition,
            members,
            effective_on=effective_on,
            modality=modality,
            instalments="single" if old else self._instalments(story),
            story=story,
            options=self.draw.sample(OPTIONS, self.draw.randint(0, 3)),
        )

    def _health(self, members: list[Member]) -> None:
        story = next(self.stories)
        self.book.add_policy(
            f"S-{3_000_000 + next(self.policies)}",
            HEALTH,
            members,
            effective_on=self._effective(story, earliest=date(2018, 1, 1), latest_months=1),
            modality="annual",
            instalments=self._instalments(story),
            story=story,
            options=["health_reimbursement"] if self.draw.random() < 0.4 else [],
        )

    def _effective(self, story: Story, *, earliest: date, latest_months: int) -> date:
        on = self.book.on
        if story is Story.FUTURE:
            return add_days(on, 20)
        if story is Story.NOT_STARTED:
            return add_days(on, -12)
        if story is Story.IN_FORCE:
            months = self.draw.randint(latest_months, (on.year - earliest.year) * 12 - 1)
            return add_months(on.replace(day=1), -months)
        # An instalment ten days ago, and enough of them before it for the story.
        return add_months(add_days(on, -10), -self.draw.randint(14, 40))

    def _instalments(self, story: Story) -> str:
        return next(self.instalments) if story is Story.IN_FORCE else "monthly"

    def _adult(
        self, number: int, place: int, home: tuple[str, str, str], language: str, *, old: bool
    ) -> Someone:
        years = self.draw.randint(72, 82) if old else self.draw.randint(26, 62)
        first_name = self.draw.choice(names.FIRST_NAMES)
        last_1, last_2 = self.draw.sample(names.SURNAMES, 2)
        foreign = number % FIVE == 0
        shared = number % FIVE == 1
        mailbox = f"casa{number}" if shared else f"persona{number}.{place}"
        return Someone(
            f"P-{number:06}-{place}",
            first_name,
            last_1,
            "" if foreign else last_2,
            self._birthday(years),
            self._nie(number, place) if foreign else self._dni(number, place),
            "" if number % FIVE == 2 else f"{mailbox}@example.org",
            language,
            home,
        )

    def _children(
        self, number: int, adults: list[Someone], home: tuple[str, str, str], language: str
    ) -> list[Someone]:
        last_2 = (adults[1] if len(adults) > 1 else adults[0]).last_name_1
        children = []
        for place in range(3, 3 + self.draw.choice((0, 0, 1, 1, 2, 3))):
            years = self.draw.randint(1, 17)
            children.append(
                Someone(
                    f"P-{number:06}-{place}",
                    self.draw.choice(names.FIRST_NAMES),
                    adults[0].last_name_1,
                    last_2,
                    self._birthday(years),
                    self._dni(number, place) if years >= 14 else "",
                    language=language,
                    home=home,
                )
            )
        return children

    def _birthday(self, years: int) -> date:
        return add_days(years_before(self.book.on, years), -self.draw.randint(1, 360))

    def _dni(self, number: int, place: int) -> str:
        digits = f"{(number * 10 + place) * 7919 % 100_000_000:08}"
        return digits + dni.calc_check_digit(digits)

    def _nie(self, number: int, place: int) -> str:
        digits = f"{'XYZ'[number % 3]}{(number * 10 + place) * 7919 % 10_000_000:07}"
        return digits + nie.calc_check_digit(digits)
