"""The kinds of request of this app: their states, their moves and who makes them."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from cases.lifecycle import (
    ANSWERED,
    IN_REVIEW,
    RECEIVED,
    WAITING,
    WITHDRAWN,
    Ball,
    Kind,
    Move,
    Outcome,
    Side,
    State,
    moves,
    states,
)
from cases.lifecycle import (
    register as register_kind,
)

CUSTOMER, STAFF, SYSTEM = frozenset({Side.CUSTOMER}), frozenset({Side.STAFF}), frozenset({Side.SYSTEM})
# The staff put in what came by post.
EITHER = CUSTOMER | STAFF
OPEN = frozenset({"received", "in_review", "waiting"})
WITH_US = frozenset({"received", "in_review"})

TOPICS = {
    "cards": _("Cards"),
    "reimbursements": _("Reimbursements"),
    "authorisations": _("Authorisations"),
    "receipts": _("Receipts and payments"),
    "data": _("My personal data"),
    "other": _("Something else"),
}

ENQUIRY = Kind(
    code="enquiry",
    prefix="CON",
    row="enquiry",
    label=_("Question"),
    team="customer_care",
    first="received",
    answer_term="svc.enquiry_answer",
    topics=TOPICS,
    topic_terms={
        topic: f"svc.enquiry_answer.{topic}" for topic in ("reimbursements", "authorisations", "data")
    },
    states=states(RECEIVED, IN_REVIEW, WAITING, ANSWERED, WITHDRAWN),
    moves=moves(
        Move("take", WITH_US, "in_review", STAFF, _("Take it")),
        Move("ask", WITH_US, "waiting", STAFF, _("Ask the customer")),
        Move("supply", frozenset({"waiting"}), "in_review", EITHER, _("Send what was asked for")),
        Move("waive", frozenset({"waiting"}), "in_review", STAFF, _("We do not need it any more")),
        Move("answer", OPEN, "answered", STAFF, _("Answer and close"), outcome=Outcome.ACCEPTED),
        Move("reopen", frozenset({"answered"}), "in_review", CUSTOMER, _("That does not answer my question")),
        Move("look_again", frozenset({"answered"}), "in_review", STAFF, _("Look at it again")),
        Move("withdraw", OPEN, "withdrawn", CUSTOMER, _("Take my request back")),
    ),
)

DONE = State(
    "done",
    _("Done"),
    _("The new account is in use from the date that you see here."),
    Ball.NOBODY,
    "ok",
    closed=True,
)
REFUSED = State(
    "refused",
    _("Not possible"),
    _("We could not do it. The reason is below."),
    Ball.NOBODY,
    "stop",
    closed=True,
)

BANK_ACCOUNT = Kind(
    code="bank_account",
    prefix="CTA",
    row="bank_account_change",
    label=_("Change of bank account"),
    team="billing",
    first="received",
    answer_term="svc.bank_account",
    # The rules decide, in the transaction in which it is asked: nobody takes, asks, refuses or takes back.
    at_once="accept",
    states=states(RECEIVED, DONE),
    moves=moves(
        Move(
            "accept",
            frozenset({"received"}),
            "done",
            SYSTEM,
            _("Use the new account"),
            outcome=Outcome.ACCEPTED,
        ),
    ),
)

CONTACT_DATA = Kind(
    code="contact_data",
    prefix="DAT",
    label=_("Change of contact data"),
    team="customer_care",
    first="received",
    answer_term="svc.contact_data",
    one_at_a_time=True,
    states=states(
        RECEIVED,
        IN_REVIEW,
        WAITING,
        replace(DONE, meaning=_("Your new data are on file, or will be by the next day.")),
        REFUSED,
        WITHDRAWN,
    ),
    moves=moves(
        Move("take", WITH_US, "in_review", STAFF, _("Take it")),
        Move("ask", WITH_US, "waiting", STAFF, _("Ask the customer")),
        Move("supply", frozenset({"waiting"}), "in_review", EITHER, _("Send what was asked for")),
        Move("waive", frozenset({"waiting"}), "in_review", STAFF, _("We do not need it any more")),
        Move("accept", OPEN, "done", STAFF, _("The data are on file"), outcome=Outcome.ACCEPTED),
        Move("refuse", OPEN, "refused", STAFF, _("Refuse"), outcome=Outcome.REFUSED),
        Move("reopen", frozenset({"refused"}), "in_review", CUSTOMER, _("I disagree: look at it again")),
        Move("look_again", frozenset({"refused"}), "in_review", STAFF, _("Look at it again")),
        Move("withdraw", OPEN, "withdrawn", CUSTOMER, _("Take my request back")),
    ),
)


def register() -> None:
    register_kind(CONTACT_DATA)
    register_kind(ENQUIRY)
    register_kind(BANK_ACCOUNT)
