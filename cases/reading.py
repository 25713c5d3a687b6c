"""What the pages of a request show, gathered with as many queries for one request as for three hundred."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject

from cases import clocks, papers
from cases.lifecycle import NEEDS_REASON, Ball, Move, Side, State, Text, kind_of, kinds
from cases.models import Case, CaseDocument, CaseEvent, CaseQuerySet, Deadline, Message, Paper
from core.deadlines import start_of_day
from core.prepared import Prepared, Slot
from policies.access import ANY_READER, of_reader

if TYPE_CHECKING:
    from accounts.models import User

PER_PAGE = 25
MOST_WAITING = 10
SUPPLY, REOPEN = "supply", "reopen"

_UNREAD = Message.objects.filter(case=OuterRef("pk"), side=Side.STAFF, read_at=None)
# In the user's own requests; comes with the user (accounts.backend.ALONGSIDE), since every menu shows it.
UNREAD = Coalesce(
    Subquery(
        Message.objects.order_by()
        .filter(case__asked_by=OuterRef("pk"), side=Side.STAFF, read_at=None)
        .values("case__asked_by")
        .annotate(number=Count("pk"))
        .values("number")
    ),
    0,
)


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


def list_page(user: "User", wanted: Filter) -> ListPage:
    rows = _filtered(Case.objects.visible_to(user), wanted)
    if wanted.after:
        anchor = Case.objects.visible_to(user).filter(reference=wanted.after)
        rows = rows.filter(id__lt=Subquery(anchor.values("id")[:1]))
    clock = Deadline.objects.filter(case=OuterRef("pk"), met_on=None, due_on__isnull=False)
    found: list[Any] = list(
        rows.select_related("about__person", "policy__edition__product").annotate(
            has_unread=Exists(_UNREAD), due_on=Subquery(clock.order_by("due_on").values("due_on")[:1])
        )[: PER_PAGE + 1]
    )
    more = len(found) > PER_PAGE
    return ListPage(found[:PER_PAGE], found[PER_PAGE - 1].reference if more else "")


def years(user: "User") -> list[int]:
    """The years in which the person's requests were opened, the latest first."""
    return [day.year for day in Case.objects.visible_to(user).datetimes("opened_at", "year", order="DESC")]


def people(user: "User") -> list[tuple[str, str]]:
    """Whom the requests are about: a reference and the name of each natural person, once."""
    names = ("first_name", "last_name_1", "last_name_2")
    rows = (
        Case.objects.visible_to(user)
        .filter(about__isnull=False)
        .order_by("about__person__first_name", "about__person", "about")
        .values_list("about__person", "about__reference", *(f"about__person__{name}" for name in names))
        .distinct()
    )
    found: dict[int, tuple[str, str]] = {}
    for person, reference, *parts in rows:
        found.setdefault(person, (reference, " ".join(filter(None, parts))))
    return list(found.values())


def unread_count(user: "User") -> int:
    """Messages of ours in the user's own requests that they have not marked as read."""
    known: int | None = getattr(user, "unread_messages", None)
    if known is None:
        return Message.objects.filter(case__asked_by=user, side=Side.STAFF, read_at=None).count()
    return known


def waiting_for(user: "User") -> list[Any]:
    """Requests in which the customer has to do something next, or has not read what we wrote."""
    return _waiting(tuple(kind.code for kind in kinds())).run(of_reader(user))


@cache
def _waiting(codes: tuple[str, ...]) -> Prepared:
    theirs = Q(has_unread=True)
    for kind in map(kind_of, codes):
        states = [code for code, state in kind.states.items() if state.ball is Ball.CUSTOMER]
        theirs |= Q(kind=kind.code, status__in=states)
    rows = Case.objects.visible_to(ANY_READER).annotate(has_unread=Exists(_UNREAD)).filter(theirs)
    return Prepared(lambda: rows[:MOST_WAITING])


@dataclass(frozen=True)
class Step:
    """A line of the history, in words for the customer."""

    event: CaseEvent
    state: State
    mine: bool


@dataclass(frozen=True)
class Way:
    """A move that the customer may make now, and the state in which it leaves the request."""

    move: Move
    target: State


MARKS = {"received": "info", "checking": "wait", "accepted": "ok", "unreadable": "stop"}


@dataclass(frozen=True)
class Sent:
    """A file that was sent, and why it could not be used."""

    document: CaseDocument
    mark: str
    why: Text


@dataclass(frozen=True)
class Asked:
    """A paper that was asked for, and what has come for it."""

    paper: Paper
    sent: list[Sent]


