from celery import shared_task

from cases import drafts


@shared_task
def forget_old_drafts() -> None:
    drafts.forget_old()
