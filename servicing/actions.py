"""Questions: of a customer, answered in the thread of the case; of anybody, answered by mail."""

import uuid

from django.db import transaction

from accounts.models import User
from cases import actions, drafts
from cases.models import Case
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
    """A question becomes a case. The same form sent twice is one case and one mail.

    `name` and `email` are of somebody without an account (`by` is None): the answer goes there.
    """
    case, opened = actions.open_case(
        kind=ENQUIRY,
        by=by,
        language=language,
        topic=topic,
        contact_name=name,
        contact_email=email,
        sent_key=sent_key,
        team=team_of(topic),
    )
    if opened:
        Enquiry.objects.create(case=case, question=question)
        emails.enquiry_opened(case)
        if by is not None:
            drafts.discard(by, ENQUIRY.code)
    return case
