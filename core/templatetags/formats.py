"""Sums, dates and masked numbers as the reader's language writes them."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel.dates import format_date
from django import template
from django.utils.html import format_html
from django.utils.translation import get_language

from core import identity, money
from core.deadlines import MADRID

register = template.Library()


@register.filter
def euros(amount: Decimal | None) -> str:
    return money.euros(amount, _language())


@register.filter
def longdate(day: date | None) -> str:
    """3 de diciembre de 2026 · 3 de desembre del 2026 · 3 December 2026"""
    return _written(day, "long", _locale()) if day else ""


@register.filter
def shortdate(day: date | None) -> str:
    """3 dic 2026 · 3 de des. 2026 · 3 Dec 2026"""
    return _written(day, "medium", _locale()) if day else ""


@register.filter
def day(moment: datetime | None) -> date | None:
    """The day in Madrid, for a moment that is shown as a date."""
    return moment.astimezone(MADRID).date() if moment else None


@register.filter
def moment(at: datetime | None) -> str:
    """Day and hour in Madrid, for readers and for machines: 21 de noviembre de 2026, 14:05"""
    return _moment(int(at.timestamp()) // 60, _locale()) if at else ""


@register.filter
def mask_iban(iban: str) -> str:
    return identity.mask_iban(iban)


@register.filter
def spaced_iban(iban: str) -> str:
    """In groups of four, as it stands on paper."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


@register.filter
def mask_dni(dni: str) -> str:
    return identity.mask_dni(dni)


@lru_cache(maxsize=4096)
def _written(day: date, style: Literal["long", "medium"], locale: str) -> str:
    """Pages name the same few days again and again."""
    return format_date(day, style, locale=locale)


@lru_cache(maxsize=4096)
def _moment(minute: int, locale: str) -> str:
    # By the minute since 1970: in the hour that comes twice, the same time of day is two moments.
    at = datetime.fromtimestamp(minute * 60, MADRID)
    words = f"{_written(at.date(), 'long', locale)}, {at:%H:%M}"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="minutes"), words)


def _language() -> str:
    return get_language() or "es"


def _locale() -> str:
    # A British reader writes the day first.
    language = _language()
    return "en_GB" if language == "en" else language
