"""What is done to a customer's papers: one function per verb."""

import hashlib
import logging
from datetime import date

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import kick
from core.ages import today_in_madrid
from policies import emails
from policies.certificates import CertificateRefused, Refusal, Trip, ground_of, refusals, travellers
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
        certificate, created = Certificate.objects.get_or_create(
            content_key=content_key(stated, by=by, **trip),  # type: ignore[arg-type]
            revoked_at=None,
            defaults={**trip, "statement": stated, "asked_by": by},
        )
        if created:
            kick.after_commit(RENDER, certificate.pk)
        else:
            retry_certificate(certificate=certificate, by=by)
    return certificate


def retry_certificate(*, certificate: Certificate, by: User | None) -> None:
    """Offer a certificate that was not made again, with all its tries back. Any other stays as it is."""
    with transaction.atomic():
        updated = Certificate.objects.filter(
            pk=certificate.pk, status=Certificate.Status.FAILED, revoked_at=None
        ).update(status=Certificate.Status.ASKED, attempts=0, lease_until=None, error="")
        if updated:
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


def render_certificate(*, certificate_id: int) -> Certificate.Status | None:
    """Print one waiting certificate. None: nothing to do (made, failed, or in the hands of another worker).

    May run any number of times, and be killed at any point: the file has one name, and the row turns READY
    once, together with the mail that says so.
    """
    certificate = _take(certificate_id)
    if certificate is None:
        return None
    # The engine weighs 40 MB and takes a second to load: the web processes never need it.
    from core.pdf import RenderError, render_pdf

    try:
        pdf = render_pdf(TEMPLATE, paper(certificate), language=certificate.language)
        return _note_ready(certificate, pdf)
    except RenderError as error:
        return _note_failure(certificate, error, for_good=True)
    except Exception as error:
        return _note_failure(certificate, error, for_good=certificate.attempts >= Certificate.MAX_ATTEMPTS)


def _take(certificate_id: int) -> Certificate | None:
    """Lease the row, so that no second worker prints it while this one does.

    A certificate whose worker died MAX_ATTEMPTS times is given up here: it may be what kills them.
    """
    with transaction.atomic():
        certificate = (
            Certificate.objects.waiting()
            .select_for_update(of=("self",), skip_locked=True)
            .filter(pk=certificate_id)
            .first()
        )
        if certificate is None:
            return None
        if certificate.attempts >= Certificate.MAX_ATTEMPTS:
            certificate.status = Certificate.Status.FAILED
            certificate.error = certificate.error or "the worker stopped in the middle every time"
            certificate.save(update_fields=["status", "error"])
            logger.error("certificate_failed", extra={"certificate": certificate.pk})
            return None
        certificate.attempts += 1
        certificate.lease_until = timezone.now() + Certificate.LEASE
        certificate.save(update_fields=["attempts", "lease_until"])
    return certificate


def _held(certificate: Certificate) -> Certificate | None:
    """The row, locked, if it is still ours: a worker that outlived its lease must not write any more."""
    return (
        Certificate.objects.select_for_update()
        .filter(pk=certificate.pk, status=Certificate.Status.ASKED, attempts=certificate.attempts)
        .first()
    )


def _note_ready(certificate: Certificate, pdf: bytes) -> Certificate.Status | None:
    with transaction.atomic():
        row = _held(certificate)
        if row is None:
            return None
        if default_storage.exists(row.file_name):
            default_storage.delete(row.file_name)
        row.file = default_storage.save(row.file_name, ContentFile(pdf))
        row.sha256 = hashlib.sha256(pdf).hexdigest()
        row.status = Certificate.Status.READY
        row.ready_at = timezone.now()
        row.lease_until = None
        row.error = ""
        row.save(update_fields=["file", "sha256", "status", "ready_at", "lease_until", "error"])
        emails.certificate_ready(row)
    return Certificate.Status.READY


def _note_failure(certificate: Certificate, error: Exception, *, for_good: bool) -> Certificate.Status | None:
    with transaction.atomic():
        row = _held(certificate)
        if row is None:
            return None
        # The type and our own words: an error of the template engine may quote the trip.
        row.error = f"{type(error).__name__}: {error}"[:300]
        row.lease_until = None
        if for_good:
            row.status = Certificate.Status.FAILED
        row.save(update_fields=["error", "lease_until", "status"])
    logger.warning(
        "certificate_not_made",
        extra={"certificate": row.pk, "error": type(error).__name__, "for_good": for_good},
    )
    return Certificate.Status(row.status)
