from celery import shared_task

from cases import reminders


@shared_task
def remind() -> None:
    for deadline_id in reminders.to_remind().values_list("pk", flat=True)[:500]:
        reminders.remind(deadline_id=deadline_id)


@shared_task
def alarm() -> None:
    for deadline_id in reminders.to_alarm().values_list("pk", flat=True)[:500]:
        reminders.alarm(deadline_id=deadline_id)
