from django.conf import settings

from accounts.models import User
from cases.models import Case, Deadline
from core import mail
from core.models import OutgoingEmail


def case_message(case: Case) -> OutgoingEmail | None:
    """There is something new: what it says stands in the portal, never in a mail."""
    user = case.asked_by
    if user is None or not user.is_active:
        return None
    context = {"url": _url(case), "reference": case.reference}
    return mail.queue(user.email, "emails/case_message", context, language=user.language)


def case_acted(case: Case, by: User | None) -> OutgoingEmail | None:
    """Whoever asked learns that somebody else has acted in their request."""
    return None if by is None or by.pk == case.asked_by_id else case_message(case)


def case_answer(case: Case, words: str) -> OutgoingEmail | None:
    """To somebody without an account, who has no other place to read our answer."""
    if not (case.is_answered_by_mail and case.contact_email):
        return None
    context = {"reference": case.reference, "name": case.contact_name, "words": words}
    return mail.queue(case.contact_email, "emails/case_answer", context, language=case.language)


def case_reminder(case: Case, deadline: Deadline) -> OutgoingEmail | None:
    user = case.asked_by
    if user is None or not user.is_active:
        return None
    context = {"url": _url(case), "reference": case.reference, "due_on": deadline.due_on}
    return mail.queue(user.email, "emails/case_reminder", context, language=user.language)


def _url(case: Case) -> str:
    return f"{settings.SITE_URL}{case.get_absolute_url()}"
