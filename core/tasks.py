from celery import shared_task

from core import audit_chain, mail
from core.models import OutgoingEmail


@shared_task
def send_email(email_id: int) -> None:
    mail.send(email_id)


@shared_task
def offer_waiting_emails() -> None:
    """What a dead worker or a silent broker left lying. Sending takes a lease, so twice is harmless."""
    for email_id in OutgoingEmail.objects.waiting().order_by("due_at").values_list("pk", flat=True)[:500]:
        send_email.delay(email_id)


# Below the time after which the broker would hand it to a second worker.
@shared_task(soft_time_limit=500, time_limit=540)
def verify_audit() -> None:
    audit_chain.verify()
