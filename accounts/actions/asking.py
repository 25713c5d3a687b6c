"""What somebody writes at the front door becomes a row; a worker looks who it is."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import AccountRequest
from core import kick

# To one person, whoever asks and from wherever: nobody fills the mailbox of another.
MAILS_AN_HOUR = 3


def ask(**fields: object) -> AccountRequest:
    with transaction.atomic():
        request = AccountRequest.objects.create(**fields)
        kick.after_commit("accounts.tasks.answer_request", request.pk)
    return request


def enough_mails(request: AccountRequest, **whose: object) -> bool:
    """Whether as many requests of this kind as we answer in an hour have been answered by a mail."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    sent = AccountRequest.objects.filter(kind=request.kind, links__gt=0, asked_at__gt=an_hour_ago, **whose)
    return sent.count() >= MAILS_AN_HOUR
