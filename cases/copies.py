"""A copy of what was sent, for the customer's own files: what was typed, the papers, the moment, to whom.

An app says once how the answers of its kind read (`register_answers`): they are drawn into the paper in the
language of who asks for it.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases import clocks
from cases.actions import must_act
from cases.lifecycle import Text
from cases.models import Case, CaseDocument, SentCopy
from core import kick, printing

logger = logging.getLogger(__name__)

PRINT = "cases.tasks.print_copy"
TEMPLATE = "pdf/sent_copy.html"
# What is decided in the transaction in which it is asked has no day on which an answer is expected.
AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Answer:
    """One line of a form: what was asked, and what was typed."""

    label: Text
    value: Text


Answers = Callable[[Case], list[Answer]]
_ANSWERS: dict[str, Answers] = {}


def register_answers(kind: str, answers: Answers) -> None:
    _ANSWERS[kind] = answers


def of_sender(case: Case, documents: Iterable[CaseDocument] | None = None) -> list[CaseDocument]:
    """`documents`: those of the case, where they have been read already."""
    documents = case.documents.all() if documents is None else documents
    return [row for row in documents if row.sent_by_id == case.asked_by_id]


def papers_key(documents: Iterable[CaseDocument]) -> str:
    """Changes with what the copy says of the files that were sent."""
    lines = (f"{row.pk} {row.name} {row.state == CaseDocument.State.UNREADABLE}" for row in documents)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def of(case: Case) -> SentCopy | None:
    try:
        return case.sent_copy
    except SentCopy.DoesNotExist:
        return None


def is_current(row: SentCopy, reader: User, documents: Iterable[CaseDocument] | None = None) -> bool:
    """Whether it says all there is to say, in the reader's language."""
    return row.language == reader.language and row.papers_key == papers_key(of_sender(row.case, documents))


def ask(*, case: Case, by: User) -> SentCopy:
    """Have it printed; again if it failed, if papers have come since, or if it speaks another language.

    One that is being printed, or says all there is to say, stays as it is. Raises MayNotAct.
    """
    must_act(case, by)
    with transaction.atomic():
        wanted = {"language": by.language, "papers_key": papers_key(of_sender(case))}
        rows = SentCopy.objects.select_for_update(of=("self",))
        row, made = rows.get_or_create(case=case, defaults=wanted)
        if not made:
            ready = row.status == SentCopy.Status.READY
            if row.status == SentCopy.Status.ASKED or (ready and is_current(row, by)):
                return row
            _reset(row, wanted)
        logger.info("copy_asked", extra={"case": case.reference, "by": by.pk})
        kick.after_commit(PRINT, row.pk)
    return row


def _reset(row: SentCopy, wanted: dict[str, str]) -> None:
    SentCopy.objects.filter(pk=row.pk).update(
        status=SentCopy.Status.ASKED,
        asked_at=timezone.now(),
        attempts=0,
        lease_until=None,
        error="",
        **wanted,
    )
    row.refresh_from_db()


def print_copy(*, copy_id: int) -> str | None:
    """Print one; a worker does, and may be killed at any point (core/printing.py)."""
    return printing.print_paper(SentCopy, copy_id, draw=_draw)


def _draw(row: SentCopy) -> bytes:
    from core.pdf import render_pdf

    return render_pdf(TEMPLATE, {**what_was_sent(row.case), "asked_at": row.asked_at}, language=row.language)


def what_was_sent(case: Case) -> dict[str, Any]:
    legal = settings.BRAND.legal
    answers = _ANSWERS.get(case.kind)
    sender = case.asked_by
    person = sender.person_on_file if sender else None
    return {
        "case": case,
        "answers": answers(case) if answers else [],
        "documents": of_sender(case),
        "sender": person.full_name if person else (sender.email if sender else case.contact_name),
        "answer_by": clocks.promised(case),
        "at_once": case.decided_at is not None and case.decided_at - case.opened_at < AT_ONCE,
        "insurer": settings.BRAND.name,
        "company": legal.company_name,
        "address": ", ".join(legal.address),
        "legal_line": f"{legal.company_name} · NIF {legal.nif} · {', '.join(legal.address)}",
    }
