"""The clocks of a case: rows over core.legal_terms and core.deadlines, read alike by customer and staff.

Only this module writes them. The insurer's clock has the key of its term; the customer's, who was asked for
something by a day, has the key below.
"""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db.models import QuerySet

from cases.models import Case, Deadline
from core.ages import today_in_madrid
from core.deadlines import Effect, Interruption, WorkingCalendar, due
from core.legal_terms import Term, term

CUSTOMER = "customer.answer"


def calendar() -> WorkingCalendar:
    """The working days of the insurer's seat."""
    return WorkingCalendar(settings.BRAND.region, settings.BRAND.local_holidays)


def start(case: Case, term_key: str, *, on: date) -> Deadline:
    """Raises UnknownTermError. A clock that has run before, of a request opened again, runs anew."""
    deadline, _created = Deadline.objects.update_or_create(
        case=case,
        term=term_key,
        defaults={
            "starts_on": on,
            "due_on": due(on, term(term_key, on=on), calendar=calendar()),
            "interruptions": [],
            "met_on": None,
            "reminded_at": None,
            "alarmed_at": None,
        },
    )
    return deadline


def ask_by(case: Case, *, on: date, due_on: date) -> Deadline:
    """The customer was asked for something by a day. The day that their clock has already leaves it as it is:
    they are not reminded of it twice."""
    running = Deadline.objects.filter(case=case, term=CUSTOMER, met_on=None, due_on=due_on).first()
    if running is not None:
        return running
    deadline, _created = Deadline.objects.update_or_create(
        case=case,
        term=CUSTOMER,
        defaults={
            "starts_on": on,
            "due_on": due_on,
            "met_on": None,
            "reminded_at": None,
            "alarmed_at": None,
        },
    )
    return deadline


def interrupt(case: Case, *, on: date, effect: Effect) -> None:
    """The insurer's clocks stand from this day. One that stands already is left as it is."""
    for deadline in _running(case):
        if not _stands(deadline):
            deadline.interruptions.append({"from": on.isoformat(), "to": None, "effect": effect})
            _count(deadline)


def resume(case: Case, *, on: date) -> None:
    """The insurer's clocks go on, and the customer's is met: what was asked for has come."""
    for deadline in _running(case):
        if _stands(deadline):
            last = deadline.interruptions[-1]
            last["to"] = max(on, date.fromisoformat(last["from"])).isoformat()
            _count(deadline)
    Deadline.objects.filter(case=case, term=CUSTOMER, met_on=None).update(met_on=on)


def stop(case: Case, *, on: date) -> None:
    """The case is closed: every clock has done its work, on time or late."""
    Deadline.objects.filter(case=case, met_on=None).update(met_on=on)


def answer_due(case: Case) -> Deadline | None:
    """The insurer's clock that is over first; one that stands (`due_on` None) comes last."""
    return first_due(case.deadlines.all())


def first_due(deadlines: Iterable[Deadline]) -> Deadline | None:
    rows = [row for row in deadlines if row.met_on is None and row.term != CUSTOMER]
    return min(rows, key=lambda row: (row.due_on is None, row.due_on or date.max, row.pk), default=None)


def promised(case: Case) -> date | None:
    """By when the answer was promised on the day of the sending, whatever has stopped the clock since."""
    if not case.answer_term:
        return None
    on = today_in_madrid(case.opened_at)
    return due(on, term(case.answer_term, on=on), calendar=calendar())


def customer_due(case: Case) -> Deadline | None:
    """By when the customer was asked to answer, while that is open."""
    return asked_until(case.deadlines.all())


def asked_until(deadlines: Iterable[Deadline]) -> Deadline | None:
    return next((row for row in deadlines if row.term == CUSTOMER and row.met_on is None), None)


def term_of(deadline: Deadline) -> Term | None:
    """The rule that the clock follows, with its source; the customer's clock has none."""
    return None if deadline.term == CUSTOMER else term(deadline.term, on=deadline.starts_on)


def _running(case: Case) -> QuerySet[Deadline]:
    return Deadline.objects.select_for_update().filter(case=case, met_on=None).exclude(term=CUSTOMER)


def _stands(deadline: Deadline) -> bool:
    return bool(deadline.interruptions) and deadline.interruptions[-1]["to"] is None


def _count(deadline: Deadline) -> None:
    rule = term(deadline.term, on=deadline.starts_on)
    deadline.due_on = due(deadline.starts_on, rule, _interruptions(deadline), calendar())
    deadline.save(update_fields=["due_on", "interruptions"])


def _interruptions(deadline: Deadline) -> list[Interruption]:
    return [
        Interruption(
            date.fromisoformat(row["from"]),
            date.fromisoformat(row["to"]) if row["to"] else None,
            row["effect"],
        )
        for row in deadline.interruptions
    ]
