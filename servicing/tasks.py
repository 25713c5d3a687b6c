from celery import shared_task

from servicing import account_actions
from servicing.models import BankAccountChange


@shared_task
def print_mandate(change_id: int) -> None:
    account_actions.print_mandate(change_id=change_id)


@shared_task
def offer_waiting_mandates() -> None:
    """What a dead worker or a silent broker left lying. Printing takes a lease, so twice is harmless."""
    waiting = BankAccountChange.objects.waiting().order_by("pk")
    for change_id in waiting.values_list("pk", flat=True)[:500]:
        print_mandate.delay(change_id)
