"""What somebody writes at the front door becomes a row; a worker looks who it is."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import AccountRequest
from core import kick
from core.models import OutgoingEmail

# To one person, whoever asks and from wherever: nobody fills the mailbox of another.
MAILS_AN_HOUR = 3
# Whoever asks again so soon has pressed the button twice: one mail is enough.
PRESSED_TWICE = timedelta(minutes=1)


def ask(**fields: object) -> AccountRequest:
    with transaction.atomic():
        request = AccountRequest.objects.create(**fields)
        kick.after_commit("accounts.tasks.answer_request", request.pk)
    return request


def told_lately(to: str, template: str) -> bool:
    """What is said without a link is said once a day."""
    yesterday = timezone.now() - timedelta(days=1)
    return OutgoingEmail.objects.filter(to=to, template=template, created_at__gt=yesterday).exists()


def enough_mails(request: AccountRequest, **whose: object) -> bool:
    """Whether one has just been sent, and its link waits; or as many of this kind as we answer in an hour.

    Of two alike the one that is opened first is often the older, and that one would be dead.
    """
    now = timezone.now()
    sent = AccountRequest.objects.filter(
        kind=request.kind, links__gt=0, asked_at__gt=now - timedelta(hours=1), **whose
    )
    if sent.filter(asked_at__gt=now - PRESSED_TWICE, used_at=None).exists():
        return True
    return sent.count() >= MAILS_AN_HOUR
