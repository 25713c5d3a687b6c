from celery import shared_task

from cases import papers, papers_sweep


@shared_task
def check_document(document_id: int) -> None:
    papers.check_document(document_id=document_id)


@shared_task
def offer_waiting_documents() -> None:
    """What a dead worker or a silent broker left lying. Checking takes a lease, so twice is harmless."""
    for document_id in papers.waiting().order_by("pk").values_list("pk", flat=True)[:500]:
        check_document.delay(document_id)


@shared_task
def sweep_papers() -> None:
    papers_sweep.sweep()
