"""Questions by topic: who answers which, and by when we promise to."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from cases.clocks import calendar
from cases.lifecycle import Text
from cases.models import Case
from core.deadlines import add_term
from core.legal_terms import term
from servicing.kinds import BANK_ACCOUNT, CONTACT_DATA, ENQUIRY

if TYPE_CHECKING:
    from accounts.models import User

# Whose queue a topic goes to; the others go to that of the kind.
TEAMS = {
    "reimbursements": "reimbursements",
    "authorisations": "authorisations",
    "receipts": "billing",
    "data": "data_protection",
}
# A question about a request of another kind.
TOPIC_OF = {BANK_ACCOUNT.code: "receipts", CONTACT_DATA.code: "data"}
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


def begin(user: "User", kept: dict[str, str], *, topic: str, about: str) -> dict[str, str]:
    """What stands in the form before anything is typed: what was kept of it, and which request it is about.

    `about` is the reference of a request that the person may see: its words and topic need not be typed.
    """
    begun = kept or {"topic": topic}
    case = Case.objects.visible_to(user).filter(reference=about).first() if about else None
    if case is None or case.reference in begun.get("question", ""):
        return begun
    words = gettext("About my request %(reference)s (%(kind)s):") % {
        "reference": case.reference,
        "kind": case.the_kind.label,
    }
    known = case.topic if case.topic in ENQUIRY.topics else TOPIC_OF.get(case.kind, "other")
    before = begun.get("question", "").rstrip()
    return {
        **begun,
        "topic": begun.get("topic") or known,
        "question": f"{before}\n\n{words}\n" if before else f"{words}\n",
    }
