"""What no program sees: a clean file that nobody can read, or the wrong paper. One of the staff says so."""

import logging
from datetime import date

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from cases import actions
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case, CaseDocument
from cases.papers.reasons import ANOTHER_REASON, BY_EYE, why

logger = logging.getLogger(__name__)


def refuse(
    document: CaseDocument, *, by: User, reason: str, answer_by: date, words: str = ""
) -> CaseDocument:
    """The file cannot be used, for a reason of BY_EYE, and the customer is asked for it once more.

    Its paper is missing again; where it was for none, a message asks. The copy is kept, for the staff alone.
    Raises MoveNotAllowed where it is no longer accepted, or nothing can be asked any more; OwnRequest.
    """
    if reason not in BY_EYE or (reason == ANOTHER_REASON and not words.strip()):
        raise ValueError("a file is refused for a reason")
    actions.must_not_be_own(document.case, by)
    with transaction.atomic():
        accepted = CaseDocument.objects.filter(state=CaseDocument.State.ACCEPTED)
        theirs = accepted.exclude(origin=CaseDocument.Origin.OURS)
        held = theirs.select_for_update().filter(pk=document.pk).first()
        case = Case.objects.select_for_update(of=("self",)).get(pk=document.case_id)
        if held is None or not case.is_open or case.is_answered_by_mail:
            raise MoveNotAllowed
        held.state, held.reason, held.reason_words = CaseDocument.State.UNREADABLE, reason, words.strip()
        held.refused_at, held.refused_by = timezone.now(), by
        held.save(update_fields=["state", "reason", "reason_words", "refused_at", "refused_by"])
        if held.paper is not None and held.paper.withdrawn_at is None:
            actions.want_again(case, by=by, paper=held.paper, answer_by=answer_by)
        else:
            body = _message(held)
            actions.send_message(case, by=by, side=Side.STAFF, body=body, answer_by=answer_by)
    logger.info("document_refused_by_eye", extra={"document": held.pk, "reason": reason, "by": by.pk})
    return held


def _message(row: CaseDocument) -> str:
    user = row.case.asked_by
    with translation.override(user.language if user else row.case.language):
        first = _("We cannot use the file %(name)s.") % {"name": row.name}
        return f"{first} {why(row)}"
