"""What is done to a customer's papers: one function per verb."""

import logging
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import kick, printing
from core.ages import today_in_madrid
from policies import emails
from policies.certificates import CertificateRefused, Refusal, Trip, ground_of, refusals, too_many, travellers
from policies.models import Certificate, InsuredPerson
from policies.statements import content_key, paper, statement

logger = logging.getLogger(__name__)

RENDER = "policies.tasks.render_certificate"
TEMPLATE = "pdf/travel_certificate.html"


def ask_certificate(
    *,
    insured: InsuredPerson,
    starts_on: date,
    ends_on: date,
    destination: str,
    country: str,
    language: str,
    by: User,
) -> Certificate:
    """The certificate of this trip: a new one, or the one that was made for the same request.

    Raises CertificateRefused. A worker prints it after the commit; one that failed is tried again.
    """
    today = today_in_madrid()
    with transaction.atomic():
        person = travellers(by, today=today).filter(pk=insured.pk).first()
        if person is None:
            text = _("This person has no travel cover with us that you may ask about.")
            raise CertificateRefused([Refusal("not_insured", "insured", text)])
        reasons = refusals(Trip(starts_on, ends_on), ground_of(person, by=by), today=today)
        if reasons:
            raise CertificateRefused(reasons)
        stated = statement(person, language=language)
        trip = {
            "insured": person,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "destination": destination,
            "country": country,
            "language": language,
        }
        key = content_key(stated, by=by, **trip)  # type: ignore[arg-type]
        # One request of a user after the other: two at once would both find room for the last paper.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        made = Certificate.objects.filter(content_key=key, revoked_at=None).first()
        if made is not None:
            retry_certificate(certificate=made, by=by)
            return made
        if reasons := too_many(by):
            raise CertificateRefused(reasons)
        made = Certificate.objects.create(content_key=key, statement=stated, asked_by=by, **trip)
        kick.after_commit(RENDER, made.pk)
    return made


def retry_certificate(*, certificate: Certificate, by: User | None) -> None:
    """Offer a certificate that was not made again, with all its tries back. Any other stays as it is."""
    with transaction.atomic():
        if printing.ask_again(Certificate.objects.filter(pk=certificate.pk, revoked_at=None)):
            logger.info("certificate_retried", extra={"certificate": certificate.pk, "by": by and by.pk})
            kick.after_commit(RENDER, certificate.pk)
    certificate.refresh_from_db()


def revoke_certificate(*, certificate: Certificate, reason: str, by: User) -> Certificate:
    """From now on the public page says that the paper is no longer valid. The first reason stays."""
    if not reason.strip():
        raise ValueError("a revocation says why")
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if row.revoked_at is None:
            row.revoked_at = timezone.now()
            row.revoked_by = by
            row.revoked_reason = reason.strip()
            row.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
    return row


def render_certificate(*, certificate_id: int) -> str | None:
    """Print one waiting certificate; a worker does, and may be killed at any point (core/printing.py)."""
    return printing.print_paper(Certificate, certificate_id, draw=_draw, tell=emails.certificate_ready)


def _draw(certificate: Certificate) -> bytes:
    from core.pdf import render_pdf

    return render_pdf(TEMPLATE, paper(certificate), language=certificate.language)
