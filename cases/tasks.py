from celery import shared_task

from cases import copies, reminders
from cases.models import SentCopy


@shared_task
def remind() -> None:
    if not reminders.is_daytime():
        return
    for deadline_id in reminders.to_remind().values_list("pk", flat=True)[:500]:
        reminders.remind(deadline_id=deadline_id)


@shared_task
def alarm() -> None:
    for deadline_id in reminders.to_alarm().values_list("pk", flat=True)[:500]:
        reminders.alarm(deadline_id=deadline_id)


@shared_task
def print_copy(copy_id: int) -> None:
    copies.print_copy(copy_id=copy_id)


@shared_task
def offer_waiting_copies() -> None:
    """What a dead worker or a silent broker left lying. Printing takes a lease, so twice is harmless."""
    for copy_id in SentCopy.objects.waiting().order_by("pk").values_list("pk", flat=True)[:500]:
        print_copy.delay(copy_id)
