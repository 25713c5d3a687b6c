from celery import shared_task
from django.core.management import call_command

from accounts import actions
from accounts.models import AccountRequest, EmailChange


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
def answer_email_change(change_id: int) -> None:
    actions.answer_email_change(change_id)


@shared_task
def offer_waiting_email_changes() -> None:
    waiting = EmailChange.objects.filter(answered_at=None).order_by("asked_at")
    for change_id in waiting.values_list("pk", flat=True)[:500]:
        answer_email_change.delay(change_id)


@shared_task
def watch_failed_log_ins() -> None:
    actions.watch_failed_log_ins()


@shared_task
def clear_sessions() -> None:
    """What has run out: sessions, requests of people who never followed their link, log-ins of long ago."""
    call_command("clearsessions")
    actions.forget_old_requests()
    actions.forget_old_log_ins()
    actions.forget_old_email_changes()
    actions.forget_old_factors_off()
