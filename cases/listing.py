"""The list of a person's requests, and what it may be narrowed to. Each shape of it is put together once."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import ExtractYear

from cases import clocks
from cases.lifecycle import Ball
from cases.models import Case, Deadline
from cases.reading import READER_ACTS, UNREAD_OF_ONE
from core.ages import today_in_madrid
from core.deadlines import start_of_day
from core.prepared import Prepared, Slot
from policies.access import ANY_READER, of_reader

if TYPE_CHECKING:
    from accounts.models import User

PER_PAGE = 25


@dataclass(frozen=True)
class Filter:
    """`state`: "open", "closed" or "" for both. `after`: reference of the last row of the page before."""

    state: str = ""
    kind: str = ""
    year: int | None = None
    # Reference of an insured person: whom the request is about, in whichever policy.
    person: str = ""
    after: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.state or self.kind or self.year or self.person)


@dataclass(frozen=True)
class ListPage:
    cases: list[Case]
    # The reference after which the next page begins; "" on the last.
    next_after: str


@dataclass(frozen=True)
class Offered:
    """`years` in which requests were opened, the latest first; `people`: a reference and the name of each
    natural person whom they are about, once."""

    years: list[int]
    people: list[tuple[str, str]]


def list_page(user: "User", wanted: Filter) -> ListPage:
    year = wanted.year
    narrowed = frozenset(name for name in ("kind", "year", "person", "after") if getattr(wanted, name))
    found = _rows(wanted.state, narrowed).run(
        of_reader(user),
        kind=wanted.kind,
        first=start_of_day(date(year, 1, 1)) if year else None,
        beyond=start_of_day(date(year + 1, 1, 1)) if year else None,
        person=wanted.person,
        after=wanted.after,
    )
    for case in found:
        # Whose turn it is decides whose day counts.
        case.due_on = case.asked_by_day if case.state.ball is Ball.CUSTOMER else case.answered_by_day
        case.late = case.due_on is not None and case.due_on < today_in_madrid()
    more = len(found) > PER_PAGE
    return ListPage(found[:PER_PAGE], found[PER_PAGE - 1].reference if more else "")


@cache
def _rows(state: str, narrowed: frozenset[str]) -> Prepared:
    rows = Case.objects.visible_to(ANY_READER)
    if state:
        rows = rows.filter(closed_at__isnull=state == "open")
    if "kind" in narrowed:
        rows = rows.filter(kind=Slot("kind"))
    if "year" in narrowed:
        rows = rows.filter(opened_at__gte=Slot("first"), opened_at__lt=Slot("beyond"))
    if "person" in narrowed:
        rows = rows.filter(about__person__insured_in__reference=Slot("person"))
    if "after" in narrowed:
        anchor = Case.objects.visible_to(ANY_READER).filter(reference=Slot("after"))
        rows = rows.filter(id__lt=Subquery(anchor.values("id")[:1]))
    running = Deadline.objects.filter(case=OuterRef("pk"), met_on=None, due_on__isnull=False)
    days = running.order_by("due_on").values("due_on")
    told = rows.select_related("about__person").annotate(
        has_unread=Exists(UNREAD_OF_ONE),
        asked_by_day=Subquery(days.filter(term=clocks.CUSTOMER)[:1]),
        answered_by_day=Subquery(days.exclude(term=clocks.CUSTOMER)[:1]),
        reader_acts=READER_ACTS,
    )
    return Prepared(lambda: told[: PER_PAGE + 1])


_PERSON = [f"about__person__{name}" for name in ("first_name", "last_name_1", "last_name_2")]
_OFFERED = Prepared(
    lambda: (
        Case.objects.visible_to(ANY_READER)
        .order_by("about__person__first_name", "about__person", "about")
        .annotate(year=ExtractYear("opened_at"))
        .values_list("year", "about__person", "about__reference", *_PERSON)
        .distinct()
    )
)


def offered(user: "User") -> Offered:
    """What the list may be narrowed to."""
    rows = _OFFERED.run(of_reader(user))
    people: dict[int, tuple[str, str]] = {}
    for _year, person, reference, *name in rows:
        if person is not None:
            people.setdefault(person, (reference, " ".join(filter(None, name))))
    return Offered(sorted({row[0] for row in rows}, reverse=True), list(people.values()))
