from django.conf import settings

from cases.clocks import answer_due
from cases.models import Case
from core import mail
from core.models import OutgoingEmail


def enquiry_opened(case: Case) -> OutgoingEmail | None:
    """We have it, this is its reference, and by then you have an answer. What was asked is not repeated."""
    clock = answer_due(case)
    context = {"reference": case.reference, "answer_by": clock.due_on if clock else None, "url": ""}
    user = case.asked_by
    if user is None:
        return mail.queue(case.contact_email, "emails/case_opened", context, language=case.language)
    if not user.is_active:
        return None
    context["url"] = f"{settings.SITE_URL}{case.get_absolute_url()}"
    return mail.queue(user.email, "emails/case_opened", context, language=user.language)
