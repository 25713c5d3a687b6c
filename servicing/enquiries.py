"""Questions by topic: who answers which, and by when we promise to."""

from dataclasses import dataclass
from datetime import date

from cases.clocks import calendar
from cases.lifecycle import Text
from core.deadlines import add_term
from core.legal_terms import term
from servicing.kinds import ENQUIRY

# Whose queue a topic goes to; the others go to that of the kind.
TEAMS = {
    "reimbursements": "reimbursements",
    "authorisations": "authorisations",
    "receipts": "billing",
    "data": "data_protection",
}
TOPIC_CHOICES = list(ENQUIRY.topics.items())


@dataclass(frozen=True)
class Topic:
    code: str
    label: Text
    answer_by: date


def team_of(topic: str) -> str:
    return TEAMS.get(topic, ENQUIRY.team)


def answer_by(on: date, topic: str = "") -> date:
    """The last day for the answer to a question that is asked on `on`."""
    return add_term(on, term(ENQUIRY.term_of(topic), on=on), calendar())


def topics(on: date) -> list[Topic]:
    return [Topic(code, label, answer_by(on, code)) for code, label in TOPIC_CHOICES]
