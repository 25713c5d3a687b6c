"""What the pages of a request show, gathered with as many queries for one request as for three hundred."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject

from cases import clocks, papers
from cases.lifecycle import NEEDS_REASON, Ball, Move, Side, State, Text, kind_of, kinds
from cases.models import AFFAIRS, Case, CaseDocument, CaseEvent, Deadline, Message, Paper, acts
from core.ages import today_in_madrid
from core.prepared import Prepared, Slot
from policies.access import ANY_READER, of_reader
from policies.conditions import edition_of

if TYPE_CHECKING:
    from accounts.models import User

Origin = CaseDocument.Origin
MOST_WAITING = 10
SUPPLY, REOPEN = "supply", "reopen"

UNREAD_OF_ONE = Message.objects.filter(case=OuterRef("pk"), side=Side.STAFF, read_at=None)
# Whether the reader may act in a row, and not only read it.
READER_ACTS = ExpressionWrapper(acts(ANY_READER), BooleanField())
# In what the user acts in; comes with the user (accounts.backend.ALONGSIDE), since every menu shows it.
UNREAD = Coalesce(
    Subquery(
        Message.objects.order_by()
        .filter(AFFAIRS.acted_in_alongside(of="case"), side=Side.STAFF, read_at=None)
        .values("side")
        .annotate(number=Count("pk"))
        .values("number")
    ),
    0,
)


def unread_count(user: "User") -> int:
    """Messages of ours in what the user acts in that are not marked as read."""
    known: int | None = getattr(user, "unread_messages", None)
    if known is None:
        theirs = Case.objects.acting_for(user)
        return Message.objects.filter(case__in=theirs, side=Side.STAFF, read_at=None).count()
    return known


def waiting_for(user: "User") -> list[Any]:
    """Requests in which the customer has to do something next, the most urgent first, or has not read what we
    wrote."""
    found = _waiting(tuple(kind.code for kind in kinds())).run(of_reader(user))
    for case in found:
        case.reader_acts = True
        case.late = case.due_on is not None and case.due_on < today_in_madrid()
    return found


@cache
def _waiting(codes: tuple[str, ...]) -> Prepared:
    theirs = Q(has_unread=True)
    for kind in map(kind_of, codes):
        states = [code for code, state in kind.states.items() if state.ball is Ball.CUSTOMER]
        theirs |= Q(kind=kind.code, status__in=states)
    rows = Case.objects.acting_for(ANY_READER).annotate(has_unread=Exists(UNREAD_OF_ONE)).filter(theirs)
    asked = Deadline.objects.filter(case=OuterRef("pk"), term=clocks.CUSTOMER, met_on=None)
    dated = rows.select_related("about__person").annotate(due_on=Subquery(asked.values("due_on")[:1]))
    return Prepared(lambda: dated.order_by(F("due_on").asc(nulls_last=True), "-id")[:MOST_WAITING])


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
    # It is missing, and the customer's turn because of it.
    wanted: bool


@dataclass(frozen=True)
class Reading:
    # Of `found`: with what it was annotated with.
    case: Any
    steps: list[Step]
    ways: list[Way]
    asked: list[Asked]
    # Those that belong to no asked paper.
    sent: list[Sent]
    # Those that we have sent.
    ours: list[Sent]
    # All of them, in whichever of the two.
    documents: list[CaseDocument]
    thread: list[Message]
    unread: int
    # The clock of whoever has the ball; None if none runs.
    clock: Deadline | None

    @property
    def turn(self) -> str:
        return self.case.state.ball.value

    @property
    def product(self) -> str:
        """Of the policy that it is about; "" if it is about none."""
        return edition_of(self.case.policy.edition_id).product if self.case.policy else ""

    @property
    def may_write(self) -> bool:
        return bool(self.case.reader_acts) and may_write(self.case)

    @property
    def wants_papers(self) -> bool:
        return self.case.is_open and any(asked.paper.is_missing for asked in self.asked)

    @property
    def late(self) -> bool:
        return self.clock is not None and self.clock.is_late()

    @property
    def law(self) -> str:
        """What the day of our answer rests on; "" where that is our own promise, or it is not our turn."""
        rule = clocks.term_of(self.clock) if self.clock and self.clock.due_on else None
        return "" if rule is None or rule.promise else rule.source

    @property
    def why_open(self) -> str:
        """What we said when we took a decision back, until the next step."""
        last = self.steps[-1].event if self.steps and self.case.is_open else None
        return last.note if last is not None and last.side == Side.STAFF else ""

    @property
    def not_granted(self) -> bool:
        return self.case.outcome in NEEDS_REASON


def found(user: "User", reference: str) -> Case | None:
    """The row for its page, with its clocks and what it is about, in one statement."""
    about = tuple(kind.row for kind in kinds() if kind.row)
    rows = _with(about).run(of_reader(user), reference=reference)
    return rows[0] if rows else None


@cache
def _with(about: tuple[str, ...]) -> Prepared:
    running = Deadline.objects.filter(case=OuterRef("pk"), met_on=None).order_by("id")
    clocks_of_it = ArraySubquery(running.values(clock=JSONObject(**{name: name for name in _CLOCK})))
    return Prepared(
        lambda: (
            Case.objects.visible_to(ANY_READER)
            .select_related("about__person", "policy", "sent_copy", *about)
            .annotate(running=clocks_of_it, reader_acts=READER_ACTS)
            .filter(reference=Slot("reference"))
        )
    )


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
_DOCUMENTS = Prepared(lambda: CaseDocument.objects.filter(case=Slot("case")))


def _of(case: Case, rows: Prepared) -> list[Any]:
    found = rows.run(case=case.pk)
    for row in found:
        row.case = case
    return found


def read(case: Any, user: "User") -> Reading:
    """`case` comes from `found`."""
    # What staff put in is shown when it is clean.
    documents = [row for row in _of(case, _DOCUMENTS) if row.origin == Origin.CUSTOMER or row.is_clean]
    without_paper = [_sent(row) for row in documents if row.paper_id is None]
    thread = _of(case, _THREAD)
    theirs = case.state.ball is Ball.CUSTOMER
    running, steps = _clocks(case), _steps(case, user)
    since = _since(case, steps) if theirs else None
    return Reading(
        case=case,
        steps=steps,
        ways=ways(case) if case.reader_acts else [],
        asked=[
            Asked(
                paper,
                [_sent(row) for row in documents if row.paper_id == paper.pk],
                wanted=paper.is_missing and since is not None and paper.asked_at >= since,
            )
            for paper in _of(case, _PAPERS)
        ],
        sent=[sent for sent in without_paper if sent.document.origin != Origin.OURS],
        ours=[sent for sent in without_paper if sent.document.origin == Origin.OURS],
        documents=documents,
        thread=thread,
        unread=sum(1 for message in thread if message.side == Side.STAFF and message.read_at is None),
        clock=clocks.asked_until(running) if theirs else clocks.first_due(running),
    )


def _since(case: Case, steps: list[Step]) -> datetime:
    """When it came into this state: see cases.asked."""
    into = (
        step.event.at for step in reversed(steps) if step.event.source != case.status == step.event.target
    )
    return next(into, case.opened_at)


def may_write(case: Case) -> bool:
    """What comes after the end opens the request again, or would lie unread."""
    return case.is_open or case.can(REOPEN, Side.CUSTOMER)


def _sent(row: CaseDocument) -> Sent:
    return Sent(row, MARKS[row.state], papers.why(row))


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
