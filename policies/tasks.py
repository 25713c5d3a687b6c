from celery import shared_task

from policies import actions
from policies.models import Certificate


@shared_task
def render_certificate(certificate_id: int) -> None:
    actions.render_certificate(certificate_id=certificate_id)


@shared_task
def offer_waiting_certificates() -> None:
    """What a dead worker or a silent broker left lying. Printing takes a lease, so twice is harmless."""
    for certificate_id in Certificate.objects.waiting().order_by("pk").values_list("pk", flat=True)[:500]:
        render_certificate.delay(certificate_id)
