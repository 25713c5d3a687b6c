"""Legal terms in the pages: the figure that holds today, never a constant."""

from decimal import Decimal

from django import template

from core.ages import today_in_madrid
from core.legal_terms import term

register = template.Library()


@register.simple_tag
def term_value(key: str) -> int | Decimal:
    return term(key, today_in_madrid()).value
