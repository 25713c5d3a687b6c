"""What the customer was asked for and has not given: papers, and messages that want an answer; by when."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from cases.lifecycle import Side
from cases.models import Case, CaseDocument
from core.ages import today_in_madrid


@dataclass(frozen=True)
class Wanted:
    # None of papers that were asked for before each had its day.
    answer_by: date | None
    asked_on: date


def missing(case: Case) -> list[Wanted]:
    """Of a case in which the customer has the ball. What was asked for before a decision, and was never sent,
    is not: whoever opens the case again says what is still wanted."""
    papers = case.papers.missing().filter(asked_at__gte=_since(case)).values_list("answer_by", "asked_at")
    questions = _questions(case).values_list("answer_by", "sent_at")
    return [Wanted(day, today_in_madrid(moment)) for day, moment in (*papers, *questions)]


def first(case: Case) -> tuple[date, date] | None:
    """The day of what they have to give first, and the day on which they were asked for it.

    A day that was over when the ball went to them is only theirs where there is no other.
    """
    days = [(row.answer_by, row.asked_on) for row in missing(case) if row.answer_by]
    since = today_in_madrid(_since(case))
    return min([row for row in days if row[0] >= since] or days, default=None)


def _questions(case: Case) -> QuerySet[Any]:
    """A word of the customer's answers what was written before it, and so does a file for no paper."""
    asked = case.messages.filter(side=Side.STAFF.value, answer_by__isnull=False, sent_at__gte=_since(case))
    word = case.messages.filter(side=Side.CUSTOMER.value).last()
    if word is not None:
        asked = asked.filter(pk__gt=word.pk)
    files = case.documents.filter(paper=None, state=CaseDocument.State.ACCEPTED)
    file = files.exclude(origin=CaseDocument.Origin.OURS).order_by("sent_at").last()
    return asked.filter(sent_at__gt=file.sent_at) if file is not None else asked


def _since(case: Case) -> datetime:
    """When the ball went to the customer."""
    step = case.events.filter(target=case.status).exclude(source=case.status).last()
    return step.at if step else case.opened_at
