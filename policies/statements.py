"""What a travel certificate states: the edition's own sums, and whether they reach what a Schengen visa asks.

The statement is taken once, when the certificate is asked for, and printed as it stands.
"""

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from core import money
from core.ages import today_in_madrid
from core.qr import qr_code
from core.text import localised
from policies.certificates import TRAVEL
from policies.figures import figure
from policies.models import Certificate, Cover, Edition, InsuredPerson, Limit

# Regulation (EC) 810/2009 (Visa Code) art. 15(3).
SCHENGEN_MINIMUM = Decimal(30_000)
MEDICAL = "medical_abroad"
# The paper has places of its own for these.
TOLD_ELSEWHERE = ("max_stay", "territory")


def statement(insured: InsuredPerson, *, language: str) -> dict[str, Any]:
    """Everything the paper says that may change later, in `language`, as JSON."""
    edition = insured.policy.edition
    cover = travel_cover(insured)
    limits = list(cover.limits.select_related("parent"))
    by_code = {limit.code: limit for limit in limits}
    medical = by_code.get(MEDICAL)
    legal = settings.BRAND.legal
    with translation.override(language):
        return {
            "insurer": settings.BRAND.name,
            "company": legal.company_name,
            "legal_line": f"{legal.company_name} · NIF {legal.nif} · {', '.join(legal.address)} · "
            f"{legal.registry_entry}",
            "name": insured.person.full_name,
            "dni": insured.person.masked_dni,
            "policy": insured.policy.number,
            "product": edition.product.name,
            "edition": edition.name,
            "edition_code": edition.code,
            "cover": cover.name,
            "clause": cover.clause,
            "trip_days": edition.trip_days,
            "territory": by_code["territory"].text if "territory" in by_code else "",
            "residence": by_code["max_stay"].text if "max_stay" in by_code else "",
            "sums": _sums(limits),
            "services": _services(limits),
            "conditions": [
                {"name": limit.name, "text": limit.text}
                for limit in limits
                if limit.unit == Limit.Unit.CONDITION and limit.code not in TOLD_ELSEWHERE
            ],
            "exclusions": [localised(exclusion["text"]) for exclusion in cover.exclusions],
            "medical": _euros(medical.amount, language) if medical and medical.amount else "",
            "schengen_minimum": _euros(SCHENGEN_MINIMUM, language),
            "schengen_met": meets_schengen_minimum(cover),
            "phones": _phones_from_abroad(edition),
        }


def content_key(
    stated: dict[str, Any],
    *,
    insured: InsuredPerson,
    starts_on: date,
    ends_on: date,
    destination: str,
    country: str,
    language: str,
    by: User,
) -> str:
    """Equal exactly if the same user would get the same words for the same person, trip and language;
    "francia" is the same country as "Francia".

    The user is part of it: that a relative has asked for the same trip is not for this one to know.
    """
    trip = [starts_on.isoformat(), ends_on.isoformat(), destination, country.casefold()]
    asked = [by.pk, insured.pk, *trip, language]
    text = json.dumps([asked, stated], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def paper(certificate: Certificate) -> dict[str, Any]:
    """What the template of the PDF needs."""
    address = f"{settings.SITE_URL}{reverse('verify_code', args=[certificate.code])}"
    return {
        "certificate": certificate,
        "stated": certificate.statement,
        "issued_on": today_in_madrid(certificate.asked_at),
        "verify_url": address,
        "verify_page": f"{settings.SITE_URL}{reverse('verify')}",
        "qr": qr_code(address),
    }


def travel_cover(insured: InsuredPerson) -> Cover:
    """Raises IndexError for whom certificates.travellers would not find."""
    return Cover.objects.filter(insured_covers__insured=insured, unlocks=TRAVEL).distinct()[:1][0]


def meets_schengen_minimum(cover: Cover) -> bool:
    """Does the sum for medical costs reach the minimum of the Visa Code?"""
    medical = cover.limits.filter(code=MEDICAL, unit=Limit.Unit.EUR).first()
    return medical is not None and medical.amount is not None and medical.amount >= SCHENGEN_MINIMUM


def _sums(limits: list[Limit]) -> list[dict[str, Any]]:
    """Every figure in euros that is not part of another one."""
    return [
        # A sum within a service stands alone in this table: it needs the name of the service.
        _row(limit, limits, f"{limit.parent.name}: {limit.name}" if limit.parent else limit.name)
        for limit in limits
        if limit.unit == Limit.Unit.EUR and (limit.parent is None or limit.parent.unit != Limit.Unit.EUR)
    ]


def _services(limits: list[Limit]) -> list[dict[str, Any]]:
    """What is done rather than paid."""
    return [
        _row(limit, limits, limit.name)
        for limit in limits
        if limit.parent is None
        and limit.unit not in (Limit.Unit.EUR, Limit.Unit.CONDITION)
        and limit.code not in TOLD_ELSEWHERE
    ]


def _row(limit: Limit, limits: list[Limit], name: str) -> dict[str, Any]:
    """`details` narrow it down; those with a sum of their own stand among the sums."""
    parts = [part for part in limits if part.parent_id == limit.pk]
    if limit.unit != Limit.Unit.EUR:
        parts = [part for part in parts if part.unit != Limit.Unit.EUR]
    return {
        "name": name,
        "figure": figure(limit),
        "text": limit.text,
        "details": [f"{part.name}: {_figure_or_text(part)}" for part in parts],
    }


def _figure_or_text(limit: Limit) -> str:
    return limit.text if limit.unit == Limit.Unit.NONE and limit.text else figure(limit)


def _phones_from_abroad(edition: Edition) -> list[dict[str, str]]:
    """A free 900 number cannot be called from abroad; help must answer day and night."""
    lines = [settings.BRAND.phone(key) for key in edition.phones]
    return [
        {"name": line.name, "number": line.display, "tel": line.number, "hours": line.hours_in_words}
        for line in lines
        if line.always and not line.free
    ]


def _euros(amount: Decimal, language: str) -> str:
    return money.euros(amount, language)
