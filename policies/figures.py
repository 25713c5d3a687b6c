"""A limit of a cover in words: "60,00 € per day, 300,00 € in all"."""

from decimal import Decimal

from django.utils.translation import get_language, gettext, ngettext

from core import money
from policies.models import Limit


def figure(limit: Limit) -> str:
    """The figure in the active language; "" for a condition without one."""
    match limit.unit:
        case Limit.Unit.CONDITION:
            return ""
        case Limit.Unit.NONE:
            return gettext("Included")
        case Limit.Unit.POLICY:
            return gettext("The sum stated in the policy")
    if limit.amount is None:
        return ""
    words = quantity(limit.amount, limit.unit)
    if limit.bound == Limit.Bound.AT_LEAST:
        words = f"{limit.get_bound_display()} {words}"
    if limit.per:
        words = f"{words} {limit.get_per_display()}"
    if limit.max_amount is not None:
        most = quantity(limit.max_amount, limit.max_unit)
        words = gettext("%(figure)s, %(most)s at most") % {"figure": words, "most": most}
    return words


def quantity(amount: Decimal, unit: str) -> str:
    """An amount with its unit: sums to the cent, the rest without idle decimals."""
    if unit == Limit.Unit.EUR:
        return money.euros(amount, get_language() or "es")
    whole = amount == int(amount)
    # Every language of ours writes "1.5 days" in the plural.
    count = int(amount) if whole else 2
    shown = str(count if whole else amount.normalize())
    match unit:
        case Limit.Unit.PERCENT:
            return f"{shown} %"
        case Limit.Unit.MINUTES:
            words = ngettext("%(count)s minute", "%(count)s minutes", count)
        case Limit.Unit.HOURS:
            words = ngettext("%(count)s hour", "%(count)s hours", count)
        case Limit.Unit.WORKING_HOURS:
            words = ngettext("%(count)s working hour", "%(count)s working hours", count)
        case Limit.Unit.DAYS:
            words = ngettext("%(count)s day", "%(count)s days", count)
        case Limit.Unit.WORKING_DAYS:
            words = ngettext("%(count)s working day", "%(count)s working days", count)
        case Limit.Unit.MONTHS:
            words = ngettext("%(count)s month", "%(count)s months", count)
        case Limit.Unit.YEARS:
            words = ngettext("%(count)s year", "%(count)s years", count)
        case Limit.Unit.SESSIONS:
            words = ngettext("%(count)s session", "%(count)s sessions", count)
        case Limit.Unit.TIMES_DAILY_SUM:
            words = ngettext("%(count)s times the daily sum", "%(count)s times the daily sum", count)
        case _:
            words = "%(count)s"
    return words % {"count": shown}