@dataclass(frozen=True)
class Reading:
    case: Case
    steps: list[Step]
    ways: list[Way]
    asked: list[Asked]
    # Those that belong to no asked paper.
    sent: list[Sent]
    thread: list[Message]
    unread: int
    # The clock of whoever has the ball; None if none runs.
    clock: Deadline | None

    @property
    def turn(self) -> str:
        return self.case.state.ball.value

    @property
    def may_write(self) -> bool:
        return may_write(self.case)

    @property
    def wants_papers(self) -> bool:
        return self.case.is_open and any(asked.paper.supplied_at is None for asked in self.asked)

    @property
    def late(self) -> bool:
        return self.clock is not None and self.clock.is_late()

    @property
    def not_granted(self) -> bool:
        return self.case.outcome in NEEDS_REASON


def found(user: "User", reference: str) -> Case | None:
    """The row for its page, with its clocks and what it is about, in one statement."""
    running = Deadline.objects.filter(case=OuterRef("pk"), met_on=None).order_by("id")
    about = [kind.row for kind in kinds() if kind.row]
    rows = (
        Case.objects.visible_to(user)
        .select_related("about__person", "policy__edition__product", "sent_copy", *about)
        .annotate(running=ArraySubquery(running.values(clock=JSONObject(**{name: name for name in _CLOCK}))))
    )
    return rows.filter(reference=reference).first()


_CLOCK = ("id", "term", "starts_on", "due_on")


def _clocks(case: Any) -> list[Deadline]:
    """Of a row that `found` brought."""
    return [
        Deadline(
            id=row["id"],
            case_id=case.pk,
            term=row["term"],
            starts_on=date.fromisoformat(row["starts_on"]),
            due_on=date.fromisoformat(row["due_on"]) if row["due_on"] else None,
        )
        for row in case.running
    ]


_THREAD = Prepared(lambda: Message.objects.filter(case=Slot("case")))
_PAPERS = Prepared(lambda: Paper.objects.filter(case=Slot("case")))
_EVENTS = Prepared(lambda: CaseEvent.objects.filter(case=Slot("case")))


def _of(case: Case, rows: Prepared) -> list[Any]:
    found = rows.run(case=case.pk)
    for row in found:
        row.case = case
    return found


def read(case: Case, user: "User") -> Reading:
    """`case` comes from `found`."""
    documents = list(case.documents.all())
    thread = _of(case, _THREAD)
    theirs = case.state.ball is Ball.CUSTOMER
    running = _clocks(case)
    return Reading(
        case=case,
        steps=_steps(case, user),
        ways=ways(case),
        asked=[
            Asked(paper, [_sent(row) for row in documents if row.paper_id == paper.pk])
            for paper in _of(case, _PAPERS)
        ],
        sent=[_sent(row) for row in documents if row.paper_id is None],
        thread=thread,
        unread=sum(1 for message in thread if message.side == Side.STAFF and message.read_at is None),
        clock=clocks.asked_until(running) if theirs else clocks.first_due(running),
    )


def may_write(case: Case) -> bool:
    """What comes after the end opens the request again, or would lie unread."""
    return case.is_open or case.can(REOPEN, Side.CUSTOMER)


def _sent(row: CaseDocument) -> Sent:
    return Sent(row, MARKS[row.state], papers.REASONS.get(row.reason, ""))


def ways(case: Case) -> list[Way]:
    kind = kind_of(case.kind)
    return [
        Way(move, kind.states[move.target])
        for move in kind.moves.values()
        # What was asked for is sent as a paper or a message, and brings the ball back by itself.
        if move.name != SUPPLY and case.can(move.name, Side.CUSTOMER)
    ]


def _steps(case: Case, user: "User") -> list[Step]:
    """Only what changes the state: who of us has it in hand is no news to the customer."""
    states = kind_of(case.kind).states
    return [
        Step(event, states[event.target], mine=event.by_id == user.pk)
        for event in _of(case, _EVENTS)
        if event.source != event.target
    ]


def _filtered(rows: CaseQuerySet, wanted: Filter) -> CaseQuerySet:
    if wanted.state:
        rows = rows.filter(closed_at__isnull=wanted.state == "open")
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.year:
        first, beyond = start_of_day(date(wanted.year, 1, 1)), start_of_day(date(wanted.year + 1, 1, 1))
        rows = rows.filter(opened_at__gte=first, opened_at__lt=beyond)
    if wanted.person:
        rows = rows.filter(about__person__insured_in__reference=wanted.person)
    return rows
