"""The lines of the short tables below a case."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from cases import actions, clocks, papers
from cases.lifecycle import Text
from cases.models import Case, CaseDocument
from cases.reminders import soon
from core.ages import today_in_madrid
from core.staff import Link
from core.templatetags.formats import shortdate

MOST = 100
Rows = Iterable[Sequence[object]]


def clock_mark(due_on: date | None) -> str:
    """The day, and in words and colour whether it is over or near."""
    if due_on is None:
        return "–"
    today = today_in_madrid()
    mark, word = "clock", "{}"
    if due_on < today:
        mark, word = "clock clock-late", _("{}: late")
    elif due_on <= soon(today):
        mark, word = "clock clock-soon", _("{}: soon")
    return format_html('<span class="{}">{}</span>', mark, word.format(shortdate(due_on)))


def history_of(case: Case) -> Rows:
    kind = case.the_kind
    words = {actions.OPENED: _("Sent"), actions.HAND_TO_TEAM: _("Hand to another team")}
    for event in case.events.select_related("by")[:MOST]:
        move = kind.moves.get(event.move)
        before, after = kind.states.get(event.source), kind.states.get(event.target)
        yield (
            event.at,
            move.label if move else words.get(event.move, event.move),
            before.word if before else "",
            after.word if after else event.target,
            event.by or _("the portal"),
            "\n".join(filter(None, (event.reason_code, event.note))),
        )


def messages_of(case: Case) -> Rows:
    for message in case.messages.select_related("by").order_by("-id")[:MOST]:
        yield (
            message.sent_at,
            _("customer") if message.side == "customer" else message.by,
            message.body,
            message.answer_by,
            message.read_at,
        )


def papers_of(case: Case) -> Rows:
    for paper in case.papers.all()[:MOST]:
        yield (
            paper.name,
            paper.why,
            paper.example,
            paper.supplied_by,
            paper.asked_at,
            clock_mark(paper.answer_by) if paper.is_missing and case.is_open else paper.answer_by,
            paper.supplied_at or (_("not needed any more") if paper.withdrawn_at else None),
        )


def documents_of(case: Case) -> Rows:
    for document in case.documents.select_related("paper", "sent_by")[:MOST]:
        yield (
            _file(document),
            document.paper,
            document.sent_at,
            _origin(document),
            _state(document),
            document.pages or "",
        )


def clocks_of(case: Case) -> Rows:
    for deadline in case.deadlines.all():
        rule = clocks.term_of(deadline)
        yield (
            rule.source if rule else _("Asked of the customer"),
            deadline.starts_on,
            deadline.due_on or _("stands: the customer has the ball"),
            deadline.met_on,
            deadline.alarmed_at,
        )


def _file(document: CaseDocument) -> Text | Link:
    if not document.is_clean:
        return document.name
    address = reverse("admin:cases_case_document", args=[document.case_id, document.reference])
    return Link(document.name, address)


def _origin(document: CaseDocument) -> Text:
    """Also who of us has put it in."""
    origin = document.get_origin_display()
    by_customer = document.origin == CaseDocument.Origin.CUSTOMER
    return origin if by_customer else f"{origin} ({document.sent_by})"


def _state(document: CaseDocument) -> Text:
    why = papers.why(document)
    return f"{document.get_state_display()}: {why}" if why else document.get_state_display()
