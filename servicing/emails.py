from django.conf import settings

from accounts.models import Person, User
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


def contact_data_asked(case: Case) -> None:
    """To the address of the account and to the one on file, if that is another. Neither the old data nor the
    new ones: whoever reads a mailbox that is not theirs learns no phone and no street."""
    user = case.asked_by
    if user is None:
        return
    clock = answer_due(case)
    context = {
        "reference": case.reference,
        "answer_by": clock.due_on if clock else None,
        "url": f"{settings.SITE_URL}{case.get_absolute_url()}",
    }
    for to, language in mailboxes(user, user.person_on_file):
        mail.queue(to, "emails/contact_data_asked", context, language=language)


def mailboxes(user: User, person: Person | None) -> list[tuple[str, str]]:
    """Each with its language: a thief holds one of them at most."""
    found = [(user.email, user.language)]
    if person is not None and person.email and person.email.casefold() != user.email.casefold():
        known = person.language in dict(settings.LANGUAGES)
        found.append((person.email, person.language if known else settings.LANGUAGE_CODE))
    return found
