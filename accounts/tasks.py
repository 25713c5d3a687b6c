from celery import shared_task
from django.core.management import call_command

from accounts import actions
from accounts.models import AccountRequest


@shared_task
def answer_request(request_id: int) -> None:
    actions.answer(request_id)


@shared_task
def offer_waiting_requests() -> None:
    """What a dead worker or a silent broker left lying. Answering locks the row: twice is harmless."""
    waiting = AccountRequest.objects.filter(answered_at=None).order_by("asked_at")
    for request_id in waiting.values_list("pk", flat=True)[:500]:
        answer_request.delay(request_id)


@shared_task
def clear_sessions() -> None:
    """What has run out: sessions, and requests of people who never followed their link."""
    call_command("clearsessions")
    actions.forget_old_requests()
