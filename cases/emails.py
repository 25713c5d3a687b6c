import logging

from django.conf import settings

from accounts.models import User
from cases.models import Case, Deadline
from core import mail
from core.models import OutgoingEmail

logger = logging.getLogger(__name__)


def case_message(case: Case) -> OutgoingEmail | None:
    """There is something new: what it says stands in the portal, never in a mail."""
    return _news(case, _told(case))


def case_acted(case: Case, by: User | None) -> OutgoingEmail | None:
    """Whoever asked learns that somebody else has acted in their request."""
    if by is None or (case.about_id is None and by.pk == case.asked_by_id):
        return None
    user = _told(case)
    return None if user is None or user.pk == by.pk else _news(case, user)


def case_answer(case: Case, words: str) -> OutgoingEmail | None:
    """To somebody without an account, who has no other place to read our answer."""
    if not (case.is_answered_by_mail and case.contact_email):
        return None
    context = {"reference": case.reference, "name": case.contact_name, "words": words}
    return mail.queue(case.contact_email, "emails/case_answer", context, language=case.language)


def case_reminder(case: Case, deadline: Deadline) -> OutgoingEmail | None:
    user = _told(case, to_act=True)
    if user is None:
        return None
    context = {"url": _url(case), "reference": case.reference, "due_on": deadline.due_on}
    return mail.queue(user.email, "emails/case_reminder", context, language=user.language)


def _news(case: Case, user: User | None) -> OutgoingEmail | None:
    if user is None:
        return None
    context = {"url": _url(case), "reference": case.reference}
    return mail.queue(user.email, "emails/case_message", context, language=user.language)


def _told(case: Case, *, to_act: bool = False) -> User | None:
    """Whoever asked, as long as they may read the request; then the person it is about, by their own account.

    `to_act`: of what only they can do who act in it.
    """
    for user in (case.asked_by, case.about.person.user if case.about else None):
        if user is None or not user.is_active:
            continue
        if case.lets_act(user) or (not to_act and _reads(case, user)):
            return user
    if not case.is_answered_by_mail:
        logger.warning("case_nobody_told", extra={"case": case.reference})
    return None


def _reads(case: Case, user: User) -> bool:
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


def _url(case: Case) -> str:
    return f"{settings.SITE_URL}{case.get_absolute_url()}"
