from django.conf import settings

from core import mail
from core.models import OutgoingEmail
from policies.models import Certificate


def certificate_ready(certificate: Certificate) -> OutgoingEmail | None:
    """To whoever asked, in their language; where and when somebody travels is not said in a mail."""
    user = certificate.asked_by
    if user is None or not user.is_active:
        return None
    return mail.queue(
        user.email,
        "emails/certificate_ready",
        {"url": f"{settings.SITE_URL}{certificate.get_absolute_url()}", "reference": certificate.reference},
        language=user.language,
    )
