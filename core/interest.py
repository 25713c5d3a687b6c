"""Interest for late payment by the insurer (LCS art. 20): day by day, from the third year with a floor.

Up to the second anniversary of the event the legal interest of each day times the factor; after it the same,
but never less than the floor, and without going back over the first two years.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from core.deadlines import add_term
from core.legal_terms import term
from core.money import round_cents

# A yearly rate is spread over 365 days in every year: a 29 February earns one more day.
DAYS_OF_YEAR = 365


@dataclass(frozen=True)
class Span:
    """Days in a row at one yearly rate, in percent; `to_on` is the last of them."""

    from_on: date
    to_on: date
    days: int
    rate: Decimal
    amount: Decimal


def yearly_rate(day: date, *, event_on: date) -> Decimal:
    """Percent a year that hold on one day of default."""
    rate = Decimal(term("money.legal_interest", on=day).value)
    rate *= Decimal(term("lcs.default_interest", on=day).value)
    if day > add_term(event_on, term("lcs.default_interest_step", on=event_on)):
        rate = max(rate, Decimal(term("lcs.default_interest_floor", on=day).value))
    return rate


def default_interest(
    amount: Decimal, *, event_on: date, until_on: date, from_on: date | None = None
) -> tuple[Decimal, list[Span]]:
    """Interest on an amount that was due for an event and is paid on `until_on`, with how it comes about.

    It runs from the event, or from a later day (`from_on`: the notice came late, art. 20.6), whose morrow is
    the first day that earns. Rounded once, at the end. Raises UnknownTermError for days without a rate.
    """
    if amount < 0:
        raise ValueError("interest is owed on what is owed")
    begun = from_on or event_on
    if begun < event_on:
        raise ValueError("interest cannot run before the event")
    days = [begun + timedelta(days=n) for n in range(1, (until_on - begun).days + 1)]
    spans = []
    for rate, group in groupby(days, key=lambda day: yearly_rate(day, event_on=event_on)):
        run = list(group)
        earned = amount * rate * len(run) / (100 * DAYS_OF_YEAR)
        spans.append(Span(run[0], run[-1], len(run), rate, earned))
    return round_cents(sum((span.amount for span in spans), Decimal(0))), spans
