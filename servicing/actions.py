"""Questions: of a customer, answered in the thread of the case; of anybody, answered by mail."""

import uuid

from django.db import transaction

from accounts.models import User
from cases import actions, drafts
from cases.models import Case
from cases.sent_once import key_of_other_words, same_words
from servicing import emails
from servicing.enquiries import team_of
from servicing.kinds import ENQUIRY
from servicing.models import Enquiry


@transaction.atomic
def ask(
    *,
    by: User | None,
    language: str,
    topic: str,
    question: str,
    sent_key: uuid.UUID,
    name: str = "",
    email: str = "",
) -> Case:
    """A question becomes a case. The same form sent twice is one case and one mail; with other words, from
    another tab or after the back button, it is another question.

    `name` and `email` are of somebody without an account (`by` is None): the answer goes there.
    """
    said = (topic, question, name, email.lower())
    case, opened = _open(sent_key, by=by, language=language, topic=topic, name=name, email=email)
    if not opened and not _says(case, said):
        other = key_of_other_words(sent_key, *said)
        case, opened = _open(other, by=by, language=language, topic=topic, name=name, email=email)
    if opened:
        Enquiry.objects.create(case=case, question=question)
        emails.enquiry_opened(case)
    if by is not None:
        drafts.discard(by, ENQUIRY.code, form_key=str(sent_key))
    return case


def asked_before(*, topic: str, question: str, sent_key: uuid.UUID, name: str, email: str) -> Case | None:
    """The question that this form of somebody without an account, with these words, has become already."""
    said = (topic, question, name, email.lower())
    keys = (sent_key, key_of_other_words(sent_key, *said))
    cases = Case.objects.filter(asked_by=None, kind=ENQUIRY.code, sent_key__in=keys)
    return next((case for case in cases if _says(case, said)), None)


def _open(
    sent_key: uuid.UUID, *, by: User | None, language: str, topic: str, name: str, email: str
) -> tuple[Case, bool]:
    return actions.open_case(
        kind=ENQUIRY,
        by=by,
        language=language,
        topic=topic,
        contact_name=name,
        contact_email=email,
        sent_key=sent_key,
        team=team_of(topic),
    )


def _says(case: Case, said: tuple[str, ...]) -> bool:
    """Nobody is led to the case of another mailbox, whatever key their browser sends."""
    enquiry = Enquiry.objects.filter(case=case).first()
    if enquiry is None:
        return False
    first = (case.topic, enquiry.question, case.contact_name, case.contact_email.lower())
    return all(same_words(one, other) for one, other in zip(first, said, strict=True))
